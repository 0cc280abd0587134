/* reply.c: the codes of a reply, its own and those it quotes.
 *
 * Works on the masked text, where a quoted reply ("host H said: 550 5.1.1 ...", "Remote Server returned '550 5.1.10
 * ...'", "last transfail: 421 4.7.0 ...", "550-'5.7.1 ...'") is a number of three digits among words, so that no form
 * of quoting has to be known: a number is taken for a reply code when an enhanced code of its class follows, or when
 * the word before leads one in. RFC 5321 4.2, RFC 3463 2.
 */
#include "classify/judge/match.h"

#include <stdatomic.h>

#include "classify/mask/masked_words.h"
#include "classify/ruleset/wrappers.h"

static inline struct ff_slice word_at(struct ff_slice text, size_t at)
{
    return at < text.len ? ff_slice_of(text.ptr + at, ff_word_length(text.ptr + at)) : ff_slice_of(NULL, 0);
}

static uint32_t three_digits(struct ff_slice w)
{
    if (w.len != 3 || (w.ptr[0] != '4' && w.ptr[0] != '5'))
        return 0;
    for (int i = 1; i < 3; i++)
        if (w.ptr[i] < '0' || w.ptr[i] > '9')
            return 0;
    return (uint32_t)(w.ptr[0] - '0') * 100 + (uint32_t)(w.ptr[1] - '0') * 10 + (uint32_t)(w.ptr[2] - '0');
}

static bool leads_in(struct ff_slice w)
{
    for (size_t i = 0; i < ff_code_lead_count; i++)
        if (ff_slice_eq(w, ff_slice_str(ff_code_leads[i])))
            return true;
    return false;
}

/* ---- wrappers ---------------------------------------------------------------------------------------------------- */

/** Length of the wrapper that begins at `at` (a word's first byte), its last blank included; 0: it does not. */
static size_t wrapper_length(struct ff_slice text, size_t at, const char *words)
{
    size_t from = at;
    while (*words) {
        size_t n = strcspn(words, " ");
        if (n == 1 && *words == '+') {
            const char *next = words + 2;
            size_t rest = 0;
            for (int skipped = 0; skipped < FF_WRAPPER_WILD_WORDS_MAX && at < text.len && !rest; skipped++) {
                at += word_at(text, at).len + 1;
                rest = wrapper_length(text, at, next);
            }
            return rest ? at - from + rest : 0;
        }
        struct ff_slice w = word_at(text, at);
        if (w.len != n || memcmp(w.ptr, words, n) != 0)
            return 0;
        at += n + 1;
        words += n + (words[n] == ' ');
    }
    return at <= text.len ? at - from : 0;
}

/* Most words begin no wrapper, and the eight bytes from their first on say so: by the hash of these, the first
 * wrapper that begins with such; none is shorter. */

#define HEADS 1024u
static _Atomic uint8_t heads[HEADS]; /* by the hash of eight bytes: the first wrapper, + 1; always the same values:
                                        whoever is first computes them */
static atomic_bool heads_known;

static uint32_t head_hash(uint64_t head)
{
    return (uint32_t)(head * UINT64_C(0x9e3779b97f4a7c15) >> 54);
}

static uint64_t head_of(const char *words)
{
    return ff_load8((const uint8_t *)words);
}

/** The first wrapper that may begin with these eight bytes, + 1; 0: none does. */
static unsigned first_wrapper(uint64_t head)
{
    return atomic_load_explicit(&heads[head_hash(head)], memory_order_relaxed);
}

static void know_heads(void)
{
    if (atomic_load_explicit(&heads_known, memory_order_acquire))
        return;
    for (size_t i = ff_wrapper_count; i > 0; i--)
        atomic_store_explicit(&heads[head_hash(head_of(ff_wrappers[i - 1].words))], (uint8_t)i, memory_order_relaxed);
    atomic_store_explicit(&heads_known, true, memory_order_release);
}

/** The wrapper that begins at `at`: its length, and its hint in *hints; 0: none. */
static size_t find_wrapper(struct ff_slice text, size_t at, uint32_t *hints)
{
    uint64_t head = ff_load8(text.ptr + at);
    unsigned first = first_wrapper(head);
    for (size_t i = first - 1u; first && i < ff_wrapper_count; i++) {
        size_t n = head_of(ff_wrappers[i].words) == head ? wrapper_length(text, at, ff_wrappers[i].words) : 0;
        if (n) {
            *hints |= ff_wrappers[i].hint;
            return n;
        }
    }
    return 0;
}

/** May a wrapper begin with one of these words? Of most texts none does. */
static bool has_wrapper_head(struct ff_slice text, const struct ff_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (first_wrapper(ff_load8(text.ptr + words->word[i].at)))
            return true;
    return false;
}

/** Where a wrapper may begin, from the word at `at` on; the end of the text: nowhere. */
static size_t next_wrapper(struct ff_slice text, size_t at)
{
    while (at < text.len && !first_wrapper(ff_load8(text.ptr + at)))
        at += ff_word_length(text.ptr + at) + 1;
    return at;
}

uint32_t ff_reply_unwrap(struct ff_masked *masked, const struct ff_words *words)
{
    struct ff_slice text = ff_slice_of(masked->buf, masked->len);
    uint32_t hints = 0;
    size_t out = 1;
    know_heads();
    if (!has_wrapper_head(text, words))
        return 0;
    if (find_wrapper(text, 1, &hints) == text.len - 1 && hints & FF_HINT_AT_CONNECT)
        return hints; /* it quotes nothing: that the greeting failed is all there is */
    hints = 0;
    for (size_t from = 1, at; from < text.len; from = at) {
        at = next_wrapper(text, from);
        size_t n = at < text.len ? find_wrapper(text, at, &hints) : 0;
        if (!n && at < text.len)
            at += ff_word_length(text.ptr + at) + 1;
        if (out != from)
            memmove(masked->buf + out, masked->buf + from, at - from);
        out += at - from;
        if (n) {
            masked->buf[out++] = 'W';
            masked->buf[out++] = ' ';
            at += n;
        }
    }
    masked->len = out;
    return hints;
}

static inline struct ff_slice slice_of(struct ff_slice text, const struct ff_word *w)
{
    return ff_slice_of(text.ptr + w->at, w->len);
}

/** A number among words: a code? */
static void read_code(struct ff_slice w, struct ff_slice before, struct ff_slice next, struct ff_context *ctx)
{
    uint32_t code = three_digits(w), enhanced;
    if (code) {
        bool pair = next.len >= 5 && next.ptr[0] == w.ptr[0] && next.ptr[1] == '.';
        if ((pair || leads_in(before)) && ctx->inner_count < FF_REPLY_CODES_MAX)
            ctx->inner[ctx->inner_count++] = code;
    } else if (ff_enhanced_parse(w, &enhanced) && ctx->enhanced_count < FF_REPLY_CODES_MAX) {
        ctx->enhanced[ctx->enhanced_count++] = enhanced;
    }
}

void ff_reply_codes(const struct ff_masked *masked, const struct ff_words *words, struct ff_context *ctx)
{
    struct ff_slice text = ff_slice_of(masked->buf, masked->len);
    ctx->code = masked->code;
    ctx->inner_count = ctx->enhanced_count = 0;
    if (masked->enhanced)
        ctx->enhanced[ctx->enhanced_count++] = masked->enhanced;
    for (size_t i = 0; words->numbers && i < words->count; i++) {
        const struct ff_word *w = &words->word[i];
        if (w->len >= 3 && text.ptr[w->at] >= '2' && text.ptr[w->at] <= '5')
            read_code(slice_of(text, w), i ? slice_of(text, w - 1) : ff_slice_of(NULL, 0),
                      i + 1 < words->count ? slice_of(text, w + 1) : ff_slice_of(NULL, 0), ctx);
    }
}
