/* domain_map.c: see domain_map.h. Sorted entries; a look-up tries the domain, then what is left behind each of its
 * dots. */
#include "ingest/decode/domain_map.h"

#include <stdlib.h>

#include "proto/address.h"

/* Lower-case A-labels of `domain`; 0: it is none. */
static size_t canonical(struct ff_slice domain, uint8_t key[FF_ADDRESS_KEY_MAX])
{
    uint8_t address[FF_ADDRESS_KEY_MAX];
    size_t len;
    if (domain.len && domain.ptr[domain.len - 1] == '.')
        domain.len--;
    if (domain.len == 0 || domain.len > FF_ADDRESS_BYTES_MAX)
        return 0;
    if (ff_slice_is_ascii(domain)) {
        for (size_t i = 0; i < domain.len; i++)
            key[i] = domain.ptr[i] >= 'A' && domain.ptr[i] <= 'Z' ? domain.ptr[i] | 0x20 : domain.ptr[i];
        return domain.len;
    }
    memcpy(address, "x@", 2);
    memcpy(address + 2, domain.ptr, domain.len);
    if (ff_address_key(ff_slice_of(address, domain.len + 2), key, &len) != FF_OK)
        return 0;
    memmove(key, key + 2, len - 2);
    return len - 2;
}

/* Index of the first entry that is not before `domain`. */
static size_t place(const struct ff_domain_map *m, struct ff_slice domain)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ff_slice_order(m->entries[middle].domain, domain) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct ff_domain_map *m, size_t i, struct ff_slice domain)
{
    return i < m->count && ff_slice_eq(m->entries[i].domain, domain);
}

/* Letters, digits, hyphens and underscores between single dots: what else an operator types is a mistake. */
static bool is_domain(struct ff_slice key)
{
    bool dot = true; /* none may begin it, nor follow another */
    for (size_t i = 0; i < key.len; i++) {
        uint8_t c = key.ptr[i];
        if (c == '.' ? dot : !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
        dot = c == '.';
    }
    return !dot;
}

enum ff_err ff_domain_map_add(struct ff_domain_map *m, struct ff_slice domain, struct ff_slice value)
{
    uint8_t key[FF_ADDRESS_KEY_MAX];
    if (domain.len && domain.ptr[0] == '.')
        domain = ff_slice_sub(domain, 1, domain.len);
    struct ff_slice wanted = ff_slice_of(key, canonical(domain, key));
    if (!is_domain(wanted))
        return FF_ERR_SYNTAX;
    size_t i = place(m, wanted);
    if (is_at(m, i, wanted))
        return ff_slice_eq(m->entries[i].value, value) ? FF_OK : FF_ERR_CONFIG;
    struct ff_domain_entry *entries = realloc(m->entries, (m->count + 1) * sizeof *entries);
    if (entries)
        m->entries = entries;
    uint8_t *copy = entries ? malloc(wanted.len + value.len) : NULL;
    if (!copy)
        return FF_ERR_NOMEM;
    memcpy(copy, key, wanted.len);
    if (value.len)
        memcpy(copy + wanted.len, value.ptr, value.len);
    memmove(entries + i + 1, entries + i, (m->count - i) * sizeof *entries);
    entries[i] = (struct ff_domain_entry){ff_slice_of(copy, wanted.len), ff_slice_of(copy + wanted.len, value.len)};
    m->count++;
    return FF_OK;
}

void ff_domain_map_fini(struct ff_domain_map *m)
{
    for (size_t i = 0; i < m->count; i++)
        free((void *)(uintptr_t)m->entries[i].domain.ptr);
    free(m->entries);
    *m = (struct ff_domain_map){NULL, 0};
}

const struct ff_slice *ff_domain_map_find(const struct ff_domain_map *m, struct ff_slice domain)
{
    uint8_t key[FF_ADDRESS_KEY_MAX];
    if (!m || m->count == 0)
        return NULL;
    struct ff_slice rest = ff_slice_of(key, canonical(domain, key));
    while (rest.len) {
        size_t i = place(m, rest), dot = ff_slice_chr(rest, 0, '.');
        if (is_at(m, i, rest))
            return &m->entries[i].value;
        rest = dot == SIZE_MAX ? (struct ff_slice){NULL, 0} : ff_slice_sub(rest, dot + 1, rest.len);
    }
    return NULL;
}
