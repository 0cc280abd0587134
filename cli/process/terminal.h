/* terminal.h: what may be shown on a person's terminal, and how wide it is. */
#ifndef FF_CLI_TERMINAL_H
#define FF_CLI_TERMINAL_H

#include "proto/json.h"

/** Colours are wanted: fd is a terminal, TERM is not "dumb" and NO_COLOR is not set. */
bool ff_terminal_colour(int fd);
/** Columns of the terminal behind fd; `otherwise` when it is none. */
unsigned ff_terminal_width(int fd, unsigned otherwise);

/**
 * Text from foreign machines as at most `columns` harmless columns: control bytes (a reply may hold escape sequences
 * that would rewrite the screen) become dots, invalid UTF-8 and marks that turn the direction of writing question
 * marks, a cut is shown by "...". Blanks runs stay.
 * @return columns written; with `pad`, filled with blanks up to `columns`
 */
size_t ff_terminal_put(struct ff_json_out *o, struct ff_slice text, size_t columns, bool pad);
/** Same for a whole text in place: it has as many bytes afterwards. */
void ff_terminal_clean(char *text);
/** Appends bytes as they are. */
void ff_text_put(struct ff_json_out *o, const char *text);
void ff_text_put_slice(struct ff_json_out *o, struct ff_slice text);
/** A blank, then one word for a shell, quoted where it must be. */
void ff_text_put_word(struct ff_json_out *o, struct ff_slice word);
void ff_text_format(struct ff_json_out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
