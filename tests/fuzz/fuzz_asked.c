/* fuzz_asked.c: what is asked of the suppression list over HTTP, of any bytes: the query of one check, and the query and
 * the lines of many.
 *
 * The first line is the query, the rest is the body. Each line gets one line of JSON, in which the address is that of
 * the line, and one counter more.
 */
#include "suppress/http/api_int.h"
#include "tests/fuzz/fuzz.h"
#include "tests/suppress/fixture.h"

static struct ff_suppressor *store;
static struct ff_lookup *lookup;
static struct ff_json_doc *doc;
static struct ff_json_out answers;
static struct ff_api_counters counters;

static void open_store(void)
{
    const char *dir = fixture_folder();
    store = fixture_open(dir, false, false);
    (void)fixture_feed(store, &(struct fixture_event){.to = "gone@example.net"}, -1);
    fixture_commit(store);
    lookup = ff_lookup_new(store);
    doc = ff_json_doc_new(1024);
    REQUIRE(lookup && doc);
    fixture_remove(dir); /* it is open */
}

static uint64_t counted(void)
{
    return atomic_load(&counters.suppressed) + atomic_load(&counters.clear) + atomic_load(&counters.refused);
}

static size_t lines_of(struct ff_slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '\n';
    return n + (text.len > 0 && text.ptr[text.len - 1] != '\n');
}

static void one_check(struct ff_slice query)
{
    static struct ff_api_query q;
    char wrong[FF_API_WRONG_MAX] = "";
    if (!ff_api_query_read(query, FF_API_ADDRESS, &q, wrong)) {
        REQUIRE(wrong[0]);
        return;
    }
    for (unsigned part = 0; part < FF_API_PARTS; part++) /* what was decoded lies in the room, and nothing else does */
        REQUIRE(!q.part[part].ptr || (q.part[part].ptr >= q.room && q.part[part].ptr + q.part[part].len <= q.room + query.len));
}

/* Each of them an object; how many. */
static size_t read_answers(void)
{
    struct ff_slice text = ff_slice_of((const uint8_t *)answers.buf, answers.len);
    size_t n = 0;
    for (size_t pos = 0; pos < text.len; n++) {
        size_t end = ff_slice_chr(text, pos, '\n');
        struct ff_err_at at;
        REQUIRE(end != SIZE_MAX);
        REQUIRE(ff_json_parse(doc, ff_slice_sub(text, pos, end), &at) == FF_OK && ff_json_type(doc, 0) == FF_JSON_OBJECT);
        pos = end + 1;
    }
    return n;
}

static void many_checks(struct ff_slice query, struct ff_slice body)
{
    struct ff_api_bulk *bulk;
    char wrong[FF_API_WRONG_MAX] = "";
    enum ff_err err = ff_api_bulk_new(&counters, query, body, &bulk, wrong);
    REQUIRE(err == FF_OK || (err == FF_ERR_SYNTAX && wrong[0]));
    if (err)
        return;
    uint64_t before = counted();
    size_t n = 0;
    for (bool more = true; more;) { /* each slice is sent before the next is made, as in routes.c */
        answers.len = 0;
        more = ff_api_bulk_more(bulk, lookup, &answers);
        n += read_answers();
    }
    REQUIRE(n == lines_of(body) && counted() - before == n);
    ff_api_bulk_free(bulk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ff_slice in = ff_slice_of(data, size);
    size_t end = ff_slice_chr(in, 0, '\n');
    struct ff_slice query = ff_slice_sub(in, 0, end);
    if (!store)
        open_store();
    if (query.len > FF_API_QUERY_MAX)
        return 0; /* routes.c refuses it before */
    one_check(query);
    many_checks(query, end == SIZE_MAX ? (struct ff_slice){NULL, 0} : ff_slice_sub(in, end + 1, size));
    return 0;
}
