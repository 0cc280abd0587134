/* postfix_reason.c: told by the lead-in that Postfix's SMTP client, queue manager and delivery agents write.
 *
 * Only "host H said: ", "H refused to talk to me: ", "refused to start TLS: " and "SASL ...; server H said: " quote a
 * server; everything else was made on this machine and must never be taken for a verdict on a mailbox. What a server
 * said may hold any of these words again, so lead-ins count at the start only and "(in reply to ...)" at the end only.
 * Source: Postfix src/smtp/smtp_connect.c, smtp_proto.c, smtp_trouble.c, src/global/mail_addr_form.c.
 */
#include "ingest/postfix/postfix_reason.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

size_t ff_postfix_host_parse(struct ff_slice s, struct ff_slice *ret_host, struct ff_slice *ret_address)
{
    size_t open = ff_slice_chr(s, 0, '[');
    size_t blank = ff_slice_chr(s, 0, ' ');
    if (open == SIZE_MAX || open == 0 || blank < open)
        return 0;
    size_t close = ff_slice_chr(s, open, ']');
    if (close == SIZE_MAX)
        return 0;
    *ret_host = ff_slice_sub(s, 0, open);
    *ret_address = ff_slice_sub(s, open + 1, close);
    size_t at = close + 1;
    if (at < s.len && s.ptr[at] == ':')
        for (at++; at < s.len && is_digit(s.ptr[at]);)
            at++;
    return at;
}

/* Takes `prefix` off s. */
static bool take(struct ff_slice *s, struct ff_slice prefix)
{
    if (!ff_slice_starts(*s, prefix))
        return false;
    *s = ff_slice_sub(*s, prefix.len, s->len);
    return true;
}

static bool take_host(struct ff_slice *s, struct ff_postfix_reply *ret)
{
    size_t n = ff_postfix_host_parse(*s, &ret->host, &ret->address);
    *s = ff_slice_sub(*s, n, s->len);
    return n > 0;
}

struct words_stage {
    const char *words;
    enum ff_stage stage;
};

/* The stage whose words s begins with; when s was cut, also the first whose words begin with s. */
static enum ff_stage stage_of(const struct words_stage *table, struct ff_slice s, bool cut)
{
    for (; table->words; table++) {
        struct ff_slice words = ff_slice_str(table->words);
        if (ff_slice_starts(s, words) || (cut && s.len && ff_slice_starts(words, s)))
            return table->stage;
    }
    return FF_STAGE_UNSPECIFIED;
}

/* Behind "(in reply to ". */
static const struct words_stage commands[] = {
    {"RCPT TO command", FF_STAGE_RCPT_TO},
    {"end of DATA command", FF_STAGE_END_OF_DATA},
    {"MAIL FROM command", FF_STAGE_MAIL_FROM},
    {"DATA command", FF_STAGE_DATA},
    {"BDAT", FF_STAGE_END_OF_DATA},
    {"EHLO", FF_STAGE_HELO},
    {"HELO", FF_STAGE_HELO},
    {"LHLO", FF_STAGE_HELO},
    {"STARTTLS", FF_STAGE_STARTTLS},
    {"AUTH", FF_STAGE_AUTH},
    {"XFORWARD", FF_STAGE_HELO},
    {"XCLIENT", FF_STAGE_HELO},
    {"final RSET command", FF_STAGE_RSET},
    {"RSET", FF_STAGE_RSET},
    {"QUIT", FF_STAGE_QUIT},
    {NULL, FF_STAGE_UNSPECIFIED},
};

/* Behind "while ", of connections lost and timed out. */
static const struct words_stage states[] = {
    {"receiving the initial server greeting", FF_STAGE_BANNER},
    {"performing the EHLO handshake", FF_STAGE_HELO},
    {"performing the HELO handshake", FF_STAGE_HELO},
    {"performing the LHLO handshake", FF_STAGE_HELO},
    {"performing the TLS handshake", FF_STAGE_STARTTLS},
    {"receiving the STARTTLS response", FF_STAGE_STARTTLS},
    {"sending STARTTLS", FF_STAGE_STARTTLS},
    {"performing SASL", FF_STAGE_AUTH},
    {"sending MAIL FROM", FF_STAGE_MAIL_FROM},
    {"sending RCPT TO", FF_STAGE_RCPT_TO},
    {"sending DATA command", FF_STAGE_DATA},
    {"sending message body", FF_STAGE_DATA},
    {"sending end of data", FF_STAGE_END_OF_DATA},
    {"sending final RSET", FF_STAGE_RSET},
    {"sending RSET probe", FF_STAGE_RSET},
    {"sending QUIT command", FF_STAGE_QUIT},
    {"sending XFORWARD", FF_STAGE_HELO},
    {NULL, FF_STAGE_UNSPECIFIED},
};

static struct ff_slice skip_blanks(struct ff_slice s)
{
    size_t n = 0;
    while (n < s.len && s.ptr[n] == ' ')
        n++;
    return ff_slice_sub(s, n, s.len);
}

/* Takes "5.1.1 " off the start of one line of a reply; 0: there is none. RFC 2034 4: behind the code, then a blank. */
static uint32_t take_enhanced(struct ff_slice *s)
{
    struct ff_slice rest = skip_blanks(*s);
    size_t n = 0;
    uint32_t code;
    while (n < rest.len && rest.ptr[n] != ' ')
        n++;
    if (n < 5 || n > 9 || !ff_enhanced_parse(ff_slice_sub(rest, 0, n), &code))
        return 0;
    *s = skip_blanks(ff_slice_sub(rest, n, rest.len));
    return code;
}

/* The next line of a reply whose lines Postfix joined by blanks: " CCC-" or " CCC " (or at the end), where CCC is the
 * code of the first line; '?' stands where the line break was made printable. Index of CCC; s.len: none. */
static size_t next_line(struct ff_slice s, size_t from, const uint8_t code[3])
{
    for (size_t at = from; at + 4 <= s.len; at++) {
        if (s.ptr[at] != ' ' && s.ptr[at] != '?' && s.ptr[at] != '\n')
            continue;
        if (memcmp(s.ptr + at + 1, code, 3) != 0)
            continue;
        if (at + 4 == s.len || s.ptr[at + 4] == '-' || s.ptr[at + 4] == ' ')
            return at + 1;
    }
    return s.len;
}

static void append_line(uint8_t *out, size_t *len, struct ff_slice line, bool first)
{
    if (!first)
        out[(*len)++] = '\n';
    if (line.len)
        memcpy(out + *len, line.ptr, line.len);
    *len += line.len;
}

/* Reply of several lines, "CCC-text CCC-text CCC text". The arena has room for it: no line grows. */
static void parse_lines(struct ff_slice s, struct ff_arena *arena, struct ff_postfix_reply *ret)
{
    uint8_t *out = ff_arena_bytes(arena, s.len);
    if (!out) {
        ret->text = s;
        return;
    }
    uint8_t code[3];
    memcpy(code, s.ptr, 3);
    size_t len = 0, at = 0;
    while (at < s.len) {
        bool last = at + 3 >= s.len || s.ptr[at + 3] != '-';
        size_t end = last ? s.len : next_line(s, at + 4, code);
        struct ff_slice line = ff_slice_sub(s, at + 4, end == s.len ? end : end - 1);
        uint32_t enhanced = take_enhanced(&line);
        if (enhanced)
            ret->enhanced_code = enhanced;
        append_line(out, &len, line, at == 0);
        at = end;
    }
    ret->text = ff_slice_of(out, len);
}

/* A reply as Postfix wrote it, without what it was in reply to. */
static void parse_reply(struct ff_slice s, struct ff_arena *arena, struct ff_postfix_reply *ret)
{
    ret->text = s;
    if (s.len < 3 || s.ptr[0] < '2' || s.ptr[0] > '5' || !is_digit(s.ptr[1]) || !is_digit(s.ptr[2]) ||
        (s.len > 3 && s.ptr[3] != ' ' && s.ptr[3] != '-'))
        return;
    ret->reply_code = (uint32_t)(s.ptr[0] - '0') * 100 + (uint32_t)(s.ptr[1] - '0') * 10 + (uint32_t)(s.ptr[2] - '0');
    if (s.len > 3 && s.ptr[3] == '-') {
        parse_lines(s, arena, ret);
    } else {
        ret->text = skip_blanks(ff_slice_sub(s, 4, s.len));
        ret->enhanced_code = take_enhanced(&ret->text);
    }
    if (ret->enhanced_code && ret->enhanced_code / 1000000 != ret->reply_code / 100)
        ret->flags |= FF_FLAG_CODE_MISMATCH;
}

/* "REPLY (in reply to COMMAND)". */
static void parse_said(struct ff_slice s, bool cut, struct ff_arena *arena, struct ff_postfix_reply *ret)
{
    static const char marker[] = " (in reply to ";
    const size_t n = sizeof marker - 1;
    ret->origin = FF_ORIGIN_REMOTE_REPLY;
    for (size_t at = s.len; at-- > 0;) {
        if (s.ptr[at] != ' ' || s.len - at < n || memcmp(s.ptr + at, marker, n) != 0)
            continue;
        ret->stage = stage_of(commands, ff_slice_sub(s, at + n, s.len), cut);
        if (ret->stage != FF_STAGE_UNSPECIFIED || !cut)
            s = ff_slice_sub(s, 0, at);
        break;
    }
    parse_reply(s, arena, ret);
}

/* "H[ip] said: ...", "H[ip] refused to talk to me: ..."; s stands behind "host ". */
static bool parse_host_said(struct ff_slice s, const struct ff_postfix_line *line, struct ff_arena *arena,
                            struct ff_postfix_reply *ret)
{
    if (!take_host(&s, ret))
        return false;
    if (take(&s, FF_SLICE(" said: "))) {
        parse_said(s, line->truncated, arena, ret);
        return true;
    }
    if (take(&s, FF_SLICE(" refused to talk to me: "))) {
        /* the same words for the banner and for EHLO; but a refused banner is always deferred, so a bounce was EHLO */
        ret->stage = line->status == FF_POSTFIX_BOUNCED ? FF_STAGE_HELO : FF_STAGE_BANNER;
        ret->origin = FF_ORIGIN_REMOTE_REPLY;
        parse_reply(s, arena, ret);
        return true;
    }
    return false;
}

static bool has(struct ff_slice s, struct ff_slice needle)
{
    return ff_slice_find(s, 0, needle) != SIZE_MAX;
}

/* Connections that were not made, or broke. */
static bool parse_network(struct ff_slice s, bool cut, struct ff_postfix_reply *ret)
{
    if (take(&s, FF_SLICE("connect to "))) {
        take_host(&s, ret);
        ret->stage = FF_STAGE_CONNECT;
    } else if (take(&s, FF_SLICE("lost connection with ")) || take(&s, FF_SLICE("conversation with "))) {
        take_host(&s, ret);
        size_t at = ff_slice_find(s, 0, FF_SLICE(" while "));
        if (at != SIZE_MAX)
            ret->stage = stage_of(states, ff_slice_sub(s, at + 7, s.len), cut);
    } else if (ff_slice_starts(s, FF_SLICE("Cannot start TLS"))) {
        ret->stage = FF_STAGE_STARTTLS;
    } else {
        return false;
    }
    ret->origin = FF_ORIGIN_LOCAL_NETWORK;
    return true;
}

static bool parse_tls_or_auth(struct ff_slice s, const struct ff_postfix_line *line, struct ff_arena *arena,
                              struct ff_postfix_reply *ret)
{
    size_t at;
    if (take(&s, FF_SLICE("TLS is required, but host "))) {
        ret->stage = FF_STAGE_STARTTLS;
        ret->origin = FF_ORIGIN_LOCAL_POLICY;
        if (take_host(&s, ret) && take(&s, FF_SLICE(" refused to start TLS: "))) {
            ret->origin = FF_ORIGIN_REMOTE_REPLY;
            parse_reply(s, arena, ret);
        }
    } else if (take(&s, FF_SLICE("SASL authentication failed; server "))) {
        ret->origin = FF_ORIGIN_LOCAL_POLICY;
        if (take_host(&s, ret) && take(&s, FF_SLICE(" said: ")))
            parse_said(s, line->truncated, arena, ret);
        ret->stage = FF_STAGE_AUTH;
    } else if (ff_slice_starts(s, FF_SLICE("SASL authentication failed"))) {
        ret->origin = FF_ORIGIN_LOCAL_POLICY;
        ret->stage = FF_STAGE_AUTH;
    } else if (ff_slice_starts(s, FF_SLICE("TLS is required")) || ff_slice_starts(s, FF_SLICE("Server certificate"))) {
        ret->origin = FF_ORIGIN_LOCAL_POLICY;
        ret->stage = FF_STAGE_STARTTLS;
        at = ff_slice_find(s, 0, FF_SLICE("by host "));
        if (at != SIZE_MAX) {
            s = ff_slice_sub(s, at + 8, s.len);
            take_host(&s, ret);
        }
    } else {
        return false;
    }
    return true;
}

static bool is_dns(struct ff_slice s)
{
    return ff_slice_starts(s, FF_SLICE("Host or domain name not found")) ||
           ff_slice_starts(s, FF_SLICE("unable to look up host")) || has(s, FF_SLICE("Name service error")) ||
           ff_slice_ends(s, FF_SLICE(": host not found")) || ff_slice_ends(s, FF_SLICE(": Host not found")) ||
           has(s, FF_SLICE("does not accept mail (nullMX")) || has(s, FF_SLICE("loops back to myself")) ||
           ff_slice_starts(s, FF_SLICE("unable to find primary relay")) || has(s, FF_SLICE("DNSSEC"));
}

/* What this machine found out or decided by itself; the text is the reason as it stands. */
static void parse_local(struct ff_slice s, const struct ff_postfix_line *line, struct ff_arena *arena,
                        struct ff_postfix_reply *ret)
{
    ret->text = s;
    if (parse_network(s, line->truncated, ret) || parse_tls_or_auth(s, line, arena, ret))
        return;
    if (is_dns(s)) {
        ret->origin = FF_ORIGIN_LOCAL_DNS;
        ret->stage = FF_STAGE_DNS;
        return;
    }
    size_t at = ff_slice_find(s, 0, FF_SLICE("of server "));
    if (ff_slice_starts(s, FF_SLICE("message size ")) && at != SIZE_MAX) {
        s = ff_slice_sub(s, at + 10, s.len);
        take_host(&s, ret);
    }
    ret->origin = line->status == FF_POSTFIX_SENT ? FF_ORIGIN_UNSPECIFIED : FF_ORIGIN_LOCAL_POLICY;
}

/* A reason of a result that was accepted, "250 2.0.0 Ok: queued as ...", or one that quotes a server. */
static void parse_words(struct ff_slice s, const struct ff_postfix_line *line, struct ff_arena *arena,
                        struct ff_postfix_reply *ret)
{
    bool accepted = line->status == FF_POSTFIX_SENT || line->status == FF_POSTFIX_DELIVERABLE;
    struct ff_slice rest = s;
    if (accepted && s.len >= 3 && s.ptr[0] == '2' && is_digit(s.ptr[1]) && is_digit(s.ptr[2]) &&
        ff_slice_chr(line->relay, 0, '[') != SIZE_MAX) {
        ret->origin = FF_ORIGIN_REMOTE_REPLY;
        ret->stage = line->status == FF_POSTFIX_SENT ? FF_STAGE_END_OF_DATA : FF_STAGE_RCPT_TO;
        parse_reply(s, arena, ret);
        return;
    }
    take(&rest, FF_SLICE("Protocol error: "));
    if (take(&rest, FF_SLICE("host ")) && parse_host_said(rest, line, arena, ret))
        return;
    parse_local(s, line, arena, ret);
}

void ff_postfix_reason_parse(const struct ff_postfix_line *line, struct ff_arena *arena, struct ff_postfix_reply *ret)
{
    memset(ret, 0, sizeof *ret);
    struct ff_slice s = line->reason;
    bool suspended = take(&s, FF_SLICE("delivery temporarily suspended: "));
    parse_words(s, line, arena, ret);
    if (line->truncated)
        ret->flags |= FF_FLAG_TRUNCATED;
    if (!suspended)
        return;
    /* the queue manager repeats what an earlier attempt met; no server was asked this time */
    if (ret->origin == FF_ORIGIN_REMOTE_REPLY)
        ret->flags |= FF_FLAG_REPLY_INHERITED;
    ret->origin = FF_ORIGIN_LOCAL_QUEUE;
    ret->stage = FF_STAGE_QUEUE;
}
