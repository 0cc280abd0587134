/* gen_world.h: a seeded world of tenants, addresses and fates: who there is, and what is true of them.
 *
 * Everything is a function of (seed, index): integer arithmetic only, so the same arguments give the same bytes on
 * every machine.
 */
#ifndef FF_INGEST_GEN_WORLD_H
#define FF_INGEST_GEN_WORLD_H

#include "ingest/generate/gen_replies.h"

#define GEN_DAY_US INT64_C(86400000000)
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

/** What a number is drawn for. */
enum gen_draw {
    GEN_DRAW_TIME = 1, GEN_DRAW_PICK, GEN_DRAW_ADDRESS, GEN_DRAW_FATE, GEN_DRAW_OUTCOME, GEN_DRAW_REPLY, GEN_DRAW_NOISE,
    GEN_DRAW_TENANT, GEN_DRAW_CAMPAIGN, GEN_DRAW_DUPLICATE, GEN_DRAW_NAME, GEN_DRAW_DAY, GEN_DRAW_UPPER, GEN_DRAW_QUEUED
};

enum gen_fate { GEN_FATE_ALIVE, GEN_FATE_DEAD, GEN_FATE_INACTIVE, GEN_FATE_SYNTAX, GEN_FATE_TIGHT, GEN_FATE_ODD };

uint64_t gen_mix(uint64_t x);
/** 64 random bits. */
uint64_t gen_chance(const struct gen_options *o, enum gen_draw draw, uint64_t index);

/** The tenant whose customer an address is. One address in twenty is a customer of a second one, too; of the others
 * both are the same. */
uint32_t gen_tenant_of(const struct gen_options *o, uint64_t address, bool second);
const struct gen_receiver *gen_receiver_of(const struct gen_options *o, uint64_t address);
enum gen_fate gen_fate_of(const struct gen_options *o, uint64_t address);
/** A healthy address has trouble of a kind that counts on one UTC day only (tight mailboxes: two), whatever the
 * policy's N, so it must never be suppressed. */
bool gen_on_its_day(const struct gen_options *o, uint64_t address, int64_t time_us, unsigned days);

/** Address in the spelling of the truth (no capitals); room for 128 bytes. */
void gen_address(const struct gen_options *o, uint64_t address, bool upper, char *ret);
const char *gen_tenant_name(uint32_t tenant);
const char *gen_stream_name(uint32_t stream);
/** Of the envelope sender. */
const char *gen_sender_domain(uint32_t tenant);

#endif
