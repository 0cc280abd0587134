/* decode_postfix_test.c: what a Postfix log line means, trap by trap, and what the joiner holds, and for how long.
 *
 * The tables (postfix_cases.h) say what a line's event, printed as JSON, must and must not contain. Then: every line is
 * answered, whatever is done to its bytes; nothing is allocated; the joiner stays within its limits.
 */
#include "bench/allocations.h"
#include "ingest/postfix/decode_postfix.h"
#include "ingest/postfix/postfix_joiner.h"
#include "proto/event_json.h"
#include "tests/ingest/postfix_cases.h"
#include "tests/test.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The machine's clock as the decoder sees it; 0: the real one. */
static int64_t clock_us;

int clock_gettime(clockid_t id, struct timespec *ret)
{
    if (!clock_us)
        return (int)syscall(SYS_clock_gettime, id, ret);
    *ret = (struct timespec){.tv_sec = clock_us / 1000000, .tv_nsec = clock_us % 1000000 * 1000};
    return 0;
}

/* What the sink saw since the last decode(). */
static struct {
    struct ff_accounting sum;
    int last_reason;
    struct ff_dead_letter last_dead;
    uint8_t last_id[16];
    char json[1 << 16]; /* of all events, one a line */
    size_t json_len;
    bool keep;
} seen;
static struct ff_json_out out;

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    (void)ctx, (void)record;
    seen.sum.events++;
    memcpy(seen.last_id, ev->event_id.ptr, sizeof seen.last_id);
    if (!seen.keep)
        return;
    ff_json_out_reset(&out);
    ff_json_open(&out, '{');
    ff_event_put_json(&out, ev);
    ff_json_close(&out, '}');
    if (seen.json_len + out.len + 2 > sizeof seen.json)
        return;
    memcpy(seen.json + seen.json_len, out.buf, out.len);
    seen.json_len += out.len;
    seen.json[seen.json_len++] = '\n';
    seen.json[seen.json_len] = '\0';
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    (void)ctx;
    seen.sum.ignored++;
    seen.last_reason = (int)reason;
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx, (void)record;
    seen.sum.dead++;
    seen.last_reason = (int)dead->reason;
    seen.last_dead = *dead;
}

static const struct ff_decode_sink sink = {NULL, on_event, on_ignored, on_dead};

static void decode_at(void *decoder, const char *text, size_t len, int64_t offset)
{
    struct ff_record record = {.value = ff_slice_of(text, len),
                               .position = {"mail.raw.postfix.v1", 3, offset},
                               .timestamp_us = INT64_C(1786003205000000)};
    memset(&seen.sum, 0, sizeof seen.sum);
    seen.last_reason = -1;
    seen.json[0] = '\0';
    seen.json_len = 0;
    ff_decoder_postfix.decode(decoder, &record, &sink);
}

static void decode(void *decoder, const char *text)
{
    static int64_t offset;
    decode_at(decoder, text, strlen(text), offset++);
}

/* A line of a file: nobody but the clock says when it was written. */
static void decode_file_line(void *decoder, const char *line)
{
    struct ff_record record = {.value = ff_slice_str(line), .position = {"mail.log", -1, 1}};
    memset(&seen.sum, 0, sizeof seen.sum);
    seen.json[0] = '\0';
    seen.json_len = 0;
    ff_decoder_postfix.decode(decoder, &record, &sink);
}

static void check_ones(void *decoder)
{
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++) {
        CASE(ones[i].name);
        decode(decoder, ones[i].log);
        CHECK(seen.sum.events == 1 && seen.sum.dead == 0, "%d events, %d dead: %s", (int)seen.sum.events,
              (int)seen.sum.dead, seen.sum.dead ? seen.last_dead.message : "");
        for (size_t j = 0; j < WANTS_MAX && ones[i].wants[j]; j++) {
            const char *want = ones[i].wants[j];
            bool absent = want[0] == '!';
            CHECK((strstr(seen.json, want + absent) == NULL) == absent, "want %s in\n  %s", want, seen.json);
        }
    }
}

static void check_counts(void *decoder)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        CASE(counts[i].name);
        decode(decoder, counts[i].value);
        CHECK_INT(seen.sum.events, counts[i].want.events);
        CHECK_INT(seen.sum.ignored, counts[i].want.ignored);
        CHECK_INT(seen.sum.dead, counts[i].want.dead);
        if (counts[i].reason >= 0)
            CHECK_INT(seen.last_reason, counts[i].reason);
    }
}

static void check_shapes(void *decoder)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        CASE(shapes[i].name);
        decode(decoder, shapes[i].value);
        CHECK_INT(seen.sum.events, 1);
        CHECK(strstr(seen.json, "\"recipient\":\"nobody@mail.example.net\"") &&
                  strstr(seen.json, "\"reply_text\":\"no\"") &&
                  strstr(seen.json, "\"event_time\":\"2026-08-06T08:00:0"),
              "%s", seen.json);
        if (strstr(shapes[i].value, "out7"))
            CHECK(strstr(seen.json, "\"mta_node\":\"out7\""), "%s", seen.json);
    }
}

#define ACTIVE(id) AT "postfix/qmgr[1]: " id ": from=<n@rp.example.com>, size=1, nrcpt=3 (queue active)\n"
#define WAITS(id, who)                                                                                                 \
    AT "postfix/smtp[1]: " id ": to=<" who "@example.net>, " VIA "dsn=4.2.0, status=deferred (host " MX                \
       " said: 450 4.2.0 later (in reply to RCPT TO command))\n"
#define ENDS(id, who) AT "postfix/smtp[1]: " id ": to=<" who "@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)\n"
#define EXPIRES(id) LATER "postfix/qmgr[1]: " id ": from=<n@rp.example.com>, status=expired, returned to sender\n"

static void check_expiry(void *decoder)
{
    CASE("an expiry is an expiration for each recipient that is still deferred, and for no other");
    decode(decoder, ACTIVE("4AB0000001") WAITS("4AB0000001", "a") WAITS("4AB0000001", "b") WAITS("4AB0000001", "c")
                        ACTIVE("4AB0000001") ENDS("4AB0000001", "b") WAITS("4AB0000001", "a") WAITS("4AB0000001", "c"));
    decode(decoder, EXPIRES("4AB0000001"));
    CHECK_INT(seen.sum.events, 2);
    CHECK(strstr(seen.json, "a@example.net") && strstr(seen.json, "c@example.net") &&
              !strstr(seen.json, "b@example.net"),
          "%s", seen.json);
    CHECK(strstr(seen.json, "\"kind\":\"expiration\"") && strstr(seen.json, "\"origin\":\"local_queue\"") &&
              strstr(seen.json, "\"mail_from\":\"n@rp.example.com\"") && strstr(seen.json, "\"attempt\":2") &&
              strstr(seen.json, "450 4.2.0 later") && !strstr(seen.json, "reply_code"),
          "%s", seen.json);

    CASE("a forced expiry too, and of the null sender");
    decode(decoder,
           AT "postfix/qmgr[1]: 4AB0000002: from=<>, size=1, nrcpt=1 (queue active)\n" WAITS("4AB0000002", "a"));
    decode(decoder, LATER "postfix/qmgr[1]: 4AB0000002: from=<>, status=force-expired, returned to sender");
    CHECK_INT(seen.sum.events, 1);

    CASE("what the operator deleted does not expire");
    decode(decoder, ACTIVE("4AB0000003") WAITS("4AB0000003", "a") AT "postfix/postsuper[1]: 4AB0000003: removed");
    decode(decoder, EXPIRES("4AB0000003"));
    CHECK_INT(seen.sum.events, 0);
    CHECK_INT(seen.sum.dead, 1);
    CHECK_STR(seen.last_dead.stage, "join");

    CASE("the zone that result lines gave away holds for the expiry");
    decode(decoder, "Aug  6 13:30:00 out7 postfix/smtp[1]: " TO VIA "dsn=4.2.0, status=deferred (host " MX
                    " said: 450 x (in reply to RCPT TO command))");
    decode(decoder, "Aug  6 13:30:05 out7 postfix/qmgr[1]: 4hG07M1ZdDz7Qhl: from=<n@rp.example.com>, status=expired, "
                    "returned to sender");
    CHECK(strstr(seen.json, "\"event_time\":\"2026-08-06T08:00:05.000000Z\""), "%s", seen.json);
}

static void check_ids(void)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    void *fresh = ff_decoder_postfix.new_(&opts);
    uint8_t first[16];
    CASE("the same line gives the same id, whether its message is known or not");
    decode(fresh, WAITS("4AB0000004", "a"));
    memcpy(first, seen.last_id, sizeof first);
    decode(fresh, ACTIVE("4AB0000004") WAITS("4AB0000004", "a"));
    CHECK(memcmp(first, seen.last_id, sizeof first) == 0, "the ids differ");
    CASE("an expiration's id does not depend on what was joined");
    decode(fresh, EXPIRES("4AB0000004"));
    memcpy(first, seen.last_id, sizeof first);
    decode(fresh, SMTP "4AB0000004: to=<a@example.net>, " VIA "dsn=4.4.1, status=deferred (connect to " MX ":25: x)\n");
    decode(fresh, EXPIRES("4AB0000004"));
    CHECK(memcmp(first, seen.last_id, sizeof first) == 0, "the ids differ");
    CASE("another recipient, another host, another alias: another id");
    decode(fresh, WAITS("4AB0000004", "b"));
    CHECK(memcmp(first, seen.last_id, sizeof first) != 0, "the ids are equal");
    ff_decoder_postfix.free_(fresh);
}

static void check_needs_from(void)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    void *d = ff_decoder_postfix.new_(&opts);
    const char *topic = "mail.raw.postfix.v1";
    CASE("a partition without open messages holds nothing back");
    CHECK(ff_decoder_postfix.needs_from(d, topic, 3) == INT64_MAX, "not read yet");
    CASE("the oldest open message holds back the commit");
    decode_at(d, ACTIVE("4AB0000005"), strlen(ACTIVE("4AB0000005")), 100);
    decode_at(d, ACTIVE("4AB0000006"), strlen(ACTIVE("4AB0000006")), 200);
    CHECK_INT(ff_decoder_postfix.needs_from(d, topic, 3), 100);
    CHECK(ff_decoder_postfix.needs_from(d, topic, 4) == INT64_MAX, "another partition");
    decode_at(d, AT "postfix/qmgr[1]: 4AB0000005: removed", strlen(AT "postfix/qmgr[1]: 4AB0000005: removed"), 300);
    CHECK_INT(ff_decoder_postfix.needs_from(d, topic, 3), 200);
    CASE("but not for ever");
    decode_at(d, "", 0, 200 + FF_JOINER_HOLD_RECORDS + 5);
    CHECK_INT(ff_decoder_postfix.needs_from(d, topic, 3), 205);
    CASE("an attempt that is read again does not count twice");
    decode_at(d, ACTIVE("4AB0000006"), strlen(ACTIVE("4AB0000006")), 200);
    decode_at(d, ENDS("4AB0000006", "a"), strlen(ENDS("4AB0000006", "a")), 201);
    CHECK(strstr(seen.json, "\"attempt\":1"), "%s", seen.json);
    ff_decoder_postfix.free_(d);
}

static void check_files_of_a_name(void)
{
    struct ff_joiner *j = ff_joiner_new(NULL);
    struct ff_joined joined;
    static uint8_t mem[4096];
    static char names[2 * FF_JOINER_SOURCES][16];
    struct ff_arena arena;
    ff_arena_init(&arena, mem, sizeof mem);
    struct ff_joiner_at at = {"mail.log", -1, 5000, 0};
    CASE("a followed file that was rotated begins anew: its lines are no lines seen before, and hold back its own beginning only");
    ff_joiner_seen(j, &at);
    ff_joiner_active(j, 1, &at, FF_SLICE("s@example.com"), 1);
    at.offset = 10;
    ff_joiner_seen(j, &at);
    CHECK(ff_joiner_needs_from(j, "mail.log", -1) == INT64_MAX, "held by the former file");
    ff_joiner_active(j, 1, &at, FF_SLICE("s@example.com"), 1);
    CHECK(ff_joiner_get(j, 1, &arena, &joined), "forgotten");
    CHECK_INT(joined.attempts, 2);

    CASE("files that are done make room for others, however many there were");
    for (int i = 0; i < 2 * FF_JOINER_SOURCES; i++) {
        snprintf(names[i], sizeof names[i], "log.%d", i);
        at = (struct ff_joiner_at){names[i], -1, 1, 0};
        ff_joiner_seen(j, &at);
        ff_joiner_begin(j, 100, &at);
        ff_joiner_removed(j, 100);
    }
    ff_joiner_begin(j, 100, &at);
    CHECK_INT(ff_joiner_needs_from(j, at.name, -1), 1);
    ff_joiner_free(j);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void check_joiner_bounds(void)
{
    struct ff_joiner_limits limits = {.messages = 50, .recipients = 40, .pieces = 60};
    struct ff_joiner *j = ff_joiner_new(&limits);
    struct ff_joiner_stats stats;
    struct ff_joined joined;
    static uint8_t mem[1 << 16], reason[2000];
    struct ff_arena arena;
    uint64_t rng = 7;
    memset(reason, 'r', sizeof reason);
    ff_arena_init(&arena, mem, sizeof mem);
    CASE("at a limit the message that was silent for longest goes, and the joiner never grows");
    for (uint32_t i = 0; i < 200000; i++) {
        char id[32];
        ff_arena_reset(&arena);
        uint64_t r = next_random(&rng);
        int n = snprintf(id, sizeof id, "4AB%05u", (unsigned)(r % 300));
        uint64_t key = ff_joiner_key(FF_SLICE("out7"), ff_slice_of(id, (size_t)n));
        struct ff_joiner_at at = {"t", (int32_t)(r >> 40 & 3), (int64_t)i, 0};
        struct ff_joined_recipient who = {.recipient = ff_slice_of(id, (size_t)(n - (int)(r >> 20 & 1))),
                                          .reason = ff_slice_of(reason, r >> 50 & 1023)};
        ff_joiner_seen(j, &at);
        switch (r >> 32 & 7) {
        case 0:
            ff_joiner_begin(j, key, &at);
            break;
        case 1:
            ff_joiner_message_id(j, key, &at, ff_slice_of(reason, r >> 50 & 255));
            break;
        case 2:
            ff_joiner_removed(j, key);
            break;
        case 3:
            ff_joiner_settled(j, key, who.recipient, who.original);
            break;
        case 4:
            ff_joiner_take_deferred(j, key, &arena, &who);
            break;
        case 5:
            ff_joiner_active(j, key, &at, ff_slice_of(id, (size_t)n), i);
            break;
        default:
            ff_joiner_deferred(j, key, &at, &who);
        }
        ff_joiner_stats(j, &stats);
        if (stats.messages > 50 || stats.recipients > 40 || stats.pieces > 60) {
            CHECK(false, "%u messages, %u recipients, %u pieces", stats.messages, stats.recipients, stats.pieces);
            break;
        }
        if (ff_joiner_get(j, key, &arena, &joined) && joined.sender.len)
            CHECK(joined.sender.len == (size_t)n && memcmp(joined.sender.ptr, id, (size_t)n) == 0,
                  "another message's sender");
        CHECK(ff_joiner_needs_from(j, "t", at.partition) >= 0 || i < FF_JOINER_HOLD_RECORDS, "before the partition");
    }
    CHECK(stats.evicted > 0, "nothing was evicted");
    CASE("what cannot be kept at all is counted, and its expiry is not silent");
    uint64_t key = ff_joiner_key(FF_SLICE("out7"), FF_SLICE("4AB99999"));
    struct ff_joiner_at at = {"t", 0, 300000, 0};
    for (unsigned i = 0; i < 60; i++) {
        char who[16];
        struct ff_joined_recipient r = {.recipient = ff_slice_of(who, (size_t)snprintf(who, sizeof who, "u%u@x", i))};
        ff_joiner_deferred(j, key, &at, &r);
    }
    ff_joiner_stats(j, &stats);
    CHECK(stats.recipients_dropped >= 20, "%d", (int)stats.recipients_dropped);
    CHECK(ff_joiner_lost_recipients(j, key), "the loss is not known");
    CASE("taking the deferred out gives each once, the oldest first");
    struct ff_joined_recipient r;
    unsigned taken = 0;
    for (; ff_arena_reset(&arena), ff_joiner_take_deferred(j, key, &arena, &r); taken++)
        if (taken == 0)
            CHECK_SLICE(r.recipient, "u0@x");
    CHECK_INT(taken, 40);
    ff_joiner_free(j);
}

/* Damage: never a crash (the sanitizers look on), and every line is answered. */
static void check_mutations(void *decoder)
{
    CASE("truncated and flipped lines are answered once or more, and few results are lost");
    uint64_t rng = 0x9e3779b97f4a7c15u, single = 0, survived = 0;
    const size_t total[] = {sizeof ones / sizeof *ones, sizeof counts / sizeof *counts, sizeof shapes / sizeof *shapes};
    for (size_t round = 0; round < 60000; round++) {
        uint64_t pick = next_random(&rng);
        const char *text = pick % 3 == 0   ? ones[pick / 3 % total[0]].log
                           : pick % 3 == 1 ? counts[pick / 3 % total[1]].value
                                           : shapes[pick / 3 % total[2]].value;
        size_t len = strlen(text);
        bool blank = ff_slice_trim(ff_slice_str(text)).len == 0;
        if (blank)
            continue;
        if (round % 3 == 0)
            len = 1 + next_random(&rng) % len;
        uint8_t *copy = malloc(len); /* of exactly this size: a read behind the end is seen */
        memcpy(copy, text, len);
        size_t flips = round % 3 == 1 ? 1 : round % 3 == 2 ? 1 + next_random(&rng) % 20 : 0;
        for (size_t i = 0; i < flips; i++)
            copy[next_random(&rng) % len] ^= (uint8_t)(1u << next_random(&rng) % 8);
        decode_at(decoder, (const char *)copy, len, (int64_t)round);
        CHECK(seen.sum.events + seen.sum.ignored + seen.sum.dead >= 1 || ff_slice_trim(ff_slice_of(copy, len)).len == 0,
              "round %zu: no answer", round);
        if (seen.sum.dead)
            CHECK(seen.last_dead.byte_offset <= len, "round %zu: offset behind the end", round);
        if (flips == 1 && pick % 3 == 0) {
            single++;
            survived += seen.sum.events > 0;
        }
        free(copy);
    }
    CHECK(survived * 100 > single * 75, "of %d results with one wrong bit %d decode", (int)single, (int)survived);
}

static void check_allocations(void *decoder)
{
    CASE("no line allocates");
    seen.keep = false;
    uint64_t before = allocations_count();
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++)
        decode(decoder, ones[i].log);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        decode(decoder, counts[i].value);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        decode(decoder, shapes[i].value);
    CHECK_INT(allocations_count() - before, 0);
    CHECK(before > 0, "the counter counts nothing");
    seen.keep = true;
}

static void check_dead_letters(void *decoder)
{
    CASE("a dead letter says which line of the record and where it broke");
    decode(decoder, SAID("550 no") "\nhello\n" SMTP TO "relay=none, delay=1");
    CHECK_INT(seen.sum.dead, 2);
    CHECK_INT(seen.last_dead.item_index, 2);
    CHECK_INT(seen.last_dead.byte_offset, strlen(SAID("550 no") "\nhello\n" SMTP TO "relay=none, delay=1"));
    CHECK_SLICE(seen.last_dead.payload, SMTP TO "relay=none, delay=1");

    CASE("bytes that are no UTF-8 grow when an array of envelopes is repaired: what breaks behind them is not pointed at");
    decode(decoder, "[{\"message\":\"" SMTP "4AB0000004: to=<a\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2@example.net>, relay=none, delay=1\"}]");
    CHECK_INT(seen.sum.dead, 1);
    CHECK_INT(seen.last_reason, FF_DEAD_POSTFIX_GRAMMAR);
    CHECK_INT(seen.last_dead.byte_offset, 0);

    CASE("a single line has no index");
    decode(decoder, "hello\n");
    CHECK_INT(seen.last_dead.item_index, -1);

    CASE("a line over the limit keeps its beginning and its length");
    static char large[200000];
    memset(large, 'x', sizeof large);
    decode_at(decoder, large, sizeof large, 1);
    CHECK_INT(seen.last_reason, FF_DEAD_TOO_LARGE);
    CHECK_INT(seen.last_dead.payload.len, FF_DEAD_PAYLOAD_MAX);
    CHECK_INT(seen.last_dead.full_bytes, sizeof large);

    CASE("a line without any time that nothing else says");
    decode_file_line(decoder, "postfix/smtp[1]: 3F2A91C0BE: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)");
    CHECK_INT(seen.last_reason, FF_DEAD_BAD_TIME);
}

#define LINE_OF(date) date " 08:00:00 out7 postfix/smtp[1]: 3F2A91C0BE: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)"
#define NEW_YEAR_US (INT64_C(1798761600) * 1000000) /* 2027-01-01 */

static void check_years(void)
{
    CASE("a run that goes on over New Year: each line is of the year it is read in, or of the one before");
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    void *d = ff_decoder_postfix.new_(&opts);
    clock_us = NEW_YEAR_US - INT64_C(32) * 86400000000;
    decode_file_line(d, LINE_OF("Nov 30"));
    CHECK(strstr(seen.json, "\"event_time\":\"2026-11-30T08:00:00.000000Z\""), "%s", seen.json);
    clock_us = NEW_YEAR_US + INT64_C(8) * 86400000000;
    decode_file_line(d, LINE_OF("Jan  9"));
    CHECK(strstr(seen.json, "\"event_time\":\"2027-01-09T08:00:00.000000Z\""), "%s", seen.json);
    decode_file_line(d, LINE_OF("Dec 31"));
    CHECK(strstr(seen.json, "\"event_time\":\"2026-12-31T08:00:00.000000Z\""), "%s", seen.json);
    clock_us = 0;
    ff_decoder_postfix.free_(d);

    CASE("the year option wins over every guess");
    opts.year = 2021;
    d = ff_decoder_postfix.new_(&opts);
    decode(d, LINE_OF("Aug  6"));
    CHECK(strstr(seen.json, "\"event_time\":\"2021-08-06T08:00:00.000000Z\"") && !strstr(seen.json, "year_inferred"),
          "%s", seen.json);
    CASE("a day that the year of the option does not have");
    decode(d, LINE_OF("Feb 29"));
    CHECK_INT(seen.last_reason, FF_DEAD_BAD_TIME);
    ff_decoder_postfix.free_(d);
}

static struct ff_slice stream_of(void *ctx, struct ff_slice name)
{
    (void)ctx;
    return ff_slice_eq(name, FF_SLICE("postfix-bulk")) ? FF_SLICE("marketing") : (struct ff_slice){NULL, 0};
}

int main(void)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default"), .stream_of = stream_of};
    void *decoder = ff_decoder_postfix.new_(&opts);
    if (!decoder)
        return 1;
    ff_json_out_init(&out);
    seen.keep = true;
    check_ones(decoder);
    check_counts(decoder);
    check_shapes(decoder);
    check_expiry(decoder);
    check_dead_letters(decoder);
    check_years();
    check_ids();
    check_needs_from();
    check_files_of_a_name();
    check_joiner_bounds();
    check_allocations(decoder);
    check_mutations(decoder);
    ff_decoder_postfix.free_(decoder);
    ff_json_out_fini(&out);
    return test_end();
}
