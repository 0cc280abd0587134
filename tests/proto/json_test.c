/* The JSON parser takes RFC 8259 and nothing else; the writer gives what the parser takes, whatever bytes it is fed. */
#include "proto/json.h"
#include "tests/test.h"

static struct ff_json_doc *doc;

static enum ff_err parse(struct ff_slice text, struct ff_err_at *at)
{
    /* a copy of exactly its length, so that a sanitizer sees a read behind the end */
    static uint8_t *copy;
    free(copy);
    copy = malloc(text.len ? text.len : 1);
    if (!copy)
        abort();
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    return ff_json_parse(doc, ff_slice_of(copy, text.len), at);
}

static void accepted(void)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "1.5",
        "1.50",
        "1e3",
        "1E+3",
        "1e-3",
        "0.0",
        "-0.0e-0",
        "123456789012345678901234567890",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        " [1] ",
        "\t\r\n1\n",
        "[1,2]",
        "[[]]",
        "[[],[]]",
        "{\"a\":1}",
        "{\"a\" : 1 , \"b\" : [ ] }",
        "{\"\":0}",
        "{\"a\":1,\"a\":2}",
        "[null,true,false,1,\"\",[],{}]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",
        "\"\\u0000\"",
        "\"\\ud83d\\udce7\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7\"",
        "\"\x7f\"",
        "\"a long string that goes on behind sixteen bytes, and more\"",
        "[1.0,2e5,-3]",
        "{\"a\":{\"b\":{\"c\":[{}]}}}",
        "\"\\uAbCd\"",
        "\"/\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ff_err_at at = {0};
        CASE(texts[i]);
        CHECK(parse(ff_slice_str(texts[i]), &at) == FF_OK, "refused at %zu: %s", at.offset_bytes, at.msg);
    }
}

static void refused(void)
{
    static const char *const texts[] = {
        "01",
        "-01",
        "00",
        "+1",
        ".5",
        "1.",
        "1.e3",
        "1e",
        "1e+",
        "-",
        "--1",
        "1-",
        "0x1",
        "1_000",
        "Infinity",
        "NaN",
        "-Infinity",
        "tru",
        "True",
        "nul",
        "nulll",
        "undefined",
        "'a'",
        "\"a",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\U0041\"",
        "\"\\\n\"",
        "\"\t\"",
        "\"\n\"",
        "\"\x01\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "[1}",
        "{",
        "}",
        "{]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"::1}",
        "{\"a\":1]",
        "1 2",
        "[] []",
        "{}x",
        "\"a\"\"b\"",
        "// c\n1",
        "/* c */1",
        "1 // c",
        "#1",
        "[1]]",
        "{\"a\":1}}",
        "\xef\xbb\xbf[]",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"caf\xe9 with more than sixteen bytes\"",
        "[\"\xf5\x80\x80\x80\"]",
        "\x0c[]",
        "\xc2\xa0[]",
        "",
        " ",
        "\"\\",
        "\"\\u00",
        "{\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "t",
        "-",
        "1e5e5",
        "1.2.3",
        "[\"a\",\n4\n,1,",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ff_err_at at = {0};
        CASE(texts[i]);
        enum ff_err err = parse(ff_slice_str(texts[i]), &at);
        CHECK(err == FF_ERR_SYNTAX || err == FF_ERR_TRUNCATED, "got %s", ff_err_name(err));
        CHECK(at.err == err && at.msg && at.msg[0] && at.offset_bytes <= strlen(texts[i]), "%s at %zu", at.msg,
              at.offset_bytes);
        CHECK_INT(doc->count, 0);
    }
    struct ff_err_at at;
    CASE("a NUL behind the value");
    CHECK_INT(parse(FF_SLICE("[]\0"), &at), FF_ERR_SYNTAX);
    CASE("a NUL inside a string");
    CHECK_INT(parse(FF_SLICE("\"a\0b\""), &at), FF_ERR_SYNTAX);
    CHECK_INT(at.offset_bytes, 2);
    CASE("every beginning of a text is cut off or refused, never accepted");
    static const char whole[] = "{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\n\"],\"b\":{\"c\":\"d\"}}";
    CHECK_INT(parse(ff_slice_str(whole), &at), FF_OK);
    for (size_t n = 0; n < sizeof whole - 1; n++)
        CHECK(parse(ff_slice_of(whole, n), &at) == FF_ERR_TRUNCATED, "%zu bytes: %s", n, ff_err_name(at.err));
}

static void limits(void)
{
    struct ff_err_at at;
    char deep[2 * FF_JSON_DEPTH_MAX + 4];
    CASE("depth is bounded");
    memset(deep, '[', FF_JSON_DEPTH_MAX);
    memset(deep + FF_JSON_DEPTH_MAX, ']', FF_JSON_DEPTH_MAX);
    CHECK_INT(parse(ff_slice_of(deep, 2 * FF_JSON_DEPTH_MAX), &at), FF_OK);
    memset(deep, '[', FF_JSON_DEPTH_MAX + 1);
    memset(deep + FF_JSON_DEPTH_MAX + 1, ']', FF_JSON_DEPTH_MAX + 1);
    CHECK_INT(parse(ff_slice_of(deep, 2 * FF_JSON_DEPTH_MAX + 2), &at), FF_ERR_SYNTAX);
    CHECK_INT(at.offset_bytes, FF_JSON_DEPTH_MAX);
    CASE("a megabyte of brackets is refused, not recursed into");
    static char many[1 << 20];
    memset(many, '[', sizeof many);
    CHECK_INT(parse(ff_slice_of(many, sizeof many), &at), FF_ERR_SYNTAX);
    CASE("values are bounded");
    struct ff_json_doc *small = ff_json_doc_new(3);
    CHECK_INT(ff_json_parse(small, FF_SLICE("[1,2]"), &at), FF_OK);
    CHECK_INT(ff_json_parse(small, FF_SLICE("[1,2,3]"), &at), FF_ERR_TOO_LARGE);
    CHECK_INT(ff_json_parse(small, FF_SLICE("{\"a\":1}"), &at), FF_OK);
    ff_json_doc_free(small);
    CHECK(ff_json_doc_new(0) == NULL && ff_json_doc_new(FF_JSON_NODES_MAX + 1) == NULL, "made");
    ff_json_doc_free(NULL);
}

static void strings(void)
{
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20ac\\ud83d\\udce7\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7"},
        {"\"a\\ud800b\"", "a\xef\xbf\xbd"
                          "b"},
        {"\"\\udc00\\ud800\"", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\"\\ud800\\ud83d\\udce7\"", "\xef\xbf\xbd\xf0\x9f\x93\xa7"},
        {"\"\\ud83d\\n\"", "\xef\xbf\xbd\n"},
        {"\"\\\\u0041\"", "\\u0041"},
        {"\"\"", ""},
    };
    uint8_t mem[64];
    struct ff_arena arena;
    struct ff_slice s;
    struct ff_err_at at;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CASE(cases[i].json);
        ff_arena_init(&arena, mem, sizeof mem);
        CHECK_INT(parse(ff_slice_str(cases[i].json), &at), FF_OK);
        CHECK(ff_json_string(doc, 0, &arena, &s), "no string");
        CHECK_SLICE(s, cases[i].text);
    }
    CASE("an escaped string that does not fit the arena is told");
    ff_arena_init(&arena, mem, 3);
    CHECK_INT(parse(FF_SLICE("\"\\n\\n\""), &at), FF_OK);
    CHECK(!ff_json_string(doc, 0, &arena, &s), "fits");
    CHECK_INT(arena.used, 0);
}

static void keys(void)
{
    struct ff_err_at at;
    int64_t v;
    CASE("a key is found, also under escapes; the last of two wins; no key, no node");
    CHECK_INT(parse(FF_SLICE("{\"a\":{\"b\":1},\"b\":2,\"\\u0063\":3,\"b\":4}"), &at), FF_OK);
    CHECK(ff_json_int(doc, ff_json_get(doc, 0, FF_SLICE("b")), &v) && v == 4, "b");
    CHECK(ff_json_int(doc, ff_json_get(doc, 0, FF_SLICE("c")), &v) && v == 3, "c");
    CHECK(ff_json_int(doc, ff_json_get(doc, ff_json_get(doc, 0, FF_SLICE("a")), FF_SLICE("b")), &v) && v == 1, "a.b");
    CHECK(ff_json_get(doc, 0, FF_SLICE("d")) == FF_JSON_NONE, "d");
    CHECK(ff_json_get(doc, FF_JSON_NONE, FF_SLICE("d")) == FF_JSON_NONE, "of none");
    CHECK(ff_json_get(doc, 1, FF_SLICE("d")) == FF_JSON_NONE, "of a string");
    struct ff_slice s;
    double d;
    CHECK(ff_json_type(doc, FF_JSON_NONE) == FF_JSON_NULL && ff_json_text(doc, FF_JSON_NONE).len == 0, "none has a value");
    CHECK(!ff_json_int(doc, FF_JSON_NONE, &v) && !ff_json_double(doc, FF_JSON_NONE, &d) &&
              !ff_json_string(doc, FF_JSON_NONE, NULL, &s),
          "none");
    CASE("walking steps over whole values");
    CHECK_INT(parse(FF_SLICE("[[1,[2]],{\"x\":[3]},4]"), &at), FF_OK);
    unsigned count = 0;
    for (uint32_t n = ff_json_first(0); n < doc->nodes[0].next; n = doc->nodes[n].next)
        count++;
    CHECK_INT(count, 3);
}

static void numbers(void)
{
    static const struct {
        const char *text;
        bool integral;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"42", true, 42},
        {"-42", true, -42},
        {"1e3", true, 1000},
        {"12.50e1", true, 125},
        {"1.0", true, 1},
        {"100e-2", true, 1},
        {"1500e-2", true, 15},
        {"0e99999999999", true, 0},
        {"0.000", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"1.5", false, 0},
        {"1e-1", false, 0},
        {"1e19", false, 0},
        {"1e99999999999", false, 0},
        {"1e-99999999999", false, 0},
        {"123456789012345678901234567890", false, 0},
        {"10000000000000000000e-1", true, 1000000000000000000},
        {"1.0000000000000000000000000000000", true, 1},
        {"1000000000000000000000000e-20", true, 10000},
        {"20.26", false, 0},
        {"0.001e3", true, 1},
        {"0.1e1", true, 1},
        {"1001", true, 1001},
        {"10.01e2", true, 1001},
    };
    struct ff_err_at at;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t v = 0;
        CASE(cases[i].text);
        CHECK_INT(parse(ff_slice_str(cases[i].text), &at), FF_OK);
        CHECK_INT(ff_json_int(doc, 0, &v), cases[i].integral);
        CHECK_INT(v, cases[i].value);
    }
    double d;
    CASE("doubles");
    CHECK(parse(FF_SLICE("-1.25e2"), &at) == FF_OK && ff_json_double(doc, 0, &d) && d == -125.0, "value");
}

static void writing(void)
{
    struct ff_json_out o;
    ff_json_out_init(&o);
    CASE("objects and arrays get their commas");
    ff_json_open(&o, '{');
    ff_json_key(&o, "a");
    ff_json_put_int(&o, INT64_MIN);
    ff_json_key(&o, "b");
    ff_json_open(&o, '[');
    ff_json_put_bool(&o, true);
    ff_json_open(&o, '{');
    ff_json_close(&o, '}');
    ff_json_put_double(&o, 0.1);
    ff_json_put_uint(&o, UINT64_MAX);
    ff_json_close(&o, ']');
    ff_json_key(&o, "c");
    ff_json_put_raw(&o, FF_SLICE("null"));
    ff_json_key(&o, "d");
    ff_json_put_hex(&o, FF_SLICE("\x01\xff"));
    ff_json_key(&o, "e");
    ff_json_put_time(&o, 1786003200000000);
    ff_json_key(&o, "f");
    ff_json_put_ip(&o, FF_SLICE("\xc0\x00\x02\x01"));
    ff_json_key(&o, "g");
    ff_json_put_enhanced(&o, 5001001);
    ff_json_close(&o, '}');
    ff_json_end_line(&o);
    ff_json_put_int(&o, 1);
    CHECK_SLICE(ff_slice_of(o.buf, o.len),
                "{\"a\":-9223372036854775808,\"b\":[true,{},0.1,18446744073709551615],\"c\":null,\"d\":\"01ff\","
                "\"e\":\"2026-08-06T08:00:00.000000Z\",\"f\":\"192.0.2.1\",\"g\":\"5.1.1\"}\n1");
    CASE("control bytes are escaped, invalid UTF-8 becomes U+FFFD");
    ff_json_out_reset(&o);
    ff_json_put_string(&o, FF_SLICE("a\"\\\n\r\t\x01\x1f\x7f\xc3\xa9\xff\xe2\x82z\0"));
    CHECK_SLICE(ff_slice_of(o.buf, o.len),
                "\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\xef\xbf\xbd\xef\xbf\xbdz\\u0000\"");
    CASE("any bytes written are read back; valid text as it was");
    uint64_t x = 7;
    static uint8_t mem[1024];
    for (int run = 0; run < 20000; run++) {
        uint8_t text[64];
        size_t n = (size_t)run % sizeof text;
        for (size_t i = 0; i < n; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            text[i] = (uint8_t)((x >> 60) < 12 ? (x >> 40) % 128 : x >> 40);
        }
        struct ff_arena arena;
        struct ff_err_at at;
        struct ff_slice back;
        ff_arena_init(&arena, mem, sizeof mem);
        ff_json_out_reset(&o);
        ff_json_put_string(&o, ff_slice_of(text, n));
        CHECK(parse(ff_slice_of(o.buf, o.len), &at) == FF_OK, "run %d", run);
        CHECK(ff_json_string(doc, 0, &arena, &back), "run %d", run);
        if (ff_slice_is_utf8(ff_slice_of(text, n)))
            CHECK(ff_slice_eq(back, ff_slice_of(text, n)), "run %d", run);
    }
    CASE("doubles are written so that they read back equal");
    for (int run = 0; run < 20000; run++) {
        double v, back;
        struct ff_err_at at;
        x = x * 6364136223846793005u + 1442695040888963407u;
        memcpy(&v, &x, sizeof v);
        ff_json_out_reset(&o);
        ff_json_put_double(&o, v);
        CHECK_INT(parse(ff_slice_of(o.buf, o.len), &at), FF_OK);
        if (ff_json_type(doc, 0) == FF_JSON_NUMBER)
            CHECK(ff_json_double(doc, 0, &back) && memcmp(&back, &v, sizeof v) == 0, "%a", v);
    }
    ff_json_out_fini(&o);
}

int main(void)
{
    doc = ff_json_doc_new(1000);
    if (!doc)
        return 1;
    accepted();
    refused();
    limits();
    strings();
    keys();
    numbers();
    writing();
    ff_json_doc_free(doc);
    return test_end();
}
