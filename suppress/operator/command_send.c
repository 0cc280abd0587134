/* command_send.c: an operator's add, release or import, published to mail.suppression-commands.v1.
 *
 * Only the owner of a partition writes suppressions; everybody else asks it by a command. Each goes to the partition of
 * its address, so its owner is the one that has the state. The call returns when the broker has all of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "suppress/broker/broker.h"

#define START_MS 30000
#define ACKNOWLEDGED_MS 60000
#define COMMAND_BYTES_MAX 8192
#define UNDER_WAY_MAX 10000

struct sending {
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
    do {
        ff_broker_poll(k, s->under_way >= UNDER_WAY_MAX ? 100 : 0);
        err = ff_broker_send(k, ff_broker_topic_name(k, FF_TOPIC_COMMANDS), p, ff_wire_done(&k_out),
                             ff_wire_done(&v_out), -1, NULL, 0, false, NULL);
        s->under_way += err == FF_OK;
    } while (err == FF_ERR_UNAVAILABLE);
    return err;
}

/* Waits until the broker has answered for all that is under way, and says how many it took. */
static int await_all(const struct ff_suppress_options *opts, struct ff_broker *k, struct sending *s, size_t count, char *ret_message,
                     size_t size)
{
    int64_t until = ff_broker_now_ms() + ACKNOWLEDGED_MS;
    while (s->under_way > 0 && ff_broker_now_ms() < until && !(opts->stop && *opts->stop))
        ff_broker_poll(k, 100);
    if (s->under_way == 0 && s->failed == 0)
        return FF_EXIT_OK;
    snprintf(ret_message, size, "the broker took %zu of %zu commands (the same ones may be sent again: a command counts once)",
             count - s->under_way - s->failed, count);
    return FF_EXIT_UNAVAILABLE;
}

static int send_all(const struct ff_suppress_options *opts, struct ff_broker *k, struct sending *s, const struct ff_command *commands,
                    size_t count, char *ret_message, size_t size)
{
    static const enum ff_topic topic = FF_TOPIC_COMMANDS;
    int32_t partitions = 0;
    char why[FF_BROKER_ANSWER_MAX] = "";
    enum ff_err err = ff_broker_partitions(k, &topic, 1, START_MS, opts->stop, &partitions, why, sizeof why);
    if (err != FF_OK)
        return ff_broker_no_partitions(err, opts->brokers, why, ret_message, size);
    int status = FF_EXIT_OK;
    for (size_t i = 0; i < count && status == FF_EXIT_OK; i++)
        if ((err = send_one(k, s, &commands[i], partitions)) != FF_OK) {
            snprintf(ret_message, size, "command %zu of %zu is not sent: %s (those before it are)", i + 1, count, ff_err_name(err));
            status = FF_EXIT_DATA;
        }
    bool failed = status != FF_EXIT_OK; /* the first message stands */
    int taken = await_all(opts, k, s, count, failed ? NULL : ret_message, failed ? 0 : size);
    return failed ? status : taken;
}

int ff_commands_send(const struct ff_suppress_options *opts, const struct ff_command *commands, size_t count, char *ret_message,
                     size_t size)
{
    struct sending s = {0};
    struct ff_broker_callbacks callbacks = {.delivered = on_delivered, .ctx = &s};
    struct ff_broker *k = NULL;
    enum ff_err err = ff_broker_open(opts, FF_BROKER_WRITER, &callbacks, &k, ret_message, size);
    if (err != FF_OK)
        return ff_err_exit_status(err);
    int status = send_all(opts, k, &s, commands, count, ret_message, size);
    ff_broker_close(k, 2000);
    return status;
}
