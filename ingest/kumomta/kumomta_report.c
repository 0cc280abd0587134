/* kumomta_report.c: the records that tell of mail long gone: OOB (a DSN came back) and Feedback (an ARF complaint).
 *
 * Both were written when a report was *received*: their id, queue, creation time and meta belong to the report, their
 * code may be invented, their clock may be the reporter's. Nothing in them proves that the reporter ever had our
 * mail, so they only fill in what was said; whether to believe it is the policy's business (origin remote_dsn,
 * feedback_loop).
 */
#include "ingest/kumomta/kumomta_answer.h"
#include "ingest/kumomta/kumomta_debug.h"
#include "ingest/kumomta/kumomta_names.h"
#include "ingest/kumomta/kumomta_report.h"
#include "ingest/kumomta/kumomta_values.h"
#include "proto/wire.h"

/* Most bytes of a Dsn or Feedback message beyond the texts in it, and most domains taken from one report. */
#define MESSAGE_SLACK 128
#define REPORTED_DOMAINS_MAX 16

/** The SMTP code that a diagnostic states itself: at its head with a dash ("521-5.7.1 ..."), or behind "said: ".
 * KumoMTA takes only a leading number with a blank. 0: none. */
static uint32_t code_in_diagnostic(struct ff_slice text)
{
    static const char *const leads[] = {"", " said: ", " says: "};
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        struct ff_slice lead = ff_slice_str(leads[i]);
        size_t at = lead.len ? ff_slice_find(text, 0, lead) : 0;
        uint64_t code;
        if (at == SIZE_MAX)
            continue;
        size_t end = at + lead.len + 3;
        if (ff_slice_u64(ff_slice_sub(text, at + lead.len, end), 599, &code) && code >= 200 && end <= text.len &&
            (end == text.len || text.ptr[end] == ' ' || text.ptr[end] == '-'))
            return (uint32_t)code;
    }
    return 0;
}

void ff_kumomta_oob(struct ff_kumomta *k, const struct ff_kumomta_reply *r, int64_t logged_us, struct ff_event *ev)
{
    ev->origin = FF_ORIGIN_REMOTE_DSN;
    ev->stage = FF_STAGE_AFTER_ACCEPT;
    ev->enhanced_code = r->enhanced;
    ev->reply_text = ff_kumomta_mask(&k->arena, r->content);
    ev->reply_code = r->code >= 200 && r->code <= 599 ? r->code : 0; /* "5 attempts failed" was logged as code 5 */
    uint32_t stated = code_in_diagnostic(r->content);
    if (stated)
        ev->reply_code = stated;
    else if (!ev->reply_code || (r->code == 550 && (r->content.len == 0 || r->enhanced / 1000000u != 5)))
        ev->flags |= FF_FLAG_CODE_SYNTHETIC; /* 550 is what KumoMTA writes when it saw no number */
    if (ev->enhanced_code && ev->reply_code && ev->reply_code / 100u != ev->enhanced_code / 1000000u)
        ev->flags |= FF_FLAG_CODE_MISMATCH;

    uint8_t *mem = ff_arena_bytes(&k->arena, ev->remote_host.len + MESSAGE_SLACK);
    if (!mem)
        return;
    struct ff_wire_out out = ff_wire_out(mem, ev->remote_host.len + MESSAGE_SLACK);
    ff_wire_put_bytes(&out, 1, FF_SLICE("failed")); /* the only action KumoMTA writes such records for */
    ff_wire_put_bytes(&out, 3, ev->remote_host);
    if (logged_us != ev->event_time_us)
        ff_wire_put_fixed64(&out, 7, (uint64_t)logged_us);
    if (!out.full)
        ev->dsn = ff_wire_done(&out);
}

/** Fields of the report as message Feedback. */
static void encode_feedback(struct ff_kumomta *k, uint32_t report, struct ff_slice original, struct ff_event *ev)
{
    struct ff_slice type = ff_kumomta_text(k, ff_kumomta_member(k, report, FF_SLICE("feedback_type")));
    struct ff_slice agent = ff_kumomta_text(k, ff_kumomta_member(k, report, FF_SLICE("user_agent")));
    struct ff_slice id = ff_kumomta_header_find(original, FF_SLICE("Feedback-ID"));
    struct ff_slice domains[REPORTED_DOMAINS_MAX];
    size_t domain_count = 0, size = MESSAGE_SLACK + type.len + agent.len + id.len;
    uint32_t list = ff_kumomta_member(k, report, FF_SLICE("reported_domain"));
    if (list != FF_JSON_NONE && ff_json_type(k->doc, list) == FF_JSON_ARRAY) {
        uint32_t end = k->doc->nodes[list].next;
        for (uint32_t n = ff_json_first(list); n < end; n = k->doc->nodes[n].next) {
            if (domain_count == REPORTED_DOMAINS_MAX)
                break;
            domains[domain_count] = ff_kumomta_text(k, n);
            size += domains[domain_count++].len + 11;
        }
    }
    uint8_t *mem = ff_arena_bytes(&k->arena, size);
    if (!mem)
        return;
    struct ff_wire_out out = ff_wire_out(mem, size);
    ff_wire_put_bytes(&out, 1, type);
    ff_wire_put_bytes(&out, 2, agent);
    ff_wire_put_bytes(&out, 3, ev->local_ip);
    for (size_t i = 0; i < domain_count; i++)
        ff_wire_put_bytes(&out, 4, domains[i]);
    ff_wire_put_bytes(&out, 5, id);
    if (!out.full)
        ev->feedback = ff_wire_done(&out);
}

/** Reporters hide the complainer as a hash, stars, or the word itself; such an address must not be suppressed as if it
 * were one. */
static uint32_t redaction_flag(struct ff_slice address)
{
    struct ff_slice local = ff_slice_sub(address, 0, ff_slice_chr(address, 0, '@'));
    if (ff_slice_caseeq(local, FF_SLICE("redacted")) || ff_slice_caseeq(local, FF_SLICE("hashed")))
        return FF_FLAG_REDACTED_RCPT;
    size_t hex = 0, stars = 0;
    for (size_t i = 0; i < local.len; i++) {
        uint8_t c = local.ptr[i] | 0x20;
        hex += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        stars += local.ptr[i] == '*';
    }
    bool hidden = (local.len && stars == local.len) || (hex == local.len && (hex == 32 || hex == 40 || hex == 64));
    return hidden ? FF_FLAG_REDACTED_RCPT : 0u;
}

void ff_kumomta_feedback(struct ff_kumomta *k, struct ff_event *ev)
{
    uint32_t report = k->fields.report;
    if (report == FF_JSON_NONE) {
        ff_kumomta_dead(k, FF_DEAD_JSON_SHAPE, "Feedback record without a feedback_report");
        return;
    }
    ev->origin = FF_ORIGIN_FEEDBACK_LOOP;
    ev->stage = FF_STAGE_AFTER_ACCEPT;
    ev->mail_from =
        ff_kumomta_unbracket(ff_kumomta_text(k, ff_kumomta_member(k, report, FF_SLICE("original_mail_from"))));
    struct ff_slice source = ff_kumomta_text(k, ff_kumomta_member(k, report, FF_SLICE("source_ip")));
    ev->local_ip = ff_slice_of(k->local_ip, ff_kumomta_endpoint_ip(source, k->local_ip));
    struct ff_slice original = ff_kumomta_text(k, ff_kumomta_member(k, report, FF_SLICE("original_message")));
    ev->rfc_message_id = ff_kumomta_unbracket(ff_kumomta_header_find(original, FF_SLICE("Message-ID")));
    ev->from_domain = ff_kumomta_from_domain(ff_kumomta_header_find(original, FF_SLICE("From")));
    encode_feedback(k, report, original, ev);

    /* The operator's own trace header, which came back with the report, names the mail better than the reporter
     * does. */
    uint32_t trace = ff_kumomta_member(k, report, FF_SLICE("supplemental_trace"));
    struct ff_slice tenant = ff_kumomta_scalar(k, ff_kumomta_member(k, trace, FF_SLICE("tenant")));
    struct ff_slice campaign = ff_kumomta_scalar(k, ff_kumomta_member(k, trace, FF_SLICE("campaign")));
    struct ff_slice stream = ff_kumomta_scalar(k, ff_kumomta_member(k, trace, FF_SLICE("stream")));
    if (tenant.len)
        ev->tenant_id = tenant;
    if (campaign.len)
        ev->campaign_id = campaign;
    if (stream.len)
        ev->stream_id = stream;
    if (ff_kumomta_emit_each(k, ev, ff_kumomta_member(k, trace, FF_SLICE("recipient")), NULL))
        return;
    if (!ff_kumomta_emit_each(k, ev, ff_kumomta_member(k, report, FF_SLICE("original_rcpto_to")), redaction_flag))
        ff_kumomta_dead(k, FF_DEAD_MISSING_RECIPIENT, "the feedback report names no complainer");
}
