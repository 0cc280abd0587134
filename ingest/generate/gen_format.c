/* gen_format.c: see gen_format.h. The KumoMTA and Postfix forms follow docs/formats-kumomta.md and
 * docs/formats-postfix.md. */
#include "ingest/generate/gen_format.h"

#include <stdlib.h>

#include "ingest/generate/gen_text.h"
#include "proto/batch.h"
#include "proto/event_json.h"
#include "proto/time_text.h"

struct gen_writer {
    enum gen_format format;
    const struct gen_plan *plan;
    FILE *f;
    struct ff_json_out out;
    struct ff_batch_writer *batch;
    struct gen_text text;
};

enum gen_format gen_format_parse(const char *name)
{
    static const char *const names[GEN_FORMAT_COUNT] = {"packed", "json", "kumomta", "postfix"};
    for (int i = 0; i < GEN_FORMAT_COUNT; i++) {
        if (!strcmp(name, names[i]))
            return (enum gen_format)i;
    }
    return GEN_FORMAT_COUNT;
}

struct gen_writer *gen_writer_new(enum gen_format format, const struct gen_plan *plan, FILE *f)
{
    struct gen_writer *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    *w = (struct gen_writer){.format = format, .plan = plan, .f = f};
    ff_json_out_init(&w->out);
    if (format == GEN_PACKED) {
        w->batch = ff_batch_writer_new(FF_BATCH_EVENTS, 1);
        if (!w->batch) {
            gen_writer_free(w);
            return NULL;
        }
        ff_batch_begin(w->batch, FF_SLICE("generated"), FF_SLICE("fivefifty"));
    }
    return w;
}

void gen_writer_free(struct gen_writer *w)
{
    if (!w)
        return;
    ff_json_out_fini(&w->out);
    ff_batch_writer_free(w->batch);
    free(w);
}

static enum ff_err put(struct gen_writer *w, const void *bytes, size_t len)
{
    return fwrite(bytes, 1, len, w->f) == len ? FF_OK : FF_ERR_IO;
}

static enum ff_err put_line(struct gen_writer *w)
{
    ff_json_end_line(&w->out);
    enum ff_err err = w->out.failed ? FF_ERR_NOMEM : put(w, w->out.buf, w->out.len);
    ff_json_out_reset(&w->out);
    return err;
}

/* ---- packed ---------------------------------------------------------------------------------------------------- */

static enum ff_err flush_packed(struct gen_writer *w)
{
    struct ff_slice record;
    uint8_t length[10];
    struct ff_wire_out head = ff_wire_out(length, sizeof length);
    enum ff_err err = ff_batch_close(w->batch, &record);
    if (err)
        return err;
    ff_wire_put_varint(&head, record.len);
    err = put(w, length, head.used);
    if (!err)
        err = put(w, record.ptr, record.len);
    ff_batch_begin(w->batch, FF_SLICE("generated"), FF_SLICE("fivefifty"));
    return err;
}

static enum ff_err write_packed(struct gen_writer *w, const struct ff_event *ev)
{
    enum ff_err err = ff_batch_add_event(w->batch, ev);
    if (!err && ff_batch_count(w->batch) >= GEN_PACKED_EVENTS)
        err = flush_packed(w);
    return err;
}

/* ---- KumoMTA --------------------------------------------------------------------------------------------------- */

static const char *kumo_type(uint32_t kind)
{
    switch (kind) {
    case FF_KIND_DELIVERY:
        return "Delivery";
    case FF_KIND_TRANSIENT_FAILURE:
        return "TransientFailure";
    case FF_KIND_EXPIRATION:
        return "Expiration";
    case FF_KIND_ADMIN_BOUNCE:
        return "AdminBounce";
    case FF_KIND_OOB:
        return "OOB";
    case FF_KIND_FEEDBACK:
        return "Feedback";
    default:
        return "Bounce";
    }
}

static void put_text(struct ff_json_out *o, const char *key, const char *value)
{
    ff_json_member_string(o, key, ff_slice_str(value));
}

/* What the MTA writes: lines joined by a blank; a refusal in the banner only inside its own debug text. */
static void kumo_content(const struct ff_event *ev, const struct gen_event *g, char *ret, size_t size)
{
    const char *text = (const char *)ev->reply_text.ptr;
    if (ev->stage != FF_STAGE_BANNER) {
        size_t n = 0;
        for (; *text && n + 1 < size; text++)
            ret[n++] = *text == '\n' ? ' ' : *text;
        ret[n] = 0;
        return;
    }
    int n = snprintf(ret, size,
                     "KumoMTA internal: failed to connect to any candidate hosts: connect to %u.%u.%u.%u:25 and read "
                     "initial banner: Command rejected Response { code: %u, enhanced_code: None, content: \"",
                     g->receiver->ip[0], g->receiver->ip[1], g->receiver->ip[2], g->receiver->ip[3], ev->reply_code);
    size_t at = (size_t)n;
    for (; *text && at + 24 < size; text++) {
        if (*text == '\n' || *text == '"')
            ret[at++] = '\\';
        ret[at++] = *text == '\n' ? 'n' : *text;
    }
    snprintf(ret + at, size - at, "\", command: None }");
}

static void kumo_command(struct ff_json_out *o, const struct ff_event *ev, const struct gen_text *t)
{
    char command[256] = "";
    if (ev->stage == FF_STAGE_RCPT_TO)
        snprintf(command, sizeof command, "RCPT TO:<%s>\r\n", t->recipient);
    else if (ev->stage == FF_STAGE_MAIL_FROM)
        snprintf(command, sizeof command, "MAIL FROM:<%s>\r\n", t->mail_from);
    else if (ev->stage == FF_STAGE_END_OF_DATA)
        snprintf(command, sizeof command, ".\r\n");
    ff_json_key(o, "command");
    if (command[0])
        ff_json_put_string(o, ff_slice_str(command));
    else
        ff_json_put_raw(o, FF_SLICE("null"));
}

static void kumo_response(struct ff_json_out *o, const struct ff_event *ev, const struct gen_event *g,
                          const struct gen_text *t)
{
    char content[2048], code[64];
    bool banner = ev->stage == FF_STAGE_BANNER;
    kumo_content(ev, g, content, sizeof content);
    ff_json_key(o, "response");
    ff_json_open(o, '{');
    ff_json_member_uint(o, "code", banner ? 400 : ev->kind == FF_KIND_FEEDBACK ? 250 : ev->reply_code);
    ff_json_key(o, "enhanced_code");
    uint32_t e = ev->enhanced_code;
    snprintf(code, sizeof code, "{\"class\":%u,\"subject\":%u,\"detail\":%u}", e / 1000000, e / 1000 % 1000, e % 1000);
    ff_json_put_raw(o, e && !banner ? ff_slice_str(code) : FF_SLICE("null"));
    put_text(o, "content", content);
    kumo_command(o, ev, t);
    ff_json_close(o, '}');
}

static void kumo_feedback(struct ff_json_out *o, const struct ff_event *ev, const struct gen_text *t)
{
    ff_json_key(o, "feedback_report");
    if (ev->kind != FF_KIND_FEEDBACK) {
        ff_json_put_raw(o, FF_SLICE("null"));
        return;
    }
    ff_json_open(o, '{');
    put_text(o, "feedback_type", "abuse");
    put_text(o, "user_agent", "Example-FBL/1.0");
    put_text(o, "version", "1");
    ff_json_key(o, "original_rcpto_to");
    ff_json_open(o, '[');
    ff_json_put_string(o, ff_slice_str(t->recipient));
    ff_json_close(o, ']');
    ff_json_close(o, '}');
}

static void kumo_where(struct ff_json_out *o, const struct ff_event *ev, const struct gen_event *g,
                       const struct gen_text *t)
{
    char peer[256] = "null", source[96] = "null";
    bool remote = ev->origin == FF_ORIGIN_REMOTE_REPLY && ev->stage != FF_STAGE_BANNER;
    if (remote || ev->kind == FF_KIND_OOB)
        snprintf(peer, sizeof peer, "{\"name\":\"%s.\",\"addr\":\"%u.%u.%u.%u\"}", t->mx, g->receiver->ip[0],
                 g->receiver->ip[1], g->receiver->ip[2], g->receiver->ip[3]);
    if (remote)
        snprintf(source, sizeof source, "{\"address\":\"198.51.100.%u:%u\"}", g->sender_ip,
                 20000 + (unsigned)(g->noise % 40000));
    ff_json_key(o, "peer_address");
    ff_json_put_raw(o, ff_slice_str(peer));
    ff_json_key(o, "source_address");
    ff_json_put_raw(o, ff_slice_str(source));
    put_text(o, "egress_pool", t->pool);
    ff_json_key(o, "egress_source");
    ff_json_put_raw(o, FF_SLICE("null"));
}

static void kumo_times(struct ff_json_out *o, const struct ff_event *ev)
{
    ff_json_key(o, "timestamp");
    ff_json_put_int(o, ev->event_time_us / 1000000);
    ff_json_key(o, "event_time");
    ff_json_put_time(o, ev->event_time_us);
    ff_json_key(o, "created");
    ff_json_put_int(o, ev->queued_time_us / 1000000);
    ff_json_key(o, "created_time");
    ff_json_put_time(o, ev->queued_time_us);
}

static enum ff_err write_kumomta(struct gen_writer *w, const struct ff_event *ev, const struct gen_event *g)
{
    struct ff_json_out *o = &w->out;
    const struct gen_text *t = &w->text;
    char queue[256];
    bool counted_before = ev->kind == FF_KIND_EXPIRATION || ev->kind == FF_KIND_ADMIN_BOUNCE;
    snprintf(queue, sizeof queue, "%s:%s@%s", t->campaign, gen_tenant_name(g->tenant), g->receiver->domain);
    ff_json_open(o, '{');
    put_text(o, "type", kumo_type(ev->kind));
    put_text(o, "id", t->message_id);
    put_text(o, "sender", t->mail_from);
    put_text(o, "recipient", ev->kind == FF_KIND_FEEDBACK ? t->mail_from : t->recipient);
    put_text(o, "queue", queue);
    put_text(o, "site", "");
    ff_json_member_uint(o, "size", 0);
    kumo_response(o, ev, g, t);
    kumo_where(o, ev, g, t);
    kumo_times(o, ev);
    ff_json_member_uint(o, "num_attempts", ev->attempt ? ev->attempt - !counted_before : 0);
    put_text(o, "bounce_classification", "Uncategorized");
    kumo_feedback(o, ev, t);
    ff_json_key(o, "meta");
    ff_json_open(o, '{');
    put_text(o, "tenant", gen_tenant_name(g->tenant));
    put_text(o, "stream", gen_stream_name(g->stream));
    ff_json_close(o, '}');
    ff_json_key(o, "headers");
    ff_json_put_raw(o, FF_SLICE("{}"));
    put_text(o, "delivery_protocol", "ESMTP");
    put_text(o, "reception_protocol", "ESMTP");
    put_text(o, "nodeid", "557f3ad4-2c8c-11ee-976e-782d7e12e173");
    ff_json_close(o, '}');
    return put_line(w);
}

/* ---- Postfix --------------------------------------------------------------------------------------------------- */

/* Long queue id: seconds in base 52 (six digits), microseconds in base 52 (four), "z", inode in base 51. */
static void queue_id(const struct gen_event *g, char *ret)
{
    static const char digits[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    uint64_t s = (uint64_t)g->queued_us / 1000000, u = (uint64_t)g->queued_us % 1000000, inode = 700000 + g->message;
    for (int i = 5; i >= 0; i--, s /= 52)
        ret[i] = digits[s % 52];
    for (int i = 9; i >= 6; i--, u /= 52)
        ret[i] = digits[u % 52];
    ret[10] = 'z';
    char tail[16];
    size_t n = 0;
    for (; inode; inode /= 51)
        tail[n++] = digits[inode % 51];
    for (size_t i = 0; i < n; i++)
        ret[11 + i] = tail[n - 1 - i];
    ret[11 + n] = 0;
}

static void line_head(struct gen_writer *w, int64_t us, const char *service, unsigned pid, const char *qid)
{
    char when[28];
    ff_time_format(us, when);
    fprintf(w->f, "%.26s+00:00 out7 postfix/%s[%u]: %s: ", when, service, pid, qid);
}

/* Every line keeps its code and status; Postfix joins them with a blank. */
static void postfix_reply(struct gen_writer *w, const struct ff_event *ev)
{
    char code[12] = "";
    const char *line = (const char *)ev->reply_text.ptr;
    if (ev->enhanced_code)
        ff_enhanced_format(ev->enhanced_code, code);
    for (;;) {
        const char *end = strchr(line, '\n');
        size_t len = end ? (size_t)(end - line) : strlen(line);
        fprintf(w->f, "%u%c%s%s%.*s", ev->reply_code, end ? '-' : ' ', code, code[0] ? " " : "", (int)len, line);
        if (!end)
            return;
        fputc(' ', w->f);
        line = end + 1;
    }
}

static const char *postfix_command(uint32_t stage)
{
    switch (stage) {
    case FF_STAGE_MAIL_FROM:
        return "MAIL FROM command";
    case FF_STAGE_RCPT_TO:
        return "RCPT TO command";
    default:
        return "end of DATA command";
    }
}

static void postfix_reason(struct gen_writer *w, const struct ff_event *ev, const struct gen_event *g, const char *host)
{
    fputs(" (", w->f);
    if (ev->kind == FF_KIND_DELIVERY) {
        postfix_reply(w, ev);
    } else if (ev->origin == FF_ORIGIN_LOCAL_NETWORK) {
        fprintf(w->f, "connect to %s:25: Connection timed out", host);
    } else if (ev->origin == FF_ORIGIN_LOCAL_DNS) {
        fprintf(w->f,
                "Host or domain name not found. Name service error for name=%s type=MX: Host not found, try again",
                g->receiver->domain);
    } else if (ev->stage == FF_STAGE_BANNER) {
        fprintf(w->f, "host %s refused to talk to me: ", host);
        postfix_reply(w, ev);
    } else {
        fprintf(w->f, "host %s said: ", host);
        postfix_reply(w, ev);
        fprintf(w->f, " (in reply to %s)", postfix_command(ev->stage));
    }
    fputs(")\n", w->f);
}

/* dsn= is the reply's own status, class.0.0 where it has none, and of class 4 for a refused banner. */
static void postfix_status(const struct ff_event *ev, bool deferred, char ret[16])
{
    if (ev->origin == FF_ORIGIN_LOCAL_NETWORK)
        snprintf(ret, 16, "4.4.1");
    else if (ev->origin == FF_ORIGIN_LOCAL_DNS)
        snprintf(ret, 16, "4.4.3");
    else if (ev->enhanced_code)
        ff_enhanced_format(ev->enhanced_code, ret);
    else
        snprintf(ret, 16, "%u.0.0", deferred ? 4 : ev->reply_code / 100);
}

static enum ff_err write_postfix(struct gen_writer *w, const struct ff_event *ev, const struct gen_event *g)
{
    char qid[32], status[16], host[160];
    const struct gen_text *t = &w->text;
    if (ev->kind == FF_KIND_OOB || ev->kind == FF_KIND_FEEDBACK || ev->kind == FF_KIND_ADMIN_BOUNCE)
        return FF_OK;
    queue_id(g, qid);
    if (ev->kind == FF_KIND_EXPIRATION) {
        line_head(w, ev->event_time_us, "qmgr", 1200, qid);
        fprintf(w->f, "from=<%s>, status=expired, returned to sender\n", t->mail_from);
        return ferror(w->f) ? FF_ERR_IO : FF_OK;
    }
    bool deferred = ev->kind == FF_KIND_TRANSIENT_FAILURE,
         connected = ev->origin == FF_ORIGIN_REMOTE_REPLY && ev->stage != FF_STAGE_BANNER;
    snprintf(host, sizeof host, "%s[%u.%u.%u.%u]", t->mx, g->receiver->ip[0], g->receiver->ip[1], g->receiver->ip[2],
             g->receiver->ip[3]);
    if (ev->attempt == 1) {
        line_head(w, ev->queued_time_us, "cleanup", 1300, qid);
        fprintf(w->f, "message-id=<%s>\n", t->rfc_message_id);
    }
    line_head(w, ev->event_time_us - 200000, "qmgr", 1200, qid);
    fprintf(w->f, "from=<%s>, size=%u, nrcpt=1 (queue active)\n", t->mail_from, 4000 + (unsigned)(g->noise % 60000));
    line_head(w, ev->event_time_us, "smtp", 2000 + g->sender_ip, qid);
    postfix_status(ev, deferred, status);
    int64_t delay_ms = (ev->event_time_us - ev->queued_time_us) / 1000;
    fprintf(w->f, "to=<%s>, relay=%s%s, delay=%lld.%lld, delays=0.1/0.02/0.1/0.1, dsn=%s, status=%s", t->recipient,
            connected ? host : "none", connected ? ":25" : "", (long long)(delay_ms / 1000),
            (long long)(delay_ms % 1000 / 100), status,
            ev->kind == FF_KIND_DELIVERY ? "sent"
            : deferred                   ? "deferred"
                                         : "bounced");
    postfix_reason(w, ev, g, host);
    if (!deferred) {
        line_head(w, ev->event_time_us + 1000, "qmgr", 1200, qid);
        fputs("removed\n", w->f);
    }
    return ferror(w->f) ? FF_ERR_IO : FF_OK;
}

enum ff_err gen_write(struct gen_writer *w, const struct gen_event *g)
{
    struct ff_event ev;
    gen_event_fill(w->plan, g, &w->text, &ev);
    switch (w->format) {
    case GEN_PACKED:
        return write_packed(w, &ev);
    case GEN_JSON:
        ff_json_open(&w->out, '{');
        ff_event_put_json(&w->out, &ev);
        ff_json_close(&w->out, '}');
        return put_line(w);
    case GEN_KUMOMTA:
        return write_kumomta(w, &ev, g);
    default:
        return write_postfix(w, &ev, g);
    }
}

enum ff_err gen_writer_finish(struct gen_writer *w)
{
    enum ff_err err = FF_OK;
    if (w->format == GEN_PACKED && ff_batch_count(w->batch) > 0)
        err = flush_packed(w);
    if (!err && fflush(w->f) != 0)
        err = FF_ERR_IO;
    return err;
}
