#!/usr/bin/env python3
"""The layout is the architecture: who may include whom, what every folder may not hold, how wide a line may be.

proto <- classify <- ingest and proto <- classify <- suppress, proto <- kafka <- ingest and kafka <- suppress; ingest
and suppress meet only in cli/ (and in bench/ and tests/). librdkafka and RocksDB stay behind the files named here.
"""
import os, re, subprocess, sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAY_INCLUDE = {
    'proto': {'proto'},
    'classify': {'proto', 'classify'},
    'kafka': {'proto', 'kafka'},
    'ingest': {'proto', 'classify', 'kafka', 'ingest'},
    'suppress': {'proto', 'classify', 'kafka', 'suppress'},
    'cli': {'proto', 'classify', 'kafka', 'ingest', 'suppress', 'cli'},
}
INSIDE = {  # folders of a component: which others of it they may include, beside the component's own headers
    'classify/mask': set(),
    'classify/ruleset': {'mask'},
    'classify/load': {'mask', 'ruleset'},
    'classify/judge': {'mask', 'ruleset'},
    'classify/outline': {'mask', 'ruleset', 'judge'},
    'classify/lint': {'mask', 'ruleset', 'judge'},
    'classify/import': {'mask', 'ruleset', 'lint'},
    'classify/templates': {'ruleset'},
    'ingest/decode': set(),
    'ingest/own': {'decode'},
    'ingest/kumomta': {'decode'},
    'ingest/postfix': {'decode'},
    'ingest/formats': {'decode', 'own', 'kumomta', 'postfix'},
    'ingest/pipeline': {'decode'},
    'ingest/files': {'decode'},
    'ingest/generate': set(),
    'ingest/service': {'decode', 'formats', 'pipeline'},
    'suppress/state': set(),
    'suppress/engine': {'state'},
    'suppress/http': set(),
    'suppress/broker': set(),
    'suppress/owner': {'broker', 'http'},
    'suppress/replica': {'broker', 'http'},
    'suppress/operator': {'broker'},
    'cli/process': set(),
    'cli/output': {'process'},
    'cli/options': {'process', 'output'},
    'cli/inputs': {'process', 'options', 'output'},
    'cli/control': {'process'},
    'cli/logs': {'process', 'options', 'inputs'},
    'cli/services': {'process', 'options', 'output', 'inputs'},
    'cli/filters': {'process', 'options', 'output', 'inputs', 'logs'},
    'cli/rules': {'process', 'options', 'output', 'inputs'},
    'cli/run': {'process', 'options', 'output', 'inputs', 'logs', 'control'},
    'cli/suppressions': {'process', 'options', 'output', 'inputs', 'control'},
}
NARROWER = {  # folders that may include less than their component
    'ingest/files': {'proto', 'ingest'},
    'ingest/generate': {'proto', 'ingest'},
    'ingest/own': {'proto', 'ingest'},
    'ingest/kumomta': {'proto', 'ingest'},
    'ingest/postfix': {'proto', 'ingest'},
    'cli/process': {'proto', 'cli'},
    'cli/control': {'proto', 'suppress', 'cli'},
    'cli/output': {'proto', 'ingest', 'cli'},
    'cli/inputs': {'proto', 'classify', 'ingest', 'cli'},
    'cli/filters': {'proto', 'classify', 'ingest', 'cli'},
    'cli/rules': {'proto', 'classify', 'suppress', 'cli'},
}
ABOVE = {'cli'}  # components whose own files stand above their folders: no folder includes them
ONLY_IN = {  # third-party headers that one seam hides
    'rocksdb/c.h': r'suppress/engine/store_rocksdb\.c',
    'librdkafka/rdkafka.h': r'kafka/.*\.[ch]|ingest/service/.*\.[ch]|suppress/broker/.*\.[ch]|cli/version\.c',
    'microhttpd.h': r'suppress/http/.*\.[ch]|cli/version\.c',
    'hs.h': r'classify/.*\.[ch]',
    'hs/hs.h': r'classify/.*\.[ch]|cli/version\.c',
}
BANNED_NAMES = {'util', 'utils', 'common', 'helpers', 'misc'}
LINES_MAX = 900  # far over what a file should have; none may grow past it unseen
COLUMNS_MAX = 120  # of C and Python, as .clang-format has it; characters, not bytes
failed = cases = 0


def say(ok, what):
    global failed, cases
    cases += 1
    if not ok:
        failed += 1
        print('FAIL ' + what)


def is_python(f):
    if f.endswith('.py'):
        return True
    with open(os.path.join(TOP, f), 'rb') as o:  # most programs in Python do not say so in their names
        return re.match(rb'#!.*python', o.readline(100)) is not None


def hold_columns(f, text):
    wide = next((i for i, line in enumerate(text.split('\n'), 1) if len(line) > COLUMNS_MAX), 0)
    say(not wide, '%s:%d: over %d columns' % (f, wide, COLUMNS_MAX))


files = subprocess.run(['git', '-C', TOP, 'ls-files'], stdout=subprocess.PIPE, check=False).stdout.decode().split()
if not files:  # a source archive without git
    files = [os.path.relpath(os.path.join(d, f), TOP)
             for d, s, fs in os.walk(TOP) if '/build' not in d and '/.git' not in d for f in fs]
names, structs = {}, {}
for f in files:
    parts = f.split('/')
    stem = os.path.splitext(parts[-1])[0].lower()
    say(stem not in BANNED_NAMES and not BANNED_NAMES & set(parts[:-1]), '%s: a name that says nothing' % f)
    say(len(parts) != 2 or parts[0] != 'tests' or not f.endswith('_test.c'),
        '%s: not in the folder of its component' % f)
    if is_python(f):
        with open(os.path.join(TOP, f), encoding='utf-8') as o:
            hold_columns(f, o.read())
    if not f.endswith(('.c', '.h')) or parts[0] not in MAY_INCLUDE:
        continue
    say(len(parts) == 2 or os.path.dirname(f) in INSIDE, '%s: a folder that nothing is said of here' % f)
    say(names.setdefault(parts[-1], f) == f, '%s: the tree has two files of this name (%s)' % (f, names[parts[-1]]))
    with open(os.path.join(TOP, f), encoding='utf-8') as o:
        text = o.read()
    for struct in re.findall(r'^struct (ff_\w+) {', text, re.M) if f.endswith('.h') else []:
        say(structs.setdefault(struct, f) == f, '%s: struct %s is another one in %s' % (f, struct, structs[struct]))
    say(text.count('\n') <= LINES_MAX, '%s: %d lines' % (f, text.count('\n')))
    hold_columns(f, text)
    for page in re.findall(r'\bdocs/[\w/-]+\.md\b', text):
        say(page in files, '%s refers to %s, which is not there' % (f, page))
    for kind, inc in re.findall(r'^\s*#\s*include\s+(["<])([^">]+)', text, re.M):
        top = inc.split('/')[0]
        if kind == '"' and '/' in inc:
            say(top in MAY_INCLUDE[parts[0]] or top not in MAY_INCLUDE, '%s includes %s' % (f, inc))
            folder, theirs = os.path.dirname(f), os.path.dirname(inc)
            say(top in NARROWER.get(folder, {top}) or top not in MAY_INCLUDE, '%s includes %s' % (f, inc))
            say(theirs not in ABOVE or folder == theirs, '%s includes %s, which stands above it' % (f, inc))
            if folder in INSIDE and theirs in INSIDE and top == parts[0] and theirs != folder:
                say(theirs.split('/')[1] in INSIDE[folder], '%s includes %s' % (f, inc))
        if inc in ONLY_IN:
            say(re.fullmatch(ONLY_IN[inc], f), '%s includes <%s>' % (f, inc))
for f in files:
    if f.endswith('.h') and f.split('/')[0] in MAY_INCLUDE:
        p = subprocess.run(['cc', '-std=c17', '-D_GNU_SOURCE', '-fsyntax-only', '-I', TOP, '-x', 'c',
                            os.path.join(TOP, f)], stderr=subprocess.PIPE, check=False)
        say(p.returncode == 0, '%s does not compile alone: %s' % (f, p.stderr.decode()[:300]))
print('%d checks, %d failures' % (cases, failed))
sys.exit(1 if failed else 0)
