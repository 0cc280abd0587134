/* fuzz_json.c: the JSON parser, the writer and the json decoder on any bytes.
 *
 * What the parser accepts is walked, written again and parsed again, and must have the same values; the decoder must
 * answer for every item, once.
 */
#include "ingest/own/decode_own.h"
#include "ingest/pipeline/pipeline.h"
#include "proto/json.h"
#include "tests/fuzz/fuzz.h"

static struct ff_json_doc *doc, *again;
static struct ff_json_out json;
static uint8_t mem[1 << 22], mem2[1 << 22];
static struct ff_pipeline *pipeline;

static void write_value(uint32_t n, struct ff_arena *arena)
{
    struct ff_slice s;
    int64_t i;
    double d;
    switch (ff_json_type(doc, n)) {
    case FF_JSON_STRING:
        REQUIRE(ff_json_string(doc, n, arena, &s) && ff_slice_is_utf8(s));
        ff_json_put_string(&json, s);
        break;
    case FF_JSON_ARRAY:
        ff_json_open(&json, '[');
        for (uint32_t k = ff_json_first(n); k < doc->nodes[n].next; k = doc->nodes[k].next)
            write_value(k, arena);
        ff_json_close(&json, ']');
        break;
    case FF_JSON_OBJECT:
        ff_json_open(&json, '{');
        for (uint32_t k = ff_json_first(n); k < doc->nodes[n].next; k = doc->nodes[k + 1].next) {
            REQUIRE(ff_json_type(doc, k) == FF_JSON_STRING);
            write_value(k, arena);
            ff_json_colon(&json);
            write_value(k + 1, arena);
        }
        ff_json_close(&json, '}');
        break;
    case FF_JSON_NUMBER:
        if (ff_json_int(doc, n, &i) && ff_json_double(doc, n, &d) && i > -(1 << 30) && i < 1 << 30)
            REQUIRE((int64_t)d == i);
        ff_json_put_raw(&json, ff_json_text(doc, n));
        break;
    default:
        ff_json_put_raw(&json, ff_json_text(doc, n));
    }
}

static void on_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    (void)ctx, (void)v, (void)record;
    REQUIRE(ev->kind != FF_KIND_UNSPECIFIED && ev->event_time_us > 0 && ev->event_id.len == 16);
    REQUIRE(ev->recipient.len || ev->kind == FF_KIND_FEEDBACK);
    REQUIRE(ff_slice_is_utf8(ev->recipient) && ff_slice_is_utf8(ev->tenant_id));
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx;
    REQUIRE(dead->message && dead->byte_offset <= record->value.len && dead->payload.len <= record->value.len);
}

static void start(void)
{
    const struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    const struct ff_pipeline_sink sink = {NULL, on_result, on_dead};
    doc = ff_json_doc_new(100000);
    again = ff_json_doc_new(100000);
    ff_json_out_init(&json);
    pipeline = ff_pipeline_new(&ff_decoder_json, &opts, NULL, &sink);
    REQUIRE(doc && again && pipeline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ff_err_at at = {0};
    struct ff_arena arena, arena2;
    if (!doc)
        start();
    enum ff_err err = ff_json_parse(doc, ff_slice_of(data, size), &at);
    if (err) {
        REQUIRE(at.err == err && at.msg && at.offset_bytes <= size);
    } else {
        ff_arena_init(&arena, mem, sizeof mem);
        ff_json_out_reset(&json);
        write_value(0, &arena);
        REQUIRE(ff_json_parse(again, ff_slice_of(json.buf, json.len), &at) == FF_OK && again->count == doc->count);
        ff_arena_init(&arena, mem, sizeof mem);
        ff_arena_init(&arena2, mem2, sizeof mem2);
        for (uint32_t n = 0; n < doc->count; n++) {
            struct ff_slice a, b;
            REQUIRE(ff_json_type(doc, n) == ff_json_type(again, n) && doc->nodes[n].next == again->nodes[n].next);
            if (ff_json_type(doc, n) == FF_JSON_STRING)
                REQUIRE(ff_json_string(doc, n, &arena, &a) && ff_json_string(again, n, &arena2, &b) &&
                        ff_slice_eq(a, b));
        }
    }
    struct ff_record record = {.value = ff_slice_of(data, size), .position = {"fuzz", -1, 1}};
    struct ff_pipeline_counts counts;
    ff_pipeline_record(pipeline, &record);
    ff_pipeline_counts(pipeline, &counts);
    REQUIRE(ff_accounting_holds(&counts.accounting));
    return 0;
}
