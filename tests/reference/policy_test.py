#!/usr/bin/env python3
"""The suppressions of generated logs, against the slow reference.   tests/reference/policy_test.py FIVEFIFTY"""
import json, os, subprocess, sys, tempfile

B = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = ('tenant_id', 'stream_scope', 'address_key', 'category', 'first_event', 'last_event', 'hits')
failed = cases = 0
for fmt, n, addresses, seed in (('kumomta', 30000, 3000, 1),
                                ('kumomta', 30000, 30, 2),
                                ('packed', 30000, 3000, 3),
                                ('postfix', 20000, 500, 4),
                                ('json', 5000, 1, 5)):
    with tempfile.TemporaryDirectory() as t:
        run = lambda *a: subprocess.run([B, *map(str, a)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        check=True).stdout
        run('generate', '--events', n, '--seed', seed, '--format', fmt, '--addresses', addresses, '-o', t + '/log')
        run('run', '--input', '%s:%s/log' % (fmt, t), '--state', t + '/state', '--results', t + '/results')
        got = [{k: r[k] for k in FIELDS}
               for r in map(json.loads, run('export', '--state', t + '/state').decode().splitlines())]
        want = [json.loads(l) for l in subprocess.run([sys.executable, HERE + '/policy.py', t + '/results'],
                                                      stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()]
        cases += 1
        if got != want or not want:
            failed += 1
            bad = [(g, w) for g, w in zip(got, want) if g != w][:1]
            print('FAIL %s, %d events, %d addresses: %d entries, the reference has %d\n     %s' %
                  (fmt, n, addresses, len(got), len(want), bad))
print('%d cases, %d failures' % (cases, failed))
sys.exit(1 if failed else 0)
