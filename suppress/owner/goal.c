/* goal.c: when is `suppress --until-end` done?
 *
 * When the group has committed everything that was in the input topics at start (other members may have done a part of
 * it), and everything that is now in our partitions of the published topics has been compared with our state and put
 * right. The second half matters when there was nothing to read: a former owner may have left a late write.
 */
#include <stdlib.h>

#include "proto/clock.h"
#include "suppress/owner/owner_int.h"

#define GOAL_ANSWER_MS 2000
#define GOAL_PATIENCE_MS 30000

bool ff_owner_goal_begin(struct owner *o, struct ff_owner_goal *goal)
{
    size_t most = (size_t)o->count * 2;
    goal->inputs = calloc(most, sizeof *goal->inputs);
    goal->asked = calloc(most, sizeof *goal->asked);
    if (!goal->inputs || !goal->asked) {
        ff_owner_fail(o, FF_EXIT_OSERR, "memory is short");
        return false;
    }
    for (int32_t p = 0; p < o->count; p++) {
        goal->inputs[goal->count++] = (struct ff_broker_place){FF_TOPIC_RESULTS, p, 0};
        goal->inputs[goal->count++] = (struct ff_broker_place){FF_TOPIC_COMMANDS, p, 0};
    }
    /* Partitions that were made a moment ago have no leader to ask yet. */
    for (int64_t until = ff_steady_ms() + GOAL_PATIENCE_MS; ff_steady_ms() < until && !*o->opts->stop;) {
        if (ff_broker_ends(o->tail, goal->inputs, goal->count, GOAL_ANSWER_MS) == FF_OK)
            return true;
        ff_broker_poll(o->tail, 100);
    }
    if (!*o->opts->stop)
        ff_owner_fail(o, FF_EXIT_UNAVAILABLE, "the broker does not say where the topics end");
    return false;
}

void ff_owner_goal_end(struct ff_owner_goal *goal)
{
    free(goal->inputs);
    free(goal->asked);
}

static bool inputs_done(struct owner *o, struct ff_owner_goal *goal)
{
    for (size_t i = 0; i < goal->count; i++)
        goal->asked[i] = goal->inputs[i];
    if (ff_broker_committed(o->group, goal->asked, goal->count, GOAL_ANSWER_MS) != FF_OK)
        return false;
    for (size_t i = 0; i < goal->count; i++)
        if (goal->inputs[i].offset > 0 && goal->asked[i].offset < goal->inputs[i].offset)
            return false;
    return true;
}

static bool tails_done(struct owner *o, struct ff_owner_goal *goal)
{
    size_t n = 0;
    for (int32_t p = 0; p < o->count; p++)
        if (ff_owner_owns(o, p)) {
            goal->asked[n++] = (struct ff_broker_place){FF_TOPIC_STATE, p, 0};
            goal->asked[n++] = (struct ff_broker_place){FF_TOPIC_SUPPRESSIONS, p, 0};
        }
    if (ff_broker_ends(o->tail, goal->asked, n, GOAL_ANSWER_MS) != FF_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if (o->parts[goal->asked[i].partition].tail[goal->asked[i].topic != FF_TOPIC_STATE] < goal->asked[i].offset)
            return false;
    return true;
}

bool ff_owner_goal_reached(struct owner *o, struct ff_owner_goal *goal)
{
    if (!o->joined || !ff_owner_is_clean(o) || o->reread)
        return false;
    return ff_owner_group_commit(o, GOAL_ANSWER_MS) && inputs_done(o, goal) && tails_done(o, goal);
}
