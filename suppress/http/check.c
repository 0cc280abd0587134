/* check.c: may this address be mailed? One by query, or many by lines. Reads the clock, for expiry. */
#include <stdlib.h>
#include <time.h>

#include "suppress/http/api_int.h"

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_param(struct ff_slice in, struct ff_api_param *ret)
{
    size_t n = 0;
    ret->given = true;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        if (c == '%') {
            int high = i + 2 < in.len ? hex_digit(in.ptr[i + 1]) : -1;
            int low = i + 2 < in.len ? hex_digit(in.ptr[i + 2]) : -1;
            ret->broken = high < 0 || low < 0;
            if (ret->broken)
                return;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (n == sizeof(ret->room)) {
            ret->broken = true;
            return;
        }
        ret->room[n++] = c;
    }
    ret->value = ff_slice_of(ret->room, n);
}

void ff_api_param(struct ff_slice query, const char *name, struct ff_api_param *ret)
{
    struct ff_slice wanted = ff_slice_str(name);
    ret->given = ret->broken = false;
    ret->value = (struct ff_slice){NULL, 0};
    for (size_t pos = 0; pos < query.len;) {
        size_t end = ff_slice_chr(query, pos, '&');
        struct ff_slice part = ff_slice_sub(query, pos, end);
        size_t eq = ff_slice_chr(part, 0, '=');
        if (ff_slice_eq(ff_slice_sub(part, 0, eq), wanted)) {
            decode_param(eq == SIZE_MAX ? (struct ff_slice){NULL, 0} : ff_slice_sub(part, eq + 1, part.len), ret);
            return;
        }
        pos = end == SIZE_MAX ? query.len : end + 1;
    }
}

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void put_found(struct ff_json_out *o, const struct ff_suppression *s)
{
    ff_json_member_string(o, "reason", ff_slice_str(ff_reason_name(s->reason)));
    ff_json_member_string(o, "category", ff_slice_str(ff_category_name(s->has_evidence ? s->evidence.category : FF_CATEGORY_NONE)));
    ff_json_key(o, "since");
    ff_json_put_time(o, s->first_event_us);
    ff_json_member_string(o, "scope", s->stream_scope);
    if (s->expires_us) {
        ff_json_key(o, "expires");
        ff_json_put_time(o, s->expires_us);
    }
}

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

enum ff_err ff_api_check_one(struct ff_lookup *l, struct ff_api_counters *counters, struct ff_slice tenant,
                             struct ff_slice stream, struct ff_slice address, struct ff_json_out *o)
{
    struct ff_suppression found;
    bool suppressed;
    enum ff_err err = ff_lookup_check(l, tenant, stream, address, now_us(), &suppressed, &found);
    if (err) {
        count(&counters->refused);
        return err;
    }
    count(suppressed ? &counters->suppressed : &counters->clear);
    ff_json_open(o, '{');
    ff_json_member_string(o, "address", address);
    ff_json_key(o, "suppressed");
    ff_json_put_bool(o, suppressed);
    if (suppressed)
        put_found(o, &found);
    ff_json_close(o, '}');
    return FF_OK;
}

/* ---- many ------------------------------------------------------------------------------------------------------ */

struct ff_api_bulk {
    struct ff_lookup *lookup; /* of the slice */
    struct ff_api_counters *counters;
    struct ff_json_doc *doc;
    struct ff_api_param tenant, stream; /* of the query, for lines that say nothing */
    struct ff_slice body;
    size_t pos; /* in it: what is before is answered */
    struct ff_json_out *o;
};

static void put_error(struct ff_json_out *o, struct ff_slice address, const char *what)
{
    ff_json_open(o, '{');
    if (address.len)
        ff_json_member_string(o, "address", address);
    ff_json_member_string(o, "error", ff_slice_str(what));
    ff_json_close(o, '}');
}

/* False: the member is there but no string. */
static bool take_member(const struct ff_json_doc *doc, const char *name, struct ff_arena *arena, struct ff_slice *ret)
{
    uint32_t n = ff_json_get(doc, 0, ff_slice_str(name));
    return n == FF_JSON_NONE || ff_json_type(doc, n) == FF_JSON_NULL || ff_json_string(doc, n, arena, ret);
}

static const char *words_of(enum ff_err err)
{
    switch (err) {
    case FF_ERR_SYNTAX: return "the address is none";
    case FF_ERR_TOO_LARGE: return "the address is longer than RFC 5321 allows";
    default: return "the state cannot be read";
    }
}

static void check_line(struct ff_api_bulk *b, struct ff_slice line)
{
    uint8_t room[FF_API_LINE_BYTES_MAX];
    struct ff_arena arena;
    struct ff_err_at at;
    struct ff_slice address = {NULL, 0}, tenant = b->tenant.value, stream = b->stream.value;
    const char *wrong = NULL;
    ff_arena_init(&arena, room, sizeof(room));
    if (line.len > FF_API_LINE_BYTES_MAX)
        wrong = "the line is longer than 16384 bytes";
    else if (ff_json_parse(b->doc, line, &at) != FF_OK)
        wrong = "the line is not JSON";
    else if (ff_json_type(b->doc, 0) != FF_JSON_OBJECT)
        wrong = "the line is no JSON object";
    else if (!take_member(b->doc, "address", &arena, &address) || !take_member(b->doc, "tenant", &arena, &tenant) ||
             !take_member(b->doc, "stream", &arena, &stream))
        wrong = "address, tenant and stream must be strings";
    else if (!address.len)
        wrong = "there is no address";
    if (!wrong) {
        enum ff_err err = ff_api_check_one(b->lookup, b->counters, tenant, stream, address, b->o);
        if (!err)
            return;
        wrong = words_of(err);
    } else {
        count(&b->counters->refused);
    }
    put_error(b->o, address, wrong);
}

enum ff_err ff_api_bulk_new(struct ff_api_counters *counters, struct ff_slice query, struct ff_slice body,
                            struct ff_api_bulk **ret)
{
    struct ff_api_bulk *b = (struct ff_api_bulk *)malloc(sizeof(*b));
    if (!b)
        return FF_ERR_NOMEM;
    b->counters = counters;
    b->body = body;
    b->pos = 0;
    b->doc = ff_json_doc_new(FF_API_LINE_NODES_MAX);
    ff_api_param(query, "tenant", &b->tenant);
    ff_api_param(query, "stream", &b->stream);
    enum ff_err err = !b->doc ? FF_ERR_NOMEM : b->tenant.broken || b->stream.broken ? FF_ERR_SYNTAX : FF_OK;
    if (err)
        ff_api_bulk_free(b);
    else
        *ret = b;
    return err;
}

bool ff_api_bulk_more(struct ff_api_bulk *b, struct ff_lookup *l, struct ff_json_out *o)
{
    b->lookup = l;
    b->o = o;
    for (unsigned n = 0; n < FF_API_SLICE_LINES && o->len < FF_API_SLICE_BYTES && b->pos < b->body.len; n++) {
        size_t end = ff_slice_chr(b->body, b->pos, '\n');
        struct ff_slice line = ff_slice_sub(b->body, b->pos, end);
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        check_line(b, line);
        ff_json_end_line(o);
        b->pos = end == SIZE_MAX ? b->body.len : end + 1;
    }
    return b->pos < b->body.len;
}

void ff_api_bulk_free(struct ff_api_bulk *b)
{
    if (!b)
        return;
    ff_json_doc_free(b->doc);
    free(b);
}
