#!/usr/bin/env python3
"""release and export of a selection: what an incident suppressed is shown, and undone when it is confirmed."""
import random, re, socket, time

from shell import *

EVENING = dict(since='2026-11-24T21:00Z', until='2026-11-24T23:30Z')
GMAIL = dict(remote_host='gmail-smtp-in.l.google.com', local_ip='192.0.2.10',
             reply_text='5.1.1 The email account that you tried to reach does not exist. '
                        'https://support.google.com/mail/?p=NoSuchUser x - gsmtp')


def at(clock, recipient, **more):
    return event(recipient, event_time='2026-11-%sZ' % clock, **more)


def outage():
    """two victims of Google's evening, one that failed at Google before, one after,
    one elsewhere at the same time; another tenant's"""
    return [at('24T21:00:00', 'first@example.org', **GMAIL), at('24T23:29:59.999999', 'last@example.org', **GMAIL),
            at('24T20:59:59.999999', 'before@example.org', **GMAIL), at('24T22:00:00', 'after@example.org', **GMAIL),
            at('24T23:30:00', 'after@example.org', **GMAIL), at('24T22:00:00', 'elsewhere@example.org'),
            at('24T22:10:00', 'theirs@example.org', tenant_id='other', **GMAIL)]


def state_of(events):
    ff('run', '-i', 'json:' + write('in', ndjson(*events)), '-s', 'state')


def options(**which):
    return [x for name, value in which.items() for x in ('--' + name.replace('_', '-'), value)]


def shown(*args):
    """how many would be released, and the token"""
    text = ff('release', '-s', 'state', *args).text
    token = re.search(r'--confirm ([0-9a-f]{16}) ', text)
    return int(text.split()[0]), token and token.group(1), text


def confirm(*args):
    return ff('release', '-s', 'state', *args, '--confirm', shown(*args)[1])


@case("an outage is undone: entries of this provider, all of whose evidence is of that evening, and no others")
def _():
    state_of(outage())
    which = ['-t', 'acme', *options(provider='google', **EVENING)]
    count, token, text = shown(*which)
    same(count, 2)
    for line in ('2 of 5 active entries would be released (tenant acme)\n',
                 '  evidence  2026-11-24T21:00:00Z to 2026-11-24T23:29:59Z\n', '  provider  google 2\n',
                 '  domain    example.org 2\n', '  mx        gmail-smtp-in.l.google.com 2\n', 'first@example.org'):
        need(line in text, text)
    same(len(exported('state')), 6, 'shown is not released')
    same(ff('release', '-s', 'state', *which, '--confirm', token, '-m', 'their evening').err, 'released 2\n')
    same(suppressed('state'),
         ['after@example.org', 'before@example.org', 'elsewhere@example.org', 'theirs@example.org'])
    entry, = json.loads(ff('explain', 'first@example.org', '-s', 'state', '-t', 'acme', '--json').out)['entries']
    same((entry['state'], entry['release']['note'], entry['release']['time']),
         ('released', 'their evening', '2026-11-24T23:29:59.999999Z'))


@case('a provider that no entry is of is told, with those that there are; one that other entries are of is not')
def _():
    state_of(outage() + [event('out@example.net', kind='unsubscribe')])
    unknown = ('fivefifty %s: --provider gmail: no active entry that was looked at is of a provider with that name '
               '(there are google 4%s)\n')
    same(ff('release', '-s', 'state', '-t', 'acme', '--provider', 'gmail').err, unknown % ('release', ''))
    d = ff('export', '-s', 'state', '--provider', 'gmail')
    same((d.out, d.err), (b'', unknown.replace('google 4', 'google 5') % ('export', '')))
    same(len(ff('export', '-s', 'state', '--provider', 'gmail', '--provider', 'GOOGLE').rows()), 5,
         'the others are meant all the same')
    same(ff('export', '-s', 'state', '--provider', 'google', '--since', '2027-01-01').err, '')
    same(ff('release', '-s', 'state', '-t', 'nobody', '--provider', 'google').err,
         'fivefifty release: --provider google: no active entry that was looked at is of a provider with that name '
         '(none of them names one)\n')


@case('a note that is too long to be kept is cut between two letters')
def _():
    ff('add', 'a@example.net', '-s', 'state')
    ff('release', 'a@example.net', '-s', 'state', '-m', 'n' * 319 + 'éé')
    entry, = json.loads(ff('explain', 'a@example.net', '-s', 'state', '--json').out)['entries']
    same(entry['release']['note'], 'n' * 319)


@case('late news of an evening that was undone suppresses nobody; a failure after it does')
def _():
    state_of(outage())
    confirm('-t', 'acme', *options(provider='google', **EVENING))
    state_of([at('24T23:10:00', 'first@example.org', **GMAIL), at('25T08:00:00', 'last@example.org', **GMAIL)])
    same('first@example.org' in suppressed('state'), False)
    same('last@example.org' in suppressed('state'), True)


@case('without --until, void is what was shown, and a later failure counts')
def _():
    state_of([event('gone@example.net')])
    confirm('-t', 'acme', '--rule', exported('state')[0]['rule'])
    same(suppressed('state'), [])
    state_of([event('gone@example.net', event_time='2026-08-06T08:00:00.000001Z')])
    same(suppressed('state'), ['gone@example.net'])


def moments_ago(seconds, recipient):
    """negative: to come"""
    when = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - seconds))
    return event(recipient, event_time=when)


@case('a span that is given by how long ago it was is the same span when it is confirmed')
def _():
    state_of([moments_ago(7200, 'then@example.net'), moments_ago(60, 'now@example.net')])
    which = ['-t', 'acme', '--since', '3h', '--until', '1h']
    token = shown(*which)[1]
    same(ff('release', '-s', 'state', *which, '--confirm', token).err, 'released 1\n')
    same(suppressed('state'), ['now@example.net'])


@case('a --until that is still to come voids nothing that is')
def _():
    state_of([moments_ago(7200, 'gone@example.net')])
    confirm('-t', 'acme', '--since', '3h', '--until', '2999-01-01')
    same(suppressed('state'), [])
    state_of([moments_ago(60, 'gone@example.net')])
    same(suppressed('state'), [])
    state_of([moments_ago(-60, 'gone@example.net')])
    same(suppressed('state'), ['gone@example.net'])


@case('--all-tenants undoes it for everybody')
def _():
    state_of(outage())
    count, _, text = shown('--all-tenants', *options(provider='google', **EVENING))
    same(count, 3)
    need('3 of 6 active entries would be released (all tenants)' in text and '  tenant    acme 2, other 1\n' in text,
         text)
    same(confirm('--all-tenants', *options(provider='google', **EVENING)).err, 'released 3\n')


@case('a token is of what was shown: when the list has changed nothing is released, and it says so')
def _():
    state_of(outage())
    which = ['-t', 'acme', *options(provider='google', **EVENING)]
    token = shown(*which)[1]
    same(shown(*which)[1], token, 'the same list, the same token')
    state_of([at('24T22:30:00', 'third@example.org', **GMAIL)])
    d = ff('release', '-s', 'state', *which, '--confirm', token, status=65)
    need('the entries are others now, 3 of them' in d.err and 'nothing was released' in d.err, d.err)
    same(len(suppressed('state')), 7)
    ff('release', '-s', 'state', *which, '--confirm', shown(*which)[1])
    ff('release', '-s', 'state', *which, '--confirm', token, status=65)


@case('what a person asked for stays: opt-outs, and entries by hand with or without a failure beside them')
def _():
    state_of([event('gone@example.net'), event('out@example.net'), event('hand@example.net'),
              event('out@example.net', kind='unsubscribe', event_time='2026-08-06T09:00:00Z',
                    flags=['token_verified'])])
    ff('add', 'hand@example.net', '-s', 'state', '-t', 'acme')
    ff('add', 'only.hand@example.net', '-s', 'state', '-t', 'acme')
    count, _, text = shown('-t', 'acme', '--domain', 'example.net')
    same(count, 1)
    need('3 more stay: unsubscribed 1 manual 2 ' in text, text)
    confirm('-t', 'acme', '--domain', 'example.net')
    same(suppressed('state'), ['hand@example.net', 'only.hand@example.net', 'out@example.net'])


@case('release of addresses of which one is none: nothing is released, as it says')
def _():
    state_of([event('a@example.net'), event('b@example.net')])
    d = ff('release', 'a@example.net', 'b@example.net', 'bad', '-s', 'state', '-t', 'acme', status=65)
    need('bad: this is no address' in d.err and '(nothing was released)' in d.err, d.err)
    same(suppressed('state'), ['a@example.net', 'b@example.net'])


@case('one stream is released, the others stay')
def _():
    state_of([event('gone@example.net', event_time='2026-08-%02dT08:00:00Z' % day, stream_id=stream,
                    reply_text='5.7.1 Recipient has blocked messages from you',
                    enhanced_code='5.7.1') for day in (1, 2, 3) for stream in ('news', 'offers')])
    rows = exported('state')
    same([r['stream_scope'] for r in rows], ['news', 'offers'], 'both are of streams: else this case says nothing')
    confirm('-t', 'acme', '--stream', 'news', '--category', rows[0]['category'])
    same([r['stream_scope'] for r in exported('state')], ['offers'])


@case('nothing is meant: it says so, with status 0')
def _():
    state_of(outage())
    count, token, text = shown('-t', 'acme', '--domain', 'nobody.example')
    same((count, token), (0, None))
    need(text == '0 of 5 active entries would be released (tenant acme)\n', text)


@case('export shows a selection: the rows that release would mean')
def _():
    state_of(outage())
    same([r['address_key'] for r in exported('state', *options(provider='google', **EVENING))],
         ['first@example.org', 'last@example.org', 'theirs@example.org'])
    same(len(exported('state')), 6)


@case('random lists and random selections: export and release mean what a few lines of Python mean')
def _():
    r = random.Random(7)
    hosts = ['gmail-smtp-in.l.google.com', 'mx.example.net', 'mx2.example.net', 'notexample.net', None]
    replies = ['5.1.1 <x>: User unknown', '5.2.1 Mailbox disabled', '5.1.2 Host unknown', '5.1.1 no such user here']
    events = []
    for n in range(400):
        code, _, _ = (text := r.choice(replies)).partition(' ')
        events.append(event('u%d@%s.example' % (r.randrange(250), r.choice('ab')),
                            event_time='2026-11-%02dT%02d:00:00.000000Z' % (r.randint(1, 9), r.randrange(24)),
                            enhanced_code=code, reply_text=text, remote_host=r.choice(hosts),
                            local_ip=r.choice(['192.0.2.1', '2001:db8::1', None])))
    state_of([{k: v for k, v in e.items() if v is not None} for e in events])
    rows = exported('state')
    need(len(rows) > 100, len(rows))

    def is_below(host, above):
        return ('.' + host.lower()).endswith('.' + above.lower())
    means = {
        'since': lambda row, v: row['first_event'] >= v, 'until': lambda row, v: row['last_event'] < v,
        'category': lambda row, v: row['category'] == v, 'rule': lambda row, v: row.get('rule') == v,
        'provider': lambda row, v: row.get('provider') == v,
        'mx': lambda row, v: is_below(row.get('remote_host', ''), v),
        'sending-ip': lambda row, v: row.get('local_ip') == v,
        'domain': lambda row, v: row['address_key'].split('@')[1] == v,
        'reply': lambda row, v: v.lower() in row.get('reply_text', '').lower()}
    values = {
        'since': ['2026-11-%02dT12:00:00.000000Z' % d for d in range(1, 9)],
        'until': ['2026-11-%02dT12:00:00.000000Z' % d for d in range(1, 9)],
        'category': ['bad-mailbox', 'inactive-mailbox', 'bad-domain', 'mailbox-full'],
        'rule': sorted({row['rule'] for row in rows}),
        'provider': ['google', 'yahoo'], 'mx': ['example.net', 'google.com', 'MX.example.net', 'l.google.com.'],
        'sending-ip': ['192.0.2.1', '2001:db8::1'],
        'domain': ['a.example', 'b.example'], 'reply': ['USER', 'disabled', '<x>', 'nothing of it']}
    met = 0
    for _ in range(60):
        chosen = {}
        for name in r.sample(sorted(values), r.randint(1, 3)):
            chosen[name] = r.sample(values[name], 1 if name in ('since', 'until', 'reply') else
                                    min(r.randint(1, 2), len(values[name])))
        args = [x for name, some in chosen.items() for v in some for x in ('--' + name, v)]
        if 'since' in chosen and 'until' in chosen and chosen['since'] >= chosen['until']:
            need('is not before' in ff('export', '-s', 'state', *args, status=64).err, args)
            continue
        want = [row['address_key'] for row in rows
                if all(any(means[name](row, v) for v in some) for name, some in chosen.items())]
        same([row['address_key'] for row in exported('state', *args)], want, args)
        same(shown('-t', 'acme', *args)[0], len(want), args)
        met += 0 < len(want) < len(rows)
    need(met > 15, 'most selections mean all or none: %d' % met)


def four_hours(until=0):
    """what is usual: in each five minutes 9 dead addresses of Google's and 21 of others, of eight tenants"""
    for window in range(-48, until):
        for n in range(30):
            clock = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(1796000000 // 300 * 300 + window * 300 + n * 10))
            yield event('w%d.%d@example.org' % (window, n), event_time=clock + 'Z', tenant_id='t%d' % (n % 8),
                        **(GMAIL if n < 9 else {}))


def evening(count, tenants):
    for n in range(count):
        clock = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(1796000000 // 300 * 300 + 300 + n % 300))
        yield event('evening%d@example.org' % n, event_time=clock + 'Z', tenant_id='t%d' % (n % tenants), **GMAIL)


@case("a provider's outage is told by run, with the command that undoes it")
def _():
    f = write('in', ndjson(*four_hours(4), *evening(500, 8)))
    surge, = json.loads(ff('run', '--json', '-i', 'json:' + f, '-s', 'state').out)['surges']
    same((surge['provider'], surge['added'], surge['until'][11:16]),
         ('google', 509, time.strftime('%H:%M', time.gmtime(1796000000 // 300 * 300 + 600))))
    need(2 < surge['usual'] < 30 and surge['tenants'] > 3, surge)
    text = ff('run', '-i', 'json:' + f, '-s', 'state2').text
    need('Outages?' in text and '  google: 509 suppressed from ' in text, text)
    command = surge['command'].split()
    same(command[0], 'fivefifty')
    text = ff(*command[1:]).text
    need('509 of 2060 active entries would be released (all tenants)' in text, text)
    same(ff(*command[1:], '--confirm', re.search('--confirm ([0-9a-f]+)', text).group(1)).err, 'released 509\n')
    same(sum('evening' in a for a in suppressed('state')), 0)


@case("one customer's bad list is no outage, and a day like any other has none")
def _():
    for n, events in enumerate((evening(500, 1), ())):
        f = write('in', ndjson(*four_hours(4), *events))
        same(json.loads(ff('run', '--json', '-i', 'json:' + f, '-s', 'state%d' % n).out)['surges'], [])
        need('Outages?' not in ff('run', '-i', 'json:' + f, '-s', 'text%d' % n).text, 'told')


@case('run --follow tells an outage while it lasts')
def _():
    with open(write('in', ndjson(*four_hours()))), open(path('err'), 'wb') as err:
        p = start('run', '--follow', '-i', 'json:' + path('in'), '-s', 'state', stderr=err)
        sees(48 * 30)
        append('in', *evening(400, 8), *list(four_hours(3))[-1:])  # a window is judged when a later one has begun
        until(lambda: b'google: ' in read('err') and
              b'have they an outage? (fivefifty release --state state --all-tenants --provider google --since 20' in
              read('err'), what='a message')
        same(stop(p), 0)
    same(read('err').count(b'have they an outage?'), 1)


table([
    ('release of nothing in particular is refused', ['release', '-s', 'state'], '', 64, '', 'what is to be released?'),
    ('release of addresses and of a selection is refused',
     ['release', 'a@example.net', '-s', 'state', '--rule', 'x'], '', 64, '', 'are both given'),
    ('release --confirm of an address is refused',
     ['release', 'a@example.net', '-s', 'state', '--confirm', 'x'], '', 64, '', '--confirm goes with'),
    ('release --all-tenants of an address is refused',
     ['release', 'a@example.net', '-s', 'state', '--all-tenants'], '', 64, '', '--all-tenants goes with'),
    ('release of a selection needs to know where', ['release', '--rule', 'x'], '', 64, '', '--state DIR or --brokers'),
    ('release of a selection: no such folder', ['release', '--rule', 'x', '-s', 'nowhere'], '', 66, '', 'nowhere'),
    ('a time that is none',
     ['export', '-s', 'state', '--since', 'yesterday'], '', 64, '', '--since: "yesterday" is no time'),
    ('a time before 1970', ['export', '-s', 'state', '--until', '99999w'], '', 64, '', '--until: "99999w" is no time'),
    ('a category that is none',
     ['export', '-s', 'state', '--category', 'dead'], '', 64, '', 'there is no category "dead"'),
    ('an address of ours that is none',
     ['export', '-s', 'state', '--sending-ip', '192.0.2'], '', 64, '', '"192.0.2" is no IP address'),
    ('an empty name', ['export', '-s', 'state', '--provider', ''], '', 64, '', '--provider: the name is empty'),
    ('a span of no time', ['export', '-s', 'state', '--since', '2026-11-24', '--until', '2026-11-24T00:00Z'], '', 64,
     '', 'is not before --until'),
])


@case('times are written as people write them: a date, no seconds, or how long ago')
def _():
    today = time.time()
    stamp = lambda ago: time.strftime('%Y-%m-%dT%H:%M:%S.000000Z', time.gmtime(today - ago))
    state_of([event('hour@example.net', event_time=stamp(3600)),
              event('week@example.net', event_time=stamp(7 * 86400))])
    same([r['address_key'] for r in exported('state', '--since', '90m')], ['hour@example.net'])
    same([r['address_key'] for r in exported('state', '--until', '2d')], ['week@example.net'])
    same(len(exported('state', '--since', '2026-08-06')), 2)
    same(len(exported('state', '--until', '2026-08-06 08:00+02:00')), 0)


@case('a full disk below $TMPDIR: nothing is released, and it says what to do')
def _():
    state_of([event('u%d@example.net' % n) for n in range(2000)])
    with small_disk('16k') as (folder, _):
        which = ['-t', 'acme', '--domain', 'example.net']
        token = shown(*which)[1]
        d = ff('release', '-s', 'state', *which, '--confirm', token, status=74, TMPDIR=folder)
        need('set TMPDIR; nothing was released' in d.err, d.err)
        ff('release', '-s', 'state', *which, status=73, TMPDIR=path('nowhere'))
    same(len(suppressed('state')), 2000)


@case('the incident of a release is told as it was given, in every form; bytes that are no text are hex')
def _():
    for given, want in (('INC-1', 'INC-1'),
                        ('Störung 7', 'Störung 7'),
                        (b'\xff\x01', 'ff01'),
                        (b'a\x1b[2J', '611b5b324a')):
        ff('add', 'a@example.net', '-s', 'state')
        ff('release', 'a@example.net', '-s', 'state', '--incident', os.fsdecode(given))
        entry, = json.loads(ff('explain', 'a@example.net', '-s', 'state', '--json').out)['entries']
        same((entry['release']['incident_id'], entry['incident_id']), (want, want))
        need('    incident   %s\n' % want in ff('explain', 'a@example.net', '-s', 'state').text)


@case('export and release that are interrupted while they read a topic leave nothing of the list behind')
def _():
    with socket.socket() as mute:  # takes connections and answers nothing
        mute.bind(('127.0.0.1', 0))
        mute.listen()
        where = ('--brokers', '127.0.0.1:%d' % mute.getsockname()[1])
        for how in (signal.SIGTERM, signal.SIGINT):
            running = []
            for name, *more in (('export',), ('release', '--domain', 'example.net')):
                folder = path(name + how.name)
                os.mkdir(folder)
                running.append((folder, start(name, *more, *where, stderr=subprocess.PIPE, env={'TMPDIR': folder})))
            for folder, p in running:
                until(lambda: any(n.startswith('fivefifty-export-') for n in os.listdir(folder)),
                      what='the copy of the list is begun')
            for folder, p in running:
                p.send_signal(how)
            for folder, p in running:
                said = ended(p)[1].decode()
                same((p.returncode, os.listdir(folder)), (75, []), said)
                need('interrupted' in said, said)


if __name__ == '__main__':
    main()
