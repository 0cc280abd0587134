/* explain.h: why a reply got its verdict: the masked text, the codes, and every rule that fired with its span. */
#ifndef FF_CLASSIFY_EXPLAIN_H
#define FF_CLASSIFY_EXPLAIN_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_EVIDENCE_MAX 128

/** A rule that fired, and on what. */
struct ff_fired_rule {
    struct ff_slice rule;  /* its name */
    const char *layer;     /* "hint", "short", "veto", "listing", "table", "text", "vague", "prior" */
    uint32_t category;     /* FF_CATEGORY_NONE: a hint */
    uint32_t weight;
    struct ff_slice words; /* the part of the masked text it rests on; empty: codes alone */
    struct ff_slice file;  /* rules file and line of the rule */
    uint32_t line;
    uint32_t index;        /* of the rule */
    const char *where;     /* a hint that asks where its words stand: "before", "behind", "noun-follows"; else NULL */
    uint32_t start, end;   /* span in the masked text, its blanks included; 0, 0: codes alone */
};

struct ff_explanation {
    struct ff_verdict verdict;
    struct ff_slice masked; /* lives until the next call */
    uint32_t code, enhanced;
    bool address_unsure; /* nobody can see where an address ends, which alone keeps it from suppressing */
    size_t count;
    struct ff_fired_rule evidence[FF_EVIDENCE_MAX];
};

/** Like ff_classify(), past the verdict table, and keeps the evidence. */
enum ff_err ff_classify_explain(struct ff_classifier *c, const struct ff_reply *reply, struct ff_explanation *ret);

/* ---- reasons ----------------------------------------------------------------------------------------------------- */

/** What one piece of evidence did for the verdict. */
enum ff_part {
    FF_PART_DECIDES,
    FF_PART_AGREES,     /* same category, lighter */
    FF_PART_OUTWEIGHED, /* another category, lighter */
    FF_PART_VETOED,     /* does not count: the sender is the subject, the stage is too early, ... */
    FF_PART_HINT,       /* no category: changes what the others are worth */
    FF_PART_PROVIDER,   /* names the provider */
};
const char *ff_part_name(enum ff_part part); /* "decides", "agrees", ... */

/** Something that could be different about a reply. */
enum ff_change_kind {
    FF_CHANGE_EVIDENCE, /* these words were not there */
    FF_CHANGE_CODE,     /* all codes permanent: 5xx and 5.x.x */
    FF_CHANGE_STAGE,    /* it answered RCPT TO */
    FF_CHANGE_ORIGIN,   /* a remote server said it, while it had the mail */
    FF_CHANGE_OWN,      /* it did not name our IP, our envelope sender or its domain */
};

struct ff_change {
    enum ff_change_kind kind;
    uint32_t evidence; /* of FF_CHANGE_EVIDENCE: index into the explanation's */
};

#define FF_CHANGES_MAX (FF_EVIDENCE_MAX + 8)

/** How the verdict came about, found by trying: what of it changes when this or that is different. */
struct ff_reasons {
    enum ff_part part[FF_EVIDENCE_MAX];
    /** Without which a vetoed piece would decide if it stood alone; the first `veto_count` of `veto`. */
    struct {
        struct ff_change veto[4];
        size_t veto_count;
    } vetoes[FF_EVIDENCE_MAX];
    bool suppressible; /* with these changes it would suppress; false: whatever is changed, it would not */
    size_t change_count;
    struct ff_change changes[FF_CHANGES_MAX]; /* none can be left out */
};

struct ff_explainer; /* a rule set in which things can be taken out; for people, not for speed */
FF_MUST_CHECK struct ff_explainer *ff_explainer_new(const struct ff_ruleset *rules);
void ff_explainer_free(struct ff_explainer *x);
/** Explains, with reasons. Slices live until the next call. Same errors as ff_classify(). Cost: a hundred
 * classifications. */
enum ff_err ff_explain(struct ff_explainer *x, const struct ff_reply *reply, struct ff_explanation *ret,
                       struct ff_reasons *ret_reasons);

/** What a word of the masked text stands for: "address", "IP address", or the name of a host that the rules know.
 * Empty: itself. */
struct ff_slice ff_masked_word(const struct ff_ruleset *rules, struct ff_slice word);

/** The stage names of the classify filter (docs/cli.md): connect helo starttls auth mail rcpt data end-of-data
 * queue oob. Sets what the name implies; false when it is none of them. */
FF_MUST_CHECK bool ff_reply_stage_parse(struct ff_slice name, uint32_t *ret_stage, uint32_t *ret_kind,
                                        uint32_t *ret_origin);
/** Origin names of the classify filter: remote local dsn. */
FF_MUST_CHECK bool ff_reply_origin_parse(struct ff_slice name, uint32_t *ret_origin);

#ifdef __cplusplus
}
#endif
#endif
