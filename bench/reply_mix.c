/* reply_mix.c: see reply_mix.h. */
#include "bench/reply_mix.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/generated.h"

#define REPLY_ROOM 768 /* text, host, mail_from and recipient of one reply */
#define WORD_BYTES 10
#define E FF_ENHANCED

/* What small and middling servers say, beside the big receivers of gen_replies[]. */
static const struct {
    uint32_t stage, code, enhanced;
    const char *text;
} own[] = {
    {FF_STAGE_RCPT_TO, 550, 0, "{rcpt} no such user here"},
    {FF_STAGE_RCPT_TO, 550, E(5, 1, 1), "<{rcpt}> User doesn't exist: {rcpt}"},
    {FF_STAGE_RCPT_TO, 550, E(5, 1, 1), "Mailbox <{rcpt}> does not exist"},
    {FF_STAGE_RCPT_TO, 550, 0, "Unrouteable address"},
    {FF_STAGE_RCPT_TO, 550, E(5, 1, 1), "sorry, no mailbox here by that name. (#5.1.1)"},
    {FF_STAGE_RCPT_TO, 554, E(5, 1, 1), "Error: invalid recipient {rcpt}"},
    {FF_STAGE_RCPT_TO, 550, E(5, 1, 0), "Address rejected. {rcpt} [{id}]"},
    {FF_STAGE_RCPT_TO, 550, 0, "Account not available [{n}]"},
    {FF_STAGE_RCPT_TO, 511, E(5, 1, 1), "User unknown"},
    {FF_STAGE_RCPT_TO, 550, E(5, 2, 1), "Mailbox unavailable for {rcpt} (account closed)"},
    {FF_STAGE_RCPT_TO, 552, E(5, 2, 2), "The recipient's mailbox is over its storage limit, {n} messages waiting"},
    {FF_STAGE_RCPT_TO, 452, E(4, 2, 2), "Mailbox full / Boite pleine / Buz\xc3\xb3n lleno"},
    {FF_STAGE_RCPT_TO, 422, E(4, 2, 2), "The mailbox of {rcpt} has exceeded its quota."},
    {FF_STAGE_RCPT_TO, 450, 0, "<{rcpt}>: Recipient address rejected: Policy delay, retry after 5 minutes"},
    {FF_STAGE_RCPT_TO, 451, E(4, 7, 1), "Greylisted for {n} seconds, please retry later"},
    {FF_STAGE_RCPT_TO, 450, E(4, 7, 1), "Client host rejected: cannot find your reverse hostname, [{ip}]"},
    {FF_STAGE_CONNECT, 421, 0, "{host} Too many concurrent SMTP connections; please try again later."},
    {FF_STAGE_CONNECT, 554, 0,
     "{host} Your access to this mail system has been rejected due to the sending MTA's poor reputation."},
    {FF_STAGE_RCPT_TO, 554, E(5, 7, 1),
     "<{rcpt}>: Client host [{ip}] blocked by local policy; contact postmaster@{domain}"},
    {FF_STAGE_MAIL_FROM, 550, E(5, 7, 1),
     "{ip} is listed in a DNS block list; see https://www.spamhaus.org/query/ip/{ip}"},
    {FF_STAGE_END_OF_DATA, 550, 0, "High probability of spam ({id})"},
    {FF_STAGE_END_OF_DATA, 554, E(5, 7, 1), "The message was identified as spam, id={id}-{n}"},
    {FF_STAGE_END_OF_DATA, 550, E(5, 7, 1), "Message rejected due to content restrictions, reference {id}"},
    {FF_STAGE_END_OF_DATA, 554, E(5, 6, 0), "Message contains invalid header"},
    {FF_STAGE_END_OF_DATA, 552, E(5, 3, 4), "Message size {n} exceeds fixed limit"},
    {FF_STAGE_END_OF_DATA, 550, E(5, 7, 20), "No passing DKIM signature found for {from}"},
    {FF_STAGE_MAIL_FROM, 550, E(5, 7, 27), "Sender address has null MX: {from}"},
    {FF_STAGE_MAIL_FROM, 553, E(5, 1, 8), "<b@{from}>... Domain of sender address does not resolve"},
    {FF_STAGE_MAIL_FROM, 451, E(4, 1, 8), "Domain of sender address b@{from} does not resolve"},
    {FF_STAGE_RCPT_TO, 550, E(5, 7, 1), "Relaying denied. IP name lookup failed [{ip}]"},
    {FF_STAGE_RCPT_TO, 550, E(5, 7, 1), "You are not allowed to send to this group: {rcpt}"},
    {FF_STAGE_RCPT_TO, 451, E(4, 3, 5), "Server configuration problem at {host}"},
    {FF_STAGE_RCPT_TO, 451, 0, "Temporary local problem - please try later"},
    {FF_STAGE_RCPT_TO, 550, E(5, 4, 1), "All recipient addresses rejected : Access denied"},
    {FF_STAGE_RCPT_TO, 550, 0, "Benutzer unbekannt: {rcpt}"},
    {FF_STAGE_RCPT_TO, 550, E(5, 1, 1),
     "\xd0\x9f\xd0\xbe\xd0\xbb\xd1\x8c\xd0\xb7\xd0\xbe\xd0\xb2\xd0\xb0\xd1\x82\xd0\xb5\xd0\xbb\xd1\x8c "
     "\xd0\xbd\xd0\xb5 \xd0\xbd\xd0\xb0\xd0\xb9\xd0\xb4\xd0\xb5\xd0\xbd {rcpt}"},
    {FF_STAGE_RCPT_TO, 550, E(5, 1, 1), "recipient rejected, id {id}.{n} at {host}"},
    {FF_STAGE_QUEUE, 0, E(4, 4, 1), "connect to {host}[{ip}]:25: Connection timed out"},
    {FF_STAGE_QUEUE, 0, E(5, 4, 4),
     "Host or domain name not found. Name service error for name={domain} type=AAAA: Host not found"},
    {FF_STAGE_END_OF_DATA, 554, E(5, 0, 0), "Transaction failed for {rcpt} on {host}, see ticket {id}"},
};

/* Of receivers that number their servers, and give each reply an id. */
static const struct {
    uint32_t code, enhanced;
    const char *mx, *text;
} joined[] = {
    {550, E(5, 1, 1), "gmail-smtp-in.l.google.com",
     "The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's "
     "email address for typos or 550-5.1.1 unnecessary spaces. For more information, go to 550 5.1.1 "
     "https://support.google.com/mail/?p=NoSuchUser {id}-{id}si{n}.{n} - gsmtp"},
    {421, E(4, 7, 28), "gmail-smtp-in.l.google.com",
     "Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your IP address [{ip} {n}]. To "
     "protect our users from spam, mail has been 421-4.7.28 temporarily rate limited. {id}si{n}.{n} - gsmtp"},
    {550, E(5, 4, 1), "example-com.mail.protection.outlook.com",
     "Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors "
     "[{server}.prod.outlook.com {time} {id}]"},
    {550, 0, "eu-smtp-inbound-1.mimecast.com",
     "Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [{id}.uk{n}]"},
};

struct shape {
    uint32_t stage, kind, origin, code, enhanced;
    const char *text, *mx;
};

static uint64_t next(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/** A name as people choose them: sometimes with digits and dots, mostly letters. */
static int name(uint64_t *x, char *ret, size_t size)
{
    static const char *const first[] = {"anna",    "b.olsen", "carlos",   "d-meyer", "eva",
                                        "frank.w", "gita",    "h.suzuki", "ivan",    "jo"};
    uint64_t r = next(x);
    return r % 3 ? snprintf(ret, size, "%s%u", first[r / 3 % 10], (unsigned)(r >> 32) % 1000)
                 : snprintf(ret, size, "%s.%c%c%c", first[r / 3 % 10], (int)('a' + r / 64 % 26),
                            (int)('a' + r / 4096 % 26), 'e');
}

static int domain(uint64_t *x, char *ret, size_t size)
{
    static const char *const last[] = {"example.com", "example.net", "example.org", "firma.example.de",
                                       "club.example.fr"};
    uint64_t r = next(x);
    return snprintf(ret, size, "%c%c%c%s.%s", (int)('a' + r % 26), (int)('a' + r / 32 % 26), (int)('a' + r / 1024 % 26),
                    r >> 40 & 1 ? "-mail" : "", last[(r >> 32) % 5]);
}

struct fill {
    uint64_t x;
    char rcpt[160], from[96], mx[96], host[96], rcpt_domain[64];
    uint8_t ip[4];
};

static int put(struct fill *f, const char *name_of, size_t len, char *ret, size_t size)
{
    if (strncmp(name_of, "rcpt", len) == 0)
        return snprintf(ret, size, "%s", f->rcpt);
    if (strncmp(name_of, "domain", len) == 0)
        return snprintf(ret, size, "%s", f->rcpt_domain);
    if (strncmp(name_of, "host", len) == 0)
        return snprintf(ret, size, "%s", f->host);
    if (strncmp(name_of, "from", len) == 0)
        return snprintf(ret, size, "%s", strchr(f->from, '@') + 1);
    if (strncmp(name_of, "ip", len) == 0)
        return snprintf(ret, size, "%u.%u.%u.%u", f->ip[0], f->ip[1], f->ip[2], f->ip[3]);
    uint64_t r = next(&f->x);
    if (strncmp(name_of, "server", len) == 0)
        return snprintf(ret, size, "DB%uPEPF%08X.eurprd%02u", (unsigned)(r % 9) + 1, (unsigned)(r >> 8), (unsigned)r % 9);
    if (strncmp(name_of, "time", len) == 0)
        return snprintf(ret, size, "2026-11-%02uT%02u:%02u:%02u.%03uZ", (unsigned)(r % 28) + 1, (unsigned)(r >> 8) % 24,
                        (unsigned)(r >> 16) % 60, (unsigned)(r >> 24) % 60, (unsigned)(r >> 32) % 1000);
    if (strncmp(name_of, "id", len) == 0)
        return snprintf(ret, size, "%c%llx", (int)('a' + r % 26), (unsigned long long)(r >> (8 + r % 24)));
    return snprintf(ret, size, "%u", (unsigned)(r % 3000) + 10);
}

static size_t expand(struct fill *f, const char *text, char *ret, size_t size)
{
    size_t n = 0;
    while (*text && n + 128 < size) {
        size_t len = *text == '{' ? strcspn(text, "}") : 0;
        if (len) {
            n += (size_t)put(f, text + 1, len - 1, ret + n, size - n);
            text += len + 1;
        } else {
            ret[n++] = *text++;
        }
    }
    return n;
}

static size_t list_joined(struct shape *ret)
{
    size_t n = 0;
    for (; n < sizeof joined / sizeof *joined; n++)
        ret[n] = (struct shape){FF_STAGE_RCPT_TO,
                                joined[n].code < 500 ? FF_KIND_TRANSIENT_FAILURE : FF_KIND_BOUNCE,
                                FF_ORIGIN_REMOTE_REPLY,
                                joined[n].code,
                                joined[n].enhanced,
                                joined[n].text,
                                joined[n].mx};
    return n;
}

static size_t list_shapes(struct shape *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < gen_reply_count; i++) {
        const struct gen_reply *r = &gen_replies[i];
        if (!ff_kind_is_failure(r->kind) || !*r->text)
            continue;
        const char *mx = NULL;
        for (size_t k = 0; k < gen_receiver_count; k++)
            if (gen_receivers[k].host == r->host)
                mx = gen_receivers[k].mx;
        ret[n++] = (struct shape){r->stage, r->kind, r->origin, r->code, r->enhanced, r->text, mx};
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        ret[n++] = (struct shape){own[i].stage,
                                  own[i].code && own[i].code < 500 ? FF_KIND_TRANSIENT_FAILURE : FF_KIND_BOUNCE,
                                  own[i].stage == FF_STAGE_QUEUE ? FF_ORIGIN_LOCAL_NETWORK : FF_ORIGIN_REMOTE_REPLY,
                                  own[i].code,
                                  own[i].enhanced,
                                  own[i].text,
                                  NULL};
    return n;
}

static void make_context(struct fill *f)
{
    char local[64];
    name(&f->x, local, sizeof local);
    domain(&f->x, f->rcpt_domain, sizeof f->rcpt_domain);
    snprintf(f->rcpt, sizeof f->rcpt, "%s@%s", local, f->rcpt_domain);
    snprintf(f->from, sizeof f->from, "b+%llu@news.example.info", (unsigned long long)(next(&f->x) >> 30));
    snprintf(f->host, sizeof f->host, "mx%u.%s", (unsigned)(next(&f->x) % 20), f->rcpt_domain);
    uint64_t r = next(&f->x);
    memcpy(f->ip, (const uint8_t[]){198, 51, 100, (uint8_t)(r % 250)}, 4);
}

static struct ff_slice keep(char **at, const char *from, size_t len)
{
    memcpy(*at, from, len);
    *at += len;
    return ff_slice_of(*at - len, len);
}

/** A word that no reply had before, and that no rule knows: none of their words begins like that. */
static void put_word(uint64_t *x, char *ret)
{
    uint64_t r = next(x);
    memcpy(ret, "xq", 2);
    for (int i = 2; i < WORD_BYTES; i++, r >>= 5)
        ret[i] = (char)('a' + r % 32 % 26);
}

static void make_reply(struct reply_mix *m, const struct shape *s, struct fill *f, enum mix_form form, char **at)
{
    char text[REPLY_ROOM / 2 + 200], code[32] = "", status[16] = "";
    size_t n = 0;
    if (form == MIX_RAW && s->code) {
        if (s->enhanced)
            ff_enhanced_format(s->enhanced, status);
        n = (size_t)snprintf(code, sizeof code, "%u %s%s", s->code, status, s->enhanced ? " " : "");
        memcpy(text, code, n);
    }
    n += expand(f, s->text, text + n, sizeof text - n - 16);
    if (form == MIX_NEW) {
        text[n++] = ' ';
        put_word(&f->x, text + n);
        n += WORD_BYTES;
    }
    struct ff_reply *r = &m->replies[m->count++];
    *r = (struct ff_reply){.stage = 0};
    struct ff_slice kept = keep(at, text, n);
    m->bytes += n;
    if (form == MIX_RAW) {
        r->raw = kept;
        return;
    }
    const char *mx = s->mx ? s->mx : f->mx;
    *r = (struct ff_reply){.text = kept,
                           .code = s->code,
                           .enhanced = s->enhanced,
                           .stage = s->stage,
                           .origin = s->origin,
                           .kind = s->kind,
                           .mx = keep(at, mx, strlen(mx)),
                           .mail_from = keep(at, f->from, strlen(f->from)),
                           .recipient = keep(at, f->rcpt, strlen(f->rcpt)),
                           .sending_ip = keep(at, (const char *)f->ip, 4)};
}

void reply_mix_init(struct reply_mix *ret, size_t count, enum mix_form form)
{
    struct shape shapes[256];
    struct fill f = {.x = BENCH_SEED};
    *ret = (struct reply_mix){.replies = calloc(count, sizeof *ret->replies), .text = malloc(count * REPLY_ROOM)};
    if (!ret->replies || !ret->text)
        exit(70);
    ret->shapes = form == MIX_JOINED ? list_joined(shapes) : list_shapes(shapes);
    char *at = ret->text;
    while (ret->count < count) {
        make_context(&f);
        snprintf(f.mx, sizeof f.mx, "%s", f.host);
        make_reply(ret, &shapes[next(&f.x) % ret->shapes], &f, form, &at);
    }
}

void reply_mix_renew(struct reply_mix *m, size_t reply)
{
    struct ff_slice text = m->replies[reply].text;
    put_word(&m->x, m->text + (text.ptr + text.len - WORD_BYTES - (const uint8_t *)m->text));
}

void reply_mix_fini(struct reply_mix *m)
{
    free(m->replies);
    free(m->text);
}
