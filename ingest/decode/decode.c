/* decode.c: the names of reasons, and the accounting identity. */
#include "ingest/decode/decode.h"

#include "proto/address.h"

static const char *const ignored_names[FF_IGNORED_COUNT] = {
    [FF_IGNORED_CONTEXT] = "context",     [FF_IGNORED_INBOUND] = "inbound",
    [FF_IGNORED_LOG_HOOK] = "log_hook",   [FF_IGNORED_INTERNAL] = "internal",
    [FF_IGNORED_NEXT_HOST] = "next_host", [FF_IGNORED_RECEPTION] = "reception",
    [FF_IGNORED_NO_RESULT] = "no_result", [FF_IGNORED_OTHER_PROGRAM] = "other_program",
    [FF_IGNORED_LEFT_OUT] = "left_out",   [FF_IGNORED_EMPTY] = "empty",
};

static const char *const dead_names[FF_DEAD_COUNT] = {
    [FF_DEAD_UNKNOWN_FORMAT] = "unknown_format",
    [FF_DEAD_JSON_SYNTAX] = "json_syntax",
    [FF_DEAD_JSON_SHAPE] = "json_shape",
    [FF_DEAD_SYSLOG_PREFIX] = "syslog_prefix",
    [FF_DEAD_POSTFIX_GRAMMAR] = "postfix_grammar",
    [FF_DEAD_PROTOBUF_TRUNCATED] = "protobuf_truncated",
    [FF_DEAD_PROTOBUF_WIRE_TYPE] = "protobuf_wire_type",
    [FF_DEAD_DECOMPRESS_FAILED] = "decompress_failed",
    [FF_DEAD_TOO_LARGE] = "too_large",
    [FF_DEAD_MISSING_RECIPIENT] = "missing_recipient",
    [FF_DEAD_BAD_TIME] = "bad_time",
    [FF_DEAD_BAD_TENANT] = "bad_tenant",
};

const char *ff_ignored_name(enum ff_ignored reason)
{
    return (unsigned)reason < FF_IGNORED_COUNT ? ignored_names[reason] : "unknown";
}

const char *ff_dead_name(enum ff_dead reason)
{
    return (unsigned)reason < FF_DEAD_COUNT ? dead_names[reason] : "unknown";
}

struct ff_slice ff_decode_tenant(const struct ff_decode_options *opts, const struct ff_record *record,
                                 struct ff_slice mail_from)
{
    if (record->tenant.len)
        return record->tenant;
    if (!opts->tenants || opts->tenants->count == 0) /* nearly everybody: the domain need not be sought */
        return opts->default_tenant;
    const struct ff_slice *of_sender = ff_domain_map_find(opts->tenants, ff_address_domain(mail_from));
    return of_sender ? *of_sender : opts->default_tenant;
}

void ff_accounting_add(struct ff_accounting *a, const struct ff_accounting *b)
{
    a->records += b->records;
    a->items += b->items;
    a->events += b->events;
    a->ignored += b->ignored;
    a->dead += b->dead;
    for (size_t i = 0; i < FF_IGNORED_COUNT; i++)
        a->ignored_by[i] += b->ignored_by[i];
    for (size_t i = 0; i < FF_DEAD_COUNT; i++)
        a->dead_by[i] += b->dead_by[i];
}

bool ff_accounting_holds(const struct ff_accounting *a)
{
    uint64_t ignored = 0, dead = 0;
    for (size_t i = 0; i < FF_IGNORED_COUNT; i++)
        ignored += a->ignored_by[i];
    for (size_t i = 0; i < FF_DEAD_COUNT; i++)
        dead += a->dead_by[i];
    return a->items == a->events + a->ignored + a->dead && ignored == a->ignored && dead == a->dead;
}
