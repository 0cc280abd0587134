/* import_job.h: one import: what its steps share, and what they report. */
#ifndef FF_CLASSIFY_IMPORT_JOB_H
#define FF_CLASSIFY_IMPORT_JOB_H

#include <stdio.h>

#include "classify/import/import.h"
#include "classify/import/phrase.h"

struct ff_import_pattern {
    struct ff_slice class, text; /* into the pool */
    unsigned line;
    bool transient; /* ZoneMTA: defer, slowdown */
};

/** What the rules together say of a rule's own words. */
enum ff_import_proof { FF_IMPORT_UNTRIED, FF_IMPORT_DECIDES, FF_IMPORT_OVERRULED, FF_IMPORT_SILENT };

struct ff_import_job {
    const struct ff_import_options *opts;
    struct ff_import_report *report;
    struct ff_import_pattern *patterns;
    size_t pattern_count, pattern_size;
    uint8_t *pool;
    size_t pool_used;
    struct ff_ruleset *builtin; /* NULL: alone */
    struct ff_hosts *hosts;     /* those of the built-in rules, or none */
    struct ff_regex regex;
    struct ff_import_rule rules[FF_ALTERNATIVES_MAX]; /* of one pattern */
    size_t rule_count;
    FILE *out;
    struct ff_import_proven {
        char name[80], sample[FF_IMPORT_PHRASE_MAX + 32];
        enum ff_import_proof proof;
        uint32_t category, verdict;
        const char *held;  /* why it is a comment only (import_hold.h); NULL: it is a rule */
        char held_for[80]; /* the rule or category that is in its way */
    } * proven; /* one per rule written */
    size_t proven_count, proven_size;
    size_t number; /* of the rule that is being written */
    /* not the first writing: patterns and losses are counted, what the rules say of each other is known */
    bool again;
    bool short_of_memory;
};

/** Counts a reason; `what` is constant text. */
void ff_import_count(struct ff_import_job *im, const char *what, enum ff_import_fate fate);
/** Leaves the pattern out: says so in the file, and counts it. */
void ff_import_leave(struct ff_import_job *im, const char *why);
/** Ends the import with this message; `line` of the text, 0: of none. Returns err. */
enum ff_err ff_import_refuse(struct ff_import_job *im, enum ff_err err, unsigned line, const char *what);

#endif
