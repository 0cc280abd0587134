/* topic_copy.c: see topic_copy.h. */
#include "suppress/operator/topic_copy.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int ff_topic_copy_open(struct ff_topic_copy *c, enum ff_folder_of of, struct ff_topic_reading *t)
{
    const char *tmp = getenv("TMPDIR");
    char why[512] = "";
    c->store = NULL;
    snprintf(c->dir, sizeof c->dir, "%s/fivefifty-export-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(c->dir)) {
        int status = ff_topic_complain(t, FF_EXIT_CANTCREAT, "%s: cannot make a folder there (set TMPDIR)", c->dir);
        c->dir[0] = 0;
        return status;
    }
    struct ff_suppressor_options store = {.state_dir = c->dir, .folder_of = of, .create = true};
    enum ff_err err = ff_suppressor_open(&store, &c->store, why, sizeof why);
    if (err == FF_OK)
        return FF_EXIT_OK;
    int status = ff_topic_complain(t, ff_err_exit_status(err), "%s", why);
    ff_topic_copy_close(c);
    return status;
}

int ff_topic_copy_failed(struct ff_topic_copy *c, struct ff_topic_reading *t, enum ff_err err)
{
    return ff_topic_complain(t, ff_err_exit_status(err), "%s: %s; set TMPDIR to a folder with room for the list",
                             c->dir, ff_suppressor_why(c->store, err));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void ff_topic_copy_close(struct ff_topic_copy *c)
{
    if (c->store)
        ff_suppressor_close(c->store);
    c->store = NULL;
    if (c->dir[0])
        nftw(c->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    c->dir[0] = 0;
}

bool ff_topic_is_foreign_record(enum ff_err err)
{
    return err == FF_ERR_SYNTAX || err == FF_ERR_TRUNCATED || err == FF_ERR_RANGE || err == FF_ERR_TOO_LARGE;
}
