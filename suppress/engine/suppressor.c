/* suppressor.c: the engine's front: open, results, commands, offsets, commit (suppress.h). */
#include "suppress/suppress.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

#include "proto/clock.h"
#include "suppress/engine/engine_int.h"
#include "suppress/engine/surge.h"

#define INPUT_NAME_MAX 4096

/* ---- open and close -------------------------------------------------------------------------------------------- */

static bool read_number(struct ff_suppressor *s, struct ff_slice name, uint64_t *ret, enum ff_err *ret_err)
{
    struct ff_store_value v = {{NULL, 0}, NULL};
    *ret_err = ff_store_get(s->store, name, &v);
    bool found = !*ret_err && v.bytes.len == 8;
    if (found)
        *ret = ff_get_be64(v.bytes.ptr);
    else if (!*ret_err)
        *ret_err = FF_ERR_CONFIG;
    ff_store_release(&v);
    if (*ret_err == FF_ERR_NOT_FOUND)
        *ret_err = FF_OK;
    return found;
}

/* The format covers the rows, the merge and the rules of the address key: a state made under others must be rebuilt. */
static enum ff_err check_format(struct ff_suppressor *s, const char *dir, char *msg, size_t size)
{
    const uint64_t ours = FF_STORE_FORMAT << 8 | FF_ADDRESS_KEY_VERSION;
    uint64_t format = 0, active = 0;
    enum ff_err err;
    if (!read_number(s, FF_SLICE("Mformat"), &format, &err) && !err && !s->read_only) {
        uint8_t value[8];
        format = ours;
        ff_put_be64(format, value);
        ff_store_put(s->store, FF_SLICE("Mformat"), ff_slice_of(value, 8));
        err = ff_store_commit(s->store, msg, size);
        if (err)
            return err;
    }
    if (!err && format && format != ours)
        err = FF_ERR_CONFIG;
    if (!err && read_number(s, FF_SLICE("Mactive"), &active, &err))
        atomic_store(&s->active, (int64_t)active);
    if (!err)
        (void)read_number(s, FF_SLICE("Msequence"), &s->counter, &err);
    if (err == FF_ERR_CONFIG)
        snprintf(msg, size, "%s: made by another version of fivefifty (rebuild it from its input)", dir);
    else if (err)
        snprintf(msg, size, "%s: cannot read the state", dir);
    return err;
}

static bool allocate(struct ff_suppressor *s)
{
    s->entries = (struct ff_entry **)calloc(FF_SUPPRESS_BATCH_KEYS, sizeof(s->entries[0]));
    s->offsets = (struct ff_input_offset **)calloc(FF_SUPPRESS_INPUTS_MAX, sizeof(s->offsets[0]));
    s->lanes = (struct ff_lanes *)calloc(FF_PARTITION_MAX + 2, sizeof(s->lanes[0]));
    s->found_surges = ff_surges_new();
    s->was = (struct ff_key_state *)calloc(1, sizeof(*s->was));
    s->delta = (struct ff_key_state *)calloc(1, sizeof(*s->delta));
    s->merged = (struct ff_key_state *)calloc(1, sizeof(*s->merged));
    s->encoded = (uint8_t *)malloc(FF_KEY_STATE_BYTES_MAX);
    s->published = (uint8_t *)malloc(FF_KEY_STATE_BYTES_MAX);
    return ff_entries_init(&s->table) == FF_OK && s->entries && s->offsets && s->lanes && s->found_surges && s->was &&
           s->delta && s->merged && s->encoded && s->published;
}

enum ff_err ff_suppressor_open(const struct ff_suppressor_options *opts, struct ff_suppressor **ret, char *msg,
                               size_t size)
{
    struct ff_suppressor *s = (struct ff_suppressor *)calloc(1, sizeof(*s));
    enum ff_err err = FF_ERR_NOMEM;
    if (!s || !allocate(s)) {
        snprintf(msg, size, "out of memory");
        goto fail;
    }
    s->policy = opts->policy ? opts->policy : ff_policy_default;
    s->default_tenant = ff_slice_str(opts->default_tenant ? opts->default_tenant : "default");
    s->trust_oob = opts->trust_oob;
    s->outbox = opts->outbox;
    s->read_only = opts->read_only;
    s->fixed_now_us = opts->now_us;
    s->counter = 1;
    struct ff_store_options so = {opts->state_dir, opts->create && !opts->read_only, opts->read_only, opts->sync};
    err = ff_store_open(&so, &s->store, msg, size);
    if (!err)
        err = check_format(s, opts->state_dir, msg, size);
    if (!err)
        err = ff_folder_check(s, opts->state_dir, opts->folder_of, msg, size);
    if (err)
        goto fail;
    *ret = s;
    return FF_OK;
fail:
    ff_suppressor_close(s);
    return err;
}

void ff_suppressor_close(struct ff_suppressor *s)
{
    if (!s)
        return;
    if (s->table.slots && s->entries && s->offsets)
        ff_batch_clear(s);
    ff_entries_free(&s->table);
    ff_store_close(s->store);
    free(s->entries);
    free(s->offsets);
    free(s->lanes);
    ff_surges_free(s->found_surges);
    free(s->was);
    free(s->delta);
    free(s->merged);
    free(s->encoded);
    free(s->published);
    free(s);
}

/* ---- results --------------------------------------------------------------------------------------------------- */

static void bump(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static int64_t now_us(const struct ff_suppressor *s)
{
    return s->fixed_now_us ? s->fixed_now_us : ff_now_coarse_us();
}

static struct ff_slice tenant_of(struct ff_slice tenant)
{
    return tenant.len ? tenant : FF_SLICE("default");
}

static struct ff_evidence evidence_of(const struct ff_event *ev, const struct ff_verdict *v, struct ff_slice event_id)
{
    return (struct ff_evidence){
        .event_id = event_id,
        .message_id = ev->message_id,
        .campaign_id = ev->campaign_id,
        .kind = ev->kind,
        .reply_code = ev->reply_code,
        .enhanced_code = ev->enhanced_code,
        .reply_text = ev->reply_text,
        .template_id = v->template_id,
        .category = v->category,
        .rule = v->rule,
        .ruleset_version = v->ruleset_version,
        .provider = v->provider.len ? v->provider : ev->provider,
        .remote_ip = ev->remote_ip,
        .remote_host = ev->remote_host,
        .local_ip = ev->local_ip,
        .event_time_us = ev->event_time_us,
        .address = ev->recipient,
        .stream_id = ev->stream_id,
        .mail_from = ev->mail_from,
        .stage = ev->stage,
    };
}

/* Key of an event: false when it cannot be one (then the event is evidence about nobody). */
static bool event_key(const struct ff_event *ev, bool per_stream, uint8_t key[FF_KEY_BYTES_MAX], size_t *ret_len)
{
    uint8_t address_key[FF_ADDRESS_KEY_MAX];
    size_t len;
    if (ff_address_key(ev->recipient, address_key, &len) != FF_OK || !ff_event_tenant_is_valid(ev))
        return false;
    struct ff_slice scope = per_stream && ev->stream_id.len ? ev->stream_id : FF_SLICE(FF_SCOPE_ALL);
    return ff_key_make(tenant_of(ev->tenant_id), scope, ff_slice_of(address_key, len), key, ret_len) == FF_OK;
}

static void start_delta(struct ff_suppressor *s, struct ff_slice key)
{
    struct ff_slice tenant = {NULL, 0}, scope = {NULL, 0}, address_key = {NULL, 0};
    (void)!ff_key_split(key, &tenant, &scope, &address_key); /* ff_key_make() made it */
    ff_key_state_init(s->delta, tenant, scope, address_key);
}

bool ff_suppressor_next_surge(const struct ff_suppressor *s, uint64_t *next, struct ff_surge *ret)
{
    uint64_t found = ff_surges_found(s->found_surges);
    if (*next + FF_SURGES_KEPT < found)
        *next = found - FF_SURGES_KEPT;
    return ff_surges_get(s->found_surges, *next, ret) && ++*next;
}

void ff_suppressor_set_partitions(struct ff_suppressor *s, int32_t count)
{
    s->partitions = count;
}

enum ff_err ff_suppressor_result(struct ff_suppressor *s, const struct ff_event *ev, const struct ff_verdict *v,
                                 int32_t partition)
{
    uint8_t key[FF_KEY_BYTES_MAX], id[16], room[FF_EVIDENCE_BYTES_MAX];
    uint32_t track;
    bool per_stream, changed;
    size_t key_len;
    struct ff_entry *e;
    switch (ff_policy_judge(s->policy, s->trust_oob, ev, v, &track, &per_stream)) {
    case FF_FATE_ECHO: bump(&s->ignored_echo); return FF_OK;
    case FF_FATE_UNPROVEN: bump(&s->ignored_unproven); return FF_OK;
    case FF_FATE_IRRELEVANT: return FF_OK;
    case FF_FATE_COUNTS: break;
    }
    if (partition < -1 || partition > FF_PARTITION_MAX)
        return FF_ERR_RANGE;
    if (track < FF_TRACK_COMPLAINT && ev->event_time_us > now_us(s) + FF_AHEAD_OF_CLOCK_MAX_US) {
        bump(&s->ahead_of_clock);
        return FF_OK;
    }
    if (!event_key(ev, per_stream, key, &key_len)) {
        bump(&s->bad_address);
        return FF_OK;
    }
    if (s->partitions > 0 && ff_key_partition(ff_slice_of(key, key_len), s->partitions) != partition)
        return FF_ERR_RANGE;
    struct ff_slice event_id = ev->event_id;
    if (event_id.len != sizeof(id)) {
        ff_event_content_id(ev, (struct ff_slice){NULL, 0}, id);
        event_id = ff_slice_of(id, sizeof(id));
    }
    struct ff_wire_out out = ff_wire_out(room, sizeof(room));
    struct ff_evidence evidence = evidence_of(ev, v, event_id);
    ff_evidence_encode(&evidence, &out);
    start_delta(s, ff_slice_of(key, key_len));
    ff_key_state_set_event(s->delta, track, ev->event_time_us, event_id, ff_wire_done(&out));
    enum ff_err err = ff_batch_entry(s, ff_slice_of(key, key_len), &e);
    if (err)
        return err;
    bool was_active = e->active;
    err = ff_batch_merge(s, ff_slice_of(key, key_len), partition, FF_ANNOUNCE_FULL, &e, &changed);
    if (!err && changed) {
        bump(&s->evidence);
        if (was_active && e->active)
            bump(&s->refreshed);
        else if (e->active && track < FF_TRACK_COMPLAINT)
            ff_surges_add(s->found_surges, evidence.provider, tenant_of(ev->tenant_id), ev->event_time_us);
    }
    return err;
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static struct ff_slice cut(struct ff_slice text)
{
    return ff_slice_cut_utf8(text, FF_EVIDENCE_TEXT_MAX);
}

static int64_t latest_known_us(const struct ff_key_state *ks)
{
    int64_t latest = ks->manual.time_us > ks->release.time_us ? ks->manual.time_us : ks->release.time_us;
    for (uint32_t i = 0; i < ks->track_count; i++)
        if (ks->tracks[i].latest.time_us > latest)
            latest = ks->tracks[i].latest.time_us;
    return latest;
}

/* The time from which the command holds (suppress.h): the one it names, else its own, unless something is known
 * that is ahead of the clock. Only that is passed: evidence between the command's time and the clock may well have
 * come after the command, which waited in its topic. */
static enum ff_err order_time(struct ff_suppressor *s, const struct ff_command *c, struct ff_slice id,
                              struct ff_slice key, int64_t *ret_us)
{
    struct ff_entry *e;
    int64_t now = now_us(s);
    *ret_us = c->evidence_until_us ? c->evidence_until_us : c->time_us;
    if (c->evidence_until_us)
        return FF_OK;
    enum ff_err err = ff_batch_entry(s, key, &e);
    if (err || e->row.kind != FF_ROW_STATE || !e->row.body.len || c->time_us < now - FF_AHEAD_OF_CLOCK_MAX_US)
        return err;
    err = ff_key_state_decode(e->row.body, s->was);
    if (err)
        return err;
    bool add = c->verb == FF_VERB_ADD;
    int64_t carried_out_us = add ? s->was->manual.time_us : s->was->release.time_us, latest = latest_known_us(s->was);
    if (carried_out_us >= c->time_us && ff_slice_eq(add ? s->was->manual.id : s->was->release.id, id))
        *ret_us = carried_out_us;
    else if (latest > now && latest >= c->time_us)
        *ret_us = latest + add; /* what is as old as a release is void, an entry as well */
    return FF_OK;
}

static enum ff_err apply_command(struct ff_suppressor *s, const struct ff_command *c, struct ff_slice id,
                                 struct ff_slice key, int32_t partition)
{
    uint8_t room[FF_EVIDENCE_BYTES_MAX];
    struct ff_wire_out out = ff_wire_out(room, sizeof(room));
    struct ff_entry *e;
    bool changed;
    int64_t time_us;
    enum ff_err err = order_time(s, c, id, key, &time_us);
    if (err)
        return err;
    start_delta(s, key);
    s->delta->track_count = 0;
    if (c->verb == FF_VERB_ADD) {
        struct ff_manual m = {time_us, c->expires_us, c->reason ? c->reason : FF_REASON_MANUAL,
                              id, c->actor, c->note, c->address, c->incident_id};
        ff_manual_encode(&m, &out);
        s->delta->manual = (struct ff_register){time_us, id, ff_wire_done(&out)};
    } else {
        s->delta->release = (struct ff_release){time_us, id, cut(c->actor), cut(c->note), cut(c->incident_id)};
    }
    return ff_batch_merge(s, key, partition, FF_ANNOUNCE_FULL, &e, &changed);
}

/* "Release everything" reaches the stream scopes that are known now, committed or in the open batch. */
static enum ff_err release_streams(struct ff_suppressor *s, const struct ff_command *c, struct ff_slice id,
                                   struct ff_slice tenant, struct ff_slice address_key, int32_t partition)
{
    uint8_t prefix_buf[FF_ROW_KEY_MAX], key[FF_KEY_BYTES_MAX];
    size_t len;
    enum ff_err err = ff_batch_write(s); /* so that the index is whole */
    struct ff_slice prefix = ff_index_prefix(tenant, address_key, prefix_buf);
    if (err)
        return err;
    struct ff_store_cursor *cur = ff_store_cursor_new(s->store, prefix, (struct ff_slice){NULL, 0});
    if (!cur)
        return FF_ERR_NOMEM;
    for (; !err && ff_store_cursor_valid(cur); ff_store_cursor_next(cur)) {
        struct ff_slice row = ff_store_cursor_key(cur);
        err = ff_key_make(tenant, ff_slice_sub(row, prefix.len, row.len), address_key, key, &len);
        if (!err)
            err = apply_command(s, c, id, ff_slice_of(key, len), partition);
    }
    enum ff_err walk = ff_store_cursor_free(cur);
    return err ? err : walk;
}

enum ff_err ff_suppressor_command(struct ff_suppressor *s, const struct ff_command *c, int32_t partition)
{
    uint8_t address_key[FF_ADDRESS_KEY_MAX], key[FF_KEY_BYTES_MAX], id_buf[16];
    size_t address_len, key_len;
    if ((c->verb != FF_VERB_ADD && c->verb != FF_VERB_RELEASE) || c->time_us <= 0 || c->reason >= FF_REASON_COUNT ||
        c->expires_us < 0 || c->evidence_until_us < 0 || (c->verb == FF_VERB_ADD && c->evidence_until_us))
        return FF_ERR_SYNTAX;
    if (partition < -1 || partition > FF_PARTITION_MAX)
        return FF_ERR_RANGE;
    if (ff_address_key(c->address, address_key, &address_len) != FF_OK)
        return FF_ERR_SYNTAX;
    struct ff_slice ak = ff_slice_of(address_key, address_len), tenant = tenant_of(c->tenant_id),
                    id = cut(c->command_id);
    struct ff_slice scope = c->stream_scope.len ? c->stream_scope : FF_SLICE(FF_SCOPE_ALL);
    if (ff_key_make(tenant, scope, ak, key, &key_len) != FF_OK)
        return FF_ERR_SYNTAX;
    if (!id.len) {
        XXH128_canonical_t canonical;
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(key, key_len, (uint64_t)c->time_us ^ c->verb));
        memcpy(id_buf, canonical.digest, sizeof(id_buf));
        id = ff_slice_of(id_buf, sizeof(id_buf));
    }
    if (c->verb == FF_VERB_RELEASE && !c->stream_scope.len) {
        enum ff_err err = release_streams(s, c, id, tenant, ak, partition);
        if (err)
            return err;
    }
    return apply_command(s, c, id, ff_slice_of(key, key_len), partition);
}

/* ---- offsets and commit ---------------------------------------------------------------------------------------- */

static struct ff_input_offset *find_offset(struct ff_suppressor *s, struct ff_slice input)
{
    for (size_t n = 0; n < s->offset_count; n++) {
        size_t i = (s->offset_last + n) % s->offset_count; /* mostly the same input again */
        if (ff_slice_eq(input, ff_slice_of(s->offsets[i]->input, s->offsets[i]->len))) {
            s->offset_last = i;
            return s->offsets[i];
        }
    }
    return NULL;
}

/* Its entry in the batch. NULL: there is no room; then the offset is not remembered and its input is read again,
 * which changes nothing. */
static struct ff_input_offset *take_offset(struct ff_suppressor *s, struct ff_slice input)
{
    struct ff_input_offset *o = find_offset(s, input);
    if (o || input.len > INPUT_NAME_MAX || s->offset_count == FF_SUPPRESS_INPUTS_MAX)
        return o;
    o = (struct ff_input_offset *)malloc(sizeof(*o) + input.len);
    if (!o)
        return NULL;
    o->len = input.len;
    if (input.len)
        memcpy(o->input, input.ptr, input.len);
    s->offset_last = s->offset_count;
    s->offsets[s->offset_count++] = o;
    return o;
}

void ff_suppressor_set_place(struct ff_suppressor *s, struct ff_slice input, const struct ff_input_place *place)
{
    struct ff_input_offset *o = take_offset(s, input);
    if (!o)
        return;
    o->place = *place;
    o->forgotten = false;
}

void ff_suppressor_forget_offset(struct ff_suppressor *s, struct ff_slice input)
{
    struct ff_input_offset *o = take_offset(s, input);
    if (!o)
        return;
    o->place = (struct ff_input_place){.next = -1, .seen_at = -1};
    o->forgotten = true;
}

enum ff_err ff_suppressor_each_offset(struct ff_suppressor *s, struct ff_slice prefix,
                                      bool (*each)(void *ctx, struct ff_slice input), void *ctx)
{
    uint8_t key[1 + INPUT_NAME_MAX];
    if (prefix.len > INPUT_NAME_MAX)
        return FF_OK; /* no input has such a name */
    key[0] = 'F';
    if (prefix.len)
        memcpy(key + 1, prefix.ptr, prefix.len);
    struct ff_store_cursor *cur =
        ff_store_cursor_new(s->store, ff_slice_of(key, 1 + prefix.len), (struct ff_slice){NULL, 0});
    if (!cur)
        return FF_ERR_NOMEM;
    while (ff_store_cursor_valid(cur)) {
        struct ff_slice row = ff_store_cursor_key(cur);
        if (!each(ctx, ff_slice_sub(row, 1, row.len)))
            break;
        ff_store_cursor_next(cur);
    }
    return ff_store_cursor_free(cur);
}

struct ff_input_place ff_suppressor_place(struct ff_suppressor *s, struct ff_slice input)
{
    uint8_t key[1 + INPUT_NAME_MAX];
    struct ff_store_value v = {{NULL, 0}, NULL};
    const struct ff_input_offset *o = find_offset(s, input);
    struct ff_input_place place = {.next = -1, .seen_at = -1};
    if (o)
        return o->place;
    if (input.len > INPUT_NAME_MAX)
        return place;
    key[0] = 'F';
    if (input.len)
        memcpy(key + 1, input.ptr, input.len);
    if (ff_store_get(s->store, ff_slice_of(key, 1 + input.len), &v) == FF_OK)
        place = ff_input_place_decode(v.bytes);
    ff_store_release(&v);
    return place;
}

void ff_suppressor_set_offset(struct ff_suppressor *s, struct ff_slice input, int64_t next_offset)
{
    ff_suppressor_set_place(s, input, &(struct ff_input_place){.next = next_offset, .seen_at = -1});
}

int64_t ff_suppressor_offset(struct ff_suppressor *s, struct ff_slice input)
{
    return ff_suppressor_place(s, input).next;
}

enum ff_err ff_suppressor_commit(struct ff_suppressor *s, char *ret_message, size_t size)
{
    enum ff_err err = ff_batch_write(s);
    if (err)
        snprintf(ret_message, size, "%s", s->error);
    ff_surges_review(s->found_surges);
    atomic_store_explicit(&s->surges, ff_surges_found(s->found_surges), memory_order_relaxed);
    return err;
}

const char *ff_suppressor_why(const struct ff_suppressor *s, enum ff_err err)
{
    if (err == FF_ERR_NOMEM)
        return "memory is short";
    bool told = s->error[0] && (err == FF_ERR_IO || err == FF_ERR_CONFIG || err == FF_ERR_DEFECT);
    return told ? s->error : ff_err_name(err);
}

void ff_suppressor_stats(const struct ff_suppressor *s, struct ff_suppressor_stats *ret)
{
    int64_t active = atomic_load_explicit(&s->active, memory_order_relaxed);
    ret->active = active > 0 ? (uint64_t)active : 0;
    ret->added = atomic_load_explicit(&s->added, memory_order_relaxed);
    ret->refreshed = atomic_load_explicit(&s->refreshed, memory_order_relaxed);
    ret->released = atomic_load_explicit(&s->released, memory_order_relaxed);
    ret->evidence = atomic_load_explicit(&s->evidence, memory_order_relaxed);
    ret->ignored_echo = atomic_load_explicit(&s->ignored_echo, memory_order_relaxed);
    ret->ignored_unproven = atomic_load_explicit(&s->ignored_unproven, memory_order_relaxed);
    ret->bad_address = atomic_load_explicit(&s->bad_address, memory_order_relaxed);
    ret->ahead_of_clock = atomic_load_explicit(&s->ahead_of_clock, memory_order_relaxed);
    ret->surges = atomic_load_explicit(&s->surges, memory_order_relaxed);
}
