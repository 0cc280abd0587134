/* folder_of.c: which service a state folder belongs to. One that works on another's folder does harm and says nothing:
 * `suppress` publishes nothing of what `run` found, `serve` takes `suppress`'s rows for the topic and ignores the
 * topic.
 *
 * The service is a row (M folder-of), written with the first commit: a start that fails (a prefix that is mistyped)
 * leaves the folder to whoever comes next. A folder without one was made before there was such a row, or is empty: what
 * is in it tells.
 */
#include <stdio.h>

#include "suppress/engine/engine_int.h"

static const struct ff_slice row_name = {(const uint8_t *)"Mfolder-of", sizeof("Mfolder-of") - 1};

static const char *const names[] = {[FF_FOLDER_OF_ANY] = "any",
                                    [FF_FOLDER_OF_RUN] = "run",
                                    [FF_FOLDER_OF_SUPPRESS] = "suppress",
                                    [FF_FOLDER_OF_SERVE] = "serve"};

/* Of the first row that begins so: does `tell` know whose it is? */
static enum ff_err ask_first(struct ff_suppressor *s, const char *prefix,
                             enum ff_folder_of (*tell)(struct ff_slice value), enum ff_folder_of *ret)
{
    struct ff_store_cursor *c = ff_store_cursor_new(s->store, ff_slice_str(prefix), (struct ff_slice){NULL, 0});
    if (!c)
        return FF_ERR_NOMEM;
    if (*ret == FF_FOLDER_OF_ANY && ff_store_cursor_valid(c))
        *ret = tell(ff_store_cursor_value(c));
    return ff_store_cursor_free(c);
}

static enum ff_folder_of of_row(struct ff_slice value)
{
    struct ff_row row;
    if (ff_row_decode(value, &row) != FF_OK)
        return FF_FOLDER_OF_ANY;
    return row.kind == FF_ROW_REPLICA ? FF_FOLDER_OF_SERVE
           : row.partition < 0        ? FF_FOLDER_OF_RUN
                                      : FF_FOLDER_OF_SUPPRESS;
}

static enum ff_folder_of of_serve(struct ff_slice value)
{
    (void)value;
    return FF_FOLDER_OF_SERVE;
}

static enum ff_folder_of of_suppress(struct ff_slice value)
{
    (void)value;
    return FF_FOLDER_OF_SUPPRESS;
}

static enum ff_err guess(struct ff_suppressor *s, enum ff_folder_of *ret)
{
    enum ff_err err = ask_first(s, "S", of_row, ret);
    if (!err)
        err = ask_first(s, "Fserve/", of_serve, ret);
    if (!err)
        err = ask_first(s, "Frestore/", of_suppress, ret);
    return err;
}

static enum ff_err look(struct ff_suppressor *s, enum ff_folder_of *ret, bool *ret_marked)
{
    struct ff_store_value v = {{NULL, 0}, NULL};
    enum ff_err err = ff_store_get(s->store, row_name, &v);
    *ret = FF_FOLDER_OF_ANY;
    *ret_marked = err == FF_OK;
    if (err == FF_ERR_NOT_FOUND)
        return guess(s, ret);
    for (unsigned i = FF_FOLDER_OF_RUN; i <= FF_FOLDER_OF_SERVE; i++)
        if (!err && ff_slice_eq(v.bytes, ff_slice_str(names[i])))
            *ret = (enum ff_folder_of)i;
    if (!err && *ret == FF_FOLDER_OF_ANY)
        err = FF_ERR_CONFIG;
    ff_store_release(&v);
    return err;
}

enum ff_folder_of ff_suppressor_folder_of(struct ff_suppressor *s)
{
    enum ff_folder_of is;
    bool marked;
    return look(s, &is, &marked) == FF_OK ? is : FF_FOLDER_OF_ANY;
}

/* What the folder is, and what to do about it. */
static void refuse(const char *dir, enum ff_folder_of is, enum ff_folder_of wanted, char *msg, size_t size)
{
    if (is == FF_FOLDER_OF_RUN)
        snprintf(msg, size,
                 "%s: holds the state of `run`; give `%s` a folder of its own (to take over what `run` knows: "
                 "fivefifty export --state %s | fivefifty import --brokers HOST:PORT)",
                 dir, names[wanted], dir);
    else if (wanted == FF_FOLDER_OF_RUN)
        snprintf(msg, size,
                 "%s: holds the state of `%s`, which follows Kafka; give `run` a folder of its own (and add, release "
                 "and import --brokers instead of --state)",
                 dir, names[is]);
    else
        snprintf(msg, size, "%s: holds the state of `%s`; give `%s` a folder of its own (--state)", dir, names[is],
                 names[wanted]);
}

enum ff_err ff_folder_check(struct ff_suppressor *s, const char *dir, enum ff_folder_of wanted, char *msg, size_t size)
{
    enum ff_folder_of is;
    bool marked;
    if (wanted == FF_FOLDER_OF_ANY)
        return FF_OK;
    enum ff_err err = look(s, &is, &marked);
    if (err) {
        snprintf(msg, size,
                 err == FF_ERR_CONFIG ? "%s: made by another version of fivefifty" : "%s: cannot read the state", dir);
        return err;
    }
    if (is != FF_FOLDER_OF_ANY && is != wanted) {
        refuse(dir, is, wanted, msg, size);
        return FF_ERR_CONFIG;
    }
    if (!marked && !s->read_only)
        s->to_mark = wanted;
    return FF_OK;
}

void ff_folder_mark(struct ff_suppressor *s)
{
    if (s->to_mark == FF_FOLDER_OF_ANY)
        return;
    ff_store_put(s->store, row_name, ff_slice_str(names[s->to_mark]));
    s->to_mark = FF_FOLDER_OF_ANY;
}
