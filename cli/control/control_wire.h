/* control_wire.h: what `add`, `release` and `import` say to a `run` that has the state, over STATE/control.sock.
 *
 * A request is a header and a message, and so is its answer. The header: the magic, which holds the version of all of
 * this, and the length of the message, both 32 bits, the highest byte first. The messages are protobuf (proto/wire.h).
 * Both ends are this program on one host, of two releases at worst: a magic of another version is answered by status
 * FF_EXIT_CONFIG.
 */
#ifndef FF_CLI_CONTROL_WIRE_H
#define FF_CLI_CONTROL_WIRE_H

#include "suppress/suppress.h"

#define FF_CONTROL_SOCKET "control.sock"
#define FF_CONTROL_MAGIC 0x55500101u
#define FF_CONTROL_HEADER 8
#define FF_CONTROL_COMMANDS_MAX 1000
#define FF_CONTROL_TEXT_MAX 256          /* of an answer */
#define FF_CONTROL_REQUEST_MAX (1u << 20) /* bytes of its message */
#define FF_CONTROL_ANSWER_MAX (FF_CONTROL_COMMANDS_MAX * 12 + FF_CONTROL_TEXT_MAX + 64)

/** Commands in their order. They are carried out up to the first that is none, and what was done is committed. */
struct ff_control_request {
    size_t count; /* 1 .. FF_CONTROL_COMMANDS_MAX */
    struct ff_command commands[FF_CONTROL_COMMANDS_MAX];
};

struct ff_control_answer {
    int status;   /* exit status: 0: all of it is done and committed */
    size_t count; /* commands that are */
    uint64_t ended[FF_CONTROL_COMMANDS_MAX]; /* entries that each of them ended: of a release */
    char text[FF_CONTROL_TEXT_MAX];          /* what is wrong, when status is not 0 */
};

/** Writes header and message. `out` full: it does not fit. */
void ff_control_put_request(const struct ff_command *commands, size_t count, struct ff_wire_out *out);
void ff_control_put_answer(const struct ff_control_answer *answer, struct ff_wire_out *out);

/** @param in  FF_CONTROL_HEADER bytes
 *  @param max  of the message
 *  @return FF_OK; FF_ERR_CONFIG: of another version, or nothing of ours; FF_ERR_TOO_LARGE */
FF_MUST_CHECK enum ff_err ff_control_header(struct ff_slice in, size_t max, size_t *ret_len);
/** Of the message without its header; what `ret` holds are views of it. FF_OK; FF_ERR_SYNTAX, FF_ERR_TRUNCATED;
 * FF_ERR_TOO_LARGE: more commands than allowed. */
FF_MUST_CHECK enum ff_err ff_control_request(struct ff_slice in, struct ff_control_request *ret);
FF_MUST_CHECK enum ff_err ff_control_answer(struct ff_slice in, struct ff_control_answer *ret);

#endif
