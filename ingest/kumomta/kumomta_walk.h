/* kumomta_walk.h: the members that count, taken from the bytes. */
#ifndef FF_INGEST_KUMOMTA_WALK_H
#define FF_INGEST_KUMOMTA_WALK_H

#include "ingest/kumomta/kumomta_decoder.h"

ff_kumomta_walk_fn ff_kumomta_walk_base;
#if defined(__x86_64__)
ff_kumomta_walk_fn ff_kumomta_walk_avx2; /* the same source for processors with AVX2 and BMI: kumomta_walk_avx2.c */
#endif

#endif
