/* phrase.c: one alternative of a regular expression as codes and a phrase.
 *
 * Status codes leave the text: they become predicates. What is left is cut at gaps into parts; each part goes through
 * the masker, since a phrase is compared with masked text: what does not survive it (a host name, a number) cannot be
 * asked for. Without a break beside it, the end of a part is open ("*full*"), as a regular expression's is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "classify/import/phrase.h"
#include "classify/mask/mask.h"
#include "classify/mask/mask_bytes.h"
#include "classify/ruleset/rules_int.h"

#define GAP_WORDS 40u /* the widest gap a phrase may have */
#define RUN_WORDS 3u  /* one token, which the masker may cut */
#define LITERAL_BYTES 100u

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

/* ---- parts of the phrase ----------------------------------------------------------------------------------------- */

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
    } samples[] = {{'A', "a@example.com"},
                   {'H', "mx.example.com"},
                   {'I', "192.0.2.1"},
                   {'U', "https://www.example.com/"},
                   {'D', "4XbP3k9Zq1"},
                   {'#', "12"},
                   {'N', "<>"}};
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
    const struct ff_atom *t = ff_atom_at(b->a, i), *next = ff_atom_at(b->a, i + 1);
    bool attached = b->raw_len ? is_word((uint8_t)b->raw[b->raw_len - 1]) : false;
    bool glued =
        next->type == FF_ATOM_RUN || next->type == FF_ATOM_DIGIT || (next->type == FF_ATOM_BYTE && is_word(next->byte));
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
    while (n < 4 && ff_atom_at(b->a, i + n)->type == FF_ATOM_DIGIT)
        n++;
    bool attached = b->raw_len ? is_word((uint8_t)b->raw[b->raw_len - 1]) : false;
    b->ret->loss |= FF_LOSS_RUN;
    end_part(b, attached ? n : 0);
    if (!attached)
        widen(b, RUN_WORDS);
    return n;
}

/* ---- the row ----------------------------------------------------------------------------------------------------- */

static bool put_any(struct build *b, unsigned i)
{
    const struct ff_atom *before = ff_atom_at(b->a, i - 1), *after = ff_atom_at(b->a, i + 1);
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
    const struct ff_atom *t = ff_atom_at(b->a, *i), *before = *i ? ff_atom_at(b->a, *i - 1) : NULL;
    if (!before ||
        !(ff_atom_digits(before) || ff_atom_is_dot(before) || (before->type == FF_ATOM_RUN && before->digits))) {
        unsigned n = ff_import_enhanced(b->a, *i, b->ret, &b->wrong);
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
    unsigned n = ff_import_enhanced(b->a, i, b->ret, &b->wrong);
    if (n == 0 && !b->wrong)
        n = ff_import_code(b->a, i, anchored, b->ret, &b->wrong);
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
    return fail(b, b->ret->loss & FF_LOSS_MASKED
                       ? "only what is masked before rules see it (a host, an address, a number)"
                   : b->ret->loss & FF_LOSS_RUN ? "too little is left of it: one letter, or a run of letters or digits"
                                                : "it matches every reply");
}

bool ff_import_phrase(const struct ff_hosts *hosts, const struct ff_alternative *a, struct ff_import_rule *ret,
                      const char **ret_wrong)
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
