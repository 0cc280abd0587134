/* fuzz_postfix.c: any bytes are Postfix log lines; every item is answered once, and no slice points astray. */
#include "ingest/postfix/decode_postfix.h"
#include "tests/fuzz/decoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *decoder;
    struct ff_slice bytes = ff_slice_of(data, size), rest = ff_slice_trim(bytes);
    if (!decoder) {
        struct ff_decode_options opts = {.default_tenant = FF_SLICE("default"), .now_us = INT64_C(1786003205000000)};
        decoder = ff_decoder_postfix.new_(&opts);
        REQUIRE(decoder);
    }
    /* silence is only for blank input, after a byte order mark too */
    if (ff_slice_starts(rest, FF_SLICE("\xef\xbb\xbf")))
        rest = ff_slice_trim(ff_slice_sub(rest, 3, rest.len));
    REQUIRE(decode_all(&ff_decoder_postfix, decoder, bytes) || rest.len == 0);
    return 0;
}
