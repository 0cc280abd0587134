#!/usr/bin/env python3
"""Rules files that are refused, or taken with a warning: what is said, and where."""
from shell import *

DEAD = 'rule gone bad-mailbox text\n  any has flown away\n  yes 550 the bird has flown away\n'


table([
    ('rules %s takes its file without --rules, and says so' % ' '.join(verb), ['rules', *verb, '--rules', 'mine.rules'], '', 64, '',
     '%s takes no --rules but the file itself (write: fivefifty rules %s mine.rules)' % (verb[0], written))
    for verb, written in ((['lint'], 'lint'), (['test'], 'test'), (['list'], 'list'), (['show', 'gone'], 'show NAME'))
])


@case('a rule that would suppress by a code alone is refused, with file, line and remedy')
def _():
    write('own.rules', 'include builtin\n\nrule all-dead bad-mailbox short\n  code 550\n')
    d = ff('classify', '--rules', 'own.rules', stdin='550 Message rejected\n', status=78)
    need(d.err.startswith('fivefifty classify: own.rules:3: rule all-dead would suppress addresses by a code alone, whatever the '
                          'reply says (add the words'), d.err)


@case('thirty thousand phrases of one\'s own fit beside the built-in rules')
def _():
    phrases = ['%s%s' % (a + b, c + d) for a in 'bcdfghjklmnp' for b in 'bcdfghjklmnpqrst' for c in 'bcdfghjklmnp' for d in 'bcdfghjklmnpqrst']
    write('own.rules', 'include builtin\nrule own bad-mailbox text\n' + ''.join('  any zork %s\n' % p for p in phrases[:30000]))
    row, = ff('classify', '--json', '--rules', 'own.rules', stdin='550 5.1.1 zork %s\n' % phrases[29999]).rows()
    same((row['rule'], row['category']), ('own', 'bad-mailbox'))


main()
