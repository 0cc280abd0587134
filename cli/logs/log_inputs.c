/* log_inputs.c: the inputs of `run`.
 *
 * Those of one format share a pipeline, in the given order: a Postfix log of yesterday holds the senders of today's
 * results. Without --follow they are read one after the other. With --follow each is first read as far as it goes,
 * then all are read in turn: lines that are written at the same time are read at about the same time. Refused: a
 * pipeline for each followed input; it gave other results than the same files without --follow, and took 50 MB for
 * each Postfix log.
 *
 * With --follow the number of the next record goes into the state with every commit, under the identity of the file
 * (not its name), reduced to what a joiner may still need (log_places.h). After a restart the file is found again
 * whatever its name is now (log_former.c): one that was renamed meanwhile is read to its end first.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/inputs/sources.h"
#include "cli/logs/log_folders.h"
#include "cli/logs/log_former.h"
#include "cli/logs/log_input.h"
#include "cli/logs/log_inputs.h"
#include "cli/logs/log_slots.h"
#include "cli/process/messages.h"
#include "ingest/formats/formats.h"

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int parse_spec(const char *spec, struct ff_log_input *in)
{
    const char *colon = strchr(spec, ':');
    if (!colon || colon[1] == 0)
        return ff_fail(FF_EXIT_USAGE, "--input: \"%s\" is no FORMAT:PATH (for example postfix:/var/log/mail.log)",
                       spec);
    in->format = ff_decoder_find(ff_slice_of(spec, (size_t)(colon - spec)));
    if (!in->format)
        return ff_fail(FF_EXIT_USAGE, "--input: there is no format \"%.*s\" (one of " FF_FORMAT_CHOICES ")",
                       (int)(colon - spec), spec);
    in->path = colon + 1;
    return 0;
}

/* Missing inputs are found before the first is read: a typing error in the last of ten names must not cost an hour. */
static int check_input(struct ff_log_input *in)
{
    if (strcmp(in->path, "-") == 0)
        return 0;
    if (stat(in->path, &in->st) != 0)
        return ff_fail(errno == EACCES ? FF_EXIT_NOPERM : FF_EXIT_NOINPUT, "%s: %s (check --input)", in->path,
                       strerror(errno));
    if (access(in->path, S_ISDIR(in->st.st_mode) ? R_OK | X_OK : R_OK) != 0)
        return ff_fail(FF_EXIT_NOPERM, "%s: %s (run as a user who may read it)", in->path, strerror(errno));
    return 0;
}

int ff_log_inputs_check(const struct ff_option_list *specs)
{
    int status = 0;
    if (specs->count > FF_LOG_INPUTS_MAX)
        return ff_fail(FF_EXIT_USAGE, "--input: %zu are too many (at most %d)", specs->count, FF_LOG_INPUTS_MAX);
    for (size_t i = 0; i < specs->count && status == 0; i++) {
        struct ff_log_input in = {.format = NULL};
        status = parse_spec(specs->items[i], &in);
        if (status == 0)
            status = check_input(&in);
    }
    return status;
}

static int add_pipeline(struct ff_log_inputs *all, struct ff_log_input *in, const struct ff_decode_options *decode,
                        struct ff_judge *judge, const struct ff_pipeline_sink *sink)
{
    for (size_t i = 0; i < all->pipeline_count; i++) {
        if (all->pipeline_formats[i] == in->format) {
            in->pipeline = all->pipelines[i];
            return 0;
        }
    }
    in->pipeline = ff_pipeline_new(in->format, decode, judge, sink);
    if (!in->pipeline)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    all->pipelines[all->pipeline_count] = in->pipeline;
    all->pipeline_formats[all->pipeline_count++] = in->format;
    return 0;
}

/* They are open before their former files are looked for: whatever their names lead to meanwhile is one of those. */
static void follow_logs(struct ff_log_inputs *all)
{
    size_t named = all->count;
    for (size_t i = 0; i < named; i++)
        if (S_ISREG(all->inputs[i].st.st_mode) && all->inputs[i].name)
            (void)ff_log_input_open(all, &all->inputs[i]); /* what is wrong is said, and the others go on */
    for (size_t i = 0; i < named; i++)
        if (all->inputs[i].source && all->inputs[i].name)
            ff_log_find_former(all, &all->inputs[i]);
}

int ff_log_inputs_open(struct ff_log_inputs **ret, const struct ff_option_list *specs, bool follow,
                       const struct ff_decode_options *decode, struct ff_judge *judge,
                       const struct ff_pipeline_sink *sink, struct ff_suppressor *state)
{
    struct ff_log_inputs *all = calloc(1, sizeof *all);
    int status = all ? 0 : ff_fail(FF_EXIT_OSERR, "out of memory");
    if (status)
        return status;
    *ret = all;
    all->follow = follow;
    all->state = state;
    all->inputs = calloc(FF_LOG_INPUTS_MAX, sizeof *all->inputs);
    all->paths = calloc(FF_LOG_INPUTS_MAX, sizeof *all->paths);
    all->pipelines = calloc(FF_LOG_INPUTS_MAX, sizeof(struct ff_pipeline *));
    all->pipeline_formats = calloc(FF_LOG_INPUTS_MAX, sizeof(const struct ff_decoder_ops *));
    all->folders = calloc(specs->count, sizeof *all->folders);
    if (!all->inputs || !all->paths || !all->pipelines || !all->pipeline_formats || !all->folders)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    status = ff_log_inputs_check(specs);
    for (size_t i = 0; i < specs->count && status == 0; i++) {
        struct ff_log_input *in = &all->inputs[all->count++];
        status = parse_spec(specs->items[i], in);
        in->name = in->path;
        in->rank = i;
        in->log = strlen(in->path);
        if (status == 0)
            status = check_input(in);
        if (status == 0)
            status = add_pipeline(all, in, decode, judge, sink);
        if (status == 0 && S_ISDIR(in->st.st_mode))
            ff_log_make_folder(all);
    }
    if (follow && status == 0)
        follow_logs(all);
    return status;
}

void ff_log_inputs_close(struct ff_log_inputs *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++)
        ff_source_close(all->inputs[i].source);
    for (size_t i = 0; i < all->pipeline_count; i++)
        ff_pipeline_free(all->pipelines[i]);
    for (size_t i = 0; i < all->folder_count; i++)
        free(all->folders[i].seen);
    for (size_t i = 0; all->paths && i < FF_LOG_INPUTS_MAX; i++)
        free(all->paths[i]);
    free(all->folders);
    free(all->paths);
    free(all->inputs);
    free(all->pipelines);
    free(all->pipeline_formats);
    free(all);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

enum ff_log_step ff_log_inputs_step(struct ff_log_inputs *all, size_t records_max)
{
    if (all->follow)
        ff_log_look_into_folders(all);
    for (size_t tried = 0; tried < all->count; tried++) {
        struct ff_log_input *in = &all->inputs[all->turn];
        if (in->ended || ff_log_must_wait(all, in)) {
            all->turn = (all->turn + 1) % all->count;
            continue;
        }
        enum ff_log_step step = ff_log_input_read(all, in, records_max);
        if (all->follow)
            all->turn = (all->turn + 1) % all->count; /* in turn: a busy file must not starve the others */
        if (step != FF_LOG_IDLE || !all->follow)
            return step;
    }
    if (!all->follow && all->ended == all->count && ff_log_take_rest_of_folders(all))
        return FF_LOG_WORKED;
    bool more_may_come = all->follow && all->folder_count > 0;
    return all->ended == all->count && !more_may_come ? FF_LOG_ENDED : FF_LOG_IDLE;
}

int ff_log_inputs_status(const struct ff_log_inputs *all)
{
    return all->status;
}

void ff_log_inputs_wait(struct ff_log_inputs *all, int also_fd, int timeout_ms)
{
    struct ff_source *open[FF_LOG_INPUTS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < all->count; i++)
        if (all->inputs[i].source && !all->inputs[i].ended)
            open[n++] = all->inputs[i].source;
    ff_inputs_wait(open, n, also_fd, timeout_ms);
}

void ff_log_inputs_mark(struct ff_log_inputs *all)
{
    for (size_t i = 0; all->follow && i < all->count; i++)
        ff_log_input_mark(all, &all->inputs[i]);
}

bool ff_log_inputs_can_be_read_again(const struct ff_log_inputs *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (!S_ISREG(all->inputs[i].st.st_mode))
            return false;
    return true;
}

void ff_log_inputs_counts(const struct ff_log_inputs *all, struct ff_pipeline_counts *ret)
{
    *ret = (struct ff_pipeline_counts){.accounting = {.records = 0}};
    for (size_t p = 0; p < all->pipeline_count; p++) {
        struct ff_pipeline_counts c;
        ff_pipeline_counts(all->pipelines[p], &c);
        ff_pipeline_counts_add(ret, &c);
    }
}

void ff_log_inputs_progress(const struct ff_log_inputs *all, uint64_t *ret_done, uint64_t *ret_total)
{
    *ret_done = all->done_bytes;
    *ret_total = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct ff_log_input *in = &all->inputs[i];
        uint64_t done = 0, total = S_ISREG(in->st.st_mode) ? (uint64_t)in->st.st_size : 0;
        if (in->source && !in->ended)
            ff_source_progress(in->source, &done, &total);
        if (total == 0 && !in->ended) {
            *ret_total = 0;
            return;
        }
        *ret_done += done;
        *ret_total += total;
    }
}

void ff_log_inputs_bytes(const struct ff_log_inputs *all, uint64_t *ret_read, uint64_t *ret_lag)
{
    *ret_read = all->read_bytes;
    *ret_lag = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct ff_log_input *in = &all->inputs[i];
        uint64_t done = 0, total = S_ISREG(in->st.st_mode) ? (uint64_t)in->st.st_size : 0;
        if (in->ended)
            continue;
        if (in->source) {
            ff_source_progress(in->source, &done, &total);
            *ret_read += ff_source_bytes(in->source);
        }
        *ret_lag += total > done ? total - done : 0;
    }
}

const struct ff_decoder_ops *ff_log_inputs_format(const struct ff_log_inputs *all)
{
    return all->format;
}

size_t ff_log_inputs_number(const struct ff_log_inputs *all)
{
    return all->count;
}
