#!/usr/bin/env python3
"""The policy of docs/suppression.md, slow and obvious: reads what `run --results` wrote, prints who must be suppressed.

    policy.py RESULTS.jsonl        one object a line: tenant_id, stream_scope, address_key, category, first_event,
                                   last_event, hits

All evidence of a key is kept in plain lists; nothing is merged, bounded or incremental, except that `hits` and the days
look at the latest 32 events of a category, as documented. Shares no code with the product.
"""
import collections, datetime, json, sys

ALONE = {'bad-mailbox', 'bad-address-syntax', 'inactive-mailbox', 'bad-domain'}
DAYS = {  # category: days, window, span, per stream
    'inactive-mailbox': (5, 30, 7, False), 'mailbox-full': (5, 30, 7, False), 'catch-all-reject': (2, 30, 1, False),
    'restricted-mailbox': (3, 30, 0, True), 'recipient-block': (3, 30, 0, True), 'relay-denied': (5, 30, 7, False),
    'routing-loop': (5, 30, 7, False), 'ambiguous': (7, 60, 14, False)}
CEILING = 32
SOON = datetime.timedelta(hours=4)  # a deferral of a mail that has waited less counts for nothing


def day(t):
    return datetime.date.fromisoformat(t[:10]).toordinal()


def at(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))


def enough(times, n, window, span):
    days = sorted({day(t) for t in times})
    return any(len(part) >= n and part[-1] - part[0] >= span
               for a in days for part in [[d for d in days if a <= d < a + window]] if part)


evidence = collections.defaultdict(dict)  # (tenant, scope, key) -> {(category, alone): {(time, id)}}
for line in open(sys.argv[1], encoding='utf-8'):
    e = json.loads(line)
    v = e['verdict']
    if e['kind'] not in ('bounce', 'transient_failure') or e.get('origin') != 'remote_reply':
        continue
    if e['kind'] == 'transient_failure' and e.get('queued_time') and at(e['event_time']) - at(e['queued_time']) < SOON:
        continue
    cat = v['category']
    alone = cat in ALONE and v['suppress'] and e['kind'] == 'bounce' and e.get('reply_code', 500) // 100 == 5
    if not alone and cat not in DAYS:
        continue
    stream = not alone and DAYS[cat][3] and e.get('stream_id') or '*'
    key = (e['tenant_id'], stream, e['recipient'].lower())
    evidence[key].setdefault((cat, alone), set()).add((e['event_time'], e['event_id']))
out = []
for (tenant, scope, address), tracks in evidence.items():
    support = []
    for (cat, alone), events in sorted(tracks.items()):
        latest = sorted(events)[-CEILING:]
        if alone or enough([t for t, _ in latest], *DAYS[cat][:3]):
            support.append((not alone, min(events)[0], cat, events, latest))
    if support:
        best = min(support)
        out.append({'tenant_id': tenant, 'stream_scope': scope, 'address_key': address, 'category': best[2],
                    'first_event': min(min(s[3])[0] for s in support), 'last_event': max(max(s[3])[0] for s in support),
                    'hits': len(set().union(*(s[4] for s in support)))})
for r in sorted(out, key=lambda r: '\x1f'.join((r['tenant_id'], r['stream_scope'], r['address_key'])).encode()):
    print(json.dumps(r))
