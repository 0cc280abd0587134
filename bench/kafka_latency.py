"""How long from an event in Kafka to the answer of serve, which stage took it, and what each process spent meanwhile.

Addresses that nobody else knows are planted among the load; serve is asked for them until it blocks them. Before, the
broker is warmed up with such a load, and may then compile in peace what it found to run often. A load that is not
sustained has no quantiles worth the name, since they grow with the length of the run: `sustained` tells. Afterwards the
topics are read back: the time of the record that first named a planted address, in each topic on its way, divides its
delay by stage, without touching the processes. By default times are those of the producer (CreateTime); with
--broker-clock those at which the broker appended the record (LogAppendTime), so that waiting in a producer and in the
broker's queue is told apart from waiting for whoever reads the topic next.
"""
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request

from broker import free_port, unpack

# Topics of its own: what other rows left in mail.results.v1 would be worked off before the first planted address.
PREFIX = 'latency.'
EVENTS, RESULTS, SUPPRESSIONS, STATE = (PREFIX + stem for stem in ('events.v1', 'results.v1', 'suppressions.v1',
                                                                   'suppression-state.v1'))
PLANTED = re.compile(rb'planted(\d+)@example\.net')
TICKS = os.sysconf('SC_CLK_TCK')
PLANTS_PER_S = 20
ASK_S, ASK_SHARE = 0.004, 0.02  # asking for many that wait long must not be a load of its own
PAUSE_S = 10
PATIENCE_S = 60  # for what is not served when the load ends
# Sustained: the delay grows by no more than this with each second of load, and the feeder kept its rate.
GROWTH_MAX_MS_PER_S, FED_MIN = 20, 0.98


def cpu_seconds(pid):
    """{thread name: user + system seconds} of a process; threads of one name together."""
    out = {}
    for task in os.listdir('/proc/%d/task' % pid):
        try:
            with open('/proc/%d/task/%s/stat' % (pid, task), encoding='utf-8') as f:
                head, tail = f.read().rsplit(')', 1)
        except OSError:
            continue  # ended meanwhile
        name, fields = re.sub(r'\d+$', '', head.split('(', 1)[1]), tail.split()
        out[name] = out.get(name, 0) + (int(fields[11]) + int(fields[12])) / TICKS
    return out


class Clock:
    """When was what planted; asks serve, with one request for all that wait, until it blocks them."""

    def __init__(self, port):
        self.web = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
        self.waiting, self.planted, self.served = {}, {}, {}

    def read(self, feed):
        ahead = time.time() - time.monotonic()
        for line in feed.stdout:
            number, at = line.split()
            self.planted[int(number)] = float(at) + ahead
            self.waiting[int(number)] = True

    def ask(self):
        numbers = list(self.waiting)
        if not numbers:
            return
        body = ''.join('{"address":"planted%d@example.net","tenant":"acme"}\n' % n for n in numbers)
        self.web.request('POST', '/v1/check', body)
        answers = self.web.getresponse().read().splitlines()
        now = time.time()
        for number, answer in zip(numbers, answers):
            if json.loads(answer)['suppressed']:
                self.served[number] = now
                del self.waiting[number]


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


def say_quantiles(b, name, metric, values, **more):
    for q in (0.5, 0.99, 0.999):
        b.say(name, '%s_p%g' % (metric, q * 100), quantile(values, q) * 1000, 'ms', **more)


def first_times(b, topic, text_of):
    """{number: seconds} of the first record of a topic that holds each planted address."""
    out = {}
    for record in b.br.consume(topic):
        for number in PLANTED.findall(text_of(record)):
            out.setdefault(int(number), record['timestamp'] / 1000)
    return out


def say_stages(b, name, clock, **more):
    """A planted address is served after its record in each topic, so the differences add up to the whole."""
    marks = [('plant', clock.planted)]
    marks += [(topic, first_times(b, topic, lambda r: unpack(r['value']))) for topic in (EVENTS, RESULTS)]
    marks += [(topic, first_times(b, topic, lambda r: r['key'])) for topic in (SUPPRESSIONS, STATE)]
    marks += [('served', clock.served)]
    state = marks.pop(4)
    for (before, a), (after, z) in list(zip(marks, marks[1:])) + [(marks[3], state)]:
        say_quantiles(b, name, '%s_to_%s' % (before, after), [z[n] - a[n] for n in clock.planted], **more)


def case_latency(b):
    port = free_port()
    url = 'http://127.0.0.1:%d' % port
    running = {}
    connect = [*b.connect, '--topic-prefix', PREFIX]
    b.ff('topics', 'create', *connect, '--partitions', '8')
    if b.opts.broker_clock:
        for topic in (EVENTS, RESULTS, SUPPRESSIONS, STATE):
            b.br.config('--entity-type', 'topics', '--entity-name', topic, '--alter', '--add-config',
                        'message.timestamp.type=LogAppendTime')
    try:
        for args in (['ingest', *connect, '--from', EVENTS + '=packed', '--publish', 'failures', '--workers', '1'],
                     ['suppress', *connect, '--state', os.path.join(b.work, 'suppress')],
                     ['serve', *connect, '--state', os.path.join(b.work, 'serve'), '--listen', '127.0.0.1:%d' % port]):
            with open(os.path.join(b.work, args[0] + '.err'), 'wb') as f:
                running[args[0]] = subprocess.Popen([b.binary, *args], stdout=subprocess.DEVNULL, stderr=f)
        first = 1000000
        for rate in b.opts.rate:
            wait_ready(url)
            measure(b, port, 'latency' if rate else 'latency-idle', rate, first,
                    {name: p.pid for name, p in running.items()})
            first += 1000000
    finally:
        for p in running.values():
            p.terminate()
        for p in running.values():
            p.wait(30)


def growth(delays, seconds):
    """By how much the delay of the last fifth is above that of the first, per second in between."""
    fifth = max(1, len(delays) // 5)
    return (quantile(delays[-fifth:], 0.5) - quantile(delays[:fifth], 0.5)) / (0.8 * seconds)


def measure(b, port, name, rate, first, pids):
    """Groups have five seconds to join before anything is planted."""
    time.sleep(5)
    clock = Clock(port)
    with open(os.path.join(b.br.dir, 'pid'), encoding='ascii') as f:
        pids = dict(pids, broker=int(f.read()), asking=os.getpid())
    feed = subprocess.Popen([os.path.join(b.opts.build, 'bench', 'kafka_feed'), b.br.address, EVENTS,
                             *map(str, (rate, b.opts.seconds, PLANTS_PER_S, first, b.opts.warm_up, PAUSE_S))],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    reader = threading.Thread(target=clock.read, args=(feed,))
    reader.start()
    while reader.is_alive() and not clock.planted:
        time.sleep(0.001)
    start, before = time.monotonic(), {k: cpu_seconds(pid) for k, pid in pids.items()}
    while (reader.is_alive() or clock.waiting) and time.monotonic() < start + b.opts.seconds + PATIENCE_S:
        clock.ask()
        time.sleep(ASK_S + len(clock.waiting) / PLANTS_PER_S * ASK_SHARE)
    reader.join()
    took, after = time.monotonic() - start, {k: cpu_seconds(pid) for k, pid in pids.items()}
    fed = int(feed.communicate()[1].split()[0])
    if clock.waiting:
        sys.exit('%d planted addresses were never served' % len(clock.waiting))
    delays = [clock.served[n] - at for n, at in sorted(clock.planted.items())]
    behind = growth(delays, b.opts.seconds)
    more = {'events_per_s': rate, 'planted': len(delays), 'load_average': round(os.getloadavg()[0], 1),
            'sustained': behind * 1000 <= GROWTH_MAX_MS_PER_S and fed >= FED_MIN * rate * b.opts.seconds}
    say_quantiles(b, name, 'event_to_served', delays, **more)
    b.say(name, 'falls_behind', behind * 1000, 'ms/s', fed_per_s=round(fed / b.opts.seconds))
    say_stages(b, name, clock, times='broker' if b.opts.broker_clock else 'producer')
    for k in pids:
        threads = {t: round(s - before[k].get(t, 0), 2) for t, s in after[k].items() if s - before[k].get(t, 0) >= 0.05}
        b.say(name, 'cpu_' + k, sum(threads.values()), 's', wall_s=round(took, 1), events=fed, threads=threads)


def wait_ready(url):
    for _ in range(600):
        try:
            with urllib.request.urlopen(url + '/readyz', timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit('serve does not become ready')
