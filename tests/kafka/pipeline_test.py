#!/usr/bin/env python3
"""ingest, suppress, serve and export on a real broker, while they are killed, frozen,
doubled and robbed of their disks.

    tests/kafka/pipeline_test.py --binary build/dev/fivefifty [--seed N] [--events N] [--only WORD] [--keep]

What must hold at the end, whatever happened on the way: the last record of every key in mail.suppressions.v1, what
`export --brokers` prints, what `serve` answers and what the embedded `run` concludes from the same input are the same,
and they are what `generate --truth` says. kcat does the reading, so that somebody else's idea of Kafka has the last
word.
"""
import argparse
import array
import collections
import fcntl
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
import report  # noqa: E402
from broker import PATIENCE_S, Broker, ask, fields, free_port, number, packed_records, term, unpack, wait  # noqa: E402
from report import say  # noqa: E402

RAW, EVENTS, SUPPRESSIONS = 'mail.raw.kumomta.v1', 'mail.events.v1', 'mail.suppressions.v1'
STATE, RESULTS, COMMANDS = 'mail.suppression-state.v1', 'mail.results.v1', 'mail.suppression-commands.v1'
ACTIVE = 1
HOUR_MS = 3600000


def bounce(address, number, when):
    """A KumoMTA record: `address` does not exist. The number makes it an event of its own."""
    return json.dumps({
        'type': 'Bounce', 'id': '%032x' % number, 'sender': 'b@bounces.example.com', 'recipient': address,
        'queue': 'acme@' + address.split('@')[1], 'site': '', 'size': 1000,
        'response': {'code': 550, 'enhanced_code': {'class': 5, 'subject': 1, 'detail': 1},
                     'content': '<%s>: Recipient address rejected: User unknown' % address,
                     'command': 'RCPT TO:<%s>\r\n' % address},
        'peer_address': {'name': 'mx.example.net.', 'addr': '192.0.2.25'}, 'timestamp': when, 'created': when - 5,
        'num_attempts': 0, 'bounce_classification': 'Uncategorized', 'egress_pool': 'pool', 'egress_source': 'source',
        'source_address': {'address': '198.51.100.7:41822'}, 'feedback_report': None, 'meta': {'tenant': 'acme'},
        'headers': {}, 'delivery_protocol': 'ESMTP', 'reception_protocol': 'ESMTP',
        'nodeid': '00000000-0000-4000-8000-000000000001'}) + '\n'


def varint(n):
    head = b''
    while n >= 0x80:
        head, n = head + bytes([n & 0x7f | 0x80]), n >> 7
    return head + bytes([n])


def delimited(record):
    """One record as packed_records() reads it back."""
    return varint(len(record)) + record


def encoded(number, value):
    """A protobuf field: bytes, or an unsigned integer."""
    return varint(number << 3) + varint(value) if isinstance(value, int) else varint(number << 3 | 2) + delimited(value)


class Bench:
    """session_ms: who is silent for so long is out of its group. Short where processes are killed and frozen; on a busy
    machine that is a moment, and then partitions move though nobody did anything."""

    def __init__(self, binary, broker, seed, work, session_ms=1000):
        self.session_ms = session_ms
        self.binary, self.br, self.seed, self.work = binary, broker, seed, work
        self.prefix, self.cases, self.running = 'mail.', 0, []

    def fresh(self, partitions=4):
        """Topics of its own for each case."""
        self.cases += 1
        self.prefix = 'case%d.' % self.cases
        p = self.ff('topics', 'create', '--brokers', self.br.address, '--topic-prefix', self.prefix,
                    '--partitions', partitions)
        assert p.returncode == 0, p.stderr

    def topic(self, name):
        return name.replace('mail.', self.prefix, 1)

    def ff(self, *args):
        return subprocess.run([self.binary, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE_S)

    def start(self, args):
        with open(os.path.join(self.work, args[0] + '.err'), 'ab') as err:
            p = subprocess.Popen([self.binary, *map(str, args)], stdout=subprocess.DEVNULL, stderr=err)
        self.running.append(p)
        return p

    def listening(self, args):
        """A process, and the port of its metrics."""
        port = free_port()
        return self.start([*args, '--listen', '127.0.0.1:%d' % port]), port

    def connect(self, *more):
        return ['--brokers', self.br.address, '--topic-prefix', self.prefix,
                '-X', 'session.timeout.ms=%d' % self.session_ms, '-X', 'heartbeat.interval.ms=200', *more]

    def ingest(self, *more):
        return ['ingest', *self.connect('--group', self.prefix + 'ingest'), '--from', self.topic(RAW) + '=kumomta',
                '--from', self.topic(EVENTS) + '=packed', *more]

    def state(self, n):
        return os.path.join(self.work, '%ss%d' % (self.prefix, n))

    def suppress(self, n, *more):
        return ['suppress', *self.connect('--group', self.prefix + 'suppress'), '--state', self.state(n), *more]

    def export(self):
        p = self.ff('export', '--brokers', self.br.address, '--topic-prefix', self.prefix)
        assert p.returncode == 0, p.stderr[-500:]
        return p.stdout

    def finish(self, n=1):
        """What is left, as batch jobs."""
        a = self.ff(*self.ingest('--until-end'))
        b = self.ff(*self.suppress(n, '--until-end'))
        return [(p.returncode, p.stderr[-300:]) for p in (a, b) if p.returncode]

    def published(self):
        """({key: last record as {field: value}}, [all records])."""
        last, every = {}, []
        for r in self.br.consume(self.topic(SUPPRESSIONS)):
            value = dict(fields(r['value'])) if r['value'] is not None else None
            last[r['key']] = value
            every.append((r['key'], value))
        return {k: v for k, v in last.items() if v is not None}, every

    def stop_all(self):
        for p in self.running:
            if p.poll() is None:
                p.kill()
                p.wait()
        self.running = []


def identity(line):
    return line['tenant_id'], line.get('stream_scope', '*'), line['address'].lower()


# ---- the whole pipeline under chaos ----------------------------------------------------------------------------------

def case_chaos(b, events):
    """Half of the input as KumoMTA lines, half as packed records; every stage killed and frozen; a disk emptied."""
    b.fresh()
    r = random.Random(b.seed)
    gen = ['generate', '--events', events, '--seed', b.seed, '--addresses', events // 10]
    truth = os.path.join(b.work, 'truth')
    lines = b.ff(*gen, '--format', 'kumomta', '--truth', truth).stdout.splitlines(True)
    packed = list(packed_records(b.ff(*gen, '--format', 'packed').stdout))
    with open(truth, encoding='utf-8') as f:
        want = {identity(json.loads(x)) for x in f}
    per_record = -(-len(lines) // len(packed))
    half_packed = packed[len(packed) // 2:]
    half_lines = lines[:len(packed) // 2 * per_record]
    inputs = []
    for name, fmt, parts in (('first', 'kumomta', half_lines), ('second', 'packed', map(delimited, half_packed))):
        with open(os.path.join(b.work, name), 'wb') as f:
            f.writelines(parts)
        inputs += ['--input', fmt + ':' + f.name]

    def feed():
        for i in range(20):
            b.br.produce(b.topic(RAW), b''.join(half_lines[i * len(half_lines) // 20:(i + 1) * len(half_lines) // 20]),
                         'zstd')
            part = half_packed[i * len(half_packed) // 20:(i + 1) * len(half_packed) // 20]
            if part:
                names = []
                for j, record in enumerate(part):
                    names.append(os.path.join(b.work, 'packed%d' % j))
                    with open(names[-1], 'wb') as o:
                        o.write(record)
                subprocess.run(['kcat', '-b', b.br.address, '-P', '-t', b.topic(EVENTS), '-X', 'client.id=feeder',
                                *names], check=True)
            time.sleep(0.3)

    b.br.slow(60000)
    start = {'i1': b.ingest(), 'i2': b.ingest(), 's1': b.suppress(1), 's2': b.suppress(2)}
    live = {k: b.listening(v) for k, v in start.items()}
    every_partition = {'i': ('ingest_partitions', 8), 's': ('suppress_partitions_owned', 4)}

    def freeze(k):
        """until the other one of its kind has all partitions"""
        name, count = every_partition[k[0]]
        _other, port = live[k[0] + str(3 - int(k[1]))]
        live[k][0].send_signal(signal.SIGSTOP)
        taken = wait(lambda: number(port, name) == count)
        live[k][0].send_signal(signal.SIGCONT)
        return taken

    feeder = threading.Thread(target=feed)
    feeder.start()
    order = [(k, what) for k in live for what in ('freeze', 'kill')]
    r.shuffle(order)
    frozen = []
    for k, what in order:
        time.sleep(0.3 + r.random())  # any moment will do
        if what == 'freeze':
            frozen.append((k, freeze(k)))
        else:
            live[k][0].kill()
            live[k][0].wait()
            if k == 's2':
                shutil.rmtree(b.state(2), ignore_errors=True)
            live[k] = b.listening(start[k])
    feeder.join()
    say(all(taken for _k, taken in frozen), 'of one that is frozen the other one takes the partitions', frozen)
    b.br.slow(None)
    third, port = b.listening(b.suppress(3))
    say(wait(lambda: number(port, 'suppress_partitions_owned')), 'a third suppress process joins and takes a share',
        ask(port))
    say(term(third) == 0, 'and leaves')
    codes = {k: term(p) for k, (p, _port) in live.items()}
    say(set(codes.values()) == {0}, 'SIGTERM ends every stage with status 0 after kills and freezes', codes)
    say(not b.finish(1), 'ingest and suppress --until-end finish what is left')
    one = b.export()
    last, every = b.published()
    p = b.ff('run', *inputs, '--state', os.path.join(b.work, 'embedded-state'))
    other = b.ff('export', '--state', os.path.join(b.work, 'embedded-state')).stdout
    got = {identity(json.loads(x)) for x in one.splitlines()}
    say(got == want, 'export --brokers is what the truth says',
        '%d wanted, %d got; missing %s, too many %s' % (len(want), len(got), list(want - got)[:2],
                                                        list(got - want)[:2]))
    active = {k for k, v in last.items() if v.get(5) == ACTIVE}
    keys = {'\x1f'.join(json.loads(x)[f] for f in ('tenant_id', 'stream_scope', 'address_key')).encode()
            for x in one.splitlines()}
    say(active == keys, 'the last records kcat finds are the ones exported',
        '%d and %d of %d' % (len(active), len(keys), len(every)))
    say(p.returncode == 0 and one == other, 'Kafka with chaos and the embedded run export the same bytes',
        [(x, y) for x, y in zip(one.splitlines(), other.splitlines()) if x != y][:1] or
        (len(one), len(other), p.stderr[-200:]))
    before = len(every)
    shutil.rmtree(b.state(2), ignore_errors=True)
    say(not b.finish(2) and b.export() == one, 'a process with an empty disk restores everything and changes nothing')
    more = len(b.published()[1]) - before
    print('      %d records for %d keys, %d more after the restore' % (before, len(last), more), flush=True)
    # keys of late writes are: how many depends on when the writers were killed
    say(more <= len(last) // 2, 'nor does it publish again what is there', more)
    case_serve(b, one)


def case_serve(b, export):
    port = free_port()
    url = 'http://127.0.0.1:%d' % port
    args = ['serve', *b.connect(), '--state', os.path.join(b.work, 'serve'), '--listen', '127.0.0.1:%d' % port]

    def post(body):
        return urllib.request.urlopen(urllib.request.Request(url + '/v1/check', data=body), timeout=PATIENCE_S).read()

    s = b.start(args)
    say(wait(lambda: ask(port, '/readyz')), 'serve becomes ready')
    questions = [json.loads(x) for x in export.splitlines()][:2000]
    body = b''.join(json.dumps({'tenant': x['tenant_id'], 'address': x['address'],
                                'stream': x['stream_scope'].strip('*')}).encode() + b'\n' for x in questions)
    answers = [json.loads(x) for x in post(body).splitlines()]
    say(len(answers) == len(questions) and all(x['suppressed'] for x in answers), 'serve suppresses what export prints')
    one = json.dumps({'tenant': 'acme', 'address': 'fresh.one@example.org'}).encode() + b'\n'
    say(json.loads(post(one))['suppressed'] is False, 'serve lets an unknown address pass')
    owner, owner_port = b.listening(b.suppress(1))
    say(wait(lambda: ask(owner_port, '/readyz')), 'suppress becomes ready beside it')
    b.br.produce(b.topic(RAW), bounce('Fresh.One@example.org', 0xf00d, 1786003200).encode())
    say(b.ff(*b.ingest('--until-end')).returncode == 0, 'an address bounces')
    say(wait(lambda: json.loads(post(one))['suppressed']), 'serve knows a new suppression without being restarted')
    say(term(owner) == 0, 'suppress ends')
    b.br.stop()
    say(all(json.loads(x)['suppressed'] for x in post(body).splitlines()),
        'serve goes on answering while the broker is away')
    s.kill()
    s.wait()
    s = b.start(args)
    say(wait(lambda: ask(port, '/livez')) and json.loads(post(one))['suppressed'],
        'serve restarted without a broker answers what it knew')
    try:
        status = urllib.request.urlopen(url + '/readyz', timeout=PATIENCE_S).status
    except urllib.error.HTTPError as e:
        status = e.code
    say(status == 503, 'and is not ready', status)
    b.br.start()
    say(wait(lambda: ask(port, '/readyz')), 'and becomes ready when the broker is back')
    say(term(s) == 0, 'SIGTERM ends serve with status 0')


# ---- a former owner that wakes up late -------------------------------------------------------------------------------

def hits_are(b, n, hits):
    """Does the last record of each of n addresses count so many events?"""
    last, _every = b.published()
    return len(last) == n and all(v.get(11) == hits for v in last.values())


def states_are(b, n, hits):
    """Does the last state of each of n addresses hold so many events?"""
    items = state_items(b)
    return len(items) == n and set(items) == {hits}


def wait_hits(b, n, hits):
    return wait(lambda: hits_are(b, n, hits), pause=0.3)


def state_items(b):
    """How many events the last state of each address holds."""
    last = {r['key']: r['value'] for r in b.br.consume(b.topic(STATE))}
    return [sum(1 for num, _ in fields(dict(fields(v))[4]) if num == 6) for v in last.values()]


def case_late_write(b, events):
    """What a former owner had under way lands behind what the new one wrote. Here kcat is the former owner, so that it
    happens each time: it writes older records of the same keys again."""
    del events
    b.fresh(partitions=2)
    n, late = 200, 40
    addresses = ['l%d@example.net' % i for i in range(n)]
    for round_ in range(2):
        b.br.produce(b.topic(RAW), ''.join(bounce(a, round_ * n + i + 1, 1786000000 + round_ * 100000 + i)
                                           for i, a in enumerate(addresses)).encode())
        if round_ == 0:
            say(not b.finish(1), 'the first bounce of %d addresses suppresses them' % n)
            old = [(t, r) for t in (SUPPRESSIONS, STATE) for r in b.br.consume(b.topic(t))[:late]]
            owner = b.start(b.suppress(2))
    say(b.ff(*b.ingest('--until-end')).returncode == 0 and wait_hits(b, n, 2), 'another owner counts the second')
    for t, r in old:
        b.br.produce(b.topic(t), r['value'], key=r['key'], partition=r['partition'], whole=True)
    say(not hits_are(b, n, 2) or len(b.published()[1]) > 2 * n + late, 'older records land behind its own')
    say(wait_hits(b, n, 2), 'it puts them right, without being restarted')
    say(wait(lambda: states_are(b, n, 2), pause=0.3), 'in the last state of every address too',
        collections.Counter(state_items(b)))
    say(term(owner) == 0, 'and ends with status 0')


def case_zombie(b, events):
    """The same with a process that was frozen. What it still holds depends on when it froze, and when it holds nothing
    that is older, nothing is shown: tried up to four times."""
    del events
    say(any(late_writer(b) for _try in range(4)), 'one of four frozen owners at least had older records under way')


def late_writer(b):
    """The owner is frozen with records on their way; another takes over and learns more; then the first one wakes and
    what it had queued is written behind. The new owner must put that right, without anything being restarted."""
    b.fresh(partitions=2)
    n, b.zombie = 3000, b.prefix + 'zombie'
    addresses = ['z%d@example.net' % i for i in range(n)]
    b.br.produce(b.topic(RAW), ''.join(bounce(a, i + 1, 1786000000 + i) for i, a in enumerate(addresses)).encode())
    say(b.ff(*b.ingest('--until-end')).returncode == 0, 'the first bounce of %d addresses is classified' % n)
    quota = ('--entity-type', 'clients', '--entity-name', b.zombie, '--alter')
    b.br.config(*quota, '--add-config', 'producer_byte_rate=20000')
    first, first_port = b.listening(b.suppress(1, '-X', 'client.id=' + b.zombie))
    say(wait(lambda: len(b.published()[1]) >= 50, pause=0.2), 'its owner publishes, and is frozen')
    first.send_signal(signal.SIGSTOP)
    second, second_port = b.listening(b.suppress(2))
    b.br.produce(b.topic(RAW), ''.join(bounce(a, n + i + 1, 1786100000 + i) for i, a in enumerate(addresses)).encode())
    say(b.ff(*b.ingest('--until-end')).returncode == 0, 'the second one too, while the owner is frozen')

    say(wait_hits(b, n, 2), 'the new owner publishes two hits for every address')
    b.br.config(*quota, '--delete-config', 'producer_byte_rate')
    first.send_signal(signal.SIGCONT)

    def settled():
        ports = first_port, second_port
        return all(number(p, 'suppress_partitions_owned') == 1 and number(p, 'suppress_keys_in_flight') == 0 and
                   ask(p, '/readyz') for p in ports)
    say(wait(settled), 'the former owner wakes, and each gets a share', ask(first_port)[:600] + ask(second_port)[:600])
    ok = wait_hits(b, n, 2)
    last, every = b.published()
    stale, best = 0, {}
    for k, v in every:
        stale += v.get(11, 0) < best.get(k, 0)
        best[k] = max(best.get(k, 0), v.get(11, 0))
    say(ok, 'and the last record of every address is right again', sum(v.get(11) != 2 for v in last.values()))
    print('      %d late records among %d' % (stale, len(every)), flush=True)
    say([term(first), term(second)] == [0, 0], 'both end with status 0')
    say(hits_are(b, n, 2), 'and it stays so', sum(v.get(11) != 2 for v in b.published()[0].values()))
    say(states_are(b, n, 2), 'so is the last state of every address', collections.Counter(state_items(b)))
    return stale > 0


# ---- commands, dead letters ------------------------------------------------------------------------------------------

def case_commands(b, events):
    del events
    b.fresh()
    brokers = ['--brokers', b.br.address, '--topic-prefix', b.prefix]
    p = b.ff(*b.suppress(1, '--until-end'))
    say(p.returncode == 0, 'suppress --until-end on empty topics ends', p.stderr[-300:])
    p = b.ff('add', 'Manual.One@example.net', '--tenant', 'acme', *brokers)
    say(p.returncode == 0, 'add --brokers is taken', p.stderr[-300:])
    p = b.ff('add', 'second@example.net', '--tenant', 'acme', *brokers)
    p = b.ff(*b.suppress(1, '--until-end'))
    lines = [json.loads(x) for x in b.export().splitlines()]
    say({x['address_key'] for x in lines} == {'manual.one@example.net', 'second@example.net'} and
        {x['reason'] for x in lines} == {'manual'}, 'and exported', lines or p.stderr)
    # the same command in a foreign partition: by the owner of the address all the same
    records = b.br.consume(b.topic(COMMANDS))
    for wrong in range(4):
        b.br.produce(b.topic(COMMANDS), records[0]['value'], partition=wrong, whole=True)
    b.br.produce(b.topic(COMMANDS), b'\xff no command', partition=0, whole=True)
    b.br.produce(b.topic(RESULTS), b'\x07 no results', partition=1, whole=True)
    p = b.ff(*b.suppress(1, '--until-end'))
    say(p.returncode == 0 and len(b.export().splitlines()) == 2, 'a command in the wrong partition changes nothing',
        p.stderr[-300:])
    p = b.ff('release', 'manual.one@example.net', '--tenant', 'acme', *brokers)
    p2 = b.ff(*b.suppress(2, '--until-end'))
    say(p.returncode == p2.returncode == 0 and [json.loads(x)['address_key'] for x in b.export().splitlines()] ==
        ['second@example.net'], 'release --brokers takes it away, on another machine', (p.stderr + p2.stderr)[-300:])
    b.br.produce(b.topic(RAW), bounce('tokyo@example.net', 1, int(time.time()) + 9 * 3600).encode())
    b.finish(2)
    say(b'tokyo@example.net' in b.export(), 'evidence that is nine hours ahead of the clock suppresses', b.export())
    p = b.ff('release', 'tokyo@example.net', '--tenant', 'acme', *brokers)
    p2 = b.ff(*b.suppress(2, '--until-end'))
    say(p.returncode == p2.returncode == 0 and b'tokyo@example.net' not in b.export(),
        'and a release of now ends that, too', (p.stderr + p2.stderr)[-300:])
    evening = int(time.time()) - 7200
    for n, second in enumerate((0, 1800, 3600)):  # the last one is after the evening
        b.br.produce(b.topic(RAW), bounce('evening%d@example.net' % n, 1, evening + second).encode())
    b.finish(2)
    which = ['release', '--tenant', 'acme', '--domain', 'example.net', '--since', '3h',
             '--until', time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(evening + 3600)), *brokers]
    p = b.ff(*which)
    token = p.stdout.decode().partition('--confirm ')[2][:16]
    say(p.returncode == 0 and p.stdout.startswith(b'2 of 4 active entries would be released (tenant acme)\n'),
        'release --brokers shows what an evening did', p.stdout + p.stderr)
    p = b.ff(*which, '--confirm', token)
    p2 = b.ff(*b.suppress(2, '--until-end'))
    left = [json.loads(x)['address_key'] for x in b.export().splitlines()]
    say(p.returncode == p2.returncode == 0 and b'sent 2;' in p.stderr and 'evening2@example.net' in left and
        'evening0@example.net' not in left and 'evening1@example.net' not in left,
        'and undoes it when that is confirmed', (left, (p.stderr + p2.stderr)[-300:]))
    # enough for each of four partitions: read from one end to the other, one of them is the first to know the time
    start = (int(time.time()) - 6 * 3600) // 300 * 300
    usual = [('w%d@example.org' % n, 'gmail-smtp-in.l.google.com.' if n % 3 == 0 else 'mx.example.net.',
              start + n * 5 // 2)
             for n in range(6000)]
    many = [('m%d@example.org' % n, 'gmail-smtp-in.l.google.com.', start + 12300 + n % 300) for n in range(2400)]
    lines = [bounce(a, 1, when).replace('mx.example.net.', mx).replace('acme@', 't%d@' % (i % 8))
             for i, (a, mx, when) in enumerate(usual + many)]
    for n in range(0, len(lines), 500):
        b.br.produce(b.topic(RAW), ''.join(lines[n:n + 500]).encode())
    p = b.ff(*b.ingest('--until-end'))
    p2 = b.ff(*b.suppress(2, '--until-end'))
    say(p.returncode == p2.returncode == 0 and b'google: ' in p2.stderr and
        b'--all-tenants --provider google --since 2' in p2.stderr,
        "suppress tells a provider's outage, and the command that shows it", p2.stderr[-600:])
    for topic, source, value in ((COMMANDS.replace('.v1', '.dlq.v1'), COMMANDS, b'\xff no command'),
                                 (RESULTS.replace('.v1', '.dlq.v1'), RESULTS, b'\x07 no results')):
        dead = b.br.consume(b.topic(topic))
        say(len(dead) == 1 and dead[0]['value'] == value and
            dead[0]['headers'].get('dlq.source-topic') == b.topic(source) and
            'dlq.reason' in dead[0]['headers'] and 'dlq.source-offset' in dead[0]['headers'],
            'what is none is in %s, bytes untouched' % topic, dead)


def case_all_tenants(b, events):
    """Only commands may speak for all tenants."""
    del events
    b.fresh()
    one = bounce('starred@example.net', 1, 1786000000)
    b.br.produce(b.topic(RAW), one.replace('"tenant": "acme"', '"tenant": "*"').encode())
    no_tenant = one.replace('"tenant": "acme"', '').replace('acme@', '').replace('starred', 'headed')
    b.br.produce(b.topic(RAW), no_tenant.encode(), headers=['tenant-id=*'])
    say(not b.finish(), 'ingest and suppress end with 0')
    seen = {(x['tenant_id'], x['address_key']) for x in map(json.loads, b.export().splitlines())}
    say(seen == {('default', 'headed@example.net')}, 'a log record or a header suppresses for no other tenant', seen)
    dead = b.br.consume(b.topic(RAW.replace('.v1', '.dlq.v1')))
    say([d['headers']['dlq.reason'] for d in dead] == ['bad_tenant'],
        'the record is a dead letter with a reason of its own', dead)
    # results of another producer: the same event with a tenant behind the one it has (protobuf: the last one counts)
    result, = b.br.consume(b.topic(RESULTS))
    parts = list(fields(unpack(result['value'])))
    items = [b''.join(encoded(n, v + encoded(4, b'*') if n == 1 else v) for n, v in fields(item))
             for number, item in parts if number == 5]
    forged = b'\x01' + b''.join(encoded(n, v) for n, v in parts if n != 5) + encoded(5, items[0])
    b.br.produce(b.topic(RESULTS), forged, partition=result['partition'], whole=True)
    say(not b.finish() and len(b.export().splitlines()) == 1, 'nor does a result of another producer')
    dead = b.br.consume(b.topic(RESULTS.replace('.v1', '.dlq.v1')))
    say([d['headers']['dlq.reason'] for d in dead] == ['bad_tenant'], 'it is a dead letter, too', dead)


def case_large_letters(b, events):
    """Keys and values above what librdkafka takes (1,000,000 bytes);
    a dead-letter topic that does not take old timestamps."""
    del events
    b.fresh()
    results_dlq, commands_dlq = (b.topic(t.replace('.v1', '.dlq.v1')) for t in (RESULTS, COMMANDS))
    alter = ('--entity-type', 'topics', '--alter', '--entity-name')
    for t in (RESULTS, COMMANDS):
        b.br.config(*alter, b.topic(t), '--add-config', 'max.message.bytes=9000000')
    b.br.config(*alter, results_dlq, '--add-config', 'message.timestamp.before.max.ms=%d' % HOUR_MS)
    old = int(time.time() * 1000) - 2 * HOUR_MS
    key = b'k' * 1200000
    b.br.produce_one(b.topic(RESULTS), b'\x07 no results', key=key, partition=1, timestamp=old)
    b.br.produce_one(b.topic(RESULTS), b'\x07' * 1200000, partition=2, timestamp=old)
    b.ff('add', 'forwarded@example.net', '--tenant', 'acme', '--brokers', b.br.address, '--topic-prefix', b.prefix)
    command, = b.br.consume(b.topic(COMMANDS))
    for wrong in {0, 1, 2, 3} - {command['partition']}:
        b.br.produce_one(b.topic(COMMANDS), command['value'], key=key, partition=wrong)
    b.br.produce_one(b.topic(COMMANDS), b'\xff no command', key=key, partition=0)
    p = b.ff(*b.suppress(1, '--until-end'))
    say(p.returncode == 0 and p.stderr.count(b'time of sending') == 1,
        'neither size nor time of a dead letter ends or stops suppress', (p.returncode, p.stderr[-600:]))
    say([json.loads(x)['address_key'] for x in b.export().splitlines()] == ['forwarded@example.net'],
        'commands with such keys are forwarded')
    dead = {d['key'] and len(d['key']): d for d in b.br.consume(results_dlq)}
    say(set(dead) == {None, 16384} and dead[16384]['headers'].get('dlq.full-key-bytes') == '1200000' and
        dead[16384]['value'] == b'\x07 no results', 'a key is cut, and its length kept', list(dead))
    say(dead[None]['value'] == b'\x07' * 65536 and dead[None]['headers'].get('dlq.full-bytes') == '1200000',
        'a value is, too', dead[None]['headers'])
    say(all(d['headers'].get('dlq.timestamp') == 'refused' and
            d['timestamp'] > int(d['headers']['dlq.source-timestamp']) for d in dead.values()),
        'a time that the topic refuses is that of now', [d['headers'] for d in dead.values()])
    dead = b.br.consume(commands_dlq)
    say([d['key'] and len(d['key']) for d in dead] == [16384], 'dead commands likewise',
        [(d['partition'], d['key'] and len(d['key']), d['value'][:60], d['headers']) for d in dead])


def case_refused_for_ever(b, events):
    del events
    b.fresh()
    b.br.config('--entity-type', 'topics', '--entity-name', b.topic(RESULTS.replace('.v1', '.dlq.v1')), '--alter',
                '--add-config', 'cleanup.policy=compact')
    for partition in range(4):
        b.br.produce(b.topic(RESULTS), b'\x07 no results', partition=partition, whole=True)  # without a key
    p = b.ff(*b.suppress(1, '--until-end'))
    say(p.returncode == 78 and
        re.search(rb'%s/\d offset 0 was refused 5 times' % re.escape(b.topic(RESULTS).encode()), p.stderr),
        'what is refused again and again ends with 78 and names the record', (p.returncode, p.stderr[-900:]))
    say(1 <= p.stderr.count(b'(trying again; ') <= 4,
        'before, one line tells of all partitions that are refused for one reason', p.stderr)


def case_interrupted(b, events):
    """The copy of the list that export makes may not stay behind, also when nobody reads what it prints."""
    del events
    b.fresh()
    brokers = ['--brokers', b.br.address, '--topic-prefix', b.prefix]
    listed, folder = os.path.join(b.work, 'listed'), os.path.join(b.work, 'tmp')
    with open(listed, 'w', encoding='ascii') as f:
        f.writelines('%05d%s@example.net\n' % (n, 'x' * 50) for n in range(5000))
    os.mkdir(folder)
    p = b.ff('import', listed, *brokers)
    p2 = b.ff(*b.suppress(1, '--until-end'))
    say(p.returncode == p2.returncode == 0, 'setup: an imported list', (p.stderr + p2.stderr)[-300:])
    p = subprocess.Popen([b.binary, 'export', *brokers], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=dict(os.environ, TMPDIR=folder))
    b.running.append(p)

    def waiting():
        count = array.array('i', [0])
        fcntl.ioctl(p.stdout, termios.FIONREAD, count)
        return count[0] >= 60000
    say(wait(waiting) and os.listdir(folder), 'setup: export waits for who reads it', (p.poll(), os.listdir(folder)))
    p.terminate()
    say(wait(lambda: p.poll() is not None), 'and ends when it is told to, though nobody reads')
    p.kill()
    said = p.communicate()[1]
    say(p.returncode == 75 and b'interrupted' in said and not os.listdir(folder), 'with 75, and without the copy',
        (p.returncode, said, os.listdir(folder)))


def case_explain(b, events):
    """What `explain --brokers` says of an address is what it says of the folder of `suppress`."""
    del events
    b.fresh()
    brokers, now = ['--brokers', b.br.address, '--topic-prefix', b.prefix], int(time.time())
    for n in range(40):  # of every partition some
        b.br.produce(b.topic(RAW), bounce('gone%d@example.net' % n, n, now - 7200).encode())
    full = bounce('full@example.net', 41, now - 7200).replace('"code": 550', '"code": 552')
    full = full.replace('"subject": 1, "detail": 1', '"subject": 2, "detail": 2')
    b.br.produce(b.topic(RAW), full.replace('User unknown', 'mailbox is full').encode())
    say(not b.finish(), 'setup: bounces')
    for args in (['add', 'everybody@example.net', '--tenant', '*'], ['add', 'One@bücher.example', '--tenant', 'acme'],
                 ['release', 'gone7@example.net', '--tenant', 'acme']):
        say(b.ff(*args, *brokers).returncode == 0, 'setup: ' + args[0])
    say(b.ff(*b.suppress(1, '--until-end')).returncode == 0, 'setup: commands')

    def explained(address, *more):
        return b.ff('explain', address, '--tenant', 'acme', *brokers, *more)
    addresses = ['gone%d@example.net' % n for n in range(10)] + ['full@example.net', 'everybody@example.net',
                                                                 'one@xn--bcher-kva.example', 'nobody@example.net']
    seen = {a: (explained(a, '--json'), b.ff('explain', a, '--tenant', 'acme', '--state', b.state(1), '--json'))
            for a in addresses}
    say(all(p.returncode == 0 and p.stdout and p.stdout == q.stdout for p, q in seen.values()),
        'explain --brokers says what it says of the folder of suppress', [
            (a, p.returncode, p.stdout[-300:], p.stderr[-300:], q.stdout[-300:])
            for a, (p, q) in seen.items() if p.stdout != q.stdout or p.returncode][:2])
    answers = {a: json.loads(p.stdout) for a, (p, _q) in seen.items()}
    say([a for a in addresses if not answers[a]['suppressed']] == ['gone7@example.net', 'full@example.net',
                                                                   'nobody@example.net'],
        'who is suppressed, also for all tenants, and who is released, counted and unknown', answers)
    text = explained('full@example.net').stdout.decode()
    say('counted, not suppressed' in text and 'on 1 day' in text, 'what is counted is told', text)
    text = explained('gone3@example.net').stdout.decode()
    say('  to undo it: fivefifty release gone3@example.net --tenant acme --brokers %s --topic-prefix %s\n' %
        (b.br.address, b.prefix) in text and '550 5.1.1' in text, 'the reply, and the command that undoes it', text)
    p = b.ff('explain', 'gone3@example.net', *brokers)
    say(p.returncode == 0 and b'(tenant default): not suppressed, nothing is known' in p.stdout,
        'of another tenant nothing is known', p.stdout)
    p = b.ff('explain', 'nobody', *brokers)
    say(p.returncode == 65 and b'this is no address' in p.stderr, 'no address: 65', (p.returncode, p.stderr))
    p = b.ff('explain', 'gone3@example.net', *brokers, '--state', b.state(1))
    say(p.returncode == 64, 'a folder and brokers: 64', (p.returncode, p.stderr))
    for n in range(4):
        b.br.produce(b.topic('mail.suppression-state.v1'), b'\xff no state', key='acme\x1f*\x1fgone3@example.net',
                     partition=n, whole=True)
    p = explained('gone3@example.net', '--json')
    say(p.stdout == seen['gone3@example.net'][0].stdout, 'a record that is none of ours changes nothing',
        p.stdout + p.stderr)


def case_counted_commands(b, events):
    del events
    b.fresh()
    port = free_port()
    p = b.ff('add', 'one@example.net', '--brokers', b.br.address, '--topic-prefix', b.prefix)
    say(p.returncode == 0, 'setup: a command', p.stderr[-300:])
    b.br.produce(b.topic(COMMANDS), b'\xff no command', partition=0, whole=True)
    b.start(b.suppress(1, '--listen', '127.0.0.1:%d' % port))
    seen = lambda name: (('\nfivefifty_%s ' % name) in ask(port) and
                         ask(port).partition('\nfivefifty_%s ' % name)[2].split()[0])
    say(wait(lambda: seen('suppress_records_total') == '2'), 'setup: both were read', ask(port)[-600:])
    say(seen('suppress_commands_total') == '1' and seen('suppress_dead_letters_total') == '1',
        'a command that became a dead letter was not carried out',
        (seen('suppress_commands_total'), seen('suppress_dead_letters_total')))


def case_statuses(b, events):
    del events
    nowhere = '127.0.0.1:%d' % free_port()
    by_hand = b.start(['add', 'gone@example.net', '--brokers', nowhere])
    p = b.ff('suppress', '--brokers', nowhere, '--state', os.path.join(b.work, 'nowhere'))
    say(p.returncode == 69 and p.stderr, 'suppress without a broker: 69', p.returncode)
    p = b.ff('explain', 'gone@example.net', '--brokers', nowhere)
    say(p.returncode == 69 and b'no Kafka broker at' in p.stderr, 'so does explain', (p.returncode, p.stderr))
    with open(os.path.join(b.work, 'add.err')) as err:
        said = (by_hand.wait(PATIENCE_S), err.read())
    say(said[0] == 69 and 'fivefifty add: no Kafka broker at %s: ' % nowhere in said[1] and
        '(check --brokers' in said[1], 'so does add, by its name', said)
    where = ['--brokers', nowhere, '--state', os.path.join(b.work, 'nowhere')]
    programs = [['suppress', *where],
                ['serve', *where, '--listen', '127.0.0.1:%d' % free_port()],
                ['export', *where[:2]],
                ['explain', 'gone@example.net', *where[:2]],
                ['ingest', *where[:2], '--from', 'mail.raw.json.v1=json'],
                ['topics', 'check', *where[:2]]]
    for name in ('enable.auto.commit=true', 'enable.auto.offset.store=true', 'enable.partition.eof=false',
                 'enable.idempotence=false', 'acks=0', 'group.id=g', 'bootstrap.servers=a',
                 'partition.assignment.strategy=cooperative-sticky'):
        seen = [(a[0], p.returncode, p.stderr) for a in programs for p in [b.ff(*a, '-X', name)]]
        say(all(rc == 78 and name.split('=')[0].encode() + b': not for the user' in err for _a, rc, err in seen),
            '-X %s is refused by every program' % name, seen)
    seen = [(a[0], p.returncode, p.stderr) for a in programs for p in [b.ff(*a, '-X', 'sasl.pasword=hunter2')]]
    say(all(rc == 78 and b'sasl.pasword' in err and b'hunter2' not in err for _a, rc, err in seen),
        'a mistyped property is named, its value is not', seen)
    b.prefix = 'nothing.'
    p = b.ff('add', 'gone@example.net', '--brokers', b.br.address, '--topic-prefix', 'nothing.')
    say(p.returncode == 78 and p.stderr.startswith(b'fivefifty add: topic nothing.'),
        'add without the topic: 78 and its name', (p.returncode, p.stderr))
    p = b.ff(*b.suppress(1))
    say(p.returncode == 78 and b'topics create' in p.stderr, 'without topics: 78 and the remedy',
        (p.returncode, p.stderr))
    p = b.ff('export', '--brokers', b.br.address, '--topic-prefix', 'nothing.')
    say(p.returncode == 78, 'export without the topic: 78', (p.returncode, p.stderr))
    p = b.ff('explain', 'gone@example.net', '--brokers', b.br.address, '--topic-prefix', 'nothing.')
    say(p.returncode == 78 and b'nothing.suppression-state.v1' in p.stderr, 'explain without the topic: 78',
        (p.returncode, p.stderr))
    b.fresh()
    one, port = b.listening(b.suppress(1))
    say(wait(lambda: ask(port, '/livez')), 'who answers has its state open', ask(port))
    p = b.ff(*b.suppress(1))
    say(p.returncode == 75, 'a state in use: 75', (p.returncode, p.stderr))
    say(term(one) == 0, 'and its user ends with 0')


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--binary', required=True)
    ap.add_argument('--seed', type=int, default=int(time.time()))
    ap.add_argument('--events', type=int, default=40000)
    ap.add_argument('--only', default='')
    ap.add_argument('--keep', action='store_true')
    a = ap.parse_args()
    print('seed %d' % a.seed, flush=True)
    work = tempfile.mkdtemp(prefix='fivefifty-pipeline-')
    try:
        with Broker(settings=('group.min.session.timeout.ms=500', 'quota.window.num=2',
                              'quota.window.size.seconds=1')) as br:
            b = Bench(os.path.abspath(a.binary), br, a.seed, work)
            for name, case in sorted(globals().items()):
                if name.startswith('case_') and name != 'case_serve' and a.only in name:
                    print(name[5:], flush=True)
                    try:
                        case(b, a.events)
                    finally:
                        b.stop_all()
    finally:
        if a.keep:
            print('kept', work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    return report.end(' (seed %d)' % a.seed)


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
