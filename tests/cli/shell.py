"""shell.py: black-box tests of the program through its command line.

A test file is a list of sentences: @case('...') above a function that fails by raising, or rows of TABLE. Run as
    some_test.py PATH-OF-FIVEFIFTY [word]
Everything happens in a temporary folder, in a time zone far from UTC.
"""
import contextlib, json, os, shutil, signal, socket, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from patience import PATIENCE_S, wait

CASES = []
PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else 'fivefifty'
FOLDER = None


class Skip(Exception):
    pass


def case(sentence):
    def add(f):
        CASES.append((sentence, f))
        return f
    return add


def need(condition, *seen):
    if not condition:
        raise AssertionError(' '.join(str(s) for s in seen)[:1500])


def same(got, want, *more):
    need(got == want, '\n  got  %r\n  want %r' % (got, want), *more)


def path(name=''):
    return os.path.join(FOLDER, name)


def write(name, data, mode='wb'):
    with open(path(name), mode) as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path(name)


def read(name):
    with open(path(name), 'rb') as f:
        return f.read()


def free_port():
    """of 127.0.0.1; another process may take it meanwhile"""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def small_disk(size):
    """A disk of `size` (as of mount, "200k") for the case; gives its folder, and what makes it another size."""
    folder = path('small')
    os.mkdir(folder)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=' + size, 'tmpfs', folder],
                      stderr=subprocess.DEVNULL).returncode:
        raise Skip('may not mount a small disk here')
    try:
        yield folder, lambda size: subprocess.run(['mount', '-o', 'remount,size=' + size, folder], check=True)
    finally:
        subprocess.run(['umount', folder])


class Done:
    def __init__(self, p, out, err):
        self.status, self.out, self.err = p.returncode, out, err.decode('utf-8', 'replace')
        self.text = out.decode('utf-8', 'replace')

    def rows(self):
        return [json.loads(l) for l in self.out.decode().splitlines() if l]


def ff(*args, stdin=b'', status=0, timeout=PATIENCE_S, **env):
    p = subprocess.Popen([PROGRAM, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, cwd=FOLDER, env=dict(os.environ, TZ='Pacific/Chatham', **env))
    try:
        out, err = p.communicate(stdin if isinstance(stdin, bytes) else stdin.encode(), timeout)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        raise AssertionError('no end within %d s: %s' % (timeout, ' '.join(map(str, args))))
    d = Done(p, out, err)
    if status is not None:
        need(d.status == status,
             'exit status %d, not %d: fivefifty %s\n%s' % (d.status, status, ' '.join(map(str, args)), d.err[-600:]))
    return d


def ff_without_privileges(*args):
    """as a user for whom permissions of files count, also where the tests run as root"""
    if os.geteuid() == 0 and not shutil.which('setpriv'):
        raise Skip('root, and no setpriv(1)')
    drop = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] if os.geteuid() == 0 else []
    p = subprocess.run([*drop, PROGRAM, *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, cwd=FOLDER)
    return Done(p, p.stdout, p.stderr)


def start(*args, env=(), **fds):
    fds = dict(dict.fromkeys(('stdin', 'stdout', 'stderr'), subprocess.DEVNULL), **fds)
    return subprocess.Popen([PROGRAM, *map(str, args)], cwd=FOLDER,
                            env=dict(os.environ, TZ='Pacific/Chatham', **dict(env)), **fds)


def stop(p, how=signal.SIGTERM):
    if p.poll() is None:
        p.send_signal(how)
    try:
        return p.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        raise AssertionError('no answer to %s within %d s' % (how.name, PATIENCE_S))
    finally:
        for f in (p.stdin, p.stdout, p.stderr):
            if f:
                f.close()


def until(condition, what='', pause=0.05):
    """waits for something another process does"""
    value = wait(condition, pause=pause)
    need(value, 'did not happen within %d s: %s' % (PATIENCE_S, what))
    return value


def state_of(pid, thread=None):
    """of a process, or of one of its threads: R, S, T, ..."""
    with open('/proc/%d/task/%s/stat' % (pid, thread or pid), encoding='ascii') as f:
        return f.read().rsplit(')', 1)[1].split()[0]


@contextlib.contextmanager
def paused(p):
    """It stands still, with all of its threads: one that is not stopped yet would answer. What is done meanwhile it
    sees at once, when it goes on."""
    p.send_signal(signal.SIGSTOP)
    until(lambda: all(state_of(p.pid, t) == 'T' for t in os.listdir('/proc/%d/task' % p.pid)), what='it stands still')
    yield
    p.send_signal(signal.SIGCONT)


def ended(p):
    """what it said on stdout and stderr until it ended by itself, or by the signal it was sent"""
    try:
        return p.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        raise AssertionError('no end within %d s' % PATIENCE_S)


def place_in(p, name):
    """how far it has read the file it has open, in bytes; None: it has not opened it, or closed it again"""
    proc = '/proc/%d/' % p.pid
    for fd in os.listdir(proc + 'fd'):
        try:
            if os.readlink(proc + 'fd/' + fd) == os.path.realpath(path(name)):
                with open(proc + 'fdinfo/' + fd, encoding='ascii') as f:
                    return int(f.readline().split()[1])
        except OSError:
            pass  # closed meanwhile
    return None


def event(recipient='gone@example.net', kind='bounce', **more):
    """an event as decode --json prints it: by default a mailbox that does not exist"""
    e = dict(kind=kind, event_time='2026-08-06T08:00:00.000000Z', recipient=recipient, tenant_id='acme',
             origin='remote_reply',
             stage='rcpt_to', reply_code=550, enhanced_code='5.1.1', reply_text='5.1.1 <%s>: User unknown' % recipient,
             remote_host='mx.example.net')
    e.update(more)
    return e


def ndjson(*objects):
    return ''.join(json.dumps(o) + '\n' for o in objects)


def dead(n):
    return event('r%d@example.net' % n)


def append(name, *events):
    write(name, ndjson(*events), 'ab')


def sees(n, state='state'):
    """n addresses are suppressed in the committed state beside the running process"""
    def look():
        d = ff('export', '-s', state, status=None)
        return d.status == 0 and len(d.rows()) == n
    until(look, what='%d suppressions' % n)


def exported(state, *options):
    return ff('export', '--state', state, *options).rows()


def suppressed(state):
    return [r['address_key'] for r in exported(state)]


def table(rows):
    """rows of (sentence, arguments, stdin, exit status, text that must be on stdout, text that must be on stderr)"""
    for sentence, args, stdin, status, out, err in rows:
        def run(args=args, stdin=stdin, status=status, out=out, err=err):
            d = ff(*args, stdin=stdin, status=status)
            need(out in d.text, 'stdout lacks %r:\n%s' % (out, d.text[-800:]))
            need(err in d.err, 'stderr lacks %r:\n%s' % (err, d.err[-800:]))
        CASES.append((sentence, run))


def main():
    global FOLDER
    word = sys.argv[2] if len(sys.argv) > 2 else ''
    failures = skipped = 0
    for sentence, run in CASES:
        if word not in sentence:
            continue
        FOLDER = tempfile.mkdtemp(prefix='fivefifty-cli-')
        try:
            run()
        except Skip as e:
            skipped += 1
            print('skip %s: %s' % (sentence, e))
        except Exception as e:
            failures += 1
            print('FAIL %s\n  %s: %s' % (sentence, type(e).__name__, str(e).replace('\n', '\n  ')), flush=True)
        finally:
            os.environ.get('KEEP') or shutil.rmtree(FOLDER, ignore_errors=True)
    print('%d cases, %d failures, %d skipped' % (len(CASES), failures, skipped))
    sys.exit(1 if failures else 0)  # here, so that no test can forget it
