#!/usr/bin/env python3
"""What must hold on the labelled replies of tests/replies (README.md there): no healthy address is suppressed, hardly a
dead one is missed, and the cause is right."""
import glob, json, os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import case, ff, main, need, write  # noqa: E402

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'replies')
# Least accuracy and recall; lower where hardly any server says it so (made to mislead), or where no rule was written
# for it.
LEAST = {'adversarial.jsonl': (0.93, 0.97), 'apart-2.jsonl': (0.94, 0.95), 'apart-3.jsonl': (0.965, 0.97),
         'apart-4.jsonl': (0.955, 0.97), 'apart-5.jsonl': (0.955, 0.95), 'apart-6.jsonl': (0.96, 0.965),
         'apart-7.jsonl': (0.98, 0.97), 'apart-8.jsonl': (0.99, 0.97), 'apart-9.jsonl': (0.975, 0.97),
         'natural.jsonl': (0.98, 0.98), 'groups.jsonl': (0.98, 0.97), 'collected.jsonl': (0.98, 0.97),
         'operators.jsonl': (0.95, 0.97), 'documented.jsonl': (0.99, 0.98), 'paraphrases.jsonl': (0.95, 0.9),
         'operators-2.jsonl': (0.92, 0.85), 'operators-4.jsonl': (0.97, 0.95),
         'dead-words.jsonl': (0.95, 0.9), 'dead-words-apart.jsonl': (0.87, 0.8)}
LEAST_OTHERWISE = 0.95, 0.97


def read_rows(path):
    with open(path, encoding='utf-8') as f:
        return [json.loads(line) for line in f]


def judged(rows):
    """(row, verdict) of each, given only what a mail server would know."""
    asked = [{k: row[k] for k in ('id', 'raw', 'stage', 'mx') if k in row} for row in rows]
    write('replies.jsonl', ''.join(json.dumps(a) + '\n' for a in asked))
    verdicts = ff('classify', '--json', 'replies.jsonl').rows()
    need([v['id'] for v in verdicts] == [row['id'] for row in rows], 'order')
    return list(zip(rows, verdicts))


def show(pairs):
    return ['%s: %s, not %s: %s' % (r['id'], v['category'], r['category'], r['raw'][:120]) for r, v in pairs]


def try_file(path):
    accuracy, recall = LEAST.get(os.path.basename(path), LEAST_OTHERWISE)
    pairs = judged(read_rows(path))
    clear = [(r, v) for r, v in pairs if not r.get('suppress_either')]
    healthy = [(r, v) for r, v in clear if v['suppress'] and not r['suppress']]
    need(not healthy, 'suppresses healthy addresses:', *show(healthy))
    dead = [(r, v) for r, v in clear if r['suppress']]
    missed = [(r, v) for r, v in dead if not v['suppress']]
    need(len(missed) <= (1 - recall) * len(dead), 'misses %d of %d:' % (len(missed), len(dead)), *show(missed))
    wrong = [(r, v) for r, v in pairs if v['category'] not in [r['category']] + r.get('also', [])]
    need(len(wrong) <= (1 - accuracy) * len(pairs), '%d of %d wrong:' % (len(wrong), len(pairs)), *show(wrong))


for file in sorted(glob.glob(os.path.join(FOLDER, '*.jsonl'))):
    name = os.path.basename(file)
    accuracy, recall = LEAST.get(name, LEAST_OTHERWISE)
    case('%s: no false suppression, recall %d %%, categories %d %%' % (name, 100 * recall, 100 * accuracy))(
        lambda file=file: try_file(file))


@case('each file has replies that suppress and replies that do not')
def _():
    files = glob.glob(os.path.join(FOLDER, '*.jsonl'))
    need(len(files) == 32, files)
    for path in files:
        rows = read_rows(path)
        need(any(r['suppress'] for r in rows) and not all(r['suppress'] for r in rows), path)


main()
