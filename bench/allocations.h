/* allocations.h: how often our libraries asked for memory. The linker sends their calls here (ff_count_allocations() in
 * cmake/component.cmake); those inside other libraries are not counted. */
#ifndef FF_BENCH_ALLOCATIONS_H
#define FF_BENCH_ALLOCATIONS_H

#include <stdint.h>

/** malloc, calloc, realloc and aligned_alloc since the start, of all threads. */
uint64_t allocations_count(void);

#endif
