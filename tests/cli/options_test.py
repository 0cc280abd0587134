#!/usr/bin/env python3
"""The option tables: parsing, messages, the configuration file, and that help,
completion and manual agree with them."""
import re, shutil, subprocess

from shell import *

SUBCOMMANDS = ('run ingest suppress serve classify rules decode templates explain export add release import generate '
               'topics completion').split()
REPLY = '550 5.1.1 user unknown\n'

table([
    # sentence, arguments, stdin, exit status, on stdout, on stderr
    ('no subcommand: the overview on stderr', [], '', 64, '', 'Subcommands:'),
    ('--help: the overview on stdout', ['--help'], '', 0, 'Subcommands:', ''),
    ('help: the overview on stdout', ['help'], '', 0, 'Subcommands:', ''),
    ('--version names the libraries', ['--version'], '', 0, 'librdkafka', ''),
    ('help SUBCOMMAND', ['help', 'decode'], '', 0, 'Usage: fivefifty decode', ''),
    ('help of what is none', ['help', 'decoed'], '', 64, '', 'did you mean decode?'),
    ('a misspelt subcommand is suggested', ['clasify'], '', 64, '', 'did you mean classify?'),
    ('an option before the subcommand', ['--json', 'classify'], '', 64, '', 'before the subcommand'),
    ('an unknown option is suggested', ['decode', '--formt', 'json'], '', 64, '', 'did you mean --format?'),
    ('an unknown option without a neighbour', ['decode', '--zzzzzzzz'], '', 64, '', '--help lists them all'),
    ('an unknown short option', ['classify', '-Z'], '', 64, '', '-Z'),
    ('--option=value', ['decode', '--format=json', '--json'], ndjson(event()), 0, '"kind":"bounce"', 'events 1'),
    ('--option value', ['decode', '--format', 'json', '--json'], ndjson(event()), 0, '"kind":"bounce"', 'events 1'),
    ('-o value', ['decode', '-f', 'json', '-j'], ndjson(event()), 0, '"kind":"bounce"', 'events 1'),
    ('-ovalue and short flags together', ['decode', '-jfjson'], ndjson(event()), 0, '"kind":"bounce"', 'events 1'),
    ('--no-flag undoes a flag', ['decode', '-fjson', '--json', '--strict', '--no-strict'], '{\n', 0, '',
     'dead-lettered 1'),
    ('a value for a flag', ['classify', '--json=yes'], '', 64, '', 'flag'),
    ('no value for an option', ['decode', '--format'], '', 64, '', '--format needs a value'),
    ('a tenant that is all of them',
     ['decode', '--format', 'json', '--default-tenant', '*'], '', 64, '', '--default-tenant'),
    ('a stream that is all of them',
     ['decode', '--format', 'json', '--stream-map', 'pool=*'], '', 64, '', '--stream-map'),
    ('a tenant that is too long for a key',
     ['decode', '--format', 'json', '--default-tenant', 'n' * 256], '', 64, '', '1 to 255 bytes'),
    ('an empty value', ['decode', '--format='], '', 64, '', '--format'),
    ('a word that is none of the choices', ['decode', '--format', 'exim'], '', 64, '', 'packed|json|kumomta|postfix'),
    ('a number that is none',
     ['decode', '-fjson', '--year', 'next'], '', 64, '', '"next" is no number from 1970 to 9999'),
    ('a number outside its limits', ['decode', '-fjson', '--year', '1969'], '', 64, '', 'from 1970 to 9999'),
    ('a required option that is missing', ['run', '--state', 's'], '', 64, '', '--input FORMAT:PATH is missing'),
    ('an argument that is missing', ['explain', '--state', 's'], '', 64, '', 'ADDRESS is missing'),
    ('one argument too many', ['explain', 'a@b.example', 'c@d.example', '--state', 's'], '', 64, '', 'too many'),
    ('-- ends the options', ['classify', '--', '--json'], '', 66, '', '--json'),
    ('- is stdin', ['classify', '--json', '-'], REPLY, 0, '"category":"bad-mailbox"', ''),
    ('an input that is no FORMAT:PATH', ['run', '-i', 'mail.log', '-s', 's'], '', 64, '', 'FORMAT:PATH'),
    ('an input of a format there is not', ['run', '-i', 'exim:mail.log', '-s', 's'], '', 64, '', 'exim'),
    ('both --state and --brokers', ['export', '--state', 's', '--brokers', 'b'], '', 64, '', 'both'),
    ('neither --state nor --brokers', ['export'], '', 64, '', '--state DIR or --brokers'),
    ('an address to listen on that is none', ['run', '-i', 'json:-', '-s', 's', '--listen', 'foo'], '', 64, '',
     'fivefifty run: --listen: "foo" is no address and port'),
    ('an age has a unit',
     ['serve', '-b', 'b', '-s', 's', '-l', '127.0.0.1:1', '--max-age', '300'], '', 64, '', '--max-age'),
    ('and is no shorter than brokers are asked',
     ['serve', '-b', 'b', '-s', 's', '-l', '127.0.0.1:1', '--max-age', '2s'], '', 64, '', '5s or more'),
    ('a host is no address to listen on',
     ['serve', '-b', 'b', '-s', 's', '--listen', 'localhost:80'], '', 64, '', '--listen'),
    ('nor is one without a port',
     ['ingest', '-b', 'b', '--from', 't=json', '--listen', '127.0.0.1'], '', 64, '', '--listen'),
    ('a configuration file that is a folder',
     ['classify', '--config', '/'], '', 78, '', '/: Is a directory (name a file'),
    ('an expiry that is no time', ['add', 'a@b.example', '-s', 's', '--expires', 'soon'], '', 64, '', '--expires'),
])


# ---------------------------------------------------------------- configuration file
def config(text, *args, **more):
    return ff(*args, '--config', write('ff.conf', text), **more)


for words in ('run -s state -i json:%s', 'decode -f json %s', 'classify --rules %s /dev/null', 'rules lint %s',
              'rules import --from kumomta %s'):
    @case('%s of a file that may not be read is 77, of one that is not there 66' % words.replace('%s', 'FILE'))
    def _(words=words):
        os.chmod(write('secret', ''), 0)
        d = ff_without_privileges(*(words % 'secret').split())
        same(d.status, 77, d.err)
        need('ermission denied' in d.err and 'check the name' not in d.err, d.err)
        same(ff_without_privileges(*(words % 'absent').split()).status, 66)


@case('options come from a configuration file, from the subcommand\'s section and from before the first section')
def _():
    d = config('# all\njson = true\n\n[decode]\nformat = json\n[classify]\nrules = /nowhere\n', 'decode',
               stdin=ndjson(event()))
    same([r['recipient'] for r in d.rows()], ['gone@example.net'])


@case('an address to listen on that is none is 78 in the file, with its line')
def _():
    d = config('[run]\nlisten = foo\n', 'run', '-i', 'json:-', '-s', 's', status=78)
    need('ff.conf:2: "foo" is no address and port' in d.err, d.err)


@case('what is printed for people to a full disk is 74, to a closed pipe quiet')
def _():
    for args in ((), ('--help',), ('help',), ('help', 'run'), ('run', '--help'), ('--version',), ('completion', 'bash'),
                 ('completion', 'man', 'run'), ('decode', '--list-formats')):
        with open('/dev/full', 'wb') as full:
            p = subprocess.run([PROGRAM, *args], stdout=full, stderr=subprocess.PIPE)
        same(p.returncode, 74 if args else 64, args)
        need(b'stdout: No space left on device (make room' in p.stderr or not args, args, p.stderr)
        p = start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdout.close()
        same((p.wait(PATIENCE_S), b'stdout' in p.stderr.read()), (0 if args else 64, False), args)


def through_journal(*args, stream='%d:%d'):
    """what a program writes on a pipe that JOURNAL_STREAM says is the journal"""
    reading, writing = os.pipe()
    st = os.fstat(writing)
    p = subprocess.Popen([PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writing,
                         cwd=path(), env=dict(os.environ, JOURNAL_STREAM=stream % (st.st_dev, st.st_ino)))
    os.close(writing)
    with open(reading, encoding='utf-8') as f:
        said = f.read()
    p.wait(PATIENCE_S)
    return said


@case('in the journal every message has its severity, whichever part of the program speaks; elsewhere none has')
def _():
    ff('add', 'a@example.net', '-s', 'state')
    kafka = ('--brokers', '127.0.0.1:1', '--state', 'state')
    for args in (('export', '-s', 'missing'), ('suppress', *kafka), ('serve', *kafka, '--listen', '127.0.0.1:0'),
                 ('topics', 'create', '-b', '127.0.0.1:1', '-X', 'debug=nonsense')):
        said = through_journal(*args)
        need(said.startswith('<3>fivefifty %s: ' % args[0]) and said.count('\n') == 1, said)
        same(through_journal(*args, stream='%d:1%d'), said[3:])
        same(ff(*args, status=None).err, said[3:])
    write('list', 'no address\na@example.net\n')
    same([line[:3] for line in through_journal('import', 'list', '-s', 'state').splitlines()], ['<4>', 'add'])


@case('the command line wins over the configuration file')
def _():
    d = config('[decode]\nformat = postfix\njson = true\ndefault-tenant = one\n', 'decode', '--format', 'json',
               '--default-tenant', 'two', stdin=ndjson(event(tenant_id='')))
    same([r['tenant_id'] for r in d.rows()], ['two'])


@case('a repeatable option of the file and those of the command line add up')
def _():
    f = write('a.jsonl', ndjson(event('a@example.net')))
    g = write('b.jsonl', ndjson(event('b@example.net')))
    config('[run]\ninput = json:%s\nstate = "%s"\n' % (f, path('state')), 'run', '-i', 'json:' + g)
    same(suppressed(path('state')), ['a@example.net', 'b@example.net'])


@case('a section says otherwise than the lines before all sections; repeatable options may be repeated')
def _():
    d = config('format = postfix\njson = true\ndefault-tenant = one\n[decode]\nformat = json\ndefault-tenant = two\n',
               'decode', stdin=ndjson(event(tenant_id='')))
    same([r['tenant_id'] for r in d.rows()], ['two'])
    d = config('[classify]\njson = true\nnames = ses\nnames = kumomta\n', 'classify', stdin='550 5.1.1 User unknown\n')
    need('bounce_type' in d.rows()[0] and 'kumomta_class' in d.rows()[0], d.text)


@case('# and ; that follow no blank, or are in quotes, are part of a value')
def _():
    for value, want in (('a#b;c', 'a#b;c'), ('"a # b ; c"', 'a # b ; c')):
        d = config('[decode]\nformat = json\njson = true\ndefault-tenant = %s\n' % value, 'decode',
                   stdin=ndjson(event(tenant_id='')))
        same([r['tenant_id'] for r in d.rows()], [want])


@case('quotes keep blanks and \\" in a value')
def _():
    d = config('[decode]\nformat = json\njson = true\ndefault-tenant = " a \\"b\\" "  # why not\n', 'decode',
               stdin=ndjson(event(tenant_id='')))
    same([r['tenant_id'] for r in d.rows()], [' a "b" '])


for sentence, text, seen in (
    ('a line that is neither', 'format: json\n', 'ff.conf:1: '),
    ('an unknown key, with a suggestion',
     '\n[decode]\nformt = json\n', 'ff.conf:3: there is no option "formt" in decode (did you mean format?'),
    ('an unknown section', '[decod]\n', 'ff.conf:1: there is no subcommand "decod"'),
    ('an unknown key in another subcommand\'s section',
     '[run]\nstat = x\n', 'ff.conf:2: there is no option "stat" in run'),
    ('a value that is none of the choices',
     '[decode]\nformat = exim\n', 'ff.conf:2: "exim" is none of packed|json|kumomta|postfix'),
    ('a flag that is neither true nor false',
     '[decode]\nstrict = maybe\n', 'ff.conf:2: the value must be true or false'),
    ('a quote that does not end', '[decode]\nformat = "json\n', 'ff.conf:2: the closing " is missing'),
    ('a comment behind a value',
     '[decode]\nformat = json # the usual\n', 'ff.conf:2: a comment behind a value (give it a line of its own; if it'),
    ('one that begins with ;', 'default-tenant = acme\t; main\n', 'ff.conf:1: a comment behind a value'),
    ('a comment instead of a value', '[ingest]\ngroup = # later\n', 'ff.conf:2: a comment behind a value'),
    ('an option that takes one value, twice',
     '[decode]\nformat = json\n\nformat = json\n', 'ff.conf:4: format is in line 2 already (it takes one value'),
    ('that before the first section', 'format = json\nformat = json\n', 'ff.conf:2: format is in line 1 already'),
    ('that of another subcommand, before the first section',
     'brokers = a:1\nbrokers = b:1\n', 'ff.conf:2: brokers is in line 1 already'),
    ('that in another subcommand\'s section',
     '[serve]\nbrokers = a:1\n[run]\n[serve]\nbrokers = b:1\n', 'ff.conf:5: brokers is in line 2 already'),
    ('a flag twice', '[decode]\njson = true\njson = false\n', 'ff.conf:3: json is in line 2 already'),
    ('a number out of its limits', '[decode]\nyear = 10000\n', 'ff.conf:2: "10000" is no number from 1970 to 9999'),
):
    @case('configuration file: %s is an error with file, line and remedy, exit status 78' % sentence)
    def _(text=text, seen=seen):
        d = config(text, 'decode', '-f', 'json', status=78)
        need(seen in d.err, d.err)


@case('a configuration file that is not there is an error that names it, exit status 78')
def _():
    need('nowhere.conf' in ff('decode', '-fjson', '--config', 'nowhere.conf', status=78).err)


# ---------------------------------------------------------------- help, completion, manual
def options_of(sub):
    """long options as the help shows them"""
    return re.findall(r'^  (?:-\w, |    )--([a-z-]+)', ff(sub, '--help').text, re.M)


@case('the overview lists every subcommand')
def _():
    same(re.findall(r'^  ([a-z]+) {2,}\S', ff('--help').text, re.M), SUBCOMMANDS)


@case('the help of every subcommand fits a screen, has options, examples and exit statuses, no line over 120 columns')
def _():
    for sub in SUBCOMMANDS:
        text = ff(sub, '--help').text
        need(text.count('\n') <= 60, sub, text.count('\n'))
        need(all(w in text for w in ('Usage: fivefifty ' + sub, '\nOptions:\n', '\nExamples:\n', '\nExit status: ')),
             sub, text)
        need(max(map(len, text.splitlines())) <= 120, sub, max(text.splitlines(), key=len))
        need('help' in options_of(sub), sub)


@case('every option of the help is in the manual page and the other way round')
def _():
    for sub in SUBCOMMANDS:
        manual = ff('completion', 'man', sub).text
        found = re.findall(r'^\.It (?:Fl \w , )?Fl \\-([a-z-]+)', manual, re.M)
        same(found, options_of(sub), sub)


@case('every option but --config and --help is a key of fivefifty.conf(5)')
def _():
    manual = ff('completion', 'man', 'conf').text
    sections = {s: re.findall(r'^\.It ([a-z-]+) = ', t, re.M)
                for s, t in re.findall(r'^\.Sh \[([a-z]+)\]\n(.*?)(?=^\.Sh )', manual, re.M | re.S)}
    for sub in SUBCOMMANDS:
        same(sections.get(sub, []), [o for o in options_of(sub) if o not in ('config', 'help')], sub)


@case('every option is completed by bash')
def _():
    script = write('completion', ff('completion', 'bash').out)
    for sub in SUBCOMMANDS:
        p = subprocess.run(['bash', '-c', 'source "$0"; COMP_WORDS=(fivefifty $1 --); COMP_CWORD=2; _fivefifty; '
                                          'printf "%s\\n" "${COMPREPLY[@]}"', script, sub],
                           stdout=subprocess.PIPE, check=True)
        same(sorted(p.stdout.decode().split()), sorted('--' + o for o in options_of(sub)), sub)
    p = subprocess.run(['bash', '-c', 'source "$0"; COMP_WORDS=(fivefifty decode --format ""); COMP_CWORD=3; '
                                      '_fivefifty; echo "${COMPREPLY[@]}"', script],
                       stdout=subprocess.PIPE, check=True)
    same(p.stdout.decode().split(), ['packed', 'json', 'kumomta', 'postfix'])


@case('every option is in the completion for zsh, which zsh can parse')
def _():
    script = ff('completion', 'zsh').text
    for sub in SUBCOMMANDS:
        part = re.search(r'^        %s\) _arguments(.*?);;' % sub, script, re.M | re.S).group(1)
        same(re.findall(r"^ +'\*?--([a-z-]+)", part, re.M), options_of(sub), sub)
    if shutil.which('zsh'):
        subprocess.run(['zsh', '-n', write('_fivefifty', script)], check=True)


@case('no message hands control bytes of a file or of a name on to the terminal')
def _():
    write('e.rules', '\033[31mfoo bar\n')
    write('e2.rules', 'rule x\033[31m bad-mailbox text\n  any *zo\033[32mnk*\n  yes 550 \033[33mzonk\n')
    write('e.conf', '[cl\033[31m]\n')
    write('e.jsonl', '{"address":"a\033[31m"}\n\033[31mx\n')
    for args, status in ((('rules', 'lint', 'e.rules'), 78),
                         (('rules', 'lint', 'e2.rules'), 78),
                         (('rules', 'test', 'e2.rules'), 78),
                         (('rules', 'list', 'e2.rules'), 0),
                         (('rules', 'lint', '--suggest', 'e2.rules'), 0),
                         (('classify', '--config', 'e.conf'), 78),
                         (('classify', '--rules', 'e.rules'), 78),
                         (('import', '-s', 'list', 'e.jsonl'), 65),
                         (('decode', '-f', 'json', '\033[31m'), 66),
                         (('classify', '--\033[31m'), 64),
                         (('\033[31m',), 64)):
        d = ff(*args, status=status)
        need('\033' not in d.text + d.err, args, repr(d.text + d.err))


@case('mandoc finds nothing wrong with the manual pages')
def _():
    if not shutil.which('mandoc'):
        raise Skip('mandoc is not installed')
    for page in [[]] + [['conf']] + [[s] for s in SUBCOMMANDS]:
        p = subprocess.run(['mandoc', '-Tlint', '-Wwarning'], input=ff('completion', 'man', *page).out,
                           stdout=subprocess.PIPE)
        need(p.returncode == 0, page, p.stdout.decode())


main()
