/* event.c: names of an event's enums, the small text forms (enhanced code, IP address), and the id of an event that has
 * none. The wire form is in event_wire.c, the JSON form in event_json.c. */
#include "proto/event.h"

#include <arpa/inet.h>
#include <stdio.h>
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

static const char *const kinds[FF_KIND_COUNT] = {
    [FF_KIND_UNSPECIFIED] = "unspecified",
    [FF_KIND_DELIVERY] = "delivery",
    [FF_KIND_TRANSIENT_FAILURE] = "transient_failure",
    [FF_KIND_BOUNCE] = "bounce",
    [FF_KIND_EXPIRATION] = "expiration",
    [FF_KIND_ADMIN_BOUNCE] = "admin_bounce",
    [FF_KIND_OOB] = "oob",
    [FF_KIND_FEEDBACK] = "feedback",
    [FF_KIND_SUPPRESSED] = "suppressed",
    [FF_KIND_DELAYED] = "delayed",
    [FF_KIND_PROBE] = "probe",
    [FF_KIND_RECEPTION] = "reception",
    [FF_KIND_UNSUBSCRIBE] = "unsubscribe",
};

static const char *const origins[FF_ORIGIN_COUNT] = {
    [FF_ORIGIN_UNSPECIFIED] = "unspecified", [FF_ORIGIN_REMOTE_REPLY] = "remote_reply",
    [FF_ORIGIN_REMOTE_DSN] = "remote_dsn",   [FF_ORIGIN_LOCAL_NETWORK] = "local_network",
    [FF_ORIGIN_LOCAL_DNS] = "local_dns",     [FF_ORIGIN_LOCAL_POLICY] = "local_policy",
    [FF_ORIGIN_LOCAL_QUEUE] = "local_queue", [FF_ORIGIN_FEEDBACK_LOOP] = "feedback_loop",
};

static const char *const stages[FF_STAGE_COUNT] = {
    [FF_STAGE_UNSPECIFIED] = "unspecified",
    [FF_STAGE_CONNECT] = "connect",
    [FF_STAGE_BANNER] = "banner",
    [FF_STAGE_HELO] = "helo",
    [FF_STAGE_STARTTLS] = "starttls",
    [FF_STAGE_AUTH] = "auth",
    [FF_STAGE_MAIL_FROM] = "mail_from",
    [FF_STAGE_RCPT_TO] = "rcpt_to",
    [FF_STAGE_DATA] = "data",
    [FF_STAGE_END_OF_DATA] = "end_of_data",
    [FF_STAGE_RSET] = "rset",
    [FF_STAGE_QUIT] = "quit",
    [FF_STAGE_DNS] = "dns",
    [FF_STAGE_QUEUE] = "queue",
    [FF_STAGE_AFTER_ACCEPT] = "after_accept",
};

static const char *const flags[FF_FLAG_BITS] = {
    "truncated",     "lossy_utf8",      "code_mismatch",  "clock_suspect",  "year_inferred",
    "redacted_rcpt", "reply_inherited", "code_synthetic", "token_verified", "test",
};

static unsigned find_name(const char *const *names, unsigned count, struct ff_slice name)
{
    unsigned i = 0;
    while (i < count && !ff_slice_eq(ff_slice_str(names[i]), name))
        i++;
    return i;
}

const char *ff_kind_name(uint32_t kind)
{
    return kinds[kind < FF_KIND_COUNT ? kind : 0];
}

const char *ff_origin_name(uint32_t origin)
{
    return origins[origin < FF_ORIGIN_COUNT ? origin : 0];
}

const char *ff_stage_name(uint32_t stage)
{
    return stages[stage < FF_STAGE_COUNT ? stage : 0];
}

const char *ff_flag_name(unsigned bit)
{
    return bit < FF_FLAG_BITS ? flags[bit] : "unspecified";
}

enum ff_kind ff_kind_parse(struct ff_slice name)
{
    return (enum ff_kind)find_name(kinds, FF_KIND_COUNT, name);
}

enum ff_origin ff_origin_parse(struct ff_slice name)
{
    return (enum ff_origin)find_name(origins, FF_ORIGIN_COUNT, name);
}

enum ff_stage ff_stage_parse(struct ff_slice name)
{
    return (enum ff_stage)find_name(stages, FF_STAGE_COUNT, name);
}

unsigned ff_flag_parse(struct ff_slice name)
{
    return find_name(flags, FF_FLAG_BITS, name);
}

bool ff_kind_is_failure(uint32_t kind)
{
    switch (kind) {
    case FF_KIND_TRANSIENT_FAILURE:
    case FF_KIND_BOUNCE:
    case FF_KIND_EXPIRATION:
    case FF_KIND_ADMIN_BOUNCE:
    case FF_KIND_OOB:
    case FF_KIND_DELAYED:
        return true;
    default:
        return false;
    }
}

/* Length-prefixed parts, gathered in a buffer because one XXH3 call over 300 bytes is several times cheaper than twenty
 * small updates. What is longer is fed in pieces: the digest does not depend on where they end. */
struct hash_input {
    XXH3_state_t *state; /* NULL: the buffer has room for all that comes */
    uint8_t *end;
    uint8_t buf[1024];
};

static inline void hash_number(struct hash_input *in, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(in->end, &v, sizeof v);
    in->end += sizeof v;
}

static inline void hash_slice(struct hash_input *in, struct ff_slice s)
{
    hash_number(in, s.len);
    if (in->state) {
        XXH3_128bits_update(in->state, in->buf, (size_t)(in->end - in->buf));
        XXH3_128bits_update(in->state, s.ptr, s.len);
        in->end = in->buf;
    } else if (s.len) {
        memcpy(in->end, s.ptr, s.len);
        in->end += s.len;
    }
}

static void hash_identity(struct hash_input *in, const struct ff_event *ev, struct ff_slice salt)
{
    in->end = in->buf;
    hash_slice(in, ev->message_id);
    hash_slice(in, ev->recipient);
    hash_number(in, ev->kind);
    hash_number(in, (uint64_t)ev->event_time_us);
    hash_number(in, ev->reply_code);
    hash_number(in, ev->enhanced_code);
    hash_slice(in, ev->reply_text);
    hash_number(in, ev->attempt);
    hash_slice(in, salt);
}

static XXH128_hash_t hash_long(struct hash_input *in, const struct ff_event *ev, struct ff_slice salt)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    in->state = &state;
    hash_identity(in, ev, salt);
    XXH3_128bits_update(&state, in->buf, (size_t)(in->end - in->buf));
    return XXH3_128bits_digest(&state);
}

void ff_event_content_id(const struct ff_event *ev, struct ff_slice salt, uint8_t ret_id[16])
{
    const size_t numbers = 9 * sizeof(uint64_t);
    struct hash_input in;
    in.state = NULL; /* the buffer stays as it is */
    XXH128_hash_t h;
    if (ev->message_id.len + ev->recipient.len + ev->reply_text.len + salt.len <= sizeof in.buf - numbers) {
        hash_identity(&in, ev, salt);
        h = XXH3_128bits(in.buf, (size_t)(in.end - in.buf));
    } else {
        h = hash_long(&in, ev, salt);
    }
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, h);
    memcpy(ret_id, canonical.digest, 16);
}

bool ff_enhanced_parse(struct ff_slice s, uint32_t *ret_code)
{
    uint32_t part[3];
    size_t at = 0;
    for (unsigned i = 0; i < 3; i++) {
        size_t from = at;
        part[i] = 0;
        for (; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9' && at - from < 3; at++)
            part[i] = part[i] * 10 + (uint32_t)(s.ptr[at] - '0');
        if (at == from || (i < 2 && (at >= s.len || s.ptr[at++] != '.')))
            return false;
    }
    if (at != s.len || s.ptr[1] != '.' || part[0] < 2 || part[0] > 5)
        return false;
    *ret_code = FF_ENHANCED(part[0], part[1], part[2]);
    return true;
}

size_t ff_enhanced_format(uint32_t code, char buf[12])
{
    /* a foreign number may be anything: the class is cut so that the text always fits */
    int n = snprintf(buf, 12, "%u.%u.%u", code / 1000000 % 1000, code / 1000 % 1000, code % 1000);
    return (size_t)n;
}

/* Four decimal numbers 0..255 without leading zeros, which some readers take for octal. */
size_t ff_ip4_begin(struct ff_slice text, uint8_t ret_ip[4])
{
    if (text.len == 0)
        return 0; /* of nothing there may be no pointer */
    const uint8_t *p = text.ptr, *end = p + text.len;
    for (unsigned i = 0; i < 4; i++, p++) {
        unsigned v, digit;
        if (p >= end || (v = (unsigned)*p++ - '0') > 9)
            return 0;
        if (v && p < end && (digit = (unsigned)*p - '0') <= 9) {
            v = v * 10 + digit;
            if (++p < end && (digit = (unsigned)*p - '0') <= 9) {
                v = v * 10 + digit;
                p++;
            }
        }
        ret_ip[i] = (uint8_t)v;
        if (v > 255 || (i < 3 && (p >= end || *p != '.')))
            return 0;
    }
    return (size_t)(p - 1 - text.ptr);
}

size_t ff_ip_parse(struct ff_slice text, uint8_t ret_ip[16])
{
    char buf[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof buf)
        return 0;
    if (ff_ip4_begin(text, ret_ip) == text.len)
        return 4;
    if (ff_slice_chr(text, 0, ':') == SIZE_MAX || ff_slice_chr(text, 0, 0) != SIZE_MAX)
        return 0;
    memcpy(buf, text.ptr, text.len);
    buf[text.len] = 0;
    return inet_pton(AF_INET6, buf, ret_ip) == 1 ? 16 : 0;
}

size_t ff_ip_format(struct ff_slice ip, char buf[46])
{
    if (ip.len == 16 && inet_ntop(AF_INET6, ip.ptr, buf, 46))
        return strlen(buf);
    if (ip.len != 4)
        return 0;
    char *p = buf;
    for (unsigned i = 0; i < 4; i++) {
        unsigned v = ip.ptr[i];
        if (i)
            *p++ = '.';
        if (v >= 100)
            *p++ = (char)('0' + v / 100);
        if (v >= 10)
            *p++ = (char)('0' + v / 10 % 10);
        *p++ = (char)('0' + v % 10);
    }
    *p = 0;
    return (size_t)(p - buf);
}
