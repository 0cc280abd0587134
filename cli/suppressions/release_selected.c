/* release_selected.c: see release_selected.h. */
#include "cli/suppressions/release_selected.h"

#include <stdio.h>
#include <string.h>

#include "cli/process/messages.h"
#include "cli/process/terminal.h"
#include "cli/suppressions/active_entries.h"
#include "cli/suppressions/selected.h"

struct undo {
    const struct ff_release_selected *r;
    struct ff_selected *selected;
    struct ff_commands *commands;
    uint64_t active; /* entries that were looked at */
};

/* What a mail server's reply caused. The rest is somebody's wish, and a mistake of a provider is no reason to pass
 * over it. */
static bool is_automatic(uint32_t reason)
{
    return reason == FF_REASON_HARD_BOUNCE || reason == FF_REASON_REPEATED_SOFT_BOUNCE ||
           reason == FF_REASON_INVALID_DOMAIN;
}

static bool on_entry(void *ctx, const struct ff_suppression *s)
{
    struct undo *u = ctx;
    if (u->r->stream && !ff_slice_eq(s->stream_scope, ff_slice_str(u->r->stream)))
        return true;
    u->active++;
    if (!ff_selection_has(u->r->selection, s))
        return true;
    if (is_automatic(s->reason))
        ff_selected_take(u->selected, s);
    else
        ff_selected_leave(u->selected, s);
    return true;
}

static int show(const struct undo *u, const char *token)
{
    struct ff_json_out o;
    unsigned long long count = ff_selected_count(u->selected);
    ff_json_out_init(&o);
    ff_text_format(&o, "%llu of %llu active entries would be released (%s%s)\n", count, (unsigned long long)u->active,
                   u->r->tenant ? "tenant " : "all tenants", u->r->tenant ? u->r->tenant : "");
    ff_selected_print(u->selected, &o);
    if (count)
        ff_text_format(&o, "Nothing was released. The same command with --confirm %s releases them.\n", token);
    if (o.len)
        fwrite(o.buf, 1, o.len, stdout);
    bool short_of_memory = o.failed;
    ff_json_out_fini(&o);
    int status = ff_stdout_flush();
    return short_of_memory ? ff_fail(FF_EXIT_OSERR, "out of memory") : status;
}

static int release_one(void *ctx, struct ff_command *release)
{
    struct undo *u = ctx;
    const char *wrong = NULL;
    release->note = u->r->order->note;
    release->incident_id = u->r->order->incident_id;
    release->actor = u->r->order->actor;
    int status = ff_commands_put(u->commands, release, &wrong, NULL);
    return wrong
               ? ff_fail(FF_EXIT_DATA, "%.*s: %s", (int)release->address.len, (const char *)release->address.ptr, wrong)
               : status;
}

static int release_all(struct undo *u)
{
    uint64_t ended = 0;
    int status = ff_commands_open(u->r->target, false, &u->commands);
    if (status == 0)
        status = ff_selected_each(u->selected, release_one, u);
    if (status == 0)
        status = ff_commands_flush(u->commands);
    if (status && u->commands)
        ff_commands_say_done(u->commands, "entries before that were released",
                             "without --confirm the command shows the rest");
    bool known = status == 0 && ff_commands_released(u->commands, &ended);
    int closed = ff_commands_close(u->commands, status == 0);
    if (status || closed)
        return status ? status : closed;
    if (known)
        fprintf(stderr, "released %llu\n", (unsigned long long)ended);
    else
        fprintf(stderr, "sent %llu; the processes that own the addresses release them\n",
                (unsigned long long)ff_selected_count(u->selected));
    return 0;
}

int ff_release_selected(const struct ff_release_selected *r)
{
    char token[FF_SELECTED_TOKEN_MAX];
    struct undo u = {.r = r, .selected = ff_selected_new(r->selection->until_us)};
    if (!u.selected)
        return FF_EXIT_CANTCREAT;
    int status = ff_entries_each(r->target, r->tenant, on_entry, &u);
    if (status == 0)
        ff_selection_tell_unknown(r->selection);
    ff_selected_token(u.selected, token);
    if (status == 0 && !r->confirm)
        status = show(&u, token);
    else if (status == 0 && strcmp(r->confirm, token) != 0)
        status = ff_fail(
            FF_EXIT_DATA,
            "--confirm %s: the entries are others now, %llu of them (look at them again without --confirm; nothing was "
            "released)",
            r->confirm, (unsigned long long)ff_selected_count(u.selected));
    else if (status == 0)
        status = release_all(&u);
    ff_selected_free(u.selected);
    return status;
}
