/* progress.h: the line on a terminal that says how far a long piece of work is. */
#ifndef FF_CLI_PROGRESS_H
#define FF_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/** How far it is now. */
struct ff_progress_at {
    const char *doing;    /* "checking", before the share; NULL: nothing */
    const char *things;   /* what is counted: "events" */
    uint64_t count;       /* of them, since the start */
    uint64_t done, total; /* bytes of the inputs; total 0: unknown */
    bool endless;         /* inputs grow: says how many bytes are left, instead of share and time */
};

struct ff_progress {
    int64_t shown_ms; /* or begun */
    uint64_t shown_count, shown_done;
    double things_per_s, bytes_per_s; /* smoothed */
    bool wanted, shown;
};

/** Begins, now. Nothing is ever shown where stderr is no terminal. */
void ff_progress_init(struct ff_progress *p, bool wanted);
/** The line is so old that it should be shown again: five times a second at most. */
bool ff_progress_is_due(const struct ff_progress *p);
/** Shows it anew; whoever has to find out how far it is asks ff_progress_is_due() first. */
void ff_progress_show(struct ff_progress *p, const struct ff_progress_at *at);
/** Takes the line away. */
void ff_progress_end(struct ff_progress *p);

/** Whatever line is shown is taken away until it is shown again, so that a message does not stand behind it. */
void ff_progress_make_room(void);

#endif
