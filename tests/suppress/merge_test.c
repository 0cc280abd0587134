/* merge_test.c: the state of a key is a semilattice: order, grouping and repetition leave no trace.
 *
 * Random events over a small world (so that ties, duplicates, full tracks and releases in the middle are common) are
 * folded in different ways, as states and through the whole engine with its store; all ways must end at the same
 * bytes.
 */
#include "suppress/state/key_state.h"
#include "tests/suppress/fixture.h"
#include "tests/test.h"

#define ROUNDS 300
#define PARTS_MAX 96

struct coded {
    uint8_t *bytes;
    size_t len;
};

static struct ff_key_state work[3];

static struct coded keep(const struct ff_key_state *ks)
{
    struct coded c = {(uint8_t *)malloc(FF_KEY_STATE_BYTES_MAX), 0};
    struct ff_wire_out out = ff_wire_out(c.bytes, FF_KEY_STATE_BYTES_MAX);
    ff_key_state_encode(ks, &out);
    CHECK(!out.full, "the encoding does not fit");
    c.len = out.used;
    c.bytes = (uint8_t *)realloc(c.bytes, c.len);
    return c;
}

static struct coded copy(struct coded c)
{
    struct coded r = {(uint8_t *)malloc(c.len), c.len};
    memcpy(r.bytes, c.bytes, c.len);
    return r;
}

static bool same(struct coded a, struct coded b)
{
    return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

static struct coded merge(struct coded a, struct coded b)
{
    CHECK_INT(ff_key_state_decode(ff_slice_of(a.bytes, a.len), &work[0]), FF_OK);
    CHECK_INT(ff_key_state_decode(ff_slice_of(b.bytes, b.len), &work[1]), FF_OK);
    CHECK_INT(ff_key_state_merge(&work[0], &work[1], &work[2]), FF_OK);
    return keep(&work[2]);
}

/* One event, manual entry or release. The world is `days` long and knows few ids, so much of it collides. */
static struct coded random_part(struct fixture_random *r, unsigned days)
{
    static const uint32_t tracks[] = {FF_BAD_MAILBOX, FF_BAD_DOMAIN, FF_TRACK_DAYS + FF_MAILBOX_FULL,
                                      FF_TRACK_DAYS + FF_AMBIGUOUS, FF_TRACK_OWN_DAYS + FF_BAD_DOMAIN, FF_TRACK_COMPLAINT,
                                      FF_TRACK_UNSUBSCRIBED};
    static const char *const texts[] = {"User unknown", "Mailbox full", "no"};
    uint8_t id[16] = {0}, room[FF_EVIDENCE_BYTES_MAX];
    struct ff_wire_out out = ff_wire_out(room, sizeof(room));
    int64_t time_us = FIXTURE_EPOCH_US + (int64_t)fixture_below(r, days) * DAY_US + (int64_t)fixture_below(r, 3) * HOUR_US;
    /* some ids differ only behind their first 8 bytes */
    id[fixture_below(r, 2) * 9] = (uint8_t)(1 + fixture_below(r, 4));
    struct ff_slice id_slice = ff_slice_of(id, sizeof(id)), text = ff_slice_str(texts[fixture_below(r, 3)]);
    ff_key_state_init(&work[0], FF_SLICE("acme"), FF_SLICE("*"), FF_SLICE("a@example.com"));
    uint64_t what = fixture_below(r, 12);
    if (what == 0) {
        work[0].release = (struct ff_release){time_us, id_slice, text, FF_SLICE("note"), FF_SLICE("incident")};
    } else if (what == 1) {
        struct ff_manual m = {.time_us = time_us, .command_id = id_slice, .reason = FF_REASON_MANUAL, .note = text};
        ff_manual_encode(&m, &out);
        work[0].manual = (struct ff_register){time_us, id_slice, ff_wire_done(&out)};
    } else {
        struct ff_evidence e = {.event_id = id_slice, .reply_text = text, .event_time_us = time_us, .reply_code = 550,
                                .category = FF_BAD_MAILBOX};
        ff_evidence_encode(&e, &out);
        ff_key_state_set_event(&work[0], tracks[fixture_below(r, sizeof tracks / sizeof *tracks)], time_us, id_slice, ff_wire_done(&out));
    }
    return keep(&work[0]);
}

static struct coded fold(const struct coded *parts, size_t n)
{
    struct coded sum = copy(parts[0]);
    for (size_t i = 1; i < n; i++) {
        struct coded next = merge(sum, parts[i]);
        free(sum.bytes);
        sum = next;
    }
    return sum;
}

static void shuffle(struct fixture_random *r, struct coded *parts, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)fixture_below(r, i);
        struct coded t = parts[i - 1];
        parts[i - 1] = parts[j];
        parts[j] = t;
    }
}

static void check_laws(struct coded a, struct coded b, struct coded c)
{
    struct coded ab = merge(a, b), ba = merge(b, a), bc = merge(b, c), ab_c = merge(ab, c), a_bc = merge(a, bc);
    struct coded aa = merge(a, a), again = merge(ab, b);
    CASE("merging is commutative");
    CHECK(same(ab, ba), "%zu and %zu bytes", ab.len, ba.len);
    CASE("merging is associative");
    CHECK(same(ab_c, a_bc), "%zu and %zu bytes", ab_c.len, a_bc.len);
    CASE("merging is idempotent");
    CHECK(same(aa, a), "%zu and %zu bytes", aa.len, a.len);
    CHECK(same(again, ab), "%zu and %zu bytes", again.len, ab.len);
    struct coded all[] = {ab, ba, bc, ab_c, a_bc, aa, again};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i].bytes);
}

static void test_laws(struct fixture_random *r)
{
    struct coded parts[PARTS_MAX];
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t n = 3 + (size_t)fixture_below(r, PARTS_MAX - 3);
        unsigned days = 1 + (unsigned)fixture_below(r, 90); /* over 32 days a track is full */
        for (size_t i = 0; i < n; i++)
            parts[i] = random_part(r, days);
        struct coded sum = fold(parts, n), groups[3];
        shuffle(r, parts, n);
        struct coded other = fold(parts, n);
        CASE("any order of the same parts ends at the same bytes");
        CHECK(same(sum, other), "round %u", round);
        groups[0] = fold(parts, n / 3 ? n / 3 : 1);
        groups[1] = fold(parts + n / 3, n - n / 3);
        groups[2] = parts[fixture_below(r, n)];
        check_laws(groups[0], groups[1], groups[2]);
        struct coded grouped = merge(groups[1], groups[0]);
        CASE("any grouping of the same parts ends at the same bytes");
        CHECK(same(sum, grouped), "round %u", round);
        free(grouped.bytes);
        free(groups[0].bytes);
        free(groups[1].bytes);
        free(sum.bytes);
        free(other.bytes);
        for (size_t i = 0; i < n; i++)
            free(parts[i].bytes);
    }
}

static void test_bounds(void)
{
    struct fixture_random r = {77};
    struct coded sum = random_part(&r, 2000);
    for (unsigned i = 0; i < 5000; i++) {
        struct coded p = random_part(&r, 2000), next = merge(sum, p);
        free(p.bytes);
        free(sum.bytes);
        sum = next;
    }
    CASE("five thousand events of one key stay within the documented bounds");
    CHECK_INT(ff_key_state_decode(ff_slice_of(sum.bytes, sum.len), &work[0]), FF_OK);
    for (uint32_t i = 0; i < work[0].track_count; i++)
        CHECK_INT(work[0].tracks[i].item_count, FF_TRACK_ITEMS_MAX);
    CHECK(sum.len < 8192, "%zu bytes", sum.len);
    free(sum.bytes);
}

/* Bytes from a topic are foreign bytes: whatever they are, decoding ends, and what it accepts encodes to itself. */
static void test_foreign_bytes(void)
{
    struct fixture_random r = {5};
    static uint8_t again[FF_KEY_STATE_BYTES_MAX];
    CASE("broken states are refused or encode to a fixed point");
    for (unsigned round = 0; round < 3000; round++) {
        struct coded p = random_part(&r, 40), q = random_part(&r, 40), m = merge(p, q);
        for (uint64_t k = fixture_below(&r, 4); k > 0; k--)
            m.bytes[fixture_below(&r, m.len)] ^= (uint8_t)(1u << fixture_below(&r, 8));
        size_t len = m.len - (size_t)fixture_below(&r, 3) * (size_t)fixture_below(&r, m.len / 3 + 1);
        if (ff_key_state_decode(ff_slice_of(m.bytes, len), &work[0]) == FF_OK) {
            struct coded once = keep(&work[0]);
            CHECK_INT(ff_key_state_decode(ff_slice_of(once.bytes, once.len), &work[1]), FF_OK);
            struct ff_wire_out out = ff_wire_out(again, sizeof(again));
            ff_key_state_encode(&work[1], &out);
            CHECK(out.used == once.len && memcmp(again, once.bytes, once.len) == 0, "round %u", round);
            struct ff_suppression s;
            ff_derive(ff_policy_default, &work[1], &s);
            free(once.bytes);
        }
        free(p.bytes);
        free(q.bytes);
        free(m.bytes);
    }
}

/* ---- the same through the engine and its store ------------------------------------------------------------------ */

#define STEPS 400
#define PEOPLE 12

struct step {
    bool is_command;
    struct fixture_event ev;
    struct ff_command c;
    char to[32];
};

static void random_step(struct fixture_random *r, struct step *st)
{
    static const uint32_t categories[] = {FF_BAD_MAILBOX, FF_MAILBOX_FULL, FF_CATCH_ALL_REJECT, FF_RESTRICTED_MAILBOX,
                                          FF_BAD_DOMAIN, FF_CONTENT_SPAM};
    static const char *const spellings[][2] = {{"p", "@example.com"}, {"P", "@example.com"}, {"<p", "@Example.com>"}};
    const char *const *spelled = spellings[fixture_below(r, 3)];
    int64_t time_us = FIXTURE_EPOCH_US + (int64_t)fixture_below(r, 40) * DAY_US;
    memset(st, 0, sizeof(*st));
    snprintf(st->to, sizeof(st->to), "%s%u%s", spelled[0], (unsigned)fixture_below(r, PEOPLE), spelled[1]);
    st->is_command = fixture_below(r, 20) == 0;
    st->c = (struct ff_command){.verb = fixture_below(r, 2) ? FF_VERB_ADD : FF_VERB_RELEASE, .time_us = time_us,
                                .tenant_id = FF_SLICE("acme"), .stream_scope = FF_SLICE("*")};
    st->ev = (struct fixture_event){.time_us = time_us, .id = 1 + fixture_below(r, 50), .category = categories[fixture_below(r, 6)],
                                    .stream = fixture_below(r, 2) ? "news" : NULL};
    st->ev.suppress = st->ev.category == FF_BAD_MAILBOX || st->ev.category == FF_BAD_DOMAIN;
    if (fixture_below(r, 3) == 0)
        st->ev.kind = FF_KIND_TRANSIENT_FAILURE;
}

static char *run_steps(struct fixture_random *r, struct step *steps, bool shuffled)
{
    char dir[512];
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    for (size_t i = 0; i < (shuffled ? 3 * STEPS : STEPS); i++) {
        struct step *st = &steps[shuffled && i >= STEPS ? fixture_below(r, STEPS) : i];
        st->ev.to = st->to;
        st->c.address = ff_slice_str(st->to);
        CHECK_INT(st->is_command ? ff_suppressor_command(s, &st->c, -1) : fixture_feed(s, &st->ev, -1), FF_OK);
        if (shuffled && fixture_below(r, 40) == 0)
            fixture_commit(s);
        if (shuffled && fixture_below(r, 200) == 0) {
            fixture_commit(s);
            ff_suppressor_close(s);
            s = fixture_open(dir, false, false);
        }
    }
    fixture_commit(s);
    char *dump = fixture_dump(s);
    struct ff_suppressor_stats counted;
    ff_suppressor_stats(s, &counted);
    char *active = fixture_export(s);
    uint64_t lines = 0;
    for (const char *p = active; (p = strchr(p, '\n')); p++)
        lines++;
    CASE("the count of active entries is the number of lines of the export");
    CHECK_INT(counted.active, lines);
    free(active);
    ff_suppressor_close(s);
    fixture_remove(dir);
    return dump;
}

static void test_engine(struct fixture_random *r)
{
    static struct step steps[STEPS], mixed[STEPS];
    for (unsigned round = 0; round < 6; round++) {
        for (size_t i = 0; i < STEPS; i++)
            random_step(r, &steps[i]);
        memcpy(mixed, steps, sizeof(steps));
        for (size_t i = STEPS; i > 1; i--) {
            size_t j = (size_t)fixture_below(r, i);
            struct step t = mixed[i - 1];
            mixed[i - 1] = mixed[j];
            mixed[j] = t;
        }
        char *straight = run_steps(r, steps, false), *other = run_steps(r, mixed, true);
        CASE("events and commands shuffled, repeated, committed and reopened at random leave the same store");
        CHECK(strcmp(straight, other) == 0, "round %u", round);
        free(straight);
        free(other);
    }
}

#define BYTES(text) text, sizeof(text) - 1
static const struct {
    const char *name;
    const char *more; /* behind a state with a release and a version */
    size_t len;
    enum ff_err want;
} fields_of_others[] = {
    {"a state as we write it", BYTES(""), FF_OK},
    {"an unknown number is passed over: text, numbered 100 above the time of the release", BYTES("\xd2\x06\x01x"), FF_OK},
    {"text, numbered 100 above the version", BYTES("\xf2\x06\x01x"), FF_OK},
    {"text, numbered 12", BYTES("\x62\x03new"), FF_OK},
    {"a varint, numbered 12", BYTES("\x60\x05"), FF_OK},
    {"eight bytes, numbered 13", BYTES("\x69\x01\x02\x03\x04\x05\x06\x07\x08"), FF_OK},
    {"four bytes, numbered 14", BYTES("\x75\x01\x02\x03\x04"), FF_OK},
    {"a varint, numbered as the largest can be", BYTES("\xf8\xff\xff\xff\x0f\x05"), FF_OK},
    {"a number of ours with another type is no state: the time of the release as a varint", BYTES("\x30\x05"), FF_ERR_SYNTAX},
    {"the version as eight bytes", BYTES("\x51\x01\x02\x03\x04\x05\x06\x07\x08"), FF_ERR_SYNTAX},
    {"the version as four bytes", BYTES("\x55\x01\x02\x03\x04"), FF_ERR_SYNTAX},
    {"the tenant as a varint", BYTES("\x08\x05"), FF_ERR_SYNTAX},
    {"a track as a varint", BYTES("\x20\x05"), FF_ERR_SYNTAX},
    {"cut off in the middle", BYTES("\x62\x05new"), FF_ERR_TRUNCATED},
};
#undef BYTES

static void test_fields_of_others(void)
{
    static uint8_t room[8192];
    for (size_t i = 0; i < sizeof fields_of_others / sizeof *fields_of_others; i++) {
        struct ff_wire_out out = ff_wire_out(room, sizeof(room));
        ff_key_state_init(&work[0], FF_SLICE("acme"), FF_SLICE("*"), FF_SLICE("a@example.com"));
        work[0].release = (struct ff_release){FIXTURE_EPOCH_US, FF_SLICE("id"), FF_SLICE("anna"), FF_SLICE("note"), FF_SLICE("incident")};
        ff_key_state_encode(&work[0], &out);
        ff_key_state_put_version(7, &out);
        ff_wire_put_raw(&out, fields_of_others[i].more, fields_of_others[i].len);
        CASE(fields_of_others[i].name);
        enum ff_err err = ff_key_state_decode(ff_wire_done(&out), &work[1]);
        CHECK_INT(err, fields_of_others[i].want);
        if (err)
            continue;
        CHECK_INT(work[1].release.time_us, FIXTURE_EPOCH_US);
        CHECK_INT(work[1].published_version, 7);
        CHECK_SLICE(work[1].tenant_id, "acme");
        CHECK_SLICE(work[1].release.incident_id, "incident");
    }
}

int main(void)
{
    struct fixture_random r = {20260806};
    test_laws(&r);
    test_bounds();
    test_foreign_bytes();
    test_fields_of_others();
    test_engine(&r);
    return test_end();
}
