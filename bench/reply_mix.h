/* reply_mix.h: seeded failure replies for the classifier's benchmark: the generator's wordings and as many short ones
 * of common servers again, filled with random addresses, hosts, IPs and ids. No text comes from a labelled collection.
 */
#ifndef FF_BENCH_REPLY_MIX_H
#define FF_BENCH_REPLY_MIX_H

#include "classify/classify.h"

enum mix_form {
    MIX_EVENT, /* as a decoder gives it: codes beside the text, context of the delivery known */
    MIX_RAW,   /* as `fivefifty classify` reads it: one text, codes at its head, nothing else known */
    MIX_JOINED, /* long ones of the largest receivers as an MTA logs them: lines joined, with their server, time and id */
    MIX_NEW,   /* like MIX_EVENT, with a random word that no reply before had: never in the verdict table */
};

struct reply_mix {
    struct ff_reply *replies;
    size_t count, shapes;
    uint64_t bytes; /* of all texts */
    char *text;
    uint64_t x; /* of the random words */
};

/** Exits when memory is short. */
void reply_mix_init(struct reply_mix *ret, size_t count, enum mix_form form);
/** Gives a reply of MIX_NEW another random word. */
void reply_mix_renew(struct reply_mix *m, size_t reply);
void reply_mix_fini(struct reply_mix *m);

#endif
