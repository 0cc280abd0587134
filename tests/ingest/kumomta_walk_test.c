/* The walk over a log record says what the parsed document says, or nothing: intact, shuffled and damaged records. */
#include "ingest/kumomta/decode_kumomta.h"
#include "ingest/kumomta/kumomta_fields.h"
#include "ingest/kumomta/kumomta_walk.h"
#include "proto/json_scan.h"
#include "tests/ingest/kumomta_cases.h"
#include "tests/test.h"

static uint64_t rng = 0x9e3779b97f4a7c15u;

static uint32_t below(uint32_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (uint32_t)((rng >> 16) % n);
}

/* A text of exactly its length is walked; when the walk takes it, the parser must, with the same members. 1: taken. */
static int compare_with(ff_kumomta_walk_fn *walk, struct ff_kumomta *k, const char *text, size_t len)
{
    static struct ff_kumomta_fields walked;
    static uint8_t kept[1 << 16];
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, text, len);
    ff_arena_reset(&k->arena);
    size_t used = walk(k, ff_slice_of(copy, len));
    if (used) {
        struct ff_err_at at = {0};
        struct ff_arena kept_arena;
        walked = k->fields;
        ff_arena_init(&kept_arena, kept, sizeof kept);
        for (size_t i = 0; i < FF_KUMO_TEXTS; i++) {
            if (!ff_arena_copy(&kept_arena, walked.text[i], &walked.text[i]))
                abort();
        }
        ff_arena_reset(&k->arena);
        enum ff_err err = ff_json_parse(k->doc, ff_slice_of(copy, used), &at);
        CHECK(err == FF_OK && ff_json_type(k->doc, 0) == FF_JSON_OBJECT, "the parser refuses at %zu (%s): %.*s",
              at.offset_bytes, at.msg, (int)len, text);
        if (err == FF_OK) {
            ff_kumomta_fields_read(k, 0);
            for (size_t i = 0; i < FF_KUMO_TEXTS; i++)
                CHECK(ff_slice_eq(walked.text[i], k->fields.text[i]), "text %zu: %.*s", i, (int)len, text);
            for (size_t i = 0; i < FF_KUMO_NUMBERS; i++)
                CHECK(walked.number[i] == k->fields.number[i], "number %zu: %.*s", i, (int)len, text);
            CHECK(walked.has == k->fields.has && walked.recipients == k->fields.recipients &&
                      walked.report == k->fields.report, "objects: %.*s", (int)len, text);
        }
    }
    free(copy);
    return used != 0;
}

/* By the walk that runs here, and by the one that runs everywhere: they take the same texts. */
static int compare(struct ff_kumomta *k, const char *text, size_t len)
{
    int base = compare_with(ff_kumomta_walk_base, k, text, len), best = compare_with(k->walk, k, text, len);
    CHECK(base == best, "one walk gives up: %.*s", (int)len, text);
    return best;
}

static const char *const strings[] = {
    "\"\"", "\"a\"", "\"Bounce\"", "\"someone@mail.example.net\"", "\"line\\r\\n\"", "\"\\u00e9\\ud83d\\udce7\\ud800\"",
    "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xa7\"", "\"tab\\there, \\\"quoted\\\", back\\\\slash\\\\\"",
    "\"a text that is longer than the thirty-two bytes of one step, and ends in the third\"",
    "\"exactly thirty-one bytes are it\"", "\"exactly thirty-two bytes are it.\"", "\"2026-08-06T08:00:00.123456789Z\"",
    "\"RCPT TO:<a-recipient-whose-name-is-long@mail.example.net>\\r\\n\"",
};
static const char *const others[] = {"null", "true", "false", "0", "7", "550", "12345678", "1786003200", "123456789012345",
    "1234567890123456789", "-5", "1.5", "1e3", "01", "{}", "[]", "[\"a@b.example\",\"c@d.example\"]", "{\"a\":[1,{}]}", " null "};

/* Members that are none of ours: short and long names, seldom and never seen before. */
static const char *const unknown[] = {
    "\"unknown member\":[{\"type\":1}],", "\"is_secure\":false,", " \"list_id\" : 7 ,", "\"X\":\"\",",
    "\"session_id\":\"557f3ad4-2c8c-11ee-976e-782d7e12e173\",", "\"X-Twenty-Eight-Bytes-Exactly\":\"a\",",
    "\"X-Twenty-Nine-Bytes-Exactly--\":null,", "\"A-Header-Whose-Name-Is-Longer-Than-A-Guess\":\"\\u00e9\",",
    "\"x-\xc3\xa9\":{\"a\":\"b\"},",
};

static size_t put(char *out, size_t size, size_t at, const char *text)
{
    size_t n = strlen(text);
    if (at + n >= size)
        abort();
    memcpy(out + at, text, n);
    return at + n;
}

static size_t put_members(char *out, size_t size, size_t at, enum ff_kumomta_object in, unsigned disorder, unsigned odd)
{
    size_t order[FF_KUMO_KEYS], count = 0;
    for (size_t i = 0; i < FF_KUMO_KEYS; i++) {
        if (ff_kumomta_keys[i].in == in && below(12))
            order[count++] = i;
    }
    for (unsigned i = 0; i < disorder && count > 1; i++) {
        size_t a = below((uint32_t)count), b = below((uint32_t)count), keep = order[a];
        order[a] = order[b];
        order[b] = keep;
    }
    at = put(out, size, at, "{");
    for (size_t i = 0; i < count; i++) {
        const struct ff_kumomta_key *key = &ff_kumomta_keys[order[i]];
        at = put(out, size, at, i ? "," : "");
        if (below(20) == 0)
            at = put(out, size, at, unknown[below(sizeof unknown / sizeof *unknown)]);
        at = put(out, size, at, key->text);
        if (below(30) == 0)
            at = put(out, size, at, " ");
        if (below(100) < odd)
            at = put(out, size, at, others[below(sizeof others / sizeof *others)]);
        else if (key->what == FF_KUMO_IS_OBJECT)
            at = put_members(out, size, at, (enum ff_kumomta_object)key->index, disorder, odd);
        else if (key->what == FF_KUMO_IS_NUMBER)
            at = put(out, size, at, others[3 + below(6)]);
        else if (key->what == FF_KUMO_IS_REPORT)
            at = put(out, size, at, "null");
        else
            at = put(out, size, at, strings[below(sizeof strings / sizeof *strings)]);
    }
    return put(out, size, at, "}");
}

/* A record with nearly all members, shuffled by `disorder` swaps; `odd` of 100 values are of any type. */
static size_t make_record(char *out, size_t size, unsigned disorder, unsigned odd)
{
    return put_members(out, size, 0, FF_KUMO_IN_RECORD, disorder, odd);
}

static void check_records(struct ff_kumomta *k)
{
    static char text[1 << 15];
    int taken = 0;
    CASE("records of the usual shape are taken, in the usual order and in any other");
    for (int i = 0; i < 3000; i++)
        taken += compare(k, text, make_record(text, sizeof text, i % 2 ? 30 : 0, 0));
    CHECK_INT(taken, 3000);

    CASE("more names than can be learnt");
    for (int i = 0; i < 3000; i++) {
        size_t len = make_record(text, sizeof text, 0, 0), n = 0;
        for (int j = 0; j < i % 40; j++)
            n += (size_t)snprintf(text + len - 1 + n, sizeof text - len - n, ",\"x-%u\":\"%u\"", below(1000), i);
        snprintf(text + len - 1 + n, sizeof text - len - n, "}");
        CHECK_INT(compare(k, text, len + n), 1);
    }

    CASE("with members of other types the walk agrees or gives up");
    taken = 0;
    for (int i = 0; i < 6000; i++)
        taken += compare(k, text, make_record(text, sizeof text, i % 3 ? 0 : 10, 4));
    CHECK(taken > 1000 && taken < 6000, "%d taken", taken);

    CASE("the named cases of the decoder");
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++)
        compare(k, ones[i].record, strlen(ones[i].record));
    CHECK(compare(k, BASE "}", strlen(BASE "}")), "the common record is not taken");
}

static void check_damage(struct ff_kumomta *k)
{
    static const char bytes[] = "\"\\{}[]:,0-.eu\n\t \x00\x1f\x7f\x80\xc3\xed\xff";
    static char text[1 << 15];
    int taken = 0;
    CASE("damaged records are given up, or are still JSON that says the same");
    for (int round = 0; round < 60000; round++) {
        size_t len = make_record(text, sizeof text, 0, 0), at = below((uint32_t)len);
        switch (round % 5) {
        case 0:
            len = at;
            break;
        case 1:
            text[at] = (char)(text[at] ^ (1 << below(8)));
            break;
        case 2: /* a byte goes */
            memmove(text + at, text + at + 1, len - at - 1);
            len--;
            break;
        case 3: /* a byte comes */
            memmove(text + at + 1, text + at, len - at);
            len++;
            text[at] = bytes[below(sizeof bytes - 1)];
            break;
        default:
            text[at] = bytes[below(sizeof bytes - 1)];
        }
        taken += compare(k, text, len);
    }
    CHECK(taken > 5000 && taken < 50000, "%d taken", taken);
}

static void check_steps(void)
{
    CASE("one step with vectors says what one without says");
    uint8_t a[FF_JSON_STEP], b[FF_JSON_STEP];
    for (int round = 0; round < 20000; round++) {
        uint32_t same = 0;
        for (unsigned i = 0; i < FF_JSON_STEP; i++) {
            a[i] = (uint8_t)(below(4) ? below(256) : (uint32_t)"\"\\\x1f\x20\x21\x23\x7f\x80"[below(8)]);
            b[i] = below(3) ? a[i] : (uint8_t)below(256);
            same |= (uint32_t)(a[i] == b[i]) << i;
        }
        uint32_t want = ff_json_stops_plain(a);
        CHECK_INT(ff_json_stops(a), want);
        CHECK_INT(ff_json_stops16(a), want & 0xffff);
        CHECK_INT(ff_json_same(a, b), same);
    }
    CASE("eight digits at once");
    for (int round = 0; round < 20000; round++) {
        char text[9];
        uint64_t got = 0, want = 0;
        unsigned count = 0, n = below(9), most = round % 3 ? 8 : 1 + below(8);
        for (unsigned i = 0; i < 8; i++)
            text[i] = (char)(i < n ? '0' + below(10) : below(256));
        for (; count < most && text[count] >= '0' && text[count] <= '9'; count++)
            want = want * 10 + (uint64_t)(text[count] - '0');
        CHECK_INT(ff_json_digits8((const uint8_t *)text, most, &got), count);
        CHECK(count == 0 || got == want, "%.8s", text);
    }
}

int main(void)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    void *decoder = ff_decoder_kumomta.new_(&opts);
    if (!decoder)
        return 1;
    check_steps();
    check_records((struct ff_kumomta *)decoder);
    check_damage((struct ff_kumomta *)decoder);
    ff_decoder_kumomta.free_(decoder);
    return test_end();
}
