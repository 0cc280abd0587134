/* shell_word.h: commands that a person is to paste into a shell. */
#ifndef FF_PROTO_SHELL_WORD_H
#define FF_PROTO_SHELL_WORD_H

#include "proto/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Appends the word, to be read by a POSIX shell as that word: as it is, or in single quotes. No blank before it;
 * no JSON in `o`. */
void ff_shell_put_word(struct ff_json_out *o, struct ff_slice word);

#ifdef __cplusplus
}
#endif
#endif
