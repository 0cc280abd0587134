/* Our own formats, packed and JSON, through the pipeline: every item is answered once, a bad one goes alone, and a
 * record that was read costs no allocation. */
#include <zstd.h>

#include "bench/allocations.h"
#include "ingest/formats/formats.h"
#include "ingest/kumomta/decode_kumomta.h"
#include "ingest/own/decode_own.h"
#include "ingest/pipeline/pipeline.h"
#include "proto/address.h"
#include "proto/batch.h"
#include "proto/event_json.h"
#include "tests/random_event.h"
#include "tests/test.h"

/* ---- what came out, as one line of text ------------------------------------------------------------------------ */

static char out[4096];
static uint8_t last_encoded[1 << 16], last_payload[1 << 17];
static size_t last_encoded_len, last_payload_len, last_full;
static struct ff_event last;
static uint64_t seen;

static void on_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    (void)ctx, (void)v, (void)record;
    size_t n = strlen(out);
    snprintf(out + n, sizeof out - n, "%s(%.*s,%.*s)", ff_kind_name(ev->kind), (int)ev->recipient.len,
             (const char *)ev->recipient.ptr, (int)ev->tenant_id.len, (const char *)ev->tenant_id.ptr);
    last = *ev;
    struct ff_wire_out o = ff_wire_out(last_encoded, sizeof last_encoded);
    ff_event_encode(ev, &o);
    last_encoded_len = o.used;
    seen++;
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx, (void)record;
    size_t n = strlen(out);
    snprintf(out + n, sizeof out - n, "!%s@%lld+%zu", ff_dead_name(dead->reason), (long long)dead->item_index,
             dead->byte_offset);
    CHECK(dead->message && strlen(dead->message) <= 256 && dead->stage, "message");
    last_payload_len = dead->payload.len < sizeof last_payload ? dead->payload.len : sizeof last_payload;
    if (last_payload_len)
        memcpy(last_payload, dead->payload.ptr, last_payload_len);
    last_full = (size_t)dead->full_bytes;
}

static struct ff_pipeline *pipeline_by(const struct ff_decoder_ops *format, struct ff_judge *judge, const struct ff_decode_options *opts)
{
    const struct ff_pipeline_sink sink = {NULL, on_result, on_dead};
    struct ff_pipeline *p = ff_pipeline_new(format, opts, judge, &sink);
    if (!p)
        abort();
    return p;
}

static struct ff_pipeline *pipeline(const struct ff_decoder_ops *format, struct ff_judge *judge)
{
    const struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    return pipeline_by(format, judge, &opts);
}

/* Gives a copy of exactly the record's length, and checks that what came out adds up. */
static const char *feed(struct ff_pipeline *p, struct ff_slice value, struct ff_slice tenant)
{
    struct ff_pipeline_counts counts;
    uint8_t *copy = malloc(value.len ? value.len : 1);
    if (value.len)
        memcpy(copy, value.ptr, value.len);
    struct ff_record record = {.value = ff_slice_of(copy, value.len), .tenant = tenant, .position = {"test", -1, 1}};
    out[0] = 0;
    ff_pipeline_record(p, &record);
    free(copy);
    ff_pipeline_counts(p, &counts);
    CHECK(ff_accounting_holds(&counts.accounting), "accounting");
    return out;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

#define T "\"event_time\":\"2026-08-06T08:00:00Z\""
#define GOOD "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\"}"

#define N51 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define N255 N51 N51 N51 N51 N51

static void json_records(void)
{
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        {"an object is one item", GOOD, "bounce(a@example.com,default)"},
        {"blanks around it", " \r\n" GOOD "\r\n ", "bounce(a@example.com,default)"},
        {"a blank line is no item", " \r\n\t ", ""},
        {"an empty line is no item", "", ""},
        {"two lines are two items", GOOD "\n" GOOD "\n", "bounce(a@example.com,default)bounce(a@example.com,default)"},
        {"blank lines between are none", GOOD "\n\n \n" GOOD,
         "bounce(a@example.com,default)bounce(a@example.com,default)"},
        {"an object printed over several lines is one item",
         "{\"kind\":\"bounce\",\n" T ",\n\"recipient\":\"a@example.com\"\n}\n", "bounce(a@example.com,default)"},
        {"an array is its elements", "[" GOOD "," GOOD "]",
         "bounce(a@example.com,default)bounce(a@example.com,default)"},
        {"a bad element goes alone", "[" GOOD ",{\"kind\":\"x\"}," GOOD "]",
         "bounce(a@example.com,default)!json_shape@1+92bounce(a@example.com,default)"},
        {"an element that is no object", "[7]", "!json_shape@0+1"},
        {"a bad line goes alone", GOOD "\n{oops}\n" GOOD,
         "bounce(a@example.com,default)!json_syntax@1+83bounce(a@example.com,default)"},
        {"no JSON", "Aug  6 08:00:00 mx1 postfix/smtp[1]: x", "!json_syntax@0+0"},
        {"JSON cut off", "{\"kind\":\"bounce\"", "!json_syntax@0+16"},
        {"a text", "\"bounce\"", "!json_shape@0+1"},
        {"wrong type of a member", "{\"kind\":\"bounce\"," T ",\"recipient\":1}", "!json_shape@0+65"},
        {"no kind", "{" T ",\"recipient\":\"a@example.com\"}", "!json_shape@0+0"},
        {"no recipient", "{\"kind\":\"bounce\"," T "}", "!missing_recipient@0+0"},
        {"an empty recipient", "{\"kind\":\"delivery\"," T ",\"recipient\":\"\"}", "!missing_recipient@0+0"},
        {"a complaint may lack one", "{\"kind\":\"feedback\"," T "}", "feedback(,default)"},
        {"all tenants are no tenant", "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"tenant_id\":\"*\"}", "!bad_tenant@0+0"},
        {"nor are all streams a stream", "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"stream_id\":\"*\"}", "!bad_tenant@0+0"},
        {"the separator of keys is in no tenant",
         "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"tenant_id\":\"a\\u001fb\"}", "!bad_tenant@0+0"},
        {"a tenant of 255 bytes is one", "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"tenant_id\":\"" N255 "\"}",
         "bounce(a@example.com," N255 ")"},
        {"one of 256 has no place in a key", "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"tenant_id\":\"" N255 "n\"}",
         "!bad_tenant@0+0"},
        {"nor has a stream", "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"stream_id\":\"" N255 "n\"}",
         "!bad_tenant@0+0"},
        {"a star among others is a letter", "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"tenant_id\":\"a*\"}",
         "bounce(a@example.com,a*)"},
        {"no time", "{\"kind\":\"bounce\",\"recipient\":\"a@example.com\"}", "!bad_time@0+0"},
        {"a time that is none", "{\"kind\":\"bounce\",\"event_time\":\"soon\",\"recipient\":\"a@example.com\"}",
         "!bad_time@0+31"},
        {"mail accepted into the queue is ignored", "{\"kind\":\"reception\"," T ",\"recipient\":\"a@example.com\"}",
         ""},
        {"unknown members are passed over",
         "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"new\":{\"x\":[]}}",
         "bounce(a@example.com,default)"},
        {"its own tenant", "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"tenant_id\":\"acme\"}",
         "bounce(a@example.com,acme)"},
    };
    struct ff_pipeline *p = pipeline(&ff_decoder_json, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CASE(cases[i].name);
        CHECK_STR(feed(p, ff_slice_str(cases[i].value), (struct ff_slice){0}), cases[i].want);
    }
    static const char everybodys[] = "{\"kind\":\"delivery\"," T ",\"recipient\":\"a@example.com\",\"tenant_id\":\"*\"}";
    const struct ff_decode_options counted = {.default_tenant = FF_SLICE("default"), .deliveries_counted = true};
    struct ff_pipeline *counting = pipeline_by(&ff_decoder_json, NULL, &counted);
    CASE("a delivery of all tenants is a dead letter where deliveries are read, and counts where they are only counted");
    CHECK_STR(feed(p, ff_slice_str(everybodys), (struct ff_slice){0}), "!bad_tenant@0+0");
    CHECK_STR(feed(counting, ff_slice_str(everybodys), (struct ff_slice){0}), "delivery(a@example.com,*)");
    ff_pipeline_free(counting);
    CASE("the payload of a bad element is that element");
    feed(p, FF_SLICE("[1, {\"kind\":\"x\"} ]"), (struct ff_slice){0});
    CHECK_SLICE(ff_slice_of(last_payload, last_payload_len), "{\"kind\":\"x\"}");
    CASE("a record's tenant header stands in for the event's");
    CHECK_STR(feed(p, FF_SLICE(GOOD), FF_SLICE("hdr")), "bounce(a@example.com,hdr)");
    CASE("an id is made of the content, the same each time");
    feed(p, FF_SLICE(GOOD), (struct ff_slice){0});
    struct ff_event ev;
    uint8_t id[16];
    CHECK_INT(ff_event_decode(ff_slice_of(last_encoded, last_encoded_len), &ev, NULL), FF_OK);
    CHECK_INT(ev.event_id.len, 16);
    memcpy(id, ev.event_id.ptr, ev.event_id.len);
    feed(p, FF_SLICE(GOOD), (struct ff_slice){0});
    CHECK_INT(ff_event_decode(ff_slice_of(last_encoded, last_encoded_len), &ev, NULL), FF_OK);
    CHECK(ff_slice_eq(ev.event_id, ff_slice_of(id, 16)), "other id");
    CASE("attributes survive beside what is filled in");
    feed(p, FF_SLICE("{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"attributes\":{\"k\":\"v\"}}"),
         (struct ff_slice){0});
    CHECK(ff_slice_find(ff_slice_of(last_encoded, last_encoded_len), 0, FF_SLICE("\x0a\x01k\x12\x01v")) != SIZE_MAX,
          "lost");
    CHECK_INT(ff_event_decode(ff_slice_of(last_encoded, last_encoded_len), &ev, NULL), FF_OK);
    CHECK_SLICE(ev.tenant_id, "default");
    CHECK_INT(ev.event_id.len, 16);
    CASE("an event over its limit is a dead letter with its beginning");
    size_t size = FF_EVENT_BYTES_MAX + 4096;
    char *big = malloc(size + 200);
    int n = snprintf(big, 200, "{\"kind\":\"bounce\"," T ",\"recipient\":\"a@example.com\",\"reply_text\":\"");
    memset(big + n, 'x', size);
    memcpy(big + (size_t)n + size, "\"}", 2);
    feed(p, ff_slice_of(big, (size_t)n + size + 2), (struct ff_slice){0});
    CHECK(strncmp(out, "!too_large@0", 12) == 0, "%s", out);
    CHECK_INT(last_payload_len, FF_DEAD_PAYLOAD_MAX);
    CHECK_INT(last_full, (size_t)n + size + 2);
    free(big);
    ff_pipeline_free(p);
}

static void json_round_trip(void)
{
    struct ff_pipeline *p = pipeline(&ff_decoder_json, NULL);
    struct random_event rnd = {.x = 3};
    struct ff_json_out o;
    static uint8_t wire[1 << 16];
    ff_json_out_init(&o);
    CASE("what decode --json prints, the json decoder reads to the same event");
    for (int run = 0; run < 2000; run++) {
        struct ff_event ev;
        random_event_next(&rnd, &ev);
        if (ev.kind == FF_KIND_UNSPECIFIED || ev.kind == FF_KIND_RECEPTION || !ev.recipient.len || !ev.tenant_id.len ||
            !ev.event_id.len || !ff_event_tenant_is_valid(&ev))
            continue;
        ff_json_out_reset(&o);
        ff_json_open(&o, '{');
        ff_event_put_json(&o, &ev);
        ff_json_close(&o, '}');
        ff_json_end_line(&o);
        feed(p, ff_slice_of(o.buf, o.len), (struct ff_slice){0});
        struct ff_wire_out w = ff_wire_out(wire, sizeof wire);
        ff_event_encode(&ev, &w);
        CHECK(ff_slice_eq(ff_wire_done(&w), ff_slice_of(last_encoded, last_encoded_len)), "run %d: %.*s", run,
              (int)o.len, o.buf);
    }
    ff_json_out_fini(&o);
    ff_pipeline_free(p);
}

/* ---- packed ---------------------------------------------------------------------------------------------------- */

static struct ff_slice encode(const struct ff_event *ev, uint8_t *mem, size_t size)
{
    struct ff_wire_out o = ff_wire_out(mem, size);
    ff_event_encode(ev, &o);
    return ff_wire_done(&o);
}

static const struct ff_event bounce = {.kind = FF_KIND_BOUNCE, .event_time_us = 1786003200000000, .reply_code = 550};

static struct ff_event bounce_of(const char *recipient)
{
    struct ff_event ev = bounce;
    ev.recipient = ff_slice_str(recipient);
    return ev;
}

static void packed_records(void)
{
    struct ff_pipeline *p = pipeline(&ff_decoder_packed, NULL);
    struct ff_batch_writer *w = ff_batch_writer_new(FF_BATCH_EVENTS, 1);
    struct ff_event good = bounce_of("a@example.com"), ev;
    const struct ff_slice nobody = {0};
    struct ff_slice record;
    uint8_t mem[512];
    ff_batch_begin(w, nobody, nobody);

    CASE("in a batch a bad event goes alone, with its own bytes");
    CHECK_INT(ff_batch_add_event(w, &good), FF_OK);
    ev = (struct ff_event){.encoded = FF_SLICE("\x08\x03\x1a\x09"
                                               "abc")};
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    CHECK_INT(ff_batch_add_event(w, &good), FF_OK);
    CHECK_INT(ff_batch_close(w, &record), FF_OK);
    CHECK_STR(feed(p, record, nobody),
              "bounce(a@example.com,default)!protobuf_truncated@1+36bounce(a@example.com,default)");
    CHECK_SLICE(ff_slice_of(last_payload, last_payload_len), "\x08\x03\x1a\x09"
                                                             "abc");

    CASE("wrong wire types, no recipient, no time, no kind, an accepted mail");
    ff_batch_begin(w, nobody, nobody);
    ev = (struct ff_event){.encoded = FF_SLICE("\x0a\x01x")};
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    ev = bounce;
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    ev = good;
    ev.event_time_us = 0;
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    ev.event_time_us = INT64_MAX;
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    ev = good;
    ev.kind = 0;
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    ev.kind = FF_KIND_RECEPTION;
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    ev.kind = FF_KIND_FEEDBACK;
    ev.recipient = nobody;
    CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    CHECK_INT(ff_batch_close(w, &record), FF_OK);
    feed(p, record, nobody);
    CHECK(strncmp(out, "!protobuf_wire_type@0", 21) == 0 && strstr(out, "!missing_recipient@1") &&
              strstr(out, "!bad_time@2") && strstr(out, "!bad_time@3") && strstr(out, "!unknown_format@4") &&
              !strstr(out, "@5") && strstr(out, "feedback(,default)"),
          "%s", out);

    CASE("a kind of a newer schema passes");
    ev = good;
    ev.kind = 99;
    CHECK_STR(feed(p, encode(&ev, mem, sizeof mem), nobody), "unspecified(a@example.com,default)");
    CHECK_INT(last.kind, 99);
    CASE("where the batch's framing breaks, the rest is one dead letter: the record as it came");
    static const uint8_t half[] = "\x01\x2a\x12\x08\x03\x11\x00\x00\xc6\x60\x5e\x58\x06\x00\x1a\x05"
                                  "a@b.c\x2a\x70\x08";
    CHECK_STR(feed(p, ff_slice_of(half, sizeof half - 1), nobody), "bounce(a@b.c,default)!protobuf_truncated@1+20");
    CHECK_INT(last_payload_len, sizeof half - 1);
    CASE("a plain event, a plain batch");
    CHECK_STR(feed(p, encode(&good, mem, sizeof mem), nobody), "bounce(a@example.com,default)");
    uint8_t batch[512] = {0x2a};
    struct ff_slice one = encode(&good, mem, sizeof mem);
    batch[1] = (uint8_t)one.len;
    memcpy(batch + 2, one.ptr, one.len);
    CHECK_STR(feed(p, ff_slice_of(batch, 2 + one.len), nobody), "bounce(a@example.com,default)");
    CASE("what is filled in is appended: unknown fields survive");
    memcpy(mem + one.len, "\xf8\x3e\x07", 3); /* field 1007 */
    feed(p, ff_slice_of(mem, one.len + 3), FF_SLICE("acme"));
    CHECK_STR(out, "bounce(a@example.com,acme)");
    CHECK(last_encoded_len > one.len + 3 && memcmp(last_encoded, mem, one.len + 3) == 0, "changed");
    CHECK_INT(ff_event_decode(ff_slice_of(last_encoded, last_encoded_len), &ev, NULL), FF_OK);
    CHECK_SLICE(ev.tenant_id, "acme");
    CHECK_INT(ev.event_id.len, 16);
    CASE("a complete event passes byte for byte");
    ev = good;
    ev.tenant_id = FF_SLICE("t");
    ev.event_id = FF_SLICE("0123456789abcdef");
    one = encode(&ev, mem, sizeof mem);
    feed(p, one, FF_SLICE("acme"));
    CHECK(ff_slice_eq(ff_slice_of(last_encoded, last_encoded_len), one), "changed");

    CASE("no bytes, blanks, an empty batch, another format, a damaged frame: one dead letter each");
    CHECK_STR(feed(p, FF_SLICE(""), nobody), "!unknown_format@-1+0");
    CHECK(feed(p, FF_SLICE(" \n"), nobody)[0] == '!', "blank");
    CHECK_STR(feed(p, FF_SLICE("\x01"), nobody), "!unknown_format@-1+0");
    CHECK_STR(feed(p, FF_SLICE("{\"kind\":\"bounce\"}"), nobody), "!unknown_format@-1+0");
    CHECK_STR(feed(p, FF_SLICE("\x02\x28\xb5\x2f\xfd"), nobody), "!decompress_failed@-1+1");
    CHECK_STR(feed(p, FF_SLICE("\x02nonsense"), nobody), "!decompress_failed@-1+1");
    CASE("a frame that claims a GiB is too large");
    CHECK_STR(feed(p, FF_SLICE("\x02\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x40\x01\x00\x00"), nobody), "!too_large@-1+1");
    ff_batch_writer_free(w);
    ff_pipeline_free(p);
}

/* ---- pipeline -------------------------------------------------------------------------------------------------- */

static void empty_records(void)
{
    static const struct {
        const char *name;
        const struct ff_decoder_ops *format;
        const char *value;
        int32_t partition;
        struct ff_accounting want; /* records, items, ignored, dead */
    } cases[] = {
        {"a blank line of a file is no item", &ff_decoder_json, " \r\n", -1, {0}},
        {"a record of Kafka without bytes is one", &ff_decoder_json, "", 0, {.records = 1, .items = 1, .ignored = 1}},
        {"so is one of a line end", &ff_decoder_json, "\n", 0, {.records = 1, .items = 1, .ignored = 1}},
        {"and one of several blank lines", &ff_decoder_kumomta, " \n\t\r\n", 3, {.records = 1, .items = 1, .ignored = 1}},
        {"a packed record of Kafka without bytes, too", &ff_decoder_packed, "", 0, {.records = 1, .items = 1, .ignored = 1}},
        {"blanks are bytes to a packed format", &ff_decoder_packed, " \n", 0, {.records = 1, .items = 1, .dead = 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        struct ff_pipeline *p = pipeline(cases[i].format, NULL);
        struct ff_pipeline_counts counts;
        ff_pipeline_record(p, &(struct ff_record){.value = ff_slice_str(cases[i].value), .position = {"test", cases[i].partition, 1}});
        ff_pipeline_counts(p, &counts);
        const struct ff_accounting *got = &counts.accounting, *want = &cases[i].want;
        CHECK_INT(got->records, want->records);
        CHECK_INT(got->items, want->items);
        CHECK_INT(got->ignored_by[FF_IGNORED_EMPTY], want->ignored);
        CHECK_INT(got->dead, want->dead);
        CHECK(ff_accounting_holds(got), "accounting");
        ff_pipeline_free(p);
    }
}

static void cut_lines(void)
{
    struct ff_pipeline *p = pipeline(&ff_decoder_json, NULL);
    static char text[FF_DEAD_PAYLOAD_MAX + 100];
    memset(text, 'x', sizeof text);
    struct ff_record record = {
        .value = ff_slice_of(text, sizeof text), .full_bytes = 400000000, .position = {"test", -1, 1}};
    struct ff_pipeline_counts counts;
    CASE("a line its source had to cut is one dead letter that says how long it was");
    out[0] = 0;
    ff_pipeline_record(p, &record);
    CHECK(strncmp(out, "!too_large@-1", 13) == 0, "%s", out);
    CHECK_INT(last_payload_len, FF_DEAD_PAYLOAD_MAX);
    CHECK_INT(last_full, 400000000);
    ff_pipeline_counts(p, &counts);
    CHECK_INT(counts.accounting.records, 1);
    CHECK_INT(counts.accounting.dead_by[FF_DEAD_TOO_LARGE], 1);
    CASE("blank lines are no records");
    feed(p, FF_SLICE("  "), (struct ff_slice){0});
    ff_pipeline_counts(p, &counts);
    CHECK_INT(counts.accounting.records, 1);
    CASE("a stateless format holds no offset back");
    CHECK(ff_pipeline_needs_from(p, "test", 0) == INT64_MAX, "held");
    ff_pipeline_free(p);
}

static struct ff_ruleset *rules_of(struct ff_slice text)
{
    struct ff_ruleset *rules = NULL;
    char message[256] = "";
    CHECK(ff_ruleset_load(text, "rules", &rules, message, sizeof message) == FF_OK, "%s", message);
    return rules;
}

static struct ff_judge *built_in_judge(struct ff_rule_names *names, struct ff_ruleset *shadow)
{
    struct ff_rulebook *book = ff_rulebook_new(names, rules_of((struct ff_slice){0}), shadow);
    struct ff_judge *judge = book ? ff_judge_new(book) : NULL;
    if (!judge)
        abort();
    ff_rulebook_drop(book);
    return judge;
}

static void counts_and_rules(void)
{
    CASE("with rules failures are judged and counted, deliveries are not failures");
    struct ff_rule_names *names = ff_rule_names_new();
    struct ff_judge *judge = built_in_judge(names, NULL);
    struct ff_pipeline *p = pipeline(&ff_decoder_json, judge);
    struct ff_pipeline_counts counts;
    feed(p,
         FF_SLICE("[{\"kind\":\"bounce\"," T
                  ",\"recipient\":\"a@example.com\",\"reply_code\":550,\"enhanced_code\":\"5.1.1\","
                  "\"reply_text\":\"User unknown\",\"origin\":\"remote_reply\",\"stage\":\"rcpt_to\"},"
                  "{\"kind\":\"delivery\"," T
                  ",\"recipient\":\"a@example.com\",\"reply_code\":250,\"reply_text\":\"OK\"}]"),
         (struct ff_slice){0});
    CHECK_STR(out, "bounce(a@example.com,default)delivery(a@example.com,default)");
    ff_pipeline_counts(p, &counts);
    CHECK_INT(counts.accounting.records, 1);
    CHECK_INT(counts.accounting.items, 2);
    CHECK_INT(counts.by_kind[FF_KIND_BOUNCE], 1);
    CHECK_INT(counts.by_kind[FF_KIND_DELIVERY], 1);
    CHECK_INT(counts.by_category[FF_BAD_MAILBOX], 1);
    CHECK_INT(counts.by_category[FF_ACCEPTED], 0);
    CHECK_INT(counts.by_responsible[FF_RESP_RECIPIENT], 1);
    ff_pipeline_free(p);
    ff_judge_free(judge);
    ff_rule_names_free(names);
    CASE("names of reasons, and of formats");
    for (int i = 0; i < FF_DEAD_COUNT; i++)
        CHECK(ff_dead_name((enum ff_dead)i)[0] != 0, "dead %d", i);
    for (int i = 0; i < FF_IGNORED_COUNT; i++)
        CHECK(ff_ignored_name((enum ff_ignored)i)[0] != 0, "ignored %d", i);
    CHECK(ff_decoder_find(FF_SLICE("json")) == &ff_decoder_json && !ff_decoder_find(FF_SLICE("jso")), "find");
    CASE("sums of accounts hold when their parts do");
    struct ff_accounting sum = counts.accounting;
    ff_accounting_add(&sum, &counts.accounting);
    CHECK(ff_accounting_holds(&sum) && sum.items == 4, "sum");
    sum.events++;
    CHECK(!ff_accounting_holds(&sum), "holds");
}

static void no_allocations(void)
{
    struct ff_rule_names *names = ff_rule_names_new();
    struct ff_judge *judge =
        built_in_judge(names, rules_of(FF_SLICE("rule unknown policy-block text 90\n  any user unknown\n")));
    struct ff_batch_writer *w = ff_batch_writer_new(FF_BATCH_EVENTS, 1);
    struct ff_pipeline *packed = pipeline(&ff_decoder_packed, judge), *json = pipeline(&ff_decoder_json, judge);
    struct ff_slice record;
    ff_batch_begin(w, (struct ff_slice){0}, (struct ff_slice){0});
    for (int i = 0; i < 100; i++) {
        struct ff_event ev = bounce_of("a@example.com");
        ev.reply_text = FF_SLICE("User unknown in virtual mailbox table");
        CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    }
    CHECK_INT(ff_batch_close(w, &record), FF_OK);
    const struct ff_record records[] = {
        {.value = record, .position = {"test", 0, 0}},
        {.value = FF_SLICE("[" GOOD "," GOOD ",{\"kind\":\"x\"}]\n"), .position = {"test", 0, 0}},
    };
    CASE("after warm-up a record costs no allocation, from bytes to verdict, also where shadow rules disagree");
    for (int round = 0; round < 3; round++) {
        uint64_t before = allocations_count();
        seen = 0;
        for (int i = 0; i < 20; i++) {
            out[0] = 0;
            ff_pipeline_record(packed, &records[0]);
            out[0] = 0;
            ff_pipeline_record(json, &records[1]);
        }
        CHECK_INT(seen, 20 * 102);
        if (round)
            CHECK_INT(allocations_count() - before, 0);
    }
    CHECK(ff_shadow_counts(ff_judge_shadow(judge))->differed > 0, "the shadow rules agree");
    ff_pipeline_free(packed);
    ff_pipeline_free(json);
    ff_batch_writer_free(w);
    ff_judge_free(judge);
    ff_rule_names_free(names);
}

int main(void)
{
    json_records();
    json_round_trip();
    packed_records();
    empty_records();
    cut_lines();
    counts_and_rules();
    no_allocations();
    return test_end();
}
