/* reply.c: the codes of a reply, its own and those it quotes.
 *
 * Works on the masked text, where a quoted reply ("host H said: 550 5.1.1 ...", "Remote Server returned '550 5.1.10 ...'",
 * "last transfail: 421 4.7.0 ...", "550-'5.7.1 ...'") is a number of three digits among words, so that no form of quoting has
 * to be known: a number is taken for a reply code when an enhanced code of its class follows, or when the word before leads
 * one in. RFC 5321 4.2, RFC 3463 2.
 */
#include "classify/match.h"

static struct ff_slice word_at(struct ff_slice text, size_t at)
{
    size_t end = ff_slice_chr(text, at, ' ');
    return ff_slice_sub(text, at, end == SIZE_MAX ? text.len : end);
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
    static const char *const words[] = {"said",   "says",  "returned", "response", "reply",     "replied", "error", "code", "status",
                                        "server", "with",  "transfail", "was",     "smtp",      "is",      "answered", "result",
                                        "message", "reason", "diagnostic", "A",    "I",         "H",       "D",     "#",    "N"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ff_slice_eq(w, ff_slice_str(words[i])))
            return true;
    return false;
}

void ff_reply_codes(const struct ff_masked *masked, struct ff_context *ctx)
{
    struct ff_slice text = ff_slice_of(masked->buf, masked->len);
    struct ff_slice before = {NULL, 0};
    ctx->code = masked->code;
    ctx->inner_count = ctx->enhanced_count = 0;
    if (masked->enhanced)
        ctx->enhanced[ctx->enhanced_count++] = masked->enhanced;
    for (size_t at = 1; at < text.len;) {
        struct ff_slice w = word_at(text, at);
        at += w.len + 1;
        if (w.len >= 3 && w.ptr[0] >= '2' && w.ptr[0] <= '5') {
            uint32_t code = three_digits(w), enhanced;
            if (code) {
                struct ff_slice next = word_at(text, at);
                bool pair = next.len >= 5 && next.ptr[0] == w.ptr[0] && next.ptr[1] == '.';
                if ((pair || leads_in(before)) && ctx->inner_count < FF_REPLY_CODES_MAX)
                    ctx->inner[ctx->inner_count++] = code;
            } else if (ff_enhanced_parse(w, &enhanced) && ctx->enhanced_count < FF_REPLY_CODES_MAX) {
                ctx->enhanced[ctx->enhanced_count++] = enhanced;
            }
        }
        before = w;
    }
}
