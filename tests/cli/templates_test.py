#!/usr/bin/env python3
"""templates: what comes most often, what no rule knows, and rules to edit."""
import collections, random

from shell import *

FLURB = '550 5.7.1 <%s>: flurbish zonk (id %s)\n'  # words no rule knows


def templates(*args, stdin='', **more):
    return ff('templates', '--json', *args, stdin=stdin, **more).rows()


@case('templates: replies that differ in addresses and ids are one wording, most frequent first')
def _():
    stdin = ''.join(FLURB % ('a%d@example.net' % i, 'A1b2C3d%d' % i) for i in range(3)) + '550 5.1.1 user unknown\n' * 2
    first, second = templates(stdin=stdin)
    same((first['count'], first['error'], first['share'], first['text']), (3, 0, 0.6, '<addr> flurbish zonk id <id>'))
    same((first['codes'], first['providers']), (['550 5.7.1'], []))
    same(first['sample'], '550 5.7.1 <a0@example.net>: flurbish zonk (id A1b2C3d0)')
    same((second['category'], second['suppress'], second['count']), ('bad-mailbox', True, 2))
    need(len(second['template']) == 16, second)


@case('templates: the id is that of classify')
def _():
    row, = templates(stdin='550 5.7.1 flurbish zonk\n')
    same(ff('classify', '--json', stdin='550 5.7.1 flurbish zonk\n').rows()[0]['template'], row['template'])


@case('templates --unclassified: what a rule is sure of is left out, and still counts for the share')
def _():
    row, = templates('--unclassified', stdin='550 5.1.1 user unknown\n' * 3 + FLURB % ('a@example.net', 'A1b2C3d4'))
    same((row['count'], row['share']), (1, 0.25))
    need(row['category'] in ('ambiguous', 'unclassified') or row['confidence'] < 40, row)


@case('templates --unclassified --sure 100: everything that is not certain')
def _():
    same(len(templates('-u', '--sure', 100, stdin='450 4.2.1 mailbox is over quota\n')), 1)
    same(len(templates('-u', '--sure', 1, stdin='450 4.2.1 mailbox is over quota\n')), 0)


@case('templates --unclassified: codes without wording are counted apart')
def _():
    d = ff('templates', '-u', stdin='550\n550 5.0.0\n550 flurbish zonk\n')
    need('1 of 3 failures' in d.text and '2 more are codes without wording' in d.text, d.text)


@case('templates: accepted replies are no failures; lines that are no reply are told and left out')
def _():
    d = ff('templates', '--json', stdin='250 2.0.0 OK\n\n{"raw":"550\n550 5.1.1 user unknown\n')
    same([r['count'] for r in d.rows()], [1])
    need('2 lines are no replies' in d.err, d.err)


@case('templates: one wording with two verdicts is two rows')
def _():
    rows = templates(stdin='450 4.2.1 flurb: user unknown\n550 5.1.1 flurb: user unknown\n' * 2 + '250 ok\n')
    same(len({r['template'] for r in rows}), 1)
    need(all(r['share'] == r['count'] / 4 for r in rows), rows)


@case('templates --input: event times, providers and codes of logs; results of run are judged again')
def _():
    log = ndjson(*(event('a%d@example.net' % i, reply_code=550 + i % 2, enhanced_code='5.7.1',
                         event_time='2026-08-0%dT08:00:00.000000Z' % (i + 1),
                         reply_text='flurbish zonk for <a%d@example.net>' % i,
                         remote_host='mx%d.mail.yahoo.example' % i) for i in range(4)),
                 event(kind='delivery', reply_code=250, enhanced_code='2.0.0', reply_text='ok'))
    write('log.json', log)
    row, = templates('-u', '--input', 'json:' + path('log.json'))
    same((row['count'], row['share'], row['codes']), (4, 1.0, ['550 5.7.1', '551 5.7.1']))
    same((row['first_seen'], row['last_seen']), ('2026-08-01T08:00:00.000000Z', '2026-08-04T08:00:00.000000Z'))
    same(row['sample'], '550 5.7.1 flurbish zonk for <a0@example.net>')
    same(templates('-u', '--format', 'json', path('log.json')), [row])
    same(templates('-u', '--format', 'json', stdin=log), [row])
    ff('run', '-i', 'json:' + path('log.json'), '-s', path('state'), '--results', path('results.json'))
    same(templates('-u', '-i', 'json:' + path('results.json')), [row])


@case('templates: files, logs and replies together are one summary')
def _():
    write('a.txt', '550 flurbish zonk\n')
    write('b.txt', '551 flurbish zonk\n' * 2)
    write('log.json', ndjson(event(reply_code=553, enhanced_code=None, reply_text='flurbish zonk')))
    row, = templates('-i', 'json:' + path('log.json'), path('a.txt'), path('b.txt'))
    same((row['count'], sorted(row['codes'])), (4, ['550', '551', '553']))


@case('templates --stub: rules that load and decide their own samples')
def _():
    texts = ['550 5.7.1 flurbish zonk for <%s>, see https://help.example.com/x' % 'a@example.net',
             '{"raw":"550 {brackets} flurbish"}', b'550 r\xe9ponse flurbish',
             '550 ' + 'long '.join(['word' + c for c in 'abcdefghijklmnopqrstuvwxyz'] * 5),
             '450 почтовый flurbish zonk', '550-5.7.1 one\\n550 5.7.1 two flurb']
    stdin = b'\n'.join(t if isinstance(t, bytes) else t.encode() for t in texts) + b'\n'
    stub = ff('templates', '--stub', '--top', 100, stdin=stdin).out
    write('new.rules', stub.replace(b'include builtin\n', b'include nothing\n'))
    samples = [l[6:] for l in stub.split(b'\n') if l.startswith(b'  yes ')]
    names = [l.split()[1].decode() for l in stub.split(b'\n') if l.startswith(b'rule ')]
    same((len(samples), len(names)), (len(texts), len(texts)))
    rows = ff('classify', '--rules', path('new.rules'), '--json',
              stdin=b'\n'.join(s[3:] if s.startswith(b'{} ') else s for s in samples) + b'\n').rows()
    same([r.get('rule') for r in rows], names)


@case('templates --stub: beside the built-in rules too, each fires on its own sample')
def _():
    replies = ['550 5.7.1 listed at zen.spamhaus.org, flurbish zonk',
               '550 5.1.1 https://support.google.com/mail/?p=NoSuchUser flurb', '554 delivery error: dd zonk [TSS04]',
               'host mx.example.net[192.0.2.1] said: 550 5.1.1 flurbish (in reply to RCPT TO command)',
               '450 4.7.0 try again in 300 seconds, zonk']
    stub = ff('templates', '--stub', stdin='\n'.join(replies) + '\n').text
    same(stub.count('\nrule '), len(replies), stub)
    write('new.rules', stub)
    d = ff('rules', 'test', path('new.rules'), status=None)
    need('does not fire' not in d.text + d.err and d.status in (0, 78) and 'examples' in d.err, d.text, d.err)


@case('templates --counters: counts are within their error, and no frequent wording is missing')
def _():
    rng, exact = random.Random(7), collections.Counter()
    lines = []
    for _ in range(20000):
        word = 'flurb' + ''.join(chr(97 + int(c)) for c in str(int(rng.paretovariate(0.7)) % 3000))
        exact[word] += 1
        lines.append('550 zonk %s\n' % word)
    rows = templates('-k', 50, stdin=''.join(lines))
    same(len(rows), 50)
    for r in rows:
        true = exact[r['text'].split()[1]]
        need(r['count'] - r['error'] <= true <= r['count'] and r['error'] <= 20000 / 50, r, true)
    got = {r['text'].split()[1] for r in rows}
    need(all(w in got for w, n in exact.items() if n > 20000 / 50))
    need('came at most' in ff('templates', '-k', 50, stdin=''.join(lines)).text)


table([
    ('templates: nothing to read is an empty report', ['templates'], '', 0, '0 of 0 failures', ''),
    ('templates: a table for people', ['templates', '-u'], '550 flurbish zonk\n', 0, 'flurbish zonk', ''),
    ('templates: escape sequences do not reach the terminal',
     ['templates'], '550 flurb \x1b[2J zonk\n', 0, '550 flurb [2J zonk', ''),
    ('templates: a file that is not there', ['templates', 'absent.txt'], '', 66, '', 'absent.txt'),
    ('templates: an input that is not there', ['templates', '-i', 'json:absent.json'], '', 66, '', 'absent.json'),
    ('templates: --json and --stub exclude each other', ['templates', '--json', '--stub'], '', 64, '', '--stub'),
    ('templates: a format there is not', ['templates', '--format', 'morse'], '', 64, '', 'morse'),
    ('templates: rules that do not load', ['templates', '--rules', '/dev/null'], '', 78, '', ''),
])


@case('templates -o: a file, whole')
def _():
    ff('templates', '--json', '-o', path('out.json'), stdin='550 flurbish zonk\n')
    need(b'flurbish zonk' in read('out.json'))


if __name__ == '__main__':
    main()
