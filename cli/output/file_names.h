/* file_names.h: which file a name that the user gave leads to. */
#ifndef FF_CLI_FILE_NAMES_H
#define FF_CLI_FILE_NAMES_H

#include "proto/slice.h"

/**
 * The open descriptor that a name means: 1 for /dev/stdout, 2 for /dev/stderr, N for /dev/fd/N and /proc/self/fd/N,
 * also by way of symbolic links. Such a name must be written through the descriptor: opened again, a regular file
 * behind it would be written from its beginning, or be replaced under the name that the shell gave it.
 * @return -1: it means none
 */
int ff_file_descriptor(const char *path);

/** Where a file really stands, so that a symbolic link stays one; also when what it points to is not there yet. To be
 * freed;
 * NULL: memory is short. */
char *ff_file_resolve(const char *path);

/** Would one file be written under both names? False for devices, FIFOs, and two open descriptors: there nothing is
 * lost. */
bool ff_file_same(const char *a, const char *b);

#endif
