/* fuzz_outline.c: replies of any bytes, one a line, one after the other: what is recognised is masked like what it was
 * recognised by, and the paths recognise the same. The first byte of a line says what is known of the delivery;
 * recipient and sender are taken from the line itself, so that they occur in it. */
#include "tests/classify/outlines.h"

#include "tests/fuzz/fuzz.h"

static struct ff_hosts hosts;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ff_outlines *plain, *best;
    if (!plain) {
        const struct ff_word_index *words = outlines_words();
        plain = ff_outlines_new(FF_MASK_SCALAR, words);
        best = ff_outlines_new(ff_mask_path_best(), words);
        ff_hosts_add(&hosts, FF_SLICE("zen.spamhaus.org"))->list_type = FF_LIST_IP;
        ff_hosts_add(&hosts, FF_SLICE("google.com"))->text_provider = 1;
    }
    struct ff_slice all = ff_slice_of(data, size);
    for (size_t at = 0; at < size;) {
        size_t end = ff_slice_chr(all, at, '\n');
        if (end == SIZE_MAX)
            end = size;
        struct ff_slice text = ff_slice_sub(all, at + 1, end);
        if (at + 1 < end) {
            const struct ff_mask_context ctx = mask_context_by(&hosts, data[at], text);
            enum outlines_say says = outlines_ask(plain, &ctx, ctx.code, text);
            REQUIRE(says != OUTLINES_WRONG);
            REQUIRE(outlines_ask(best, &ctx, ctx.code, text) == says);
        }
        at = end + 1;
    }
    return 0;
}
