/* active_entries.c: see active_entries.h. */
#include "cli/suppressions/active_entries.h"

#include "cli/process/messages.h"
#include "cli/process/signals.h"
#include "proto/clock.h"

struct walk {
    ff_entries_fn *each;
    void *ctx;
    int64_t now_us;
    enum ff_err err;
};

static bool on_key(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    struct walk *w = ctx;
    struct ff_suppression s;
    (void)key;
    (void)state;
    if (suppression.len == 0)
        return true;
    w->err = ff_suppression_decode(suppression, &s);
    if (w->err != FF_OK)
        return false;
    return !ff_suppression_applies(&s, w->now_us) || w->each(w->ctx, &s);
}

static int of_state(const char *dir, struct ff_slice tenant, struct walk *w)
{
    char message[512];
    struct ff_suppressor *state = NULL;
    struct ff_suppressor_options opts = {.state_dir = dir, .read_only = true};
    enum ff_err err = ff_suppressor_open(&opts, &state, message, sizeof message);
    if (err != FF_OK)
        return ff_fail(ff_err_exit_status(err), "%s", message);
    struct ff_lookup *lookup = ff_lookup_new(state);
    err = lookup ? ff_lookup_scan(lookup, tenant, on_key, w) : FF_ERR_NOMEM;
    ff_lookup_free(lookup);
    ff_suppressor_close(state);
    if (err == FF_OK)
        err = w->err;
    return err == FF_OK ? 0
                        : ff_fail(ff_err_exit_status(err), "%s: the state cannot be read (%s)", dir, ff_err_name(err));
}

static int of_topic(const struct ff_target_options *target, struct ff_slice tenant, struct walk *w)
{
    char message[FF_SERVICE_MESSAGE_MAX] = "";
    struct ff_suppress_options opts;
    int status = ff_target_kafka(target, &opts);
    if (status)
        return status;
    ff_signals_catch(); /* it makes a folder of the whole list: a signal may not leave that behind */
    status = ff_suppressions_read(&opts, tenant, on_key, w, message, sizeof message);
    if (status)
        return ff_fail(status, "%s", message);
    return w->err == FF_OK
               ? 0
               : ff_fail(FF_EXIT_DATA, "the topic holds a record that is no suppression (check the topic prefix)");
}

int ff_entries_each(const struct ff_target_options *target, const char *tenant, ff_entries_fn *each, void *ctx)
{
    struct walk w = {.each = each, .ctx = ctx, .now_us = ff_now_us()};
    struct ff_slice of = tenant ? ff_slice_str(tenant) : (struct ff_slice){NULL, 0};
    return target->state ? of_state(target->state, of, &w) : of_topic(target, of, &w);
}
