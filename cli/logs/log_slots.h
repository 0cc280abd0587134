/* log_slots.h: the inputs of a run, each with its reader and how far that is, and in which order they are read. */
#ifndef FF_CLI_LOG_SLOTS_H
#define FF_CLI_LOG_SLOTS_H

#include <sys/stat.h>

#include "cli/logs/log_names.h"
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
    struct stat st; /* when it was found: which file is meant; for the progress of inputs not open yet */
    struct ff_log_folder *folder; /* it is a file of this folder; NULL: it was named by the user */
    size_t rank;           /* which --input it belongs to: their order */
    uint64_t turn;         /* when its log was taken in: the order of logs and segments of a folder */
    uint64_t age;          /* when it was itself: the order of the files of a log, of the segments of a sequence */
    size_t log;            /* bytes of `path` that are the path of its log; 0: a segment, which is in no log */
    struct ff_log_name file; /* of a segment */
    bool ended;
    bool rotated;          /* a former file of a log: read to its end before what came after it, and not followed */
    bool caught_up;        /* everything there was has been read once: inputs that come later need not wait any more */

    /* with --follow: */
    uint64_t first;        /* of a rotated file: hash of its first record, when it was found */
    bool asked;            /* the state was asked how far it was read */
    bool anew;             /* the state knows another content of this file */
    bool incomplete;       /* of its rotated files some have no slot yet: it must wait for them */
    int64_t superseded_ms; /* since when a later file of its log or sequence is there; 0: none is */
    int lost;              /* errno that the operator was told: nothing can be read under the name; 0: nothing */
    bool unsaved;          /* it ended or was left, and the state does not say so yet */
    struct ff_log_place start; /* of a copy that the state knows under another identity; next 0: ask the state */
    struct ff_source_identity id; /* of what was read last; inode 0: nothing yet, or no file */
    struct ff_log_place place, saved; /* how far it was read, and what the state has of it */

    /* of a log while what comes next under its name must wait for what went before (log_turn.h): */
    enum ff_source_what left_by; /* FF_SOURCE_NEXT, _ANEW or _OTHER; 0: it need not wait */
    int64_t left_ms, looked_ms;  /* when that was noticed; when its other files were looked for at last */
    struct ff_source_identity left; /* the latest file of the log that is done */
    struct ff_log_place left_place; /* and how far it was read */
    bool left_found;                /* it has another name or a copy */
    bool left_whole;                /* and the copy holds more than was read */
};

struct ff_log_folder {
    const char *path;
    const struct ff_decoder_ops *format;
    struct ff_pipeline *pipeline;
    size_t rank;
    /* of what was in it at the last look and is taken in, or need not be: a hash of each, sorted */
    uint64_t *seen;
    size_t seen_count;
    bool incomplete; /* there was more in it than slots */
    bool gone;       /* the state may know files that are not in it any more */
};

struct ff_log_inputs {
    struct ff_log_input *inputs;
    /* of slots whose files we found ourselves, PATH_MAX bytes each; a joiner compares them as long as it lives */
    char **paths;
    size_t count, ended, turn;
    uint64_t taken; /* inputs so far */
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

/** A slot for one more input, which is what `like` is but for its path (a copy) and its age: a new one, or that of a
 * file that is done, whose path is written over: to a joiner it looks like a file that was rotated, and its lines are
 * numbered anew. NULL: all are in use, memory is short, or the path is too long. */
struct ff_log_input *ff_log_free_slot(struct ff_log_inputs *all, const char *path, const struct ff_log_input *like);
/** Another input comes first. */
bool ff_log_must_wait(const struct ff_log_inputs *all, const struct ff_log_input *in);

/** Files of one log, or segments of one sequence, of one --input. */
bool ff_log_akin(const struct ff_log_input *a, const struct ff_log_input *b);
/** It is read under the name of its log: followed through its rotations, where a folder is. */
bool ff_log_is_plain(const struct ff_log_input *in);
/** It has the file open: so long nothing else gets its inode. */
bool ff_log_has_open(const struct ff_log_input *in, const struct stat *st);
/** One of them has. */
bool ff_log_is_open(const struct ff_log_inputs *all, const struct stat *st);
/** A file that is being read, will be, or was, and the state is not told yet. */
bool ff_log_is_in_use(const struct ff_log_inputs *all, const struct ff_source_identity *id);

#endif
