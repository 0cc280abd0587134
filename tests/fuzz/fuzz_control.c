/* fuzz_control.c: what comes over the control socket of `run`, of any bytes: as a header, a request, an answer.
 *
 * What is refused is refused; what is taken can be written, and read again as the same.
 */
#include "cli/control/control_wire.h"
#include "tests/fuzz/fuzz.h"

static uint8_t written[FF_CONTROL_HEADER + FF_CONTROL_REQUEST_MAX];

/* The message behind the header, whose length must be said by that. */
static struct ff_slice message_of(const struct ff_wire_out *out, size_t max)
{
    size_t len = 0;
    REQUIRE(!out->full);
    REQUIRE(ff_control_header(ff_slice_of(out->base, FF_CONTROL_HEADER), max, &len) == FF_OK);
    REQUIRE(len == out->used - FF_CONTROL_HEADER);
    return ff_slice_of(out->base + FF_CONTROL_HEADER, len);
}

static void same_command(const struct ff_command *a, const struct ff_command *b)
{
    REQUIRE(a->verb == b->verb && a->reason == b->reason && a->time_us == b->time_us);
    REQUIRE(a->expires_us == b->expires_us && a->evidence_until_us == b->evidence_until_us);
    REQUIRE(ff_slice_eq(a->command_id, b->command_id) && ff_slice_eq(a->tenant_id, b->tenant_id));
    REQUIRE(ff_slice_eq(a->stream_scope, b->stream_scope) && ff_slice_eq(a->address, b->address));
    REQUIRE(ff_slice_eq(a->actor, b->actor) && ff_slice_eq(a->note, b->note));
    REQUIRE(ff_slice_eq(a->incident_id, b->incident_id));
}

static void request(struct ff_slice in)
{
    static struct ff_control_request asked, again;
    if (ff_control_request(in, &asked) != FF_OK)
        return;
    struct ff_wire_out out = ff_wire_out(written, sizeof written);
    REQUIRE(asked.count > 0 && asked.count <= FF_CONTROL_COMMANDS_MAX);
    ff_control_put_request(asked.commands, asked.count, &out);
    REQUIRE(ff_control_request(message_of(&out, FF_CONTROL_REQUEST_MAX), &again) == FF_OK);
    REQUIRE(again.count == asked.count);
    for (size_t i = 0; i < asked.count; i++)
        same_command(&asked.commands[i], &again.commands[i]);
}

static void answer(struct ff_slice in)
{
    static struct ff_control_answer given, again;
    if (ff_control_answer(in, &given) != FF_OK)
        return;
    struct ff_wire_out out = ff_wire_out(written, sizeof written);
    ff_control_put_answer(&given, &out);
    REQUIRE(ff_control_answer(message_of(&out, FF_CONTROL_ANSWER_MAX), &again) == FF_OK);
    REQUIRE(again.status == given.status && again.count == given.count && strcmp(again.text, given.text) == 0);
    REQUIRE(memcmp(again.ended, given.ended, given.count * sizeof given.ended[0]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ff_slice in = ff_slice_of(data, size);
    size_t len = 0;
    if (ff_control_header(ff_slice_sub(in, 0, FF_CONTROL_HEADER), FF_CONTROL_REQUEST_MAX, &len) == FF_OK)
        REQUIRE(len <= FF_CONTROL_REQUEST_MAX);
    if (size <= FF_CONTROL_REQUEST_MAX / 2) { /* what is read may be written shorter than it takes with a length of 3 */
        request(in);
        answer(in);
    }
    return 0;
}
