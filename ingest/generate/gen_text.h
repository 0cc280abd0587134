/* gen_text.h: a planned event spelled out. */
#ifndef FF_INGEST_GEN_TEXT_H
#define FF_INGEST_GEN_TEXT_H

#include "ingest/generate/gen_plan.h"

/** Buffers for the text of one event. */
struct gen_text {
    char recipient[128], mail_from[128], mx[96], reply[1024], message_id[40], rfc_message_id[96], campaign[32],
        pool[16];
    uint8_t remote_ip[4], local_ip[4], event_id[16];
};
/** Spells ev out; slices point into *text and constant strings. */
void gen_event_fill(const struct gen_plan *plan, const struct gen_event *ev, struct gen_text *text,
                    struct ff_event *ret);

#endif
