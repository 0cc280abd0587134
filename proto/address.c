/* address.c: two spellings of one mailbox get one key; two mailboxes never do.
 *
 * Nearly every address is ASCII, short, without quotes and with nothing around it: it is copied and lower-cased sixteen
 * bytes at a time (x86-64), and what is wanted of its bytes is asked of a word of bits. All others go the long way,
 * some of them (UTF-8, U-labels) through the libraries. The key of a key is the key itself, so a key may be stored and
 * read as an address. What the local part may hold is left wide on purpose: whatever a server bounced must be nameable;
 * only control bytes, which could be mistaken for our separator, are refused.
 */
#include "proto/address.h"

#include <idn2.h>
#include <stdlib.h>
#include <uninorm.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define NO_AT SIZE_MAX
#define DOMAIN_MAX 253

/* Index of the last '@' outside a quoted string; RFC 5321 4.1.2 lets one stand for the whole local part. */
static size_t at_sign(struct ff_slice s)
{
    size_t found = NO_AT;
    bool quoted = false;
    if (s.len && s.ptr[0] != '"') {
        const uint8_t *p = memrchr(s.ptr, '@', s.len);
        return p ? (size_t)(p - s.ptr) : NO_AT;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (quoted && s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            quoted = !quoted;
        else if (s.ptr[i] == '@' && !quoted)
            found = i;
    }
    return found;
}

struct ff_slice ff_address_domain(struct ff_slice address)
{
    size_t at = at_sign(address);
    return at == NO_AT ? (struct ff_slice){0} : ff_slice_sub(address, at + 1, address.len);
}

static inline uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* RFC 5322 3.2.3 */
static bool is_atext(uint8_t c)
{
    if ((c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c >= 0x80)
        return true;
    return c && strchr("!#$%&'*+-/=?^_`{|}~", c);
}

static bool is_dot_atom(struct ff_slice s)
{
    bool dot = true;
    for (size_t i = 0; i < s.len; i++) {
        bool was_dot = dot;
        dot = s.ptr[i] == '.';
        if (dot ? was_dot : !is_atext(s.ptr[i]))
            return false;
    }
    return !dot;
}

/* The content of a quoted string that is the whole of s, without backslashes; false when s is none. */
static bool unquote(struct ff_slice s, uint8_t *out, size_t *ret_len)
{
    size_t n = 0;
    if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"')
        return false;
    for (size_t i = 1; i < s.len - 1; i++) {
        if (s.ptr[i] == '"')
            return false;
        if (s.ptr[i] == '\\' && ++i >= s.len - 1)
            return false;
        out[n++] = s.ptr[i];
    }
    *ret_len = n;
    return true;
}

/* The local part in its shortest form that means the same. */
static enum ff_err local_part(struct ff_slice in, uint8_t *out, size_t room, size_t *ret_len)
{
    uint8_t content[2 * FF_ADDRESS_LOCAL_MAX];
    size_t len, n = 0;
    if (in.len > sizeof content + 2)
        return FF_ERR_TOO_LARGE;
    if (!unquote(in, content, &len)) {
        if (in.len > room)
            return FF_ERR_TOO_LARGE;
        memcpy(out, in.ptr, in.len);
        *ret_len = in.len;
        return FF_OK;
    }
    bool bare = is_dot_atom(ff_slice_of(content, len));
    if (!bare)
        out[n++] = '"';
    for (size_t i = 0; i < len; i++) {
        if (n + 3 > room)
            return FF_ERR_TOO_LARGE;
        if (!bare && (content[i] == '"' || content[i] == '\\'))
            out[n++] = '\\';
        out[n++] = content[i];
    }
    if (!bare)
        out[n++] = '"';
    *ret_len = n;
    return len ? FF_OK : FF_ERR_SYNTAX;
}

static enum ff_err normalise(uint8_t *text, size_t *len, size_t room)
{
    size_t n;
    uint8_t *nfc = u8_normalize(UNINORM_NFC, text, *len, NULL, &n);
    if (!nfc)
        return FF_ERR_SYNTAX;
    enum ff_err err = n > room ? FF_ERR_TOO_LARGE : FF_OK;
    if (!err) {
        memcpy(text, nfc, n);
        *len = n;
    }
    free(nfc);
    return err;
}

/* Letters, digits, hyphen, and the underscore that DNS allows and IDNA does not; labels of 1..63. */
static bool host_name_lower(const uint8_t *in, size_t len, uint8_t *out)
{
    size_t label = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = lower(in[i]);
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
            if (++label > 63)
                return false;
        } else {
            return false;
        }
        out[i] = c;
    }
    return label > 0;
}

/* RFC 5321 4.1.3: user@[192.0.2.1] */
static bool literal_lower(struct ff_slice in, uint8_t *out)
{
    if (in.len < 3 || in.ptr[in.len - 1] != ']')
        return false;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        bool bracket = c == '[' || c == ']';
        if (c <= ' ' || c >= 0x7f || c == '\\' || (bracket && i != 0 && i != in.len - 1))
            return false;
        out[i] = lower(c);
    }
    return true;
}

static enum ff_err idn_domain(struct ff_slice in, uint8_t out[FF_ADDRESS_KEY_MAX], size_t *ret_len)
{
    char name[FF_ADDRESS_BYTES_MAX + 1];
    char *ascii = NULL;
    if (in.len >= sizeof name)
        return FF_ERR_TOO_LARGE;
    memcpy(name, in.ptr, in.len);
    name[in.len] = 0;
    int rc = idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (rc == IDN2_TOO_BIG_DOMAIN || rc == IDN2_TOO_BIG_LABEL)
        return FF_ERR_TOO_LARGE;
    if (rc != IDN2_OK)
        return FF_ERR_SYNTAX;
    size_t len = strlen(ascii);
    if (len && ascii[len - 1] == '.') /* an ideographic full stop at the end */
        len--;
    enum ff_err err = len > DOMAIN_MAX                                    ? FF_ERR_TOO_LARGE
                      : host_name_lower((const uint8_t *)ascii, len, out) ? FF_OK
                                                                          : FF_ERR_SYNTAX;
    *ret_len = len;
    idn2_free(ascii);
    return err;
}

static enum ff_err domain_part(struct ff_slice in, uint8_t out[FF_ADDRESS_KEY_MAX], size_t *ret_len)
{
    bool ascii = true;
    for (size_t i = 0; i < in.len; i++)
        ascii &= in.ptr[i] < 0x80;
    if (!ascii)
        return idn_domain(in, out, ret_len);
    if (in.len > DOMAIN_MAX)
        return FF_ERR_TOO_LARGE;
    *ret_len = in.len;
    bool ok = in.ptr[0] == '[' ? literal_lower(in, out) : host_name_lower(in.ptr, in.len, out);
    return ok ? FF_OK : FF_ERR_SYNTAX;
}

/* ---- the short way ----------------------------------------------------------------------------------------------- */

#define PLAIN_MAX 64

#if defined(__SSE2__)
/* One bit for each byte of an address, the first byte's lowest. */
struct plain_bits {
    uint64_t at, dot;
    uint64_t foreign; /* not in host names */
    uint64_t odd;     /* blank, control byte, high bit */
};

static inline uint64_t bits_at(__m128i v, size_t place)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(v) << place;
}

static inline __m128i between(__m128i v, char low, char high)
{
    return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(low - 1))),
                         _mm_cmplt_epi8(v, _mm_set1_epi8((char)(high + 1))));
}

static inline __m128i is(__m128i v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* The 16 bytes at `place`, lower-cased. As signed numbers, bytes with their high bit set are below all others. */
static inline void plain16(const uint8_t *in, uint8_t *out, size_t place, struct plain_bits *b)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)in);
    v = _mm_or_si128(v, _mm_and_si128(between(v, 'A', 'Z'), _mm_set1_epi8(0x20)));
    _mm_storeu_si128((__m128i *)(void *)out, v);
    __m128i dot = is(v, '.'), mark = _mm_or_si128(is(v, '-'), is(v, '_'));
    __m128i host = _mm_or_si128(_mm_or_si128(between(v, 'a', 'z'), between(v, '0', '9')), _mm_or_si128(dot, mark));
    b->at |= bits_at(is(v, '@'), place);
    b->dot |= bits_at(dot, place);
    b->foreign |= (bits_at(host, place) ^ UINT64_C(0xffff) << place);
    b->odd |= bits_at(_mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(' ' + 1)), is(v, 0x7f)), place);
}

/* The key of a plain address; false when it is none, which does not mean that it has no key. The last 16 bytes may be
 * looked at twice. */
static bool plain_key(struct ff_slice address, uint8_t *ret_key, size_t *ret_len)
{
    struct plain_bits b = {0};
    size_t len = address.len;
    if (len == 0 || len > PLAIN_MAX || address.ptr[0] == '"')
        return false;
    if (len < 16) {
        uint8_t padded[16] = {0};
        memcpy(padded, address.ptr, len);
        plain16(padded, ret_key, 0, &b);
    } else {
        for (size_t place = 0; place + 16 < len; place += 16)
            plain16(address.ptr + place, ret_key + place, place, &b);
        plain16(address.ptr + len - 16, ret_key + len - 16, len - 16, &b);
    }
    uint64_t all = UINT64_MAX >> (PLAIN_MAX - len), last = UINT64_C(1) << (len - 1);
    b.at &= all;
    if ((b.odd & all) || b.at <= 1)
        return false;
    uint64_t at = UINT64_C(1) << (63 - __builtin_clzll(b.at));
    uint64_t domain = all & ~(at | (at - 1)), dots = b.dot & domain;
    uint64_t starts = (at | dots) << 1; /* of labels */
    if (domain == 0 || (b.foreign & domain) || (dots & (starts | last)))
        return false;
    *ret_len = len;
    return true;
}
#else
static bool plain_key(struct ff_slice address, uint8_t *ret_key, size_t *ret_len)
{
    (void)address;
    (void)ret_key;
    (void)ret_len;
    return false;
}
#endif

/* ---- the key ----------------------------------------------------------------------------------------------------- */

enum ff_err ff_address_key(struct ff_slice address, uint8_t *ret_key, size_t *ret_len)
{
    if (plain_key(address, ret_key, ret_len))
        return FF_OK;
    uint8_t key[FF_ADDRESS_KEY_MAX], domain_key[FF_ADDRESS_KEY_MAX];
    uint8_t high = 0;
    bool control = false;
    address = ff_slice_trim(address);
    if (address.len >= 2 && address.ptr[0] == '<' && address.ptr[address.len - 1] == '>')
        address = ff_slice_trim(ff_slice_sub(address, 1, address.len - 1));
    size_t at = at_sign(address);
    if (at == NO_AT || at == 0)
        return FF_ERR_SYNTAX;
    struct ff_slice local = ff_slice_sub(address, 0, at), domain = ff_slice_sub(address, at + 1, address.len);
    if (domain.len && domain.ptr[domain.len - 1] == '.')
        domain.len--;
    if (domain.len == 0)
        return FF_ERR_SYNTAX;
    if (address.len > 4 * FF_ADDRESS_BYTES_MAX)
        return FF_ERR_TOO_LARGE;
    for (size_t i = 0; i < address.len; i++) {
        high |= address.ptr[i];
        control |= address.ptr[i] < 0x20 || address.ptr[i] == 0x7f;
    }
    if (control || (high >= 0x80 && !ff_slice_is_utf8(address)))
        return FF_ERR_SYNTAX;

    size_t len, domain_len;
    enum ff_err err = local_part(local, key, sizeof key, &len);
    if (!err && high >= 0x80)
        err = normalise(key, &len, sizeof key);
    if (err)
        return err;
    if (len > FF_ADDRESS_LOCAL_MAX)
        return FF_ERR_TOO_LARGE;
    for (size_t i = 0; i < len; i++) /* behind NFC, which turns the Kelvin sign into K */
        key[i] = lower(key[i]);
    err = domain_part(domain, domain_key, &domain_len);
    if (err)
        return err;
    if (len + 1 + domain_len > FF_ADDRESS_BYTES_MAX)
        return FF_ERR_TOO_LARGE;
    key[len] = '@';
    memcpy(ret_key, key, len + 1);
    memcpy(ret_key + len + 1, domain_key, domain_len);
    *ret_len = len + 1 + domain_len;
    return FF_OK;
}

/* ---- partition ------------------------------------------------------------------------------------------------- */

/* murmur2 takes four bytes at a time; the rest of one piece waits for the next, so that the parts of a key need not be
 * joined first. */
struct murmur {
    uint32_t h, word;
    unsigned held; /* bytes in word, 0..3 */
};

#define MURMUR_M 0x5bd1e995u

static inline void murmur_mix(struct murmur *m, uint32_t word)
{
    uint32_t k = word * MURMUR_M;
    k ^= k >> 24;
    m->h = m->h * MURMUR_M ^ k * MURMUR_M;
}

static inline uint32_t little_endian(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void murmur_add(struct murmur *m, struct ff_slice s)
{
    size_t i = 0;
    unsigned held_bits = 8 * m->held;
    for (; s.len - i >= 4; i += 4) {
        uint64_t joined = m->word | (uint64_t)little_endian(s.ptr + i) << held_bits;
        murmur_mix(m, (uint32_t)joined);
        m->word = (uint32_t)(joined >> 32);
    }
    size_t rest = s.len - i;
    if (rest == 0)
        return;
    uint64_t word = 0;
    if (i > 0)
        word = little_endian(s.ptr + s.len - 4) >> (32 - 8 * rest); /* the last four bytes without those that are in */
    else
        for (size_t k = 0; k < rest; k++)
            word |= (uint64_t)s.ptr[k] << (8 * k);
    word = m->word | word << held_bits;
    m->held += (unsigned)rest;
    if (m->held >= 4) {
        murmur_mix(m, (uint32_t)word);
        word >>= 32;
        m->held -= 4;
    }
    m->word = (uint32_t)word;
}

static uint32_t murmur_end(struct murmur *m)
{
    uint32_t h = m->h;
    if (m->held)
        h = (h ^ m->word) * MURMUR_M;
    h = (h ^ h >> 13) * MURMUR_M;
    return h ^ h >> 15;
}

static struct murmur murmur_begin(size_t total)
{
    return (struct murmur){.h = 0x9747b28cu ^ (uint32_t)total};
}

bool ff_tenant_is_valid(struct ff_slice name)
{
    return name.len <= FF_TENANT_BYTES_MAX && !ff_slice_has_control(name) && ff_slice_is_utf8(name) &&
           !ff_slice_eq(name, FF_SLICE(FF_SCOPE_ALL));
}

bool ff_event_tenant_is_valid(const struct ff_event *ev)
{
    return ff_tenant_is_valid(ev->tenant_id) && ff_tenant_is_valid(ev->stream_id);
}

uint32_t ff_address_partition(struct ff_slice tenant, struct ff_slice address_key, uint32_t partitions)
{
    static const uint8_t separator = FF_KEY_SEPARATOR;
    struct murmur m = murmur_begin(tenant.len + 1 + address_key.len);
    murmur_add(&m, tenant);
    murmur_add(&m, ff_slice_of(&separator, 1));
    murmur_add(&m, address_key);
    return (murmur_end(&m) & 0x7fffffffu) % partitions;
}
