/* log_former.c: what became of a followed log that the user named.
 *
 * The file that was read last is looked for by its identity (it was renamed), then by its content, which is the same
 * in a compressed file and in a copy: its first record, and the last one that was read. Everything that took the name
 * after it and lost it again is read too: what is later than the file that was found, and is named as rotated files
 * are.
 */
#include "cli/logs/log_former.h"

#include "cli/logs/log_added.h"
#include "cli/logs/log_beside.h"
#include "cli/process/messages.h"

static struct ff_log_former *find_renamed(const struct ff_log_input *of, struct ff_log_formers *near,
                                          const struct ff_source_identity *known, const struct ff_log_place *place)
{
    for (size_t i = 0; i < near->count; i++)
        if (ff_log_same_file(&near->files[i].id, known) && ff_log_is_still(of, near, &near->files[i], place))
            return &near->files[i];
    return NULL;
}

/* Those that a former run knows by their identity: what came to them since, and what a joiner needs of them. */
static void want_known(struct ff_log_inputs *all, const struct ff_log_input *of, struct ff_log_formers *near)
{
    struct ff_log_place place;
    for (size_t i = 0; i < near->count; i++)
        near->files[i].wanted = ff_log_place_load(all->state, &near->files[i].id, &place) &&
                                ff_log_is_still(of, near, &near->files[i], &place);
}

/* The name was taken and lost again before we came back. @param now  what the log has open; NULL: what has its name */
static void want_later(struct ff_log_formers *near, const struct ff_log_input *of, const struct ff_log_former *found,
                       const struct ff_log_place *place, const struct ff_log_former *now)
{
    for (size_t i = 0; i < near->count; i++) {
        struct ff_log_former *f = &near->files[i];
        bool between = ff_log_is_later(found, f) && !(now && (f == now || ff_log_is_later(now, f)));
        if (f != found && between && f->numbered &&
            (f->id.first != found->id.first || ff_log_compare(of, f->path, place) != FF_LOG_HOLDS))
            f->wanted = true;
    }
}

static void choose(struct ff_log_inputs *all, struct ff_log_formers *near, struct ff_log_input *of)
{
    struct ff_source_identity known;
    struct ff_log_place place;
    bool named = ff_log_name_load(all->state, of->name, &known) && ff_log_place_load(all->state, &known, &place);
    want_known(all, of, near);
    if (!named || (ff_log_same_file(&near->plain, &known) && (uint64_t)of->st.st_size >= place.at.bytes))
        return; /* still there, or never read */
    struct ff_log_former *found = find_renamed(of, near, &known, &place);
    const struct ff_log_place start = ff_log_start_of_copy(&place);
    enum ff_log_likeness like;
    if (!found && (found = ff_log_find_copy(of, near, &known, &place, &like))) {
        found->wanted = like == FF_LOG_HOLDS;
        found->start = start;
    }
    if (found)
        want_later(near, of, found, &place, NULL);
    else if (near->plain.inode != 0 && !ff_log_same_file(&near->plain, &known) && near->plain.first == known.first &&
             ff_log_compare(of, of->path, &place) == FF_LOG_HOLDS)
        of->start = start; /* it was copied back, or its device has another number since the machine was started */
    else if (place.next != FF_LOG_FINISHED)
        ff_log_tell_missing(of, &place);
}

void ff_log_find_former(struct ff_log_inputs *all, struct ff_log_input *of)
{
    struct ff_log_formers near;
    ff_log_gather(of, &near);
    choose(all, &near, of);
    (void)ff_log_add_wanted(all, of, &near); /* those that find no slot are missed at the next start */
    ff_log_formers_free(&near);
}

void ff_log_find_between(struct ff_log_inputs *all, struct ff_log_input *of)
{
    struct ff_log_formers near;
    ff_log_gather(of, &near);
    const struct ff_log_former *now = ff_log_find_open(of, &near);
    struct ff_log_former *found = find_renamed(of, &near, &of->left, &of->left_place);
    enum ff_log_likeness like;
    if (!found && (found = ff_log_find_copy(of, &near, &of->left, &of->left_place, &like))) {
        /* a file that was rotated was read to its end: so was its copy */
        found->wanted = like == FF_LOG_HOLDS && of->left_by != FF_SOURCE_NEXT;
        of->left_whole = of->left_whole || found->wanted;
        found->start = ff_log_start_of_copy(&of->left_place);
    }
    if (found) {
        of->left_found = true;
        want_later(&near, of, found, &of->left_place, now);
    }
    (void)ff_log_add_wanted(all, of, &near);
    ff_log_formers_free(&near);
}
