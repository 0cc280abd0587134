/* postfix_reason.h: the words in the parentheses behind status=: who said what, at which command? */
#ifndef FF_INGEST_POSTFIX_REASON_H
#define FF_INGEST_POSTFIX_REASON_H

#include "ingest/postfix/postfix_line.h"
#include "proto/event.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_postfix_reply {
    uint32_t reply_code;    /* 0: nobody said one */
    uint32_t enhanced_code; /* the one in the reply; 0: none */
    uint32_t stage, origin; /* enum ff_stage, enum ff_origin */
    uint32_t flags;         /* REPLY_INHERITED, TRUNCATED */
    struct ff_slice text;   /* the reply without codes, lines joined by LF; or the local reason; may be in the arena */
    struct ff_slice host, address; /* "name" and what is in the brackets behind it; empty: not said */
};

/**
 * @param line   a RESULT
 * @param arena  for replies of several lines; needs line->reason.len bytes
 */
void ff_postfix_reason_parse(const struct ff_postfix_line *line, struct ff_arena *arena, struct ff_postfix_reply *ret);

/** `name[address]` or `name[address]:port` at the start of s; index behind it, 0: no such thing. */
size_t ff_postfix_host_parse(struct ff_slice s, struct ff_slice *ret_host, struct ff_slice *ret_address);

#ifdef __cplusplus
}
#endif
#endif
