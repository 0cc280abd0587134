/* log_slots.h: the inputs of a run, each with its reader and how far that is, and in which order they are read. */
#ifndef FF_CLI_LOG_SLOTS_H
#define FF_CLI_LOG_SLOTS_H

#include <sys/stat.h>

#include "cli/logs/log_places.h"
#include "ingest/files/source_file.h"
#include "ingest/pipeline/pipeline.h"
#include "suppress/suppress.h"

#define FF_LOG_INPUTS_MAX 1024

struct ff_log_input {
    const struct ff_decoder_ops *format;
    const char *path;
    const char *name; /* that the user gave, of this file or of the one it was renamed from; NULL: a file of a folder */
    struct ff_source *source; /* NULL: not open (yet, or any more) */
    struct ff_pipeline *pipeline; /* borrowed from the list of pipelines */
    struct stat st; /* at start; for the progress of inputs not open yet */
    struct ff_log_folder *folder; /* it is a file of this folder; NULL: it was named by the user */
    size_t rank;           /* which --input it belongs to: their order */
    bool ended, rotated;   /* rotated: a former file of another input */
    bool caught_up;        /* everything there was has been read once: inputs that come later need not wait any more */

    /* with --follow: */
    unsigned files;        /* that had the name so far, of which a record came; 0: none yet */
    bool anew;             /* the state knows another content of this file */
    int lost;              /* errno that the operator was told: nothing can be read under the name; 0: nothing */
    bool unsaved;          /* it ended, and the state does not say so yet */
    struct ff_log_place start; /* of a copy that the state knows under another identity; next 0: ask the state */
    struct ff_source_identity id; /* of what was read last; inode 0: nothing yet, or no file */
    struct ff_source_identity left; /* of the file that had the name before */
    struct ff_log_place place, saved; /* how far it was read, and what the state has of it */
};

struct ff_log_folder {
    const char *path;
    const struct ff_decoder_ops *format;
    struct ff_pipeline *pipeline;
    size_t rank;
    char *latest;       /* name of the last file taken in; NULL: none yet */
    int64_t latest_ms;  /* when it was taken in */
    /* entries it had when those that are gone were forgotten, and taken in since: with fewer, some are gone */
    size_t expected;
    bool looked_over;   /* that was done since the start */
};

struct ff_log_inputs {
    struct ff_log_input *inputs;
    /* of slots whose files we found ourselves, PATH_MAX bytes each; a joiner compares them as long as it lives */
    char **paths;
    size_t count, ended, turn;
    struct ff_log_folder *folders;
    size_t folder_count;
    int64_t looked_ms; /* into the folders */
    struct ff_pipeline **pipelines;
    const struct ff_decoder_ops **pipeline_formats;
    size_t pipeline_count;
    struct ff_suppressor *state;
    const struct ff_decoder_ops *format; /* of the record that is being decoded */
    bool follow;
    int status;
    uint64_t done_bytes; /* of inputs that are closed, as far as they were read */
    uint64_t read_bytes; /* of sources that are closed, with the former files of their names */
};

/** An empty slot for one more input, with a copy of its path: a new one, or that of a file that is done, whose path
 * is written over: to a joiner it looks like a file that was rotated, and its lines are numbered anew. NULL: all
 * are in use, memory is short, or the path is too long. */
struct ff_log_input *ff_log_free_slot(struct ff_log_inputs *all, const char *path);
/** Another input comes first. */
bool ff_log_must_wait(const struct ff_log_inputs *all, const struct ff_log_input *in);

#endif
