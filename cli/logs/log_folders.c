/* log_folders.c: the files of a folder that `run` reads.
 *
 * A folder (of KumoMTA's segments) is its files in the order of their names. With --follow new files are found as they
 * appear, and a file is finished when there is a later one and it has been at its end for FF_SEGMENT_GRACE_MS.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/logs/log_folders.h"
#include "cli/logs/log_forget.h"
#include "cli/process/clock.h"

#define FOLDER_LOOK_MS 1000

static int name_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* not strcoll(): the order must not depend on the locale */
}

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static void add_segment(struct ff_log_inputs *all, struct ff_log_folder *f, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", f->path, name) >= sizeof path || stat(path, &st) != 0 ||
        !S_ISREG(st.st_mode))
        return;
    char *latest = strdup(name);
    struct ff_log_input *in = latest ? ff_log_free_slot(all, path) : NULL;
    if (!in) {
        free(latest);
        return; /* memory is short, or too many are open: the next look tries again */
    }
    *in = (struct ff_log_input){.format = f->format, .path = in->path, .pipeline = f->pipeline, .st = st, .folder = f,
                                .rank = f->rank, .caught_up = all->looked_ms > 0};
    free(f->latest);
    f->latest = latest;
    f->latest_ms = ff_clock_ms();
    f->expected++;
}

/* Takes in the files that are later than those known; forgets those that are gone. */
static void look_into(struct ff_log_inputs *all, struct ff_log_folder *f)
{
    struct dirent **entries;
    int n = scandir(f->path, &entries, is_visible, name_order);
    for (int i = 0; i < n; i++)
        if (!f->latest || strcmp(entries[i]->d_name, f->latest) > 0)
            add_segment(all, f, entries[i]->d_name);
    if (all->follow)
        ff_log_forget_gone(all, f, entries, n);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    if (n >= 0)
        free(entries);
}

void ff_log_look_into_folders(struct ff_log_inputs *all)
{
    int64_t now = ff_clock_ms();
    if (all->folder_count == 0 || now - all->looked_ms < FOLDER_LOOK_MS)
        return;
    all->looked_ms = now;
    for (size_t i = 0; i < all->folder_count; i++)
        look_into(all, &all->folders[i]);
}

void ff_log_make_folder(struct ff_log_inputs *all)
{
    struct ff_log_input *in = &all->inputs[--all->count];
    struct ff_log_folder *f = &all->folders[all->folder_count++];
    *f = (struct ff_log_folder){.path = in->path, .format = in->format, .pipeline = in->pipeline, .rank = in->rank};
    look_into(all, f);
}
