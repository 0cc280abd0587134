/* options_completion.h: what a shell completes. */
#ifndef FF_CLI_OPTIONS_COMPLETION_H
#define FF_CLI_OPTIONS_COMPLETION_H

#include <stdio.h>

void ff_completion_bash(FILE *f);
void ff_completion_zsh(FILE *f);

#endif
