/* kumomta_reply.c: who speaks in `response`, and at which stage of the session.
 *
 * The worst mistake a bounce processor can make is to take a text of our own MTA for the verdict of a mailbox's host.
 * The prefix "KumoMTA internal: " does not decide it: null MX, DNS failures and an operator's kumo.reject come
 * without it, and a remote host can send it. So: without a peer the text is local; with a peer it is local when the
 * prefix stands there together with the codes that KumoMTA itself gives to broken connections, or when it is the same
 * text of an older release. What cannot be told is taken for local: that never suppresses anybody.
 */
#include "ingest/kumomta/kumomta_debug.h"
#include "ingest/kumomta/kumomta_names.h"
#include "ingest/kumomta/kumomta_reply.h"

static const struct ff_slice internal_prefix = {(const uint8_t *)"KumoMTA internal: ", 18};

/* The first command counts: several stand together when pipelined ones got no answer. RFC 5321 4.1.1, 3207, 4954,
 * 3030. */
static const struct {
    struct ff_slice verb;
    enum ff_stage stage;
} command_stages[] = {
    {{(const uint8_t *)"RCPT TO", 7}, FF_STAGE_RCPT_TO},   {{(const uint8_t *)"MAIL FROM", 9}, FF_STAGE_MAIL_FROM},
    {{(const uint8_t *)"DATA", 4}, FF_STAGE_DATA},         {{(const uint8_t *)"BDAT", 4}, FF_STAGE_END_OF_DATA},
    {{(const uint8_t *)"RSET", 4}, FF_STAGE_RSET},         {{(const uint8_t *)"EHLO", 4}, FF_STAGE_HELO},
    {{(const uint8_t *)"HELO", 4}, FF_STAGE_HELO},         {{(const uint8_t *)"LHLO", 4}, FF_STAGE_HELO},
    {{(const uint8_t *)"STARTTLS", 8}, FF_STAGE_STARTTLS}, {{(const uint8_t *)"AUTH", 4}, FF_STAGE_AUTH},
    {{(const uint8_t *)"QUIT", 4}, FF_STAGE_QUIT},
};

static enum ff_stage stage_of_command(struct ff_slice command)
{
    if (command.len && command.ptr[0] == '.')
        return FF_STAGE_END_OF_DATA;
    if (ff_slice_starts(command, FF_SLICE("RCPT TO"))) /* nearly all others, as KumoMTA writes it */
        return FF_STAGE_RCPT_TO;
    for (size_t i = 0; i < sizeof command_stages / sizeof *command_stages; i++) {
        struct ff_slice verb = command_stages[i].verb;
        if (ff_slice_caseeq(ff_slice_sub(command, 0, verb.len), verb))
            return command_stages[i].stage;
    }
    return FF_STAGE_UNSPECIFIED;
}

/* Words of local texts, first match wins; sought behind the lead-in, which itself says "failed to connect". */
static const struct {
    const char *words;
    enum ff_origin origin;
    enum ff_stage stage;
} local_words[] = {
    {"null MX", FF_ORIGIN_LOCAL_DNS, FF_STAGE_DNS},
    {"failed to resolve", FF_ORIGIN_LOCAL_DNS, FF_STAGE_DNS},
    {"didn't resolve to any hosts", FF_ORIGIN_LOCAL_DNS, FF_STAGE_DNS},
    {"MX lookup", FF_ORIGIN_LOCAL_DNS, FF_STAGE_DNS},
    {"NXDOMAIN", FF_ORIGIN_LOCAL_DNS, FF_STAGE_DNS},
    /* the operator's list, not the domain's DNS, says no */
    {"prohibited_hosts", FF_ORIGIN_LOCAL_POLICY, FF_STAGE_DNS},
    {"queue is suspended", FF_ORIGIN_LOCAL_QUEUE, FF_STAGE_QUEUE},
    {"Next delivery time would be", FF_ORIGIN_LOCAL_QUEUE, FF_STAGE_QUEUE},
    {"compute queue name", FF_ORIGIN_LOCAL_QUEUE, FF_STAGE_QUEUE},
    {"EHLO after", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_HELO},
    {"STARTTLS", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_STARTTLS},
    {"TLS handshake", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_STARTTLS},
    {"authenticating as", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_AUTH},
    {"reading banner", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_BANNER},
    {"failed to connect", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_CONNECT},
    {"while connecting", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_CONNECT},
    {"connect timed out", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_CONNECT},
    {"failed to send message", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_UNSPECIFIED},
    /* without their first letters, which are capitals where they begin a text */
    {"imed Out", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_UNSPECIFIED},
    {"timeout", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_UNSPECIFIED},
    {"onnection", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_UNSPECIFIED},
    {"os error", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_UNSPECIFIED},
    {"Malformed Response", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_UNSPECIFIED},
    {"not UTF8", FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_UNSPECIFIED},
};

static bool is_local(const struct ff_kumomta_reply *r)
{
    if (!r->has_peer || r->peer_is_script)
        return true;
    bool timed_out = r->code == 421 && r->enhanced == FF_ENHANCED(4, 4, 2);
    if (ff_slice_starts(r->content, internal_prefix))
        return r->command.len == 0 || r->code == 400 || timed_out;
    /* release 2025.01 and before: no prefix */
    return timed_out && ff_slice_starts(r->content, FF_SLICE("failed to send message to ")) &&
           ff_slice_find(r->content, 0, FF_SLICE("Some(ResolvedAddress {")) != SIZE_MAX;
}

static void judge_local(const struct ff_kumomta_reply *r, struct ff_event *ev)
{
    struct ff_slice text = r->content;
    bool internal = ff_slice_starts(text, internal_prefix);
    if (internal)
        text = ff_slice_sub(text, internal_prefix.len, text.len);
    const struct ff_slice lead = FF_SLICE("failed to connect to any candidate hosts: ");
    bool connecting = ff_slice_starts(text, lead);
    if (connecting)
        text = ff_slice_sub(text, lead.len, text.len);
    ev->stage = (uint32_t)stage_of_command(r->command);
    for (size_t i = 0; i < sizeof local_words / sizeof *local_words; i++) {
        if (ff_slice_find(text, 0, ff_slice_str(local_words[i].words)) == SIZE_MAX)
            continue;
        ev->origin = (uint32_t)local_words[i].origin;
        if (ev->stage == FF_STAGE_UNSPECIFIED)
            ev->stage = (uint32_t)local_words[i].stage;
        return;
    }
    ev->origin = connecting ? FF_ORIGIN_LOCAL_NETWORK : FF_ORIGIN_LOCAL_POLICY;
}

/** The host that gave the hidden reply, from the words before it: "ResolvedAddress { name: "x.", addr: 192.0.2.1, ...",
 * "connect to 192.0.2.1:25 and read", "192.0.2.1:25: EHLO". */
static void name_hidden_host(struct ff_kumomta *k, struct ff_slice before, struct ff_event *ev)
{
    static const struct {
        const char *lead;
        const char *end;
    } forms[] = {{"addr: ", ","}, {"connect to ", " and"}, {"candidate hosts: ", ": "}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct ff_slice lead = ff_slice_str(forms[i].lead);
        size_t at = SIZE_MAX;
        for (size_t next = 0; (next = ff_slice_find(before, next, lead)) != SIZE_MAX; next += lead.len)
            at = next + lead.len; /* the last one stands next to the reply */
        if (at == SIZE_MAX)
            continue;
        struct ff_slice text = ff_slice_sub(before, at, ff_slice_find(before, at, ff_slice_str(forms[i].end)));
        size_t n = ff_kumomta_endpoint_ip(text, k->remote_ip);
        if (n) {
            ev->remote_ip = ff_slice_of(k->remote_ip, n);
            return;
        }
    }
}

/** Takes the refusal out of a local text; false when there is none. */
static bool judge_hidden(struct ff_kumomta *k, const struct ff_kumomta_reply *r, struct ff_event *ev)
{
    struct ff_kumomta_hidden hidden;
    if (!ff_slice_starts(r->content, internal_prefix) || !ff_kumomta_open(r->content, &hidden))
        return false;
    struct ff_slice before = ff_slice_sub(r->content, 0, hidden.from);
    enum ff_stage stage = stage_of_command(hidden.command);
    if (stage == FF_STAGE_UNSPECIFIED && ff_slice_find(before, 0, FF_SLICE("authenticating as")) != SIZE_MAX)
        stage = FF_STAGE_AUTH;
    if (stage == FF_STAGE_UNSPECIFIED && ff_slice_find(before, 0, FF_SLICE("EHLO after")) != SIZE_MAX)
        stage = FF_STAGE_HELO;
    if (stage == FF_STAGE_UNSPECIFIED && hidden.command.len == 0)
        stage = FF_STAGE_BANNER;
    ev->origin = FF_ORIGIN_REMOTE_REPLY;
    ev->stage = (uint32_t)stage;
    ev->reply_code = hidden.code;
    ev->enhanced_code = hidden.enhanced;
    ev->reply_text = ff_kumomta_unescape(&k->arena, hidden.content);
    if (!r->has_peer)
        name_hidden_host(k, before, ev);
    return true;
}

/** KumoMTA recognises an enhanced code only before one blank. A reply that is nothing but the code, or has a colon or
 * two blanks behind it, keeps it at the head of the content. The text stays as it is: "5.1.1: x" is what the host
 * said. */
static uint32_t enhanced_in_text(struct ff_slice content, uint32_t code)
{
    size_t end = 0;
    uint32_t enhanced;
    while (end < content.len && end < 11 &&
           (content.ptr[end] == '.' || (content.ptr[end] >= '0' && content.ptr[end] <= '9')))
        end++;
    if (end < content.len && content.ptr[end] != ':' && content.ptr[end] != ' ')
        return 0;
    if (!ff_enhanced_parse(ff_slice_sub(content, 0, end), &enhanced) || enhanced / 1000000u != code / 100u)
        return 0;
    return enhanced;
}

/** Cuts " (kumomta: status was rewritten from 550 -> 450)" off, which would spoil every comparison of texts; the code
 * stays as the operator wants it, and the flag says that host and record disagree. */
static void strip_rewrite(struct ff_event *ev)
{
    struct ff_slice mark = FF_SLICE(" (kumomta: status was rewritten from "), text = ev->reply_text;
    if (text.len == 0 || text.ptr[text.len - 1] != ')')
        return;
    size_t at = ff_slice_find(text, 0, mark);
    if (at == SIZE_MAX)
        return;
    ev->reply_text = ff_slice_sub(text, 0, at);
    ev->flags |= FF_FLAG_CODE_MISMATCH;
}

void ff_kumomta_judge(struct ff_kumomta *k, const struct ff_kumomta_reply *r, struct ff_event *ev)
{
    ev->reply_code = r->code;
    ev->enhanced_code = r->enhanced;
    ev->reply_text = r->content;
    if (ev->kind == FF_KIND_EXPIRATION || ev->kind == FF_KIND_ADMIN_BOUNCE) {
        /* an administrator's reason may quote a reply ("... with reason: 550 5.1.1 ..."): it is still no reply */
        ev->origin = ev->kind == FF_KIND_EXPIRATION ? FF_ORIGIN_LOCAL_QUEUE : FF_ORIGIN_LOCAL_POLICY;
        ev->stage = FF_STAGE_QUEUE;
        ev->flags |= FF_FLAG_CODE_SYNTHETIC;
    } else if (!is_local(r)) {
        ev->origin = FF_ORIGIN_REMOTE_REPLY;
        ev->stage = (uint32_t)stage_of_command(r->command);
        if (!ev->enhanced_code)
            ev->enhanced_code = enhanced_in_text(r->content, r->code);
    } else if (!judge_hidden(k, r, ev)) {
        judge_local(r, ev);
        ev->flags |= FF_FLAG_CODE_SYNTHETIC;
    }
    strip_rewrite(ev);
    if (ev->enhanced_code && ev->reply_code / 100u != ev->enhanced_code / 1000000u)
        ev->flags |= FF_FLAG_CODE_MISMATCH;
    ev->reply_text = ff_kumomta_mask(&k->arena, ev->reply_text);
}
