#!/usr/bin/env python3
"""Whose mail, whose words, whose clock: own relays, tenants by the sender's domain, what is no newsletter,
the zone of a log."""
import shlex, signal

from shell import *

MX = 'mx.x.example[203.0.113.5]:25'
FILTER = '127.0.0.1[127.0.0.1]:10026'
UNKNOWN = '550 5.1.1 user unknown'


def line(queue_id, text, time='2026-11-20T09:00:00Z', program='smtp'):
    return '%s news1 postfix/%s[1]: %s: %s\n' % (time, program, queue_id, text)


def result(queue_id, to, reply, relay=MX, status='bounced', command='RCPT TO', more='', dsn='5.1.1', **where):
    host = relay.rsplit(':', 1)[0] if ']:' in relay else relay
    reason = reply if status == 'sent' else 'host %s said: %s (in reply to %s command)' % (host, reply, command)
    return line(queue_id, 'to=<%s>, %srelay=%s, delay=1, delays=0/0/0/1, dsn=%s, status=%s (%s)' %
                (to, more, relay, dsn, status, reason), **where)


def mail(queue_id, sender, *results):
    return (line(queue_id, 'from=<%s>, size=4821, nrcpt=1 (queue active)' % sender, program='qmgr') +
            ''.join(results) + line(queue_id, 'removed', program='qmgr'))


def run_on(log, *options, state='state'):
    """(addresses by tenant, report)"""
    report = json.loads(ff('run', '--json', '-i', 'postfix:' + write('log', log), '-s', state, *options).out)
    return sorted((r['tenant_id'], r['address_key']) for r in exported(state)), report


def keys_on(log, *options, state='state'):
    return [key for _, key in run_on(log, *options, state=state)[0]]


# ---------------------------------------------------------------- hops of our own
def hops(*relays):
    return ''.join(result('3F2A1B4C%02d' % i, 'h%d@gmail.com' % i, UNKNOWN, relay=r) for i, r in enumerate(relays))


@case('what our own second hop says is held against nobody: loopback by address or name, another port than 25, '
      'a socket')
def _():
    log = hops(FILTER, 'localhost[127.0.0.1]:25', 'localhost[::1]:25', '::1[::1]:10025',
               'filter.news1.example[127.0.1.1]:10024', 'news1[private/dovecot-lmtp]')
    same(run_on(log), ([], run_on(log, state='state2')[1]))


@case('an MX whose address happens to be on loopback, as in every test with a scripted server, is a receiving side')
def _():
    same(keys_on(hops('mx1.mail.example.net[127.0.1.7]:25')), ['h0@gmail.com'])


@case('the three filters of one Postfix host: no list dies of a wrong table in the reinjection instance')
def _():
    log = (result('3F2A1B4C01', 'h1@gmail.com',
                  '550 5.1.1 <h1@gmail.com>: Recipient address rejected: User unknown in relay recipient table',
                  relay=FILTER) +
           result('3F2A1B4C02', 'h2@gmail.com',
                  '550 5.1.2 <h2@gmail.com>: Recipient address rejected: Domain not found', relay=FILTER) +
           ''.join(result('3F2A1B4D%d' % d, 'h3@gmail.com',
                          '550 5.1.1 from MTA(smtp:[127.0.0.1]:10025): '
                          '550 5.1.1 <h3@gmail.com>: User unknown in local recipient table',
                          relay=FILTER, command='end of DATA', time='2026-11-%dT09:00:00Z' % d) for d in range(20, 30)))
    same(keys_on(log), [])


@case('the report tells what our own relays said as ours, and not as the provider\'s')
def _():
    log = write('log', result('3F2A1B4C01', 'h1@gmail.com', '554 5.7.0 Reject, id=1-01 - spam', relay=FILTER,
                              command='end of DATA', dsn='5.7.0'))
    text = ff('run', '-i', 'postfix:' + log, '-s', 'state').text
    need('Our own relays said 1 of them' in text and 'at our own relay 127.0.0.1' in text, text)
    report = json.loads(ff('run', '--json', '-i', 'postfix:' + log, '-s', 'state2').out)
    same((report['own_relay_failures'], [c['own_relay'] for c in report['top_causes']]), (1, [True]))


@case('mail that was handed to a filter of ours is no delivery yet, mail in a mailbox of ours is one')
def _():
    log = (result('3F2A1B4C01', 'a@gmail.com',
                  '250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 3F2A1B4C02',
                  relay=FILTER, status='sent', dsn='2.0.0') +
           result('3F2A1B4C02', 'a@gmail.com', '250 2.0.0 OK 1234 gsmtp', status='sent', dsn='2.0.0') +
           result('3F2A1B4C03', 'b@kunde-a.example', '250 2.0.0 <b@kunde-a.example> abc Saved',
                  relay='news1[private/dovecot-lmtp]', status='sent', dsn='2.0.0', program='lmtp') +
           result('3F2A1B4C04', 'b@kunde-a.example', '250 2.0.0 Ok: queued as 3F2A1B4C05',
                  relay='127.0.0.1[127.0.0.1]:10024', status='sent', dsn='2.0.0', program='lmtp'))
    report = run_on(log)[1]
    same((report['by_kind'], report['items'], report['results'], report['ignored']), ({'delivery': 2}, 4, 2, 2))


@case('--own-relay names further ones: an address, a network, a host and what is below it; of KumoMTA\'s peers, too')
def _():
    log = hops('10.1.2.3[10.1.2.3]:25', 'out1.relay.example.com[198.51.100.7]:25', 'mx.inner.example[2001:db8::5]:25',
               'mx.example.org[198.51.100.8]:25')
    same(len(keys_on(log)), 4)
    named = ('--own-relay', '10.0.0.0/8', '--own-relay', 'Relay.example.com', '--own-relay', '2001:db8::/32')
    same(keys_on(log, *named, state='state2'), ['h3@gmail.com'])
    kumo = dict(type='Bounce', id='1', sender='n@kunde-a.example', recipient='h@gmail.com', queue='gmail.com', size=1,
                timestamp=1786003200, created=1786003190, num_attempts=0,
                peer_address=dict(name='out1.relay.example.com.', addr='198.51.100.7'),
                response=dict(code=550, content='user unknown', command='RCPT TO:<h@gmail.com>',
                              enhanced_code={'class': 5, 'subject': 1, 'detail': 1}))
    for options, origin in (((), 'remote_reply'), (named, 'local_policy')):
        same([e['origin'] for e in ff('decode', '-f', 'kumomta', '--json', *options, stdin=ndjson(kumo)).rows()],
             [origin])


@case('--own-relay none: only what is named is ours')
def _():
    log = hops(FILTER, '10.1.2.3[10.1.2.3]:25')
    same(keys_on(log, '--own-relay', 'none', '--own-relay', '10.1.2.3'), ['h0@gmail.com'])


# ---------------------------------------------------------------- customers
THREE = ('--tenant-map', 'kunde-a.example=a', '--tenant-map', 'kunde-b.example=b',
         '--tenant-map', 'shop.kunde-b.example=shop')
CUSTOMERS = ''.join(mail('3F2A1B4C0%d' % i, sender, result('3F2A1B4C0%d' % i, 'r%d@x.example' % i, UNKNOWN))
                    for i, sender in enumerate(('news@kunde-a.example', 'bounce+r1=x.example@rp.Kunde-B.example',
                                                'n@mail.shop.kunde-b.example', 'news@notkunde-a.example', '')))
BY_CUSTOMER = [('a', 'r0@x.example'),
               ('b', 'r1@x.example'),
               ('default', 'r3@x.example'),
               ('default', 'r4@x.example'),
               ('shop', 'r2@x.example')]


@case('three customers of one host are three tenants, by the domain of the sender: itself or the longest above it')
def _():
    same(run_on(CUSTOMERS, *THREE)[0], BY_CUSTOMER)


@case('a domain of the map is the same in Unicode, in A-labels and in capitals')
def _():
    log = mail('3F2A1B4C01', 'n@xn--mller-kva.example', result('3F2A1B4C01', 'r@x.example', UNKNOWN))
    for n, domain in enumerate(('m\u00fcller.example', 'XN--MLLER-KVA.Example.', '.m\u00fcller.example')):
        same(run_on(log, '--tenant-map', domain + '=m', state='state%d' % n)[0], [('m', 'r@x.example')], domain)


@case('one customer\'s subscriber who is gone is not lost to the others')
def _():
    run_on(CUSTOMERS, *THREE)
    same([ff('explain', 'r0@x.example', '-s', 'state', '-t', t, '--json').rows()[0]['suppressed'] for t in ('a', 'b')],
         [True, False])


@case('the map may stand in the configuration file, and SIGHUP reads it again')
def _():
    conf = write('c', '[run]\nstate = state\ninput = postfix:%s\nfollow = true\ntenant-map = kunde-a.example=a\n' %
                 write('log', ''))
    err = open(path('err'), 'wb')
    p = start('run', '--config', conf, stderr=err)
    try:
        append_mail('3F2A1B4C01', 'n@kunde-a.example', 'r1@x.example')
        until(lambda: tenants('state') == ['a'])
        append_text('c', 'tenant-map = kunde-c.example=c\n')
        p.send_signal(signal.SIGHUP)
        until(lambda: b'are in force' in read('err'), what='the new map')
        append_mail('3F2A1B4C02', 'n@kunde-c.example', 'r2@x.example')
        until(lambda: tenants('state') == ['a', 'c'])
    finally:
        stop(p)
        err.close()


def tenants(state):
    """in the committed state beside the running process; none before its first commit"""
    d = ff('export', '-s', state, status=None)
    return [r['tenant_id'] for r in d.rows()] if d.status == 0 else []


def append_text(name, text):
    with open(path(name), 'a', encoding='utf-8') as f:
        f.write(text)


def append_mail(queue_id, sender, to):
    append_text('log', mail(queue_id, sender, result(queue_id, to, UNKNOWN)))


@case('a tenant that the record names stays; the map is for what names none, in every format')
def _():
    kumo = lambda **more: dict(dict(type='Bounce', id='1', sender='n@kunde-a.example', recipient='h@gmail.com',
                                    queue='gmail.com', timestamp=1786003200,
                                    response=dict(code=550, content='no', command='RCPT TO')), **more)
    rows = ff('decode', '-f', 'kumomta', '--json', *THREE,
              stdin=ndjson(kumo(), kumo(meta=dict(tenant='own')), kumo(queue='c:q@gmail.com'))).rows()
    same([e['tenant_id'] for e in rows], ['a', 'own', 'q'])
    nameless = event(mail_from='n@kunde-b.example')
    del nameless['tenant_id']
    rows = ff('decode', '-f', 'json', '--json', *THREE,
              stdin=ndjson(nameless, event(mail_from='n@kunde-b.example'))).rows()
    same([e['tenant_id'] for e in rows], ['b', 'acme'])


# ---------------------------------------------------------------- what is no newsletter
@case('--only-from leaves out forwards and bounces, --skip-recipients mail to our own; what was left out is counted')
def _():
    def one(n, sender, to):
        return mail('3F2A1B4C0%d' % n, sender, result('3F2A1B4C0%d' % n, to, UNKNOWN))
    log = (one(1, 'news@kunde-a.example', 'r@x.example') + one(2, '', 'someone@y.example') +
           one(3, 'friend@z.example', 'forwarded@elsewhere.example') +
           one(4, '', 'bounce-123@kunde-a.example') + one(5, 'news@kunde-a.example', 'info@kunde-a.example'))
    same(len(keys_on(log)), 5)
    addresses, report = run_on(log, '--only-from', 'kunde-a.example', '--skip-recipients', 'kunde-a.example',
                               state='state2')
    same((addresses, report['results'], report['ignored_by_reason']['left_out']), ([('default', 'r@x.example')], 1, 4))
    same(report['items'], report['results'] + report['ignored'] + report['dead_lettered'])


@case('a complaint and an opt-out are kept, whoever sent the mail')
def _():
    log = write('in', ndjson(event('c@x.example', 'feedback', feedback=dict(type='abuse'), flags=['token_verified']),
                             event('u@x.example', 'unsubscribe'), event('b@x.example')))
    report = json.loads(ff('run', '--json', '-i', 'json:' + log, '-s', 'state', '--only-from', 'kunde-a.example').out)
    same((report['by_kind'], report['ignored_by_reason']), ({'feedback': 1, 'unsubscribe': 1}, {'left_out': 1}))


for option, sender, to in (('skip-recipients = ours.example', 'n@kunde-a.example', 'later@ours.example'),
                           ('only-from = kunde-a.example', 'friend@z.example', 'later@x.example')):
    @case('what SIGHUP brings leaves out mail also when nothing was left out before: %s' % option)
    def _(option=option, sender=sender, to=to):
        conf = write('c', '[run]\nstate = state\ninput = postfix:%s\nfollow = true\n' % write('log', ''))
        with open(path('err'), 'wb') as err:
            p = start('run', '--config', conf, stderr=err)
        try:
            append_mail('3F2A1B4C01', sender, 'before-' + to)
            until(lambda: addresses('state') == ['before-' + to])
            append_text('c', option + '\n')
            p.send_signal(signal.SIGHUP)
            until(lambda: b'are in force' in read('err'), what='the new option')
            append_mail('3F2A1B4C02', sender, to)
            append_mail('3F2A1B4C03', 'n@kunde-a.example', 'z@x.example')
            until(lambda: 'z@x.example' in addresses('state'))
        finally:
            stop(p)
        same(addresses('state'), ['before-' + to, 'z@x.example'])


def addresses(state):
    """in the committed state beside the running process"""
    d = ff('export', '-s', state, status=None)
    return [r['address_key'] for r in d.rows()] if d.status == 0 else []


@case('the command for wordings that no rule is sure of counts the same failures when mail is left out')
def _():
    log = ''.join(mail('3F2A1B4C0%d' % n, sender,
                       result('3F2A1B4C0%d' % n, 'r@x.example', '554 5.0.0 transaction failed'))
                  for n, sender in enumerate(('n@kunde-a.example', 'n@other.example')))
    unsure = run_on(log, '--only-from', 'kunde-a.example')[1]['unsure']
    same((unsure['count'], sum(r['count'] for r in ff(*shlex.split(unsure['command'])[1:], '--json').rows())), (1, 1),
         unsure)


@case('of an alias the address that was tried is held against, not the one that the list holds')
def _():
    log = result('3F2A1B4C01', 'real@elsewhere.example', UNKNOWN, more='orig_to=<subscriber@ours.example>, ')
    same(keys_on(log), ['real@elsewhere.example'])


# ---------------------------------------------------------------- whose clock
def bsd(time, queue_id='3F2A1B4C01', status='bounced'):
    return result(queue_id, 'r@x.example', UNKNOWN, time=time, status=status)


def times(log, *options):
    d = ff('decode', '-f', 'postfix', '--json', '--year', '2026', *options, stdin=log)
    return [e['event_time'][:16] for e in d.rows()], d.err


@case('--zone reads local times of BSD lines, through summer and winter; a line that says its zone keeps it')
def _():
    log = bsd('Jan 15 01:00:00') + bsd('Jul 15 01:00:00') + bsd('2026-07-15T01:00:00Z')
    same(times(log, '--zone', 'Europe/Berlin')[0], ['2026-01-15T00:00', '2026-07-14T23:00', '2026-07-15T01:00'])
    same(times(log, '--zone', '-08:00')[0], ['2026-01-15T09:00', '2026-07-15T09:00', '2026-07-15T01:00'])
    same(times(log, '--zone', 'UTC')[0], times(log)[0])


@case('an RFC 3339 time without its zone is a local time, too: in a line, in an envelope, around the line')
def _():
    text = 'news1 ' + bsd('').split(' news1 ', 1)[1].rstrip('\n')
    for log in ('2026-07-15T01:00:00 ' + text, '2026-07-15 01:00:00.5 ' + text,
                '<22>1 2026-07-15T01:00:00 news1 postfix/smtp 1 - - ' + text.split(']: ', 1)[1],
                json.dumps(dict(timestamp='2026-07-15 01:00:00', program='postfix/smtp', host='news1',
                                message=text.split(']: ', 1)[1]))):
        same(times(log, '--zone', 'Europe/Berlin')[0], ['2026-07-14T23:00'], log)
        got, err = times(log)
        same((got, err.count('read as UTC (give --zone')), (['2026-07-15T01:00'], 1), log)
    measured = result('4hG07M1ZdDz7Qhl', 'r@x.example', UNKNOWN,
                      time='2026-08-06T10:00:00').replace('delay=1,', 'delay=0.9,')
    same(times(measured, '--zone', 'America/New_York')[0], ['2026-08-06T08:00'])


@case('the hours around a change of the clock: one that comes twice is the first, '
      'one that does not exist is read by the clock behind it')
def _():
    got = times(''.join(bsd(t) for t in ('Mar 29 01:59:59', 'Mar 29 02:30:00', 'Mar 29 03:00:00', 'Oct 25 01:59:59',
                                         'Oct 25 02:30:00', 'Oct 25 03:00:00')), '--zone', 'Europe/Berlin')[0]
    same(got, ['2026-03-29T00:59', '2026-03-29T00:30', '2026-03-29T01:00', '2026-10-24T23:59', '2026-10-25T00:30',
               '2026-10-25T02:00'])


@case('a long queue id measures the zone, whatever --zone says')
def _():
    measured = result('4hG07M1ZdDz7Qhl', 'r@x.example', UNKNOWN,
                      time='Aug  6 10:00:00').replace('delay=1,', 'delay=0.9,')
    same(times(measured, '--zone', 'America/New_York')[0], ['2026-08-06T08:00'])


@case('an expiry, whose line is the queue manager\'s, is read in the same zone')
def _():
    log = (mail('3F2A1B4C01', 'n@kunde-a.example', '') .rsplit('2026', 1)[0] +
           result('3F2A1B4C01', 'r@x.example', '452 4.2.2 full', status='deferred', time='Jul 15 01:00:00') +
           line('3F2A1B4C01', 'from=<n@kunde-a.example>, status=expired, returned to sender', program='qmgr',
                time='Jul 15 02:00:00'))
    same(times(log, '--zone', 'Europe/Berlin')[0], ['2026-07-14T23:00', '2026-07-15T00:00'])


@case('a zone that is guessed is told once, when it matters')
def _():
    words = 'read as UTC (give --zone'
    same(times(bsd('Jan 15 01:00:00') * 3)[1].count(words), 1)
    for log, options in ((bsd('Jan 15 01:00:00'), ('--zone', 'UTC')), (bsd('2026-01-15T01:00:00Z'), ()),
                         (bsd('Jan 15 01:00:00', status='sent'), ())):
        same(times(log, *options)[1].count(words), 0, log)


@case('east or west of UTC a bounce after a release counts, one before it does not')
def _():
    now = time.time()
    for zone, ahead in (('-08:00', -8), ('+05:30', 5.5)):
        ff('add', 'r@x.example', '-s', zone)
        ff('release', 'r@x.example', '-s', zone)
        for seconds, wanted in ((-60, []), (60, ['r@x.example'])):
            same(keys_on(bsd(time.strftime('%b %e %H:%M:%S', time.gmtime(now + seconds + ahead * 3600))),
                         '--zone', zone, state=zone), wanted, zone, seconds)


@case('what journalctl writes is read: short, short-iso, short-iso-precise, short-precise, cat, json')
def _():
    text = 'postfix/smtp[1]: ' + bsd('').split(']: ', 1)[1]
    for head, want in (('Jan 15 01:00:00 news1 ', '00:00'),
                       ('2026-01-15T01:00:00+0100 news1 ', '00:00'),
                       ('2026-01-15T01:00:00+01:00 news1 ', '00:00'),
                       ('2026-01-15T01:00:00.123456+01:00 news1 ', '00:00'),
                       ('2026-01-15T01:00:00.123456+0100 news1 ', '00:00'),
                       ('Jan 15 01:00:00.123456 news1 ', '00:00')):
        same(times(head + text, '--zone', 'Europe/Berlin')[0], ['2026-01-15T' + want], head)
    journal = dict(__REALTIME_TIMESTAMP='1768435200000000', _HOSTNAME='news1', SYSLOG_IDENTIFIER='postfix/smtp',
                   MESSAGE=text.split(': ', 1)[1].strip())
    same(times(ndjson(journal))[0], ['2026-01-15T00:00'])


table([
    ('a network that is none is refused', ['decode', '-f', 'postfix', '--own-relay', '10.0.0.0/33'], '', 64, '',
     '--own-relay: "10.0.0.0/33" is no host, address or network'),
    ('a path is no host',
     ['decode', '-f', 'postfix', '--own-relay', 'private/lmtp'], '', 64, '', 'is no host, address or network'),
    ('a pair without a tenant is refused',
     ['decode', '-f', 'postfix', '--tenant-map', 'a.example'], '', 64, '', '"a.example" is no DOMAIN=TENANT'),
    ('the tenant of all is no tenant',
     ['decode', '-f', 'postfix', '--tenant-map', 'a.example=*'], '', 64, '', 'no name of a tenant'),
    ('an address is no domain',
     ['decode', '-f', 'postfix', '--tenant-map', 'n@a.example=a'], '', 64, '', 'is no DOMAIN=TENANT'),
    ('a domain of two tenants is refused',
     ['decode', '-f', 'postfix', '--tenant-map', 'a.example=a', '--tenant-map', 'A.example.=b'], '', 64,
     '', 'there twice'),
    ('an address is no domain to leave out', ['decode', '-f', 'postfix', '--skip-recipients', 'n@a.example'], '', 64,
     '', '--skip-recipients: "n@a.example" is no domain'),
    ('a zone that nobody knows is refused',
     ['decode', '-f', 'postfix', '--zone', 'Europe/Belrin'], '', 64, '', 'has none of that name'),
    ('a zone that is a rule is refused',
     ['decode', '-f', 'postfix', '--zone', 'CET-1CEST,M3.5.0'], '', 64, '', 'is no zone'),
    ('a zone that leads elsewhere is refused',
     ['decode', '-f', 'postfix', '--zone', '../../../etc/passwd'], '', 64, '', 'is no zone'),
    ('an offset of a day is refused', ['decode', '-f', 'postfix', '--zone', '+24:00'], '', 64, '', 'is no zone'),
])

main()
