/* log_unread.c: which rotated files of a log in a folder were not read yet.
 *
 * Of a folder everything is read once. A file is known by its identity; or it is a copy (compressed, copied) of one
 * that is known by its first record and the last one that was read. What is neither is read from its start. The state
 * has a row for every file that was in the folder lately (log_places.h), so nothing is kept here between two looks.
 */
#include "cli/logs/log_added.h"
#include "cli/logs/log_beside.h"
#include "cli/logs/log_former.h"
#include "proto/clock.h"

/* Files with one first line that are compared with what was read. With more of them it says nothing: a header that
 * every segment has, and the files are read as new ones. */
#define ALIKE_MAX 64

struct known {
    struct ff_source_identity id;
    struct ff_log_place place;
};

struct search {
    struct ff_log_inputs *all;
    const struct ff_log_input *of;
    const struct ff_log_formers *near;
    struct known files[ALIKE_MAX];
    size_t count;
    struct known followed; /* what was read under the plain name at last; place.next 0: nothing */
    bool whole; /* a copy of what was left holds more than was read of that */
};

static bool is_alike(const struct search *s, const struct ff_source_identity *id)
{
    for (size_t i = 0; i < s->near->count; i++)
        if (s->near->files[i].id.first == id->first)
            return true;
    return false;
}

static bool take_row(void *ctx, const struct ff_source_identity *id)
{
    struct search *s = ctx;
    struct known k = {.id = *id};
    bool followed = ff_log_segment_known(s->all->state, s->of->folder->path, id) == ff_log_followed_as(s->of->path);
    if ((!followed && !is_alike(s, id)) || !ff_log_place_load(s->all->state, id, &k.place))
        return true;
    if (followed)
        s->followed = k;
    if (s->count < ALIKE_MAX)
        s->files[s->count++] = k;
    return true;
}

/* What the state knows that a file near may be a copy of, and what the log has just left. */
static void collect(struct search *s)
{
    size_t left = s->of->left_by ? 1 : 0;
    s->files[0] = (struct known){s->of->left, s->of->left_place};
    s->count = left;
    if (!ff_log_segments_each(s->all->state, s->of->folder->path, take_row, s) || s->count == ALIKE_MAX)
        s->count = left;
}

/* Of several the one that was read furthest. */
static const struct known *find_alike(const struct search *s, const char *path, uint64_t first,
                                      enum ff_log_likeness like)
{
    const struct known *found = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct known *k = &s->files[i];
        if (k->id.first == first && !(found && found->place.at.number >= k->place.at.number) &&
            ff_log_compare(s->of, path, &k->place) == like)
            found = k;
    }
    return found;
}

/* What a file is a copy of. It may be shorter than what was read of that: what is written between copying and
 * truncating is in no file. */
static const struct known *find_original(const struct search *s, const struct ff_log_former *f,
                                         enum ff_log_likeness *ret_likeness)
{
    const struct known *k = find_alike(s, f->path, f->id.first, *ret_likeness = FF_LOG_HOLDS);
    if (!k && ff_log_begins_alone(s->near, f))
        k = find_alike(s, f->path, f->id.first, *ret_likeness = FF_LOG_SHORTER);
    return k;
}

static bool plain_holds(const struct search *s, const struct known *k)
{
    return s->near->plain.inode != 0 && s->near->plain.first == k->id.first &&
           ff_log_compare(s->of, s->of->path, &k->place) == FF_LOG_HOLDS;
}

/* What is known is read on under the plain name: its copy has nothing more. As long as nobody has noticed that it was
 * truncated, it was not. */
static bool is_read_on(const struct search *s, const struct known *k)
{
    return (!s->of->left_by && ff_log_same_file(&k->id, &s->of->id)) || plain_holds(s, k);
}

/* The row of what it is a copy of may be forgotten before this one is read. */
static void save(const struct search *s, const struct ff_source_identity *id, const struct ff_log_place *place)
{
    ff_log_place_save(s->all->state, id, place);
    ff_log_segment_save(s->all->state, s->of->folder->path, id, FF_LOG_SEGMENT_READ);
}

/* Nothing is read under the plain name any more of what has a copy. As long as any file of the folder has that inode, a
 * row that went on saying so would be taken for what was read there at last, and be missed when the copy is gone. */
static void is_followed_no_more(const struct search *s, const struct known *k)
{
    if (ff_log_segment_known(s->all->state, s->of->folder->path, &k->id) == ff_log_followed_as(s->of->path))
        ff_log_segment_save(s->all->state, s->of->folder->path, &k->id, FF_LOG_SEGMENT_READ);
}

static void want_copy(const struct search *s, struct ff_log_former *f, const struct known *k, bool started)
{
    f->wanted = true;
    f->start = ff_log_start_of_copy(&k->place);
    if (started && s->of->left_by != FF_SOURCE_OTHER)
        f->start.next = f->start.at.number + 1;
    save(s, &f->id, &f->start);
}

static void save_done(const struct search *s, const struct ff_log_former *f, const struct known *k)
{
    struct ff_log_place place = {.next = FF_LOG_FINISHED, .at = k->place.at};
    place.at.bytes = (uint64_t)f->st.st_size;
    save(s, &f->id, &place);
}

/* What the state knows by its identity. In a run of before a joiner read what it needs of a file that is done; in this
 * one it has it. */
static void want_known(struct ff_log_former *f, const struct ff_log_place *place, bool started)
{
    bool changed = (uint64_t)f->st.st_size != place->at.bytes;
    f->wanted = changed || (!started && place->next != FF_LOG_FINISHED);
    if (started)
        f->start = (struct ff_log_place){place->at.number + 1, place->at};
}

/* A copy that is made of the log, or was made of it by hand. @param whole  where all of that is */
static bool is_partial(const struct search *s, const struct ff_log_former *f, const char *whole)
{
    return ff_log_begins_with(s->of, whole, f->id.first) && ff_log_is_beginning(s->of, f->path, whole);
}

/* What the log has left, at a turn. */
static bool is_left(const struct search *s, const struct ff_source_identity *id)
{
    return s->of->left_by && ff_log_same_file(id, &s->of->left);
}

bool ff_log_has_changed_within(const struct stat *st, int64_t seconds)
{
    int64_t age = ff_now_us() / 1000000 - (int64_t)st->st_mtim.tv_sec;
    return age >= 0 && age <= seconds;
}

/* Gives whether it is what the log has left, or a copy of that. */
static bool choose_one(struct search *s, struct ff_log_former *f, const char **whole, bool started)
{
    struct ff_log_place place;
    enum ff_log_likeness like;
    if (ff_log_is_in_use(s->all, &f->id))
        return is_left(s, &f->id);
    if (started && s->of->source && !s->of->left_by && ff_log_has_changed_within(&f->st, FF_LOG_MADE_SECONDS))
        return false;
    f->anew = ff_log_place_load(s->all->state, &f->id, &place);
    if (f->anew && ff_log_is_still(s->of, s->near, f, &place)) {
        f->anew = false;
        want_known(f, &place, started);
        return is_left(s, &f->id);
    }
    const struct known *k = find_original(s, f, &like);
    if (!k)
        f->wanted = !f->twin && !is_partial(s, f, *whole);
    if (!k || is_read_on(s, k))
        return false;
    is_followed_no_more(s, k);
    if (like == FF_LOG_HOLDS) {
        want_copy(s, f, k, started);
        *whole = f->path;
    } else {
        save_done(s, f, k);
    }
    bool left = is_left(s, &k->id);
    s->whole = s->whole || (left && f->wanted);
    return left;
}

/* The log was copied back, or its device has another number since the machine was started. */
static void find_itself(struct search *s, struct ff_log_input *of)
{
    const struct ff_source_identity *id = &s->near->plain;
    struct ff_log_place place;
    if (id->inode == 0 || ff_log_place_load(s->all->state, id, &place))
        return;
    const struct known *k = find_alike(s, of->path, id->first, FF_LOG_HOLDS);
    if (k)
        of->start = ff_log_start_of_copy(&k->place);
}

/* What was read under the plain name when the last run stopped is neither there nor among the rotated files, which may
 * be known by their own identity by now. */
static bool is_missing(const struct search *s)
{
    const struct known *k = &s->followed;
    bool there = ff_log_same_file(&k->id, &s->near->plain) && (uint64_t)s->of->st.st_size >= k->place.at.bytes;
    if (k->place.next <= 0 || k->place.next == FF_LOG_FINISHED || there || plain_holds(s, k))
        return false;
    for (size_t i = 0; i < s->near->count; i++)
        if (s->near->files[i].id.first == k->id.first &&
            ff_log_compare(s->of, s->near->files[i].path, &k->place) != FF_LOG_OTHER)
            return false;
    return true;
}

bool ff_log_find_unread(struct ff_log_inputs *all, struct ff_log_input *of, bool started)
{
    struct ff_log_formers near;
    ff_log_gather(of, &near);
    struct search s = {.all = all, .of = of, .near = &near};
    const char *whole = of->path;
    bool found = false;
    collect(&s);
    const struct ff_log_former *open = ff_log_find_open(of, &near); /* what is later comes after it */
    for (size_t i = open ? (size_t)(open - near.files) : near.count; i-- > 0;) /* the latest first: see is_partial() */
        found = choose_one(&s, &near.files[i], &whole, started) || found;
    of->left_found = of->left_found || found;
    of->left_whole = of->left_whole || s.whole;
    if (!started && !of->left_by && of->source) {
        find_itself(&s, of);
        if (is_missing(&s))
            ff_log_tell_missing(of, &s.followed.place);
    }
    bool added = ff_log_add_wanted(all, of, &near);
    ff_log_formers_free(&near);
    return added;
}

void ff_log_know_segment(struct ff_log_inputs *all, struct ff_log_input *in)
{
    struct ff_log_former f = {.st = in->st};
    struct ff_log_formers near = {.files = &f, .count = 1};
    struct ff_log_place place;
    if (!ff_log_identify(in, in->path, &f.id) || ff_log_place_load(all->state, &f.id, &place))
        return;
    struct search s = {.all = all, .of = in, .near = &near};
    collect(&s);
    const struct known *k = find_alike(&s, in->path, f.id.first, FF_LOG_HOLDS);
    if (!k)
        return; /* a new one */
    want_copy(&s, &f, k, all->looked_ms > 0);
    in->start = f.start;
}
