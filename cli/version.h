/* version.h: which program, and which libraries it runs with (not: was built with): what a bug report needs. */
#ifndef FF_CLI_VERSION_H
#define FF_CLI_VERSION_H

#include <stdio.h>

void ff_version_print(FILE *f);

#endif
