/* import_header.c: see import_header.h. */
#include "cli/suppressions/import_header.h"

#include <stdio.h>

static const char separators[] = ",;\t|";
#define SEPARATOR_COUNT (sizeof separators - 1)

/** How many of each separator stand outside quotes. */
static void count_separators(struct ff_slice line, size_t ret[SEPARATOR_COUNT])
{
    bool quoted = false;
    memset(ret, 0, SEPARATOR_COUNT * sizeof *ret);
    for (size_t i = 0; i < line.len; i++) {
        quoted ^= line.ptr[i] == '"';
        for (size_t k = 0; k < SEPARATOR_COUNT && !quoted; k++)
            ret[k] += line.ptr[i] == (uint8_t)separators[k];
    }
}

bool ff_import_is_csv(struct ff_slice line)
{
    size_t count[SEPARATOR_COUNT], sum = 0;
    count_separators(line, count);
    for (size_t k = 0; k < SEPARATOR_COUNT; k++)
        sum += count[k];
    return sum > 0 || ff_import_column_of(line).field == FF_IMPORT_ADDRESS;
}

static bool has_address(struct ff_csv *csv, struct ff_slice line)
{
    struct ff_slice cell;
    bool found = false;
    if (ff_csv_line(csv, line) != FF_OK)
        return false;
    while (ff_csv_cell(csv, &cell))
        found = found || ff_import_column_of(cell).field == FF_IMPORT_ADDRESS;
    return found;
}

void ff_import_separator(struct ff_csv *csv, struct ff_slice line)
{
    size_t count[SEPARATOR_COUNT], most = 0;
    count_separators(line, count);
    for (size_t k = 0; k < SEPARATOR_COUNT; k++) {
        ff_csv_begin(csv, (uint8_t)separators[k]);
        if (has_address(csv, line)) {
            ff_csv_begin(csv, (uint8_t)separators[k]);
            return;
        }
        most = count[k] > count[most] ? k : most;
    }
    ff_csv_begin(csv, (uint8_t)separators[most]);
}

/** Adds "name" to a list of names; "..." where it is full. */
static void list_name(char *list, size_t size, const char *name)
{
    size_t n = strlen(list);
    if (size - n > FF_IMPORT_NAME_MAX + 12)
        snprintf(list + n, size - n, "%s\"%s\"", n ? ", " : "", name);
    else if (list[n - 1] != '.')
        snprintf(list + n, size - n, ", ...");
}

static bool no_addresses(const struct ff_import_header *h, char *message, size_t size)
{
    char names[200] = "";
    for (size_t i = 0; i < h->count; i++)
        list_name(names, sizeof names, h->column[i].name);
    bool data = strchr(names, '@') != NULL;
    snprintf(message, size, "line 1 names no column of addresses: it has %s (%s)", names,
             data ? "put a line with the names of the columns before it, like email,reason,date"
                  : "name the column email or address");
    return false;
}

/** Of several columns for one thing the one of the lowest rank is read; of times, reasons and texts the first. */
static void choose(struct ff_import_header *h, const unsigned *rank)
{
    for (size_t i = 0; i < h->count; i++)
        for (size_t k = 0; k < h->count; k++) {
            enum ff_import_field field = h->column[i].field;
            bool hint = field == FF_IMPORT_HINT || field == FF_IMPORT_STATUS;
            bool better = field == FF_IMPORT_ADDRESS && rank[k] != rank[i] ? rank[k] < rank[i] : k < i;
            if (k != i && field == h->column[k].field && field > FF_IMPORT_OURS && !hint && better)
                h->column[i].field = FF_IMPORT_UNREAD;
        }
}

bool ff_import_header_read(struct ff_import_header *h, struct ff_csv *csv, char *message, size_t size)
{
    unsigned rank[FF_IMPORT_COLUMNS_MAX];
    struct ff_slice cell;
    bool address = false;
    *h = (struct ff_import_header){.count = 0};
    while (ff_csv_cell(csv, &cell)) {
        if (h->count == FF_IMPORT_COLUMNS_MAX) {
            snprintf(message, size, "line 1 names more than %d columns (is this CSV?)", FF_IMPORT_COLUMNS_MAX);
            return false;
        }
        struct ff_import_column column = ff_import_column_of(cell);
        cell = ff_slice_trim(cell);
        snprintf(h->column[h->count].name, FF_IMPORT_NAME_MAX, "%.*s", (int)(cell.len < 200 ? cell.len : 200),
                 cell.len ? (const char *)cell.ptr : "");
        h->column[h->count].field = column.field;
        rank[h->count++] = column.rank;
        address = address || column.field == FF_IMPORT_ADDRESS;
        h->implied = column.implied ? column.implied : h->implied;
    }
    if (!address)
        return no_addresses(h, message, size);
    choose(h, rank);
    for (size_t i = 0; i < h->count; i++)
        if (h->column[i].field == FF_IMPORT_UNREAD && h->column[i].name[0])
            list_name(h->unread, sizeof h->unread, h->column[i].name);
    return true;
}
