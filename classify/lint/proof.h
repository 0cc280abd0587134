/* proof.h: what the examples of the rules prove. */
#ifndef FF_CLASSIFY_PROOF_H
#define FF_CLASSIFY_PROOF_H

#include "classify/lint/linter.h"

struct ff_proof {
    struct ff_linter *linter;
    bool *phrases, *members; /* proven; the second is parallel to literal_groups, by ff_member_first() */
    size_t proven;           /* how many of both */
    uint32_t *literals;      /* of the example at hand */
    uint32_t literal_count;
    bool *seen;              /* by literal */
    bool *groups;            /* seen in the example at hand */
    bool fires;              /* its rule fires on it */
};
FF_MUST_CHECK bool ff_proof_init(struct ff_proof *p, struct ff_linter *l);
void ff_proof_fini(struct ff_proof *p);
/** Notes all that breaks this example when it is taken out. Nothing, when the example fails as it is. */
void ff_proof_by(struct ff_proof *p, const struct ff_example *x);

#endif
