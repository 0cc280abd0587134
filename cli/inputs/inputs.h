/* inputs.h: what the subcommands share about what goes in: the stream map, names, rules, reading a source to its end. */
#ifndef FF_CLI_INPUTS_H
#define FF_CLI_INPUTS_H

#include "classify/classify.h"
#include "cli/options/options_table.h"
#include "cli/output/output.h"
#include "ingest/decode/decode.h"
#include "ingest/files/source_file.h"
#include "ingest/pipeline/rulebook.h"

#define FF_RULES_BYTES_MAX (4u << 20)

/** Sorted NAME=STREAM pairs; at most FF_STREAM_MAP_MAX. */
#define FF_STREAM_MAP_MAX 4096
struct ff_stream_map {
    struct ff_stream_pair {
        struct ff_slice name, stream;
    } *pairs;
    size_t count;
};
/** From repeated --stream-map NAME=STREAM. 0, or 64 with a message. */
FF_MUST_CHECK int ff_stream_map_init(struct ff_stream_map *m, const struct ff_option_list *list);
void ff_stream_map_fini(struct ff_stream_map *m);
/** For ff_decode_options: ctx is a struct ff_stream_map. Empty when the name is not in the map. */
struct ff_slice ff_stream_map_find(void *ctx, struct ff_slice name);

/** Decode options from what the user gave; `map` is borrowed. Reads the clock. */
int ff_default_tenant_check(const char *name); /* 0; 64 with a message */
struct ff_decode_options ff_inputs_decode_options(const char *default_tenant, uint64_t year, struct ff_stream_map *map);

/** Bit per enum ff_vendor, from repeated --names (FF_VENDOR_CHOICES: the table lets no other word pass). */
unsigned ff_vendors_of(const struct ff_option_list *names);

/** The rules in a file, or the built-in ones (path NULL). 0; 66 or 78 with a message. */
FF_MUST_CHECK int ff_rules_open(const char *path, struct ff_ruleset **ret);
/** The rules in force: of --rules (NULL: built-in) and --shadow-rules (NULL: none). 0; 66, 70 or 78 with a message. */
FF_MUST_CHECK int ff_rulebook_open(struct ff_rule_names *names, const char *rules, const char *shadow_rules,
                                   struct ff_rulebook **ret);

/** Exit status and message for a source that is broken: 65 damaged data, 74 a read error. */
int ff_source_failed(const struct ff_source *s);
/** Opens, or says why not: 66, 77. What the source has to warn of goes to stderr. */
FF_MUST_CHECK int ff_source_start(const struct ff_source_options *opts, struct ff_source **ret);

/** What is done with a record. A status other than 0 ends the reading with it (its message has been printed). */
typedef int ff_source_record_fn(void *ctx, const struct ff_record *record);
/**
 * Reads an input to its end, waiting where nothing comes yet.
 * @param path  NULL or "-": stdin
 * @param out   flushed before every wait: whoever reads us sees all there is while nothing comes; when nobody does any
 *              more, the reading ends early. NULL: nothing is written while reading
 * @return 0, the status of `record`, or a status with a message: 65, 66, 74, 77
 */
FF_MUST_CHECK int ff_source_read_all(const char *path, enum ff_framing framing, struct ff_output *out,
                                     ff_source_record_fn *record, void *ctx);
/** The same of a file that is read again afterwards: warnings are left to that. */
FF_MUST_CHECK int ff_source_try_all(const char *path, enum ff_framing framing, ff_source_record_fn *record, void *ctx);

/** Waits for input or `timeout_ms`, whichever is first; returns early when a signal came. */
void ff_inputs_wait(struct ff_source *const *sources, size_t count, int timeout_ms);

#endif
