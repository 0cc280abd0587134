#!/usr/bin/env python3
"""Rules while the program runs: SIGHUP, shadow rules, counts per rule, /metrics,
and the line of progress on a terminal."""
import functools, os, pty, random, select, signal, subprocess, sys, threading, urllib.request

from shell import *

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import metrics_page

# Two versions of the same rules: what 1 calls a mailbox that does not exist, 2 calls a policy.
RULES = '''version %d
rule gone %s text 90
  any user unknown
  yes 550 5.1.1 user unknown
  no 452 4.2.2 mailbox full
rule full mailbox-full text 84
  any mailbox full
  yes 452 4.2.2 mailbox full
  no 550 5.1.1 user unknown
'''
ONE, TWO = RULES % (1, 'bad-mailbox'), RULES % (2, 'policy-block')
CATEGORY = {1: 'bad-mailbox', 2: 'policy-block'}


def version_of(rules):
    """what verdicts by these rules say"""
    return ff('classify', '-j', '-r', write('probe', rules),
              stdin='550 5.1.1 user unknown\n').rows()[0]['ruleset_version']


@functools.lru_cache
def numbers():
    return {version_of(ONE): 1, version_of(TWO): 2}


def gone(n):
    return event('r%d@example.net' % n)


def full(n):
    return event('f%d@example.net' % n, reply_code=452, enhanced_code='4.2.2', reply_text='4.2.2 mailbox full',
                 kind='transient_failure')


def put_rules(text, name='rules'):
    """replaces the file at once, as a deployment should"""
    write(name + '.new', text)
    os.rename(path(name + '.new'), path(name))


def verdicts(name='results'):
    """of the whole lines, the program may be writing the next one: recipient, 1 or 2 for ONE or TWO, category"""
    lines = read(name).split(b'\n')[:-1] if os.path.exists(path(name)) else []
    return [(r['recipient'], numbers().get(r['verdict']['ruleset_version']), r['verdict']['category'])
            for r in map(json.loads, lines)]


class Running:
    """a run with its messages and its /metrics"""

    def __init__(self, *args, listen=True):
        self.url = None
        if listen:
            self.url = 'http://127.0.0.1:%d/metrics' % free_port()
            args += ('--listen', self.url[7:-8])
        self.err = open(path('err'), 'wb')
        self.out = open(path('out'), 'wb')
        self.p = start('run', '--json', '-s', 'state', '--results', 'results', *args, stderr=self.err, stdout=self.out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.p, signal.SIGKILL)
        self.err.close()
        self.out.close()

    def says(self, words, times=1):
        until(lambda: read('err').decode().count(words) >= times, what='"%s" in\n%s' % (words, read('err').decode()))

    def hup(self, words='are in force'):
        before = read('err').decode().count(words)
        self.p.send_signal(signal.SIGHUP)
        self.says(words, before + 1)

    def scrape(self):
        return urllib.request.urlopen(self.url, timeout=PATIENCE_S).read().decode()

    def metrics(self):
        return metrics_page.values(self.scrape())

    def answers(self):
        """what /metrics says; empty as long as nobody listens"""
        try:
            return self.scrape()
        except OSError:
            return ''

    def sees(self, name, value):
        until(lambda: metrics_page.values(self.answers()).get('fivefifty_' + name) == value,
              what='%s %s' % (name, value))

    def end(self, how=signal.SIGTERM):
        if how:
            self.p.send_signal(how)
        same(self.p.wait(PATIENCE_S), 0, read('err').decode()[-500:])
        return json.loads(read('out'))


# ---------------------------------------------------------------- SIGHUP
@case('SIGHUP: lines before it are judged by the old rules, lines behind it by the new ones, each exactly once')
def _():
    put_rules(ONE)
    write('log', ndjson(*map(gone, range(0, 50))))
    with Running('--follow', '-i', 'json:log', '-r', 'rules', listen=False) as r:
        until(lambda: len(verdicts()) == 50, what='50 results')
        put_rules(TWO)
        r.hup('(version 2) are in force')
        write('log', ndjson(*map(gone, range(50, 100))), 'ab')
        until(lambda: len(verdicts()) == 100, what='100 results')
        report = r.end()
    same(verdicts(), [('r%d@example.net' % n, 1 if n < 50 else 2, CATEGORY[1 if n < 50 else 2]) for n in range(100)])
    same((report['results'], report['by_category']), (100, {'bad-mailbox': 50, 'policy-block': 50}))


@case('SIGHUP without --follow: the same on a FIFO')
def _():
    put_rules(ONE)
    os.mkfifo(path('fifo'))
    with Running('-i', 'json:fifo', '-r', 'rules') as r:
        with open(path('fifo'), 'wb', buffering=0) as f:
            f.write(ndjson(*map(gone, range(5))).encode())
            r.sees('events_total{kind="bounce"}', 5)
            put_rules(TWO)
            r.hup('(version 2) are in force')
            f.write(ndjson(*map(gone, range(5, 10))).encode())
        r.end(None)
    same([v for _, v, _ in verdicts()], [1] * 5 + [2] * 5)


@case('SIGHUP with rules that are wrong names file and line, changes nothing, and is counted')
def _():
    put_rules(ONE)
    write('log', ndjson(gone(1)))
    with Running('--follow', '-i', 'json:log', '-r', 'rules') as r:
        r.sees('events_total{kind="bounce"}', 1)
        put_rules(ONE + '  nonsense here\n')
        r.hup('stay as they were')
        need('rules:10:' in read('err').decode(), read('err'))
        r.sees('rules_reload_failures_total', 1)
        os.remove(path('rules'))
        r.hup('stay as they were')
        r.sees('rules_reload_failures_total', 2)
        same((r.metrics()['fivefifty_ruleset_info{version="%d",label="1"}' % version_of(ONE)],
              r.metrics()['fivefifty_rules_reloads_total']), (1, 0))
        write('log', ndjson(gone(2)), 'ab')
        r.sees('events_total{kind="bounce"}', 2)
        r.end()
    same([v for _, v, _ in verdicts()], [1, 1])


@case('SIGHUP names every option that changed in the file and needs a restart, and no value; again as long as it waits')
def _():
    put_rules(ONE)
    put_rules(TWO, 'two')
    write('log', '')
    write('ff.conf', '[run]\nrules = rules\n')
    with Running('--follow', '-i', 'json:log', '--config', 'ff.conf', '--top', '3', listen=False) as r:
        until(lambda: os.path.exists(path('state')), what='state folder')
        r.hup('version 1) are in force')
        need('restart' not in read('err').decode(), read('err'))
        write('ff.conf',
              '[run]\nrules = two\nstream-map = a=b\ntop = 5\ninput = json:other\nyear = 2026\ntrust-oob = true\n'
              'default-tenant = acme\n')
        r.hup('version 2) are in force')
        r.says('run: changed, and in force after a restart: input, default-tenant, year, trust-oob\n')
        write('ff.conf', '[run]\nrules = two\nyear = 2026\n')
        r.hup('version 2) are in force')
        r.says('run: changed, and in force after a restart: year\n')
        r.end()


@case('SIGHUP keeps the counts of rules by name; their sum is the number of failures')
def _():
    def hits(r):
        return {k[len('fivefifty_rule_hits_total'):]: v for k, v in r.metrics().items() if 'rule_hits' in k}

    put_rules(ONE)
    write('log', ndjson(gone(1), gone(2), full(3), event('o@example.net', reply_text='whatever')))
    with Running('--follow', '-i', 'json:log', '-r', 'rules') as r:
        r.sees('events_total{kind="transient_failure"}', 1)
        r.sees('events_total{kind="bounce"}', 3)
        want = {'{rule="gone",category="bad-mailbox"}': 2, '{rule="full",category="mailbox-full"}': 1,
                '{rule="(none)",category="none"}': 1}
        same(hits(r), want)
        more = 'rule first dns-failure text 80\n  any no such host\n' + ONE.replace('version 1', 'version 3')
        put_rules(more)
        r.hup('rules %d (version 3) are in force' % version_of(more))
        r.sees('ruleset_info{version="%d",label="3"}' % version_of(more), 1)
        same(hits(r), want)
        write('log', ndjson(gone(4), full(5), event('h@example.net', reply_text='no such host')), 'ab')
        r.sees('events_total{kind="bounce"}', 5)
        want.update({'{rule="gone",category="bad-mailbox"}': 3, '{rule="full",category="mailbox-full"}': 2,
                     '{rule="first",category="dns-failure"}': 1})
        same(hits(r), want)
        m = r.metrics()
        same(sum(hits(r).values()), sum(v for k, v in m.items() if k.startswith('fivefifty_failures_total')))
        need(m['fivefifty_verdict_table_hits_total'] + m['fivefifty_verdict_table_misses_total'] ==
             m['fivefifty_replies_total'] == 7, m)
        same(round(m['fivefifty_verdict_table_hit_ratio'], 9), round(m['fivefifty_verdict_table_hits_total'] / 7, 9))
        r.end()


@case('ruleset_version tells two texts apart, also under one label, and lint and list print it')
def _():
    plain = ONE.replace('version 1\n', '')
    texts = [ONE, ONE + '# more\n', plain, plain.replace('90', '91'), 'include builtin\n', 'include builtin\n# mine\n']
    versions = [version_of(t) for t in texts]
    same(versions, [version_of(t) for t in texts])
    need(len(set(versions)) == len(texts) and all(2**31 <= v < 2**32 for v in versions), versions)
    for text, label in ((ONE, ' (version 1)'), (plain, '')):
        write('rules', text)
        for verb in ('lint', 'list'):
            d = ff('rules', verb, 'rules')
            need(d.err.endswith('ruleset_version %d%s\n' % (version_of(text), label)), d.err)
    builtin = ff('classify', '-j', stdin='550 5.1.1 user unknown\n').rows()[0]['ruleset_version']
    need(ff('rules', 'list').err == 'ruleset_version %d\n' % builtin, builtin)
    need(builtin not in versions, 'rules that extend the built-in ones pass for them')


def storm(r, feed):
    """SIGHUP again and again while `feed` writes in a thread of its own; how often. With rules by chance: turns could
    fall into step with what is read, and one version then judges all."""
    wrong, n = [], 0

    def work():
        try:
            feed()
        except Exception as e:
            wrong.append(e)
    writer = threading.Thread(target=work, daemon=True)
    writer.start()
    while writer.is_alive() and r.p.poll() is None:
        n += 1
        put_rules(random.choice((ONE, TWO)))
        r.p.send_signal(signal.SIGHUP)
        time.sleep(0.01)
    need(not wrong, *wrong)
    return n


EVENTS = 120000


def changed(got):
    """how often the version is another one than that of the result before"""
    return sum(a[1] != b[1] for a, b in zip(got, got[1:]))


def check_storm(report, count, sent):
    got = verdicts()
    same((report['results'], report['items'], len(got)), (count, count, count))
    need([a for a, _, _ in got] == ['r%d@example.net' % n for n in range(count)],
         'an event is missing, there twice, or out of order')
    need(all(CATEGORY[v] == c for _, v, c in got), 'a verdict that is not of its version')
    changes = changed(got)
    need(changes >= 2, '%d signals, but the rules changed %d times' % (sent, changes))
    same(report['by_category'],
         {c: sum(x[2] == c for x in got) for c in ('bad-mailbox', 'policy-block') if any(x[2] == c for x in got)})


@case('SIGHUP all the time while a large file is read: every event once, in order, each with a verdict of one version')
def _():
    put_rules(ONE)
    write('log', ndjson(*map(gone, range(EVENTS))))
    os.mkfifo(path('fifo'))
    count = EVENTS
    with Running('-i', 'json:log', '-i', 'json:fifo', '-r', 'rules', '--no-sync') as r:
        until(r.answers, what='/metrics')

        def feed():
            """The results appear at the end. So behind the file comes a FIFO that goes on until each version was in
            force, twice."""
            nonlocal count
            with open(path('fifo'), 'wb', buffering=0) as f:
                for category in ('bad-mailbox', 'policy-block') * 2:
                    name = 'fivefifty_failures_total{category="%s"}' % category
                    r.sees('events_total{kind="bounce"}', count)
                    before = r.metrics().get(name, 0)
                    while r.metrics().get(name, 0) == before:
                        f.write(ndjson(gone(count)).encode())
                        count += 1
                        r.sees('events_total{kind="bounce"}', count)
        sent = storm(r, feed)
        report = r.end(None)
    check_storm(report, count, sent)


@case('SIGHUP all the time while a followed file grows: the same, and a restart reads nothing twice')
def _():
    put_rules(ONE)
    write('log', '')
    count = 0
    with Running('--follow', '-i', 'json:log', '-r', 'rules', '--no-sync', listen=False) as r:
        until(lambda: os.path.exists(path('state')), what='state folder')

        def grow():
            nonlocal count
            while count < EVENTS // 4 or changed(verdicts()) < 2:
                write('log', ndjson(*map(gone, range(count, count + 500))), 'ab')
                count += 500
                time.sleep(0.01)
        sent = storm(r, grow)
        until(lambda: len(verdicts()) == count, 'all results')
        report = r.end()
    check_storm(report, count, sent)
    with Running('--follow', '-i', 'json:log', '-r', 'rules', listen=False) as r:
        write('log', ndjson(gone(count)), 'ab')
        until(lambda: len(verdicts()) > count, 'one result more')
        same((r.end()['results'], verdicts()[-1][0]), (1, 'r%d@example.net' % count))


@case('old rules are freed: the built-in ones read again thirty times take no more memory than five times')
def _():
    with open(PROGRAM, 'rb') as f:
        if b'__asan_init' in f.read():
            raise Skip('AddressSanitizer keeps what is freed; it looks for leaks itself')

    def resident_kib():
        with open('/proc/%d/status' % r.p.pid, encoding='ascii') as f:
            return int(next(l for l in f if l.startswith('VmRSS')).split()[1])

    write('log', ndjson(gone(1)))
    with Running('--follow', '-i', 'json:log', listen=False) as r:
        until(lambda: len(verdicts()) == 1, what='a result')
        for _ in range(5):
            r.hup()
        before = resident_kib()
        for _ in range(25):
            r.hup()
        need(resident_kib() < before + 16384, '%d KiB became %d' % (before, resident_kib()))
        r.end()


# ---------------------------------------------------------------- shadow rules
def mixed(n):
    return ndjson(*(gone(i) if i % 3 else full(i) for i in range(n)),
                  event('fine@example.net', 'delivery', reply_code=250, reply_text='OK'))


@case('--shadow-rules: run decides as without them, and reports what they would change; agreed + differed = failures')
def _():
    one, two, log = write('one', ONE), write('two', TWO), write('log', mixed(300))
    plain = json.loads(ff('run', '--json', '-i', 'json:' + log, '-s', 'plain', '-r', one, '--results', 'a').out)
    r = json.loads(ff('run', '--json', '-i', 'json:' + log, '-s', 'state', '-r', one, '--shadow-rules', two,
                      '--results', 'b').out)
    shadow = r.pop('shadow')
    same((r, read('a'), ff('export', '-s', 'plain').out), (plain, read('b'), ff('export', '-s', 'state').out))
    same({k: shadow[k] for k in ('live_version live_label shadow_version shadow_label compared agreed differed '
                                 'suppress_more suppress_less other earlier').split()},
         dict(live_version=version_of(ONE), live_label=1, shadow_version=version_of(TWO), shadow_label=2, compared=300,
              agreed=100, differed=200, suppress_more=0, suppress_less=200, other=0, earlier=0))
    same(sum(r['by_category'].values()), shadow['agreed'] + shadow['differed'])
    same(shadow['by_category'], [dict(live='bad-mailbox', shadow='policy-block', count=200)])
    d, = shadow['differences']
    same((d['count'], d['live'], d['shadow']),
         (200, dict(category='bad-mailbox', suppress=True, action='suppress-now', rule='gone'),
          dict(category='policy-block', suppress=False, action='investigate', rule='gone')))
    need('user unknown' in d['masked'] and '@' not in d['masked'] and 'User unknown' in d['reply_text'] and
         d['reply_code'] == 550, d)
    text = ff('run', '-i', 'json:' + log, '-s', 'other', '-r', one, '--shadow-rules', two).text
    for words in ('rules %d (version 2) beside the live ones %d (version 1)\n' % (version_of(TWO), version_of(ONE)),
                  '100 judged alike, 200 differently', '200 less', 'suppress less', 'policy-block'):
        need(words in text, words, text)


@case('--shadow-rules: other rules that decide alike are no difference, and the built-in ones may be either side')
def _():
    log = write('log', mixed(30))
    r = json.loads(ff('run', '--json', '-i', 'json:' + log, '-s', 'state', '-r', write('one', ONE),
                      '--shadow-rules', write('same', ONE.replace('gone', 'away'))).out)
    same((r['shadow']['agreed'], r['shadow']['differed'], r['shadow']['differences']), (30, 0, []))
    r = json.loads(ff('run', '--json', '-i', 'json:' + log, '-s', 'state', '--shadow-rules', write('two', TWO)).out)
    same((r['shadow']['agreed'] + r['shadow']['differed'], r['shadow']['suppress_less']), (30, 20))


@case('--shadow-rules: SIGHUP reads them again; the rows begin anew, nothing that was counted is lost')
def _():
    put_rules(ONE)
    put_rules(TWO, 'shadow')
    write('log', ndjson(gone(1), gone(2), full(3)))
    with Running('--follow', '-i', 'json:log', '-r', 'rules', '--shadow-rules', 'shadow') as r:
        r.sees('shadow_differed_total{live="bad-mailbox",shadow="policy-block"}', 2)
        r.sees('shadow_agreed_total', 1)
        four = ONE.replace('version 1', 'version 4').replace('mailbox-full', 'rate-limited')
        put_rules(four, 'shadow')
        r.hup()
        r.sees('shadow_ruleset_info{version="%d",label="4"}' % version_of(four), 1)
        write('log', ndjson(gone(4), full(5)), 'ab')
        r.sees('shadow_differed_total{live="mailbox-full",shadow="rate-limited"}', 1)
        m = r.metrics()
        same((m['fivefifty_shadow_agreed_total'], m['fivefifty_shadow_suppress_less_total'],
              m['fivefifty_shadow_suppress_more_total'], m['fivefifty_shadow_without_row_total']), (2, 2, 0, 2))
        put_rules('nonsense\n', 'shadow')
        r.hup('stay as they were')
        need('shadow:1:' in read('err').decode(), read('err'))
        shadow = r.end()['shadow']
    same((shadow['compared'], shadow['agreed'], shadow['differed'], shadow['earlier']), (5, 2, 3, 2))
    same([d['count'] for d in shadow['differences']], [1])


@case('--shadow-rules may come with SIGHUP, by the configuration file, and go again')
def _():
    write('one', ONE)
    write('two', TWO)
    config = '[run]\nrules = one\n'
    write('ff.conf', config)
    write('log', ndjson(gone(1)))
    with Running('--config', 'ff.conf', '--follow', '-i', 'json:log') as r:
        r.sees('events_total{kind="bounce"}', 1)
        need('shadow' not in r.scrape(), r.scrape())
        write('ff.conf', config + 'shadow-rules = two\n')
        r.hup()
        write('log', ndjson(gone(2), gone(3)), 'ab')
        r.sees('shadow_suppress_less_total', 2)
        write('ff.conf', config)
        r.hup()
        until(lambda: 'shadow' not in r.scrape(), what='no shadow metrics')
        write('log', ndjson(gone(4)), 'ab')
        r.sees('events_total{kind="bounce"}', 4)
        need('shadow' not in r.end(), 'a report of shadow rules that are gone')


REPLIES = ''.join(['550 5.1.1 user unknown\n'] * 2 + ['452 4.2.2 mailbox full\n'] * 5 +
                  ['550 5.1.1 <a%d@example.net> no such person\n' % i for i in range(3)] + ['\n'])


@case('classify --shadow-rules prints what would change: more suppressions first, then fewer, then the rest by volume')
def _():
    one = write('one', ONE + 'rule person policy-block text 90\n  any no such person\n')
    two = write('two',
                TWO.replace('mailbox-full', 'rate-limited') + 'rule person bad-mailbox text 90\n  any no such person\n')
    d = ff('classify', '-r', one, '--shadow-rules', two, stdin=REPLIES)
    rows = [l.split()[:3] for l in d.text.splitlines() if l[:14].strip().isdigit()]
    same(rows, [['3', 'policy-block', 'bad-mailbox'], ['2', 'bad-mailbox', 'policy-block'],
                ['5', 'mailbox-full', 'rate-limited']])
    need('11 replies: 1 judged alike, 10 differently; would suppress 3 more and 2 less' in d.text and
         'SUPPRESS MORE' in d.text, d.text)
    shadow = ff('classify', '-j', '-r', one, '--shadow-rules', two, stdin=REPLIES).rows()[0]['shadow']
    same([(x['count'], x['live']['category'], x['shadow']['category']) for x in shadow['differences']],
         [(3, 'policy-block', 'bad-mailbox'), (2, 'bad-mailbox', 'policy-block'), (5, 'mailbox-full', 'rate-limited')])
    same(len({x['template'] for x in shadow['differences']}), 3)


table([
    ('classify: shadow rules that are not there are 66 and named',
     ['classify', '--shadow-rules', 'nowhere'], '550 no\n', 66, '', 'nowhere'),
    ('classify: without a difference there are no rows',
     ['classify', '--shadow-rules', '/dev/stdin'], '', 78, '', 'is empty'),
    ('run: shadow rules that are not there are 66 and named',
     ['run', '-i', 'json:-', '-s', 'state', '--shadow-rules', 'nowhere'], '', 66, '', 'nowhere'),
])


# ---------------------------------------------------------------- /metrics
@case('/metrics of run and docs/metrics.md name the same metrics with the same types and labels')
def _():
    write('log', mixed(30))
    with Running('--follow', '-i', 'json:log', '-r', write('one', ONE), '--shadow-rules', write('two', TWO)) as r:
        r.sees('events_total{kind="delivery"}', 1)
        same(metrics_page.differences(r.scrape(), 'run'), [])
        r.end()


@case('/metrics of run: the newest event of each format, but none that is ahead of the clock')
def _():
    soon, later = time.time() + 20, time.time() + 7200
    stamp = lambda at: time.strftime('%Y-%m-%dT%H:%M:%S.000000Z', time.gmtime(at))
    write('log', ndjson(*[{**gone(n), 'event_time': stamp(at)} for n, at in enumerate((1000, soon, 2000, later))]))
    with Running('--follow', '-i', 'json:log') as r:
        r.sees('items_total', 4)
        newest = {k: v for k, v in r.metrics().items() if 'newest_event' in k}
        same(list(newest), ['fivefifty_newest_event_timestamp_seconds{format="json"}'])
        same(newest.popitem()[1], int(soon))


@case('/metrics of run: version, process, and how long checks took, a bulk check as one')
def _():
    write('log', mixed(30))
    before = time.time()
    with Running('--follow', '-i', 'json:log') as r:
        r.sees('events_total{kind="delivery"}', 1)
        check = r.url.replace('/metrics', '/v1/check')
        urllib.request.urlopen(check + '?address=a@example.net', timeout=PATIENCE_S).read()
        urllib.request.urlopen(check, ndjson(*[{'address': 'a%d@example.net' % n} for n in range(1000)]).encode(),
                               timeout=PATIENCE_S).read()
        r.sees('http_check_duration_seconds_count{method="POST"}', 1)
        m = r.metrics()
        same(m['fivefifty_build_info{version="%s"}' % ff('--version').text.split()[1]], 1)
        for method in ('GET', 'POST'):
            name = 'fivefifty_http_check_duration_seconds_%%s{method="%s"' % method
            counts = [v for k, v in m.items() if k.startswith(name % 'bucket')]
            same((counts, counts[-1], m[name % 'count' + '}']), (sorted(counts), 1, 1), method)
            need(0 < m[name % 'sum' + '}'] < 60, m)
        need(before - 2 < m['process_start_time_seconds'] < time.time() + 2, m)
        need(0 < m['process_cpu_seconds_total'] < 600 and 1e6 < m['process_resident_memory_bytes'] < 1e11, m)
        need(abs(m['process_open_fds'] - len(os.listdir('/proc/%d/fd' % r.p.pid))) < 20, m)  # the store's come and go
        need(m['process_max_fds'] >= m['process_open_fds'] > 0, m)
        r.end()


@case('/metrics of run answers before anything was read, and says how much of the inputs is not read yet')
def _():
    os.mkfifo(path('fifo'))
    with Running('--follow', '-i', 'json:fifo') as r:
        r.sees('records_total', 0)
        r.end()
    write('log', mixed(3000))
    with Running('--follow', '-i', 'json:log') as r:
        r.sees('input_bytes_total', os.path.getsize(path('log')))
        r.sees('input_lag_bytes', 0)
        r.end()


@case('/metrics of run: bytes read never go back when a file is rotated or written anew, and those of a FIFO count')
def _():
    os.mkfifo(path('fifo'))
    write('log', mixed(300))
    total = os.path.getsize(path('log'))
    with Running('--follow', '-i', 'json:log', '-i', 'json:fifo') as r:
        r.sees('input_bytes_total', total)
        os.rename(path('log'), path('log.1'))
        write('log', ndjson(gone(1)))
        total += os.path.getsize(path('log'))
        r.sees('input_bytes_total', total)
        os.truncate(path('log'), 0)
        until(lambda: place_in(r.p, 'log') == 0, what='the truncation was seen')
        write('log', ndjson(gone(2)), 'ab')
        total += os.path.getsize(path('log'))
        r.sees('input_bytes_total', total)
        write('fifo', ndjson(gone(3)))
        r.sees('input_bytes_total', total + len(ndjson(gone(3))))
        r.sees('input_lag_bytes', 0)
        r.end()


# ---------------------------------------------------------------- progress
def on_terminal(*args, feed=None, words):
    """what a person sees on stderr until all words were there, or the end"""
    master, slave = pty.openpty()
    p = start(*args, stderr=slave)
    os.close(slave)
    seen = b''
    end = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < end and not all(w in seen for w in words):
            if feed:
                feed()
            if select.select([master], [], [], 0.05)[0]:
                try:
                    data = os.read(master, 65536)
                except OSError:
                    break
                seen += data
    finally:
        os.close(master)
        stop(p)
    return seen


@case('progress on a terminal: share, events, rate and time left where the end is known')
def _():
    write('log', ndjson(*map(gone, range(EVENTS))) * 4)
    words = [b' %  ', b' events  ', b'/s  ', b' left']
    seen = on_terminal('run', '-i', 'json:log', '-s', 'state', words=words)
    need(all(w in seen for w in words), seen)


@case('progress with --follow: how far the reader is behind')
def _():
    write('log', ndjson(*map(gone, range(5000))))
    words = [b' events  ', b'/s  ', b' behind']
    seen = on_terminal('run', '--follow', '-i', 'json:log', '-s', 'state', words=words,
                       feed=lambda: write('log', ndjson(gone(1)), 'ab'))
    need(all(w in seen for w in words) and b'left' not in seen, seen)


@case('no progress with --no-progress, nor where stderr is no terminal')
def _():
    log = write('log', ndjson(*map(gone, range(EVENTS))))
    seen = on_terminal('run', '--no-progress', '-i', 'json:log', '-s', 'state', words=[b'never'])
    same(seen, b'')
    same(ff('run', '-i', 'json:' + log, '-s', 'other').err, '')


main()
