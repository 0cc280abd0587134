/* fuzz_source.c: a file of any bytes, read as lines and as packed records: plain, gzip, zstd, several of them one behind
 * the other.
 *
 * Reading ends, with an end or with a message. Numbers ascend one by one, a line has no line feed in it, and what is too
 * long is told so. Read once more from each place that was noted it gives the same records again. Of a plain file of
 * lines every byte is in a record or is a line end.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "ingest/files/source_file.h"
#include "tests/fuzz/fuzz.h"

#define RECORDS_MAX 4096

struct reading {
    int64_t count;
    uint64_t bytes; /* of the records, as long as they are in the file */
    struct ff_source_place middle, last;
    enum ff_source_what end;
};

static void check_record(const struct ff_record *r, enum ff_framing framing, int64_t number)
{
    REQUIRE(r->position.offset == number);
    if (framing == FF_FRAMING_LINES)
        REQUIRE(r->value.len == 0 || !memchr(r->value.ptr, '\n', r->value.len));
    REQUIRE(r->full_bytes == 0 || (r->full_bytes > r->value.len && r->value.len <= FF_DEAD_PAYLOAD_MAX));
}

/* @param from  where to go on; NULL: at the beginning */
static struct reading read_all(const char *path, enum ff_framing framing, const struct ff_source_place *from)
{
    struct ff_source_options opts = {.path = path, .framing = framing};
    struct reading all = {.end = FF_SOURCE_RECORD};
    struct ff_source *s;
    struct ff_record r;
    char message[256];
    REQUIRE(ff_source_open(&opts, &s, message, sizeof message) == FF_OK);
    while (all.count < RECORDS_MAX && (all.end = ff_source_next(s, &r)) == FF_SOURCE_RECORD) {
        bool resumes = from && all.count == 0;
        if (!from)
            check_record(&r, framing, all.count + 1);
        all.count++;
        all.bytes += r.full_bytes ? r.full_bytes : r.value.len;
        ff_source_place(s, &all.last);
        REQUIRE(from || (all.last.number == all.count && ff_source_next_number(s) == all.count + 1));
        if (all.count == 2)
            all.middle = all.last;
        if (resumes)
            ff_source_resume(s, from->number + 1, from);
    }
    if (all.end == FF_SOURCE_BROKEN)
        REQUIRE(ff_source_error(s) != FF_OK && ff_source_message(s)[0]);
    ff_source_close(s);
    return all;
}

static void read_as(const char *path, enum ff_framing framing, struct ff_slice in)
{
    struct reading whole = read_all(path, framing, NULL);
    REQUIRE(whole.count == RECORDS_MAX || whole.end == FF_SOURCE_END || whole.end == FF_SOURCE_BROKEN);
    if (framing == FF_FRAMING_LINES && whole.end == FF_SOURCE_END && (in.len < 4 || (in.ptr[0] != 0x1f && in.ptr[1] != 0xb5))) {
        size_t feeds = 0;
        for (size_t i = 0; i < in.len; i++)
            feeds += in.ptr[i] == '\n';
        REQUIRE(whole.bytes + feeds <= in.len && whole.bytes + 2 * feeds >= in.len); /* CR LF ends a line, too */
    }
    if (whole.count < 3 || whole.count == RECORDS_MAX)
        return;
    struct reading rest = read_all(path, framing, &whole.middle);
    REQUIRE(rest.end == whole.end && rest.last.number == whole.last.number && rest.last.check == whole.last.check);
    REQUIRE(rest.count == whole.count - 1); /* the first, and those behind the second */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("source", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_as(path, FF_FRAMING_LINES, ff_slice_of(data, size));
    read_as(path, FF_FRAMING_VARINT, ff_slice_of(data, size));
    close(fd);
    return 0;
}
