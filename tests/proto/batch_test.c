/* The packed record: what is written is read back, what is broken is told, and no bomb is opened. */
#include <zstd.h>

#include "proto/batch.h"
#include "tests/random_event.h"
#include "tests/test.h"

static struct random_event rnd = {.x = 5};
static struct ff_batch_reader *reader;

static const struct ff_slice none;

static struct ff_event event(const char *recipient)
{
    return (struct ff_event){.kind = FF_KIND_BOUNCE,
                             .event_time_us = 1786003200000000,
                             .recipient = ff_slice_str(recipient),
                             .tenant_id = FF_SLICE("acme"),
                             .reply_code = 550};
}

static void round_trip(enum ff_batch_codec codec, uint8_t version, const char *how)
{
    struct ff_batch_packer *packer = ff_batch_packer_new(codec, 1);
    struct ff_batch_writer *w = ff_batch_writer_new_shared(FF_BATCH_EVENTS, packer);
    struct ff_slice record, item;
    struct ff_err_at at;
    size_t offset;
    static uint8_t encoded[500][16384];
    static size_t lengths[500];
    CASE(how);
    for (int round = 0; round < 3; round++) {
        ff_batch_begin(w, FF_SLICE("test"), FF_SLICE("fivefifty"));
        for (size_t i = 0; i < 500; i++) {
            struct ff_event ev;
            random_event_next(&rnd, &ev);
            struct ff_wire_out o = ff_wire_out(encoded[i], sizeof encoded[i]);
            ff_event_encode(&ev, &o);
            lengths[i] = o.used;
            if (i % 2)
                ev.encoded = ff_wire_done(&o);
            CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
        }
        CHECK_INT(ff_batch_count(w), 500);
        CHECK_INT(ff_batch_close(w, &record), FF_OK);
        CHECK_INT(record.ptr[0], version);
        CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, record, &at), FF_OK);
        for (size_t i = 0; i < 500; i++) {
            CHECK_INT(ff_batch_next(reader, &item, &offset), FF_OK);
            CHECK(ff_slice_eq(item, ff_slice_of(encoded[i], lengths[i])), "event %zu", i);
        }
        CHECK_INT(ff_batch_next(reader, &item, &offset), FF_ERR_NOT_FOUND);
        CHECK_INT(ff_batch_next(reader, &item, &offset), FF_ERR_NOT_FOUND);
    }
    CASE("the bytes depend on the content alone");
    uint8_t first[64];
    size_t first_len = 0;
    for (int round = 0; round < 2; round++) {
        struct ff_event ev = event("a@example.com");
        ff_batch_begin(w, none, none);
        CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
        CHECK_INT(ff_batch_close(w, &record), FF_OK);
        if (round == 0)
            memcpy(first, record.ptr, first_len = record.len);
        else
            CHECK(ff_slice_eq(record, ff_slice_of(first, first_len)), "differ");
    }
    CASE("an empty batch holds nothing");
    ff_batch_begin(w, none, none);
    CHECK_INT(ff_batch_close(w, &record), FF_OK);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, record, &at), FF_OK);
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_ERR_NOT_FOUND);
    ff_batch_writer_free(w);
    ff_batch_packer_free(packer);
}

static void shared_packer(void)
{
    static const enum ff_batch_codec codecs[] = {FF_BATCH_RAW, FF_BATCH_ZSTD, FF_BATCH_LZ4};
    CASE("writers that share a packer do not mix their contents");
    for (size_t c = 0; c < 3; c++) {
        struct ff_batch_packer *packer = ff_batch_packer_new(codecs[c], 1);
        struct ff_batch_writer *w[3];
        for (size_t i = 0; i < 3; i++)
            w[i] = ff_batch_writer_new_shared(FF_BATCH_EVENTS, packer);
        for (size_t n = 0; n < 300; n++) { /* taken in turn, closed in another order */
            struct ff_event ev = event(n % 3 == 0 ? "a@example.com" : n % 3 == 1 ? "bb@example.com" : "ccc@example.com");
            CHECK_INT(ff_batch_add_event(w[n % 3], &ev), FF_OK);
        }
        for (size_t i = 3; i-- > 0;) {
            struct ff_slice record, item;
            struct ff_event back;
            struct ff_err_at at;
            size_t offset, count = 0;
            CHECK_INT(ff_batch_close(w[i], &record), FF_OK);
            CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, record, &at), FF_OK);
            while (ff_batch_next(reader, &item, &offset) == FF_OK && ff_event_decode(item, &back, &at) == FF_OK) {
                CHECK_INT(back.recipient.len, 13 + i);
                count++;
            }
            CHECK_INT(count, 100);
        }
        for (size_t i = 0; i < 3; i++)
            ff_batch_writer_free(w[i]);
        ff_batch_packer_free(packer);
    }
}

static void lz4_damage(void)
{
    struct ff_batch_packer *packer = ff_batch_packer_new(FF_BATCH_LZ4, 0);
    struct ff_batch_writer *w = ff_batch_writer_new_shared(FF_BATCH_EVENTS, packer);
    struct ff_slice record;
    struct ff_err_at at;
    uint8_t bytes[512];
    for (size_t i = 0; i < 20; i++) {
        struct ff_event ev = event("someone@example.com");
        CHECK_INT(ff_batch_add_event(w, &ev), FF_OK);
    }
    CHECK_INT(ff_batch_close(w, &record), FF_OK);
    CHECK(record.len < sizeof bytes && record.ptr[1] >= 0x80, "%zu bytes", record.len);
    CASE("an LZ4 block cut off anywhere is refused");
    for (size_t n = 1; n < record.len; n++) {
        memcpy(bytes, record.ptr, n);
        CHECK(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(bytes, n), &at) != FF_OK, "%zu bytes", n);
    }
    CASE("a content size that is not the block's is refused");
    memcpy(bytes, record.ptr, record.len);
    bytes[1]++;
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(bytes, record.len), &at), FF_ERR_SYNTAX);
    bytes[1] = (uint8_t)(bytes[1] - 2);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(bytes, record.len), &at), FF_ERR_SYNTAX);
    CASE("an LZ4 block that claims 17 MiB is refused unopened");
    static const uint8_t bomb[] = {0x03, 0x80, 0x80, 0xc0, 0x08, 0x10, 0x00};
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(bomb, sizeof bomb), &at), FF_ERR_TOO_LARGE);
    ff_batch_writer_free(w);
    ff_batch_packer_free(packer);
}

static void results(void)
{
    struct ff_batch_writer *w = ff_batch_writer_new(FF_BATCH_RESULTS, 1);
    struct ff_event ev = event("a@example.com"), back;
    struct ff_slice record, item;
    struct ff_wire_field f;
    struct ff_err_at at;
    size_t offset, pos = 0;
    CASE("a result is its event, byte for byte, and its verdict");
    ff_batch_begin(w, none, none);
    CHECK_INT(ff_batch_add_result(w, &ev, FF_SLICE("\x08\x01")), FF_OK);
    CHECK_INT(ff_batch_add_result(w, &ev, none), FF_OK);
    CHECK_INT(ff_batch_close(w, &record), FF_OK);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_RESULTS, record, &at), FF_OK);
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_OK);
    CHECK_INT(ff_wire_next(item, &pos, &f), FF_OK);
    CHECK_INT(f.number, 1);
    CHECK_INT(ff_event_decode(f.bytes, &back, &at), FF_OK);
    CHECK_SLICE(back.recipient, "a@example.com");
    CHECK_INT(ff_wire_next(item, &pos, &f), FF_OK);
    CHECK_INT(f.number, 2);
    CHECK_SLICE(f.bytes, "\x08\x01");
    CHECK_INT(ff_wire_next(item, &pos, &f), FF_ERR_NOT_FOUND);
    CASE("a bare result is taken, too");
    static uint8_t bare[256];
    memcpy(bare, item.ptr, item.len);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_RESULTS, ff_slice_of(bare, item.len), &at), FF_OK);
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_OK);
    CHECK(ff_slice_eq(item, ff_slice_of(bare, item.len)), "item");
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_ERR_NOT_FOUND);
    ff_batch_writer_free(w);
}

static void writer_limits(void)
{
    struct ff_batch_writer *w = ff_batch_writer_new(FF_BATCH_EVENTS, 0);
    static uint8_t text[FF_EVENT_BYTES_MAX];
    struct ff_event ev = event("a@example.com");
    CASE("an event no reader takes is not written");
    ev.reply_text = ff_slice_of(text, sizeof text);
    CHECK_INT(ff_batch_add_event(w, &ev), FF_ERR_TOO_LARGE);
    CHECK_INT(ff_batch_content_bytes(w), 0);
    CASE("a full batch says so and stays as it was");
    ev.reply_text.len -= 1000;
    unsigned n = 0;
    while (ff_batch_add_event(w, &ev) == FF_OK)
        n++;
    CHECK_INT(n, 16);
    size_t before = ff_batch_content_bytes(w);
    CHECK_INT(ff_batch_add_result(w, &ev, none), FF_ERR_TOO_LARGE);
    CHECK_INT(ff_batch_content_bytes(w), before);
    CHECK_INT(ff_batch_count(w), n);
    struct ff_slice record, item;
    struct ff_err_at at;
    size_t offset;
    CHECK_INT(ff_batch_close(w, &record), FF_OK);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, record, &at),
              record.len > FF_BATCH_RECORD_MAX ? FF_ERR_TOO_LARGE : FF_OK);
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_OK);
    ff_batch_writer_free(w);
}

/* Plain protobuf, with and without registry framing. */
static void plain(void)
{
    const struct {
        const char *name;
        struct ff_slice bytes;
        int items; /* -1: refused */
    } cases[] = {
        {"kind, time: an event", FF_SLICE("\x08\x03\x11\x01\x02\x03\x04\x05\x06\x07\x08"), 1},
        {"kind, recipient, tenant: an event",
         FF_SLICE("\x08\x03\x1a\x01"
                  "a\x22\x01"
                  "t"),
         1},
        {"kind, recipient, reply code: an event",
         FF_SLICE("\x08\x03\x1a\x01"
                  "a\x28\x64"),
         1},
        {"recipient alone: an event",
         FF_SLICE("\x1a\x01"
                  "a"),
         1},
        {"kind alone: an event", FF_SLICE("\x08\x03"), 1},
        {"kind, reply text: an event",
         FF_SLICE("\x08\x03\x3a\x01"
                  "x"),
         1},
        {"source, then two events: a batch", FF_SLICE("\x12\x00\x2a\x02\x08\x03\x2a\x02\x08\x04"), 2},
        {"minor, id, two events: a batch",
         FF_SLICE("\x08\x01\x1a\x01"
                  "i\x2a\x02\x08\x03\x2a\x00"),
         2},
        {"created: a batch", FF_SLICE("\x21\x01\x02\x03\x04\x05\x06\x07\x08\x2a\x02\x08\x03"), 1},
        {"one event in a batch", FF_SLICE("\x2a\x02\x08\x03"), 1},
        {"a batch with unknown fields", FF_SLICE("\x2a\x02\x08\x03\xf8\x07\x01\x2a\x00"), 2},
        {"registry framing, index [0]", FF_SLICE("\x00\x00\x00\x00\x07\x00\x2a\x02\x08\x03"), 1},
        {"registry framing, index [1, 2]", FF_SLICE("\x00\x00\x00\x00\x07\x04\x02\x04\x2a\x02\x08\x03\x2a\x00"), 2},
        {"registry framing around a packed record", FF_SLICE("\x00\x00\x00\x00\x07\x00\x01\x2a\x02\x08\x03"), 1},
        {"registry framing without content", FF_SLICE("\x00\x00\x00\x00\x07\x00"), -1},
        {"registry framing cut off", FF_SLICE("\x00\x00\x00"), -1},
        {"registry framing with a million indexes", FF_SLICE("\x00\x00\x00\x00\x07\x80\x89\x7a\x00"), -1},
        {"no bytes", FF_SLICE(""), -1},
        {"a version of the future", FF_SLICE("\x03\x2a\x02\x08\x03"), -1},
        {"JSON", FF_SLICE("{\"kind\":\"bounce\"}"), -1},
        {"gzip", FF_SLICE("\x1f\x8b\x08\x00\x00\x00\x00\x00"), -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ff_err_at at = {0};
        struct ff_slice item;
        size_t offset;
        int items = -1;
        CASE(cases[i].name);
        enum ff_err err = ff_batch_open(reader, FF_BATCH_EVENTS, cases[i].bytes, &at);
        if (!err) {
            for (items = 0; ff_batch_next(reader, &item, &offset) == FF_OK;)
                items++;
        } else {
            CHECK(at.err == err && at.msg, "no reason");
            CHECK_INT(ff_batch_next(reader, &item, &offset), FF_ERR_NOT_FOUND);
        }
        CHECK_INT(items, cases[i].items);
    }
}

static void broken_framing(void)
{
    const struct {
        const char *name;
        struct ff_slice bytes;
        int items;
        enum ff_err err;
        size_t offset;
    } cases[] = {
        {"an event cut off", FF_SLICE("\x01\x2a\x02\x08\x03\x2a\x05\x08"), 1, FF_ERR_TRUNCATED, 4},
        {"a tag cut off", FF_SLICE("\x01\x2a\x02\x08\x03\xaa"), 1, FF_ERR_TRUNCATED, 4},
        {"events as a number", FF_SLICE("\x01\x2a\x02\x08\x03\x28\x01\x2a\x00"), 1, FF_ERR_SYNTAX, 4},
        {"a group", FF_SLICE("\x01\x2a\x02\x08\x03\x2a\x00\x33"), 2, FF_ERR_SYNTAX, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ff_err_at at;
        struct ff_slice item;
        size_t offset = 0;
        enum ff_err err;
        int items = 0;
        CASE(cases[i].name);
        CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, cases[i].bytes, &at), FF_OK);
        while ((err = ff_batch_next(reader, &item, &offset)) == FF_OK)
            items++;
        CHECK_INT(items, cases[i].items);
        CHECK_INT(err, cases[i].err);
        CHECK_INT(offset, cases[i].offset);
        CHECK_INT(ff_batch_next(reader, &item, &offset), FF_ERR_NOT_FOUND);
    }
}

static void bombs(void)
{
    static const uint8_t content[] = {0x2a, 0x02, 0x08, 0x03};
    uint8_t frame[4096] = {FF_BATCH_VERSION_ZSTD};
    struct ff_err_at at;
    struct ff_slice item;
    size_t offset, n;
    CASE("a frame that claims a GiB is refused unopened");
    static const uint8_t gib[] = {0x02, 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x00, 0x40, 0x01, 0x00, 0x00};
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(gib, sizeof gib), &at), FF_ERR_TOO_LARGE);
    CASE("a real bomb: 17 MiB of zeros in a few bytes");
    static uint8_t zeros[17 << 20], packed[1 << 16];
    n = ZSTD_compress(packed + 1, sizeof packed - 1, zeros, sizeof zeros, 19);
    packed[0] = FF_BATCH_VERSION_ZSTD;
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(packed, n + 1), &at), FF_ERR_TOO_LARGE);
    CASE("the same without our version byte");
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(packed + 1, n), &at), FF_ERR_TOO_LARGE);
    CASE("16 MiB are opened");
    n = ZSTD_compress(packed + 1, sizeof packed - 1, zeros, FF_BATCH_CONTENT_MAX, 19);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(packed, n + 1), &at), FF_OK);
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_ERR_SYNTAX);

    ZSTD_CCtx *cctx = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, 0);
    n = ZSTD_compress2(cctx, frame + 1, sizeof frame - 1, content, sizeof content);
    CASE("behind our version byte the content size is mandatory");
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(frame, n + 1), &at), FF_ERR_SYNTAX);
    CASE("a foreign frame may leave it out");
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(frame + 1, n), &at), FF_OK);
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_OK);
    CHECK_INT(item.len, 2);
    CASE("a foreign bomb that does not say its size stops at the buffer");
    n = ZSTD_compress2(cctx, packed, sizeof packed, zeros, sizeof zeros);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(packed, n), &at), FF_ERR_TOO_LARGE);
    ZSTD_freeCCtx(cctx);

    n = ZSTD_compress(frame + 1, sizeof frame - 1, content, sizeof content, 1);
    CASE("the frame as it should be");
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(frame, n + 1), &at), FF_OK);
    CHECK_INT(ff_batch_next(reader, &item, &offset), FF_OK);
    CASE("cut off anywhere");
    for (size_t cut = 1; cut < n + 1; cut++)
        CHECK(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(frame, cut), &at) != FF_OK, "at %zu", cut);
    CASE("two frames, one behind the other");
    memcpy(frame + 1 + n, frame + 1, n);
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(frame, 1 + 2 * n), &at), FF_ERR_SYNTAX);
    CHECK_INT(at.offset_bytes, n + 1);
    CASE("a byte behind it");
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(frame, n + 2), &at), FF_ERR_SYNTAX);
    CASE("any byte of it flipped: an error or content, never a crash");
    for (size_t i = 1; i < n + 1; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            frame[i] ^= (uint8_t)(1u << bit);
            if (ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(frame, n + 1), &at) == FF_OK)
                while (ff_batch_next(reader, &item, &offset) == FF_OK) {
                }
            frame[i] ^= (uint8_t)(1u << bit);
        }
    }
    CASE("a record over its limit");
    static uint8_t big[FF_BATCH_RECORD_MAX + 1];
    big[0] = FF_BATCH_VERSION_RAW;
    CHECK_INT(ff_batch_open(reader, FF_BATCH_EVENTS, ff_slice_of(big, sizeof big), &at), FF_ERR_TOO_LARGE);
}

int main(void)
{
    reader = ff_batch_reader_new();
    if (!reader)
        return 1;
    round_trip(FF_BATCH_RAW, FF_BATCH_VERSION_RAW, "500 events uncompressed");
    round_trip(FF_BATCH_ZSTD, FF_BATCH_VERSION_ZSTD, "500 events through zstd");
    round_trip(FF_BATCH_LZ4, FF_BATCH_VERSION_LZ4, "500 events through LZ4");
    shared_packer();
    lz4_damage();
    results();
    writer_limits();
    plain();
    broken_framing();
    bombs();
    ff_batch_reader_free(reader);
    ff_batch_reader_free(NULL);
    ff_batch_writer_free(NULL);
    return test_end();
}
