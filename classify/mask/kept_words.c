/* kept_words.c: see kept_words.h. One table: "e1234", "zk 4711", and "zk " for each word that leads to a number. */
#include "classify/mask/kept_words.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_MIN 64u /* a power of two */

static struct ff_slice *slot_of(struct ff_slice *slots, uint32_t mask, struct ff_slice text)
{
    uint32_t i = (uint32_t)XXH3_64bits(text.ptr, text.len) & mask;
    while (slots[i].len && !ff_slice_eq(slots[i], text))
        i = (i + 1) & mask;
    return &slots[i];
}

static bool grow(struct ff_kept_words *k)
{
    if (k->slots && 2 * (k->count + 1) <= k->mask)
        return true;
    uint32_t mask = k->slots ? 2 * k->mask + 1 : SLOTS_MIN - 1;
    struct ff_slice *slots = calloc(mask + 1u, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; k->slots && i <= k->mask; i++)
        if (k->slots[i].len)
            *slot_of(slots, mask, k->slots[i]) = k->slots[i];
    free(k->slots);
    k->slots = slots;
    k->mask = mask;
    return true;
}

static bool add(struct ff_kept_words *k, struct ff_slice text)
{
    if (!grow(k))
        return false;
    struct ff_slice *slot = slot_of(k->slots, k->mask, text);
    k->count += slot->len == 0;
    *slot = text;
    return true;
}

bool ff_kept_words_add(struct ff_kept_words *k, struct ff_slice words)
{
    size_t blank = ff_slice_chr(words, 0, ' ');
    if (blank == SIZE_MAX)
        return add(k, words);
    k->leads |= ff_kept_words_lead_bit(ff_slice_sub(words, 0, blank));
    return add(k, words) && add(k, ff_slice_sub(words, 0, blank + 1));
}

void ff_kept_words_free(struct ff_kept_words *k)
{
    free(k->slots);
    *k = (struct ff_kept_words){0};
}

/** `word` in lower case, and `rest` behind it: is that one of them? */
static bool has(const struct ff_kept_words *k, struct ff_slice word, struct ff_slice rest)
{
    uint8_t text[FF_KEPT_BYTES_MAX + 1 + FF_KEPT_DIGITS_MAX];
    if (word.len == 0 || word.len > FF_KEPT_BYTES_MAX || rest.len > 1 + FF_KEPT_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < word.len; i++)
        text[i] = (uint8_t)(word.ptr[i] - 'A') < 26 ? (uint8_t)(word.ptr[i] | 0x20) : word.ptr[i];
    memcpy(text + word.len, rest.ptr, rest.len);
    return slot_of(k->slots, k->mask, ff_slice_of(text, word.len + rest.len))->len != 0;
}

bool ff_kept_words_has_name(const struct ff_kept_words *k, struct ff_slice name)
{
    return has(k, name, FF_SLICE(""));
}

bool ff_kept_words_leads_slowly(const struct ff_kept_words *k, struct ff_slice word)
{
    return has(k, word, FF_SLICE(" "));
}

bool ff_kept_words_has_number(const struct ff_kept_words *k, struct ff_slice word, struct ff_slice number)
{
    uint8_t rest[1 + FF_KEPT_DIGITS_MAX] = " ";
    if (number.len > FF_KEPT_DIGITS_MAX)
        return false;
    memcpy(rest + 1, number.ptr, number.len);
    return has(k, word, ff_slice_of(rest, 1 + number.len));
}
