#!/usr/bin/env python3
"""ingest on a real broker while its rules change: SIGHUP, shadow rules, /metrics of all services.

    tests/kafka/reload_test.py --binary build/dev/fivefifty [--seed N] [--only WORD] [--keep]

What must hold: a packed record of results never holds verdicts of two versions of the rules, every event has exactly
one result, shadow rules publish nothing, and docs/metrics.md says what the services print.
"""
import collections
import datetime
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import ingest_test  # noqa: E402
import metrics_page  # noqa: E402
from broker import PATIENCE_S, ask, free_port, number, results, term, wait  # noqa: E402
from report import say  # noqa: E402

# Any failure is a policy in version 1 and an expired message in version 2: each verdict shows which rules made it.
RULES = 'version %d\nrule %s %s prior 40\n  code 4xx 5xx none\n'
ONE, TWO = RULES % (1, 'any', 'policy-block'), RULES % (2, 'any', 'message-expired')
POLICY_BLOCK, MESSAGE_EXPIRED = 33, 15
VERDICT_CATEGORY, VERDICT_VERSION, EVENT_ID, EVENT_KIND = 1, 7, 16, 1
DELIVERY = 1


def put(b, text, name='reload.rules'):
    path = os.path.join(b.work, name)
    with open(path + '.new', 'w', encoding='utf-8') as f:
        f.write(text)
    os.rename(path + '.new', path)
    return path


def version_of(b, rules):
    """what verdicts by these rules say"""
    said = b.ff('classify', '--json', '--rules', put(b, rules, 'probe.rules'), put(b, '550 no\n', 'probe.txt'))
    return json.loads(said.stdout)['ruleset_version']


def info(b, rules, label, shadow=''):
    return '%sruleset_info{version="%d",label="%d"}' % (shadow, version_of(b, rules), label)


def family(port, name):
    return sum(v for k, v in metrics_page.values(ask(port)).items() if k.startswith('fivefifty_' + name + '{'))


def expected(b, data):
    """Counter of event ids: the generator logs some events twice, as MTAs do."""
    path = os.path.join(b.work, 'expected')
    with open(path, 'wb') as f:
        f.write(data)
    return collections.Counter(json.loads(line)['event_id']
                               for line in b.ff('decode', '--format', 'kumomta', '--json', path).stdout.splitlines())


def storm(b):
    """SIGHUP with other rules all the time, while records come faster than they are read.

    Which version a chunk meets is chance: strict turns can fall into step with the reloads, and one version then judges
    all. So version 1 is waited for at the start and version 2 at the end, and in between they come in no order. Records
    come no faster than rules are taken, and the session is a long one: a member that is thought dead has its records
    read twice.
    """
    b.fresh()
    data = b.generate(60000)
    want = expected(b, data)
    lines = data.splitlines(keepends=True)
    b.br.produce(b.raw, b''.join(lines[:20000]), codec='zstd')
    category = {version_of(b, ONE): POLICY_BLOCK, version_of(b, TWO): MESSAGE_EXPIRED}
    rules, port = put(b, ONE), free_port()
    p = b.start('--rules', rules, '--workers', 2, '--listen', '127.0.0.1:%d' % port)
    say(wait(lambda: (number(port, 'ingest_results_total') or 0) > 0), 'the first rules judge')
    sent = taken = 0

    def signals(rules):
        """some, until the rules were read once more"""
        nonlocal sent, taken
        before = taken

        def reads():
            nonlocal sent, taken
            sent += 1
            put(b, rules or b.random.choice((ONE, TWO)))
            p.send_signal(signal.SIGHUP)
            taken = number(port, 'rules_reloads_total') or 0
            return taken > before
        assert wait(reads, pause=b.random.random() / 20), 'SIGHUP reads no rules'

    for fed in range(20000, 60000, 2000):
        signals(TWO if fed == 58000 else None)
        if fed == 58000:
            say(wait(lambda: number(port, info(b, TWO, 2)) == 1), 'the last rules are in force')
        b.br.produce(b.raw, b''.join(lines[fed:fed + 2000]), codec='zstd')
    finished = wait(lambda: signals(TWO) or number(port, 'ingest_results_total') == sum(want.values()))
    say(finished, 'all is read while signals come', number(port, 'ingest_results_total'))
    reloads, failures = number(port, 'rules_reloads_total'), number(port, 'rules_reload_failures_total')
    adds_up = wait(lambda: family(port, 'rule_hits_total') == family(port, 'ingest_failures_total') > 0)
    code = term(p)
    say(code == 0, 'the accounting holds at the end (status 0)', code)
    say(reloads >= 20 and failures == 0,
        'SIGHUP took new rules again and again (%d of %d signals)' % (reloads or 0, sent))
    say(adds_up, 'hits of the rules of both versions add up to the failures')
    versions, mixed, wrong, ids = set(), 0, 0, collections.Counter()
    for record in b.br.consume(b.results):
        got = results(record)
        seen = {r['verdict'][VERDICT_VERSION] for r in got if r['verdict']}
        mixed += len(seen) > 1
        versions |= seen
        for r in got:
            ids[r['event'][EVENT_ID].hex()] += 1
            if r['verdict'] and r['event'][EVENT_KIND] != DELIVERY:
                wrong += r['verdict'][VERDICT_CATEGORY] != category[r['verdict'][VERDICT_VERSION]]
    say(mixed == 0 and versions == set(category),
        'every packed record is of one version, and both versions were in force', (mixed, versions))
    say(wrong == 0, 'every verdict is that of its version', wrong)
    say(ids == want, 'every event has exactly one result',
        (sum(want.values()), sum(ids.values()), list((ids - want).items())[:3]))


def shadow(b):
    b.fresh()
    data = b.generate(5000)
    b.br.produce(b.raw, data)
    one, two = put(b, ONE, 'one.rules'), put(b, TWO, 'two.rules')
    plain = b.ingest('--rules', one, '--workers', 2)
    before = sorted(r['event'][EVENT_ID] + b'%d' % r['verdict'].get(VERDICT_VERSION, 0)
                    for rec in b.br.consume(b.results) for r in results(rec))
    p = b.ff(*b.ingest_args('--until-end', '--group', b.group + 'shadow', '--rules', one, '--shadow-rules', two,
                            '--workers', 2))
    both = sorted(r['event'][EVENT_ID] + b'%d' % r['verdict'].get(VERDICT_VERSION, 0)
                  for rec in b.br.consume(b.results) for r in results(rec))
    say(plain.returncode == 0 and p.returncode == 0 and both == sorted(before * 2),
        'shadow rules publish nothing and change nothing', p.stderr[-300:])
    text = p.stderr.decode()
    failures = sum(1 for rec in b.br.consume(b.results)
                   for r in results(rec) if r['verdict'] and r['event'][EVENT_KIND] != DELIVERY) // 2
    m = re.search(r'(\d+) replies: (\d+) judged alike, (\d+) differently', text)
    say(m and int(m.group(1)) == int(m.group(2)) + int(m.group(3)) == failures > 0,
        'what both workers found is told at the end: agreed + differed = failures', (failures, text[-600:]))
    say('policy-block' in text and 'message-expired' in text, '  ... with categories of both sides', text[-600:])
    say('@' not in text and 'mask' in text, '  ... and no address: it ends in a log', text[-600:])
    p = b.ff(*b.ingest_args('--until-end', '--shadow-rules', one + '.none'))
    say(p.returncode == 66 and b'one.rules.none' in p.stderr, 'shadow rules that are not there: 66',
        (p.returncode, p.stderr))
    port = free_port()
    p = b.start('--group', b.group + 'live', '--rules', one, '--shadow-rules', two, '--listen', '127.0.0.1:%d' % port)
    say(wait(lambda: family(port, 'shadow_differed_total') == failures), 'the differences are in /metrics',
        ask(port)[-800:])
    five = ONE.replace('version 1', 'version 5')
    put(b, five, 'two.rules')
    five = info(b, five, 5, 'shadow_')
    p.send_signal(signal.SIGHUP)
    say(wait(lambda: number(port, five) == 1), 'SIGHUP reads them again')
    b.br.produce(b.raw, data)
    say(wait(lambda: number(port, 'shadow_agreed_total') == failures), '  ... and what was counted stays',
        ask(port)[-800:])
    say(family(port, 'shadow_differed_total') == failures and number(port, 'shadow_without_row_total') == failures,
        '  ... all of it')
    say(term(p) == 0, 'SIGTERM ends it with 0')


def bad_rules(b):
    b.fresh()
    rules, port = put(b, ONE), free_port()
    size = (os.path.getsize(os.path.join(b.work, 'ingest.err'))
            if os.path.exists(os.path.join(b.work, 'ingest.err')) else 0)
    p = b.start('--rules', rules, '--listen', '127.0.0.1:%d' % port)
    say(wait(lambda: ask(port, '/readyz')), 'ingest is ready')
    put(b, ONE + 'nonsense\n')
    p.send_signal(signal.SIGHUP)
    say(wait(lambda: number(port, 'rules_reload_failures_total') == 1), 'SIGHUP with rules that are wrong is counted',
        ask(port)[-500:])
    with open(os.path.join(b.work, 'ingest.err'), encoding='utf-8') as f:
        f.seek(size)
        said = f.read()
    say('reload.rules:4:' in said and 'stay as they were' in said, '  ... and told with file and line', said)
    say(number(port, info(b, ONE, 1)) == 1, '  ... and changes nothing')
    b.br.produce(b.raw, b.generate(500))
    say(wait(lambda: number(port, 'ingest_results_total') == 500), '  ... and work goes on')
    say(term(p) == 0, 'SIGTERM ends it with 0')


def metrics(b):
    """The page and the services; lag, bytes, stages and queues of ingest."""
    b.fresh()
    data = b.generate(4000)
    port, rules = free_port(), put(b, ONE)
    p = b.start('--rules', rules, '--shadow-rules', rules, '--listen', '127.0.0.1:%d' % port)
    b.br.produce(b.raw, data + b'{"poison": \n')
    say(wait(lambda: number(port, 'ingest_items_total') == 4001 and number(port, 'ingest_lag_records') == 0 and
             number(port, 'ingest_inflight_bytes') == 0 and number(port, 'ingest_producer_queue_records') == 0 and
             number(port, 'replies_total') > 0),  # told with the gauges, five times a second
        'ingest has read all, and says so: lag, in-flight bytes and queues are 0', ask(port)[:1500])
    say(metrics_page.differences(ask(port), 'ingest') == [], 'docs/metrics.md agrees with /metrics of ingest',
        metrics_page.differences(ask(port), 'ingest'))
    m = metrics_page.values(ask(port))
    say(m['fivefifty_ingest_bytes_total'] == len(data) - 4000 + len(b'{"poison": '),
        'bytes_total is the bytes of the values', m['fivefifty_ingest_bytes_total'])
    say(m['fivefifty_ingest_partitions'] == 4, 'four partitions are assigned', m['fivefifty_ingest_partitions'])
    newest = max(datetime.datetime.fromisoformat(json.loads(line)['event_time'].replace('Z', '+00:00')).timestamp()
                 for line in data.splitlines())
    told = m['fivefifty_ingest_newest_event_timestamp_seconds{format="kumomta"}']
    say(abs(told - newest) < 0.002, 'the newest event is of the time that its record says', (told, newest))
    stages = {s: m['fivefifty_ingest_stage_seconds_total{stage="%s"}' % s]
              for s in ('read', 'decode', 'publish', 'wait')}
    say(stages['read'] > 0 and stages['decode'] > 0 and stages['publish'] > 0, 'the stages have their times', stages)
    say(m['fivefifty_verdict_table_hits_total'] + m['fivefifty_verdict_table_misses_total'] > 0 and
        0 <= m['fivefifty_verdict_table_hit_ratio'] <= 1,
        'the verdict table has its ratio', m['fivefifty_verdict_table_hit_ratio'])
    p.send_signal(signal.SIGSTOP)
    b.br.produce(b.raw, data)
    p.send_signal(signal.SIGCONT)
    say(wait(lambda: number(port, 'ingest_items_total') == 8001 and number(port, 'ingest_lag_records') == 0),
        'after a pause it catches up')
    say(term(p) == 0, 'SIGTERM ends it with 0')
    for service in ('suppress', 'serve'):
        port = free_port()
        messages, config = os.path.join(b.work, service + '.err'), put(b, 'group = one\n', service + '.conf')
        q = subprocess.Popen([b.binary, service, '--brokers', b.br.address, '--topic-prefix', b.prefix,
                              '--state', os.path.join(b.work, service),
                              '--config', config, '--listen', '127.0.0.1:%d' % port],
                             stdout=subprocess.DEVNULL, stderr=open(messages, 'wb'))
        b.running.append(q)
        say(wait(lambda: ask(port)), '%s answers' % service, open(messages, 'rb').read()[-500:])
        say(metrics_page.differences(ask(port), service) == [], 'docs/metrics.md agrees with /metrics of ' + service,
            metrics_page.differences(ask(port), service))
        put(b, 'group = two\n', service + '.conf')
        q.send_signal(signal.SIGHUP)
        say(wait(lambda: b'restart: group\nfivefifty %s: SIGHUP changes nothing here' % service.encode() in
                 open(messages, 'rb').read()),
            '  ... to which SIGHUP is nothing: it says so, and what waits for a restart', open(messages, 'rb').read())
        say(term(q) == 0, '  ... which ends with 0')


class Slow:
    """A broker that answers ingest slowly."""

    def __init__(self, b, bytes_a_second):
        self.b, self.rate = b, bytes_a_second
        self.quota = ('--entity-type', 'clients', '--entity-name', 'fivefifty-ingest', '--alter')

    def __enter__(self):
        self.b.br.config(*self.quota, '--add-config', 'consumer_byte_rate=%d' % self.rate)

    def __exit__(self, *_):
        self.b.br.config(*self.quota, '--delete-config', 'consumer_byte_rate')


def lag(b):
    """The lag is what is left in the topic."""
    b.fresh(partitions=1)
    port = free_port()
    b.br.produce(b.raw, b.generate(30000, seed=9))
    seen = []

    def look():
        seen.append(number(port, 'ingest_lag_records') or 0)
        return seen

    with Slow(b, 1000000):
        p = b.start('--listen', '127.0.0.1:%d' % port)
        say(wait(lambda: len(set(look())) > 3), 'the lag is what is not read', seen[-20:])
    say(wait(lambda: look()[-1] == 0), '  ... and falls to 0', seen[-20:])
    say(0 < max(seen) < 30000, '  ... and is never more than there is', sorted(set(seen)))
    say(term(p) == 0, 'SIGTERM ends it with 0')


def progress(b):
    """One line on a terminal."""
    b.fresh()
    b.br.produce(b.raw, b.generate(30000))
    master, slave = pty.openpty()
    seen = b''
    with Slow(b, 4000000):
        p = subprocess.Popen([b.binary, *map(str, b.ingest_args('--until-end'))], stdout=subprocess.DEVNULL,
                             stderr=slave)
        b.running.append(p)
        os.close(slave)
        while select.select([master], [], [], PATIENCE_S)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            seen += data
    os.close(master)
    say(p.wait(PATIENCE_S) == 0 and re.search(rb'\d+ events  \d+/s  lag [1-9]\d* records  \d+:\d\d left', seen),
        'a terminal shows events, rate, lag and the time left', seen[-800:])
    say(re.search(rb'\x1b\[K30000 events  \d+/s\r\n', seen), '  ... and at the end the rate of all', seen[-300:])


ingest_test.CASES = [storm, shadow, bad_rules, metrics, lag, progress]

if __name__ == '__main__':
    sys.exit(ingest_test.main())
