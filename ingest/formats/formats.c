/* formats.c: a format is added with its decoder here and its name in formats.h, and nowhere else. */
#include "ingest/formats/formats.h"

#include "ingest/kumomta/decode_kumomta.h"
#include "ingest/own/decode_own.h"
#include "ingest/postfix/decode_postfix.h"

const struct ff_decoder_ops *const ff_decoders[FF_FORMATS + 1] = {&ff_decoder_packed, &ff_decoder_json,
                                                                  &ff_decoder_kumomta, &ff_decoder_postfix, NULL};

const struct ff_decoder_ops *ff_decoder_find(struct ff_slice name)
{
    for (size_t i = 0; ff_decoders[i]; i++) {
        if (ff_slice_eq(name, ff_slice_str(ff_decoders[i]->name)))
            return ff_decoders[i];
    }
    return NULL;
}

size_t ff_decoder_number(const struct ff_decoder_ops *format)
{
    size_t i = 0;
    while (ff_decoders[i] != format)
        i++;
    return i;
}
