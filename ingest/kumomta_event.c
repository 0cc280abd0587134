/* kumomta_event.c: one KumoMTA log record (a JSON object) to its events.
 *
 * The members are found in one walk: serde writes them in a fixed order, so the next known key is nearly always the one
 * after the last; a key elsewhere costs a look at the whole table, never a wrong answer. Kinds follow `type` and
 * nothing else: 503 is a TransientFailure and an operator may make a Bounce of a 4xx. What is left out is decided
 * before anything can be missing, because a Rejection mostly has no recipient.
 */
#include "ingest/kumomta_int.h"
#include "proto/time_text.h"
#include "proto/wire.h"

/* A report's clock is believed within this distance of the report's arrival; RFC 3464 2.3.7 dates come from
 * anywhere. */
#define REPORT_CLOCK_SLACK_US (7 * 86400 * INT64_C(1000000))
/* Mail cannot be queued after its event; clocks of a cluster differ by less. */
#define QUEUED_SLACK_US (5 * 60 * INT64_C(1000000))
#define TIME_US_MAX INT64_C(253402300799000000) /* end of the year 9999, as far as times can be written */

#define KEY(text) {(const uint8_t *)(text), sizeof(text) - 1}
static const struct ff_slice key_names[FF_KUMO_KEY_COUNT] = {
    [FF_KUMO_TYPE] = KEY("type"),
    [FF_KUMO_ID] = KEY("id"),
    [FF_KUMO_SENDER] = KEY("sender"),
    [FF_KUMO_RECIPIENT] = KEY("recipient"),
    [FF_KUMO_QUEUE] = KEY("queue"),
    [FF_KUMO_SITE] = KEY("site"),
    [FF_KUMO_SIZE] = KEY("size"),
    [FF_KUMO_RESPONSE] = KEY("response"),
    [FF_KUMO_PEER_ADDRESS] = KEY("peer_address"),
    [FF_KUMO_TIMESTAMP] = KEY("timestamp"),
    [FF_KUMO_EVENT_TIME] = KEY("event_time"),
    [FF_KUMO_CREATED] = KEY("created"),
    [FF_KUMO_CREATED_TIME] = KEY("created_time"),
    [FF_KUMO_NUM_ATTEMPTS] = KEY("num_attempts"),
    [FF_KUMO_CLASSIFICATION] = KEY("bounce_classification"),
    [FF_KUMO_EGRESS_POOL] = KEY("egress_pool"),
    [FF_KUMO_EGRESS_SOURCE] = KEY("egress_source"),
    [FF_KUMO_SOURCE_ADDRESS] = KEY("source_address"),
    [FF_KUMO_FEEDBACK_REPORT] = KEY("feedback_report"),
    [FF_KUMO_META] = KEY("meta"),
    [FF_KUMO_HEADERS] = KEY("headers"),
    [FF_KUMO_DELIVERY_PROTOCOL] = KEY("delivery_protocol"),
    [FF_KUMO_RECEPTION_PROTOCOL] = KEY("reception_protocol"),
    [FF_KUMO_NODEID] = KEY("nodeid"),
    [FF_KUMO_PROVIDER_NAME] = KEY("provider_name"),
};

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

static void find_members(struct ff_kumomta *k, uint32_t object)
{
    const struct ff_json_node *nodes = k->doc->nodes;
    for (size_t i = 0; i < FF_KUMO_KEY_COUNT; i++)
        k->field[i] = FF_JSON_NONE;
    size_t expected = 0;
    for (uint32_t n = ff_json_first(object), end = nodes[object].next; n < end; n = nodes[n + 1].next) {
        struct ff_slice key = nodes[n].escaped ? ff_kumomta_text(k, n) : ff_json_text(k->doc, n);
        size_t i = expected;
        if (i >= FF_KUMO_KEY_COUNT || !ff_slice_eq(key, key_names[i]))
            for (i = 0; i < FF_KUMO_KEY_COUNT && !ff_slice_eq(key, key_names[i]);)
                i++;
        if (i < FF_KUMO_KEY_COUNT) {
            k->field[i] = n + 1;
            expected = i + 1;
        }
    }
}

static struct ff_slice field_text(struct ff_kumomta *k, enum ff_kumomta_key key)
{
    return ff_kumomta_text(k, k->field[key]);
}

static int64_t field_int(const struct ff_kumomta *k, uint32_t node, int64_t max)
{
    int64_t v;
    return node != FF_JSON_NONE && ff_json_int(k->doc, node, &v) && v >= 0 && v <= max ? v : 0;
}

struct ff_slice ff_kumomta_scalar(struct ff_kumomta *k, uint32_t node)
{
    if (node != FF_JSON_NONE && ff_json_type(k->doc, node) == FF_JSON_NUMBER)
        return ff_json_text(k->doc, node);
    return ff_kumomta_text(k, node);
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
static int64_t field_time(struct ff_kumomta *k, enum ff_kumomta_key text_key, enum ff_kumomta_key int_key)
{
    int64_t us;
    struct ff_slice text = field_text(k, text_key);
    if (text.len && ff_time_parse(text, false, &us, NULL))
        return us;
    return field_int(k, k->field[int_key], TIME_US_MAX / 1000000) * 1000000;
}

/** Sets both times of ev. *ret_logged_us is the record's own time, also where it is not believed. */
static bool set_times(struct ff_kumomta *k, struct ff_event *ev, int64_t *ret_logged_us)
{
    int64_t at = field_time(k, FF_KUMO_EVENT_TIME, FF_KUMO_TIMESTAMP);
    int64_t created = field_time(k, FF_KUMO_CREATED_TIME, FF_KUMO_CREATED);
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

static void set_identity(struct ff_kumomta *k, struct ff_event *ev)
{
    uint32_t meta = k->field[FF_KUMO_META];
    struct ff_slice campaign, tenant;
    ff_kumomta_queue_parse(field_text(k, FF_KUMO_QUEUE), &campaign, &tenant);
    ev->tenant_id = ff_kumomta_scalar(k, ff_kumomta_member(k, meta, FF_SLICE("tenant")));
    ev->campaign_id = ff_kumomta_scalar(k, ff_kumomta_member(k, meta, FF_SLICE("campaign")));
    ev->stream_id = ff_kumomta_scalar(k, ff_kumomta_member(k, meta, FF_SLICE("stream")));
    if (!ev->tenant_id.len)
        ev->tenant_id = tenant.len ? tenant : k->record->tenant.len ? k->record->tenant : k->opts.default_tenant;
    if (!ev->campaign_id.len)
        ev->campaign_id = campaign;
    ev->egress_pool = field_text(k, FF_KUMO_EGRESS_POOL);
    ev->egress_source = field_text(k, FF_KUMO_EGRESS_SOURCE);
    if (ff_slice_eq(ev->egress_pool, FF_SLICE("unspecified")))
        ev->egress_pool.len = 0;
    if (ff_slice_eq(ev->egress_source, FF_SLICE("unspecified")))
        ev->egress_source.len = 0;
    if (!ev->stream_id.len && ev->egress_pool.len && k->opts.stream_of)
        ev->stream_id = k->opts.stream_of(k->opts.stream_ctx, ev->egress_pool);
    ev->message_id = field_text(k, FF_KUMO_ID);
    ev->mta_node = field_text(k, FF_KUMO_NODEID);
    ev->provider = field_text(k, FF_KUMO_PROVIDER_NAME);
}

static void set_hosts(struct ff_kumomta *k, struct ff_event *ev, struct ff_kumomta_reply *reply)
{
    uint32_t peer = k->field[FF_KUMO_PEER_ADDRESS];
    reply->has_peer = peer != FF_JSON_NONE && ff_json_type(k->doc, peer) == FF_JSON_OBJECT;
    struct ff_slice name = ff_kumomta_text(k, ff_kumomta_member(k, peer, FF_SLICE("name")));
    reply->peer_is_script = ff_slice_starts(name, FF_SLICE("Lua via "));
    if (!reply->peer_is_script) {
        if (name.len && name.ptr[name.len - 1] == '.')
            name.len--;
        ev->remote_host = name;
        if (ev->kind != FF_KIND_OOB) { /* there it is the client that brought the report in */
            struct ff_slice addr = ff_kumomta_text(k, ff_kumomta_member(k, peer, FF_SLICE("addr")));
            ev->remote_ip = ff_slice_of(k->remote_ip, ff_kumomta_endpoint_ip(addr, k->remote_ip));
        }
    }
    uint32_t source = k->field[FF_KUMO_SOURCE_ADDRESS];
    struct ff_slice local = ff_kumomta_text(k, ff_kumomta_member(k, source, FF_SLICE("address")));
    ev->local_ip = ff_slice_of(k->local_ip, ff_kumomta_endpoint_ip(local, k->local_ip));
}

/** What the sending side knows about the message; means nothing in a record about a report. */
static void set_message(struct ff_kumomta *k, struct ff_event *ev)
{
    int64_t attempts = field_int(k, k->field[FF_KUMO_NUM_ATTEMPTS], 65535);
    bool counts_this_one = ev->kind == FF_KIND_EXPIRATION || ev->kind == FF_KIND_ADMIN_BOUNCE;
    ev->attempt = (uint32_t)(counts_this_one ? attempts : attempts + 1);
    ev->size_bytes = (uint32_t)field_int(k, k->field[FF_KUMO_SIZE], UINT32_MAX);
    uint32_t headers = k->field[FF_KUMO_HEADERS];
    if (headers == FF_JSON_NONE || ff_json_type(k->doc, headers) != FF_JSON_OBJECT)
        return;
    uint32_t end = k->doc->nodes[headers].next;
    for (uint32_t n = ff_json_first(headers); n < end; n = k->doc->nodes[n + 1].next) {
        struct ff_slice name = ff_json_text(k->doc, n);
        if (ff_slice_caseeq(name, FF_SLICE("from")))
            ev->from_domain = ff_kumomta_from_domain(ff_kumomta_text(k, n + 1));
        else if (ff_slice_caseeq(name, FF_SLICE("message-id")))
            ev->rfc_message_id = ff_kumomta_unbracket(ff_kumomta_text(k, n + 1));
    }
}

static bool read_reply(struct ff_kumomta *k, struct ff_kumomta_reply *reply)
{
    uint32_t response = k->field[FF_KUMO_RESPONSE];
    if (response == FF_JSON_NONE || ff_json_type(k->doc, response) != FF_JSON_OBJECT)
        return false;
    reply->code = (uint32_t)field_int(k, ff_kumomta_member(k, response, FF_SLICE("code")), 65535);
    reply->content = ff_kumomta_text(k, ff_kumomta_member(k, response, FF_SLICE("content")));
    reply->command = ff_kumomta_text(k, ff_kumomta_member(k, response, FF_SLICE("command")));
    uint32_t enhanced = ff_kumomta_member(k, response, FF_SLICE("enhanced_code"));
    int64_t c = field_int(k, ff_kumomta_member(k, enhanced, FF_SLICE("class")), 5);
    int64_t s = field_int(k, ff_kumomta_member(k, enhanced, FF_SLICE("subject")), 999);
    int64_t d = field_int(k, ff_kumomta_member(k, enhanced, FF_SLICE("detail")), 999);
    if (c >= 2)
        reply->enhanced = FF_ENHANCED((uint32_t)c, (uint32_t)s, (uint32_t)d);
    return true;
}

/** bounce_classification as message VendorClass. */
static void set_vendor(struct ff_kumomta *k, struct ff_event *ev)
{
    struct ff_slice value = field_text(k, FF_KUMO_CLASSIFICATION);
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
static bool is_own_traffic(struct ff_kumomta *k, enum ff_ignored *ret_reason)
{
    struct ff_slice queue = field_text(k, FF_KUMO_QUEUE);
    if (ff_slice_eq(field_text(k, FF_KUMO_RECEPTION_PROTOCOL), FF_SLICE("LogRecord")) ||
        ff_slice_ends(queue, FF_SLICE(".log_hook"))) {
        *ret_reason = FF_IGNORED_LOG_HOOK;
        return true;
    }
    *ret_reason = FF_IGNORED_INTERNAL;
    return ff_slice_ends(queue, FF_SLICE("xfer.kumomta.internal")) ||
           ff_slice_ends(queue, FF_SLICE("generator.kumomta.internal")) ||
           ff_slice_eq(field_text(k, FF_KUMO_DELIVERY_PROTOCOL), FF_SLICE("HttpInjectionGenerator"));
}

void ff_kumomta_object(struct ff_kumomta *k, uint32_t node)
{
    find_members(k, node);
    int kind = kind_of(field_text(k, FF_KUMO_TYPE));
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
    if (!read_reply(k, &reply) && ev.kind != FF_KIND_FEEDBACK) {
        ff_kumomta_dead(k, FF_DEAD_JSON_SHAPE, "no response object");
        return;
    }
    if (!set_times(k, &ev, &logged_us)) {
        ff_kumomta_dead(k, FF_DEAD_BAD_TIME, "no usable event_time or timestamp");
        return;
    }
    set_identity(k, &ev);
    set_hosts(k, &ev, &reply);
    set_vendor(k, &ev);
    if (ev.kind == FF_KIND_FEEDBACK) {
        ff_kumomta_feedback(k, &ev);
        return;
    }
    ev.mail_from = field_text(k, FF_KUMO_SENDER);
    if (ev.kind == FF_KIND_OOB) {
        ff_kumomta_oob(k, &reply, logged_us, &ev);
    } else {
        set_message(k, &ev);
        ff_kumomta_judge(k, &reply, &ev);
    }
    if (!ff_kumomta_emit_each(k, &ev, k->field[FF_KUMO_RECIPIENT], NULL))
        ff_kumomta_dead(k, FF_DEAD_MISSING_RECIPIENT, "no recipient");
}
