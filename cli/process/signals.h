/* signals.h: how the process is asked to stop, or to read its rules again. */
#ifndef FF_CLI_SIGNALS_H
#define FF_CLI_SIGNALS_H

#include <signal.h>

/** SIGTERM and SIGINT set it; a second one ends the process at once with status 130 or 143. */
extern volatile sig_atomic_t ff_stop;
/** Counts SIGHUPs. */
extern volatile sig_atomic_t ff_reload;
/** Installs the handlers (long-running subcommands; filters keep the default, which ends them at once). */
void ff_signals_catch(void);

#endif
