/* shadow.h: shadow mode: what a second rule set would have said, compared with the one that decides, by volume.
 *
 * Counts are exact whatever happens: agreed + differed = failures compared. Beside them there is a table of the
 * differences, one row per (category, may suppress, action, rule) of both sides, with one reply as a sample. It is
 * bounded: what would need another row when FF_SHADOW_ROWS_MAX are in use is counted in `other`, and rows of rules
 * that were replaced are gone but for their sum, `earlier`. So differed = sum of the rows + other + earlier. Used by
 * one thread; nothing of it is published or acted upon.
 */
#ifndef FF_INGEST_SHADOW_H
#define FF_INGEST_SHADOW_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_SHADOW_ROWS_MAX 1024
#define FF_SHADOW_NAME_MAX 64
#define FF_SHADOW_TEXT_MAX 240

struct ff_shadow_counts {
    uint64_t agreed, differed;
    uint64_t suppress_more, suppress_less; /* differed: only the shadow rules would suppress; only the live ones do */
    uint64_t other, earlier;               /* differed, without a row */
    uint64_t by_pair[FF_CATEGORY_COUNT][FF_CATEGORY_COUNT]; /* differed, by category [live][shadow] */
};

/** What one of the rule sets said. */
struct ff_shadow_side {
    uint32_t category, action;
    bool suppress;
    uint8_t rule_len;
    uint8_t rule[FF_SHADOW_NAME_MAX]; /* longer names are cut */
};

struct ff_shadow_row {
    uint64_t count; /* 0: free */
    struct ff_shadow_side live, shadow;
    /* the first reply of this row */
    uint64_t template_id;
    uint32_t reply_code, enhanced_code;
    uint16_t masked_len, text_len;
    uint8_t masked[FF_SHADOW_TEXT_MAX]; /* as classify/mask/masked.h says */
    uint8_t text[FF_SHADOW_TEXT_MAX];   /* as it came */
};

struct ff_shadow;

/** About 1.4 MB. NULL when memory is short. */
FF_MUST_CHECK struct ff_shadow *ff_shadow_new(void);
void ff_shadow_free(struct ff_shadow *s);

/** Counts one failure. Verdicts agree when category, suppress and action are the same; the rule, the confidence and
 * the rest may differ.
 * @param live  classifier that made *live_verdict: shows what the masked reply looks like. Asked only for a new row
 * Cost: a few ns where they agree, a look-up where they differ; no allocation. */
void ff_shadow_compare(struct ff_shadow *s, struct ff_classifier *live, const struct ff_reply *reply,
                       const struct ff_verdict *live_verdict, const struct ff_verdict *shadow_verdict);
/** Other rules from now on. */
void ff_shadow_restart(struct ff_shadow *s);
const struct ff_shadow_counts *ff_shadow_counts(const struct ff_shadow *s);
void ff_shadow_counts_add(struct ff_shadow_counts *a, const struct ff_shadow_counts *b);
/** Adds what another thread found. */
void ff_shadow_merge(struct ff_shadow *to, const struct ff_shadow *from);

/**
 * The rows, most important first: would suppress more, would suppress less, the rest; the most frequent first among
 * those.
 * @param ret  room for FF_SHADOW_ROWS_MAX; they live until the next change
 * @return how many
 */
size_t ff_shadow_rows(const struct ff_shadow *s, const struct ff_shadow_row **ret);

#ifdef __cplusplus
}
#endif
#endif
