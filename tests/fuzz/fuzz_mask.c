/* fuzz_mask.c: every path of the masker on any bytes: all give what the plain code gives. The first byte says what is
 * known of the delivery; the recipient and the sender are taken from the text itself, so that they occur in it. */
#include "classify/classify.h"
#include "tests/classify/mask_paths.h"
#include "tests/fuzz/fuzz.h"

static struct ff_hosts hosts;
static struct ff_masked want, got;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!hosts.count) {
        ff_hosts_add(&hosts, FF_SLICE("zen.spamhaus.org"))->list_type = FF_LIST_IP;
        ff_hosts_add(&hosts, FF_SLICE("google.com"))->text_provider = 1;
        ff_hosts_add(&hosts, FF_SLICE("qq.com"))->text_provider = 2;
    }
    if (size < 2)
        return 0;
    struct ff_slice text = ff_slice_of(data + 1, size - 1);
    const struct ff_mask_context ctx = mask_context_by(&hosts, data[0], text);
    REQUIRE(!mask_paths_differ(&ctx, text, false, &want, &got));
    return 0;
}
