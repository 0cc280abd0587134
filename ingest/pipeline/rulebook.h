/* rulebook.h: the rules in force: a rule set, in shadow mode a second one beside it, and a lasting number for every
 * rule.
 *
 * A rulebook never changes. SIGHUP makes a new one and hands it out; the old one is freed with its last user, so a
 * thread that is in the middle of a batch keeps the rules it began with. Counts per rule are kept under numbers of
 * struct ff_rule_names, which outlive the rulebooks: a reload keeps the counts of every rule that keeps its name.
 */
#ifndef FF_INGEST_RULEBOOK_H
#define FF_INGEST_RULEBOOK_H

#include <stdatomic.h>

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Names of rules (with their category) that one process can tell apart over all its reloads; twice what one rule
 * set may hold. Later ones are counted as one, FF_RULE_OTHER. */
#define FF_RULE_NAMES_MAX 8192
enum { FF_RULE_NONE = 0, FF_RULE_OTHER = 1 };

struct ff_rule_names;

FF_MUST_CHECK struct ff_rule_names *ff_rule_names_new(void);
void ff_rule_names_free(struct ff_rule_names *names);
/** Numbers 0 .. this - 1 are in use. Any thread, also while rules are loaded. */
uint32_t ff_rule_names_count(const struct ff_rule_names *names);
/** "(none)" and "(other)" for the first two. Lives as long as `names`. */
struct ff_slice ff_rule_name(const struct ff_rule_names *names, uint32_t number, uint32_t *ret_category);

struct ff_rulebook {
    atomic_uint users;
    struct ff_ruleset *live, *shadow; /* shadow NULL: no shadow mode */
    uint16_t *numbers;                /* by rule_index of `live` */
};

/** One user: the caller. Takes the rule sets in any case. One thread at a time may make rulebooks of the same names.
 * @param shadow  NULL: none
 * @return NULL when memory is short */
FF_MUST_CHECK struct ff_rulebook *ff_rulebook_new(struct ff_rule_names *names, struct ff_ruleset *live,
                                                  struct ff_ruleset *shadow);
/** One user more; gives it back. */
struct ff_rulebook *ff_rulebook_keep(struct ff_rulebook *book);
/** One user less; the last one frees it. NULL is fine. */
void ff_rulebook_drop(struct ff_rulebook *book);

#ifdef __cplusplus
}
#endif
#endif
