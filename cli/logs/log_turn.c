/* log_turn.c: see log_turn.h.
 *
 * First the state is told how far the file was read that is left: only under its identity is it found again. Then its
 * other files are looked for, and read; and again, until there is none, since it may be rotated meanwhile. What has the
 * name now is open all the time, and can be renamed as often as it likes.
 */
#include "cli/logs/log_turn.h"

#include "cli/logs/log_former.h"
#include "cli/process/messages.h"
#include "proto/clock.h"

#define LOOK_MS 100

void ff_log_leave(struct ff_log_input *in, enum ff_source_what by)
{
    struct ff_source_identity left = in->left;
    bool read = by != FF_SOURCE_OTHER && ff_source_identity(in->source, &left);
    if (read) {
        in->left = left;
        ff_source_place(in->source, &in->left_place.at);
        in->left_place.next = ff_source_next_number(in->source);
    }
    if (in->left.inode == 0)
        return; /* nothing of the log was read: there is nothing by which its other files could be told apart */
    /* of a file of which nothing was read no copy is looked for, only what came after the one before it */
    in->left_by = read || by == FF_SOURCE_OTHER ? by : FF_SOURCE_NEXT;
    in->left_ms = ff_steady_ms();
    in->looked_ms = 0;
    in->left_found = in->left_whole = false;
    in->unsaved = read;
}

/* false: not all that was found could be added. */
static bool look(struct ff_log_inputs *all, struct ff_log_input *in)
{
    in->looked_ms = ff_steady_ms();
    if (in->folder)
        return ff_log_find_unread(all, in, true);
    ff_log_find_between(all, in);
    return true;
}

static void tell_lost_copy(const struct ff_log_input *in)
{
    ff_warn("%s: was truncated or written anew when it had been read up to record %lld, and no copy of it is beside it "
            "(what it got between that and then is not read; its new content is)",
            in->path, (long long)in->left_place.at.number);
}

bool ff_log_may_go_on(struct ff_log_inputs *all, struct ff_log_input *in)
{
    int64_t now = ff_steady_ms();
    if (!in->left_by)
        return true;
    if (in->unsaved || now - in->looked_ms < LOOK_MS)
        return false;
    if (!look(all, in) || ff_log_must_wait(all, in))
        return false;
    if (in->left_by == FF_SOURCE_ANEW && !in->left_found) {
        if (now - in->left_ms < FF_LOG_COPY_MS)
            return false;
        tell_lost_copy(in);
    }
    if (in->left_by == FF_SOURCE_ANEW && in->left_whole)
        ff_source_drop_half(in->source); /* the copy has that line whole */
    in->left_by = 0;
    in->id.inode = 0; /* of what comes next nothing was read */
    return true;
}

void ff_log_is_done(struct ff_log_inputs *all, const struct ff_log_input *in)
{
    for (size_t i = 0; i < all->count; i++) {
        struct ff_log_input *of = &all->inputs[i];
        if (of == in || !of->left_by || of->ended || !ff_log_is_plain(of) || !ff_log_akin(of, in))
            continue;
        of->left_found = in->id.inode != 0;
        if (in->id.inode != 0) {
            of->left = in->id;
            of->left_place = in->place;
        }
    }
}
