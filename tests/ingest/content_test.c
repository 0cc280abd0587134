/* Header content-encoding (ingest/service/record_content.h), and the names of topics (proto/topics.h). */
#include <zlib.h>
#include <zstd.h>

#include "ingest/service/record_content.h"
#include "proto/topics.h"
#include "tests/test.h"

static uint8_t packed[20u << 20];

static struct ff_slice gzipped(const void *data, size_t len, size_t at)
{
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = packed + at;
    z.avail_out = (uInt)(sizeof packed - at);
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    size_t n = z.total_out;
    deflateEnd(&z);
    return ff_slice_of(packed, at + n);
}

static struct ff_slice zstded(const void *data, size_t len, size_t at)
{
    return ff_slice_of(packed, at + ZSTD_compress(packed + at, sizeof packed - at, data, len, 1));
}

static void test_content(void)
{
    struct ff_record_content *c = ff_record_content_new();
    struct ff_slice got = {0};
    static uint8_t zeroes[FF_RECORD_CONTENT_MAX + 1];

    CASE("no encoding and identity give the value itself");
    struct ff_slice plain = FF_SLICE("as it is");
    CHECK_INT(ff_record_content_open(c, (struct ff_slice){0}, plain, &got), FF_OK);
    CHECK_INT(got.ptr == plain.ptr, true);
    CHECK_INT(ff_record_content_open(c, FF_SLICE("Identity"), plain, &got), FF_OK);
    CASE("an encoding that is none of ours");
    CHECK_INT(ff_record_content_open(c, FF_SLICE("br"), plain, &got), FF_ERR_CONFIG);

    CASE("gzip, also of several members");
    CHECK_INT(ff_record_content_open(c, FF_SLICE("gzip"), gzipped("one ", 4, 0), &got), FF_OK);
    CHECK_SLICE(got, "one ");
    struct ff_slice first = gzipped("one ", 4, 0);
    CHECK_INT(ff_record_content_open(c, FF_SLICE(" GZIP"), gzipped("two", 3, first.len), &got), FF_OK);
    CHECK_SLICE(got, "one two");
    CASE("zstd, also of several frames");
    first = zstded("one ", 4, 0);
    CHECK_INT(ff_record_content_open(c, FF_SLICE("zstd"), zstded("two", 3, first.len), &got), FF_OK);
    CHECK_SLICE(got, "one two");

    static const struct {
        const char *name, *encoding;
    } codecs[] = {{"gzip", "gzip"}, {"zstd", "zstd"}};
    for (size_t i = 0; i < 2; i++) {
        struct ff_slice encoding = ff_slice_str(codecs[i].encoding);
        CASE("the largest content there may be");
        struct ff_slice v =
            i == 0 ? gzipped(zeroes, FF_RECORD_CONTENT_MAX, 0) : zstded(zeroes, FF_RECORD_CONTENT_MAX, 0);
        CHECK_INT(ff_record_content_open(c, encoding, v, &got), FF_OK);
        CHECK_INT(got.len, FF_RECORD_CONTENT_MAX);
        CASE("one byte more is too large");
        v = i == 0 ? gzipped(zeroes, sizeof zeroes, 0) : zstded(zeroes, sizeof zeroes, 0);
        CHECK_INT(ff_record_content_open(c, encoding, v, &got), FF_ERR_TOO_LARGE);
        CASE("cut off at every length");
        v = i == 0 ? gzipped("some text, some text", 20, 0) : zstded("some text, some text", 20, 0);
        for (size_t n = 0; n < v.len; n++) {
            enum ff_err err = ff_record_content_open(c, encoding, ff_slice_sub(v, 0, n), &got);
            CHECK(err == FF_ERR_TRUNCATED || err == FF_ERR_SYNTAX, "%s cut to %zu of %zu: %s", codecs[i].name, n, v.len,
                  ff_err_name(err));
        }
        CASE("bytes that are something else");
        CHECK_INT(ff_record_content_open(c, encoding, FF_SLICE("{\"type\":\"Bounce\"}"), &got), FF_ERR_SYNTAX);
        CASE("rubbish behind the content");
        memcpy(packed + v.len, "rubbish", 7);
        CHECK_INT(ff_record_content_open(c, encoding, ff_slice_of(packed, v.len + 7), &got) != FF_OK, true);
    }
    ff_record_content_free(c);
}

static void test_topics(void)
{
    static const struct {
        const char *topic, *dead;
    } cases[] = {
        {"mail.raw.kumomta.v1", "mail.raw.kumomta.dlq.v1"},
        {"mail.events.v12", "mail.events.dlq.v12"},
        {"maillog", "maillog.dlq"},
        {"mail.v", "mail.v.dlq"},
        {"mailv1", "mailv1.dlq"},
        {"v1", "v1.dlq"},
        {"x.v1", "x.dlq.v1"},
    };
    char name[FF_TOPIC_NAME_SIZE], longest[FF_TOPIC_NAME_SIZE];
    CASE("dead letters go to the topic's name with .dlq before the version");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(ff_topic_dlq_name(name, cases[i].topic), true);
        CHECK_STR(name, cases[i].dead);
    }
    CASE("a name that would be longer than Kafka allows");
    memset(longest, 'a', sizeof longest);
    longest[FF_TOPIC_NAME_MAX - 3] = '\0';
    CHECK_INT(ff_topic_dlq_name(name, longest), false);
    CHECK_INT(ff_topic_name(name, longest, FF_TOPIC_EVENTS, NULL), false);
    CASE("names from the prefix");
    CHECK_INT(ff_topic_name(name, "mail.", FF_TOPIC_RAW_DLQ, "postfix"), true);
    CHECK_STR(name, "mail.raw.postfix.dlq.v1");
    CHECK_INT(ff_topic_name(name, "acme.", FF_TOPIC_STATE, NULL), true);
    CHECK_STR(name, "acme.suppression-state.v1");
}

int main(void)
{
    test_content();
    test_topics();
    return test_end();
}
