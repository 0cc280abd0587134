/* JSON twin of the event: written, read back, and the same event; and what is refused. */
#include "proto/batch.h"
#include "proto/event_json.h"
#include "tests/random_event.h"
#include "tests/test.h"

static struct ff_json_doc *doc;
static uint8_t mem[1 << 16];
static struct ff_arena arena;

static enum ff_err read_text(struct ff_slice text, struct ff_event *ev, struct ff_err_at *at)
{
    ff_arena_init(&arena, mem, sizeof mem);
    *at = (struct ff_err_at){0};
    if (ff_json_parse(doc, text, at) != FF_OK)
        return FF_ERR_DEFECT;
    return ff_event_from_json(doc, 0, &arena, ev, at);
}

static void put_object(struct ff_json_out *o, const struct ff_event *ev)
{
    ff_json_out_reset(o);
    ff_json_open(o, '{');
    ff_event_put_json(o, ev);
    ff_json_close(o, '}');
}

static bool has(const struct ff_json_out *o, const char *text)
{
    return ff_slice_find(ff_slice_of(o->buf, o->len), 0, ff_slice_str(text)) != SIZE_MAX;
}

static void round_trip(void)
{
    struct random_event rnd = {.x = 99};
    static uint8_t one[1 << 16], two[1 << 16];
    struct ff_json_out o;
    ff_json_out_init(&o);
    CASE("any event written and read back has the same bytes on the wire");
    for (int run = 0; run < 20000; run++) {
        struct ff_event ev, back;
        struct ff_err_at at;
        random_event_next(&rnd, &ev);
        put_object(&o, &ev);
        CHECK(read_text(ff_slice_of(o.buf, o.len), &back, &at) == FF_OK, "run %d: %s\n%.*s", run, at.msg, (int)o.len,
              o.buf);
        struct ff_wire_out a = ff_wire_out(one, sizeof one), b = ff_wire_out(two, sizeof two);
        ff_event_encode(&ev, &a);
        ff_event_encode(&back, &b);
        CHECK(ff_slice_eq(ff_wire_done(&a), ff_wire_done(&b)), "run %d\n%.*s", run, (int)o.len, o.buf);
        if (test_failures_ > 3)
            break;
    }
    ff_json_out_fini(&o);
}

static void text_form(void)
{
    struct ff_json_out o;
    uint8_t wire[512];
    struct ff_event ev = {.kind = FF_KIND_TRANSIENT_FAILURE,
                          .origin = FF_ORIGIN_REMOTE_REPLY,
                          .stage = FF_STAGE_RCPT_TO,
                          .reply_code = 450,
                          .enhanced_code = 4002001,
                          .event_time_us = 1786003200123456,
                          .recipient = FF_SLICE("a@example.com"),
                          .tenant_id = FF_SLICE("acme"),
                          .remote_ip = FF_SLICE("\xc0\x00\x02\x01"),
                          .event_id = FF_SLICE("0123456789abcdef"),
                          .flags = FF_FLAG_TRUNCATED | FF_FLAG_TEST,
                          .queued_time_us = 1786003200000000};
    ff_json_out_init(&o);
    CASE("names and forms are those of the command line's contract");
    put_object(&o, &ev);
    CHECK_SLICE(ff_slice_of(o.buf, o.len), "{\"kind\":\"transient_failure\",\"event_time\":\"2026-08-06T08:00:00."
                                           "123456Z\",\"recipient\":\"a@example.com\",\"tenant_id\":\"acme\","
                                           "\"reply_code\":450,\"enhanced_code\":\"4.2.1\",\"stage\":\"rcpt_to\","
                                           "\"origin\":\"remote_reply\",\"remote_ip\":\"192.0.2.1\","
                                           "\"event_id\":\"30313233343536373839616263646566\",\"queued_time\":\"2026-"
                                           "08-06T08:00:00.000000Z\",\"flags\":[\"truncated\",\"test\"]}");
    CASE("kind, event_time, recipient and tenant_id are always there");
    put_object(&o, &(struct ff_event){0});
    CHECK_SLICE(ff_slice_of(o.buf, o.len), "{\"kind\":\"unspecified\",\"event_time\":\"1970-01-01T00:00:00.000000Z\","
                                           "\"recipient\":\"\",\"tenant_id\":\"\"}");
    CASE("bytes of reply_text that are no UTF-8 become U+FFFD");
    put_object(&o, &(struct ff_event){.kind = FF_KIND_BOUNCE, .reply_text = FF_SLICE("d\xe9sactiv\xe9\x1b")});
    CHECK(has(&o, "\"reply_text\":\"d\xef\xbf\xbdsactiv\xef\xbf\xbd\\u001b\""), "%.*s", (int)o.len, o.buf);
    CASE("sub-messages are objects, with times, addresses and lists");
    struct ff_wire_out f = ff_wire_out(wire, sizeof wire);
    ff_wire_put_bytes(&f, 1, FF_SLICE("abuse"));
    ff_wire_put_bytes(&f, 3, FF_SLICE("\xc6\x33\x64\x01"));
    ff_wire_put_bytes(&f, 4, FF_SLICE("example.com"));
    ff_wire_put_bytes(&f, 4, FF_SLICE("example.net"));
    put_object(&o, &(struct ff_event){.kind = FF_KIND_FEEDBACK,
                                      .feedback = ff_wire_done(&f),
                                      .vendor = FF_SLICE("\x0a\x01k\x18\x03"),
                                      .dsn = FF_SLICE("\x0a\x06"
                                                      "failed\x31\x00\x00\xc6\x60\x5e\x58\x06\x00")});
    CHECK(has(&o, "\"feedback\":{\"type\":\"abuse\",\"source_ip\":\"198.51.100.1\",\"reported_domain\":[\"example."
                  "com\",\"example.net\"]}"),
          "%.*s", (int)o.len, o.buf);
    CHECK(has(&o, "\"vendor\":{\"scheme\":\"k\",\"code\":-2}"), "%.*s", (int)o.len, o.buf);
    CHECK(has(&o, "\"dsn\":{\"action\":\"failed\",\"arrival\":\"20"), "%.*s", (int)o.len, o.buf);
    struct ff_event back;
    struct ff_err_at at;
    CASE("of a vendor code longer than 32 bits the low ones count, and it is read back");
    put_object(&o, &(struct ff_event){.vendor = FF_SLICE("\x18\xff\xff\xff\xff\xff\xff\x01")});
    CHECK(has(&o, "\"vendor\":{\"code\":-2147483648}"), "%.*s", (int)o.len, o.buf);
    CHECK_INT(read_text(ff_slice_of(o.buf, o.len), &back, &at), FF_OK);
    CASE("an enum number of a newer schema passes as a number, both ways");
    put_object(&o, &(struct ff_event){.kind = 77, .stage = 88, .origin = 99});
    CHECK_INT(read_text(ff_slice_of(o.buf, o.len), &back, &at), FF_OK);
    CHECK(back.kind == 77 && back.stage == 88 && back.origin == 99, "%u %u %u", back.kind, back.stage, back.origin);
    CASE("codes and times without a text form are left out, so that what is written can be read");
    put_object(&o, &(struct ff_event){.enhanced_code = 1, .queued_time_us = -5, .flags = 1u << 31});
    CHECK(!has(&o, "enhanced") && !has(&o, "queued") && !has(&o, "flags"), "%.*s", (int)o.len, o.buf);
    ff_json_out_fini(&o);
}

static void attributes(void)
{
    struct ff_event ev, again;
    struct ff_err_at at;
    struct ff_json_out o;
    static uint8_t copy[1024];
    ff_json_out_init(&o);
    CASE("attributes live in the wire form, and come back from it");
    CHECK_INT(
        read_text(
            FF_SLICE(
                "{\"kind\":\"bounce\",\"attributes\":{\"list\":\"a\\\"b\",\"\":\"\"},\"recipient\":\"a@example.com\"}"),
            &ev, &at),
        FF_OK);
    CHECK(ev.encoded.len > 0 && ev.encoded.len < sizeof copy, "not encoded");
    memcpy(copy, ev.encoded.ptr, ev.encoded.len);
    CHECK_INT(ff_event_decode(ff_slice_of(copy, ev.encoded.len), &again, &at), FF_OK);
    CHECK_SLICE(again.recipient, "a@example.com");
    put_object(&o, &again);
    CHECK(has(&o, "\"attributes\":{\"list\":\"a\\\"b\",\"\":\"\"}"), "%.*s", (int)o.len, o.buf);
    CASE("an event without them is not encoded for nothing");
    CHECK_INT(read_text(FF_SLICE("{\"kind\":\"bounce\",\"attributes\":{}}"), &ev, &at), FF_OK);
    CHECK_INT(ev.encoded.len, 0);
    ff_json_out_fini(&o);
}

static void reading(void)
{
    static const struct {
        const char *name, *text;
        enum ff_err err;
    } cases[] = {
        {"an empty object is an event of defaults", "{}", FF_OK},
        {"unknown members are passed over", "{\"colour\":[1,{\"a\":null}],\"kind\":\"bounce\"}", FF_OK},
        {"null is the default", "{\"reply_text\":null,\"dsn\":null,\"flags\":null}", FF_OK},
        {"a name is not found by its beginning", "{\"kin\":1,\"kinds\":2}", FF_OK},
        {"an array is no event", "[]", FF_ERR_SYNTAX},
        {"a text is no event", "\"kind\"", FF_ERR_SYNTAX},
        {"an unknown kind", "{\"kind\":\"explosion\"}", FF_ERR_SYNTAX},
        {"a kind in capitals", "{\"kind\":\"BOUNCE\"}", FF_ERR_SYNTAX},
        {"a kind that is true", "{\"kind\":true}", FF_ERR_SYNTAX},
        {"a negative kind", "{\"kind\":-1}", FF_ERR_SYNTAX},
        {"a reply code as text", "{\"reply_code\":\"550\"}", FF_ERR_SYNTAX},
        {"a reply code with a fraction", "{\"reply_code\":550.5}", FF_ERR_SYNTAX},
        {"a reply code written with an exponent", "{\"reply_code\":5.5e2}", FF_OK},
        {"a size over 32 bits", "{\"size_bytes\":4294967296}", FF_ERR_SYNTAX},
        {"a recipient that is a list", "{\"recipient\":[\"a@example.com\"]}", FF_ERR_SYNTAX},
        {"a time that is none", "{\"event_time\":\"yesterday\"}", FF_ERR_RANGE},
        {"a time without zone", "{\"event_time\":\"2026-08-06T08:00:00\"}", FF_ERR_RANGE},
        {"a time as a number", "{\"event_time\":1786003200}", FF_ERR_SYNTAX},
        {"an address that is a name", "{\"remote_ip\":\"mx.example.com\"}", FF_ERR_SYNTAX},
        {"an empty address", "{\"remote_ip\":\"\"}", FF_ERR_SYNTAX},
        {"an enhanced code as a number", "{\"enhanced_code\":5.1}", FF_ERR_SYNTAX},
        {"an enhanced code of class 9", "{\"enhanced_code\":\"9.1.1\"}", FF_ERR_SYNTAX},
        {"an id in capitals", "{\"event_id\":\"00112233445566778899AABBCCDDEEFF\"}", FF_OK},
        {"an id that is too short", "{\"event_id\":\"0011\"}", FF_ERR_SYNTAX},
        {"an id that is no hex", "{\"event_id\":\"0011223344556677889900112233445g\"}", FF_ERR_SYNTAX},
        {"an unknown flag is passed over", "{\"flags\":[\"test\",\"shiny\"]}", FF_OK},
        {"flags as a number", "{\"flags\":3}", FF_ERR_SYNTAX},
        {"a flag as a number", "{\"flags\":[3]}", FF_ERR_SYNTAX},
        {"dsn as text", "{\"dsn\":\"failed\"}", FF_ERR_SYNTAX},
        {"dsn with a time that is none", "{\"dsn\":{\"arrival\":\"x\"}}", FF_ERR_SYNTAX},
        {"feedback with a domain that is no list", "{\"feedback\":{\"reported_domain\":\"example.com\"}}",
         FF_ERR_SYNTAX},
        {"vendor with a code that is text", "{\"vendor\":{\"code\":\"x\"}}", FF_ERR_SYNTAX},
        {"attributes as a list", "{\"attributes\":[]}", FF_ERR_SYNTAX},
        {"an attribute as a number", "{\"attributes\":{\"a\":1}}", FF_ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ff_event ev;
        struct ff_err_at at;
        CASE(cases[i].name);
        CHECK_INT(read_text(ff_slice_str(cases[i].text), &ev, &at), cases[i].err);
        if (cases[i].err)
            CHECK(at.err == cases[i].err && at.msg && at.msg[0] && at.offset_bytes < strlen(cases[i].text),
                  "where and why");
    }
    struct ff_event ev;
    struct ff_err_at at;
    CASE("an arena that is too small is told");
    CHECK_INT(ff_json_parse(doc, FF_SLICE("{\"reply_text\":\"\\n\\n\\n\\n\\n\\n\"}"), &at), FF_OK);
    ff_arena_init(&arena, mem, 4);
    CHECK_INT(ff_event_from_json(doc, 0, &arena, &ev, &at), FF_ERR_TOO_LARGE);
}

int main(void)
{
    doc = ff_json_doc_new(10000);
    if (!doc)
        return 1;
    round_trip();
    text_form();
    attributes();
    reading();
    ff_json_doc_free(doc);
    return test_end();
}
