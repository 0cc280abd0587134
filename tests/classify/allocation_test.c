/* allocation_test.c: from a record of any format to a verdict, nothing is allocated once both sides have
 * warmed up. The linker sends every allocation of our libraries here; the input is the generator's. */
#include "bench/allocations.h"
#include "bench/generated.h"
#include "classify/classify.h"
#include "ingest/formats/formats.h"
#include "tests/classify/fixture.h"

#define EVENTS 4000

static struct {
    struct ff_classifier *classifier;
    size_t events, failures, categories;
} seen;

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    struct ff_verdict v;
    (void)ctx, (void)record;
    ff_classify_event(seen.classifier, ev, &v);
    seen.events++;
    seen.failures += ff_kind_is_failure(ev->kind);
    seen.categories += v.category;
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    (void)ctx, (void)reason;
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx, (void)record;
    CHECK(false, "dead: %s %s", ff_dead_name(dead->reason), dead->message);
}

static const struct ff_decode_sink sink = {NULL, on_event, on_ignored, on_dead};

static void pass(const struct ff_decoder_ops *ops, void *decoder, const struct ff_slice *records, size_t count)
{
    seen.events = seen.failures = seen.categories = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ff_record record = {
            .value = records[i], .position = {"t", 0, (int64_t)i}, .timestamp_us = GEN_START_DEFAULT_US};
        ops->decode(decoder, &record, &sink);
    }
}

static void check(const char *name, const char *format, const struct ff_slice *records, size_t count)
{
    const struct ff_decode_options opts = {.default_tenant = FF_SLICE("default"), .now_us = GEN_START_DEFAULT_US};
    const struct ff_decoder_ops *ops = ff_decoder_find(ff_slice_str(format));
    void *decoder = ops->new_(&opts);
    CASE(name);
    pass(ops, decoder, records, count);
    uint64_t before = allocations_count();
    pass(ops, decoder, records, count);
    CHECK_INT(allocations_count() - before, 0);
    CHECK(seen.failures > EVENTS / 100 && seen.categories > seen.failures, "%zu events, %zu failures", seen.events,
          seen.failures);
    ops->free_(decoder);
}

static void check_lines(const char *name, const char *format, enum gen_format generate)
{
    struct bench_lines lines;
    bench_lines_init(&lines, generate, EVENTS);
    check(name, format, lines.lines, lines.count);
    bench_lines_fini(&lines);
}

static void check_packed(const char *name, int zstd_level)
{
    struct bench_records records;
    bench_records_init(&records, EVENTS, zstd_level);
    check(name, "packed", records.records, records.count);
    bench_records_fini(&records);
}

int main(void)
{
    struct ff_ruleset *rules = fixture_rules();
    seen.classifier = fixture_classifier(rules, 0);
    check_packed("packed records", 0);
    check_packed("packed records behind zstd", 1);
    check_lines("our own JSON", "json", GEN_JSON);
    check_lines("KumoMTA's log records", "kumomta", GEN_KUMOMTA);
    check_lines("Postfix log lines", "postfix", GEN_POSTFIX);
    ff_classifier_free(seen.classifier);
    CASE("with verdicts that never stay in the table, too");
    seen.classifier = fixture_classifier(rules, 4);
    check_lines("KumoMTA's log records, a table of four entries", "kumomta", GEN_KUMOMTA);
    ff_classifier_free(seen.classifier);
    ff_ruleset_free(rules);
    return test_end();
}
