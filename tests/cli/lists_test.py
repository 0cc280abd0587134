#!/usr/bin/env python3
"""import of lists from elsewhere: exports of other services as they are, dates, reasons, separators,
and what an error shows."""
import re

from shell import *


def imported(text, *options, status=0):
    """{address: (reason, day it happened, note)} of a list, and what was said"""
    d = ff('import', write('list', text), '-s', 'state', *options, status=status)
    entries = {}
    for r in exported('state') if os.path.exists(path('state')) else []:
        entry, = ff('explain', r['address'], '-s', 'state', '--json').rows()[0]['entries']
        entries[r['address_key']] = (r['reason'], r['last_event'][:10], entry.get('note', ''))
    return entries, d


HARD, COMPLAINT, UNSUB, MANUAL = 'hard_bounce', 'complaint_report', 'unsubscribed', 'manual'
A, B, C = 'a@example.net', 'b@example.net', 'c@example.net'

# sentence, text of the list, {address: (reason, day)}
SERVICES = (
    ('SendGrid, bounces',
     'status,reason,email,created\n'
     '5.1.1,"550 5.1.1 The email account that you tried to reach does not exist.",a@example.net,1449953655\n'
     '5.2.2,552 5.2.2 mailbox full,b@example.net,1449953655\n',
     {A: (HARD, '2015-12-12'), B: ('imported', '2015-12-12')}),
    ('SendGrid, spam reports',
     'ip,email,created,reason\n192.0.2.1,a@example.net,1449953655,spam report\n', {A: (COMPLAINT, '2015-12-12')}),
    ('Mailgun',
     'address,code,error,created_at\na@example.net,550,No such mailbox,"Fri, 21 Oct 2011 11:02:55 GMT"\n'
     'b@example.net,605,Not delivering to previously bounced address,"Fri, 21 Oct 2011 11:02:55 +0000"\n'
     'c@example.net,550,,\n',
     {A: (HARD, '2011-10-21'), B: ('imported', '2011-10-21'), C: ('imported', None)}),
    ('Mailchimp, cleaned',
     'Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,LEID,NOTES\n'
     'a@example.net,Ann,"O\'Neill, jr.",2,2019-03-21 10:00:00,2020-05-01 23:30:00,"May, news",123,\n',
     {A: (HARD, '2020-05-01')}),
    ('Mailchimp, unsubscribed',
     '"Email Address","First Name",UNSUB_TIME,UNSUB_REASON\na@example.net,Ann,"2020-05-01 23:30:00","NORMAL"\n',
     {A: (UNSUB, '2020-05-01')}),
    ('Mandrill',
     'email,reason,detail,created_at,expires_at,last_event_at,expires_at,subaccount\n'
     'a@example.net,hard-bounce,"smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound","2015-12-18 17:49:49.74724",'
     '"2099-01-28 19:44:39","2016-01-14 19:49:49","2016-01-28 19:44:39",\n',
     {A: (HARD, '2015-12-18')}),
    ('SparkPost',
     'recipient,type,source,description,created,updated\n'
     'a@example.net,non_transactional,Bounce Rule,"550: 550 5.1.1 user unknown",2024-01-02T03:04:05+00:00,\n'
     'b@example.net,non_transactional,Spam Complaint,,2024-01-02T03:04:05+00:00,\n'
     'c@example.net,transactional,Manually Added,asked for it,,\n',
     {A: (HARD, '2024-01-02'), B: (COMPLAINT, '2024-01-02'), C: (MANUAL, None)}),
    ('Postmark',
     'EmailAddress,SuppressionReason,Origin,CreatedAt\na@example.net,HardBounce,Recipient,2019-12-17T08:58:33-05:00\n'
     'b@example.net,SpamComplaint,Recipient,2019-12-17T08:58:33-05:00\n'
     'c@example.net,ManualSuppression,Customer,2019-12-17T22:58:33-05:00\n',
     {A: (HARD, '2019-12-17'), B: (COMPLAINT, '2019-12-17'), C: (MANUAL, '2019-12-18')}),
    ('Amazon SES, as CSV',
     'EmailAddress,Reason,LastUpdateTime\na@example.net,BOUNCE,2024-01-02T03:04:05.123000+00:00\n'
     'b@example.net,COMPLAINT,1704164645.0\n', {A: (HARD, '2024-01-02'), B: (COMPLAINT, '2024-01-02')}),
    ('Amazon SES, as JSON lines',
     '{"EmailAddress":"a@example.net","Reason":"BOUNCE","LastUpdateTime":1704164645}\n', {A: (HARD, '2024-01-02')}),
    ('a spreadsheet with semicolons',
     '\ufeffE-Mail-Adresse;Datum;Grund\r\na@example.net;31.01.2026;abgemeldet\r\n'
     'b@example.net;2026-02-01;Hard Bounce\r\n', {A: (UNSUB, '2026-01-31'), B: (HARD, '2026-02-01')}),
    ('a spreadsheet that names its separator',
     'sep=;\nemail;name, first\na@example.net;Ann\n', {A: ('imported', None)}),
    ('two columns with a semicolon', 'email;date\na@example.net;2026-01-01\n', {A: ('imported', '2026-01-01')}),
    ('tabs, an empty cell, and commas in a text',
     'email\tname\treason\tdate\na@example.net\t\tuser unknown, really\t2026-01-01\nb@example.net\tBob\tcomplaint\t\n',
     {A: (HARD, '2026-01-01'), B: (COMPLAINT, None)}),
    ('bars', 'date|email\n2026-01-01|a@example.net\n', {A: ('imported', '2026-01-01')}),
    ('a street beside the e-mail address',
     'Name,Address,Email\nAnn,"1, High Street",a@example.net\n', {A: ('imported', None)}),
    ('cells of separators behind the last column', 'email,reason,,\na@example.net,bounce,,\n', {A: (HARD, None)}),
)

for sentence, text, want in SERVICES:
    @case('import: ' + sentence)
    def _(text=text, want=want):
        got, d = imported(text)
        same({a: (reason, day if want.get(a, (0, 0))[1] else None) for a, (reason, day, _n) in got.items()}, want,
             d.err)
        need('refused 0' in d.err, d.err)
        before = ff('export', '-s', 'state').out
        if all(day for _r, day in want.values()):  # lines that say when count once
            ff('import', 'list', '-s', 'state')
            same(ff('export', '-s', 'state').out, before)


for written, day in (
    ('2026-01-31', '2026-01-31'),
    ('2026/01/31', '2026-01-31'),
    ('2026-01-31 10:00', '2026-01-31'),
    ('2026-01-31T23:30:00', '2026-01-31'),
    ('2026-01-31 23:30:00 UTC', '2026-01-31'),
    ('2026-01-31 23:30:00 -0200', '2026-02-01'),
    ('2026-01-31T23:30:00.123456789-02:00', '2026-02-01'),
    ('1769882400', '2026-01-31'),
    ('1769882400123', '2026-01-31'),
    ('1769882400123456', '2026-01-31'),
    ('1769882400123.5', '2026-01-31'),
    ('253402300799', '1978-01-11'),
    ('1769882400.5', '2026-01-31'),
    ('31.01.2026 10:00:00', '2026-01-31'),
    ('1.2.2026', '2026-02-01'),
    ('Sat, 31 Jan 2026 10:00:00 GMT', '2026-01-31'),
    ('31-Jan-2026', '2026-01-31'),
    ('31 January 2026 23:30 -0200', '2026-02-01'),
    ('0000-00-00 00:00:00', None),
    ('NULL', None),
    ('0', None),
):
    @case('import: the date %s' % written)
    def _(written=written, day=day):
        got, _d = imported('email;date\na@example.net;%s\n' % written)
        same(got[A][1] if day else None, day, got)


for written in ('soon', '01/02/2026', '2026-02-30', '2026-13-01', '12', '99999999999999999999', '17698824001234567',
                '31.01.26', '2026-01-31 25:00:00', '2026-01-31 10:00 PM', '2026-01-31 10:00:00 MEST', '10:00:00'):
    @case('import: %s is no date: the line is left out, with file, line, column, value and what can be written' %
          written)
    def _(written=written):
        got, d = imported('email;date\na@example.net;%s\nb@example.net;2026-01-01\n' % written, status=65)
        same(list(got), [B])
        need('list:2: line left out: column "date": "%s" is no time (write 2026-01-31' % written in d.err and
             'refused 1' in d.err, d.err)


for sentence, text, says in (
    ('a list of names', 'name,note\nAnn,x\n',
     'list:1: line 1 names no column of addresses: it has "name", "note" (name the column email or address)'),
    ('a list without a header', 'a@example.net,2026-01-01\n',
     'list:1: line 1 names no column of addresses: it has "a@example.net", "2026-01-01" (put a line with the names'),
    ('the same with semicolons', 'a@example.net;2026-01-01\n', 'it has "a@example.net", "2026-01-01" (put a line'),
    ('many columns', ','.join('column%d' % i for i in range(40)) + '\n', '"column2", '),
    ('UTF-16', 'email,date\n'.encode('utf-16'), 'UTF-16 (save it as UTF-8'),
):
    @case('import: %s is refused as a whole, and the message shows what was found' % sentence)
    def _(text=text, says=says):
        got, d = imported(text, status=65)
        need(says in d.err and not got, d.err)


@case('import: a wrong address is shown; a status that says the address is fine leaves the line out')
def _():
    got, d = imported('email,status\nnobody,bounced\na@example.net,subscribed\nb@example.net,Bounced\n', status=65)
    same(list(got), [B])
    need('list:2: line left out: "nobody": this is no address' in d.err and
         'list:3: line left out: column "status": "subscribed" says that the address may be mailed' in d.err, d.err)


@case('import: columns that are not read are named, ours never')
def _():
    _got, d = imported('email,First Name,created,hits,expires_at,updated\na@example.net,Ann,,,,\n')
    need('list:1: columns that are not read: "First Name", "updated"\n' in d.err, d.err)
    ff('run', '-i', 'json:' + write('in', ndjson(dead(1))), '-s', 'run')
    for form in ('csv', 'jsonl'):
        ff('export', '-s', 'run', '-f', form, '-o', 'out')
        same(re.sub(r'added 1 .*\n', '', ff('import', 'out', '-s', 'of-' + form).err), '')


@case('import: what the server said is kept as note, unless the list has notes; '
      'a cause that is not the address\'s is told')
def _():
    got, d = imported('email,reason,note,created\na@example.net,550 5.1.1 user unknown,,2026-01-01\n'
                      'b@example.net,550 5.1.1 user unknown,ours,2026-01-01\n'
                      'c@example.net,"554 5.7.1 Service unavailable; '
                      'Client host [192.0.2.1] blocked using zen.spamhaus.org",,2026-01-01\n')
    same(got[A][2], '550 5.1.1 user unknown')
    same((got[B][0], got[B][2], got[C][0]), (HARD, 'ours', 'imported'))
    need('list:4: dnsbl-listed: "554 5.7.1 Service unavailable;' in d.err and 'as 1 such lines are' in d.err, d.err)


@case('import: words that are no reason are imported with --reason, kept as note, and told')
def _():
    got, d = imported('email,reason,created\na@example.net,asked by phone,2026-01-01\nb@example.net,mood,2026-01-01\n'
                      'c@example.net,HARD_BOUNCE,2026-01-01\n', '--reason', 'manual')
    same([got[x][::2] for x in (A, B, C)], [('manual', 'asked by phone'), ('manual', 'mood'), (HARD, '')])
    need('list:2: "asked by phone" is no reason that is known' in d.err and 'as 2 such lines are' in d.err, d.err)


@case('import: a value of the wrong type in JSON is named')
def _():
    _got, d = imported('{"email":["a@example.net"]}\n{"email":"b@example.net","hits":3,"tags":["x"]}\n', status=65)
    need('list:1: line left out: column "email": ' in d.err and 'is neither a string nor a number' in d.err and
         'added 1' in d.err, d.err)


# One row per language; capitals, blanks and joints do not count.
for language, words in (
    ('English', 'Active|ENABLED|ok|yes|valid|verified|Opted-In|double opt-in|delivered'),
    ('German', 'aktiv|Aktiviert|ja|gültig|BESTÄTIGT|angemeldet|zugestellt'),
    ('French', 'actif|Activé|oui|confirmée|inscrit|Abonné'),
    ('Spanish', 'activo|Activa|sí|válido|suscrito'),
    ('Portuguese', 'ativo|sim|inscrito|confirmado'),
    ('Italian', 'attivo|valido|iscritto|confermato'),
    ('Dutch', 'actief|ingeschreven|bevestigd'),
    ('Polish', 'aktywny|tak|potwierdzony|Ważny'),
    ('Russian', 'активен|Активный|ПОДТВЕРЖДЁН|да'),
    ('Japanese', '有効|購読中'),
    ('Chinese', '正常|已订阅|有效'),
    ('Turkish', 'etkin|aktif'),
):
    @case('import: a status that lets mail through in %s suppresses nobody' % language)
    def _(words=words):
        words = words.split('|')
        got, d = imported('email,status\nb@example.net,bounced\n' +
                          ''.join('a%d@example.net,%s\n' % row for row in enumerate(words)), status=65)
        same(list(got), [B])
        need('refused %d' % len(words) in d.err and
             'column "status": "%s" says that the address may be mailed' % words[0] in d.err, d.err)


@case('import: a word in status that is neither a reason nor a code is told, and kept as note; elsewhere, '
      'and beside a reason, it is not')
def _():
    for text in ('email,status,created\na@example.net,dormant,2026-01-01\nb@example.net,5.1.1,2026-01-01\n'
                 'c@example.net,inactive,2026-01-01\n',
                 '\n'.join('{"email":"%s","status":"%s","created":"2026-01-01"}' % row
                           for row in ((A, 'dormant'), (B, '550'), (C, 'inactive'))) + '\n'):
        got, d = imported(text, '--reason', 'manual')
        need('"dormant" is no reason that is known; imported with reason manual and these words as note, '
             'as 2 such lines are' in d.err, d.err)
        same([got[x][::2] for x in (A, B, C)], [('manual', 'dormant'), ('manual', ''), ('manual', 'inactive')])
    for text in ('email,source\na@example.net,dormant\n', 'email,reason,status\na@example.net,bounce,dormant\n',
                 'email,CLEAN_TIME,status\na@example.net,,dormant\n'):
        need('no reason that is known' not in imported(text)[1].err, text)


# What people write for a@example.net. The same in a plain list, in a cell, and behind `add`.
for written in ('mailto:a@example.net', 'MAILTO:a@example.net?subject=bye', '<a@example.net>', '<mailto:a@example.net>',
                'a@example.net;', 'a@example.net,', '"a@example.net"', "'a@example.net'", '"<a@example.net>";',
                'a@example.net # asked by phone', 'a@example.net\t# see b@example.net, c@example.net',
                'Ann <a@example.net>', '"Smith, Ann" <a@example.net>', '"Ann #1" <a@example.net>;'):
    @case('import and add: %s is a@example.net' % written)
    def _(written=written):
        got, d = imported(written + '\n')
        same(list(got), [A], d.err)
        ff('import', write('cells', 'note,email\nx,"%s"\n' % written.replace('"', '""')), '-s', 'cells-state')
        ff('add', written, '-s', 'added')
        same((suppressed('cells-state'), suppressed('added')), ([A], [A]))


for written, says in (('*@example.net', 'this is a pattern'),
                      ('news*@example.net', 'this is a pattern'),
                      ('a@example.net,b@example.net', 'several addresses'),
                      ('a@example.net; b@example.net', 'several addresses'),
                      ('a@example.net b@example.net', 'several addresses'),
                      ('Ann <a@example.net>, Bob <b@example.net>', 'several addresses'),
                      ('a b@example.net', 'outside quotes'),
                      ('smtp:a@example.net', 'outside quotes')):
    @case('import and add: %s is refused, with the reason' % written)
    def _(written=written, says=says):
        got, d = imported('c@example.net\n%s\n' % written, status=65)
        same(list(got), [C])
        need('list:2: line left out: "%s": ' % written in d.err and says in d.err, d.err)
        d = ff('import', write('cells', 'email\n"%s"\n' % written), '-s', 'state', status=65)
        need('cells:2: line left out: "%s": ' % written in d.err and says in d.err, d.err)
        d = ff('add', C, written, '-s', 'added', status=65)
        need(written in d.err and says in d.err and 'nothing was added' in d.err and not os.path.exists(path('added')),
             d.err)


@case('import and add: an address that needs its quotes keeps them, a star too; release takes any; '
      'what export prints is read as it stands')
def _():
    for address in ('"odd, one"@example.net', '"a@b"@example.net', '"x #1"@example.net', "o'hara@example.net",
                    'a..b@example.net', '#a@example.net', '"*"@example.net'):
        ff('add', address, '-s', 'state')
    ff('run', '-i',
       'json:' + write('in', ndjson(*(event(x, tenant_id='default')
                                      for x in ('mailto:x@example.net', 'a,b@example.net')))),
       '-s', 'state')
    want = suppressed('state')
    same(len(want), 9, want)
    for form in ('csv', 'jsonl'):
        ff('export', '-s', 'state', '-f', form, '-o', 'out')
        ff('import', 'out', '-s', 'of-' + form)
        same(suppressed('of-' + form), want)
    for address in want:
        ff('release', address, '-s', 'state')
    same(suppressed('state'), [])


for sentence, first in (('blanks', 'a@example.net REJECT'),
                        ('a tab', 'a@example.net\tREJECT'),
                        ('a text with commas', 'a@example.net  reject gone, really'),
                        ('a domain in line 1', 'example.org OK\na@example.net REJECT')):
    @case("import: Postfix's access map (%s): who is refused for good is suppressed, the other lines are told" %
          sentence)
    def _(first=first):
        got, d = imported('# recipients\n%s\nb@example.net 550 5.1.1 user unknown\n'
                          'c@example.net\tDISCARD unsubscribed\nd@example.net 554\n"odd one"@example.net REJECT\n'
                          'e@example.net OK\nf@example.net DUNNO\ng@example.net 450 4.7.1 later, please\n'
                          'h@example.net\tDEFER_IF_PERMIT\ni@example.net 1764500000\nj@example.net FILTER smtp:x\n'
                          'info@ REJECT\nk@example.net permit\n' % first, status=65)
        same(sorted(got), ['"odd one"@example.net', A, B, C, 'd@example.net'], d.err)
        same([got[x][0] for x in (B, C, 'd@example.net')], [HARD, UNSUB, 'imported'])
        same(got[B][2], '550 5.1.1 user unknown')
        for says in ('"e@example.net OK": in an access map this lets mail through',
                     '"g@example.net 450 4.7.1 later, please": in an access map this puts mail off',
                     '"info@": this is no address'):
            need(says in d.err, says, d.err)
        need('refused %d' % (8 + first.startswith('example.org')) in d.err, d.err)


main()
