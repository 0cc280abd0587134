/* evidence.h: from the rules that fired to one decision. */
#ifndef FF_CLASSIFY_EVIDENCE_H
#define FF_CLASSIFY_EVIDENCE_H

#include "classify/judge/match.h"

/** What the verdict table keeps: a verdict without its strings. 16 bytes. */
struct ff_decision {
    uint16_t rule;      /* index + 1; 0: none */
    uint16_t mechanism; /* rule that names the mechanism, + 1 */
    uint16_t list_rule; /* rule that names a list, + 1 */
    uint16_t list_host; /* host that is a list, + 1 */
    uint8_t provider;
    uint8_t category, action, confidence;
    bool suppress, conflict, retry_named;
};

/** Weighs the evidence. `masked` is searched for list names. */
struct ff_decision ff_evidence_weigh(const struct ff_ruleset *rules, const struct ff_context *ctx,
                                     const struct ff_fired *fired, size_t count, uint32_t hints,
                                     struct ff_slice masked);

#endif
