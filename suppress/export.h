/* export.h: suppressions as people and other programs see them: export's JSON and CSV, explain's object.
 *
 * The same suppression always gives the same bytes. No clock, no I/O.
 */
#ifndef FF_SUPPRESS_EXPORT_H
#define FF_SUPPRESS_EXPORT_H

#include "suppress/suppress.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ff_suppression_put_json() is in suppress.h: the members of an object of `export --format jsonl`. */

#define FF_INCIDENT_TEXT_MAX 640
/** An incident_id for people, in every output the same. On the wire it is any bytes: what is printable UTF-8 (`release
 * --incident ID`) is itself, other programs' (the 16 bytes of a UUID, say) are hex, of the first 320 bytes.
 * @return id, or a slice of buf */
struct ff_slice ff_incident_text(struct ff_slice id, char buf[FF_INCIDENT_TEXT_MAX]);

/** Header line of `export --format csv` with its line end (RFC 4180: CR LF). */
extern const char ff_export_csv_header[];
/** One CSV line with its line end, columns as in the header; appended to the raw buffer of `o`, no JSON in it.
 * Bytes that are not UTF-8 become U+FFFD, each such sequence one. Where reply_text or remote_host begins as a
 * formula of a spreadsheet does (= + - @ TAB CR) a ' stands before it; what import reads back, notes too, is as it
 * is. */
void ff_suppression_put_csv(struct ff_json_out *o, const struct ff_suppression *s);

/**
 * Does a key without a suppression count something? false: all that is known of it is void since a release.
 * @param state  as ff_lookup_explain() gives it
 * @param ret_released_us, ret_by  of the release: when, and who; 0 and empty when there was none. ret_by points into
 * state
 * @return FF_OK; FF_ERR_SYNTAX, FF_ERR_TRUNCATED, FF_ERR_NOMEM
 */
FF_MUST_CHECK enum ff_err ff_explain_counts(struct ff_slice state, bool *ret_counts, int64_t *ret_released_us,
                                            struct ff_slice *ret_by);

/** What is counted of a key, and the row of ff_policy_default that says how many it takes. */
struct ff_counted {
    const struct ff_policy_row *row;
    unsigned days; /* distinct ones, since the last release */
};
#define FF_COUNTED_MAX 32
/**
 * What a key without a suppression counts by days.
 * @param state  as ff_lookup_explain() gives it
 * @return FF_OK; FF_ERR_SYNTAX, FF_ERR_TRUNCATED, FF_ERR_NOMEM
 */
FF_MUST_CHECK enum ff_err ff_explain_days(struct ff_slice state, struct ff_counted ret[FF_COUNTED_MAX],
                                          size_t *ret_count);

/**
 * One object of explain's `entries`, braces included: the export's members (of a key that is not suppressed:
 * tenant_id, stream_scope, address_key and state, "counting" or, when nothing since its release counts, "released"),
 * `evidence` (one per category: counts, category, first_event, last_event, hits, and the earliest and latest reply),
 * `manual` and `release` where there is one.
 * @param key, suppression, state  as ff_lookup_explain() and ff_suppressions_read() give them; the last two may be
 * empty
 * @return FF_OK; FF_ERR_SYNTAX, FF_ERR_TRUNCATED, FF_ERR_NOMEM: then nothing was appended
 */
FF_MUST_CHECK enum ff_err ff_explain_put_json(struct ff_json_out *o, struct ff_slice key, struct ff_slice suppression,
                                              struct ff_slice state);

/** explain's object, without line end. @param entries  a JSON array of what ff_explain_put_json() appended */
void ff_explain_put_answer(struct ff_json_out *o, struct ff_slice address, bool suppressed, struct ff_slice entries);

#ifdef __cplusplus
}
#endif
#endif
