#!/usr/bin/env python3
"""add, release and import beside a `run` that has the state: it does what they ask, over a socket in the folder."""
import concurrent.futures, fcntl, socket, stat, struct

from shell import *

MAGIC = 0x55500101
SOCKET = 'state/control.sock'


@contextlib.contextmanager
def following(state='state', *options, there=1):
    """a run that has the state and has read one dead address, so that so many are there"""
    write('log', ndjson(dead(1)))
    p = start('run', '-i', 'json:log', '-s', state, '--follow', *options, stderr=subprocess.PIPE)
    try:
        sees(there, state)
        yield p
        same(stop(p), 0)
    finally:
        if p.poll() is None:
            p.kill()
            p.wait()


def fill(name):
    """until the disk is full"""
    with open(name, 'wb', buffering=0) as f, contextlib.suppress(OSError):
        while f.write(b'x' * 4096):
            pass


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(path(SOCKET))  # waits for a place in the queue, which it would not with a limit of time
    s.settimeout(PATIENCE_S)
    return s


def answered(s):
    """all that comes until the other end closes"""
    got = b''
    try:
        while more := s.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


@case('an address is added: it is in the list when the command ends, with who said so and why')
def _():
    with following():
        same(ff('add', 'a@example.net', '-s', 'state', '-m', 'ticket 4711').err, '')
        same(sorted(suppressed('state')), ['a@example.net', 'r1@example.net'])
        entry, = json.loads(ff('explain', 'a@example.net', '-s', 'state', '--json').out)['entries']
        same((entry['state'], entry['manual']['note']), ('active', 'ticket 4711'), entry)


@case('what was answered survives a run that is killed')
def _():
    with following() as p:
        ff('add', 'a@example.net', '-s', 'state')
        ff('release', 'r1@example.net', '-s', 'state', '-t', 'acme')
        stop(p, signal.SIGKILL)
        same(sorted(suppressed('state')), ['a@example.net'])
        p.returncode = 0


@case('release says of each address whether it was suppressed, as without a run')
def _():
    with following():
        d = ff('release', 'r1@example.net', 'nobody@example.net', '-s', 'state', '-t', 'acme')
        same(d.err, 'r1@example.net: released (tenant acme)\nnobody@example.net: was not suppressed (tenant acme)\n')
        same(sorted(suppressed('state')), [])


@case('a list is imported, in several requests; the run reads on meanwhile and afterwards')
def _():
    write('list', ''.join('i%d@example.net\n' % i for i in range(2500)) + 'no address\n')
    with following():
        d = ff('import', 'list', '-s', 'state', '-t', 'acme', status=65)
        need('added 2500  released 0  refused 1' in d.err, d.err)
        append('log', dead(2))
        sees(2502)


@case('an incident is undone by a selection, shown and confirmed')
def _():
    with following():
        append('log', dead(2), event('other@example.org', remote_host='mx.example.org'))
        sees(3)
        which = ('release', '-s', 'state', '-t', 'acme', '--mx', 'mx.example.net')
        token = ff(*which).text.split('--confirm ')[1].split()[0]
        same(ff(*which, '--confirm', token).err, 'released 2\n')
        same(sorted(suppressed('state')), ['other@example.org'])


@case('checks over HTTP know it at once')
def _():
    import urllib.request
    port = free_port()
    with following('state', '--listen', '127.0.0.1:%d' % port, '--default-tenant', 'acme'):
        for command, want in (('add', True), ('release', False)):
            ff(command, 'a@example.net', '-s', 'state', '-t', 'acme')
            with urllib.request.urlopen('http://127.0.0.1:%d/v1/check?address=a@example.net' % port,
                                        timeout=PATIENCE_S) as r:
                same(json.load(r)['suppressed'], want, command)


@case('several at once: nothing is lost, nobody waits for one that waits for its input')
def _():
    with following():
        idle = start('import', '-', '-s', 'state', '-t', 'acme', stdin=subprocess.PIPE)
        idle.stdin.write(b''.join(b'x%d@example.net\n' % i for i in range(1500)))  # a request, and half of the next
        idle.stdin.flush()
        sees(1001)
        for n in range(4):
            write('list%d' % n, ''.join('l%d-%d@example.net\n' % (n, i) for i in range(1200)))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for d in pool.map(lambda n: ff('import', 'list%d' % n, '-s', 'state', '-t', 'acme'), range(4)):
                need('added 1200' in d.err, d.err)
        idle.stdin.close()
        same(idle.wait(PATIENCE_S), 0)
        same(len(exported('state')), 1 + 1500 + 4 * 1200)


@case('import: an entry is of when it is read: one that was released while the import ran is added again')
def _():
    with following():
        slow = start('import', '-', '-s', 'state', '-t', 'acme', stdin=subprocess.PIPE)
        slow.stdin.write(b''.join(b'x%d@example.net\n' % i for i in range(1500)))
        slow.stdin.flush()
        sees(1001)
        ff('release', 'x0@example.net', '-s', 'state', '-t', 'acme')
        need('x0@example.net' not in suppressed('state'))
        slow.stdin.write(b'x0@example.net\n')
        slow.stdin.close()
        same(slow.wait(PATIENCE_S), 0)
        need('x0@example.net' in suppressed('state'))


@case('bytes that are no request cost only whoever sent them')
def _():
    with following():
        half = connect()
        half.sendall(struct.pack('>II', MAGIC, 1000) + b'half')
        for sent, want in ((b'GET / HTTP/1.1\r\nHost: x\r\n\r\n', b'another version'),
                           (struct.pack('>II', MAGIC ^ 1, 3) + b'abc', b'another version'),
                           (struct.pack('>II', MAGIC, 1 << 30), b'too large'),
                           (struct.pack('>II', MAGIC, 0), b'of nothing'),
                           (struct.pack('>II', MAGIC, 3) + b'\xff\xff\xff', b'no request'),
                           (b'\x55', b'')):
            with connect() as s:
                s.sendall(sent)
                s.shutdown(socket.SHUT_WR)
                need(want in answered(s), sent, want)
        ff('add', 'a@example.net', '-s', 'state')
        half.close()
        same(len(exported('state')), 2)


@case('more peers than there are places wait for their turn')
def _():
    with following():
        peers = [connect() for _ in range(30)]
        p = start('add', 'a@example.net', '-s', 'state', stderr=subprocess.PIPE)
        for s in peers:
            s.close()
        out, err = ended(p)
        same((p.returncode, err), (0, b''))
        same(len(exported('state')), 2)


@case('the socket is its owner\'s alone; a run that ends takes it away, '
      'one that was killed leaves one that harms nobody')
def _():
    with following() as p:
        mode = os.stat(path(SOCKET)).st_mode
        same((stat.S_ISSOCK(mode), stat.S_IMODE(mode)), (True, 0o600))
        stop(p, signal.SIGKILL)
        ff('add', 'a@example.net', '-s', 'state')
        p.returncode = 0
    need(os.path.exists(path(SOCKET)))
    with following(there=2):
        ff('add', 'b@example.net', '-s', 'state')
        same(sorted(suppressed('state')), ['a@example.net', 'b@example.net', 'r1@example.net'])
    need(not os.path.exists(path(SOCKET)))


@case('a folder whose path is longer than the address of a socket may be')
def _():
    deep = '/'.join(['a-folder-with-a-long-name'] * 8) + '/state'
    os.makedirs(path(os.path.dirname(deep)))
    with following(deep):
        ff('add', 'a@example.net', '-s', deep)
        same(sorted(suppressed(deep)), ['a@example.net', 'r1@example.net'])


@case('in use by what takes no commands: 75, with what helps')
def _():
    with following() as p:
        pass
    with open(path('state/fivefifty.lock'), 'rb+') as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        write('list', 'a@example.net\n')
        for args in (('add', 'a@example.net'), ('release', 'r1@example.net'), ('import', 'list')):
            d = ff(*args, '-s', 'state', status=75)
            need('in use by another process that takes no commands (stop it, run this again, start it' in d.err and
                 '/v1/check' in d.err, args, d.err)


def waits_at_socket(pid):
    """it is connected (which takes no sleep) and sleeps"""
    fds = '/proc/%d/fd/' % pid
    try:
        return state_of(pid) == 'S' and any(os.readlink(fds + fd).startswith('socket:') for fd in os.listdir(fds))
    except FileNotFoundError:  # closed meanwhile
        return False


@case('a run that goes away, or does not answer: 75, and the same again is safe')
def _():
    with following() as p:
        with paused(p):
            waits = start('add', 'a@example.net', '-s', 'state', stderr=subprocess.PIPE)
            until(lambda: waits_at_socket(waits.pid), 'it has asked')
            stop(p, signal.SIGKILL)
        out, err = ended(waits)
        same(waits.returncode, 75)
        need(b'went away (perhaps it is done; run this again)' in err, err)
        ff('add', 'a@example.net', '-s', 'state')
        p.returncode = 0
        same(sorted(suppressed('state')), ['a@example.net', 'r1@example.net'])


@case('a disk that is full: the command fails and says so, and what it said of others holds')
def _():
    with small_disk('4m') as (disk, _):
        write('log', ndjson(dead(1)))
        p = start('run', '-i', 'json:log', '-s', disk + '/state', '--follow', stderr=subprocess.PIPE)
        try:
            sees(1, disk + '/state')
            fill(disk + '/filler')
            write('list', 'email,note\n' + ''.join('i%d@example.net,%s\n' % (i, 'note ' * 60) for i in range(3000)))
            d = ff('import', 'list', '-s', disk + '/state', '-t', 'acme', status=None)
            same(d.status, 74, d.err)
            os.unlink(disk + '/filler')
        finally:
            status = stop(p)
        same(status, 74)
        need(len(exported(disk + '/state')) >= 1)


main()
