/* templates_text.c: what a summary keeps of a reply for people: its codes, its masked text in the words of a rules
 * file, and itself on one line.
 */
#include <stdio.h>

#include "classify/reply_head.h"
#include "classify/ruleset/rules_int.h"
#include "classify/templates/templates_int.h"

/* ---- masked text ------------------------------------------------------------------------------------------------- */

/** The next word of masked text; s moves behind it. */
static struct ff_slice next_word(struct ff_slice *s)
{
    *s = ff_slice_trim(*s);
    size_t end = ff_slice_chr(*s, 0, ' ');
    struct ff_slice word = ff_slice_sub(*s, 0, end);
    *s = ff_slice_sub(*s, end, s->len);
    return word;
}

/** Words a rule cannot name: numbers of known hosts ("Zab"), a quoting that was taken out ("W"). */
static bool is_nameless(struct ff_slice word)
{
    return (word.ptr[0] == 'Z' && word.len == 3) || (word.ptr[0] == 'W' && word.len == 1);
}

static bool put(struct ff_template *t, struct ff_slice word)
{
    if (word.len + 1 > sizeof t->text - t->text_len)
        return false;
    if (t->text_len)
        t->text[t->text_len++] = ' ';
    memcpy(t->text + t->text_len, word.ptr, word.len);
    t->text_len = (uint16_t)(t->text_len + word.len);
    return true;
}

static void describe_text(struct ff_template *t, struct ff_slice masked)
{
    bool gap = false, room = true;
    while (room) {
        struct ff_slice word = next_word(&masked);
        if (word.len == 0)
            break;
        if (is_nameless(word)) {
            gap = t->text_len > 0;
            continue;
        }
        const char *name = ff_placeholder_name(word);
        if (gap)
            room = put(t, FF_SLICE("~1"));
        gap = false;
        room = room && put(t, name ? ff_slice_str(name) : word);
    }
}

/* ---- sample ------------------------------------------------------------------------------------------------------ */

static bool put_bytes(struct ff_template *t, struct ff_slice s)
{
    bool blank = s.ptr[0] == ' ';
    if (blank && (t->sample_len == 0 || t->sample[t->sample_len - 1] == ' '))
        return true;
    if (s.len > sizeof t->sample - t->sample_len)
        return false;
    memcpy(t->sample + t->sample_len, s.ptr, s.len);
    t->sample_len = (uint16_t)(t->sample_len + s.len);
    return true;
}

/** Bytes that are no UTF-8 are read as Latin-1, as the masker does: the sample must give the same template. */
static void put_sample(struct ff_template *t, struct ff_slice s)
{
    bool valid, room = true;
    for (size_t i = 0, n; room && i < s.len; i += n) {
        n = ff_utf8_next(s, i, &valid);
        struct ff_slice c = ff_slice_sub(s, i, i + n);
        uint8_t latin[2] = {(uint8_t)(0xc0 | s.ptr[i] >> 6), (uint8_t)(0x80 | (s.ptr[i] & 0x3f))};
        if (!valid) {
            n = 1;
            c = ff_slice_of(latin, 2);
        }
        bool control = c.ptr[0] < ' ' || c.ptr[0] == 0x7f || (c.len == 2 && c.ptr[0] == 0xc2 && c.ptr[1] < 0xa0);
        room = put_bytes(t, control ? FF_SLICE(" ") : c);
    }
    t->cut |= !room;
}

static void describe_sample(struct ff_template *t, const struct ff_reply *reply)
{
    char codes[32];
    uint32_t code = 0, enhanced = 0;
    struct ff_slice text = reply->raw.len ? reply->raw : reply->text;
    ff_reply_head_codes(&(struct ff_reply){.raw = text}, &code, &enhanced);
    if (code == 0 && reply->code) {
        snprintf(codes, sizeof codes, "%u ", reply->code);
        put_sample(t, ff_slice_str(codes));
    }
    if (enhanced == 0 && code == 0 && reply->enhanced) {
        ff_enhanced_format(reply->enhanced, codes);
        put_sample(t, ff_slice_str(codes));
        put_sample(t, FF_SLICE(" "));
    }
    put_sample(t, text);
    while (t->sample_len && t->sample[t->sample_len - 1] == ' ')
        t->sample_len--;
}

void ff_template_describe(struct ff_template *t, const struct ff_reply *reply, const struct ff_explanation *why)
{
    describe_text(t, why->masked);
    describe_sample(t, reply);
}
