/* skeleton_test.c: a reply that differs from one judged before only in words that no rule knows gets its
 * verdict from the table. It must be the verdict of judging it: every example, with words put in, taken out and
 * changed at random, against ff_classify_explain(), which knows no table.
 */
#include "tests/classify/fixture.h"

#define ROUNDS 40
#define ROOM 4096

static struct example examples[EXAMPLES_MAX];
static size_t count;
static uint64_t seed = 1042;

static unsigned roll(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

/** Names, words of other languages, numbers, placeholders in the making; none of them alone a cause. */
static const char *const fillers[] = {"Smith",     "Jonathan", "li",      "acme",       "GmbH",  ("stra\xc3\x9f" "e"), "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd",
                                      "\xe7\x8e\x8b", "receiver", "un",      "4711",       "550",   "5.7.1",          "a@example.com",
                                      "192.0.2.7", "x",        "antidis", "wolfeschlegelsteinhausenbergerdorff"};
#define FILLERS (sizeof fillers / sizeof *fillers)

static size_t put(char *out, size_t at, const char *word, size_t len)
{
    if (at + len + 2 > ROOM)
        return at;
    if (at)
        out[at++] = ' ';
    memcpy(out + at, word, len);
    return at + len;
}

static size_t put_filler(char *out, size_t at)
{
    char word[12];
    size_t n = 1 + roll(sizeof word);
    if (roll(2)) {
        const char *filler = fillers[roll(FILLERS)];
        return put(out, at, filler, strlen(filler));
    }
    for (size_t i = 0; i < n; i++)
        word[i] = (char)('a' + roll(26));
    return put(out, at, word, n);
}

/** The example with fillers between its words, sometimes instead of one. */
static size_t vary(const char *text, char *out)
{
    size_t at = 0;
    for (const char *from = text; *from;) {
        size_t n = strcspn(from, " ");
        unsigned kind = roll(12);
        if (kind == 0)
            at = put_filler(out, at);
        if (kind != 1)
            at = put(out, at, from, n);
        else if (roll(2))
            at = put_filler(out, at);
        from += n + strspn(from + n, " ");
    }
    out[at] = 0;
    return at;
}

/** As known, it is what it is when judged: category, right to suppress, rule, template and all. */
static void check_reply(struct ff_classifier *known, struct ff_classifier *judge, const struct ff_reply *reply)
{
    static struct ff_explanation why;
    struct ff_verdict v;
    uint8_t a[FF_VERDICT_BYTES_MAX], b[FF_VERDICT_BYTES_MAX];
    (void)ff_classify(known, reply, &v);
    (void)ff_classify_explain(judge, reply, &why);
    size_t n = ff_verdict_encode(&v, a);
    CHECK(n == ff_verdict_encode(&why.verdict, b) && memcmp(a, b, n) == 0 && v.template_id == why.verdict.template_id,
          "%s as known, %s when judged", ff_category_name(v.category), ff_category_name(why.verdict.category));
}

static void as_judged(const struct ff_ruleset *rules)
{
    struct ff_classifier *known = fixture_classifier(rules, 1 << 20), *judge = fixture_classifier(rules, 4);
    static char text[ROOM + 1];
    for (unsigned round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < count && test_failures_ < 10; i++) {
            struct ff_reply reply = examples[i].reply;
            reply.raw = ff_slice_of(text, vary(examples[i].text, text));
            CASE(text);
            check_reply(known, judge, &reply);
        }
    struct ff_classifier_stats s;
    ff_classifier_stats(known, &s);
    CASE("enough of them were known by their skeleton");
    CHECK(s.skeleton_hits > count && s.skeleton_hits <= s.table_misses, "%llu of %llu", (unsigned long long)s.skeleton_hits,
          (unsigned long long)s.table_misses);
    ff_classifier_free(known);
    ff_classifier_free(judge);
}

/** The same text with another word behind it each time: by its outline from the third one on. */
static void by_outline(const struct ff_ruleset *rules)
{
    struct ff_classifier *known = fixture_classifier(rules, 1 << 20), *judge = fixture_classifier(rules, 4);
    static char text[ROOM + 1];
    for (unsigned round = 0; round < 8; round++)
        for (size_t i = 0; i < count && test_failures_ < 10; i++) {
            struct ff_reply reply = examples[i].reply;
            size_t n = (size_t)snprintf(text, sizeof text, "%s xq", examples[i].text);
            for (unsigned k = 0; k < 10; k++)
                text[n++] = (char)('a' + roll(26));
            reply.raw = ff_slice_of(text, n);
            CASE(text);
            check_reply(known, judge, &reply);
        }
    struct ff_classifier_stats s;
    ff_classifier_stats(known, &s);
    CASE("no text came twice, and yet many were known");
    CHECK(s.table_hits > 3 * count, "%llu of %llu", (unsigned long long)s.table_hits, (unsigned long long)s.replies);
    ff_classifier_free(known);
    ff_classifier_free(judge);
}

int main(void)
{
    struct ff_ruleset *rules = fixture_rules();
    count = fixture_examples(examples);
    as_judged(rules);
    by_outline(rules);
    ff_ruleset_free(rules);
    return test_end();
}
