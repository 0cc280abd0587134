/* log_beside.c: see log_beside.h. */
#include "cli/logs/log_beside.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GATHER_TRIES 10 /* while logrotate is at work */

/* ---- what a file holds ------------------------------------------------------------------------------------------- */

bool ff_log_same_file(const struct ff_source_identity *a, const struct ff_source_identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->first == b->first;
}

static enum ff_err open_file(const struct ff_log_input *of, const char *path, struct ff_source **ret)
{
    char message[256];
    struct ff_source_options opts = {.path = path, .framing = of->format->framing};
    return ff_source_open(&opts, ret, message, sizeof message);
}

bool ff_log_identify(const struct ff_log_input *of, const char *path, struct ff_source_identity *ret)
{
    struct ff_source *s = NULL;
    struct ff_record record;
    bool known = open_file(of, path, &s) == FF_OK && ff_source_next(s, &record) == FF_SOURCE_RECORD &&
                 ff_source_identity(s, ret);
    ff_source_close(s);
    return known;
}

bool ff_log_begins_with(const struct ff_log_input *of, const char *path, uint64_t first)
{
    struct ff_source_identity id;
    return ff_log_identify(of, path, &id) && id.first == first;
}

enum ff_log_likeness ff_log_compare(const struct ff_log_input *of, const char *path, const struct ff_log_place *known)
{
    struct ff_source *s = NULL;
    struct ff_record record;
    struct ff_source_place here = {.number = 0};
    enum ff_source_what what = FF_SOURCE_BROKEN;
    if (open_file(of, path, &s) == FF_OK)
        what = ff_source_next(s, &record);
    if (what == FF_SOURCE_RECORD && known->at.number > 1) {
        ff_source_resume(s, known->at.number, &here);
        what = ff_source_next(s, &record);
    }
    if (what == FF_SOURCE_RECORD)
        ff_source_place(s, &here);
    bool holds = here.number == known->at.number && here.check == known->at.check;
    if (what == FF_SOURCE_RECORD && !holds)
        what = ff_source_next(s, &record); /* it was half a record, when nothing is behind it */
    ff_source_close(s);
    return holds ? FF_LOG_HOLDS : what == FF_SOURCE_END ? FF_LOG_SHORTER : FF_LOG_OTHER;
}

static bool holds(const struct ff_log_input *of, const char *path, const struct ff_source_place *at)
{
    return ff_log_compare(of, path, &(struct ff_log_place){.at = *at}) == FF_LOG_HOLDS;
}

bool ff_log_is_beginning(const struct ff_log_input *of, const char *path, const char *whole)
{
    struct ff_source *s = NULL;
    struct ff_record record;
    struct ff_source_place last = {.number = 0}, before = {.number = 0};
    bool readable = open_file(of, path, &s) == FF_OK;
    while (readable && ff_source_next(s, &record) == FF_SOURCE_RECORD) {
        before = last;
        ff_source_place(s, &last);
    }
    ff_source_close(s);
    return last.number > 0 &&
           (holds(of, whole, &last) || (before.number > 1 && holds(of, whole, &before)));
}

bool ff_log_begins_alone(const struct ff_log_formers *near, const struct ff_log_former *f)
{
    bool alone = near->plain.inode == 0 || near->plain.first != f->id.first;
    for (size_t i = 0; i < near->count; i++)
        alone = alone && (&near->files[i] == f || near->files[i].id.first != f->id.first);
    return alone;
}

bool ff_log_is_still(const struct ff_log_input *of, const struct ff_log_formers *near, const struct ff_log_former *f,
                     const struct ff_log_place *known)
{
    return ff_log_begins_alone(near, f) || ff_log_compare(of, f->path, known) == FF_LOG_HOLDS;
}

struct ff_log_place ff_log_start_of_copy(const struct ff_log_place *place)
{
    struct ff_log_place start = *place;
    start.at.bytes = 0; /* it may be compressed */
    if (start.next == FF_LOG_FINISHED)
        start.next = start.at.number + 1;
    return start;
}

struct ff_log_former *ff_log_find_copy(const struct ff_log_input *of, struct ff_log_formers *near,
                                       const struct ff_source_identity *known, const struct ff_log_place *place,
                                       enum ff_log_likeness *ret_likeness)
{
    struct ff_log_former *found = NULL;
    *ret_likeness = FF_LOG_OTHER;
    for (size_t i = 0; i < near->count; i++) {
        struct ff_log_former *f = &near->files[i];
        if (f->wanted || f->id.first != known->first || (found && found->numbered && !f->numbered))
            continue;
        enum ff_log_likeness like = ff_log_compare(of, f->path, place);
        if (like == FF_LOG_HOLDS || (like == FF_LOG_SHORTER && ff_log_begins_alone(near, f))) {
            found = f;
            *ret_likeness = like;
        }
    }
    return found;
}

/* ---- which files there are --------------------------------------------------------------------------------------- */

/* The path without .gz or .zst. false: it ends in neither. */
static bool unpacked_path(const char *path, char ret[PATH_MAX])
{
    struct ff_slice p = ff_slice_str(path);
    size_t ending = ff_log_packed_ending(p);
    snprintf(ret, PATH_MAX, "%.*s", (int)(p.len - ending), path);
    return ending > 0;
}

static void consider(struct ff_log_formers *all, const struct ff_log_input *of, const char *path, size_t base)
{
    struct ff_log_former f = {.wanted = false};
    char plain[PATH_MAX];
    bool rotated = ff_log_name_under(path + base, strlen(of->path + base), &f.name);
    f.numbered = rotated && f.name.mark_end > f.name.mark;
    if (of->folder && !rotated)
        return;
    if (unpacked_path(path, plain) && access(plain, F_OK) == 0) {
        f.twin = strcmp(plain, of->path) == 0;
        if (!f.twin)
            return;
    }
    if (stat(path, &f.st) != 0 || !S_ISREG(f.st.st_mode) ||
        (f.st.st_dev == of->st.st_dev && f.st.st_ino == of->st.st_ino) || !ff_log_identify(of, path, &f.id)) {
        all->moved = all->moved || lstat(path, &f.st) != 0;
        return;
    }
    struct ff_log_former *files = realloc(all->files, (all->count + 1) * sizeof *files);
    if (!files)
        return;
    all->files = files;
    snprintf(f.path, sizeof f.path, "%s", path);
    files[all->count++] = f;
}

static int age_order(const void *a, const void *b)
{
    const struct ff_log_former *f = a, *g = b;
    const struct timespec *x = &f->st.st_mtim, *y = &g->st.st_mtim;
    if (f->numbered && g->numbered) {
        struct ff_log_name n = f->name, m = g->name;
        n.text = ff_log_base_of(f->path); /* the list has moved since */
        m.text = ff_log_base_of(g->path);
        return ff_log_name_order(&n, &m);
    }
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return x->tv_nsec == y->tv_nsec ? 0 : x->tv_nsec < y->tv_nsec ? -1 : 1;
}

bool ff_log_is_later(const struct ff_log_former *a, const struct ff_log_former *b)
{
    return age_order(a, b) < 0;
}

/* Opens the folder of a file, whose path up to the name is put into `ret`. */
static DIR *open_folder(const char *of, char ret[PATH_MAX], size_t *ret_len)
{
    *ret_len = (size_t)(ff_log_base_of(of) - of);
    snprintf(ret, PATH_MAX, "%.*s", (int)*ret_len, of);
    return opendir(*ret_len ? ret : ".");
}

/* The next file of the folder, whose path is put into `path`. */
static bool next_in_folder(DIR *d, char path[PATH_MAX], size_t folder)
{
    struct dirent *e;
    do {
        e = readdir(d);
        if (!e)
            return false;
    } while (folder + strlen(e->d_name) >= PATH_MAX);
    memcpy(path + folder, e->d_name, strlen(e->d_name) + 1);
    return true;
}

static struct timespec changed_at(DIR *d)
{
    struct stat st;
    return fstat(dirfd(d), &st) == 0 ? st.st_mtim : (struct timespec){0, 0};
}

/* false: files were renamed, made or removed meanwhile, so one may have been missed. */
static bool gather_once(struct ff_log_formers *all, struct ff_log_input *of)
{
    char path[PATH_MAX];
    size_t folder, n = strlen(ff_log_base_of(of->path));
    if (stat(of->path, &of->st) != 0)
        of->st.st_dev = of->st.st_ino = 0;
    if (!ff_log_identify(of, of->path, &all->plain))
        all->plain.inode = 0;
    DIR *d = open_folder(of->path, path, &folder);
    if (!d)
        return true;
    struct timespec before = changed_at(d);
    while (next_in_folder(d, path, folder)) {
        const char *more = path + folder + n;
        if (strncmp(path, of->path, folder + n) == 0 && (*more == '.' || *more == '-'))
            consider(all, of, path, folder);
    }
    struct timespec after = changed_at(d);
    closedir(d);
    return before.tv_sec == after.tv_sec && before.tv_nsec == after.tv_nsec && !all->moved;
}

void ff_log_gather(struct ff_log_input *of, struct ff_log_formers *ret)
{
    *ret = (struct ff_log_formers){.count = 0};
    for (unsigned tries = 1; !gather_once(ret, of) && tries < GATHER_TRIES; tries++) {
        ff_log_formers_free(ret);
        *ret = (struct ff_log_formers){.count = 0};
    }
    if (ret->count > 1)
        qsort(ret->files, ret->count, sizeof *ret->files, age_order);
}

void ff_log_formers_free(struct ff_log_formers *all)
{
    free(all->files);
}

struct ff_log_former *ff_log_find_open(const struct ff_log_input *of, struct ff_log_formers *near)
{
    char path[64];
    struct ff_source_identity id;
    if (!of->source || ff_log_has_open(of, &of->st))
        return NULL;
    for (size_t i = 0; i < near->count; i++)
        if (ff_log_has_open(of, &near->files[i].st))
            return &near->files[i];
    ff_source_path_of_open(of->source, path, sizeof path);
    if (!ff_log_identify(of, path, &id))
        return NULL;
    for (size_t i = near->count; i-- > 0;)
        if (near->files[i].id.first == id.first && ff_log_is_beginning(of, near->files[i].path, path))
            return &near->files[i];
    return NULL;
}

/* ---- where a file is now ----------------------------------------------------------------------------------------- */

/* Under another name not by the inode alone: when a file was deleted, the next one that is made gets its inode. */
static bool is_meant(const struct ff_log_input *in, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || st.st_dev != in->st.st_dev || st.st_ino != in->st.st_ino)
        return false;
    return in->first ? ff_log_begins_with(in, path, in->first)
                     : strcmp(path, in->path) == 0 || st.st_size >= in->st.st_size;
}

/* Compressed while it waited: under its own name, or a rotated file, whose first record is known, under any. */
static bool is_packed_copy(const struct ff_log_input *in, const char *path)
{
    char plain[PATH_MAX];
    if (!unpacked_path(path, plain) || access(plain, F_OK) == 0)
        return false;
    return in->first ? strncmp(path, in->path, in->log) == 0 && ff_log_begins_with(in, path, in->first)
                     : strcmp(plain, in->path) == 0;
}

static bool search(const struct ff_log_input *in, char path[PATH_MAX],
                   bool (*is_it)(const struct ff_log_input *in, const char *path))
{
    size_t folder;
    bool found = false;
    DIR *d = open_folder(in->path, path, &folder);
    while (d && !found && next_in_folder(d, path, folder))
        found = is_it(in, path);
    if (d)
        closedir(d);
    return found;
}

bool ff_log_locate(const struct ff_log_input *in, char ret_path[PATH_MAX])
{
    snprintf(ret_path, PATH_MAX, "%s", in->path);
    if (in->log ? is_meant(in, ret_path) : access(ret_path, F_OK) == 0)
        return true;
    return (in->log && search(in, ret_path, is_meant)) || search(in, ret_path, is_packed_copy);
}
