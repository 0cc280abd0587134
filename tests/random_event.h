/* random_event.h: seeded events with any field set or not, for tests that hold two programs against each other. */
#ifndef FF_TESTS_RANDOM_EVENT_H
#define FF_TESTS_RANDOM_EVENT_H

#include <stdlib.h>

#include "proto/batch.h"

struct random_event {
    uint64_t x;
    uint8_t mem[16384];
    struct ff_arena arena;
};

static inline uint64_t random_next(struct random_event *r)
{
    r->x = r->x * 6364136223846793005u + 1442695040888963407u;
    return (r->x >> 33) ^ (r->x << 11 & 0xffffffff00000000u);
}

static inline uint64_t random_below(struct random_event *r, uint64_t n)
{
    return (random_next(r) & 0xffffffff) % n;
}

static inline struct ff_slice random_bytes_of(struct random_event *r, size_t n)
{
    uint8_t *p = ff_arena_bytes(&r->arena, n);
    if (!p)
        abort();
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)random_next(r);
    return ff_slice_of(p, n);
}

/* Empty a third of the time; else UTF-8 of up to 40 characters. */
static inline struct ff_slice random_text(struct random_event *r)
{
    static const char *const parts[] = {"a",
                                        "Z",
                                        "@",
                                        ".",
                                        "example",
                                        " ",
                                        "\"",
                                        "\\",
                                        "\n",
                                        "\x01",
                                        "\x7f",
                                        "5",
                                        "\xc3\xa9",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x93\xa7",
                                        "/",
                                        "<",
                                        "mail"};
    if (random_below(r, 3) == 0)
        return (struct ff_slice){0};
    uint8_t *p = ff_arena_bytes(&r->arena, 0);
    size_t n = 0;
    for (uint64_t k = random_below(r, 40) + 1; k > 0; k--) {
        const char *part = parts[random_below(r, sizeof parts / sizeof parts[0])];
        uint8_t *to = ff_arena_bytes(&r->arena, strlen(part));
        if (!to)
            abort();
        memcpy(to, part, strlen(part));
        n += strlen(part);
    }
    return ff_slice_of(p, n);
}

static inline uint32_t random_number(struct random_event *r)
{
    return random_below(r, 3) == 0 ? 0 : (uint32_t)(random_next(r) >> random_below(r, 32));
}

static inline struct ff_slice random_ip(struct random_event *r)
{
    static const size_t lengths[] = {0, 4, 16};
    return random_bytes_of(r, lengths[random_below(r, 3)]);
}

/* 1970..9999 */
static inline int64_t random_time(struct random_event *r)
{
    return (int64_t)(random_next(r) % 253402300799999999) + 1;
}

static inline struct ff_slice random_dsn(struct random_event *r)
{
    uint8_t *p = ff_arena_bytes(&r->arena, 4096);
    struct ff_wire_out o = ff_wire_out(p, 4096);
    for (uint32_t n = 1; n <= 9; n++) {
        if (n == 6 || n == 7 || n == 9)
            ff_wire_put_fixed64(&o, n, random_below(r, 2) ? (uint64_t)random_time(r) : 0);
        else
            ff_wire_put_bytes(&o, n, random_text(r));
    }
    return ff_wire_done(&o);
}

static inline struct ff_slice random_feedback(struct random_event *r)
{
    uint8_t *p = ff_arena_bytes(&r->arena, 4096);
    struct ff_wire_out o = ff_wire_out(p, 4096);
    ff_wire_put_bytes(&o, 1, random_text(r));
    ff_wire_put_bytes(&o, 2, random_text(r));
    ff_wire_put_bytes(&o, 3, random_ip(r));
    for (uint64_t k = random_below(r, 3); k > 0; k--)
        ff_wire_put_bytes(&o, 4, random_text(r));
    ff_wire_put_bytes(&o, 5, random_text(r));
    return ff_wire_done(&o);
}

static inline struct ff_slice random_vendor(struct random_event *r)
{
    uint8_t *p = ff_arena_bytes(&r->arena, 1024);
    struct ff_wire_out o = ff_wire_out(p, 1024);
    ff_wire_put_bytes(&o, 1, random_text(r));
    ff_wire_put_bytes(&o, 2, random_text(r));
    ff_wire_put_uint(&o, 3, ff_wire_zigzag((int32_t)random_number(r)));
    ff_wire_put_bytes(&o, 4, random_text(r));
    return ff_wire_done(&o);
}

/** Enums, codes and flags are ones that have names. Slices live until the next call. */
static inline void random_event_next(struct random_event *r, struct ff_event *ret)
{
    ff_arena_init(&r->arena, r->mem, sizeof r->mem);
    *ret = (struct ff_event){
        .kind = (uint32_t)random_below(r, FF_KIND_COUNT),
        .origin = (uint32_t)random_below(r, FF_ORIGIN_COUNT),
        .stage = (uint32_t)random_below(r, FF_STAGE_COUNT),
        .reply_code = random_number(r),
        .enhanced_code = random_below(r, 2)
                             ? FF_ENHANCED((uint32_t)random_below(r, 4) + 2, (uint32_t)random_below(r, 1000),
                                           (uint32_t)random_below(r, 1000))
                             : 0,
        .attempt = random_number(r),
        .size_bytes = random_number(r),
        .delay_ms = random_number(r),
        .flags = random_number(r) & ((1u << FF_FLAG_BITS) - 1),
        .event_time_us = random_time(r),
        .queued_time_us = random_below(r, 2) ? random_time(r) : 0,
        .recipient = random_text(r),
        .tenant_id = random_text(r),
        .reply_text = random_text(r),
        .message_id = random_text(r),
        .mail_from = random_text(r),
        .remote_ip = random_ip(r),
        .remote_host = random_text(r),
        .local_ip = random_ip(r),
        .event_id = random_bytes_of(r, random_below(r, 2) ? 16 : 0),
        .campaign_id = random_text(r),
        .stream_id = random_text(r),
        .from_domain = random_text(r),
        .rfc_message_id = random_text(r),
        .original_recipient = random_text(r),
        .egress_pool = random_text(r),
        .egress_source = random_text(r),
        .provider = random_text(r),
        .mta_node = random_text(r),
        .subaccount_id = random_text(r),
        .raw = random_text(r),
    };
    if (random_below(r, 4) == 0)
        ret->dsn = random_dsn(r);
    if (random_below(r, 4) == 0)
        ret->feedback = random_feedback(r);
    if (random_below(r, 4) == 0)
        ret->vendor = random_vendor(r);
}

#endif
