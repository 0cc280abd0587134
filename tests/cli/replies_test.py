#!/usr/bin/env python3
"""What must hold on the labelled replies of tests/replies (README.md there): no healthy address is suppressed, hardly a dead
one is missed, and the cause is right."""
import glob, json, os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import case, ff, main, need, write  # noqa: E402

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'replies')
RECALL = 0.97
ACCURACY = {'adversarial.jsonl': 0.93}  # what hardly any server says, made to mislead
ACCURACY_OTHERWISE = 0.95


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
    pairs = judged(read_rows(path))
    clear = [(r, v) for r, v in pairs if not r.get('suppress_either')]
    healthy = [(r, v) for r, v in clear if v['suppress'] and not r['suppress']]
    need(not healthy, 'suppresses healthy addresses:', *show(healthy))
    dead = [(r, v) for r, v in clear if r['suppress']]
    missed = [(r, v) for r, v in dead if not v['suppress']]
    need(len(missed) <= (1 - RECALL) * len(dead), 'misses %d of %d:' % (len(missed), len(dead)), *show(missed))
    wrong = [(r, v) for r, v in pairs if v['category'] not in [r['category']] + r.get('also', [])]
    accuracy = ACCURACY.get(os.path.basename(path), ACCURACY_OTHERWISE)
    need(len(wrong) <= (1 - accuracy) * len(pairs), '%d of %d wrong:' % (len(wrong), len(pairs)), *show(wrong))


for file in sorted(glob.glob(os.path.join(FOLDER, '*.jsonl'))):
    name = os.path.basename(file)
    case('%s: no false suppression, recall 97 %%, categories %d %%' % (name, 100 * ACCURACY.get(name, ACCURACY_OTHERWISE)))(
        lambda file=file: try_file(file))


@case('each file has replies that suppress and replies that do not')
def _():
    files = glob.glob(os.path.join(FOLDER, '*.jsonl'))
    need(len(files) == 7, files)
    for path in files:
        rows = read_rows(path)
        need(any(r['suppress'] for r in rows) and not all(r['suppress'] for r in rows), path)


main()
