/* log_slots.c: see log_slots.h. */
#include "cli/logs/log_slots.h"

#include <stdlib.h>

struct ff_log_input *ff_log_free_slot(struct ff_log_inputs *all)
{
    if (all->count < FF_LOG_INPUTS_MAX)
        return &all->inputs[all->count++];
    for (size_t i = 0; i < all->count; i++) {
        struct ff_log_input *in = &all->inputs[i];
        if (in->ended && !in->unsaved && (in->folder || in->rotated)) {
            all->ended--;
            return in;
        }
    }
    return NULL;
}

const char *ff_log_keep_name(struct ff_log_inputs *all, const char *path)
{
    char **names = realloc(all->names, (all->name_count + 1) * sizeof *names);
    if (!names)
        return NULL;
    all->names = names;
    names[all->name_count] = strdup(path);
    return names[all->name_count] ? names[all->name_count++] : NULL;
}

/* Files of a folder are read in the order of their names, former files of a name before it, and what is there already in
 * the order of the inputs: a file that grew while we were away tells of messages whose end another one has. */
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
