#!/usr/bin/env python3
"""Does the memory of ingest stay flat? One process, hours of packed events as fast as it can, from a real broker.

    bench/soak.py --build build/bench [--minutes N] [--burst N]

Bursts of generated events are put into Kafka; ingest works each off at full speed, publishing failures, before the next
one comes, so that old segments may be deleted behind it. Prints JSON lines: resident memory once a minute, at the end
the largest of the first tenth and of the last, and how many events it was. ingest must count exactly what was produced.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'kafka'))
from broker import Broker, free_port  # noqa: E402

EVENTS = 'mail.events.v1'
SMALL_TOPICS = ['log.retention.bytes=67108864', 'log.segment.bytes=16777216', 'log.retention.check.interval.ms=5000',
                'log.segment.delete.delay.ms=1000']


def say(metric, value, unit, **more):
    print(json.dumps(dict({'bench': 'soak/ingest', 'metric': metric, 'value': value, 'unit': unit}, **more)),
          flush=True)


def resident_mib(pid):
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1)) / 1024


def counted(port):
    """Events that ingest has counted; 0 before it answers."""
    try:
        text = urllib.request.urlopen('http://127.0.0.1:%d/metrics' % port, timeout=10).read().decode()
    except OSError:
        return 0
    return sum(int(float(n)) for n in re.findall(r'^fivefifty_ingest_events_total(?:\{[^}]*\})? (\S+)$', text, re.M))


class Soak:
    def __init__(self, opts, broker):
        self.opts, self.br, self.port = opts, broker, free_port()
        self.produced, self.samples = 0, []
        self.start = time.monotonic()

    def minutes(self):
        return (time.monotonic() - self.start) / 60

    def sample(self):
        if len(self.samples) <= self.minutes():
            self.samples.append(resident_mib(self.ingest.pid))
            say('memory', round(self.samples[-1], 1), 'MiB', minute=len(self.samples) - 1, events=counted(self.port))

    def burst(self):
        feed = subprocess.run([os.path.join(self.opts.build, 'bench', 'kafka_feed'), self.br.address, EVENTS,
                               '10000000', str(self.opts.burst / 1e7), '0', '0', '0', '0'],
                              check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.produced += int(re.search(rb'(\d+) events', feed.stderr).group(1))
        while counted(self.port) < self.produced:
            if self.ingest.poll() is not None:
                sys.exit('ingest ended by itself')
            self.sample()
            time.sleep(0.2)

    def run(self):
        binary = os.path.join(self.opts.build, 'fivefifty')
        subprocess.run([binary, 'topics', 'create', '--brokers', self.br.address, '--partitions', '4'], check=True,
                       stdout=subprocess.DEVNULL)
        self.ingest = subprocess.Popen(
            [binary, 'ingest', '--brokers', self.br.address, '--from', EVENTS + '=packed', '--publish', 'failures',
             '--workers', '2', '--listen', '127.0.0.1:%d' % self.port],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while self.minutes() < self.opts.minutes:
                self.burst()
        finally:
            self.ingest.send_signal(signal.SIGTERM)
            self.ingest.wait(timeout=60)
        tenth = max(1, len(self.samples) // 10)
        say('memory_at_the_end', round(max(self.samples[-tenth:]), 1), 'MiB', floor='in the first tenth',
            floor_value=round(max(self.samples[:tenth]), 1),
            ratio=round(max(self.samples[-tenth:]) / max(self.samples[:tenth]), 3))
        say('events', self.produced, 'events', minutes=round(self.minutes(), 1), status=self.ingest.returncode)


def main():
    a = argparse.ArgumentParser()
    a.add_argument('--build', default=os.path.join(ROOT, 'build', 'bench'))
    a.add_argument('--minutes', type=float, default=60)
    a.add_argument('--burst', type=int, default=2000000, help='events at once')
    opts = a.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the broker must go too
    with Broker(SMALL_TOPICS) as broker:
        Soak(opts, broker).run()


if __name__ == '__main__':
    main()
