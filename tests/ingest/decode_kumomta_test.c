/* decode_kumomta_test.c: what a KumoMTA log record means, trap by trap.
 *
 * The tables (kumomta_cases.h) say what a record's events, printed as JSON, must and must not contain. Then: nothing
 * is answered twice or not at all, whatever is done to the bytes, and nothing is allocated.
 */
#include "bench/allocations.h"
#include "ingest/kumomta/decode_kumomta.h"
#include "proto/event_json.h"
#include "tests/ingest/kumomta_cases.h"
#include "tests/test.h"

/* What the sink saw since reset(). */
static struct {
    struct ff_accounting sum;
    int last_reason;
    struct ff_dead_letter last_dead;
    char payload[4096];
    uint32_t last_kind;
    uint8_t last_id[16];
    char json[1 << 16]; /* of the first event */
    bool keep;
} seen;
static struct ff_json_out out;

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    (void)ctx, (void)record;
    seen.sum.events++;
    seen.last_kind = ev->kind;
    memset(seen.last_id, 0, sizeof seen.last_id); /* a delivery that is only counted has none */
    if (ev->event_id.len)
        memcpy(seen.last_id, ev->event_id.ptr, sizeof seen.last_id);
    if (!seen.keep || seen.sum.events > 1)
        return;
    ff_json_out_reset(&out);
    ff_json_open(&out, '{');
    ff_event_put_json(&out, ev);
    ff_json_close(&out, '}');
    snprintf(seen.json, sizeof seen.json, "%.*s", (int)out.len, out.buf);
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    (void)ctx;
    seen.sum.ignored++;
    seen.last_reason = (int)reason;
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx, (void)record;
    seen.sum.dead++;
    seen.last_reason = (int)dead->reason;
    seen.last_dead = *dead;
    if (seen.keep)
        snprintf(seen.payload, sizeof seen.payload, "%.*s", (int)dead->payload.len, (const char *)dead->payload.ptr);
}

static const struct ff_decode_sink sink = {NULL, on_event, on_ignored, on_dead};

static void decode_full(void *decoder, struct ff_slice value, uint64_t full_bytes)
{
    struct ff_record record = {
        .value = value, .position = {"t", 0, 7}, .timestamp_us = INT64_C(1786003205000000), .full_bytes = full_bytes};
    memset(&seen.sum, 0, sizeof seen.sum);
    seen.last_reason = -1;
    seen.json[0] = '\0';
    ff_decoder_kumomta.decode(decoder, &record, &sink);
}

static void decode(void *decoder, struct ff_slice value)
{
    decode_full(decoder, value, 0);
}

static void check_ones(void *decoder)
{
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++) {
        CASE(ones[i].name);
        decode(decoder, ff_slice_str(ones[i].record));
        CHECK(seen.sum.events == 1 && seen.sum.dead == 0, "%d events, %d dead: %s", (int)seen.sum.events,
              (int)seen.sum.dead, seen.sum.dead ? seen.last_dead.message : "");
        for (size_t j = 0; j < WANTS_MAX && ones[i].wants[j]; j++) {
            const char *want = ones[i].wants[j];
            bool absent = want[0] == '!';
            CHECK((strstr(seen.json, want + absent) == NULL) == absent, "want %s in\n  %s", want, seen.json);
        }
    }
}

static void check_counts(void *decoder)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        CASE(counts[i].name);
        decode(decoder, ff_slice_str(counts[i].value));
        CHECK_INT(seen.sum.events, counts[i].want.events);
        CHECK_INT(seen.sum.ignored, counts[i].want.ignored);
        CHECK_INT(seen.sum.dead, counts[i].want.dead);
        if (counts[i].reason >= 0)
            CHECK_INT(seen.last_reason, counts[i].reason);
    }
}

static void check_dead_letters(void *decoder)
{
    CASE("a dead letter says which record and where it broke");
    decode(decoder, ff_slice_str(BASE "}\n[" BASE "}, 7]\n{\"a\":x}"));
    CHECK_STR(seen.payload, "{\"a\":x}");
    CHECK_INT(seen.last_dead.item_index, 3);
    CHECK_INT(seen.last_dead.byte_offset, strlen(BASE "}\n[" BASE "}, 7]\n{\"a\":"));
    CHECK_STR(seen.last_dead.stage, "decode");

    CASE("a dead element is itself, not the batch");
    decode(decoder, ff_slice_str("[" BASE "}, [7]]"));
    CHECK_STR(seen.payload, "[7]");
    CHECK_INT(seen.last_dead.item_index, 1);

    CASE("a single record has no index");
    decode(decoder, ff_slice_str("{\"type\":\n"));
    CHECK_INT(seen.last_dead.item_index, -1);
    CHECK_STR(seen.payload, "{\"type\":");

    CASE("a password in a dead letter is masked, its length stays");
    decode(decoder, ff_slice_str("{\"content\":\"command: Some(\\\"AUTH PLAIN AHUAcGFzcw==\\\\r\\\\n\\\")"));
    CHECK_STR(seen.payload, "{\"content\":\"command: Some(\\\"AUTH PLAIN ************\\\\r\\\\n\\\")");
    decode(decoder, ff_slice_str("{\"content\":\"authenticating as u: command: Some(\\\"c2VjcmV0\\\\r\\\\n\\\")"));
    CHECK(strstr(seen.payload, "c2VjcmV0") == NULL, "%s", seen.payload);

    CASE("words around AUTH stay readable");
    decode(decoder, ff_slice_str("{ AUTH PLAIN to host, AUTH LOGIN authentication failed, author was"));
    CHECK_STR(seen.payload, "{ AUTH PLAIN to host, AUTH LOGIN authentication failed, author was");

    CASE("depth over the limit is a syntax error");
    static char deep[25000];
    for (size_t i = 0; i < sizeof deep; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    decode(decoder, ff_slice_of(deep, sizeof deep));
    CHECK_INT(seen.sum.dead, 1);
    CHECK_INT(seen.last_reason, FF_DEAD_JSON_SYNTAX);
    CHECK_INT(seen.last_dead.payload.len, sizeof deep);

    CASE("a line that was cut keeps its beginning and its length");
    static char large[FF_DEAD_PAYLOAD_MAX + 10];
    memset(large, 'x', sizeof large);
    decode_full(decoder, ff_slice_of(large, sizeof large), 400000000);
    CHECK_INT(seen.last_reason, FF_DEAD_TOO_LARGE);
    CHECK_INT(seen.last_dead.payload.len, FF_DEAD_PAYLOAD_MAX);
    CHECK_INT(seen.last_dead.full_bytes, 400000000);

    CASE("a record with more recipients than anybody sends is refused whole");
    static char many[128 + 16 * 10001];
    size_t len = (size_t)snprintf(many, sizeof many,
                                  "{\"type\":\"OOB\",\"timestamp\":1786003200,\"response\":{},\"recipient\":[");
    for (size_t i = 0; i < 10001; i++)
        len += (size_t)snprintf(many + len, sizeof many - len, "%s\"a@b.example\"", i ? "," : "");
    len += (size_t)snprintf(many + len, sizeof many - len, "]}");
    decode(decoder, ff_slice_of(many, len));
    CHECK_INT(seen.sum.events, 0);
    CHECK_INT(seen.sum.dead, 1);
    CHECK_INT(seen.last_reason, FF_DEAD_TOO_LARGE);

    CASE("without any clock there is no event");
    struct ff_record record = {.value = ff_slice_str(WITH("\"event_time\":\"soon\",\"timestamp\":-5")),
                               .position = {"t", -1, 1}};
    ff_decoder_kumomta.decode(decoder, &record, &sink);
    CHECK_INT(seen.last_reason, FF_DEAD_BAD_TIME);
}

static void check_ids(void *decoder)
{
    uint8_t first[16];
    CASE("the same line gives the same id, another recipient another");
    decode(decoder, ff_slice_str(BASE "}"));
    memcpy(first, seen.last_id, sizeof first);
    decode(decoder, ff_slice_str(BASE "}"));
    CHECK(memcmp(first, seen.last_id, sizeof first) == 0, "the ids differ");
    decode(decoder, ff_slice_str(WITH("\"recipient\":\"other@mail.example.net\"")));
    CHECK(memcmp(first, seen.last_id, sizeof first) != 0, "the ids are equal");

    CASE("copies of an OOB event a millisecond apart are one event");
    decode(decoder, ff_slice_str(WITH(TYPE("OOB"))));
    memcpy(first, seen.last_id, sizeof first);
    decode(decoder, ff_slice_str(WITH(TYPE("OOB") ",\"event_time\":\"2026-08-06T08:00:00.124567Z\"")));
    CHECK(memcmp(first, seen.last_id, sizeof first) == 0, "the ids differ");
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Damage: never a crash (the sanitizers look on), and every line of the value is answered. */
static void check_mutations(void *decoder)
{
    CASE("truncated and flipped records are answered once or more, never in silence");
    uint64_t rng = 0x9e3779b97f4a7c15u;
    size_t total = sizeof ones / sizeof *ones;
    for (size_t round = 0; round < 20000; round++) {
        const char *text = ones[next_random(&rng) % total].record;
        size_t len = strlen(text);
        if (round % 3 == 0)
            len = 1 + next_random(&rng) % len;
        uint8_t *copy = malloc(len); /* of exactly this size: a read behind the end is seen */
        memcpy(copy, text, len);
        for (size_t flips = round % 3 ? 1 + next_random(&rng) % 8 : 0; flips > 0; flips--)
            copy[next_random(&rng) % len] ^= (uint8_t)(1u << next_random(&rng) % 8);
        decode(decoder, ff_slice_of(copy, len));
        uint64_t answers = seen.sum.events + seen.sum.ignored + seen.sum.dead;
        CHECK(answers >= 1, "round %zu: no answer", round);
        if (seen.sum.dead)
            CHECK(seen.last_dead.byte_offset <= len, "round %zu: offset behind the end", round);
        free(copy);
    }
}

/* Both decoders' answers to the same bytes; only a delivery may have less in it. */
static void check_same_answers(void *decoder, void *counting, struct ff_slice value)
{
    static const uint8_t none[sizeof seen.last_id];
    decode(decoder, value);
    struct ff_accounting sum = seen.sum;
    int reason = seen.last_reason;
    uint8_t id[sizeof seen.last_id];
    memcpy(id, seen.last_id, sizeof id);
    decode(counting, value);
    CHECK(memcmp(&sum, &seen.sum, sizeof sum) == 0 && reason == seen.last_reason, "other answers to %.*s",
          (int)value.len, (const char *)value.ptr);
    if (sum.events) {
        bool counted = seen.last_kind == FF_KIND_DELIVERY;
        CHECK(memcmp(seen.last_id, counted ? none : id, sizeof id) == 0, "the id of %.*s", (int)value.len,
              (const char *)value.ptr);
    }
}

/* The record as a delivery, damaged in up to two places. */
static size_t damaged_delivery(const char *text, uint64_t *rng, char *ret, size_t size)
{
    const char *type = strstr(text, "\"Bounce\"");
    size_t head = type ? (size_t)(type - text) : strlen(text);
    size_t len =
        (size_t)snprintf(ret, size, "%.*s%s%s", (int)head, text, type ? "\"Delivery\"" : "", type ? type + 8 : "");
    for (size_t flips = next_random(rng) % 3; flips > 0; flips--)
        ret[next_random(rng) % len] ^= (char)(1u << next_random(rng) % 7);
    return len;
}

static void check_counted(void)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    void *decoder = ff_decoder_kumomta.new_(&opts);
    opts.deliveries_counted = true;
    void *counting = ff_decoder_kumomta.new_(&opts);
    static char text[1 << 16], large[FF_RECORD_BYTES_MAX / 8];
    uint64_t rng = 0x2545f4914f6cdd1du;
    CASE("deliveries that are only counted are answered for like all others");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_same_answers(decoder, counting, ff_slice_str(counts[i].value));
    for (size_t round = 0; round < 20000; round++) {
        const char *record = ones[round % (sizeof ones / sizeof *ones)].record;
        check_same_answers(decoder, counting, ff_slice_of(text, damaged_delivery(record, &rng, text, sizeof text)));
    }
    CASE("a delivery that may be too large for an event is read");
    size_t len = (size_t)snprintf(large, sizeof large, "%s,\"x\":\"%0*d\"}", BASE "," TYPE("Delivery"),
                                  (int)sizeof large - 1000, 0);
    decode(counting, ff_slice_of(large, len));
    CHECK_INT(seen.sum.events, 1);
    CHECK(seen.last_id[0] | seen.last_id[1] | seen.last_id[2], "no id");
    ff_decoder_kumomta.free_(decoder);
    ff_decoder_kumomta.free_(counting);
}

static void check_allocations(void *decoder)
{
    CASE("no record allocates");
    seen.keep = false;
    uint64_t before = allocations_count();
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++)
        decode(decoder, ff_slice_str(ones[i].record));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        decode(decoder, ff_slice_str(counts[i].value));
    CHECK_INT(allocations_count() - before, 0);
    CHECK(before > 0, "the counter counts nothing");
    seen.keep = true;
}

static struct ff_slice stream_of(void *ctx, struct ff_slice pool)
{
    (void)ctx;
    return ff_slice_eq(pool, FF_SLICE("mapped")) ? FF_SLICE("receipts") : (struct ff_slice){NULL, 0};
}

int main(void)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default"), .stream_of = stream_of};
    void *decoder = ff_decoder_kumomta.new_(&opts);
    if (!decoder)
        return 1;
    ff_json_out_init(&out);
    seen.keep = true;
    check_ones(decoder);
    check_counts(decoder);
    check_dead_letters(decoder);
    check_ids(decoder);
    check_allocations(decoder);
    check_mutations(decoder);
    check_counted();
    ff_json_out_fini(&out);
    ff_decoder_kumomta.free_(decoder);
    return test_end();
}
