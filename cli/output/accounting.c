/* accounting.c: see accounting.h. */
#include "cli/output/accounting.h"

#include <stdio.h>

#include "cli/process/messages.h"


void ff_accounting_print(const struct ff_accounting *a)
{
    char reasons[1024] = "";
    size_t n = 0;
    for (unsigned i = 0; i < FF_IGNORED_COUNT; i++)
        if (a->ignored_by[i] && n < sizeof reasons)
            n += (size_t)snprintf(reasons + n, sizeof reasons - n, "%s%s=%llu", n ? " " : "",
                                  ff_ignored_name((enum ff_ignored)i), (unsigned long long)a->ignored_by[i]);
    fprintf(stderr, "records %llu  items %llu  events %llu  ignored %llu%s%s%s  dead-lettered %llu",
            (unsigned long long)a->records, (unsigned long long)a->items, (unsigned long long)a->events,
            (unsigned long long)a->ignored, n ? " (" : "", reasons, n ? ")" : "", (unsigned long long)a->dead);
    bool any = false;
    for (unsigned i = 0; i < FF_DEAD_COUNT; i++) {
        if (!a->dead_by[i])
            continue;
        fprintf(stderr, "%s%s=%llu", any ? " " : " (", ff_dead_name((enum ff_dead)i),
                (unsigned long long)a->dead_by[i]);
        any = true;
    }
    fputs(any ? ")\n" : "\n", stderr);
}

static void put_reasons(struct ff_json_out *o, const char *key, const uint64_t *by, unsigned count,
                        const char *(*name)(unsigned))
{
    ff_json_key(o, key);
    ff_json_open(o, '{');
    for (unsigned i = 0; i < count; i++) {
        if (!by[i])
            continue;
        ff_json_member_uint(o, name(i), by[i]);
    }
    ff_json_close(o, '}');
}

static const char *ignored_name(unsigned i)
{
    return ff_ignored_name((enum ff_ignored)i);
}

static const char *dead_name(unsigned i)
{
    return ff_dead_name((enum ff_dead)i);
}

void ff_accounting_put_json(struct ff_json_out *o, const struct ff_accounting *a)
{
    ff_json_member_uint(o, "records", a->records);
    ff_json_member_uint(o, "items", a->items);
    ff_json_member_uint(o, "events", a->events);
    ff_json_member_uint(o, "ignored", a->ignored);
    put_reasons(o, "ignored_by_reason", a->ignored_by, FF_IGNORED_COUNT, ignored_name);
    ff_json_member_uint(o, "dead_lettered", a->dead);
    put_reasons(o, "dead_lettered_by_reason", a->dead_by, FF_DEAD_COUNT, dead_name);
}

int ff_accounting_check(const struct ff_accounting *a)
{
    if (ff_accounting_holds(a))
        return 0;
    return ff_fail(FF_EXIT_SOFTWARE,
                   "items %llu are not events %llu + ignored %llu + dead-lettered %llu (a defect; please report it "
                   "with the input)",
                   (unsigned long long)a->items, (unsigned long long)a->events, (unsigned long long)a->ignored,
                   (unsigned long long)a->dead);
}

struct ff_slice ff_position_format(const struct ff_position *p, char *buf, size_t size)
{
    int n = p->partition < 0 ? snprintf(buf, size, "%s:%lld", p->name, (long long)p->offset)
                             : snprintf(buf, size, "%s/%d/%lld", p->name, (int)p->partition, (long long)p->offset);
    return ff_slice_of(buf, (size_t)n < size ? (size_t)n : size - 1);
}

/* RFC 4648 4, in pieces that need no buffer for the whole. */
static void put_base64(struct ff_json_out *o, struct ff_slice s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char piece[1024];
    size_t n = 0;
    o->comma = false;
    ff_json_put_raw(o, FF_SLICE("\""));
    for (size_t i = 0; i < s.len; i += 3) {
        uint32_t left = (uint32_t)(s.len - i), v = (uint32_t)s.ptr[i] << 16;
        v |= left > 1 ? (uint32_t)s.ptr[i + 1] << 8 : 0;
        v |= left > 2 ? s.ptr[i + 2] : 0;
        piece[n++] = digits[v >> 18];
        piece[n++] = digits[v >> 12 & 63];
        piece[n++] = left > 1 ? digits[v >> 6 & 63] : '=';
        piece[n++] = left > 2 ? digits[v & 63] : '=';
        if (n == sizeof piece || i + 3 >= s.len) {
            o->comma = false;
            ff_json_put_raw(o, ff_slice_of(piece, n));
            n = 0;
        }
    }
    o->comma = false;
    ff_json_put_raw(o, FF_SLICE("\""));
}

void ff_dead_letter_put_json(struct ff_json_out *o, const struct ff_dead_letter *dead, const struct ff_record *record,
                             const char *format)
{
    char where[512], message[320];
    struct ff_slice payload = dead->payload;
    if (dead->reason == FF_DEAD_TOO_LARGE && payload.len > FF_DEAD_PAYLOAD_MAX)
        payload.len = FF_DEAD_PAYLOAD_MAX;
    uint64_t full = dead->full_bytes ? dead->full_bytes : record ? record->full_bytes : 0;
    snprintf(message, sizeof message, full ? "%s (%llu bytes in all)" : "%s", dead->message, (unsigned long long)full);
    ff_json_open(o, '{');
    ff_json_member_string(o, "reason", ff_slice_str(ff_dead_name(dead->reason)));
    ff_json_member_string(o, "message", ff_slice_str(message));
    ff_json_member_string(o, "stage", ff_slice_str(dead->stage));
    ff_json_member_string(o, "format", ff_slice_str(format));
    ff_json_member_uint(o, "byte_offset", dead->byte_offset);
    if (dead->item_index >= 0) {
        ff_json_key(o, "item_index");
        ff_json_put_int(o, dead->item_index);
    }
    if (record && record->position.name)
        ff_json_member_string(o, "source", ff_position_format(&record->position, where, sizeof where));
    if (full)
        ff_json_member_uint(o, "full_bytes", full);
    if (ff_slice_is_utf8(payload)) {
        ff_json_member_string(o, "payload", payload);
    } else {
        ff_json_key(o, "payload_base64");
        put_base64(o, payload);
    }
    ff_json_close(o, '}');
    ff_json_end_line(o);
}
