/* release_selected.h: an incident is undone: the entries that a selection means are shown, and released when their
 * token is confirmed. */
#ifndef FF_CLI_RELEASE_SELECTED_H
#define FF_CLI_RELEASE_SELECTED_H

#include "cli/suppressions/commands.h"
#include "cli/suppressions/selection.h"

struct ff_release_selected {
    const struct ff_target_options *target;
    const struct ff_selection *selection;
    const char *tenant;              /* NULL: all */
    const char *stream;              /* NULL: all scopes */
    const char *confirm;             /* the token that was shown; NULL: only show */
    const struct ff_command *order;  /* its note, incident and actor are kept with each release */
};

/** Shows on stdout what would be released, or releases it and says on stderr how many. Never what a person asked
 * for: complaints, opt-outs, entries by hand. 0, or a status after a message; 65: the token is of other entries,
 * and nothing was released. */
FF_MUST_CHECK int ff_release_selected(const struct ff_release_selected *r);

#endif
