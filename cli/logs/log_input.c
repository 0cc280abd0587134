/* log_input.c: reads one input of `run`, and says how far.
 *
 * With --follow the state keeps how far each file was read (log_places.h). It may lag behind what was read, since
 * results are idempotent, but is never ahead of what --results has: it is told at a commit, not while reading.
 */
#include <errno.h>

#include "cli/inputs/sources.h"
#include "cli/logs/log_folders.h"
#include "cli/logs/log_former.h"
#include "cli/logs/log_input.h"
#include "cli/process/clock.h"
#include "cli/process/messages.h"

#define STEP_BYTES (256u << 10)

/* ---- how far ----------------------------------------------------------------------------------------------------- */

/* Where the reader is; the state gets it with the next commit. */
static void note(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_source_identity id = {0, 0, 0};
    if (!ff_source_identity(in->source, &id)) {
        if (in->id.inode == 0)
            return;
        if (in->name)
            /* its file is done, or was truncated: nobody need look for it */
            ff_log_name_save(all->state, in->name, &id);
        in->left = in->id;
        in->id = id;
        return;
    }
    if (memcmp(&id, &in->id, sizeof id) != 0)
        in->saved = (struct ff_log_place){.next = 0};
    in->id = id;
    ff_source_place(in->source, &in->place.at);
    in->place.next = in->place.at.number + 1;
}

static bool same_place(const struct ff_log_place *a, const struct ff_log_place *b)
{
    return a->next == b->next && a->at.number == b->at.number && a->at.check == b->at.check &&
           a->at.bytes == b->at.bytes;
}

static void save(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_log_place place = in->place;
    int64_t needed = ff_pipeline_needs_from(in->pipeline, in->path, -1); /* what a joiner holds back is read again */
    if (needed < place.next)
        place.next = needed;
    in->unsaved = false;
    if (same_place(&place, &in->saved))
        return;
    ff_log_place_save(all->state, &in->id, &place);
    if (in->folder)
        ff_log_segment_save(all->state, in->folder->path, &in->id);
    if (in->name && !ff_log_must_wait(all, in)) /* one that waits has predecessors that are not done */
        ff_log_name_save(all->state, in->name, &in->id);
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

/* The state is told with the next commit, after everything that came of this input was written. */
static void end_input(struct ff_log_inputs *all, struct ff_log_input *in)
{
    if (all->follow) {
        note(all, in);
        in->unsaved = in->id.inode != 0;
        if (in->folder)
            in->place.next = FF_LOG_FINISHED;
        if (in->folder && ff_source_error(in->source) != FF_OK)
            in->place.at.bytes = (uint64_t)in->st.st_size; /* reading it again would give no more */
    }
    close_source(all, in);
    in->ended = true;
    all->ended++;
}

/* The first record says which file this is: one that a former run knows is continued where that one stopped. Gives the
 * number of its next record; 1: from the beginning. */
static int64_t known_next(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_source_identity id;
    struct ff_log_place place = in->start;
    uint64_t done, total;
    if (!all->follow || in->files > 0)
        return 1;
    if (in->anew || !ff_source_identity(in->source, &id) ||
        (place.next == 0 && !ff_log_place_load(all->state, &id, &place)))
        return 1;
    if (in->folder)
        ff_log_segment_save(all->state, in->folder->path, &id);
    if (place.next == FF_LOG_FINISHED) {
        ff_source_progress(in->source, &done, &total);
        return total == place.at.bytes ? FF_LOG_FINISHED : 1;
    }
    ff_source_resume(in->source, place.next, &place.at);
    return place.next;
}

/* The state knows an inode and a first record that are those of another content now. */
static void read_anew(struct ff_log_inputs *all, struct ff_log_input *in)
{
    ff_warn("%s: was written anew since it was read last, so it is read from its start", in->path);
    close_source(all, in);
    in->anew = true;
    in->files = 0;
    in->start = (struct ff_log_place){.next = 0};
}

void ff_log_input_mark(struct ff_log_inputs *all, struct ff_log_input *in)
{
    if (in->source)
        note(all, in);
    if ((in->source || in->unsaved) && in->id.inode != 0)
        save(all, in);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int open_source(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_source_options opts = {
        .path = in->path, .framing = in->format->framing, .follow = all->follow && !in->rotated};
    return ff_source_start(&opts, &in->source);
}

/* A segment at its end that has a successor is finished. */
static bool leave_segment(const struct ff_log_input *in)
{
    const char *name = strrchr(in->path, '/');
    return in->folder && strcmp(name ? name + 1 : in->path, in->folder->latest) != 0 &&
           ff_clock_ms() - in->folder->latest_ms >= FF_SEGMENT_GRACE_MS;
}

static enum ff_log_step open_input(struct ff_log_inputs *all, struct ff_log_input *in)
{
    int status = open_source(all, in);
    if (status == 0)
        return FF_LOG_WORKED;
    if (all->status == 0)
        all->status = status;
    in->ended = true;
    all->ended++;
    return FF_LOG_FAILED;
}

/* A new log that may not be read, or none at all, looks like a quiet night: nobody would be suppressed for weeks.
 * Files of folders come and go. */
static void tell_lost(struct ff_log_input *in)
{
    int lost = in->folder ? 0 : ff_source_lost(in->source);
    if (lost == in->lost)
        return;
    if (lost)
        ff_warn("%s: %s: the log that had this name was read to its end, and what comes now is not read (%s)", in->path,
                strerror(lost), lost == ENOENT ? "is it written elsewhere?" : "allow this user to read it");
    else
        ff_warn("%s: is read again", in->path);
    in->lost = lost;
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
    if (what == FF_SOURCE_OTHER) {
        read_anew(all, in);
        return FF_LOG_WORKED;
    }
    int status = what == FF_SOURCE_BROKEN ? ff_source_failed(in->source) : 0;
    if (all->status == 0)
        all->status = status;
    end_input(all, in);
    return status ? FF_LOG_FAILED : FF_LOG_WORKED;
}

/* The record just read is the first of a file that took the name. What had it in between is read before the rest. */
static bool another_file(struct ff_log_inputs *all, struct ff_log_input *in)
{
    unsigned before = in->files;
    in->files = ff_source_files(in->source);
    if (before == 0 || before == in->files)
        return false;
    if (in->name)
        ff_log_find_between(all, in);
    return true;
}

enum ff_log_step ff_log_input_read(struct ff_log_inputs *all, struct ff_log_input *in, size_t max)
{
    struct ff_record record;
    if (!in->source && open_input(all, in) == FF_LOG_FAILED)
        return FF_LOG_FAILED;
    all->format = in->format;
    /* a packed record holds thousands of events: whoever waits for a commit must not wait for 256 of them */
    size_t bytes = 0;
    for (size_t n = 0; n < max && bytes < STEP_BYTES; n++) {
        enum ff_source_what what = ff_source_next(in->source, &record);
        if (what == FF_SOURCE_WAIT && leave_segment(in)) {
            ff_source_unfollow(in->source);
            continue;
        }
        if (what != FF_SOURCE_RECORD)
            return no_record(all, in, what, n > 0);
        int64_t next = known_next(all, in);
        if (next == FF_LOG_FINISHED) {
            close_source(all, in); /* the state has it already */
            in->ended = true;
            all->ended++;
            return FF_LOG_WORKED;
        }
        bytes += record.value.len;
        if (next <= 1)
            ff_pipeline_record(in->pipeline, &record);
        if (all->follow && another_file(all, in))
            return FF_LOG_WORKED;
    }
    return FF_LOG_WORKED;
}
