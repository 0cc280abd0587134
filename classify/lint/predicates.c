/* predicates.c: codes, stages and providers of two rules compared: may both hold, and does one follow from the
 * other? */
#include "classify/lint/predicates.h"

static bool codes_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    for (unsigned i = 0; i < a->code_count; i++)
        for (unsigned k = 0; k < b->code_count; k++)
            if (a->code[i].from <= b->code[k].to && b->code[k].from <= a->code[i].to)
                return true;
    return a->code_count == 0 || b->code_count == 0;
}

static bool part_overlaps(uint16_t a, uint16_t b)
{
    return a == b || a == 0xffff || b == 0xffff;
}

static bool enhanced_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    for (unsigned i = 0; i < a->enhanced_count; i++)
        for (unsigned k = 0; k < b->enhanced_count; k++)
            if (part_overlaps(a->enhanced[i].c, b->enhanced[k].c) &&
                part_overlaps(a->enhanced[i].s, b->enhanced[k].s) && part_overlaps(a->enhanced[i].d, b->enhanced[k].d))
                return true;
    return a->enhanced_count == 0 || b->enhanced_count == 0;
}

static bool providers_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    for (unsigned i = 0; i < a->provider_count; i++)
        for (unsigned k = 0; k < b->provider_count; k++)
            if (a->provider[i] == b->provider[k])
                return true;
    return a->provider_count == 0 || b->provider_count == 0;
}

bool ff_rules_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    return (!a->stages || !b->stages || (a->stages & b->stages)) && codes_overlap(a, b) && enhanced_overlap(a, b) &&
           providers_overlap(a, b);
}

static bool codes_imply(const struct ff_rule *a, const struct ff_rule *b)
{
    if (b->code_count == 0)
        return true;
    if (a->code_count == 0 || (a->any_code && !b->any_code))
        return false;
    for (unsigned i = 0; i < a->code_count; i++) {
        bool within = false;
        for (unsigned k = 0; k < b->code_count; k++)
            within |= b->code[k].from <= a->code[i].from && a->code[i].to <= b->code[k].to;
        if (!within)
            return false;
    }
    return true;
}

static bool part_implies(uint16_t a, uint16_t b)
{
    return b == 0xffff || a == b;
}

static bool enhanced_implies(const struct ff_rule *a, const struct ff_rule *b)
{
    if (b->enhanced_count == 0)
        return true;
    for (unsigned i = 0; i < a->enhanced_count; i++) {
        bool within = false;
        for (unsigned k = 0; k < b->enhanced_count; k++)
            within |= part_implies(a->enhanced[i].c, b->enhanced[k].c) &&
                      part_implies(a->enhanced[i].s, b->enhanced[k].s) &&
                      part_implies(a->enhanced[i].d, b->enhanced[k].d);
        if (!within)
            return false;
    }
    return a->enhanced_count > 0;
}

static bool providers_imply(const struct ff_rule *a, const struct ff_rule *b)
{
    for (unsigned i = 0; i < a->provider_count; i++) {
        bool within = b->provider_count == 0;
        for (unsigned k = 0; k < b->provider_count; k++)
            within |= a->provider[i] == b->provider[k];
        if (!within)
            return false;
    }
    return a->provider_count > 0 || b->provider_count == 0;
}

bool ff_rule_implies(const struct ff_rule *a, const struct ff_rule *b)
{
    bool stages = b->stages == 0 || (a->stages && (a->stages & ~b->stages) == 0);
    return stages && codes_imply(a, b) && enhanced_implies(a, b) && providers_imply(a, b);
}

bool ff_rule_works_undecided(const struct ff_rule *rule)
{
    return rule->layer == FF_LAYER_HINT || rule->mechanism.len || rule->list.len;
}
