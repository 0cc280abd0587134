/* retry_hint.h: the time to wait that a reply names. */
#ifndef FF_CLASSIFY_RETRY_HINT_H
#define FF_CLASSIFY_RETRY_HINT_H

#include "proto/slice.h"

/** Longest wait that is believed. */
#define FF_RETRY_SECONDS_MAX (7u * 86400u)

/**
 * Seconds of the first "300 seconds", "5 min. and 30 sec.", "1 hour", "5 minutos", "5 минут", "5分" that the text asks
 * to wait ("try again in ..."), else of the first that is no timeout, no window of a limit and no age; where there is
 * none, of the first in words ("half an hour") that it asks to wait; 0: none. "00:05:00" counts behind such words
 * only.
 */
uint32_t ff_retry_hint(struct ff_slice text);

#endif
