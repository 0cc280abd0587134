/* judge.c: see judge.h. */
#include "ingest/pipeline/judge.h"

#include <stdlib.h>

struct ff_judge {
    struct ff_rulebook *book;
    struct ff_classifier *live, *shadow; /* shadow NULL: the rulebook has none */
    struct ff_shadow *differences;       /* made with the first shadow rules, kept when they go */
    struct ff_classifier_stats former;   /* of classifiers that were replaced */
    uint64_t rules[FF_RULE_NAMES_MAX];
};

struct ff_judge *ff_judge_new(struct ff_rulebook *book)
{
    struct ff_judge *j = calloc(1, sizeof *j);
    if (!j || ff_judge_swap(j, book))
        return j;
    ff_judge_free(j); /* it may have got its table of differences */
    return NULL;
}

void ff_judge_free(struct ff_judge *j)
{
    if (!j)
        return;
    ff_classifier_free(j->live);
    ff_classifier_free(j->shadow);
    ff_shadow_free(j->differences);
    ff_rulebook_drop(j->book);
    free(j);
}

static void add_stats(struct ff_classifier_stats *a, const struct ff_classifier_stats *b)
{
    a->replies += b->replies;
    a->table_hits += b->table_hits;
    a->table_misses += b->table_misses;
    a->table_evictions += b->table_evictions;
    a->skeleton_hits += b->skeleton_hits;
}

static void add_stats_of(struct ff_classifier_stats *a, const struct ff_classifier *c)
{
    struct ff_classifier_stats b;
    if (!c)
        return;
    ff_classifier_stats(c, &b);
    add_stats(a, &b);
}

bool ff_judge_swap(struct ff_judge *j, struct ff_rulebook *book)
{
    /* Everything that may fail comes first: half a change would be two rule sets at once. */
    struct ff_classifier *live = ff_classifier_new(book->live, 0);
    struct ff_classifier *shadow = book->shadow ? ff_classifier_new(book->shadow, 0) : NULL;
    if (book->shadow && !j->differences)
        j->differences = ff_shadow_new();
    if (!live || (book->shadow && (!shadow || !j->differences))) {
        ff_classifier_free(live);
        ff_classifier_free(shadow);
        return false;
    }
    if (j->differences)
        ff_shadow_restart(j->differences);
    add_stats_of(&j->former, j->live);
    ff_classifier_free(j->live);
    ff_classifier_free(j->shadow);
    ff_rulebook_drop(j->book);
    j->live = live;
    j->shadow = shadow;
    j->book = ff_rulebook_keep(book);
    return true;
}

static void ask_shadow(struct ff_judge *j, const struct ff_event *ev, const struct ff_verdict *v)
{
    struct ff_reply reply;
    struct ff_verdict other;
    ff_classify_event(j->shadow, ev, &other);
    ff_reply_of_event(ev, &reply);
    ff_shadow_compare(j->differences, j->live, &reply, v, &other);
}

void ff_judge_event(struct ff_judge *j, const struct ff_event *ev, struct ff_verdict *ret)
{
    ff_classify_event(j->live, ev, ret);
    if (!ff_kind_is_failure(ev->kind))
        return;
    j->rules[j->book->numbers[ret->rule_index]]++;
    if (j->shadow)
        ask_shadow(j, ev, ret);
}

const struct ff_shadow *ff_judge_shadow(const struct ff_judge *j)
{
    return j->differences;
}

void ff_judge_counts(const struct ff_judge *j, struct ff_judge_counts *ret)
{
    add_stats(&ret->classifier, &j->former);
    add_stats_of(&ret->classifier, j->live);
    if (j->differences)
        ff_shadow_counts_add(&ret->shadow, ff_shadow_counts(j->differences));
    for (size_t i = 0; i < FF_RULE_NAMES_MAX; i++)
        ret->rules[i] += j->rules[i];
}

void ff_judge_counts_add(struct ff_judge_counts *a, const struct ff_judge_counts *b)
{
    add_stats(&a->classifier, &b->classifier);
    ff_shadow_counts_add(&a->shadow, &b->shadow);
    for (size_t i = 0; i < FF_RULE_NAMES_MAX; i++)
        a->rules[i] += b->rules[i];
}
