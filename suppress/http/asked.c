/* asked.c: what a check asks for: parameters of a query, or members of a line.
 *
 * Nothing is passed over: a tenant that is misspelt, or there twice, would be a check of another tenant, whose answer
 * is "not suppressed", and mail to a dead address. So what has no meaning here is wrong, and the message names what
 * has.
 */
#include <assert.h>

#include "proto/nearest.h"
#include "suppress/http/api_int.h"

#define NAME_SHOWN 40 /* bytes of a name in a message */

static int shown(struct ff_slice name)
{
    return (int)(name.len < NAME_SHOWN ? name.len : NAME_SHOWN);
}

static bool unknown(const char *what, struct ff_slice name, const char *nearest, const char *there_are, char *wrong)
{
    snprintf(wrong, FF_API_WRONG_MAX, "there is no %s \"%.*s\" (%s%s%s)", what, shown(name), (const char *)name.ptr,
             nearest ? "did you mean " : there_are, nearest ? nearest : "", nearest ? "?" : "");
    return false;
}

static bool twice(const char *what, struct ff_slice name, char *wrong)
{
    snprintf(wrong, FF_API_WRONG_MAX, "the %s \"%.*s\" is there twice", what, shown(name), (const char *)name.ptr);
    return false;
}

/* ---- the query ------------------------------------------------------------------------------------------------- */

static const char *const parameters[FF_API_PARTS] = {[FF_API_ADDRESS] = "address", [FF_API_TENANT] = "tenant",
                                                     [FF_API_STREAM] = "stream"};

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* SIZE_MAX: a percent code is broken. What is decoded is not longer than it was. */
static size_t decode(struct ff_slice in, uint8_t *to)
{
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        if (c == '%') {
            int high = i + 2 < in.len ? hex_digit(in.ptr[i + 1]) : -1;
            int low = i + 2 < in.len ? hex_digit(in.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return SIZE_MAX;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        to[n++] = c;
    }
    return n;
}

static bool unknown_parameter(struct ff_slice name, enum ff_api_part first, char *wrong)
{
    struct ff_nearest search = ff_nearest_to(name);
    for (unsigned part = first; part < FF_API_PARTS; part++)
        ff_nearest_try(&search, parameters[part]);
    return unknown("parameter", name, search.name,
                   first == FF_API_ADDRESS ? "GET takes address, tenant and stream"
                                           : "POST takes tenant and stream; the addresses are in the lines", wrong);
}

/* One "name=value"; *used bytes of the room are taken. */
static bool take_parameter(struct ff_slice text, enum ff_api_part first, struct ff_api_query *q, size_t *used,
                           char *wrong)
{
    size_t eq = ff_slice_chr(text, 0, '=');
    struct ff_slice name = ff_slice_sub(text, 0, eq);
    struct ff_slice value = eq == SIZE_MAX ? (struct ff_slice){NULL, 0} : ff_slice_sub(text, eq + 1, text.len);
    unsigned part = first;
    while (part < FF_API_PARTS && !ff_slice_eq(name, ff_slice_str(parameters[part])))
        part++;
    if (part == FF_API_PARTS)
        return unknown_parameter(name, first, wrong);
    if (q->part[part].ptr)
        return twice("parameter", name, wrong);
    size_t len = decode(value, q->room + *used);
    if (len == SIZE_MAX) {
        snprintf(wrong, FF_API_WRONG_MAX, "the parameter \"%s\" is not percent-encoded", parameters[part]);
        return false;
    }
    q->part[part] = ff_slice_of(q->room + *used, len);
    *used += len;
    return true;
}

bool ff_api_query_read(struct ff_slice query, enum ff_api_part first, struct ff_api_query *ret,
                       char wrong[FF_API_WRONG_MAX])
{
    size_t used = 0;
    memset(ret->part, 0, sizeof(ret->part));
    for (size_t pos = 0; pos < query.len;) {
        size_t end = ff_slice_chr(query, pos, '&');
        struct ff_slice text = ff_slice_sub(query, pos, end);
        if (text.len && !take_parameter(text, first, ret, &used, wrong))
            return false;
        pos = end == SIZE_MAX ? query.len : end + 1;
    }
    return true;
}

/* ---- a line ---------------------------------------------------------------------------------------------------- */

static const struct member {
    const char *name;
    enum ff_api_part part; /* FF_API_PARTS: means nothing here */
} members[] = {
    {"address", FF_API_ADDRESS}, {"tenant", FF_API_TENANT}, {"stream", FF_API_STREAM},
    {"tenant_id", FF_API_TENANT}, {"stream_scope", FF_API_STREAM},
    /* what `export` writes besides (suppress/engine/export.c): a line of it can be asked as it is */
    {"address_key", FF_API_PARTS}, {"state", FF_API_PARTS}, {"reason", FF_API_PARTS}, {"category", FF_API_PARTS},
    {"first_event", FF_API_PARTS}, {"last_event", FF_API_PARTS}, {"hits", FF_API_PARTS}, {"expires", FF_API_PARTS},
    {"reply_code", FF_API_PARTS}, {"enhanced_code", FF_API_PARTS}, {"reply_text", FF_API_PARTS}, {"rule", FF_API_PARTS},
    {"provider", FF_API_PARTS}, {"remote_host", FF_API_PARTS}, {"remote_ip", FF_API_PARTS}, {"local_ip", FF_API_PARTS},
    {"actor", FF_API_PARTS}, {"note", FF_API_PARTS}, {"incident_id", FF_API_PARTS},
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))
static_assert(MEMBERS <= 32, "seen is a set of 32");

static size_t member_of(struct ff_slice name)
{
    size_t m = 0;
    while (m < MEMBERS && !ff_slice_eq(name, ff_slice_str(members[m].name)))
        m++;
    return m;
}

static bool unknown_member(struct ff_slice name, char *wrong)
{
    struct ff_nearest search = ff_nearest_to(name);
    for (size_t m = 0; m < MEMBERS; m++)
        ff_nearest_try(&search, members[m].name);
    return unknown("member", name, search.name, "a check has address, tenant and stream", wrong);
}

bool ff_api_line_read(const struct ff_json_doc *doc, struct ff_arena *arena, struct ff_slice part[FF_API_PARTS],
                      char wrong[FF_API_WRONG_MAX])
{
    uint32_t seen = 0, parts_seen = 0;
    for (uint32_t n = ff_json_first(0); n < doc->nodes[0].next; n = doc->nodes[n + 1].next) {
        struct ff_slice name;
        size_t m = ff_json_string(doc, n, arena, &name) ? member_of(name) : MEMBERS;
        if (m == MEMBERS)
            return unknown_member(ff_json_text(doc, n), wrong);
        if (seen >> m & 1)
            return twice("member", name, wrong);
        seen |= 1u << m;
        enum ff_api_part p = members[m].part;
        if (p == FF_API_PARTS)
            continue;
        if (parts_seen >> p & 1) {
            snprintf(wrong, FF_API_WRONG_MAX, "the %s is there twice (%s and %s mean the same)", parameters[p],
                     parameters[p], p == FF_API_TENANT ? "tenant_id" : "stream_scope");
            return false;
        }
        parts_seen |= 1u << p;
        if (!ff_json_string(doc, n + 1, arena, &part[p])) {
            snprintf(wrong, FF_API_WRONG_MAX, "the member \"%s\" must be a string", members[m].name);
            return false;
        }
    }
    return true;
}
