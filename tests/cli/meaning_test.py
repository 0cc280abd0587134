#!/usr/bin/env python3
"""What may not change a verdict, and what may never suppress: properties over all examples of
tests/classify/examples.tsv and, with FF_REPLIES=FILE, over the replies of a file of JSON lines (raw, stage, mx)."""
import itertools, os, random, re, string

from shell import *

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../classify')
EXAMPLES, SAID = os.path.join(DATA, 'examples.tsv'), os.path.join(DATA, 'said.tsv')
SUPPRESSIBLE = {'bad-mailbox', 'bad-address-syntax', 'inactive-mailbox', 'bad-domain'}
MX, STAGES = (re.compile(r'mx=(\S+)'),
              {'connect', 'helo', 'starttls', 'mail', 'rcpt', 'data', 'end-of-data', 'queue', 'oob'})


def examples():
    rows = []
    with open(EXAMPLES, encoding='utf-8') as f:
        for line in f:
            field = line.rstrip('\n').split('\t')
            if line[:1] in '#\n' or len(field) < 5:
                continue
            row = dict(raw=field[4], category=field[0], suppress=field[2] == 'S')
            row.update({'stage': w for w in field[3].split() if w in STAGES})
            row.update({'mx': m for m in MX.findall(field[3])})
            rows.append(row)
    return rows


def replies():
    rows = examples()
    if os.environ.get('FF_REPLIES'):
        with open(os.environ['FF_REPLIES'], encoding='utf-8') as f:
            for line in f:
                r = json.loads(line)
                rows.append({k: r[k] for k in ('raw', 'stage', 'mx') if r.get(k)})
    return rows


def judge(rows):
    asked = ''.join(json.dumps({k: r[k] for k in ('raw', 'stage', 'mx', 'recipient') if k in r}) + '\n' for r in rows)
    return ff('classify', '--json', stdin=asked).rows()


# ---------------------------------------------------------------- variable parts
RESERVED = r'(?:example\.(?:com|org|net)|[a-z0-9-]+\.(?:example|invalid|test))'
ADDRESS = r"[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]+@(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+\.[A-Za-z]+"
PARTS = re.compile('|'.join((
    r'(?P<url>https?://\S+)',
    r'(?P<address>' + ADDRESS + ')',
    r'(?P<ip>(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.-]))',
    r'(?P<ip6>(?<![\w:])2001:db8:[0-9a-f:]+)',
    r'(?P<host>(?<![\w@./-])(?:[a-z0-9-]+\.)*' + RESERVED + r'(?![\w.-]))',
    r'(?P<date>\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?)',
    r'(?P<id>(?<![\w.#/=-])(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{12,40}(?![\w.-]))',
    r'(?P<number>(?<=[ (\[])(?<!RFC )\d{1,9}(?=[ )\],;]))',  # of an RFC it is a name
)))
WORDS = ('spamhaus', 'greylist', 'unknown', 'full', 'virus', 'dmarc', 'quota', 'relay', 'tls', 'user', 'blocked',
         'rate', 'loop', 'spam', 'invalid', 'sender', 'anna', 'k', 'info', 'news')


# What an address in a script without word spaces would say if it spoke.
UNSPACED = ('不存在', '邮箱已满', '发件人', '用户', '拒绝', '存在しません', '満杯', '送信者', '없는사용자', '가득참',
            '보낸사람', 'ไม่พบ', 'เต็ม', 'unknown', '88')


def refill(text, dice):
    """the same reply about someone else; one part is replaced the same way wherever it stands"""
    seen = {}

    def name():
        return dice.choice(WORDS) + dice.choice(('', '.', '-')) + dice.choice(WORDS) + str(dice.randrange(100))

    def like(s):
        return ''.join(dice.choice(string.ascii_lowercase if c.islower() else
                                   string.ascii_uppercase if c.isupper() else string.digits)
                       for c in s)

    def one(m):
        kind, s = m.lastgroup, m.group()
        if kind == 'url' or (kind == 'number' and (len(s) == 3 and s[0] in '2345' or not text[:m.start()].strip())):
            return s  # URLs carry a provider's code; three digits may be a reply code
        if (kind, s) not in seen:
            seen[kind, s] = {
                'address': lambda: '%s@%s.example' % (name(), name().replace('.', '-')),
                'host': lambda: '%s.%s.example' % (name().replace('.', '-'), name().replace('.', '-')),
                'ip': lambda: '198.51.100.%d' % dice.randrange(256),
                'ip6': lambda: '2001:db8::%x:%x' % (dice.randrange(1, 65536), dice.randrange(65536)),
                'date': lambda: '20%02d-%02d-%02dT%02d:%02d:%02dZ' % (
                    dice.randrange(100), dice.randrange(1, 13), dice.randrange(1, 29),
                    dice.randrange(24), dice.randrange(60), dice.randrange(60)),
                'id': lambda: like(s),
                'number': lambda: str(dice.randrange(10 ** (len(s) - 1), 10 ** len(s)) if len(s) != 3 else
                                      dice.randrange(600, 1000)),
            }[kind]()
        return seen[kind, s]
    return PARTS.sub(one, text)


@case('the same reply about another address, host, IP, id, date or number gets the same verdict')
def _():
    dice, rows = random.Random(5), replies()
    before = judge(rows)
    changed, wrong = 0, []
    for _ in range(5):
        others = [dict(r, raw=refill(r['raw'], dice)) for r in rows]
        changed += sum(a['raw'] != b['raw'] for a, b in zip(rows, others))
        for was, other, now in zip(before, others, judge(others)):
            if any(was.get(k) != now.get(k)
                   for k in ('category', 'suppress', 'action', 'rule', 'conflict', 'list', 'mechanism')):
                wrong.append('%s, was %s: %s' % (now['category'], was['category'], other['raw']))
    need(changed > 200, 'only %d replies have variable parts' % changed)
    need(not wrong, '%d of %d\n' % (len(wrong), 5 * len(rows)) + '\n'.join(wrong[:12]))


def unspaced_address(dice):
    """(as it is written, with its domain as A-labels)"""
    local, name = (dice.choice(UNSPACED[:-2]) + dice.choice(('', '.', '-', '_')) + dice.choice(UNSPACED)
                   for _ in range(2))
    top = dice.choice(('example', '中国', '公司', '한국', 'みんな', 'ไทย'))
    return (local + '@' + name.replace('.', '') + '.' + top,
            local + '@' + (name.replace('.', '') + '.' + top).encode('idna').decode())


@case('the same reply about a recipient in Han, kana, hangul or Thai gets the same verdict, '
      'whatever stands around the address')
def _():
    dice = random.Random(6531)
    rows = [r for r in examples() if len(set(re.findall(ADDRESS, r['raw']))) == 1]
    need(len(rows) > 50, len(rows))
    asked = [dict(r, recipient=re.search(ADDRESS, r['raw'])[0]) for r in rows]
    before, wrong = judge(asked), []
    for turn in range(6):
        others = []
        for r in asked:
            written, known = unspaced_address(dice)
            others.append(dict(r, raw=r['raw'].replace(r['recipient'], written), recipient=(written, known)[turn % 2]))
        for was, other, now in zip(before, others, judge(others)):
            if any(was.get(k) != now.get(k) for k in ('category', 'suppress', 'action', 'rule', 'conflict')):
                wrong.append('%s, was %s: %s' % (now['category'], was['category'], other['raw']))
    need(not wrong, '%d of %d\n' % (len(wrong), 6 * len(rows)) + '\n'.join(wrong[:12]))


@case('an address whose end nobody can see suppresses nobody, and is counted for nothing')
def _():
    for raw in ('550 5.1.1 用户@例子.内网不存在', '550 5.1.1 用户@不存在', '550 5.1.1 不存在88@例子.中国'):
        for now in judge([dict(raw=raw), dict(raw=raw, stage='rcpt'), dict(raw=raw, recipient='王@例子.中国')]):
            need(not now['suppress'] and now['action'] == 'investigate', raw, now)
    for raw, of in (('550 5.1.1 用户@例子.内网不存在', '用户@例子.内网'), ('550 5.1.1 用户@不存在: 用户不存在', '用户@不存在')):
        need(judge([dict(raw=raw, recipient=of)])[0]['suppress'], raw, 'of the recipient it is known')


# ---------------------------------------------------------------- what may never suppress
CODES = re.compile(r'^(?:smtp;\s*)?(?:\d{3}[ -])?(?:[245]\.\d{1,3}\.\d{1,3} )?')


@case('no cause that is not about the address suppresses, whatever code it hides under')
def _():
    rows = [r for r in examples()
            if r['category'] not in SUPPRESSIBLE | {'ambiguous', 'unclassified', 'catch-all-reject'}]
    for code in ('550 5.1.1 ', '550 5.1.10 ', '553 5.1.3 ', '550 5.2.1 ', '550 5.1.2 ', '550 '):
        for stage in ('rcpt', None):
            asked = [dict(raw=code + CODES.sub('', r['raw'])) for r in rows]
            for r in asked if stage else ():
                r['stage'] = stage
            for was, r, now in zip(rows, asked, judge(asked)):
                need(not now['suppress'], 'suppresses as %s, is %s: %s' % (now['category'], was['category'], r['raw']))


@case('no reply suppresses when it came before RCPT TO, with a transient code, from our own queue, '
      'or says that it may work later')
def _():
    rows = [r for r in examples() if r['suppress'] and r['category'] != 'bad-domain']
    need(len(rows) > 40, len(rows))
    own = [dict(r, stage='queue')
           for r in rows if 'mx' not in r and 'host mx.' not in r['raw'] and r['category'] != 'bad-address-syntax']
    for r, now in zip(own, judge(own)):
        need(not now['suppress'], 'what our own queue says is no verdict of the receiver', r, now)
    for change in (lambda r: dict(r, stage='mail'), lambda r: dict(r, stage='connect'), lambda r: dict(r, stage='helo'),
                   lambda r: dict(r, raw='450 4.' + re.sub(r'^\d{3}(?: 5\.)?', '', r['raw'])),
                   lambda r: dict(r, raw=r['raw'] + ', try again later'),
                   lambda r: dict(r, raw=r['raw'] + ' (temporary failure)'), lambda r: dict(r, raw='451 ' + r['raw'])):
        asked = [change(r) for r in rows if 'mx' not in r]
        for r, now in zip(asked, judge(asked)):
            need(not now['suppress'] or now['category'] == 'bad-address-syntax' and r.get('stage') == 'queue', r, now)


@case('no reply suppresses when it also speaks of our side or of how much we send')
def _():
    rows = [r for r in examples() if r['suppress'] and 'mx' not in r]
    for more in ('; your IP is listed at zen.spamhaus.org', '; your IP has a poor reputation',
                 '; too many invalid recipients from your host', '; rate limit exceeded',
                 '; sender verification failed', '; sender address rejected', '; message rejected as spam',
                 '; blocked by DMARC policy', '; SPF check failed', '; relay access denied', '; greylisted',
                 '; mailbox full', '; blocked by the recipient', '; connection timed out',
                 '; reverse DNS of your host is missing', '; your country is blocked', '; too many recipients',
                 '; zu viele Empfänger', '; trop de connexions', '; virus found', '; STARTTLS required first'):
        # A mailbox that is full and no longer used is dead, and may say twice that it is full.
        asked = [dict(r, raw=r['raw'] + more) for r in rows if not ('full' in more and 'full and' in r['raw'])]
        for r, now in zip(asked, judge(asked)):
            need(not now['suppress'], r, now)


NEVER = '''550 5.1.1 Sender address could not be found
550 5.1.1 The return path of your message does not exist
550 5.1.1 bounce@example.org: sender mailbox unknown
550 5.1.1 Unknown user in MAIL FROM
550 5.1.1 Address of the sender not found
550 5.1.1 Sender's domain does not exist
550 5.1.2 Your domain was not found in DNS
550 5.1.1 Your account does not exist on our server
550 5.1.1 Your account has been disabled
550 5.2.1 Your mailbox is suspended, sending is not possible
550 5.1.1 User authentication failed: no such user
550 5.1.1 SMTP AUTH: unknown user or bad password
535 5.7.8 Invalid user name or password
550 5.1.1 Username not found, authentication failed
550 5.1.1 Mailbox for your IP address is closed until you slow down
550 5.1.1 No such user: lookup refused, your host is on our block list
550 5.1.1 User unknown (your network probes addresses)
550 5.1.1 Recipient rejected: access from your region is not permitted
550 5.1.1 Recipient rejected: please authenticate first
550 5.1.1 User unknown in MAIL FROM domain
550 5.1.1 Domain of sender does not resolve, user unknown
550 5.1.1 HELO host not found
550 5.1.1 Callback for bounce@example.org says: no such user, sender verification failed
550 5.1.1 Unverified sender, mailbox does not exist
550 5.1.1 Absenderadresse existiert nicht
550 5.1.1 Expéditeur inconnu
550 5.1.1 El remitente no existe
550 5.1.1 Il mittente non esiste
550 5.1.1 O remetente não existe
550 5.1.1 Afzender bestaat niet
550 5.1.1 Nadawca nie istnieje
550 5.1.1 Отправитель не существует
550 5.1.1 发件人不存在
550 5.1.1 差出人のアドレスは存在しません
550 5.1.1 보낸 사람 주소가 존재하지 않습니다
550 5.1.1 Gönderen adresi geçersiz
550 5.1.1 Avsändaren finns inte
550 5.1.1 Odesílatel neexistuje
550 5.1.1 Directory harvesting: unknown users hidden from you
550 5.1.1 Recipients unknown, too many of them: blocked for an hour
550 5.1.1 Zu viele nicht existierende Empfänger
550 5.1.1 Trop de destinataires inexistants
550 5.1.1 Muchos destinatarios desconocidos desde su servidor
550 5.1.1 Troppi utenti sconosciuti
550 5.1.1 Muitos usuários desconhecidos
550 5.1.1 Te veel onbekende gebruikers
550 5.1.1 Zbyt wielu nieznanych użytkowników
550 5.1.1 Много неизвестных пользователей
550 5.1.1 不存在的收件人过多
550 5.1.1 存在しないユーザーが多すぎます
550 5.1.1 알 수 없는 사용자가 너무 많습니다
550 5.1.1 Çok sayıda bilinmeyen kullanıcı
550 5.1.1 För många okända användare
550 5.1.1 Příliš mnoho neznámých uživatelů
550 5.1.1 User lookup is not possible at the moment
550 5.1.1 User unknown for now, directory is being rebuilt
550 5.1.1 Mailbox unavailable, please retry
550 5.1.1 Benutzer derzeit nicht bekannt
550 5.1.1 Utilisateur inconnu pour le moment, réessayez plus tard
550 5.1.1 Usuario desconocido temporalmente
550 permanent failure for one or more recipients
550 permanent failure for one or more recipients (bob@example.com:blocked)
550 permanent failure for one or more recipients (bob@example.com:450 4.1.1 user unknown)
550 5.1.1
550 5.1.1 Sorry
550 5.2.1
553 5.1.3
550 Requested action not taken: mailbox unavailable
550 5.1.0 Address rejected by policy
550 5.1.1 Rejected: the message contains a virus, recipient unknown
550 5.1.1 Certificate of your host unknown
550 5.1.1 Command unknown
550 5.1.1 The requested service does not exist here
550 5.1.1 Relaying denied, user unknown
550 5.1.1 Mail for unknown users is not relayed
550 5.1.1 Unknown recipient <bob@example.com>: greylisted, come back later
552 5.2.2 Mailbox does not exist or is full
550 5.1.1 Message too large for this user, user not found in the list of exceptions
550 5.7.1 Recipient not found in your list of allowed recipients
550 5.7.1 Access denied: user not found in authentication database
550 5.1.1 Policy: mail from unknown servers to this user is rejected
550 5.1.1 Address not found in SPF record
550 5.1.1 DKIM key does not exist
550 5.1.1 Selector not found in the sender's DNS
550 5.1.1 Host name of your server does not exist
550 5.1.1 Reverse record not found
550 5.1.1 Message-ID header does not exist
550 5.1.1 No such user is permitted to send from this address
host mx.example.com[192.0.2.1] said: 550 5.1.1 user unknown (in reply to MAIL FROM command)
host mx.example.com[192.0.2.1] said: 550 5.1.1 user unknown (in reply to end of DATA command)
host mx.example.com[192.0.2.1] said: 450 4.1.1 user unknown (in reply to RCPT TO command)
550 4.1.1 user unknown
551 5.4.7 Message expired: user unknown'''.split('\n')
with open(os.path.join(DATA, 'never.txt'), encoding='utf-8') as never:
    NEVER += [line.rstrip('\n') for line in never if not line.startswith('#')]


@case('what looks like an unknown user and is not')
def _():
    asked = [dict(raw=raw, **more) for raw in NEVER for more in (dict(stage='rcpt'), {})]
    wrong = ['%s (%s): %s' % (now['category'], now.get('rule'), r['raw'])
             for r, now in zip(asked, judge(asked)) if now['suppress']]
    need(not wrong, '%d\n' % len(wrong) + '\n'.join(wrong))


# ---------------------------------------------------------------- who says what
@case('who and what in all combinations: none suppresses wrongly, 99 in 100 get their category, '
      '98 in 100 that may suppress do')
def _():
    rows = []
    with open(SAID, encoding='utf-8') as f:
        for line in f:
            if line[:1] in '#\n':
                continue
            category, suppress, code, *parts = line.rstrip('\n').split('\t')
            for words in itertools.product(*(p.split('|') for p in parts)):
                text = ' '.join(w for w in (code.strip('-'), *words) if w)
                rows.append(dict(raw=text, category=category, suppress=suppress == 'S'))
    need(len(rows) > 5000, len(rows))
    said = list(zip(rows, judge(rows)))
    false = [r['raw'] for r, now in said if now['suppress'] and not r['suppress']]
    need(not false, '%d suppress wrongly\n' % len(false) + '\n'.join(false[:20]))
    wrong = ['%s, is %s: %s' % (now['category'], r['category'], r['raw'])
             for r, now in said if now['category'] != r['category'] and r['category'] != '-']
    need(len(wrong) <= len(rows) // 100, '%d of %d\n' % (len(wrong), len(rows)) + '\n'.join(wrong[:20]))
    missed = [r['raw'] for r, now in said if r['suppress'] and not now['suppress']]
    may = sum(r['suppress'] for r in rows)
    need(len(missed) <= may // 50, '%d of %d\n' % (len(missed), may) + '\n'.join(missed[:20]))


if __name__ == '__main__':
    main()
