/* outline_words.c: see outline_words.h. */
#include "classify/outline/outline_words.h"

#include "classify/mask/mask_hosts.h"
#include "classify/mask/mask_kept.h"
#include "classify/mask/mask_parties.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static struct ff_slice low_word(const uint8_t *at, size_t len, uint8_t *low)
{
    for (size_t i = 0; i < len; i++)
        low[i] = at[i] | 0x20;
    return ff_slice_of(low, len);
}

size_t outline_open_word(const struct ff_word_index *words, struct ff_mask_pass *p, const uint8_t *at,
                         const uint8_t *end)
{
    uint8_t low[OUTLINE_WORD_MAX + 1 + FF_WORD_INDEX_SLACK];
    size_t n = 0;
    while (n <= OUTLINE_WORD_MAX && at + n < end && outline_is_letter(at[n]))
        n++;
    if (n < 3 || n > OUTLINE_WORD_MAX || (at + n < end && at[n] != ' '))
        return 0; /* words of two letters weigh otherwise (evidence.c) */
    struct ff_slice word = low_word(at, n, low);
    low[n] = ' ';
    if (!ff_word_index_is_open(words, low) || ff_mask_keeps_behind(p->ctx, ff_slice_of(at, n)) != FF_KEEPS_NONE ||
        ff_mask_names_a_mailbox(word) || ff_mask_starts_www(word) || ff_slice_eq(word, FF_SLICE("mail")))
        return 0; /* the last: "e mail" is one word */
    return ff_slice_caseeq(word, ff_mask_recipient_local(p)) ? 0 : n;
}

uint64_t outline_template(const struct outline *u, const uint8_t *text,
                          const struct outline_word open[OUTLINE_OPEN_MAX])
{
    uint8_t masked[sizeof((struct outline_draft *)0)->masked + OUTLINE_OPEN_MAX * OUTLINE_WORD_MAX];
    const uint8_t *from = outline_masked(u);
    size_t n = 0, at = 0;
    for (unsigned i = 0; i < u->open_count; i++) {
        memcpy(masked + n, from + at, u->open_at[i] - at);
        n += u->open_at[i] - at;
        at = u->open_at[i];
        n += low_word(text + open[i].at, open[i].len, masked + n).len;
    }
    memcpy(masked + n, from + at, u->masked_len - at);
    return XXH3_64bits(masked, n + u->masked_len - at);
}

/** " word " as the masked text has it. */
static struct ff_slice masked_word(const uint8_t *text, struct outline_word w, uint8_t low[OUTLINE_WORD_MAX + 2])
{
    low[0] = ' ';
    (void)low_word(text + w.at, w.len, low + 1);
    low[w.len + 1] = ' ';
    return ff_slice_of(low, w.len + 2u);
}

bool outline_open_masked(struct outline_draft *d, const uint8_t *text, struct ff_slice masked)
{
    uint8_t low[OUTLINE_WORD_MAX + 2];
    size_t from = 0, n = 0;
    if (masked.len > sizeof d->masked)
        return false;
    for (unsigned i = 0; i < d->head.open_count; i++) {
        size_t at = ff_slice_find(masked, from, masked_word(text, d->open[i], low));
        if (at == SIZE_MAX)
            return false;
        memcpy(d->masked + n, masked.ptr + from, at + 1 - from);
        n += at + 1 - from;
        d->head.open_at[i] = (uint16_t)n;
        from = at + 1 + d->open[i].len;
    }
    memcpy(d->masked + n, masked.ptr + from, masked.len - from);
    n += masked.len - from;
    d->head.masked_len = (uint16_t)n;
    for (unsigned i = 0; i < d->head.open_count; i++)
        if (ff_slice_find(ff_slice_of(d->masked, n), 0, masked_word(text, d->open[i], low)) != SIZE_MAX)
            return false; /* it stands elsewhere, too: which of them was taken out? */
    return true;
}
