/* import_phrase.c: one alternative of a regular expression as codes and a phrase.
 *
 * Status codes leave the text: they become predicates. What is left is cut at gaps into parts; each part goes through the
 * masker, since a phrase is compared with masked text: what does not survive it (a host name, a number) cannot be asked for.
 * Without a break beside it, the end of a part is open ("*full*"), as a regular expression's is.
 */
#include <stdlib.h>

#include "classify/import_int.h"
#include "classify/mask_int.h"
#include "classify/rules_int.h"

#define GAP_WORDS 40u /* the widest gap a phrase may have */
#define RUN_WORDS 3u  /* one token, which the masker may cut */
#define LITERAL_BYTES 100u
#define ALL_DIGITS 0x3ffu

struct build {
    const struct ff_hosts *hosts;
    const struct ff_alternative *a;
    struct ff_import_rule *ret;
    struct ff_masked *masked;
    const char *wrong;
    char raw[FF_IMPORT_PHRASE_MAX]; /* of the part that is being read */
    size_t raw_len, phrase_len, sample_len;
    unsigned gap, parts;
    bool head;       /* nothing but codes and breaks so far: words that follow stood at the beginning */
    bool right_open; /* the last part's end */
};

static bool is_word(uint8_t c)
{
    return ff_is_alpha(c) || ff_is_digit(c);
}

static bool fail(struct build *b, const char *why)
{
    b->wrong = why;
    return false;
}

/* ---- codes ---------------------------------------------------------------------------------------------------------- */

static const struct ff_atom *atom_at(const struct build *b, unsigned i)
{
    static const struct ff_atom none = {.type = FF_ATOM_END};
    return i < b->a->count ? &b->a->atom[i] : &none;
}

/** Digits that an atom may be; 0: none. */
static unsigned digits_of(const struct ff_atom *t)
{
    if (t->type == FF_ATOM_BYTE && ff_is_digit(t->byte))
        return 1u << (t->byte - '0');
    return t->type == FF_ATOM_DIGIT ? t->digits : 0;
}

static bool is_dot(const struct ff_atom *t)
{
    return t->type == FF_ATOM_ANY || (t->type == FF_ATOM_BYTE && t->byte == '.');
}

static bool add_enhanced(struct build *b, char class, const char *subject, const char *detail)
{
    struct ff_import_rule *r = b->ret;
    if (r->enhanced_count == FF_IMPORT_ENHANCED_MAX)
        return fail(b, "more than 48 enhanced status codes");
    snprintf(r->enhanced[r->enhanced_count++], sizeof *r->enhanced, "%c.%.3s.%.3s", class, subject, detail);
    return true;
}

/** A number of an enhanced code from atom i on: its values, or "*". Returns the atoms used; 0: there is none. */
#define VALUES_MAX 12
static unsigned read_number(const struct build *b, unsigned i, char ret[VALUES_MAX][4], unsigned *ret_count, bool *ret_lost)
{
    char next[VALUES_MAX][4];
    unsigned used = 0, count = 1;
    bool any = false;
    ret[0][0] = 0;
    for (; used < 3; used++) {
        unsigned bits = digits_of(atom_at(b, i + used)), n = 0;
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
    const struct ff_atom *run = atom_at(b, i + used);
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

/** "5.1.1" from atom i on. Returns the atoms used; 0: there is none. */
static unsigned read_enhanced(struct build *b, unsigned i)
{
    unsigned class = digits_of(atom_at(b, i)) & (1u << 2 | 1u << 4 | 1u << 5), subjects, details;
    char subject[VALUES_MAX][4], detail[VALUES_MAX][4];
    bool lost = false;
    if (!class || !is_dot(atom_at(b, i + 1)))
        return 0;
    unsigned at = i + 2, n = read_number(b, at, subject, &subjects, &lost);
    if (!n || !is_dot(atom_at(b, at + n)))
        return 0;
    at += n + 1;
    n = read_number(b, at, detail, &details, &lost);
    if (!n) { /* "5.7." and whatever follows */
        if (atom_at(b, at - 1)->type != FF_ATOM_BYTE)
            return 0;
        memcpy(detail[0], "*", 2);
        details = 1;
    }
    at += n;
    if (b->ret->enhanced_count) { /* a predicate holds when one of its codes is there: two of them are not to be had */
        b->ret->loss |= FF_LOSS_CODES;
        return at - i;
    }
    if (lost)
        b->ret->loss |= FF_LOSS_RUN;
    for (unsigned c = 2; c <= 5; c++)
        for (unsigned s = 0; class >> c & 1 && s < subjects; s++)
            for (unsigned d = 0; d < details; d++)
                if (!add_enhanced(b, (char)('0' + c), subject[s], detail[d]))
                    return 0;
    return at - i;
}

static bool add_code(struct build *b, unsigned a, unsigned x, unsigned y)
{
    struct ff_import_rule *r = b->ret;
    if (r->code_count == FF_IMPORT_CODES_MAX)
        return fail(b, "more than 16 reply codes");
    char *to = r->code[r->code_count++];
    to[0] = (char)('0' + a);
    to[1] = x < 10 ? (char)('0' + x) : 'x';
    to[2] = y < 10 ? (char)('0' + y) : 'x';
    to[3] = 0;
    return true;
}

/** "550", "5xx": the digits of a reply code as patterns. */
static bool add_codes(struct build *b, const unsigned bits[3])
{
    bool any_last = bits[2] == ALL_DIGITS, any_middle = any_last && bits[1] == ALL_DIGITS;
    if ((bits[0] & 0x3cu) == 0x3cu && any_middle)
        return true; /* any code at all */
    for (unsigned a = 2; a <= 5; a++)
        for (unsigned x = 0; bits[0] >> a & 1 && x < 10; x++) {
            if (!any_middle && !(bits[1] >> x & 1))
                continue;
            for (unsigned y = 0; y < 10; y++) {
                if (!any_last && !(bits[2] >> y & 1))
                    continue;
                if (!add_code(b, a, any_middle ? 10 : x, any_last ? 10 : y))
                    return false;
                if (any_last)
                    break;
            }
            if (any_middle)
                break;
        }
    return true;
}

/** A reply code at the beginning. Returns the atoms used; 0: there is none, or b->wrong. */
static unsigned read_code(struct build *b, unsigned i, bool anchored)
{
    unsigned bits[3] = {ALL_DIGITS, ALL_DIGITS, ALL_DIGITS}, n = 0;
    while (n < 3) {
        const struct ff_atom *t = atom_at(b, i + n);
        unsigned d = t->type == FF_ATOM_ANY && anchored && n ? ALL_DIGITS : digits_of(t);
        if (!d)
            break;
        bits[n++] = d;
    }
    const struct ff_atom *next = atom_at(b, i + n);
    bool open = anchored && n && n < 3 && (next->type == FF_ATOM_GAP || i + n >= b->a->count || (next->type == FF_ATOM_RUN && next->digits));
    if (!(bits[0] & 0x3cu) || (!open && (n < 3 || digits_of(next) || (next->type == FF_ATOM_RUN && next->digits))))
        return 0;
    if (!anchored && (bits[0] & ~0x34u)) /* not at the beginning: only what can be nothing else */
        return 0;
    b->ret->wrapped = !anchored;
    if (!add_codes(b, bits))
        return 0;
    return n + (next->type == FF_ATOM_RUN && next->digits ? 1 : 0);
}

/* ---- parts of the phrase -------------------------------------------------------------------------------------------- */

static void put_text(struct build *b, const char *text, size_t len)
{
    if (len > sizeof b->ret->phrase - 1 - b->phrase_len)
        len = sizeof b->ret->phrase - 1 - b->phrase_len; /* cannot happen: 6 parts of 100 bytes and their gaps */
    memcpy(b->ret->phrase + b->phrase_len, text, len);
    b->phrase_len += len;
}

static void put_sample(struct build *b, struct ff_slice word, bool blank)
{
    static const struct {
        char letter;
        const char *text;
    } samples[] = {{'A', "a@example.com"}, {'H', "mx.example.com"}, {'I', "192.0.2.1"}, {'U', "https://www.example.com/"},
                   {'D', "4XbP3k9Zq1"}, {'#', "12"}, {'N', "<>"}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        if (word.len == 1 && word.ptr[0] == (uint8_t)samples[i].letter)
            word = ff_slice_str(samples[i].text);
    if (word.len + 2 > sizeof b->ret->sample - b->sample_len)
        return;
    if (blank && b->sample_len)
        b->ret->sample[b->sample_len++] = ' ';
    memcpy(b->ret->sample + b->sample_len, word.ptr, word.len);
    b->sample_len += word.len;
}

/** Masks the part as it would stand inside a reply: the words, between blanks. `digits` zeroes stand behind it. */
static struct ff_slice mask_part(struct build *b, unsigned digits)
{
    const struct ff_mask_context ctx = {.hosts = b->hosts};
    char text[FF_IMPORT_PHRASE_MAX + 16];
    int n = snprintf(text, sizeof text, "q %.*s%.*s", (int)b->raw_len, b->raw, (int)digits, "0000");
    ff_mask(&ctx, ff_slice_of(text, (size_t)n), b->masked);
    struct ff_slice words = ff_slice_trim(ff_slice_of(b->masked->buf, b->masked->len));
    words = ff_slice_trim(ff_slice_sub(words, 1, words.len)); /* the "q" */
    bool survived = words.len > digits && ff_is_digit(words.ptr[words.len - 1]);
    if (digits && survived)
        return ff_slice_sub(words, 0, words.len - digits);
    return digits ? mask_part(b, 0) : words;
}

static struct ff_slice next_word(struct ff_slice *s)
{
    size_t end = ff_slice_chr(*s, 0, ' ');
    struct ff_slice word = ff_slice_sub(*s, 0, end);
    *s = end == SIZE_MAX ? ff_slice_of(NULL, 0) : ff_slice_sub(*s, end + 1, s->len);
    return word;
}

static bool is_nameless(struct ff_slice word)
{
    return word.ptr[0] == 'Z' && word.len == 3; /* the number of a known host */
}

/** Letters and digits in the words that are no placeholders; 0 too when a word is longer than a phrase may have. */
static size_t plain_bytes(struct ff_slice words)
{
    size_t n = 0;
    while (words.len) {
        struct ff_slice w = next_word(&words);
        if (w.len + 2 > LITERAL_BYTES)
            return 0;
        n += ff_placeholder_name(w) || is_nameless(w) ? 0 : w.len;
    }
    return n;
}

static void put_words(struct build *b, struct ff_slice words, bool left_open, bool right_open)
{
    size_t literal = 0;
    bool first = true, glued = left_open && b->right_open && b->gap == 0;
    while (words.len && b->parts <= FF_PHRASE_ELEMENTS_MAX) {
        struct ff_slice w = next_word(&words);
        const char *name = ff_placeholder_name(w);
        struct ff_slice text = name ? ff_slice_str(name) : w;
        bool cut = literal + text.len + 2 > LITERAL_BYTES;
        if (name || is_nameless(w))
            b->ret->loss |= FF_LOSS_MASKED;
        if (is_nameless(w) || cut) {
            if (++b->parts > FF_PHRASE_ELEMENTS_MAX || words.len == 0)
                break;
            put_text(b, is_nameless(w) ? " ~1" : " ~0", 3);
            literal = 0;
            if (is_nameless(w))
                continue;
        }
        if (!first)
            put_text(b, " ", 1);
        else if (left_open && !name)
            put_text(b, "*", 1);
        put_text(b, (const char *)text.ptr, text.len);
        put_sample(b, w, !(first && glued));
        literal += text.len + 1;
        first = false;
        if (words.len == 0 && right_open && !name)
            put_text(b, "*", 1);
    }
}

/** Ends the part that was read; its raw text is empty then. */
static void end_part(struct build *b, unsigned digits)
{
    if (b->raw_len == 0)
        return;
    bool left_open = is_word((uint8_t)b->raw[0]), right_open = is_word((uint8_t)b->raw[b->raw_len - 1]);
    struct ff_slice words = mask_part(b, digits);
    b->raw_len = 0;
    if (words.len == 0)
        return; /* punctuation */
    if (plain_bytes(words) < (left_open || right_open ? 2 : 1)) {
        b->ret->loss |= plain_bytes(words) ? FF_LOSS_RUN : FF_LOSS_MASKED;
        b->gap = b->gap < RUN_WORDS ? RUN_WORDS : b->gap;
        b->right_open = false;
        return;
    }
    if (b->parts == FF_PHRASE_ELEMENTS_MAX) {
        b->ret->loss |= FF_LOSS_PARTS;
        return;
    }
    if (b->head)
        b->ret->loss |= FF_LOSS_ANCHOR;
    if (b->parts++) {
        char gap[8];
        put_text(b, gap, (size_t)snprintf(gap, sizeof gap, " ~%u ", b->gap));
    }
    put_words(b, words, left_open, right_open);
    if (b->parts > FF_PHRASE_ELEMENTS_MAX) {
        b->parts = FF_PHRASE_ELEMENTS_MAX;
        b->ret->loss |= FF_LOSS_PARTS;
    }
    b->gap = 0;
    b->right_open = right_open;
}

static void put_raw(struct build *b, uint8_t c)
{
    if (b->raw_len < sizeof b->raw)
        b->raw[b->raw_len++] = (char)c; /* atoms are at most 256 */
}

static void widen(struct build *b, unsigned gap)
{
    if (b->gap < gap)
        b->gap = gap;
}

/** A run behind a word is its open end ("block\w*"), any other one a gap. */
static void put_run(struct build *b, unsigned i)
{
    const struct ff_atom *t = atom_at(b, i), *next = atom_at(b, i + 1);
    bool attached = b->raw_len ? is_word((uint8_t)b->raw[b->raw_len - 1]) : false;
    bool glued = next->type == FF_ATOM_RUN || next->type == FF_ATOM_DIGIT || (next->type == FF_ATOM_BYTE && is_word(next->byte));
    if (!attached || glued || t->min || !t->byte)
        b->ret->loss |= FF_LOSS_RUN;
    end_part(b, 0);
    if (!attached)
        widen(b, RUN_WORDS);
}

/** Digits of which only the set is known: "IB6\d\d" is "ib6*". Returns the atoms used. */
static unsigned put_digits(struct build *b, unsigned i)
{
    unsigned n = 0;
    while (n < 4 && atom_at(b, i + n)->type == FF_ATOM_DIGIT)
        n++;
    bool attached = b->raw_len ? is_word((uint8_t)b->raw[b->raw_len - 1]) : false;
    b->ret->loss |= FF_LOSS_RUN;
    end_part(b, attached ? n : 0);
    if (!attached)
        widen(b, RUN_WORDS);
    return n;
}

/* ---- the row -------------------------------------------------------------------------------------------------------- */

static bool put_any(struct build *b, unsigned i)
{
    const struct ff_atom *before = atom_at(b, i - 1), *after = atom_at(b, i + 1);
    bool inside = i > 0 && i + 1 < b->a->count && before->type != FF_ATOM_GAP && after->type != FF_ATOM_GAP;
    if (inside) {
        put_raw(b, ' ');
        b->ret->loss |= FF_LOSS_DOT;
    }
    return true;
}

/** One atom, or a status code; *i moves behind it. */
static bool put_atom(struct build *b, unsigned *i)
{
    const struct ff_atom *t = atom_at(b, *i), *before = *i ? atom_at(b, *i - 1) : NULL;
    if (!before || !(digits_of(before) || is_dot(before) || (before->type == FF_ATOM_RUN && before->digits))) {
        unsigned n = read_enhanced(b, *i);
        if (b->wrong)
            return false;
        if (n) {
            put_raw(b, ' ');
            *i += n;
            return true;
        }
    }
    ++*i;
    switch ((enum ff_atom_type)t->type) {
    case FF_ATOM_BYTE:
        put_raw(b, t->byte);
        return true;
    case FF_ATOM_BREAK:
    case FF_ATOM_EDGE:
        put_raw(b, ' ');
        return true;
    case FF_ATOM_ANY:
        return put_any(b, *i - 1);
    case FF_ATOM_DIGIT:
        *i += put_digits(b, *i - 1) - 1;
        return true;
    case FF_ATOM_RUN:
        put_run(b, *i - 1);
        return true;
    case FF_ATOM_GAP:
        end_part(b, 0);
        widen(b, GAP_WORDS);
        b->head = false;
        return true;
    case FF_ATOM_BEGIN:
        return fail(b, "^ inside the pattern");
    case FF_ATOM_END:
        if (*i < b->a->count)
            return fail(b, "$ inside the pattern");
        if (!before || before->type != FF_ATOM_GAP)
            b->ret->loss |= FF_LOSS_ANCHOR;
        put_raw(b, ' ');
        return true;
    }
    return true;
}

static bool build(struct build *b)
{
    bool anchored = b->a->count && b->a->atom[0].type == FF_ATOM_BEGIN;
    unsigned i = 0;
    while (i < b->a->count && (b->a->atom[i].type == FF_ATOM_BEGIN || (b->a->atom[i].type == FF_ATOM_EDGE && i == 0)))
        i++;
    b->head = anchored;
    unsigned n = read_enhanced(b, i);
    if (n == 0 && !b->wrong)
        n = read_code(b, i, anchored);
    b->head |= n > 0;
    i += n;
    if (b->head || i)
        put_raw(b, ' ');
    while (!b->wrong && i < b->a->count)
        if (!put_atom(b, &i))
            return false;
    if (b->wrong)
        return false;
    end_part(b, 0);
    if (b->parts || b->ret->code_count || b->ret->enhanced_count)
        return true;
    return fail(b, b->ret->loss & FF_LOSS_MASKED ? "only what is masked before rules see it (a host, an address, a number)"
                   : b->ret->loss & FF_LOSS_RUN  ? "too little is left of it: one letter, or a run of letters or digits"
                                                 : "it matches every reply");
}

bool ff_import_phrase(const struct ff_hosts *hosts, const struct ff_alternative *a, struct ff_import_rule *ret, const char **ret_wrong)
{
    struct build b = {.hosts = hosts, .a = a, .ret = ret, .masked = malloc(sizeof *b.masked)};
    *ret = (struct ff_import_rule){.loss = a->loss};
    bool ok = b.masked ? build(&b) : fail(&b, "memory is short");
    free(b.masked);
    ret->phrase[b.phrase_len] = 0;
    ret->sample[b.sample_len] = 0;
    *ret_wrong = b.wrong;
    return ok;
}
