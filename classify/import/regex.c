/* regex.c: a regular expression as a tree, by recursive descent. What has no counterpart in a phrase
 * (look-around, back-references, flags that change the syntax) is refused by name.
 */
#include <stdlib.h>

#include "classify/import/regex.h"

struct parse {
    struct ff_regex *r;
    struct ff_slice s;
    size_t at;
    unsigned depth;
};

#define NONE 0xffffu

static uint16_t parse_alternatives(struct parse *p);

static bool fail(struct parse *p, const char *why)
{
    if (!p->r->wrong)
        p->r->wrong = why;
    return false;
}

static uint16_t refuse(struct parse *p, const char *why)
{
    (void)fail(p, why);
    return NONE;
}

static uint16_t node(struct parse *p, enum ff_regex_type type)
{
    if (p->r->count == FF_REGEX_NODES_MAX)
        return refuse(p, "the pattern is too large");
    p->r->node[p->r->count] = (struct ff_regex_node){.type = (uint8_t)type};
    return p->r->count++;
}

static uint16_t pair(struct parse *p, enum ff_regex_type type, uint16_t first, uint16_t second)
{
    if (first == NONE || second == NONE)
        return NONE;
    uint16_t n = node(p, type);
    if (n != NONE) {
        p->r->node[n].first = first;
        p->r->node[n].second = second;
    }
    return n;
}

static bool more(const struct parse *p)
{
    return p->at < p->s.len;
}

static uint8_t peek(const struct parse *p, size_t n)
{
    return p->at + n < p->s.len ? p->s.ptr[p->at + n] : 0;
}

static bool starts(const struct parse *p, const char *text)
{
    return ff_slice_starts(ff_slice_sub(p->s, p->at, p->s.len), ff_slice_str(text));
}

static uint8_t lower(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

static uint16_t byte_node(struct parse *p, uint8_t c)
{
    uint16_t n = node(p, FF_REGEX_BYTE);
    if (n != NONE)
        p->r->node[n].byte = lower(c);
    return n;
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

static void set_add(struct ff_regex_node *n, unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to && c < 128; c++)
        n->set[lower((uint8_t)c) >> 5] |= 1u << (lower((uint8_t)c) & 31);
    n->wide |= to >= 128;
}

/** Letters have only their lower-case bit: an inverted set must not gain the upper-case ones. */
static void set_invert(struct ff_regex_node *n)
{
    for (unsigned i = 0; i < 4; i++)
        n->set[i] = ~n->set[i];
    n->set[2] &= ~0x07fffffeu; /* A to Z */
    n->set[0] &= ~(1u << '\n');
    n->wide = !n->wide;
}

/** \d \w \s and their inverses; false: c is none of them. */
static bool set_add_named(struct ff_regex_node *n, uint8_t c)
{
    struct ff_regex_node named = {.type = FF_REGEX_CLASS};
    switch (c | 0x20) {
    case 'd':
        set_add(&named, '0', '9');
        break;
    case 'w':
        set_add(&named, '0', '9');
        set_add(&named, 'a', 'z');
        set_add(&named, '_', '_');
        named.wide = true;
        break;
    case 's':
        set_add(&named, '\t', '\r');
        set_add(&named, ' ', ' ');
        break;
    default:
        return false;
    }
    if ((uint8_t)(c - 'A') < 26)
        set_invert(&named);
    for (unsigned i = 0; i < 4; i++)
        n->set[i] |= named.set[i];
    n->wide |= named.wide;
    return true;
}

static bool hex_escape(struct parse *p, unsigned digits, unsigned *ret)
{
    unsigned v = 0;
    for (unsigned i = 0; i < digits; i++, p->at++) {
        uint8_t d = lower(peek(p, 0));
        if (!((uint8_t)(d - '0') < 10 || (uint8_t)(d - 'a') < 6))
            return false;
        v = v << 4 | (unsigned)(d <= '9' ? d - '0' : d - 'a' + 10);
    }
    *ret = v;
    return true;
}

/** The byte of an escape that stands for one; p is behind the backslash. false: refused. */
static bool escaped_byte(struct parse *p, uint8_t *ret)
{
    static const char from[] = "nrtfv0", to[] = "\n\r\t\f\v";
    uint8_t c = peek(p, 0);
    unsigned v;
    p->at++;
    if (c == 'x' && hex_escape(p, 2, &v) && v < 128) {
        *ret = (uint8_t)v;
        return true;
    }
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        *ret = (uint8_t)to[known - from];
        return true;
    }
    if (c == 0 || c >= 128 || (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10)
        return fail(p, "an escape that has no counterpart (Unicode properties, back-references, \\A, \\z, \\B)");
    *ret = c;
    return true;
}

/** One member of "[...]", or the beginning of a range. Sets *ret_named where it was a class of its own. */
static bool class_member(struct parse *p, struct ff_regex_node *n, uint8_t *ret, bool *ret_named)
{
    uint8_t c = peek(p, 0);
    *ret_named = false;
    if (c == '[' && peek(p, 1) == ':')
        return fail(p, "a named class ([[:alpha:]])");
    if (c == '&' && peek(p, 1) == '&')
        return fail(p, "an intersection of classes");
    if (c == '\\') {
        p->at++;
        if (set_add_named(n, peek(p, 0))) {
            p->at++;
            *ret_named = true;
            return true;
        }
        if (peek(p, 0) == 'b') { /* a backspace, in a class */
            p->at++;
            *ret = '\b';
            return true;
        }
        return escaped_byte(p, ret);
    }
    if (c >= 128)
        return fail(p, "a class with letters outside ASCII");
    *ret = c;
    p->at++;
    return true;
}

static uint16_t parse_class(struct parse *p)
{
    uint16_t number = node(p, FF_REGEX_CLASS);
    if (number == NONE)
        return NONE;
    struct ff_regex_node *n = &p->r->node[number];
    p->at++;
    bool inverted = peek(p, 0) == '^', first = true;
    p->at += inverted;
    for (; more(p) && (peek(p, 0) != ']' || first); first = false) {
        uint8_t from, to;
        bool named;
        if (!class_member(p, n, &from, &named))
            return NONE;
        if (named)
            continue;
        to = from;
        if (peek(p, 0) == '-' && peek(p, 1) != ']' && p->at + 1 < p->s.len) {
            p->at++;
            if (!class_member(p, n, &to, &named))
                return NONE;
            if (named || to < from)
                return refuse(p, "a range of a class that runs backwards");
        }
        set_add(n, from, to);
    }
    if (!more(p))
        return refuse(p, "a class without its \"]\"");
    p->at++;
    if (inverted)
        set_invert(n);
    return number;
}

/* ---- groups and atoms -------------------------------------------------------------------------------------------- */

/** "(?i)", "(?i:", "(?:", "(?<name>", "(?P<name>"; p is behind "(?". Sets *ret_flags_only for "(?i)". */
static bool group_head(struct parse *p, bool *ret_flags_only)
{
    *ret_flags_only = false;
    if (starts(p, "=") || starts(p, "!") || starts(p, "<=") || starts(p, "<!"))
        return fail(p, "look-around ((?=...), (?!...))");
    if (starts(p, "P<") || starts(p, "<")) {
        while (more(p) && peek(p, 0) != '>')
            p->at++;
        p->at++;
        return true;
    }
    for (; more(p); p->at++) {
        uint8_t c = peek(p, 0);
        if (c == ':' || c == ')') {
            *ret_flags_only = c == ')';
            p->at++;
            return true;
        }
        if (c == 'x')
            return fail(p, "the flag x (comments inside the pattern)");
        if (!strchr("imsuUR-", c))
            break;
    }
    return fail(p, "a group that is not known");
}

static uint16_t parse_group(struct parse *p)
{
    p->at++;
    if (peek(p, 0) == '?') {
        bool flags_only;
        p->at++;
        if (!group_head(p, &flags_only))
            return NONE;
        if (flags_only)
            return node(p, FF_REGEX_EMPTY);
    } else if (peek(p, 0) == '*') {
        return refuse(p, "a verb ((*...))");
    }
    if (++p->depth > FF_REGEX_DEPTH_MAX)
        return refuse(p, "groups nested too deep");
    uint16_t inside = parse_alternatives(p);
    p->depth--;
    if (inside != NONE && peek(p, 0) != ')')
        return refuse(p, "a group without its \")\"");
    p->at++;
    return inside;
}

static uint16_t parse_escape(struct parse *p)
{
    p->at++;
    uint8_t c = peek(p, 0);
    if (c == 'b') {
        p->at++;
        return node(p, FF_REGEX_EDGE);
    }
    uint16_t n = node(p, FF_REGEX_CLASS);
    if (n != NONE && set_add_named(&p->r->node[n], c)) {
        p->at++;
        return n;
    }
    uint8_t byte;
    return n != NONE && escaped_byte(p, &byte) ? byte_node(p, byte) : NONE;
}

static uint16_t parse_atom(struct parse *p)
{
    uint8_t c = peek(p, 0);
    switch (c) {
    case '(':
        return parse_group(p);
    case '[':
        return parse_class(p);
    case '\\':
        return parse_escape(p);
    case '.':
        p->at++;
        return node(p, FF_REGEX_ANY);
    case '^':
        p->at++;
        return node(p, FF_REGEX_BEGIN);
    case '$':
        p->at++;
        return node(p, FF_REGEX_END);
    case '*':
    case '+':
    case '?':
        return refuse(p, "a repetition of nothing");
    default: {
        p->at++;
        uint16_t n = byte_node(p, c);
        while (c >= 0xc0 && (peek(p, 0) & 0xc0) == 0x80) /* one letter outside ASCII is one atom */
            n = pair(p, FF_REGEX_CAT, n, byte_node(p, p->s.ptr[p->at++]));
        return n;
    }
    }
}

/* ---- repetitions ------------------------------------------------------------------------------------------------- */

static bool number(struct parse *p, uint16_t *ret)
{
    unsigned v = 0, digits = 0;
    for (; (uint8_t)(peek(p, 0) - '0') < 10; p->at++, digits++)
        v = v < 1000 ? v * 10 + (unsigned)(peek(p, 0) - '0') : v;
    *ret = (uint16_t)(v > 1000 ? 1000 : v);
    return digits > 0;
}

/** "*", "+", "?", "{2}", "{2,}", "{2,5}"; false: there is none here. "{" that begins no count is a byte like others. */
static bool repetition(struct parse *p, uint16_t *min, uint16_t *max)
{
    uint8_t c = peek(p, 0);
    if (more(p) && (c == '*' || c == '+' || c == '?')) {
        p->at++;
        *min = c == '+';
        *max = c == '?' ? 1 : FF_REGEX_INF;
        return true;
    }
    size_t back = p->at;
    if (c == '{') {
        p->at++;
        bool given = number(p, min);
        *max = *min;
        if (given && peek(p, 0) == ',') {
            p->at++;
            if (!number(p, max))
                *max = FF_REGEX_INF;
        }
        if (given && peek(p, 0) == '}' && *max >= *min) {
            p->at++;
            return true;
        }
    }
    p->at = back;
    return false;
}

static uint16_t parse_repeated(struct parse *p)
{
    uint16_t n = parse_atom(p), min, max;
    while (n != NONE && repetition(p, &min, &max)) {
        if (peek(p, 0) == '?' || peek(p, 0) == '+')
            p->at++; /* lazy, possessive: the same matches, or fewer */
        uint16_t r = node(p, FF_REGEX_REPEAT);
        if (r == NONE)
            return NONE;
        p->r->node[r].first = n;
        p->r->node[r].min = min;
        p->r->node[r].max = max;
        n = r;
    }
    return n;
}

static uint16_t parse_row(struct parse *p)
{
    uint16_t n = NONE;
    while (more(p) && peek(p, 0) != '|' && peek(p, 0) != ')') {
        uint16_t next = parse_repeated(p);
        if (next == NONE)
            return NONE;
        n = n == NONE ? next : pair(p, FF_REGEX_CAT, n, next);
        if (n == NONE)
            return NONE;
    }
    return n == NONE ? node(p, FF_REGEX_EMPTY) : n;
}

static uint16_t parse_alternatives(struct parse *p)
{
    uint16_t n = parse_row(p);
    while (n != NONE && more(p) && peek(p, 0) == '|') {
        p->at++;
        n = pair(p, FF_REGEX_ALT, n, parse_row(p));
    }
    return n;
}

bool ff_regex_parse(struct ff_regex *r, struct ff_slice text)
{
    struct parse p = {.r = r, .s = text};
    r->count = 0;
    r->wrong = NULL;
    if (text.len > FF_REGEX_BYTES_MAX) {
        r->wrong = "the pattern is too large";
        return false;
    }
    r->root = parse_alternatives(&p);
    if (r->root != NONE && more(&p))
        (void)refuse(&p, "a \")\" without its group");
    return !r->wrong;
}
