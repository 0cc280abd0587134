/* pipeline.c: see pipeline.h. Items are counted here and nowhere else: one per answer of the decoder. */
#include "ingest/pipeline/pipeline.h"

#include <stdlib.h>

#include "proto/address.h"
#include "proto/batch.h"

struct ff_pipeline {
    const struct ff_decoder_ops *format;
    void *decoder;
    struct ff_judge *judge; /* borrowed; NULL: none */
    struct ff_pipeline_sink sink;
    const struct ff_domain_map *only_from, *skip_recipients; /* NULL: all */
    struct ff_decode_sink answers;
    struct ff_pipeline_counts counts;
};

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    struct ff_pipeline *p = ctx;
    p->counts.accounting.items++;
    p->counts.accounting.dead++;
    p->counts.accounting.dead_by[dead->reason]++;
    p->sink.dead(p->sink.ctx, dead, record);
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    struct ff_pipeline *p = ctx;
    p->counts.accounting.items++;
    p->counts.accounting.ignored++;
    p->counts.accounting.ignored_by[reason]++;
}

static bool has_domains(const struct ff_domain_map *m)
{
    return m && m->count;
}

/* Is anything? Asked anew for each event: the maps may have got their first domain since the last one. */
static bool leaves_out(const struct ff_pipeline *p)
{
    return has_domains(p->only_from) || has_domains(p->skip_recipients);
}

/* Is the event of mail that the user does not want judged? What a person asked for counts, whoever mailed. */
static bool is_left_out(const struct ff_pipeline *p, const struct ff_event *ev)
{
    if (ev->kind == FF_KIND_FEEDBACK || ev->kind == FF_KIND_UNSUBSCRIBE)
        return false;
    if (has_domains(p->only_from) && !ff_domain_map_find(p->only_from, ff_address_domain(ev->mail_from)))
        return true;
    return ff_domain_map_find(p->skip_recipients, ff_address_domain(ev->recipient)) != NULL;
}

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    struct ff_pipeline *p = ctx;
    struct ff_verdict v = {0};
    if (leaves_out(p) && is_left_out(p, ev)) {
        on_ignored(p, FF_IGNORED_LEFT_OUT);
        return;
    }
    if (ff_event_size_max(ev) > FF_EVENT_BYTES_MAX) { /* no packed record could hold it */
        struct ff_dead_letter dead = {
            .reason = FF_DEAD_TOO_LARGE,
            .message = "the event is larger than one may be; the payload is the beginning of its record",
            .stage = "decode",
            .payload = ff_slice_sub(record->value, 0, FF_DEAD_PAYLOAD_MAX),
            .item_index = -1,
            .full_bytes = record->value.len,
        };
        on_dead(p, &dead, record);
        return;
    }
    p->counts.accounting.items++;
    p->counts.accounting.events++;
    p->counts.by_kind[ev->kind < FF_KIND_COUNT ? ev->kind : FF_KIND_UNSPECIFIED]++;
    if (p->judge) {
        ff_judge_event(p->judge, ev, &v);
        if (ff_kind_is_failure(ev->kind)) {
            uint32_t category = v.category < FF_CATEGORY_COUNT ? v.category : FF_UNCLASSIFIED;
            p->counts.by_category[category]++;
            p->counts.by_action[category][v.action < FF_ACTION_COUNT ? v.action : FF_ACTION_NONE]++;
            p->counts.by_responsible[v.responsible < FF_RESP_COUNT ? v.responsible : FF_RESP_NONE]++;
        }
    }
    p->sink.result(p->sink.ctx, ev, &v, record);
}

struct ff_pipeline *ff_pipeline_new(const struct ff_decoder_ops *format, const struct ff_decode_options *opts,
                                    struct ff_judge *judge, const struct ff_pipeline_sink *sink)
{
    struct ff_pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->format = format;
    p->judge = judge;
    p->sink = *sink;
    p->only_from = opts->only_from;
    p->skip_recipients = opts->skip_recipients;
    p->answers = (struct ff_decode_sink){p, on_event, on_ignored, on_dead};
    struct ff_decode_options own = *opts;
    own.deliveries_counted &= !leaves_out(p); /* whose they are must be known to count them */
    p->decoder = format->new_(&own);
    if (!p->decoder) {
        ff_pipeline_free(p);
        return NULL;
    }
    return p;
}

void ff_pipeline_free(struct ff_pipeline *p)
{
    if (!p)
        return;
    if (p->decoder)
        p->format->free_(p->decoder);
    free(p);
}

static bool is_blank(struct ff_slice s)
{
    /* the first byte nearly always decides */
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != ' ' && s.ptr[i] != '\t' && s.ptr[i] != '\r' && s.ptr[i] != '\n')
            return false;
    }
    return true;
}

/* Nothing to decode. A blank line of a file is no item; a record of Kafka is one: where nothing is counted, nobody
 * sees that a shipper sends nothing but keys or line ends. To a binary format blanks are bytes. */
static bool is_empty(const struct ff_pipeline *p, const struct ff_record *record)
{
    bool of_kafka = record->position.partition >= 0;
    return p->format->framing == FF_FRAMING_LINES ? is_blank(record->value) : of_kafka && record->value.len == 0;
}

static void pass_over(struct ff_pipeline *p, const struct ff_record *record)
{
    if (record->position.partition < 0)
        return;
    p->counts.accounting.records++;
    on_ignored(p, FF_IGNORED_EMPTY);
}

void ff_pipeline_record(struct ff_pipeline *p, const struct ff_record *record)
{
    bool lines = p->format->framing == FF_FRAMING_LINES;
    if (record->full_bytes || (lines && record->value.len > FF_RECORD_BYTES_MAX)) {
        struct ff_dead_letter dead = {
            .reason = FF_DEAD_TOO_LARGE,
            .message = "longer than a record may be; the payload is its beginning",
            .stage = "decode",
            .payload = ff_slice_sub(record->value, 0, FF_DEAD_PAYLOAD_MAX),
            .byte_offset = record->value.len,
            .item_index = -1,
            .full_bytes = record->full_bytes ? record->full_bytes : record->value.len,
        };
        p->counts.accounting.records++;
        on_dead(p, &dead, record);
        return;
    }
    if (is_empty(p, record)) {
        pass_over(p, record);
        return;
    }
    p->counts.accounting.records++;
    p->format->decode(p->decoder, record, &p->answers);
}

int64_t ff_pipeline_needs_from(struct ff_pipeline *p, const char *name, int32_t partition)
{
    return p->format->needs_from ? p->format->needs_from(p->decoder, name, partition) : INT64_MAX;
}

void ff_pipeline_counts(const struct ff_pipeline *p, struct ff_pipeline_counts *ret)
{
    *ret = p->counts;
}

void ff_pipeline_counts_add(struct ff_pipeline_counts *a, const struct ff_pipeline_counts *b)
{
    ff_accounting_add(&a->accounting, &b->accounting);
    for (size_t i = 0; i < FF_KIND_COUNT; i++)
        a->by_kind[i] += b->by_kind[i];
    for (size_t i = 0; i < FF_CATEGORY_COUNT; i++)
        a->by_category[i] += b->by_category[i];
    for (size_t i = 0; i < FF_CATEGORY_COUNT; i++)
        for (size_t k = 0; k < FF_ACTION_COUNT; k++)
            a->by_action[i][k] += b->by_action[i][k];
    for (size_t i = 0; i < FF_RESP_COUNT; i++)
        a->by_responsible[i] += b->by_responsible[i];
}
