/* verdict_codec.c: a verdict as protobuf (proto/result.proto) and as members of a JSON object (docs/cli.md,
 * classify). */
#include "classify/classify.h"
#include "proto/wire.h"

enum field {
    CATEGORY = 1,
    RESPONSIBLE,
    ACTION,
    CONFIDENCE,
    SUPPRESS,
    RULE,
    RULESET_VERSION,
    TEMPLATE_ID,
    PROVIDER,
    LIST,
    LIST_TYPE,
    MECHANISM,
    RETRY_AFTER_S,
    CONFLICT
};

/** Names of user rules may be long; what does not fit the message is cut, never the whole verdict lost. Not inside
 * a character: these fields are strings, and a reader refuses a message whose string is no UTF-8. */
#define NAME_BYTES_MAX 64

static struct ff_slice short_name(struct ff_slice s)
{
    return ff_slice_cut_utf8(s, NAME_BYTES_MAX);
}

size_t ff_verdict_encode(const struct ff_verdict *v, uint8_t ret_buf[FF_VERDICT_BYTES_MAX])
{
    struct ff_wire_out o = ff_wire_out(ret_buf, FF_VERDICT_BYTES_MAX);
    ff_wire_put_uint(&o, CATEGORY, v->category);
    ff_wire_put_uint(&o, RESPONSIBLE, v->responsible);
    ff_wire_put_uint(&o, ACTION, v->action);
    ff_wire_put_uint(&o, CONFIDENCE, v->confidence);
    ff_wire_put_uint(&o, SUPPRESS, v->suppress);
    ff_wire_put_bytes(&o, RULE, short_name(v->rule));
    ff_wire_put_uint(&o, RULESET_VERSION, v->ruleset_version);
    ff_wire_put_fixed64(&o, TEMPLATE_ID, v->template_id);
    ff_wire_put_bytes(&o, PROVIDER, short_name(v->provider));
    ff_wire_put_bytes(&o, LIST, short_name(v->list));
    ff_wire_put_bytes(&o, LIST_TYPE, short_name(v->list_type));
    ff_wire_put_bytes(&o, MECHANISM, short_name(v->mechanism));
    ff_wire_put_uint(&o, RETRY_AFTER_S, v->retry_after_s);
    ff_wire_put_uint(&o, CONFLICT, v->conflict);
    return o.full ? 0 : o.used;
}

static bool set_number(struct ff_verdict *v, uint32_t number, uint64_t value)
{
    switch (number) {
    case CATEGORY: v->category = (uint32_t)value; return true;
    case RESPONSIBLE: v->responsible = (uint32_t)value; return true;
    case ACTION: v->action = (uint32_t)value; return true;
    case CONFIDENCE: v->confidence = (uint32_t)value; return true;
    case SUPPRESS: v->suppress = value != 0; return true;
    case RULESET_VERSION: v->ruleset_version = (uint32_t)value; return true;
    case RETRY_AFTER_S: v->retry_after_s = (uint32_t)value; return true;
    case CONFLICT: v->conflict = value != 0; return true;
    default: return number > CONFLICT;
    }
}

static bool set_bytes(struct ff_verdict *v, uint32_t number, struct ff_slice bytes)
{
    struct ff_slice *to = number == RULE ? &v->rule : number == PROVIDER ? &v->provider : number == LIST ? &v->list
                        : number == LIST_TYPE ? &v->list_type : number == MECHANISM ? &v->mechanism : NULL;
    if (to) {
        if (!ff_slice_is_utf8(bytes))
            return false;
        *to = bytes;
    }
    return to || number > CONFLICT;
}

enum ff_err ff_verdict_decode(struct ff_slice in, struct ff_verdict *ret)
{
    struct ff_verdict v = {0};
    struct ff_wire_field f;
    enum ff_err err;
    for (size_t pos = 0; (err = ff_wire_next(in, &pos, &f)) == FF_OK;) {
        bool ok = f.number > CONFLICT;
        if (f.type == FF_WIRE_VARINT)
            ok = set_number(&v, f.number, f.value);
        else if (f.type == FF_WIRE_BYTES)
            ok = set_bytes(&v, f.number, f.bytes);
        else if (f.type == FF_WIRE_FIXED64 && f.number == TEMPLATE_ID) {
            v.template_id = f.value;
            ok = true;
        }
        if (!ok)
            return FF_ERR_SYNTAX;
    }
    if (err != FF_ERR_NOT_FOUND)
        return err;
    *ret = v;
    return FF_OK;
}

void ff_verdict_put_json(struct ff_json_out *o, const struct ff_verdict *v)
{
    ff_json_member_string(o, "category", ff_slice_str(ff_category_name(v->category)));
    ff_json_key(o, "suppress");
    ff_json_put_bool(o, v->suppress);
    ff_json_member_string(o, "action", ff_slice_str(ff_action_name(v->action)));
    ff_json_member_string(o, "responsible", ff_slice_str(ff_responsible_name(v->responsible)));
    ff_json_member_uint(o, "confidence", v->confidence);
    ff_json_member_text(o, "provider", v->provider);
    ff_json_member_text(o, "rule", v->rule);
    if (v->ruleset_version)
        ff_json_member_uint(o, "ruleset_version", v->ruleset_version);
    if (v->template_id) {
        char hex[16];
        for (unsigned i = 0; i < 16; i++)
            hex[i] = "0123456789abcdef"[v->template_id >> (60 - 4 * i) & 15];
        ff_json_member_text(o, "template", ff_slice_of(hex, sizeof hex));
    }
    ff_json_member_text(o, "list", v->list);
    ff_json_member_text(o, "list_type", v->list_type);
    const char *page = ff_verdict_delist_page(v);
    if (page)
        ff_json_member_text(o, "delist", ff_slice_str(page));
    ff_json_member_text(o, "mechanism", v->mechanism);
    if (v->retry_after_s)
        ff_json_member_uint(o, "retry_after_s", v->retry_after_s);
    if (v->conflict) {
        ff_json_key(o, "conflict");
        ff_json_put_bool(o, true);
    }
    if (v->category != FF_ACCEPTED)
        ff_json_member_text(o, "advice", ff_slice_str(ff_advice(v->category, v->action)));
}
