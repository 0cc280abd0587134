/* log_names.h: what the name of a file says: which log it is a rotation of, and how old it is among them. */
#ifndef FF_CLI_LOG_NAMES_H
#define FF_CLI_LOG_NAMES_H

#include "proto/slice.h"

enum ff_log_kind {
    /* NAME.N, NAME.DATE, NAME-DATE, each also with .gz or .zst, and NAME.gz, NAME.zst: a file that NAME was */
    FF_LOG_ROTATED,
    /* it holds a date, or a number of six digits: one of a sequence of files in the order of their names, which an MTA
     * or a program writes one after another ("20260806-080000", "mail-2026-08-06.log") */
    FF_LOG_SEGMENT,
    FF_LOG_PLAIN, /* any other name: a log that is written under it */
    FF_LOG_SEALED, /* it is compressed as nothing here reads it (.xz, .bz2, ...) */
};

struct ff_log_name {
    enum ff_log_kind kind;
    const char *text; /* borrowed */
    /* of `text`: the name of the log. Of a segment: the name without .gz or .zst */
    size_t log;
    size_t mark, mark_end; /* of a rotated one, where its number or date begins and ends; alike: it has none */
    bool dated;            /* it is a date: they ascend, numbers descend with time */
    bool packed;           /* it ends in .gz or .zst */
};

/** The name of a file without its folder: a part of `path`. */
const char *ff_log_base_of(const char *path);

/** Bytes of .gz or .zst at its end; 0: it ends in neither. */
size_t ff_log_packed_ending(struct ff_slice name);

/** N: of one to five digits. DATE: digits with "-", "_", ".", ":" or "T" between them, which begin with six of them or
 * with a year (2026-08-06). NAME has a letter, and is no name of a segment. @param name  without its folder */
void ff_log_name_of(const char *name, struct ff_log_name *ret);
/** Of a file beside the log whose name its first `log` bytes are, whatever name that is. false: it is no rotation. */
bool ff_log_name_under(const char *name, size_t log, struct ff_log_name *ret);
/** As of strcmp(3): logs by their names, the files of one log from the oldest to the one of the plain name. Where
 * numbers and dates are side by side, numbers come first. */
int ff_log_name_order(const struct ff_log_name *a, const struct ff_log_name *b);
/** Of one log; segments: of one sequence, which is when their names differ in digits only. */
bool ff_log_name_akin(const struct ff_log_name *a, const struct ff_log_name *b);

#endif
