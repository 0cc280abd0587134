/* run_report_int.h: the counts behind the report; run_report.c gathers and writes JSON, run_report_text.c writes for people. */
#ifndef FF_CLI_RUN_REPORT_INT_H
#define FF_CLI_RUN_REPORT_INT_H

#include "cli/run/run_report.h"

#define FF_REPORT_SLOTS 8192 /* a power of two */
#define FF_REPORT_CAUSES_MAX (FF_REPORT_SLOTS * 3 / 4)
#define FF_REPORT_TEXT_MAX 240
#define FF_REPORT_NAME_MAX 64
#define FF_REPORT_ADDRESS_MAX 128

struct ff_cause {
    uint64_t count, template_id;
    uint32_t category, reply_code, enhanced_code;
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
    struct ff_newly *newly; /* the first `top` */
    uint64_t newly_all;
    struct ff_cause *order[FF_REPORT_SLOTS]; /* scratch for sorting */
    struct ff_cause causes[FF_REPORT_SLOTS];
};

struct ff_share {
    uint32_t number;
    uint64_t count;
};

/** Fills r->order, most frequent cause first; returns how many there are. */
size_t ff_report_sort(struct ff_report *r);
static inline uint64_t ff_unsure_count(const struct ff_unsure *u)
{
    return u->unclassified + u->ambiguous + u->weak;
}
/** The command that shows their wordings, as one types it. */
void ff_report_put_unsure_command(struct ff_json_out *o, const struct ff_report_facts *facts);
/** Counts that are not zero, largest first; returns how many. */
size_t ff_shares(const uint64_t *by, uint32_t count, struct ff_share *ret);
/** Categories that have an advice, the most urgent first, and the most frequent first among those; returns how many. `ret`
 * has room for FF_CATEGORY_COUNT. */
size_t ff_report_advice(const struct ff_pipeline_counts *counts, struct ff_share *ret);

#endif
