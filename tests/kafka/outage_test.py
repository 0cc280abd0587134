#!/usr/bin/env python3
"""What ingest, suppress, serve and the commands say when a broker forbids them something, refuses them,
or goes away and comes back.

    tests/kafka/outage_test.py --binary build/dev/fivefifty [--only WORD]
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..'))
import report  # noqa: E402
from broker import ACLS, PATIENCE_S, ROOT, Broker, ask, free_port, term, wait  # noqa: E402
from metrics_page import values  # noqa: E402
from report import say  # noqa: E402

TOPICS = {'raw': 'raw.kumomta.v1', 'dead': 'raw.kumomta.dlq.v1', 'results': 'results.v1',
          'commands': 'suppression-commands.v1', 'list': 'suppressions.v1', 'state': 'suppression-state.v1'}


class Gates:
    """Beside the plain one: a listener that asks for a password and one with a certificate that nobody vouches for."""

    def __init__(self, work):
        self.certificate = os.path.join(work, 'broker.pem')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30',
                        '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
                        '-keyout', self.certificate + '.key', '-out', self.certificate],
                       check=True, stderr=subprocess.DEVNULL)
        with open(self.certificate + '.key', 'ab') as both, open(self.certificate, 'rb') as certificate:
            both.write(certificate.read())
        self.auth, self.tls = free_port(), free_port()
        self.listeners = 'AUTH:SASL_PLAINTEXT:%d' % self.auth, 'TLS:SSL:%d' % self.tls
        self.settings = ('listener.name.auth.sasl.enabled.mechanisms=PLAIN', self.users('right'),
                         'listener.name.tls.ssl.keystore.type=PEM',
                         'listener.name.tls.ssl.keystore.location=%s.key' % self.certificate)

    @staticmethod
    def users(password):
        return ('listener.name.auth.plain.sasl.jaas.config='
                'org.apache.kafka.common.security.plain.PlainLoginModule required '
                'user_alice="%s";' % password)

    def by_password(self, password):
        return ['--brokers', '127.0.0.1:%d' % self.auth, '-X', 'security.protocol=SASL_PLAINTEXT',
                '-X', 'sasl.mechanisms=PLAIN', '-X', 'sasl.username=alice', '-X', 'sasl.password=' + password]

    def by_certificate(self, *more):
        return ['--brokers', '127.0.0.1:%d' % self.tls, '-X', 'security.protocol=SSL', *more]


class Bench:
    def __init__(self, binary, broker, gates, work):
        self.binary, self.br, self.gates, self.work, self.cases = binary, broker, gates, work, 0

    def fresh(self):
        self.cases += 1
        self.prefix = 'case%d.' % self.cases
        p = self.ff('topics', 'create', '--brokers', self.br.address, '--topic-prefix', self.prefix,
                    '--partitions', '2')
        assert p.returncode == 0, p.stderr

    def topic(self, name):
        return self.prefix + TOPICS[name]

    def command(self, name, by=None):
        where = [*(by or ['--brokers', self.br.address]), '--topic-prefix', self.prefix]
        state = ['--state', os.path.join(self.work, self.prefix + name)]
        return {'ingest': ['ingest', *where, '--group', self.prefix + 'i', '--from', self.topic('raw') + '=kumomta'],
                'suppress': ['suppress', *where, '--group', self.prefix + 's', *state],
                'serve': ['serve', *where, *state, '--listen', '127.0.0.1:%d' % free_port()],
                'export': ['export', *where],
                'explain': ['explain', 'someone@example.net', *where],
                'topics': ['topics', 'check', *where],
                'add': ['add', 'someone@example.net', *where]}[name]

    def start(self, name, by=None, more=()):
        """The process, once it is ready, its log and its port."""
        log, port = os.path.join(self.work, self.prefix + name + '.err'), free_port()
        args = self.command(name, by)
        args = args[:-2] if name == 'serve' else args
        with open(log, 'wb') as err:
            p = subprocess.Popen([self.binary, *args, *more, '--listen', '127.0.0.1:%d' % port], stderr=err,
                                 stdout=subprocess.DEVNULL)
        say(wait(lambda: ask(port, '/readyz')), '%s is ready' % name)
        return p, log, port

    def ff(self, *args):
        try:
            return subprocess.run([self.binary, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=PATIENCE_S)
        except subprocess.TimeoutExpired as e:
            return subprocess.CompletedProcess(args, 'no end within %d s' % PATIENCE_S, b'', e.stderr or b'')


def up(port):
    return values(ask(port)).get('fivefifty_kafka_up')


def why_not_ready(port):
    """What /readyz gives as its reason; nothing while it is ready."""
    try:
        urllib.request.urlopen('http://127.0.0.1:%d/readyz' % port, timeout=PATIENCE_S)
    except urllib.error.HTTPError as e:
        return json.load(e)['detail']
    return ''


def lag(port):
    return [name for name in values(ask(port)) if '_lag_records' in name]


def said(log, word):
    with open(log, 'rb') as f:
        return f.read().count(word)


def refused(b):
    b.fresh()
    say(b.ff(*b.command('topics', b.gates.by_password('right'))).returncode == 0,
        'with the right password topics check finds all well')
    say(b.ff(*b.command('topics',
                        b.gates.by_certificate('-X', 'ssl.ca.location=' + b.gates.certificate))).returncode == 0,
        'and so it does of a certificate that it was told of')
    for program in ('topics', 'ingest', 'suppress', 'serve', 'export', 'explain', 'add'):
        p = b.ff(*b.command(program, b.gates.by_password('secret')))
        say(p.returncode == 77 and b'Authentication failed' in p.stderr and b'sasl.*' in p.stderr and
            b'secret' not in p.stderr, '%s with a wrong password: 77, and why' % program, (p.returncode, p.stderr))
        p = b.ff(*b.command(program, b.gates.by_certificate()))
        say(p.returncode == 77 and b'certificate verify failed' in p.stderr and b'ssl.*' in p.stderr,
            '%s before a certificate that nobody vouches for: 77, and why' % program, (p.returncode, p.stderr))
    p = b.ff(*b.command('topics', ['--brokers', '127.0.0.1:%d' % free_port()]))
    say(p.returncode == 69 and b'Connection refused' in p.stderr, 'where nobody listens: 69, and why',
        (p.returncode, p.stderr))


def other_password(b):
    """Credentials are exchanged beneath running processes."""
    def restart(old, new):
        b.br.stop()
        path = os.path.join(b.br.dir, 'server.properties')
        with open(path, encoding='ascii') as f:
            settings = f.read()
        with open(path, 'w', encoding='ascii') as f:
            f.write(settings.replace(b.gates.users(old), b.gates.users(new)))
        b.br.start()

    b.fresh()
    running = {name: b.start(name, b.gates.by_password('right')) for name in ('ingest', 'suppress', 'serve')}
    restart('right', 'other')
    for name, (p, log, _port) in running.items():
        say(wait(lambda at=log: said(at, b'Authentication failed')) and p.poll() is None,
            '%s says that its password is wrong, and goes on' % name, open(log, 'rb').read())
    restart('other', 'right')
    for name, (p, log, _port) in running.items():
        say(wait(lambda at=log: said(at, b'the brokers are back')), '%s says that the brokers are back' % name,
            open(log, 'rb').read())
        say(term(p) == 0, '  ... and ends with 0', open(log, 'rb').read())


def permissions(b):
    for kind, name, allowed, programs in (
            ('topic', 'raw', '', ['ingest']),
            ('topic', 'dead', '', ['ingest']),
            ('topic', 'results', ['DESCRIBE'], ['ingest', 'suppress']),
            ('topic', 'raw', ['DESCRIBE'], ['ingest']),
            ('topic', 'commands', '', ['suppress', 'add']),
            ('topic', 'list', '', ['suppress', 'serve', 'export']),
            ('topic', 'state', '', ['explain']),
            ('topic', 'state', ['READ', 'DESCRIBE'], ['suppress']),
            ('group', 'i', '', ['ingest']),
            ('group', 's', '', ['suppress']),
            ('group', 's', ['DESCRIBE'], ['suppress'])):
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


def grants(b):
    """What docs/operations.md says that each program must be allowed, and no more:
    (program, operations, kind, name)."""
    with open(os.path.join(ROOT, 'docs', 'operations.md'), encoding='utf-8') as f:
        block = f.read().split('```acl\n')[1].split('```')[0]
    own = {'fivefifty-ingest': b.prefix + 'i', 'fivefifty-suppress': b.prefix + 's'}
    for line in block.splitlines():
        program, operations, kind, name = line.split()[:4]
        yield (program, operations.split(','), kind,
               own.get(name) or name.replace('mail.', b.prefix).replace('FORMAT', 'kumomta'))


def allowed_what_the_page_says(b):
    """Where everything is forbidden but that, all work: librdkafka also wants the name of a group of whoever only
    reads, and nobody has to be allowed to use it."""
    b.fresh()
    may = {}
    for _program, operations, kind, name in grants(b):
        may.setdefault((kind, name), set()).update(operations)
    for (kind, name), operations in may.items():
        b.br.allow(kind, name, sorted(operations), user='alice')
    b.br.produce(b.topic('raw'), b.ff('generate', '--events', '3000', '--format', 'kumomta').stdout + b'no JSON\n')
    by = b.gates.by_password('right')
    running = {name: b.start(name, by) for name in ('ingest', 'suppress', 'serve')}
    port = running['serve'][2]
    say(wait(lambda: values(ask(port)).get('fivefifty_serve_active', 0) > 20) and b.br.consume(b.topic('dead')),
        'ingest, suppress and serve do their work', [open(log, 'rb').read() for _p, log, _port in running.values()])
    before = values(ask(port))['fivefifty_serve_active']
    say(b.ff(*b.command('add', by)).returncode == 0 and
        wait(lambda: values(ask(port)).get('fivefifty_serve_active') == before + 1), 'so does add')
    say(b.ff(*b.command('export', by)).stdout.count(b'\n') == before + 1, 'and export')
    # the state of a key follows its suppression, within half a second
    say(wait(lambda: b': suppressed\n' in b.ff(*b.command('explain', by)).stdout), 'and explain')
    for _again in range(3):
        for name, (p, log, _port) in running.items():
            say(term(p) == 0 and not said(log, b'uthorization'), '%s misses no permission and ends with 0' % name,
                open(log, 'rb').read()[-600:])
        running = {name: b.start(name, by) for name in ('ingest', 'suppress', 'serve')}
    for p, _log, _port in running.values():
        term(p)


def hidden_topics(b):
    b.fresh()
    b.br.allow('topic', b.topic('list'), '')
    p = b.ff(*b.command('topics'))
    say(p.returncode == 77 and (b.topic('list') + ': no permission').encode() in p.stderr and
        b'no such topic' not in p.stderr,
        'topics check does not take a topic for missing that this user may not see: 77', (p.returncode, p.stderr))


def places_refused(b):
    """The group takes no offsets for a while, and nothing comes any more when it takes them again."""
    def offsets_topic(*change):
        b.br.config('--entity-type', 'topics', '--entity-name', '__consumer_offsets', '--alter', *change)

    def committed(partition, offset):
        return wait(lambda: b.br.committed(b.prefix + 's', b.topic('results'), partition) == offset)

    b.fresh()
    b.br.produce(b.topic('raw'), b.ff('generate', '--events', '200', '--format', 'kumomta').stdout)
    assert b.ff(*b.command('ingest'), '--until-end').returncode == 0
    p, log, port = b.start('suppress')
    records = b.br.consume(b.topic('results'))
    last = records[-1]
    end = 1 + max(r['offset'] for r in records if r['partition'] == last['partition'])
    say(committed(last['partition'], end), 'the group has the place of suppress')
    offsets_topic('--add-config', 'max.message.bytes=1')
    before = values(ask(port))['fivefifty_suppress_records_total']
    b.br.produce_one(b.topic('results'), last['value'], partition=last['partition'], timestamp=last['timestamp'])
    say(wait(lambda: values(ask(port)).get('fivefifty_suppress_records_total') == before + 1),
        'while its offsets cannot be written suppress reads on')
    offsets_topic('--delete-config', 'max.message.bytes')
    say(committed(last['partition'], end + 1), '  ... and the group has that place when they can be written again',
        open(log, 'rb').read()[-600:])
    say(term(p) == 0, '  ... and ends with 0')


def back_again(b):
    """Processes that have nothing to do say that the brokers went, and that they are back."""
    b.fresh()
    running = {name: b.start(name, more=['--max-age', '5s'] if name == 'serve' else ())
               for name in ('ingest', 'suppress', 'serve')}
    for name, (_p, _log, port) in running.items():
        say(wait(lambda at=port: up(at) == 1 and lag(at)), '%s: kafka_up is 1, and the lag is known' % name, ask(port))
    b.br.kill()
    words = {'ingest': b'no broker answers', 'suppress': b'(going on trying', 'serve': b'(going on trying'}
    for name, (_p, log, _port) in running.items():
        say(wait(lambda at=log, word=words[name]: said(at, word)), '%s says that no broker answers' % name)
    for name, (_p, _log, port) in running.items():
        say(wait(lambda at=port: up(at) == 0) and not lag(port),
            '%s: kafka_up is 0, and there is no lag to be seen' % name, ask(port))
    for name in ('serve', 'suppress', 'ingest'):
        port = running[name][2]
        say(wait(lambda at=port: not ask(at, '/readyz')) and ask(port, '/livez'),
            '%s is not ready any more, but alive' % name)
        say(wait(lambda at=port: 'no broker answered for ' in why_not_ready(at)), '  ... and says why',
            why_not_ready(port))
    say(ask(running['serve'][2], '/v1/check?address=someone@example.net'),
        'serve --max-age answers checks all the same')
    b.br.start()
    for name, (_p, _log, port) in running.items():
        say(wait(lambda at=port: up(at) == 1 and lag(at) and ask(at, '/readyz')),
            '%s: kafka_up is 1, the lag is known, and it is ready' % name, ask(port))
    for name, (p, log, _port) in running.items():
        say(wait(lambda at=log: said(at, b'the brokers are back')), '%s, idle, says that they are back' % name,
            open(log, 'rb').read())
        say(term(p) == 0 and said(log, b'the brokers are back') == 1, '  ... once, and ends with 0',
            open(log, 'rb').read())


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--binary', required=True)
    ap.add_argument('--only', default='')
    a = ap.parse_args()
    work = tempfile.mkdtemp(prefix='fivefifty-outage-')
    try:
        gates = Gates(work)
        with Broker(settings=ACLS + gates.settings, listeners=gates.listeners) as br:
            b = Bench(os.path.abspath(a.binary), br, gates, work)
            for case in (permissions, hidden_topics, refused, other_password, places_refused, back_again):
                if a.only in case.__name__:
                    print('--', case.__name__.replace('_', ' '), flush=True)
                    case(b)
        forbidden = (ACLS[0], 'super.users=User:ANONYMOUS')
        if a.only in allowed_what_the_page_says.__name__:
            with Broker(settings=forbidden + gates.settings, listeners=gates.listeners) as br:
                print('-- allowed what the page says', flush=True)
                allowed_what_the_page_says(Bench(os.path.abspath(a.binary), br, gates, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return report.end()


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
