#!/usr/bin/env python3
"""classify and decode as filters: outputs, exit statuses, and bad input of every kind."""
import base64, gzip, os, re, select, shutil, signal, stat, subprocess

from shell import *

USER_UNKNOWN = '550 5.1.1 <gone@example.net>: User unknown\n'


def classify(*lines):
    return ff('classify', '--json',
              stdin=b'\n'.join(l if isinstance(l, bytes) else l.encode() for l in lines) + b'\n').rows()


# ---------------------------------------------------------------- classify
@case('classify --names: the verdict in the words of other products, hard only where it may suppress')
def _():
    rows = ff('classify', '--json', '--names', 'powermta', '--names', 'ses',
              stdin='550 5.1.1 user unknown\n450 4.1.1 user unknown\n250 ok\n\n').rows()
    same([(r.get('bounce_cat'), r.get('bounce_type'), r.get('bounce_sub_type'), r.get('bounce_class')) for r in rows],
         [('bad-mailbox', 'Permanent', 'General', None), ('other', 'Transient', 'General', None), (None,) * 4,
          (None,) * 4])
    row, = ff('classify', '--json', '--names', 'sparkpost', '--names', 'kumomta',
              stdin='552 5.2.2 mailbox full\n').rows()
    same((row['bounce_class'], row['kumomta_class']), ('22', 'QuotaIssues'))
    ff('classify', '--names', 'ses', stdin='', status=64)
    ff('classify', '--json', '--names', 'sendmail', stdin='', status=64)


for sentence, line, want in (
    ('a reply as text',
     '550 5.1.1 user unknown', dict(id='1', category='bad-mailbox', suppress=True, action='suppress-now')),
    ('an accepted mail', '250 2.0.0 OK', dict(category='accepted', suppress=False, action='deliver')),
    ('an object with raw', '{"raw":"550 5.1.1 user unknown"}', dict(id='1', category='bad-mailbox')),
    ('an object with code, enhanced and text',
     '{"code":550,"enhanced":"5.1.1","text":"user unknown"}', dict(category='bad-mailbox')),
    ('an id is echoed', '{"id":"a\\u0062\\"","raw":"250 ok"}', dict(id='ab"')),
    ('a number as id is echoed as it is', '{"id":17,"raw":"250 ok"}', dict(id=17)),
    ('null means not known', '{"id":null,"code":null,"raw":"250 ok"}', dict(id='1', category='accepted')),
    ('unknown members are left alone', '{"raw":"250 ok","colour":"red"}', dict(category='accepted')),
    ('carriage returns at the end of a line', '550 5.1.1 user unknown\r', dict(category='bad-mailbox')),
):
    @case('classify: ' + sentence)
    def _(line=line, want=want):
        row, = classify(line)
        need('error' not in row, row)
        same({k: row.get(k) for k in want}, want)


for sentence, lines, told in (
    ('capitals', ['{"raw":"250 ok"}', '{"raw":"550 5.1.1 user unknown","Stage":"mail"}'],
     'stdin:2: member "Stage" is not read (did you mean "stage"?)'),
    ('a joint that is none', ['{"raw":"250 ok","sendingIp":"192.0.2.1"}'],
     'stdin:1: member "sendingIp" is not read (did you mean "sending_ip"?)'),
    ('a letter too few',
     ['{"raw":"250 ok","recipent":"a@example.net"}'], 'member "recipent" is not read (did you mean "recipient"?)'),
    ('the name of an event',
     ['{"raw":"250 ok","remote_host":"mx.example.net"}'], 'member "remote_host" is not read (did you mean "mx"?)'),
):
    @case('classify: a member that looks like one of ours but for %s is told once, with its line' % sentence)
    def _(lines=lines, told=told):
        d = ff('classify', '--json', stdin='\n'.join(lines * 3) + '\n')
        same((d.err, 'error' in d.text), ('fivefifty classify: %s\n' % told if 'stdin' in told else d.err, False))
        same(d.err.count(told), 1)


@case('classify: members that look like none of ours, or stand beside the one they look like, are no message')
def _():
    for line in ('{"raw":"250 ok","node":"mta1","date":"2026-01-01","ip":"192.0.2.1","colour":"red","":1,"%s":1}' % (
                     'x' * 5000),
                 '{"raw":"550 user unknown","code":550,"reply_code":550,"stage":"rcpt","Stage":"mail"}'):
        same(ff('classify', '--json', stdin=line + '\n').err, '')


for line, advice in (
    ('550 5.1.1 user unknown', 'Stop sending to this address'),
    ('450 4.1.1 user unknown', 'Try again later'),
    ('550 5.1.1 user unknown, relaying denied to your IP', 'Compare the domain'),
    ('550 5.1.1', 'Go on for now'),
    ('450 4.2.1 mailbox disabled', 'Go on for now'),
    ('450 x', 'Try again later'),
):
    @case('classify: the advice goes with the action: ' + line)
    def _(line=line, advice=advice):
        row, = classify(line)
        need(row['advice'].startswith(advice), row)


for sentence, line in (
    ('an empty line', ''),
    ('a line of blanks', ' \t'),
    ('half an object', '{"raw":"550'),
    ('an object with bytes that are no UTF-8', b'{"raw":"550 \xff"}'),
    ('a code that is no number', '{"code":"five","text":"user unknown"}'),
    ('a code out of range', '{"code":55000,"text":"user unknown"}'),
    ('an enhanced code that is none', '{"code":550,"enhanced":"5.1","text":"user unknown"}'),
    ('a text that is no string', '{"code":550,"text":["user unknown"]}'),
    ('a stage there is not', '{"raw":"550 5.1.1 user unknown","stage":"lunch"}'),
    ('an origin there is not', '{"raw":"550 5.1.1 user unknown","origin":"moon"}'),
    ('an object that says nothing', '{}'),
    ('brackets deeper than the limit', '{"a":' * 100000),
):
    @case('classify: %s is an answer with an error that never suppresses, and the next line is read' % sentence)
    def _(line=line):
        row, after = classify(line, '550 5.1.1 user unknown')
        need(row.get('error') and row['suppress'] is False, row)
        same((after['category'], after['id']), ('bad-mailbox', '2'))


for sentence, data, lines in (
    ('NUL bytes', b'550 5.1.1 a\x00b user unknown\n', 1),
    ('invalid UTF-8', b'\xff\xfe 550 5.1.1 \xc3\n', 1),
    ('a line of 1 MB', b'550 5.1.1 ' + b'x' * 1000000 + b'\n', 1),
    ('a line of 9 MB', b'550 5.1.1 ' + b'x' * 9000000 + b'\n', 1),
    ('escape sequences for terminals', b'550 \x1b[2J\x1b]0;owned\x07 5.1.1 user unknown\n', 1),
    ('C1 controls for terminals', '550 \u009b31m 5.1.1 user unknown\n'.encode(), 1),
    ('marks that turn the direction of writing',
     '550 5.1.1 \u202emoc.live@bob\u202c \u2067x\u200f\u061c unknown\n'.encode(), 1),
    ('no line feed at the end', b'550 5.1.1 user unknown', 1),
):
    @case('classify survives %s, and shows it to people without harm' % sentence)
    def _(data=data, lines=lines):
        same(len(ff('classify', '--json', stdin=data).rows()), lines)
        shown = ff('classify', stdin=data).out
        same(shown.count(b'\n'), lines + 1)
        need(not any(b in shown for b in b'\x1b\x00\x07'), shown[:200])
        harmful = '[\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
        need(not re.search(harmful, shown.decode('utf-8', 'replace')), shown[:200])


@case('classify as a table: a header, aligned columns, no colours where there is no terminal')
def _():
    text = ff('classify', stdin=USER_UNKNOWN + '250 ok\n').text.splitlines()
    same(len(text), 3)
    need(text[0].startswith('CATEGORY') and text[1].startswith('bad-mailbox') and '\x1b' not in ''.join(text), text)
    at = text[0].index('ACTION')
    need(text[1][at:].startswith('suppress-now') and text[2][at:].startswith('deliver'), text)


@case('classify with rules that are none: file and line, exit status 78; that are not there: 66')
def _():
    need('bad.rules' in ff('classify', '--rules', write('bad.rules', '???\n'), status=78).err)
    need('nowhere' in ff('classify', '--rules', 'nowhere', status=66).err)


# ---------------------------------------------------------------- decode
def decode(data, *options, fmt='json', status=0):
    d = ff('decode', '--format', fmt, '--json', '--dead-letters', path('dead'), '--stats', path('stats'), *options,
           stdin=data, status=status)
    stats = json.loads(read('stats'))
    same(stats['items'], stats['events'] + stats['ignored'] + stats['dead_lettered'])
    dead = [json.loads(l) for l in read('dead').decode().splitlines()]
    same((len(d.rows()), len(dead)), (stats['events'], stats['dead_lettered']))
    return d.rows(), dead, stats, d.err


def payload(dead):
    return dead['payload'].encode() if 'payload' in dead else base64.b64decode(dead['payload_base64'])


GOOD = ndjson(event('good@example.net')).encode()

for sentence, line, reason in (
    ('half a line', b'{"kind":"bounce","reci', 'json_syntax'),
    ('bytes that are no UTF-8', b'\xff\xfe\xfd', 'json_syntax'),
    ('NUL bytes', b'{"kind":"bounce\x00"}', 'json_syntax'),
    ('brackets deeper than the limit', b'[' * 100000, 'json_syntax'),
    ('a string', b'"text"', 'json_shape'),
    ('a field of the wrong type', ndjson(event(reply_code='550')).encode().strip(), 'json_shape'),
    ('an event without recipient', ndjson(event('')).encode().strip(), 'missing_recipient'),
    ('a time that is none', ndjson(event(event_time='yesterday')).encode().strip(), None),
    ('two bytes 0xff', b'\xff\xff', 'json_syntax'),
):
    @case('decode: %s is a dead letter with its bytes, its reason and its place; the lines around it are events' %
          sentence)
    def _(line=line, reason=reason):
        events, dead, stats, err = decode(GOOD + line + b'\n' + GOOD)
        same(len(events), 2)
        same(len(dead), 1)
        same(payload(dead[0]), line)
        need(reason is None or dead[0]['reason'] == reason, dead[0])
        same((dead[0]['source'], dead[0]['format'], dead[0]['stage']), ('stdin:2', 'json', 'decode'))
        need(dead[0]['message'] and 'byte_offset' in dead[0], dead[0])


@case('decode: a line over 8 MiB is a dead letter that keeps 64 KiB and says its length')
def _():
    events, dead, stats, err = decode(GOOD + b'{' + b'x' * 9000000 + b'\n' + GOOD)
    same((len(events), len(dead)), (2, 1))
    same((dead[0]['reason'], len(payload(dead[0])), dead[0]['full_bytes']), ('too_large', 65536, 9000001))
    need('9000001' in dead[0]['message'], dead[0]['message'])


@case('decode: a line of 1 MB is an event')
def _():
    events, dead, stats, err = decode(ndjson(event(reply_text='x' * 1000000)) + GOOD.decode())
    same((len(events), len(dead)), (2, 0))


@case('decode: a zstd bomb is a long line: bounded memory, one dead letter')
def _():
    if not shutil.which('zstd'):
        raise Skip('zstd(1) is not installed')
    subprocess.run('head -c 500000000 /dev/zero | zstd -q -3 -o bomb.zst', shell=True, cwd=path(), check=True)
    need(os.path.getsize(path('bomb.zst')) < 100000, 'not small')
    p = subprocess.Popen([PROGRAM, 'decode', '-fjson', '-j', path('bomb.zst')], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    _pid, status, use = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    same(p.returncode, 0)
    need(use.ru_maxrss < 256 << 10, '%d MiB' % (use.ru_maxrss >> 10))


@case('decode: bombs inside packed records are refused unopened')
def _():
    if not shutil.which('zstd'):
        raise Skip('zstd(1) is not installed')
    frame = subprocess.run('head -c 300000000 /dev/zero | zstd -q -3 --stream-size=300000000', shell=True,
                           stdout=subprocess.PIPE, check=True).stdout
    record, size = b'\x02' + frame, b''
    n = len(record)
    while n > 127:
        size, n = size + bytes([n & 127 | 128]), n >> 7
    events, dead, stats, err = decode(size + bytes([n]) + record, fmt='packed')
    same((len(events), [d['reason'] for d in dead]), (0, ['too_large']))


@case('decode: damaged compressed files are exit status 65 after what could be read, cut zstd segments are none')
def _():
    z = gzip.compress(GOOD * 3)
    d = ff('decode', '-fjson', '-j', write('cut.gz', z[:-6]), status=65)
    same(len(d.rows()), 3)
    need('cut.gz' in d.err and 'cut off' in d.err, d.err)
    d = ff('decode', '-fjson', '-j', write('bad.gz', z[:20] + b'\xff\xff' + z[22:]), status=65)
    need('bad.gz' in d.err, d.err)
    if shutil.which('zstd'):
        z = subprocess.run(['zstd', '-q', '-c'], input=GOOD * 3, stdout=subprocess.PIPE, check=True).stdout
        same(len(ff('decode', '-fjson', '-j', write('ok.zst', z)).rows()), 3)
        ff('decode', '-fjson', '-j', write('cut.zst', z[:-6]))
        need('bad.zst' in ff('decode', '-fjson', '-j', write('bad.zst', b'XX' + z), status=65).err)


@case('decode: what is written packed reads back the same, through a file and through a pipe')
def _():
    lines = ndjson(*(event('r%d@example.net' % i, reply_text='no user \u00e9 %d' % i) for i in range(3000)))
    packed = ff('decode', '-fjson', stdin=lines)
    need(packed.out and b'"kind"' not in packed.out[:100], packed.out[:100])
    need(len(packed.out) < len(lines) // 3, 'not compressed: %d' % len(packed.out))
    ff('decode', '-fjson', '-o', 'p.packed', stdin=lines)
    same(read('p.packed'), packed.out)
    same(ff('decode', '-fpacked', '-j', 'p.packed').out, ff('decode', '-fjson', '-j', stdin=lines).out)


@case('decode: several files, one after the other; one that is not there is 66')
def _():
    a, b = write('a', ndjson(event('a@example.net'))), write('b', ndjson(event('b@example.net')))
    same([r['recipient'] for r in ff('decode', '-fjson', '-j', a, b).rows()], ['a@example.net', 'b@example.net'])
    need('nowhere' in ff('decode', '-fjson', '-j', a, path('nowhere'), status=66).err)


@case('decode: a map from pools to streams')
def _():
    line = dict(type='Bounce', id='7b1f0c2e91aa11f0a3c502420a000004', recipient='gone@example.net', egress_pool='bulk',
                timestamp=1786003200, created=1786003195,
                response=dict(code=550, enhanced_code={'class': 5, 'subject': 1, 'detail': 1}, content='User unknown',
                              command='RCPT TO:<gone@example.net>\r\n'))
    d = ff('decode', '-fkumomta', '-j', '--stream-map', 'bulk=marketing', '--stream-map', 'tx=receipts',
           stdin=ndjson(line))
    same([r.get('stream_id') for r in d.rows()], ['marketing'])
    same([r.get('stream_id') for r in ff('decode', '-fkumomta', '-j', stdin=ndjson(line)).rows()], [None])
    ff('decode', '-fkumomta', '--stream-map', 'bulk', status=64)


@case('decode: exit status 65 with --strict and a dead letter, 0 without')
def _():
    decode(b'{\n')
    decode(b'{\n', '--strict', status=65)
    decode(GOOD, '--strict')


# ---------------------------------------------------------------- outputs
@case('-o: the old file stays until the new one is complete; a program that is killed leaves nothing behind')
def _():
    write('out', 'old')
    p = start('classify', '--json', '-o', 'out', stdin=subprocess.PIPE)
    p.stdin.write(USER_UNKNOWN.encode() * 20000)
    p.stdin.flush()

    def written():
        """bytes in the new file, whatever its name is: it is none yet, or FILE.tmp-PID"""
        for fd in os.listdir('/proc/%d/fd' % p.pid):
            name = '/proc/%d/fd/%s' % (p.pid, fd)
            if os.path.realpath(path()) in os.readlink(name):
                return os.stat(name).st_size
        return 0
    until(written, what='some of the new file')
    same(read('out'), b'old')
    stop(p, signal.SIGKILL)
    same((read('out'), os.listdir(path())), (b'old', ['out']))
    ff('classify', '--json', '-o', 'out', stdin=USER_UNKNOWN * 3)
    same(read('out').count(b'\n'), 3)
    same(os.listdir(path()), ['out'])


@case('-o: permissions follow the umask; a symbolic link stays one; a device is written in place')
def _():
    old = os.umask(0o027)
    try:
        os.symlink('real', path('link'))
        ff('classify', '--json', '-o', 'link', stdin=USER_UNKNOWN)
    finally:
        os.umask(old)
    need(os.path.islink(path('link')), 'the link is gone')
    same(stat.S_IMODE(os.stat(path('real')).st_mode) if os.path.exists(path('real')) else None, 0o640)
    ff('classify', '--json', '-o', '/dev/null', stdin=USER_UNKNOWN)
    need(stat.S_ISCHR(os.stat('/dev/null').st_mode), '/dev/null is gone')


@case('-o: input that is not there, or damaged, makes no file')
def _():
    ff('decode', '-fjson', '-o', 'out', 'nowhere', status=66)
    ff('decode', '-fjson', '-o', 'out', write('x.gz', b'\x1f\x8bnonsense'), status=65)
    need(not os.path.exists(path('out')), 'it is there')


@case('an output that cannot be made is 73 and named')
def _():
    for args in (('-o', 'no/folder'), ('--dead-letters', 'no/folder'), ('--stats', 'no/folder')):
        need('no/folder' in ff('decode', '-fjson', *args, stdin=GOOD, status=73).err, args)


@case('a full disk under stdout is 74')
def _():
    for args in (('classify', '--json'), ('decode', '-fjson', '-j')):
        with open('/dev/full', 'wb') as full:
            p = subprocess.run([PROGRAM, *args], input=GOOD * 10, stdout=full, stderr=subprocess.PIPE)
        same(p.returncode, 74, args)
        need(b'No space left' in p.stderr, p.stderr)


@case('a reader that closes its end stops a filter quietly')
def _():
    for args, line in ((('classify', '--json'), USER_UNKNOWN.encode()), (('decode', '-fjson', '-j'), GOOD)):
        p = start(*args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdout.close()
        try:
            for _i in range(100):
                p.stdin.write(line * 1000)
            p.stdin.close()
        except BrokenPipeError:
            pass
        p.stdin = None
        same((p.wait(PATIENCE_S), p.stderr.read()), (0, b''), args)


@case('--line-buffered answers each line before the next is written; without it a pause is enough')
def _():
    for args in (('classify', '--json', '--line-buffered'), ('decode', '-fjson', '-j', '--line-buffered'),
                 ('classify', '--json'), ('decode', '-fjson', '-j'), ('rules', 'explain', '-')):
        p = start(*args, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for i in range(3):
            p.stdin.write(GOOD)
            p.stdin.flush()
            need(select.select([p.stdout], [], [], PATIENCE_S)[0] and os.read(p.stdout.fileno(), 65536).endswith(b'\n'),
                 args, i)
        stop(p, signal.SIGKILL)


def on_terminal(*args, stdin=b'', columns=100, **env):
    """what a person sees: stdout and stderr are a terminal"""
    import fcntl, pty, struct, termios
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
    p = subprocess.Popen([PROGRAM, *args], stdin=subprocess.PIPE, stdout=slave, stderr=slave, cwd=path(),
                         env=dict(os.environ, **{'TERM': 'xterm', **env}))
    os.close(slave)
    p.stdin.write(stdin)
    p.stdin.close()
    seen = b''
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(master)
    p.wait(PATIENCE_S)
    return seen.decode('utf-8', 'replace').replace('\r\n', '\n')


@case('on a terminal classify has colours and fits its width; NO_COLOR and TERM=dumb turn colours off')
def _():
    line = b'550 5.1.1 <gone@example.net>: User unknown ' + b'x' * 500 + b'\n'
    text = on_terminal('classify', stdin=line)
    need('\x1b[31mbad-mailbox' in text, text)
    need(all(len(re.sub('\x1b\\[[0-9;]*m', '', l)) <= 100 for l in text.split('\n')), text)
    need('\x1b' not in on_terminal('classify', stdin=line, NO_COLOR='1'), 'NO_COLOR')
    need('\x1b' not in on_terminal('classify', stdin=line, TERM='dumb'), 'TERM')


@case('on a terminal decode prints JSON')
def _():
    need('"kind":"bounce"' in on_terminal('decode', '-fjson', stdin=GOOD), 'no JSON')


main()
