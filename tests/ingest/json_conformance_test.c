/* Who reads JSON here takes all of RFC 8259 and nothing else: the tape parser, and the KumoMTA decoder with its walk.
 *
 * The families are those of the JSONTestSuite (y: must be taken, n: must be refused, i: RFC 8259 leaves it open, and we
 * say what we do); the cases are our own. Each stands alone for the parser, and inside a log record, at the places
 * where the walk reads past what it does not want, for the decoder: an event comes out of it, or a dead letter and no
 * event.
 */
#include "ingest/kumomta/decode_kumomta.h"
#include "proto/json.h"
#include "tests/test.h"

#define S(text) {(const uint8_t *)(text), sizeof(text) - 1}
struct value {
    const char *name;
    struct ff_slice text;
};

#define RUN16 "0123456789abcdef"
static const struct value taken[] = {
    {"y structure: an empty array", S("[]")},
    {"y structure: an empty object", S("{}")},
    {"y structure: blanks of all kinds but line ends", S(" \t{ \t\"a\" \t: \t[ 1 , \t2 ] \t} ")},
    {"y structure: line ends are blanks", S("\r\n[\n1\r,\n2\n]\n")},
    {"y structure: a lone scalar", S("7")},
    {"y structure: arrays in arrays", S("[[[[]]],[]]")},
    {"y structure: objects in objects", S("{\"a\":{\"b\":{\"c\":{}}}}")},
    {"y structure: equal keys", S("{\"a\":1,\"a\":2}")},
    {"y structure: an empty key", S("{\"\":0}")},
    {"y structure: a key with an escape", S("{\"\\u0061\\n\":0}")},
    {"y structure: all types in one array", S("[null,true,false,0,\"\",[],{}]")},
    {"y numbers: zero", S("0")},
    {"y numbers: negative zero", S("-0")},
    {"y numbers: integer", S("1234567890")},
    {"y numbers: fraction", S("0.5")},
    {"y numbers: exponents", S("[1e5,1E5,1e+5,1e-5,1.5e05,0e0,-0.0e-0]")},
    {"y numbers: sixty digits", S("123456789012345678901234567890123456789012345678901234567890")},
    {"y strings: empty", S("\"\"")},
    {"y strings: every short escape", S("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")},
    {"y strings: hex digits of both cases", S("\"\\uaBcD\\u00e9\\u20AC\"")},
    {"y strings: an escaped NUL", S("\"\\u0000\"")},
    {"y strings: a pair of surrogates", S("\"\\ud83d\\udce7\"")},
    {"y strings: an even run of backslashes before the quote", S("\"\\\\\\\\\\\\\\\\\"")},
    {"y strings: DEL is no control byte of JSON", S("\"\x7f\"")},
    {"y strings: line separators as they are", S("\"\xe2\x80\xa8\xe2\x80\xa9\"")},
    {"y strings: UTF-8 of two, three and four bytes", S("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7\"")},
    {"y strings: first and last code points", S("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"")},
    {"y strings: a noncharacter", S("\"\xef\xbf\xbe\"")},
    {"y strings: an escape behind 31 bytes", S("\"" RUN16 "0123456789abcde\\n\"")},
    {"y strings: an escape across 32 bytes", S("\"" RUN16 "0123456789abcd\\u0041x\"")},
    {"y strings: UTF-8 across 32 bytes", S("\"" RUN16 "0123456789abcde\xe2\x82\xac\"")},
    {"y strings: brackets and quotes inside", S("\"}],{[:\\\"\"")},
    {"y strings: a long one", S("\"" RUN16 RUN16 RUN16 RUN16 RUN16 "\"")},
    {"i a lone high surrogate is taken (as U+FFFD)", S("\"\\ud800\"")},
    {"i a lone low surrogate is taken", S("\"\\udc00 x\"")},
    {"i surrogates in the wrong order are taken", S("\"\\udc00\\ud800\"")},
    {"i a number too large for any type is taken", S("1e9999")},
    {"i a number too small is taken", S("-1e-9999")},
};

static const struct value refused[] = {
    {"n structure: nothing", S("")},
    {"n structure: only blanks", S(" \t")},
    {"n structure: a byte order mark", S("\xef\xbb\xbf{}")},
    {"n structure: an open array", S("[")},
    {"n structure: an open array behind a value", S("[1")},
    {"n structure: an open array behind a comma", S("[1,")},
    {"n structure: an open object", S("{")},
    {"n structure: an open object behind a key", S("{\"a\"")},
    {"n structure: an open object behind a colon", S("{\"a\":")},
    {"n structure: an array closed as an object", S("[1}")},
    {"n structure: an object closed as an array", S("{\"a\":1]")},
    {"n structure: a close too many", S("[]]")},
    {"n structure: a comma before the first", S("[,1]")},
    {"n structure: a comma behind the last", S("[1,]")},
    {"n structure: a comma behind the last member", S("{\"a\":1,}")},
    {"n structure: two commas", S("[1,,2]")},
    {"n structure: no comma", S("[1 2]")},
    {"n structure: no comma between members", S("{\"a\":1 \"b\":2}")},
    {"n structure: no colon", S("{\"a\" 1}")},
    {"n structure: two colons", S("{\"a\"::1}")},
    {"n structure: a comma for a colon", S("{\"a\",1}")},
    {"n structure: a colon in an array", S("[\"a\":1]")},
    {"n structure: a key that is no string", S("{1:1}")},
    {"n structure: a key without quotes", S("{a:1}")},
    {"n structure: a key in single quotes", S("{'a':1}")},
    {"n structure: a member without a value", S("{\"a\":}")},
    {"n structure: a comment", S("[1/* one */]")},
    {"n structure: a comment to the line's end", S("[1]// one")},
    {"n structure: something behind the value", S("{} x")},
    {"n structure: two values", S("1 2")},
    {"n structure: a form feed is no blank", S("[\f1]")},
    {"n structure: a vertical tab is no blank", S("[\v1]")},
    {"n structure: a no-break space is no blank", S("[\xc2\xa0" "1]")},
    {"n structure: NUL", S("[1\0]")},
    {"n structure: a bare word", S("abc")},
    {"n words: capitals", S("True")},
    {"n words: too short", S("nul")},
    {"n words: too long", S("truee")},
    {"n words: another language's", S("undefined")},
    {"n words: NaN", S("NaN")},
    {"n words: Infinity", S("-Infinity")},
    {"n numbers: a leading zero", S("01")},
    {"n numbers: a leading zero behind a minus", S("-01")},
    {"n numbers: a plus", S("+1")},
    {"n numbers: only a minus", S("-")},
    {"n numbers: two minuses", S("--1")},
    {"n numbers: no digit before the point", S(".5")},
    {"n numbers: no digit behind the point", S("1.")},
    {"n numbers: no digit between point and exponent", S("1.e3")},
    {"n numbers: no digit in the exponent", S("1e")},
    {"n numbers: only a sign in the exponent", S("1e+")},
    {"n numbers: a fraction in the exponent", S("1e1.5")},
    {"n numbers: two points", S("1.2.3")},
    {"n numbers: hexadecimal", S("0x1f")},
    {"n numbers: an underscore", S("1_000")},
    {"n numbers: digits of another script", S("\xef\xbc\x91")},
    {"n numbers: a blank behind the minus", S("- 1")},
    {"n strings: no end", S("\"abc")},
    {"n strings: the end is escaped", S("\"abc\\\"")},
    {"n strings: single quotes", S("'abc'")},
    {"n strings: an unknown escape", S("\"\\x41\"")},
    {"n strings: an escape of a blank", S("\"\\ \"")},
    {"n strings: a capital U", S("\"\\U0041\"")},
    {"n strings: three hex digits", S("\"\\u041\"")},
    {"n strings: a letter that is no hex digit", S("\"\\u004g\"")},
    {"n strings: braces around hex digits", S("\"\\u{41}\"")},
    {"n strings: a TAB as it is", S("\"a\tb\"")},
    {"n strings: a line end as it is", S("\"a\nb\"")},
    {"n strings: NUL as it is", S("\"a\0b\"")},
    {"n strings: the last control byte", S("\"a\x1f" "b\"")},
    {"n strings: a control byte behind 40 others", S("\"" RUN16 RUN16 "01234567\x02\"")},
    {"n UTF-8: a continuation alone", S("\"\x80\"")},
    {"n UTF-8: no continuation", S("\"\xc3\"")},
    {"n UTF-8: a continuation missing before ASCII", S("\"\xe2\x82" "a\"")},
    {"n UTF-8: two bytes for ASCII", S("\"\xc0\xaf\"")},
    {"n UTF-8: three bytes where two would do", S("\"\xe0\x9f\xbf\"")},
    {"n UTF-8: four bytes where three would do", S("\"\xf0\x8f\xbf\xbf\"")},
    {"n UTF-8: a surrogate", S("\"\xed\xa0\x80\"")},
    {"n UTF-8: over U+10FFFF", S("\"\xf4\x90\x80\x80\"")},
    {"n UTF-8: five bytes", S("\"\xf8\x88\x80\x80\x80\"")},
    {"n UTF-8: bytes that never occur", S("\"\xfe\xff\"")},
    {"n UTF-8: Latin-1", S("\"\xe9t\xe9\"")},
    {"n UTF-8: broken behind 40 bytes", S("\"" RUN16 RUN16 "01234567\xff\"")},
    {"n UTF-8: broken in a key", S("{\"\xff\":1}")},
};

/* Where a value is put into a record. Each is read past; the last would be at the very end of the bytes. */
static const struct {
    const char *name, *before, *after;
} places[] = {
    {"an unknown member", "{\"type\":\"Delivery\",\"x\":",
     ",\"recipient\":\"a@b.example\",\"timestamp\":1786003200,\"response\":{\"code\":250}}"},
    {"an unknown member of meta", "{\"type\":\"Delivery\",\"meta\":{\"list\":",
     "},\"recipient\":\"a@b.example\",\"timestamp\":1786003200,\"response\":{\"code\":250}}"},
    {"a known member that is not used", "{\"type\":\"Delivery\",\"session_id\":",
     ",\"recipient\":\"a@b.example\",\"timestamp\":1786003200,\"response\":{\"code\":250}}"},
    {"the last member", "{\"type\":\"Delivery\",\"recipient\":\"a@b.example\",\"timestamp\":1786003200,"
                        "\"response\":{\"code\":250},\"x\":", "}"},
};

static unsigned events, others;

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    (void)ctx, (void)ev, (void)record;
    events++;
}
static void on_ignored(void *ctx, enum ff_ignored reason)
{
    (void)ctx, (void)reason;
    others++;
}
static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx, (void)dead, (void)record;
    others++;
}

/* A copy of exactly its length, so that a sanitizer sees a read behind the end. */
static uint8_t *joined(const char *before, struct ff_slice text, const char *after, size_t *ret_len)
{
    size_t a = strlen(before), b = strlen(after);
    uint8_t *copy = malloc(a + text.len + b + (a + text.len + b == 0));
    if (!copy)
        abort();
    memcpy(copy, before, a);
    memcpy(copy + a, text.ptr, text.len);
    memcpy(copy + a + text.len, after, b);
    *ret_len = a + text.len + b;
    return copy;
}

static void check(void *decoder, struct ff_json_doc *doc, const struct value *v, bool want)
{
    static const struct ff_decode_sink sink = {NULL, on_event, on_ignored, on_dead};
    struct ff_err_at at = {0};
    size_t len;
    CASE(v->name);
    uint8_t *copy = joined("", v->text, "", &len);
    CHECK((ff_json_parse(doc, ff_slice_of(copy, len), &at) == FF_OK) == want, "the parser: %s", at.msg ? at.msg : "");
    free(copy);
    if (want && memchr(v->text.ptr, '\n', v->text.len)) /* a line end ends a record */
        return;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        copy = joined(places[i].before, v->text, places[i].after, &len);
        struct ff_record record = {.value = ff_slice_of(copy, len), .position = {"t", 0, 1}};
        events = others = 0;
        ff_decoder_kumomta.decode(decoder, &record, &sink);
        CHECK(want ? events == 1 && others == 0 : events == 0 && others >= 1, "as %s: %u events, %u others",
              places[i].name, events, others);
        free(copy);
    }
}

/* Depth: the limit counts the containers around a value, wherever they are read. */
static void check_depth(void *decoder, struct ff_json_doc *doc)
{
    for (unsigned depth = FF_JSON_DEPTH_MAX - 3; depth <= FF_JSON_DEPTH_MAX + 2; depth++) {
        char text[2 * FF_JSON_DEPTH_MAX + 8], name[40];
        snprintf(name, sizeof name, "%u arrays in one another", depth);
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        struct ff_err_at at;
        CASE(name);
        CHECK_INT(ff_json_parse(doc, ff_slice_of(text, 2 * depth), &at) == FF_OK, depth <= FF_JSON_DEPTH_MAX);
        static const struct ff_decode_sink sink = {NULL, on_event, on_ignored, on_dead};
        for (size_t i = 0; i < 2; i++) { /* inside one container, and inside two */
            size_t len;
            uint8_t *copy = joined(places[i].before, ff_slice_of(text, 2 * depth), places[i].after, &len);
            struct ff_record record = {.value = ff_slice_of(copy, len), .position = {"t", 0, 1}};
            events = others = 0;
            ff_decoder_kumomta.decode(decoder, &record, &sink);
            CHECK((events == 1) == (depth + i + 1 <= FF_JSON_DEPTH_MAX), "as %s", places[i].name);
            free(copy);
        }
    }
}

int main(void)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    void *decoder = ff_decoder_kumomta.new_(&opts);
    struct ff_json_doc *doc = ff_json_doc_new(1000);
    if (!decoder || !doc)
        return 1;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        check(decoder, doc, &taken[i], true);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        check(decoder, doc, &refused[i], false);
    check_depth(decoder, doc);
    ff_json_doc_free(doc);
    ff_decoder_kumomta.free_(decoder);
    return test_end();
}
