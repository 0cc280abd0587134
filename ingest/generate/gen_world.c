/* gen_world.c: see gen_world.h.
 *
 * Randomness is a hash of (seed, draw, index), not a stream of numbers, so that each decision stands by itself: adding
 * one does not change all others, and an event can be planned without those before it.
 */
#include "ingest/generate/gen_world.h"

#include <stdio.h>

uint64_t gen_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t gen_chance(const struct gen_options *o, enum gen_draw draw, uint64_t index)
{
    return gen_mix(gen_mix(o->seed * 64 + draw) ^ index);
}

static const char *const tenants[GEN_TENANTS] = {"acme",    "papeterie", "nordlicht", "kiosk",   "tienda",  "orchard",
                                                 "verlag", "velo",      "bakehouse", "librairie", "campus", "gallery"};
static const char *const streams[GEN_STREAMS] = {"transactional", "marketing", "alerts"};
static const char *const sender_domains[GEN_TENANTS] = {
    "rp.acme.example",   "ret.papeterie.example", "b.nordlicht.example", "m.kiosk.example",
    "rp.tienda.example", "r.orchard.example",
    "rp.verlag.example", "b.velo.example",        "m.bakehouse.example", "b.librairie.example",
    "rp.campus.example", "m.gallery.example"};

const char *gen_tenant_name(uint32_t tenant)
{
    return tenants[tenant % GEN_TENANTS];
}

const char *gen_stream_name(uint32_t stream)
{
    return streams[stream % GEN_STREAMS];
}

const char *gen_sender_domain(uint32_t tenant)
{
    return sender_domains[tenant % GEN_TENANTS];
}

uint32_t gen_tenant_of(const struct gen_options *o, uint64_t address, bool second)
{
    uint64_t h = gen_chance(o, GEN_DRAW_TENANT, address);
    uint32_t first = (uint32_t)(h % GEN_TENANTS);
    if (second && (h >> 32) % 20 == 0)
        return (first + 1 + (uint32_t)((h >> 40) % (GEN_TENANTS - 1))) % GEN_TENANTS;
    return first;
}

const struct gen_receiver *gen_receiver_of(const struct gen_options *o, uint64_t address)
{
    /* the smaller of two draws: the first receivers, the big mailbox providers, get more of the mail */
    uint64_t h = gen_chance(o, GEN_DRAW_ADDRESS, address);
    size_t a = (size_t)(h % gen_receiver_count), b = (size_t)((h >> 32) % gen_receiver_count);
    return &gen_receivers[a < b ? a : b];
}

enum gen_fate gen_fate_of(const struct gen_options *o, uint64_t address)
{
    uint64_t r = gen_chance(o, GEN_DRAW_FATE, address) % 1000;
    if (r < 30)
        return GEN_FATE_DEAD;
    if (r < 38)
        return GEN_FATE_INACTIVE;
    if (r < 40)
        return GEN_FATE_SYNTAX;
    if (r < 80)
        return GEN_FATE_TIGHT;
    return r < 280 ? GEN_FATE_ODD : GEN_FATE_ALIVE;
}

bool gen_on_its_day(const struct gen_options *o, uint64_t address, int64_t time_us, unsigned days)
{
    uint64_t h = gen_chance(o, GEN_DRAW_DAY, address);
    uint64_t today = (uint64_t)(time_us / GEN_DAY_US - o->start_us / GEN_DAY_US);
    for (unsigned i = 0; i < days; i++) {
        if (today == (h >> (16 * i)) % (o->days + 1))
            return true;
    }
    return false;
}

void gen_address(const struct gen_options *o, uint64_t address, bool upper, char *ret)
{
    static const char *const first[] = {"anna",  "bruno", "carla", "dmitri", "elena", "farid", "greta", "hugo",
                                        "ines",  "jonas", "kemal", "lucia",  "marie", "nils",  "olga",  "pavel"};
    static const char *const last[] = {"schmidt", "moreau", "rossi", "garcia", "novak", "lind",  "costa",  "weber",
                                       "dubois",  "silva",  "kowal", "jansen", "peter", "ortiz", "fischer", "marin"};
    uint64_t h = gen_chance(o, GEN_DRAW_NAME, address);
    static const char *const shapes[] = {"%s.%s%llu@%s", "%s_%s.%llu@%s", "%s%s%llu@%s", "%s+%s-%llu@%s"};
    const struct gen_receiver *r = gen_receiver_of(o, address);
    /* the serial number makes addresses distinct whatever the names */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (h % 97 == 0)
        snprintf(ret, 128, "\"%s %s %llu\"@%s", first[(h >> 8) % 16], last[(h >> 16) % 16], (unsigned long long)address,
                 r->domain);
    else
        snprintf(ret, 128, shapes[(h >> 4) % 4], first[(h >> 8) % 16], last[(h >> 16) % 16],
                 (unsigned long long)address, r->domain);
#pragma GCC diagnostic pop
    if (!upper)
        return;
    for (char *c = ret; *c && *c != '@'; c++) {
        if ((c == ret || c[-1] == '.' || c[-1] == '_') && *c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
}
