/* check.c: may this address be mailed? One by query, or many by lines. Reads the clock, for expiry. */
#include <stdlib.h>

#include "proto/clock.h"
#include "suppress/http/api_int.h"

static void put_found(struct ff_json_out *o, const struct ff_suppression *s)
{
    ff_json_member_string(o, "reason", ff_slice_str(ff_reason_name(s->reason)));
    ff_json_member_string(o, "category",
                          ff_slice_str(ff_category_name(s->has_evidence ? s->evidence.category : FF_CATEGORY_NONE)));
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

enum ff_err ff_api_check_one(struct ff_lookup *l, struct ff_api_counters *counters,
                             const struct ff_slice part[FF_API_PARTS], struct ff_json_out *o)
{
    struct ff_slice address = part[FF_API_ADDRESS];
    struct ff_suppression found;
    bool suppressed;
    enum ff_err err =
        ff_lookup_check(l, part[FF_API_TENANT], part[FF_API_STREAM], address, ff_now_us(), &suppressed, &found);
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
    struct ff_api_query query; /* for lines that say nothing */
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

static const char *words_of(enum ff_err err)
{
    switch (err) {
    case FF_ERR_SYNTAX: return "the address is none";
    case FF_ERR_TOO_LARGE: return "the address is longer than RFC 5321 allows";
    default: return "the state cannot be read";
    }
}

/* Constant text, or `room` filled; NULL: nothing is wrong. */
static const char *line_wrong(struct ff_api_bulk *b, struct ff_slice line, struct ff_arena *arena,
                              struct ff_slice part[FF_API_PARTS], char room[FF_API_WRONG_MAX])
{
    struct ff_err_at at;
    if (line.len > FF_API_LINE_BYTES_MAX)
        return "the line is longer than 32768 bytes";
    if (ff_json_parse(b->doc, line, &at) != FF_OK)
        return "the line is not JSON";
    if (ff_json_type(b->doc, 0) != FF_JSON_OBJECT)
        return "the line is no JSON object";
    if (!ff_api_line_read(b->doc, arena, part, room))
        return room;
    return part[FF_API_ADDRESS].len ? NULL : "there is no address";
}

static void check_line(struct ff_api_bulk *b, struct ff_slice line)
{
    uint8_t room[FF_API_LINE_BYTES_MAX];
    char wrong_room[FF_API_WRONG_MAX];
    struct ff_arena arena;
    struct ff_slice part[FF_API_PARTS];
    memcpy(part, b->query.part, sizeof(part));
    ff_arena_init(&arena, room, sizeof(room));
    const char *wrong = line_wrong(b, line, &arena, part, wrong_room);
    if (!wrong) {
        enum ff_err err = ff_api_check_one(b->lookup, b->counters, part, b->o);
        if (!err)
            return;
        wrong = words_of(err);
    } else {
        count(&b->counters->refused);
    }
    put_error(b->o, part[FF_API_ADDRESS], wrong);
}

enum ff_err ff_api_bulk_new(struct ff_api_counters *counters, struct ff_slice query, struct ff_slice body,
                            struct ff_api_bulk **ret, char wrong[FF_API_WRONG_MAX])
{
    struct ff_api_bulk *b = (struct ff_api_bulk *)malloc(sizeof(*b));
    if (!b)
        return FF_ERR_NOMEM;
    b->counters = counters;
    b->body = body;
    b->pos = 0;
    b->doc = ff_json_doc_new(FF_API_LINE_NODES_MAX);
    enum ff_err err = !b->doc                                                     ? FF_ERR_NOMEM
                      : ff_api_query_read(query, FF_API_TENANT, &b->query, wrong) ? FF_OK
                                                                                  : FF_ERR_SYNTAX;
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
