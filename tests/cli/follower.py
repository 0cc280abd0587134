"""follower.py: what the tests of run --follow share: a run that follows, and what its results must be."""
import shutil, signal, subprocess

from shell import *


def following(*args, **fds):
    """a run that follows; its report is read by finish()"""
    return start('run', '--follow', '--json', '-s', 'state', *args, stdout=subprocess.PIPE, **fds)


def finish(p, how=signal.SIGTERM):
    p.send_signal(how)
    out = ended(p)[0]
    same(p.returncode, 0)
    return json.loads(out)


def told(p):
    """what it said on stderr until it was ended"""
    p.send_signal(signal.SIGTERM)
    out, err = ended(p)
    same(p.returncode, 0)
    return err.decode()


def recipients(name='results'):
    """of the results: every line is whole"""
    return [json.loads(l)['recipient'] for l in read(name).decode().splitlines()]


def names(*numbers):
    return ['r%d@example.net' % n for n in numbers]


def lines(name='results'):
    """how many there are; whole ones, the program may be writing the next"""
    return read(name).count(b'\n') if os.path.exists(path(name)) else 0


def in_order(got, want, *more):
    """of long lists the first difference is enough"""
    at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
    need(got == want, len(got), 'of', len(want), 'the first difference at', at, got[at:at + 5], want[at:at + 5], *more)


class Follower:
    """Follows an input with a results file, through stops and kills, and knows what must be in that file: every line of
    every log once, those of one log in their order."""

    def __init__(self, spec, *logs):
        self.spec, self.logs, self.want = spec, logs, {log: [] for log in logs}
        self.start()

    def start(self):
        with open(path('err'), 'ab') as err:
            self.p = following('-i', self.spec, '--results', 'results', stderr=err)

    def stops(self, how=signal.SIGTERM):
        same(stop(self.p, how), 0 if how == signal.SIGTERM else -how)

    def restarts(self, how=signal.SIGTERM):
        self.stops(how)
        self.start()

    def all(self):
        return [r for rs in self.want.values() for r in rs]

    def compare(self):
        got = recipients()
        for log, want in self.want.items():
            its = set(want)
            in_order([r for r in got if r in its], want, log)
        same(len(got), len(self.all()))

    def expects(self, *numbers, log=None):
        self.want[log or self.logs[0]] += names(*numbers)

    def sees(self, *numbers, log=None):
        """until they are there, and the state says so"""
        self.expects(*numbers, log=log)
        until(lambda: lines() >= len(self.all()), what='%d results' % len(self.all()))
        sees(len(self.all()))

    def ends(self, restart=True):
        """Whatever else it would read comes before a last line of each log, now and after a restart."""
        for again in range(1 + restart):
            if again:
                self.restarts()
            for i, log in enumerate(self.logs):
                append(log, dead(1000000 + 10 * i + again))
                self.expects(1000000 + 10 * i + again, log=log)
            self.sees()
        self.stops()
        self.compare()


def left_alone(name):
    pass


def gzipped(name):
    subprocess.run(['gzip', path(name)], check=True)


def zstd_packed(name):
    if not shutil.which('zstd'):
        raise Skip('zstd(1) is not installed')
    subprocess.run(['zstd', '-q', '--rm', path(name)], check=True)


def copytruncate(name, copy, compress=left_alone):
    """as logrotate does it with this option"""
    shutil.copy(path(name), path(copy))
    compress(copy)
    os.truncate(path(name), 0)


# ---------------------------------------------------------------- lines of Postfix
def postfix(n, second, text):
    return '2026-08-06T08:00:%02d.0+00:00 out7 postfix/%s\n' % (second, text.replace('ID', '4hG07M1ZdDz7Qh%d' % n))


SENDER = 'qmgr[12]: ID: from=<b+c42@rp.example.com>, size=4821, nrcpt=1 (queue active)'
DEFERRED = ('smtp[31]: ID: to=<late@example.net>, relay=mx.example.net[203.0.113.25]:25, '
            'delay=0.9, delays=0.1/0.02/0.5/0.28, dsn=4.2.0, '
            'status=deferred (host mx.example.net[203.0.113.25] said: 450 4.2.0 try later '
            '(in reply to RCPT TO command))')
EXPIRED = 'qmgr[12]: ID: from=<b+c42@rp.example.com>, status=expired, returned to sender'
