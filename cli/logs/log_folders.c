/* log_folders.c: the files of a folder that `run` reads.
 *
 * A folder is logs and segments (log_names.h), in the order of their names. A log is the file of its plain name and its
 * rotated files, and is read as one that the user names, but that all of it is read (log_former.h). Segments are read
 * in the order of their names; one is finished when there is a later one of its sequence and it has been at its end for
 * FF_SEGMENT_GRACE_MS.
 *
 * With --follow the folder is looked into once a second. What was seen then is kept as a hash of each file, so that
 * only what is new is looked at: of rotated files by inode, size and time, since their names change; of others by name
 * and inode, since they grow, and are open.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/logs/log_added.h"
#include "cli/logs/log_entries.h"
#include "cli/logs/log_folders.h"
#include "cli/logs/log_forget.h"
#include "cli/logs/log_former.h"
#include "cli/logs/log_input.h"
#include "cli/process/messages.h"
#include "proto/clock.h"

#define FOLDER_LOOK_MS 1000

struct look {
    struct ff_log_inputs *all;
    struct ff_log_folder *folder;
    bool started;  /* it is not the first look */
    bool deferred; /* something is to be looked at again */
};

/* ---- what becomes an input --------------------------------------------------------------------------------------- */

/* @param path  of the entry */
static struct ff_log_input input_of(const struct look *l, const struct ff_log_entry *e, const char *path, uint64_t turn)
{
    const struct ff_log_folder *f = l->folder;
    size_t base = (size_t)(ff_log_base_of(path) - path);
    return (struct ff_log_input){.format = f->format, .pipeline = f->pipeline, .st = e->st, .folder = l->folder,
                                 .rank = f->rank, .turn = turn, .caught_up = l->started, .file = e->name,
                                 .log = e->name.kind == FF_LOG_SEGMENT ? 0 : base + e->name.log,
                                 .rotated = e->name.kind == FF_LOG_ROTATED};
}

/* NULL: memory is short, or too many are open: the next look tries again. */
static struct ff_log_input *take_in(struct look *l, struct ff_log_entry *e, uint64_t turn)
{
    char path[PATH_MAX];
    ff_log_entry_path(l->folder, e, path);
    const struct ff_log_input like = input_of(l, e, path, turn);
    struct ff_log_input *in = ff_log_free_slot(l->all, path, &like);
    if (!in) {
        l->folder->incomplete = true;
        return NULL;
    }
    in->file.text = ff_log_base_of(in->path);
    e->seen = true;
    return in;
}

static void take_segment(struct look *l, struct ff_log_entry *e)
{
    if (e->seen || ff_log_entry_is_twin(l->folder, e))
        return;
    struct ff_log_input *in = take_in(l, e, l->all->taken);
    if (!in || !l->all->follow)
        return;
    if (e->name.packed)
        ff_log_know_segment(l->all, in);
    ff_log_supersede(l->all, in);
}

/* Without --follow: the files of a log as they are named now. */
static void take_files(struct look *l, struct ff_log_entry *e, size_t count)
{
    uint64_t turn = l->all->taken;
    for (size_t i = 0; i < count; i++)
        if (!e[i].seen && !ff_log_entry_is_twin(l->folder, &e[i]) && !take_in(l, &e[i], turn))
            return;
}

/* ---- a followed log ---------------------------------------------------------------------------------------------- */

static struct ff_log_input *find_plain(const struct look *l, const char *path, size_t log)
{
    for (size_t i = 0; i < l->all->count; i++) {
        struct ff_log_input *in = &l->all->inputs[i];
        if (!in->ended && in->folder == l->folder && in->log == log && ff_log_is_plain(in) &&
            memcmp(in->path, path, log) == 0)
            return in;
    }
    return NULL;
}

/* It is opened at once: its name may get another file while it waits for its turn. */
static struct ff_log_input *take_plain(struct look *l, struct ff_log_entry *e, struct ff_log_input *plain,
                                       uint64_t turn)
{
    if (e->name.kind != FF_LOG_PLAIN)
        return plain;
    if (plain || e->seen) {
        e->seen = true;
        return plain;
    }
    plain = take_in(l, e, turn);
    if (!plain)
        return NULL;
    ff_log_supersede(l->all, plain);
    return ff_log_input_open(l->all, plain) == FF_LOG_WORKED ? plain : NULL;
}

/* It reads a file that lost its name, and will read what has it now when that holds something. */
static bool is_behind(const struct ff_log_input *plain)
{
    struct stat st;
    return stat(plain->path, &st) == 0 && !ff_log_has_open(plain, &st);
}

/* It is not known yet which rotated files come before what the log is reading, and which after. */
static bool must_be_deferred(const struct ff_log_input *plain, const struct ff_log_entry *e, size_t count)
{
    bool named = !is_behind(plain);
    for (size_t i = 0; i < count && !named; i++)
        named = e[i].name.kind == FF_LOG_ROTATED && ff_log_has_open(plain, &e[i].st);
    return plain->left_by || !named;
}

static void tell_unreadable(struct look *l, const struct ff_log_entry *e)
{
    char path[PATH_MAX];
    ff_log_entry_path(l->folder, e, path);
    if (access(path, R_OK) == 0 || errno != EACCES)
        return;
    int status = ff_fail(FF_EXIT_NOPERM, "%s: %s (allow this user to read it)", path, strerror(EACCES));
    if (l->all->status == 0)
        l->all->status = status;
}

/* There are rotated files to be looked at. */
static bool has_fresh(struct look *l, struct ff_log_entry *e, size_t count)
{
    bool fresh = false;
    for (size_t i = 0; i < count; i++) {
        if (e[i].name.kind != FF_LOG_ROTATED || e[i].seen || ff_log_entry_is_twin(l->folder, &e[i]))
            continue;
        e[i].seen = ff_log_is_open(l->all, &e[i].st);
        fresh = fresh || !e[i].seen;
    }
    return fresh;
}

/* What was looked at is seen, but for what comes after the file that the log is reading, and what is still being made:
 * of a compressed file that which it is made of must not be forgotten before. */
static void mark_seen(struct look *l, struct ff_log_entry *e, size_t count, const struct ff_log_input *plain)
{
    bool behind = plain && is_behind(plain);
    for (size_t i = 0; i < count; i++) {
        if (e[i].name.kind != FF_LOG_ROTATED || e[i].seen || ff_log_entry_is_twin(l->folder, &e[i]))
            continue;
        /* a second more: time goes on since it was looked at */
        bool made = plain && ff_log_has_changed_within(&e[i].st, FF_LOG_MADE_SECONDS + 1);
        e[i].seen = !made && !behind;
        l->deferred = l->deferred || (made && e[i].name.packed);
        if (e[i].seen)
            tell_unreadable(l, &e[i]);
    }
}

/* @param e  its files, the oldest first */
static void take_log(struct look *l, struct ff_log_entry *e, size_t count)
{
    char path[PATH_MAX];
    ff_log_entry_path(l->folder, e, path);
    struct ff_log_input none = input_of(l, e, path, l->all->taken);
    path[none.log] = 0;
    none.path = path;
    none.st = (struct stat){.st_ino = 0};
    struct ff_log_input *plain = take_plain(l, &e[count - 1], find_plain(l, path, none.log), none.turn);
    if (!has_fresh(l, e, count) && l->started) {
        if (plain)
            plain->incomplete = false;
        return;
    }
    if (plain && must_be_deferred(plain, e, count)) {
        l->deferred = true;
        return;
    }
    bool added = ff_log_find_unread(l->all, plain ? plain : &none, l->started);
    if (plain)
        plain->incomplete = !added;
    if (added)
        mark_seen(l, e, count, plain);
    l->deferred = l->deferred || !added;
}

/* ---- a look ------------------------------------------------------------------------------------------------------ */

static void take_entries(struct look *l, struct ff_log_entries *found)
{
    struct ff_log_entry *e = found->entries;
    for (size_t i = 0, n; i < found->count; i += n) {
        n = 1;
        if (e[i].name.kind == FF_LOG_SEGMENT) {
            take_segment(l, &e[i]);
            continue;
        }
        while (i + n < found->count && ff_log_name_akin(&e[i].name, &e[i + n].name))
            n++;
        if (l->all->follow)
            take_log(l, &e[i], n);
        else
            take_files(l, &e[i], n);
    }
}

static void look_into(struct ff_log_inputs *all, struct ff_log_folder *f)
{
    struct look l = {.all = all, .folder = f, .started = all->looked_ms > 0};
    struct ff_log_entries found;
    f->incomplete = false;
    if (!ff_log_entries_read(f, &found))
        return;
    take_entries(&l, &found);
    ff_log_entries_keep(f, &found);
    if (all->follow && !l.deferred)
        ff_log_forget_gone(all, f, found.names, found.name_count);
    ff_log_entries_free(&found);
}

void ff_log_look_into_folders(struct ff_log_inputs *all)
{
    int64_t now = ff_steady_ms();
    if (all->folder_count == 0 || now - all->looked_ms < FOLDER_LOOK_MS)
        return;
    all->looked_ms = now;
    for (size_t i = 0; i < all->folder_count; i++)
        look_into(all, &all->folders[i]);
}

bool ff_log_take_rest_of_folders(struct ff_log_inputs *all)
{
    size_t before = all->count - all->ended;
    for (size_t i = 0; i < all->folder_count; i++)
        if (all->folders[i].incomplete)
            look_into(all, &all->folders[i]);
    return all->count - all->ended > before;
}

void ff_log_make_folder(struct ff_log_inputs *all)
{
    struct ff_log_input *in = &all->inputs[--all->count];
    struct ff_log_folder *f = &all->folders[all->folder_count++];
    *f = (struct ff_log_folder){.path = in->path, .format = in->format, .pipeline = in->pipeline, .rank = in->rank,
                                .gone = true};
    look_into(all, f);
}
