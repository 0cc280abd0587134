/* source_file_test.c: files, pipes and what writers do to them: every byte is read once, in bounded memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "ingest/files/source_file.h"
#include "tests/patience.h"
#include "tests/test.h"

static char folder[64];

static const char *at(const char *name)
{
    static char path[4][128];
    static unsigned turn;
    char *p = path[turn++ & 3];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void write_bytes(const char *name, const char *mode, const void *bytes, size_t n)
{
    FILE *f = fopen(at(name), mode);
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
}

static void write_text(const char *name, const char *mode, const char *text)
{
    write_bytes(name, mode, text, strlen(text));
}

static size_t gzip_bytes(uint8_t *out, size_t size, const char *text)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text), .next_out = out, .avail_out = (uInt)size};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK || deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    size_t n = size - z.avail_out;
    deflateEnd(&z);
    return n;
}

/* All records joined by '|', then what ended them: "." end, "~" wait, "!" broken. Long lines as <kept/full>. */
static const char *drain(struct ff_source *s)
{
    static char text[1 << 16];
    size_t n = 0;
    struct ff_record r;
    text[0] = 0;
    for (;;) {
        enum ff_source_what what = ff_source_next(s, &r);
        if (what == FF_SOURCE_NEXT || what == FF_SOURCE_ANEW)
            continue;
        if (what != FF_SOURCE_RECORD) {
            snprintf(text + n, sizeof text - n, "%s", what == FF_SOURCE_END ? "." : what == FF_SOURCE_WAIT ? "~" : what == FF_SOURCE_OTHER ? "other" : "!");
            return text;
        }
        if (r.full_bytes)
            n += (size_t)snprintf(text + n, sizeof text - n, "<%zu/%llu>|", r.value.len, (unsigned long long)r.full_bytes);
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "%lld:%.*s|", (long long)r.position.offset,
                                  (int)(r.value.len < 200 ? r.value.len : 200), r.value.len ? (const char *)r.value.ptr : "");
        if (n > sizeof text / 2)
            return "too much";
    }
}

static struct ff_source *open_at(const char *name, enum ff_framing framing, bool follow)
{
    char message[256] = "";
    struct ff_source *s = NULL;
    static char paths[64][128]; /* borrowed by the sources for as long as they are open */
    static unsigned turn;
    char *path = paths[turn++ % 64];
    snprintf(path, sizeof paths[0], "%s", at(name));
    const struct ff_source_options opts = {.path = path, .framing = framing, .follow = follow};
    CHECK(ff_source_open(&opts, &s, message, sizeof message) == FF_OK, "%s", message);
    return s;
}

/* Waits until a followed source gives something; "~" when it does not. */
static const char *await(struct ff_source *s)
{
    struct patience p = patience();
    const char *got = drain(s);
    while (strcmp(got, "~") == 0 && patience_lasts(&p))
        got = drain(s);
    return got;
}

/* ---- whole files ------------------------------------------------------------------------------------------------- */

static void plain_files(void)
{
    static const struct {
        const char *name, *content, *want;
    } cases[] = {
        {"an empty file has no records", "", "."},
        {"each line is a record, numbered from 1", "a\nbb\nccc\n", "1:a|2:bb|3:ccc|."},
        {"the last line needs no line feed", "a\nb", "1:a|2:b|."},
        {"an empty line is a record of no bytes", "\n\nx\n", "1:|2:|3:x|."},
        {"a carriage return belongs to the line", "a\r\n", "1:a\r|."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        write_text("plain", "w", cases[i].content);
        struct ff_source *s = open_at("plain", FF_FRAMING_LINES, false);
        CHECK_STR(drain(s), cases[i].want);
        ff_source_close(s);
    }
}

static void long_lines(void)
{
    char want[64];
    static const struct {
        const char *name;
        size_t len;
        bool whole;
    } cases[] = {
        {"a line of exactly the limit is whole", FF_RECORD_BYTES_MAX, true},
        {"a line one byte over the limit keeps its first 64 KiB and says its length", FF_RECORD_BYTES_MAX + 1, false},
        {"so does one of three times the limit, read in bounded memory", 3u * FF_RECORD_BYTES_MAX, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        char *line = malloc(cases[i].len + 2);
        if (!line)
            abort();
        memset(line, 'x', cases[i].len);
        memcpy(line + cases[i].len, "\n", 2);
        write_text("long", "w", line);
        write_text("long", "a", "after\n");
        free(line);
        struct ff_source *s = open_at("long", FF_FRAMING_LINES, false);
        if (cases[i].whole) {
            struct ff_record r;
            CHECK_INT(ff_source_next(s, &r), FF_SOURCE_RECORD);
            CHECK_INT(r.value.len, cases[i].len);
            CHECK_INT(r.full_bytes, 0);
            CHECK_STR(drain(s), "2:after|.");
        } else {
            snprintf(want, sizeof want, "<%u/%zu>|2:after|.", FF_DEAD_PAYLOAD_MAX, cases[i].len);
            CHECK_STR(drain(s), want);
        }
        ff_source_close(s);
    }
}

static void gzip_files(void)
{
    uint8_t gz[512];
    size_t one = gzip_bytes(gz, sizeof gz, "a\nb"), two = gzip_bytes(gz + one, sizeof gz - one, "c\nd\n");

    CASE("gzip members one after another are one text");
    write_bytes("two.gz", "w", gz, one + two);
    struct ff_source *s = open_at("two.gz", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "1:a|2:bc|3:d|.");
    ff_source_close(s);

    CASE("a gzip file is known by its first bytes, whatever its name");
    write_bytes("two.log", "w", gz, one + two);
    s = open_at("two.log", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "1:a|2:bc|3:d|.");
    ff_source_close(s);

    CASE("a gzip file that is cut off is an error after what could be read");
    write_bytes("cut.gz", "w", gz, one + two - 9);
    s = open_at("cut.gz", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "1:a|2:bc|3:d|!");
    CHECK_INT(ff_source_error(s), FF_ERR_TRUNCATED);
    ff_source_close(s);

    CASE("damaged gzip data is an error that names the file");
    gz[one + 4] ^= 0xff, gz[one + 12] ^= 0xff, gz[one + 13] ^= 0x55;
    write_bytes("bad.gz", "w", gz, one + two);
    s = open_at("bad.gz", FF_FRAMING_LINES, false);
    CHECK(strchr(drain(s), '!') != NULL, "no error");
    CHECK(strstr(ff_source_message(s), "bad.gz") != NULL, "%s", ff_source_message(s));
    ff_source_close(s);

    CASE("text under the name of a gzip file is an error, not a record");
    write_text("text.gz", "w", "hello\n");
    s = open_at("text.gz", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "!");
    ff_source_close(s);
}

static void gzip_files_without_text(void)
{
    uint8_t gz[600];
    static const uint8_t zeroes[1000];
    CASE("a gzip file of no bytes is an error");
    write_bytes("none.gz", "w", gz, 0);
    struct ff_source *s = open_at("none.gz", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "!");
    CHECK(strstr(ff_source_message(s), "none.gz") != NULL, "%s", ff_source_message(s));
    ff_source_close(s);
    CASE("a gzip file of zeroes is an error");
    write_bytes("zeroes.gz", "w", zeroes, sizeof zeroes);
    s = open_at("zeroes.gz", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "!");
    ff_source_close(s);
    CASE("a gzip file of an empty text is an empty file, also with zeroes behind it and another member behind those");
    size_t n = gzip_bytes(gz, sizeof gz, "");
    memset(gz + n, 0, 100);
    write_bytes("empty.gz", "w", gz, n);
    s = open_at("empty.gz", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), ".");
    ff_source_close(s);
    size_t more = gzip_bytes(gz + n + 100, sizeof gz - n - 100, "a\n");
    write_bytes("empty.gz", "w", gz, n + 100 + more);
    s = open_at("empty.gz", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "1:a|.");
    ff_source_close(s);
    CASE("an empty gzip file that is followed waits for its first byte, and is none when it is left");
    write_bytes("none.gz", "w", gz, 0);
    s = open_at("none.gz", FF_FRAMING_LINES, true);
    struct ff_record r;
    CHECK_INT(ff_source_next(s, &r), FF_SOURCE_WAIT);
    ff_source_unfollow(s);
    CHECK_STR(drain(s), ".");
    ff_source_close(s);
}

static void zstd_files(void)
{
    uint8_t z[4096];
    size_t one = ZSTD_compress(z, sizeof z, "a\nb", 3, 3), two = ZSTD_compress(z + one, sizeof z - one, "c\nd\n", 4, 3);

    CASE("zstd frames one after another are one text");
    write_bytes("two.zst", "w", z, one + two);
    struct ff_source *s = open_at("two.zst", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "1:a|2:bc|3:d|.");
    ff_source_close(s);

    CASE("damaged zstd data is an error");
    z[one] ^= 0xff;
    write_bytes("bad.zst", "w", z, one + two);
    s = open_at("bad.zst", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "1:a|2:b|!");
    ff_source_close(s);
}

/* What an MTA leaves that was killed: blocks flushed, the frame never ended. */
static void unterminated_zstd(void)
{
    uint8_t z[4096];
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_outBuffer out = {z, sizeof z, 0};
    ZSTD_inBuffer in = {"first\nsecond\nhal", 16, 0};
    ZSTD_compressStream2(c, &out, &in, ZSTD_e_flush);
    size_t first = out.pos;
    ZSTD_inBuffer more = {"f\nthird\n", 8, 0};
    ZSTD_compressStream2(c, &out, &more, ZSTD_e_flush);
    size_t second = out.pos;

    CASE("a zstd frame that never ends is no error; its half line is the last record");
    write_bytes("dead.zst", "w", z, first);
    struct ff_source *s = open_at("dead.zst", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "1:first|2:second|3:hal|.");
    ff_source_close(s);

    CASE("a zstd frame that ends inside a block gives the blocks before it");
    write_bytes("dead.zst", "w", z, second - 3);
    s = open_at("dead.zst", FF_FRAMING_LINES, false);
    CHECK(strncmp(drain(s), "1:first|2:second|3:hal", 22) == 0, "blocks are missing");
    ff_source_close(s);

    CASE("a zstd segment is followed while it grows; half a line waits for its other half");
    write_bytes("live.zst", "w", z, first);
    s = open_at("live.zst", FF_FRAMING_LINES, true);
    CHECK_STR(drain(s), "1:first|2:second|~");
    write_bytes("live.zst", "a", z + first, second - first - 2);
    write_bytes("live.zst", "a", z + second - 2, 2);
    CHECK_STR(await(s), "3:half|4:third|~");
    ff_source_close(s);
    ZSTD_freeCCtx(c);
}

static void packed_files(void)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t n;
        const char *want;
    } cases[] = {
        {"records stand behind their lengths", "\x02" "ab\x00\x01" "c", 6, "1:ab|2:|3:c|."},
        {"a length of two bytes", "\x81\x00" "x", 3, "1:x|."},
        {"a record cut off is given as far as it goes, then an error", "\x01" "a\x05" "bc", 5, "1:a|2:bc|!"},
        {"an impossible length is an error", "\x01" "a\xff\xff\xff\xff\x7f", 7, "1:a|!"},
        {"so is a length that does not end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11, "!"},
        {"and a file that ends inside a length", "\x01" "a\x80", 3, "1:a|!"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        write_bytes("packed", "w", cases[i].bytes, cases[i].n);
        struct ff_source *s = open_at("packed", FF_FRAMING_VARINT, false);
        CHECK_STR(drain(s), cases[i].want);
        CHECK_STR(strrchr(cases[i].want, '!') ? "!" : "", ff_source_error(s) ? "!" : "");
        ff_source_close(s);
    }
}

static void what_is_not_there(void)
{
    char message[256];
    struct ff_source *s = NULL;
    CASE("a file that is not there is named");
    CHECK_INT(ff_source_open(&(struct ff_source_options){.path = "/nowhere/x.log"}, &s, message, sizeof message), FF_ERR_NOT_FOUND);
    CHECK(strstr(message, "/nowhere/x.log") != NULL, "%s", message);
    CASE("too many open files are no wrong name");
    struct rlimit files, none;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    getrlimit(RLIMIT_NOFILE, &files);
    none = (struct rlimit){(rlim_t)fd, files.rlim_max}; /* the next one would be this */
    close(fd);
    setrlimit(RLIMIT_NOFILE, &none);
    CHECK_INT(ff_source_open(&(struct ff_source_options){.path = "/dev/null"}, &s, message, sizeof message), FF_ERR_IO);
    CHECK(strstr(message, "open files") != NULL, "%s", message);
    setrlimit(RLIMIT_NOFILE, &files);
    CASE("a folder is no input");
    CHECK_INT(ff_source_open(&(struct ff_source_options){.path = folder}, &s, message, sizeof message), FF_ERR_NOT_FOUND);
}

/* ---- growing files ----------------------------------------------------------------------------------------------- */

static void followed_files(void)
{
    CASE("a followed file waits at its end and gives what is appended");
    write_text("log", "w", "1\n2");
    struct ff_source *s = open_at("log", FF_FRAMING_LINES, true);
    CHECK_STR(drain(s), "1:1|~");
    write_text("log", "a", "2\n3\n");
    CHECK_STR(await(s), "2:22|3:3|~");

    CASE("after a rename the old file is read to its end, then the new one of the same name");
    rename(at("log"), at("log.1"));
    write_text("log.1", "a", "4\nhalf");
    write_text("log", "w", "new\n");
    CHECK_STR(await(s), "4:4|~");
    write_text("log.1", "a", " line\n"); /* a writer that reopens late */
    CHECK_STR(await(s), "5:half line|~");
    CHECK_STR(await(s), "1:new|~");

    CASE("an empty new file does not end the old one");
    rename(at("log"), at("log.1"));
    write_text("log", "w", "");
    write_text("log.1", "a", "late\n");
    CHECK_STR(await(s), "2:late|~");
    write_text("log", "a", "newer\n");
    CHECK_STR(await(s), "1:newer|~");

    CASE("half a line at the end of a renamed file is a record of its own");
    write_text("log", "a", "tail");
    CHECK_STR(drain(s), "~");
    rename(at("log"), at("log.1"));
    write_text("log", "w", "x\n");
    CHECK_STR(await(s), "2:tail|1:x|~");

    CASE("a truncated file is read from its start");
    write_text("log", "w", "y\n");
    write_text("log", "a", "");
    truncate(at("log"), 0);
    CHECK_STR(drain(s), "~");
    write_text("log", "a", "fresh\n");
    CHECK_STR(await(s), "1:fresh|~");

    CASE("so is one that was truncated and has grown past its old size meanwhile");
    write_text("log", "w", "another beginning, longer than before\n");
    CHECK_STR(await(s), "1:another beginning, longer than before|~");
    ff_source_close(s);
}

/* `count` lines of one length, which begin with "HEAD-nnn " and end with the same 100 bytes; as drain() gives them,
 * too. */
static const char *even_lines(const char *head, unsigned count, bool drained)
{
    static char text[2][1 << 15];
    char *to = text[drained];
    size_t n = 0;
    for (unsigned i = 1; i <= count; i++) {
        if (drained)
            n += (size_t)snprintf(to + n, sizeof text[0] - n, "%u:", i);
        n += (size_t)snprintf(to + n, sizeof text[0] - n, "%s-%03u %0100d%s", head, i, 0, drained ? "|" : "\n");
    }
    if (drained)
        snprintf(to + n, sizeof text[0] - n, "~");
    return to;
}

static void rewritten_files(void)
{
    static const struct {
        const char *name;
        unsigned lines;
    } cases[] = {
        {"a file that was truncated and has its old size again is read anew, though its lines end alike", 1},
        {"so is one of many lines, of which only the first and the last kilobyte are known", 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        write_text("even", "w", even_lines("old", cases[i].lines, false));
        struct ff_source *s = open_at("even", FF_FRAMING_LINES, true);
        CHECK_STR(drain(s), even_lines("old", cases[i].lines, true));
        write_text("even", "w", even_lines("new", cases[i].lines, false));
        CHECK_STR(await(s), even_lines("new", cases[i].lines, true));
        ff_source_close(s);
    }
    CASE("lines that are alike but for the first of them");
    write_text("even", "w", "first\n");
    write_text("even", "a", even_lines("one", 50, false));
    struct ff_source *s = open_at("even", FF_FRAMING_LINES, true);
    (void)drain(s);
    write_text("even", "w", "other\n");
    write_text("even", "a", even_lines("one", 50, false));
    CHECK(strncmp(await(s), "1:other|2:one-001", 17) == 0, "not read anew");
    ff_source_close(s);
}

static void known_files(void)
{
    struct ff_source_identity one, two;
    struct ff_record r;
    CASE("a file keeps its identity when it is renamed and when it grows");
    write_text("a", "w", "first\nsecond\nthird\n");
    struct ff_source *s = open_at("a", FF_FRAMING_LINES, true);
    CHECK_INT(ff_source_identity(s, &one), false);
    CHECK_INT(ff_source_next(s, &r), FF_SOURCE_RECORD);
    CHECK_INT(ff_source_identity(s, &one), true);
    ff_source_close(s);
    rename(at("a"), at("b"));
    write_text("b", "a", "fourth\n");
    s = open_at("b", FF_FRAMING_LINES, true);
    CHECK_INT(ff_source_next(s, &r), FF_SOURCE_RECORD);
    CHECK_INT(ff_source_identity(s, &two), true);
    CHECK(one.device == two.device && one.inode == two.inode && one.first == two.first, "another identity");

    CASE("reading goes on at a record number");
    ff_source_resume(s, 3, &(struct ff_source_place){.number = 0});
    CHECK_STR(drain(s), "3:third|4:fourth|~");
    ff_source_close(s);
}

/* Reads on until the file is left; what that was. */
static enum ff_source_what turn_of(struct ff_source *s)
{
    struct patience p = patience();
    struct ff_record r;
    enum ff_source_what what = FF_SOURCE_WAIT;
    while ((what == FF_SOURCE_WAIT || what == FF_SOURCE_RECORD) && patience_lasts(&p))
        what = ff_source_next(s, &r);
    return what;
}

static void left_files(void)
{
    struct ff_source_identity first, left;
    struct ff_source_place place;
    CASE("that a file was truncated is told before its half line, with the place that was reached");
    write_text("left", "w", "1\n2\nhal");
    struct ff_source *s = open_at("left", FF_FRAMING_LINES, true);
    CHECK_STR(drain(s), "1:1|2:2|~");
    CHECK(ff_source_identity(s, &first), "no identity");
    truncate(at("left"), 0);
    write_text("left", "a", "x\n");
    CHECK_INT(turn_of(s), FF_SOURCE_ANEW);
    ff_source_place(s, &place);
    CHECK(ff_source_identity(s, &left) && left.inode == first.inode && left.first == first.first, "another identity");
    CHECK(place.number == 2 && place.bytes == 7, "record %lld, %llu bytes", (long long)place.number, (unsigned long long)place.bytes);
    CHECK_INT(ff_source_next_number(s), 3);
    CHECK_STR(drain(s), "3:hal|1:x|~");

    CASE("and that is left out when somebody has the whole line");
    write_text("left", "a", "hal");
    CHECK_STR(drain(s), "~");
    truncate(at("left"), 0);
    write_text("left", "a", "y\n");
    CHECK_INT(turn_of(s), FF_SOURCE_ANEW);
    ff_source_drop_half(s);
    CHECK_STR(drain(s), "1:y|~");

    CASE("a file that was renamed is left behind everything it had, with its own identity");
    CHECK(ff_source_identity(s, &first), "no identity");
    write_text("left", "a", "hal");
    rename(at("left"), at("left.1"));
    write_text("left", "w", "z\n");
    CHECK_INT(turn_of(s), FF_SOURCE_NEXT);
    ff_source_place(s, &place);
    CHECK(ff_source_identity(s, &left) && left.inode == first.inode && left.first == first.first, "another identity");
    CHECK(place.number == 2 && place.bytes == 5, "record %lld, %llu bytes", (long long)place.number, (unsigned long long)place.bytes);
    CHECK_STR(drain(s), "1:z|~");
    CHECK(ff_source_identity(s, &first) && first.inode != left.inode, "the identity of the file before");
    ff_source_close(s);

    CASE("a file that is truncated and grows past the place of a reader who is behind is not read on in its middle");
    write_text("left", "w", even_lines("old", 250, false)); /* more than is read at once, below */
    for (unsigned i = 0; i < 40; i++)
        write_text("left", "a", even_lines("old", 250, false));
    s = open_at("left", FF_FRAMING_LINES, true);
    struct ff_record r;
    CHECK_INT(ff_source_next(s, &r), FF_SOURCE_RECORD);
    write_text("left", "w", "");
    for (unsigned i = 0; i < 40; i++)
        write_text("left", "a", even_lines("new", 250, false));
    CHECK_INT(turn_of(s), FF_SOURCE_ANEW);
    ff_source_drop_half(s);
    CHECK_INT(ff_source_next(s, &r), FF_SOURCE_RECORD);
    CHECK(r.position.offset == 1 && r.value.len > 4 && memcmp(r.value.ptr, "new-", 4) == 0, "record %lld", (long long)r.position.offset);
    ff_source_close(s);
}

static void rotated_packed_files(void)
{
    CASE("half a packed record at the end of a renamed file is given as far as it goes: nothing is left out unseen");
    write_bytes("packed", "w", "\x02" "ab\x05" "cd", 6);
    struct ff_source *s = open_at("packed", FF_FRAMING_VARINT, true);
    CHECK_STR(drain(s), "1:ab|~");
    rename(at("packed"), at("packed.1"));
    write_bytes("packed", "w", "\x01" "x", 2);
    CHECK_STR(await(s), "2:cd|1:x|~");
    ff_source_close(s);
}

/* A run read `before` and stopped; what is `now` in the same file when it comes back, and what it reads of it. */
static void resumed_files(void)
{
    static const struct {
        const char *name, *before, *now;
        int64_t next;
        const char *want;
    } cases[] = {
        {"a file that has grown is continued behind the last record", "1\n2\n", "1\n2\n3\n", 3, "3:3|~"},
        {"records that are needed again are given again", "1\n2\n3\n", "1\n2\n3\n4\n", 2, "2:2|3:3|4:4|~"},
        {"a file of one record too", "1\n", "1\n2\n", 2, "2:2|~"},
        {"half a line did not count", "1\nhal", "1\nhalf\n3\n", 2, "2:half|3:3|~"},
        {"nothing new is nothing", "1\n2\n", "1\n2\n", 3, "~"},
        {"a shorter file with the same first record is another one", "1\n2\n3\n", "1\nx\n", 4, "other"},
        {"so is one that has as many bytes and other records", "1\n2\n3\n", "1\nx\ny\n", 4, "other"},
        {"and one that has grown past the old place", "1\n2\n3\n", "1\nx\ny\nz\n", 4, "other"},
        {"and one that has fewer records in more bytes", "1\n2\n3\n", "1\nlonger than before\n", 4, "other"},
        {"of one record the first is all there is to know", "1\n", "1\nx\n", 2, "2:x|~"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        struct ff_source_place place;
        struct ff_record r;
        write_text("again", "w", cases[i].before);
        struct ff_source *s = open_at("again", FF_FRAMING_LINES, true);
        (void)drain(s);
        ff_source_place(s, &place);
        ff_source_close(s);
        write_text("again", "w", cases[i].now);
        s = open_at("again", FF_FRAMING_LINES, true);
        CHECK_INT(ff_source_next(s, &r), FF_SOURCE_RECORD);
        ff_source_resume(s, cases[i].next, &place);
        CHECK_STR(drain(s), cases[i].want);
        ff_source_close(s);
    }
}

static void counted_bytes(void)
{
    CASE("bytes read are counted on over renaming and truncation");
    write_text("count", "w", "0123456789\n");
    struct ff_source *s = open_at("count", FF_FRAMING_LINES, true);
    (void)drain(s);
    CHECK_INT(ff_source_bytes(s), 11);
    rename(at("count"), at("count.1"));
    write_text("count", "w", "new\n");
    CHECK_STR(await(s), "1:new|~");
    CHECK_INT(ff_source_bytes(s), 15);
    truncate(at("count"), 0);
    CHECK_STR(drain(s), "~");
    write_text("count", "a", "x\n");
    CHECK_STR(await(s), "1:x|~");
    CHECK_INT(ff_source_bytes(s), 17);
    ff_source_close(s);
}

static void fifos(void)
{
    CASE("a followed FIFO stays open between its writers");
    mkfifo(at("fifo"), 0600);
    struct ff_source *s = open_at("fifo", FF_FRAMING_LINES, true);
    CHECK_STR(drain(s), "~");
    write_text("fifo", "w", "one\n");
    CHECK_STR(await(s), "1:one|~");
    write_text("fifo", "w", "two\n");
    CHECK_STR(await(s), "2:two|~");
    CHECK(ff_source_fd(s) >= 0, "nothing to poll");
    ff_source_close(s);

    CASE("a FIFO that is not followed waits for its first writer without blocking, and ends with the last");
    s = open_at("fifo", FF_FRAMING_LINES, false);
    CHECK_STR(drain(s), "~");
    write_text("fifo", "w", "one\n");
    CHECK_STR(await(s), "1:one|.");
    ff_source_close(s);
}

int main(void)
{
    snprintf(folder, sizeof folder, "/tmp/source_file_test.XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    plain_files();
    long_lines();
    gzip_files();
    gzip_files_without_text();
    zstd_files();
    unterminated_zstd();
    packed_files();
    what_is_not_there();
    followed_files();
    rewritten_files();
    known_files();
    left_files();
    rotated_packed_files();
    resumed_files();
    counted_bytes();
    fifos();
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return test_end() | (system(command) != 0);
}
