#!/usr/bin/env python3
"""What is installed beside the program, and docs/operations.md, against the program: units, the example of a
configuration file, rules for Prometheus, the commands of the page.

    tests/packaging_test.py PROGRAM BUILD-FOLDER
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import metrics_page  # noqa: E402
from patience import PATIENCE_S  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM, BUILD = map(os.path.abspath, sys.argv[1:3])
failed = cases = 0


def say(ok, sentence, seen=''):
    global failed, cases
    cases, failed = cases + 1, failed + (not ok)
    print('%s %s%s' % ('ok   ' if ok else 'FAIL ', sentence, '' if ok else '\n      %s' % str(seen)[:1500]), flush=True)


def text(*names):
    with open(os.path.join(TOP, *names), encoding='utf-8') as f:
        return f.read()


def call(*args):
    p = subprocess.run([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False)
    return p.returncode, p.stdout.decode()


def alerts():
    """rules of Prometheus: of metrics that there are, and of all that the page of metrics asks to watch"""
    rules = os.path.join(TOP, 'packaging', 'prometheus', 'alerts.yml')
    named = {re.sub('_(bucket|sum|count)$', '', m)
             for m in re.findall(r'\bfivefifty_[a-z_]+', text('packaging', 'prometheus', 'alerts.yml'))}
    page = set().union(*(metrics_page.documented(s) for s in ('run', 'ingest', 'suppress', 'serve')))
    say(named and named <= page, 'alerts.yml names metrics of docs/metrics.md', named - page)
    wanted = {'fivefifty_' + m
              for m in re.findall(r'^\| `([a-z_]+)[^|]*\|.*\*\*Alert', text('docs', 'metrics.md'), re.M)}
    say(len(wanted) >= 5 and wanted <= named, '  ... and every one of which the page says "Alert"', wanted - named)
    operations = text('docs', 'operations.md')
    for title in set(re.findall(r'operations\.md, \\"([^"]+)\\"', text('packaging', 'prometheus', 'alerts.yml'))):
        say(re.search('^#+ %s$' % re.escape(title), operations, re.M), '  ... docs/operations.md has "%s"' % title)
    if shutil.which('promtool'):
        status, said = call('promtool', 'check', 'rules', rules)
        say(status == 0, '  ... promtool finds nothing wrong', said)
        status, said = call('promtool', 'test', 'rules', os.path.join(TOP, 'tests', 'alerts_test.yml'))
        say(status == 0, '  ... and they fire when they should', said)
    else:
        try:
            import yaml
            groups = yaml.safe_load(text('packaging', 'prometheus', 'alerts.yml'))['groups']
            say(all(r['alert'] and r['expr'] and r['annotations']['summary'] for g in groups for r in g['rules']),
                '  ... it is YAML (no promtool here)')
        except ImportError:
            print('skip alerts.yml is YAML: neither promtool nor PyYAML is installed')


def units(prefix):
    """they are what systemd understands, and start the program with options that it understands"""
    folder = os.path.join(prefix, 'lib', 'systemd', 'system')
    os.makedirs(os.path.join(prefix, 'state', 'fivefifty'))
    names = sorted(os.listdir(folder))
    say(len(names) == 4, 'four units are installed', names)
    for name in names:
        path = os.path.join(folder, name)
        if '@' in name:
            path = os.path.join(prefix, name.replace('@', '@1'))
            shutil.copy(os.path.join(folder, name), path)
        if shutil.which('systemd-analyze'):
            status, said = call('systemd-analyze', 'verify', '--man=no', path)
            say(status == 0 and name.split('.')[0] not in said, '%s: systemd-analyze finds nothing wrong' % name, said)
        else:
            print('skip %s: systemd-analyze is not installed' % name)
        with open(path, encoding='utf-8') as f:
            command = re.search(r'^ExecStart=(.*)$', f.read(), re.M).group(1)
        say(command.startswith(os.path.join(prefix, 'bin', 'fivefifty ')),
            '%s: starts the program that is installed' % name, command)
        starts(name, shlex.split(command.replace('%S', os.path.join(prefix, 'state')).replace('%i', '1')), prefix)


def starts(name, words, prefix):
    """Up to the first thing that is not there: rules, or a value that is none."""
    example = os.path.join(prefix, 'share', 'doc', 'fivefifty', 'examples', 'fivefifty.conf')
    if name == 'fivefifty-run.service':
        more, wanted = ['--rules', os.path.join(prefix, 'none.rules')], 'none.rules: No such file'
    else:
        more, wanted = ['--listen', '127.0.0.1:0', '--property', 'debug=nonsense'], '-X debug: Invalid value'
    status, said = call(PROGRAM, *[example if w == '/etc/fivefifty/fivefifty.conf' else w for w in words[1:]], *more)
    say(wanted in said, '%s: with the example of a configuration file' % name, (status, said))


def commands():
    """of docs/operations.md: options that there are"""
    found = 0
    for line in re.findall(r'^ *(?:.*[|;(] *)?(fivefifty (?!-)[a-z].*)$',
                           '\n'.join(re.findall(r'```sh[^\n]*\n(.*?)```', text('docs', 'operations.md'), re.S)), re.M):
        words = re.split(r' [|<>#]', line)[0].split()
        status, help_text = call(PROGRAM, words[1], '--help')
        options = [w.split('=')[0] for w in words if re.match('--[a-z]', w)]
        say(status == 0 and all(re.search(r'(^|[ ,])%s\b' % re.escape(o), help_text) for o in options),
            'the program has ' + ' '.join(words[:2] + options), line)
        found += 1
    say(found > 10, 'docs/operations.md has commands', found)


alerts()
commands()
work = tempfile.mkdtemp(prefix='fivefifty-packaging-')
try:
    status, said = call('cmake', '--install', BUILD, '--prefix', work)
    say(status == 0, 'cmake --install', said)
    units(work)
    say(os.path.exists(os.path.join(work, 'lib', 'sysusers.d', 'fivefifty.conf')), 'their user comes along')
    protos = os.listdir(os.path.join(work, 'share', 'doc', 'fivefifty', 'proto'))
    say(sorted(protos) == ['event.proto', 'result.proto', 'suppression.proto'], 'and the schemas', protos)
finally:
    shutil.rmtree(work, ignore_errors=True)
print('%d checks, %d failures' % (cases, failed))
sys.exit(1 if failed else 0)
