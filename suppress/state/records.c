/* records.c: the messages of proto/suppression.proto as structs: Suppression, Evidence, Manual, Command; names of
 * enums.
 *
 * Fields are written in ascending order and left out at their default, so equal structs have equal bytes: the Kafka
 * side compares records by their bytes.
 */
#include "suppress/state/key_state.h"

static const char *const reason_names[FF_REASON_COUNT] = {
    [FF_REASON_NONE] = "unspecified",
    [FF_REASON_HARD_BOUNCE] = "hard_bounce",
    [FF_REASON_REPEATED_SOFT_BOUNCE] = "repeated_soft_bounce",
    [FF_REASON_COMPLAINT_REPORT] = "complaint_report",
    [FF_REASON_UNSUBSCRIBED] = "unsubscribed",
    [FF_REASON_MANUAL] = "manual",
    [FF_REASON_INVALID_DOMAIN] = "invalid_domain",
    [FF_REASON_IMPORTED] = "imported",
    [FF_REASON_ROLE_OR_TRAP] = "role_or_trap",
};

const char *ff_reason_name(uint32_t reason)
{
    return reason_names[reason < FF_REASON_COUNT ? reason : FF_REASON_NONE];
}

enum ff_reason ff_reason_parse(struct ff_slice name)
{
    for (uint32_t i = 1; i < FF_REASON_COUNT; i++)
        if (ff_slice_eq(name, ff_slice_str(reason_names[i])))
            return (enum ff_reason)i;
    return FF_REASON_NONE;
}

const char *ff_suppression_state_name(uint32_t state)
{
    static const char *const names[] = {
        [FF_STATE_NONE] = "unspecified", [FF_STATE_ACTIVE] = "active", [FF_STATE_RELEASED] = "released"};
    return names[state <= FF_STATE_RELEASED && names[state] ? state : FF_STATE_NONE];
}

static void put_text(struct ff_wire_out *out, uint32_t number, struct ff_slice s)
{
    ff_wire_put_bytes(out, number, ff_slice_cut_utf8(s, FF_EVIDENCE_TEXT_MAX));
}

void ff_evidence_encode(const struct ff_evidence *e, struct ff_wire_out *out)
{
    put_text(out, 1, e->event_id);
    put_text(out, 2, e->message_id);
    put_text(out, 3, e->campaign_id);
    ff_wire_put_uint(out, 4, e->kind);
    ff_wire_put_uint(out, 5, e->reply_code);
    ff_wire_put_uint(out, 6, e->enhanced_code);
    ff_wire_put_bytes(out, 7, ff_slice_cut_utf8(e->reply_text, FF_EVIDENCE_REPLY_MAX));
    ff_wire_put_fixed64(out, 8, e->template_id);
    ff_wire_put_uint(out, 9, e->category);
    put_text(out, 10, e->rule);
    ff_wire_put_uint(out, 11, e->ruleset_version);
    put_text(out, 12, e->provider);
    put_text(out, 13, e->remote_ip);
    put_text(out, 14, e->remote_host);
    put_text(out, 15, e->local_ip);
    ff_wire_put_fixed64(out, 16, (uint64_t)e->event_time_us);
    put_text(out, 17, e->address);
    put_text(out, 18, e->stream_id);
    put_text(out, 19, e->mail_from);
    ff_wire_put_uint(out, 20, e->stage);
}

/* One row per field: where it goes in the struct. A table instead of four long switches. */
struct field {
    uint32_t number;
    enum ff_wire_type type;
    size_t offset;
    size_t size; /* of the member: 4 or 8 for numbers, sizeof(struct ff_slice) for bytes */
};
#define BYTES(n, type, member) {n, FF_WIRE_BYTES, offsetof(struct type, member), sizeof(struct ff_slice)}
#define VARINT(n, type, member) {n, FF_WIRE_VARINT, offsetof(struct type, member), sizeof(((struct type *)0)->member)}
#define FIXED(n, type, member) {n, FF_WIRE_FIXED64, offsetof(struct type, member), sizeof(((struct type *)0)->member)}

static const struct field evidence_fields[] = {
    BYTES(1, ff_evidence, event_id),      BYTES(2, ff_evidence, message_id),   BYTES(3, ff_evidence, campaign_id),
    VARINT(4, ff_evidence, kind),         VARINT(5, ff_evidence, reply_code),  VARINT(6, ff_evidence, enhanced_code),
    BYTES(7, ff_evidence, reply_text),    FIXED(8, ff_evidence, template_id),  VARINT(9, ff_evidence, category),
    BYTES(10, ff_evidence, rule),         VARINT(11, ff_evidence, ruleset_version), BYTES(12, ff_evidence, provider),
    BYTES(13, ff_evidence, remote_ip),    BYTES(14, ff_evidence, remote_host), BYTES(15, ff_evidence, local_ip),
    FIXED(16, ff_evidence, event_time_us), BYTES(17, ff_evidence, address),    BYTES(18, ff_evidence, stream_id),
    BYTES(19, ff_evidence, mail_from),    VARINT(20, ff_evidence, stage),
    {0, FF_WIRE_VARINT, 0, 0},
};
static const struct field manual_fields[] = {
    FIXED(1, ff_manual, time_us), BYTES(2, ff_manual, command_id), VARINT(3, ff_manual, reason),
    BYTES(4, ff_manual, actor),   BYTES(5, ff_manual, note),       FIXED(6, ff_manual, expires_us),
    BYTES(7, ff_manual, address), BYTES(8, ff_manual, incident_id), {0, FF_WIRE_VARINT, 0, 0},
};
static const struct field command_fields[] = {
    VARINT(1, ff_command, verb),       BYTES(2, ff_command, command_id),   FIXED(3, ff_command, time_us),
    BYTES(4, ff_command, tenant_id),   BYTES(5, ff_command, stream_scope), BYTES(6, ff_command, address),
    VARINT(7, ff_command, reason),     BYTES(8, ff_command, actor),        BYTES(9, ff_command, note),
    FIXED(10, ff_command, expires_us), BYTES(11, ff_command, incident_id), FIXED(12, ff_command, evidence_until_us),
    {0, FF_WIRE_VARINT, 0, 0},
};
static const struct field suppression_fields[] = {
    BYTES(1, ff_suppression, tenant_id),      BYTES(2, ff_suppression, stream_scope), BYTES(3, ff_suppression, address),
    BYTES(4, ff_suppression, address_key),    VARINT(5, ff_suppression, state),       VARINT(6, ff_suppression, reason),
    FIXED(7, ff_suppression, first_event_us), FIXED(8, ff_suppression, last_event_us),
    FIXED(9, ff_suppression, updated_us),     FIXED(10, ff_suppression, expires_us),  VARINT(11, ff_suppression, hits),
    VARINT(12, ff_suppression, version),      BYTES(14, ff_suppression, actor),       BYTES(15, ff_suppression, note),
    BYTES(16, ff_suppression, incident_id),   {0, FF_WIRE_VARINT, 0, 0},
};

/* Known fields of the wrong wire type are an error; unknown ones are passed over. `ret_message` (may be NULL) gets the
 * bytes of field `message`, a sub-message. */
static enum ff_err decode_fields(struct ff_slice in, const struct field *fields, void *ret, uint32_t message,
                                 struct ff_slice *ret_message)
{
    struct ff_wire_field f = {0};
    size_t pos = 0;
    enum ff_err err;
    while ((err = ff_wire_next(in, &pos, &f)) == FF_OK) {
        if (message && f.number == message && f.type == FF_WIRE_BYTES) {
            *ret_message = f.bytes;
            continue;
        }
        const struct field *row = fields;
        while (row->number && row->number != f.number)
            row++;
        if (!row->number)
            continue;
        if (row->type != f.type)
            return FF_ERR_SYNTAX;
        uint8_t *to = (uint8_t *)ret + row->offset;
        uint32_t narrow = (uint32_t)f.value;
        if (f.type == FF_WIRE_BYTES)
            memcpy(to, &f.bytes, sizeof(f.bytes));
        else if (row->size == sizeof(narrow))
            memcpy(to, &narrow, sizeof(narrow));
        else
            memcpy(to, &f.value, sizeof(f.value));
    }
    return err == FF_ERR_NOT_FOUND ? FF_OK : err;
}

enum ff_err ff_evidence_decode(struct ff_slice in, struct ff_evidence *ret)
{
    memset(ret, 0, sizeof(*ret));
    return decode_fields(in, evidence_fields, ret, 0, NULL);
}

enum ff_err ff_manual_decode(struct ff_slice in, struct ff_manual *ret)
{
    memset(ret, 0, sizeof(*ret));
    return decode_fields(in, manual_fields, ret, 0, NULL);
}

enum ff_err ff_command_decode(struct ff_slice in, struct ff_command *ret)
{
    struct ff_command c = {0};
    enum ff_err err = decode_fields(in, command_fields, &c, 0, NULL);
    if (!err)
        *ret = c;
    return err;
}

enum ff_err ff_suppression_decode(struct ff_slice in, struct ff_suppression *ret)
{
    struct ff_suppression s = {0};
    struct ff_slice evidence = {NULL, 0};
    enum ff_err err = decode_fields(in, suppression_fields, &s, 13, &evidence);
    if (!err && evidence.ptr) {
        s.has_evidence = true;
        err = ff_evidence_decode(evidence, &s.evidence);
    }
    if (!err)
        *ret = s;
    return err;
}

void ff_manual_encode(const struct ff_manual *m, struct ff_wire_out *out)
{
    ff_wire_put_fixed64(out, 1, (uint64_t)m->time_us);
    put_text(out, 2, m->command_id);
    ff_wire_put_uint(out, 3, m->reason);
    put_text(out, 4, m->actor);
    put_text(out, 5, m->note);
    ff_wire_put_fixed64(out, 6, (uint64_t)m->expires_us);
    put_text(out, 7, m->address);
    put_text(out, 8, m->incident_id);
}

void ff_command_encode(const struct ff_command *c, struct ff_wire_out *out)
{
    ff_wire_put_uint(out, 1, c->verb);
    ff_wire_put_bytes(out, 2, c->command_id);
    ff_wire_put_fixed64(out, 3, (uint64_t)c->time_us);
    ff_wire_put_bytes(out, 4, c->tenant_id);
    ff_wire_put_bytes(out, 5, c->stream_scope);
    ff_wire_put_bytes(out, 6, c->address);
    ff_wire_put_uint(out, 7, c->reason);
    ff_wire_put_bytes(out, 8, c->actor);
    ff_wire_put_bytes(out, 9, c->note);
    ff_wire_put_fixed64(out, 10, (uint64_t)c->expires_us);
    ff_wire_put_bytes(out, 11, c->incident_id);
    ff_wire_put_fixed64(out, 12, (uint64_t)c->evidence_until_us);
}

void ff_suppression_encode(const struct ff_suppression *s, struct ff_wire_out *out)
{
    ff_wire_put_bytes(out, 1, s->tenant_id);
    ff_wire_put_bytes(out, 2, s->stream_scope);
    ff_wire_put_bytes(out, 3, s->address);
    ff_wire_put_bytes(out, 4, s->address_key);
    ff_wire_put_uint(out, 5, s->state);
    ff_wire_put_uint(out, 6, s->reason);
    ff_wire_put_fixed64(out, 7, (uint64_t)s->first_event_us);
    ff_wire_put_fixed64(out, 8, (uint64_t)s->last_event_us);
    ff_wire_put_fixed64(out, 9, (uint64_t)s->updated_us);
    ff_wire_put_fixed64(out, 10, (uint64_t)s->expires_us);
    ff_wire_put_uint(out, 11, s->hits);
    ff_wire_put_uint(out, 12, s->version);
    if (s->has_evidence) {
        uint8_t room[FF_EVIDENCE_BYTES_MAX];
        struct ff_wire_out e = ff_wire_out(room, sizeof(room));
        ff_evidence_encode(&s->evidence, &e);
        ff_wire_put_message(out, 13, ff_wire_done(&e));
    }
    ff_wire_put_bytes(out, 14, s->actor);
    ff_wire_put_bytes(out, 15, s->note);
    ff_wire_put_bytes(out, 16, s->incident_id);
}
