/* cmd_explain.c: what is known of an address, and why: the answer to "why does my customer get no mail". */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/options/options_table.h"
#include "cli/output/accounting.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/process/signals.h"
#include "cli/process/terminal.h"
#include "cli/suppressions/commands.h"
#include "proto/clock.h"
#include "proto/time_text.h"
#include "suppress/export.h"

struct explain_options {
    struct ff_target_options target;
    const char *tenant, *stream;
    bool json;
};

static const struct explain_options defaults = {.tenant = "default"};

#define AT(member) .offset = offsetof(struct explain_options, member)
static const struct ff_option table[] = {
    {.name = "state", .letter = 's', .type = FF_OPTION_STRING, .value = "DIR", AT(target.state),
     .help = "the state folder of run, suppress or serve"},
    FF_TARGET_KAFKA_ROWS(struct explain_options),
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant),
     .help = "whose mail (default: default)"},
    {.name = "stream", .type = FF_OPTION_STRING, .value = "NAME", AT(stream),
     .help = "only entries that hold for mail of this stream (default: all)"},
    {.name = "json", .letter = 'j', .type = FF_OPTION_FLAG, AT(json), .help = "one JSON object"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty explain gone@example.net --state /var/lib/fivefifty --tenant acme", "why is it suppressed?"},
    {"fivefifty explain gone@example.net --brokers kafka:9092 --tenant acme", "the same, on any host"},
    {"fivefifty explain gone@example.net -s state --json | jq .suppressed", "true or false, for a script"},
    {NULL, NULL},
};

struct explain {
    const struct explain_options *opts;
    struct ff_json_out entries;  /* JSON objects or paragraphs */
    struct ff_json_out remedies; /* a line for each tenant that has an entry that applies */
    struct ff_slice address;
    char undone[256]; /* the tenant of the last remedy: entries of a tenant follow one another */
    int64_t now_us;
    size_t count;
    bool suppressed, colour, follows_kafka;
    enum ff_err err;
};

/* ---- one entry --------------------------------------------------------------------------------------------------- */

static bool is_expired(const struct explain *x, const struct ff_suppression *s)
{
    return s->state == FF_STATE_ACTIVE && !ff_suppression_applies(s, x->now_us);
}

static struct ff_slice scope_of(struct ff_slice key)
{
    struct ff_slice scope = ff_slice_sub(key, ff_slice_chr(key, 0, FF_KEY_SEPARATOR) + 1, key.len);
    return ff_slice_sub(scope, 0, ff_slice_chr(scope, 0, FF_KEY_SEPARATOR));
}

/* It is of the stream that was asked for, or of all. */
static bool is_wanted(const struct explain *x, struct ff_slice key)
{
    struct ff_slice scope = scope_of(key);
    return !x->opts->stream || ff_slice_eq(scope, FF_SLICE(FF_SCOPE_ALL)) ||
           ff_slice_eq(scope, ff_slice_str(x->opts->stream));
}

static void line(struct ff_json_out *o, const char *label, struct ff_slice value)
{
    if (value.len == 0)
        return;
    ff_text_format(o, "    %-10s ", label);
    ff_terminal_put(o, value, 400, false);
    ff_text_put(o, "\n");
}

static void put_when(struct ff_json_out *o, const struct ff_suppression *s)
{
    char first[28], last[28], text[160];
    ff_time_format(s->first_event_us, first);
    ff_time_format(s->last_event_us, last);
    if (s->hits) {
        snprintf(text, sizeof text, "%s, last %s, %u time%s", first, last, s->hits, s->hits == 1 ? "" : "s");
        line(o, "first", ff_slice_str(text));
    } else {
        line(o, "since", ff_slice_str(first)); /* it stands by an order, not by evidence */
    }
    if (s->expires_us) {
        ff_time_format(s->expires_us, first);
        line(o, "expires", ff_slice_str(first));
    }
}

static void put_evidence(struct ff_json_out *o, const struct ff_evidence *e)
{
    char text[700], ip[46] = "", ours[46] = "", enhanced[12] = "";
    size_t n = 0;
    const struct ff_category_info *info = ff_category_info(e->category);
    if (e->enhanced_code)
        ff_enhanced_format(e->enhanced_code, enhanced);
    if (e->reply_code)
        n = (size_t)snprintf(text, sizeof text, "%u ", e->reply_code);
    if (e->enhanced_code)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s ", enhanced);
    size_t room = sizeof text - n, len = e->reply_text.len < room ? e->reply_text.len : room;
    if (len)
        memcpy(text + n, e->reply_text.ptr, len);
    line(o, "reply", ff_slice_of(text, n + len));
    ff_ip_format(e->remote_ip, ip);
    ff_ip_format(e->local_ip, ours);
    if (e->remote_host.len || ip[0]) {
        snprintf(text, sizeof text, "%.*s%s%s%s%s%s", (int)(e->remote_host.len < 255 ? e->remote_host.len : 255),
                 e->remote_host.len ? (const char *)e->remote_host.ptr : "", ip[0] ? " [" : "", ip, ip[0] ? "]" : "",
                 ours[0] ? ", asked from " : "", ours);
        line(o, "said by", ff_slice_str(text));
    }
    line(o, "provider", e->provider);
    line(o, "rule", e->rule);
    line(o, "message", e->message_id);
    line(o, "campaign", e->campaign_id);
    if (info)
        line(o, "meaning", ff_slice_str(info->meaning));
}

static void put_text(struct explain *x, const struct ff_suppression *s)
{
    struct ff_json_out *o = &x->entries;
    char incident[FF_INCIDENT_TEXT_MAX];
    const struct ff_evidence *e = &s->evidence;
    bool now = ff_suppression_applies(s, x->now_us);
    ff_text_format(o, "  %s%s%s", x->colour ? (now ? "\x1b[31m" : "\x1b[32m") : "",
                   is_expired(x, s) ? "expired" : ff_suppression_state_name(s->state), x->colour ? "\x1b[0m" : "");
    ff_text_format(o, " for %.*s, ", (int)s->tenant_id.len, s->tenant_id.len ? (const char *)s->tenant_id.ptr : "");
    if (ff_slice_eq(s->stream_scope, FF_SLICE(FF_SCOPE_ALL)))
        ff_text_put(o, "all streams");
    else
        ff_text_format(o, "stream %.*s", (int)s->stream_scope.len, (const char *)s->stream_scope.ptr);
    ff_text_format(o, ": %s%s%s\n", ff_reason_name(s->reason), e->category ? ", " : "",
                   e->category ? ff_category_name(e->category) : "");
    put_when(o, s);
    if (s->has_evidence)
        put_evidence(o, e);
    line(o, "by", s->actor);
    line(o, "note", s->note);
    line(o, "incident", ff_incident_text(s->incident_id, incident));
}

static void put_scope(struct ff_json_out *o, struct ff_slice key)
{
    struct ff_slice scope = scope_of(key);
    if (!ff_slice_eq(scope, FF_SLICE(FF_SCOPE_ALL)))
        ff_text_format(o, " in stream %.*s", (int)scope.len, (const char *)scope.ptr);
}

static enum ff_err put_days(struct ff_json_out *o, struct ff_slice state)
{
    struct ff_counted by[FF_COUNTED_MAX];
    size_t count;
    enum ff_err err = ff_explain_days(state, by, &count);
    for (size_t i = 0; !err && i < count; i++) {
        char days[FF_POLICY_DAYS_BYTES];
        ff_policy_format_days(by[i].row, days);
        ff_text_format(o, "    %s%s on %u day%s; suppressed by %s\n", ff_category_name(by[i].row->category),
                       by[i].row->own_mta ? ", as our own MTA says," : "", by[i].days, by[i].days == 1 ? "" : "s",
                       days);
    }
    return err;
}

/* A key that is not suppressed: it has evidence, but not enough of it, or was released and nothing came since. */
static enum ff_err put_unsuppressed(struct explain *x, struct ff_slice key, struct ff_slice state)
{
    struct ff_json_out *o = &x->entries;
    struct ff_slice by = {NULL, 0};
    char when[28];
    bool counts;
    int64_t released_us;
    enum ff_err err = ff_explain_counts(state, &counts, &released_us, &by);
    if (err)
        return err;
    ff_text_put(o, counts ? "  counted, not suppressed" : "  released");
    put_scope(o, key);
    if (counts) {
        ff_text_put(o, ": there is evidence, but not enough (--json shows it)\n");
        return put_days(o, state);
    }
    ff_time_format(released_us, when);
    ff_text_format(o, ": no evidence after %s\n", when);
    line(o, "by", by);
    return FF_OK;
}

static void put_remedy(struct explain *x, struct ff_slice tenant)
{
    struct ff_json_out *o = &x->remedies;
    if (ff_slice_eq(tenant, ff_slice_str(x->undone)))
        return;
    snprintf(x->undone, sizeof x->undone, "%.*s", (int)tenant.len, tenant.len ? (const char *)tenant.ptr : "");
    ff_text_put(o, "  to undo it: fivefifty release");
    ff_text_put_word(o, x->address);
    ff_text_put(o, " --tenant");
    ff_text_put_word(o, tenant);
    if (x->opts->target.brokers) {
        ff_text_put(o, " --brokers");
        ff_text_put_word(o, ff_slice_str(x->opts->target.brokers));
        if (x->opts->target.topic_prefix) {
            ff_text_put(o, " --topic-prefix");
            ff_text_put_word(o, ff_slice_str(x->opts->target.topic_prefix));
        }
    } else if (x->follows_kafka) { /* there the list is changed; the folder is a copy */
        ff_text_put(o, " --brokers HOST:PORT");
    } else {
        ff_text_put(o, " --state");
        ff_text_put_word(o, ff_slice_str(x->opts->target.state));
    }
    ff_text_put(o, "\n");
}

static bool on_entry(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    struct explain *x = ctx;
    struct ff_suppression s;
    if (!is_wanted(x, key))
        return true;
    if (suppression.len > 0) {
        x->err = ff_suppression_decode(suppression, &s);
        if (x->err != FF_OK)
            return false;
        if (ff_suppression_applies(&s, x->now_us)) {
            x->suppressed = true;
            put_remedy(x, s.tenant_id);
        }
    }
    x->count++;
    if (x->opts->json)
        x->err = ff_explain_put_json(&x->entries, key, suppression, state);
    else if (suppression.len > 0)
        put_text(x, &s);
    else
        x->err = put_unsuppressed(x, key, state);
    return x->err == FF_OK;
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

static int no_address(struct ff_slice address)
{
    return ff_fail(FF_EXIT_DATA, "%.*s: this is no address (local@domain)", (int)address.len,
                   (const char *)address.ptr);
}

static int of_folder(struct explain *x)
{
    char message[512];
    struct ff_suppressor *state = NULL;
    struct ff_suppressor_options opts = {.state_dir = x->opts->target.state, .read_only = true};
    enum ff_err err = ff_suppressor_open(&opts, &state, message, sizeof message);
    if (err != FF_OK)
        return ff_fail(ff_err_exit_status(err), "%s", message);
    enum ff_folder_of is = ff_suppressor_folder_of(state);
    x->follows_kafka = is == FF_FOLDER_OF_SUPPRESS || is == FF_FOLDER_OF_SERVE;
    struct ff_lookup *lookup = ff_lookup_new(state);
    err = lookup ? ff_lookup_explain(lookup, ff_slice_str(x->opts->tenant), x->address, on_entry, x) : FF_ERR_NOMEM;
    ff_lookup_free(lookup);
    ff_suppressor_close(state);
    if (err == FF_ERR_SYNTAX || err == FF_ERR_TOO_LARGE)
        return no_address(x->address);
    if (err == FF_OK)
        err = x->err;
    return err == FF_OK ? 0
                        : ff_fail(ff_err_exit_status(err), "%s: the state cannot be read (%s)",
                                  x->opts->target.state, ff_err_name(err));
}

static int of_topic(struct explain *x)
{
    char message[FF_SERVICE_MESSAGE_MAX] = "";
    struct ff_suppress_options opts;
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    if (ff_address_key(x->address, key, &len) != FF_OK)
        return no_address(x->address);
    int status = ff_target_kafka(&x->opts->target, &opts);
    if (status)
        return status;
    ff_signals_catch(); /* it makes a folder: a signal may not leave that behind */
    status = ff_explain_read(&opts, ff_slice_str(x->opts->tenant), x->address, on_entry, x, message, sizeof message);
    if (status)
        return ff_fail(status, "%s", message);
    return x->err == FF_OK ? 0 : ff_fail(ff_err_exit_status(x->err), "what the topic holds of it cannot be read (%s)",
                                         ff_err_name(x->err));
}

static int collect(struct explain *x)
{
    int status = ff_target_check(&x->opts->target);
    if (status)
        return status;
    return x->opts->target.state ? of_folder(x) : of_topic(x);
}

static void put_answer(const struct explain *x, struct ff_json_out *o, struct ff_slice address)
{
    struct ff_slice entries = ff_slice_of(x->entries.buf, x->entries.len);
    if (x->opts->json) {
        ff_explain_put_answer(o, address, x->suppressed, entries);
        ff_json_end_line(o);
        return;
    }
    ff_terminal_put(o, address, 400, false);
    ff_text_format(o, " (tenant %s): %s\n", x->opts->tenant,
                   x->suppressed ? "suppressed" : x->count ? "not suppressed now" : "not suppressed, nothing is known");
    ff_text_put_slice(o, entries);
    ff_text_put_slice(o, ff_slice_of(x->remedies.buf, x->remedies.len));
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct explain x = {.opts = options};
    struct ff_output *out = NULL;
    struct ff_json_out answer;
    (void)count;
    struct ff_slice address = x.address = ff_slice_str(arguments[0]);
    x.now_us = ff_now_us();
    x.colour = ff_terminal_colour(STDOUT_FILENO);
    ff_json_out_init(&x.entries);
    ff_json_out_init(&x.remedies);
    ff_json_out_init(&answer);
    if (x.opts->json)
        ff_json_open(&x.entries, '[');
    int status = collect(&x);
    if (x.opts->json)
        ff_json_close(&x.entries, ']');
    if (status == 0)
        status = ff_output_open(&out, NULL, false);
    if (status == 0) {
        put_answer(&x, &answer, address);
        ff_output_take(out, &answer);
        status = ff_output_close(out, true);
    }
    ff_json_out_fini(&x.entries);
    ff_json_out_fini(&x.remedies);
    ff_json_out_fini(&answer);
    return status;
}

const struct ff_subcommand ff_cmd_explain = {
    .name = "explain",
    .summary = "what is known of an address, and why",
    .arguments = "ADDRESS",
    .arguments_min = 1,
    .arguments_max = 1,
    .description = "Shows every entry of an address: whether it is suppressed, since when, for whom, and the reply "
                   "that caused it, word for word. Exit status 0 whether or not it is suppressed. Never makes a state "
                   "folder. With --brokers it reads what suppress knows of the address: its partition of "
                   "mail.suppression-state.v1, to the end.",
    .options = table,
    .struct_size = sizeof(struct explain_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 no address, 66 no such state folder, 69 no broker, 71 no memory, 73 no folder in $TMPDIR, 74 the "
             "state cannot be read, 75 interrupted (--brokers), 77 the brokers do not permit it or refuse the "
             "connection, 78 no such topic",
    .run = run,
};
