/* classify_bench.c: what one reply costs: masking alone, a known template, an unknown one, the rules at start.
 *
 * Floor: XXH3 over the bytes of the same replies, below which no table look-up can go. Peers, in the same run:
 * Vectorscan over all literals of the same rules, and the same rules' phrases as one alternation of PCRE2 with its JIT,
 * both on text that is masked already. The replies of a round fit into a second-level cache, as a decoded block does.
 * One row tells the clock: a shared machine runs at half of it as often as not.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "bench/allocations.h"
#include "bench/bench.h"
#include "bench/reply_mix.h"
#include "classify/judge/verdict_table.h"
#include "classify/mask/mask.h"
#include "classify/ruleset/rules_int.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define REPLIES 1000
#define ROUNDS 20
#define LOOKUPS 2000000
#define KNOWN_NS_MAX 60.0
#define UNKNOWN_NS_MAX 500.0
#define PCRE_PARTS_MAX 256

static uint64_t allocations_before; /* allocations_count() when the run at hand began */

struct run {
    struct ff_ruleset *rules;
    struct ff_classifier *classifier;
    struct reply_mix mix;
    struct ff_slice *masked; /* of each reply */
    uint8_t *masked_bytes;
    size_t slots;
    enum ff_mask_path path;
    hs_database_t *literals; /* all of them */
    hs_scratch_t *scratch;
    pcre2_code *pcre[PCRE_PARTS_MAX];
    pcre2_match_data *match;
    size_t pcre_parts;
};

static struct ff_masked masked;

static struct ff_mask_context context_of(const struct run *r, const struct ff_reply *reply)
{
    return (struct ff_mask_context){.hosts = &r->rules->hosts,
                                    .kept = ff_ruleset_kept(r->rules),
                                    .sending_ip = reply->sending_ip,
                                    .mail_from = reply->mail_from,
                                    .recipient = reply->recipient,
                                    .code = reply->code,
                                    .enhanced = reply->enhanced};
}

static struct ff_slice text_of(const struct ff_reply *reply)
{
    return reply->raw.len ? reply->raw : reply->text;
}

static uint64_t mask_all(void *ctx)
{
    const struct run *r = ctx;
    uint64_t sum = 0;
    for (size_t k = 0; k < ROUNDS * r->mix.count; k++) {
        const struct ff_reply *reply = &r->mix.replies[k % r->mix.count];
        struct ff_mask_context c = context_of(r, reply);
        ff_mask_by(r->path, &c, text_of(reply), &masked);
        sum += masked.len + masked.buf[masked.len / 2];
    }
    return sum;
}

static uint64_t hash_all(void *ctx)
{
    const struct run *r = ctx;
    uint64_t sum = 0;
    for (size_t k = 0; k < ROUNDS * r->mix.count; k++) {
        struct ff_slice text = text_of(&r->mix.replies[k % r->mix.count]);
        sum += XXH3_64bits(text.ptr, text.len);
    }
    return sum;
}

static uint64_t classify_all(const struct run *r, bool templates)
{
    uint64_t sum = 0;
    struct ff_verdict v;
    for (size_t i = 0; i < r->mix.count; i++) {
        if (ff_classify(r->classifier, &r->mix.replies[i], &v) != FF_OK)
            abort();
        sum += v.category * 1000u + v.confidence + (templates ? v.template_id : 0) + v.rule.len;
    }
    return sum;
}

static uint64_t classify_once(void *ctx)
{
    return classify_all(ctx, true);
}

/** The same for replies whose words change, and with them their templates. */
static uint64_t classify_renewed(void *ctx)
{
    return classify_all(ctx, false);
}

static uint64_t classify_rounds(void *ctx)
{
    uint64_t sum = 0;
    for (int k = 0; k < ROUNDS; k++)
        sum += classify_once(ctx);
    return sum;
}

static void forget(void *ctx)
{
    struct run *r = ctx;
    ff_classifier_free(r->classifier);
    r->classifier = ff_classifier_new(r->rules, r->slots);
    if (!r->classifier)
        exit(70);
    allocations_before = allocations_count();
}

static int count_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
    (void)from;
    (void)flags;
    *(uint64_t *)arg += id + to;
    return 0;
}

static uint64_t scan_all(void *ctx)
{
    const struct run *r = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < r->mix.count; i++)
        (void)hs_scan(r->literals, (const char *)r->masked[i].ptr, (unsigned)r->masked[i].len, 0, r->scratch,
                      count_literal, &sum);
    return sum;
}

static void compile_literals(struct run *r)
{
    uint32_t n = r->rules->literal_count;
    const char **texts = calloc(n, sizeof *texts);
    size_t *lens = calloc(n, sizeof *lens);
    unsigned *ids = calloc(n, sizeof *ids), *flags = calloc(n, sizeof *flags);
    hs_compile_error_t *why;
    if (!texts || !lens || !ids || !flags)
        exit(70);
    for (uint32_t i = 0; i < n; i++) {
        texts[i] = (const char *)r->rules->literals[i].text.ptr;
        lens[i] = r->rules->literals[i].text.len;
        ids[i] = i;
    }
    if (hs_compile_lit_multi(texts, flags, ids, lens, n, HS_MODE_BLOCK, NULL, &r->literals, &why) != HS_SUCCESS ||
        hs_alloc_scratch(r->literals, &r->scratch) != HS_SUCCESS)
        exit(70);
    free(texts);
    free(lens);
    free(ids);
    free(flags);
}

static uint64_t compile_again(void *ctx)
{
    struct run *r = ctx;
    size_t size;
    hs_free_database(r->literals);
    hs_free_scratch(r->scratch);
    r->scratch = NULL;
    compile_literals(r);
    if (hs_database_size(r->literals, &size) != HS_SUCCESS)
        exit(70);
    return size;
}

static uint64_t pcre_all(void *ctx)
{
    const struct run *r = ctx;
    uint64_t hits = 0;
    for (size_t i = 0; i < r->mix.count; i++) {
        bool hit = false;
        for (size_t k = 0; k < r->pcre_parts && !hit; k++)
            hit = pcre2_jit_match(r->pcre[k], r->masked[i].ptr, r->masked[i].len, 0, 0, r->match, NULL) >= 0;
        hits += hit;
    }
    return hits;
}

/* ---- the rules as regular expressions --------------------------------------------------------------------------- */

static void put_quoted(FILE *f, struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        fprintf(f, strchr(".#*+?", s.ptr[i]) ? "\\%c" : "%c", s.ptr[i]);
}

/** All literals of a group, those behind another part without their leading blank. */
static void put_group(FILE *f, const struct ff_ruleset *rules, unsigned group, bool follows)
{
    const char *bar = "(?:";
    for (uint32_t i = 0; i < rules->literal_count; i++) {
        const struct ff_literal *lit = &rules->literals[i];
        for (uint32_t k = 0; k < lit->group_count; k++)
            if (rules->literal_groups[lit->group_first + k] == group) {
                fputs(bar, f);
                put_quoted(f,
                           follows && lit->text.ptr[0] == ' ' ? ff_slice_sub(lit->text, 1, lit->text.len) : lit->text);
                bar = "|";
            }
    }
    fputs(")", f);
}

static char *phrase_regex(const struct ff_ruleset *rules, const struct ff_phrase *ph)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        exit(70);
    for (unsigned k = 0; k < ph->count; k++) {
        if (k)
            fprintf(f, "(?:[^ ]* ){0,%u}", ph->element[k].gap_words);
        put_group(f, rules, ph->element[k].group, k > 0);
    }
    fclose(f);
    return text;
}

static pcre2_code *compile(const char *pattern)
{
    int why;
    size_t at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &why, &at, NULL);
    if (code && pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0) {
        pcre2_code_free(code);
        code = NULL;
    }
    return code;
}

/** As few alternations as the library's limit on the size of one allows. */
static void compile_pcre(struct run *r)
{
    const size_t room = 30000;
    char *all = malloc(2 * room);
    size_t used = 0;
    r->match = pcre2_match_data_create(4, NULL);
    if (!all || !r->match)
        exit(70);
    for (uint32_t i = 0; i <= r->rules->phrase_count; i++) {
        char *one = i < r->rules->phrase_count && r->rules->phrases[i].role == FF_ROLE_ANY
                        ? phrase_regex(r->rules, &r->rules->phrases[i])
                        : NULL;
        size_t len = one ? strlen(one) : 0;
        if (used && (i == r->rules->phrase_count || used + len + 2 > room)) {
            all[used] = 0;
            r->pcre[r->pcre_parts] = compile(all);
            if (!r->pcre[r->pcre_parts] || ++r->pcre_parts == PCRE_PARTS_MAX) {
                fprintf(stderr, "PCRE2 does not take part %zu of the rules (at most %d)\n", r->pcre_parts,
                        PCRE_PARTS_MAX);
                exit(70);
            }
            used = 0;
        }
        if (one && len < room) {
            if (used)
                all[used++] = '|';
            memcpy(all + used, one, len);
            used += len;
        }
        free(one);
    }
    free(all);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static void keep_masked(struct run *r)
{
    r->masked = calloc(r->mix.count, sizeof *r->masked);
    r->masked_bytes = malloc(r->mix.count * 1024);
    if (!r->masked || !r->masked_bytes)
        exit(70);
    uint8_t *at = r->masked_bytes;
    for (size_t i = 0; i < r->mix.count; i++) {
        struct ff_mask_context c = context_of(r, &r->mix.replies[i]);
        ff_mask(&c, text_of(&r->mix.replies[i]), &masked);
        memcpy(at, masked.buf, masked.len);
        r->masked[i] = ff_slice_of(at, masked.len);
        at += masked.len;
    }
}

static struct ff_classifier_stats stats_of(const struct run *r)
{
    struct ff_classifier_stats s;
    ff_classifier_stats(r->classifier, &s);
    return s;
}

static void say(const char *name, const char *metric, double value, const char *unit)
{
    bench_print(name, metric, (struct bench_result){.best_ns = value, .median_ns = value}, unit, NULL, 0);
}

static void measure_known(struct run *r, const char *name, enum mix_form form)
{
    char label[64], metric[64];
    snprintf(label, sizeof label, "classify/%s", name);
    reply_mix_init(&r->mix, REPLIES, form);
    r->slots = 0;
    forget(r);
    struct bench_result floor = bench_measure("xxh3", NULL, hash_all, r, ROUNDS * REPLIES);
    say(label, "reply_size", (double)r->mix.bytes / REPLIES, "bytes");
    say(label, "shapes", (double)r->mix.shapes, "");
    for (enum ff_mask_path path = FF_MASK_SCALAR; path < FF_MASK_PATH_COUNT; path++) {
        if (!ff_mask_path_runs(path))
            continue;
        r->path = path;
        snprintf(metric, sizeof metric, "cpu_mask_only_%s", ff_mask_path_name(path));
        bench_print(label, metric, bench_measure(metric, NULL, mask_all, r, ROUNDS * REPLIES), "ns",
                    "XXH3 of the same bytes", floor.best_ns);
    }
    (void)classify_once(r); /* what follows is known */
    struct ff_classifier_stats before = stats_of(r);
    struct bench_result known = bench_measure("known", NULL, classify_rounds, r, ROUNDS * REPLIES);
    struct ff_classifier_stats after = stats_of(r);
    if (after.table_misses != before.table_misses || allocations_count() != allocations_before) {
        fprintf(stderr, "classify/known: %llu misses, %llu allocations\n",
                (unsigned long long)(after.table_misses - before.table_misses),
                (unsigned long long)(allocations_count() - allocations_before));
        exit(1);
    }
    say(label, "templates", (double)before.table_misses, "");
    bench_print(label, "cpu_per_known_reply", known, "ns", "XXH3 of the same bytes", floor.best_ns);
    if (form != MIX_JOINED) /* the goal is for 90 bytes */
        bench_print(label, "cpu_per_known_reply", known, "ns", "goal", KNOWN_NS_MAX);
    say(label, "allocations_per_reply", 0, "");
    reply_mix_fini(&r->mix);
}

/** Other words in the places of those that no reply had before. */
static void renew(void *ctx)
{
    struct run *r = ctx;
    for (size_t i = 0; i < r->mix.count; i++)
        reply_mix_renew(&r->mix, i);
}

static void check_path(const struct run *r, const char *name, bool ok)
{
    struct ff_classifier_stats s = stats_of(r);
    if (ok && allocations_count() == allocations_before)
        return;
    fprintf(stderr, "%s: %llu replies, %llu misses, %llu of them by skeleton, %llu allocations\n", name,
            (unsigned long long)s.replies, (unsigned long long)s.table_misses, (unsigned long long)s.skeleton_hits,
            (unsigned long long)(allocations_count() - allocations_before));
    exit(1);
}

/** Wordings that were judged before, each time with a word that no rule knows and no reply had. */
static void measure_new_words(struct run *r)
{
    r->slots = 65536;
    forget(r);
    (void)classify_once(r);
    struct ff_classifier_stats before = stats_of(r);
    allocations_before = allocations_count();
    struct bench_result words = bench_measure("new words", renew, classify_renewed, r, REPLIES);
    struct ff_classifier_stats s = stats_of(r);
    uint64_t replies = s.replies - before.replies, misses = s.table_misses - before.table_misses;
    uint64_t skeletons = s.skeleton_hits - before.skeleton_hits;
    check_path(r, "classify/new_words", misses - skeletons < replies / 1000); /* hardly any was judged */
    bench_print("classify/new_words", "cpu_per_reply", words, "ns", "goal", UNKNOWN_NS_MAX);
    say("classify/new_words", "known_by_outline", 100 * (double)(replies - misses) / (double)replies, "%");
    say("classify/new_words", "known_by_skeleton", 100 * (double)skeletons / (double)replies, "%");
}

/** Judged from the first word to the last: the table is too small to know anything. */
static void measure_unknown(struct run *r)
{
    reply_mix_init(&r->mix, REPLIES, MIX_NEW);
    measure_new_words(r);
    r->slots = FF_TABLE_SLOTS_MIN;
    struct bench_result unknown = bench_measure("unknown", forget, classify_once, r, REPLIES);
    struct ff_classifier_stats s = stats_of(r);
    check_path(r, "classify/unknown", s.table_misses - s.skeleton_hits > REPLIES - REPLIES / 20);
    keep_masked(r);
    compile_literals(r);
    struct bench_result compiled = bench_measure("compile", NULL, compile_again, r, 1);
    struct bench_result scan = bench_measure("scan", NULL, scan_all, r, REPLIES);
    compile_pcre(r);
    struct bench_result pcre = bench_measure("pcre", NULL, pcre_all, r, REPLIES);
    bench_print("classify/unknown", "cpu_per_unknown_reply", unknown, "ns", "Vectorscan over the same literals",
                scan.best_ns);
    bench_print("classify/unknown", "cpu_per_unknown_reply", unknown, "ns",
                "PCRE2 JIT, the same rules as an alternation", pcre.best_ns);
    bench_print("classify/unknown", "cpu_per_unknown_reply", unknown, "ns", "goal", UNKNOWN_NS_MAX);
    say("classify/unknown", "pcre_parts", (double)r->pcre_parts, "");
    say("classify/unknown", "pcre_hits", (double)pcre_all(r), "of 1000");
    say("classify/unknown", "allocations_per_reply", 0, "");
    say("classify/load", "cpu_vectorscan_compile", compiled.best_ns / 1e6, "ms");
    free(r->masked);
    free(r->masked_bytes);
    reply_mix_fini(&r->mix);
    for (size_t i = 0; i < r->pcre_parts; i++)
        pcre2_code_free(r->pcre[i]);
    pcre2_match_data_free(r->match);
    hs_free_scratch(r->scratch);
    hs_free_database(r->literals);
}

/* ---- one table for each thread, or one for both ----------------------------------------------------------------- */

struct table_user {
    struct ff_verdict_table *table;
    uint64_t found;
};

/** Templates as they come: few come often. */
static uint64_t template_key(uint64_t x)
{
    uint64_t rank = (x >> 40) * (x >> 40) >> 36; /* 0..4095 */
    return (rank + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void *look_up(void *arg)
{
    struct table_user *u = arg;
    uint64_t x = 7;
    struct ff_known k;
    for (int i = 0; i < LOOKUPS; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        if (ff_verdict_table_find(u->table, template_key(x), &k))
            u->found++;
        else
            (void)ff_verdict_table_put(u->table, template_key(x), (struct ff_known){.category = 1});
    }
    return NULL;
}

static uint64_t two_threads(void *ctx)
{
    struct table_user *u = ctx;
    pthread_t other;
    u[0].found = u[1].found = 0;
    if (pthread_create(&other, NULL, look_up, &u[1]))
        exit(70);
    (void)look_up(&u[0]);
    pthread_join(other, NULL);
    return u[0].found && u[1].found; /* how often each was first is not the same twice */
}

static void measure_table(void)
{
    struct ff_verdict_table a, b;
    if (!ff_verdict_table_init(&a, 0) || !ff_verdict_table_init(&b, 0))
        exit(70);
    struct table_user own[2] = {{&a, 0}, {&b, 0}}, shared[2] = {{&a, 0}, {&a, 0}};
    struct bench_result of_own = bench_measure("own", NULL, two_threads, own, 2 * LOOKUPS);
    struct bench_result of_both = bench_measure("shared", NULL, two_threads, shared, 2 * LOOKUPS);
    bench_print("classify/table", "cpu_lookup_shared_by_two", of_both, "ns", "a table each", of_own.best_ns);
    ff_verdict_table_fini(&a);
    ff_verdict_table_fini(&b);
}

/** Additions that wait for each other, in thousands of millions a second: the clock this run had. */
static uint64_t add_up(void *ctx)
{
    uint64_t x = *(const uint64_t *)ctx;
    for (int i = 0; i < 1000000; i++) {
        x += 3;
        __asm__ volatile("" : "+r"(x)); /* one after the other, not all at once */
    }
    return x;
}

static void say_clock(void)
{
    uint64_t from = 1;
    struct bench_result r = bench_measure("clock", NULL, add_up, &from, 1000000);
    bench_print("classify/clock", "dependent_additions",
                (struct bench_result){.best_ns = 1 / r.best_ns, .median_ns = 1 / r.median_ns}, "per ns", NULL, 0);
}

/* ---- start ------------------------------------------------------------------------------------------------------ */

static uint64_t load(void *ctx)
{
    struct run *r = ctx;
    char message[300];
    ff_ruleset_free(r->rules);
    if (ff_ruleset_load(ff_slice_of(NULL, 0), NULL, &r->rules, message, sizeof message) != FF_OK)
        exit(70);
    return r->rules->literal_count;
}

int main(void)
{
    static struct run r;
    bench_print_machine();
    struct bench_result start = bench_measure("load", NULL, load, &r, 1);
    bench_print("classify/load", "cpu_rules_compiled",
                (struct bench_result){.best_ns = start.best_ns / 1e6, .median_ns = start.median_ns / 1e6}, "ms", "goal",
                1000);
    say("classify/load", "rules", r.rules->rule_count, "");
    say("classify/load", "literals", r.rules->literal_count, "");
    say("classify/load", "phrases", r.rules->phrase_count, "");
    say_clock();
    measure_table();
    measure_known(&r, "event", MIX_EVENT);
    measure_known(&r, "raw", MIX_RAW);
    measure_known(&r, "joined", MIX_JOINED);
    measure_unknown(&r);
    ff_classifier_free(r.classifier);
    ff_ruleset_free(r.rules);
    return 0;
}
