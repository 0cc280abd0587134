/* signals.c: see signals.h. */
#include "cli/process/signals.h"

#include <unistd.h>

volatile sig_atomic_t ff_stop;
volatile sig_atomic_t ff_reload;

static void on_stop(int sig)
{
    if (ff_stop)
        _exit(128 + sig); /* the second one: whoever asks twice does not want to wait */
    ff_stop = 1;
}

static void on_reload(int sig)
{
    (void)sig;
    ff_reload++;
}

void ff_signals_catch(void)
{
    /* Without SA_RESTART: a read that waits for input must come back so that ff_stop is seen. SIGHUP can wait for
     * the next record, and must not make a write or a sync of some library fail. */
    struct sigaction stop = {.sa_handler = on_stop}, reload = {.sa_handler = on_reload, .sa_flags = SA_RESTART};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&reload.sa_mask);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGHUP, &reload, NULL);
}
