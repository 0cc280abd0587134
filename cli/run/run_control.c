/* run_control.c: see run_control.h. */
#include "cli/run/run_control.h"

#include <stdio.h>

#define TURN_MAX 16 /* requests: then the logs get their turn */

static uint64_t released(const struct ff_suppressor *state)
{
    struct ff_suppressor_stats stats;
    ff_suppressor_stats(state, &stats);
    return stats.released;
}

/* Up to the first command that is none. What the state refuses is told by the commit behind it. */
static void carry_out(struct ff_suppressor *state, const struct ff_control_request *request,
                      struct ff_control_answer *ret)
{
    for (size_t i = 0; i < request->count; i++) {
        uint64_t before = released(state);
        enum ff_err err = ff_suppressor_command(state, &request->commands[i], -1);
        if (err != FF_OK) {
            ret->status = err == FF_ERR_SYNTAX ? FF_EXIT_DATA : ff_err_exit_status(err);
            snprintf(ret->text, sizeof ret->text, "command %zu of %zu: %s", i + 1, request->count, ff_err_name(err));
            return;
        }
        ret->ended[ret->count++] = released(state) - before;
    }
}

int ff_run_control_serve(struct ff_control *c, struct ff_suppressor *state, ff_run_commit_fn *commit, void *ctx)
{
    const struct ff_control_request *request;
    int status = 0;
    for (size_t i = 0; i < TURN_MAX && status == 0 && (request = ff_control_next(c)); i++) {
        struct ff_control_answer answer = {.status = 0};
        /* a release writes what was counted before it, and the results of that must be written before it is */
        status = commit(ctx);
        if (status == 0) {
            carry_out(state, request, &answer);
            status = commit(ctx);
        }
        if (status) {
            answer.status = status;
            answer.count = 0;
            snprintf(answer.text, sizeof answer.text, "the state cannot be written; the run that has it ends");
        }
        ff_control_reply(c, &answer);
    }
    return status;
}
