/* The address key: two spellings of one mailbox have one key, two mailboxes never; and the partition it belongs to. */
#include "proto/address.h"
#include "tests/test.h"

#define L64 "1234567890123456789012345678901234567890123456789012345678901234"
#define D63 "123456789012345678901234567890123456789012345678901234567890123"

static const struct {
    const char *name, *address, *key; /* NULL: refused as syntax; "": refused as too large */
} cases[] = {
    {"letters are lower-cased on both sides", "John.Doe@Example.COM", "john.doe@example.com"},
    {"dots and tags of the local part are kept", "john.doe+news@example.com", "john.doe+news@example.com"},
    {"blanks and brackets around it go", " <user@example.com>\r\n", "user@example.com"},
    {"blanks inside the brackets go", "< user@example.com >", "user@example.com"},
    {"one trailing dot of the domain goes", "user@example.com.", "user@example.com"},
    {"two trailing dots are too many", "user@example.com..", NULL},
    {"a needless quotation goes", "\"john.doe\"@example.com", "john.doe@example.com"},
    {"a quotation that is needed stays", "\"john doe\"@example.com", "\"john doe\"@example.com"},
    {"needless backslashes go", "\"john\\ \\doe\"@example.com", "\"john doe\"@example.com"},
    {"a backslash before a quote is needed", "\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com"},
    {"an escaped atom needs neither", "\"\\j\\o\\h\\n\"@example.com", "john@example.com"},
    {"an @ in quotes is no separator", "\"a@b\"@example.com", "\"a@b\"@example.com"},
    {"dots at the edge need quotes", "\".john.\"@example.com", "\".john.\"@example.com"},
    {"what servers do take unquoted is taken", "john..doe.@example.com", "john..doe.@example.com"},
    {"an empty quotation is no local part", "\"\"@example.com", NULL},
    {"an open quotation has no domain", "\"john@example.com", NULL},
    {"the last @ separates", "a@b@example.com", "a@b@example.com"},
    {"a U-label becomes its A-label",
     "user@b\xc3\xbc"
     "cher.example",
     "user@xn--bcher-kva.example"},
    {"capital U-labels likewise",
     "user@B\xc3\x9c"
     "CHER.example",
     "user@xn--bcher-kva.example"},
    {"a decomposed U-label likewise",
     "user@bu\xcc\x88"
     "cher.example",
     "user@xn--bcher-kva.example"},
    {"an A-label stays", "user@XN--Bcher-KVA.example", "user@xn--bcher-kva.example"},
    {"non-transitional: sharp s stays itself",
     "user@stra\xc3\x9f"
     "e.example",
     "user@xn--strae-oqa.example"},
    {"an ideographic full stop is a dot",
     "user@b\xc3\xbc"
     "cher\xe3\x80\x82"
     "example",
     "user@xn--bcher-kva.example"},
    {"a UTF-8 local part is composed", "Jose\xcc\x81@example.com", "jos\xc3\xa9@example.com"},
    {"only ASCII letters are lower-cased there", "\xc3\x89va@example.com", "\xc3\x89va@example.com"},
    {"the Kelvin sign is composed to K, then lowered", "\xe2\x84\xaa@example.com", "k@example.com"},
    {"an address literal", "user@[192.0.2.1]", "user@[192.0.2.1]"},
    {"an IPv6 literal", "user@[IPv6:2001:DB8::1]", "user@[ipv6:2001:db8::1]"},
    {"a literal without its end", "user@[192.0.2.1", NULL},
    {"an underscore in the domain", "user@a_b.example.com", "user@a_b.example.com"},
    {"a blank in the domain", "user@exa mple.com", NULL},
    {"a slash in the domain", "user@example/com", NULL},
    {"an empty label", "user@example..com", NULL},
    {"a leading dot of the domain", "user@.example.com", NULL},
    {"no @", "user", NULL},
    {"no local part", "@example.com", NULL},
    {"no domain", "user@", NULL},
    {"a domain of one dot", "user@.", NULL},
    {"nothing", "", NULL},
    {"empty brackets (the null sender)", "<>", NULL},
    {"a line feed inside", "us\ner@example.com", NULL},
    {"our separator inside",
     "us\x1f"
     "er@example.com",
     NULL},
    {"a DEL inside",
     "us\x7f"
     "er@example.com",
     NULL},
    {"Latin-1 is no UTF-8", "jos\xe9@example.com", NULL},
    {"a fullwidth @ in the domain is no domain",
     "user@ex\xef\xbc\xa0"
     "ample.com",
     NULL},
    {"64 bytes before the @", L64 "@example.com", L64 "@example.com"},
    {"65 are too many", L64 "5@example.com", ""},
    {"a label of 63", "user@" D63 ".com", "user@" D63 ".com"},
    {"a label of 64", "user@" D63 "4.com", NULL},
    {"254 bytes in all", "a@" D63 "." D63 "." D63 ".123456789012345678901234567890123456789012345678901234567890",
     "a@" D63 "." D63 "." D63 ".123456789012345678901234567890123456789012345678901234567890"},
    {"255 are too many", "ab@" D63 "." D63 "." D63 ".123456789012345678901234567890123456789012345678901234567890", ""},
};

static void keys(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[FF_ADDRESS_KEY_MAX], again[FF_ADDRESS_KEY_MAX];
        size_t len = 0, len2 = 0;
        CASE(cases[i].name);
        enum ff_err want = !cases[i].key ? FF_ERR_SYNTAX : cases[i].key[0] ? FF_OK : FF_ERR_TOO_LARGE;
        enum ff_err err = ff_address_key(ff_slice_str(cases[i].address), key, &len);
        CHECK_INT(err, want);
        if (err || want)
            continue;
        CHECK_SLICE(ff_slice_of(key, len), cases[i].key);
        /* the key of a key is the key */
        CHECK_INT(ff_address_key(ff_slice_of(key, len), again, &len2), FF_OK);
        CHECK_SLICE(ff_slice_of(again, len2), cases[i].key);
    }
    CASE("a NUL inside");
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    CHECK_INT(ff_address_key(FF_SLICE("us\0er@example.com"), key, &len), FF_ERR_SYNTAX);
    CASE("a megabyte is refused at once");
    static char big[1 << 20];
    memset(big, 'a', sizeof big);
    big[1000] = '@';
    CHECK_INT(ff_address_key(ff_slice_of(big, sizeof big), key, &len), FF_ERR_TOO_LARGE);
    CASE("the domain of an address");
    CHECK_SLICE(ff_address_domain(FF_SLICE("\"a@b\"@Example.com")), "Example.com");
    CHECK_SLICE(ff_address_domain(FF_SLICE("nobody")), "");
}

static void random_bytes(void)
{
    static const char *const parts[] = {"a",
                                        "B",
                                        ".",
                                        "@",
                                        "\"",
                                        "\\",
                                        "<",
                                        ">",
                                        "[",
                                        "]",
                                        " ",
                                        "\xc3\xbc",
                                        "\xcc\x88",
                                        "\xe2\x84\xaa",
                                        "\xe3\x80\x82",
                                        "-",
                                        "_",
                                        "1",
                                        "xn--",
                                        "com",
                                        "\xff",
                                        "\t",
                                        "\xef\xbc\x8e",
                                        "+",
                                        "\xd7\x90"};
    uint64_t x = 550;
    CASE("whatever gets a key has one key, of bounded length, and the key has itself");
    for (int run = 0; run < 200000; run++) {
        char text[256];
        uint8_t key[FF_ADDRESS_KEY_MAX], again[FF_ADDRESS_KEY_MAX];
        size_t n = 0, len, len2;
        for (unsigned k = 0; k < 14; k++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            const char *part = k == 6 && (x >> 40) % 2 ? "@" : parts[(x >> 33) % (sizeof parts / sizeof parts[0])];
            memcpy(text + n, part, strlen(part));
            n += strlen(part);
        }
        if (ff_address_key(ff_slice_of(text, n), key, &len))
            continue;
        enum ff_err err = ff_address_key(ff_slice_of(key, len), again, &len2);
        CHECK(!err && len == len2 && memcmp(key, again, len) == 0, "%.*s -> %.*s -> %.*s", (int)n, text, (int)len,
              (char *)key, err ? 0 : (int)len2, (char *)again);
    }
}

/* A blank in front of an address changes nothing but the way that the code takes. */
static void both_ways(void)
{
    static const char letters[] = "aZ09.-_@@+'<>\"[ =\x7f~`{/:^\xc3";
    uint64_t x = 551;
    CASE("an address by itself has the key of one with a blank in front");
    for (int run = 0; run < 400000; run++) {
        uint8_t text[1 + 80] = {' '}, key[FF_ADDRESS_KEY_MAX], other[FF_ADDRESS_KEY_MAX];
        size_t len = 0, len2 = 0, n;
        x = x * 6364136223846793005u + 1442695040888963407u;
        n = 1 + (x >> 33) % 80;
        unsigned kinds = run % 4 == 0 ? sizeof letters - 1 : run % 4 == 1 ? 12 : 6;
        for (size_t k = 1; k <= n; k++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            text[k] = (uint8_t)letters[(x >> 33) % kinds];
        }
        if (run % 2)
            text[1 + (x >> 20) % n] = '@';
        enum ff_err err = ff_address_key(ff_slice_of(text + 1, n), key, &len);
        enum ff_err err2 = ff_address_key(ff_slice_of(text, n + 1), other, &len2);
        CHECK(err == err2 && (err || (len == len2 && memcmp(key, other, len) == 0)), "%.*s: %d, %d", (int)n, text + 1,
              err, err2);
    }
}

/* Kafka's murmur2 of whole bytes, as its Java clients have it. */
static uint32_t murmur2(struct ff_slice bytes)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t h = 0x9747b28cu ^ (uint32_t)bytes.len, k;
    size_t i = 0;
    for (; bytes.len - i >= 4; i += 4) {
        k = (uint32_t)bytes.ptr[i] | (uint32_t)bytes.ptr[i + 1] << 8 | (uint32_t)bytes.ptr[i + 2] << 16 | (uint32_t)bytes.ptr[i + 3] << 24;
        k *= m;
        h = h * m ^ (k ^ k >> 24) * m;
    }
    for (size_t rest = bytes.len - i; rest > 0; rest--)
        h = (h ^ (uint32_t)bytes.ptr[i + rest - 1] << 8 * (rest - 1)) * (rest == 1 ? m : 1);
    h = (h ^ h >> 13) * m;
    return h ^ h >> 15;
}

/* Values of the Java client's own test (Utils.murmur2). */
static void murmur(void)
{
    static const struct {
        const char *text;
        int32_t hash;
    } known[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        CASE(known[i].text);
        CHECK_INT((int32_t)murmur2(ff_slice_str(known[i].text)), known[i].hash);
    }
    CASE("pieces of every length give the hash of the whole");
    static const char text[] = "0123456789abcdefghij\x1f"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t before = 0; before <= 20; before++)
        for (size_t behind = 0; behind <= 26; behind++) {
            struct ff_slice whole = ff_slice_of(text + 20 - before, before + 1 + behind);
            CHECK_INT(ff_address_partition(ff_slice_sub(whole, 0, before), ff_slice_sub(whole, before + 1, whole.len),
                                           0x80000000u),
                      murmur2(whole) & 0x7fffffff);
        }
    CASE("the partition is that of the joined key, however its parts split");
    for (uint32_t partitions = 1; partitions < 70; partitions++) {
        uint32_t want = (murmur2(FF_SLICE("acme\x1fjohn@example.com")) & 0x7fffffff) % partitions;
        CHECK_INT(ff_address_partition(FF_SLICE("acme"), FF_SLICE("john@example.com"), partitions), want);
    }
}

static void tenants(void)
{
    static char longest[FF_TENANT_BYTES_MAX + 1];
    memset(longest, 'n', sizeof longest);
    const struct {
        const char *name;
        struct ff_slice tenant;
        bool valid;
    } names[] = {
        {"no name", {NULL, 0}, true},
        {"a name in any script", FF_SLICE("B\xc3\xa4""ckerei \xe5\xba\x97"), true},
        {"a star among others", FF_SLICE("a*"), true},
        {"all tenants", FF_SLICE("*"), false},
        {"the separator of keys", FF_SLICE("a\x1f" "b"), false},
        {"bytes that are not UTF-8", FF_SLICE("B\xe4""ckerei"), false},
        {"the longest name", ff_slice_of(longest, FF_TENANT_BYTES_MAX), true},
        {"one byte more", ff_slice_of(longest, FF_TENANT_BYTES_MAX + 1), false},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CASE(names[i].name);
        CHECK_INT(ff_tenant_is_valid(names[i].tenant), names[i].valid);
    }
}

int main(void)
{
    tenants();
    keys();
    random_bytes();
    both_ways();
    murmur();
    return test_end();
}
