/* api_int.h: what the HTTP interface's two files share: api_http.c (daemon, routes, answers), api_check.c (the checks). */
#ifndef FF_SUPPRESS_API_INT_H
#define FF_SUPPRESS_API_INT_H

#include <stdatomic.h>

#include "suppress/service.h"

/** Largest body of a bulk check, and most lines in it. */
#define FF_API_BODY_MAX ((size_t)16 << 20)
#define FF_API_LINES_MAX 100000
#define FF_API_LINE_BYTES_MAX 16384
#define FF_API_LINE_NODES_MAX 128
/** Longest query string; addresses, tenants and streams are far below. */
#define FF_API_QUERY_MAX 4096
#define FF_API_PARAM_MAX 1024

struct ff_api_counters {
    _Atomic uint64_t suppressed, clear, refused; /* checks by result */
};

/** A parameter of the query, percent-decoded; `given` tells an empty one from none. */
struct ff_api_param {
    bool given, broken; /* broken: bad percent code, or longer than FF_API_PARAM_MAX */
    struct ff_slice value;
    uint8_t room[FF_API_PARAM_MAX];
};
/**
 * Finds `name` in a raw query. '+' stays '+': it is far more often a tag in an address than a blank, and no address that
 * could be checked holds a blank.
 */
void ff_api_param(struct ff_slice query, const char *name, struct ff_api_param *ret);

/** One object, without line end, for one check; counts it. Returns FF_OK, or why there is no answer (nothing written). */
FF_MUST_CHECK enum ff_err ff_api_check_one(struct ff_lookup *l, struct ff_api_counters *counters, struct ff_slice tenant,
                                           struct ff_slice stream, struct ff_slice address, struct ff_json_out *o);
/** NDJSON in, NDJSON out, a line for a line. FF_ERR_TOO_LARGE: more than FF_API_LINES_MAX; FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_api_check_lines(struct ff_lookup *l, struct ff_api_counters *counters, struct ff_slice tenant,
                                             struct ff_slice stream, struct ff_slice body, struct ff_json_out *o);

#endif
