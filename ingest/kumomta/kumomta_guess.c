/* kumomta_guess.c: which key stands behind which, learnt from the records before.
 *
 * KumoMTA writes the members it knows in a fixed order; between them stand those of an operator's meta and headers, in
 * an order that is his. All of them are guessed alike: a key that stood somewhere once, known or not, is kept as it was
 * written, together with what is to be done with its value. Behind each stand two: the last one and the one before,
 * because KumoMTA writes meta in any order. So a record like the last one needs no look at the table of keys, and no
 * key in it is searched for its end. A guess is only ever what the bytes are compared with: a wrong one costs a call
 * of this file.
 *
 * The room is fixed, and what is new takes the place of what is oldest: keys that never come again (a header whose
 * name is a random number) can only make the walk slow.
 */
#include "ingest/kumomta/kumomta_guess.h"

void ff_kumomta_guesses_init(struct ff_kumomta_guesses *g)
{
    memset(g, 0, sizeof *g);
    g->start.next = g->start.other = g->too_long.next = g->too_long.other = &g->list[0];
    for (size_t i = 0; i < FF_KUMO_GUESSES; i++) {
        g->list[i].next = g->list[i].other = &g->list[0];
        g->list[i].in = FF_KUMO_OBJECTS; /* nothing stands there */
    }
}

static void describe(struct ff_kumomta_guesses *g, struct ff_kumomta_fields *fields, enum ff_kumomta_object in,
                     struct ff_slice name, struct ff_kumomta_guess *ret)
{
    size_t i = ff_kumomta_key_find(in, name);
    ret->in = (uint8_t)in;
    ret->what = FF_KUMO_IS_FOREIGN;
    ret->bit = 0;
    ret->quote = 0;
    ret->to.text = &g->unread;
    if (i == FF_KUMO_KEYS)
        return;
    const struct ff_kumomta_key *key = &ff_kumomta_keys[i];
    ret->what = key->what;
    ret->bit = UINT64_C(1) << i;
    if (key->what == FF_KUMO_IS_OBJECT)
        ret->opens = key->index;
    else if (key->what == FF_KUMO_IS_NUMBER)
        ret->to.number = &fields->number[key->index];
    else
        ret->to.text = &fields->text[key->index];
}

/* A place in g->slots; `written` is not shorter than a quote, a quote and a colon. */
static size_t slot_of(enum ff_kumomta_object in, struct ff_slice written)
{
    const uint8_t *p = written.ptr;
    return (p[1] + 7u * p[written.len / 2] + 31u * p[written.len - 3] + 64u * in + written.len) % 256;
}

static bool is_it(const struct ff_kumomta_guess *one, enum ff_kumomta_object in, struct ff_slice written)
{
    return one->in == in && one->len == written.len && memcmp(one->text, written.ptr, written.len) == 0;
}

static struct ff_kumomta_guess *find(struct ff_kumomta_guesses *g, enum ff_kumomta_object in, struct ff_slice written)
{
    struct ff_kumomta_guess *one = &g->list[g->slots[slot_of(in, written)]];
    if (is_it(one, in, written))
        return one;
    for (size_t i = 0; i < FF_KUMO_GUESSES; i++) {
        if (is_it(&g->list[i], in, written))
            return &g->list[i];
    }
    return NULL;
}

struct ff_kumomta_guess *ff_kumomta_guess_learn(struct ff_kumomta_guesses *g, struct ff_kumomta_fields *fields,
                                                enum ff_kumomta_object in, struct ff_slice written,
                                                struct ff_slice name, struct ff_kumomta_guess *before)
{
    if (written.len >= sizeof g->list->text) {
        describe(g, fields, in, name, &g->too_long);
        return &g->too_long;
    }
    struct ff_kumomta_guess *one = find(g, in, written);
    if (!one) {
        one = &g->list[g->made++ % FF_KUMO_GUESSES];
        memset(one->text, 0, sizeof one->text);
        memcpy(one->text, written.ptr, written.len);
        one->len = (uint8_t)written.len;
        one->ignore = UINT32_MAX << written.len;
        describe(g, fields, in, name, one);
    }
    g->slots[slot_of(in, written)] = (uint8_t)(one - g->list);
    if (before->next != one)
        before->other = before->next;
    before->next = one;
    return one;
}
