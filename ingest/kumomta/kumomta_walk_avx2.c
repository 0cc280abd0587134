/* kumomta_walk_avx2.c: the walk over a log record on 32-byte vectors; see kumomta_walk.c. CMakeLists.txt compiles it
 * for processors that have them, decode_kumomta.c asks whether this one does. */
#if defined(__x86_64__)
#if !defined(__AVX2__) || !defined(__BMI__)
#error "compile this file with -mavx2 -mbmi"
#endif
#define FF_KUMOMTA_WALK ff_kumomta_walk_avx2
#include "ingest/kumomta/kumomta_walk.c"
#else
typedef int kumomta_walk_avx2_is_for_x86; /* an empty file is not C */
#endif
