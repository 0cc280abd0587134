/* phrase_parts.h: what the groups of a rule set are called while its index is built. */
#ifndef FF_CLASSIFY_PHRASE_PARTS_H
#define FF_CLASSIFY_PHRASE_PARTS_H

#include "classify/ruleset/phrase_index.h"

#define NO_SET 0xffffu

/** What the groups of the rule set are called here. */
struct naming {
    uint16_t *set;            /* [group of the rule set]; NO_SET: a single literal that is nothing but a whole phrase */
    uint64_t *hash;           /* of its literals */
    uint32_t *common;         /* in how many groups its literals stand, all together: how common they are */
    uint32_t *size, *literal; /* how many literals, and the last of them */
    bool *joined;             /* is it one part of several in some phrase? */
    uint16_t *hook;           /* [set]: number of its hook + 1; 0: no phrase hangs on it, or the literal has it */
    uint32_t set_count;
};

/** Gives every group its set, and counts how common it is; n->hook stays empty. Free *n by ff_index_naming_free(), also
 * after FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_index_name_parts(const struct ff_ruleset *rules, enum ff_index_kind kind,
                                              struct naming *n);
/** All zeros, too. */
void ff_index_naming_free(struct naming *n);

#endif
