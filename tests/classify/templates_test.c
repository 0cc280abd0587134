/* templates_test.c: the summary of wordings against an exact counter, on skewed random input, alone and
 * merged. */
#include "classify/templates/templates.h"
#include "tests/test.h"

#define WORDINGS 5000
#define REPLIES 60000

static struct ff_ruleset *rules;
static struct ff_classifier *classifier;
static uint64_t seed;

static uint32_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

/** A wording of letters only, so that the masker leaves it alone. */
static void write_reply(unsigned wording, char buf[64])
{
    unsigned n = (unsigned)snprintf(buf, 64, "550 5.7.1 word");
    for (unsigned v = wording + 1; v; v /= 26)
        buf[n++] = (char)('a' + v % 26);
    buf[n] = 0;
}

static uint64_t id_of(unsigned wording)
{
    char text[64];
    struct ff_verdict v;
    write_reply(wording, text);
    (void)ff_classify(classifier, &(struct ff_reply){.raw = ff_slice_str(text)}, &v);
    return v.template_id;
}

static void add(struct ff_templates *t, const char *raw, const char *mx, int64_t us)
{
    struct ff_verdict v;
    const struct ff_reply reply = {.raw = ff_slice_str(raw), .mx = ff_slice_str(mx)};
    (void)ff_classify(classifier, &reply, &v);
    ff_templates_add(t, classifier, &reply, &v, us);
}

static void add_wording(struct ff_templates *t, unsigned wording)
{
    char text[64];
    write_reply(wording, text);
    add(t, text, "", 0);
}

/** Few wordings come often, most hardly ever; or (shift 0) all alike, the worst case for a summary. */
static unsigned skewed(unsigned shift)
{
    return (next_random() & 0xffff) % WORDINGS >> (shift ? next_random() % shift : 0);
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

static void check_bounds(struct ff_templates *t, const uint32_t *exact, uint64_t total, size_t counters)
{
    static uint64_t ids[WORDINGS];
    if (!ids[0])
        for (unsigned w = 0; w < WORDINGS; w++)
            ids[w] = id_of(w);
    uint64_t bound = total / counters, previous = UINT64_MAX;
    CHECK_INT(ff_templates_total(t), total);
    CHECK(ff_templates_error_max(t) <= bound, "error %llu over N/k = %llu",
          (unsigned long long)ff_templates_error_max(t), (unsigned long long)bound);
    static bool seen[WORDINGS];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < ff_templates_count(t); i++) {
        const struct ff_template *x = ff_templates_nth(t, i);
        unsigned w = 0;
        while (w < WORDINGS && ids[w] != x->id)
            w++;
        CHECK(w < WORDINGS && !seen[w], "entry %zu is no wording that was given, or stands twice", i);
        if (w == WORDINGS)
            return;
        seen[w] = true;
        CHECK(x->count <= previous, "entry %zu is out of order", i);
        CHECK(x->count >= exact[w], "wording %u: %llu is under %u", w, (unsigned long long)x->count, exact[w]);
        CHECK(x->count - x->error <= exact[w], "wording %u: %llu - %llu is over %u", w, (unsigned long long)x->count,
              (unsigned long long)x->error, exact[w]);
        CHECK(x->error <= bound, "wording %u: error %llu over N/k = %llu", w, (unsigned long long)x->error,
              (unsigned long long)bound);
        previous = x->count;
    }
    for (unsigned w = 0; w < WORDINGS; w++)
        CHECK(seen[w] || exact[w] <= bound, "wording %u came %u times and has no entry", w, exact[w]);
}

static void test_bounds(void)
{
    static const struct {
        const char *name;
        size_t counters;
        unsigned shift, workers, rounds;
    } cases[] = {
        {"counts are within N/k: skewed, one worker", 200, 12, 1, 1},
        {"counts are within N/k: all wordings alike", 200, 0, 1, 1},
        {"counts are within N/k: a single counter", 1, 12, 1, 1},
        {"counts are exact while there are enough counters", 2 * WORDINGS, 12, 1, 1},
        {"counts are within N/k: two workers merged", 200, 12, 2, 1},
        {"counts are within N/k: seven workers merged, all wordings alike", 100, 0, 7, 1},
        {"counts are within N/k: merged again and again while counting goes on", 150, 8, 3, 6},
        {"counts are exact after merging while there are enough counters", 2 * WORDINGS, 6, 4, 2},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        static uint32_t exact[WORDINGS];
        struct ff_templates *sum = ff_templates_new(cases[c].counters);
        uint64_t total = 0;
        CASE(cases[c].name);
        memset(exact, 0, sizeof exact);
        seed = 0x9e3779b9 + c;
        for (unsigned round = 0; round < cases[c].rounds; round++)
            for (unsigned w = 0; w < cases[c].workers; w++) {
                struct ff_templates *t = ff_templates_new(cases[c].counters);
                for (unsigned i = 0; i < REPLIES / cases[c].workers / cases[c].rounds; i++, total++) {
                    /* every worker has its own favourites */
                    unsigned wording = (skewed(cases[c].shift) + 37 * w) % WORDINGS;
                    exact[wording]++;
                    add_wording(i % 8 ? t : sum, wording);
                }
                CHECK_INT(ff_templates_merge(sum, t), FF_OK);
                ff_templates_free(t);
            }
        check_bounds(sum, exact, total, cases[c].counters);
        if (cases[c].counters > WORDINGS)
            CHECK_INT(ff_templates_error_max(sum), 0);
        ff_templates_free(sum);
    }
    CASE("what one side had and lost may have come as often as its lowest count");
    struct ff_templates *a = ff_templates_new(2), *b = ff_templates_new(2);
    add_wording(a, 1); /* loses its place to wording 3 */
    add_wording(a, 2);
    add_wording(a, 2);
    add_wording(a, 3);
    for (int i = 0; i < 5; i++)
        add_wording(b, 1);
    CHECK_INT(ff_templates_merge(a, b), FF_OK);
    CHECK_INT(ff_templates_nth(a, 0)->id, id_of(1));
    CHECK_INT(ff_templates_nth(a, 0)->count, 7);
    CHECK_INT(ff_templates_nth(a, 0)->error, 2);
    ff_templates_free(a);
    ff_templates_free(b);
    CASE("summaries with different numbers of counters do not merge");
    a = ff_templates_new(10);
    b = ff_templates_new(11);
    CHECK_INT(ff_templates_merge(a, b), FF_ERR_RANGE);
    ff_templates_free(a);
    ff_templates_free(b);
}

/* ---- what is kept ------------------------------------------------------------------------------------------------ */

#define TEXT(x) ((struct ff_slice){(x)->text, (x)->text_len})
#define SAMPLE(x) ((struct ff_slice){(x)->sample, (x)->sample_len})

static void test_content(void)
{
    struct ff_templates *t = ff_templates_new(8), *other = ff_templates_new(8);
    CASE("replies that differ in addresses and ids are one wording");
    add(t, "550 5.7.1 <ann@example.net>: flurb tag A1b2C3d4", "", 2000000);
    add(t, "550 5.7.1 <bob@example.org>: flurb tag Zz9988x7", "", 1000000);
    add(t, "450 4.7.1 <bob@example.org>: flurb tag Zz9988x7", "", 0);
    CHECK_INT(ff_templates_count(t), 1);
    const struct ff_template *x = ff_templates_nth(t, 0);
    CHECK_INT(x->count, 3);
    CHECK_INT(x->error, 0);
    CHECK_SLICE(TEXT(x), "<addr> flurb tag <id>");
    CASE("the sample is the first reply, times are the lowest and highest");
    CHECK_SLICE(SAMPLE(x), "550 5.7.1 <ann@example.net>: flurb tag A1b2C3d4");
    CHECK_INT(x->first_us, 1000000);
    CHECK_INT(x->last_us, 2000000);
    CASE("codes are kept as pairs");
    CHECK_INT(x->code_count, 2);
    CHECK_INT(x->code[1], 450);
    CHECK_INT(x->enhanced[1], FF_ENHANCED(4, 7, 1));
    CASE("providers are kept once each");
    add(t, "550 5.7.1 <bob@example.org>: flurb tag Zz9988x7", "a.mx.flurb.example", 0);
    add(t, "550 5.7.1 <bob@example.org>: flurb tag Zz9988x7", "b.mx.flurb.example", 0);
    CHECK_INT(x->provider_count, 1);
    CHECK_SLICE(x->provider[0], "flurb-mail");
    CASE("one wording with two categories is two entries");
    add(t, "550 mailbox flurb", "", 0);
    add(t, "450 mailbox flurb", "", 0);
    CHECK_INT(ff_templates_count(t), 3);
    CASE("a merge joins codes, times and counts");
    add(other, "550-5.7.1 <zoe@example.net>: flurb tag A1b2C3d4", "", 500000);
    add(other, "551 <zoe@example.net>: flurb tag A1b2C3d4", "", 0);
    CHECK_INT(ff_templates_merge(t, other), FF_OK);
    x = ff_templates_nth(t, 0);
    CHECK_INT(x->count, 7);
    CHECK_INT(x->code_count, 3);
    CHECK_INT(x->first_us, 500000);
    CASE("a sample is one line without control bytes, however long the reply was");
    ff_templates_free(other);
    other = ff_templates_new(1);
    char longest[4000];
    snprintf(longest, sizeof longest, "550-first\r\n550\tsecond \x1b[2J ");
    memset(longest + strlen(longest), 'y', 3000);
    longest[3040] = 0;
    add(other, longest, "", 0);
    x = ff_templates_nth(other, 0);
    CHECK(x->cut && x->sample_len == FF_TEMPLATE_SAMPLE_MAX &&
              memcmp(x->sample, "550-first 550 second [2J yy", 27) == 0,
          "%.40s", x->sample);
    ff_templates_free(t);
    ff_templates_free(other);
}

int main(void)
{
    static const char text[] = "provider flurb-mail\n  mx mx.flurb.example\n"
                               "rule hard policy-block text\n  code 5xx\n  any mailbox flurb\n"
                               "rule soft greylisted text\n  code 4xx\n  any mailbox flurb\n";
    char message[200];
    if (ff_ruleset_load(ff_slice_str(text), "test", &rules, message, sizeof message) != FF_OK) {
        printf("%s\n", message);
        return 1;
    }
    classifier = ff_classifier_new(rules, 16384);
    test_bounds();
    test_content();
    ff_classifier_free(classifier);
    ff_ruleset_free(rules);
    return test_end();
}
