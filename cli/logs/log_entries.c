/* log_entries.c: see log_entries.h. */
#include "cli/logs/log_entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "cli/process/messages.h"

static const char *slash_of(const struct ff_log_folder *f)
{
    return f->path[strlen(f->path) - 1] == '/' ? "" : "/";
}

void ff_log_entry_path(const struct ff_log_folder *f, const struct ff_log_entry *e, char ret[PATH_MAX])
{
    if ((size_t)snprintf(ret, PATH_MAX, "%s%s%s", f->path, slash_of(f), e->name.text) >= PATH_MAX)
        ret[0] = 0;
}

bool ff_log_entry_is_twin(const struct ff_log_folder *f, const struct ff_log_entry *e)
{
    char plain[PATH_MAX];
    size_t unpacked = e->name.mark_end > e->name.mark ? e->name.mark_end : e->name.log;
    if (!e->name.packed)
        return false;
    snprintf(plain, sizeof plain, "%s%s%.*s", f->path, slash_of(f), (int)unpacked, e->name.text);
    return access(plain, F_OK) == 0;
}

/* ---- what is the same -------------------------------------------------------------------------------------------- */

/* That a file may be read counts: what may not be now may be later. */
static uint64_t key_of_log(const struct ff_log_entry *e, const char *path)
{
    uint64_t about[] = {(uint64_t)e->name.kind, (uint64_t)e->st.st_dev, (uint64_t)e->st.st_ino,
                        access(path, R_OK) == 0, 0, 0, 0};
    if (e->name.kind == FF_LOG_ROTATED) {
        about[4] = (uint64_t)e->st.st_size;
        about[5] = (uint64_t)e->st.st_mtim.tv_sec;
        about[6] = (uint64_t)e->st.st_mtim.tv_nsec;
    }
    return XXH3_64bits_withSeed(e->name.text, e->name.log, XXH3_64bits(about, sizeof about));
}

/* What readdir(3) says of inodes will do here: it says the same each time. */
static uint64_t key_of_segment(const struct ff_log_entry *e, const struct dirent *d)
{
    const char *name = e->name.kind == FF_LOG_SEALED ? "" : e->name.text; /* it is told of once, and then renamed */
    return XXH3_64bits_withSeed(name, strlen(name), (uint64_t)d->d_ino);
}

static int key_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool holds_key(const uint64_t *keys, size_t count, uint64_t key)
{
    return count > 0 && bsearch(&key, keys, count, sizeof key, key_order);
}

/* ---- a look ------------------------------------------------------------------------------------------------------ */

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* false: it is no file, or gone. */
static bool look_at(const struct ff_log_folder *f, const struct dirent *d, struct ff_log_entry *e)
{
    char path[PATH_MAX];
    *e = (struct ff_log_entry){.key = 0};
    ff_log_name_of(d->d_name, &e->name);
    ff_log_entry_path(f, e, path);
    if (!path[0])
        return false;
    bool by_name = e->name.kind == FF_LOG_SEGMENT || e->name.kind == FF_LOG_SEALED;
    if (by_name)
        e->key = key_of_segment(e, d);
    e->seen = by_name && holds_key(f->seen, f->seen_count, e->key);
    if (e->seen)
        return true;
    if (stat(path, &e->st) != 0 || !S_ISREG(e->st.st_mode))
        return false;
    if (!by_name) {
        e->key = key_of_log(e, path);
        e->seen = holds_key(f->seen, f->seen_count, e->key);
    }
    return true;
}

static void tell_sealed(const struct ff_log_folder *f, struct ff_log_entry *e)
{
    char path[PATH_MAX];
    ff_log_entry_path(f, e, path);
    if (!e->seen)
        ff_warn("%s: is not read (only .gz and .zst are decompressed)", path);
    e->seen = true;
}

/* What is told of comes last. */
static int entry_order(const void *a, const void *b)
{
    const struct ff_log_entry *x = a, *y = b;
    int sealed = (x->name.kind == FF_LOG_SEALED) - (y->name.kind == FF_LOG_SEALED);
    return sealed ? sealed : ff_log_name_order(&x->name, &y->name);
}

bool ff_log_entries_read(const struct ff_log_folder *f, struct ff_log_entries *ret)
{
    *ret = (struct ff_log_entries){.count = 0};
    ret->name_count = scandir(f->path, &ret->names, is_visible, NULL);
    size_t n = ret->name_count < 0 ? 0 : (size_t)ret->name_count;
    ret->entries = calloc(n + 1, sizeof *ret->entries);
    if (ret->name_count < 0 || !ret->entries) {
        ff_log_entries_free(ret);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        ret->count += look_at(f, ret->names[i], &ret->entries[ret->count]);
    if (ret->count > 1)
        qsort(ret->entries, ret->count, sizeof *ret->entries, entry_order);
    for (; ret->count > 0 && ret->entries[ret->count - 1].name.kind == FF_LOG_SEALED; ret->count--, ret->told++)
        tell_sealed(f, &ret->entries[ret->count - 1]);
    return true;
}

void ff_log_entries_keep(struct ff_log_folder *f, struct ff_log_entries *found)
{
    uint64_t *seen = calloc(found->count + found->told + 1, sizeof *seen);
    size_t n = 0;
    if (!seen)
        return; /* memory is short: what was seen before is looked at again, which changes nothing */
    for (size_t i = 0; i < found->count + found->told; i++)
        if (found->entries[i].seen)
            seen[n++] = found->entries[i].key;
    if (n > 1)
        qsort(seen, n, sizeof *seen, key_order);
    for (size_t i = 0; i < f->seen_count && !f->gone; i++)
        f->gone = !holds_key(seen, n, f->seen[i]);
    free(f->seen);
    f->seen = seen;
    f->seen_count = n;
}

void ff_log_entries_free(struct ff_log_entries *found)
{
    for (int i = 0; i < found->name_count; i++)
        free(found->names[i]);
    if (found->name_count >= 0)
        free(found->names);
    free(found->entries);
}
