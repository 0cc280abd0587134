/* nothing_to_reload.h: SIGHUP where no option takes effect while the program runs. */
#ifndef FF_CLI_NOTHING_TO_RELOAD_H
#define FF_CLI_NOTHING_TO_RELOAD_H

/** Now and then: when a SIGHUP came, says that there is nothing to read again, and which options in the file need a
 * restart. */
void ff_nothing_to_reload(void);

#endif
