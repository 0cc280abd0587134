/* export.c: JSON and CSV of suppressions, and explain's view of a whole key (export.h). */
#include "suppress/export.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/time_text.h"
#include "suppress/engine/engine_int.h"

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static void put_name(struct ff_json_out *o, const char *key, const char *name)
{
    ff_json_member_string(o, key, ff_slice_str(name));
}

static void put_time(struct ff_json_out *o, const char *key, int64_t us)
{
    ff_json_key(o, key);
    ff_json_put_time(o, us);
}

static void put_ip(struct ff_json_out *o, const char *key, struct ff_slice ip)
{
    if (ip.len != 4 && ip.len != 16)
        return;
    ff_json_key(o, key);
    ff_json_put_ip(o, ip);
}

struct ff_slice ff_incident_text(struct ff_slice id, char buf[FF_INCIDENT_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    bool printable = ff_slice_is_utf8(id);
    for (size_t i = 0; i < id.len && printable; i++)
        printable = id.ptr[i] >= 0x20 && id.ptr[i] != 0x7f;
    if (printable)
        return id;
    size_t n = 0;
    for (size_t i = 0; i < id.len && n < FF_INCIDENT_TEXT_MAX; i++) {
        buf[n++] = digits[id.ptr[i] >> 4];
        buf[n++] = digits[id.ptr[i] & 15];
    }
    return ff_slice_of(buf, n);
}

static void put_incident(struct ff_json_out *o, struct ff_slice id)
{
    char hex[FF_INCIDENT_TEXT_MAX];
    ff_json_member_text(o, "incident_id", ff_incident_text(id, hex));
}

static void put_codes(struct ff_json_out *o, const struct ff_evidence *e)
{
    if (e->reply_code)
        ff_json_member_uint(o, "reply_code", e->reply_code);
    if (e->enhanced_code) {
        ff_json_key(o, "enhanced_code");
        ff_json_put_enhanced(o, e->enhanced_code);
    }
    ff_json_member_text(o, "reply_text", e->reply_text);
    ff_json_member_text(o, "rule", e->rule);
    ff_json_member_text(o, "provider", e->provider);
    ff_json_member_text(o, "remote_host", e->remote_host);
    put_ip(o, "remote_ip", e->remote_ip);
    put_ip(o, "local_ip", e->local_ip);
}

void ff_suppression_put_json(struct ff_json_out *o, const struct ff_suppression *s)
{
    ff_json_member_string(o, "tenant_id", s->tenant_id);
    ff_json_member_string(o, "stream_scope", s->stream_scope);
    ff_json_member_string(o, "address", s->address);
    ff_json_member_string(o, "address_key", s->address_key);
    put_name(o, "state", ff_suppression_state_name(s->state));
    put_name(o, "reason", ff_reason_name(s->reason));
    put_name(o, "category", ff_category_name(s->has_evidence ? s->evidence.category : FF_CATEGORY_NONE));
    put_time(o, "first_event", s->first_event_us);
    put_time(o, "last_event", s->last_event_us);
    ff_json_member_uint(o, "hits", s->hits);
    if (s->expires_us)
        put_time(o, "expires", s->expires_us);
    if (s->has_evidence)
        put_codes(o, &s->evidence);
    ff_json_member_text(o, "actor", s->actor);
    ff_json_member_text(o, "note", s->note);
    put_incident(o, s->incident_id);
}

/* ---- CSV ------------------------------------------------------------------------------------------------------- */

const char ff_export_csv_header[] =
    "tenant_id,stream_scope,address,address_key,state,reason,category,first_event,last_event,"
    "hits,expires,reply_code,enhanced_code,reply_text,rule,provider,remote_host,remote_ip,"
    "local_ip,actor,note\r\n";

/* Quotes are doubled (RFC 4180 2.7), what is not UTF-8 is replaced as the JSON writer does. */
static void put_cell_text(struct ff_json_out *o, struct ff_slice s)
{
    size_t from = 0, n;
    for (size_t i = 0; i < s.len; i += n) {
        bool valid;
        n = ff_utf8_next(s, i, &valid);
        if (valid && s.ptr[i] != '"')
            continue;
        ff_json_append(o, ff_slice_sub(s, from, i));
        ff_json_append(o, valid ? FF_SLICE("\"\"") : FF_SLICE("\xef\xbf\xbd"));
        from = i + n;
    }
    ff_json_append(o, ff_slice_sub(s, from, s.len));
}

/* Every text is quoted, so that no reader has to guess. */
static void put_cell(struct ff_json_out *o, struct ff_slice s)
{
    ff_json_append(o, FF_SLICE("\""));
    put_cell_text(o, s);
    ff_json_append(o, FF_SLICE("\","));
}

/* What a foreign server said. A spreadsheet would carry out what begins like a formula, quoted or not. */
static void put_foreign_cell(struct ff_json_out *o, struct ff_slice s)
{
    ff_json_append(o, FF_SLICE("\""));
    if (s.len && memchr("=+-@\t\r", s.ptr[0], 6))
        ff_json_append(o, FF_SLICE("'"));
    put_cell_text(o, s);
    ff_json_append(o, FF_SLICE("\","));
}

static void put_time_cell(struct ff_json_out *o, int64_t us)
{
    char buf[28];
    size_t len = us ? ff_time_format(us, buf) : 0;
    ff_json_append(o, ff_slice_of(buf, len));
    ff_json_append(o, FF_SLICE(","));
}

static void put_number_cell(struct ff_json_out *o, uint32_t n)
{
    char buf[16];
    int len = snprintf(buf, sizeof(buf), "%u,", n);
    ff_json_append(o, n ? ff_slice_of(buf, (size_t)len) : FF_SLICE(","));
}

static void put_ip_cell(struct ff_json_out *o, struct ff_slice ip)
{
    char buf[46];
    size_t len = ip.len ? ff_ip_format(ip, buf) : 0;
    ff_json_append(o, ff_slice_of(buf, len));
    ff_json_append(o, FF_SLICE(","));
}

void ff_suppression_put_csv(struct ff_json_out *o, const struct ff_suppression *s)
{
    static const struct ff_evidence none = {0};
    const struct ff_evidence *e = s->has_evidence ? &s->evidence : &none;
    char enhanced[12];
    size_t len = e->enhanced_code ? ff_enhanced_format(e->enhanced_code, enhanced) : 0;
    put_cell(o, s->tenant_id);
    put_cell(o, s->stream_scope);
    put_cell(o, s->address);
    put_cell(o, s->address_key);
    put_cell(o, ff_slice_str(ff_suppression_state_name(s->state)));
    put_cell(o, ff_slice_str(ff_reason_name(s->reason)));
    put_cell(o, ff_slice_str(ff_category_name(e->category)));
    put_time_cell(o, s->first_event_us);
    put_time_cell(o, s->last_event_us);
    put_number_cell(o, s->hits);
    put_time_cell(o, s->expires_us);
    put_number_cell(o, e->reply_code);
    put_cell(o, ff_slice_of(enhanced, len));
    put_foreign_cell(o, e->reply_text);
    put_cell(o, e->rule);
    put_cell(o, e->provider);
    put_foreign_cell(o, e->remote_host);
    put_ip_cell(o, e->remote_ip);
    put_ip_cell(o, e->local_ip);
    put_cell(o, s->actor);
    put_cell(o, s->note);
    if (o->len && !o->failed)
        o->len--; /* the last comma */
    ff_json_append(o, FF_SLICE("\r\n"));
}

/* ---- explain --------------------------------------------------------------------------------------------------- */

static void put_register(struct ff_json_out *o, const char *key, const struct ff_register *r)
{
    struct ff_evidence e;
    if (!r->encoded.len || ff_evidence_decode(r->encoded, &e) != FF_OK)
        return;
    ff_json_key(o, key);
    ff_json_open(o, '{');
    put_time(o, "event_time", e.event_time_us);
    put_name(o, "kind", ff_kind_name(e.kind));
    ff_json_member_text(o, "address", e.address);
    put_codes(o, &e);
    if (e.stage)
        put_name(o, "stage", ff_stage_name(e.stage));
    ff_json_member_text(o, "message_id", e.message_id);
    ff_json_member_text(o, "mail_from", e.mail_from);
    ff_json_member_text(o, "campaign_id", e.campaign_id);
    ff_json_member_text(o, "stream_id", e.stream_id);
    if (e.event_id.len) {
        ff_json_key(o, "event_id");
        ff_json_put_hex(o, e.event_id);
    }
    if (e.ruleset_version)
        ff_json_member_uint(o, "ruleset_version", e.ruleset_version);
    ff_json_close(o, '}');
}

static void put_track(struct ff_json_out *o, const struct ff_track *t)
{
    bool days = ff_track_counts_days(t->number);
    ff_json_open(o, '{');
    if (t->number == FF_TRACK_COMPLAINT)
        put_name(o, "counts", "complaint");
    else if (t->number == FF_TRACK_UNSUBSCRIBED)
        put_name(o, "counts", "unsubscribed");
    else
        put_name(o, "counts", days ? "days" : "at once");
    put_name(o, "category", ff_category_name(ff_track_category(t->number)));
    put_time(o, "first_event", t->earliest.time_us);
    put_time(o, "last_event", t->latest.time_us);
    ff_json_member_uint(o, "hits", t->item_count);
    put_register(o, "earliest", &t->earliest);
    if (!ff_slice_eq(t->earliest.encoded, t->latest.encoded))
        put_register(o, "latest", &t->latest);
    ff_json_close(o, '}');
}

static void put_manual(struct ff_json_out *o, const struct ff_register *r)
{
    struct ff_manual m;
    if (!r->encoded.len || ff_manual_decode(r->encoded, &m) != FF_OK)
        return;
    ff_json_key(o, "manual");
    ff_json_open(o, '{');
    put_time(o, "time", m.time_us);
    put_name(o, "reason", ff_reason_name(m.reason));
    if (m.expires_us)
        put_time(o, "expires", m.expires_us);
    ff_json_member_text(o, "actor", m.actor);
    ff_json_member_text(o, "note", m.note);
    ff_json_close(o, '}');
}

static void put_state(struct ff_json_out *o, const struct ff_key_state *ks)
{
    ff_json_key(o, "evidence");
    ff_json_open(o, '[');
    for (uint32_t i = 0; i < ks->track_count; i++)
        put_track(o, &ks->tracks[i]);
    ff_json_close(o, ']');
    put_manual(o, &ks->manual);
    if (!ks->release.time_us)
        return;
    ff_json_key(o, "release");
    ff_json_open(o, '{');
    put_time(o, "time", ks->release.time_us);
    ff_json_member_text(o, "actor", ks->release.actor);
    ff_json_member_text(o, "note", ks->release.note);
    put_incident(o, ks->release.incident_id);
    ff_json_close(o, '}');
}

static bool counts(const struct ff_key_state *ks)
{
    for (uint32_t i = 0; i < ks->track_count; i++)
        if (ks->tracks[i].latest.time_us > ks->release.time_us)
            return true;
    return !ks->release.time_us;
}

enum ff_err ff_explain_counts(struct ff_slice state, bool *ret_counts, int64_t *ret_released_us,
                              struct ff_slice *ret_by)
{
    struct ff_key_state *ks = (struct ff_key_state *)malloc(sizeof(*ks));
    if (!ks)
        return FF_ERR_NOMEM;
    enum ff_err err = ff_key_state_decode(state, ks);
    if (!err) {
        *ret_counts = counts(ks);
        *ret_released_us = ks->release.time_us;
        *ret_by = ks->release.actor;
    }
    free(ks);
    return err;
}

_Static_assert(FF_TRACKS_MAX <= FF_COUNTED_MAX, "no room for every track");

static struct ff_counted counted(const struct ff_track *t, int64_t released_us)
{
    struct ff_counted c = {.row = ff_policy_row(ff_policy_default, t->number)};
    for (uint32_t i = 0; ff_track_counts_days(t->number) && i < t->item_count; i++)
        c.days += t->items[i].time_us > released_us;
    return c;
}

enum ff_err ff_explain_days(struct ff_slice state, struct ff_counted ret[FF_COUNTED_MAX], size_t *ret_count)
{
    struct ff_key_state *ks = (struct ff_key_state *)malloc(sizeof(*ks));
    if (!ks)
        return FF_ERR_NOMEM;
    enum ff_err err = ff_key_state_decode(state, ks);
    *ret_count = 0;
    for (uint32_t i = 0; !err && i < ks->track_count; i++) {
        ret[*ret_count] = counted(&ks->tracks[i], ks->release.time_us);
        *ret_count += ret[*ret_count].row && ret[*ret_count].days;
    }
    free(ks);
    return err;
}

static void put_names(struct ff_json_out *o, struct ff_slice tenant, struct ff_slice scope, struct ff_slice address_key,
                      bool counting)
{
    ff_json_member_string(o, "tenant_id", tenant);
    ff_json_member_string(o, "stream_scope", scope);
    ff_json_member_string(o, "address_key", address_key);
    put_name(o, "state", counting ? "counting" : ff_suppression_state_name(FF_STATE_RELEASED));
}

enum ff_err ff_explain_put_json(struct ff_json_out *o, struct ff_slice key, struct ff_slice suppression,
                                struct ff_slice state)
{
    struct ff_slice tenant, scope, address_key;
    struct ff_suppression sup = {0};
    if (!ff_key_split(key, &tenant, &scope, &address_key))
        return FF_ERR_SYNTAX;
    struct ff_key_state *ks = (struct ff_key_state *)malloc(sizeof(*ks));
    if (!ks)
        return FF_ERR_NOMEM;
    enum ff_err err = ff_suppression_decode(suppression, &sup);
    if (!err && state.len)
        err = ff_key_state_decode(state, ks);
    if (!err) {
        ff_json_open(o, '{');
        if (suppression.len)
            ff_suppression_put_json(o, &sup);
        else
            put_names(o, tenant, scope, address_key, !state.len || counts(ks));
        if (state.len)
            put_state(o, ks);
        ff_json_close(o, '}');
    }
    free(ks);
    return err;
}

void ff_explain_put_answer(struct ff_json_out *o, struct ff_slice address, bool suppressed, struct ff_slice entries)
{
    ff_json_open(o, '{');
    ff_json_member_string(o, "address", address);
    ff_json_key(o, "suppressed");
    ff_json_put_bool(o, suppressed);
    ff_json_key(o, "entries");
    ff_json_put_raw(o, entries);
    ff_json_close(o, '}');
}
