/* ingest_rules.c: the rules of the service: read at start, read again on SIGHUP, handed to the workers.
 *
 * The main thread compiles new rules while the workers go on with the old ones; each worker takes them between two
 * cycles (follow_rules() in worker.c). Whoever still uses the old ones keeps them; the last one frees them.
 */
#include "ingest/service/ingest_int.h"
#include "proto/message.h"

static int built_in_rules(struct ff_ingest_run *run, struct ff_rulebook **ret)
{
    char message[FF_KAFKA_TEXT_MAX];
    struct ff_ruleset *rules;
    if (ff_ruleset_load((struct ff_slice){0}, NULL, &rules, message, sizeof message) != FF_OK)
        return ff_kafka_say(run->voice, FF_EXIT_SOFTWARE, "%s", message);
    *ret = ff_rulebook_new(run->rule_names, rules, NULL);
    return *ret ? FF_EXIT_OK : ff_kafka_say(run->voice, FF_EXIT_OSERR, "memory is short");
}

static int read_rules(struct ff_ingest_run *run, struct ff_rulebook **ret)
{
    const struct ff_ingest_options *o = run->opts;
    return o->open_rules ? o->open_rules(o->rules_ctx, run->rule_names, ret) : built_in_rules(run, ret);
}

int ff_ingest_rules_open(struct ff_ingest_run *run)
{
    run->reload_seen = run->opts->reload ? *run->opts->reload : 0;
    return read_rules(run, &run->rules);
}

void ff_ingest_rules_reload(struct ff_ingest_run *run)
{
    struct ff_rulebook *book = NULL, *old = NULL;
    char title[FF_RULESET_TITLE_MAX];
    if (!run->opts->reload || *run->opts->reload == run->reload_seen)
        return;
    run->reload_seen = *run->opts->reload; /* before reading: a signal that comes meanwhile means "once more" */
    bool good = read_rules(run, &book) == FF_EXIT_OK;
    pthread_mutex_lock(&run->rules_lock);
    if (good) {
        old = run->rules;
        run->rules = book;
        run->reloads++;
        atomic_fetch_add(&run->rules_generation, 1);
    } else {
        run->reload_failures++;
    }
    pthread_mutex_unlock(&run->rules_lock);
    ff_rulebook_drop(old);
    if (good)
        ff_message(FF_SEVERITY_INFO, run->voice->program, "rules %s from now on", ff_ruleset_title(book->live, title));
    else
        ff_kafka_say(run->voice, 0, "the rules stay as they were");
}

struct ff_rulebook *ff_ingest_rules(struct ff_ingest_run *run, uint32_t *ret_generation)
{
    pthread_mutex_lock(&run->rules_lock);
    struct ff_rulebook *book = ff_rulebook_keep(run->rules);
    *ret_generation = atomic_load(&run->rules_generation);
    pthread_mutex_unlock(&run->rules_lock);
    return book;
}

void ff_ingest_rules_status(struct ff_ingest_run *run, struct ff_rules_status *ret)
{
    pthread_mutex_lock(&run->rules_lock);
    *ret = (struct ff_rules_status){.names = run->rule_names,
                                    .reloads = run->reloads,
                                    .reload_failures = run->reload_failures};
    ff_rules_status_of(ret, run->rules);
    pthread_mutex_unlock(&run->rules_lock);
}
