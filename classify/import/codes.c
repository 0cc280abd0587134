/* codes.c: status codes at the beginning of a pattern, and enhanced ones anywhere in it, as predicates of a
 * rule. */
#include <stdio.h>

#include "classify/import/codes.h"
#include "classify/mask/mask_bytes.h"

#define ALL_DIGITS 0x3ffu

const struct ff_atom *ff_atom_at(const struct ff_alternative *a, unsigned i)
{
    static const struct ff_atom none = {.type = FF_ATOM_END};
    return i < a->count ? &a->atom[i] : &none;
}

unsigned ff_atom_digits(const struct ff_atom *t)
{
    if (t->type == FF_ATOM_BYTE && ff_is_digit(t->byte))
        return 1u << (t->byte - '0');
    return t->type == FF_ATOM_DIGIT ? t->digits : 0;
}

bool ff_atom_is_dot(const struct ff_atom *t)
{
    return t->type == FF_ATOM_ANY || (t->type == FF_ATOM_BYTE && t->byte == '.');
}

static bool add_enhanced(struct ff_import_rule *r, char class, const char *subject, const char *detail)
{
    if (r->enhanced_count == FF_IMPORT_ENHANCED_MAX)
        return false;
    snprintf(r->enhanced[r->enhanced_count++], sizeof *r->enhanced, "%c.%.3s.%.3s", class, subject, detail);
    return true;
}

/** A number of an enhanced code from atom i on: its values, or "*". Returns the atoms used; 0: there is none. */
#define VALUES_MAX 12
static unsigned read_number(const struct ff_alternative *a, unsigned i, char ret[VALUES_MAX][4], unsigned *ret_count,
                            bool *ret_lost)
{
    char next[VALUES_MAX][4];
    unsigned used = 0, count = 1;
    bool any = false;
    ret[0][0] = 0;
    for (; used < 3; used++) {
        unsigned bits = ff_atom_digits(ff_atom_at(a, i + used)), n = 0;
        if (!bits)
            break;
        for (unsigned d = 0; d < 10; d++)
            n += bits >> d & 1;
        if (any || count * n > VALUES_MAX) {
            any = *ret_lost = true; /* too many to be written out */
            continue;
        }
        for (unsigned d = 0, made = 0; d < 10; d++) {
            if (!(bits >> d & 1))
                continue;
            for (unsigned k = 0; k < count; k++) {
                char text[4];
                snprintf(text, sizeof text, "%.*s%u", (int)used, ret[k], d);
                memcpy(next[made * count + k], text, sizeof text);
            }
            made++;
        }
        count *= n;
        memcpy(ret, next, count * sizeof *next);
    }
    const struct ff_atom *run = ff_atom_at(a, i + used);
    if (run->type == FF_ATOM_RUN && run->digits) {
        any = true;
        used++;
    }
    if (used && any) {
        memcpy(ret[0], "*", 2);
        count = 1;
    }
    *ret_count = count;
    return used;
}

unsigned ff_import_enhanced(const struct ff_alternative *a, unsigned i, struct ff_import_rule *rule,
                            const char **ret_wrong)
{
    unsigned class = ff_atom_digits(ff_atom_at(a, i)) & (1u << 2 | 1u << 4 | 1u << 5), subjects, details;
    char subject[VALUES_MAX][4], detail[VALUES_MAX][4];
    bool lost = false;
    if (!class || !ff_atom_is_dot(ff_atom_at(a, i + 1)))
        return 0;
    unsigned at = i + 2, n = read_number(a, at, subject, &subjects, &lost);
    if (!n || !ff_atom_is_dot(ff_atom_at(a, at + n)))
        return 0;
    at += n + 1;
    n = read_number(a, at, detail, &details, &lost);
    if (!n) { /* "5.7." and whatever follows */
        if (ff_atom_at(a, at - 1)->type != FF_ATOM_BYTE)
            return 0;
        memcpy(detail[0], "*", 2);
        details = 1;
    }
    at += n;
    if (rule->enhanced_count) { /* a predicate holds when one of its codes is there: two of them are not to be had */
        rule->loss |= FF_LOSS_CODES;
        return at - i;
    }
    if (lost)
        rule->loss |= FF_LOSS_RUN;
    for (unsigned c = 2; c <= 5; c++)
        for (unsigned s = 0; class >> c & 1 && s < subjects; s++)
            for (unsigned d = 0; d < details; d++)
                if (!add_enhanced(rule, (char)('0' + c), subject[s], detail[d])) {
                    *ret_wrong = "more than 48 enhanced status codes";
                    return 0;
                }
    return at - i;
}

static bool add_code(struct ff_import_rule *r, unsigned h, unsigned x, unsigned y)
{
    if (r->code_count == FF_IMPORT_CODES_MAX)
        return false;
    char *to = r->code[r->code_count++];
    to[0] = (char)('0' + h);
    to[1] = x < 10 ? (char)('0' + x) : 'x';
    to[2] = y < 10 ? (char)('0' + y) : 'x';
    to[3] = 0;
    return true;
}

/** "550", "5xx": the digits of a reply code as patterns. */
static bool add_codes(struct ff_import_rule *r, const unsigned bits[3])
{
    bool any_last = bits[2] == ALL_DIGITS, any_middle = any_last && bits[1] == ALL_DIGITS;
    if ((bits[0] & 0x3cu) == 0x3cu && any_middle)
        return true; /* any code at all */
    for (unsigned h = 2; h <= 5; h++)
        for (unsigned x = 0; bits[0] >> h & 1 && x < 10; x++) {
            if (!any_middle && !(bits[1] >> x & 1))
                continue;
            for (unsigned y = 0; y < 10; y++) {
                if (!any_last && !(bits[2] >> y & 1))
                    continue;
                if (!add_code(r, h, any_middle ? 10 : x, any_last ? 10 : y))
                    return false;
                if (any_last)
                    break;
            }
            if (any_middle)
                break;
        }
    return true;
}

unsigned ff_import_code(const struct ff_alternative *a, unsigned i, bool anchored, struct ff_import_rule *rule,
                        const char **ret_wrong)
{
    unsigned bits[3] = {ALL_DIGITS, ALL_DIGITS, ALL_DIGITS}, n = 0;
    while (n < 3) {
        const struct ff_atom *t = ff_atom_at(a, i + n);
        unsigned d = t->type == FF_ATOM_ANY && anchored && n ? ALL_DIGITS : ff_atom_digits(t);
        if (!d)
            break;
        bits[n++] = d;
    }
    const struct ff_atom *next = ff_atom_at(a, i + n);
    bool open = anchored && n && n < 3 &&
                (next->type == FF_ATOM_GAP || i + n >= a->count || (next->type == FF_ATOM_RUN && next->digits));
    if (!(bits[0] & 0x3cu) || (!open && (n < 3 || ff_atom_digits(next) || (next->type == FF_ATOM_RUN && next->digits))))
        return 0;
    if (!anchored && (bits[0] & ~0x34u)) /* not at the beginning: only what can be nothing else */
        return 0;
    rule->wrapped = !anchored;
    if (!add_codes(rule, bits)) {
        *ret_wrong = "more than 16 reply codes";
        return 0;
    }
    return n + (next->type == FF_ATOM_RUN && next->digits ? 1 : 0);
}
