#!/usr/bin/env python3
"""The generated world, held against itself: same bytes for the same arguments, the same events in every format, and a
truth that the whole pipeline arrives at.   tests/ingest/generate_test.py FIVEFIFTY"""
import collections, hashlib, json, os, subprocess, sys, tempfile

B = os.path.abspath(sys.argv[1])
FORMATS = ('packed', 'json', 'kumomta', 'postfix')
failed = cases = 0


def say(ok, sentence, seen=''):
    global failed, cases
    cases += 1
    if not ok:
        failed += 1
        print('FAIL %s\n     %s' % (sentence, str(seen)[:500]))


def ff(*args, stdin=b'', **env):
    return subprocess.run([B, *map(str, args)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True,
                          env=dict(os.environ, **env)).stdout


def generate(fmt, n, seed, *more, **env):
    return ff('generate', '--events', n, '--seed', seed, '--format', fmt, *more, **env)


def rows(data):
    return [json.loads(l) for l in data.decode().splitlines()]


def decode(fmt, data):
    return rows(ff('decode', '--format', fmt, '--json', '--year', 2026, stdin=data))


for fmt in FORMATS:
    digest = lambda seed, tz: hashlib.sha256(generate(fmt, 3000, seed, TZ=tz)).digest()
    say(digest(7, 'UTC') == digest(7, 'Asia/Tokyo'),
        '%s: the same arguments give the same bytes in any time zone' % fmt)
    say(digest(7, 'UTC') != digest(8, 'UTC'), '%s: another seed gives another log' % fmt)

key = lambda e: (e['kind'], e['recipient'], e.get('reply_code'), e.get('enhanced_code'),
                 ' '.join(e.get('reply_text', '').split()), e['event_time'][:19])
sets = {f: collections.Counter(map(key, decode(f, generate(f, 20000, 5)))) for f in ('packed', 'json', 'kumomta')}
say(sets['packed'] == sets['json'] == sets['kumomta'], 'packed, json and kumomta hold the same events',
    list((sets['packed'] - sets['kumomta']).items())[:2] + list((sets['kumomta'] - sets['packed']).items())[:2])
bounces = lambda evs: collections.Counter((e['recipient'], e['reply_code'])
                                          for e in evs if e['kind'] == 'bounce' and e['origin'] == 'remote_reply')
say(bounces(decode('packed', generate('packed', 20000, 5))) ==
    bounces(decode('postfix', generate('postfix', 20000, 5))), 'the postfix form holds the same bounces')

kinds = collections.Counter(e['kind'] for e in decode('json', generate('json', 20000, 5)))
say(kinds['delivery'] > 16000 and
    all(kinds[k] > 0 for k in ('bounce', 'transient_failure', 'expiration', 'oob', 'feedback', 'admin_bounce')),
    'most is delivered, and every kind occurs', kinds)

entry = lambda r: (r['tenant_id'], r['stream_scope'], r['address'].lower())
for fmt in FORMATS:
    for n, seed, addresses in ((20000, 1, 2000), (20000, 2, 20), (400, 3, 1000000), (1, 4, 1)):
        with tempfile.TemporaryDirectory() as t:
            log, truth, state = t + '/log', t + '/truth', t + '/state'
            generate(fmt, n, seed, '--addresses', addresses, '--truth', truth, '-o', log)
            ff('run', '--input', '%s:%s' % (fmt, log), '--state', state)
            want = set(map(entry, rows(open(truth, 'rb').read())))
            got = set(map(entry, rows(ff('export', '--state', state))))
            say(want == got, '%s, %d events, %d addresses: run finds what the truth says' % (fmt, n, addresses),
                'missing %s, too many %s of %d' % (list(want - got)[:2], list(got - want)[:2], len(want)))
            say(n < 20000 or want, 'and the truth is not empty')

e = rows(generate('json', 50, 1, '--start', '2031-02-03T04:05:06Z'))
say(min(x['event_time'] for x in e) >= '2031-02-03T04:05:06', '--start: nothing is earlier')
print('%d cases, %d failures' % (cases, failed))
sys.exit(1 if failed else 0)
