/* consume.c: results and commands into the store.
 *
 * A record of mail.results.v1 is a packed batch; what cannot be read of it becomes dead letters, item by item, and the
 * rest counts. Positions go into the store's own write, but where to continue is the group's word (owner_int.h,
 * invariant 1), so a record may come twice; the store minds nothing.
 */
#include <stdio.h>

#include "proto/clock.h"
#include "proto/field_numbers.h"
#include "suppress/owner/owner_int.h"

/* Errors of the environment end the loop; all others are about the item. */
static bool item_failed(struct owner *o, enum ff_err err)
{
    if (!ff_owner_is_fatal(err))
        return err != FF_OK;
    ff_owner_fail_store(o, err);
    return false;
}

/* An encoded Result. */
static enum ff_err result_decode(struct ff_slice item, struct ff_event *ev, struct ff_verdict *v, struct ff_err_at *at)
{
    struct ff_wire_field f;
    struct ff_slice event = {NULL, 0}, verdict = {NULL, 0};
    size_t pos = 0;
    enum ff_err err;
    while ((err = ff_wire_next(item, &pos, &f)) == FF_OK) {
        if (f.number == FF_RESULT_FIELD_EVENT && f.type == FF_WIRE_BYTES)
            event = f.bytes;
        else if (f.number == FF_RESULT_FIELD_VERDICT && f.type == FF_WIRE_BYTES)
            verdict = f.bytes;
    }
    *at = (struct ff_err_at){err, pos, "no Result"};
    if (err != FF_ERR_NOT_FOUND)
        return err;
    if (!event.ptr)
        return FF_ERR_SYNTAX;
    if ((err = ff_event_decode(event, ev, at)) != FF_OK)
        return err;
    at->msg = "no Verdict";
    return ff_verdict_decode(verdict, v);
}

static const char *reason_of(enum ff_err err)
{
    return err == FF_ERR_TRUNCATED   ? "protobuf_truncated"
           : err == FF_ERR_TOO_LARGE ? "too_large"
                                     : "protobuf_wire_type";
}

static void take_results(struct owner *o, const struct ff_broker_record *r)
{
    struct ff_err_at at = {FF_OK, 0, NULL};
    struct ff_slice item;
    size_t offset = 0;
    int64_t index = 0;
    enum ff_err err = r->deleted ? FF_ERR_SYNTAX : ff_batch_open(o->batch, FF_BATCH_RESULTS, r->value, &at);
    if (err != FF_OK) {
        ff_owner_dead_letter(o, r, r->value, err == FF_ERR_SYNTAX ? "unknown_format" : reason_of(err), at.msg,
                             at.offset_bytes, -1);
        return;
    }
    for (; o->status == FF_EXIT_OK && (err = ff_batch_next(o->batch, &item, &offset)) == FF_OK; index++) {
        struct ff_event ev;
        struct ff_verdict v;
        atomic_fetch_add_explicit(&o->counters.results, 1, memory_order_relaxed);
        err = result_decode(item, &ev, &v, &at);
        if (err == FF_OK && !ff_event_tenant_is_valid(&ev)) {
            ff_owner_dead_letter(o, r, item, "bad_tenant", FF_BAD_TENANT_MESSAGE, offset, index);
            continue;
        }
        if (err == FF_OK) {
            at.msg = "the state of its address does not take it";
            err = ff_suppressor_result(o->store, &ev, &v, r->partition);
            if (err == FF_ERR_RANGE) { /* there would be two places for its address */
                ff_owner_dead_letter(o, r, item, "wrong_partition", "the address belongs to another partition", offset,
                                     index);
                continue;
            }
        }
        if (item_failed(o, err))
            ff_owner_dead_letter(o, r, item, reason_of(err), at.msg, offset, index);
    }
    if (err != FF_OK && err != FF_ERR_NOT_FOUND && o->status == FF_EXIT_OK)
        ff_owner_dead_letter(o, r, r->value, reason_of(err), "the batch is broken from here on", offset, index);
}

static void take_command(struct owner *o, const struct ff_broker_record *r)
{
    struct ff_command c;
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    enum ff_err err = ff_command_decode(r->value, &c);
    if (err == FF_OK)
        err = ff_address_key(c.address, key, &len);
    if (err == FF_OK) {
        struct ff_slice tenant = c.tenant_id.len ? c.tenant_id : FF_SLICE("default");
        int32_t p = (int32_t)ff_address_partition(tenant, ff_slice_of(key, len), (uint32_t)o->count);
        if (p != r->partition) { /* produced by the key's hash, say: only the owner of the address may act on it */
            ff_owner_forward(o, r, p);
            return;
        }
        err = ff_suppressor_command(o->store, &c, r->partition);
    }
    if (err == FF_OK)
        atomic_fetch_add_explicit(&o->counters.commands, 1, memory_order_relaxed);
    if (item_failed(o, err))
        ff_owner_dead_letter(o, r, r->value, reason_of(err), "no command, or its address is none", 0, -1);
}

/* Is the first record after naming a position to Kafka the one at that position? If not, it may be left over from an
 * earlier assignment: the position is named once more. The same record again: there are none in between (markers of a
 * transaction, or deleted by retention in this moment). */
static bool in_order(struct owner *o, struct owner_part *part, int i, const struct ff_broker_record *r)
{
    if (part->fresh[i] && r->offset > part->position[i] && r->offset != part->gap[i]) {
        part->gap[i] = r->offset;
        o->reread = true;
        return false;
    }
    part->fresh[i] = false;
    return true;
}

static void take_record(struct owner *o, const struct ff_broker_record *r)
{
    int i = r->topic == FF_TOPIC_COMMANDS ? OWNER_COMMANDS : OWNER_RESULTS;
    struct owner_part *part = &o->parts[r->partition];
    char input[FF_TOPIC_NAME_SIZE + 16];
    o->went_back |= r->offset < part->position[i] && !part->fresh[i] && !o->reread;
    if (r->offset < part->position[i] || o->reread || !in_order(o, part, i, r))
        return;
    int64_t next = r->end ? r->offset : r->offset + 1;
    if (!r->end) {
        if (i == OWNER_COMMANDS)
            take_command(o, r);
        else
            take_results(o, r);
        ff_place_saw(&part->seen[i], o->cluster, r);
        atomic_fetch_add_explicit(&o->counters.records, 1, memory_order_relaxed);
    }
    if (next == part->position[i] || o->status != FF_EXIT_OK)
        return;
    part->position[i] = next;
    part->moved = part->dirty = true;
    int len = snprintf(input, sizeof input, "%s/%d", ff_broker_topic_name(o->group, r->topic), r->partition);
    part->seen[i].next = next;
    ff_suppressor_set_place(o->store, ff_slice_of(input, (size_t)len), &part->seen[i]);
    o->uncommitted = true;
}

size_t ff_owner_consume(struct owner *o, int timeout_ms)
{
    size_t n = 0;
    int64_t until = 0;
    struct ff_broker_record r;
    while (n < FF_OWNER_RECORDS_PER_TURN && o->status == FF_EXIT_OK && (n == 0 || ff_steady_ms() < until)) {
        if (!ff_broker_read(o->group, n ? 0 : timeout_ms, &r)) {
            o->caught_up_ms = ff_steady_ms();
            break;
        }
        bool ours = r.topic == FF_TOPIC_RESULTS || r.topic == FF_TOPIC_COMMANDS;
        if (ours && r.partition < o->count && o->parts[r.partition].owned[r.topic == FF_TOPIC_COMMANDS])
            take_record(o, &r);
        ff_broker_release(&r);
        if (n++ == 0)
            until = ff_steady_ms() + FF_OWNER_TURN_MS;
    }
    return n;
}
