/* retry_hint.h: the time to wait that a reply names. */
#ifndef FF_CLASSIFY_RETRY_HINT_H
#define FF_CLASSIFY_RETRY_HINT_H

#include "proto/slice.h"

/** Longest wait that is believed. */
#define FF_RETRY_SECONDS_MAX (7u * 86400u)

/** Seconds of the first "300 seconds", "5 min", "1 hour", "00:05:00", "5 minutos", "5 минут", "5分" in the text; 0: none. */
uint32_t ff_retry_hint(struct ff_slice text);

#endif
