/* kumomta_reply.h: who speaks in `response`, and at which stage of the session. */
#ifndef FF_INGEST_KUMOMTA_REPLY_H
#define FF_INGEST_KUMOMTA_REPLY_H

#include "ingest/kumomta/kumomta_decoder.h"

/** `response` and what helps to judge it. */
struct ff_kumomta_reply {
    struct ff_slice content;
    struct ff_slice command;
    uint32_t code;
    uint32_t enhanced;
    bool has_peer;  /* a host answered, or could have */
    bool peer_is_script;
};

/** Sets stage, origin, codes, text and flags of ev from the reply of an attempt or of the queue; may set remote_ip and
 * remote_host when a hidden reply names them. */
void ff_kumomta_judge(struct ff_kumomta *k, const struct ff_kumomta_reply *reply, struct ff_event *ev);

#endif
