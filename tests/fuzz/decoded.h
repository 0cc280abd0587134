/* decoded.h: what a decoder may answer, whatever the bytes were: every slice can be read, every reason is one. */
#ifndef FF_TESTS_FUZZ_DECODED_H
#define FF_TESTS_FUZZ_DECODED_H

#include "ingest/decode/decode.h"
#include "tests/fuzz/fuzz.h"

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
    REQUIRE(ev->recipient.len && ev->tenant_id.len && ev->event_time_us > 0 && ev->kind < FF_KIND_COUNT);
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    ++*(size_t *)ctx;
    REQUIRE(reason < FF_IGNORED_COUNT);
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    ++*(size_t *)ctx;
    touch(dead->payload);
    REQUIRE(dead->reason < FF_DEAD_COUNT && dead->byte_offset <= record->value.len);
}

/** Decodes all of the bytes as one record. @return how many answers there were */
static size_t decode_all(const struct ff_decoder_ops *format, void *decoder, struct ff_slice bytes)
{
    size_t answers = 0;
    struct ff_decode_sink sink = {&answers, on_event, on_ignored, on_dead};
    struct ff_record record = {.value = bytes, .position = {"fuzz", -1, 1}};
    format->decode(decoder, &record, &sink);
    return answers;
}

#endif
