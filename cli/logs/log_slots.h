/* log_slots.h: what log_inputs.c (all inputs), log_input.c (reading one), log_former.c (finding rotated files) and
 * log_folders.c (those of folders) share. */
#ifndef FF_CLI_LOG_SLOTS_H
#define FF_CLI_LOG_SLOTS_H

#include <sys/stat.h>

#include "cli/logs/log_inputs.h"
#include "cli/logs/log_places.h"

#define FF_SEGMENT_GRACE_MS 1000

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
};

struct ff_log_inputs {
    struct ff_log_input *inputs;
    size_t count, ended, turn;
    struct ff_log_folder *folders;
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
    uint64_t done_bytes; /* of inputs that are closed, as far as they were read */
    uint64_t read_bytes; /* of sources that are closed, with the former files of their names */
};

/** Up to `max` records of one input through its pipeline. */
enum ff_log_step ff_log_input_read(struct ff_log_inputs *all, struct ff_log_input *in, size_t max);
/** Tells the state how far it was read; see ff_log_inputs_mark(). */
void ff_log_input_mark(struct ff_log_inputs *all, struct ff_log_input *in);
/** Another input comes first. */
bool ff_log_must_wait(const struct ff_log_inputs *all, const struct ff_log_input *in);
/** Finds what was read under the name of a followed input when the last run stopped, and what came after it: renamed,
 * compressed or copied meanwhile. Adds those files, the oldest first; warns when what was read is not found. */
void ff_log_find_former(struct ff_log_inputs *all, struct ff_log_input *of);
/** The input has just left a file whose name another one has: adds those that had it in between and lost it again, while we
 * were still busy with the former. */
void ff_log_find_between(struct ff_log_inputs *all, struct ff_log_input *of);
/** A slot for one more input: a new one, or that of a file that is done. NULL: all are in use. */
struct ff_log_input *ff_log_free_slot(struct ff_log_inputs *all);
/** A copy of a path that lives until close; NULL: memory is short. */
const char *ff_log_keep_name(struct ff_log_inputs *all, const char *path);
/** Turns the input just added into a folder and takes in its files. */
void ff_log_make_folder(struct ff_log_inputs *all);
/** Takes in new files of all folders, at most once a second. */
void ff_log_look_into_folders(struct ff_log_inputs *all);

#endif
