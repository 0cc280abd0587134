#!/usr/bin/env python3
"""export --format postfix: what postmap makes of it is what is suppressed, and nothing else."""
import random, shutil, subprocess

from shell import *

ODD = ['plain@example.net', 'UPPER.Case@Example.NET', '"two words"@example.net', '"in \\"quotes\\""@example.net',
       '"back\\\\slash"@example.net', '"at@sign"@example.net', '"tab, and #"@example.net', 'hash#inside@example.net',
       '"dots..two"@example.net', "o'brien+tag@example.net", 'ärger@example.net', '"größe 2"@example.net',
       'u@bücher.example', '用户@例子.example', 'colon:@example.net', 'x@[192.0.2.1]', '%s@example.net' % ('l' * 64)]


def lines(*options, state='state'):
    """key -> result, of what is a line each"""
    d = ff('export', '-s', state, '-f', 'postfix', *options)
    need(d.out == b'' or d.out.endswith(b'\n'), d.out[-80:])
    rows = [l.split('\t') for l in d.text.split('\n')[:-1]]
    same([len(r) for r in rows], [2] * len(rows), d.text)
    keys = [k.encode() for k, _ in rows]
    same(keys, sorted(set(keys)), 'sorted, and each once')
    return dict(rows), d.err


def add(*addresses, state='state', **options):
    ff('add', *addresses, '-s', state, *[w for k, v in options.items() for w in ('--' + k, v)])


def bounced(*addresses):
    """as a log has them: what `add` would refuse, too"""
    write('log', ndjson(*map(event, addresses)))
    ff('run', '-i', 'json:log', '-s', 'state')


def postmap(*args, stdin=''):
    """postmap(1) on a folder of its own, as a Postfix with SMTPUTF8 has it"""
    program = shutil.which('postmap', path=os.environ['PATH'] + ':/usr/sbin')
    if not program:
        need('FF_POSTFIX' not in os.environ, 'there is no postmap (FF_POSTFIX is set)')
        raise Skip('Postfix is not installed')
    os.makedirs(path('etc'), exist_ok=True)
    write('etc/main.cf', 'compatibility_level = 3.6\nsmtputf8_enable = yes\n')
    p = subprocess.run([program, '-c', path('etc'), *args], input=stdin.encode(), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=PATIENCE_S)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


@case('a line is the key, a TAB and REJECT with a status, since when and why')
def _():
    write('log', ndjson(event('Gone@Example.NET')))
    ff('run', '-i', 'json:log', '-s', 'state')
    add('told@example.net')
    got, err = lines()
    same((got.pop('gone@example.net'), err), ('REJECT 5.1.1 suppressed since 2026-08-06: bad-mailbox', ''))
    need(got.pop('told@example.net').endswith(': manual') and not got, got)


@case('a reply of several lines, notes and names of tenants do not make a line')
def _():
    write('log', ndjson(event('gone@example.net', tenant_id='two words\u2028',
                              reply_text='5.1.1 User unknown\nx@example.net REJECT\n\n# no')))
    ff('run', '-i', 'json:log', '-s', 'state')
    add('told@example.net', note='one\ntwo@example.net REJECT')
    same(sorted(lines()[0]), ['gone@example.net', 'told@example.net'])


@case('an address of several tenants and streams is one line; --tenant and --stream say whose, with what holds for all')
def _():
    for tenant, stream, address in (('a', None, 'both'),
                                    ('b', None, 'both'),
                                    ('b', 'news', 'both'),
                                    ('a', 'news', 'news'),
                                    ('b', None, 'b'),
                                    ('*', None, 'all')):
        add(address + '@example.net', tenant=tenant, **({'stream': stream} if stream else {}))
    names = lambda *options: sorted(k.split('@')[0] for k in lines(*options)[0])
    same(names(), ['all', 'b', 'both', 'news'])
    same(names('--tenant', 'a'), ['all', 'both', 'news'])
    same(names('--tenant', 'b'), ['all', 'b', 'both'])
    same(names('--tenant', 'a', '--stream', 'bills'), ['all', 'both'])
    same(names('--stream', 'news'), ['all', 'b', 'both', 'news'])
    same(names('--tenant', 'none'), ['all'])
    same(names('--domain', 'example.org'), [])


@case('export --stream: what holds for mail of the stream, in every format')
def _():
    add('bills@example.net', stream='bills')
    add('news@example.net', stream='news')
    add('all@example.net')
    same(sorted(r['address_key'] for r in exported('state', '--stream', 'news')),
         ['all@example.net', 'news@example.net'])
    text = ff('export', '-s', 'state', '--stream', 'bills', '-f', 'csv').text
    need('bills@' in text and 'all@' in text and 'news@' not in text, text)


@case('what is released or has expired is no line; of nothing there is an empty file')
def _():
    add('back@example.net')
    ff('release', 'back@example.net', '-s', 'state')
    ff('export', '-s', 'state', '-f', 'postfix', '-o', 'map')
    same(read('map'), b'')


@case('keys that postmap would take for another key, or for a comment, are left out and counted')
def _():
    bounced('#hash@example.net', 'example.org two@example.net', 'half"quoted@example.net', 'fine@example.net')
    got, err = lines()
    same(list(got), ['fine@example.net'])
    need('3 left out' in err and '#hash@example.net' in err, err)


@case('-o is written whole or not at all: a state that is not there leaves the map of before')
def _():
    write('map', 'before')
    ff('export', '-s', 'nowhere', '-f', 'postfix', '-o', 'map', status=66)
    same(read('map'), b'before')
    with small_disk('16k') as (small, _grow):
        ff('add', *['%d-%s@example.net' % (i, 'x' * 40) for i in range(400)], '-s', 'state')
        write(small + '/map', 'before')
        d = ff('export', '-s', 'state', '-f', 'postfix', '-o', small + '/map', status=None)
        need(d.status in (73, 74), d.status, d.err)
        same(read(small + '/map'), b'before')


@case('postmap takes every line, and answers for every key as it is written in SMTP, in any case')
def _():
    bounced(*ODD)
    ff('export', '-s', 'state', '-f', 'postfix', '-o', 'map')
    same(postmap('hash:' + path('map')), (0, '', ''))
    keys = [r['address_key'] for r in exported('state')]
    same(len(keys), len(ODD))
    keys += [k.swapcase() for k in keys if k.isascii()]
    others = ['other@example.net', 'example.net', '"two', 'words"@example.net', 'tag@example.net']
    status, out, err = postmap('-q', '-', 'hash:' + path('map'), stdin='\n'.join(keys + others) + '\n')
    answers = [line.split('\tREJECT 5.1.1 suppressed since ') for line in out.splitlines()]
    same((status, err, [a[0] for a in answers]), (0, '', keys), out)
    same(postmap('-q', keys[0], 'hash:' + path('map'))[1].split()[:2], ['REJECT', '5.1.1'])


@case('random addresses: what postmap holds are the keys of the list but for those that are told')
def _():
    dice = random.Random(17)
    local = lambda: ''.join(dice.choice('ab"\\ #.:;,@\'é') for _ in range(dice.randrange(1, 9)))
    bounced(*ODD, *[local() + '@example.net' for _ in range(2000)])
    d = ff('export', '-s', 'state', '-f', 'postfix', '-o', 'map')
    told = int(d.err.split(' left out')[0].split()[-1]) if d.err else 0
    keys = {r['address_key'] for r in exported('state')}
    same(postmap('hash:' + path('map')), (0, '', ''))
    status, out, err = postmap('-s', 'hash:' + path('map'))
    held = {line.split('\t')[0] for line in out.splitlines()}
    same((status, err, len(held)), (0, '', len(keys) - told))
    need(held <= {k.casefold() for k in keys} | keys, held - keys)


@case('the refusal is no evidence in the log of the host that handed the mail in, whatever the reason in it')
def _():
    add('told@example.net')
    bounced('gone@example.net', 'lost@example.net')
    said = ('2026-08-%02dT10:00:00+00:00 web1 postfix/smtp[2]: 4C0000%02d: '
            'to=<%s>, relay=mta.example.com[192.0.2.5]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced '
            '(host mta.example.com[192.0.2.5] said: 554 5.1.1 <%s>: Recipient address rejected: '
            '%s (in reply to RCPT TO command))\n')
    refusals = {key: result[len('REJECT 5.1.1 '):] for key, result in lines()[0].items()}
    same(sorted(r.split(': ')[1] for r in refusals.values()), ['bad-mailbox', 'bad-mailbox', 'manual'])
    write('front', ''.join(said % (day, day, key, key, text) for day in range(1, 28) for key, text in refusals.items()))
    d = ff('run', '-i', 'postfix:front', '-s', 'front-state', '--json').rows()[0]
    same((d['by_kind'], d['suppressions']['active']), ({'bounce': 81}, 0), d)
    same([json.loads(ff('explain', key, '-s', 'front-state', '--json').out)['entries'] for key in refusals],
         [[], [], []])


@case('beside run --follow the table is written from what is committed, commands included')
def _():
    write('log', ndjson(dead(1)))
    p = start('run', '-i', 'json:log', '-s', 'state', '--follow')
    try:
        sees(1)
        same(list(lines()[0]), ['r1@example.net'])
        ff('release', 'r1@example.net', '-s', 'state', '--tenant', 'acme')
        same(lines()[0], {})
    finally:
        same(stop(p), 0)


main()
