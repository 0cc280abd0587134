/* reply_head.c: see reply_head.h. */
#include "classify/reply_head.h"

#include "classify/mask/mask_bytes.h"
#include "classify/verdict_names.h"

/** The next word of s up to a blank; s moves behind it. */
static struct ff_slice next_word(struct ff_slice *s)
{
    size_t from = 0;
    while (from < s->len && s->ptr[from] <= ' ')
        from++;
    size_t to = from;
    while (to < s->len && s->ptr[to] > ' ')
        to++;
    struct ff_slice word = ff_slice_sub(*s, from, to);
    *s = ff_slice_sub(*s, to, s->len);
    return word;
}

/** "550", "550-5.1.1", "5.1.1" at the beginning of s. */
static void read_codes(struct ff_slice s, uint32_t *code, uint32_t *enhanced)
{
    struct ff_slice word = next_word(&s);
    if (word.len && word.ptr[word.len - 1] == ';') /* "smtp; 550 ..." */
        word = next_word(&s);
    bool digits = word.len >= 3 && word.ptr[0] >= '2' && word.ptr[0] <= '5' && ff_is_digit(word.ptr[1]) &&
                  ff_is_digit(word.ptr[2]);
    if (digits && (word.len == 3 || word.ptr[3] == '-')) {
        if (*code == 0)
            *code = (uint32_t)(word.ptr[0] - '0') * 100 + (uint32_t)(word.ptr[1] - '0') * 10 +
                    (uint32_t)(word.ptr[2] - '0');
        word = word.len > 4 ? ff_slice_sub(word, 4, word.len) : next_word(&s);
    }
    while (word.len && !ff_is_digit(word.ptr[word.len - 1]))
        word.len--; /* "5.1.1:" */
    uint32_t value;
    if (*enhanced == 0 && ff_enhanced_parse(word, &value))
        *enhanced = value;
}

void ff_reply_head_codes(const struct ff_reply *reply, uint32_t *ret_code, uint32_t *ret_enhanced)
{
    *ret_code = *ret_enhanced = 0;
    if (reply->raw.len)
        read_codes(reply->raw, ret_code, ret_enhanced);
    if (*ret_code == 0)
        *ret_code = reply->code;
    if (*ret_enhanced == 0)
        *ret_enhanced = reply->enhanced;
    if (reply->raw.len == 0)
        read_codes(reply->text, ret_code, ret_enhanced);
}

bool ff_reply_is_transient(const struct ff_reply *reply)
{
    uint32_t code, enhanced;
    if (reply->kind == FF_KIND_TRANSIENT_FAILURE || reply->kind == FF_KIND_DELAYED)
        return true;
    ff_reply_head_codes(reply, &code, &enhanced);
    return code ? code / 100 == 4 : enhanced / 1000000 == 4;
}
