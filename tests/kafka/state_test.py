#!/usr/bin/env python3
"""State folders of `run`, `suppress` and `serve` on a real broker: of the wrong service, of other topics,
of a full disk.

    tests/kafka/state_test.py --binary build/dev/fivefifty [--only WORD]

A folder outlives what it was made from. Whatever became of its topics, of the cluster and of the other members of the
group: no process may go on as if nothing had happened, and none may answer "not suppressed" for an address that it does
not know.
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
import report  # noqa: E402
from broker import PATIENCE_S, Broker, ask, fields, free_port, term, wait  # noqa: E402
from pipeline_test import RAW, Bench, bounce  # noqa: E402
from metrics_page import values  # noqa: E402
from report import say  # noqa: E402


def get(port, path, body=None):
    """(status, type, text)."""
    try:
        r = urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:%d%s' % (port, path), data=body),
                                   timeout=PATIENCE_S)
    except urllib.error.HTTPError as e:
        r = e
    except OSError as e:
        return 0, '', str(e)
    return r.status, r.headers.get('Content-Type'), r.read().decode()


def names(word, n):
    return ['%s%d@example.net' % (word, i) for i in range(n)]


def bounces(addresses, first=1, when=1786000000):
    return ''.join(bounce(a, first + i, when + i) for i, a in enumerate(addresses))


def kafka(b, addresses, first=1, owner=1):
    """These addresses bounce, are classified and suppressed."""
    b.br.produce(b.topic(RAW), bounces(addresses, first).encode())
    return b.finish(owner)


def exported(b):
    return {json.loads(x)['address_key'] for x in b.export().splitlines()}


def listening(b, args):
    port = free_port()
    return b.start([*args, '--listen', '127.0.0.1:%d' % port]), port


def serve(b, folder, *more):
    return ['serve', *b.connect(*more), '--state', os.path.join(b.work, b.prefix + folder)]


def checks(b, port, addresses):
    """{address: suppressed}; the status and its text when there are no answers."""
    del b
    body = b''.join(json.dumps({'tenant': 'acme', 'address': a}).encode() + b'\n' for a in addresses)
    status, _type, text = get(port, '/v1/check', body)
    if status != 200:
        return '%d %s' % (status, text)
    return {x['address']: x['suppressed'] for x in map(json.loads, text.splitlines())}


def metric(port, name):
    for line in ask(port).splitlines():
        if line.startswith('fivefifty_' + name + ' '):
            return int(line.split()[1])
    return None


def lag(port, kind):
    return metric(port, 'suppress_lag_records{input="%s"}' % kind)


# ---- whose folder it is ----------------------------------------------------------------------------------------------

def case_folders(b):
    """One folder for all services, as one `state =` for all of them in a configuration file makes it."""
    b.fresh(2)
    addresses = names('f', 40)
    path = os.path.join(b.work, 'folders.log')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(bounces(addresses))
    run = os.path.join(b.work, 'run-state')
    p = b.ff('run', '--input', 'kumomta:' + path, '--state', run)
    say(p.returncode == 0, 'run fills a folder', p.stderr[-300:])
    say(not kafka(b, addresses), 'suppress fills another')
    port = free_port()
    replica, port = listening(b, serve(b, 'serve-state'))
    say(wait(lambda: ask(port, '/readyz')), 'serve a third')
    copy = os.path.join(b.work, b.prefix + 'serve-state')
    p = b.ff('explain', addresses[0], '--tenant', 'acme', '--state', copy)
    undo = ('  to undo it: fivefifty release %s --tenant acme --brokers HOST:PORT\n' % addresses[0]).encode()
    say(undo in p.stdout, 'what explain says of its folder is undone where the list is kept', p.stdout[-200:])
    p = b.ff('release', addresses[0], '--tenant', 'acme', '--state', copy)
    say(p.returncode == 78 and b'state of `serve`' in p.stderr and b'--brokers instead' in p.stderr,
        'and not there: 78, also while serve has it', (p.returncode, p.stderr))
    say(term(replica) == 0, 'it ends with status 0')
    folders = {'run': run, 'suppress': b.state(1), 'serve': os.path.join(b.work, b.prefix + 'serve-state')}
    commands = {
        'run': lambda folder: ['run', '--input', 'kumomta:' + path, '--state', folder],
        'suppress': lambda folder: ['suppress', *b.connect('--group', 'g'), '--state', folder, '--until-end'],
        'serve': lambda folder: ['serve', *b.connect(), '--state', folder, '--listen', '127.0.0.1:%d' % free_port()],
        'add': lambda folder: ['add', 'x@example.net', '--state', folder],
    }
    for service, command in commands.items():
        for owner, folder in folders.items():
            if service == owner or (service, owner) == ('add', 'run'):
                continue
            p = b.ff(*command(folder))
            text = p.stderr.decode()
            say(p.returncode == 78 and ('state of `%s`' % owner) in text and 'a folder of its own' in text,
                '%s on the folder of %s: 78 and what to do' % (service, owner), (p.returncode, text[-400:]))
    say(b.ff('export', '--state', folders['suppress']).stdout == b.export(), 'export reads any of them')
    fresh = os.path.join(b.work, 'fresh-state')
    p = b.ff(*commands['suppress'](fresh), '--topic-prefix', 'nothing.')
    say(p.returncode == 78 and b'nothing.results.v1 is not there' in p.stderr,
        'suppress with a wrong prefix on a new folder: 78', (p.returncode, p.stderr[-200:]))
    replica, port = listening(b, ['serve', *b.connect(), '--state', fresh])
    say(wait(lambda: ask(port, '/readyz')) and term(replica) == 0, '  ... which leaves the folder to serve, say')
    b.fresh(2)
    p = subprocess.run('"%s" export --state "%s" | "%s" import --brokers %s --topic-prefix %s' %
                       (b.binary, run, b.binary, b.br.address, b.prefix), shell=True, stderr=subprocess.PIPE,
                       check=False)
    say(p.returncode == 0 and not b.finish(1) and exported(b) == set(addresses),
        'what run knows goes to Kafka by export and import', p.stderr[-300:])
    say(b'sent 40 (suppress 40, release 0)  refused 0; ' in p.stderr and b'added' not in p.stderr,
        'which says that commands were sent, not what became of them', p.stderr)


# ---- members that share the partitions -------------------------------------------------------------------------------

def case_shares(b):
    """Two members: neither knows all, and what was given away grows old."""
    b.fresh(4)
    addresses = names('s', 60)
    say(not kafka(b, addresses), 'sixty addresses are suppressed')
    one, port1 = listening(b, b.suppress(1))
    say(wait(lambda: ask(port1, '/readyz')), 'a member that is alone becomes ready')
    say(checks(b, port1, addresses) == dict.fromkeys(addresses, True), 'and answers checks for all of them',
        checks(b, port1, addresses))
    two, port2 = listening(b, b.suppress(2))
    say(wait(lambda: metric(port2, 'suppress_partitions_owned') == 2 and ask(port1, '/readyz') and
             ask(port2, '/readyz')),
        'another takes half of the partitions')
    for port in (port1, port2):
        status, kind, text = get(port, '/v1/check?tenant=acme&address=' + addresses[0])
        say(status == 421 and kind == 'application/problem+json' and 'serve' in text,
            'now one check is refused: 421, and who to ask', (status, kind, text))
        answers = checks(b, port, addresses)
        say(str(answers).startswith('421'), 'and many as well', answers)
    say(term(two) == 0 and wait(lambda: checks(b, port1, addresses) == dict.fromkeys(addresses, True)),
        'when the other has gone, the first answers again', checks(b, port1, addresses))
    say(term(one) == 0, 'and ends with status 0')


# ---- topics that are not those of before -----------------------------------------------------------------------------

KEYED = ('mail.results.v1', 'mail.suppressions.v1', 'mail.suppression-state.v1', 'mail.suppression-changes.v1',
         'mail.suppression-commands.v1')


def make_anew(b, topics, partitions):
    if topics:
        b.br.delete_topics([b.topic(t) for t in topics])
    p = b.ff('topics', 'create', '--brokers', b.br.address, '--topic-prefix', b.prefix, '--partitions', partitions)
    assert p.returncode == 0, p.stderr


def case_anew_stopped(b):
    """All keyed topics are deleted and made anew while nobody runs; the folders stay. The new ones grow longer than the
    places that the folders know, so that only what is in them tells."""
    b.fresh(2)
    old, new = names('old', 60), names('new', 90)
    say(not kafka(b, old), 'sixty addresses are suppressed')
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/readyz')) and term(replica) == 0, 'and copied')
    make_anew(b, KEYED, 2)
    say(not kafka(b, new, 1000, owner=2), 'the topics are made anew, and another owner suppresses ninety others')
    say(exported(b) == set(new), 'of which the topic holds no more', len(exported(b)))
    p = b.ff(*b.suppress(1, '--until-end'))
    say(p.returncode == 0, 'the first owner comes back with its folder', (p.returncode, p.stderr[-300:]))
    for topic in KEYED[1:3]:
        anew = '%s: 2 partitions are not what they were (made anew, or of another cluster)' % b.topic(topic)
        say(p.stderr.decode().count(anew) == 1 and b.topic(topic) + '/' not in p.stderr.decode(),
            'it says in one line that %s is another one' % topic, p.stderr)
    say(exported(b) == set(old + new), 'and publishes what the topic lacks', len(exported(b)))
    before = len(b.published()[1])
    say(not b.finish(1) and len(b.published()[1]) == before, 'once, not again when it is started again',
        (before, len(b.published()[1])))
    say(not b.finish(2) and exported(b) == set(old + new), 'the other owner agrees')
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/livez')) and checks(b, port, old) == dict.fromkeys(old, True),
        'serve answers what it knew at once')
    say(wait(lambda: ask(port, '/readyz')), 'and becomes ready')
    say(checks(b, port, old + new) == dict.fromkeys(old + new, True), 'with all that was published')
    say(metric(port, 'serve_active') == len(old + new), 'and no more', metric(port, 'serve_active'))
    term(replica)


def case_anew_running(b):
    """The same while they run: results first, then the topic that serve copies. The new topics are shorter than the
    places in the old ones, as a topic is that was made just now."""
    b.fresh(2)
    old, new = names('old', 60), names('new', 20)
    for i in range(0, 60, 15):  # a record of results holds as many as come together
        b.br.produce(b.topic(RAW), bounces(old[i:i + 15], i + 1).encode())
        b.ff(*b.ingest('--until-end'))
    say(not b.finish(1), 'sixty addresses are suppressed')
    owner, owner_port = listening(b, b.suppress(1))
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/readyz') and ask(owner_port, '/readyz')), 'suppress and serve are ready')
    make_anew(b, [KEYED[0]], 2)
    b.br.produce(b.topic(RAW), bounces(new, 5000).encode())
    say(b.ff(*b.ingest('--until-end')).returncode == 0,
        'the topic of results is made anew, and twenty addresses bounce')
    say(wait(lambda: exported(b) == set(old + new), pause=0.5), 'they are suppressed, without a restart',
        len(exported(b)))
    say(wait(lambda: checks(b, port, new) == dict.fromkeys(new, True)), 'and serve knows them')
    make_anew(b, [KEYED[1]], 2)
    say(wait(lambda: exported(b) == set(old + new), pause=0.5),
        'the topic of suppressions is made anew, and filled again', len(exported(b)))
    say(checks(b, port, old + new) == dict.fromkeys(old + new, True), 'serve answers with what it knew meanwhile')
    say(wait(lambda: ask(port, '/readyz')) and checks(b, port, old + new) == dict.fromkeys(old + new, True),
        'and is ready again')
    say(term(owner) == 0 and term(replica) == 0, 'both end with status 0')


def case_cluster(b):
    """The folders go to another cluster, where other addresses are known."""
    b.fresh(2)
    old, new = names('old', 40), names('new', 40)
    say(not kafka(b, old), 'forty addresses are suppressed')
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/readyz')) and term(replica) == 0, 'and copied')
    with Broker() as other:
        first, b.br = b.br, other
        try:
            p = b.ff('topics', 'create', '--brokers', other.address, '--topic-prefix', b.prefix, '--partitions', 2)
            assert p.returncode == 0, p.stderr
            say(not kafka(b, new, 1000, owner=2), 'in another cluster forty others are')
            say(not b.finish(1) and exported(b) == set(old + new), 'the owner of the first brings its own along',
                len(exported(b)))
            replica, port = listening(b, serve(b, 'copy'))
            say(wait(lambda: ask(port, '/readyz')) and checks(b, port, old + new) == dict.fromkeys(old + new, True) and
                metric(port, 'serve_active') == 80, 'serve copies that cluster, all of it',
                metric(port, 'serve_active'))
            term(replica)
        finally:
            b.br = first


# ---- more partitions -------------------------------------------------------------------------------------------------

def case_partitions(b):
    """Somebody adds partitions to all keyed topics while they are in use: what is there then belongs to others. A
    release would reach one of two places of an address, and who reads the topic anew would believe either."""
    b.fresh(2)
    addresses, more = names('p', 60), names('q', 60)
    say(not kafka(b, addresses), 'sixty addresses are suppressed')
    owner, owner_port = listening(b, b.suppress(1))
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/readyz') and ask(owner_port, '/readyz')), 'suppress and serve are ready')
    b.br.add_partitions([b.topic(t) for t in KEYED], 4)
    say(wait(lambda: owner.poll() is not None) and owner.returncode == 78, 'suppress ends with 78', owner.poll())
    with open(os.path.join(b.work, 'suppress.err'), encoding='utf-8') as f:
        say('4 partitions now, there were 2' in f.read(), 'and says why')
    p = b.ff(*b.suppress(1, '--until-end'))
    say(p.returncode == 78 and
        b'is of topics with 2 partitions, and they have 4 now' in p.stderr and b'docs/kafka.md' in p.stderr,
        'started again it does not go on as if nothing had happened', (p.returncode, p.stderr[-300:]))
    p = b.ff(*b.suppress(2, '--until-end'))
    say(p.returncode == 78 and b'belongs to another of 4 partitions' in p.stderr, 'nor does one with an empty folder',
        (p.returncode, p.stderr[-300:]))
    p = b.ff(*b.suppress(2, '--until-end'))
    say(p.returncode == 78, 'nor when that is started again', (p.returncode, p.stderr[-300:]))
    say(checks(b, port, addresses) == dict.fromkeys(addresses, True) and exported(b) == set(addresses),
        'serve and export know what they knew')
    make_anew(b, KEYED, 2)
    say(not kafka(b, more, 2000) and exported(b) == set(addresses + more),
        'made anew as they were, the topics are filled from the folder', len(exported(b)))
    say(wait(lambda: ask(port, '/readyz') and
             checks(b, port, addresses + more) == dict.fromkeys(addresses + more, True)) and term(replica) == 0,
        'and serve follows')
    kept = os.path.join(b.work, 'kept.jsonl')
    with open(kept, 'wb') as f:
        f.write(b.export())
    make_anew(b, KEYED, 4)
    say(b.ff('import', '--brokers', b.br.address, '--topic-prefix', b.prefix, kept).returncode == 0 and
        not b.finish(3) and exported(b) == set(addresses + more), 'an export goes into topics with more partitions',
        len(exported(b)))
    p = b.ff('release', '--brokers', b.br.address, '--topic-prefix', b.prefix, '--tenant', 'acme', *addresses)
    say(p.returncode == 0 and not b.finish(3) and exported(b) == set(more), 'where a release reaches every address',
        len(exported(b)))


def everybody_knows(b, partitions):
    """The broker learns of them from its own log, a moment after it said that they are made."""
    def known():
        said = subprocess.run(['kcat', '-b', b.br.address, '-L'], stdout=subprocess.PIPE, check=False).stdout.decode()
        return (all('"%s" with %d partitions' % (b.topic(t), partitions) in said for t in KEYED) and
                'leader -1' not in said)
    assert wait(known), partitions


def case_empty_partitions(b):
    """Partitions that are added before anything is there do no harm."""
    b.fresh(2)
    b.br.add_partitions([b.topic(t) for t in KEYED], 4)
    everybody_knows(b, 4)
    addresses = names('n', 20)
    wrong = kafka(b, addresses)
    say(not wrong and exported(b) == set(addresses), 'all of them are used', (wrong, len(exported(b))))


# ---- a topic that forgets --------------------------------------------------------------------------------------------

def case_forgets(b):
    """The state of record in a topic that deletes what is older than a week,
    as one is that the broker made by itself."""
    b.fresh(2)
    addresses = names('w', 20)
    say(not kafka(b, addresses), 'twenty addresses are suppressed')
    for topic in KEYED[1:3]:
        policy = lambda value: b.br.config('--entity-type', 'topics', '--entity-name', b.topic(topic), '--alter',
                                           '--add-config', 'cleanup.policy=' + value)
        policy('delete')
        p = b.ff(*b.suppress(1, '--until-end'))
        say(p.returncode == 78 and
            (b.topic(topic) + ': cleanup.policy is delete, must be compact').encode() in p.stderr,
            'suppress refuses %s that forgets: 78' % topic, (p.returncode, p.stderr[-400:]))
        p = b.ff('topics', 'create', '--brokers', b.br.address, '--topic-prefix', b.prefix)
        say(p.returncode == 78 and b'left 17 as they were' in p.stderr and b'cleanup.policy is delete' in p.stderr,
            'topics create leaves it, says so and ends with 78', (p.returncode, p.stderr[-400:]))
        policy('compact')
    say(not b.finish(1), 'it goes on when they are compacted again')


# ---- a broker that gives little --------------------------------------------------------------------------------------

def slow_client(b):
    """(options of a client to which the broker gives one batch in some seconds, what ends that)."""
    name = b.prefix + 'slow'
    quota = ('--entity-type', 'clients', '--entity-name', name, '--alter')
    b.br.config(*quota, '--add-config', 'consumer_byte_rate=1000')
    return (['-X', 'client.id=' + name, '-X', 'fetch.message.max.bytes=1'],
            lambda: b.br.config(*quota, '--delete-config', 'consumer_byte_rate'))


# ---- lag -------------------------------------------------------------------------------------------------------------

def case_lag(b):
    """A backlog of forty records for an owner to which the broker gives one at a time."""
    b.fresh(2)
    b.br.produce(b.topic(RAW), bounces(names('l', 60)).encode())
    say(b.ff(*b.ingest('--until-end')).returncode == 0, 'sixty addresses bounce')
    record = b.br.consume(b.topic(KEYED[0]))[0]
    path = os.path.join(b.work, 'again')
    with open(path, 'wb') as f:
        f.write(record['value'])
    subprocess.run(['kcat', '-b', b.br.address, '-P', '-t', b.topic(KEYED[0]), '-p', str(record['partition']), '-X',
                    'batch.num.messages=1', *[path] * 40], check=True)
    slowly, freely = slow_client(b)
    owner, port = listening(b, b.suppress(1, *slowly))
    say(wait(lambda: (lag(port, 'results') or 0) > 0), 'an owner that gets them slowly has a lag', ask(port))
    say(wait(lambda: lag(port, 'commands') == 0), 'of results, not of commands', ask(port))
    freely()
    say(wait(lambda: lag(port, 'results') == 0), 'which ends when it has read them', lag(port, 'results'))
    say(wait(lambda: ask(port, '/readyz')) and term(owner) == 0, 'it is ready and ends with status 0')


# ---- a restore that takes long ---------------------------------------------------------------------------------------

PHASE = 'fivefifty_suppress_phase{phase="%s"}'


def case_restore(b):
    """An owner with an empty disk, to which the broker gives its state slowly."""
    b.fresh(4)
    addresses = names('r', 80)
    say(not kafka(b, addresses), 'eighty addresses are suppressed')
    slowly, freely = slow_client(b)
    log = os.path.join(b.work, 'suppress.err')
    open(log, 'wb').close()
    owner, port = listening(b, b.suppress(2, *slowly))

    def restoring():
        m = values(ask(port))
        left, phases = (m.get('fivefifty_suppress_restore_records_left', 0),
                        [m.get(PHASE % p) for p in ('restoring_states', 'restoring_suppressions', 'running')])
        return left > 0 and sorted(phases[:2]) == [0, 1] and phases[2] == 0 and get(port, '/readyz')[0] == 503 and \
            'restoring 4 partitions: at most ' in get(port, '/readyz')[2]
    say(wait(restoring),
        'an owner with an empty disk says how much it has to read, that it is restoring, and why it is not ready',
        ask(port))
    with open(log, encoding='utf-8') as f:
        text = f.read()
    say('restoring 4 partitions: at most ' in text and
        (text.find('restored') < 0 or 'restoring' in text.partition('restored')[0]),
        'and says so where nobody looks at a terminal', text)
    freely()
    say(wait(lambda: values(ask(port)).get(PHASE % 'running') == 1 and ask(port, '/readyz')) and
        metric(port, 'suppress_restore_records_left') == 0, 'then that it runs', ask(port))
    with open(log, encoding='utf-8') as f:
        text = f.read()
    say('restored: ' in text and metric(port, 'suppress_published_keys_total') == 0,
        'and that it has restored; nothing is published again', text)
    say(term(owner) == 0, 'it ends with status 0')


# ---- somebody else writes --------------------------------------------------------------------------------------------

def case_foreign(b):
    """What nobody of ours wrote, in the place of a suppression: compaction would leave nothing else of the address."""
    b.fresh(2)
    addresses = names('x', 20)
    say(not kafka(b, addresses), 'twenty addresses are suppressed')
    owner, owner_port = listening(b, b.suppress(1))
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/readyz') and ask(owner_port, '/readyz')), 'suppress and serve are ready')
    for r in b.br.consume(b.topic(KEYED[1]))[:5]:
        b.br.produce(b.topic(KEYED[1]), b'\xff no suppression', key=r['key'], partition=r['partition'], whole=True)
    b.br.produce(b.topic(KEYED[1]), b'value', key=b'key', partition=0, whole=True)
    counted = lambda: (metric(owner_port, 'suppress_unreadable_records_total'),
                       metric(port, 'serve_unreadable_records_total'))
    say(wait(lambda: counted() == (6, 6)), 'six records that are none of ours are counted by both', counted())

    def repaired():
        last = {r['key']: r['value'] for r in b.br.consume(b.topic(KEYED[1]))}
        return len(last) == 21 and sum(v.startswith(b'\xff') for v in last.values()) == 0
    say(wait(repaired, pause=0.3), 'the five addresses among them are published again')
    say(checks(b, port, addresses) == dict.fromkeys(addresses, True), 'serve answers as before')
    say(exported(b) == set(addresses), 'and so does export')
    say(term(owner) == 0 and term(replica) == 0, 'both end with status 0')
    with open(os.path.join(b.work, 'suppress.err'), encoding='utf-8') as f:
        text = f.read()
    say('none of ours' in text, 'and suppress said which record is none of ours', text[-600:])


def case_astray(b):
    """Results that somebody produced by the hash of a key, say: in the partition of another address there would be two
    places for one, and a release would reach one of them."""
    b.fresh(2)
    addresses = names('y', 30)
    b.br.produce(b.topic(RAW), bounces(addresses).encode())
    say(b.ff(*b.ingest('--until-end')).returncode == 0, 'thirty addresses bounce')
    records = b.br.consume(b.topic(KEYED[0]))
    b.fresh(2)
    for r in records:
        b.br.produce(b.topic(KEYED[0]), r['value'], partition=1 - r['partition'], whole=True)
    say(b.ff(*b.suppress(1, '--until-end')).returncode == 0 and not exported(b),
        'by the wrong partition their results suppress nobody', exported(b))
    letters = b.br.consume(b.topic('mail.results.dlq.v1'))
    say(len(letters) == 30 and {r['headers']['dlq.reason'] for r in letters} == {'wrong_partition'},
        'each is a dead letter that says why', len(letters))
    for r in records:
        b.br.produce(b.topic(KEYED[0]), r['value'], partition=r['partition'], whole=True)
    say(b.ff(*b.suppress(1, '--until-end')).returncode == 0 and exported(b) == set(addresses),
        'by the right one they do', len(exported(b)))


# ---- a program of somebody else's reads ------------------------------------------------------------------------------

def murmur2(data):
    """Kafka's."""
    word, h = 0xffffffff, 0x9747b28c ^ len(data)
    for i in range(0, len(data) & ~3, 4):
        k = int.from_bytes(data[i:i + 4], 'little') * 0x5bd1e995 & word
        h = (h * 0x5bd1e995 & word) ^ ((k ^ k >> 24) * 0x5bd1e995 & word)
    rest = data[len(data) & ~3:]
    if rest:
        h = (h ^ int.from_bytes(rest, 'little')) * 0x5bd1e995 & word
    h = (h ^ h >> 13) * 0x5bd1e995 & word
    return (h ^ h >> 15) & 0x7fffffff


TENANT, SCOPE, ADDRESS, ADDRESS_KEY, REC_STATE, EXPIRES, VERSION = 1, 2, 3, 4, 5, 10, 12  # proto/suppression.proto
REC_ACTIVE, REC_RELEASED = 1, 3


def case_reader(b):
    """docs/reading-suppressions.md, by a reader that knows nothing but that page."""
    b.fresh(4)
    addresses = names('Reader', 40)
    say(not kafka(b, addresses), 'forty addresses are suppressed')
    where = ['--brokers', b.br.address, '--topic-prefix', b.prefix]
    b.ff('release', *where, '--tenant', 'acme', *addresses[:5])
    b.ff('add', *where, '--tenant', 'acme', '--stream', 'news', '--expires', '2h', 'later@example.net')
    say(not b.finish(1), 'five are released, and one is added for two hours')
    latest, wrong = {}, []
    for r in b.br.consume(b.topic(KEYED[1])):
        tenant, scope, key = r['key'].split(b'\x1f')
        v = dict(fields(r['value']))
        wrong += [] if (v[TENANT], v[SCOPE], v[ADDRESS_KEY]) == (tenant, scope, key) else ['key ' + repr(r)]
        wrong += [] if murmur2(tenant + b'\x1f' + key) % 4 == r['partition'] else ['partition ' + repr(r)]
        wrong += [] if set(r['headers']) <= {'writer'} else ['headers ' + repr(r)]
        if v[VERSION] >= latest.get(r['key'], {VERSION: 0})[VERSION]:
            latest[r['key']] = v
    say(not wrong, 'keys, partitions and headers are as the page says', wrong[:2])
    active = {k: v for k, v in latest.items() if v[REC_STATE] == REC_ACTIVE}
    say({v[ADDRESS_KEY].decode() for v in active.values()} == exported(b), 'the active ones are those of export',
        sorted(active)[:3])
    released = {v[ADDRESS].decode() for v in latest.values() if v[REC_STATE] == REC_RELEASED}
    say(released == set(addresses[:5]), 'a release is a record, and no tombstone', released)
    say([k for k, v in latest.items() if v.get(EXPIRES)] == [b'acme\x1fnews\x1flater@example.net'],
        'an entry says when it expires')


# ---- the first copy of serve -----------------------------------------------------------------------------------------

def retry_after(port, path, body=None):
    try:
        urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:%d%s' % (port, path), data=body),
                               timeout=PATIENCE_S)
    except urllib.error.HTTPError as e:
        return e.code, e.headers.get('Retry-After')
    return 200, None


def away(args):
    """The same command where no broker is."""
    nobody = '127.0.0.1:%d' % free_port()
    return [nobody if before == '--brokers' else a for before, a in zip([None, *args], args)]


def no_answer_to_anything(b, port, addresses, when, why):
    for a in ('nobody@example.net', addresses[0]):
        status, again = retry_after(port, '/v1/check?tenant=acme&address=' + a)
        say((status, again) == (503, '1'), '%s one check gets 503 and when to ask again' % when, (status, again))
    answers = checks(b, port, addresses)
    say(str(answers).startswith('503'), 'and many as well', str(answers)[:200])
    say(get(port, '/readyz')[0] == 503 and metric(port, 'serve_answering') == 0, 'as /readyz and /metrics say',
        get(port, '/readyz'))
    say(wait(lambda: why in get(port, '/readyz')[2]), '  ... and /readyz why: ' + why, get(port, '/readyz'))


def case_first_copy(b):
    """The broker gives a new replica one batch, then next to nothing: it knows some addresses, not all."""
    b.fresh(4)
    addresses = names('c', 80)
    say(not kafka(b, addresses), 'eighty addresses are suppressed')
    slowly, freely = slow_client(b)
    replica, port = listening(b, serve(b, 'copy', *slowly))
    say(wait(lambda: 0 < (metric(port, 'serve_active') or 0) < len(addresses)), 'a replica has read some of them',
        ask(port))
    no_answer_to_anything(b, port, addresses, 'meanwhile', 'the copy is not complete: at least ')
    replica.kill()
    replica.wait()
    replica, port = listening(b, away(serve(b, 'copy')))
    say(wait(lambda: ask(port, '/livez')), 'it is killed, and started again without a broker')
    no_answer_to_anything(b, port, addresses, 'then', 'no Kafka broker at 127.0.0.1:')
    say(term(replica) == 0, 'it ends with status 0')
    freely()
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: metric(port, 'serve_answering') == 1), 'with a broker its copy becomes complete')
    say(checks(b, port, ['nobody@example.net', *addresses]) ==
        {'nobody@example.net': False, **dict.fromkeys(addresses, True)},
        'and it answers', checks(b, port, addresses))
    say(wait(lambda: ask(port, '/readyz')) and term(replica) == 0, 'and is ready')
    replica, port = listening(b, away(serve(b, 'copy')))
    say(wait(lambda: ask(port, '/livez')) and checks(b, port, addresses) == dict.fromkeys(addresses, True),
        'started again without a broker it answers at once', checks(b, port, addresses))
    say(get(port, '/readyz')[0] == 503 and term(replica) == 0, 'though it is not ready')


# ---- serve without a topic, and without room -------------------------------------------------------------------------

def case_missing_topic(b):
    b.fresh(2)
    addresses = names('m', 40)
    say(not kafka(b, addresses), 'forty addresses are suppressed')
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/readyz')) and term(replica) == 0, 'and copied')
    b.br.delete_topics([b.topic(KEYED[1])])
    replica, port = listening(b, serve(b, 'copy'))
    say(wait(lambda: ask(port, '/livez')) and checks(b, port, addresses) == dict.fromkeys(addresses, True),
        'serve started without the topic answers what it knew')
    missing = 'topic %s is not there' % b.topic(KEYED[1])
    say(wait(lambda: get(port, '/readyz')[0] == 503 and missing in get(port, '/readyz')[2]) and replica.poll() is None,
        'and is not ready, and says why', get(port, '/readyz'))
    make_anew(b, [], 2)
    say(not b.finish(1) and exported(b) == set(addresses), 'the owner fills the topic when it is there again')
    say(wait(lambda: ask(port, '/readyz')) and checks(b, port, addresses) == dict.fromkeys(addresses, True),
        'and serve becomes ready')
    term(replica)
    p = b.ff(*serve(b, 'empty'), '--listen', '127.0.0.1:%d' % free_port(), '--topic-prefix', 'nothing.')
    say(p.returncode == 78, 'without a copy a topic that is not there is 78 as ever', (p.returncode, p.stderr[-200:]))


def case_full_disk(b):
    b.fresh(2)
    small = os.path.join(b.work, b.prefix + 'full')
    os.mkdir(small)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', small], stderr=subprocess.DEVNULL,
                      check=False).returncode:
        print('      not tried: needs the right to mount', flush=True)
        return
    filler = os.path.join(small, 'filler')
    addresses, more = names('d', 40), names('e', 40)

    def fill():
        with open(filler, 'wb', buffering=0) as f:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        f.write(bytes(size))
                except OSError:
                    pass
    try:
        say(not kafka(b, addresses), 'forty addresses are suppressed')
        args = ['serve', *b.connect(), '--state', os.path.join(small, 's')]
        replica, port = listening(b, args)
        say(wait(lambda: ask(port, '/readyz')), 'and copied')
        b.br.produce(b.topic(KEYED[1]), b'value', key=b'key', partition=0, whole=True)
        say(wait(lambda: metric(port, 'serve_unreadable_records_total') == 1),
            'a record that is none of ours is complained of')
        with open(os.path.join(b.work, 'serve.err'), 'rb') as f:
            text = f.read()
        say(b'; 1 such record so far: see who' in text, '  ... and is the only one so far', text)
        before = len(text)
        fill()
        # what is preallocated in a page of tmpfs is small: some commits until it is full
        say(not kafka(b, more, 100), 'forty more are, and the disk is full')
        known = dict.fromkeys(addresses, True)
        say(wait(lambda: get(port, '/readyz')[0] == 503) and 'No space left' in get(port, '/readyz')[2],
            'serve is not ready, and says why', get(port, '/readyz'))
        say(replica.poll() is None and checks(b, port, addresses) == known, 'and goes on answering')
        contact = lambda: values(ask(port)).get('fivefifty_serve_last_contact_timestamp_seconds', 0)
        last = contact()
        say(wait(lambda: contact() > last + 15), 'it asks the brokers again and again whether they are there')
        with open(os.path.join(b.work, 'serve.err'), 'rb') as f:
            f.seek(before)
            text = f.read()
        say(b'No space left' in text and b'brokers' not in text,
            'and does not say that they are back, since they never were away', text)
        say(b'; answering from what was known, trying again when there is room\n' in text and
            b'start again' not in text, 'it says that it tries again, and asks nobody to start it', text)
        replica.kill()
        replica.wait()
        fill()
        replica, port = listening(b, args)
        say(wait(lambda: ask(port, '/livez')) and checks(b, port, addresses) == known, 'started again it answers, too')
        say(get(port, '/readyz')[0] == 503 and 'No space left' in get(port, '/readyz')[2],
            'and is not ready, and says why', get(port, '/readyz'))
        os.unlink(filler)
        say(wait(lambda: ask(port, '/readyz')) and
            checks(b, port, addresses + more) == dict.fromkeys(addresses + more, True),
            'when there is room it goes on where it was')
        with open(os.path.join(b.work, 'serve.err'), encoding='utf-8') as f:
            say('/s: can be written again; going on where it was\n' in f.read(), 'and says so')
        say(term(replica) == 0, 'and ends with status 0')
    finally:
        b.stop_all()
        subprocess.run(['umount', small], check=False)


def main(doc, cases):
    """Runs those of `cases` that are functions called case_..., each with a Bench, on a broker of their own."""
    ap = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--binary', required=True)
    ap.add_argument('--only', default='')
    a = ap.parse_args()
    work = tempfile.mkdtemp(prefix='fivefifty-state-')
    try:
        with Broker() as br:
            # nobody is killed here who is in a group
            b = Bench(os.path.abspath(a.binary), br, 1, work, session_ms=60000)
            for name, case in sorted(cases.items()):
                if name.startswith('case_') and a.only in name:
                    print(name[5:], flush=True)
                    try:
                        case(b)
                    finally:
                        b.stop_all()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return report.end()


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(__doc__, globals()))
