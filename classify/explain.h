/* explain.h: why a reply got its verdict: the masked text, the codes, and every rule that fired with its span. */
#ifndef FF_CLASSIFY_EXPLAIN_H
#define FF_CLASSIFY_EXPLAIN_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_EVIDENCE_MAX 128

struct ff_evidence {
    struct ff_slice rule;  /* its name */
    const char *layer;     /* "hint", "short", "veto", "listing", "table", "text", "vague", "prior" */
    uint32_t category;     /* FF_CATEGORY_NONE: a hint */
    uint32_t weight;
    struct ff_slice words; /* the part of the masked text it rests on; empty: codes alone */
    struct ff_slice file;  /* rules file and line of the rule */
    uint32_t line;
    uint32_t index;        /* of the rule */
    uint32_t start, end;   /* span in the masked text, its blanks included; 0, 0: codes alone */
};

struct ff_explanation {
    struct ff_verdict verdict;
    struct ff_slice masked; /* lives until the next call */
    uint32_t code, enhanced;
    size_t count;
    struct ff_evidence evidence[FF_EVIDENCE_MAX];
};

/** Like ff_classify(), past the verdict table, and keeps the evidence. */
enum ff_err ff_classify_explain(struct ff_classifier *c, const struct ff_reply *reply, struct ff_explanation *ret);

/** The stage names of the classify filter (docs/cli.md): connect helo starttls auth mail rcpt data end-of-data queue oob.
 * Sets what the name implies; false when it is none of them. */
FF_MUST_CHECK bool ff_reply_stage_parse(struct ff_slice name, uint32_t *ret_stage, uint32_t *ret_kind, uint32_t *ret_origin);
/** Origin names of the classify filter: remote local dsn. */
FF_MUST_CHECK bool ff_reply_origin_parse(struct ff_slice name, uint32_t *ret_origin);

#ifdef __cplusplus
}
#endif
#endif
