/* decode_own.h: events in our own schema: packed (proto/batch.h) and as JSON (proto/event_json.h). */
#ifndef FF_INGEST_DECODE_OWN_H
#define FF_INGEST_DECODE_OWN_H

#include "ingest/decode/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct ff_decoder_ops ff_decoder_packed;
extern const struct ff_decoder_ops ff_decoder_json;

#ifdef __cplusplus
}
#endif
#endif
