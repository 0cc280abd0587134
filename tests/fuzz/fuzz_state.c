/* fuzz_state.c: what comes from the topics of suppressions, of any bytes: states of keys, what is in them, suppressions,
 * commands, verdicts.
 *
 * What is refused is refused. What is taken can be written, and read again as the same; two states merge to the same
 * bytes in either order, and twice as once; and what is derived from a state is a suppression that can be read.
 */
#include "classify/classify.h"
#include "suppress/state/key_state.h"
#include "tests/fuzz/fuzz.h"

static uint8_t room[4][FF_KEY_STATE_BYTES_MAX];
static struct ff_key_state state[4];

static struct ff_slice state_bytes(const struct ff_key_state *ks, uint8_t *to)
{
    struct ff_wire_out out = ff_wire_out(to, FF_KEY_STATE_BYTES_MAX);
    ff_key_state_encode(ks, &out);
    REQUIRE(!out.full);
    return ff_wire_done(&out);
}

static bool same_key(const struct ff_key_state *a, const struct ff_key_state *b)
{
    return ff_slice_eq(a->tenant_id, b->tenant_id) && ff_slice_eq(a->stream_scope, b->stream_scope) &&
           ff_slice_eq(a->address_key, b->address_key);
}

/* Those that are kept and sent again. A decoder may leave out what it does not know, so bytes are the same only from
 * the first writing on. */
static void suppression(struct ff_slice in)
{
    struct ff_suppression s, again;
    struct ff_wire_out out = ff_wire_out(room[2], sizeof room[2]), twice = ff_wire_out(room[3], sizeof room[3]);
    if (ff_suppression_decode(in, &s) != FF_OK)
        return;
    ff_suppression_encode(&s, &out);
    if (out.full)
        return; /* of a foreign producer, with more in it than we ever write */
    REQUIRE(ff_suppression_decode(ff_wire_done(&out), &again) == FF_OK);
    ff_suppression_encode(&again, &twice);
    REQUIRE(ff_slice_eq(ff_wire_done(&out), ff_wire_done(&twice)));
}

static void command(struct ff_slice in)
{
    struct ff_command c, again;
    struct ff_wire_out out = ff_wire_out(room[2], sizeof room[2]), twice = ff_wire_out(room[3], sizeof room[3]);
    if (ff_command_decode(in, &c) != FF_OK)
        return;
    ff_command_encode(&c, &out);
    if (out.full)
        return;
    REQUIRE(ff_command_decode(ff_wire_done(&out), &again) == FF_OK);
    ff_command_encode(&again, &twice);
    REQUIRE(ff_slice_eq(ff_wire_done(&out), ff_wire_done(&twice)));
}

static void parts(struct ff_slice in)
{
    struct ff_evidence e, e_again;
    struct ff_manual m, m_again;
    struct ff_verdict v;
    struct ff_wire_out out = ff_wire_out(room[2], FF_EVIDENCE_BYTES_MAX), written = ff_wire_out(room[3], sizeof room[3]);
    if (ff_evidence_decode(in, &e) == FF_OK) {
        ff_evidence_encode(&e, &out); /* cuts what is over the limits */
        REQUIRE(!out.full && ff_evidence_decode(ff_wire_done(&out), &e_again) == FF_OK);
        REQUIRE(e_again.event_time_us == e.event_time_us && e_again.category == e.category);
    }
    if (ff_manual_decode(in, &m) == FF_OK) {
        ff_manual_encode(&m, &written);
        REQUIRE(written.full || (ff_manual_decode(ff_wire_done(&written), &m_again) == FF_OK &&
                                 m_again.time_us == m.time_us && ff_slice_eq(m_again.note, m.note)));
    }
    if (ff_verdict_decode(in, &v) == FF_OK)
        REQUIRE(ff_slice_is_utf8(v.rule) && ff_verdict_encode(&v, room[2]) <= FF_VERDICT_BYTES_MAX);
}

static void one_state(struct ff_key_state *ks)
{
    struct ff_suppression s;
    struct ff_slice bytes = state_bytes(ks, room[0]);
    struct ff_wire_out out = ff_wire_out(room[2], sizeof room[2]);
    REQUIRE(ff_key_state_decode(bytes, &state[3]) == FF_OK);
    REQUIRE(ff_slice_eq(state_bytes(&state[3], room[1]), bytes));
    REQUIRE(ff_key_state_merge(ks, ks, &state[2]) == FF_OK);
    REQUIRE(ff_slice_eq(state_bytes(&state[2], room[1]), bytes));
    ff_derive(ff_policy_default, ks, &s);
    ff_suppression_encode(&s, &out);
    if (!out.full)
        suppression(ff_wire_done(&out));
}

static void two_states(struct ff_key_state *a, struct ff_key_state *b)
{
    if (!same_key(a, b))
        return; /* never merged; the names would be those of the first */
    enum ff_err err = ff_key_state_merge(a, b, &state[2]);
    REQUIRE(ff_key_state_merge(b, a, &state[3]) == err);
    if (err == FF_OK)
        REQUIRE(ff_slice_eq(state_bytes(&state[2], room[0]), state_bytes(&state[3], room[1])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ff_slice in = ff_slice_of(data, size);
    suppression(in);
    command(in);
    parts(in);
    if (size < 2)
        return 0;
    /* two states, behind the length of the first */
    struct ff_slice first = ff_slice_sub(in, 2, 2 + (size_t)(data[0] | data[1] << 8));
    struct ff_slice second = ff_slice_sub(in, 2 + first.len, size);
    bool a = ff_key_state_decode(first, &state[0]) == FF_OK, b = ff_key_state_decode(second, &state[1]) == FF_OK;
    if (a)
        one_state(&state[0]);
    if (b)
        one_state(&state[1]);
    if (a && b)
        two_states(&state[0], &state[1]);
    return 0;
}
