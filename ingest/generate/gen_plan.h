/* gen_plan.h: the events an MTA fleet would log in a seeded world (gen_world.h).
 *
 * Everything is a function of (seed, index): integer arithmetic only, so the same arguments give the same bytes on
 * every machine. The plan knows who is dead, who was only deferred and whose server lied; gen_truth_* tells it. It
 * shares no code with the classifier or the policy, so it can be held against both.
 *
 * The world: most mail is delivered. Addresses have fates (dead, disabled, malformed, healthy with one odd day). A few
 * special addresses get exactly eight events each, evenly over the whole time: mailboxes that stay full, and people who
 * block one stream. Three incidents happen to senders: an IP on a public list, a broken DMARC record, a harvest block.
 */
#ifndef FF_INGEST_GEN_PLAN_H
#define FF_INGEST_GEN_PLAN_H

#include "ingest/generate/gen_world.h"

/** One planned event; numbers, not text: gen_text.h spells it out. */
struct gen_event {
    const struct gen_reply *reply;
    const struct gen_receiver *receiver;
    uint64_t address;  /* >= options.addresses: a special one */
    uint32_t tenant, stream, campaign;
    uint32_t sender_ip; /* last octet of 198.51.100.0/24 */
    uint32_t attempt;   /* 1-based */
    uint64_t message;   /* serial number of the message */
    uint64_t noise;     /* for ids in texts */
    int64_t time_us, queued_us;
    bool upper;         /* this mail spelled the address with capitals */
};

struct gen_plan;

/** NULL when memory is short. Memory: about a byte per four addresses. */
FF_MUST_CHECK struct gen_plan *gen_plan_new(const struct gen_options *opts);
void gen_plan_free(struct gen_plan *plan);
/** As they were given; valid until free. */
const struct gen_options *gen_plan_options(const struct gen_plan *plan);
/** The next event in order of time (duplicates of a recent one excepted); false after the last. */
bool gen_plan_next(struct gen_plan *plan, struct gen_event *ret);

/**
 * After the last event: every (tenant, scope, address) that must be suppressed. `tenants` false: the form cannot say
 * tenants and streams (Postfix), all is tenant "default", scope "*".
 */
void gen_truth(const struct gen_plan *plan, bool tenants,
               void (*each)(void *ctx, const char *tenant, const char *scope, const char *address), void *ctx);

#endif
