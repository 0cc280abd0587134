/* log_former.c: what became of a followed file while `run --follow` was stopped.
 *
 * The file that was read then is looked for by its identity (it was renamed), then by its content, which is the same
 * in a compressed file and in a copy: its first record, and the last one that was read. Everything that took the name
 * after it and lost it again is read too: what is later than the file that was found, and is named as rotated files
 * are.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/logs/log_former.h"
#include "cli/logs/log_slots.h"
#include "cli/process/messages.h"

struct former {
    char path[PATH_MAX];
    struct stat st;
    struct ff_source_identity id;
    struct ff_log_place start; /* next 0: as the state says of its identity, or from its start */
    bool wanted;
};

struct formers {
    struct former *files;
    size_t count;
};

/* ---- the files beside a followed one ----------------------------------------------------------------------------- */

static bool same_file(const struct ff_source_identity *a, const struct ff_source_identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->first == b->first;
}

static enum ff_err open_file(const struct ff_log_input *of, const char *path, struct ff_source **ret)
{
    char message[256];
    struct ff_source_options opts = {.path = path, .framing = of->format->framing};
    return ff_source_open(&opts, ret, message, sizeof message);
}

static bool identify(const struct ff_log_input *of, const char *path, struct ff_source_identity *ret)
{
    struct ff_source *s = NULL;
    struct ff_record record;
    bool known = open_file(of, path, &s) == FF_OK && ff_source_next(s, &record) == FF_SOURCE_RECORD &&
                 ff_source_identity(s, ret);
    ff_source_close(s);
    return known;
}

/* The file begins as the one we know, and goes on like it up to where we read. */
static bool holds(const struct ff_log_input *of, const char *path, const struct ff_source_place *at)
{
    struct ff_source *s = NULL;
    struct ff_record record;
    bool does = open_file(of, path, &s) == FF_OK && ff_source_next(s, &record) == FF_SOURCE_RECORD;
    if (does && at->number > 1) {
        ff_source_resume(s, at->number, at);
        does = ff_source_next(s, &record) == FF_SOURCE_RECORD;
    }
    ff_source_close(s);
    return does;
}

/* gzip(1) keeps both until it is done: half a file must not stand for the whole one. */
static bool is_being_compressed(const char *path)
{
    char plain[PATH_MAX];
    struct ff_slice p = ff_slice_str(path);
    size_t ending = ff_slice_ends(p, FF_SLICE(".gz")) ? 3 : ff_slice_ends(p, FF_SLICE(".zst")) ? 4 : 0;
    snprintf(plain, sizeof plain, "%.*s", (int)(p.len - ending), path);
    return ending > 0 && access(plain, F_OK) == 0;
}

static void consider(struct formers *all, const struct ff_log_input *of, const char *path)
{
    struct former f = {.wanted = false};
    if (stat(path, &f.st) != 0 || !S_ISREG(f.st.st_mode) ||
        (f.st.st_dev == of->st.st_dev && f.st.st_ino == of->st.st_ino) || is_being_compressed(path) ||
        !identify(of, path, &f.id))
        return;
    struct former *files = realloc(all->files, (all->count + 1) * sizeof *files);
    if (!files)
        return;
    all->files = files;
    snprintf(f.path, sizeof f.path, "%s", path);
    files[all->count++] = f;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Files beside it whose names begin with its name and go on with a dot or a dash. */
static void gather(struct formers *all, const struct ff_log_input *of)
{
    char path[PATH_MAX];
    const char *base = base_of(of->path);
    size_t n = strlen(base);
    int folder = base == of->path ? snprintf(path, sizeof path, "./")
                                  : snprintf(path, sizeof path, "%.*s", (int)(base - of->path), of->path);
    DIR *d = opendir(path);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (strncmp(e->d_name, base, n) != 0 || (e->d_name[n] != '.' && e->d_name[n] != '-'))
            continue;
        if ((size_t)folder + strlen(e->d_name) < sizeof path) {
            memcpy(path + folder, e->d_name, strlen(e->d_name) + 1);
            consider(all, of, path);
        }
    }
    closedir(d);
}

static int age_order(const void *a, const void *b)
{
    const struct timespec *x = &((const struct former *)a)->st.st_mtim, *y = &((const struct former *)b)->st.st_mtim;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return x->tv_nsec == y->tv_nsec ? 0 : x->tv_nsec < y->tv_nsec ? -1 : 1;
}

/* ---- which of them -------------------------------------------------------------------------------------------- */

/* Those that a former run knows by their identity. Gives the one that was read under the name at last. */
static struct former *want_known(struct ff_log_inputs *all, struct formers *near,
                                 const struct ff_source_identity *known)
{
    struct former *found = NULL;
    for (size_t i = 0; i < near->count; i++) {
        struct former *f = &near->files[i];
        struct ff_log_place place;
        f->wanted = ff_log_place_load(all->state, &f->id, &place);
        if (f->wanted && same_file(&f->id, known))
            found = f;
    }
    return found;
}

static struct former *want_copy(struct formers *near, const struct ff_log_input *of,
                                const struct ff_source_identity *known, const struct ff_log_place *place)
{
    for (size_t i = 0; i < near->count; i++) {
        struct former *f = &near->files[i];
        if (f->wanted || f->id.first != known->first || !holds(of, f->path, &place->at))
            continue;
        f->wanted = true;
        f->start = *place;
        return f;
    }
    return NULL;
}

/* "log.1", "log-20260806.gz": a number follows. "log.summary" is no log, whatever its age. */
static bool is_rotated_name(const struct ff_log_input *of, const char *path)
{
    const char *more = base_of(path) + strlen(base_of(of->path)) + 1;
    return *more >= '0' && *more <= '9';
}

/* The name was taken and lost again before we came back. */
static void want_later(struct formers *near, const struct ff_log_input *of, const struct former *found,
                       const struct ff_log_place *place)
{
    struct ff_source_place at = place->at;
    at.bytes = 0; /* a copy may be compressed */
    for (size_t i = 0; i < near->count; i++) {
        struct former *f = &near->files[i];
        if (f != found && age_order(f, found) > 0 && is_rotated_name(of, f->path) &&
            (f->id.first != found->id.first || !holds(of, f->path, &at)))
            f->wanted = true;
    }
}

static void choose(struct ff_log_inputs *all, struct formers *near, struct ff_log_input *of)
{
    struct ff_source_identity known, current = {0, 0, 0};
    struct ff_log_place place;
    bool named = ff_log_name_load(all->state, of->name, &known) && ff_log_place_load(all->state, &known, &place);
    struct former *found = want_known(all, near, named ? &known : &current);
    bool readable = identify(of, of->path, &current);
    if (!named || (readable && same_file(&current, &known) && (uint64_t)of->st.st_size >= place.at.bytes))
        return; /* still there, or never read */
    place.at.bytes = 0; /* a copy may be compressed */
    if (!found)
        found = want_copy(near, of, &known, &place);
    if (found)
        want_later(near, of, found, &place);
    else if (readable && !same_file(&current, &known) && current.first == known.first && holds(of, of->path, &place.at))
        of->start = place; /* it was copied back, or its device has another number since the machine was started */
    else
        ff_warn(
            "%s: the file that was read up to record %lld when the last run stopped is not there any more, neither "
            "renamed nor as .gz or .zst beside it (what it got since then is not read: give it back one of these names "
            "and start again, or read it without --follow)",
            of->path, (long long)place.at.number);
}

static void add(struct ff_log_inputs *all, const struct ff_log_input *of, struct formers *near)
{
    if (near->count > 1)
        qsort(near->files, near->count, sizeof *near->files, age_order);
    for (size_t i = 0; i < near->count; i++) {
        const struct former *f = &near->files[i];
        struct ff_log_input *in = f->wanted ? ff_log_free_slot(all, f->path) : NULL;
        if (in)
            *in = (struct ff_log_input){.format = of->format, .path = in->path, .name = of->name,
                                        .pipeline = of->pipeline, .st = f->st, .rank = of->rank, .rotated = true,
                                        .start = f->start};
    }
    free(near->files);
}

void ff_log_find_former(struct ff_log_inputs *all, struct ff_log_input *of)
{
    struct formers near = {NULL, 0};
    gather(&near, of);
    choose(all, &near, of);
    add(all, of, &near);
}

void ff_log_find_between(struct ff_log_inputs *all, struct ff_log_input *of)
{
    struct formers near = {NULL, 0};
    const struct ff_source_identity *left = of->id.inode != 0 ? &of->id : &of->left;
    const struct former *found = NULL;
    struct ff_source_identity now;
    if (stat(of->path, &of->st) != 0 || !ff_source_identity(of->source, &now))
        return; /* it is gone again already */
    gather(&near, of);
    for (size_t i = 0; i < near.count; i++)
        if (same_file(&near.files[i].id, left))
            found = &near.files[i];
    if (found)
        want_later(&near, of, found, &of->place);
    for (size_t i = 0; i < near.count; i++)
        if (same_file(&near.files[i].id, &now))
            near.files[i].wanted = false;
    add(all, of, &near);
}
