/* kumomta_guess.h: which key stands behind which, learnt from the records before. */
#ifndef FF_INGEST_KUMOMTA_GUESS_H
#define FF_INGEST_KUMOMTA_GUESS_H

#include "ingest/kumomta/kumomta_members.h"

/* A key that was seen, known or not, as it was written: what stands between a comma (or bracket) and the value. */
struct ff_kumomta_guess {
    char text[32];                 /* up to the colon; zeros */
    struct ff_kumomta_guess *next;  /* what stood behind it last */
    struct ff_kumomta_guess *other; /* and before that: an operator's members come in any order */
    union {
        struct ff_slice *text;
        int64_t *number;
    } to;            /* where its value goes */
    uint64_t bit;    /* 1 << its index in ff_kumomta_keys; 0: a foreign one */
    uint32_t ignore; /* bits of the 32 bytes that are none of it */
    uint8_t len;     /* of the text */
    uint8_t in;      /* enum ff_kumomta_object */
    uint8_t what;    /* enum ff_kumomta_what */
    union {
        uint8_t opens; /* enum ff_kumomta_object, of FF_KUMO_IS_OBJECT */
        uint8_t rest;  /* of FF_KUMO_IS_STEADY: bytes of the last text in the step that has its end */
    };
    uint32_t quote; /* of FF_KUMO_IS_STEADY: 1 << rest */
};

/* The members of a record with what an operator adds in meta and headers, as a few writers order and space them. */
#define FF_KUMO_GUESSES 128u

/* What the walk has learnt of the order of members. */
struct ff_kumomta_guesses {
    struct ff_kumomta_guess list[FF_KUMO_GUESSES];
    uint8_t slots[256];               /* by a hash of what is written: where in the list it may be */
    struct ff_kumomta_guess start;    /* stands before the first member */
    struct ff_kumomta_guess too_long; /* the last key that is longer than a guess */
    struct ff_slice unread;           /* where foreign texts go */
    uint32_t made;                    /* guesses so far; the next one takes the place of the oldest */
};

void ff_kumomta_guesses_init(struct ff_kumomta_guesses *g);
/** The guess for a key that stands behind `before`, instead of the one that stood there last.
 * @param fields  where values of known keys go; the same at each call
 * @param written  the key with all from the comma or bracket before it to its colon
 * @param name  the key itself; it has no escapes
 * @return valid until the next call */
struct ff_kumomta_guess *ff_kumomta_guess_learn(struct ff_kumomta_guesses *g, struct ff_kumomta_fields *fields,
                                                enum ff_kumomta_object in, struct ff_slice written,
                                                struct ff_slice name, struct ff_kumomta_guess *before);

#endif
