#!/usr/bin/env python3
"""A folder as an input: its logs with their rotated files, oldest first, followed through rotations;
segments; what is no log."""
import contextlib, gzip, os, shutil, signal

from follower import *


def put(name, *numbers):
    data = ndjson(*map(dead, numbers)).encode()
    write(name, gzip.compress(data) if name.endswith('.gz') else data)
    if name.endswith('.zst'):
        os.rename(path(name), path(name[:-4]))
        zstd_packed(name[:-4])


LOGS = (('a higher number is older', 'mail.log', ('mail.log.10.gz', 'mail.log.2.gz', 'mail.log.1', 'mail.log')),
        ('a number of nought, and zstd', 'mail.log', ('mail.log.2.zst', 'mail.log.1.gz', 'mail.log.0', 'mail.log')),
        ('dates ascend',
         'mail.log', ('mail.log-20251231.gz', 'mail.log-20260805.zst', 'mail.log-20260806', 'mail.log')),
        ('dates with times', 'mail.log', ('mail.log.20260806-101112.gz', 'mail.log.20260806-111213', 'mail.log')),
        ('dates with dashes', 'mail.log', ('mail.log-2026-08-05.gz', 'mail.log-2026-08-06_10', 'mail.log')),
        ('numbers of before a change to dates',
         'maillog', ('maillog.2.gz', 'maillog.1', 'maillog-20260806.gz', 'maillog')),
        ('segments in the order of their names',
         '20260806-100000', ('20260806-080000', '20260806-090000.123456789', '20260806-100000')))
for what, last, files in LOGS:
    @case('a folder is read oldest first, with and without --follow: %s' % what)
    def _(last=last, files=files):
        os.makedirs(path('mail/sub'))
        for n, name in reversed(list(enumerate(files))):
            put('mail/' + name, 10 * n, 10 * n + 1)
        put('mail/.hidden', 98)
        put('mail/sub/mail.log', 99)
        want = [n for i in range(len(files)) for n in (10 * i, 10 * i + 1)]
        ff('run', '-i', 'json:mail', '-s', 'other', '--results', 'plain')
        same(recipients('plain'), names(*want))
        f = Follower('json:mail/', 'mail/' + last)
        f.sees(*want)
        f.ends()


@case('a folder of several logs is read log by log; what is no log is left out or harms nobody')
def _():
    os.mkdir(path('mail'))
    for name, numbers in (('mail.err', [2]),
                          ('mail.err.1', [1]),
                          ('mail.log', [5]),
                          ('mail.log.1', [4]),
                          ('mail.log.2.gz', [3]),
                          ('mail.log.empty', []),
                          ('status', [6])):
        put('mail/' + name, *numbers)
    write('mail/mail.log.3.xz', b'\xfd7zXZ\x00')
    write('mail/mail.log.4.gz', gzip.compress(b''))
    os.mkfifo(path('mail/mail.fifo'))
    os.symlink('nowhere', path('mail/mail.info'))
    d = ff('run', '-i', 'json:mail', '-s', 'other', '--results', 'plain')
    same(recipients('plain'), names(1, 2, 3, 4, 5, 6))
    need('mail/mail.log.3.xz: is not read' in d.err, d.err)
    f = Follower('json:mail', 'mail/mail.err', 'mail/mail.log', 'mail/status')
    f.expects(1, 2, log='mail/mail.err')
    f.expects(6, log='mail/status')
    f.sees(3, 4, 5, log='mail/mail.log')
    same(recipients(), names(1, 2, 3, 4, 5, 6))
    f.ends()


@case('a file and its compressed half beside it are read once')
def _():
    os.mkdir(path('mail'))
    put('mail/mail.log.1', *range(1, 50))
    put('mail/mail.log', 50)
    write('mail/mail.log.1.gz', gzip.compress(read('mail/mail.log.1'))[:60])
    put('mail/20260806.log', 60)
    put('mail/20260806.log.gz', 60)
    ff('run', '-i', 'json:mail', '-s', 'other', '--results', 'plain')
    same(recipients('plain'), names(60, *range(1, 51)))
    f = Follower('json:mail', 'mail/mail.log')
    f.sees(60, *range(1, 51))
    os.unlink(path('mail/mail.log.1.gz'))
    gzipped('mail/mail.log.1')
    os.unlink(path('mail/20260806.log'))
    f.ends()


def ages(log):
    """its rotated files by number, the oldest first"""
    found = [(int(name[len(log) + 1:].split('.')[0]), name)
             for name in os.listdir(path('mail')) if name.startswith(log + '.')]
    return sorted(found, reverse=True)


def rotate(log, day, dated, copy, compress, keep=4):
    """as logrotate does it; compress: 'at once', 'later' (delaycompress), 'never'"""
    new = 'mail/%s-%d' % (log, day) if dated else 'mail/%s.1' % log
    if not dated:
        for n, name in ages(log):
            if n > keep:
                os.unlink(path('mail/' + name))
            else:
                os.rename(path('mail/' + name), path('mail/%s.%d%s' % (log, n + 1, name[len('%s.%d' % (log, n)):])))
    before = 'mail/%s-%d' % (log, day - 1) if dated else 'mail/%s.2' % log
    if compress == 'later' and os.path.exists(path(before)):
        gzipped(before)
    if copy:
        copytruncate('mail/' + log, new)
    else:
        os.rename(path('mail/' + log), path(new))
    if compress == 'at once':
        gzipped(new)


for dated, copy, compress in ((False, False, 'at once'),
                              (False, False, 'later'),
                              (False, True, 'at once'),
                              (False, True, 'never'),
                              (True, False, 'later'),
                              (True, True, 'at once')):
    @case('logs of a folder are followed through rotations, running, stopped and killed: %s, %s, compressed %s' % (
        'dates' if dated else 'numbers', 'copytruncate' if copy else 'renamed', compress))
    def _(dated=dated, copy=copy, compress=compress):
        os.mkdir(path('mail'))
        logs = {'mail.err': 1000, 'mail.log': 2000}
        day, n = 20260801, 0
        for log, base in logs.items():
            put('mail/' + log, base)
        f = Follower('json:mail', *('mail/' + log for log in logs))

        def everywhere(numbers, write_them=True):
            for log, base in logs.items():
                if write_them:
                    append('mail/' + log, *[dead(base + i) for i in numbers])
                f.expects(*[base + i for i in numbers], log='mail/' + log)

        def turn():
            nonlocal day, n
            for log in logs:
                rotate(log, day, dated, copy, compress)
            day += 1
            everywhere([n + 1, n + 2])
            n += 2
        everywhere([0], False)
        f.sees()
        for how in (None, signal.SIGTERM, None, signal.SIGKILL, None, None, None):
            everywhere([n + 1])
            n += 1
            f.sees()
            with paused(f.p) if how is None else contextlib.nullcontext():
                if how is not None:
                    f.stops(how)
                everywhere([n + 1])  # behind the last look
                n += 1
                turn()
                if how == signal.SIGKILL:
                    turn()  # and once more
            if how is not None:
                f.start()
            f.sees()
        f.ends()
        need('no copy' not in read('err').decode() and 'not there any more' not in read('err').decode(), read('err'))


@case('of a log that was compressed while nobody looked, and whose inode another file has, nothing is missing later')
def _():
    os.mkdir(path('mail'))
    later, log = sorted((write('a', ''), write('b', '')), key=lambda p: os.stat(p).st_ino)
    os.rename(log, path('mail/mail.log'))
    append('mail/mail.log', *map(dead, range(3)))
    f = Follower('json:mail', 'mail/mail.log')
    f.sees(*range(3))
    f.stops(signal.SIGKILL)
    write('mail/mail.log.1', read('mail/mail.log'))
    gzipped('mail/mail.log.1')
    os.truncate(path('mail/mail.log'), 0)
    os.rename(path('mail/mail.log'), path('mail/other.log'))  # nothing is in it: nobody can say that it is another file
    os.rename(later, path('mail/mail.log'))
    append('mail/mail.log', dead(3))
    f.start()
    f.sees(3)
    f.stops()
    os.unlink(path('mail/mail.log.1.gz'))
    append('mail/mail.log', dead(4))
    f.start()
    f.sees(4)
    f.ends()
    need('not there any more' not in read('err').decode(), read('err'))


@case('a rotation while older files of the folder are still being read loses nothing, and reads nothing twice')
def _():
    os.mkdir(path('mail'))
    put('mail/mail.log.3.gz', *range(40000))
    put('mail/mail.log.2.gz', *range(40000, 50000))
    put('mail/mail.log.1', *range(50000, 60000))
    put('mail/mail.log', 60000)
    f = Follower('json:mail', 'mail/mail.log')
    until(lambda: 0 < lines() < 40000, what='it reads the oldest', pause=0.001)
    with paused(f.p):
        append('mail/mail.log', dead(60001))
        rotate('mail.log', 0, False, False, 'later')
        append('mail/mail.log', dead(60002))
        rotate('mail.log', 0, False, False, 'later')
        append('mail/mail.log', dead(60003))
    f.sees(*range(60004))
    f.ends()


@case('the lines of a message in rotated files of a folder are read in their order')
def _():
    os.mkdir(path('mail'))
    write('mail/mail.log.2', postfix(1, 0, SENDER))
    gzipped('mail/mail.log.2')
    write('mail/mail.log.1', postfix(1, 1, DEFERRED))
    write('mail/mail.log', postfix(1, 2, EXPIRED))
    ff('run', '-i', 'postfix:mail', '-s', 'other', '--results', 'want')
    rows = [json.loads(l) for l in read('want').decode().splitlines()]
    same([(r['kind'], r['recipient'], r['mail_from']) for r in rows],
         [('transient_failure', 'late@example.net', 'b+c42@rp.example.com'),
          ('expiration', 'late@example.net', 'b+c42@rp.example.com')])
    p = following('-i', 'postfix:mail', '--results', 'results')
    try:
        until(lambda: lines() == 2, what='2 results')
    finally:
        finish(p)
    same(read('results'), read('want'))


@case('a new log of a followed folder is read as it appears, whatever its name, and so are segments beside it')
def _():
    os.mkdir(path('mail'))
    put('mail/mail.log', 1)
    put('mail/20260806-080000', 101)
    f = Follower('json:mail', 'mail/mail.log', 'mail/mail.err', 'mail/20260806-100000')
    f.expects(101, log='mail/20260806-100000')
    f.sees(1)
    put('mail/mail.err', 11)
    f.sees(11, log='mail/mail.err')
    append('mail/mail.log', dead(2))
    append('mail/20260806-080000', dead(102))
    put('mail/20260806-090000', 103)
    f.expects(2)
    f.sees(102, 103, log='mail/20260806-100000')
    append('mail/mail.err', dead(12))
    os.rename(path('mail/mail.err'), path('mail/mail.err.1'))
    append('mail/mail.err', dead(13))
    put('mail/20260806-100000', 104)
    f.expects(12, 13, log='mail/mail.err')
    f.sees(104, log='mail/20260806-100000')
    f.ends()


@case('two streams of segments in one folder are each followed to their end')
def _():
    os.mkdir(path('spool'))
    put('spool/20260806-080000.123456789', 1)
    put('spool/20260806-080001.123456789_bounces', 101)
    f = Follower('json:spool', 'spool/20260806-080000.123456789', 'spool/20260806-080001.123456789_bounces')
    f.expects(1)
    f.sees(101, log=f.logs[1])
    append(f.logs[1], dead(102))
    f.sees(102, log=f.logs[1])
    append(f.logs[0], dead(2))
    f.sees(2)
    f.ends()


@case('a log that is written under dated names alone is followed from one to the next')
def _():
    os.mkdir(path('mail'))
    put('mail/mail.log-20260804.gz', 1)
    put('mail/mail.log-20260805', 2)
    f = Follower('json:mail', 'mail/mail.log-20260807')
    f.sees(1, 2)
    append('mail/mail.log-20260805', dead(3))
    f.sees(3)
    put('mail/mail.log-20260806', 4)
    f.sees(4)
    gzipped('mail/mail.log-20260805')
    f.restarts(signal.SIGKILL)
    append('mail/mail.log-20260806', dead(5))
    f.sees(5)
    put('mail/mail.log-20260807', 6)
    f.sees(6)
    f.ends()


@case('a log of a folder that was copied back, or moved away for good, is known and missed')
def _():
    os.mkdir(path('mail'))
    put('mail/mail.log', 1, 2)
    put('mail/mail.err', 11)
    f = Follower('json:mail', 'mail/mail.log', 'mail/mail.err')
    f.expects(11, log='mail/mail.err')
    f.sees(1, 2)
    f.stops()
    shutil.copy(path('mail/mail.log'), path('copy'))
    os.rename(path('copy'), path('mail/mail.log'))
    append('mail/mail.log', dead(3))
    os.rename(path('mail/mail.err'), path('elsewhere'))
    put('mail/mail.err', 12)
    f.start()
    f.expects(12, log='mail/mail.err')
    f.sees(3)
    f.ends()
    err = read('err').decode()
    need('mail/mail.err: the file that was read up to record 1 when the last run stopped is not there any more' in err,
         err)
    same(err.count('not there any more'), 1)


@case('a log of a folder that was truncated without a copy is told')
def _():
    os.mkdir(path('mail'))
    put('mail/mail.log', 1)
    f = Follower('json:mail', 'mail/mail.log')
    f.sees(1)
    os.truncate(path('mail/mail.log'), 0)
    append('mail/mail.log', dead(2))
    f.sees(2)
    f.ends()
    need('mail/mail.log: was truncated or written anew when it had been read up to record 1' in read('err').decode(),
         read('err'))


@case('a folder of more files than are open at once is read to its end')
def _():
    os.mkdir(path('spool'))
    for n in range(1500):
        put('spool/%06d' % n, n)
    ff('run', '-i', 'json:spool', '-s', 'other', '--results', 'plain')
    same(recipients('plain'), names(*range(1500)))


main()
