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

struct ff_log_input *ff_log_free_slot(struct ff_log_inputs *all, const char *path)
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
    all->inputs[i] = (struct ff_log_input){.path = all->paths[i]};
    return &all->inputs[i];
}

/* Files of a folder are read in the order of their names, former files of a name before it, and what is there
 * already in the order of the inputs: a file that grew while we were away tells of messages whose end another one
 * has. */
static bool precedes(const struct ff_log_input *other, const struct ff_log_input *in)
{
    if (in->folder && other->folder == in->folder)
        return strcmp(other->path, in->path) < 0;
    if (other->pipeline != in->pipeline || other->caught_up || !S_ISREG(other->st.st_mode))
        return false;
    if (other->rank != in->rank)
        return other->rank < in->rank;
    return other->rotated && (!in->rotated || other < in);
}

bool ff_log_must_wait(const struct ff_log_inputs *all, const struct ff_log_input *in)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct ff_log_input *other = &all->inputs[i];
        if (other != in && !other->ended && (all->follow || in->folder) && precedes(other, in))
            return true;
    }
    return false;
}
