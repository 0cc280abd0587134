/* log_input.c: reads one input of `run`, and says how far.
 *
 * With --follow the state keeps how far each file was read (log_places.h). It may lag behind what was read, since
 * results are idempotent, but is never ahead of what --results has: it is told at a commit, not while reading.
 */
#include <errno.h>

#include "cli/inputs/sources.h"
#include "cli/logs/log_beside.h"
#include "cli/logs/log_folders.h"
#include "cli/logs/log_input.h"
#include "cli/logs/log_turn.h"
#include "cli/process/messages.h"
#include "proto/clock.h"

#define STEP_BYTES (256u << 10)

/* ---- how far ----------------------------------------------------------------------------------------------------- */

/* Where the reader is, or was when its file was left; the state gets it with the next commit. */
static void note(struct ff_log_input *in)
{
    struct ff_source_identity id;
    if (!ff_source_identity(in->source, &id))
        return;
    if (memcmp(&id, &in->id, sizeof id) != 0)
        in->saved = (struct ff_log_place){.next = 0};
    in->id = id;
    ff_source_place(in->source, &in->place.at);
    in->place.next = in->left_by == FF_SOURCE_NEXT ? FF_LOG_FINISHED : ff_source_next_number(in->source);
}

static bool same_place(const struct ff_log_place *a, const struct ff_log_place *b)
{
    return a->next == b->next && a->at.number == b->at.number && a->at.check == b->at.check &&
           a->at.bytes == b->at.bytes;
}

/* Of the files of a log that were read it is the last one, and none that comes before it is left to be read. */
static bool is_reached(const struct ff_log_inputs *all, const struct ff_log_input *in)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct ff_log_input *other = &all->inputs[i];
        bool later = ff_log_is_plain(other) || (in->rotated && other->age > in->age);
        if (other != in && later && other->id.inode != 0 && !other->left_by && ff_log_akin(other, in))
            return false;
    }
    return !ff_log_must_wait(all, in);
}

/* That the folder has this file, and what it is there. */
static void save_segment(struct ff_log_inputs *all, const struct ff_log_input *in, const struct ff_source_identity *id)
{
    bool followed = ff_log_is_plain(in) && in->left_by != FF_SOURCE_NEXT;
    ff_log_segment_save(all->state, in->folder->path, id,
                        followed ? ff_log_followed_as(in->path) : FF_LOG_SEGMENT_READ);
}

static void save(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_log_place place = in->place;
    int64_t needed = ff_pipeline_needs_from(in->pipeline, in->path, -1); /* what a joiner holds back is read again */
    if (needed < place.next)
        place.next = needed;
    if (!same_place(&place, &in->saved)) {
        ff_log_place_save(all->state, &in->id, &place);
        if (in->name && is_reached(all, in))
            ff_log_name_save(all->state, in->name, &in->id);
    }
    if (in->folder && (in->unsaved || in->saved.next == 0))
        save_segment(all, in, &in->id);
    in->unsaved = false;
    in->saved = place;
}

static void close_source(struct ff_log_inputs *all, struct ff_log_input *in)
{
    uint64_t done, total;
    ff_source_progress(in->source, &done, &total);
    all->done_bytes += done;
    all->read_bytes += ff_source_bytes(in->source);
    ff_source_close(in->source);
    in->source = NULL;
}

static void end(struct ff_log_inputs *all, struct ff_log_input *in)
{
    in->ended = true;
    all->ended++;
    if (in->rotated)
        ff_log_is_done(all, in);
}

/* The state is told with the next commit, after everything that came of this input was written. */
static void end_input(struct ff_log_inputs *all, struct ff_log_input *in)
{
    if (all->follow) {
        note(in);
        in->unsaved = in->id.inode != 0;
        if (!ff_log_is_plain(in))
            in->place.next = FF_LOG_FINISHED;
        if (in->folder && ff_source_error(in->source) != FF_OK)
            in->place.at.bytes = (uint64_t)in->st.st_size; /* reading it again would give no more */
    }
    close_source(all, in);
    end(all, in);
}

/* The first record says which file this is: one that a former run knows is continued where that one stopped. Gives the
 * number of its next record; 1: from the beginning. */
static int64_t known_next(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_source_identity id;
    struct ff_log_place place = in->start;
    uint64_t done, total;
    if (!all->follow || in->asked)
        return 1;
    in->asked = true;
    if (!ff_source_identity(in->source, &id) ||
        (place.next == 0 && (in->anew || !ff_log_place_load(all->state, &id, &place))))
        return 1;
    if (in->folder)
        save_segment(all, in, &id);
    if (place.next == FF_LOG_FINISHED) {
        ff_source_progress(in->source, &done, &total);
        if (total == place.at.bytes && !ff_log_is_plain(in))
            return FF_LOG_FINISHED;
        place.next = place.at.number + 1;
    }
    in->left = id;
    in->left_place = place;
    ff_source_resume(in->source, place.next, &place.at);
    return place.next;
}

void ff_log_input_mark(struct ff_log_inputs *all, struct ff_log_input *in)
{
    if (in->source)
        note(in);
    if ((in->source || in->unsaved) && in->id.inode != 0)
        save(all, in);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int open_source(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_source_options opts = {
        .path = in->path, .framing = in->format->framing, .follow = all->follow && !in->rotated};
    return ff_source_start(&opts, &in->source);
}

/* A file that we found ourselves may have another name when its turn comes, and another file its name. */
static bool find_again(struct ff_log_inputs *all, struct ff_log_input *in)
{
    char path[PATH_MAX];
    struct stat st;
    char *own = all->paths[in - all->inputs];
    if (in->path != own || (all->follow && ff_log_is_plain(in)))
        return true; /* its name is what counts */
    if (!ff_log_locate(in, path) || stat(path, &st) != 0)
        return false;
    memcpy(own, path, sizeof path);
    in->st = st;
    return true;
}

static void fail(struct ff_log_inputs *all, int status)
{
    if (all->status == 0)
        all->status = status;
}

enum ff_log_step ff_log_input_open(struct ff_log_inputs *all, struct ff_log_input *in)
{
    int status = find_again(all, in) ? open_source(all, in)
                                     : ff_fail(FF_EXIT_NOINPUT, "%s: was removed before it was read", in->path);
    if (status == 0)
        return FF_LOG_WORKED;
    fail(all, status);
    end(all, in);
    return FF_LOG_FAILED;
}

/* The state knows an inode and a first record that are those of another content now. */
static enum ff_log_step read_anew(struct ff_log_inputs *all, struct ff_log_input *in)
{
    ff_warn("%s: was written anew since it was read last, so it is read from its start", in->path);
    close_source(all, in);
    in->anew = true;
    in->asked = false;
    in->start = (struct ff_log_place){.next = 0};
    if (ff_log_is_plain(in) && !in->left_by)
        ff_log_leave(in, FF_SOURCE_OTHER);
    return ff_log_input_open(all, in); /* now, since its name may get another file while it waits */
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* At its end, and there is a later one. */
static bool is_left(const struct ff_log_input *in)
{
    return in->superseded_ms && ff_steady_ms() - in->superseded_ms >= FF_SEGMENT_GRACE_MS;
}

/* A new log that may not be read, or none at all, looks like a quiet night: nobody would be suppressed for weeks.
 * Segments come and go. A log that is gone from its folder is taken in again when it is back. */
static void tell_lost(struct ff_log_input *in)
{
    int lost = ff_log_is_plain(in) ? ff_source_lost(in->source) : 0;
    if (lost == in->lost)
        return;
    if (lost)
        ff_warn("%s: %s: the log that had this name was read to its end, and what comes now is not read (%s)", in->path,
                strerror(lost), lost == ENOENT ? "is it written elsewhere?" : "allow this user to read it");
    else
        ff_warn("%s: is read again", in->path);
    in->lost = lost;
    if (in->folder && lost == ENOENT)
        ff_source_unfollow(in->source);
}

/* What else than a record came. */
static enum ff_log_step no_record(struct ff_log_inputs *all, struct ff_log_input *in, enum ff_source_what what,
                                  bool worked)
{
    if (what == FF_SOURCE_WAIT) {
        tell_lost(in);
        in->caught_up = true;
        return worked ? FF_LOG_WORKED : FF_LOG_IDLE;
    }
    if (what == FF_SOURCE_OTHER)
        return read_anew(all, in);
    if (what == FF_SOURCE_NEXT || what == FF_SOURCE_ANEW) {
        ff_log_leave(in, what);
        return FF_LOG_WORKED;
    }
    int status = what == FF_SOURCE_BROKEN ? ff_source_failed(in->source) : 0;
    fail(all, status);
    end_input(all, in);
    return status ? FF_LOG_FAILED : FF_LOG_WORKED;
}

enum ff_log_step ff_log_input_read(struct ff_log_inputs *all, struct ff_log_input *in, size_t max)
{
    struct ff_record record;
    if (!in->source && ff_log_input_open(all, in) == FF_LOG_FAILED)
        return FF_LOG_FAILED;
    if (!ff_log_may_go_on(all, in))
        return FF_LOG_IDLE;
    all->format = in->format;
    /* a packed record holds thousands of events: whoever waits for a commit must not wait for 256 of them */
    size_t bytes = 0;
    for (size_t n = 0; n < max && bytes < STEP_BYTES; n++) {
        enum ff_source_what what = ff_source_next(in->source, &record);
        if (what == FF_SOURCE_WAIT && is_left(in)) {
            ff_source_unfollow(in->source);
            continue;
        }
        if ((what == FF_SOURCE_NEXT || what == FF_SOURCE_ANEW) && !ff_log_is_plain(in)) {
            in->id.inode = 0; /* of what comes next nothing was read */
            continue;
        }
        if (what != FF_SOURCE_RECORD)
            return no_record(all, in, what, n > 0);
        int64_t next = known_next(all, in);
        if (next == FF_LOG_FINISHED) {
            note(in);
            close_source(all, in); /* the state has it already */
            end(all, in);
            return FF_LOG_WORKED;
        }
        bytes += record.value.len;
        if (next <= 1)
            ff_pipeline_record(in->pipeline, &record);
    }
    return FF_LOG_WORKED;
}
