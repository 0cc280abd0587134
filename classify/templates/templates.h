/* templates.h: which wordings come most often: replies counted by their masked text, in bounded memory.
 *
 * A Space-Saving summary (Metwally, Agrawal, El Abbadi, 2005) of `counters` entries. A reply whose wording has an entry
 * is counted there; another one takes the entry with the lowest count, inherits that count, and remembers it as its
 * error. With N replies counted and k counters, always:
 *   - count - error <= true number of replies <= count, and error <= N / k, for every entry;
 *   - every wording that came more than N / k times has an entry.
 * The key is (template, category): one wording may get several verdicts, since codes and stage are no part of it.
 */
#ifndef FF_CLASSIFY_TEMPLATES_H
#define FF_CLASSIFY_TEMPLATES_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_TEMPLATES_COUNTERS_DEFAULT 4096u
#define FF_TEMPLATES_COUNTERS_MAX (1u << 20)
#define FF_TEMPLATE_TEXT_MAX 600    /* bytes kept of the masked text */
#define FF_TEMPLATE_SAMPLE_MAX 1000 /* bytes kept of the sample reply */
#define FF_TEMPLATE_CODES_MAX 6
#define FF_TEMPLATE_PROVIDERS_MAX 6

/** One wording. What is not the count was learnt while it had its entry: after an eviction it begins afresh. */
struct ff_template {
    uint64_t id;               /* Verdict.template_id */
    uint64_t count;            /* at least the true number */
    uint64_t error;            /* ... and at most this much over it */
    int64_t first_us, last_us; /* lowest and highest event time seen; 0: no reply had one */
    uint32_t category, action;
    uint32_t confidence; /* the lowest seen */
    bool suppress;       /* of any reply seen */
    uint8_t code_count, provider_count;
    bool more_codes, more_providers; /* there were others than those kept */
    bool cut;                        /* the sample is the beginning of a longer reply */
    uint16_t text_len, sample_len;
    uint32_t code[FF_TEMPLATE_CODES_MAX], enhanced[FF_TEMPLATE_CODES_MAX]; /* pairs; 0: none */
    struct ff_slice provider[FF_TEMPLATE_PROVIDERS_MAX];                   /* live as long as the rule set */
    struct ff_slice rule;                                                  /* likewise; that of the first reply */
    uint8_t text[FF_TEMPLATE_TEXT_MAX];     /* the masked text in the words of a rules file: "<addr>", "<host>"
                                               (docs/classifier.md) */
    uint8_t sample[FF_TEMPLATE_SAMPLE_MAX]; /* the first reply on one line, code first, control bytes as blanks: of the
                                               same wording, but where one stood between quotes or angle brackets */
};

/** Below this confidence a verdict rests on a bare code, on wording that names no cause, or on evidence in conflict. */
#define FF_SURE_DEFAULT 40u

/** Would a better rule be worth writing for a failure with this verdict? */
static inline bool ff_verdict_is_unsure(const struct ff_verdict *v, uint64_t sure)
{
    return v->category == FF_UNCLASSIFIED || v->category == FF_AMBIGUOUS || v->confidence < sure;
}

struct ff_templates;

/** @param counters  0: the default; at most FF_TEMPLATES_COUNTERS_MAX. About 1.9 KiB each. NULL when memory is short.
 */
FF_MUST_CHECK struct ff_templates *ff_templates_new(size_t counters);
void ff_templates_free(struct ff_templates *t);

/**
 * Counts one reply.
 * @param c        the classifier that judged it (asked once more when the wording is new)
 * @param time_us  event time; 0: not known
 * Cost: O(1) for a wording that comes often, at most O(log counters); one explanation (past the verdict table) for one
 * that has no entry. No allocation.
 */
void ff_templates_add(struct ff_templates *t, struct ff_classifier *c, const struct ff_reply *reply,
                      const struct ff_verdict *v, int64_t time_us);

/**
 * Adds what another summary counted: for programs that count on several threads or machines (docs/templates.md);
 * fivefifty itself counts on one. The bounds above hold for the merged one with N of both, however often it is merged
 * (Cafaro, Pulimeno, Tempesta, 2016: an entry that one side lacks gets that side's lowest count on top, the `counters`
 * highest stay).
 * @param other  with as many counters; unchanged
 * @return FF_OK; FF_ERR_RANGE: another number of counters; FF_ERR_NOMEM (t is unchanged)
 */
FF_MUST_CHECK enum ff_err ff_templates_merge(struct ff_templates *t, const struct ff_templates *other);

/** Replies counted. */
uint64_t ff_templates_total(const struct ff_templates *t);
/** The bound of every error: no wording without an entry came more often than this. 0 while nothing was evicted. */
uint64_t ff_templates_error_max(const struct ff_templates *t);
size_t ff_templates_count(const struct ff_templates *t);
/** The entry with the index-th highest count (ties: lower id first); valid until the next call that is not ..._nth().
 * The first call after a change sorts. */
const struct ff_template *ff_templates_nth(struct ff_templates *t, size_t index);

#ifdef __cplusplus
}
#endif
#endif
