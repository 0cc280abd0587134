/* selected.h: the entries that a selection of `release` meant: kept until they are released, counted for a person, and
 * named by a token.
 *
 * A list may hold more entries than fit into memory, so they are kept in a file in $TMPDIR that has no name (about 80
 * bytes each). The token is a hash of all of them: who confirms it releases what was shown, or nothing.
 */
#ifndef FF_CLI_SELECTED_H
#define FF_CLI_SELECTED_H

#include "cli/suppressions/selection.h"

#define FF_SELECTED_TOKEN_MAX 17 /* with its NUL */

struct ff_selected;

/** NULL after a message: memory, or no file can be made in $TMPDIR. @param until_us  --until, or 0 */
struct ff_selected *ff_selected_new(int64_t until_us);
void ff_selected_free(struct ff_selected *sel);

/** One more, in byte order of the keys. A file that cannot be written is told by ff_selected_each(). */
void ff_selected_take(struct ff_selected *sel, const struct ff_suppression *s);
/** One that is meant, but that nobody may undo in passing: complaints, opt-outs and what was entered by hand stay. */
void ff_selected_leave(struct ff_selected *sel, const struct ff_suppression *s);
uint64_t ff_selected_count(const struct ff_selected *sel);
/** Of the entries so far and their evidence: the same list gives the same token. */
void ff_selected_token(const struct ff_selected *sel, char ret[FF_SELECTED_TOKEN_MAX]);

/** A paragraph: how many of which category, provider, rule, host, domain and tenant, from when to when, the first
 * of them, and what stays. */
void ff_selected_print(const struct ff_selected *sel, struct ff_json_out *o);

/**
 * Fills tenant, scope, address and evidence_until_us of a release of each and calls `each`; a status other than 0 ends
 * it. Up to --until is void, but nothing after now, or else up to the latest evidence that was shown: what comes later
 * counts.
 * @return 0, the status of `each`, or 74 after a message
 */
FF_MUST_CHECK int ff_selected_each(struct ff_selected *sel, int (*each)(void *ctx, struct ff_command *release),
                                   void *ctx);

#endif
