/* outlined.h: what an outline stands for. */
#ifndef FF_CLASSIFY_OUTLINED_H
#define FF_CLASSIFY_OUTLINED_H

#include "classify/judge/verdict_table.h"

/** Longer replies are masked. */
#define FF_OUTLINE_TEXT_MAX 512u

struct ff_outlined {
    uint64_t template_id; /* XXH3 of the masked text */
    struct ff_known known;
};

#endif
