/* log_forget.c: see log_forget.h.
 *
 * A folder of segments gets a new file each minute and loses an old one: whatever is kept of each for ever grows for
 * ever. What is kept is known by the identity of a file, so a file is gone when no file of the folder has its inode, or
 * another content was read that has it (ff_log_segment_save()).
 */
#include "cli/logs/log_forget.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct inode {
    uint64_t device, number;
};

struct looking {
    struct ff_log_inputs *all;
    const struct ff_log_folder *folder;
    struct inode *present; /* sorted */
    size_t present_count, forgotten;
    bool left; /* something is gone and not forgotten yet */
};

static int inode_order(const void *a, const void *b)
{
    const struct inode *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->number == y->number ? 0 : x->number < y->number ? -1 : 1;
}

/* What readdir(3) says of inodes is not what stat(2) says on every file system (overlays, FUSE). */
static bool take_inodes(struct looking *l, struct dirent *const *entries, size_t count)
{
    struct stat st;
    int fd = open(l->folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    l->present = fd < 0 ? NULL : calloc(count, sizeof *l->present);
    for (size_t i = 0; l->present && i < count; i++)
        if (fstatat(fd, entries[i]->d_name, &st, 0) == 0)
            l->present[l->present_count++] = (struct inode){(uint64_t)st.st_dev, (uint64_t)st.st_ino};
    if (fd >= 0)
        close(fd);
    if (l->present_count > 0)
        qsort(l->present, l->present_count, sizeof *l->present, inode_order);
    return l->present_count > 0;
}

/* It is being read to its end, or the state is not told of that yet. */
static bool is_in_use(const struct ff_log_inputs *all, const struct ff_source_identity *id)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct ff_log_input *in = &all->inputs[i];
        if ((in->source || in->unsaved) && in->id.device == id->device && in->id.inode == id->inode)
            return true;
    }
    return false;
}

/* A file may have moved from one of our folders to another one. */
static bool is_in_another_folder(const struct looking *l, const struct ff_source_identity *id)
{
    for (size_t i = 0; i < l->all->folder_count; i++) {
        const struct ff_log_folder *f = &l->all->folders[i];
        if (f != l->folder && ff_log_segment_known(l->all->state, f->path, id) >= 0)
            return true;
    }
    return false;
}

static bool on_segment(void *ctx, const struct ff_source_identity *id)
{
    struct looking *l = ctx;
    const struct inode wanted = {id->device, id->inode};
    bool gone = ff_log_segment_known(l->all->state, l->folder->path, id) == FF_LOG_SEGMENT_GONE;
    if (!gone && bsearch(&wanted, l->present, l->present_count, sizeof wanted, inode_order))
        return true;
    if ((!gone && is_in_use(l->all, id)) || l->forgotten == FF_LOG_FORGET_MAX) {
        l->left = true;
        return l->forgotten < FF_LOG_FORGET_MAX;
    }
    ff_log_segment_forget(l->all->state, l->folder->path, id, !is_in_another_folder(l, id));
    l->forgotten++;
    return true;
}

void ff_log_forget_gone(struct ff_log_inputs *all, struct ff_log_folder *f, struct dirent *const *entries, int count)
{
    struct looking l = {.all = all, .folder = f};
    if (count <= 0 || !f->gone)
        return;
    if (take_inodes(&l, entries, (size_t)count) && ff_log_segments_each(all->state, f->path, on_segment, &l))
        f->gone = l.left;
    free(l.present);
}
