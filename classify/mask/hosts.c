/* hosts.c: suffix map of host names. See hosts.h.
 *
 * A host has two to four suffixes worth a look; each costs one hash and one compare. Alternative refused: a trie of
 * labels, which is no faster at this size and needs a builder.
 */
#include "classify/mask/hosts.h"
#include "classify/mask/bits.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define HOST_BYTES_MAX 255
#define LABELS_MAX 8

static struct ff_host *find_exact(const struct ff_hosts *h, const uint8_t *name, size_t len, uint64_t hash)
{
    for (size_t i = hash & (FF_HOST_SLOTS - 1); h->slot[i]; i = (i + 1) & (FF_HOST_SLOTS - 1)) {
        const struct ff_host *e = &h->entry[h->slot[i] - 1];
        if (e->hash == hash && e->name.len == len && memcmp(e->name.ptr, name, len) == 0)
            return (struct ff_host *)(uintptr_t)e;
    }
    return NULL;
}

/* Which hosts can end in an entry: a bit per hash of an entry's last 8 bytes, of 7, 6 or 5 where it has no more with
 * the dot before it. Entries of less than four bytes, and short ones of one label, are not filtered. */

/** The last 8 bytes of "." + name in lower case, as a number whose high bytes are the last; zero bytes before a short
 * one. */
static uint64_t last_bytes(struct ff_slice name)
{
    if (name.len >= 8)
        return ff_load8(name.ptr + name.len - 8) | UINT64_C(0x2020202020202020);
    uint64_t v = 0;
    for (size_t i = 0; i < name.len; i++)
        v |= (uint64_t)(name.ptr[i] | 0x20u) << 8 * (8 - name.len + i);
    return v | (uint64_t)'.' << 8 * (7 - name.len);
}

static uint32_t end_bit(uint64_t bytes)
{
    return (uint32_t)(bytes * UINT64_C(0x9e3779b97f4a7c15) >> 32) % FF_HOST_ENDS;
}

static bool has_end(const struct ff_hosts *h, uint64_t bytes)
{
    uint32_t bit = end_bit(bytes);
    return h->ends[bit / 64] >> bit % 64 & 1;
}

static void add_end(struct ff_hosts *h, struct ff_slice name)
{
    uint64_t bytes = last_bytes(name);
    if (name.len < 4 || (name.len < 7 && ff_slice_chr(name, 0, '.') == SIZE_MAX))
        h->unfiltered = true;
    else if (name.len < 7)
        bytes = bytes >> 8 * (7 - name.len) << 8 * (7 - name.len); /* the dot and the name */
    uint32_t bit = end_bit(bytes);
    h->ends[bit / 64] |= UINT64_C(1) << bit % 64;
}

/** Are two of these bytes dots? May say yes where they are not. */
static bool has_two_dots(uint64_t bytes)
{
    uint64_t dots = ff_zero_bytes(bytes ^ '.' * UINT64_C(0x0101010101010101));
    return (dots & (dots - 1)) != 0;
}

bool ff_hosts_may_know(const struct ff_hosts *h, struct ff_slice host)
{
    while (host.len && host.ptr[host.len - 1] == '.')
        host.len--;
    uint64_t bytes = last_bytes(host);
    if (has_end(h, bytes) || h->unfiltered)
        return true;
    return has_two_dots(bytes) && /* else none of the short ones, which are two labels and a dot before them */
           (has_end(h, bytes & ~UINT64_C(0xff)) || has_end(h, bytes & ~UINT64_C(0xffff)) ||
            has_end(h, bytes & ~UINT64_C(0xffffff)));
}

const struct ff_host *ff_hosts_find(const struct ff_hosts *h, struct ff_slice host)
{
    uint8_t low[HOST_BYTES_MAX + 1];
    while (host.len && host.ptr[host.len - 1] == '.')
        host.len--;
    if (host.len > HOST_BYTES_MAX) { /* only its end can be a known suffix */
        host.ptr += host.len - HOST_BYTES_MAX;
        host.len = HOST_BYTES_MAX;
    }
    size_t starts[LABELS_MAX], n = 0;
    if (!ff_hosts_may_know(h, host))
        return NULL;
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.ptr[i];
        low[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
    }
    for (size_t i = host.len; i-- > 0 && n < LABELS_MAX;)
        if (i == 0 || low[i - 1] == '.')
            starts[n++] = i;
    for (size_t k = n; k-- > 0;) {
        size_t from = starts[k], len = host.len - from;
        if (k == 0 && n > 1)
            break; /* a bare top-level domain says nothing */
        const struct ff_host *e = find_exact(h, low + from, len, XXH3_64bits(low + from, len));
        if (e)
            return e;
    }
    return NULL;
}

struct ff_host *ff_hosts_add(struct ff_hosts *h, struct ff_slice name)
{
    uint64_t hash = XXH3_64bits(name.ptr, name.len);
    struct ff_host *e = find_exact(h, name.ptr, name.len, hash);
    if (e)
        return e;
    if (h->count >= FF_HOSTS_MAX)
        return NULL;
    e = &h->entry[h->count++];
    *e = (struct ff_host){.name = name, .hash = hash};
    add_end(h, name);
    size_t i = hash & (FF_HOST_SLOTS - 1);
    while (h->slot[i])
        i = (i + 1) & (FF_HOST_SLOTS - 1);
    h->slot[i] = h->count;
    return e;
}

/* Sorted. Generic top-level domains seen in mail; names reserved for documentation and private use (RFC 2606, RFC
 * 6761). */
static const char tlds[][16] = {
    "academy",    "aero",        "agency",    "amsterdam",   "app",        "arpa",          "asia",       "auto",
    "bayern",     "berlin",      "bike",      "biz",         "blog",       "boutique",      "business",   "cafe",
    "capital",    "care",        "careers",   "cat",         "center",     "church",        "city",       "clinic",
    "cloud",      "club",        "codes",     "coffee",      "com",        "community",     "company",    "consulting",
    "coop",       "corp",        "dental",    "design",      "dev",        "digital",       "direct",     "edu",
    "education",  "email",       "energy",    "engineering", "estate",     "events",        "example",    "expert",
    "express",    "family",      "farm",      "fashion",     "finance",    "financial",     "fit",        "fitness",
    "foundation", "fun",         "games",     "global",      "gmbh",       "gov",           "group",      "guide",
    "hamburg",    "health",      "home",      "host",        "hosting",    "house",         "icu",        "immo",
    "inc",        "info",        "institute", "int",         "internal",   "international", "invalid",    "jobs",
    "koeln",      "lan",         "law",       "legal",       "life",       "link",          "live",       "llc",
    "local",      "localdomain", "localhost", "lol",         "london",     "ltd",           "mail",       "management",
    "market",     "marketing",   "media",     "mil",         "mobi",       "moscow",        "museum",     "name",
    "net",        "network",     "news",      "nyc",         "one",        "onion",         "online",     "org",
    "paris",      "partners",    "photo",     "photography", "plus",       "post",          "press",      "pro",
    "realtor",    "restaurant",  "ruhr",      "sale",        "school",     "services",      "shop",       "site",
    "social",     "software",    "solutions", "space",       "store",      "studio",        "style",      "support",
    "swiss",      "systems",     "team",      "tech",        "technology", "tel",           "test",       "tips",
    "today",      "tokyo",       "top",       "tours",       "training",   "travel",        "university", "vip",
    "website",    "wien",        "wiki",      "work",        "works",      "world",         "xxx",        "xyz",
    "zone",
};

/** "xn--p1ai": letters, digits and hyphens behind the prefix (RFC 5890 2.3.2.1). */
static bool is_punycode(struct ff_slice label)
{
    if (label.len <= 4 || !ff_slice_caseeq(ff_slice_sub(label, 0, 4), FF_SLICE("xn--")))
        return false;
    for (size_t i = 4; i < label.len; i++) {
        uint8_t c = label.ptr[i];
        if ((uint8_t)((c | 0x20) - 'a') >= 26 && (uint8_t)(c - '0') >= 10 && c != '-')
            return false;
    }
    return true;
}

/** Eight letters as a number, in the order of texts. */
static uint64_t letters_number(const char *text)
{
    return __builtin_bswap64(ff_load8((const uint8_t *)text));
}

static bool is_listed(const char low[16])
{
    enum { COUNT = sizeof tlds / sizeof *tlds };
    _Static_assert(COUNT < 256, "the steps below add up to 255");
    uint64_t want = letters_number(low);
    size_t at = 0; /* so many are less */
    for (size_t step = 128; step; step /= 2)
        if (at + step <= COUNT && letters_number(tlds[at + step - 1]) < want)
            at += step;
    for (; at < COUNT && letters_number(tlds[at]) == want; at++)
        if (memcmp(tlds[at], low, sizeof tlds[at]) == 0)
            return true;
    return false;
}

bool ff_tld_known(struct ff_slice label)
{
    char low[16] = "";
    if (label.len < 2 || label.len >= sizeof low)
        return is_punycode(label);
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.ptr[i] | 0x20;
        if (c < 'a' || c > 'z')
            return is_punycode(label);
        low[i] = (char)c;
    }
    if (label.len == 2)
        return true;
    if (label.len == 3 && (memcmp(low, "com", 3) == 0 || memcmp(low, "net", 3) == 0 || memcmp(low, "org", 3) == 0))
        return true; /* most of them */
    return is_listed(low);
}
