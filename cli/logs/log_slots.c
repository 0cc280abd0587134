/* log_slots.c: see log_slots.h. */
#include "cli/logs/log_slots.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Its number; FF_LOG_INPUTS_MAX: none is free. */
static size_t free_slot(const struct ff_log_inputs *all)
{
    size_t i = all->count < FF_LOG_INPUTS_MAX ? all->count : 0;
    for (; i < all->count; i++) {
        const struct ff_log_input *in = &all->inputs[i];
        if (in->ended && !in->unsaved && (in->folder || in->rotated))
            return i;
    }
    return all->count < FF_LOG_INPUTS_MAX ? all->count : FF_LOG_INPUTS_MAX;
}

struct ff_log_input *ff_log_free_slot(struct ff_log_inputs *all, const char *path, const struct ff_log_input *like)
{
    size_t i = free_slot(all);
    if (i == FF_LOG_INPUTS_MAX || strlen(path) >= PATH_MAX)
        return NULL;
    if (!all->paths[i] && !(all->paths[i] = malloc(PATH_MAX)))
        return NULL;
    snprintf(all->paths[i], PATH_MAX, "%s", path);
    if (i == all->count)
        all->count++;
    else
        all->ended--;
    all->inputs[i] = *like;
    all->inputs[i].path = all->paths[i];
    all->inputs[i].age = all->taken++;
    return &all->inputs[i];
}

bool ff_log_akin(const struct ff_log_input *a, const struct ff_log_input *b)
{
    if (a->rank != b->rank || a->log != b->log)
        return false;
    return a->log ? memcmp(a->path, b->path, a->log) == 0 : ff_log_name_akin(&a->file, &b->file);
}

bool ff_log_is_plain(const struct ff_log_input *in)
{
    return in->log && in->path[in->log] == 0;
}

bool ff_log_has_open(const struct ff_log_input *in, const struct stat *st)
{
    uint64_t device = 0, inode = 0;
    if (in->source)
        ff_source_open_file(in->source, &device, &inode);
    return inode != 0 && device == (uint64_t)st->st_dev && inode == (uint64_t)st->st_ino;
}

bool ff_log_is_open(const struct ff_log_inputs *all, const struct stat *st)
{
    for (size_t i = 0; i < all->count; i++)
        if (ff_log_has_open(&all->inputs[i], st))
            return true;
    return false;
}

/* Not by the inode alone, when nobody has it open: a file that was made since may have got it. */
static bool uses(const struct ff_log_input *in, const struct ff_source_identity *id)
{
    const struct stat st = {.st_dev = (dev_t)id->device, .st_ino = (ino_t)id->inode};
    if (in->source)
        return ff_log_has_open(in, &st);
    if (in->unsaved)
        return in->id.device == id->device && in->id.inode == id->inode && in->id.first == id->first;
    return !in->ended && in->st.st_dev == st.st_dev && in->st.st_ino == st.st_ino && in->first == id->first;
}

bool ff_log_is_in_use(const struct ff_log_inputs *all, const struct ff_source_identity *id)
{
    for (size_t i = 0; i < all->count; i++)
        if (uses(&all->inputs[i], id))
            return true;
    return false;
}

/* What a log or a sequence had before comes first, to its end. Of different ones, what is there already in their order:
 * a file that grew while we were away tells of messages whose end another one has. */
static bool precedes(const struct ff_log_input *other, const struct ff_log_input *in)
{
    if (other->pipeline != in->pipeline || other->rank > in->rank)
        return false;
    bool older = (other->rotated && !in->rotated) || (other->rotated == in->rotated && other->age < in->age);
    bool before = other->rank < in->rank || other->turn < in->turn;
    if (!older && !before)
        return false; /* most of a thousand segments: their names need not be compared */
    return ff_log_akin(other, in) ? older : before && !other->caught_up && S_ISREG(other->st.st_mode);
}

bool ff_log_must_wait(const struct ff_log_inputs *all, const struct ff_log_input *in)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct ff_log_input *other = &all->inputs[i];
        if (other != in && !other->ended && (all->follow || in->folder) && precedes(other, in))
            return true;
    }
    return in->incomplete;
}
