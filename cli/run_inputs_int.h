/* run_inputs_int.h: what run_inputs.c (reading) and run_files.c (finding files: rotated ones, those of folders) share. */
#ifndef FF_CLI_RUN_INPUTS_INT_H
#define FF_CLI_RUN_INPUTS_INT_H

#include <sys/stat.h>

#include "cli/run_int.h"

#define FF_SEGMENT_GRACE_MS 1000
#define FF_RUN_FINISHED INT64_MAX /* stored as the number of the next record */

struct ff_run_input {
    const struct ff_decoder_ops *format;
    const char *path;
    struct ff_source *source; /* NULL: not open (yet, or any more) */
    struct ff_pipeline *pipeline; /* borrowed from the list of pipelines */
    struct stat st; /* at start; for the progress of inputs not open yet */
    struct ff_run_folder *folder; /* it is a file of this folder; NULL: it was named by the user */
    bool ended, rotated;   /* rotated: a former file of another input */
};

struct ff_run_folder {
    const char *path;
    const struct ff_decoder_ops *format;
    struct ff_pipeline *pipeline;
    char *latest;       /* name of the last file taken in; NULL: none yet */
    int64_t latest_ms;  /* when it was taken in */
};

struct ff_run_inputs {
    struct ff_run_input *inputs;
    size_t count, ended, turn;
    struct ff_run_folder *folders;
    size_t folder_count;
    int64_t looked_ms; /* into the folders */
    char **names; /* paths we made; positions of records borrow them to the end */
    size_t name_count;
    struct ff_pipeline **pipelines;
    const struct ff_decoder_ops **pipeline_formats;
    size_t pipeline_count;
    struct ff_suppressor *state;
    const char *format;
    bool follow;
    int status;
    uint64_t done_bytes; /* of inputs that are closed */
};

/** Number of the next record of the file behind an open source whose first record was read; -1: a former run did not know
 * the file; FF_RUN_FINISHED: it had read all of it. */
int64_t ff_run_stored_next(struct ff_run_inputs *all, const struct ff_source *source);
/** Adds files beside a followed one that a former run was reading and that have been renamed since. */
void ff_run_find_rotated(struct ff_run_inputs *all, const struct ff_run_input *of);
/** Turns the input just added into a folder and takes in its files. */
void ff_run_make_folder(struct ff_run_inputs *all);
/** Takes in new files of all folders, at most once a second. */
void ff_run_look_into_folders(struct ff_run_inputs *all);

#endif
