#!/usr/bin/env python3
"""ingest on a real broker: codecs, headers, dead letters, crashes, frozen processes, slow acknowledgements, restarts.

    tests/kafka/ingest_test.py --binary build/dev/fivefifty [--seed N] [--only WORD] [--keep]

What must hold, whatever happens: every event of the input is in mail.results.v1 at least once, in the partition of its
recipient, and nothing else is; every undecodable record is in the dead-letter topic, bytes untouched, with its reason.
The expectation comes from `decode` on the same input (whose own tests compare it with the truth), the reading from
kcat.
"""
import argparse
import collections
import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
import report  # noqa: E402
from broker import PATIENCE_S, Broker, ask, fetchers_sleep, free_port, number, results, term, wait  # noqa: E402
from report import say  # noqa: E402

RAW, DEAD, RESULTS = 'mail.raw.kumomta.v1', 'mail.raw.kumomta.dlq.v1', 'mail.results.v1'
HOUR_MS = 3600000
SHORT_SESSION = ['-X', 'session.timeout.ms=1000', '-X', 'heartbeat.interval.ms=200']

class Bench:
    """One broker, one program, and a fresh topic prefix per case so that cases do not see each other."""

    def __init__(self, binary, broker, seed):
        self.binary, self.br, self.random = binary, broker, random.Random(seed)
        self.prefix = 'mail.'
        self.cases = 0
        self.running = []
        self.work = tempfile.mkdtemp(prefix='fivefifty-ingest-')

    def fresh(self, partitions=4):
        self.cases += 1
        self.prefix = 'case%d.' % self.cases
        self.group = 'case%d' % self.cases
        p = self.ff('topics', 'create', '--brokers', self.br.address, '--topic-prefix', self.prefix,
                    '--partitions', partitions)
        assert p.returncode == 0, p.stderr
        self.raw, self.dead, self.results = (t.replace('mail.', self.prefix) for t in (RAW, DEAD, RESULTS))

    def ff(self, *args):
        return subprocess.run([self.binary, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE_S)

    def ingest_args(self, *more, fmt='kumomta', topic=None):
        return ['ingest', '--brokers', self.br.address, '--group', self.group, '--topic-prefix', self.prefix,
                '--from', '%s=%s' % (topic or self.raw, fmt), *more]

    def ingest(self, *more, **kw):
        return self.ff(*self.ingest_args('--until-end', *more, **kw))

    def start(self, *more, **kw):
        err = open(os.path.join(self.work, 'ingest.err'), 'ab')
        p = subprocess.Popen([self.binary, *map(str, self.ingest_args(*more, **kw))], stdout=subprocess.DEVNULL,
                             stderr=err)
        self.running.append(p)
        return p

    def listening(self, *more, **kw):
        """A process, and the port of its metrics."""
        port = free_port()
        return self.start(*more, '--listen', '127.0.0.1:%d' % port, **kw), port

    def start_ready(self):
        """A process that has found its brokers and topics: before that, a broker that is away means 69."""
        p, port = self.listening()
        assert wait(lambda: ask(port, '/readyz')), 'ingest is not ready'
        return p, port

    def generate(self, events, fmt='kumomta', seed=7):
        p = self.ff('generate', '--events', events, '--seed', seed, '--format', fmt,
                    '--addresses', max(10, events // 10))
        assert p.returncode == 0, p.stderr
        return p.stdout

    def expected(self, data, fmt='kumomta'):
        """{event id: recipient} of an input."""
        path = os.path.join(self.work, 'expected')
        with open(path, 'wb') as f:
            f.write(data)
        p = self.ff('decode', '--format', fmt, '--json', path)
        assert p.returncode == 0, p.stderr
        events = [json.loads(line) for line in p.stdout.splitlines()]
        return {e['event_id']: e['recipient'] for e in events}

    def found(self):
        """{event id: {partitions}}, {(tenant, recipient): {partitions}}, number of results."""
        ids, places, total = {}, {}, 0
        for record in self.br.consume(self.results):
            got = results(record)
            assert record['headers']['event-count'] == str(len(got)), record['headers']
            for r in got:
                ev = r['event']
                ids.setdefault(ev[16].hex(), set()).add(record['partition'])
                places.setdefault((ev.get(4), ev[3].lower()), set()).add(record['partition'])
                total += 1
        return ids, places, total

    def compare(self, sentence, want, ignore=()):
        ids, places, total = self.found()
        missing, unknown = set(want) - set(ids), set(ids) - set(want) - set(ignore)
        say(not missing and not unknown, sentence, '%d wanted, %d missing, %d unknown of %d results'
            % (len(want), len(missing), len(unknown), total))
        split = {k: v for k, v in places.items() if len(v) != 1}
        say(not split, '  ... each recipient in one partition', list(split.items())[:3])
        return total


def topics(b):
    br = b.br
    args = ('--brokers', br.address)
    say(b.ff('topics', 'check', *args).returncode == 78, 'topics check says 78 before there are any')
    p = b.ff('topics', 'create', *args, '--partitions', 4)
    say(p.returncode == 0 and p.stderr == b'fivefifty topics: made 17 topics, left 0 as they were\n',
        'topics create makes them, and says so', p.stderr)
    say(b.ff('topics', 'check', *args).returncode == 0, 'topics check agrees')
    p = b.ff('topics', 'create', *args, '--partitions', 4)
    say(p.returncode == 0 and p.stderr == b'fivefifty topics: made 0 topics, left 17 as they were\n',
        'a second create minds nothing', p.stderr)
    p = b.ff('topics', 'create', *args, '--partitions', 8)
    lines = p.stderr.decode().splitlines()
    say(p.returncode == 0 and p.stdout == b'' and len(lines) == 11 and any(
        'mail.results.v1: 4 partitions are left as they were, not 8 (addresses' in line for line in lines),
        'one that asks for more partitions is told which topics have others', lines)
    br.delete_topics(['mail.suppression-changes.v1', 'mail.events.v1'])
    p = b.ff('topics', 'create', *args)
    say(p.returncode == 0 and b'made 2 topics, left 15' in p.stderr and b.ff('topics', 'check', *args).returncode == 0,
        'a keyed topic that is missing gets the partitions of the others', p.stderr)
    for name, change, back in (('mail.suppressions.v1', 'cleanup.policy=delete', 'cleanup.policy=compact'),
                               ('mail.suppression-state.v1',
                                'delete.retention.ms=1000', 'delete.retention.ms=700000000'),
                               ('mail.results.v1', 'compression.type=zstd', 'compression.type=producer')):
        alter = ('--entity-type', 'topics', '--entity-name', name, '--alter', '--add-config')
        br.config(*alter, change)
        p = b.ff('topics', 'check', *args)
        br.config(*alter, back)
        say(p.returncode == 78 and name.encode() in p.stderr and change.split('=')[0].encode() in p.stderr,
            'topics check notices %s of %s' % (change, name), (p.returncode, p.stderr))
    say(b.ff('topics', 'check', *args).returncode == 0, 'topics check accepts a longer retention than ours')
    p = b.ff('topics', 'create', *args, '--topic-prefix', 'uneven.', '--partitions', 3)
    say(p.returncode == 0 and b.ff('topics', 'check', *args, '--topic-prefix', 'uneven.').returncode == 0,
        'another prefix has topics of its own')
    p = b.ff('topics', 'create', *args, '-X', 'no.such.property=1')
    say(p.returncode == 78 and b'no.such.property' in p.stderr, 'an unknown -X property is 78 and named', p.stderr)


def codecs(b):
    b.fresh()
    data = b.generate(2500)
    lines = data.splitlines(keepends=True)
    for i, codec in enumerate(('none', 'gzip', 'snappy', 'lz4', 'zstd')):
        b.br.produce(b.raw, b''.join(lines[i * 500:(i + 1) * 500]), codec=codec)
    p = b.ingest()
    say(p.returncode == 0, 'ingest --until-end ends with 0', p.stderr)
    say(b'dead-lettered 0' in p.stderr and b'events 2500' in p.stderr, '  ... and counts 2500 events', p.stderr)
    b.compare('records in none, gzip, snappy, lz4 and zstd are all read', b.expected(data))
    p = b.ingest()
    say(p.returncode == 0 and b'records 0 ' in p.stderr, 'a second run has nothing to do: all was committed', p.stderr)
    record = b.br.consume(b.results)[0]
    say(record['headers'].get('content-type', '').startswith('application/x-protobuf') and
        record['headers']['source-format'] == 'kumomta' and
        record['headers']['schema-minor'] == '0' and record['headers']['producer'].startswith('fivefifty/'),
        'results carry content-type, event-count, source-format, producer, schema-minor', record['headers'])


def headers(b):
    b.fresh()
    plain = b'{"kind":"bounce","event_time":"2026-08-06T08:00:00Z","recipient":"%s@example.net","reply_code":550}\n'
    topic = b.prefix + 'raw.json.v1'
    b.br.produce(topic, plain % b'a', headers=['tenant-id=acme'])
    b.br.produce(topic, gzip.compress(plain % b'b' + plain % b'c'), headers=['content-encoding=gzip'], whole=True)
    zst = subprocess.run(['zstd', '-q', '-c'], input=plain % b'd', stdout=subprocess.PIPE, check=True).stdout
    b.br.produce(topic, zst, headers=['content-encoding=zstd'], whole=True)
    b.br.produce(topic, b'\x28\xb5\x2f\xfdgarbage', headers=['content-encoding=zstd'], whole=True)
    b.br.produce(topic, gzip.compress(b'x' * (17 << 20)), headers=['content-encoding=gzip'], whole=True)
    b.br.produce(topic, b'whatever', headers=['source-format=nonsense', 'traceparent=00-1-2-03'])
    kumo = b.generate(1)
    b.br.produce(topic, kumo, headers=['source-format=kumomta'])
    p = b.ingest(topic=topic, fmt='json')
    say(p.returncode == 0 and b'events 5 ' in p.stderr and b'dead-lettered 3' in p.stderr,
        'five events, three dead letters', p.stderr)
    tenants = {r['event'][3]: r['event'].get(4) for rec in b.br.consume(b.results) for r in results(rec)}
    say(tenants.get(b'a@example.net') == b'acme' and tenants.get(b'b@example.net') == b'default',
        'header tenant-id names the tenant', tenants)
    say(b'c@example.net' in tenants and b'd@example.net' in tenants,
        'header content-encoding: gzip and zstd are undone', tenants)
    say(len(tenants) == 5, 'header source-format overrules the topic', tenants)
    dead = {d['headers']['dlq.message']: d for d in b.br.consume(b.prefix + 'raw.json.dlq.v1')}
    reasons = sorted(d['headers']['dlq.reason'] for d in dead.values())
    say(reasons == ['decompress_failed', 'too_large', 'unknown_format'],
        'broken content, a bomb and an unknown format are dead letters', dead)
    whole = [d for d in dead.values() if d['headers']['dlq.reason'] == 'decompress_failed']
    say(whole and
        whole[0]['value'] == b'\x28\xb5\x2f\xfdgarbage' and whole[0]['headers'].get('content-encoding') == 'zstd',
        'a dead letter that is a whole record keeps its content-encoding', whole)
    traced = [d for d in dead.values() if d['headers']['dlq.reason'] == 'unknown_format']
    say(traced and traced[0]['headers'].get('traceparent') == '00-1-2-03', 'traceparent goes along', traced)


def redrive(b):
    """The commands of docs/operations.md, "Dead letters pile up"."""
    b.fresh()
    data = b.generate(500)
    packed = b.prefix + 'raw.packed.v1'
    junk = b'\x01\x2a\xff\x00 no packed record\n\x00\x1f'
    b.br.produce(b.raw, re.sub(rb'(?m)^\{', b'{{', data), headers=['tenant-id=acme'])
    b.br.produce(b.raw, b'{{"other": "tenant"}\n', headers=['tenant-id=bakehouse'])
    b.br.produce(packed, junk, whole=True)
    p, p2 = b.ingest(), b.ff(*b.ingest_args('--until-end', fmt='packed', topic=packed))
    say(b'dead-lettered 501 ' in p.stderr and b'dead-lettered 1 ' in p2.stderr,
        'a shipper doubles braces, another sends junk', (p.stderr[-200:], p2.stderr[-200:]))
    with open(os.path.join(os.path.dirname(__file__), '..', '..', 'docs', 'operations.md'), encoding='utf-8') as f:
        blocks = re.findall(r'^```sh redrive\n(.*?)^```', f.read(), re.M | re.S)
    say(len(blocks) == 2, 'the page says what to do', len(blocks))
    for block in blocks:
        p = subprocess.run(['bash', '-ec', block.replace('mail.raw.', b.prefix + 'raw.')], cwd=b.work,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           env=dict(os.environ, BROKER=b.br.address,
                                    PATH=os.path.dirname(b.binary) + ':' + os.environ['PATH']), check=False)
        say(p.returncode == 0, 'which works', p.stdout)
    p = b.ingest()
    say(b'dead-lettered 0' in p.stderr and b'events 500' in p.stderr, 'what was repaired is read', p.stderr)
    b.compare('what was produced again has the results it should have had', b.expected(data))
    say([r['value'] for r in b.br.consume(packed)] == [junk, junk], 'records that are no text come back byte for byte')


def dead_letters(b):
    b.fresh()
    good = b.generate(20)
    bad = [b'{"this is": not json', b'\xff\xfe\x00\x01', b'[1,2', b'{"type":"Bounce"}', b'"' + b'x' * 900000]
    for i, value in enumerate(bad):
        b.br.produce(b.raw, value, key='key%d' % i, partition=i % 4, whole=True)
    b.br.produce(b.raw, good)
    p = b.ingest()
    say(p.returncode == 0 and b'dead-lettered 5' in p.stderr, 'poison stops nothing', p.stderr)
    told = collections.Counter()  # a reason has another line when some come much later than the others
    for count, reason in re.findall(rb'ingest: (\d+) dead letters?, (\w+), (?:the last )?of %s/\d+ offset \d+: ' %
                                    re.escape(b.raw.encode()), p.stderr):
        told[reason] += int(count)
    say(told == {b'json_syntax': 4, b'json_shape': 1}, 'a line of each reason says where the last one came from',
        p.stderr[-900:])
    dead = {d['value']: d for d in b.br.consume(b.dead)}
    say(set(dead) == set(bad), 'the bytes of every dead letter are untouched', [k[:40] for k in dead])
    source = {r['value']: r for r in b.br.consume(b.raw)}
    for i, value in enumerate(bad):
        d, s = dead.get(value), source[value]
        h = d['headers'] if d else {}
        say(d and d['key'] == b'key%d' % i and d['timestamp'] == s['timestamp'] and h['dlq.source-topic'] == b.raw
            and h['dlq.source-partition'] == str(s['partition']) and h['dlq.source-offset'] == str(s['offset'])
            and h['dlq.source-timestamp'] == str(s['timestamp'])
            and h['dlq.format'] == 'kumomta' and h['dlq.stage'] == 'decode'
            and h['dlq.reason'] and 'dlq.byte-offset' in h and h['dlq.first-failed-time'].endswith('Z'),
            'dead letter %d keeps key and timestamp and says where it came from' % i,
            d and (d['key'], d['timestamp'], s['timestamp'], h))
    say(dead.get(bad[0], {}).get('headers', {}).get('dlq.reason') == 'json_syntax',
        'the reason of broken JSON is json_syntax')
    b.compare('the good records beside them are all there', b.expected(good))


def empty_records(b):
    b.fresh()
    data = b.generate(20)
    for null in (['-Z'], []):  # no value; one of no bytes
        subprocess.run(['kcat', '-b', b.br.address, '-P', '-t', b.raw, '-K', ':', *null], input=b'key:\nother:\n',
                       check=True)
    b.br.produce(b.raw, data)
    p = b.ingest()
    say(p.returncode == 0 and b'records 24  items 24  events 20  ignored 4 (empty=4)  dead-lettered 0' in p.stderr,
        'records without a value are counted, as ignored', (p.returncode, p.stderr[-600:]))
    b.compare('the records beside them are all there', b.expected(data))


def new_partitions(b):
    b.fresh(partitions=1)
    p, port = b.listening()
    # with the first records committed, what a client asks for itself while it starts is over
    b.br.produce(b.raw, b.generate(10, seed=9))
    assert wait(lambda: b.br.committed(b.group, b.raw) == 10 and number(port, 'ingest_partitions') == 1), 'no partition'
    b.br.add_partitions([b.raw], 2)
    data = b.generate(30)
    b.br.produce(b.raw, data, partition=1)
    want = set(b.expected(data))
    say(wait(lambda: want <= set(b.found()[0])), 'a partition that was added to a raw topic is read, without a restart',
        len(b.found()[0]))
    say(term(p) == 0, '  ... and SIGTERM ends it with 0')


def made_anew(b):
    """A raw topic is deleted and made anew beneath a running process, longer and shorter than what was read of it."""
    for what, count, said in (('longer than', 700, b'was made anew: reading it from its beginning'),
                              ('shorter than', 50, b'ends before what was read of it')):
        b.fresh(partitions=1)
        old, new, log = b.generate(300), b.generate(count, seed=9), os.path.join(b.work, 'anew.err')
        want = b.expected(old)
        b.br.produce(b.raw, old)
        with open(log, 'wb') as err:
            p = subprocess.Popen([b.binary, *b.ingest_args()], stdout=subprocess.DEVNULL, stderr=err)
        b.running.append(p)
        say(wait(lambda want=want: set(b.found()[0]) == set(want)), 'all of the old topic is read')
        say(wait(lambda: b.br.committed(b.group, b.raw) == len(old.splitlines())), '  ... and committed',
            b.br.committed(b.group, b.raw))
        if count < 300:  # or it would see that the topic is gone, and then that there is another one
            p.send_signal(signal.SIGSTOP)
        b.br.delete_topics([b.raw])
        if count > 300:
            say(wait(lambda: b'is gone' in open(log, 'rb').read()), '  ... then it is gone',
                open(log, 'rb').read()[-500:])
        assert b.ff('topics', 'create', '--brokers', b.br.address, '--topic-prefix', b.prefix,
                    '--partitions', 1).returncode == 0
        b.br.produce(b.raw, new)
        p.send_signal(signal.SIGCONT)
        say(wait(lambda: said in open(log, 'rb').read()), 'that the topic is %s the one of before is told' % what,
            open(log, 'rb').read()[-500:])
        want.update(b.expected(new))
        say(wait(lambda want=want: set(b.found()[0]) == set(want)), '  ... and all of it is read')
        b.compare('  ... once more to the same end', want)
        say(term(p) == 0, '  ... and SIGTERM ends it with 0', open(log, 'rb').read()[-500:])
        p = b.ingest()
        say(p.returncode == 0 and b'records 0 ' in p.stderr, '  ... with all of it committed', p.stderr[-300:])


def large_dead_letters(b):
    """What librdkafka refuses to take (10 MiB), and what the topic does, goes without its tail."""
    b.fresh()
    big, good = b'x' * (12 << 20), b.generate(20)
    b.br.config('--entity-type', 'topics', '--entity-name', b.raw, '--alter',
                '--add-config', 'max.message.bytes=20000000')
    b.br.produce(b.raw, big, codec='zstd', headers=['source-format=nosuch'], whole=True)
    b.br.produce(b.raw, big, codec='zstd', headers=['source-format=packed'], whole=True)
    b.br.produce_one(b.raw, b'no json', key=b'k' * (11 << 20), codec='zstd')
    b.br.produce(b.raw, b'no json either', headers=['tenant-id=acme', 'traceparent=' + 't' * 100000], whole=True)
    b.br.produce(b.raw, good)
    p = b.ingest()
    say(p.returncode == 0 and b'dead-lettered 4' in p.stderr, 'no dead letter is too large to go on',
        (p.returncode, p.stderr[-600:]))
    dead = {(d['headers']['dlq.reason'], d['value'][:20]): d for d in b.br.consume(b.dead)}
    for d, what in ((d, d['headers'].get('dlq.full-bytes')) for (_reason, v), d in dead.items() if v == big[:20]):
        say(what == str(len(big)) and big.startswith(d['value']) and len(d['value']) == 65536,
            'a value is cut, and its length kept', d['headers'])
    say(len(dead) == 4, '  ... each of them', [k for k in dead])
    by_value = {d['value']: d for d in dead.values()}
    keyed, traced = by_value.get(b'no json', {}), by_value.get(b'no json either', {})
    say(keyed and keyed['key'] == b'k' * 65536 and keyed['headers'].get('dlq.full-key-bytes') == str(11 << 20) and
        'dlq.full-bytes' not in keyed['headers'], 'a key is cut, and its length kept', keyed and keyed['headers'])
    say(traced and traced['headers'].get('dlq.full-traceparent-bytes') == '100000' and
        'traceparent' not in traced['headers'] and traced['headers'].get('tenant-id') == 'acme',
        'a header that is none by its size is left out', traced and traced['headers'].keys())
    b.compare('the good records beside them are all there', b.expected(good))


def dead_letters_late(b):
    """A timestamp that the raw topic took and the dead-letter topic does not."""
    b.fresh()
    good, bad = b.generate(20000), b'{"this is": not json'
    b.br.config('--entity-type', 'topics', '--entity-name', b.raw, '--alter',
                '--add-config', 'message.timestamp.type=CreateTime')
    b.br.config('--entity-type', 'topics', '--entity-name', b.dead, '--alter',
                '--add-config', 'message.timestamp.before.max.ms=%d' % HOUR_MS)
    b.br.produce_one(b.raw, bad, partition=0, timestamp=int(time.time() * 1000) - 2 * HOUR_MS)
    b.br.produce(b.raw, good)
    p = b.ingest()
    say(p.returncode == 0 and b'Invalid timestamp' not in p.stderr,
        'a dead letter whose time the topic refuses goes with that of now', p.stderr[-600:])
    dead, source = b.br.consume(b.dead), [r for r in b.br.consume(b.raw) if r['value'] == bad]
    say(len(dead) == 1 and dead[0]['value'] == bad and dead[0]['timestamp'] > source[0]['timestamp'] and
        dead[0]['headers']['dlq.source-timestamp'] == str(source[0]['timestamp']) and
        dead[0]['headers'].get('dlq.timestamp') == 'refused', 'its own is in dlq.source-timestamp', dead)
    total = b.compare('the good records beside it are all there', b.expected(good))
    say(total == 20000, '  ... once', total)


def refused_for_ever(b):
    """A topic that takes nothing of what comes of a record: it is named, and the loop ends."""
    b.fresh()
    b.br.config('--entity-type', 'topics', '--entity-name', b.dead, '--alter', '--add-config', 'cleanup.policy=compact')
    b.br.produce(b.raw, b'{"this is": not json', partition=2, whole=True)  # without a key
    b.br.produce(b.raw, b.generate(2000))
    p = b.ingest()
    say(p.returncode == 78 and b'was refused 5 times: the dead letter of %s/2 offset 0 (' % b.raw.encode() in p.stderr,
        'what is refused again and again ends with 78 and names the record', (p.returncode, p.stderr[-900:]))
    say(p.stderr.count(b'starting the producer anew') == 5, '  ... after five times', p.stderr)


def two_processes(b):
    b.fresh()
    data = b.generate(20000)
    lines = data.splitlines(keepends=True)
    first = b.start(*SHORT_SESSION)
    for i in range(10):
        b.br.produce(b.raw, b''.join(lines[i * 1000:(i + 1) * 1000]), codec='zstd')
    second = b.start(*SHORT_SESSION, '--workers', 2)
    for i in range(10, 20):
        b.br.produce(b.raw, b''.join(lines[i * 1000:(i + 1) * 1000]), codec='zstd')
        time.sleep(0.1)
    p = b.ingest(*SHORT_SESSION)
    say(p.returncode == 0, 'until-end ends although other processes hold partitions', p.stderr)
    codes = [term(first), term(second)]
    say(codes == [0, 0], 'SIGTERM ends both with 0', codes)
    total = b.compare('a second process with two workers takes part: nothing is lost', b.expected(data))
    print('      %d results for 20000 events' % total)
    # how many depends on what was under way when the partitions were given away, and whether that was committed in time
    say(total < 30000, '  ... and not half of the results come twice', total)
    ends = [b.start('--until-end', *SHORT_SESSION) for _ in range(2)]
    say([p.wait(PATIENCE_S) for p in ends] == [0, 0], 'two processes with --until-end both end')


def chaos(b):
    """kill -9 and SIGSTOP beyond the session timeout, while records flow and acknowledgements are slow."""
    b.fresh()
    data = b.generate(40000)
    lines = data.splitlines(keepends=True)
    poison = b'{"this is": not json\n'
    b.br.slow(60000)
    fed = []

    def feed():
        for i in range(40):
            b.br.produce(b.raw, b''.join(lines[i * 1000:(i + 1) * 1000]) + (poison if i == 13 else b''), codec='zstd')
            fed.append(i)
            time.sleep(0.2)

    live = [b.listening(*SHORT_SESSION) for _ in range(2)]

    def freeze(i):
        """until the other one has all partitions"""
        live[i][0].send_signal(signal.SIGSTOP)
        taken = wait(lambda: number(live[1 - i][1], 'ingest_partitions') == 4)
        live[i][0].send_signal(signal.SIGCONT)
        return taken

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    frozen = []
    for step in range(6):
        time.sleep(0.4 + b.random.random())  # any moment will do
        i = b.random.randrange(2)
        if step % 2 == 0:
            frozen.append(freeze(i))
        else:
            live[i][0].kill()
            live[i][0].wait()
            live[i] = b.listening(*SHORT_SESSION)
    feeder.join(PATIENCE_S)
    say(len(fed) == 40, 'the input was fed', fed)
    b.br.slow(None)
    say(wait(lambda: number(live[0][1], 'ingest_partitions') == 2), 'both have their half',
        [ask(port) for _p, port in live])
    frozen.append(freeze(0))
    say(all(frozen), 'of one that is frozen the other one takes the partitions', frozen)
    codes = [term(p) for p, _port in live]
    say(codes == [0, 0], 'SIGTERM ends both with 0, also the one that just woke up', codes)
    p = b.ingest(*SHORT_SESSION)
    say(p.returncode == 0, 'until-end finishes what is left', p.stderr)
    total = b.compare('kills, freezes and slow acknowledgements lose nothing', b.expected(data))
    print('      %d results for 40000 events' % total)
    say({d['value'] for d in b.br.consume(b.dead)} == {poison.rstrip()}, 'the poison is in the dead-letter topic')


def broker_restart(b):
    b.fresh()
    data = b.generate(20000)
    lines = data.splitlines(keepends=True)
    p, port = b.start_ready()
    b.br.produce(b.raw, b''.join(lines[:10000]), codec='lz4')
    say(wait(lambda: number(port, 'ingest_results_total'), pause=0.001), 'a broker is killed when there are results')
    b.br.kill()
    say(wait(lambda: number(port, 'kafka_up') == 0) and p.poll() is None,
        'ingest stays while its only broker is away, and knows it', ask(port))
    b.br.start()
    b.br.produce(b.raw, b''.join(lines[10000:]), codec='lz4')
    q = b.ingest()
    say(q.returncode == 0, 'until-end ends after the broker came back', q.stderr)
    rc = term(p)
    say(rc == 0, 'SIGTERM ends it with 0', rc)
    b.compare('a broker killed in the middle costs nothing', b.expected(data))
    p, port = b.start_ready()
    b.br.kill()
    say(wait(lambda: number(port, 'kafka_up') == 0), 'its broker is away once more', ask(port))
    rc = term(p)
    say(rc == 0, 'SIGTERM without a broker ends it with 0, too', rc)
    b.br.start()


def joiner(b):
    """Postfix lines only make sense together; what later lines need is read again after a crash."""
    b.fresh()
    data = b.generate(6000, fmt='postfix')
    topic = b.prefix + 'raw.postfix.v1'
    want = b.expected(data, fmt='postfix')
    lines = data.splitlines(keepends=True)
    half = len(lines) // 2
    b.br.produce(topic, b''.join(lines[:half]), partition=0)
    p, port = b.listening(*SHORT_SESSION, topic=topic, fmt='postfix')
    say(wait(lambda: number(port, 'ingest_records_total') == half), 'a joiner has read half of the lines',
        ask(port)[:600])
    p.kill()
    p.wait()
    b.br.produce(topic, b''.join(lines[len(lines) // 2:]), partition=0)
    q = b.ingest(*SHORT_SESSION, topic=topic, fmt='postfix')
    say(q.returncode == 0, 'until-end ends with a joiner that held lines back', q.stderr)
    b.compare('a kill between the lines of a message loses no event and invents none', want)


def failures(b):
    b.fresh()
    p = b.ff('ingest', '--brokers', '127.0.0.1:1', '--from', b.raw + '=kumomta', '--until-end')
    say(p.returncode == 69 and b'127.0.0.1:1' in p.stderr, 'no broker: 69, and which address', (p.returncode, p.stderr))
    p = b.ingest(topic='no.such.topic.v1')
    say(p.returncode == 78 and b'topics create' in p.stderr, 'no topic: 78, and what to do', (p.returncode, p.stderr))
    p = b.ingest('-X', 'enable.auto.commit=true')
    say(p.returncode == 78 and b'enable.auto.commit' in p.stderr, 'a property that would lose records is refused',
        (p.returncode, p.stderr))
    p = b.ff('ingest', '--brokers', b.br.address, '--from', b.raw + '=nonsense')
    say(p.returncode == 64, 'an unknown format is 64', (p.returncode, p.stderr))
    data = b.generate(500)
    b.br.produce(b.raw, data)
    p = b.ingest('--publish', 'none', '--group', 'none')
    say(p.returncode == 0 and b' results 0' in p.stderr and not b.br.consume(b.results),
        '--publish none publishes nothing', p.stderr)
    p = b.ingest('--publish', 'failures', '--group', 'failures')
    kinds = {r['event'].get(1) for rec in b.br.consume(b.results) for r in results(rec)}
    say(p.returncode == 0 and kinds and 1 not in kinds, '--publish failures leaves out deliveries', (p.stderr, kinds))
    rules = os.path.join(b.work, 'rules')
    p = b.ingest('--rules', rules + '.none')
    say(p.returncode == 66, 'rules that are not there: 66', (p.returncode, p.stderr))


def full_queue(b):
    """librdkafka 2.0.2 fetches nothing for up to a second when its queue is full, unless it is woken: how much that
    costs is in docs/performance-throughput.md, and here it is counted."""
    b.fresh()
    data = b.generate(20000)
    b.br.produce(b.raw, data)
    p = b.ingest('--publish', 'failures', '-X', 'queued.max.messages.kbytes=128', '-X', 'fetch.message.max.bytes=65536',
                 '-X', 'debug=broker')
    say(p.returncode == 0 and b'events 20000 ' in p.stderr, 'a prefetch queue of two answers is enough',
        p.stderr[-300:])
    if fetchers_sleep():
        at_once = (128 << 10) + 4 * 1000000  # over its limit the queue goes by one batch of each partition
        fillings, woken = len(data) // at_once, p.stderr.count(b'SASL credentials updated')
        say(woken >= fillings > 0, '  ... and whenever it was full its fetchers are woken',
            (fillings, woken, p.stderr[-300:]))


def service(b):
    """What an operator does with a running process: look at /metrics, change the rules."""
    b.fresh()
    port = free_port()
    rules, log = os.path.join(b.work, 'rules'), os.path.join(b.work, 'ingest.err')
    good = 'rule any policy-block prior 40\n  code 4xx 5xx none\n'
    with open(rules, 'w', encoding='utf-8') as f:
        f.write(good)

    def said(word, since):
        with open(log, 'rb') as f:
            f.seek(since)
            return word in f.read()

    def counted(what):
        return wait(lambda: what in ask(port), pause=0.1)

    b.br.produce(b.raw, b.generate(300))
    p = b.start('--rules', rules, '--listen', '127.0.0.1:%d' % port)
    say(counted('fivefifty_ingest_results_total 300') and counted('fivefifty_ingest_items_total 300'),
        '/metrics counts the results', ask(port)[:600])
    size = os.path.getsize(log)
    with open(rules, 'w', encoding='utf-8') as f:
        f.write('this is no rule\n')
    p.send_signal(signal.SIGHUP)
    say(wait(lambda: said(b'the rules stay as they were', size)) and p.poll() is None,
        'SIGHUP with broken rules changes nothing')
    size = os.path.getsize(log)
    with open(rules, 'w', encoding='utf-8') as f:
        f.write(good)
    p.send_signal(signal.SIGHUP)
    say(wait(lambda: said(b'from now on', size)), 'SIGHUP with good rules takes them')
    b.br.produce(b.raw, b.generate(300, seed=8))
    say(counted('fivefifty_ingest_results_total 600'), 'and work goes on')
    say(term(p) == 0, 'SIGTERM ends it with 0')


CASES = [topics, codecs, headers, dead_letters, redrive, empty_records, new_partitions, made_anew, large_dead_letters,
         dead_letters_late, refused_for_ever, failures, full_queue, service, joiner, two_processes, broker_restart,
         chaos]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--binary', required=True)
    ap.add_argument('--seed', type=int, default=random.randrange(1 << 30))
    ap.add_argument('--only', default='')
    ap.add_argument('--keep', action='store_true')
    a = ap.parse_args()
    print('seed', a.seed)
    with Broker() as br:
        b = Bench(os.path.abspath(a.binary), br, a.seed)
        try:
            for case in CASES:
                if a.only in case.__name__:
                    print('--', case.__name__.replace('_', ' '), flush=True)
                    before = time.time()
                    case(b)
                    print('   %.1f s' % (time.time() - before), flush=True)
        finally:
            for p in b.running:
                if p.poll() is None:
                    p.kill()
            if report.failed or a.keep:
                print('messages of the processes: %s/ingest.err' % b.work)
    return report.end()


if __name__ == '__main__':
    sys.exit(main())
