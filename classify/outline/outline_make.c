/* outline_make.c: which parts of a reply may vary without being masked in another way, and which replies are too odd.
 *
 * The masker takes a reply apart into chunks between separators, and most chunks into pieces of letters, digits and
 * ".-_". What it makes of a piece depends on the piece, on the rest of its chunk, on the words before it (codes of
 * providers, the recipient's name) and on sender, recipient and own IP. So a piece varies only where all the rest is
 * fixed and known to be harmless; everything else is a fixed part, and of fixed parts those that may name sender,
 * recipient or own IP are noted, or the reply has no outline.
 */
#include "classify/outline/outline_make.h"

#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_hosts.h"
#include "classify/mask/mask_kept.h"
#include "classify/mask/mask_scalar.h"
#include "classify/outline/outline_words.h"

/** What is in a chunk. */
struct chunk {
    size_t from, to;
    unsigned colons;
    bool at, slash, odd, foreign; /* odd: '#' and '\\' */
};

struct maker {
    const struct ff_word_index *words; /* NULL: no word is open */
    struct outline_draft *draft;
    struct ff_mask_pass *pass;
    const uint8_t *text;
    size_t len;
    size_t fixed_from;  /* what is not yet in the draft */
    size_t varying_end; /* of the last part that varies; 0: none */
    struct {
        size_t from, to;
    } varying[OUTLINE_PARTS_MAX];
};

static bool in_piece(uint8_t c)
{
    return outline_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

/* ---- the draft -------------------------------------------------------------------------------------------------- */

static bool put_part(struct maker *m, size_t fixed_to, enum ff_varying kind, size_t next)
{
    struct outline_draft *d = m->draft;
    size_t n = fixed_to - m->fixed_from;
    if (d->head.part_count > OUTLINE_PARTS_MAX || (kind && d->head.part_count == OUTLINE_PARTS_MAX))
        return false;
    memcpy(d->fixed + d->head.fixed_len, m->text + m->fixed_from, n);
    d->head.fixed_len = (uint16_t)(d->head.fixed_len + n);
    if (kind) {
        m->varying[d->head.part_count].from = fixed_to;
        m->varying[d->head.part_count].to = m->varying_end = next;
    }
    d->parts[d->head.part_count++] = (struct outline_part){.fixed = (uint16_t)n, .kind = (uint16_t)kind};
    m->fixed_from = next;
    return true;
}

/** A fixed host: the verdict is another one when it is the sender's domain. */
static bool note_host(struct maker *m, size_t from, size_t to)
{
    struct outline *u = &m->draft->head;
    if (u->host_count == OUTLINE_HOSTS_MAX)
        return false;
    u->hosts[u->host_count].at = (uint16_t)(m->draft->head.fixed_len + from - m->fixed_from);
    u->hosts[u->host_count++].len = (uint16_t)(to - from);
    return true;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

/** Is it a number behind letters and '-' or '_', "OFR_416", which is no code of a reply? `end` is its end. */
static bool behind_letters(const struct maker *m, size_t end)
{
    size_t from = end;
    while (from && ff_is_digit(m->text[from - 1]))
        from--;
    return from >= 2 && from < end && (m->text[from - 1] == '_' || m->text[from - 1] == '-') &&
           outline_is_letter(m->text[from - 2]);
}

/** Could the masker take a number at `at` for the number of a provider's code, by what stands before it? */
static bool may_be_kept(const struct maker *m, size_t at)
{
    bool other_chunk = false;
    size_t end = at;
    while (end && !outline_is_alnum(m->text[end - 1]) && m->text[end - 1] < 0x80)
        other_chunk |= ff_mask_is_separator(m->text[--end]);
    if (end == 0 || end == m->varying_end)
        return false;
    size_t from = end;
    while (from && outline_is_letter(m->text[from - 1]))
        from--;
    if (from == end)
        return !behind_letters(m, end);
    if (from && (outline_is_alnum(m->text[from - 1]) || m->text[from - 1] >= 0x80))
        return true; /* a name with digits: not worth a closer look */
    enum ff_keeps keeps = ff_mask_keeps_behind(m->pass->ctx, ff_slice_of(m->text + from, end - from));
    return keeps == FF_KEEPS_NEXT || keeps == FF_KEEPS_SOME || (keeps == FF_KEEPS_JOINED && !other_chunk);
}

/** Fixed words behind "user", "for", ...: the recipient's name there is masked. */
static void note_near_words(struct maker *m)
{
    struct ff_slice before = ff_slice_of(NULL, 0);
    unsigned part = 0;
    for (size_t i = 0; i < m->len;) {
        size_t from = i;
        if (part < m->draft->head.part_count && i == m->varying[part].from) {
            i = m->varying[part++].to;
            before = ff_slice_of(NULL, 0);
            continue;
        }
        while (i < m->len && outline_is_letter(m->text[i]))
            i++;
        if (i == from) {
            i++;
            continue;
        }
        struct ff_slice word = ff_slice_of(m->text + from, i - from);
        if (before.len && word.len >= 2 && ff_mask_names_a_mailbox(before)) {
            m->draft->head.near_bits |= outline_word_bit(word);
            m->draft->head.near_heads |= outline_head_bit(word.ptr[0]);
        }
        before = word;
    }
}

/* ---- chunks ----------------------------------------------------------------------------------------------------- */

static bool starts_with(const struct maker *m, size_t at, struct ff_slice what)
{
    return m->len - at >= what.len && ff_slice_caseeq(ff_slice_of(m->text + at, what.len), what);
}

static struct chunk chunk_at(const struct maker *m, size_t from)
{
    struct chunk c = {.from = from};
    size_t i = from;
    for (; i < m->len && !ff_mask_is_separator(m->text[i]); i++) {
        uint8_t b = m->text[i];
        c.colons += b == ':';
        c.at |= b == '@' || (b == 0xef && starts_with(m, i, FF_SLICE("\xef\xbc\xa0"))); /* U+FF20 */
        c.slash |= b == '/';
        c.odd |= b == '#' || b == '\\';
        c.foreign |= b >= 0x80;
    }
    c.to = i;
    return c;
}

/** "550-", "5.1.1": what is behind the code is looked at by itself. */
static bool may_begin_with_code(struct ff_slice s)
{
    size_t digits = 1;
    while (digits < s.len && ff_is_digit(s.ptr[digits]))
        digits++;
    return (digits == 1 || digits == 3) && (s.ptr[0] == '2' || s.ptr[0] == '4' || s.ptr[0] == '5');
}

/** A fixed piece between its outermost letters and digits: harmless, or noted, or too odd. */
static bool fixed_piece(struct maker *m, size_t from, size_t to)
{
    struct ff_slice s = ff_slice_of(m->text + from, to - from);
    size_t dots = 0, digits = 0, letters = 0;
    for (size_t i = 0; i < s.len; i++) {
        dots += s.ptr[i] == '.';
        digits += ff_is_digit(s.ptr[i]);
        letters += outline_is_letter(s.ptr[i]);
    }
    if (dots == 0)
        return true;
    bool number = dots + digits == s.len;
    if (ff_is_digit(s.ptr[0]) && (dots >= 3 || (letters && may_begin_with_code(s))))
        return false; /* an IP, or a code with a host behind it; "550-5.1.1" within a joined reply is only codes */
    return number || !ff_mask_is_host(s) || note_host(m, from, to);
}

/** The piece that begins at `at`, and what is left of it without the ".-_" around it, which may be nothing. Returns
 * its end. */
static size_t piece_at(const struct maker *m, size_t at, size_t *ret_from, size_t *ret_to)
{
    size_t i = at;
    *ret_from = *ret_to = at;
    for (; i < m->len && in_piece(m->text[i]); i++) {
        if (!outline_is_alnum(m->text[i]))
            continue;
        if (*ret_to == at)
            *ret_from = i;
        *ret_to = i + 1;
    }
    return i;
}

/** Nothing in it varies. */
static bool fixed_chunk(struct maker *m, const struct chunk *c)
{
    for (size_t i = c->from, from, to; i < c->to;) {
        if (!in_piece(m->text[i])) {
            i++;
            continue;
        }
        i = piece_at(m, i, &from, &to);
        if (from < to && !fixed_piece(m, from, to))
            return false;
    }
    return true;
}

/** Letters outside ASCII, folded before they are looked at: harmless when neither address, host nor IP can come out. */
static bool foreign_chunk(struct maker *m, const struct chunk *c)
{
    m->draft->head.foreign = true;
    for (size_t i = c->from; i + 1 < c->to; i++)
        if (m->text[i] == '.' || m->text[i] == ':')
            return false;
    return !c->at;
}

static bool address_chunk(struct maker *m, const struct chunk *c)
{
    size_t n;
    if (c->odd || c->slash || !outline_is_alnum(m->text[c->from]))
        return false;
    enum ff_varying kind = ff_varying_at(m->pass, m->text + c->from, &n);
    if (kind < FF_VARYING_ADDRESS || kind >= FF_VARYING_KNOWN_HOST)
        return false;
    for (size_t i = c->from + n; i < c->to; i++)
        if (outline_is_alnum(m->text[i]) || m->text[i] == '@')
            return false;
    return put_part(m, c->from, kind, c->from + n);
}

static enum ff_varying kind_of_piece(struct maker *m, size_t at, size_t *ret_len)
{
    enum ff_varying kind = ff_varying_at(m->pass, m->text + at, ret_len);
    if (kind == FF_VARYING_TIME)
        return FF_VARYING_NOT; /* more than this piece, and only a chunk of its own varies as a whole */
    bool short_enough = kind == FF_VARYING_NUMBER || (kind == FF_VARYING_LONG_NUMBER && m->pass->ctx->kept);
    return short_enough && may_be_kept(m, at) ? FF_VARYING_NOT : kind;
}

/** Is it the value of a query parameter that names a cause, "?p=NoSuchUser"? */
static bool names_a_cause(const struct maker *m, size_t at)
{
    return at >= 3 && m->text[at - 1] == '=' && (m->text[at - 2] == 'p' || m->text[at - 2] == 'c') &&
           (m->text[at - 3] == '?' || m->text[at - 3] == '&');
}

/** "https://host/path": of a host that the rules know, the letters in its path count, and what has digits does not;
 * else all of the path is nothing. `host` is where the host begins. */
static bool url_chunk(struct maker *m, const struct chunk *c, size_t host)
{
    size_t i = host, from, to, n;
    if (c->odd) /* "#550" behind a page: nothing in it varies */
        return fixed_chunk(m, c);
    for (size_t k = c->from; k < host; k++)
        if (m->text[k] == '.')
            return false; /* another host before the scheme */
    while (i < c->to && (outline_is_alnum(m->text[i]) || m->text[i] == '.' || m->text[i] == '-'))
        i++;
    const struct ff_host *e = ff_hosts_find(m->pass->ctx->hosts, ff_slice_of(m->text + host, i - host));
    if (i == c->to)
        return true;
    if (!e || !(e->list_type || e->text_provider))
        return ff_varying_path(m->text + i + 1) != c->to - i - 1 || put_part(m, i + 1, FF_VARYING_PATH, c->to);
    while (i < c->to) {
        if (!in_piece(m->text[i])) {
            i++;
            continue;
        }
        enum ff_varying kind = names_a_cause(m, i) ? FF_VARYING_NOT : kind_of_piece(m, i, &n);
        if (kind && !put_part(m, i, kind, i + n))
            return false;
        i = piece_at(m, i, &from, &to);
    }
    return true;
}

/** Pieces and what joins them, none of which the masker looks at before it has cut them apart. */
static bool simple_chunk(struct maker *m, const struct chunk *c)
{
    for (size_t i = c->from, from, to, n; i < c->to;) {
        if (!in_piece(m->text[i])) {
            i++;
            continue;
        }
        enum ff_varying kind = kind_of_piece(m, i, &n);
        size_t end = piece_at(m, i, &from, &to);
        if (kind ? !put_part(m, i, kind, i + n) : (from < to && !fixed_piece(m, from, to)))
            return false;
        i = end;
    }
    return true;
}

static bool time_chunk(struct maker *m, const struct chunk *c)
{
    size_t n;
    return outline_is_alnum(m->text[c->from]) &&
           ff_varying_at(m->pass, m->text + c->from, &n) == FF_VARYING_TIME && n == c->to - c->from;
}

/** Between two blanks: in brackets it may be more than a word. */
static bool is_open(const struct maker *m, const struct chunk *c)
{
    return m->words && m->draft->head.open_count < OUTLINE_OPEN_MAX && c->from && m->text[c->from - 1] == ' ' &&
           outline_open_word(m->words, m->pass, m->text + c->from, m->text + m->len) == c->to - c->from;
}

static bool open_chunk(struct maker *m, const struct chunk *c)
{
    m->draft->open[m->draft->head.open_count++] =
        (struct outline_word){(uint16_t)c->from, (uint16_t)(c->to - c->from)};
    return put_part(m, c->from, FF_VARYING_WORD, c->to);
}

static bool add_chunk(struct maker *m, const struct chunk *c)
{
    if (is_open(m, c))
        return open_chunk(m, c);
    if (c->foreign)
        return foreign_chunk(m, c);
    if (c->at)
        return address_chunk(m, c);
    size_t first = c->from;
    while (first < c->to && !outline_is_alnum(m->text[first]))
        first++;
    if (c->colons >= 4 || starts_with(m, first, FF_SLICE("ipv6:")))
        return false;
    for (size_t i = c->from; c->colons > 1 && i + 1 < c->to; i++)
        if (m->text[i] == ':' && m->text[i + 1] == ':')
            return false; /* an IPv6 address */
    size_t slashes = ff_slice_find(ff_slice_of(m->text + c->from, c->to - c->from), 0, FF_SLICE("://"));
    if (slashes != SIZE_MAX)
        return url_chunk(m, c, c->from + slashes + 3);
    if (c->colons == 2 && time_chunk(m, c))
        return put_part(m, c->from, FF_VARYING_TIME, c->to);
    if (c->colons > 1 || c->slash || c->odd || ff_mask_starts_www(ff_slice_of(m->text + first, c->to - first)))
        return fixed_chunk(m, c);
    return simple_chunk(m, c);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/** Angle brackets: what the masker looks for in them must not depend on how long they are, nor on quotes. */
static bool plain_brackets(const struct maker *m)
{
    for (size_t i = 0; i < m->len; i++) {
        if (m->text[i] == '\\')
            return false;
        if (m->text[i] != '<')
            continue;
        size_t k = i + 1;
        while (k < m->len && !ff_mask_is_control(m->text[k]) && m->text[k] != '<' && m->text[k] != '>' &&
               m->text[k] != '/')
            k++;
        if (k - i > 100 || (i + 1 < m->len && m->text[i + 1] == '"'))
            return false;
    }
    return true;
}

/** "smtp; ...": the type of a diagnostic, which is no part of the reply. */
static bool has_diagnostic_type(const struct maker *m)
{
    size_t i = 0;
    while (i < m->len && (outline_is_alnum(m->text[i]) || m->text[i] == '-'))
        i++;
    return i < m->len && m->text[i] == ';';
}

bool outline_make(struct outline_draft *d, struct ff_mask_pass *p, const uint8_t *text, size_t len,
                  const struct ff_word_index *words)
{
    struct maker m = {.words = words, .draft = d, .pass = p, .text = text, .len = len};
    d->head = (struct outline){.len = (uint16_t)len};
    if (!plain_brackets(&m) || has_diagnostic_type(&m))
        return false;
    for (size_t i = 0; i < len;) {
        if (ff_mask_is_separator(text[i])) {
            i++;
            continue;
        }
        const struct chunk c = chunk_at(&m, i);
        if (!add_chunk(&m, &c))
            return false;
        i = c.to;
    }
    note_near_words(&m);
    return put_part(&m, len, FF_VARYING_NOT, len);
}
