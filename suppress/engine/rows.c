/* rows.c: keys and headers of what lies in the store (engine_int.h). */
#include "suppress/engine/engine_int.h"

static bool name_fits(struct ff_slice s, size_t max)
{
    return s.len && s.len <= max && !ff_slice_has_control(s);
}

enum ff_err ff_key_make(struct ff_slice tenant, struct ff_slice scope, struct ff_slice address_key,
                        uint8_t ret_key[FF_KEY_BYTES_MAX], size_t *ret_len)
{
    if (!name_fits(tenant, FF_TENANT_BYTES_MAX) || !name_fits(scope, FF_TENANT_BYTES_MAX) ||
        !name_fits(address_key, FF_ADDRESS_KEY_MAX))
        return FF_ERR_SYNTAX;
    uint8_t *p = ret_key;
    memcpy(p, tenant.ptr, tenant.len);
    p += tenant.len;
    *p++ = FF_KEY_SEPARATOR;
    memcpy(p, scope.ptr, scope.len);
    p += scope.len;
    *p++ = FF_KEY_SEPARATOR;
    memcpy(p, address_key.ptr, address_key.len);
    *ret_len = (size_t)(p - ret_key) + address_key.len;
    return FF_OK;
}

bool ff_key_split(struct ff_slice key, struct ff_slice *ret_tenant, struct ff_slice *ret_scope,
                  struct ff_slice *ret_address_key)
{
    size_t a = ff_slice_chr(key, 0, FF_KEY_SEPARATOR);
    size_t b = a == SIZE_MAX ? SIZE_MAX : ff_slice_chr(key, a + 1, FF_KEY_SEPARATOR);
    if (b == SIZE_MAX)
        return false;
    *ret_tenant = ff_slice_sub(key, 0, a);
    *ret_scope = ff_slice_sub(key, a + 1, b);
    *ret_address_key = ff_slice_sub(key, b + 1, key.len);
    return name_fits(*ret_tenant, FF_TENANT_BYTES_MAX) && name_fits(*ret_scope, FF_TENANT_BYTES_MAX) &&
           name_fits(*ret_address_key, FF_ADDRESS_KEY_MAX);
}

int32_t ff_key_partition(struct ff_slice key, int32_t count)
{
    struct ff_slice tenant, scope, address_key;
    if (!ff_key_split(key, &tenant, &scope, &address_key))
        return -1;
    return (int32_t)ff_address_partition(tenant, address_key, (uint32_t)count);
}

struct ff_slice ff_row_key(char prefix, struct ff_slice key, uint8_t buf[FF_ROW_KEY_MAX])
{
    size_t n = key.len < FF_KEY_BYTES_MAX ? key.len : FF_KEY_BYTES_MAX;
    buf[0] = (uint8_t)prefix;
    if (n)
        memcpy(buf + 1, key.ptr, n);
    return ff_slice_of(buf, 1 + n);
}

struct ff_slice ff_index_prefix(struct ff_slice tenant, struct ff_slice address_key, uint8_t buf[FF_ROW_KEY_MAX])
{
    uint8_t *p = buf;
    *p++ = 'I';
    memcpy(p, tenant.ptr, tenant.len);
    p += tenant.len;
    *p++ = FF_KEY_SEPARATOR;
    memcpy(p, address_key.ptr, address_key.len);
    p += address_key.len;
    *p++ = FF_KEY_SEPARATOR;
    return ff_slice_of(buf, (size_t)(p - buf));
}

void ff_put_be64(uint64_t v, uint8_t buf[8])
{
    for (unsigned i = 0; i < 8; i++)
        buf[i] = (uint8_t)(v >> (56 - 8 * i));
}

uint64_t ff_get_be64(const uint8_t *buf)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | buf[i];
    return v;
}

size_t ff_input_place_encode(const struct ff_input_place *place, uint8_t buf[FF_INPUT_PLACE_BYTES])
{
    ff_put_be64((uint64_t)place->next, buf);
    if (place->seen_at < 0 && !place->cluster)
        return 8;
    ff_put_be64((uint64_t)place->seen_at, buf + 8);
    ff_put_be64(place->seen, buf + 16);
    ff_put_be64(place->cluster, buf + 24);
    return FF_INPUT_PLACE_BYTES;
}

struct ff_input_place ff_input_place_decode(struct ff_slice in)
{
    struct ff_input_place place = {.next = -1, .seen_at = -1};
    if (in.len != 8 && in.len != FF_INPUT_PLACE_BYTES)
        return place;
    place.next = (int64_t)ff_get_be64(in.ptr);
    if (in.len == 8)
        return place;
    place.seen_at = (int64_t)ff_get_be64(in.ptr + 8);
    place.seen = ff_get_be64(in.ptr + 16);
    place.cluster = ff_get_be64(in.ptr + 24);
    return place;
}

struct ff_slice ff_outbox_key(uint64_t sequence, uint8_t buf[9])
{
    buf[0] = 'O';
    ff_put_be64(sequence, buf + 1);
    return ff_slice_of(buf, 9);
}

enum ff_err ff_row_decode(struct ff_slice in, struct ff_row *ret)
{
    uint64_t kind, partition, sequence, version;
    size_t pos = 0;
    if (!ff_wire_varint(in, &pos, &kind) || !ff_wire_varint(in, &pos, &partition) ||
        !ff_wire_varint(in, &pos, &sequence) || !ff_wire_varint(in, &pos, &version))
        return FF_ERR_TRUNCATED;
    if (kind > FF_ROW_REPLICA || partition > FF_PARTITION_MAX + 1)
        return FF_ERR_SYNTAX;
    *ret = (struct ff_row){(enum ff_row_kind)kind, (int32_t)partition - 1, sequence, version,
                           ff_slice_sub(in, pos, in.len)};
    return FF_OK;
}

struct ff_published ff_published_of(const struct ff_suppression *s)
{
    return (struct ff_published){s->state, s->reason, s->has_evidence ? s->evidence.category : 0};
}
