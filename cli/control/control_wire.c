/* control_wire.c: see control_wire.h. */
#include "cli/control/control_wire.h"

#include <stdio.h>

enum { REQUEST_COMMAND = 1 };
enum { ANSWER_STATUS = 1, ANSWER_TEXT = 2, ANSWER_ENDED = 3 };

static void put_u32(uint32_t v, uint8_t *ret)
{
    for (unsigned i = 0; i < 4; i++)
        ret[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_header(struct ff_wire_out *out, uint32_t len)
{
    uint8_t header[FF_CONTROL_HEADER];
    put_u32(FF_CONTROL_MAGIC, header);
    put_u32(len, header + 4);
    ff_wire_put_raw(out, header, sizeof header);
}

/* The length is known when the message is there. */
static void set_length(struct ff_wire_out *out)
{
    if (!out->full)
        put_u32((uint32_t)(out->used - FF_CONTROL_HEADER), out->base + 4);
}

/* A command is written behind room for its own length, which a varint of fixed size holds. */
static void put_command(const struct ff_command *c, struct ff_wire_out *out)
{
    const size_t ahead = 4;
    if (out->full || out->size - out->used <= ahead) {
        out->full = true;
        return;
    }
    uint8_t *mem = out->base + out->used;
    struct ff_wire_out command = ff_wire_out(mem + ahead, out->size - out->used - ahead);
    ff_command_encode(c, &command);
    if (command.full || command.used >= 1u << 21) {
        out->full = true;
        return;
    }
    mem[0] = REQUEST_COMMAND << 3 | FF_WIRE_BYTES;
    mem[1] = (uint8_t)(command.used | 0x80);
    mem[2] = (uint8_t)(command.used >> 7 | 0x80);
    mem[3] = (uint8_t)(command.used >> 14);
    out->used += ahead + command.used;
}

void ff_control_put_request(const struct ff_command *commands, size_t count, struct ff_wire_out *out)
{
    put_header(out, 0);
    for (size_t i = 0; i < count && !out->full; i++)
        put_command(&commands[i], out);
    set_length(out);
}

void ff_control_put_answer(const struct ff_control_answer *answer, struct ff_wire_out *out)
{
    put_header(out, 0);
    ff_wire_put_uint(out, ANSWER_STATUS, (uint64_t)answer->status);
    ff_wire_put_bytes(out, ANSWER_TEXT, ff_slice_str(answer->text));
    for (size_t i = 0; i < answer->count; i++)
        ff_wire_put_uint(out, ANSWER_ENDED, answer->ended[i] + 1); /* a zero would be left out */
    set_length(out);
}

enum ff_err ff_control_header(struct ff_slice in, size_t max, size_t *ret_len)
{
    if (in.len != FF_CONTROL_HEADER || get_u32(in.ptr) != FF_CONTROL_MAGIC)
        return FF_ERR_CONFIG;
    *ret_len = get_u32(in.ptr + 4);
    return *ret_len <= max ? FF_OK : FF_ERR_TOO_LARGE;
}

enum ff_err ff_control_request(struct ff_slice in, struct ff_control_request *ret)
{
    struct ff_wire_field f;
    size_t pos = 0;
    enum ff_err err;
    ret->count = 0;
    while ((err = ff_wire_next(in, &pos, &f)) == FF_OK) {
        if (f.number != REQUEST_COMMAND || f.type != FF_WIRE_BYTES)
            return FF_ERR_SYNTAX;
        if (ret->count == FF_CONTROL_COMMANDS_MAX)
            return FF_ERR_TOO_LARGE;
        err = ff_command_decode(f.bytes, &ret->commands[ret->count]);
        if (err != FF_OK)
            return err;
        ret->count++;
    }
    if (err != FF_ERR_NOT_FOUND)
        return err;
    return ret->count ? FF_OK : FF_ERR_SYNTAX;
}

enum ff_err ff_control_answer(struct ff_slice in, struct ff_control_answer *ret)
{
    struct ff_wire_field f;
    size_t pos = 0;
    enum ff_err err;
    ret->status = 0;
    ret->count = 0;
    ret->text[0] = 0;
    while ((err = ff_wire_next(in, &pos, &f)) == FF_OK) {
        if (f.number == ANSWER_STATUS && f.type == FF_WIRE_VARINT && f.value <= FF_EXIT_CONFIG)
            ret->status = (int)f.value;
        else if (f.number == ANSWER_TEXT && f.type == FF_WIRE_BYTES)
            snprintf(ret->text, sizeof ret->text, "%.*s",
                     (int)(f.bytes.len < FF_CONTROL_TEXT_MAX ? f.bytes.len : FF_CONTROL_TEXT_MAX),
                     f.bytes.len ? (const char *)f.bytes.ptr : "");
        else if (f.number == ANSWER_ENDED && f.type == FF_WIRE_VARINT && f.value > 0 &&
                 ret->count < FF_CONTROL_COMMANDS_MAX)
            ret->ended[ret->count++] = f.value - 1;
        else
            return FF_ERR_SYNTAX;
    }
    return err == FF_ERR_NOT_FOUND ? FF_OK : err;
}
