/* log_places.c: see log_places.h. The state keeps one number per name, so a place is several names. A name that is
 * too long for the state is not remembered: its file is read again, which changes nothing. */
#include "cli/logs/log_places.h"

#include <limits.h>
#include <stdio.h>

#include "cli/logs/log_names.h"
#include "ingest/files/known_record.h"

#define KEY_MAX (PATH_MAX + 80)

/* What is kept of a place, behind the key of its file. */
enum { NEXT, NUMBER, CHECK, BYTES, PLACE_PARTS };
static const char *const place_parts[PLACE_PARTS] = {"", ":number", ":check", ":bytes"};

static struct ff_slice file_key(char buf[KEY_MAX], const struct ff_source_identity *id, unsigned part)
{
    int n = snprintf(buf, KEY_MAX, "file:%llx:%llx:%016llx%s", (unsigned long long)id->device,
                     (unsigned long long)id->inode, (unsigned long long)id->first, place_parts[part]);
    return ff_slice_of(buf, (size_t)n);
}

static struct ff_slice name_key(char buf[KEY_MAX], const char *path, const char *what)
{
    int n = snprintf(buf, KEY_MAX, "name:%.*s%s", PATH_MAX, path, what);
    return ff_slice_of(buf, (size_t)n);
}

void ff_log_place_save(struct ff_suppressor *state, const struct ff_source_identity *id,
                       const struct ff_log_place *place)
{
    char key[KEY_MAX];
    ff_suppressor_set_offset(state, file_key(key, id, NEXT), place->next);
    ff_suppressor_set_offset(state, file_key(key, id, NUMBER), place->at.number);
    ff_suppressor_set_offset(state, file_key(key, id, CHECK), (int64_t)place->at.check);
    ff_suppressor_set_offset(state, file_key(key, id, BYTES), (int64_t)place->at.bytes);
}

bool ff_log_place_load(struct ff_suppressor *state, const struct ff_source_identity *id, struct ff_log_place *ret)
{
    char key[KEY_MAX];
    ret->next = ff_suppressor_offset(state, file_key(key, id, NEXT));
    ret->at.number = ff_suppressor_offset(state, file_key(key, id, NUMBER));
    ret->at.check = (uint64_t)ff_suppressor_offset(state, file_key(key, id, CHECK));
    ret->at.bytes = (uint64_t)ff_suppressor_offset(state, file_key(key, id, BYTES));
    return ret->next >= 0 && ret->at.number > 0;
}

void ff_log_name_save(struct ff_suppressor *state, const char *path, const struct ff_source_identity *id)
{
    char key[KEY_MAX];
    ff_suppressor_set_offset(state, name_key(key, path, ":device"), (int64_t)id->device);
    ff_suppressor_set_offset(state, name_key(key, path, ":inode"), (int64_t)id->inode);
    ff_suppressor_set_offset(state, name_key(key, path, ":first"), (int64_t)id->first);
}

bool ff_log_name_load(struct ff_suppressor *state, const char *path, struct ff_source_identity *ret)
{
    char key[KEY_MAX];
    int64_t inode = ff_suppressor_offset(state, name_key(key, path, ":inode"));
    ret->inode = (uint64_t)inode;
    ret->device = (uint64_t)ff_suppressor_offset(state, name_key(key, path, ":device"));
    ret->first = (uint64_t)ff_suppressor_offset(state, name_key(key, path, ":first"));
    return inode > 0;
}

/* ---- files of folders -------------------------------------------------------------------------------------------- */

static struct ff_slice segments_key(char buf[KEY_MAX], const char *folder)
{
    int n = snprintf(buf, KEY_MAX, "segment:%.*s:", PATH_MAX, folder);
    return ff_slice_of(buf, (size_t)n);
}

static struct ff_slice inode_key(char buf[KEY_MAX], const char *folder, const struct ff_source_identity *id)
{
    size_t n = segments_key(buf, folder).len;
    n += (size_t)snprintf(buf + n, KEY_MAX - n, "%llx:%llx:", (unsigned long long)id->device,
                          (unsigned long long)id->inode);
    return ff_slice_of(buf, n);
}

static struct ff_slice segment_key(char buf[KEY_MAX], const char *folder, const struct ff_source_identity *id)
{
    size_t n = inode_key(buf, folder, id).len;
    n += (size_t)snprintf(buf + n, KEY_MAX - n, "%016llx", (unsigned long long)id->first);
    return ff_slice_of(buf, n);
}

int64_t ff_log_segment_known(struct ff_suppressor *state, const char *folder, const struct ff_source_identity *id)
{
    char key[KEY_MAX];
    return ff_suppressor_offset(state, segment_key(key, folder, id));
}

/* Not the name: rows hold numbers. Its folder is in the key. */
int64_t ff_log_followed_as(const char *path)
{
    uint64_t hash = ff_record_hash(ff_slice_str(ff_log_base_of(path)));
    return (int64_t)(hash >> 2) + FF_LOG_SEGMENT_READ + 1;
}

void ff_log_segment_forget(struct ff_suppressor *state, const char *folder, const struct ff_source_identity *id,
                           bool place_too)
{
    char key[KEY_MAX];
    ff_suppressor_forget_offset(state, segment_key(key, folder, id));
    for (unsigned part = 0; place_too && part < PLACE_PARTS; part++)
        ff_suppressor_forget_offset(state, file_key(key, id, part));
}

struct walk {
    size_t prefix; /* bytes before the identity */
    bool (*each)(void *ctx, const struct ff_source_identity *id);
    void *ctx;
};

/* The row of a folder whose name goes on where ours ends is none of ours: its rest is no identity. */
static bool on_row(void *ctx, struct ff_slice input)
{
    const struct walk *w = ctx;
    char text[64];
    unsigned long long device, inode, first;
    int end = 0;
    struct ff_slice rest = ff_slice_sub(input, w->prefix, input.len);
    if (rest.len >= sizeof text)
        return true;
    snprintf(text, sizeof text, "%.*s", (int)rest.len, (const char *)rest.ptr);
    if (sscanf(text, "%llx:%llx:%16llx%n", &device, &inode, &first, &end) != 3 || (size_t)end != rest.len)
        return true;
    return w->each(w->ctx, &(struct ff_source_identity){device, inode, first});
}

static bool each_below(struct ff_suppressor *state, struct ff_slice prefix, struct walk *w)
{
    return ff_suppressor_each_offset(state, prefix, on_row, w) == FF_OK;
}

bool ff_log_segments_each(struct ff_suppressor *state, const char *folder,
                          bool (*each)(void *ctx, const struct ff_source_identity *id), void *ctx)
{
    char key[KEY_MAX];
    struct ff_slice prefix = segments_key(key, folder);
    return each_below(state, prefix, &(struct walk){prefix.len, each, ctx});
}

struct successor {
    struct ff_suppressor *state;
    const char *folder;
    const struct ff_source_identity *id;
};

static bool mark_predecessor(void *ctx, const struct ff_source_identity *id)
{
    char key[KEY_MAX];
    const struct successor *s = ctx;
    if (id->first != s->id->first)
        ff_suppressor_set_offset(s->state, segment_key(key, s->folder, id), FF_LOG_SEGMENT_GONE);
    return true;
}

void ff_log_segment_save(struct ff_suppressor *state, const char *folder, const struct ff_source_identity *id,
                         int64_t what)
{
    char key[KEY_MAX];
    int64_t known = ff_log_segment_known(state, folder, id);
    if (known == what)
        return;
    struct successor s = {state, folder, id};
    size_t folder_len = segments_key(key, folder).len;
    if (known <= FF_LOG_SEGMENT_GONE &&
        !each_below(state, inode_key(key, folder, id), &(struct walk){folder_len, mark_predecessor, &s}))
        return; /* it is tried again when the file is read the next time */
    ff_suppressor_set_offset(state, segment_key(key, folder, id), what);
}
