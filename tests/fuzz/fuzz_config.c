/* fuzz_config.c: the configuration file of any bytes, and values that are written in quotes.
 *
 * Any bytes: it ends; keys are names, values hold no NUL and, without quotes, nothing that could be a comment; lines
 * come in order; a refusal names a line of the file. A value in quotes comes back as it was.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "proto/config.h"
#include "tests/fuzz/fuzz.h"

struct seen {
    struct ff_slice text, want; /* of the file; want.ptr NULL: any value */
    unsigned line, keys;
};

static struct ff_slice line_of(struct ff_slice text, unsigned number)
{
    size_t begin = 0;
    while (--number)
        begin = ff_slice_chr(text, begin, '\n') + 1;
    return ff_slice_sub(text, begin, ff_slice_chr(text, begin, '\n'));
}

static const char *on_line(void *ctx, const struct ff_config_line *line)
{
    struct seen *s = ctx;
    REQUIRE(line->line > s->line && line->section);
    s->line = line->line;
    if (!line->key)
        return NULL;
    s->keys++;
    REQUIRE(line->key[0] && strspn(line->key, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(line->key));
    REQUIRE(strlen(line->value) < FF_CONFIG_WORD_MAX);
    struct ff_slice value = ff_slice_str(line->value), whole = line_of(s->text, line->line);
    if (s->want.ptr)
        REQUIRE(ff_slice_eq(value, s->want));
    else if (value.len && ff_slice_chr(whole, 0, '"') == SIZE_MAX)
        REQUIRE(value.ptr[0] != '#' && !strstr(line->value, " #") && !strstr(line->value, "\t;"));
    return NULL;
}

static enum ff_err read_text(struct seen *s)
{
    char path[64], message[FF_CONFIG_WORD_MAX];
    int fd = memfd_create("config", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && write(fd, s->text.ptr, s->text.len) == (ssize_t)s->text.len);
    int n = snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    enum ff_err err = ff_config_read(path, on_line, s, message, sizeof message);
    if (err)
        REQUIRE(err == FF_ERR_CONFIG && strncmp(message, path, (size_t)n) == 0 && strtoul(message + n + 1, NULL, 10) > s->line);
    close(fd);
    return err;
}

static void in_quotes(struct ff_slice value)
{
    static uint8_t text[2 * FF_CONFIG_WORD_MAX];
    struct seen s = {.want = value};
    size_t n = 5;
    memcpy(text, "k = \"", n);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            text[n++] = '\\';
        text[n++] = value.ptr[i];
    }
    memcpy(text + n, "\" # c", 5);
    s.text = ff_slice_of(text, n + 5);
    REQUIRE(read_text(&s) == FF_OK && s.keys == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen s = {.text = ff_slice_of(data, size)};
    (void)read_text(&s);
    if (size && size < FF_CONFIG_WORD_MAX - 16 && !memchr(data, '\n', size) && !memchr(data, 0, size))
        in_quotes(s.text);
    return 0;
}
