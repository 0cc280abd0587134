/* selected.c: see selected.h. */
#include "cli/suppressions/selected.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "cli/process/messages.h"
#include "cli/process/terminal.h"
#include "cli/suppressions/tally.h"
#include "proto/clock.h"
#include "proto/time_text.h"

#define SAMPLES_MAX 5
#define SAMPLE_ADDRESS 40
#define SAMPLE_REPLY 90
#define TOP_MAX 5
#define TEXT_MAX 1024 /* of the names of one entry; a key has at most 766 bytes */

enum property { CATEGORY, PROVIDER, RULE, MX, DOMAIN, TENANT, PROPERTY_COUNT };
static const char *const property_names[PROPERTY_COUNT] = {"category", "provider", "rule", "mx", "domain", "tenant"};

/* One entry in the file, followed by tenant, scope and address. No padding: its bytes are hashed. Nothing of --until is
 * in it: "2h" is another moment when it is confirmed. */
struct kept {
    int64_t last_event_us;
    uint64_t tenant_len, scope_len, address_len;
};

struct sample {
    int64_t time_us;
    size_t address_len, reply_len;
    uint8_t address[SAMPLE_ADDRESS + 1], reply[SAMPLE_REPLY + 1];
};

struct ff_selected {
    FILE *file;
    bool failed;
    int64_t until_us, first_us, last_us;
    uint64_t count, left, left_of[FF_REASON_COUNT];
    XXH3_state_t *hash;
    struct ff_tally *tallies[PROPERTY_COUNT];
    struct sample samples[SAMPLES_MAX];
};

static FILE *nameless_file(void)
{
    char path[4096];
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/fivefifty-release-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w+b");
    if (!f)
        ff_warn("%s: %s (set TMPDIR)", path, strerror(errno));
    if (!f && fd >= 0)
        close(fd);
    if (fd >= 0)
        unlink(path);
    return f;
}

struct ff_selected *ff_selected_new(int64_t until_us)
{
    struct ff_selected *sel = calloc(1, sizeof *sel);
    bool whole = sel && (sel->hash = XXH3_createState()) != NULL;
    for (size_t i = 0; i < PROPERTY_COUNT && whole; i++)
        whole = (sel->tallies[i] = ff_tally_new()) != NULL;
    if (!whole)
        ff_warn("out of memory");
    if (!whole || !(sel->file = nameless_file())) {
        ff_selected_free(sel);
        return NULL;
    }
    sel->until_us = until_us;
    XXH3_64bits_reset(sel->hash);
    return sel;
}

void ff_selected_free(struct ff_selected *sel)
{
    if (!sel)
        return;
    for (size_t i = 0; i < PROPERTY_COUNT; i++)
        ff_tally_free(sel->tallies[i]);
    XXH3_freeState(sel->hash);
    if (sel->file)
        fclose(sel->file);
    free(sel);
}

/* ---- entries in -------------------------------------------------------------------------------------------------- */

static void keep(struct ff_selected *sel, const struct ff_suppression *s)
{
    const struct kept k = {s->last_event_us, s->tenant_id.len, s->stream_scope.len, s->address_key.len};
    const struct ff_slice parts[] = {ff_slice_of(&k, sizeof k), s->tenant_id, s->stream_scope, s->address_key};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        XXH3_64bits_update(sel->hash, parts[i].ptr, parts[i].len);
        sel->failed = fwrite(parts[i].ptr, 1, parts[i].len, sel->file) != parts[i].len || sel->failed;
    }
}

static void keep_sample(struct sample *to, const struct ff_suppression *s)
{
    struct ff_slice address = ff_slice_sub(s->address, 0, sizeof to->address),
                    reply = ff_slice_sub(s->evidence.reply_text, 0, sizeof to->reply);
    to->time_us = s->first_event_us;
    to->address_len = address.len;
    to->reply_len = reply.len;
    memcpy(to->address, address.ptr, address.len);
    if (reply.len)
        memcpy(to->reply, reply.ptr, reply.len);
}

void ff_selected_take(struct ff_selected *sel, const struct ff_suppression *s)
{
    const struct ff_slice of[PROPERTY_COUNT] = {
        [CATEGORY] = ff_slice_str(ff_category_name(s->has_evidence ? s->evidence.category : FF_CATEGORY_NONE)),
        [PROVIDER] = s->evidence.provider, [RULE] = s->evidence.rule, [MX] = s->evidence.remote_host,
        [DOMAIN] = ff_address_domain(s->address_key), [TENANT] = s->tenant_id,
    };
    if (s->tenant_id.len + s->stream_scope.len + s->address_key.len > TEXT_MAX)
        return; /* no key of ours */
    for (size_t i = 0; i < PROPERTY_COUNT; i++)
        ff_tally_add(sel->tallies[i], of[i]);
    keep(sel, s);
    if (sel->count < SAMPLES_MAX)
        keep_sample(&sel->samples[sel->count], s);
    sel->first_us = sel->count && sel->first_us < s->first_event_us ? sel->first_us : s->first_event_us;
    sel->last_us = sel->last_us > s->last_event_us ? sel->last_us : s->last_event_us;
    sel->count++;
}

void ff_selected_leave(struct ff_selected *sel, const struct ff_suppression *s)
{
    sel->left++;
    sel->left_of[s->reason < FF_REASON_COUNT ? s->reason : FF_REASON_NONE]++;
}

uint64_t ff_selected_count(const struct ff_selected *sel)
{
    return sel->count;
}

void ff_selected_token(const struct ff_selected *sel, char ret[FF_SELECTED_TOKEN_MAX])
{
    snprintf(ret, FF_SELECTED_TOKEN_MAX, "%016llx", (unsigned long long)XXH3_64bits_digest(sel->hash));
}

/* ---- for a person ------------------------------------------------------------------------------------------------ */

static void print_property(const struct ff_tally *t, const char *name, struct ff_json_out *o)
{
    struct ff_tally_row rows[TOP_MAX];
    uint64_t others;
    size_t n = ff_tally_top(t, rows, TOP_MAX, &others);
    ff_text_format(o, "  %-9s ", name);
    for (size_t i = 0; i < n; i++) {
        ff_text_put(o, i ? ", " : "");
        ff_terminal_put(o, rows[i].name, rows[i].name.len, false);
        ff_text_format(o, " %llu", (unsigned long long)rows[i].count);
    }
    if (others)
        ff_text_format(o, ", others %llu", (unsigned long long)others);
    ff_text_put(o, "\n");
}

static void print_samples(const struct ff_selected *sel, struct ff_json_out *o)
{
    char when[28];
    ff_text_put(o, sel->count > SAMPLES_MAX ? "For example:\n" : "They are:\n");
    for (size_t i = 0; i < SAMPLES_MAX && i < sel->count; i++) {
        const struct sample *s = &sel->samples[i];
        ff_time_format(s->time_us, when);
        ff_text_format(o, "  %.19sZ  ", when);
        ff_terminal_put(o, ff_slice_of(s->address, s->address_len), SAMPLE_ADDRESS, s->reply_len > 0);
        ff_text_put(o, s->reply_len ? "  " : "");
        ff_terminal_put(o, ff_slice_of(s->reply, s->reply_len), SAMPLE_REPLY, false);
        ff_text_put(o, "\n");
    }
}

void ff_selected_print(const struct ff_selected *sel, struct ff_json_out *o)
{
    char first[28], last[28];
    if (sel->count) {
        ff_time_format(sel->first_us, first);
        ff_time_format(sel->last_us, last);
        ff_text_format(o, "  %-9s %.19sZ to %.19sZ\n", "evidence", first, last);
        for (size_t i = 0; i < PROPERTY_COUNT; i++)
            print_property(sel->tallies[i], property_names[i], o);
        print_samples(sel, o);
    }
    if (!sel->left)
        return;
    ff_text_format(o, "%llu more stay:", (unsigned long long)sel->left);
    for (uint32_t i = 0; i < FF_REASON_COUNT; i++)
        if (sel->left_of[i])
            ff_text_format(o, " %s %llu", ff_reason_name(i), (unsigned long long)sel->left_of[i]);
    ff_text_put(o, " (what a person asked for ends only by its address)\n");
}

/* ---- entries out ------------------------------------------------------------------------------------------------- */

static int read_failed(const struct ff_selected *sel)
{
    return sel->failed
               ? ff_fail(
                     FF_EXIT_IO,
                     "the list of what to release cannot be kept: disk full or broken (set TMPDIR; nothing was "
                     "released)")
               : ff_fail(FF_EXIT_IO, "the list of what to release cannot be read back (set TMPDIR)");
}

/* Of an entry with such evidence. Nothing is void that is still to come: with a --until of next year (a mistyped one)
 * an address could not be suppressed before that. */
static int64_t void_until(const struct ff_selected *sel, int64_t last_event_us, int64_t now_us)
{
    int64_t until_us = sel->until_us - 1 < now_us ? sel->until_us - 1 : now_us;
    return until_us > last_event_us ? until_us : last_event_us;
}

int ff_selected_each(struct ff_selected *sel, int (*each)(void *ctx, struct ff_command *release), void *ctx)
{
    uint8_t text[TEXT_MAX];
    struct kept k;
    int64_t now_us = ff_now_us();
    if (sel->failed || fflush(sel->file) != 0) {
        sel->failed = true;
        return read_failed(sel);
    }
    rewind(sel->file);
    for (uint64_t i = 0; i < sel->count; i++) {
        size_t len = 0;
        if (fread(&k, sizeof k, 1, sel->file) == 1)
            len = k.tenant_len + k.scope_len + k.address_len;
        if (!len || fread(text, 1, len, sel->file) != len)
            return read_failed(sel);
        struct ff_slice all = ff_slice_of(text, len);
        size_t scope = k.tenant_len, address = scope + k.scope_len;
        struct ff_command c = {.verb = FF_VERB_RELEASE,
                               .evidence_until_us = void_until(sel, k.last_event_us, now_us),
                               .tenant_id = ff_slice_sub(all, 0, scope),
                               .stream_scope = ff_slice_sub(all, scope, address),
                               .address = ff_slice_sub(all, address, len)};
        int status = each(ctx, &c);
        if (status)
            return status;
    }
    return 0;
}
