/* key_state.c: the canonical encoding of KeyState and the merge that everything else rests on (key_state.h). */
#include "suppress/state/key_state.h"

/* ---- order ----------------------------------------------------------------------------------------------------- */

static int compare_times(int64_t a, struct ff_slice a_id, int64_t b, struct ff_slice b_id)
{
    if (a != b)
        return a < b ? -1 : 1;
    return ff_slice_order(a_id, b_id);
}

/* Two copies of one event may differ in what surrounds it (a replay under newer rules): then the bytewise smaller
 * encoding stays, whichever came first, in both registers. */
static struct ff_register register_least(struct ff_register a, struct ff_register b)
{
    if (!a.encoded.len || !b.encoded.len)
        return a.encoded.len ? a : b;
    int c = compare_times(a.time_us, a.id, b.time_us, b.id);
    return (c ? c : ff_slice_order(a.encoded, b.encoded)) <= 0 ? a : b;
}

static struct ff_register register_greatest(struct ff_register a, struct ff_register b)
{
    if (!a.encoded.len || !b.encoded.len)
        return a.encoded.len ? a : b;
    int c = -compare_times(a.time_us, a.id, b.time_us, b.id);
    return (c ? c : ff_slice_order(a.encoded, b.encoded)) <= 0 ? a : b;
}

static struct ff_release release_greatest(struct ff_release a, struct ff_release b)
{
    if (!a.time_us || !b.time_us)
        return a.time_us ? a : b;
    int c = -compare_times(a.time_us, a.id, b.time_us, b.id);
    if (!c)
        c = ff_slice_order(a.actor, b.actor);
    if (!c)
        c = ff_slice_order(a.note, b.note);
    if (!c)
        c = ff_slice_order(a.incident_id, b.incident_id);
    return c <= 0 ? a : b;
}

static int compare_items(const struct ff_item *a, const struct ff_item *b)
{
    if (a->time_us != b->time_us)
        return a->time_us < b->time_us ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* ---- merge ----------------------------------------------------------------------------------------------------- */

/* Merges from the back, since the greatest are kept: stops as soon as the room is full. Where days count, of one
 * day only the greatest item is seen, because items of a day are neighbours. */
static void merge_items(const struct ff_track *a, const struct ff_track *b, struct ff_track *ret)
{
    struct ff_item kept[FF_TRACK_ITEMS_MAX];
    uint32_t n = 0, i = a->item_count, j = b->item_count;
    bool days = ff_track_counts_days(a->number);
    while (n < FF_TRACK_ITEMS_MAX && (i || j)) {
        const struct ff_item *next;
        if (i && j) {
            int c = compare_items(&a->items[i - 1], &b->items[j - 1]);
            next = c >= 0 ? &a->items[i - 1] : &b->items[j - 1];
            i -= c >= 0;
            j -= c <= 0;
        } else {
            next = i ? &a->items[--i] : &b->items[--j];
        }
        if (days && n && ff_day_of(kept[n - 1].time_us) == ff_day_of(next->time_us))
            continue;
        kept[n++] = *next;
    }
    ret->item_count = n;
    for (uint32_t k = 0; k < n; k++)
        ret->items[k] = kept[n - 1 - k];
}

static void copy_track(const struct ff_track *t, struct ff_track *ret)
{
    ret->number = t->number;
    ret->item_count = t->item_count;
    ret->earliest = t->earliest;
    ret->latest = t->latest;
    memcpy(ret->items, t->items, t->item_count * sizeof(t->items[0]));
}

static void merge_track(const struct ff_track *a, const struct ff_track *b, struct ff_track *ret)
{
    ret->number = a->number;
    ret->earliest = register_least(a->earliest, b->earliest);
    ret->latest = register_greatest(a->latest, b->latest);
    merge_items(a, b, ret);
}

void ff_key_state_init(struct ff_key_state *ks, struct ff_slice tenant, struct ff_slice scope,
                       struct ff_slice address_key)
{
    memset(ks, 0, offsetof(struct ff_key_state, tracks));
    ks->tenant_id = tenant;
    ks->stream_scope = scope;
    ks->address_key = address_key;
}

/* Little-endian, so that the number is the same on every machine. */
static uint64_t item_id(struct ff_slice event_id)
{
    uint64_t id = 0;
    for (unsigned i = 0; i < 8 && i < event_id.len; i++)
        id |= (uint64_t)event_id.ptr[i] << (8 * i);
    return id;
}

void ff_key_state_set_event(struct ff_key_state *ks, uint32_t track, int64_t time_us, struct ff_slice event_id,
                            struct ff_slice encoded)
{
    struct ff_track *t = &ks->tracks[0];
    ks->track_count = 1;
    t->number = track;
    t->earliest = t->latest = (struct ff_register){time_us, event_id, encoded};
    t->item_count = 1;
    t->items[0] = (struct ff_item){time_us, item_id(event_id)};
}

enum ff_err ff_key_state_merge(const struct ff_key_state *a, const struct ff_key_state *b, struct ff_key_state *ret)
{
    const struct ff_key_state *names = a->address_key.len ? a : b;
    uint32_t i = 0, j = 0, n = 0;
    ff_key_state_init(ret, names->tenant_id, names->stream_scope, names->address_key);
    while (i < a->track_count || j < b->track_count) {
        if (n == FF_TRACKS_MAX)
            return FF_ERR_TOO_LARGE;
        const struct ff_track *x = i < a->track_count ? &a->tracks[i] : NULL;
        const struct ff_track *y = j < b->track_count ? &b->tracks[j] : NULL;
        if (x && y && x->number == y->number) {
            merge_track(x, y, &ret->tracks[n++]);
            i++;
            j++;
        } else if (x && (!y || x->number < y->number)) {
            copy_track(x, &ret->tracks[n++]);
            i++;
        } else {
            copy_track(y, &ret->tracks[n++]);
            j++;
        }
    }
    ret->track_count = n;
    ret->manual = register_greatest(a->manual, b->manual);
    ret->release = release_greatest(a->release, b->release);
    ret->published_version = a->published_version > b->published_version ? a->published_version : b->published_version;
    return FF_OK;
}

/* ---- encoding -------------------------------------------------------------------------------------------------- */

static void put_track(const struct ff_track *t, struct ff_wire_out *out)
{
    uint8_t room[2 * FF_EVIDENCE_BYTES_MAX + FF_TRACK_ITEMS_MAX * 20 + 64];
    struct ff_wire_out m = ff_wire_out(room, sizeof(room));
    ff_wire_put_uint(&m, 1, t->number);
    ff_wire_put_fixed64(&m, 2, (uint64_t)t->earliest.time_us);
    ff_wire_put_fixed64(&m, 3, (uint64_t)t->latest.time_us);
    ff_wire_put_bytes(&m, 4, t->earliest.encoded);
    if (!ff_slice_eq(t->earliest.encoded, t->latest.encoded))
        ff_wire_put_bytes(&m, 5, t->latest.encoded);
    for (uint32_t i = 0; i < t->item_count; i++) {
        uint8_t small[18];
        struct ff_wire_out it = ff_wire_out(small, sizeof(small));
        ff_wire_put_fixed64(&it, 1, (uint64_t)t->items[i].time_us);
        ff_wire_put_fixed64(&it, 2, t->items[i].id);
        ff_wire_put_message(&m, 6, ff_wire_done(&it));
    }
    if (m.full)
        out->full = true;
    else
        ff_wire_put_message(out, 4, ff_wire_done(&m));
}

void ff_key_state_encode(const struct ff_key_state *ks, struct ff_wire_out *out)
{
    ff_wire_put_bytes(out, 1, ks->tenant_id);
    ff_wire_put_bytes(out, 2, ks->stream_scope);
    ff_wire_put_bytes(out, 3, ks->address_key);
    for (uint32_t i = 0; i < ks->track_count; i++)
        put_track(&ks->tracks[i], out);
    ff_wire_put_bytes(out, 5, ks->manual.encoded);
    ff_wire_put_fixed64(out, 6, (uint64_t)ks->release.time_us);
    ff_wire_put_bytes(out, 7, ks->release.actor);
    ff_wire_put_bytes(out, 8, ks->release.note);
    ff_wire_put_bytes(out, 9, ks->release.id);
    ff_wire_put_bytes(out, 11, ks->release.incident_id);
}

void ff_key_state_put_version(uint64_t version, struct ff_wire_out *out)
{
    ff_wire_put_uint(out, 10, version);
}

/* ---- decoding -------------------------------------------------------------------------------------------------- */

static enum ff_err decode_register(struct ff_slice in, struct ff_register *ret)
{
    struct ff_evidence e;
    enum ff_err err = ff_evidence_decode(in, &e);
    if (err)
        return err;
    if (in.len == 0 || in.len > FF_EVIDENCE_BYTES_MAX || e.event_time_us <= 0 || e.event_id.len > FF_EVIDENCE_TEXT_MAX)
        return FF_ERR_SYNTAX;
    *ret = (struct ff_register){e.event_time_us, e.event_id, in};
    return FF_OK;
}

static enum ff_err decode_item(struct ff_slice in, struct ff_track *t)
{
    struct ff_item it = {0, 0};
    struct ff_wire_field f = {0};
    size_t pos = 0;
    enum ff_err err;
    while ((err = ff_wire_next(in, &pos, &f)) == FF_OK) {
        if (f.number == 1 && f.type == FF_WIRE_FIXED64)
            it.time_us = (int64_t)f.value;
        else if (f.number == 2 && f.type == FF_WIRE_FIXED64)
            it.id = f.value;
    }
    if (err != FF_ERR_NOT_FOUND)
        return err;
    if (t->item_count == FF_TRACK_ITEMS_MAX)
        return FF_ERR_TOO_LARGE;
    if (it.time_us <= 0 || (t->item_count && compare_items(&t->items[t->item_count - 1], &it) >= 0))
        return FF_ERR_SYNTAX;
    t->items[t->item_count++] = it;
    return FF_OK;
}

/* Where days count, one of each: merging would drop the others. */
static bool items_fit(const struct ff_track *t)
{
    for (uint32_t i = 1; ff_track_counts_days(t->number) && i < t->item_count; i++)
        if (ff_day_of(t->items[i].time_us) == ff_day_of(t->items[i - 1].time_us))
            return false;
    return t->item_count > 0;
}

static enum ff_err decode_track(struct ff_slice in, struct ff_track *t)
{
    struct ff_wire_field f = {0};
    size_t pos = 0;
    enum ff_err err, bad = FF_OK;
    memset(t, 0, offsetof(struct ff_track, items));
    while ((err = ff_wire_next(in, &pos, &f)) == FF_OK) {
        if (f.number == 1 && f.type == FF_WIRE_VARINT && f.value <= UINT32_MAX)
            t->number = (uint32_t)f.value;
        else if (f.number == 4 && f.type == FF_WIRE_BYTES)
            bad = decode_register(f.bytes, &t->earliest);
        else if (f.number == 5 && f.type == FF_WIRE_BYTES)
            bad = decode_register(f.bytes, &t->latest);
        else if (f.number == 6 && f.type == FF_WIRE_BYTES)
            bad = decode_item(f.bytes, t);
        if (bad)
            return bad;
    }
    if (err != FF_ERR_NOT_FOUND)
        return err;
    if (!t->latest.encoded.len)
        t->latest = t->earliest;
    return t->number && t->earliest.encoded.len && items_fit(t) ? FF_OK : FF_ERR_SYNTAX;
}

static enum ff_err decode_manual(struct ff_slice in, struct ff_register *ret)
{
    struct ff_manual m;
    enum ff_err err = ff_manual_decode(in, &m);
    if (err)
        return err;
    if (in.len == 0 || in.len > FF_EVIDENCE_BYTES_MAX || m.time_us <= 0)
        return FF_ERR_SYNTAX;
    *ret = (struct ff_register){m.time_us, m.command_id, in};
    return FF_OK;
}

static enum ff_err take_track(struct ff_slice in, struct ff_key_state *ks)
{
    if (ks->track_count == FF_TRACKS_MAX)
        return FF_ERR_TOO_LARGE;
    struct ff_track *t = &ks->tracks[ks->track_count];
    enum ff_err err = decode_track(in, t);
    if (err)
        return err;
    if (ks->track_count && ks->tracks[ks->track_count - 1].number >= t->number)
        return FF_ERR_SYNTAX;
    ks->track_count++;
    return FF_OK;
}

/* What was never released has nothing of a release, or two such states would be merged by their order. */
static bool release_fits(const struct ff_release *r)
{
    return r->time_us > 0 || (!r->time_us && !r->id.len && !r->actor.len && !r->note.len && !r->incident_id.len);
}

static bool names_fit(const struct ff_key_state *ks)
{
    return ks->tenant_id.len && ks->tenant_id.len <= FF_TENANT_BYTES_MAX && ks->stream_scope.len &&
           ks->stream_scope.len <= FF_TENANT_BYTES_MAX && ks->address_key.len &&
           ks->address_key.len <= FF_ADDRESS_KEY_MAX && ks->release.id.len <= FF_EVIDENCE_TEXT_MAX &&
           ks->release.actor.len <= FF_EVIDENCE_TEXT_MAX && ks->release.note.len <= FF_EVIDENCE_TEXT_MAX &&
           ks->release.incident_id.len <= FF_EVIDENCE_TEXT_MAX;
}

static enum ff_err take_text(const struct ff_wire_field *f, struct ff_slice *to)
{
    if (f->type != FF_WIRE_BYTES)
        return FF_ERR_SYNTAX;
    *to = f->bytes;
    return FF_OK;
}

/* A number that is none of ours is passed over, whatever its type: a newer version may mean anything by it. */
static enum ff_err take_field(const struct ff_wire_field *f, struct ff_key_state *ks)
{
    switch (f->number) {
    case 1: return take_text(f, &ks->tenant_id);
    case 2: return take_text(f, &ks->stream_scope);
    case 3: return take_text(f, &ks->address_key);
    case 4: return f->type == FF_WIRE_BYTES ? take_track(f->bytes, ks) : FF_ERR_SYNTAX;
    case 5: return f->type == FF_WIRE_BYTES ? decode_manual(f->bytes, &ks->manual) : FF_ERR_SYNTAX;
    case 6: ks->release.time_us = (int64_t)f->value; return f->type == FF_WIRE_FIXED64 ? FF_OK : FF_ERR_SYNTAX;
    case 7: return take_text(f, &ks->release.actor);
    case 8: return take_text(f, &ks->release.note);
    case 9: return take_text(f, &ks->release.id);
    case 10: ks->published_version = f->value; return f->type == FF_WIRE_VARINT ? FF_OK : FF_ERR_SYNTAX;
    case 11: return take_text(f, &ks->release.incident_id);
    default: return FF_OK;
    }
}

enum ff_err ff_key_state_decode(struct ff_slice in, struct ff_key_state *ks)
{
    struct ff_wire_field f = {0};
    size_t pos = 0;
    enum ff_err err;
    memset(ks, 0, offsetof(struct ff_key_state, tracks));
    while ((err = ff_wire_next(in, &pos, &f)) == FF_OK)
        if ((err = take_field(&f, ks)) != FF_OK)
            return err;
    if (err != FF_ERR_NOT_FOUND)
        return err;
    return names_fit(ks) && release_fits(&ks->release) ? FF_OK : FF_ERR_SYNTAX;
}
