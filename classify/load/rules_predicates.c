/* rules_predicates.c: what a rule asks for beside words: the lines "code", "enhanced", "stage" and "where"
 * (classify/rules/README.md).
 */
#include "classify/load/rules_predicates.h"

/** "550", "55x", "5xx" */
static bool code_range(struct ff_slice s, struct ff_code_range *ret)
{
    unsigned from = 0, to = 0;
    if (s.len != 3 || s.ptr[0] < '2' || s.ptr[0] > '5')
        return false;
    for (int i = 0; i < 3; i++) {
        bool any = s.ptr[i] == 'x';
        if (!any && (s.ptr[i] < '0' || s.ptr[i] > '9'))
            return false;
        from = from * 10 + (any ? 0u : (unsigned)(s.ptr[i] - '0'));
        to = to * 10 + (any ? 9u : (unsigned)(s.ptr[i] - '0'));
    }
    *ret = (struct ff_code_range){(uint16_t)from, (uint16_t)to};
    return true;
}

bool ff_load_codes(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        struct ff_code_range range = {0, 0};
        if (ff_slice_eq(w, FF_SLICE("wrapped"))) {
            rule->any_code = true;
            continue;
        }
        if (!ff_slice_eq(w, FF_SLICE("none")) && !code_range(w, &range))
            return ff_load_fail(l, "\"%.*s\" is no reply code (write 550, 55x, 5xx or none)", (int)w.len,
                                (const char *)w.ptr);
        if (rule->code_count >= FF_RULE_CODES_MAX)
            return ff_load_fail(l, "more than %d codes (use 5xx, or a second rule)", FF_RULE_CODES_MAX);
        rule->code[rule->code_count++] = range;
    }
    return true;
}

static bool pattern_part(struct ff_slice s, uint16_t *ret)
{
    uint64_t v;
    if (s.len == 1 && (s.ptr[0] == '*' || s.ptr[0] == 'x')) {
        *ret = 0xffff;
        return true;
    }
    if (!ff_slice_u64(s, 999, &v))
        return false;
    *ret = (uint16_t)v;
    return true;
}

bool ff_load_enhanced(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        struct ff_enhanced_pattern p = {0, 0, 0};
        if (!ff_slice_eq(w, FF_SLICE("none"))) {
            size_t a = ff_slice_chr(w, 0, '.'), b = a == SIZE_MAX ? SIZE_MAX : ff_slice_chr(w, a + 1, '.');
            if (b == SIZE_MAX || !pattern_part(ff_slice_sub(w, 0, a), &p.c) ||
                !pattern_part(ff_slice_sub(w, a + 1, b), &p.s) || !pattern_part(ff_slice_sub(w, b + 1, w.len), &p.d))
                return ff_load_fail(l, "\"%.*s\" is no enhanced code (write 5.1.1, x.1.1, 5.7.* or none)", (int)w.len,
                                    (const char *)w.ptr);
        }
        if (rule->enhanced_count >= FF_RULE_ENHANCED_MAX)
            return ff_load_fail(l, "more than %d enhanced codes (use a second rule)", FF_RULE_ENHANCED_MAX);
        rule->enhanced[rule->enhanced_count++] = p;
    }
    return true;
}

bool ff_load_stages(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    static const struct {
        const char *name;
        unsigned bits;
    } names[] = {
        {"unknown", 1u << FF_STAGE_UNSPECIFIED},
        {"connect", 1u << FF_STAGE_CONNECT | 1u << FF_STAGE_BANNER},
        {"helo", 1u << FF_STAGE_HELO},
        {"starttls", 1u << FF_STAGE_STARTTLS},
        {"auth", 1u << FF_STAGE_AUTH},
        {"mail", 1u << FF_STAGE_MAIL_FROM},
        {"rcpt", 1u << FF_STAGE_RCPT_TO},
        {"data", 1u << FF_STAGE_DATA},
        {"end-of-data", 1u << FF_STAGE_END_OF_DATA},
        {"queue", 1u << FF_STAGE_QUEUE | 1u << FF_STAGE_DNS},
        {"oob", 1u << FF_STAGE_AFTER_ACCEPT},
        {"early", 1u << FF_STAGE_CONNECT | 1u << FF_STAGE_BANNER | 1u << FF_STAGE_HELO | 1u << FF_STAGE_STARTTLS |
                      1u << FF_STAGE_AUTH | 1u << FF_STAGE_MAIL_FROM},
    };
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        unsigned bits = 0;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (ff_slice_eq(w, ff_slice_str(names[i].name)))
                bits = names[i].bits;
        if (!bits)
            return ff_load_fail(
                l,
                "\"%.*s\" is no stage (connect helo starttls auth mail rcpt data end-of-data queue oob unknown early)",
                (int)w.len, (const char *)w.ptr);
        rule->stages |= (uint16_t)bits;
    }
    return true;
}

static const char *const wheres[] = {
    [FF_WHERE_BEFORE] = "before", [FF_WHERE_BEHIND] = "behind", [FF_WHERE_NOUN] = "noun-follows"};

const char *ff_where_name(unsigned where)
{
    return where < sizeof wheres / sizeof *wheres ? wheres[where] : NULL;
}

bool ff_load_where(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    if (rule->layer != FF_LAYER_HINT)
        return ff_load_fail(l, "\"where\" is a line of hints (a cause counts wherever it stands)");
    for (unsigned i = 1; i < sizeof wheres / sizeof *wheres; i++)
        if (ff_slice_eq(rest, ff_slice_str(wheres[i])))
            rule->where = (uint8_t)i;
    return rule->where != FF_WHERE_ANYWHERE
               ? true
               : ff_load_fail(l, "\"%.*s\" is no place (write where before, behind or noun-follows)", (int)rest.len,
                              (const char *)rest.ptr);
}
