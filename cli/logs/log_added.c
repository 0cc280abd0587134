/* log_added.c: see log_added.h. */
#include "cli/logs/log_added.h"

#include "cli/process/messages.h"
#include "proto/clock.h"

/* Of a log that is written under dated names and has no plain one, the latest is still written. */
static bool is_latest(const struct ff_log_input *of, const struct ff_log_formers *near, size_t i)
{
    return of->folder && !of->source && of->st.st_ino == 0 && i + 1 == near->count;
}

bool ff_log_add_wanted(struct ff_log_inputs *all, const struct ff_log_input *of, const struct ff_log_formers *near)
{
    for (size_t i = 0; i < near->count; i++) {
        const struct ff_log_former *f = &near->files[i];
        if (!f->wanted || ff_log_is_in_use(all, &f->id))
            continue;
        struct ff_log_input like = {.format = of->format, .name = of->folder ? NULL : of->name,
                                    .pipeline = of->pipeline, .st = f->st, .folder = of->folder, .rank = of->rank,
                                    .turn = of->turn, .log = strlen(of->path), .rotated = !is_latest(of, near, i),
                                    .caught_up = of->caught_up, .first = f->id.first, .start = f->start,
                                    .anew = f->anew};
        struct ff_log_input *in = ff_log_free_slot(all, f->path, &like);
        if (!in)
            return false;
        ff_log_supersede(all, in);
    }
    return true;
}

static struct ff_log_name name_of(const struct ff_log_input *in)
{
    const char *base = ff_log_base_of(in->path);
    struct ff_log_name name = in->file;
    if (in->log)
        (void)ff_log_name_under(base, in->log - (size_t)(base - in->path), &name);
    return name;
}

static void leave(struct ff_log_input *in)
{
    if (in->superseded_ms == 0)
        in->superseded_ms = ff_steady_ms();
    if (in->log)
        in->rotated = true;
}

void ff_log_supersede(struct ff_log_inputs *all, struct ff_log_input *by)
{
    const struct ff_log_name latest = name_of(by);
    for (size_t i = 0; i < all->count; i++) {
        struct ff_log_input *in = &all->inputs[i];
        if (in == by || in->ended || ff_log_is_plain(in) || !ff_log_akin(in, by))
            continue;
        const struct ff_log_name name = name_of(in);
        leave(ff_log_name_order(&name, &latest) < 0 ? in : by);
    }
}

void ff_log_tell_missing(const struct ff_log_input *of, const struct ff_log_place *place)
{
    ff_warn("%s: the file that was read up to record %lld when the last run stopped is not there any more, neither "
            "renamed nor as .gz or .zst beside it (what it got since then is not read: give it back one of these names "
            "and start again, or read it without --follow)",
            of->path, (long long)place->at.number);
}
