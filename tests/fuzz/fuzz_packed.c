/* fuzz_packed.c: the packed record and the event walk on any bytes, beside protobuf-c.
 *
 * Whatever the reader gives out is decoded; what the walk accepts must encode to the same bytes, have valid texts,
 * survive JSON, and mean the same to protobuf-c (differences: proto/event_wire.c).
 */
#include <stdlib.h>
#include <string.h>

#include "event.pb-c.h"
#include "proto/event_json.h"
#include "tests/fuzz/fuzz.h"

static struct ff_batch_reader *reader;
static struct ff_json_doc *doc;
static struct ff_json_out json;
/* An escape of JSON has six bytes for one, an attribute of three bytes has two nodes of twelve in the reader's room. */
static uint8_t mem[32 * FF_EVENT_BYTES_MAX];

static bool same_text(const char *pb, struct ff_slice ours)
{
    /* a NUL ends protobuf-c's string early */
    size_t n = strlen(pb);
    return n <= ours.len && ff_slice_eq(ff_slice_of(pb, n), ff_slice_sub(ours, 0, n));
}

static void beside_protobuf_c(struct ff_slice item, const struct ff_event *ev)
{
    Fivefifty__V1__DeliveryEvent *pb = fivefifty__v1__delivery_event__unpack(NULL, item.len, item.ptr);
    if (!pb)
        return; /* longer tags than it takes */
    REQUIRE((uint32_t)pb->kind == ev->kind && pb->reply_code == ev->reply_code &&
            pb->enhanced_code == ev->enhanced_code);
    REQUIRE(pb->event_time_us == ev->event_time_us && pb->flags == ev->flags && pb->delay_ms == ev->delay_ms);
    REQUIRE(pb->reply_text.len == ev->reply_text.len && pb->event_id.len == ev->event_id.len &&
            pb->raw.len == ev->raw.len);
    REQUIRE(same_text(pb->recipient, ev->recipient) && same_text(pb->subaccount_id, ev->subaccount_id));
    fivefifty__v1__delivery_event__free_unpacked(pb, NULL);
}

static void through_json(const struct ff_event *ev)
{
    struct ff_err_at at;
    struct ff_arena arena;
    struct ff_event back;
    ff_arena_init(&arena, mem, sizeof mem);
    ff_json_out_reset(&json);
    ff_json_open(&json, '{');
    ff_event_put_json(&json, ev);
    ff_json_close(&json, '}');
    REQUIRE(!json.failed);
    REQUIRE(ff_json_parse(doc, ff_slice_of(json.buf, json.len), &at) == FF_OK);
    REQUIRE(ff_event_from_json(doc, 0, &arena, &back, &at) == FF_OK);
    REQUIRE(back.kind == ev->kind && ff_slice_eq(back.recipient, ev->recipient) &&
            ff_slice_eq(back.tenant_id, ev->tenant_id));
}

static void one_item(struct ff_slice item)
{
    struct ff_event ev;
    struct ff_err_at at = {0};
    enum ff_err err = ff_event_decode(item, &ev, &at);
    if (err) {
        REQUIRE(at.err == err && at.msg && at.offset_bytes <= item.len);
        return;
    }
    REQUIRE(ff_slice_is_utf8(ev.recipient) && ff_slice_is_utf8(ev.tenant_id) && ff_slice_is_utf8(ev.remote_host));
    struct ff_wire_out o = ff_wire_out(mem, sizeof mem);
    ff_event_encode(&ev, &o);
    REQUIRE(!o.full && ff_slice_eq(ff_wire_done(&o), item));
    beside_protobuf_c(item, &ev);
    ev.encoded = (struct ff_slice){0}; /* from its members: the same event again */
    struct ff_event again;
    o = ff_wire_out(mem, sizeof mem);
    ff_event_encode(&ev, &o);
    REQUIRE(!o.full && o.used <= ff_event_size_max(&ev));
    REQUIRE(ff_event_decode(ff_wire_done(&o), &again, &at) == FF_OK && ff_slice_eq(again.reply_text, ev.reply_text));
    through_json(&ev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ff_err_at at;
    struct ff_slice item, value = ff_slice_of(data, size);
    size_t offset;
    if (!reader) {
        reader = ff_batch_reader_new();
        doc = ff_json_doc_new(FF_JSON_NODES_MAX);
        ff_json_out_init(&json);
    }
    for (int what = FF_BATCH_EVENTS; what <= FF_BATCH_RESULTS; what++) {
        if (ff_batch_open(reader, (enum ff_batch_what)what, value, &at)) {
            REQUIRE(at.msg && at.offset_bytes <= size);
            continue;
        }
        while (ff_batch_next(reader, &item, &offset) == FF_OK)
            one_item(item);
    }
    one_item(value);
    return 0;
}
