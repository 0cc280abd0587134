/* explained.c: all that is known of one address, from the broker: `explain` with --brokers.
 *
 * It is in mail.suppression-state.v1, from which what `suppress` publishes follows, in two partitions: that of the
 * tenant's key, and that of the key for all tenants. mail.suppressions.v1 would be shorter, but does not say what is
 * only counted, nor all evidence. The few records of the address are merged as `suppress` merges them, in a store that
 * is removed afterwards.
 */
#include "suppress/operator/topic_copy.h"

struct explained {
    struct ff_topic_reading reading;
    struct ff_topic_copy copy;
    struct ff_slice tenant, address_key;
};

static bool is_home(void *ctx, int32_t partition, int32_t count)
{
    const struct explained *x = ctx;
    uint32_t p = (uint32_t)partition, n = (uint32_t)count;
    return p == ff_address_partition(x->tenant, x->address_key, n) ||
           p == ff_address_partition(FF_SLICE(FF_SCOPE_ALL), x->address_key, n);
}

/** tenant 0x1f scope 0x1f address_key */
static bool is_of_address(const struct explained *x, struct ff_slice key)
{
    size_t tenant = ff_slice_chr(key, 0, FF_KEY_SEPARATOR);
    size_t scope = tenant == SIZE_MAX ? SIZE_MAX : ff_slice_chr(key, tenant + 1, FF_KEY_SEPARATOR);
    return scope != SIZE_MAX && ff_slice_eq(ff_slice_sub(key, scope + 1, key.len), x->address_key);
}

static enum ff_err on_record(void *ctx, const struct ff_broker_record *r)
{
    struct explained *x = ctx;
    if (!is_of_address(x, r->key))
        return FF_OK;
    enum ff_err err = ff_suppressor_merge_state(x->copy.store, r->key, r->value, r->partition);
    return ff_topic_is_foreign_record(err) ? FF_OK : err;
}

static int read_topic(struct explained *x)
{
    char why[256];
    int status = ff_topic_read(&x->reading);
    enum ff_err err = x->reading.failed;
    if (status == FF_EXIT_OK)
        err = ff_suppressor_commit(x->copy.store, why, sizeof why);
    return err == FF_OK ? status : ff_topic_copy_failed(&x->copy, &x->reading, err);
}

static int show(struct explained *x, ff_explain_fn *each, void *ctx)
{
    struct ff_lookup *l = ff_lookup_new(x->copy.store);
    enum ff_err err = l ? ff_lookup_explain(l, x->tenant, x->address_key, each, ctx) : FF_ERR_NOMEM;
    ff_lookup_free(l);
    return err == FF_OK ? FF_EXIT_OK : ff_topic_copy_failed(&x->copy, &x->reading, err);
}

int ff_explain_read(const struct ff_suppress_options *opts, struct ff_slice tenant, struct ff_slice address,
                    ff_explain_fn *each, void *ctx, char *ret_message, size_t size)
{
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    struct explained x = {.reading = {.opts = opts, .topic = FF_TOPIC_STATE, .wants = is_home, .each = on_record,
                                      .ctx = &x, .message = ret_message, .message_size = size},
                          .tenant = tenant.len ? tenant : FF_SLICE("default")};
    if (ff_address_key(address, key, &len) != FF_OK)
        return ff_topic_complain(&x.reading, FF_EXIT_DATA, "this is no address (local@domain)");
    x.address_key = ff_slice_of(key, len);
    int status = ff_topic_copy_open(&x.copy, FF_FOLDER_OF_SUPPRESS, &x.reading);
    if (status)
        return status;
    status = read_topic(&x);
    if (status == FF_EXIT_OK)
        status = show(&x, each, ctx);
    ff_topic_copy_close(&x.copy);
    return status;
}
