/* event_json.h: the JSON twin of DeliveryEvent (docs/cli.md, decode): one object a line, names as in the .proto. */
#ifndef FF_PROTO_EVENT_JSON_H
#define FF_PROTO_EVENT_JSON_H

#include "proto/event.h"
#include "proto/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Members of the object for ev, without braces: the caller may add more. kind, event_time, recipient and tenant_id are
 * always there, any other field only when it is not at its default. */
void ff_event_put_json(struct ff_json_out *o, const struct ff_event *ev);

/**
 * The event in a JSON object; unknown members are ignored. Sub-messages are encoded into the arena.
 * ret_ev->encoded is set when there are attributes, which struct ff_event has no other place for.
 * @return FF_OK; FF_ERR_SYNTAX when a known member has the wrong type or an impossible value (ret_at->msg names it);
 *         FF_ERR_RANGE: event_time or queued_time is text, but no time; FF_ERR_TOO_LARGE when the arena is full. An
 * absent or empty recipient is no error here.
 */
FF_MUST_CHECK enum ff_err ff_event_from_json(const struct ff_json_doc *doc, uint32_t object, struct ff_arena *arena,
                                             struct ff_event *ret_ev, struct ff_err_at *ret_at);

#ifdef __cplusplus
}
#endif
#endif
