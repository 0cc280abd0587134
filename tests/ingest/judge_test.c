/* The rules in force: what is counted per rule, what a reload keeps, and what shadow mode says, down to the last
 * failure. */
#include <pthread.h>

#include "ingest/pipeline/judge.h"
#include "tests/test.h"

#define GONE "  any user unknown\n"
#define FULL "  any mailbox full\n"

static const char *const plain = "version 1\n"
                                 "rule gone bad-mailbox text 90\n" GONE "rule full mailbox-full text 84\n" FULL;
/* `gone` became harmless, `full` another rule of the same category. */
static const char *const other = "version 2\n"
                                 "rule gone policy-block text 90\n" GONE "rule brimful mailbox-full text 84\n" FULL;
/* A rule more at the front: every number of a rule moves. */
static const char *const longer = "version 3\n"
                                  "rule loop routing-loop text 84\n  any too many hops\n"
                                  "rule gone bad-mailbox text 90\n" GONE "rule full mailbox-full text 84\n" FULL;

static struct ff_ruleset *rules_of(const char *text)
{
    struct ff_ruleset *rules = NULL;
    char message[256] = "";
    if (text && ff_ruleset_load(ff_slice_str(text), "test", &rules, message, sizeof message) != FF_OK) {
        printf("%s\n", message);
        exit(1);
    }
    return rules;
}

static struct ff_rulebook *book_of(struct ff_rule_names *names, const char *live, const char *shadow)
{
    struct ff_rulebook *book = ff_rulebook_new(names, rules_of(live), rules_of(shadow));
    if (!book)
        abort();
    return book;
}

static struct ff_judge *judge_of(struct ff_rule_names *names, const char *live, const char *shadow)
{
    struct ff_rulebook *book = book_of(names, live, shadow);
    struct ff_judge *judge = ff_judge_new(book);
    ff_rulebook_drop(book); /* the judge uses it on */
    if (!judge)
        abort();
    return judge;
}

static void swap_to(struct ff_judge *judge, struct ff_rule_names *names, const char *live, const char *shadow)
{
    struct ff_rulebook *book = book_of(names, live, shadow);
    CHECK(ff_judge_swap(judge, book), "memory");
    ff_rulebook_drop(book);
}

static struct ff_verdict ask(struct ff_judge *judge, const char *text, unsigned times)
{
    struct ff_event ev = {.kind = FF_KIND_BOUNCE, .stage = FF_STAGE_RCPT_TO, .origin = FF_ORIGIN_REMOTE_REPLY,
                          .reply_code = 550, .enhanced_code = FF_ENHANCED(5, 1, 1), .reply_text = ff_slice_str(text)};
    struct ff_verdict v = {0};
    while (times-- > 0)
        ff_judge_event(judge, &ev, &v);
    return v;
}

static struct ff_judge_counts *counts_of(const struct ff_judge *judge)
{
    static struct ff_judge_counts c;
    memset(&c, 0, sizeof c);
    ff_judge_counts(judge, &c);
    return &c;
}

/* Hits of all rules of this name and category. */
static uint64_t hits(const struct ff_judge *judge, const struct ff_rule_names *names, const char *name, uint32_t category)
{
    const struct ff_judge_counts *c = counts_of(judge);
    uint64_t n = 0;
    for (uint32_t i = 0; i < ff_rule_names_count(names); i++) {
        uint32_t of;
        if (ff_slice_eq(ff_rule_name(names, i, &of), ff_slice_str(name)) && of == category)
            n += c->rules[i];
    }
    return n;
}

static uint64_t all_hits(const struct ff_judge *judge)
{
    const struct ff_judge_counts *c = counts_of(judge);
    uint64_t n = 0;
    for (size_t i = 0; i < FF_RULE_NAMES_MAX; i++)
        n += c->rules[i];
    return n;
}

static void rule_counts(void)
{
    struct ff_rule_names *names = ff_rule_names_new();
    struct ff_judge *judge = judge_of(names, plain, NULL);
    CASE("each failure counts for the rule that decided, or for none");
    ask(judge, "user unknown", 3);
    ask(judge, "mailbox full", 2);
    ask(judge, "something else", 1);
    CHECK_INT(hits(judge, names, "gone", FF_BAD_MAILBOX), 3);
    CHECK_INT(hits(judge, names, "full", FF_MAILBOX_FULL), 2);
    CHECK_INT(hits(judge, names, "(none)", FF_CATEGORY_NONE), 1);
    CHECK_INT(all_hits(judge), 6);
    CASE("a delivery counts for no rule");
    struct ff_event delivered = {.kind = FF_KIND_DELIVERY, .reply_code = 250};
    struct ff_verdict v;
    ff_judge_event(judge, &delivered, &v);
    CHECK_INT(v.category, FF_ACCEPTED);
    CHECK_INT(all_hits(judge), 6);
    CASE("new rules hold at once, and rules that keep their name keep their counts although their numbers moved");
    uint32_t before = ask(judge, "user unknown", 1).ruleset_version;
    swap_to(judge, names, longer, NULL);
    CHECK(ask(judge, "user unknown", 1).ruleset_version != before, "the version stays %u", before);
    CHECK_INT(ask(judge, "too many hops", 1).category, FF_ROUTING_LOOP);
    CHECK_INT(hits(judge, names, "gone", FF_BAD_MAILBOX), 5);
    CHECK_INT(hits(judge, names, "loop", FF_ROUTING_LOOP), 1);
    CASE("a rule that stands for another category now is another rule");
    swap_to(judge, names, other, NULL);
    ask(judge, "user unknown", 1);
    CHECK_INT(hits(judge, names, "gone", FF_BAD_MAILBOX), 5);
    CHECK_INT(hits(judge, names, "gone", FF_POLICY_BLOCK), 1);
    CHECK_INT(all_hits(judge), 10);
    CASE("counts of the verdict table go on over a change of the rules");
    CHECK_INT(counts_of(judge)->classifier.replies, 10);
    CHECK_INT(counts_of(judge)->classifier.table_hits + counts_of(judge)->classifier.table_misses, 10);
    ff_judge_free(judge);
    ff_rule_names_free(names);
}

/* More names than a process keeps: rules of r<from> to r<from + count - 1>. */
static char *many_rules(unsigned from, unsigned count)
{
    char *text = malloc(64 * (size_t)count + 1);
    size_t n = 0;
    for (unsigned i = from; i < from + count; i++)
        n += (size_t)sprintf(text + n, "rule r%u bad-mailbox prior 40\n  code %u\n", i, 500 + i % 99);
    return text;
}

static void too_many_names(void)
{
    struct ff_rule_names *names = ff_rule_names_new();
    struct ff_judge *judge = judge_of(names, plain, NULL);
    CASE("names beyond the limit are counted as one, and nothing is lost");
    for (unsigned i = 0; i < 4; i++) {
        char *text = many_rules(4000 * i, 4000);
        swap_to(judge, names, text, NULL);
        free(text);
    }
    CHECK_INT(ff_rule_names_count(names), FF_RULE_NAMES_MAX);
    ask(judge, "user unknown", 4);
    CHECK_INT(hits(judge, names, "(other)", FF_CATEGORY_NONE), 4);
    ff_judge_free(judge);
    ff_rule_names_free(names);
}

static void versions(void)
{
    CASE("rules without a version have one of their own");
    struct ff_ruleset *a = rules_of("rule gone bad-mailbox text 90\n" GONE), *b = rules_of("rule gone bad-mailbox text 91\n" GONE);
    CHECK(ff_ruleset_version(a) != 0 && ff_ruleset_version(a) != ff_ruleset_version(b), "%u", ff_ruleset_version(a));
    ff_ruleset_free(a);
    ff_ruleset_free(b);
}

/* ---- shadow mode ------------------------------------------------------------------------------------------------- */

static void shadow_mode(void)
{
    const struct ff_shadow_row *rows[FF_SHADOW_ROWS_MAX];
    struct ff_rule_names *names = ff_rule_names_new();
    struct ff_judge *judge = judge_of(names, plain, NULL);
    CASE("without shadow rules nothing is compared");
    ask(judge, "user unknown", 1);
    CHECK(!ff_judge_shadow(judge), "compared");
    CASE("shadow rules decide nothing");
    swap_to(judge, names, plain, other);
    CHECK_INT(ask(judge, "user unknown", 5).category, FF_BAD_MAILBOX);
    ask(judge, "mailbox full", 7);
    ask(judge, "something else", 1);
    const struct ff_shadow *s = ff_judge_shadow(judge);
    const struct ff_shadow_counts *c = ff_shadow_counts(s);
    CASE("another rule of the same category and action is no difference");
    CHECK_INT(c->agreed, 8);
    CHECK_INT(c->differed, 5);
    CHECK_INT(c->by_pair[FF_BAD_MAILBOX][FF_POLICY_BLOCK], 5);
    CHECK_INT(c->suppress_less, 5);
    CHECK_INT(c->suppress_more, 0);
    CASE("a row says what both said, by which rules, and shows a reply");
    CHECK_INT(ff_shadow_rows(s, rows), 1);
    CHECK_INT(rows[0]->count, 5);
    CHECK_INT(rows[0]->live.category, FF_BAD_MAILBOX);
    CHECK_INT(rows[0]->shadow.category, FF_POLICY_BLOCK);
    CHECK_SLICE(ff_slice_of(rows[0]->shadow.rule, rows[0]->shadow.rule_len), "gone");
    CHECK_SLICE(ff_slice_of(rows[0]->text, rows[0]->text_len), "user unknown");
    CHECK_SLICE(ff_slice_of(rows[0]->masked, rows[0]->masked_len), "user unknown");
    CHECK_INT(rows[0]->reply_code, 550);
    CASE("rows end with the rules they are about, their counts stay");
    swap_to(judge, names, other, plain);
    CHECK_INT(ff_shadow_rows(s, rows), 0);
    CHECK_INT(c->earlier, 5);
    ask(judge, "user unknown", 2);
    CHECK_INT(c->suppress_more, 2);
    CHECK_INT(ff_shadow_rows(s, rows), 1);
    CHECK_INT(c->differed, rows[0]->count + c->other + c->earlier);
    CASE("shadow rules may go again");
    swap_to(judge, names, plain, NULL);
    ask(judge, "user unknown", 1);
    CHECK_INT(c->agreed + c->differed, 15);
    ff_judge_free(judge);
    ff_rule_names_free(names);
}

static void compare(struct ff_shadow *s, struct ff_classifier *c, const char *rule, unsigned category, bool live, bool shadow)
{
    const struct ff_reply reply = {.code = 550, .text = FF_SLICE("no")};
    struct ff_verdict a = {.category = FF_BAD_MAILBOX, .suppress = live, .rule = ff_slice_str(rule)};
    struct ff_verdict b = {.category = category, .suppress = shadow, .rule = ff_slice_str(rule)};
    ff_shadow_compare(s, c, &reply, &a, &b);
}

static void shadow_rows(void)
{
    const struct ff_shadow_row *rows[FF_SHADOW_ROWS_MAX];
    struct ff_ruleset *rules = rules_of(plain);
    struct ff_classifier *c = ff_classifier_new(rules, 4);
    struct ff_shadow *s = ff_shadow_new(), *t = ff_shadow_new();
    char rule[24];
    CASE("suppressions come first, more of them before less, and the frequent before the rare");
    for (int i = 0; i < 9; i++)
        compare(s, c, "often", FF_MAILBOX_FULL, false, false);
    for (int i = 0; i < 5; i++)
        compare(s, c, "less", FF_POLICY_BLOCK, true, false);
    compare(s, c, "more", FF_BAD_MAILBOX, false, true);
    for (int i = 0; i < 2; i++)
        compare(s, c, "more-often", FF_BAD_MAILBOX, false, true);
    const char *const order[] = {"more-often", "more", "less", "often"};
    CHECK_INT(ff_shadow_rows(s, rows), 4);
    for (size_t i = 0; i < 4; i++)
        CHECK_SLICE(ff_slice_of(rows[i]->live.rule, rows[i]->live.rule_len), order[i]);
    CASE("two threads' findings add up");
    compare(t, c, "more", FF_BAD_MAILBOX, false, true);
    compare(t, c, "mine", FF_BAD_MAILBOX, false, true);
    compare(t, c, "same", FF_BAD_MAILBOX, false, false);
    ff_shadow_merge(s, t);
    CHECK_INT(ff_shadow_rows(s, rows), 5);
    CHECK_INT(rows[0]->count + rows[1]->count, 4);
    CHECK_INT(ff_shadow_counts(s)->agreed, 1);
    CHECK_INT(ff_shadow_counts(s)->differed, 19);
    CHECK_INT(ff_shadow_counts(s)->suppress_more, 5);
    CASE("the table is bounded; what has no row is counted");
    for (unsigned i = 0; i < 3 * FF_SHADOW_ROWS_MAX; i++) {
        snprintf(rule, sizeof rule, "r%u", i);
        compare(s, c, rule, FF_MAILBOX_FULL, false, false);
    }
    size_t n = ff_shadow_rows(s, rows);
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += rows[i]->count;
    CHECK_INT(n, FF_SHADOW_ROWS_MAX);
    CHECK_INT(ff_shadow_counts(s)->differed, 19 + 3 * FF_SHADOW_ROWS_MAX);
    CHECK_INT(sum + ff_shadow_counts(s)->other, ff_shadow_counts(s)->differed);
    ff_shadow_merge(t, s);
    n = ff_shadow_rows(t, rows);
    sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += rows[i]->count;
    CHECK_INT(sum + ff_shadow_counts(t)->other, ff_shadow_counts(t)->differed);
    ff_shadow_free(s);
    ff_shadow_free(t);
    ff_classifier_free(c);
    ff_ruleset_free(rules);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

#define THREADS 3
#define SWAPS 60

/* As the workers of ingest do: each follows what one thread hands out, between two batches of its own. */
struct shared {
    pthread_mutex_t lock;
    struct ff_rulebook *book;
    atomic_uint generation;
    struct ff_rule_names *names;
};

struct follower {
    pthread_t thread;
    struct shared *shared;
    struct ff_judge_counts counts;
    uint64_t asked, mixed, stale;
};

static struct ff_rulebook *take(struct shared *s)
{
    pthread_mutex_lock(&s->lock);
    struct ff_rulebook *book = ff_rulebook_keep(s->book);
    pthread_mutex_unlock(&s->lock);
    return book;
}

static void *follow(void *arg)
{
    struct follower *f = arg;
    unsigned seen = atomic_load(&f->shared->generation);
    struct ff_rulebook *book = take(f->shared);
    struct ff_judge *judge = ff_judge_new(book);
    ff_rulebook_drop(book);
    while (judge && seen < SWAPS) {
        unsigned now = atomic_load(&f->shared->generation);
        if (now != seen) {
            book = take(f->shared);
            f->stale += !ff_judge_swap(judge, book);
            ff_rulebook_drop(book);
            seen = now;
        }
        uint32_t version = ask(judge, "user unknown", 1).ruleset_version;
        for (int i = 0; i < 20; i++)
            f->mixed += ask(judge, i % 2 ? "user unknown" : "mailbox full", 1).ruleset_version != version;
        f->asked += 21;
        (void)ff_rule_names_count(f->shared->names);
    }
    ff_judge_counts(judge, &f->counts);
    ff_judge_free(judge);
    return NULL;
}

static void threads(void)
{
    static struct follower followers[THREADS];
    static struct ff_judge_counts all;
    struct shared s = {.lock = PTHREAD_MUTEX_INITIALIZER, .names = ff_rule_names_new()};
    const char *const texts[] = {plain, other, longer};
    uint64_t sum = 0, asked = 0;
    CASE("threads follow while rules change under them: no batch is mixed, no failure is lost");
    s.book = book_of(s.names, plain, other);
    for (size_t i = 0; i < THREADS; i++) {
        followers[i].shared = &s;
        if (pthread_create(&followers[i].thread, NULL, follow, &followers[i]) != 0)
            abort();
    }
    for (unsigned i = 1; i <= SWAPS; i++) {
        struct ff_rulebook *book = book_of(s.names, texts[i % 3], i % 2 ? texts[(i + 1) % 3] : NULL), *old;
        pthread_mutex_lock(&s.lock);
        old = s.book;
        s.book = book;
        pthread_mutex_unlock(&s.lock);
        ff_rulebook_drop(old);
        atomic_store(&s.generation, i);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(followers[i].thread, NULL);
        ff_judge_counts_add(&all, &followers[i].counts);
        CHECK_INT(followers[i].mixed + followers[i].stale, 0);
        asked += followers[i].asked;
    }
    for (size_t i = 0; i < FF_RULE_NAMES_MAX; i++)
        sum += all.rules[i];
    CHECK_INT(sum, asked);
    CHECK_INT(all.classifier.replies, asked);
    ff_rulebook_drop(s.book);
    ff_rule_names_free(s.names);
}

int main(void)
{
    rule_counts();
    too_many_names();
    versions();
    shadow_mode();
    shadow_rows();
    threads();
    return test_end();
}
