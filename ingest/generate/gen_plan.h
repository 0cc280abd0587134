/* gen_plan.h: a seeded world of tenants, addresses and fates, and the events an MTA fleet would log in it.
 *
 * Everything is a function of (seed, index): integer arithmetic only, so the same arguments give the same bytes on every
 * machine. The plan knows who is dead, who was only deferred and whose server lied; gen_truth_* tells it. It shares no
 * code with the classifier or the policy, so it can be held against both.
 *
 * The world: most mail is delivered. Addresses have fates (dead, disabled, malformed, healthy with one odd day). A few
 * special addresses get exactly eight events each, evenly over the whole time: mailboxes that stay full, and people who
 * block one stream. Three incidents happen to senders: an IP on a public list, a broken DMARC record, a harvest block.
 */
#ifndef FF_INGEST_GEN_PLAN_H
#define FF_INGEST_GEN_PLAN_H

#include "ingest/generate/gen_replies.h"

#define GEN_DAYS_DEFAULT 21
#define GEN_DAYS_MIN 10 /* special addresses must span more than a week */
#define GEN_START_DEFAULT_US INT64_C(1785715200000000) /* 2026-08-03T00:00:00Z */
#define GEN_TENANTS 12
#define GEN_STREAMS 3

struct gen_options {
    uint64_t events;    /* 1..10^12 */
    uint64_t seed;
    uint64_t addresses; /* 1..10^9; without the special ones */
    int64_t start_us;
    uint32_t days;      /* GEN_DAYS_MIN..365 */
};

/** One planned event; numbers, not text: gen_event_fill() spells it out. */
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
/** The next event in order of time (duplicates of a recent one excepted); false after the last. */
bool gen_plan_next(struct gen_plan *plan, struct gen_event *ret);

/** Buffers for the text of one event. */
struct gen_text {
    char recipient[128], mail_from[128], mx[96], reply[1024], message_id[40], rfc_message_id[96], campaign[32], pool[16];
    uint8_t remote_ip[4], local_ip[4], event_id[16];
};
/** Spells ev out; slices point into *text and constant strings. */
void gen_event_fill(const struct gen_plan *plan, const struct gen_event *ev, struct gen_text *text,
                    struct ff_event *ret);

/** Address in the spelling of the truth (no capitals); room for 128 bytes. */
void gen_address(const struct gen_plan *plan, uint64_t address, bool upper, char *ret);
const char *gen_tenant_name(uint32_t tenant);
const char *gen_stream_name(uint32_t stream);

/**
 * After the last event: every (tenant, scope, address) that must be suppressed. `tenants` false: the form cannot say
 * tenants and streams (Postfix), all is tenant "default", scope "*".
 */
void gen_truth(const struct gen_plan *plan, bool tenants,
               void (*each)(void *ctx, const char *tenant, const char *scope, const char *address), void *ctx);

#endif
