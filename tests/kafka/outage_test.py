#!/usr/bin/env python3
"""What ingest, suppress, serve and the commands say when a broker forbids them something, or goes away and comes back.

    tests/kafka/outage_test.py --binary build/dev/fivefifty [--only WORD]
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from broker import ACLS, Broker, ask, free_port, wait  # noqa: E402

passed = failed = 0
TOPICS = {'raw': 'raw.kumomta.v1', 'dead': 'raw.kumomta.dlq.v1', 'results': 'results.v1', 'commands': 'suppression-commands.v1',
          'list': 'suppressions.v1', 'state': 'suppression-state.v1'}


def say(ok, sentence, seen=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print('%s %s%s' % ('ok   ' if ok else 'FAIL ', sentence, '' if ok else '\n      ' + str(seen)[:800]), flush=True)


class Bench:
    def __init__(self, binary, broker, work):
        self.binary, self.br, self.work, self.cases = binary, broker, work, 0

    def fresh(self):
        self.cases += 1
        self.prefix = 'case%d.' % self.cases
        p = self.ff('topics', 'create', '--brokers', self.br.address, '--topic-prefix', self.prefix, '--partitions', '2')
        assert p.returncode == 0, p.stderr

    def topic(self, name):
        return self.prefix + TOPICS[name]

    def command(self, name):
        where = ['--brokers', self.br.address, '--topic-prefix', self.prefix]
        state = ['--state', os.path.join(self.work, self.prefix + name)]
        return {'ingest': ['ingest', *where, '--group', self.prefix + 'i', '--from', self.topic('raw') + '=kumomta'],
                'suppress': ['suppress', *where, '--group', self.prefix + 's', *state],
                'serve': ['serve', *where, *state, '--listen', '127.0.0.1:%d' % free_port()],
                'export': ['export', *where],
                'add': ['add', 'someone@example.net', *where]}[name]

    def ff(self, *args):
        try:
            return subprocess.run([self.binary, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        except subprocess.TimeoutExpired as e:
            return subprocess.CompletedProcess(args, 'no end within 60 s', b'', e.stderr or b'')


def permissions(b):
    for kind, name, allowed, programs in (
            ('topic', 'raw', '', ['ingest']), ('topic', 'dead', '', ['ingest']), ('topic', 'results', ['DESCRIBE'], ['ingest', 'suppress']),
            ('topic', 'raw', ['DESCRIBE'], ['ingest']), ('topic', 'commands', '', ['suppress', 'add']),
            ('topic', 'list', '', ['suppress', 'serve', 'export']), ('topic', 'state', ['READ', 'DESCRIBE'], ['suppress']),
            ('group', 'i', '', ['ingest']), ('group', 's', '', ['suppress']), ('group', 's', ['DESCRIBE'], ['suppress'])):
        b.fresh()
        b.br.produce(b.topic('raw'), b.ff('generate', '--events', '200', '--format', 'kumomta').stdout)
        if programs == ['suppress']:  # something to publish
            assert b.ff(*b.command('ingest'), '--until-end').returncode == 0
        b.br.allow(kind, b.prefix + name if kind == 'group' else b.topic(name), allowed)
        for program in programs:
            until_end = ['--until-end'] if program in ('ingest', 'suppress') else []
            p = b.ff(*b.command(program), *until_end)
            say(p.returncode == 77 and (b'permission' in p.stderr or b'allow this user' in p.stderr) and
                (kind == 'group' or b.topic(name).encode() in p.stderr),
                '%s, of %s %s allowed %s: 77 and its name' % (program, kind, name, ' and '.join(allowed) or 'nothing'),
                (p.returncode, p.stderr[-500:]))


def back_again(b):
    """Processes that have nothing to do say that the brokers went, and that they are back."""
    b.fresh()
    running = {}
    for name in ('ingest', 'suppress', 'serve'):
        log = os.path.join(b.work, name + '.err')
        port = free_port()
        args = b.command(name)
        args = args[:-2] if name == 'serve' else args
        with open(log, 'wb') as err:
            running[name] = (subprocess.Popen([b.binary, *args, '--listen', '127.0.0.1:%d' % port], stderr=err, stdout=subprocess.DEVNULL), log)
        say(wait(lambda at=port: ask(at, '/readyz')), '%s is ready' % name)

    def said(log, word):
        with open(log, 'rb') as f:
            return f.read().count(word)

    b.br.kill()
    words = {'ingest': b'no broker answers', 'suppress': b'(going on trying', 'serve': b'(going on trying'}
    for name, (_p, log) in running.items():
        say(wait(lambda at=log, word=words[name]: said(at, word)), '%s says that no broker answers' % name)
    b.br.start()
    for name, (p, log) in running.items():
        say(wait(lambda at=log: said(at, b'the brokers are back')), '%s, idle, says that they are back' % name, open(log, 'rb').read())
        p.send_signal(signal.SIGTERM)
        say(p.wait(20) == 0 and said(log, b'the brokers are back') == said(log, words[name]), '  ... once, and ends with 0', open(log, 'rb').read())


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--binary', required=True)
    ap.add_argument('--only', default='')
    a = ap.parse_args()
    work = tempfile.mkdtemp(prefix='fivefifty-outage-')
    try:
        with Broker(settings=ACLS) as br:
            b = Bench(os.path.abspath(a.binary), br, work)
            for case in (permissions, back_again):
                if a.only in case.__name__:
                    print('--', case.__name__.replace('_', ' '), flush=True)
                    case(b)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
