#!/usr/bin/env python3
"""Every wording that the built-in rules know is proven: what is deleted from them is missed by an example.

tests/classify/proofs.rules holds what scripts/prove-rules wrote. The deletions here are made in the text of the rules
and read again by the program, so they share nothing with the linter's own mutations in memory.
"""
import os, random, re, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import PATIENCE_S, case, ff, main, need, write  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(TOP, 'classify/CMakeLists.txt'), encoding='utf-8') as f:
    FILES = re.findall(r'/rules/(\w+)\.rules', f.read())  # in the order in which they are read
PROOFS = os.path.join(TOP, 'tests/classify/proofs.rules')
DELETIONS = 40
SEED = 550


def lines_of(name):
    with open(os.path.join(TOP, 'classify/rules', name + '.rules'), encoding='utf-8') as f:
        return f.read().splitlines()


def joined(texts):
    """The rules as one text whose messages name the files, with the proofs behind them."""
    with open(PROOFS, encoding='utf-8') as f:
        proofs = f.read().replace('include builtin\n', '')
    return '\n'.join('file %s\n%s' % (n, '\n'.join(texts[n])) for n in FILES) + '\nfile proofs\n' + proofs


@case('all of the proofs hold: run scripts/prove-rules after changing rules, and read what it changes')
def _():
    ff('rules', 'test', PROOFS)


@case('nothing is unproven: deleted from the text of a rule, a phrase is missed by an example')
def _():
    texts = {n: lines_of(n) for n in FILES}
    write('joined.rules', joined(texts))
    unproven = []
    for row in ff('rules', 'lint', '--unproven', '--json', 'joined.rules', timeout=3 * PATIENCE_S).rows():
        if row['kind'] == 'unproven':
            unproven.append('%s.rules:%d: %s' % (row['file'], row['line'], row['words']))
    need(not unproven, 'no example needs these: delete them, or give them one', '\n'.join(unproven))
    # alternatives of "any" lines, outside of "[a/b]"
    places = [(n, i) for n in FILES for i, line in enumerate(texts[n]) if re.match(r'\s+any .*\|', line)]
    chance = random.Random(SEED)
    missed = []
    for n, i in chance.sample(places, DELETIONS):
        head, rest = re.match(r'(\s+any )(.*)', texts[n][i]).groups()
        phrases = rest.split('|')
        gone = phrases.pop(chance.randrange(len(phrases)))
        changed = dict(texts)
        changed[n] = texts[n][:i] + [head + '|'.join(phrases)] + texts[n][i + 1:]
        write('changed.rules', joined(changed))
        if ff('rules', 'test', 'changed.rules', status=None).status != 78:
            missed.append('%s.rules:%d: %s' % (n, i + 1, gone.strip()))
    need(not missed, '\n'.join(missed))


main()
