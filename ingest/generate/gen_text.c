/* gen_text.c: see gen_text.h. */
#include "ingest/generate/gen_text.h"

#include <stdio.h>

/* Copies the reply's text with its placeholders filled; cut at the buffer's end, which no row reaches. */
static void fill_reply(const struct gen_event *ev, const struct gen_text *t, const char *rcpt, char *ret, size_t size)
{
    size_t n = 0;
    for (const char *c = ev->reply->text; *c && n + 1 < size;) {
        char part[128] = {0};
        const char *close = *c == '{' ? strchr(c, '}') : NULL;
        size_t len = close ? (size_t)(close - c) + 1 : 1;
        if (!close)
            part[0] = *c;
        else if (!strncmp(c, "{rcpt}", 6))
            snprintf(part, sizeof part, "%s", rcpt);
        else if (!strncmp(c, "{domain}", 8))
            snprintf(part, sizeof part, "%s", ev->receiver->domain);
        else if (!strncmp(c, "{host}", 6))
            snprintf(part, sizeof part, "%s", t->mx);
        else if (!strncmp(c, "{from}", 6))
            snprintf(part, sizeof part, "%s", gen_sender_domain(ev->tenant));
        else if (!strncmp(c, "{ip}", 4))
            snprintf(part, sizeof part, "198.51.100.%u", ev->sender_ip);
        else if (!strncmp(c, "{id}", 4))
            snprintf(part, sizeof part, "%012llx-%04llx", (unsigned long long)(ev->noise & 0xffffffffffff),
                     (unsigned long long)(ev->noise >> 48));
        else if (!strncmp(c, "{n}", 3))
            snprintf(part, sizeof part, "%llu", (unsigned long long)(1000000 + ev->noise % 99000000));
        else
            len = 1, part[0] = *c;
        for (const char *q = part; *q && n + 1 < size; q++)
            ret[n++] = *q;
        c += len;
    }
    ret[n] = 0;
}

static void put_bytes(uint8_t *out, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
}

void gen_event_fill(const struct gen_plan *plan, const struct gen_event *ev, struct gen_text *t, struct ff_event *ret)
{
    const struct gen_options *o = gen_plan_options(plan);
    const struct gen_reply *r = ev->reply;
    uint64_t id = gen_mix(o->seed ^ (ev->message * 2 + 1));
    gen_address(o, ev->address, ev->upper, t->recipient);
    snprintf(t->mail_from, sizeof t->mail_from, "b+%llu@%s", (unsigned long long)ev->message,
             gen_sender_domain(ev->tenant));
    snprintf(t->mx, sizeof t->mx, "%s", ev->receiver->mx);
    snprintf(t->message_id, sizeof t->message_id, "%016llx%016llx", (unsigned long long)id,
             (unsigned long long)ev->message);
    snprintf(t->rfc_message_id, sizeof t->rfc_message_id, "%llx.%llu@%s", (unsigned long long)(id >> 20),
             (unsigned long long)ev->message, gen_sender_domain(ev->tenant));
    snprintf(t->campaign, sizeof t->campaign, "c%02u", ev->campaign);
    snprintf(t->pool, sizeof t->pool, "pool-%c", (char)('a' + ev->sender_ip % 4));
    memcpy(t->remote_ip, ev->receiver->ip, 4);
    memcpy(t->local_ip, (const uint8_t[]){198, 51, 100, (uint8_t)ev->sender_ip}, 4);
    put_bytes(t->event_id, id);
    put_bytes(t->event_id + 8, gen_mix(id ^ (ev->attempt * 131u + r->kind)));
    fill_reply(ev, t, t->recipient, t->reply, sizeof t->reply);
    bool remote = r->origin == FF_ORIGIN_REMOTE_REPLY;
    *ret = (struct ff_event){
        .kind = r->kind, .origin = r->origin, .stage = r->stage, .reply_code = r->code, .enhanced_code = r->enhanced,
        .attempt = r->kind == FF_KIND_OOB || r->kind == FF_KIND_FEEDBACK ? 0 : ev->attempt,
        .event_time_us = ev->time_us, .queued_time_us = ev->queued_us,
        .recipient = ff_slice_str(t->recipient), .tenant_id = ff_slice_str(gen_tenant_name(ev->tenant)),
        .reply_text = ff_slice_str(t->reply), .message_id = ff_slice_str(t->message_id),
        .mail_from = ff_slice_str(t->mail_from), .event_id = ff_slice_of(t->event_id, 16),
        .campaign_id = ff_slice_str(t->campaign), .stream_id = ff_slice_str(gen_stream_name(ev->stream)),
        .egress_pool = ff_slice_str(t->pool),
    };
    if (remote) {
        ret->remote_ip = ff_slice_of(t->remote_ip, 4);
        ret->remote_host = ff_slice_str(t->mx);
        ret->local_ip = ff_slice_of(t->local_ip, 4);
    }
}
