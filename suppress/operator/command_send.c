/* command_send.c: an operator's add, release or import, published to mail.suppression-commands.v1.
 *
 * Only the owner of a partition writes suppressions; everybody else asks it by a command. Each goes to the partition of
 * its address, so its owner is the one that has the state. The call returns when the broker has all of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/clock.h"
#include "suppress/broker/broker.h"

#define START_MS 30000
#define ACKNOWLEDGED_MS 60000
#define COMMAND_BYTES_MAX 8192
#define ROOM_MS 60000 /* for one command in the queue */

struct sending {
    const volatile sig_atomic_t *stop;
    size_t under_way, failed;
};

static void on_delivered(void *ctx, void *token, const struct ff_broker_delivery *d)
{
    struct sending *s = ctx;
    (void)token;
    s->under_way--;
    s->failed += d->fate != FF_BROKER_TAKEN;
}

static enum ff_err send_one(struct ff_broker *k, struct sending *s, const struct ff_command *c, int32_t partitions)
{
    uint8_t key[1024], value[COMMAND_BYTES_MAX], address[FF_ADDRESS_KEY_MAX];
    size_t len;
    struct ff_slice tenant = c->tenant_id.len ? c->tenant_id : FF_SLICE("default");
    struct ff_slice scope = c->stream_scope.len ? c->stream_scope : FF_SLICE(FF_SCOPE_ALL);
    const uint8_t separator = FF_KEY_SEPARATOR;
    enum ff_err err = ff_address_key(c->address, address, &len);
    if (err != FF_OK)
        return err;
    int32_t p = (int32_t)ff_address_partition(tenant, ff_slice_of(address, len), (uint32_t)partitions);
    struct ff_wire_out k_out = ff_wire_out(key, sizeof key), v_out = ff_wire_out(value, sizeof value);
    ff_wire_put_raw(&k_out, tenant.ptr, tenant.len);
    ff_wire_put_raw(&k_out, &separator, 1);
    ff_wire_put_raw(&k_out, scope.ptr, scope.len);
    ff_wire_put_raw(&k_out, &separator, 1);
    ff_wire_put_raw(&k_out, address, len);
    ff_command_encode(c, &v_out);
    if (k_out.full || v_out.full)
        return FF_ERR_TOO_LARGE;
    const char *topic = ff_broker_topic_name(k, FF_TOPIC_COMMANDS);
    /* The queue may be full (`-X queue.buffering.max.messages`), and stays so as long as the broker takes nothing. */
    int64_t until = ff_steady_ms() + ROOM_MS;
    while ((err = ff_broker_send(k, topic, p, ff_wire_done(&k_out), ff_wire_done(&v_out), -1, NULL, 0, false, NULL)) ==
               FF_ERR_UNAVAILABLE &&
           ff_steady_ms() < until && !*s->stop)
        ff_broker_poll(k, 100);
    s->under_way += err == FF_OK;
    return err;
}

/* Waits until the broker has answered for all that is under way. */
static void await_all(struct ff_broker *k, const struct sending *s)
{
    int64_t until = ff_steady_ms() + ACKNOWLEDGED_MS;
    while (s->under_way > 0 && ff_steady_ms() < until && !*s->stop)
        ff_broker_poll(k, 100);
}

static int send_all(const struct ff_suppress_options *opts, struct ff_broker *k, struct sending *s,
                    const struct ff_command *commands, size_t count, char *ret_message, size_t size)
{
    static const enum ff_topic topic = FF_TOPIC_COMMANDS;
    int32_t partitions = 0;
    size_t sent = 0;
    char why[FF_BROKER_ANSWER_MAX] = "";
    enum ff_err err = ff_broker_partitions(k, &topic, 1, START_MS, opts->stop, &partitions, why, sizeof why);
    if (err == FF_ERR_UNAVAILABLE && *s->stop) {
        snprintf(ret_message, size, "interrupted (nothing was sent)");
        return FF_EXIT_TEMPFAIL;
    }
    if (err != FF_OK)
        return ff_broker_no_partitions(err, opts->brokers, why, ret_message, size);
    while (sent < count && (err = send_one(k, s, &commands[sent], partitions)) == FF_OK)
        sent++;
    await_all(k, s);
    size_t taken = sent - s->under_way - s->failed;
    if (taken == count)
        return FF_EXIT_OK;
    if (err != FF_OK && err != FF_ERR_UNAVAILABLE) {
        snprintf(ret_message, size, "command %zu of %zu cannot be sent: %s (of those before it the broker took %zu)",
                 sent + 1, count, ff_err_name(err), taken);
        return ff_err_exit_status(err);
    }
    snprintf(ret_message, size,
             "%sthe broker took %zu of %zu commands (the same ones may be sent again: a command counts once)",
             *s->stop ? "interrupted: " : "", taken, count);
    return *s->stop ? FF_EXIT_TEMPFAIL : FF_EXIT_UNAVAILABLE;
}

int ff_commands_send(const struct ff_suppress_options *opts, const struct ff_command *commands, size_t count,
                     char *ret_message, size_t size)
{
    static const volatile sig_atomic_t never;
    struct sending s = {.stop = opts->stop ? opts->stop : &never};
    struct ff_broker_callbacks callbacks = {.delivered = on_delivered, .ctx = &s};
    struct ff_broker *k = NULL;
    enum ff_err err = ff_broker_open(opts, FF_BROKER_WRITER, &callbacks, &k, ret_message, size);
    if (err != FF_OK)
        return ff_err_exit_status(err);
    int status = send_all(opts, k, &s, commands, count, ret_message, size);
    ff_broker_close(k, 2000);
    return status;
}
