/* csv.c: see csv.h. A cell that a spreadsheet would take for a formula (=, +, -, @ at its start) comes from a foreign
 * machine's reply: it gets an apostrophe in front, as the OWASP advice on CSV injection says; addresses are left alone. */
#include "cli/csv.h"

#include <stdio.h>

#include "cli/terminal.h"
#include "proto/time_text.h"

static void put(struct ff_json_out *o, struct ff_slice s)
{
    o->comma = false;
    ff_json_put_raw(o, s);
}

static void cell(struct ff_json_out *o, struct ff_slice s, bool foreign)
{
    bool quote = false;
    bool formula = foreign && s.len > 0 && memchr("=+-@", s.ptr[0], 4) != NULL;
    for (size_t i = 0; i < s.len && !quote; i++)
        quote = s.ptr[i] == '"' || s.ptr[i] == ',' || s.ptr[i] == '\n' || s.ptr[i] == '\r';
    if (quote)
        put(o, FF_SLICE("\""));
    if (formula)
        put(o, FF_SLICE("'"));
    for (size_t from = 0; from < s.len;) {
        size_t at = quote ? ff_slice_chr(s, from, '"') : SIZE_MAX;
        if (at == SIZE_MAX) {
            put(o, ff_slice_sub(s, from, s.len));
            break;
        }
        put(o, ff_slice_sub(s, from, at + 1));
        put(o, FF_SLICE("\""));
        from = at + 1;
    }
    put(o, quote ? FF_SLICE("\",") : FF_SLICE(","));
}

static void text(struct ff_json_out *o, struct ff_slice s)
{
    cell(o, s, true);
}

static void number(struct ff_json_out *o, uint64_t v)
{
    char buf[24];
    snprintf(buf, sizeof buf, "%llu", (unsigned long long)v);
    cell(o, v ? ff_slice_str(buf) : (struct ff_slice){NULL, 0}, false);
}

static void time_cell(struct ff_json_out *o, int64_t us)
{
    char buf[28];
    size_t n = us ? ff_time_format(us, buf) : 0;
    cell(o, ff_slice_of(buf, n), false);
}

static void ip(struct ff_json_out *o, struct ff_slice bytes)
{
    char buf[46];
    cell(o, ff_slice_of(buf, ff_ip_format(bytes, buf)), false);
}

void ff_csv_put_header(struct ff_json_out *o)
{
    put(o, FF_SLICE("tenant_id,stream_scope,address,address_key,state,reason,category,first_event,last_event,hits,expires,"
                    "reply_code,enhanced_code,reply_text,rule,provider,remote_host,remote_ip,local_ip,source\n"));
}

void ff_csv_put_suppression(struct ff_json_out *o, const struct ff_suppression *s)
{
    const struct ff_evidence *e = &s->evidence;
    char enhanced[12];
    size_t n = e->enhanced_code ? ff_enhanced_format(e->enhanced_code, enhanced) : 0;
    text(o, s->tenant_id);
    cell(o, s->stream_scope, false);
    cell(o, s->address, false);
    cell(o, s->address_key, false);
    cell(o, ff_slice_str(ff_suppression_state_name(s->state)), false);
    cell(o, ff_slice_str(ff_reason_name(s->reason)), false);
    cell(o, e->category ? ff_slice_str(ff_category_name(e->category)) : (struct ff_slice){NULL, 0}, false);
    time_cell(o, s->first_event_us);
    time_cell(o, s->last_event_us);
    number(o, s->hits);
    time_cell(o, s->expires_us);
    number(o, e->reply_code);
    cell(o, ff_slice_of(enhanced, n), false);
    text(o, e->reply_text);
    text(o, e->rule);
    text(o, e->provider);
    text(o, e->remote_host);
    ip(o, e->remote_ip);
    ip(o, e->local_ip);
    text(o, e->source);
    o->len--; /* the comma behind the last cell */
    put(o, FF_SLICE("\n"));
    o->comma = false;
}
