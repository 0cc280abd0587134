/* log_beside.h: the files beside a log that were it once: renamed, compressed, copied. */
#ifndef FF_CLI_LOG_BESIDE_H
#define FF_CLI_LOG_BESIDE_H

#include <limits.h>

#include "cli/logs/log_slots.h"

struct ff_log_former {
    char path[PATH_MAX];
    struct stat st;
    struct ff_source_identity id;
    struct ff_log_place start; /* next 0: as the state says of its identity, or from its start */
    struct ff_log_name name;   /* its text: the end of path */
    bool numbered;             /* its name is that of a rotation, with a number or a date */
    bool twin;                 /* it is NAME.gz or NAME.zst, and NAME is there: half of it, as long as gzip(1) runs */
    bool anew; /* the state knows something else of its identity */
    bool wanted;
};

struct ff_log_formers {
    struct ff_log_former *files; /* the oldest first */
    size_t count;
    struct ff_source_identity plain; /* of what has the name of the log; inode 0: nothing that holds a record */
    bool moved; /* a file was gone before it was looked at */
};

/** Finds those that hold a record, and looks again which file has the name of the log (of->st; inode 0: none). Without
 * those that are being compressed: gzip(1) keeps both until it is done. Of a log in a folder only rotations, since
 * anything else in there is a log of its own. To be freed with ff_log_formers_free() */
void ff_log_gather(struct ff_log_input *of, struct ff_log_formers *ret);
void ff_log_formers_free(struct ff_log_formers *all);
/** b came after a: by the numbers and dates of their names, else by the time of their last change. */
bool ff_log_is_later(const struct ff_log_former *a, const struct ff_log_former *b);

FF_MUST_CHECK bool ff_log_same_file(const struct ff_source_identity *a, const struct ff_source_identity *b);
/** By its first record. false: it has none, or cannot be read. */
FF_MUST_CHECK bool ff_log_identify(const struct ff_log_input *of, const char *path, struct ff_source_identity *ret);

/** By the hash of its first record, too. */
FF_MUST_CHECK bool ff_log_begins_with(const struct ff_log_input *of, const char *path, uint64_t first);

enum ff_log_likeness {
    FF_LOG_OTHER,   /* it has another record there, or is damaged */
    FF_LOG_SHORTER, /* it ends before that, or with half of that record */
    FF_LOG_HOLDS,   /* the same */
};
/** A file that begins as the one we know, compared with that at the last record that was read of it. Reads it so
 * far. */
enum ff_log_likeness ff_log_compare(const struct ff_log_input *of, const char *path, const struct ff_log_place *known);
/** Files are told apart by their first record: no other one near begins as this one does. */
FF_MUST_CHECK bool ff_log_begins_alone(const struct ff_log_formers *near, const struct ff_log_former *f);
/** A file and `whole` begin alike: all that it holds (but for half a line at its end) is in there, too. Reads both. */
FF_MUST_CHECK bool ff_log_is_beginning(const struct ff_log_input *of, const char *path, const char *whole);
/** What was known of this identity is still what the file holds. The first record tells that, unless other files begin
 * with the same. */
FF_MUST_CHECK bool ff_log_is_still(const struct ff_log_input *of, const struct ff_log_formers *near,
                                   const struct ff_log_former *f, const struct ff_log_place *known);
/** Of several copies that are not wanted yet the latest that holds what was read; or one that is shorter: what is
 * written between copying and truncating is in no file, and may have been read. NULL: there is none. */
struct ff_log_former *ff_log_find_copy(const struct ff_log_input *of, struct ff_log_formers *near,
                                       const struct ff_source_identity *known, const struct ff_log_place *place,
                                       enum ff_log_likeness *ret_likeness);
/** What the log has open while another file has its name: under another name, or compressed. NULL: none of them. */
struct ff_log_former *ff_log_find_open(const struct ff_log_input *of, struct ff_log_formers *near);
/** Where a copy is read on. */
struct ff_log_place ff_log_start_of_copy(const struct ff_log_place *place);

/** The path that an input's file has now: while it waited it may have been renamed (of a log: in->st, in->first) or
 * compressed. false: it is gone. */
FF_MUST_CHECK bool ff_log_locate(const struct ff_log_input *in, char ret_path[PATH_MAX]);

#endif
