/* nothing_to_reload.c: see nothing_to_reload.h. */
#include "cli/services/nothing_to_reload.h"

#include "cli/options/options.h"
#include "cli/process/messages.h"
#include "cli/process/signals.h"

void ff_nothing_to_reload(void)
{
    static sig_atomic_t seen;
    if (seen == ff_reload)
        return;
    seen = ff_reload; /* before the file is read: a signal that comes meanwhile means "once more" */
    if (ff_options_reload(NULL))
        ff_warn("SIGHUP changes nothing here: every option needs a restart");
    else
        ff_warn("options stay as they were");
}
