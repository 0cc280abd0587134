/* word_index_test.c: the index of words finds what a search for each literal finds, no more and no less, with the right
 * words and in order; random literals over few words, so that they overlap in every way. */
#include "classify/mask/masked_words.h"
#include "classify/ruleset/word_index.h"
#include "tests/test.h"

#include <stdlib.h>

#define LITERALS 400
#define ROOM 128

static char literals[LITERALS][ROOM];
static size_t literal_count;
static uint64_t seed = 550;

static uint32_t below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % n);
}

static const char *const words[] = {"a",
                                    "ab",
                                    "abc",
                                    "user",
                                    "users",
                                    "unknown",
                                    "mailbox",
                                    "5.1.1",
                                    "A",
                                    "Zab",
                                    "eightbyt",
                                    "ninebytes",
                                    "sixteenbyteslong",
                                    "seventeenbytesway",
                                    "averyveryverylongwordofmanybytes",
                                    "averyveryverylongwordofmanybytez",
                                    "\xc3\xbc",
                                    "\xd0\xbf\xd0\xbe\xd0\xbb",
                                    "#"};
#define WORDS (sizeof words / sizeof *words)

static size_t put_words(char *ret, uint32_t count, uint32_t pool)
{
    size_t n = (size_t)sprintf(ret, " ");
    for (uint32_t i = 0; i < count; i++)
        n += (size_t)sprintf(ret + n, "%s ", words[below(pool)]);
    return n;
}

static bool is_new(const char *literal)
{
    for (size_t i = 0; i < literal_count; i++)
        if (strcmp(literals[i], literal) == 0)
            return false;
    return true;
}

static struct ff_word_index *random_index(void)
{
    struct ff_word_index *x = ff_word_index_new();
    literal_count = 0;
    while (x && literal_count < LITERALS) {
        char *s = literals[literal_count];
        size_t n = put_words(s, 1 + below(3), (uint32_t)WORDS);
        if (below(4) == 0) /* an open end: the blank goes, perhaps some bytes */
            for (uint32_t cut = 1 + below(4); cut && n > 3; cut--)
                s[--n] = 0;
        if (!ff_word_index_takes(ff_slice_str(s)) || !is_new(s))
            continue;
        if (!ff_word_index_add(x, ff_slice_str(s), (uint32_t)literal_count++))
            exit(1);
    }
    if (!x || !ff_word_index_seal(x))
        exit(1);
    return x;
}

static uint16_t word_of(const char *text, size_t at)
{
    uint16_t n = 0;
    for (size_t i = 1; i < at; i++)
        n = (uint16_t)(n + (text[i] == ' '));
    return n;
}

/** How often each literal stands in the text, by search. */
static size_t search(const char *text, size_t len, unsigned *ret_counts)
{
    size_t all = 0;
    for (size_t i = 0; i < literal_count; i++) {
        ret_counts[i] = 0;
        for (size_t at = 0; (at = ff_slice_find(ff_slice_of(text, len), at, ff_slice_str(literals[i]))) != SIZE_MAX;
             at++)
            ret_counts[i]++;
        all += ret_counts[i];
    }
    return all;
}

static struct ff_words read_last; /* the text scanned last */

static size_t scan(const struct ff_word_index *x, struct ff_slice text, struct ff_word_hit *ret_hits, size_t max)
{
    ff_word_index_read(x, text, &read_last);
    return ff_word_index_scan(x, &read_last, ret_hits, max);
}

static void against_search(void)
{
    static char text[8192 + FF_WORD_INDEX_SLACK];
    static struct ff_word_hit hits[20000];
    static unsigned counts[LITERALS];
    CASE("random texts");
    for (int round = 0; round < 60; round++) {
        struct ff_word_index *x = random_index();
        for (int k = 0; k < 60 && test_failures_ < 10; k++) {
            size_t len = put_words(text, below(k % 10 ? 20 : 150), k % 2 ? (uint32_t)WORDS : 8);
            size_t want = search(text, len, counts);
            size_t n = scan(x, ff_slice_of(text, len), hits, sizeof hits / sizeof *hits);
            CHECK(n == want, "%zu, not %zu in \"%s\"", n, want, text);
            for (size_t i = 0; i < n; i++) {
                const struct ff_word_hit *h = &hits[i];
                const char *lit = literals[h->literal];
                CHECK(h->end - h->start == (int)strlen(lit) && memcmp(text + h->start, lit, strlen(lit)) == 0,
                      "\"%s\" is not at %u", lit, h->start);
                CHECK(counts[h->literal]-- > 0, "\"%s\" twice", lit);
                CHECK(h->first_word == word_of(text, h->start + 1u), "first word %u of \"%s\"", h->first_word, lit);
                CHECK(h->last_word == word_of(text, h->end - 1u), "last word %u of \"%s\" in \"%s\"", h->last_word, lit,
                      text);
                CHECK(i == 0 || hits[i - 1].last_word <= h->last_word, "not in order");
            }
        }
        ff_word_index_free(x);
    }
}

static void limits(void)
{
    static const struct {
        const char *name, *literal;
        bool takes;
    } cases[] = {
        {"a word", " user ", true},
        {"two words", " user unknown ", true},
        {"an open end", " unknown user na", true},
        {"no blank before", "user ", false},
        {"an open end of one byte", " user u", false},
        {"a script without blanks", " \xe7\x94\xa8\xe6\x88\xb7 ", false},
        {"nothing", "", false},
        {"a blank", " ", false},
        {"two blanks", " a  b ", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        CHECK_INT(ff_word_index_takes(ff_slice_str(cases[i].literal)), cases[i].takes);
    }
    struct ff_word_index *x = ff_word_index_new();
    struct ff_word_hit hits[2];
    char text[64] = " user user user ";
    CASE("more hits than there is room for");
    CHECK(ff_word_index_add(x, FF_SLICE(" user "), 7), "no memory");
    CHECK(ff_word_index_add(x, FF_SLICE(" user "), 8), "no memory"); /* the first one stays */
    CHECK(ff_word_index_wake(x, FF_SLICE("notfound")), "no memory");
    CHECK(ff_word_index_seal(x), "no memory");
    CHECK_INT(scan(x, ff_slice_str(text), hits, 2), 2);
    CHECK(hits[1].literal == 7 && !read_last.wakes, "%u", hits[1].literal);
    CASE("a word that wakes");
    strcpy(text, " recip notfound ");
    CHECK_INT(scan(x, ff_slice_str(text), hits, 2), 0);
    CHECK(read_last.wakes, "asleep");
    CASE("a text without words");
    strcpy(text, " ");
    CHECK_INT(scan(x, ff_slice_str(text), hits, 2), 0);
    CHECK(!read_last.wakes, "awake");
    ff_word_index_free(x);
}

static uint64_t skeleton_of(const struct ff_word_index *x, const char *text)
{
    static char room[1024];
    size_t len = strlen(text);
    memcpy(room, text, len);
    memset(room + len, 0, FF_WORD_INDEX_SLACK);
    ff_word_index_read(x, ff_slice_of(room, len), &read_last);
    return read_last.skeleton;
}

static void skeletons(void)
{
    static const struct {
        const char *name, *a, *b;
        bool same;
    } cases[] = {
        {"the same text", " user unknown ", " user unknown ", true},
        {"another name, no literal has either", " user smith unknown ", " user jonathan unknown ", true},
        {"two names, and the first word of the vocabulary", " li smith ", " user ", false},
        {"the first word of the vocabulary twice, and a name", " user user ", " smith ", false},
        {"two names and one", " user smith unknown ", " user john smith unknown ", false},
        {"a name and a word of two letters", " user smith unknown ", " user li unknown ", false},
        {"a name, and a word that a literal has", " user smith unknown ", " user mailbox unknown ", false},
        {"known words in another order", " user mailbox ", " mailbox user ", false},
        {"words of one beginning", " receiving user ", " receiver user ", true},
        {"a beginning, and none", " receiving user ", " deceiving user ", false},
        {"a beginning of two letters, and none", " abuse user ", " adage user ", false},
        {"a word that some literal ends in, whole and gone on", " user unknown ", " user unknownst ", false},
        {"other codes", " 550 user ", " 551 user ", false},
        {"other placeholders", " user A unknown ", " user H unknown ", false},
        {"other hosts that the rules know", " Zab user ", " Zac user ", false},
        {"names beyond ASCII", " user m\xc3\xbcller unknown ", " user s\xc3\xb8rensen unknown ", true},
        {"a name beyond sixteen bytes", " user wolfeschlegelsteinhausen unknown ", " user smith unknown ", true},
        {"known words of more than sixteen bytes", " seventeenbytesway ", " seventeenbyteswaz ", false},
        {"no word and one", " ", " smith ", false},
    };
    static const char *const vocabulary[] = {" user unknown ", " mailbox ", " receiv", " ab", " seventeenbytesway ",
                                             " user mailbox unknown "};
    struct ff_word_index *x = ff_word_index_new();
    for (uint32_t i = 0; i < sizeof vocabulary / sizeof *vocabulary; i++)
        CHECK(x && ff_word_index_add(x, ff_slice_str(vocabulary[i]), i), "no memory");
    CHECK(x && ff_word_index_seal(x), "no memory");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        CHECK_INT(skeleton_of(x, cases[i].a) == skeleton_of(x, cases[i].b), cases[i].same);
    }
    CASE("digits are told");
    (void)skeleton_of(x, " user 550 ");
    CHECK(read_last.numbers, "no number in \"user 550\"");
    (void)skeleton_of(x, " user unknown ");
    CHECK(!read_last.numbers, "a number in \"user unknown\"");
    CASE("letters of a script without blanks wake");
    (void)skeleton_of(x, " user \xe7\x94\xa8\xe6\x88\xb7 ");
    CHECK(read_last.wakes, "asleep");
    ff_word_index_free(x);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/** All rows of up to three words, known ones, names, codes and placeholders. */
static void skeletons_differ(void)
{
    enum { KNOWN = 40, ALL = KNOWN + 6, ROWS = 1 + ALL + ALL * ALL + ALL * ALL * ALL };
    static const char *const others[] = {"smith", "li", "550", "551", "A", "H"};
    static char known[KNOWN][8];
    static uint64_t all[ROWS];
    struct ff_word_index *x = ff_word_index_new();
    for (uint32_t i = 0; i < KNOWN; i++) {
        snprintf(known[i], sizeof known[i], " w%02u ", i);
        CHECK(x && ff_word_index_add(x, ff_slice_str(known[i]), i), "no memory");
    }
    CHECK(x && ff_word_index_seal(x), "no memory");
    for (size_t row = 0; row < ROWS; row++) {
        char text[40] = " ";
        size_t count = row == 0 ? 0 : row <= ALL ? 1 : row <= ALL + ALL * ALL ? 2 : 3;
        size_t n = row - (count > 0) - (count > 1 ? ALL : 0) - (count > 2 ? ALL * ALL : 0);
        for (size_t k = 0; k < count; k++, n /= ALL) {
            strcat(text, n % ALL < KNOWN ? known[n % ALL] + 1 : others[n % ALL - KNOWN]);
            strcat(text, n % ALL < KNOWN ? "" : " ");
        }
        all[row] = skeleton_of(x, text);
    }
    qsort(all, ROWS, sizeof *all, by_value);
    CASE("no two rows of up to three words have one skeleton");
    for (size_t i = 1; i < ROWS; i++)
        CHECK(all[i] != all[i - 1], "%llx twice", (unsigned long long)all[i]);
    ff_word_index_free(x);
}

/** By vectors and in plain C, words of all lengths. */
static void first_bytes(void)
{
    CASE("the first sixteen bytes of a word");
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t text[40];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (uint8_t)(1 + below(255));
        text[round % 20] = ' ';
        struct ff_word_start a = ff_word_start(text), b = ff_word_start_plain(text);
        CHECK(a.len == b.len && a.head == b.head && a.next == b.next, "%u, not %u bytes", a.len, b.len);
    }
}

int main(void)
{
    first_bytes();
    against_search();
    limits();
    skeletons();
    skeletons_differ();
    return test_end();
}
