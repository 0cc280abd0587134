/* run_files.c: finds the files `run` reads besides those named: former files of a followed name, and the files of a folder.
 *
 * A folder (of KumoMTA's segments) is its files in the order of their names. With --follow new files are found as they
 * appear, and a file is finished when there is a later one and it has been at its end for FF_SEGMENT_GRACE_MS.
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "cli/run_inputs_int.h"

#define FOLDER_LOOK_MS 1000

int64_t ff_run_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A copy of a path that lives until close; NULL: memory is short. */
static const char *keep_name(struct ff_run_inputs *all, const char *path)
{
    char **names = realloc(all->names, (all->name_count + 1) * sizeof *names);
    if (!names)
        return NULL;
    all->names = names;
    names[all->name_count] = strdup(path);
    return names[all->name_count] ? names[all->name_count++] : NULL;
}

/* ---- rotated files ----------------------------------------------------------------------------------------------- */

int64_t ff_run_stored_next(struct ff_run_inputs *all, const struct ff_source *source)
{
    char buf[FF_SOURCE_IDENTITY_MAX];
    struct ff_slice id = ff_source_identity(source, buf);
    return id.len ? ff_suppressor_offset(all->state, id) : -1;
}

/* A file beside a followed one that a former run was reading and that has been renamed since. Keeps it when it has more. */
static void consider_rotated(struct ff_run_inputs *all, const struct ff_run_input *of, const char *path)
{
    struct stat st;
    struct ff_record record;
    if (all->count == FF_RUN_INPUTS_MAX || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_ino == of->st.st_ino)
        return;
    struct ff_run_input *in = &all->inputs[all->count];
    *in = (struct ff_run_input){.format = of->format, .path = path, .pipeline = of->pipeline, .st = st, .rotated = true};
    char message[256];
    struct ff_source_options opts = {.path = path, .framing = in->format->framing};
    bool keep = ff_source_open(&opts, &in->source, message, sizeof message) == FF_OK &&
                ff_source_next(in->source, &record) == FF_SOURCE_RECORD && ff_run_stored_next(all, in->source) >= 0;
    ff_source_close(in->source);
    in->source = NULL;
    in->path = keep ? keep_name(all, path) : NULL;
    if (in->path)
        all->count++;
}

void ff_run_find_rotated(struct ff_run_inputs *all, const struct ff_run_input *of)
{
    char path[PATH_MAX];
    const char *slash = strrchr(of->path, '/');
    const char *base = slash ? slash + 1 : of->path;
    snprintf(path, sizeof path, "%.*s", slash ? (int)(slash - of->path + 1) : 2, slash ? of->path : "./");
    size_t folder = strlen(path);
    DIR *d = opendir(path);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        size_t n = strlen(base);
        if (strncmp(e->d_name, base, n) != 0 || (e->d_name[n] != '.' && e->d_name[n] != '-'))
            continue;
        if (folder + strlen(e->d_name) < sizeof path) {
            memcpy(path + folder, e->d_name, strlen(e->d_name) + 1);
            consider_rotated(all, of, path);
        }
    }
    closedir(d);
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

static int name_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* not strcoll(): the order must not depend on the locale */
}

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* A slot for one more input: a new one, or that of a file of a folder that is finished. NULL: all are in use. */
static struct ff_run_input *free_slot(struct ff_run_inputs *all)
{
    if (all->count < FF_RUN_INPUTS_MAX)
        return &all->inputs[all->count];
    for (size_t i = 0; i < all->count; i++)
        if (all->inputs[i].ended && all->inputs[i].folder && !all->inputs[i].source)
            return &all->inputs[i];
    return NULL;
}

static void add_segment(struct ff_run_inputs *all, struct ff_run_folder *f, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    struct ff_run_input *in = free_slot(all);
    if (!in || (size_t)snprintf(path, sizeof path, "%s/%s", f->path, name) >= sizeof path || stat(path, &st) != 0 ||
        !S_ISREG(st.st_mode))
        return;
    char *latest = strdup(name);
    const char *kept = latest ? keep_name(all, path) : NULL;
    if (!kept) {
        free(latest);
        return; /* memory is short: the next look tries again */
    }
    if (in == &all->inputs[all->count])
        all->count++;
    else
        all->ended--; /* the slot of a finished file */
    *in = (struct ff_run_input){.format = f->format, .path = kept, .pipeline = f->pipeline, .st = st, .folder = f};
    free(f->latest);
    f->latest = latest;
    f->latest_ms = ff_run_now_ms();
}

/* Takes in the files that are later than those known. */
static void look_into(struct ff_run_inputs *all, struct ff_run_folder *f)
{
    struct dirent **entries;
    int n = scandir(f->path, &entries, is_visible, name_order);
    for (int i = 0; i < n; i++) {
        if (!f->latest || strcmp(entries[i]->d_name, f->latest) > 0)
            add_segment(all, f, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

void ff_run_look_into_folders(struct ff_run_inputs *all)
{
    int64_t now = ff_run_now_ms();
    if (all->folder_count == 0 || now - all->looked_ms < FOLDER_LOOK_MS)
        return;
    all->looked_ms = now;
    for (size_t i = 0; i < all->folder_count; i++)
        look_into(all, &all->folders[i]);
}

/* Turns the input just added into a folder. */
void ff_run_make_folder(struct ff_run_inputs *all)
{
    struct ff_run_input *in = &all->inputs[--all->count];
    struct ff_run_folder *f = &all->folders[all->folder_count++];
    *f = (struct ff_run_folder){.path = in->path, .format = in->format, .pipeline = in->pipeline};
    look_into(all, f);
}
