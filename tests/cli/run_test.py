#!/usr/bin/env python3
"""run: reports, results, follow, restarts, signals, and what goes wrong."""
import csv, gzip, os, pty, random, re, shlex, shutil, signal, subprocess, urllib.request

from shell import *


def report(*args, **more):
    return json.loads(ff('run', '--json', *args, **more).out)


# ---------------------------------------------------------------- the report
@case('the report adds up, names kinds, categories and causes, and the second run of the same input adds nothing')
def _():
    f = write('in', ndjson(event(), event('fine@example.net', 'delivery', reply_code=250, enhanced_code='2.0.0',
                                          reply_text='OK', stage='end_of_data')) + '{\n')
    r = report('-i', 'json:' + f, '-s', 'state')
    same((r['items'], r['events'], r['results'], r['ignored'], r['dead_lettered']), (3, 2, 2, 0, 1))
    same(r['by_kind'], {'delivery': 1, 'bounce': 1})
    same((r['by_category'], r['by_responsible']), ({'bad-mailbox': 1}, {'recipient': 1}))
    same(r['suppressions'], {'active': 1, 'added': 1, 'refreshed': 0, 'released': 0})
    same([(c['count'], c['category'], c['reply_code']) for c in r['top_causes']], [(1, 'bad-mailbox', 550)])
    need(r['advice'][0]['category'] == 'bad-mailbox' and r['advice'][0]['advice'], r['advice'])
    before = ff('export', '-s', 'state').out
    r = report('-i', 'json:' + f, '-s', 'state')
    same((r['suppressions']['added'], r['suppressions']['active'], ff('export', '-s', 'state').out), (0, 1, before))


@case('the report for people says what happened, whose problem it is, who is suppressed and what to do')
def _():
    f = write('in', ndjson(event(), event('fine@example.net', 'delivery', reply_code=250, reply_text='OK')))
    text = ff('run', '-i', 'json:' + f, '-s', 'state').text
    for word in ('Events by kind', 'Failures by category', 'bad-mailbox', 'recipient', 'Newly suppressed: 1',
                 'gone@example.net', '550 5.1.1',
                 'What to do next', 'nothing is lost', 'fivefifty export --state state'):
        need(word in text, word, text)
    need('\x1b' not in text, 'colours without a terminal')


def told_unsure(*replies):
    """(text, JSON) of the report on one failure for each of these (code, enhanced code, text)."""
    f = write("it's in", ndjson(*[event('r%d@example.net' % i, reply_code=code, enhanced_code=enhanced, reply_text=text)
                                  for i, (code, enhanced, text) in enumerate(replies)]))
    return ff('run', '-i', 'json:' + f, '-s', 'state1').text, report('-i', 'json:' + f, '-s', 'state2')['unsure']


@case('the report says how many failures have no sure verdict, and the command that shows exactly those')
def _():
    text, unsure = told_unsure((554, '5.0.0', 'transaction failed'), (554, '5.0.0', 'Transaction failed'),
                               (552, '5.2.2', 'mailbox full'), (551, '5.7.1', 'Administrator bounced: order withdrawn'))
    same([unsure[k] for k in ('count', 'unclassified', 'ambiguous', 'weak')], [3, 0, 2, 1])
    need('No rule is sure of 3 (75.0 %): 2 ambiguous, 1 with a weak verdict' in text and unsure['command'] in text,
         text)
    program, *args = shlex.split(unsure['command'])
    same((program, sum(r['count'] for r in ff(*args, '--json').rows())), ('fivefifty', 3), unsure)


@case('the report says nothing of unsure verdicts where there are none, the object counts zero')
def _():
    text, unsure = told_unsure((550, '5.1.1', 'user unknown'))
    need('sure' not in text, text)
    same([unsure[k] for k in ('count', 'unclassified', 'ambiguous', 'weak')], [0] * 4)


@case('--results has every event with its verdict, --dead-letters what could not be read, in the order of the input')
def _():
    f = write('in', ndjson(dead(1)) + '{\n' + ndjson(dead(2)))
    ff('run', '-i', 'json:' + f, '-s', 'state', '--results', 'results', '--dead-letters', 'dead')
    results = [json.loads(l) for l in read('results').decode().splitlines()]
    same([r['recipient'] for r in results], ['r1@example.net', 'r2@example.net'])
    for k in 'category suppress action responsible confidence'.split():
        need(k in results[0]['verdict'], results[0])
    same(json.loads(read('dead'))['source'], f + ':2')


@case('--results --names: the verdict in the words of other products, hard only where it may suppress')
def _():
    f = write('in',
              ndjson(event(), event('later@example.net', 'transient_failure', reply_code=450, enhanced_code='4.1.1'),
                     event('fine@example.net', 'delivery', reply_code=250, reply_text='OK')))
    ff('run', '-i', 'json:' + f, '-s', 'state', '--results', 'results', '--names', 'ses', '--names', 'powermta')
    names = 'bounce_cat bounce_type bounce_sub_type kumomta_class'.split()
    verdicts = [json.loads(l)['verdict'] for l in read('results').decode().splitlines()]
    same([tuple(v.get(n) for n in names) for v in verdicts],
         [('bad-mailbox', 'Permanent', 'General', None), ('other', 'Transient', 'General', None), (None,) * 4])
    ff('run', '-i', 'json:' + f, '-s', 'state', '--names', 'ses', status=64)
    ff('run', '-i', 'json:' + f, '-s', 'state', '--results', 'results', '--names', 'sendmail', status=64)


@case('several inputs of several formats, packed and compressed, are read in the given order')
def _():
    ff('decode', '-fjson', '-o', 'a.packed', stdin=ndjson(dead(1)))
    write('b.jsonl.gz', gzip.compress(ndjson(dead(2)).encode()))
    r = report('-i', 'packed:a.packed', '-i', 'json:b.jsonl.gz', '-i', 'json:-', '-s', 'state', stdin=ndjson(dead(3)))
    same((r['results'], suppressed('state')), (3, ['r1@example.net', 'r2@example.net', 'r3@example.net']))


@case('a Postfix log that was rotated is read as two inputs: the sender in the first is known in the second')
def _():
    one = write('mail.log.1',
                '2026-08-06T08:00:00.0+00:00 out7 postfix/qmgr[12]: 4hG07M1ZdDz7Qhl: '
                'from=<b+c42@rp.example.com>, size=4821, nrcpt=1 (queue active)\n')
    two = write('mail.log',
                '2026-08-06T08:00:01.0+00:00 out7 postfix/smtp[31]: 4hG07M1ZdDz7Qhl: to=<gone@example.net>, '
                'relay=mx.example.net[203.0.113.25]:25, '
                'delay=0.9, delays=0.1/0.02/0.5/0.28, dsn=5.1.1, status=bounced (host mx.example.net[203.0.113.25] '
                'said: 550 5.1.1 User unknown (in reply to RCPT TO command))\n')
    ff('run', '-i', 'postfix:' + one, '-i', 'postfix:' + two, '-s', 'state', '--results', 'results')
    same([json.loads(l)['mail_from'] for l in read('results').decode().splitlines()], ['b+c42@rp.example.com'])


# ---------------------------------------------------------------- what goes wrong
table([
    ('run: an input that is not there is 66 and named, and no state folder is made',
     ['run', '-i', 'json:nowhere', '-s', 'state'], '', 66, '', 'nowhere'),
    ('run: a state folder that cannot be made is 73',
     ['run', '-i', 'json:-', '-s', '/proc/no'], '', 73, '', '(name one in a folder you may write to)'),
    ('run: a file where the state folder should be is 73',
     ['run', '-i', 'json:-', '-s', '/dev/null'], '', 73, '', '/dev/null: is no folder (name the state folder'),
    ('run: an address that cannot be listened on is 69',
     ['run', '-i', 'json:-', '-s', 'state', '-l', '203.0.113.1:1'], '', 69, '', '203.0.113.1'),
    ('run: results that cannot be made are 73',
     ['run', '-i', 'json:-', '-s', 'state', '--results', 'no/file'], '', 73, '', 'no/file'),
    ('export: no state folder is 66 and named', ['export', '-s', 'nowhere'], '', 66, '',
     'fivefifty export: nowhere: there is no such state folder (check --state'),
    ('explain: no state folder is 66', ['explain', 'a@example.net', '-s', 'nowhere'], '', 66, '', 'nowhere'),
    ('release: no state folder is 66', ['release', 'a@example.net', '-s', 'nowhere'], '', 66, '', 'nowhere'),
])


@case('a missing input among others is found before anything is read')
def _():
    ff('run', '-i', 'json:' + write('in', ndjson(event())), '-i', 'json:nowhere', '-s', 'state', status=66)
    need(not os.path.exists(path('state')), 'the state folder was made')


@case('a damaged input is 65, what could be read before it counts')
def _():
    z = gzip.compress(ndjson(*map(dead, range(2000))).encode())
    d = ff('run', '--json', '-i', 'json:' + write('bad.gz', z[:len(z) // 2]), '-s', 'state', status=65)
    need('bad.gz' in d.err and 0 < json.loads(d.out)['results'] < 2000, d.err, d.text)
    same(len(suppressed('state')), json.loads(d.out)['results'])


@case('--results of a damaged input do not appear as whole: what there is is in FILE.partial, and an older file stays')
def _():
    z = gzip.compress(ndjson(*map(dead, range(2000))).encode())
    write('bad.gz', z[:len(z) // 2])
    write('results', 'of yesterday')
    d = ff('run', '--json', '-i', 'json:bad.gz', '-s', 'state', '--results', 'results', '--dead-letters', 'dead',
           status=65)
    need('results.partial' in d.err and 'dead.partial' in d.err, d.err)
    same((read('results'), os.path.exists(path('dead'))), (b'of yesterday', False))
    same(read('results.partial').count(b'\n'), json.loads(d.out)['results'])
    write('good.gz', z)
    ff('run', '-i', 'json:good.gz', '-s', 'state', '--results', 'results')
    same(read('results').count(b'\n'), 2000)


@case('--results of a run that was stopped do not appear as whole, and the status is 0: '
      'what was read of a pipe is in FILE.partial')
def _():
    os.mkfifo(path('fifo'))
    p = start('run', '-i', 'json:fifo', '-s', 'state', '--results', 'results', stdout=subprocess.PIPE,
              stderr=subprocess.PIPE)
    with open(path('fifo'), 'w') as f:
        f.write(ndjson(dead(1), dead(2)))
        f.flush()
        sees(2)
        p.send_signal(signal.SIGTERM)
        out, err = ended(p)
    same(p.returncode, 0)
    need(b'results.partial' in err and b'stopped by a signal' in out, err, out[:200])
    same((os.path.exists(path('results')), read('results.partial').count(b'\n')), (False, 2))


@case('two processes never share a state folder: a second run is told so, 75, and whoever adds asks the first')
def _():
    os.mkfifo(path('fifo'))
    p = start('run', '-i', 'json:fifo', '-s', 'state', '--follow')
    try:
        with open(path('fifo'), 'w') as f:
            f.write(ndjson(dead(1)))
        sees(1)
        need(ff('run', '-i', 'json:-', '-s', 'state', status=75).err, 'no message')
        ff('add', 'a@example.net', '-s', 'state')
        same(sorted(suppressed('state')), ['a@example.net', 'r1@example.net'])
    finally:
        same(stop(p), 0)


@case('a full disk is 73 or 74 with a message, and nothing is lost when there is room again')
def _():
    with small_disk('200k') as (small, grow):
        f = write('in', ndjson(*(event('%d-%s@example.net' % (i, 'x' * 50),
                                       reply_text='5.1.1 user unknown ' + '%x' % (i ** 9) * 9) for i in range(20000))))
        d = ff('run', '-i', 'json:' + f, '-s', small + '/state', status=None)
        need(d.status in (73, 74) and d.err, d.status, d.err)
        grow('500m')
        ff('run', '-i', 'json:' + f, '-s', small + '/state')
        ff('run', '-i', 'json:' + f, '-s', path('other'))
        same(ff('export', '-s', small + '/state').out == ff('export', '-s', path('other')).out, True)


# ---------------------------------------------------------------- signals
@case('SIGHUP reads the rules again; rules that are wrong then are told and change nothing')
def _():
    os.mkfifo(path('fifo'))
    p = start('run', '--follow', '-i', 'json:fifo', '-s', 'state', stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        until(lambda: os.path.exists(path('state')), what='state folder')  # signals are caught before there is one
        p.send_signal(signal.SIGHUP)
        with open(path('fifo'), 'w') as f:
            f.write(ndjson(dead(1)))
        sees(1)
        need(p.poll() is None, 'it ended')
    finally:
        p.send_signal(signal.SIGTERM)
        err = ended(p)[1]
    same(p.returncode, 0)
    need(re.search(rb'rules \d+ are in force', err), err)


@case('SIGHUP reads the configuration file again: a new stream map holds from the next record on, '
      'a wrong file changes nothing')
def _():
    line = dict(type='Bounce', id='7b1f0c2e91aa11f0a3c502420a000004', recipient='gone@example.net', egress_pool='bulk',
                timestamp=1786003200, created=1786003195,
                response=dict(code=550, enhanced_code={'class': 5, 'subject': 1, 'detail': 1}, content='User unknown',
                              command='RCPT TO:<gone@example.net>\r\n'))
    config = '[run]\nfollow = true\ninput = kumomta:log\nstate = state\nresults = results\n'
    write('ff.conf', config)
    write('log', '')
    err = open(path('err'), 'wb')
    p = start('run', '--config', 'ff.conf', stderr=err)
    streams = lambda: [json.loads(l).get('stream_id') for l in read('results').decode().splitlines()]
    try:
        append('log', line)
        until(lambda: os.path.exists(path('results')) and streams() == [None], what='first result')
        for text, said, want in ((config + 'stream-map = bulk=marketing\n', b'are in force', [None, 'marketing']),
                                 (config + 'nonsense\n', b'stay as they were', [None, 'marketing', 'marketing'])):
            write('ff.conf', text)
            p.send_signal(signal.SIGHUP)
            until(lambda: said in read('err'), what=said)
            append('log', line)
            until(lambda: len(streams()) == len(want), what='results')
            same(streams(), want)
    finally:
        same(stop(p), 0)
        err.close()
    need(b'ff.conf:6' in read('err'), read('err'))


@case('a log of another format is read to its end with status 0, '
      'and a message asks whether it is what --input calls it')
def _():
    exim = '2026-11-24 10:00:00 1wrt1D-00000000BcD-1a2B == x@slow.example.org R=dnslookup T=remote_smtp defer (-44)\n'
    asked, hint = 'are these logs what --input calls them?', 'add --dead-letters FILE'
    for text, fmt, more, hinted in ((exim, 'postfix', (), False), ('not JSON\n', 'json', (), True),
                                    ('not JSON\n', 'json', ('--dead-letters', 'd'), False)):
        r = ff('run', '-i', '%s:%s' % (fmt, write('log', text)), '-s', 'state', *more)
        need(asked in r.err and 'no result in 1 item (' in r.err, r.err)
        same(hint.encode() in r.out, hinted, text, more)
    r = ff('run', '-i', 'json:' + write('log', ndjson(event())), '-s', 'state')
    need(asked not in r.err, r.err)


@case('SIGTERM ends a run that waits for a FIFO nobody writes to')
def _():
    os.mkfifo(path('fifo'))
    p = start('run', '-i', 'json:fifo', '-s', 'state')
    until(lambda: place_in(p, 'fifo') is not None, what='the FIFO is open')
    same(stop(p), 0)


# ---------------------------------------------------------------- the policy
def days(count, recipient, first=1, **more):
    return [event(recipient,
                  event_time='2026-%02d-%02dT08:00:00.000000Z' % (4 + (first + d) // 28, 1 + (first + d) % 28), **more)
            for d in range(count)]


@case('the list does what the actions of the verdicts say: at once, after many days, or never')
def _():
    no_code = dict(reply_code=0, enhanced_code='', reply_text='user unknown')
    ldap = dict(reply_text='user not found; LDAP lookup failed')
    rows = (days(1, 'bare@example.net', **no_code) +
            days(28, 'deferred@example.net', kind='transient_failure', **no_code) +
            days(28, 'ldap@example.net', **ldap) +
            days(28, 'code@example.net', reply_text='') + days(6, 'six@example.net', reply_text='') +
            days(28, 'class4@example.net', reply_code=450, enhanced_code='4.1.1', reply_text='user unknown') +
            days(28, 'soft@example.net', kind='transient_failure', reply_text='') +
            days(28, 'access@example.net', enhanced_code='5.7.1', reply_text='Access denied') +
            days(28, 'data@example.net', enhanced_code='', reply_text='rejected', stage='end_of_data') +
            days(28, 'odd4@example.net', kind='transient_failure', reply_code=450, enhanced_code='4.0.0',
                 reply_text='try elsewhere') +
            days(28, 'ours@example.net', reply_text='user unknown, and 198.51.100.7 is listed',
                 local_ip='198.51.100.7'))
    for r in rows:
        for name in [n for n in r if r[n] in (0, '')]:
            del r[name]
    ff('run', '-i', 'json:' + write('in', ndjson(*rows)), '-s', 'state', '--results', 'results')
    actions = {(r['recipient'].split('@')[0], r['verdict']['action'])
               for r in map(json.loads, read('results').decode().splitlines())}
    same(actions & {('bare', 'suppress-now'),
                    ('deferred', 'retry'),
                    ('ldap', 'retry'),
                    ('code', 'suppress-after-n'),
                    ('six', 'suppress-after-n'),
                    ('class4', 'retry'),
                    ('odd4', 'retry'),
                    ('soft', 'retry'),
                    ('access', 'investigate'),
                    ('data', 'investigate')}, actions - {a for a in actions if a[0] == 'ours'})
    need(not {a for a in actions if a[0] == 'ours'} & {('ours', 'suppress-now'), ('ours', 'suppress-after-n')}, actions)
    same([(r['address_key'], r['reason']) for r in exported('state')],
         [('bare@example.net', 'hard_bounce'), ('code@example.net', 'repeated_soft_bounce')])
    need('nothing is known' in ff('explain', 'ldap@example.net', '-s', 'state', '-t', 'acme').text, 'counted')
    need('bad-mailbox on 6 days; suppressed by 7 days within 60, '
         'at least 14 days apart' in ff('explain', 'six@example.net', '-s', 'state', '-t', 'acme').text, 'no days')
    need('not enough' in ff('explain', 'six@example.net', '-s', 'state', '-t', 'acme').text, 'not counted')


@case('a domain that our own resolver does not find is suppressed on the second day, not on the afternoon of one, '
      'and explain counts')
def _():
    def log(*days):
        return write('mail.log', ''.join(
            '2026-08-%02dT%02d:00:00.0+00:00 out7 postfix/smtp[31]: 4hG07M1ZdDz7Q%02d%02d: to=<gone@typo.example.org>, '
            'relay=none, delay=0.9, delays=0.1/0.02/0.5/0.28, dsn=5.4.4, '
            'status=bounced (Host or domain name not found. Name service error for name=typo.example.org type=A: '
            'Host not found)\n' % (d, h, d, h) for d, h in days))
    r = report('-i', 'postfix:' + log((6, 22), (6, 23), (7, 1)), '-s', 'state', '--results', 'results')
    same([json.loads(l)['verdict']['action'] for l in read('results').decode().splitlines()], ['suppress-now'] * 3)
    same((r['suppressions']['active'], suppressed('state')), (0, []))
    need('bad-domain, as our own MTA says, on 2 days; suppressed by 2 days within 60, '
         'at least 2 days apart' in ff('explain', 'gone@typo.example.org', '-s', 'state').text, 'not counted')
    report('-i', 'postfix:' + log((9, 3)), '-s', 'state')
    same([(e['address_key'], e['reason'], e['hits']) for e in exported('state')],
         [('gone@typo.example.org', 'invalid_domain', 3)])


@case('evidence about what is no address, or of next year, is held against nobody, '
      'and both are counted in the report and its JSON')
def _():
    ahead = time.strftime('%Y-%m-%dT%H:%M:%S.000000Z', time.gmtime(time.time() + 25 * 3600))
    f = write('in', ndjson(event('root'), event('r2@example.net', event_time=ahead),
                           event('r3@example.net', event_time='2030-01-01T00:00:00.000000Z')))
    r = report('-i', 'json:' + f, '-s', 'state')
    same((r['results'], r['suppressions']['added'], r['unusable_evidence']),
         (3, 0, {'bad_address': 1, 'ahead_of_clock': 2}))
    text = ff('run', '-i', 'json:' + f, '-s', 'state2').text
    for line in ('no address (no domain): 1', 'ahead of the clock: 2'):
        need(line in text, text)


@case('a release voids evidence that is ahead of the clock, and an entry by hand after it counts')
def _():
    ahead = time.strftime('%Y-%m-%dT%H:%M:%S.000000Z', time.gmtime(time.time() + 9 * 3600))
    ff('run', '-i', 'json:' + write('in', ndjson(event(event_time=ahead))), '-s', 'state')
    same(suppressed('state'), ['gone@example.net'])
    same(ff('release', 'gone@example.net', '-s', 'state', '-t', 'acme').err,
         'gone@example.net: released (tenant acme)\n')
    same(suppressed('state'), [])
    ff('add', 'gone@example.net', '-s', 'state', '-t', 'acme')
    same(suppressed('state'), ['gone@example.net'])
    ff('release', 'gone@example.net', '-s', 'state', '-t', 'acme')
    same(suppressed('state'), [])


# ---------------------------------------------------------------- lists
@case('add, explain, release, import and export work on the same state')
def _():
    ff('add', 'Hand@Example.NET', '-s', 'state', '-t', 'acme', '-m', 'ticket 4711', '--expires', '30d')
    row, = exported('state')
    same((row['tenant_id'], row['address'], row['address_key'], row['reason']),
         ('acme', 'Hand@Example.NET', 'hand@example.net', 'manual'))
    need(row['expires'] > '2026', row)
    e = json.loads(ff('explain', 'hand@example.net', '-s', 'state', '-t', 'acme', '--json').out)
    same((e['suppressed'], len(e['entries'])), (True, 1))
    need('ticket 4711' in ff('explain', 'hand@example.net', '-s', 'state', '-t', 'acme').text, 'no note')
    same(json.loads(ff('explain', 'hand@example.net', '-s', 'state', '--json').out),
         {'address': 'hand@example.net', 'suppressed': False, 'entries': []})
    ff('release', 'hand@example.net', '-s', 'state', '-t', 'acme')
    same(exported('state'), [])
    same(json.loads(ff('explain', 'hand@example.net', '-s', 'state', '-t', 'acme', '--json').out)['suppressed'], False)


@case('release of what was not suppressed says so, and explain knows of no evidence')
def _():
    ff('add', 'hand@example.net', '-s', 'state')
    d = ff('release', 'hand@example.net', 'never@example.com', '-s', 'state', '--actor', 'ops')
    same(d.err, 'hand@example.net: released (tenant default)\nnever@example.com: was not suppressed (tenant default)\n')
    text = ff('explain', 'never@example.com', '-s', 'state').text
    need('  released: no evidence after 2' in text and 'ops' in text and 'counted' not in text, text)
    entry, = json.loads(ff('explain', 'never@example.com', '-s', 'state', '--json').out)['entries']
    same((entry['state'], entry['evidence'], entry['release']['actor']), ('released', [], 'ops'))


@case('a count that a release made void is no evidence any more')
def _():
    f = write('in', ndjson(*days(3, 'r1@example.net', reply_code=452, enhanced_code='4.2.2', reply_text='mailbox full',
                                 kind='transient_failure')))
    ff('run', '-i', 'json:' + f, '-s', 'state')
    need('counted, not suppressed' in ff('explain', 'r1@example.net', '-s', 'state', '-t', 'acme').text, 'not counted')
    need('was not suppressed (tenant acme, stream news)' in
         ff('release', 'r1@example.net', '-s', 'state', '-t', 'acme', '--stream', 'news').err, 'stream')
    ff('release', 'r1@example.net', '-s', 'state', '-t', 'acme')
    text = ff('explain', 'r1@example.net', '-s', 'state', '-t', 'acme').text
    need('  released: no evidence after' in text and '  released in stream news' in text and 'counted' not in text,
         text)


@case('an entry for every tenant is explained once, and undone by the command that explain gives')
def _():
    ff('add', "o'dd@example.net", '-s', 'state', '-t', '*')
    e = json.loads(ff('explain', "o'dd@example.net", '-s', 'state', '--json').out)
    same((e['suppressed'], [r['tenant_id'] for r in e['entries']]), (True, ['*']))
    text = ff('explain', "o'dd@example.net", '-s', 'state').text
    same(text.count('active for *'), 1, text)
    remedy, = [l.split('undo it: ')[1] for l in text.splitlines() if l.startswith('  to undo it')]
    ff(*shlex.split(remedy)[1:])
    same(exported('state'), [])


@case('explain gives a command for each tenant whose entry applies')
def _():
    for tenant in ('*', 'acme'):
        ff('add', 'a@example.net', '-s', 'state', '-t', tenant)
    text = ff('explain', 'a@example.net', '-s', 'state', '-t', 'acme').text
    same([l.split('--tenant ')[1] for l in text.splitlines() if l.startswith('  to undo it')],
         ['acme --state state', "'*' --state state"])


@case('an expiry in the past is refused, and what has expired is not exported as active')
def _():
    for over in ('2020-01-01T00:00:00Z', '0h'):
        d = ff('add', 'e@example.net', '-s', 'state', '--expires', over, status=64)
        need(over in d.err and 'over already' in d.err, d.err)
    need(not os.path.exists(path('state')), 'a state folder was made')
    ff('import', write('list', '{"address":"e@example.net","reason":"manual","expires":"2020-01-01T00:00:00Z"}\n'),
       '-s', 'state')
    same((exported('state'), ff('export', '-s', 'state', '-f', 'csv').text.count('\n')), ([], 1))
    text = ff('explain', 'e@example.net', '-s', 'state').text
    need('not suppressed now' in text and '  expired for default' in text, text)


@case('what export prints, import reads: jsonl and csv give the same addresses, and importing twice changes nothing')
def _():
    ff('run', '-i', 'json:' + write('in', ndjson(dead(1), dead(2), event('"odd, one"@example.net', tenant_id='other'))),
       '-s', 'state')
    want = [(r['tenant_id'], r['stream_scope'], r['address_key']) for r in exported('state')]
    same(len(want), 3)
    for form in ('jsonl', 'csv'):
        ff('export', '-s', 'state', '-f', form, '-o', 'list')
        d = ff('import', 'list', '-s', form)
        need('added 3  released 0  refused 0' in d.err, d.err)
        same([(r['tenant_id'], r['stream_scope'], r['address_key']) for r in exported(form)], want)
        before = ff('export', '-s', form).out
        ff('import', 'list', '-s', form)
        same(ff('export', '-s', form).out, before)


for sentence, text, addresses, refused in (
    ('one address a line, comments and blank lines',
     '# list\na@example.net\n\nB@example.net\n', ['a@example.net', 'b@example.net'], 0),
    ('CSV with its columns named',
     'created_at,email,reason\n2026-01-02T03:04:05Z,a@example.net,unsubscribed\n,"b@example.net",\n',
     ['a@example.net', 'b@example.net'], 0),
    ('wrong lines are named and left out',
     'a@example.net\nno address\nb@example.net\n', ['a@example.net', 'b@example.net'], 1),
    ('wrong JSON lines too',
     '{"address":"a@example.net"}\n{"address":\n{"address":"b@example.net","state":"mood"}\n', ['a@example.net'], 2),
    ('a quoted cell may hold line ends, and the record ends behind it',
     'address,note\na@example.net,"one\r\nactive,b@example.net\n\n#"\n"c@example.net"\n',
     ['a@example.net', 'c@example.net'], 0),
    ('blanks around quoted cells, CRLF, and quotes inside plain cells',
     'note,address\r\n 5" wide, "a@example.net" \r\n"a ""b"", c",b@example.net\r\n',
     ['a@example.net', 'b@example.net'], 0),
    ('cells too many are a wrong record', 'address\na@example.net,b\nb@example.net\n', ['b@example.net'], 1),
):
    @case('import: ' + sentence)
    def _(text=text, addresses=addresses, refused=refused):
        d = ff('import', write('list', text), '-s', 'state', status=65 if refused else 0)
        same(suppressed('state'), addresses)
        need('refused %d' % refused in d.err, d.err)
        need(not refused or 'list:' in d.err, d.err)


for sentence, text, line, says in (
    ('a quote that never closes', b'address,note\na@example.net,\n"b@example.net,\nc@example.net\n', 3, 'never closes'),
    ('text behind a closing quote',
     b'address,note\na@example.net,\nb@example.net,"he said "no"\nc@example.net,\n', 3, 'closing quote'),
    ('a record over 1 MiB', b'address,note\na@example.net,"' + b'x\n' * (1 << 19) + b'"\n', 2, '1 MiB'),
    ('no column of addresses', b'name,note\na@example.net,\n', 1, 'address'),
    ('a damaged .gz', gzip.compress(b'a@example.net\n' * 5000)[:-9], 0, 'cut off'),
):
    @case('import: %s refuses the whole file, and no state folder is made' % sentence)
    def _(text=text, line=line, says=says):
        d = ff('import', write('list', text), '-s', 'state', status=65)
        need(says in d.err and (not line or ('list:%d: ' % line) in d.err), d.err)
        need(not os.path.exists(path('state')))
        with open(path('list'), 'rb') as f:  # a file as stdin is checked too, from where it stands
            f.seek(0)
            p = subprocess.run([PROGRAM, 'import', '-s', path('state')], stdin=f, stderr=subprocess.PIPE)
        same((p.returncode, os.path.exists(path('state'))), (65, False), p.stderr)


@case('import: a file as stdin is imported from where it stands')
def _():
    with open(write('list', 'skipped@example.net\na@example.net\nb@example.net\n'), 'rb') as f:
        os.lseek(f.fileno(), 20, os.SEEK_SET)
        subprocess.run([PROGRAM, 'import', '-s', path('state')], stdin=f, check=True, stderr=subprocess.DEVNULL)
    same(suppressed('state'), ['a@example.net', 'b@example.net'])


@case('import: of a pipe that breaks, what came before is imported, and how much that was is said')
def _():
    d = ff('import', '-s', 'state',
           stdin='address,note\n' + ''.join('a%d@example.net,\n' % i for i in range(1500)) + '"b@example.net,\n',
           status=65)
    need('stdin:1502: ' in d.err and '1500 entries before that were imported' in d.err, d.err)
    same(len(suppressed('state')), 1500)


@case('explain --stream shows the entries that hold for mail of this stream, and no others')
def _():
    for stream in (['--stream', 'news'], ['--stream', 'bills'], []):
        ff('add', 'a@example.net', '-s', 'state', *stream)
    def scopes(*more):
        return sorted(e['stream_scope']
                      for e in ff('explain', 'a@example.net', '-s', 'state', '--json', *more).rows()[0]['entries'])
    same((scopes('--stream', 'news'), scopes('--stream', 'other'), scopes()),
         (['*', 'news'], ['*'], ['*', 'bills', 'news']))
    text = ff('explain', 'a@example.net', '-s', 'state', '--stream', 'news').text
    need('stream news' in text and 'bills' not in text, text)


@case('an entry by hand has a time and no count in explain; the report of run quotes the folder for a shell')
def _():
    ff('add', 'a@example.net', '-s', 'my state')
    text = ff('explain', 'a@example.net', '-s', 'my state').text
    need('since ' in text and 'times' not in text, text)
    text = ff('run', '-i', 'json:' + write('in', ndjson(event())), '-s', 'my state').text
    need("all of them: fivefifty export --state 'my state'\n" in text, text)


@case('add: of many addresses of which one is none nothing is added, as it says')
def _():
    d = ff('add', *('a%d@example.net' % i for i in range(1500)), 'bad', '-s', 'state', status=65)
    need('bad: this is no address' in d.err and '(nothing was added)' in d.err, d.err)
    same(os.path.exists(path('state')), False, 'a folder for nothing')


@case('add: when the disk is full midway, it says how many addresses were added')
def _():
    with small_disk('1m') as (folder, _):
        state = os.path.join(folder, 'state')
        d = ff('add', *('a%d@example.net' % i for i in range(4000)), '-s', state, '-m', 'x' * 300, status=74)
        said = re.search(r'(\d+) addresses before that were added \(the same command again adds the rest\)', d.err)
        need(said and 0 < int(said.group(1)) < 4000, d.err)
        shutil.copytree(state, path('copy'))
        same(len(suppressed('copy')), int(said.group(1)), d.err)


for sentence, options in (('tenant of 256 bytes', ['-t', 'x' * 256]),
                          ('stream of 256 bytes', ['--stream', 'x' * 256]),
                          ('tenant with a separator of keys', ['-t', 'a\x1fb']),
                          ('stream with a line feed', ['--stream', 'a\nb'])):
    @case('a command with a %s is refused before it is sent: Kafka would take it and nobody carry it out' % sentence)
    def _(options=options):
        for command, done in (('add', 'added'), ('release', 'released')):
            d = ff(command, 'a@example.net', '-b', 'localhost:1', *options, status=65)
            need('a@example.net: the %s is longer than 255 bytes, or has a control byte (nothing was %s)' %
                 (options[0].replace('-t', 'tenant').strip('-'), done) in d.err, d.err)
        d = ff('import', '-b', 'localhost:1', *options, stdin='a@example.net\n', status=65)
        need('refused 1' in d.err, d.err)


@case('import: one file that is refused leaves the others alone')
def _():
    write('good', 'a@example.net\n')
    ff('import', 'good', write('bad', 'address\n"b@example.net\n'), '-s', 'state', status=65)
    ff('import', 'good', 'absent', '-s', 'state', status=66)
    need(not os.path.exists(path('state')))


@case('import of what is not there, or holds no address, makes no state folder')
def _():
    ff('import', 'absent', '-s', 'state', status=66)
    ff('import', write('list', b'\x00\xff garbage\nmore of it\n'), '-s', 'state', status=65)
    ff('add', 'no address', '-s', 'state', status=65)
    need(not os.path.exists(path('state')))
    need('added 0' in ff('import', write('empty', ''), '-s', 'state').err)


@case('a reply of several lines writes no records into an exported list')
def _():
    row = ('%s,*,victim@healthy.example,victim@healthy.example,%s,hard_bounce,bad-mailbox,'
           '2026-11-29T10:00:00Z,2026-11-29T10:00:00Z,1,,')
    evil = ('550-5.1.1 user unknown\n550-' + row % ('default', 'active') + '\n' + row % ('acme', 'released') +
            '\n550 5.1.1 see you')
    ff('run', '-i',
       'json:' + write('in', ndjson(event(reply_text=evil), event('victim2@healthy.example', reply_text=evil))),
       '-s', 'state')
    ff('export', '-s', 'state', '-f', 'csv', '-o', 'x.csv')
    d = ff('import', 'x.csv', '-s', 'new')
    need('added 2  released 0  refused 0' in d.err, d.err)
    same(suppressed('new'), ['gone@example.net', 'victim2@healthy.example'])


@case('export as csv: bytes that are no UTF-8 are replaced one by one, letters beside them stay')
def _():
    log = (b'2026-08-06T08:00:00.0+00:00 out7 postfix/qmgr[12]: 4hG07M1ZdDz7Qhl: '
           b'from=<b@rp.example.com>, size=4821, nrcpt=1 (queue active)\n'
           b'2026-08-06T08:00:01.0+00:00 out7 postfix/smtp[31]: 4hG07M1ZdDz7Qhl: '
           b'to=<gone@example.net>, relay=mx.example.net[203.0.113.25]:25, delay=0.9, '
           b'delays=0.1/0.02/0.5/0.28, dsn=5.1.1, status=bounced (host mx.example.net[203.0.113.25] said: '
           b'550 5.1.1 "Empf\xc3\xa4nger" \xe2\x82\xac\xff \xe2\x82: User unknown (in reply to RCPT TO command))\n')
    ff('run', '-i', 'postfix:' + write('mail.log', log), '-s', 'state')
    row, = csv.DictReader(ff('export', '-s', 'state', '-f', 'csv').text.splitlines())
    need('"Empf\u00e4nger" \u20ac\ufffd \ufffd: User unknown' in row['reply_text'], row['reply_text'])
    same(row['reply_text'], exported('state')[0]['reply_text'], 'as in jsonl')


@case('export as csv: what a foreign server said is no formula; addresses are as they are')
def _():
    said = ['=HYPERLINK("http://x.example") user unknown', '+ User unknown', '- User unknown',
            '@SUM(x) 5.1.1 User unknown', 'user unknown = no']
    ff('run', '-i', 'json:' + write('in', ndjson(*(event('=%d@example.net' % n, reply_text=text, remote_host=text)
                                                   for n, text in enumerate(said)))), '-s', 'state')
    rows = list(csv.DictReader(ff('export', '-s', 'state', '-f', 'csv').text.splitlines()))
    same([r['reply_text'] for r in rows], ["'" + text for text in said[:4]] + said[4:])
    same([r['remote_host'] for r in rows], ["'" + text for text in said[:4]] + said[4:])
    same([r['address'] for r in rows], ['=%d@example.net' % n for n in range(5)])


@case('whatever replies say, csv and jsonl bring the same list back')
def _():
    rng = random.Random(550)
    pieces = ['\n', '\r\n', '\r', '"', '""', ',', '",', '"\n', '#', ' ', '\t', ';', '\u00e9', '\ufffd', 'active',
              'released', 'x@example.org', '\x00', '{"address":"y@example.org"}', '550 5.1.1 user unknown', '\x1f']
    text = lambda: ''.join(rng.choice(pieces) for _ in range(rng.randint(0, 25)))
    events = [event('%d@example.net' % i, reply_text='5.1.1 user unknown ' + text(), remote_host=text())
              for i in range(400)]
    events += [event('"%s"@example.net' % ''.join(rng.choice('ab", ') for _ in range(5)).replace('"', '\\"'),
                     reply_text='user unknown') for i in range(50)]
    ff('run', '-i', 'json:' + write('in', ndjson(*events)), '-s', 'state')
    want = exported('state')
    need(len(want) > 400, len(want))
    for form in ('jsonl', 'csv'):
        ff('export', '-s', 'state', '-f', form, '-o', form)
        d = ff('import', form, '-s', 'of-' + form)
        need('added %d  released 0  refused 0' % len(want) in d.err, d.err)
    same([(r['tenant_id'], r['stream_scope'], r['address_key'], r['reason']) for r in exported('of-csv')],
         [(r['tenant_id'], r['stream_scope'], r['address_key'], r['reason']) for r in want])
    same(exported('of-csv'), exported('of-jsonl'))


@case('import shows on a terminal how far it is, and a message takes the place of that line')
def _():
    os.mkfifo(path('list'))
    master, slave = pty.openpty()
    p = start('import', 'list', '-s', 'state', stderr=slave)
    os.close(slave)
    feed = open(path('list'), 'w')
    feed.write(''.join('a%d@example.net\n' % n for n in range(1000)))
    feed.flush()
    shown = b''
    while b'1000 lines' not in shown:
        shown += os.read(master, 4096)
    feed.write('no address\n')
    feed.close()
    with contextlib.suppress(OSError):  # what a terminal says when nobody has it open any more
        while True:
            shown += os.read(master, 4096)
    os.close(master)
    same(p.wait(PATIENCE_S), 65)
    need(b'\r\x1b[Kfivefifty import: list:1001: ' in shown, shown)
    need(shown.endswith(b'\r\x1b[Kadded 1000  released 0  refused 1\r\n') or
         shown.endswith(b'\nadded 1000  released 0  refused 1\r\n'), shown)


@case('add and release of what is no address are 65 and change nothing')
def _():
    ff('add', 'kept@example.net', '-s', 'state')
    for command in ('add', 'release'):
        ff(command, 'kept@example.net', 'other@example.net', 'no address', '-s', 'state', status=65)
        same(suppressed('state'), ['kept@example.net'])


@case('export to a full disk is 74, to a closed pipe quiet')
def _():
    ff('run', '-i', 'json:' + write('in', ndjson(*map(dead, range(5000)))), '-s', 'state')
    with open('/dev/full', 'wb') as full:
        same(subprocess.run([PROGRAM, 'export', '-s', path('state')], stdout=full, stderr=subprocess.PIPE).returncode,
             74)
    p = start('export', '-s', 'state', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdout.close()
    same((p.wait(PATIENCE_S), p.stderr.read()), (0, b''))


main()
