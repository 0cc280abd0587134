#!/usr/bin/env python3
"""run --follow: files that grow, are renamed, compressed, truncated and written anew, before and after a restart."""
import gzip, os, random, shutil, signal, subprocess

from follower import *


MARKER = 'marker@example.net'


def reads(want, *args):
    """follows with a results file until it has the results of the events `want`, those and in this order; what it said.
    Then one line more is written to log: whatever else it would have read came before that."""
    before = lines()
    p = following('-i', 'json:log', '--results', 'results', *args, stderr=subprocess.PIPE)
    try:
        until(lambda: lines() >= before + len(want), what='%d results' % len(want))
        until(lambda: os.path.exists(path('log')), what='log')
        append('log', event(MARKER))
        until(lambda: lines() > before + len(want), what='the line behind them')
    finally:
        err = told(p)
    same(recipients()[before:], [*names(*want), MARKER])
    return err


@case('--follow reads on as the file grows, is renamed and made anew, and is truncated: no line is lost or read twice')
def _():
    append('log', dead(1))
    p = following('-i', 'json:log', '--results', 'results')
    try:
        sees(1)
        append('log', dead(2))
        sees(2)
        os.rename(path('log'), path('log.1'))
        append('log.1', dead(3))
        append('log', dead(4))
        append('log.1', dead(5))
        sees(5)
        shutil.copy(path('log'), path('log.2'))
        os.truncate(path('log'), 0)
        until(lambda: place_in(p, 'log') == 0, what='the truncation was seen')
        append('log', dead(6))
        sees(6)
    finally:
        r = finish(p)
    same((r['results'], r['suppressions']['added']), (6, 6))
    same(sorted(json.loads(l)['recipient'] for l in read('results').decode().splitlines()),
         ['r%d@example.net' % i for i in range(1, 7)])


@case('--follow after a restart goes on where it stopped, also in a file that was renamed meanwhile')
def _():
    append('log', dead(1), dead(2))
    p = following('-i', 'json:log')
    sees(2)
    same(finish(p)['results'], 2)
    append('log', dead(3))
    os.rename(path('log'), path('log.1'))
    append('log', dead(4))
    p = following('-i', 'json:log')
    try:
        sees(4)
    finally:
        r = finish(p)
    same((r['results'], r['suppressions']['added']), (2, 2))


def kills(first, times, more):
    """so many events, and so many more after each time that it was killed behind some of its results;
    how many is chance"""
    count = first
    append('log', *map(dead, range(first)))
    for i in range(times):
        before, some = lines(), random.randrange(1, more)
        p = following('-i', 'json:log', '--results', 'results')
        try:
            until(lambda: lines() >= before + some, what='%d results of kill %d' % (some, i), pause=0.001)
        finally:
            stop(p, signal.SIGKILL)
        append('log', *map(dead, range(count, count + more)))
        count += more


@case('--follow killed at any time and started again counts everything once')
def _():
    kills(1000, 5, 500)
    p = following('-i', 'json:log', '--results', 'results')
    try:
        sees(3500)
    finally:
        finish(p)
    ff('run', '-i', 'json:log', '-s', 'other')
    same(ff('export', '-s', 'state').out, ff('export', '-s', 'other').out)


@case('--follow on several files and a FIFO at once')
def _():
    os.mkfifo(path('fifo'))
    append('a', dead(1))
    append('b', dead(2))
    p = following('-i', 'json:a', '-i', 'json:b', '-i', 'json:fifo')
    try:
        for i in (3, 4):
            with open(path('fifo'), 'w') as f:
                f.write(ndjson(dead(i)))
        append('a', dead(5))
        sees(5)
    finally:
        same(finish(p, signal.SIGINT)['results'], 5)


@case('--follow on a zstd segment while it is written; the half line waits for its other half')
def _():
    if not shutil.which('zstd'):
        raise Skip('zstd(1) is not installed')
    z = subprocess.run(['zstd', '-q', '-c'], input=ndjson(dead(1), dead(2)).encode(), stdout=subprocess.PIPE,
                       check=True).stdout
    w = subprocess.run(['zstd', '-q', '-c'], input=ndjson(dead(3)).encode(), stdout=subprocess.PIPE, check=True).stdout
    write('segment.zst', z)
    p = following('-i', 'json:segment.zst')
    try:
        sees(2)
        half = os.path.getsize(path('segment.zst')) + len(w) - 8
        write('segment.zst', w[:-8], 'ab')
        until(lambda: place_in(p, 'segment.zst') == half, what='the half line was read')
        write('segment.zst', w[-8:], 'ab')
        sees(3)
    finally:
        r = finish(p)
    same((r['results'], r['dead_lettered']), (3, 0))


@case('a folder is its files in the order of their names; hidden files and folders in it are left out')
def _():
    os.makedirs(path('logs/sub'))
    for name, n in (('20260806-090000', 2), ('20260806-080000', 1), ('.hidden', 9), ('20260806-100000.gz', 3)):
        data = ndjson(dead(n)).encode()
        write('logs/' + name, gzip.compress(data) if name.endswith('gz') else data)
    ff('run', '-i', 'json:logs', '-s', 'state', '--results', 'results')
    same([json.loads(l)['recipient'] for l in read('results').decode().splitlines()],
         ['r1@example.net', 'r2@example.net', 'r3@example.net'])


@case('--follow on a folder reads new segments as they appear, and after a restart only what is new')
def _():
    os.mkdir(path('logs'))
    append('logs/20260806-080000', dead(1))
    p = following('-i', 'json:logs')
    try:
        sees(1)
        append('logs/20260806-080000', dead(2))
        append('logs/20260806-090000', dead(3))
        sees(3)
        append('logs/20260806-090000', dead(4))
        append('logs/20260806-100000', dead(5))
        sees(5)
    finally:
        same(finish(p)['results'], 5)
    append('logs/20260806-100000', dead(6))
    append('logs/20260806-110000', dead(7))
    p = following('-i', 'json:logs')
    try:
        sees(7)
    finally:
        same(finish(p)['results'], 2)


# ---------------------------------------------------------------- what happened while it was stopped
def compress_gzip(name):
    """as gzip(1) does it: the time stays"""
    times = os.stat(path(name))
    write(name + '.gz', gzip.compress(read(name)))
    os.utime(path(name + '.gz'), ns=(times.st_atime_ns, times.st_mtime_ns))
    os.unlink(path(name))


def compress_zstd(name):
    if not shutil.which('zstd'):
        raise Skip('zstd(1) is not installed')
    subprocess.run(['zstd', '-q', '--rm', path(name)], check=True)


for what, compress in (('gzip', compress_gzip), ('zstd', compress_zstd)):
    @case('a file that was renamed and compressed by %s while we were stopped is continued where it was left' % what)
    def _(compress=compress):
        append('log', *map(dead, range(10)))
        reads(range(10))
        append('log', *map(dead, range(10, 30)))
        os.rename(path('log'), path('log.1'))
        compress('log.1')
        append('log', dead(30))
        reads(range(10, 31))
        append('log', dead(31))
        reads([31])


@case('after two rotations while we were stopped, the file in between is read too, in order')
def _():
    append('log', dead(1))
    reads([1])
    append('log', dead(2))
    os.rename(path('log'), path('log.2'))
    compress_gzip('log.2')
    append('log.1', dead(3))
    append('log.summary', dead(99))
    append('log', dead(4))
    reads([2, 3, 4])


@case('older files that were there before the first run stay unread')
def _():
    append('log.2', dead(98))
    compress_gzip('log.2')
    append('log.1', dead(99))
    append('log', dead(1))
    reads([1])
    append('log', dead(2))
    os.rename(path('log.2.gz'), path('log.3.gz'))
    os.rename(path('log.1'), path('log.2'))
    os.rename(path('log'), path('log.1'))
    append('log', dead(3))
    reads([2, 3])


@case('while a renamed file is being compressed, it is read once')
def _():
    append('log', dead(1))
    reads([1])
    append('log', dead(2))
    os.rename(path('log'), path('log.1'))
    write('log.1.gz', gzip.compress(read('log.1')))
    append('log', dead(3))
    reads([2, 3])


@case('of a file that was copied and truncated while we were stopped the copy is read to its end')
def _():
    append('log', dead(1), dead(2))
    reads([1, 2])
    append('log', dead(3))
    shutil.copy(path('log'), path('log.1'))
    os.truncate(path('log'), 0)
    append('log', dead(4))
    reads([3, 4])


@case('a file that is not found again is missed by its name')
def _():
    append('log', dead(1))
    need('not there any more' not in reads([1]), 'nothing is missing')
    append('log', dead(2))
    os.rename(path('log'), path('elsewhere'))
    append('log', dead(3))
    err = reads([3])
    need('log: the file that was read up to record 2' in err and 'not there any more' in err, err)
    need('not there any more' not in reads([]), 'told once')


@case('a file that was moved away and back again is the one we know')
def _():
    append('log', dead(1), dead(2))
    reads([1, 2])
    shutil.copy(path('log'), path('log.copy'))
    os.rename(path('log.copy'), path('log'))
    append('log', dead(3))
    reads([3])


for what, then in (('fewer', range(2, 5)), ('as many', range(50, 60)), ('more', range(20, 50))):
    @case('a file that was written anew in place, with the same first line and %s others, is read from its start' %
          what)
    def _(then=then):
        append('log', *map(dead, range(10)))
        reads(range(10))
        write('log', ndjson(dead(0), *map(dead, then)))
        err = reads([0, *then])
        need('read from its start' in err, err)


@case('so is one that is written anew in place while it is read')
def _():
    append('log', *map(dead, range(50)))
    p = following('-i', 'json:log', '--results', 'results')
    try:
        sees(50)
        write('log', ndjson(dead(0), *map(dead, range(100, 111))))
        sees(61)
        append('log', dead(111))
        sees(62)
    finally:
        finish(p)
    same(recipients()[50:], names(0, *range(100, 112)))
    append('log', dead(112))
    reads([112])


@case('a segment that has the inode and the first line of one that was finished and deleted is read')
def _():
    os.mkdir(path('logs'))
    append('logs/000001', dead(0), dead(1))
    append('logs/000002', dead(2))
    p = following('-i', 'json:logs')
    try:
        sees(3)
        until(lambda: place_in(p, 'logs/000001') is None, what='the end of logs/000001')
        os.rename(path('logs/000001'), path('logs/000003'))
        write('logs/000003', ndjson(dead(0), dead(3), dead(4)))
        sees(5)
        append('logs/000004', dead(5))
        sees(6)
    finally:
        finish(p)
    p = following('-i', 'json:logs')
    append('logs/000004', dead(6))
    try:
        sees(7)
    finally:
        same(finish(p)['results'], 1)


@case('a file that had the name while we were still busy with the one before it is read too')
def _():
    append('log', *map(dead, range(3)))
    p = following('-i', 'json:log', '--results', 'results')
    try:
        sees(3)
        os.rename(path('log'), path('log.2'))
        append('log.1', *map(dead, range(3, 6)))
        append('log', *map(dead, range(6, 9)))
        sees(9)
        append('log', dead(9))
        sees(10)
    finally:
        finish(p)
    same(sorted(recipients()), names(*range(10)))
    reads([])


# ---------------------------------------------------------------- results and the state
@case('results that a full disk refused are written by the next run: none is missing, every line is whole')
def _():
    with small_disk('100k') as (small, grow):
        append('log', *map(dead, range(1000)))
        args = ('run', '--follow', '-i', 'json:log', '-s', 'state', '--results', small + '/results',
                '--dead-letters', 'dead')
        d = ff(*args, status=74)
        need('small/results' in d.err and 'run it again' in d.err, d.err)
        need('nothing is lost' not in d.text and 'NOT ALL OF IT WAS WRITTEN' in d.text, d.text[-300:])
        grow('50m')
        p = start(*args, stderr=subprocess.PIPE)
        try:
            sees(1000)
        finally:
            err = told(p)
        same(set(recipients('small/results')), set(names(*range(1000))))
        need('its last line was not whole' in err, err)


@case('results that went nowhere are not counted as done: the next run has them')
def _():
    append('log', *map(dead, range(1000)))
    need('/dev/full' in ff('run', '--follow', '-i', 'json:log', '-s', 'state', '--results', '/dev/full', status=74).err,
         'not named')
    p = following('-i', 'json:log', '--results', 'results')
    try:
        sees(1000)
    finally:
        finish(p)
    same(set(recipients()), set(names(*range(1000))))


@case('a reader of the results that goes away ends the run, and another one gets what it did not')
def _():
    os.mkfifo(path('pipe'))
    append('log', *map(dead, range(5)))
    p = following('-i', 'json:log', '--results', 'pipe', stderr=subprocess.PIPE)
    with open(path('pipe'), 'rb') as f:
        same([json.loads(f.readline())['recipient'] for i in range(5)], names(*range(5)))
    append('log', dead(5))
    err = ended(p)[1].decode()
    need(p.returncode == 74 and 'pipe' in err, p.returncode, err)
    reads([5])


@case('killed at any time, the results have every event, and every line is whole')
def _():
    kills(3000, 8, 500)
    p = following('-i', 'json:log', '--results', 'results')
    try:
        sees(7000)
    finally:
        finish(p)
    same(set(recipients()), set(names(*range(7000))))


# --------------------------------------------------------------- several files, and what a message's lines say together
@case('followed inputs of one format share what they know of a message, like those that are not followed')
def _():
    write('1.log', postfix(1, 0, SENDER) + postfix(1, 1, DEFERRED))
    write('2.log', postfix(1, 2, EXPIRED))
    inputs = ('-i', 'postfix:1.log', '-i', 'postfix:2.log')
    ff('run', *inputs, '-s', 'other', '--results', 'want')
    same(len(recipients('want')), 2)
    p = following(*inputs, '--results', 'results')
    try:
        until(lambda: os.path.exists(path('results')) and read('results').count(b'\n') == 2, what='2 results')
    finally:
        same(finish(p)['dead_lettered'], 0)
    same(read('results'), read('want'))


@case('a log that is gone, or has a name that cannot be read, is told, and so is that it is read again')
def _():
    write('log', ndjson(event('r1@example.net')))
    p = following('-i', 'json:log', '--results', 'results', stderr=open(path('err'), 'wb'))
    try:
        until(lambda: lines() == 1, what='the first result')
        os.rename(path('log'), path('log.1'))
        until(lambda: b'log: No such file or directory: the log that had this name was read to its end' in read('err'),
              what='told')
        os.symlink('log', path('log'))
        until(lambda: b'log: Too many levels of symbolic links: ' in read('err'), what='told again')
        os.unlink(path('log'))
        write('log', ndjson(event('r2@example.net')))
        until(lambda: lines() == 2 and b'log: is read again' in read('err'), what='read again')
    finally:
        finish(p)
    same(recipients(), names(1, 2))
    same(read('err').count(b'the log that had this name'), 2)


@case('attempts are counted on over a rotation: a followed log gives the results of its two files')
def _():
    one = ''.join(postfix(i, 0, SENDER) + postfix(i, 1, DEFERRED) for i in range(3))
    two = ''.join(postfix(i, 30, SENDER) + postfix(i, 31, DEFERRED) for i in range(3))
    p = following('-i', 'postfix:log', '--results', 'results') if write('log', one) else None
    try:
        until(lambda: os.path.exists(path('results')) and read('results').count(b'\n') == 3,
              what='results of the first file')
        os.rename(path('log'), path('log.1'))
        write('log', two)
        until(lambda: read('results').count(b'\n') == 6, what='results of the second file')
    finally:
        finish(p)
    ff('run', '-i', 'postfix:log.1', '-i', 'postfix:log', '-s', 'other', '--results', 'want')
    same(read('results'), read('want'))


main()
