/* fixture.c: see the header. */
#include "tests/suppress/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct ff_slice text(const char *s)
{
    return s ? ff_slice_str(s) : (struct ff_slice){NULL, 0};
}

void fixture_make(const struct fixture_event *fe, struct fixture_room *room, struct ff_event *ev, struct ff_verdict *v)
{
    static const uint8_t remote[4] = {203, 0, 113, 25}, local[4] = {198, 51, 100, 7};
    *ev = (struct ff_event){0};
    *v = (struct ff_verdict){0};
    ev->kind = fe->kind ? fe->kind : FF_KIND_BOUNCE;
    ev->origin = fe->origin ? fe->origin : FF_ORIGIN_REMOTE_REPLY;
    ev->stage = FF_STAGE_RCPT_TO;
    if (fe->code != FIXTURE_NO_CODE) {
        ev->reply_code = fe->code ? fe->code : 550;
        ev->enhanced_code = FF_ENHANCED(ev->reply_code / 100, 1, 1);
    }
    ev->flags = fe->flags;
    ev->event_time_us = fe->time_us ? fe->time_us : FIXTURE_EPOCH_US;
    ev->queued_time_us = fe->waited_us ? ev->event_time_us - fe->waited_us : 0;
    ev->recipient = text(fe->to ? fe->to : "gone@example.com");
    ev->tenant_id = text(fe->tenant ? fe->tenant : "acme");
    ev->stream_id = text(fe->stream);
    ev->reply_text = text(fe->text ? fe->text : "User unknown");
    ev->message_id = FF_SLICE("q1");
    ev->mail_from = FF_SLICE("bounce@example.org");
    ev->remote_host = FF_SLICE("mx1.example.com");
    ev->remote_ip = ff_slice_of(remote, 4);
    ev->local_ip = ff_slice_of(local, 4);
    if (fe->id) {
        for (unsigned i = 0; i < 16; i++)
            room->id[i] = (uint8_t)(fe->id >> (8 * (i & 7)));
        ev->event_id = ff_slice_of(room->id, 16);
    }
    if (fe->feedback) {
        struct ff_wire_out out = ff_wire_out(room->feedback, sizeof(room->feedback));
        ff_wire_put_bytes(&out, 1, text(fe->feedback));
        ev->feedback = ff_wire_done(&out);
    }
    v->category = fe->category;
    v->suppress = fe->suppress;
    const struct ff_category_info *info = ff_category_info(fe->category);
    v->action = fe->suppress ? FF_ACTION_SUPPRESS_NOW : fe->action ? fe->action : info ? info->action : FF_ACTION_NONE;
    if (v->action == FF_ACTION_SUPPRESS_NOW && !fe->suppress) /* as the classifier gives it */
        v->action = ev->kind == FF_KIND_TRANSIENT_FAILURE && fe->category != FF_INACTIVE_MAILBOX ? FF_ACTION_RETRY : FF_ACTION_SUPPRESS_AFTER_N;
    v->rule = FF_SLICE("test-rule");
    v->provider = FF_SLICE("example");
    v->confidence = 95;
    v->ruleset_version = 3;
    v->template_id = 0x1122334455667788u;
}

enum ff_err fixture_feed(struct ff_suppressor *s, const struct fixture_event *fe, int32_t partition)
{
    struct fixture_room room;
    struct ff_event ev;
    struct ff_verdict v;
    fixture_make(fe, &room, &ev, &v);
    return ff_suppressor_result(s, &ev, &v, partition);
}

const char *fixture_folder(void)
{
    static char name[512];
    const char *tmp = getenv("TMPDIR");
    snprintf(name, sizeof(name), "%s/fivefifty-suppress-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(name)) {
        perror(name);
        exit(1);
    }
    return name;
}

void fixture_remove(const char *dir)
{
    char command[600];
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    if (system(command) != 0)
        perror(dir);
}

struct ff_suppressor *fixture_open(const char *dir, bool outbox, bool trust_oob)
{
    char msg[512] = "";
    struct ff_suppressor *s = NULL;
    struct ff_suppressor_options opts = {.state_dir = dir, .create = true, .outbox = outbox, .trust_oob = trust_oob, .now_us = FIXTURE_NOW_US};
    enum ff_err err = ff_suppressor_open(&opts, &s, msg, sizeof(msg));
    if (err) {
        printf("cannot open %s: %s: %s\n", dir, ff_err_name(err), msg);
        exit(1);
    }
    return s;
}

void fixture_commit(struct ff_suppressor *s)
{
    char msg[512] = "";
    if (ff_suppressor_commit(s, msg, sizeof(msg)) != FF_OK) {
        printf("cannot commit: %s\n", msg);
        exit(1);
    }
}

struct lines {
    FILE *f;
    bool exported;
    struct ff_json_out json;
};

static void put_hex(FILE *f, struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        fprintf(f, "%02x", s.ptr[i]);
}

static bool put_line(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    struct lines *l = (struct lines *)ctx;
    if (!l->exported) {
        fprintf(l->f, "%.*s ", (int)key.len, (const char *)key.ptr);
        put_hex(l->f, suppression);
        fputc(' ', l->f);
        put_hex(l->f, state);
        fputc('\n', l->f);
        return true;
    }
    struct ff_suppression s;
    if (!suppression.len || ff_suppression_decode(suppression, &s) != FF_OK || s.state != FF_STATE_ACTIVE)
        return true;
    ff_json_out_reset(&l->json);
    ff_json_open(&l->json, '{');
    ff_suppression_put_json(&l->json, &s);
    ff_json_close(&l->json, '}');
    fprintf(l->f, "%.*s\n", (int)l->json.len, l->json.buf);
    return true;
}

static char *all_lines(struct ff_suppressor *s, bool exported)
{
    char *text = NULL;
    size_t size = 0;
    struct lines l = {open_memstream(&text, &size), exported, {0}};
    struct ff_lookup *look = ff_lookup_new(s);
    if (!l.f || !look)
        exit(1);
    ff_json_out_init(&l.json);
    if (ff_lookup_scan(look, (struct ff_slice){NULL, 0}, put_line, &l) != FF_OK)
        fprintf(l.f, "the scan failed\n");
    ff_json_out_fini(&l.json);
    ff_lookup_free(look);
    fclose(l.f);
    return text;
}

char *fixture_dump(struct ff_suppressor *s)
{
    return all_lines(s, false);
}

char *fixture_export(struct ff_suppressor *s)
{
    return all_lines(s, true);
}

uint64_t fixture_next(struct fixture_random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * 0x2545f4914f6cdd1dull;
}
