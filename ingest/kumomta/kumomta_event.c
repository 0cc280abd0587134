/* kumomta_event.c: one KumoMTA log record (a JSON object) to its events.
 *
 * Kinds follow `type` and nothing else: 503 is a TransientFailure and an operator may make a Bounce of a 4xx. What is
 * left out is decided before anything can be missing, because a Rejection mostly has no recipient.
 */
#include "ingest/kumomta/kumomta_answer.h"
#include "ingest/kumomta/kumomta_event.h"
#include "ingest/kumomta/kumomta_names.h"
#include "ingest/kumomta/kumomta_reply.h"
#include "ingest/kumomta/kumomta_report.h"
#include "proto/batch.h"
#include "proto/time_text.h"
#include "proto/wire.h"

/* A report's clock is believed within this distance of the report's arrival; RFC 3464 2.3.7 dates come from
 * anywhere. */
#define REPORT_CLOCK_SLACK_US (7 * 86400 * INT64_C(1000000))
/* Mail cannot be queued after its event; clocks of a cluster differ by less. */
#define QUEUED_SLACK_US (5 * 60 * INT64_C(1000000))
#define TIME_US_MAX INT64_C(253402300799000000) /* end of the year 9999, as far as times can be written */

#define KEY(text) {(const uint8_t *)(text), sizeof(text) - 1}
#define IGNORE(reason) (-1 - (int)(reason))
static const struct {
    struct ff_slice name;
    int kind; /* enum ff_kind, or IGNORE(why) */
} types[] = {
    {KEY("Delivery"), FF_KIND_DELIVERY},
    {KEY("Bounce"), FF_KIND_BOUNCE},
    {KEY("TransientFailure"), FF_KIND_TRANSIENT_FAILURE},
    {KEY("Reception"), IGNORE(FF_IGNORED_RECEPTION)},
    {KEY("Expiration"), FF_KIND_EXPIRATION},
    {KEY("AdminBounce"), FF_KIND_ADMIN_BOUNCE},
    {KEY("OOB"), FF_KIND_OOB},
    {KEY("Feedback"), FF_KIND_FEEDBACK},
    {KEY("Delayed"), FF_KIND_DELAYED},
    {KEY("Rejection"), IGNORE(FF_IGNORED_INBOUND)},
    {KEY("AdminRebind"), IGNORE(FF_IGNORED_INTERNAL)},
    {KEY("DeferredInjectionRebind"), IGNORE(FF_IGNORED_INTERNAL)},
    {KEY("XferOut"), IGNORE(FF_IGNORED_INTERNAL)},
    {KEY("XferIn"), IGNORE(FF_IGNORED_INTERNAL)},
};

static struct ff_slice text_of(const struct ff_kumomta *k, enum ff_kumomta_text which)
{
    return k->fields.text[which];
}

/** 0 when it is over max. */
static int64_t number_of(const struct ff_kumomta *k, enum ff_kumomta_number which, int64_t max)
{
    int64_t v = k->fields.number[which];
    return v <= max ? v : 0;
}

/** What a type says; FF_KIND_COUNT for one that is not known. */
static int kind_of(struct ff_slice type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (ff_slice_eq(type, types[i].name))
            return types[i].kind;
    }
    return FF_KIND_COUNT;
}

/** A text time, else the integer of the same instant; 0: neither is there. */
static int64_t time_of(const struct ff_kumomta *k, enum ff_kumomta_text as_text, enum ff_kumomta_number as_number)
{
    int64_t us;
    struct ff_slice text = text_of(k, as_text);
    if (text.len && ff_time_parse(text, false, &us, NULL))
        return us;
    return number_of(k, as_number, TIME_US_MAX / 1000000) * 1000000;
}

/** A delivery that nobody will read. A long record is read all the same: its event may be larger than one may be, which
 * makes it a dead letter. Of one that is only counted nobody asks whose it is (FF_DEAD_BAD_TENANT). */
static bool is_only_counted(const struct ff_kumomta *k, uint32_t kind)
{
    return kind == FF_KIND_DELIVERY && k->opts.deliveries_counted &&
           k->item.len + k->record->tenant.len <= FF_EVENT_BYTES_MAX / 2;
}

/** Sets both times of ev; of one that is only counted, its own. *ret_logged_us is the record's own time, also where it
 * is not believed. */
static bool set_times(struct ff_kumomta *k, struct ff_event *ev, int64_t *ret_logged_us)
{
    int64_t at = time_of(k, FF_KUMO_EVENT_TIME, FF_KUMO_TIMESTAMP);
    int64_t created = k->counted ? 0 : time_of(k, FF_KUMO_CREATED_TIME, FF_KUMO_CREATED);
    *ret_logged_us = at;
    if (!at) {
        at = k->record->timestamp_us;
        ev->flags |= FF_FLAG_CLOCK_SUSPECT;
    }
    if (ev->kind == FF_KIND_OOB) {
        /* `created` is when the report came in, by our clock; the event's time may be the reporter's */
        int64_t arrived = created ? created : k->record->timestamp_us;
        if (arrived && (at < arrived - REPORT_CLOCK_SLACK_US || at > arrived + REPORT_CLOCK_SLACK_US)) {
            at = arrived;
            ev->flags |= FF_FLAG_CLOCK_SUSPECT;
        }
    } else if (ev->kind != FF_KIND_FEEDBACK && created) {
        /* after a transfer between nodes `created` can lie centuries ahead */
        if (created <= at + QUEUED_SLACK_US)
            ev->queued_time_us = created;
        else
            ev->flags |= FF_FLAG_CLOCK_SUSPECT;
    }
    ev->event_time_us = at;
    return at > 0;
}

/** Is the peer, or the host that a hidden reply names, a hop of ours? */
static bool is_own_relay(const struct ff_kumomta *k, const struct ff_event *ev)
{
    uint8_t ip[16];
    struct ff_slice address = text_of(k, FF_KUMO_PEER_ADDR);
    if (!ff_own_relays_may_have(k->opts.own_relays, address))
        return false;
    struct ff_relay relay = {.name = text_of(k, FF_KUMO_PEER_NAME),
                             .ip = ff_slice_of(ip, ff_kumomta_endpoint_ip(address, ip)),
                             .port = ff_relay_port(address),
                             .socket = ff_slice_chr(address, 0, '/') != SIZE_MAX};
    if (relay.name.len && relay.name.ptr[relay.name.len - 1] == '.')
        relay.name.len--;
    if (!relay.ip.len)
        relay.ip = ev->remote_ip;
    return ff_own_relays_have(k->opts.own_relays, &relay);
}

/** Mail that was only handed on to a hop of ours. LMTP that says nothing of a queue brought it into a mailbox. */
static bool is_handed_on(const struct ff_kumomta *k, const struct ff_event *ev)
{
    if (ev->kind != FF_KIND_DELIVERY || !(k->fields.has >> FF_KUMO_IN_PEER & 1) || !is_own_relay(k, ev))
        return false;
    return !ff_slice_caseeq(text_of(k, FF_KUMO_DELIVERY_PROTOCOL), FF_SLICE("LMTP")) ||
           ff_slice_find(text_of(k, FF_KUMO_CONTENT), 0, FF_SLICE("queued as")) != SIZE_MAX;
}

static void set_identity(struct ff_kumomta *k, struct ff_event *ev)
{
    struct ff_slice campaign, tenant;
    ff_kumomta_queue_parse(text_of(k, FF_KUMO_QUEUE), &campaign, &tenant);
    ev->tenant_id = text_of(k, FF_KUMO_META_TENANT);
    ev->campaign_id = text_of(k, FF_KUMO_META_CAMPAIGN);
    ev->stream_id = text_of(k, FF_KUMO_META_STREAM);
    if (!ev->tenant_id.len)
        ev->tenant_id = tenant; /* without one: ff_kumomta_emit() */
    if (!ev->campaign_id.len)
        ev->campaign_id = campaign;
    ev->egress_pool = text_of(k, FF_KUMO_EGRESS_POOL);
    ev->egress_source = text_of(k, FF_KUMO_EGRESS_SOURCE);
    if (ff_slice_eq(ev->egress_pool, FF_SLICE("unspecified")))
        ev->egress_pool.len = 0;
    if (ff_slice_eq(ev->egress_source, FF_SLICE("unspecified")))
        ev->egress_source.len = 0;
    if (!ev->stream_id.len && ev->egress_pool.len && k->opts.stream_of)
        ev->stream_id = k->opts.stream_of(k->opts.stream_ctx, ev->egress_pool);
    ev->message_id = text_of(k, FF_KUMO_ID);
    ev->mta_node = text_of(k, FF_KUMO_NODEID);
    ev->provider = text_of(k, FF_KUMO_PROVIDER_NAME);
}

static void set_hosts(struct ff_kumomta *k, struct ff_event *ev, struct ff_kumomta_reply *reply)
{
    reply->has_peer = k->fields.has >> FF_KUMO_IN_PEER & 1;
    struct ff_slice name = text_of(k, FF_KUMO_PEER_NAME);
    reply->peer_is_script = ff_slice_starts(name, FF_SLICE("Lua via "));
    if (!reply->peer_is_script) {
        if (name.len && name.ptr[name.len - 1] == '.')
            name.len--;
        ev->remote_host = name;
        if (ev->kind != FF_KIND_OOB) { /* there it is the client that brought the report in */
            struct ff_slice addr = text_of(k, FF_KUMO_PEER_ADDR);
            ev->remote_ip = ff_slice_of(k->remote_ip, ff_kumomta_endpoint_ip(addr, k->remote_ip));
        }
    }
    struct ff_slice local = text_of(k, FF_KUMO_SOURCE_ADDR);
    ev->local_ip = ff_slice_of(k->local_ip, ff_kumomta_endpoint_ip(local, k->local_ip));
}

/** What the sending side knows about the message; means nothing in a record about a report. */
static void set_message(struct ff_kumomta *k, struct ff_event *ev)
{
    int64_t attempts = number_of(k, FF_KUMO_NUM_ATTEMPTS, 65535);
    bool counts_this_one = ev->kind == FF_KIND_EXPIRATION || ev->kind == FF_KIND_ADMIN_BOUNCE;
    ev->attempt = (uint32_t)(counts_this_one ? attempts : attempts + 1);
    ev->size_bytes = (uint32_t)number_of(k, FF_KUMO_SIZE, UINT32_MAX);
    ev->from_domain = ff_kumomta_from_domain(text_of(k, FF_KUMO_HEADER_FROM));
    ev->rfc_message_id = ff_kumomta_unbracket(text_of(k, FF_KUMO_HEADER_MESSAGE_ID));
}

static bool read_reply(const struct ff_kumomta *k, struct ff_kumomta_reply *reply)
{
    if (!(k->fields.has >> FF_KUMO_IN_RESPONSE & 1))
        return false;
    reply->code = (uint32_t)number_of(k, FF_KUMO_CODE, 65535);
    reply->content = text_of(k, FF_KUMO_CONTENT);
    reply->command = text_of(k, FF_KUMO_COMMAND);
    int64_t c = number_of(k, FF_KUMO_CLASS, 5);
    int64_t s = number_of(k, FF_KUMO_SUBJECT, 999);
    int64_t d = number_of(k, FF_KUMO_DETAIL, 999);
    if (c >= 2)
        reply->enhanced = FF_ENHANCED((uint32_t)c, (uint32_t)s, (uint32_t)d);
    return true;
}

/** bounce_classification as message VendorClass. */
static void set_vendor(struct ff_kumomta *k, struct ff_event *ev)
{
    struct ff_slice value = text_of(k, FF_KUMO_CLASSIFICATION);
    if (!value.len || ff_slice_eq(value, FF_SLICE("Uncategorized")))
        return;
    size_t size = value.len + 24;
    uint8_t *mem = ff_arena_bytes(&k->arena, size);
    if (!mem)
        return;
    struct ff_wire_out out = ff_wire_out(mem, size);
    ff_wire_put_bytes(&out, 1, FF_SLICE("kumomta"));
    ff_wire_put_bytes(&out, 2, value);
    if (!out.full)
        ev->vendor = ff_wire_done(&out);
}

/** Records about KumoMTA's own traffic: log records under way, mail between nodes, deferred injections. A recipient in
 * them has not been tried. */
static bool is_own_traffic(const struct ff_kumomta *k, enum ff_ignored *ret_reason)
{
    struct ff_slice queue = text_of(k, FF_KUMO_QUEUE);
    if (ff_slice_eq(text_of(k, FF_KUMO_RECEPTION_PROTOCOL), FF_SLICE("LogRecord")) ||
        ff_slice_ends(queue, FF_SLICE(".log_hook"))) {
        *ret_reason = FF_IGNORED_LOG_HOOK;
        return true;
    }
    *ret_reason = FF_IGNORED_INTERNAL;
    return ff_slice_ends(queue, FF_SLICE("xfer.kumomta.internal")) ||
           ff_slice_ends(queue, FF_SLICE("generator.kumomta.internal")) ||
           ff_slice_eq(text_of(k, FF_KUMO_DELIVERY_PROTOCOL), FF_SLICE("HttpInjectionGenerator"));
}

/** All but recipient and times; false: a feedback record, which then is answered for. */
static bool set_content(struct ff_kumomta *k, struct ff_kumomta_reply *reply, int64_t logged_us, struct ff_event *ev)
{
    set_identity(k, ev);
    set_hosts(k, ev, reply);
    set_vendor(k, ev);
    if (ev->kind == FF_KIND_FEEDBACK) {
        ff_kumomta_feedback(k, ev);
        return false;
    }
    ev->mail_from = text_of(k, FF_KUMO_SENDER);
    if (ev->kind == FF_KIND_OOB) {
        ff_kumomta_oob(k, reply, logged_us, ev);
    } else {
        set_message(k, ev);
        ff_kumomta_judge(k, reply, ev);
        if (ev->origin == FF_ORIGIN_REMOTE_REPLY && is_own_relay(k, ev))
            ev->origin = FF_ORIGIN_LOCAL_POLICY;
    }
    return true;
}

void ff_kumomta_record(struct ff_kumomta *k)
{
    int kind = kind_of(text_of(k, FF_KUMO_TYPE));
    enum ff_ignored reason;
    if (kind == FF_KIND_COUNT) {
        ff_kumomta_dead(k, FF_DEAD_JSON_SHAPE, "no known record type");
        return;
    }
    if (is_own_traffic(k, &reason)) {
        k->sink->ignored(k->sink->ctx, reason);
        return;
    }
    if (kind < 0) {
        k->sink->ignored(k->sink->ctx, (enum ff_ignored)(-1 - kind));
        return;
    }
    struct ff_event ev = {.kind = (uint32_t)kind};
    struct ff_kumomta_reply reply = {0};
    int64_t logged_us;
    k->counted = is_only_counted(k, ev.kind);
    if (!read_reply(k, &reply) && ev.kind != FF_KIND_FEEDBACK) {
        ff_kumomta_dead(k, FF_DEAD_JSON_SHAPE, "no response object");
        return;
    }
    if (is_handed_on(k, &ev)) {
        k->sink->ignored(k->sink->ctx, FF_IGNORED_INTERNAL);
        return;
    }
    if (!set_times(k, &ev, &logged_us)) {
        ff_kumomta_dead(k, FF_DEAD_BAD_TIME, "no usable event_time or timestamp");
        return;
    }
    if (!k->counted && !set_content(k, &reply, logged_us, &ev))
        return;
    struct ff_slice one = ff_kumomta_unbracket(text_of(k, FF_KUMO_RECIPIENT));
    if (one.len)
        ff_kumomta_emit(k, &ev, one);
    else if (!ff_kumomta_emit_each(k, &ev, k->fields.recipients, NULL))
        ff_kumomta_dead(k, FF_DEAD_MISSING_RECIPIENT, "no recipient");
}
