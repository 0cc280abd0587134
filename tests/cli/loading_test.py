#!/usr/bin/env python3
"""Rules files that are refused, or taken with a warning: what is said, and where."""
import os, re, shlex

from shell import *

DEAD = 'rule gone bad-mailbox text\n  any has flown away\n  yes 550 the bird has flown away\n'


table([
    ('rules %s takes its file without --rules, and says so' % ' '.join(verb), ['rules', *verb, '--rules', 'mine.rules'],
     '', 64, '', '%s takes no --rules but the file itself (write: fivefifty rules %s mine.rules)' % (verb[0], written))
    for verb, written in ((['lint'], 'lint'), (['test'], 'test'), (['list'], 'list'), (['show', 'gone'], 'show NAME'))
])


@case('a rule that would suppress by a code alone is refused, with file, line and remedy')
def _():
    write('own.rules', 'include builtin\n\nrule all-dead bad-mailbox short\n  code 550\n')
    d = ff('classify', '--rules', 'own.rules', stdin='550 Message rejected\n', status=78)
    need(d.err.startswith(
        'fivefifty classify: own.rules:3: rule all-dead would suppress addresses by a code alone, whatever the '
        'reply says (add the words'), d.err)


@case('thirty thousand phrases of one\'s own fit beside the built-in rules')
def _():
    phrases = ['%s%s' % (a + b, c + d) for a in 'bcdfghjklmnp' for b in 'bcdfghjklmnpqrst' for c in 'bcdfghjklmnp'
               for d in 'bcdfghjklmnpqrst']
    write('own.rules',
          'include builtin\nrule own bad-mailbox text\n' + ''.join('  any zork %s\n' % p for p in phrases[:30000]))
    row, = ff('classify', '--json', '--rules', 'own.rules', stdin='550 5.1.1 zork %s\n' % phrases[29999]).rows()
    same((row['rule'], row['category']), ('own', 'bad-mailbox'))


for sentence, rule in (('a broad rule', 'rule mine policy-block text 90\n  code 5xx\n'),
                       ('a broad hint', 'hint mine sender-subject\n  any mailbox | recipient ~4 unknown\n')):
    @case('lint: %s beside the built-in ones is one error, at its line, '
          'with the number of rules it takes replies from' % sentence)
    def _(rule=rule):
        write('own.rules', 'include builtin\n\n' + rule + '  yes 550 mailbox\n')
        d = ff('rules', 'lint', '--json', 'own.rules', status=78)
        row, = [r for r in d.rows() if r['severity'] == 'error']
        same({k: row[k] for k in ('kind', 'file', 'line', 'rule')},
             dict(kind='swallows', file='own.rules', line=3, rule='mine'))
        need(row['count'] > 10 and row['other_file'].startswith('classify/rules/'), row)
        same([r for r in d.rows() if r['file'] != 'own.rules' and r['kind'] != 'unproven'], [])
        need('own.rules:3: error: rule mine: ' in ff('rules', 'lint', 'own.rules', status=78).text)
        need(' built-in rules; ' in ff('rules', 'lint', 'own.rules', status=78).text)


@case('lint: a rule that outranks a built-in one of its category is a note, at its line')
def _():
    write('own.rules', 'include builtin\nrule mine bad-mailbox text 90\n  any user unknown\n  yes 550 user unknown\n')
    rows = ff('rules', 'lint', '--json', 'own.rules').rows()
    need([r['line'] for r in rows if r['kind'] == 'swallows' and r['severity'] == 'note'] == [2], rows)


for sentence, text, line, message in (
    ('a host with a star', 'provider zork\n  mx *.zork.net\n', 2, 'is meant, too: zork.net)'),
    ('a phrase that is missing between two bars',
     DEAD + '  any foo | | bar\n', 4, 'no words beside a "|" (take it away'),
    ('a phrase that is no UTF-8',
     b'rule a bad-mailbox text\n  any bo\xeete inexistante\n', 2, 'no UTF-8 (save the file as UTF-8)'),
    ('a placeholder that there is not', DEAD + '  any <email> unknown\n', 4, '"<email>" is no placeholder (<addr>'),
    ('a second version', 'version 1\nversion 2\n' + DEAD, 2, 'a second version (leave one'),
    ('a provider by the name of one of its hosts',
     'include builtin\n' + DEAD + '  from gmail\n', 5, 'did you mean google?'),
    ('a rule that is nearly called so',
     'include builtin\nextend rule unknown-users\n', 2, 'did you mean unknown-user?'),
):
    @case('refused with file, line and what to do: ' + sentence)
    def _(text=text, line=line, message=message):
        write('own.rules', text)
        d = ff('rules', 'lint', 'own.rules', status=78)
        need(d.err.startswith('fivefifty rules: own.rules:%d: ' % line) and message in d.err, d.err)


@case('lint: a phrase that a "not" of its rule always takes back is an error')
def _():
    write('own.rules', DEAD + 'rule never bad-mailbox text\n  any zork\n  not zork\n  yes 550 zork\n')
    need('own.rules:5: error: rule never: a "not" of the rule holds wherever this phrase does, so it never counts: '
         '"zork" (narrow' in ff('rules', 'lint', 'own.rules', status=78).text)


WARNING = 'own.rules:1: warning: the built-in rules are not in force beside these (begin with "include builtin"'


for verb in (['classify', '--rules', 'own.rules'],
             ['classify', '--shadow-rules', 'own.rules'],
             ['templates', '--rules', 'own.rules'],
             ['rules', 'lint', 'own.rules'],
             ['run', '-i', 'json:empty', '-s', 'state', '--rules', 'own.rules']):
    @case('%s warns once of rules that leave the built-in ones out, and is silent when they say so' % ' '.join(verb))
    def _(verb=verb):
        write('empty', '')
        for first, times in (('', 1), ('include nothing\n', 0), ('version 3\ninclude builtin\n', 0)):
            write('own.rules', first + DEAD)
            same(ff(*verb, stdin='550 x\n').err.count(WARNING), times)


@case('what templates --stub prints stands beside the built-in rules, and may be appended to itself')
def _():
    stub = ff('templates', '--stub', stdin='550 flurbish zonk\n').text
    need(stub.startswith('include builtin\n'), stub)
    more = ff('templates', '--stub', stdin='550 another flurbish\n').text
    write('own.rules', stub + more)
    rows = ff('classify', '--json', '--rules', 'own.rules',
              stdin='550 flurbish zonk\n550 another flurbish\n550 5.1.1 user unknown\n').rows()
    same([r['rule'][:4] for r in rows], ['new-', 'new-', 'unkn'])


CODES = '''include builtin
rule zork-closed inactive-mailbox text
  any E1234
  yes 550 5.7.1 [E1234] refused
rule zork-policy policy-block text 90
  any ZK-4711 | fault 12345678
  yes 550 5.7.1 Rejected (ZK-4711)
  yes 550 Rejected, fault 12345678
'''


@case('a rule may name a code that its like is masked of: exactly that one is found, whatever came before it')
def _():
    write('own.rules', CODES)
    same([r for r in ff('rules', 'lint', '--json', 'own.rules').rows() if r['kind'] in ('impossible', 'example')], [])
    ff('rules', 'test', 'own.rules')
    said = (('[E1234] refused', 'zork-closed'),
            ('[E1235] refused', None),
            ('[e1234] refused', 'zork-closed'),
            ('[E12345] refused', None),
            ('Rejected (ZK-4712)', None),
            ('Rejected (ZK-4711)', 'zork-policy'),
            ('Rejected (ZK 4711)', 'zork-policy'),
            ('Rejected (4711)', None),
            ('Rejected, fault 12345679', None),
            ('Rejected, fault 12345678', 'zork-policy'))
    for order in (said, said[::-1], said * 3):
        rows = ff('classify', '--json', '--rules', 'own.rules',
                  stdin=''.join('550 5.7.1 %s\n' % text for text, _ in order)).rows()
        for (text, rule), row in zip(order, rows):
            need(row['rule'] == rule if rule else not row.get('rule', '').startswith('zork'), text, row)


@case('a code that a rule names says nothing where a reply echoes an address, a host or a URL')
def _():
    write('own.rules', CODES)
    for echo in ('<e1234@example.net>', 'E1234.example.net', 'https://example.net/E1234', 'zk-4711@example.net',
                 'zk-4711.example.net'):
        row, = ff('classify', '--json', '--rules', 'own.rules', stdin='550 5.7.1 refused for %s\n' % echo).rows()
        need(not row.get('rule', '').startswith('zork'), echo, row)


# ---------------------------------------------------------------- docs/rules.md
def blocks():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/rules.md')) as f:
        return re.findall(r'^```\n(.*?)^```\n', f.read(), re.S | re.M)


@case('what docs/rules.md shows of rules lint and rules test is what is printed for the files that it shows')
def _():
    shown = blocks()
    for text in shown:
        if re.match('# [a-z]+[.]rules', text):
            write(text.split()[1].rstrip(':'), text)
    write('slip.rules', read('mine.rules').replace(b'$pet-words', b'$pets'))
    samples = [re.match('[$] fivefifty (rules (?:lint|test) .*)\n', text) for text in shown]
    need(sum(map(bool, samples)) == 4, 'docs/rules.md shows others than the four known samples')
    for text, sample in zip(shown, samples):
        if sample:
            d = ff(*shlex.split(sample.group(1)), status=None)
            same(d.text + d.err, text[sample.end():], 'put what it prints into docs/rules.md')


@case('the rules that docs/rules.md begins with pass lint and test')
def _():
    write('mine.rules', next(text for text in blocks() if text.startswith('# mine.rules')))
    need(' errors 0  notes 0 ' in ff('rules', 'lint', 'mine.rules').err)
    ff('rules', 'test', 'mine.rules')


main()
