/* selection.h: which entries are meant: by when their evidence happened, and by what it says. The options of
 * `export` and `release`. */
#ifndef FF_CLI_SELECTION_H
#define FF_CLI_SELECTION_H

#include "cli/options/options_table.h"
#include "cli/suppressions/tally.h"
#include "suppress/suppress.h"

struct ff_selection_options {
    const char *since, *until, *reply;
    struct ff_option_list category, provider, rule, mx, sending_ip, domain;
};

#define FF_SELECTION_LIST(where, option, member, placeholder, text) \
    {.name = option, .type = FF_OPTION_LIST, .value = placeholder, .offset = offsetof(where, which.member), \
     .help = text}
#define FF_SELECTION_ROWS(where)                                                                                \
    {.name = "since", .type = FF_OPTION_STRING, .value = "TIME", .offset = offsetof(where, which.since),        \
     .help = "nothing that counts happened before TIME: 2026-11-24T21:00Z, or 2h, 3d ago"},                     \
        {.name = "until", .type = FF_OPTION_STRING, .value = "TIME", .offset = offsetof(where, which.until),    \
         .help = "all that counts happened before TIME"},                                                       \
        FF_SELECTION_LIST(where, "category", category, "NAME", "of this category, or of one of these"),         \
        FF_SELECTION_LIST(where, "provider", provider, "NAME", "of this provider, as results call it: google"), \
        FF_SELECTION_LIST(where, "rule", rule, "ID", "judged by this rule"),                                    \
        FF_SELECTION_LIST(where, "mx", mx, "HOST", "refused by this host, or by one below it: google.com"),     \
        FF_SELECTION_LIST(where, "sending-ip", sending_ip, "IP", "sent from this address of ours"),             \
        FF_SELECTION_LIST(where, "domain", domain, "NAME", "addresses at this domain"),                         \
    {                                                                                                           \
        .name = "reply", .type = FF_OPTION_STRING, .value = "TEXT", .offset = offsetof(where, which.reply),     \
        .help = "the reply has TEXT in it, in upper or lower case"                                              \
    }

struct ff_selection {
    const struct ff_selection_options *options; /* borrowed */
    int64_t since_us, until_us;                 /* 0: not given */
    bool any;                                   /* nothing is given: every entry is meant */
    struct ff_tally *providers;                 /* of the entries asked about; NULL: no --provider is given */
};

/** 0 and ff_selection_fini() afterwards, or a status with a message: 64 no time, no such category, no IP address, an
 * empty name, --since not before --until; 71 memory is short. */
FF_MUST_CHECK int ff_selection_read(const struct ff_selection_options *options, struct ff_selection *ret);
void ff_selection_fini(struct ff_selection *sel);

/** Is the entry meant? What an option asks for and an entry does not say (an entry by hand has no reply) is not it. */
bool ff_selection_has(const struct ff_selection *sel, const struct ff_suppression *s);
/** A line on stderr for each --provider that none of the entries asked about is of, with the names that they have: the
 * rules of ingest and the logs name providers, so which there are only the list itself knows. */
void ff_selection_tell_unknown(const struct ff_selection *sel);

#endif
