/* fuzz_postfix.c: any bytes are Postfix log lines; every item is answered once, and no slice points astray. */
#include "ingest/decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned checksum;

static void touch(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        checksum += s.ptr[i];
}

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    const struct ff_slice *first = &ev->recipient, *last = &ev->encoded;
    for (const struct ff_slice *s = first; s <= last; s++)
        touch(*s);
    if (ev->recipient.len == 0 || ev->tenant_id.len == 0 || ev->event_time_us <= 0 || ev->kind >= FF_KIND_COUNT)
        abort();
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    ++*(size_t *)ctx;
    if (reason >= FF_IGNORED_COUNT)
        abort();
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    ++*(size_t *)ctx;
    touch(dead->payload);
    if (dead->reason >= FF_DEAD_COUNT || dead->byte_offset > record->value.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *decoder;
    if (!decoder) {
        struct ff_decode_options opts = {.default_tenant = FF_SLICE("default"), .now_us = INT64_C(1786003205000000)};
        decoder = ff_decoder_postfix.new_(&opts);
        if (!decoder)
            abort();
    }
    size_t answers = 0;
    struct ff_decode_sink sink = {&answers, on_event, on_ignored, on_dead};
    struct ff_record record = {.value = ff_slice_of(data, size), .position = {"fuzz", -1, 1}};
    ff_decoder_postfix.decode(decoder, &record, &sink);
    /* silence is only for blank input, after a byte order mark too */
    struct ff_slice rest = ff_slice_trim(record.value);
    if (ff_slice_starts(rest, FF_SLICE("\xef\xbb\xbf")))
        rest = ff_slice_trim(ff_slice_sub(rest, 3, rest.len));
    if (answers == 0 && rest.len != 0)
        abort();
    return 0;
}
