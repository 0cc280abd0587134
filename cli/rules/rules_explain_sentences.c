/* rules_explain_sentences.c: why the verdict is what it is: which rule decides, whether it suppresses, and what would
 * have to be different for it to do so. */
#include "cli/rules/rules_explain_sentences.h"

#include "cli/rules/rules_days.h"

static const char *layer_meaning(const char *layer)
{
    static const struct {
        const char *layer, *meaning;
    } layers[] = {
        {"short", "a provider's own code for this cause"},
        {"veto", "words that make the sender the subject"},
        {"listing", "words about a list, a rate or harvesting, which say more than the code"},
        {"table", "words and codes that mean this together"},
        {"text", "wording that names this cause"},
        {"vague", "wording that names no cause"},
        {"prior", "nothing but a code"},
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (strcmp(layers[i].layer, layer) == 0)
            return layers[i].meaning;
    return "";
}

/** What would have to be different about the words of a hint, by where it asks for them. */
static const char *not_there(const char *where)
{
    static const struct {
        const char *where, *change;
    } places[] = {
        {"before", "did not stand directly before those that say that the address is dead"},
        {"behind", "did not stand directly behind those that say that the address is dead"},
        {"noun-follows", "were not said of the noun behind them"},
    };
    for (size_t i = 0; where && i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i].where, where) == 0)
            return places[i].change;
    return "were not there";
}

/** "rule NAME, CATEGORY" */
static void put_rule(struct ff_json_out *o, const struct ff_fired_rule *e)
{
    ff_text_format(o, "%s ", e->category ? "rule" : "hint");
    put_slice(o, e->rule);
    if (e->category)
        ff_text_format(o, ", %s", ff_category_name(e->category));
}

/** Several rules may rest on the same words: they are named together, at the first of them. */
static bool same_words(const struct explain *x, const struct ff_change *a, const struct ff_change *b)
{
    return a->kind == FF_CHANGE_EVIDENCE && b->kind == FF_CHANGE_EVIDENCE &&
           ff_slice_eq(x->why.evidence[a->evidence].words, x->why.evidence[b->evidence].words);
}

static void put_evidence_change(const struct explain *x, struct ff_json_out *o, const struct ff_change *changes,
                                size_t count, size_t at)
{
    const struct ff_fired_rule *e = &x->why.evidence[changes[at].evidence];
    if (e->words.len) {
        ff_text_put(o, "the words \"");
        put_slice(o, e->words);
        ff_text_format(o, "\" %s (", not_there(e->where));
    } else {
        ff_text_put(o, "the codes did not say otherwise (");
    }
    put_rule(o, e);
    for (size_t i = at + 1; i < count; i++)
        if (same_words(x, &changes[at], &changes[i])) {
            ff_text_put(o, "; ");
            put_rule(o, &x->why.evidence[changes[i].evidence]);
        }
    ff_text_put(o, ")");
}

void ff_explain_put_change(const struct explain *x, struct ff_json_out *o, const struct ff_change *changes,
                           size_t count, size_t at)
{
    switch (changes[at].kind) {
    case FF_CHANGE_EVIDENCE:
        put_evidence_change(x, o, changes, count, at);
        break;
    case FF_CHANGE_CODE:
        ff_text_put(o, "every code in it were permanent (5xx, 5.x.x)");
        break;
    case FF_CHANGE_STAGE:
        ff_text_put(o, "it answered RCPT TO");
        break;
    case FF_CHANGE_ORIGIN:
        ff_text_put(o, "a remote server had said it while it had the mail");
        break;
    case FF_CHANGE_OWN:
        ff_text_put(o, "it did not name our own IP or sender");
        break;
    }
}

bool ff_explain_named_before(const struct explain *x, const struct ff_change *changes, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_words(x, &changes[i], &changes[at]))
            return true;
    return false;
}

void ff_explain_put_decision(struct explain *x, struct ff_json_out *o)
{
    const struct ff_verdict *v = &x->why.verdict;
    const struct ff_fired_rule *e = x->why.count ? &x->why.evidence[x->order[0]] : NULL;
    size_t parts[6] = {0};
    for (size_t i = 0; i < x->why.count; i++)
        parts[x->reasons.part[i]]++;
    if (v->category == FF_ACCEPTED) {
        ff_text_put(o, "A 2xx reply: the mail was taken.");
    } else if (!e || parts[FF_PART_DECIDES] == 0) {
        ff_text_put(o, parts[FF_PART_VETOED]
                           ? "What fired does not count here (see \"vetoed\"), and nothing else names a cause."
                           : "No rule names a cause for these words and codes.");
    } else {
        put_slice(o, e->rule);
        ff_text_format(o, " decides with weight %u: %s.", e->weight, layer_meaning(e->layer));
        if (e->category != v->category)
            ff_text_format(o, " What would be %s is %s here: the recipient had been accepted before.",
                           ff_category_name(e->category), ff_category_name(v->category));
        if (parts[FF_PART_AGREES])
            ff_text_format(o, " %zu more agree%s.", parts[FF_PART_AGREES], parts[FF_PART_AGREES] == 1 ? "s" : "");
        if (parts[FF_PART_OUTWEIGHED])
            ff_text_format(o, " It outweighs %zu that say%s otherwise.", parts[FF_PART_OUTWEIGHED],
                           parts[FF_PART_OUTWEIGHED] == 1 ? "s" : "");
    }
    if (v->conflict)
        ff_text_put(o, " Codes and words disagree, which makes it less sure.");
}

static bool names_dead_address(const struct explain *x)
{
    for (size_t i = 0; i < x->why.count; i++) {
        const struct ff_category_info *info = ff_category_info(x->why.evidence[i].category);
        if (info && info->action == FF_ACTION_SUPPRESS_NOW)
            return true;
    }
    return false;
}

static void put_suppresses(struct ff_json_out *o, const struct counted_days *days)
{
    ff_text_put(
        o,
        "It suppresses the address: the words name the cause, every code is permanent, nothing says temporary, and "
        "neither the sender nor the stage speaks against it.");
    if (days)
        ff_text_format(o, " But our own MTA says so: the suppression list wants it on %s.", days->text);
}

/** What one reply does not do, others may. Returns how the sentence about one begins. */
static const char *put_counted(struct ff_json_out *o, const struct counted_days *days, const char *otherwise)
{
    if (!days)
        return otherwise;
    ff_text_format(o, "It is counted: %s suppress the address%s. ", days->text,
                   days->per_stream ? " in its stream" : "");
    return "Alone it does not";
}

void ff_explain_put_suppression(const struct explain *x, struct ff_json_out *o)
{
    struct counted_days room, *days = ff_rules_days(&x->line.reply, &x->why.verdict, &room) ? &room : NULL;
    if (x->why.verdict.category == FF_ACCEPTED) {
        ff_text_put(o, "There is nothing to suppress.");
    } else if (x->why.verdict.suppress) {
        put_suppresses(o, days);
    } else if (!names_dead_address(x)) {
        ff_text_put(o, put_counted(o, days, "It cannot suppress the address"));
        ff_text_put(o, ": nothing in it says that the address is dead. Words that do would have to be there.");
    } else {
        ff_text_put(o, put_counted(o, days, "It does not suppress the address"));
        ff_text_put(o, x->why.address_unsure
                           ? ": nobody can see where an address in it ends, so its words may be that address's. With "
                             "the recipient known it can be seen."
                       : x->reasons.suppressible
                           ? ". It would if"
                           : ", and no single part of it is to blame: what says that the address is dead is too weak "
                             "(a bare code never suffices).");
    }
}
