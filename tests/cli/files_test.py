#!/usr/bin/env python3
"""What is written where, and which files are refused: outputs that are descriptors,
two names of one file, damaged compression."""
import gzip, os, subprocess

from shell import *


def shell(line):
    """a line for sh, in which $F is the program"""
    p = subprocess.run(['sh', '-c', line], cwd=path(), env=dict(os.environ, F=PROGRAM), stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return Done(p, p.stdout, p.stderr)


def state_of_one():
    ff('run', '-i', 'json:' + write('in', ndjson(event())), '-s', 'state')
    return ff('export', '-s', 'state').out


# ---------------------------------------------------------------- descriptors
for name in ('/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', 'link', '-'):
    @case('-o %s appends to the file behind stdout and leaves it in its place' % name)
    def _(name=name):
        want = b'precious\n' + state_of_one()
        os.symlink('/dev/stdout', path('link'))
        write('all', 'precious\n')
        before = os.stat(path('all')).st_ino
        same(shell('"$F" export -s state -o %s >>all' % name).status, 0)
        same((read('all'), os.stat(path('all')).st_ino), (want, before))


@case('--dead-letters /dev/stderr goes to where messages go, also when that is a file')
def _():
    write('bad', '{\n')
    same(shell('echo precious >log; "$F" decode -f json --dead-letters /dev/stderr bad 2>>log').status, 0)
    lines = read('log').decode().splitlines()
    same(lines[0], 'precious')
    need(any('"reason"' in l for l in lines) and any(l.startswith('records ') for l in lines), lines)


@case('two outputs may be open descriptors of one file: both are whole')
def _():
    write('in', ndjson(event()) + '{\n')
    same(shell('"$F" decode -f json -j -o /dev/stdout --dead-letters /dev/stderr in >log 2>&1').status, 0)
    text = read('log').decode()
    need('"kind":"bounce"' in text and '"reason":"json_syntax"' in text and 'records 2' in text, text)


@case('a descriptor that is not open, or one of our own, is 73')
def _():
    state_of_one()
    for n in (0, 3, 5, 9, 20):
        d = shell('"$F" export -s state -o /dev/fd/%d <&- 3>&-' % n)
        same(d.status, 73, n, d.err)
    same(shell('"$F" export -s state -o /dev/fd/7 7>seven').status, 0)
    same(read('seven'), ff('export', '-s', 'state').out)


# ---------------------------------------------------------------- one file, two names
def refused(*args, stdin=b''):
    d = ff(*args, stdin=stdin, status=64)
    need('the same file' in d.err, d.err)


@case('one file for two outputs is 64, whatever its names, and nothing is made')
def _():
    write('in', ndjson(event()))
    os.mkdir(path('folder'))
    os.symlink('folder', path('other'))
    for a, b in (('same', 'same'), ('same', './same'), ('folder/same', 'other/same'), ('same', path('same'))):
        refused('run', '-i', 'json:in', '-s', 'state', '--results', a, '--dead-letters', b)
        refused('decode', '-f', 'json', '-j', '-o', a, '--stats', b, 'in')
        refused('generate', '-n', 1, '-f', 'json', '-o', a, '--truth', b)
    need(not os.path.exists(path('state')) and not os.path.exists(path('same')))
    write('same', 'old\n')
    os.link(path('same'), path('hard'))
    os.symlink('same', path('soft'))
    for other in ('hard', 'soft'):
        refused('decode', '-f', 'json', '-j', '-o', 'same', '--dead-letters', other, 'in')
    same(read('same'), b'old\n')


@case('an output that is an input, the rules or the configuration is 64, and that file stays')
def _():
    text = ndjson(event()).encode()
    write('in', text)
    write('conf', 'json = true\n')
    refused('decode', '-f', 'json', '-j', '-o', 'in', 'in')
    refused('decode', '-f', 'json', '-j', '--dead-letters', 'in', 'other', './in')
    refused('run', '-i', 'json:in', '-s', 'state', '--results', 'in')
    refused('run', '-i', 'json:in', '-s', 'state', '--follow', '--dead-letters', 'in')
    refused('classify', '--rules', 'in', '-o', 'in')
    refused('classify', '--config', 'conf', '-o', 'conf')
    refused('rules', 'lint', 'in', '-o', 'in')
    refused('rules', 'show', 'unknown-user', 'in', '-o', './in')
    refused('rules', 'import', '--from', 'kumomta', 'in', '-o', 'in')
    ff('rules', 'show', 'unknown-user', '-o', write('unknown-user', ''))
    refused('templates', '-i', 'json:in', '-o', 'in')
    same((read('in'), read('conf')), (text, b'json = true\n'))
    same(shell('"$F" decode -f json -j -o in - <in').status, 64)


@case('/dev/null may be written under every name, and a file may be written again')
def _():
    write('in', ndjson(event()))
    ff('run', '-i', 'json:in', '-s', 'state', '--results', '/dev/null', '--dead-letters', '/dev/null',
       '-o', '/dev/null')
    for _ in range(2):
        ff('run', '-i', 'json:in', '-s', 'state', '--results', 'a', '--dead-letters', 'b', '-o', 'c')
    need(read('a') and read('c') and not read('b'))


# ---------------------------------------------------------------- damaged compression
for sentence, data, says in (
    ('of zeroes, as a power loss leaves it', bytes(1000), 'damaged'),
    ('of no bytes', b'', 'no bytes'),
    ('of zeroes before a good member', bytes(512) + gzip.compress(b'\n'), 'damaged'),
    ('that is cut off', gzip.compress(ndjson(event()).encode())[:-4], 'cut off'),
):
    @case('a .gz file %s is 65' % sentence)
    def _(data=data, says=says):
        write('z.gz', data)
        for args in (('decode', '-f', 'json', 'z.gz'),
                     ('classify', 'z.gz'),
                     ('run', '-i', 'json:z.gz', '-s', 'state'),
                     ('import', 'z.gz', '-s', 'list')):
            need(says in ff(*args, status=65).err, args)


@case('a .gz file of an empty text is empty, and zeroes behind a member are padding')
def _():
    for data, events in ((gzip.compress(b''), 0), (gzip.compress(ndjson(event()).encode()) + bytes(1000), 1)):
        d = ff('decode', '-f', 'json', '-j', write('z.gz', data))
        same(len(d.rows()), events, d.err)


def zstd(data):
    return subprocess.run(['zstd', '-q'], input=data, stdout=subprocess.PIPE, check=True).stdout


@case('a .zst file whose last frame is cut off is no error, and said once')
def _():
    lines = ''.join(ndjson(event('r%d@example.net' % i)) for i in range(20000)).encode()
    whole = zstd(lines)
    for cut in (2, 200, len(whole) // 2, len(whole) - 1):
        write('z.zst', whole + whole[:cut])
        for args in (('decode', '-f', 'json', 'z.zst'), ('run', '-i', 'json:z.zst', '-s', 'state'),
                     ('import', 'z.zst', '-s', 'list')):
            d = ff(*args, status=None if args[0] == 'import' else 0)  # half a line is no entry
            same(d.err.count('z.zst: the last zstd frame is not complete'), 1, cut, args, d.err)
    for data in (whole, whole + whole, b''):
        d = ff('decode', '-f', 'json', write('z.zst', data))
        need('frame' not in d.err, d.err)


@case('a .zst file that is followed may stop anywhere')
def _():
    write('z.zst', zstd(ndjson(event()).encode())[:20])
    p = start('run', '-i', 'json:z.zst', '-s', 'state', '--follow', stderr=subprocess.PIPE)
    until(lambda: place_in(p, 'z.zst') == 20, what='all of it is read')
    p.send_signal(signal.SIGTERM)
    err = ended(p)[1]
    same((p.returncode, b'frame' in err), (0, False))


main()
