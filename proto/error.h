/* error.h: what can go wrong with the environment or with foreign bytes, and how a program ends.
 *
 * Bad input inside a batch is no failure of the program: decoders turn it into dead letters. These values are for
 * the calls that cannot do what was asked.
 */
#ifndef FF_PROTO_ERROR_H
#define FF_PROTO_ERROR_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ff_err {
    FF_OK = 0,
    FF_ERR_SYNTAX,      /* foreign bytes break their own grammar */
    FF_ERR_TRUNCATED,   /* foreign bytes end too early */
    FF_ERR_RANGE,       /* a value outside what its field may hold */
    FF_ERR_TOO_LARGE,   /* a named limit was reached */
    FF_ERR_NOT_FOUND,   /* file, key or topic is not there */
    FF_ERR_EXISTS,      /* in use by another process; try again later (retriable) */
    FF_ERR_PERMISSION,
    FF_ERR_CREATE,      /* output or state cannot be made */
    FF_ERR_IO,          /* read, write or sync failed; disk full */
    FF_ERR_UNAVAILABLE, /* broker or server not there (retriable) */
    FF_ERR_CONFIG,
    FF_ERR_NOMEM,
    FF_ERR_DEFECT,      /* an invariant of ours does not hold */
};

/** Where a parser stopped, and why, in words. `msg` is constant text, at most 256 bytes, never an address. */
struct ff_err_at {
    enum ff_err err;
    size_t offset_bytes;
    const char *msg;
};

/** Stable token, e.g. "too_large"; never NULL. */
const char *ff_err_name(enum ff_err err);

/** Exit status for a program that ends because of `err` (sysexits.h): 0, 64..78. */
int ff_err_exit_status(enum ff_err err);

/* Exit statuses, as sysexits.h has them; the contract of every subcommand (docs/cli.md). */
enum ff_exit {
    FF_EXIT_OK = 0,
    FF_EXIT_USAGE = 64,
    FF_EXIT_DATA = 65,
    FF_EXIT_NOINPUT = 66,
    FF_EXIT_UNAVAILABLE = 69,
    FF_EXIT_SOFTWARE = 70, /* a defect of ours, and nothing else: operators report it */
    FF_EXIT_OSERR = 71,    /* no memory, no thread */
    FF_EXIT_CANTCREAT = 73,
    FF_EXIT_IO = 74,
    FF_EXIT_TEMPFAIL = 75,
    FF_EXIT_NOPERM = 77,
    FF_EXIT_CONFIG = 78,
};

#ifdef __cplusplus
}
#endif
#endif
