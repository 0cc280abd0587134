/* postfix_decoder.h: one instance of the Postfix decoder. */
#ifndef FF_INGEST_POSTFIX_DECODER_H
#define FF_INGEST_POSTFIX_DECODER_H

#include "ingest/decode/decode.h"
#include "ingest/postfix/postfix_joiner.h"
#include "proto/json.h"

struct postfix {
    struct ff_decode_options opts;
    struct ff_joiner *joiner;
    struct ff_json_doc *doc;
    struct ff_arena arena;
    bool told_zone; /* opts.zone_is_guessed was called */
    uint8_t event_id[16], remote_ip[16];
};

#endif
