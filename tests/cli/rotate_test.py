#!/usr/bin/env python3
"""run --follow on a log that is rotated while it is read: renamed, copied and truncated, compressed,
several times between two looks."""
import os, shutil, signal

from follower import *


for copy, compress in (('log.1', left_alone), ('log.1', gzipped), ('log.1', zstd_packed), ('log-20260806', left_alone),
                       ('log-20260806', gzipped)):
    @case('lines that came between the last look and a truncation are read from the copy: %s, %s' %
          (copy, compress.__name__))
    def _(copy=copy, compress=compress):
        append('log', dead(1), dead(2))
        f = Follower('json:log', 'log')
        f.sees(1, 2)
        with paused(f.p):
            append('log', *map(dead, range(3, 2000)))
            copytruncate('log', copy, compress)
            append('log', dead(2000))
        f.sees(*range(3, 2001))
        f.ends()
        need('no copy' not in read('err').decode(), read('err'))


@case('a copy that is compressed while it is looked for and read is read once')
def _():
    append('log', dead(0))
    f = Follower('json:log', 'log')
    f.sees(0)
    for n in range(1, 60000, 10000):
        with paused(f.p):
            append('log', *map(dead, range(n, n + 9999)))
            copytruncate('log', 'log.1')
            append('log', dead(n + 9999))
        gzipped('log.1')
        f.sees(*range(n, n + 10000))
        os.unlink(path('log.1.gz'))
    f.ends()


@case('a copy that gets its name only after the truncation was seen is waited for')
def _():
    append('log', dead(1))
    f = Follower('json:log', 'log')
    f.sees(1)
    with paused(f.p):
        append('log', dead(2))
        copytruncate('log', 'elsewhere')
        append('log', dead(3))
    until(lambda: place_in(f.p, 'log') == 0, what='the truncation was seen')
    os.rename(path('elsewhere'), path('log.1'))
    f.sees(2, 3)
    f.ends()


@case('half a line that was read before a truncation is read whole from the copy')
def _():
    whole = ndjson(dead(2))
    append('log', dead(1))
    f = Follower('json:log', 'log')
    f.sees(1)
    write('log', whole[:40], 'ab')
    until(lambda: place_in(f.p, 'log') == os.path.getsize(path('log')), what='the half line was read')
    with paused(f.p):
        write('log', whole[40:], 'ab')
        copytruncate('log', 'log.1')
        append('log', dead(3))
    f.sees(2, 3)
    f.ends()


@case('of a file that was copied and truncated several times between two looks each copy is read, in order')
def _():
    append('log', dead(1))
    f = Follower('json:log', 'log')
    f.sees(1)
    with paused(f.p):
        append('log', dead(2))
        copytruncate('log', 'log.3', gzipped)
        append('log', dead(3))
        copytruncate('log', 'log.2', gzipped)
        append('log', dead(4))
        copytruncate('log', 'log.1')
        append('log', dead(5))
    f.sees(2, 3, 4, 5)
    f.ends()


@case('a file that is copied and truncated again while its first copy is read loses nothing')
def _():
    append('log', dead(0))
    f = Follower('json:log', 'log')
    f.sees(0)
    with paused(f.p):
        append('log', *map(dead, range(1, 60000)))
        copytruncate('log', 'log.1')
        append('log', dead(60000))
    until(lambda: 1 < lines() < 60000, what='it reads the copy', pause=0.001)
    with paused(f.p):
        append('log', dead(60001))
        os.rename(path('log.1'), path('log.2'))
        copytruncate('log', 'log.1')
        append('log', dead(60002))
    f.sees(*range(1, 60003))
    f.ends()


@case('a file that is truncated while its reader is far behind is read from the copy from there on')
def _():
    append('log', *map(dead, range(60000)))
    f = Follower('json:log', 'log')
    until(lambda: 0 < lines() < 60000, what='it has begun', pause=0.001)
    with paused(f.p):
        copytruncate('log', 'log.1')
        append('log', *map(dead, range(60000, 120000)))
    f.sees(*range(120000))
    f.ends()


for what, how in (('stopped', signal.SIGTERM), ('killed', signal.SIGKILL)):
    @case('%s before, while and after it reads the copy of a truncated file, it reads on' % what)
    def _(how=how):
        append('log', dead(0))
        f = Follower('json:log', 'log')
        f.sees(0)
        with paused(f.p):
            append('log', *map(dead, range(1, 60000)))
            copytruncate('log', 'log.1')
            append('log', dead(60000))
        until(lambda: place_in(f.p, 'log') == 0, what='the truncation was seen', pause=0.001)
        f.restarts(how)
        before = lines()
        until(lambda: before < lines(), what='it reads the copy', pause=0.001)
        f.restarts(how)
        sees(60001)
        f.restarts(how)
        append('log', dead(60001))
        sees(60002)
        f.stops()
        got = recipients()
        in_order(list(dict.fromkeys(got)), names(*range(60002)))
        need(how == signal.SIGKILL or len(got) == 60002, len(got))


for spec, log in (('json:log', 'log'), ('json:mail', 'mail/mail.log')):
    for how in (None, signal.SIGTERM, signal.SIGKILL):
        @case('a copy that ends before the line that was read last, since more came before the truncation, '
              'has nothing more: %s, %s' % (spec, 'running' if how is None else how.name))
        def _(spec=spec, log=log, how=how):
            os.mkdir(path('mail'))
            append(log, dead(1), dead(2))
            f = Follower(spec, log)
            f.sees(1, 2)
            shutil.copy(path(log), path(log + '.1'))
            append(log, dead(3))
            f.sees(3)
            if how is not None:
                f.stops(how)
            os.truncate(path(log), 0)
            append(log, dead(4))
            if how is not None:
                f.start()
            f.sees(4)
            gzipped(log + '.1')
            f.ends()
            err = read('err').decode()
            need('no copy' not in err and 'not there any more' not in err, err)


@case('a file that was truncated and has no copy is told, and read from its start; '
      'half a line at its end is a dead letter')
def _():
    append('log', dead(1), dead(2))
    write('log', '{"half', 'ab')
    f = Follower('json:log', 'log')
    f.sees(1, 2)
    until(lambda: place_in(f.p, 'log') == os.path.getsize(path('log')), what='the half line was read')
    os.truncate(path('log'), 0)
    append('log', dead(3))
    f.sees(3)
    err = read('err').decode()
    need('log: was truncated or written anew when it had been read up to record 2, '
         'and no copy of it is beside it' in err, err)
    f.ends()
    same(read('err').decode().count('no copy of it'), 1)


@case('files in between are found, too, when the one before them is compressed at once')
def _():
    append('log', dead(1))
    f = Follower('json:log', 'log')
    f.sees(1)
    with paused(f.p):
        append('log', dead(2))
        os.rename(path('log'), path('log.3'))
        gzipped('log.3')
        append('log.2', dead(3))
        gzipped('log.2')
        append('log.1', dead(4))
        append('log', dead(5))
    f.sees(2, 3, 4, 5)
    f.ends()


main()
