/* fuzz_kumomta.c: any bytes are a KumoMTA value; every item is answered once, and no slice points astray. */
#include "ingest/kumomta/decode_kumomta.h"
#include "tests/fuzz/decoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *decoder;
    struct ff_slice bytes = ff_slice_of(data, size);
    if (!decoder) {
        struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
        decoder = ff_decoder_kumomta.new_(&opts);
        REQUIRE(decoder);
    }
    /* silence is only for blank input */
    REQUIRE(decode_all(&ff_decoder_kumomta, decoder, bytes) || ff_slice_trim(bytes).len == 0);
    return 0;
}
