/* inputs.c: see inputs.h. */
#include "cli/inputs/inputs.h"

#include "proto/address.h"

#include "classify/verdict_names.h"
#include "cli/options/options_pair.h"
#include "cli/process/messages.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- stream map -------------------------------------------------------------------------------------------------- */

static int slice_order(struct ff_slice a, struct ff_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int pair_order(const void *a, const void *b)
{
    const struct ff_stream_pair *x = a, *y = b;
    return slice_order(x->name, y->name);
}

int ff_stream_map_init(struct ff_stream_map *m, const struct ff_option_list *list)
{
    *m = (struct ff_stream_map){NULL, 0};
    if (list->count == 0)
        return 0;
    if (list->count > FF_STREAM_MAP_MAX)
        return ff_fail(FF_EXIT_USAGE, "--stream-map: %zu pairs are too many (at most %d)", list->count, FF_STREAM_MAP_MAX);
    m->pairs = calloc(list->count, sizeof *m->pairs);
    if (!m->pairs)
        return ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        const char *name, *stream;
        if (!ff_option_pair(list->items[i], &name, &stream))
            return ff_fail(FF_EXIT_USAGE, "--stream-map: \"%s\" is no NAME=STREAM", list->items[i]);
        if (!ff_tenant_is_valid(ff_slice_str(stream)))
            return ff_fail(FF_EXIT_USAGE, "--stream-map %s: no name of a stream (\"*\" is all of them)", list->items[i]);
        m->pairs[m->count++] = (struct ff_stream_pair){ff_slice_str(name), ff_slice_str(stream)};
    }
    qsort(m->pairs, m->count, sizeof *m->pairs, pair_order);
    return 0;
}

void ff_stream_map_fini(struct ff_stream_map *m)
{
    free(m->pairs);
    *m = (struct ff_stream_map){NULL, 0};
}

struct ff_slice ff_stream_map_find(void *ctx, struct ff_slice name)
{
    const struct ff_stream_map *m = ctx;
    struct ff_stream_pair key = {.name = name};
    const struct ff_stream_pair *found =
        m->count ? bsearch(&key, m->pairs, m->count, sizeof key, pair_order) : NULL;
    return found ? found->stream : (struct ff_slice){NULL, 0};
}

int ff_default_tenant_check(const char *name)
{
    if (*name && ff_tenant_is_valid(ff_slice_str(name)))
        return 0;
    return ff_fail(FF_EXIT_USAGE, "--default-tenant \"%s\": no name of a tenant (\"*\" is all of them)", name);
}

struct ff_decode_options ff_inputs_decode_options(const char *default_tenant, uint64_t year, struct ff_stream_map *map)
{
    return (struct ff_decode_options){
        .default_tenant = ff_slice_str(default_tenant),
        .year = (int)year,
        .stream_of = map ? ff_stream_map_find : NULL,
        .stream_ctx = map,
    };
}

unsigned ff_vendors_of(const struct ff_option_list *names)
{
    unsigned bits = 0;
    for (size_t i = 0; i < names->count; i++)
        bits |= 1u << ff_vendor_parse(ff_slice_str(names->items[i]));
    return bits;
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

int ff_rules_open(const char *path, struct ff_ruleset **ret)
{
    char message[512] = "";
    if (!path) {
        if (ff_ruleset_load((struct ff_slice){NULL, 0}, "built-in rules", ret, message, sizeof message) != FF_OK)
            return ff_fail(FF_EXIT_SOFTWARE, "%s", message);
        return 0;
    }
    FILE *f = fopen(path, "rb");
    if (!f)
        return ff_fail(FF_EXIT_NOINPUT, "%s: %s (check the name of the rules file)", path, strerror(errno));
    int status = 0;
    uint8_t *text = malloc(FF_RULES_BYTES_MAX + 1);
    size_t len = text ? fread(text, 1, FF_RULES_BYTES_MAX + 1, f) : 0;
    if (!text)
        status = ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    else if (ferror(f))
        status = ff_fail(FF_EXIT_NOINPUT, "%s: %s (check the name of the rules file)", path, strerror(errno));
    else if (len > FF_RULES_BYTES_MAX)
        status = ff_fail(FF_EXIT_CONFIG, "%s: larger than %u bytes (this is no rules file)", path, FF_RULES_BYTES_MAX);
    else if (len == 0)
        status = ff_fail(FF_EXIT_CONFIG, "%s: is empty (leave --rules away for the built-in rules)", path);
    else if (ff_ruleset_load(ff_slice_of(text, len), path, ret, message, sizeof message) != FF_OK)
        status = ff_fail(FF_EXIT_CONFIG, "%s", message);
    free(text);
    fclose(f);
    return status;
}

int ff_rulebook_open(struct ff_rule_names *names, const char *rules, const char *shadow_rules, struct ff_rulebook **ret)
{
    struct ff_ruleset *live = NULL, *shadow = NULL;
    int status = ff_rules_open(rules, &live);
    if (status == 0 && shadow_rules)
        status = ff_rules_open(shadow_rules, &shadow);
    if (status) {
        ff_ruleset_free(live);
        return status;
    }
    *ret = ff_rulebook_new(names, live, shadow);
    return *ret ? 0 : ff_fail(FF_EXIT_SOFTWARE, "out of memory");
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

int ff_source_failed(const struct ff_source *s)
{
    enum ff_err err = ff_source_error(s);
    int status = err == FF_ERR_SYNTAX || err == FF_ERR_TRUNCATED ? FF_EXIT_DATA : ff_err_exit_status(err);
    return ff_fail(status, "%s", ff_source_message(s));
}

static void warn(const char *text)
{
    ff_warn("%s", text);
}

static int start(const struct ff_source_options *opts, struct ff_source **ret)
{
    char message[512];
    enum ff_err err = ff_source_open(opts, ret, message, sizeof message);
    if (err == FF_OK)
        return 0;
    return ff_fail(err == FF_ERR_PERMISSION ? FF_EXIT_NOPERM : err == FF_ERR_NOMEM ? FF_EXIT_SOFTWARE : FF_EXIT_NOINPUT, "%s", message);
}

int ff_source_start(const struct ff_source_options *opts, struct ff_source **ret)
{
    struct ff_source_options told = *opts;
    told.warn = warn;
    return start(&told, ret);
}

#define WAIT_MS 500

static int read_all(const struct ff_source_options *opts, struct ff_output *out, ff_source_record_fn *record, void *ctx)
{
    struct ff_source *source = NULL;
    struct ff_record r;
    enum ff_source_what what = FF_SOURCE_RECORD;
    int status = start(opts, &source);
    while (status == 0 && what != FF_SOURCE_END && !(out && ff_output_done(out))) {
        what = ff_source_next(source, &r);
        if (what == FF_SOURCE_RECORD) {
            status = record(ctx, &r);
        } else if (what == FF_SOURCE_WAIT) {
            if (out)
                ff_output_flush(out);
            ff_inputs_wait(&source, 1, WAIT_MS);
        } else if (what == FF_SOURCE_BROKEN) {
            status = ff_source_failed(source);
        }
    }
    ff_source_close(source);
    return status;
}

int ff_source_read_all(const char *path, enum ff_framing framing, struct ff_output *out, ff_source_record_fn *record, void *ctx)
{
    struct ff_source_options opts = {.path = path, .framing = framing, .warn = warn};
    return read_all(&opts, out, record, ctx);
}

int ff_source_try_all(const char *path, enum ff_framing framing, ff_source_record_fn *record, void *ctx)
{
    struct ff_source_options opts = {.path = path, .framing = framing};
    return read_all(&opts, NULL, record, ctx);
}

#define POLL_MAX 64
#define REGULAR_FILE_MS 100

void ff_inputs_wait(struct ff_source *const *sources, size_t count, int timeout_ms)
{
    struct pollfd fds[POLL_MAX];
    nfds_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!sources[i])
            continue;
        int fd = ff_source_fd(sources[i]);
        if (fd < 0 || n == POLL_MAX) {
            if (timeout_ms > REGULAR_FILE_MS)
                timeout_ms = REGULAR_FILE_MS; /* a growing file wakes nobody */
            continue;
        }
        fds[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    (void)poll(fds, n, timeout_ms);
}
