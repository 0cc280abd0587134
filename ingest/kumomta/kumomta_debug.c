/* kumomta_debug.c: what hides in KumoMTA's Rust debug text: refusals, and passwords.
 *
 * A host that refuses at the banner, EHLO, STARTTLS or AUTH never appears under its own code. The record says 400
 * "KumoMTA internal: failed to connect to any candidate hosts: ... Command rejected Response { code: 554,
 * enhanced_code: Some(EnhancedStatusCode { class: 5, subject: 7, detail: 1 }), content: \"...\", command: None }".
 * All block-list refusals at connect are in there, so it is opened; what is not whole (cut off, another version's
 * layout) stays closed. After a failed AUTH the same text holds the credentials in base64. They are masked here
 * before the text goes anywhere, in place and byte for byte, so that offsets into a dead letter stay true. The
 * alternative, dropping such texts, would hide from the operator that his smarthost login is wrong.
 */
#include "ingest/kumomta/kumomta_debug.h"
#include "proto/event.h"

static bool eat(struct ff_slice s, size_t *at, struct ff_slice word)
{
    if (!ff_slice_starts(ff_slice_sub(s, *at, s.len), word))
        return false;
    *at += word.len;
    return true;
}

static bool eat_number(struct ff_slice s, size_t *at, uint32_t max, uint32_t *ret)
{
    size_t end = *at;
    uint64_t value;
    while (end < s.len && s.ptr[end] >= '0' && s.ptr[end] <= '9')
        end++;
    if (!ff_slice_u64(ff_slice_sub(s, *at, end), max, &value))
        return false;
    *at = end;
    *ret = (uint32_t)value;
    return true;
}

/** A quoted debug string; its escapes stay. */
static bool eat_string(struct ff_slice s, size_t *at, struct ff_slice *ret)
{
    if (!eat(s, at, FF_SLICE("\"")))
        return false;
    for (size_t i = *at; i < s.len; i++) {
        if (s.ptr[i] == '\\') {
            i++;
        } else if (s.ptr[i] == '"') {
            *ret = ff_slice_sub(s, *at, i);
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static bool eat_enhanced(struct ff_slice s, size_t *at, uint32_t *ret)
{
    uint32_t c, n, d;
    *ret = 0;
    if (eat(s, at, FF_SLICE("None")))
        return true;
    if (!eat(s, at, FF_SLICE("Some(EnhancedStatusCode { class: ")) || !eat_number(s, at, 9, &c) ||
        !eat(s, at, FF_SLICE(", subject: ")) || !eat_number(s, at, 999, &n) || !eat(s, at, FF_SLICE(", detail: ")) ||
        !eat_number(s, at, 999, &d) || !eat(s, at, FF_SLICE(" })")))
        return false;
    if (c >= 2 && c <= 5)
        *ret = FF_ENHANCED(c, n, d);
    return true;
}

static bool parse_response(struct ff_slice s, size_t at, struct ff_kumomta_hidden *ret)
{
    struct ff_kumomta_hidden h = {0};
    if (!eat_number(s, &at, 65535, &h.code) || h.code < 200 || h.code > 599)
        return false;
    if (!eat(s, &at, FF_SLICE(", enhanced_code: ")) || !eat_enhanced(s, &at, &h.enhanced) ||
        !eat(s, &at, FF_SLICE(", content: ")) || !eat_string(s, &at, &h.content) ||
        !eat(s, &at, FF_SLICE(", command: ")))
        return false;
    if (!eat(s, &at, FF_SLICE("None")) && (!eat(s, &at, FF_SLICE("Some(")) || !eat_string(s, &at, &h.command)))
        return false;
    *ret = h;
    return true;
}

bool ff_kumomta_open(struct ff_slice text, struct ff_kumomta_hidden *ret)
{
    const struct ff_slice lead = FF_SLICE("Command rejected Response { code: ");
    bool found = false;
    for (size_t at = 0; (at = ff_slice_find(text, at, lead)) != SIZE_MAX; at += lead.len) {
        if (parse_response(text, at + lead.len, ret)) {
            ret->from = at;
            found = true;
        }
    }
    return found;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** Writes a code point as UTF-8; what is none becomes U+FFFD. Never longer than its escape "\u{...}". */
static size_t put_utf8(uint8_t *out, uint32_t cp)
{
    if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
        cp = 0xfffd;
    if (cp < 0x80) {
        out[0] = (uint8_t)cp;
        return 1;
    }
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, cp >>= 6)
        out[i] = (uint8_t)(0x80 | (cp & 0x3f));
    out[0] = (uint8_t)((0xf00u >> n) | cp);
    return n;
}

/** The escape at s.ptr[*at] (behind its backslash): its bytes into out, or 0 when it is none that Rust writes. */
static size_t unescape_one(struct ff_slice s, size_t *at, uint8_t *out)
{
    static const char from[] = "nrt0\\\"'", to[] = "\n\r\t\0\\\"'";
    uint8_t c = s.ptr[*at];
    for (size_t i = 0; i < sizeof from - 1; i++) {
        if (c == (uint8_t)from[i]) {
            out[0] = (uint8_t)to[i];
            *at += 1;
            return 1;
        }
    }
    size_t i = *at + 1;
    uint32_t value = 0;
    if (c == 'x' && i + 2 <= s.len && hex_digit(s.ptr[i]) >= 0 && hex_digit(s.ptr[i + 1]) >= 0) {
        /* bstr writes bytes that are no UTF-8 like this; above 0x7f the byte stands alone, as U+FFFD */
        value = (uint32_t)(hex_digit(s.ptr[i]) * 16 + hex_digit(s.ptr[i + 1]));
        *at = i + 2;
        return put_utf8(out, value < 0x80 ? value : 0xfffd);
    }
    if (c != 'u' || i >= s.len || s.ptr[i] != '{')
        return 0;
    size_t first = ++i;
    for (; i < s.len && i - first < 6 && hex_digit(s.ptr[i]) >= 0; i++)
        value = value * 16 + (uint32_t)hex_digit(s.ptr[i]);
    if (i == first || i >= s.len || s.ptr[i] != '}')
        return 0;
    *at = i + 1;
    return put_utf8(out, value);
}

struct ff_slice ff_kumomta_unescape(struct ff_arena *arena, struct ff_slice text)
{
    if (ff_slice_chr(text, 0, '\\') == SIZE_MAX)
        return text;
    uint8_t *out = ff_arena_bytes(arena, text.len);
    if (!out)
        return text;
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        if (text.ptr[at] == '\\' && at + 1 < text.len) {
            size_t behind = at + 1;
            size_t n = unescape_one(text, &behind, out + len);
            if (n) {
                len += n;
                at = behind;
                continue;
            }
        }
        out[len++] = text.ptr[at++];
    }
    return ff_slice_of(out, len);
}

static bool is_base64(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' ||
           c == '=';
}

/** Behind blanks, also as "\x20" or "\\x20"; *ret_n is how many. */
static size_t skip_blanks(struct ff_slice s, size_t i, unsigned *ret_n)
{
    for (*ret_n = 0; i < s.len; ++*ret_n) {
        size_t j = i;
        while (j < s.len && s.ptr[j] == '\\')
            j++;
        if (j > i && ff_slice_starts(ff_slice_sub(s, j, s.len), FF_SLICE("x20")))
            i = j + 3;
        else if (s.ptr[i] == ' ' || s.ptr[i] == '\t')
            i++;
        else
            break;
    }
    return i;
}

/* How far behind "authenticating as" the command may stand; without a bound a line of nothing but these words would
 * take quadratic time. The user's name and the server's reply (RFC 5321 4.5.3.1.5: 512 bytes a line) lie between. */
#define ANSWER_DISTANCE_MAX 8192

static size_t skip_base64(struct ff_slice s, size_t i)
{
    while (i < s.len && is_base64(s.ptr[i]))
        i++;
    return i;
}

/** The answer to a 334 challenge (AUTH LOGIN sends name and password as bare commands): what stands in
 * `command: Some("...` of a text that says "authenticating as". */
static bool answer_behind(struct ff_slice s, size_t i, size_t *ret_from, size_t *ret_to)
{
    const struct ff_slice lead = FF_SLICE("command: Some(");
    s = ff_slice_sub(s, 0, i + ANSWER_DISTANCE_MAX);
    i = ff_slice_find(s, i, lead);
    if (i == SIZE_MAX)
        return false;
    for (i += lead.len; i < s.len && s.ptr[i] == '\\';) /* the quote is escaped inside JSON */
        i++;
    if (i >= s.len || s.ptr[i] != '"')
        return false;
    *ret_from = i + 1;
    *ret_to = skip_base64(s, i + 1);
    /* an AUTH command is left to credentials_at(), which knows where its secret begins */
    return *ret_to - *ret_from >= 4 && !ff_slice_caseeq(ff_slice_sub(s, *ret_from, *ret_to), FF_SLICE("AUTH"));
}

/** The credentials behind the letters "auth" at i: false when this is another word, a mere mention ("AUTH PLAIN to
 * host"), or an empty initial response. What could be base64 is taken for it: a masked word costs less than a
 * password. */
static bool credentials_at(struct ff_slice s, size_t i, size_t *ret_from, size_t *ret_to)
{
    unsigned blanks;
    if (ff_slice_starts(ff_slice_sub(s, i, s.len), FF_SLICE("authenticating as")))
        return answer_behind(s, i, ret_from, ret_to);
    i = skip_blanks(s, i + 4, &blanks);
    if (!blanks)
        return false;
    size_t mechanism = i;
    while (i < s.len && (is_base64(s.ptr[i]) || s.ptr[i] == '-' || s.ptr[i] == '_'))
        i++;
    if (i == mechanism)
        return false;
    i = skip_blanks(s, i, &blanks);
    if (!blanks)
        return false;
    *ret_from = i;
    *ret_to = skip_base64(s, i);
    size_t len = *ret_to - i;
    bool lower = true;
    for (; i < *ret_to; i++)
        lower = lower && s.ptr[i] >= 'a' && s.ptr[i] <= 'z';
    return len >= 4 && !(lower && len % 4 != 0);
}

/** A walk over the credentials in a text. The word is sought as KumoMTA writes it and in lower case, as some servers
 * echo it; both positions are kept, or a text full of one spelling would be searched for the other from each of
 * them. */
struct credentials {
    struct ff_slice text;
    size_t upper, lower; /* next of each spelling, or SIZE_MAX */
};

static struct credentials credentials_begin(struct ff_slice text)
{
    size_t upper = ff_slice_find(text, 0, FF_SLICE("AUTH")), lower = ff_slice_find(text, 0, FF_SLICE("auth"));
    return (struct credentials){text, upper, lower};
}

static bool credentials_next(struct credentials *c, size_t *ret_from, size_t *ret_to)
{
    while (c->upper != SIZE_MAX || c->lower != SIZE_MAX) {
        size_t hit = c->upper < c->lower ? c->upper : c->lower;
        if (hit == c->upper)
            c->upper = ff_slice_find(c->text, hit + 4, FF_SLICE("AUTH"));
        else
            c->lower = ff_slice_find(c->text, hit + 4, FF_SLICE("auth"));
        if (credentials_at(c->text, hit, ret_from, ret_to))
            return true;
    }
    return false;
}

/** Do the letters "aut" of either case begin in the 16 * steps bytes at p? The compiler makes vectors of this loop:
 * it has no way out, and no rest. */
static bool has_aut(const uint8_t *p, size_t steps)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < steps * 16; i++)
        seen |= (uint8_t)((uint8_t)((p[i] | 0x20) == 'a') & (uint8_t)((p[i + 1] | 0x20) == 'u') &
                          (uint8_t)((p[i + 2] | 0x20) == 't'));
    return seen;
}

/** Can "AUTH" or "auth" stand in it? Few texts hold these three letters in a row. */
static bool may_hold_auth(struct ff_slice text)
{
    if (text.len < 18)
        return text.len >= 4;
    return has_aut(text.ptr, (text.len - 2) / 16) || has_aut(text.ptr + text.len - 18, 1);
}

struct ff_slice ff_kumomta_mask(struct ff_arena *arena, struct ff_slice text)
{
    if (!may_hold_auth(text))
        return text;
    struct credentials c = credentials_begin(text);
    size_t from, to;
    if (!credentials_next(&c, &from, &to))
        return text;
    size_t at = arena->used;
    struct ff_slice copy;
    if (!ff_arena_copy(arena, text, &copy))
        return (struct ff_slice){NULL, 0}; /* rather nothing than a password */
    do
        memset(arena->base + at + from, '*', to - from); /* the copy; the search goes on in the original */
    while (credentials_next(&c, &from, &to));
    return copy;
}
