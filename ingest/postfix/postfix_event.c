/* postfix_event.c: see postfix_event.h. */
#include "ingest/postfix/postfix_event.h"
#include "ingest/postfix/postfix_reason.h"
#include "ingest/postfix/postfix_time.h"
#include "ingest/postfix/postfix_utf8.h"

static struct ff_slice clean(struct postfix *d, struct ff_slice s, struct ff_event *ev)
{
    if (ff_slice_is_ascii(s) || ff_slice_is_utf8(s))
        return s;
    ev->flags |= FF_FLAG_LOSSY_UTF8;
    return ff_postfix_repaired(s, &d->arena);
}

/* What all events of a line share. */
static void common_fields(struct postfix *d, const struct ff_log_line *line, const struct ff_postfix_line *pl,
                          struct ff_event *ev)
{
    struct ff_slice name = ff_postfix_syslog_name(line->tag);
    ev->message_id = pl->queue_id;
    ev->mta_node = clean(d, line->host, ev);
    if (name.len && !ff_slice_eq(name, FF_SLICE("postfix"))) {
        ev->egress_source = clean(d, name, ev);
        if (d->opts.stream_of)
            ev->stream_id = d->opts.stream_of(d->opts.stream_ctx, name);
    }
}

/* What earlier lines said, and whose mail that makes it. */
static void joined_fields(struct postfix *d, const struct item *it, const struct ff_joined *j, struct ff_slice sender,
                          struct ff_event *ev)
{
    ev->mail_from = clean(d, sender, ev);
    ev->tenant_id = ff_decode_tenant(&d->opts, it->record, ev->mail_from);
    ev->rfc_message_id = clean(d, j->message_id, ev);
    ev->attempt = j->attempts;
    ev->size_bytes = j->size;
}

/* Who answered: the host that the reason names, else relay=, which alone has a port. */
static struct ff_relay remote_fields(struct postfix *d, const struct ff_postfix_line *pl,
                                     const struct ff_postfix_reply *reply, struct ff_event *ev)
{
    struct ff_slice host = {0}, address = {0};
    size_t end = ff_postfix_host_parse(pl->relay, &host, &address);
    bool named = reply->host.len > 0, same = !named || ff_slice_eq(reply->address, address);
    if (named) {
        host = reply->host;
        address = reply->address;
    }
    if (host.len && host.ptr[host.len - 1] == '.')
        host.len--;
    ev->remote_host = clean(d, host, ev);
    ev->remote_ip = ff_slice_of(d->remote_ip, ff_ip_parse(address, d->remote_ip));
    return (struct ff_relay){.name = host,
                             .ip = ev->remote_ip,
                             .port = same && end ? ff_relay_port(ff_slice_sub(pl->relay, 0, end)) : 0,
                             .socket = ff_slice_chr(address, 0, '/') != SIZE_MAX};
}

/* Was the mail only handed on to a hop of ours? LMTP that says nothing of a queue brought it into a mailbox. */
static bool is_handed_on(const struct ff_log_line *line, const struct ff_event *ev)
{
    return ev->kind == FF_KIND_DELIVERY && (!ff_slice_eq(ff_postfix_process(line->tag), FF_SLICE("lmtp")) ||
                                            ff_slice_find(ev->reply_text, 0, FF_SLICE("queued as")) != SIZE_MAX);
}

/* The zone was neither said nor measured, and somebody may be suppressed at that time: told once. */
static void tell_guess(struct postfix *d, const struct ff_log_line *line, int32_t zone_s, const struct ff_event *ev)
{
    bool local = line->time == FF_LOG_TIME_NO_YEAR || line->time == FF_LOG_TIME_NO_ZONE;
    if (!local || zone_s != FF_ZONE_UNKNOWN || d->opts.zone || d->told_zone || !ff_kind_is_failure(ev->kind))
        return;
    d->told_zone = true;
    if (d->opts.zone_is_guessed)
        d->opts.zone_is_guessed();
}

/* The id is made of the line alone: called before anything is joined. The delays tell two attempts within one second
 * apart, orig_to two aliases of one recipient. */
static void set_event_id(struct postfix *d, const struct ff_log_line *line, const struct ff_postfix_line *pl,
                         struct ff_event *ev)
{
    const struct ff_slice parts[] = {line->host, pl->queue_id, pl->delay, pl->delays, pl->orig_to};
    uint8_t salt[1024];
    size_t len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t n = parts[i].len < sizeof salt / 5 - 1 ? parts[i].len : sizeof salt / 5 - 1;
        if (n)
            memcpy(salt + len, parts[i].ptr, n);
        len += n;
        salt[len++] = 0x1f;
    }
    ff_event_content_id(ev, ff_slice_of(salt, len), d->event_id);
    ev->event_id = ff_slice_of(d->event_id, sizeof d->event_id);
}

static const enum ff_kind kind_of_status[FF_POSTFIX_STATUS_COUNT] = {
    [FF_POSTFIX_SENT] = FF_KIND_DELIVERY,
    [FF_POSTFIX_DEFERRED] = FF_KIND_TRANSIENT_FAILURE,
    [FF_POSTFIX_BOUNCED] = FF_KIND_BOUNCE,
    [FF_POSTFIX_SOFTBOUNCE] = FF_KIND_TRANSIENT_FAILURE, /* soft_bounce = yes: the mail stays in the queue */
    [FF_POSTFIX_DELIVERABLE] = FF_KIND_PROBE,
    [FF_POSTFIX_UNDELIVERABLE] = FF_KIND_PROBE,
};

/* dsn= counts where the reply has no status of its own; X.0.0 then only means that. */
static uint32_t enhanced_code(const struct ff_postfix_line *pl, const struct ff_postfix_reply *reply)
{
    uint32_t code;
    if (reply->enhanced_code)
        return reply->enhanced_code;
    return ff_enhanced_parse(pl->dsn, &code) && code % 1000000 ? code : 0;
}

static void remember_outcome(struct postfix *d, const struct item *it, uint64_t key, const struct ff_event *ev,
                             const struct ff_postfix_line *pl)
{
    if (ev->kind == FF_KIND_DELIVERY || ev->kind == FF_KIND_BOUNCE) {
        ff_joiner_settled(d->joiner, key, pl->recipient, pl->orig_to);
    } else if (ev->kind == FF_KIND_TRANSIENT_FAILURE) {
        struct ff_joined_recipient r = {.recipient = pl->recipient, .original = pl->orig_to, .reason = pl->reason};
        ff_joiner_deferred(d->joiner, key, &it->at, &r);
    }
}

void ff_postfix_result_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                            const struct ff_postfix_line *pl)
{
    struct ff_event ev = {.kind = kind_of_status[pl->status]};
    struct ff_postfix_reply reply;
    struct ff_joined joined;
    int32_t zone_s = FF_ZONE_UNKNOWN;
    uint32_t delay_ms = UINT32_MAX;
    uint64_t key = ff_joiner_key(line->host, pl->queue_id);
    if (pl->recipient.len == 0) {
        ff_postfix_dead(it, FF_DEAD_MISSING_RECIPIENT, "the result is of an empty recipient", "decode", it->in_payload);
        return;
    }
    if (pl->status == FF_POSTFIX_SENT && ff_slice_eq(pl->relay, FF_SLICE("none"))) {
        ignored(it, FF_IGNORED_INTERNAL); /* discard(8): thrown away here, nobody was asked */
        return;
    }
    ff_joiner_get(d->joiner, key, &d->arena, &joined);
    if (!ff_postfix_delay_ms(pl->delay, &delay_ms))
        delay_ms = UINT32_MAX;
    if (!ff_postfix_event_time(&d->opts, it, line, pl->queue_id, delay_ms, &zone_s, &ev)) {
        ff_postfix_dead(it, FF_DEAD_BAD_TIME, ff_postfix_no_time(line), "decode", 0);
        return;
    }
    common_fields(d, line, pl, &ev);
    ff_postfix_reason_parse(pl, &d->arena, &reply);
    struct ff_relay relay = remote_fields(d, pl, &reply, &ev);
    bool own = reply.origin == FF_ORIGIN_REMOTE_REPLY && ff_own_relays_have(d->opts.own_relays, &relay);
    ev.recipient = clean(d, pl->recipient, &ev);
    ev.original_recipient = clean(d, pl->orig_to, &ev);
    ev.reply_code = reply.reply_code;
    ev.enhanced_code = enhanced_code(pl, &reply);
    ev.reply_text = reply.text;
    ev.stage = reply.stage;
    ev.origin = own ? FF_ORIGIN_LOCAL_POLICY : reply.origin;
    ev.flags |= reply.flags;
    ev.delay_ms = delay_ms == UINT32_MAX ? 0 : delay_ms;
    set_event_id(d, line, pl, &ev);
    joined_fields(d, it, &joined, joined.sender, &ev);
    remember_outcome(d, it, key, &ev, pl);
    if (zone_s != FF_ZONE_UNKNOWN)
        ff_joiner_zone(d->joiner, key, zone_s);
    if (own && is_handed_on(line, &ev)) {
        ignored(it, FF_IGNORED_INTERNAL);
        return;
    }
    tell_guess(d, line, zone_s, &ev);
    it->sink->event(it->sink->ctx, &ev, it->record);
}

void ff_postfix_expired_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                             const struct ff_postfix_line *pl)
{
    static const char lead[] = "expired, returned to sender; last result: ";
    uint64_t key = ff_joiner_key(line->host, pl->queue_id);
    struct ff_joined joined;
    struct ff_joined_recipient r;
    ff_joiner_get(d->joiner, key, &d->arena, &joined);
    bool lost = ff_joiner_lost_recipients(d->joiner, key);
    unsigned found = 0;
    size_t mark = d->arena.used;
    struct ff_event base = {.kind = FF_KIND_EXPIRATION, .origin = FF_ORIGIN_LOCAL_QUEUE, .stage = FF_STAGE_QUEUE};
    int32_t zone_s = joined.zone_s;
    if (!ff_postfix_event_time(&d->opts, it, line, pl->queue_id, UINT32_MAX, &zone_s, &base)) {
        ff_postfix_dead(it, FF_DEAD_BAD_TIME, ff_postfix_no_time(line), "decode", 0);
        return;
    }
    common_fields(d, line, pl, &base);
    for (; ff_joiner_take_deferred(d->joiner, key, &d->arena, &r); found++, d->arena.used = mark) {
        struct ff_event ev = base;
        struct ff_postfix_line copy = *pl;
        copy.orig_to = r.original;
        ev.recipient = clean(d, r.recipient, &ev);
        ev.original_recipient = clean(d, r.original, &ev);
        set_event_id(d, line, &copy, &ev);
        joined_fields(d, it, &joined, pl->sender, &ev);
        uint8_t *text = ff_arena_bytes(&d->arena, sizeof lead - 1 + r.reason.len);
        if (text) {
            memcpy(text, lead, sizeof lead - 1);
            if (r.reason.len)
                memcpy(text + sizeof lead - 1, r.reason.ptr, r.reason.len);
            ev.reply_text = ff_slice_of(text, sizeof lead - 1 + r.reason.len);
        }
        it->sink->event(it->sink->ctx, &ev, it->record);
    }
    if (found == 0 || lost)
        ff_postfix_dead(it, FF_DEAD_MISSING_RECIPIENT,
                        "a message expired whose deferred recipients are not known (any more)", "join", it->in_payload);
}
