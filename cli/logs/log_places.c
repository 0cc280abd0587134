/* log_places.c: see log_places.h. The state keeps one number per name, so a place is several names. A name that is too long
 * for the state is not remembered: its file is read again, which changes nothing. */
#include "cli/logs/log_places.h"

#include <limits.h>
#include <stdio.h>

#define KEY_MAX (PATH_MAX + 32)

static struct ff_slice file_key(char buf[KEY_MAX], const struct ff_source_identity *id, const char *what)
{
    int n = snprintf(buf, KEY_MAX, "file:%llx:%llx:%016llx%s", (unsigned long long)id->device, (unsigned long long)id->inode,
                     (unsigned long long)id->first, what);
    return ff_slice_of(buf, (size_t)n);
}

static struct ff_slice name_key(char buf[KEY_MAX], const char *path, const char *what)
{
    int n = snprintf(buf, KEY_MAX, "name:%.*s%s", PATH_MAX, path, what);
    return ff_slice_of(buf, (size_t)n);
}

void ff_log_place_save(struct ff_suppressor *state, const struct ff_source_identity *id, const struct ff_log_place *place)
{
    char key[KEY_MAX];
    ff_suppressor_set_offset(state, file_key(key, id, ""), place->next);
    ff_suppressor_set_offset(state, file_key(key, id, ":number"), place->at.number);
    ff_suppressor_set_offset(state, file_key(key, id, ":check"), (int64_t)place->at.check);
    ff_suppressor_set_offset(state, file_key(key, id, ":bytes"), (int64_t)place->at.bytes);
}

bool ff_log_place_load(struct ff_suppressor *state, const struct ff_source_identity *id, struct ff_log_place *ret)
{
    char key[KEY_MAX];
    ret->next = ff_suppressor_offset(state, file_key(key, id, ""));
    ret->at.number = ff_suppressor_offset(state, file_key(key, id, ":number"));
    ret->at.check = (uint64_t)ff_suppressor_offset(state, file_key(key, id, ":check"));
    ret->at.bytes = (uint64_t)ff_suppressor_offset(state, file_key(key, id, ":bytes"));
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
