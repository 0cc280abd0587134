/* Our event walk against protobuf-c: same events, same bytes, same refusals, and the numbers of the schema.
 *
 * Documented differences (proto/event_wire.c): text that is no UTF-8, odd lengths of IPs and ids, sub-messages given
 * twice, tags and lengths longer than protobuf-c's five bytes, varints over 64 bits, field number 0.
 */
#include <stdio.h>
#include <strings.h>

#include "event.pb-c.h"
#include "proto/batch.h"
#include "tests/random_event.h"
#include "tests/test.h"

static struct random_event rnd = {.x = 550};

#define SAME_TEXT(member)                                                                                              \
    CHECK(strlen(pb->member) == ev->member.len &&                                                                      \
              (!ev->member.len || memcmp(pb->member, ev->member.ptr, ev->member.len) == 0),                            \
          #member)
#define SAME_BYTES(member)                                                                                             \
    CHECK(pb->member.len == ev->member.len &&                                                                          \
              (!ev->member.len || memcmp(pb->member.data, ev->member.ptr, ev->member.len) == 0),                       \
          #member)
#define SAME_NUMBER(member)                                                                                            \
    CHECK((uint32_t)pb->member == ev->member, #member " %u %u", (uint32_t)pb->member, ev->member)

static void same_event(const Fivefifty__V1__DeliveryEvent *pb, const struct ff_event *ev)
{
    SAME_NUMBER(kind);
    SAME_NUMBER(origin);
    SAME_NUMBER(stage);
    SAME_NUMBER(reply_code);
    SAME_NUMBER(enhanced_code);
    SAME_NUMBER(attempt);
    SAME_NUMBER(size_bytes);
    SAME_NUMBER(delay_ms);
    SAME_NUMBER(flags);
    CHECK_INT(pb->event_time_us, ev->event_time_us);
    CHECK_INT(pb->queued_time_us, ev->queued_time_us);
    SAME_TEXT(recipient);
    SAME_TEXT(tenant_id);
    SAME_BYTES(reply_text);
    SAME_TEXT(message_id);
    SAME_TEXT(mail_from);
    SAME_BYTES(remote_ip);
    SAME_TEXT(remote_host);
    SAME_BYTES(local_ip);
    SAME_BYTES(event_id);
    SAME_TEXT(campaign_id);
    SAME_TEXT(stream_id);
    SAME_TEXT(from_domain);
    SAME_TEXT(rfc_message_id);
    SAME_TEXT(original_recipient);
    SAME_TEXT(egress_pool);
    SAME_TEXT(egress_source);
    SAME_TEXT(provider);
    SAME_TEXT(mta_node);
    SAME_TEXT(subaccount_id);
    SAME_BYTES(raw);
}

/** Both read from the same bytes at two places. */
static void same_members(const struct ff_event *a, const struct ff_event *b)
{
#define SAME(m) CHECK(a->m == b->m, #m);
#define SAME_SLICE(m) CHECK(ff_slice_eq(a->m, b->m), #m);
    SAME(kind) SAME(origin) SAME(stage) SAME(reply_code) SAME(enhanced_code) SAME(attempt) SAME(size_bytes) SAME(delay_ms)
    SAME(flags) SAME(event_time_us) SAME(queued_time_us)
    SAME_SLICE(recipient) SAME_SLICE(tenant_id) SAME_SLICE(reply_text) SAME_SLICE(message_id) SAME_SLICE(mail_from)
    SAME_SLICE(remote_ip) SAME_SLICE(remote_host) SAME_SLICE(local_ip) SAME_SLICE(event_id) SAME_SLICE(campaign_id)
    SAME_SLICE(stream_id) SAME_SLICE(from_domain) SAME_SLICE(rfc_message_id) SAME_SLICE(original_recipient)
    SAME_SLICE(egress_pool) SAME_SLICE(egress_source) SAME_SLICE(provider) SAME_SLICE(mta_node) SAME_SLICE(subaccount_id)
    SAME_SLICE(dsn) SAME_SLICE(feedback) SAME_SLICE(vendor) SAME_SLICE(raw)
#undef SAME
#undef SAME_SLICE
}

static void same_both_ways(void)
{
    static uint8_t bytes[1 << 16], repacked[1 << 16];
    CASE("what we encode protobuf-c reads, and packs to the same bytes; and we read it back");
    for (int run = 0; run < 20000; run++) {
        struct ff_event ev, back;
        struct ff_err_at at;
        random_event_next(&rnd, &ev);
        struct ff_wire_out o = ff_wire_out(bytes, sizeof bytes);
        ff_event_encode(&ev, &o);
        CHECK(!o.full && o.used <= ff_event_size_max(&ev), "run %d: %zu bytes", run, o.used);
        Fivefifty__V1__DeliveryEvent *pb = fivefifty__v1__delivery_event__unpack(NULL, o.used, bytes);
        CHECK(pb != NULL, "run %d", run);
        if (!pb)
            return;
        same_event(pb, &ev);
        size_t n = fivefifty__v1__delivery_event__pack(pb, repacked);
        CHECK(n == o.used && memcmp(bytes, repacked, n) == 0, "run %d: other bytes", run);
        CHECK(ff_event_decode(ff_wire_done(&o), &back, &at) == FF_OK, "run %d: %s", run, at.msg);
        same_event(pb, &back);
        CHECK(ff_slice_eq(back.dsn, ev.dsn) && ff_slice_eq(back.feedback, ev.feedback) &&
                  ff_slice_eq(back.vendor, ev.vendor),
              "run %d", run);
        CHECK(back.encoded.ptr == bytes && back.encoded.len == o.used, "run %d: encoded", run);
        fivefifty__v1__delivery_event__free_unpacked(pb, NULL);
    }
}

static void unknown_fields(void)
{
    uint8_t bytes[16384], again[16384];
    struct ff_event ev, back;
    CASE("fields of a newer schema survive decoding and encoding byte for byte");
    random_event_next(&rnd, &ev);
    struct ff_wire_out o = ff_wire_out(bytes, sizeof bytes);
    ff_wire_put_uint(&o, 31, 7);
    ff_event_encode(&ev, &o);
    ff_wire_put_fixed64(&o, 99, 5);
    ff_wire_put_bytes(&o, 536870911, FF_SLICE("the last field number"));
    ff_wire_put_raw(&o, "\xc5\x3e\x01\x02\x03\x04", 6); /* field 1000, fixed32 */
    CHECK_INT(ff_event_decode(ff_wire_done(&o), &back, NULL), FF_OK);
    struct ff_wire_out o2 = ff_wire_out(again, sizeof again);
    ff_event_encode(&back, &o2);
    CHECK(ff_slice_eq(ff_wire_done(&o), ff_wire_done(&o2)), "changed");
    CHECK(ff_slice_eq(back.recipient, ev.recipient), "recipient");
    CASE("the last value of a field wins");
    o = ff_wire_out(bytes, sizeof bytes);
    ff_wire_put_uint(&o, 5, 450);
    ff_wire_put_bytes(&o, 3, FF_SLICE("first@example.com"));
    ff_wire_put_bytes(&o, 3, FF_SLICE("last@example.com"));
    ff_wire_put_uint(&o, 5, 550);
    CHECK_INT(ff_event_decode(ff_wire_done(&o), &back, NULL), FF_OK);
    CHECK_SLICE(back.recipient, "last@example.com");
    CHECK_INT(back.reply_code, 550);
    CASE("too little room is told");
    o = ff_wire_out(bytes, 5);
    ff_event_encode(&ev, &o);
    CHECK_INT(o.full, true);
}

/* What protobuf-c refuses and we may take, or the other way round, is on the list at the head. */
static bool may_differ(struct ff_slice in, bool we_accept)
{
    struct ff_wire_field f;
    size_t pos = 0;
    for (;;) {
        size_t start = pos;
        uint64_t v;
        if (pos >= in.len)
            return false;
        bool ok = ff_wire_varint(in, &pos, &v);
        if (!ok || v >> 3 == 0)
            return !we_accept; /* an endless varint, or field 0 */
        if (pos - start > 5)
            return true;
        size_t value = pos, len_end = pos;
        if ((v & 7) == FF_WIRE_BYTES && ff_wire_varint(in, &len_end, &v) && len_end - value > 5)
            return true;
        pos = start;
        if (ff_wire_next(in, &pos, &f))
            return !we_accept;
    }
}

static void mutated(void)
{
    static uint8_t bytes[1 << 16];
    unsigned accepted = 0, refused = 0;
    CASE("mutated bytes: both take them and see the same, or there is a reason on the list");
    for (int run = 0; run < 60000; run++) {
        struct ff_event ev, back;
        struct ff_err_at at = {0};
        random_event_next(&rnd, &ev);
        struct ff_wire_out o = ff_wire_out(bytes, sizeof bytes);
        ff_event_encode(&ev, &o);
        size_t n = o.used;
        for (uint64_t k = random_below(&rnd, 3) + 1; k > 0; k--)
            bytes[random_below(&rnd, n < 200 || k == 1 ? n : 60)] = (uint8_t)random_next(&rnd);
        if (random_below(&rnd, 4) == 0)
            n = random_below(&rnd, n + 1);
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, bytes, n);
        struct ff_slice in = ff_slice_of(copy, n);
        enum ff_err err = ff_event_decode(in, &back, &at);
        Fivefifty__V1__DeliveryEvent *pb = fivefifty__v1__delivery_event__unpack(NULL, n, copy);
        if (!err) {
            accepted++;
            CHECK(pb || may_differ(in, true), "run %d: only we accept", run);
            /* strings with a NUL end early for protobuf-c; a sub-message given twice is merged by it */
            if (pb && !memchr(copy, 0, n))
                same_event(pb, &back);
        } else {
            refused++;
            CHECK(at.err == err && at.msg && at.offset_bytes <= n, "run %d: where and why", run);
            bool ours = err == FF_ERR_RANGE || (at.msg && strstr(at.msg, "UTF-8"));
            CHECK(!pb || ours || may_differ(in, false), "run %d: only we refuse (%s)", run, at.msg);
        }
        if (pb)
            fivefifty__v1__delivery_event__free_unpacked(pb, NULL);
        free(copy);
    }
    CHECK(accepted > 5000 && refused > 5000, "accepted %u, refused %u", accepted, refused);
}

static void refusals(void)
{
    const struct {
        const char *name;
        struct ff_slice bytes;
        enum ff_err err;
        size_t offset;
    } cases[] = {
        {"no bytes are an event of defaults", FF_SLICE(""), FF_OK, 0},
        {"a tag alone", FF_SLICE("\x08"), FF_ERR_TRUNCATED, 0},
        {"half a varint", FF_SLICE("\x08\x80"), FF_ERR_TRUNCATED, 0},
        {"half a time", FF_SLICE("\x11\x01\x02\x03"), FF_ERR_TRUNCATED, 0},
        {"a string longer than the event",
         FF_SLICE("\x08\x03\x1a\x05"
                  "abcd"),
         FF_ERR_TRUNCATED, 3},
        {"a length of almost 2^64", FF_SLICE("\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), FF_ERR_TRUNCATED, 1},
        {"kind as bytes", FF_SLICE("\x0a\x01\x01"), FF_ERR_SYNTAX, 0},
        {"recipient as a number", FF_SLICE("\x18\x01"), FF_ERR_SYNTAX, 0},
        {"field number 0", FF_SLICE("\x02\x00"), FF_ERR_SYNTAX, 0},
        {"a group", FF_SLICE("\x0b\x0c"), FF_ERR_SYNTAX, 0},
        {"an unknown group", FF_SLICE("\xa3\x06"), FF_ERR_SYNTAX, 0},
        {"recipient in Latin-1",
         FF_SLICE("\x1a\x02\xe9"
                  "a"),
         FF_ERR_SYNTAX, 1},
        {"reply_text may hold any bytes",
         FF_SLICE("\x3a\x02\xe9"
                  "a"),
         FF_OK, 0},
        {"an IP of five bytes",
         FF_SLICE("\x62\x05"
                  "12345"),
         FF_ERR_RANGE, 0},
        {"an event id of one byte",
         FF_SLICE("\x82\x01\x01"
                  "x"),
         FF_ERR_RANGE, 0},
        {"dsn whose string is cut off",
         FF_SLICE("\xc2\x02\x03\x0a\x05"
                  "x"),
         FF_ERR_TRUNCATED, 3},
        {"dsn whose time is a string",
         FF_SLICE("\xc2\x02\x03\x32\x01"
                  "x"),
         FF_ERR_SYNTAX, 3},
        {"feedback whose type is Latin-1", FF_SLICE("\xca\x02\x03\x0a\x01\xe9"), FF_ERR_SYNTAX, 3},
        {"vendor whose code is text",
         FF_SLICE("\xd2\x02\x03\x1a\x01"
                  "x"),
         FF_ERR_SYNTAX, 3},
        {"an attribute whose key is Latin-1", FF_SLICE("\x92\x03\x03\x0a\x01\xe9"), FF_ERR_SYNTAX, 3},
        {"attributes as a number", FF_SLICE("\x90\x03\x01"), FF_ERR_SYNTAX, 0},
        {"a sub-message's unknown field", FF_SLICE("\xc2\x02\x02\x78\x01"), FF_OK, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ff_event ev;
        struct ff_err_at at = {0};
        CASE(cases[i].name);
        CHECK_INT(ff_event_decode(cases[i].bytes, &ev, &at), cases[i].err);
        CHECK_INT(at.offset_bytes, cases[i].offset);
    }
    CASE("an event over its limit is not looked at");
    static uint8_t big[FF_EVENT_BYTES_MAX + 1];
    struct ff_event ev;
    CHECK_INT(ff_event_decode(ff_slice_of(big, sizeof big), &ev, NULL), FF_ERR_TOO_LARGE);
}

/* Behind a field with a high number the others are out of order, and none of the short cuts for fields in order is
 * taken. */
static void out_of_order(void)
{
    static const uint8_t no_flags[] = {0xf0, 0x01, 0x00}; /* field 30, 0: as good as nothing */
    static uint8_t bytes[sizeof no_flags + (1 << 16)];
    uint8_t *const event = bytes + sizeof no_flags;
    unsigned refused = 0;
    CASE("fields in order or behind a later one: the same event, or the same refusal at the same byte");
    memcpy(bytes, no_flags, sizeof no_flags);
    for (int run = 0; run < 60000; run++) {
        struct ff_event ev, plain, behind;
        struct ff_err_at at = {0}, at_behind = {0};
        random_event_next(&rnd, &ev);
        struct ff_wire_out o = ff_wire_out(event, 1 << 16);
        ff_event_encode(&ev, &o);
        size_t n = o.used;
        if (n && random_below(&rnd, 2))
            event[random_below(&rnd, n)] = (uint8_t)random_next(&rnd);
        if (random_below(&rnd, 2))
            n = random_below(&rnd, n + 1);
        uint8_t *copy = malloc(n ? n : 1); /* a sanitizer sees a byte too many */
        memcpy(copy, event, n);
        enum ff_err err = ff_event_decode(ff_slice_of(copy, n), &plain, &at);
        CHECK_INT(ff_event_decode(ff_slice_of(bytes, sizeof no_flags + n), &behind, &at_behind), err);
        if (err) {
            refused++;
            if (err != FF_ERR_RANGE) /* of the event, not of a byte */
                CHECK_INT(at_behind.offset_bytes, at.offset_bytes + sizeof no_flags);
            CHECK(strcmp(at.msg, at_behind.msg) == 0, "%s | %s", at.msg, at_behind.msg);
        } else {
            same_members(&plain, &behind);
        }
        free(copy);
    }
    CHECK(refused > 10000 && refused < 50000, "%u of 60000 refused", refused);
}

static void schema_numbers(void)
{
    static const struct {
        const ProtobufCEnumDescriptor *pb;
        const char *prefix;
        const char *(*name)(uint32_t);
        uint32_t count;
    } enums[] = {
        {&fivefifty__v1__event_kind__descriptor, "KIND_", ff_kind_name, FF_KIND_COUNT},
        {&fivefifty__v1__origin__descriptor, "ORIGIN_", ff_origin_name, FF_ORIGIN_COUNT},
        {&fivefifty__v1__stage__descriptor, "STAGE_", ff_stage_name, FF_STAGE_COUNT},
    };
    for (size_t e = 0; e < sizeof enums / sizeof enums[0]; e++) {
        CASE(enums[e].pb->name);
        CHECK_INT(enums[e].pb->n_values, enums[e].count);
        for (uint32_t v = 0; v < enums[e].count; v++) {
            const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(enums[e].pb, (int)v);
            char lower[64] = "";
            const char *name = value ? value->name : "";
            if (v == 0)
                name += strlen(enums[e].prefix);
            for (size_t i = 0; name[i] && i + 1 < sizeof lower; i++)
                lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
            CHECK_STR(enums[e].name(v), lower);
        }
    }
    CASE("EventFlag");
    CHECK_INT(fivefifty__v1__event_flag__descriptor.n_values, FF_FLAG_BITS + 1);
    for (unsigned bit = 0; bit < FF_FLAG_BITS; bit++) {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(&fivefifty__v1__event_flag__descriptor, 1 << bit);
        CHECK(value != NULL, "bit %u", bit);
        CHECK(value && strcasecmp(value->name, ff_flag_name(bit)) == 0, "bit %u", bit);
    }
    CASE("no field of the schema is missing in the walk");
    for (unsigned i = 0; i < fivefifty__v1__delivery_event__descriptor.n_fields; i++) {
        /* a known field refuses another wire type; an unknown one is passed over */
        const ProtobufCFieldDescriptor *f = &fivefifty__v1__delivery_event__descriptor.fields[i];
        uint8_t bytes[16];
        struct ff_wire_out o = ff_wire_out(bytes, sizeof bytes);
        struct ff_event ev;
        ff_wire_put_varint(&o, (uint64_t)f->id << 3 | FF_WIRE_FIXED32);
        ff_wire_put_raw(&o, "abcd", 4);
        CHECK_INT(ff_event_decode(ff_wire_done(&o), &ev, NULL), FF_ERR_SYNTAX);
    }
}

int main(void)
{
    same_both_ways();
    unknown_fields();
    refusals();
    mutated();
    out_of_order();
    schema_numbers();
    return test_end();
}
