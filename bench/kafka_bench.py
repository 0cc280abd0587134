#!/usr/bin/env python3
"""ingest on a real broker, beside a consumer that throws everything away; and how long an event takes to be served.

    bench/kafka_bench.py --build build/bench [--events N] [--rounds N] [--only packed|kumomta|latency]
                         [--rate N...] [--warm-up N] [--seconds N] [--broker-clock]

Starts a broker of its own (scripts/kafka-broker), fills topics with seeded input, and prints JSON lines {bench, metric,
value, unit, floor, ratio}. CPU is user + system of the client's process alone; what a run costs that finds nothing to
do (loading the rules, joining the group, leaving it) is taken off and is a row of its own. Every run is checked: ingest
must count exactly the events that were produced, and serve must come to block every planted address.
"""
import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
sys.path[:0] = [os.path.join(ROOT, 'tests', 'kafka'), os.path.join(ROOT, 'tests')]
import metrics_page  # noqa: E402
from broker import Broker, free_port, packed_records  # noqa: E402
from kafka_latency import case_latency  # noqa: E402

KUMOMTA, EVENTS = 'mail.raw.kumomta.v1', 'mail.events.v1'
runs = 0


def say(bench, metric, value, unit, floor=None, floor_value=None, **more):
    line = {'bench': 'kafka/' + bench, 'metric': metric, 'value': round(value, 1), 'unit': unit}
    if floor:
        line.update(floor=floor, floor_value=round(floor_value, 1), ratio=round(value / floor_value, 3))
    print(json.dumps(dict(line, **more)), flush=True)


class Watch:
    """Peak memory of an ingest, and how long it took from its first event on to its last:
    joining a group takes as long as it takes."""

    def __init__(self, process, port, events):
        self.process, self.url, self.events = process, 'http://127.0.0.1:%d/metrics' % port, events
        self.rss_mb, self.first, self.last = 0, None, None

    def follow(self):
        while self.process.poll() is None:
            try:
                with open('/proc/%d/status' % self.process.pid, encoding='ascii') as s:
                    self.rss_mb = max([self.rss_mb] + [int(x) / 1024 for x in re.findall(r'VmHWM:\s+(\d+)', s.read())])
                self.look()
            except OSError:
                pass
            time.sleep(0.05)

    def look(self):
        with urllib.request.urlopen(self.url, timeout=2) as answer:
            page = metrics_page.values(answer.read().decode())
        done = sum(n for name, n in page.items() if name.startswith('fivefifty_ingest_events_total'))
        if done and not self.first:
            self.first = (time.monotonic(), done)
        if done == self.events and not self.last:
            self.last = time.monotonic()

    def rate(self):
        """Events a second between the first look that saw some and the first that saw all."""
        if not self.first or not self.last or self.last == self.first[0]:
            return 0
        return (self.events - self.first[1]) / (self.last - self.first[0])


class Bench:
    say = staticmethod(say)

    def __init__(self, opts, broker, work):
        self.opts, self.br, self.work = opts, broker, work
        self.binary = os.path.join(opts.build, 'fivefifty')
        self.discard_binary = os.path.join(opts.build, 'bench', 'kafka_discard')
        self.connect = ['--brokers', broker.address]

    def ff(self, *args):
        p = subprocess.run([self.binary, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode:
            sys.exit('%s: exit %d: %s' % (args[0], p.returncode, p.stderr.decode()[-500:]))
        return p

    def generated(self, fmt, events):
        return self.ff('generate', '--events', events, '--seed', 1, '--format', fmt).stdout

    def fill(self, topic, records):
        """One record per file, over all partitions."""
        folder = tempfile.mkdtemp(dir=self.work)
        names = []
        for i, record in enumerate(records):
            names.append(os.path.join(folder, str(i)))
            with open(names[-1], 'wb') as f:
                f.write(record)
        for i in range(0, len(names), 1000):
            subprocess.run(['kcat', '-b', self.br.address, '-P', '-t', topic, *names[i:i + 1000]], check=True)
        shutil.rmtree(folder)

    def ingest(self, topic, fmt, events, *more):
        """{cpu_s, wall_s, rss_mb, settings} of a whole run in a fresh group,
        less the CPU of one that finds nothing to do."""
        global runs
        runs += 1
        run = self.ingest_once(topic, fmt, events, *more)
        idle = self.ingest_once(topic, fmt, 0, *more)
        return dict(run, cpu_s=run['cpu_s'] - idle['cpu_s'], start_cpu_s=idle['cpu_s'], start_wall_s=idle['wall_s'])

    def ingest_once(self, topic, fmt, events, *more):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        err = os.path.join(self.work, 'ingest.err')
        port = free_port()
        with open(err, 'wb') as f:
            p = subprocess.Popen([self.binary, 'ingest', *self.connect, '--group', 'bench%d' % runs, '--from',
                                  '%s=%s' % (topic, fmt), '--until-end', '--listen', '127.0.0.1:%d' % port, *more],
                                 stdout=subprocess.DEVNULL, stderr=f)
            watch = Watch(p, port, events)
            watch.follow()
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(err, encoding='utf-8') as f:
            text = f.read()
        if p.returncode or 'events %d ' % events not in text:
            sys.exit('ingest did not count %d events (exit %d): %s' % (events, p.returncode, text[-800:]))
        line = re.search(r'each consumer:(.*)', text)
        if not line:
            sys.exit('ingest does not print its settings: ' + text[-800:])
        return {'cpu_s': after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 'wall_s': wall,
                'rss_mb': watch.rss_mb, 'rate': watch.rate(), 'settings': line.group(1).split()}

    def discard(self, topic, records, settings):
        p = subprocess.run([self.discard_binary, self.br.address, topic, str(records), *settings], check=True,
                           stdout=subprocess.PIPE, timeout=300)
        return json.loads(p.stdout)


def row(b, name, topic, fmt, events, records, workers, *more):
    """In turn, the best of each counts, of CPU and of rate. A broker that was just started takes four times the CPU of
    one whose code is compiled, and a rate on two cores is that of client and broker together: hence so many rounds."""
    best, floor, rate, floor_rate = None, None, 0, 0
    for _ in range(b.opts.rounds):
        run = b.ingest(topic, fmt, events, '--workers', str(workers), *more)
        bare = b.discard(topic, records, run['settings'])
        best = run if not best or run['cpu_s'] < best['cpu_s'] else best
        floor = bare if not floor or bare['cpu_s'] < floor['cpu_s'] else floor
        rate, floor_rate = max(rate, run['rate']), max(floor_rate, events / bare['wall_s'])
    say(name, 'cpu_per_event', best['cpu_s'] / events * 1e9, 'ns', 'consumer that discards',
        floor['cpu_s'] / events * 1e9)
    say(name, 'rate', rate, 'events/s', 'consumer that discards', floor_rate)
    say(name, 'start_and_end', best['start_cpu_s'] * 1000, 'ms CPU', wall_ms=round(best['start_wall_s'] * 1000))
    say(name, 'memory_peak', best['rss_mb'], 'MiB')


# What a consumer prefetches lies in new memory the first time, whose clearing costs as much as receiving it. A service
# uses it again, so there is more to read than that. And two workers share the partitions only half a second after the
# first began.
PACKED_PASSES, KUMOMTA_PASSES = 4, 3


def case_packed(b):
    records = list(packed_records(b.generated('packed', b.opts.events))) * PACKED_PASSES
    b.fill(EVENTS, records)
    for name, workers, more in (('packed-failures', 2, ['--publish', 'failures']), ('packed-all', 2, [])):
        row(b, name, EVENTS, 'packed', b.opts.events * PACKED_PASSES, len(records), workers, *more)


def case_kumomta(b):
    events, lines = b.opts.events * KUMOMTA_PASSES, b.generated('kumomta', b.opts.events)
    for _ in range(KUMOMTA_PASSES):
        b.br.produce(KUMOMTA, lines)
    for name, workers in (('kumomta', 1), ('kumomta-two-workers', 2)):
        row(b, name, KUMOMTA, 'kumomta', events, lines.count(b'\n') * KUMOMTA_PASSES, workers, '--publish', 'failures')


def main():
    a = argparse.ArgumentParser()
    a.add_argument('--build', default=os.path.join(ROOT, 'build', 'bench'))
    a.add_argument('--events', type=int, default=2000000)
    a.add_argument('--rounds', type=int, default=6, help='runs of each row and of its floor, in turn')
    a.add_argument('--rate', type=int, nargs='*', default=[0, 100000], help='latency: events/s beside the planted ones')
    a.add_argument('--seconds', type=float, default=40, help='latency: how long is measured')
    a.add_argument('--warm-up', type=float, default=30, help='latency: seconds of half the load before')
    a.add_argument('--broker-clock', action='store_true',
                   help='latency: times at which the broker appended, not those of the producers')
    a.add_argument('--only', choices=('packed', 'kumomta', 'latency'))
    opts = a.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the broker must go too
    work = tempfile.mkdtemp(prefix='fivefifty-kafka-bench-')
    try:
        with Broker(long_lived=True) as broker:
            b = Bench(opts, broker, work)
            b.ff('topics', 'create', *b.connect, '--partitions', '8')
            for name, case in (('packed', case_packed), ('kumomta', case_kumomta), ('latency', case_latency)):
                if opts.only in (None, name):
                    case(b)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == '__main__':
    main()
