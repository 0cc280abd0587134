/* classify_bench.c: what one reply costs: masking alone, a known template, an unknown one, the rules at start.
 *
 * Floor: XXH3 over the bytes of the same replies, below which no table look-up can go. Peers, in the same run: Vectorscan over
 * all literals of the same rules, and the same rules' phrases as one alternation of PCRE2 with its JIT, both on text that is
 * masked already.
 */
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "bench/bench.h"
#include "bench/reply_mix.h"
#include "classify/mask.h"
#include "classify/rules_int.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define REPLIES 20000
#define KNOWN_NS_MAX 60.0
#define UNKNOWN_NS_MAX 500.0
#define PCRE_PARTS_MAX 64

/* Allocations of our libraries: the linker sends them here. */
static size_t allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}
void *__wrap_calloc(size_t n, size_t size)
{
    allocations++;
    return __real_calloc(n, size);
}
void *__wrap_realloc(void *p, size_t size)
{
    allocations++;
    return __real_realloc(p, size);
}

struct run {
    struct ff_ruleset *rules;
    struct ff_classifier *classifier;
    struct reply_mix mix;
    struct ff_slice *masked; /* of each reply */
    uint8_t *masked_bytes;
    size_t slots;
    hs_scratch_t *scratch;
    pcre2_code *pcre[PCRE_PARTS_MAX];
    pcre2_match_data *match;
    size_t pcre_parts;
};

static struct ff_masked masked;

static struct ff_mask_context context_of(const struct run *r, const struct ff_reply *reply)
{
    return (struct ff_mask_context){.hosts = &r->rules->hosts, .sending_ip = reply->sending_ip, .mail_from = reply->mail_from,
                                    .recipient = reply->recipient, .code = reply->code, .enhanced = reply->enhanced};
}

static struct ff_slice text_of(const struct ff_reply *reply)
{
    return reply->raw.len ? reply->raw : reply->text;
}

static uint64_t mask_all(void *ctx)
{
    const struct run *r = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < r->mix.count; i++) {
        struct ff_mask_context c = context_of(r, &r->mix.replies[i]);
        ff_mask(&c, text_of(&r->mix.replies[i]), &masked);
        sum += masked.len + masked.buf[masked.len / 2];
    }
    return sum;
}

static uint64_t hash_all(void *ctx)
{
    const struct run *r = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < r->mix.count; i++)
        sum += XXH3_64bits(text_of(&r->mix.replies[i]).ptr, text_of(&r->mix.replies[i]).len);
    return sum;
}

static uint64_t classify_all(void *ctx)
{
    struct run *r = ctx;
    uint64_t sum = 0;
    struct ff_verdict v;
    for (size_t i = 0; i < r->mix.count; i++) {
        if (ff_classify(r->classifier, &r->mix.replies[i], &v) != FF_OK)
            abort();
        sum += v.category * 1000u + v.confidence + v.template_id + v.rule.len;
    }
    return sum;
}

static void forget(void *ctx)
{
    struct run *r = ctx;
    ff_classifier_free(r->classifier);
    r->classifier = ff_classifier_new(r->rules, r->slots);
    if (!r->classifier)
        exit(70);
    allocations = 0;
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
        (void)hs_scan(r->rules->db, (const char *)r->masked[i].ptr, (unsigned)r->masked[i].len, 0, r->scratch, count_literal, &sum);
    return sum;
}

static uint64_t pcre_all(void *ctx)
{
    const struct run *r = ctx;
    uint64_t hits = 0;
    for (size_t i = 0; i < r->mix.count; i += 20) { /* it is slow: a twentieth of the replies */
        bool hit = false;
        for (size_t k = 0; k < r->pcre_parts && !hit; k++)
            hit = pcre2_jit_match(r->pcre[k], r->masked[i].ptr, r->masked[i].len, 0, 0, r->match, NULL) >= 0;
        hits += hit;
    }
    return hits;
}

/* ---- the rules as regular expressions ------------------------------------------------------------------------------- */

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
                put_quoted(f, follows && lit->text.ptr[0] == ' ' ? ff_slice_sub(lit->text, 1, lit->text.len) : lit->text);
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
        char *one = i < r->rules->phrase_count && r->rules->phrases[i].role == FF_ROLE_ANY ? phrase_regex(r->rules, &r->rules->phrases[i]) : NULL;
        size_t len = one ? strlen(one) : 0;
        if (used && (i == r->rules->phrase_count || used + len + 2 > room)) {
            all[used] = 0;
            r->pcre[r->pcre_parts] = compile(all);
            if (!r->pcre[r->pcre_parts] || ++r->pcre_parts == PCRE_PARTS_MAX)
                exit(70);
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

/* ---- rows ----------------------------------------------------------------------------------------------------------- */

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
    bench_print(name, metric, (struct bench_result){value, value}, unit, NULL, 0);
}

static void measure_known(struct run *r, const char *name, enum mix_form form)
{
    char label[64];
    reply_mix_init(&r->mix, REPLIES, form);
    r->slots = 0;
    forget(r);
    struct bench_result floor = bench_measure("xxh3", NULL, hash_all, r, REPLIES);
    struct bench_result mask = bench_measure("mask", NULL, mask_all, r, REPLIES);
    (void)classify_all(r); /* what follows is known */
    struct ff_classifier_stats before = stats_of(r);
    struct bench_result known = bench_measure("known", NULL, classify_all, r, REPLIES);
    struct ff_classifier_stats after = stats_of(r);
    if (after.table_misses != before.table_misses || allocations) {
        fprintf(stderr, "classify/known: %llu misses, %zu allocations\n", (unsigned long long)(after.table_misses - before.table_misses), allocations);
        exit(1);
    }
    snprintf(label, sizeof label, "classify/%s", name);
    say(label, "reply_size", (double)r->mix.bytes / REPLIES, "bytes");
    say(label, "shapes", (double)r->mix.shapes, "");
    say(label, "templates", (double)before.table_misses, "");
    bench_print(label, "cpu_mask_only", mask, "ns", "XXH3 of the same bytes", floor.best_ns);
    bench_print(label, "cpu_per_known_reply", known, "ns", "XXH3 of the same bytes", floor.best_ns);
    bench_print(label, "cpu_per_known_reply", known, "ns", "goal", KNOWN_NS_MAX);
    say(label, "allocations_per_reply", 0, "");
    reply_mix_fini(&r->mix);
}

static void measure_unknown(struct run *r)
{
    reply_mix_init(&r->mix, REPLIES, MIX_NEW);
    r->slots = 1024;
    struct bench_result unknown = bench_measure("unknown", forget, classify_all, r, REPLIES);
    struct ff_classifier_stats s = stats_of(r);
    if (s.table_hits || allocations) {
        fprintf(stderr, "classify/unknown: %llu hits, %zu allocations\n", (unsigned long long)s.table_hits, allocations);
        exit(1);
    }
    keep_masked(r);
    if (hs_alloc_scratch(r->rules->db, &r->scratch) != HS_SUCCESS)
        exit(70);
    struct bench_result scan = bench_measure("scan", NULL, scan_all, r, REPLIES);
    compile_pcre(r);
    struct bench_result pcre = bench_measure("pcre", NULL, pcre_all, r, REPLIES / 20);
    bench_print("classify/unknown", "cpu_per_unknown_reply", unknown, "ns", "Vectorscan over the same literals", scan.best_ns);
    bench_print("classify/unknown", "cpu_per_unknown_reply", unknown, "ns", "PCRE2 JIT, the same rules as an alternation", pcre.best_ns);
    bench_print("classify/unknown", "cpu_per_unknown_reply", unknown, "ns", "goal", UNKNOWN_NS_MAX);
    say("classify/unknown", "pcre_parts", (double)r->pcre_parts, "");
    say("classify/unknown", "pcre_hits", (double)pcre_all(r), "of 1000");
    say("classify/unknown", "allocations_per_reply", 0, "");
    free(r->masked);
    free(r->masked_bytes);
    reply_mix_fini(&r->mix);
    for (size_t i = 0; i < r->pcre_parts; i++)
        pcre2_code_free(r->pcre[i]);
    pcre2_match_data_free(r->match);
    hs_free_scratch(r->scratch);
}

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
    bench_print("classify/load", "cpu_rules_compiled", (struct bench_result){start.best_ns / 1e6, start.median_ns / 1e6}, "ms", "goal", 1000);
    say("classify/load", "rules", r.rules->rule_count, "");
    say("classify/load", "literals", r.rules->literal_count, "");
    say("classify/load", "phrases", r.rules->phrase_count, "");
    measure_known(&r, "event", MIX_EVENT);
    measure_known(&r, "raw", MIX_RAW);
    measure_unknown(&r);
    ff_classifier_free(r.classifier);
    ff_ruleset_free(r.rules);
    return 0;
}
