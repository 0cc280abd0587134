/* run_findings.h: what a run found, gathered in bounded memory. */
#ifndef FF_CLI_RUN_FINDINGS_H
#define FF_CLI_RUN_FINDINGS_H

#include "ingest/pipeline/pipeline.h"

#define FF_REPORT_SLOTS 8192 /* a power of two */
#define FF_REPORT_CAUSES_MAX (FF_REPORT_SLOTS * 3 / 4)
#define FF_REPORT_TEXT_MAX 240
#define FF_REPORT_NAME_MAX 64
#define FF_REPORT_ADDRESS_MAX 128

struct ff_cause {
    uint64_t count, template_id;
    uint32_t category, reply_code, enhanced_code;
    bool own_relay; /* said by a hop of ours (ff_event_is_of_own_relay()) */
    uint16_t provider_len, rule_len, text_len, host_len;
    uint8_t provider[FF_REPORT_NAME_MAX], rule[FF_REPORT_NAME_MAX], host[FF_REPORT_NAME_MAX], text[FF_REPORT_TEXT_MAX];
};

struct ff_newly {
    uint32_t category, reply_code, enhanced_code;
    uint16_t address_len, tenant_len, text_len;
    uint8_t address[FF_REPORT_ADDRESS_MAX], tenant[FF_REPORT_NAME_MAX], text[FF_REPORT_TEXT_MAX];
};

/** Failures without a sure verdict: the cause is not known, or only guessed. */
struct ff_unsure {
    uint64_t unclassified, ambiguous, weak; /* weak: a category, with a confidence below FF_SURE_DEFAULT */
};

struct ff_report {
    struct ff_unsure unsure;
    unsigned top;
    size_t causes_used, newly_count;
    uint64_t of_own_relays; /* failures */
    struct ff_newly *newly; /* the first `top` */
    uint64_t newly_all;
    struct ff_cause *order[FF_REPORT_SLOTS]; /* scratch for sorting */
    struct ff_cause causes[FF_REPORT_SLOTS];
};

static inline uint64_t ff_unsure_count(const struct ff_unsure *u)
{
    return u->unclassified + u->ambiguous + u->weak;
}

#define FF_REPORT_TOP_MAX 1000
/** @param top  causes and addresses shown at most, 1..FF_REPORT_TOP_MAX. NULL when memory is short. */
FF_MUST_CHECK struct ff_report *ff_report_new(unsigned top);
void ff_report_free(struct ff_report *r);

/** A result that is a failure. No allocation. */
void ff_report_failure(struct ff_report *r, const struct ff_event *ev, const struct ff_verdict *v);
/** The result has just made its address suppressed. */
void ff_report_suppressed(struct ff_report *r, const struct ff_event *ev, const struct ff_verdict *v);

/** Fills r->order, most frequent cause first; returns how many there are. */
size_t ff_report_sort(struct ff_report *r);

#endif
