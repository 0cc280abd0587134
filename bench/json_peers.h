/* json_peers.h: other JSON libraries on the same records, for json_bench. Present when the build found them. */
#ifndef FF_BENCH_JSON_PEERS_H
#define FF_BENCH_JSON_PEERS_H

#include <stddef.h>

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Every record parsed to simdjson's document. Records have no padding behind them, so each is copied first, as a
 * consumer of Kafka would have to. Exits on an error; returns a checksum. */
uint64_t peer_simdjson_dom(const struct ff_slice *lines, size_t count);

/** Every record with simdjson On-Demand: the members that make an event are read, all others skipped (unchecked). */
uint64_t peer_simdjson_ondemand(const struct ff_slice *lines, size_t count);

/** Name of the implementation that simdjson chose for this processor. */
const char *peer_simdjson_name(void);

#ifdef __cplusplus
}
#endif
#endif
