/* avx2_begin.h: functions from here to avx2_end.h are compiled for AVX2 and the bit instructions that every
 * processor with it has. x86-64 only; whoever calls them has asked ff_mask_path_runs(). */
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,lzcnt,popcnt")
#endif
