/* log_envelope.h: the JSON that log shippers wrap a line in: Vector, Filebeat, Fluent Bit, Fluentd, journald, rsyslog,
 * syslog-ng, Logstash. Nothing says which; members are told by their names. */
#ifndef FF_INGEST_LOG_ENVELOPE_H
#define FF_INGEST_LOG_ENVELOPE_H

#include "ingest/postfix/syslog_prefix.h"
#include "proto/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Reads one envelope into a line: message without prefix, host, tag and time from the syslog header in the message
 * where there is one, else from the envelope's own members.
 * @param object  node of the envelope
 * @param arena   for what must be unescaped; at least as large as the text
 * @param ret_reference_us  the container runtime's time or the envelope's when the line's own lacks the year, else 0
 * @return false: no object, or no member holds a line
 */
FF_MUST_CHECK bool ff_log_envelope_read(const struct ff_json_doc *doc, uint32_t object, struct ff_arena *arena,
                                        struct ff_log_line *ret, int64_t *ret_reference_us);

#ifdef __cplusplus
}
#endif
#endif
