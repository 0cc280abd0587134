/* mask_contexts.h: what the masker's tests and fuzzers say is known of a delivery. */
#ifndef FF_TESTS_MASK_CONTEXTS_H
#define FF_TESTS_MASK_CONTEXTS_H

#include "classify/mask/mask.h"

struct known_delivery {
    const char *mail_from, *recipient, *ip;
    uint32_t code, enhanced;
};

/** Words that rules of one's own name; the same ones each time. */
static inline const struct ff_kept_words *mask_kept_words(void)
{
    static const char *const words[] = {"e1234", "a1", "x_1", "4f3a", "zk 4711", "error 17", "smith 12345678", "zk 450"};
    static struct ff_kept_words kept;
    for (size_t i = kept.count ? sizeof words / sizeof *words : 0; i < sizeof words / sizeof *words; i++)
        if (!ff_kept_words_add(&kept, ff_slice_str(words[i])))
            return NULL;
    return &kept;
}

static inline struct ff_mask_context mask_context_of(const struct ff_hosts *hosts, const struct known_delivery *d)
{
    return (struct ff_mask_context){.hosts = hosts,
                                    .mail_from = ff_slice_str(d->mail_from),
                                    .recipient = ff_slice_str(d->recipient),
                                    .sending_ip = ff_slice_str(d->ip),
                                    .code = d->code,
                                    .enhanced = d->enhanced};
}

/** For fuzzers: as the bits of a byte say; recipient and sender are taken from the text itself, so that they occur in
 * it. */
static inline struct ff_mask_context mask_context_by(const struct ff_hosts *hosts, uint8_t how, struct ff_slice text)
{
    struct ff_mask_context ctx = {.hosts = hosts};
    if (how & 1)
        ctx.recipient = ff_slice_sub(text, how >> 4, (how >> 4) + 12u);
    if (how & 2)
        ctx.mail_from = ff_slice_sub(text, how >> 5, (how >> 5) + 15u);
    if (how & 4)
        ctx.sending_ip = FF_SLICE("192.0.2.10");
    if (how & 8) {
        ctx.kept = mask_kept_words(); /* what has the same code has the same rules */
        ctx.code = 550;
        ctx.enhanced = FF_ENHANCED(5, 1, 1);
    }
    return ctx;
}

#endif
