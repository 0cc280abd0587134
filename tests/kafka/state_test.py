#!/usr/bin/env python3
"""State folders of `run`, `suppress` and `serve` on a real broker: of the wrong service, of other topics, of a full disk.

    tests/kafka/state_test.py --binary build/dev/fivefifty [--only WORD]

A folder outlives what it was made from. Whatever became of its topics, of the cluster and of the other members of the group:
no process may go on as if nothing had happened, and none may answer "not suppressed" for an address that it does not know.
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
import pipeline_test  # noqa: E402
from broker import Broker, ask, free_port, wait  # noqa: E402
from pipeline_test import RAW, Bench, bounce, say, term  # noqa: E402


def get(port, path, body=None):
    """(status, type, text)."""
    try:
        r = urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:%d%s' % (port, path), data=body), timeout=20)
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


# ---- whose folder it is ----------------------------------------------------------------------------------------------------

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
    say(wait(lambda: ask(port, '/readyz'), 30) and term(replica) == 0, 'serve a third')
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
            p = b.ff(*command(folder), timeout=60)
            text = p.stderr.decode()
            say(p.returncode == 78 and ('state of `%s`' % owner) in text and 'a folder of its own' in text,
                '%s on the folder of %s: 78 and what to do' % (service, owner), (p.returncode, text[-400:]))
    say(b.ff('export', '--state', folders['suppress']).stdout == b.export(), 'export reads any of them')
    b.fresh(2)
    p = subprocess.run('"%s" export --state "%s" | "%s" import --brokers %s --topic-prefix %s' %
                       (b.binary, run, b.binary, b.br.address, b.prefix), shell=True, stderr=subprocess.PIPE, check=False)
    say(p.returncode == 0 and not b.finish(1) and exported(b) == set(addresses),
        'what run knows goes to Kafka by export and import', p.stderr[-300:])


# ---- members that share the partitions -----------------------------------------------------------------------------------------

def case_shares(b):
    """Two members: neither knows all, and what was given away grows old."""
    b.fresh(4)
    addresses = names('s', 60)
    say(not kafka(b, addresses), 'sixty addresses are suppressed')
    one, port1 = listening(b, b.suppress(1))
    say(wait(lambda: ask(port1, '/readyz'), 30), 'a member that is alone becomes ready')
    say(checks(b, port1, addresses) == dict.fromkeys(addresses, True), 'and answers checks for all of them', checks(b, port1, addresses))
    two, port2 = listening(b, b.suppress(2))
    say(wait(lambda: metric(port2, 'suppress_partitions_owned') == 2 and ask(port1, '/readyz') and ask(port2, '/readyz'), 30),
        'another takes half of the partitions')
    for port in (port1, port2):
        status, kind, text = get(port, '/v1/check?tenant=acme&address=' + addresses[0])
        say(status == 421 and kind == 'application/problem+json' and 'serve' in text, 'now one check is refused: 421, and who to ask',
            (status, kind, text))
        answers = checks(b, port, addresses)
        say(str(answers).startswith('421'), 'and many as well', answers)
    say(term(two) == 0 and wait(lambda: checks(b, port1, addresses) == dict.fromkeys(addresses, True), 30),
        'when the other has gone, the first answers again', checks(b, port1, addresses))
    say(term(one) == 0, 'and ends with status 0')


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--binary', required=True)
    ap.add_argument('--only', default='')
    a = ap.parse_args()
    work = tempfile.mkdtemp(prefix='fivefifty-state-')
    try:
        with Broker() as br:
            b = Bench(os.path.abspath(a.binary), br, 1, work)
            for name, case in sorted(globals().items()):
                if name.startswith('case_') and a.only in name:
                    print(name[5:], flush=True)
                    try:
                        case(b)
                    finally:
                        b.stop_all()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print('%d passed, %d failed' % (pipeline_test.passed, pipeline_test.failed))
    return 1 if pipeline_test.failed or not pipeline_test.passed else 0


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
