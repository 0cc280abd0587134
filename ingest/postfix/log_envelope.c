/* log_envelope.c: one table of member names instead of one parser per shipper.
 *
 * Each shipper spells "message", "host", "program" and "time" its own way, and operators rename them. So the members
 * are read once; each name has a part and a rank, and of several members for one part the lowest rank wins (syslogtag
 * before program, because rsyslog and RFC 5424 cut program at '/'). When the message still has its syslog header, the
 * header's time, host and tag win: the envelope's are often those of the collector and of the moment it read the file.
 */
#include "ingest/postfix/log_envelope.h"

#include "proto/time_text.h"

enum part { PART_MESSAGE, PART_HOST, PART_TAG, PART_TIME, PART_COUNT };

#define NAME(literal)                                                                                                  \
    {                                                                                                                  \
        (const uint8_t *)(literal), sizeof(literal) - 1                                                                \
    }

static const struct {
    struct ff_slice name;
    uint8_t part, rank;
} members[] = {
    {NAME("message"), PART_MESSAGE, 0},
    {NAME("MESSAGE"), PART_MESSAGE, 0},
    {NAME("msg"), PART_MESSAGE, 1},
    {NAME("log"), PART_MESSAGE, 2},
    {NAME("line"), PART_MESSAGE, 3},
    {NAME("hostname"), PART_HOST, 0},
    {NAME("_HOSTNAME"), PART_HOST, 0},
    {NAME("host"), PART_HOST, 1},
    {NAME("HOST"), PART_HOST, 1},
    {NAME("syslogtag"), PART_TAG, 0},
    {NAME("SYSLOG_IDENTIFIER"), PART_TAG, 0},
    {NAME("appname"), PART_TAG, 1},
    {NAME("PROGRAM"), PART_TAG, 1},
    {NAME("ident"), PART_TAG, 1},
    {NAME("program"), PART_TAG, 2},
    {NAME("programname"), PART_TAG, 2},
    {NAME("app-name"), PART_TAG, 2},
    {NAME("app_name"), PART_TAG, 2},
    {NAME("_SOURCE_REALTIME_TIMESTAMP"), PART_TIME, 0},
    {NAME("__REALTIME_TIMESTAMP"), PART_TIME, 1},
    {NAME("timereported"), PART_TIME, 1},
    {NAME("timestamp"), PART_TIME, 2},
    {NAME("@timestamp"), PART_TIME, 2},
    {NAME("ISODATE"), PART_TIME, 2},
    {NAME("time"), PART_TIME, 3},
    {NAME("date"), PART_TIME, 4},
};

/* Text of a string, or of an array of byte values: so journald shows a field that is not UTF-8. */
static bool text_of(const struct ff_json_doc *doc, uint32_t node, struct ff_arena *arena, struct ff_slice *ret)
{
    if (ff_json_type(doc, node) == FF_JSON_STRING)
        return ff_json_string(doc, node, arena, ret);
    if (ff_json_type(doc, node) != FF_JSON_ARRAY)
        return false;
    uint32_t end = doc->nodes[node].next;
    size_t len = 0;
    uint8_t *out = ff_arena_bytes(arena, end - node);
    if (!out)
        return false;
    for (uint32_t n = ff_json_first(node); n < end; n = doc->nodes[n].next) {
        int64_t byte;
        if (!ff_json_int(doc, n, &byte) || byte < 0 || byte > 255)
            return false;
        out[len++] = (uint8_t)byte;
    }
    *ret = ff_slice_of(out, len);
    return len > 0;
}

/* A host by itself, or Elastic's {"name": ...}. */
static bool host_of(const struct ff_json_doc *doc, uint32_t node, struct ff_arena *arena, struct ff_slice *ret)
{
    if (ff_json_type(doc, node) == FF_JSON_OBJECT) {
        uint32_t name = ff_json_get(doc, node, FF_SLICE("hostname"));
        if (name == FF_JSON_NONE)
            name = ff_json_get(doc, node, FF_SLICE("name"));
        if (name == FF_JSON_NONE)
            return false;
        node = name;
    }
    return ff_json_type(doc, node) == FF_JSON_STRING && ff_json_string(doc, node, arena, ret);
}

/* Seconds, milliseconds, microseconds or nanoseconds since 1970: told apart by size. */
static bool epoch_of(double v, int64_t *ret_us)
{
    if (!(v > 1e8 && v < 1e20))
        return false;
    if (v < 1e11)
        v *= 1e6;
    else if (v < 1e14)
        v *= 1e3;
    else if (v >= 1e17)
        v /= 1e3;
    *ret_us = (int64_t)v;
    return true;
}

/* A number or a text: RFC 3339, digits, or RFC 3164. */
static bool time_of(const struct ff_json_doc *doc, uint32_t node, struct ff_arena *arena, struct ff_log_line *ret)
{
    double number;
    struct ff_slice text;
    uint64_t digits;
    bool full = false;
    if (ff_json_type(doc, node) == FF_JSON_NUMBER) {
        full = ff_json_double(doc, node, &number) && epoch_of(number, &ret->time_us);
    } else if (ff_json_type(doc, node) == FF_JSON_STRING && ff_json_string(doc, node, arena, &text)) {
        if (ff_slice_u64(text, UINT64_MAX, &digits))
            full = epoch_of((double)digits, &ret->time_us);
        else
            return ff_syslog_rfc3339_time(text, ret, NULL) || ff_syslog_rfc3164_time(text, ret) > 0;
    }
    if (full)
        ret->time = FF_LOG_TIME_FULL;
    return full;
}

static bool read_part(const struct ff_json_doc *doc, uint32_t node, enum part part, struct ff_arena *arena,
                      struct ff_log_line *ret)
{
    struct ff_slice text;
    struct ff_log_line time = {0};
    switch (part) {
    case PART_MESSAGE:
        return text_of(doc, node, arena, &ret->message);
    case PART_HOST:
        return host_of(doc, node, arena, &ret->host);
    case PART_TAG:
        if (ff_json_type(doc, node) != FF_JSON_STRING || !ff_json_string(doc, node, arena, &text) || text.len == 0)
            return false;
        ret->tag = ff_syslog_tag_path(text);
        return true;
    case PART_TIME:
        if (!time_of(doc, node, arena, &time))
            return false;
        ret->time = time.time;
        ret->time_us = time.time_us;
        ret->us_of_day = time.us_of_day;
        ret->month = time.month;
        ret->day = time.day;
        return true;
    default:
        return false;
    }
}

/* Index in the table; SIZE_MAX: not ours. */
static size_t member_find(struct ff_slice key)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (key.len == members[i].name.len && memcmp(key.ptr, members[i].name.ptr, key.len) == 0)
            return i;
    return SIZE_MAX;
}

/* The line inside the message, where it still has a syslog header; else the envelope's own members stand. */
static void merge_inner(struct ff_log_line *ret, int64_t *ret_reference_us)
{
    struct ff_log_line inner;
    bool header = ff_syslog_prefix_parse(ret->message, &inner);
    if (!header) {
        if (inner.time == FF_LOG_TIME_NONE && (ret->tag.len == 0 || inner.tag.len)) {
            if (inner.tag.len)
                ret->tag = inner.tag;
            ret->message = inner.message;
        } else {
            ret->message = ff_slice_trim(ret->message);
        }
        return;
    }
    bool outer = ret->time == FF_LOG_TIME_FULL || ret->time == FF_LOG_TIME_NO_ZONE;
    if (inner.time == FF_LOG_TIME_NO_YEAR) /* what was written around the line first is nearest to it */
        *ret_reference_us = inner.time_us ? inner.time_us : outer ? ret->time_us : 0;
    if (inner.host.len == 0)
        inner.host = ret->host;
    *ret = inner;
}

bool ff_log_envelope_read(const struct ff_json_doc *doc, uint32_t object, struct ff_arena *arena,
                          struct ff_log_line *ret, int64_t *ret_reference_us)
{
    unsigned rank[PART_COUNT] = {UINT8_MAX, UINT8_MAX, UINT8_MAX, UINT8_MAX};
    memset(ret, 0, sizeof *ret);
    *ret_reference_us = 0;
    if (ff_json_type(doc, object) != FF_JSON_OBJECT)
        return false;
    uint32_t end = doc->nodes[object].next;
    for (uint32_t n = ff_json_first(object); n < end; n = doc->nodes[n + 1].next) {
        size_t i = member_find(ff_json_text(doc, n));
        if (i != SIZE_MAX && members[i].rank < rank[members[i].part] &&
            read_part(doc, n + 1, (enum part)members[i].part, arena, ret))
            rank[members[i].part] = members[i].rank;
    }
    if (rank[PART_MESSAGE] == UINT8_MAX)
        return false;
    merge_inner(ret, ret_reference_us);
    return true;
}
