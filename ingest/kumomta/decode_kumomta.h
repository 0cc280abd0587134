/* decode_kumomta.h: KumoMTA's JSON log records (docs/formats-kumomta.md). */
#ifndef FF_INGEST_DECODE_KUMOMTA_H
#define FF_INGEST_DECODE_KUMOMTA_H

#include "ingest/decode/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct ff_decoder_ops ff_decoder_kumomta;

#ifdef __cplusplus
}
#endif
#endif
