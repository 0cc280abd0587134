/* expand.c: the tree of a regular expression as alternatives without choices: rows of bytes, breaks and gaps.
 *
 * A phrase has no optional parts, so "(user|mail ?box) unknown" is written out as three. What would be written out
 * without end (x*, .+, \d+) becomes one atom. Both lists and rows are bounded: a pattern over the limit is left out,
 * with its reason.
 */
#include <stdlib.h>

#include "classify/import/expand.h"

/** Classes of up to this many bytes are written out, larger ones are runs. */
#define WRITTEN_OUT_MAX 5
#define DIGITS_WRITTEN_OUT_MAX 3 /* "TSS0[4-6]"; larger sets are mostly those of status codes, which may stay sets */
/** A counted repetition of up to so many is written out. */
#define COUNT_MAX 4

struct expansion {
    const struct ff_regex *r;
    const char *wrong;
};

static bool fail(struct expansion *x, const char *why)
{
    if (!x->wrong)
        x->wrong = why;
    return false;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

/** Room for `more` further rows behind those of the list; NULL after fail(). */
static struct ff_alternative *grow(struct expansion *x, struct ff_alternatives *list, size_t more)
{
    if (more > FF_ALTERNATIVES_MAX - list->count) {
        (void)fail(x, "more than 256 alternatives");
        return NULL;
    }
    struct ff_alternative *item = realloc(list->item, (list->count + more) * sizeof *item);
    if (!item) {
        (void)fail(x, "memory is short");
        return NULL;
    }
    list->item = item;
    return item + list->count;
}

static bool add_row(struct expansion *x, struct ff_alternatives *list, const struct ff_atom *atom, unsigned count,
                    uint16_t loss)
{
    struct ff_alternative *row = grow(x, list, 1);
    if (!row)
        return false;
    row->count = (uint16_t)count;
    row->loss = loss;
    if (count)
        row->atom[0] = *atom;
    list->count++;
    return true;
}

static bool append(struct expansion *x, struct ff_alternative *row, const struct ff_alternative *tail)
{
    if (tail->count > FF_ATOMS_MAX - row->count)
        return fail(x, "more than 256 parts in a row");
    memcpy(row->atom + row->count, tail->atom, tail->count * sizeof *tail->atom);
    row->count = (uint16_t)(row->count + tail->count);
    row->loss |= tail->loss;
    return true;
}

/** list = every row of list followed by every row of tail. A tail without choices needs no copy of the rows. */
static bool multiply(struct expansion *x, struct ff_alternatives *list, const struct ff_alternatives *tail)
{
    struct ff_alternatives product = {NULL, 0};
    if (tail->count == 1) {
        bool ok = true;
        for (size_t i = 0; i < list->count && ok; i++)
            ok = append(x, &list->item[i], &tail->item[0]);
        return ok;
    }
    if (tail->count && list->count > FF_ALTERNATIVES_MAX / tail->count)
        return fail(x, "more than 256 alternatives");
    if (!grow(x, &product, list->count * tail->count))
        return false;
    bool ok = true;
    for (size_t i = 0; i < list->count && ok; i++)
        for (size_t k = 0; k < tail->count && ok; k++) {
            struct ff_alternative *row = &product.item[product.count++];
            row->count = list->item[i].count;
            row->loss = list->item[i].loss;
            memcpy(row->atom, list->item[i].atom, row->count * sizeof *row->atom);
            ok = append(x, row, &tail->item[k]);
        }
    free(list->item);
    *list = product;
    return ok;
}

static bool join(struct expansion *x, struct ff_alternatives *list, const struct ff_alternatives *more)
{
    struct ff_alternative *to = grow(x, list, more->count);
    if (!to)
        return false;
    memcpy(to, more->item, more->count * sizeof *to);
    list->count += more->count;
    return true;
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

struct shape {
    unsigned letters, digits, breaks; /* members */
    uint16_t digit_bits;
    bool wide;
};

static bool is_letter(unsigned c)
{
    return c - 'a' < 26;
}

static struct shape shape_of(const struct ff_regex_node *n)
{
    struct shape s = {.wide = n->wide};
    for (unsigned c = 1; c < 128; c++) {
        if (!ff_regex_has(n, c))
            continue;
        if (is_letter(c)) {
            s.letters++;
        } else if (c - '0' < 10) {
            s.digits++;
            s.digit_bits |= (uint16_t)(1u << (c - '0'));
        } else {
            s.breaks++;
        }
    }
    return s;
}

/** Nearly every byte: what stands for "anything up to the closing bracket". */
static bool is_anything(const struct shape *s)
{
    return s->letters >= 20 && s->breaks >= 10;
}

static bool is_break(const struct shape *s)
{
    return s->letters + s->digits == 0;
}

static bool expand_class(struct expansion *x, const struct ff_regex_node *n, struct ff_alternatives *ret)
{
    struct shape s = shape_of(n);
    struct ff_atom atom = {.type = FF_ATOM_BREAK};
    if (is_anything(&s)) {
        atom.type = FF_ATOM_ANY;
        return add_row(x, ret, &atom, 1, 0);
    }
    if (is_break(&s))
        return s.breaks || s.wide ? add_row(x, ret, &atom, 1, 0) : fail(x, "a class without members");
    if (s.letters == 0 && s.breaks == 0 && s.digits > DIGITS_WRITTEN_OUT_MAX) {
        atom = (struct ff_atom){.type = FF_ATOM_DIGIT, .digits = s.digit_bits};
        return add_row(x, ret, &atom, 1, 0);
    }
    if (s.letters + s.digits > WRITTEN_OUT_MAX) {
        atom = (struct ff_atom){.type = FF_ATOM_RUN, .min = 1};
        return add_row(x, ret, &atom, 1, 0);
    }
    if (s.breaks && !add_row(x, ret, &atom, 1, 0))
        return false;
    for (unsigned c = 1; c < 128; c++)
        if (ff_regex_has(n, c) && (is_letter(c) || c - '0' < 10)) {
            atom = (struct ff_atom){.type = FF_ATOM_BYTE, .byte = (uint8_t)c};
            if (!add_row(x, ret, &atom, 1, 0))
                return false;
        }
    return true;
}

/* ---- repetitions ------------------------------------------------------------------------------------------------- */

static bool expand(struct expansion *x, uint16_t number, struct ff_alternatives *ret);

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '-' || c == '_';
}

/** A repeated class or byte that is one atom, however often it is repeated. false: it is something else. */
static bool one_atom(const struct ff_regex_node *n, const struct ff_regex_node *of, struct ff_atom *ret,
                     uint16_t *ret_loss)
{
    bool many = n->max > COUNT_MAX;
    *ret_loss = 0;
    if (of->type == FF_REGEX_ANY && (many || n->max > 1)) {
        *ret = (struct ff_atom){.type = FF_ATOM_GAP};
        *ret_loss = n->max == FF_REGEX_INF && n->min <= 1 ? 0 : FF_LOSS_REPEAT;
        return true;
    }
    if (of->type == FF_REGEX_BYTE && is_blank(of->byte)) {
        *ret = (struct ff_atom){.type = FF_ATOM_BREAK};
        return true;
    }
    if (of->type != FF_REGEX_CLASS)
        return false;
    struct shape s = shape_of(of);
    if (is_break(&s)) {
        *ret = (struct ff_atom){.type = FF_ATOM_BREAK};
        return true;
    }
    if (!many && !(s.letters + s.digits > WRITTEN_OUT_MAX && n->min != n->max))
        return false;
    bool digits = s.letters + s.breaks == 0, blanks = ff_regex_has(of, ' '); /* with blanks: several words */
    *ret = (struct ff_atom){.type = blanks ? FF_ATOM_GAP : FF_ATOM_RUN,
                            .min = n->min ? 1 : 0,
                            .digits = digits ? s.digit_bits : 0,
                            .byte = s.letters == 26 && s.digits == 10};
    *ret_loss = blanks ? FF_LOSS_RUN : 0; /* of a run it depends on what stands beside it */
    return true;
}

/** What is repeated min, min + 1, ... max times, at most COUNT_MAX or 16. It is expanded once: with once for each
 * count, thirty stars behind one another would take 2^30 expansions. */
static bool expand_counts(struct expansion *x, uint16_t first, unsigned min, unsigned max, uint16_t lost,
                          struct ff_alternatives *ret)
{
    struct ff_alternatives once = {NULL, 0}, power = {NULL, 0};
    bool ok = add_row(x, &power, NULL, 0, 0) && expand(x, first, &once);
    for (unsigned count = 0; ok && count <= max; count++) {
        if (count)
            ok = multiply(x, &power, &once);
        if (count == 1)
            for (size_t i = 0; ok && i < power.count; i++)
                power.item[i].loss |= lost;
        if (ok && count >= min)
            ok = join(x, ret, &power);
    }
    free(once.item);
    free(power.item);
    return ok;
}

static bool expand_repeat(struct expansion *x, const struct ff_regex_node *n, struct ff_alternatives *ret)
{
    struct ff_atom atom;
    uint16_t loss;
    if (n->max == 0)
        return add_row(x, ret, NULL, 0, 0);
    if (one_atom(n, &x->r->node[n->first], &atom, &loss)) {
        if (n->min == 0 && atom.type == FF_ATOM_BREAK && !add_row(x, ret, NULL, 0, 0))
            return false;
        return add_row(x, ret, &atom, 1, loss);
    }
    unsigned min = n->min, max = n->max;
    uint16_t lost = 0;
    if (max > COUNT_MAX) { /* as often as it must be: more of it contains that */
        max = min ? min : 1;
        lost = FF_LOSS_REPEAT;
    }
    if (min > 16)
        return fail(x, "a repetition of more than 16 times");
    return expand_counts(x, n->first, min, max, lost, ret);
}

/* ---- the tree ---------------------------------------------------------------------------------------------------- */

static bool expand_pair(struct expansion *x, const struct ff_regex_node *n, struct ff_alternatives *ret)
{
    struct ff_alternatives second = {NULL, 0};
    bool ok = expand(x, n->first, ret) && expand(x, n->second, &second);
    if (ok)
        ok = n->type == FF_REGEX_CAT ? multiply(x, ret, &second) : join(x, ret, &second);
    free(second.item);
    return ok;
}

static bool expand(struct expansion *x, uint16_t number, struct ff_alternatives *ret)
{
    static const uint8_t atoms[] = {[FF_REGEX_BYTE] = FF_ATOM_BYTE,
                                    [FF_REGEX_ANY] = FF_ATOM_ANY,
                                    [FF_REGEX_BEGIN] = FF_ATOM_BEGIN,
                                    [FF_REGEX_END] = FF_ATOM_END,
                                    [FF_REGEX_EDGE] = FF_ATOM_EDGE};
    const struct ff_regex_node *n = &x->r->node[number];
    switch (n->type) {
    case FF_REGEX_EMPTY:
        return add_row(x, ret, NULL, 0, 0);
    case FF_REGEX_CLASS:
        return expand_class(x, n, ret);
    case FF_REGEX_CAT:
    case FF_REGEX_ALT:
        return expand_pair(x, n, ret);
    case FF_REGEX_REPEAT:
        return expand_repeat(x, n, ret);
    default: {
        const struct ff_atom atom = {.type = atoms[n->type], .byte = n->byte};
        return add_row(x, ret, &atom, 1, 0);
    }
    }
}

bool ff_regex_expand(const struct ff_regex *r, struct ff_alternatives *ret, const char **ret_wrong)
{
    struct expansion x = {.r = r};
    *ret = (struct ff_alternatives){NULL, 0};
    if (expand(&x, r->root, ret))
        return true;
    free(ret->item);
    *ret = (struct ff_alternatives){NULL, 0};
    *ret_wrong = x.wrong;
    return false;
}
