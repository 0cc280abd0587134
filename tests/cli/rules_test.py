#!/usr/bin/env python3
"""rules lint, test, explain, list, show: what they find, say and end with; include builtin wherever rules are read."""
import json, os, re, shlex

from shell import *

OWN = '''# my own rules
version 3
set pet = cat | dog
rule pets-only restricted-mailbox text
  any only $pet ~2 [allowed/welcome]
  yes 550 only cat owners welcome
  yes 550 only dog owners allowed
'''
BROKEN = OWN + '''rule nobody bad-mailbox text
  any nobody home
  yes 550 somebody home
'''
EXTENDING = '''include builtin
drop rule no-cause
replace rule unknown-user-fr bad-mailbox text 80
  any parti sans laisser d'adresse
  yes 550 parti sans laisser d'adresse
rule pets restricted-mailbox text 85
  any only dogs ~2 allowed
  yes 550 only dogs are allowed
'''

# ---------------------------------------------------------------- usage and exit statuses
table([
    ('rules without a verb is wrong usage', ['rules'], '', 64, '', 'lint|test|explain|list|show'),
    ('a verb that there is not is wrong usage, and the verbs are named',
     ['rules', 'lnt'], '', 64, '', 'lint, test, explain, list, show'),
    ('an option of another verb is refused', ['rules', 'list', '--stage', 'rcpt'], '', 64, '', 'list takes no --stage'),
    ('explain without a reply is wrong usage', ['rules', 'explain'], '', 64, '', 'explain takes REPLY|-'),
    ('explain with a stage that there is not',
     ['rules', 'explain', '550 x', '--stage', 'lunch'], '', 64, '', '"lunch" is none of connect helo'),
    ('explain with an enhanced code that is none',
     ['rules', 'explain', '550 x', '--enhanced', '5.1'], '', 64, '', '"5.1" is no status code'),
    ('a rules file that is not there', ['rules', 'lint', 'nowhere.rules'], '', 66, '', 'nowhere.rules'),
    ('a rule that there is not', ['rules', 'show', 'nosuchrule'], '', 64, '', 'there is no rule "nosuchrule"'),
])


@case('the linter finds no error in the built-in rules')
def _():
    d = ff('rules', 'lint')
    need(' errors 0 ' in d.err and 'unproven' in d.err, d.err)


@case('every example of the built-in rules holds, and the summary names every category that a rule gives')
def _():
    d = ff('rules', 'test')
    given = {r['category'] for r in ff('rules', 'list', '--json').rows() if 'category' in r}
    same({l.split()[0] for l in d.text.splitlines()[1:]} - {'(hints,'}, given)
    need(d.err.endswith('failing 0\n'), d.err)


# ---------------------------------------------------------------- lint
@case('rules that do not load: 78, with file, line and what to do')
def _():
    write('bad.rules', OWN + 'rule x nonsense text\n')
    for verb in ('lint', 'test', 'list'):
        d = ff('rules', verb, 'bad.rules', status=78)
        need(d.err.startswith('fivefifty rules: bad.rules:8: "nonsense" is no category'), d.err)


@case('lint: an error is FILE:LINE with what to do, and status 78')
def _():
    write('broken.rules', BROKEN)
    d = ff('rules', 'lint', 'broken.rules', status=78)
    need('broken.rules:10: error: rule nobody: the rule does not fire on its own example: '
         '"550 somebody home" (' in d.text, d.text)


@case('lint: notes alone are status 0')
def _():
    write('own.rules', OWN + 'rule more bad-mailbox text\n  any gone | gone fishing\n  yes 550 gone\n')
    d = ff('rules', 'lint', 'own.rules')
    need('own.rules:9: note: rule more: other phrases of the rule match all that this one does: '
         '"gone fishing"' in d.text, d.text)


@case('lint --json: one object a finding, the unproven among them')
def _():
    write('broken.rules', BROKEN)
    rows = ff('rules', 'lint', 'broken.rules', '--json', status=78).rows()
    error, = [r for r in rows if r['severity'] == 'error']
    same({k: error[k] for k in ('kind', 'file', 'line', 'rule', 'words')},
         dict(kind='example', file='broken.rules', line=10, rule='nobody', words='550 somebody home'))
    need(all(r['what'] and r['remedy'] for r in rows), rows)
    same([(r['line'], r['words']) for r in rows if r['kind'] == 'unproven'], [(9, 'nobody home')])


@case('lint --unproven: exactly what no example needs, with its line and phrase')
def _():
    write('own.rules', OWN.replace('cat | dog', 'cat | dog | parrot'))
    d = ff('rules', 'lint', '--unproven', 'own.rules')
    line, = d.text.splitlines()
    need(line.startswith('own.rules:3: note: set pet: no example needs this member of a set: "parrot"'), line)
    need('own.rules: 1 unproven' in d.err, d.err)


@case('lint --suggest: pasted under their rules, the examples hold and leave nothing unproven')
def _():
    text = '''provider zoo
  mx zoo.example
  text zoo keeper
set who = user | person | patron
set how = gone | lost | away
rule a bad-mailbox text
  any $who ~2 $how | <addr> [vanished/left]
  not on holiday
rule b greylisted table
  any come back
  with in <num> minutes
  code 4xx
  stage rcpt
  from zoo
'''
    write('bare.rules', text)
    d = ff('rules', 'lint', '--suggest', 'bare.rules')
    need(d.err.strip().endswith('left 0'), d.err)
    lines, at = text.splitlines(), None
    parts = {}
    for l in d.text.splitlines():
        m = re.match(r'# bare.rules:([0-9]+): rule ', l)
        if m:
            at = int(m.group(1))
        else:
            parts.setdefault(at, []).append(l)
    for n in sorted(parts, reverse=True):
        end = n
        while end < len(lines) and lines[end].startswith(' '):
            end += 1
        lines[end:end] = parts[n]
    write('full.rules', '\n'.join(lines) + '\n')
    ff('rules', 'test', 'full.rules')
    same(ff('rules', 'lint', '--unproven', 'full.rules').text, '')
    need('yes {stage=rcpt mx=mx.zoo.example} 400 come back in 42 minutes' in d.text, d.text)
    need(d.text.count('yes') <= 7, 'one reply proves members of several sets', d.text)


@case('lint --suggest --json: one object an example')
def _():
    write('bare.rules', 'rule a bad-mailbox text\n  any gone\n  not here\n')
    same(ff('rules', 'lint', '--suggest', '--json', 'bare.rules').rows(),
         [dict(file='bare.rules', line=1, rule='a', expect='yes', reply='550 gone', proves=1),
          dict(file='bare.rules', line=1, rule='a', expect='no', reply='550 here gone', proves=1)])


@case('lint -o: the findings appear whole in a file')
def _():
    write('broken.rules', BROKEN)
    d = ff('rules', 'lint', 'broken.rules', '-o', 'findings.txt', status=78)
    same(d.text, '')
    need(b'rule nobody' in read('findings.txt'))


# ---------------------------------------------------------------- test
@case('test: a failure shows the reply, the verdict it got and the evidence that won')
def _():
    write('own.rules', OWN + 'rule weak bad-mailbox text 10\n  any cat owners\n  yes 550 only cat owners welcome\n')
    d = ff('rules', 'test', 'own.rules', status=78)
    need('own.rules:10: rule weak: the example gets another category\n    yes 550 only cat owners welcome\n'
         '    got restricted-mailbox by pets-only' in d.text, d.text)
    need(re.search(r'70 text +pets-only +restricted-mailbox +only cat owners welcome', d.text), d.text)
    need('examples 3  failing 1' in d.err, d.err)


@case('test --json: one object an example')
def _():
    write('broken.rules', BROKEN)
    rows = ff('rules', 'test', 'broken.rules', '--json', status=78).rows()
    same([(r['line'], r['rule'], r['holds']) for r in rows],
         [(6, 'pets-only', True), (7, 'pets-only', True), (10, 'nobody', False)])


# ---------------------------------------------------------------- explain
def explain(reply, *options):
    row, = ff('rules', 'explain', reply, '--json', *options).rows()
    return row


@case('explain: the verdict is that of classify')
def _():
    replies = ['550 5.1.1 user unknown', '450 4.7.1 greylisted, try again', '550 5.1.1 sender address does not exist',
               '552 mailbox full', 'x', '250 ok']
    verdicts = ff('classify', '--json', stdin='\n'.join(replies) + '\n').rows()
    for reply, want in zip(replies, verdicts):
        got = explain(reply)
        same({k: got.get(k) for k in want if k not in ('id', 'error')},
             {k: v for k, v in want.items() if k not in ('id', 'error')})


@case('explain: spans are where the words stand in the masked text')
def _():
    row = explain('550 5.1.1 <gone@example.net>: User unknown in our directory')
    need(row['evidence'], row)
    for e in row['evidence']:
        if 'words' in e:
            same(row['masked'].encode()[e['start']:e['end']].decode(), e['words'])
    same([e['part'] for e in row['evidence']].count('decides'), 1)
    same(row['evidence'][0]['rule'], row['rule'])


@case('explain: what is vetoed says by what')
def _():
    row = explain('550 5.1.1 The sender address does not exist: user unknown')
    vetoed = [e for e in row['evidence'] if e['part'] == 'vetoed' and e['layer'] == 'text']
    need(vetoed and vetoed[0]['vetoed_unless'][0] == dict(change='evidence', rule='sender-is-subject'), row)


for sentence, reply, options, want in (
    ('a temporary code must become permanent', '450 4.1.1 user unknown', [], ['code']),
    ('the words that promise a later success must go', '550 5.1.1 user unknown, try again later', [], ['evidence']),
    ('it must have answered RCPT TO', '550 5.1.1 user unknown', ['--stage', 'mail'], ['stage']),
    ('a remote server must have said it', '550 5.1.1 user unknown', ['--stage', 'queue'], ['origin']),
    ('our sender must not be what it names',
     '550 5.1.1 <us@example.org>: user unknown', ['--mail-from', 'us@example.org'], ['own']),
    ('nothing is missing where it suppresses', '550 5.1.1 user unknown', [], []),
    ('nothing would help where no word says that the address is dead', '552 5.3.4 message too large', [], []),
):
    @case('explain: to suppress, ' + sentence)
    def _(reply=reply, options=options, want=want):
        row = explain(reply, *options)
        same([c['change'] for c in row['would_suppress_if']], want, row)


@case('explain: for people: the reply, the masked text underlined, the evidence, and why')
def _():
    d = ff('rules', 'explain', '450 4.1.1 <gone@example.net>: user unknown, please try again later')
    lines = d.text.splitlines()
    same(lines[0], '450 4.1.1 <gone@example.net>: user unknown, please try again later')
    at = lines.index('    A user unknown please try again later')
    need(lines[at + 1].startswith('      1~~~~~~~~~~~'), lines[at + 1])
    for text in ('bad-mailbox', 'does not suppress', 'A address', 'unknown-user decides with weight',
                 'hint says-temporary', 'every code in it were permanent'):
        need(text in d.text, text, d.text)
    need('\x1b' not in d.text and max(map(len, lines)) <= 132, d.text)


for reply, options, counted, sentence in [
    ('552 5.2.2 mailbox full', [], dict(days=5, within=30, apart=7),
     'It is counted: 5 days within 30, at least 7 days apart suppress the address. '
     'Alone it does not: nothing in it says'),
    ('550 5.1.1', [], dict(days=7, within=60, apart=14), 'Alone it does not, and no single part of it is to blame'),
    ('450 5.2.1 mailbox disabled', [], dict(days=5, within=30, apart=7), 'Alone it does not. It would if'),
    ('550 5.7.1 blocked by the recipient',
     [], dict(days=3, within=30, apart=0), 'It is counted: 3 days within 30 suppress the address in its stream.'),
    ('Host or domain name not found. Name service error for name=nx.example.org type=A: Host not found',
     ['--stage', 'queue'], dict(days=2, within=60, apart=2),
     'But our own MTA says so: the suppression list wants it on 2 days within 60, at least 2 days apart.'),
    ('550 5.1.1 user unknown', [], None, 'It suppresses the address'),
    ('550 5.7.1 this message is spam', [], None, 'It cannot suppress the address: nothing in it says'),
    ('450 4.1.1 user unknown', [], None, 'It does not suppress the address. It would if'),
    ('550 5.1.1 用户@例子.内网不存在', [], None,
     'It does not suppress the address: nobody can see where an address in it ends'),
]:
    @case('explain: on how many days it suppresses: ' + reply)
    def _(reply=reply, options=options, counted=counted, sentence=sentence):
        same(explain(reply, *options).get('counted'), counted)
        text = ' '.join(ff('rules', 'explain', reply, *options).text.split())
        need(sentence in text, text)


@case('explain -: each line of stdin, blank lines left out')
def _():
    rows = ff('rules', 'explain', '-', '--json', stdin='550 user unknown\n\n552 mailbox full\n').rows()
    same([r['category'] for r in rows], ['bad-mailbox', 'mailbox-full'])


KNOWN = ('{"id":"a","code":550,"enhanced":"5.1.1","stage":"mail","mx":"mx1.example.net","text":"user unknown"}',
         '{"raw":"550 5.1.1 <us@example.org>: user unknown","mail_from":"us@example.org"}', '550 5.1.1 user unknown',
         '{"id":7,"raw":"550 5.1.1 user unknown","stage":"lunch"}', '{"raw":"550', '{"id":null,"code":552}')


@case('explain: a JSON object says what is known besides the text, as in classify: of stdin and as REPLY')
def _():
    lines = '\n'.join(KNOWN) + '\n'
    rows = ff('rules', 'explain', '-', '--json', stdin=lines).rows()
    for line, got, want in zip(KNOWN, rows, ff('classify', '--json', stdin=lines).rows()):
        want.pop('id')
        same({k: got.get(k) for k in want}, want, line)
        same(ff('rules', 'explain', line, '--json').rows(), [got])
    same([r.get('id') for r in rows], ['a', None, None, 7, None, None])
    same([r['reply'] for r in rows[:3]],
         ['user unknown', '550 5.1.1 <us@example.org>: user unknown', '550 5.1.1 user unknown'])
    same([[c['change'] for c in r['would_suppress_if']] for r in rows[:3]], [['stage'], ['own'], []])
    text = ff('rules', 'explain', '-', stdin=lines).text
    for words in ('codes 550 5.1.1   stage mail_from   mx mx1.example.net', 'not judged: stage is none of connect'):
        need(words in text, words, text)


@case('explain: options say what a line does not say, and nothing else')
def _():
    known = '{"code":550,"enhanced":"5.1.1","stage":"rcpt","text":"user unknown"}'
    for line, options, suppress in ((known, [], True),
                                    (known, ['--stage', 'mail', '--code', '450', '--enhanced', '4.1.1'], True),
                                    (known, ['--stage', 'queue'], True),
                                    (known, ['--origin', 'local'], False),
                                    ('{"text":"user unknown"}', ['--code', '550', '--stage', 'rcpt'], True),
                                    ('{"text":"user unknown"}', ['--code', '550', '--stage', 'mail'], False)):
        row = explain(line, *options)
        same(row['suppress'], suppress, line, options)


@case('explain: escape sequences of a reply do not reach the terminal')
def _():
    need('\x1b' not in ff('rules', 'explain', '550 \x1b[2J\x1b]0;owned\x07 user unknown').text)


@case('explain --rules: with rules of one\'s own')
def _():
    write('own.rules', OWN)
    row = explain('550 only cat owners welcome', '--rules', 'own.rules')
    same((row['rule'], row['evidence'][0]['file'], row['evidence'][0]['line']), ('pets-only', 'own.rules', 4))


# ---------------------------------------------------------------- list and show
@case('list: every rule with category, layer, weight, phrases and examples')
def _():
    write('own.rules', OWN)
    same(ff('rules', 'list', 'own.rules', '--json').rows(),
         [dict(rule='pets-only', category='restricted-mailbox', layer='text', weight=70, phrases=1, yes=2, no=0,
               providers=0, file='own.rules', line=4)])
    need('pets-only' in ff('rules', 'list', 'own.rules').text)


@case('show: the text of a rule with its lines, and of what extends it')
def _():
    write('mine.rules', EXTENDING + 'extend rule pets\n  any only cats ~2 allowed\n  yes 550 only cats are allowed\n')
    same(ff('rules', 'show', 'pets', 'mine.rules').text.splitlines(),
         ['mine.rules:6: rule pets restricted-mailbox text 85', 'mine.rules:7:   any only dogs ~2 allowed',
          'mine.rules:8:   yes 550 only dogs are allowed', 'mine.rules:9: extend rule pets',
          'mine.rules:10:   any only cats ~2 allowed', 'mine.rules:11:   yes 550 only cats are allowed'])
    need(ff('rules', 'show', 'unknown-user', 'mine.rules').text.startswith('classify/rules/recipient.rules:'))


# ---------------------------------------------------------------- include builtin
@case('include builtin: the rules that stand on the built-in ones pass lint and test')
def _():
    write('mine.rules', EXTENDING)
    ff('rules', 'lint', 'mine.rules')
    ff('rules', 'test', 'mine.rules')


@case('include builtin: a file that includes and adds nothing judges like the built-in rules')
def _():
    write('mine.rules', 'include builtin\nversion 1\n')
    replies = ''.join(e['reply'] + '\n' for e in ff('rules', 'test', '--json').rows() if 'context' not in e)
    mine, builtin = (ff('classify', '--json', *rules, stdin=replies).rows()
                     for rules in (('--rules', 'mine.rules'), ()))
    versions = {row.pop('ruleset_version') for row in mine}, {row.pop('ruleset_version') for row in builtin}
    same(mine, builtin)
    need(len(versions[0] | versions[1]) == 2, versions)


@case('include builtin: a word that is a filler by itself may be one of a choice of another filler hint, too')
def _():
    write('mine.rules',
          'include builtin\nhint mine-says-nothing filler\n  any [please/kindly]\n  yes 550 kindly\n  no 550 mailbox\n')
    replies = '550 please wait\n550 5.1.1 please check, no such user\n'
    same(ff('classify', '--rules', 'mine.rules', stdin=replies).text, ff('classify', stdin=replies).text)
    need('mine-says-nothing' in ff('rules', 'explain', '550 please wait', '--rules', 'mine.rules').text)


WHERE = """include nothing
rule gone bad-mailbox text 70
  any user unknown | mailbox ~2 unknown | <addr> unknown
  yes 550 user unknown
  no 550 hello
hint hearsay other-matter
  any [claim/claims] that | bloßes
  where before
  yes 550 she claims that the user unknown
  no 550 user unknown, as nobody claims that often
hint thing other-matter
  any error* | *な場合
  where behind
  yes 550 user unknown errors
  no 550 error: user unknown
hint noun other-matter
  any <addr> unknown
  where noun-follows
  yes 550 bob@example.com: unknown cookie
  no 550 bob@example.com: unknown
"""


def suppressed_by_where(said):
    write('where.rules', WHERE)
    rows = ff('classify', '--json', '--rules', 'where.rules', stdin='\n'.join(said) + '\n').rows()
    return [said for said, r in zip(said, rows) if r['suppress']]


table_of_places = [
    ('words before a claim take it back, an article between or none',
     ['550 he claims that user unknown', '550 he claims that the user unknown', '550 bloßes user unknown'], []),
    ('words before a claim count only there: not two words away, not behind it, not within it',
     ['550 he claims that our good user unknown', '550 user unknown, he claims that',
      '550 mailbox claims that unknown'], None),
    ('words behind a claim count only there', ['550 user unknown errors'], []),
    ('words behind a claim count only there: not before it, nor behind another word',
     ['550 errors user unknown', '550 user unknown by errors'], None),
    ('a noun behind the adjective is what it is said of', ['550 bob@example.com unknown cookie'], []),
    ('no noun is a short word, a placeholder, an end, nor what a claim goes on with',
     ['550 bob@example.com unknown', '550 bob@example.com unknown at', '550 bob@example.com unknown 192.0.2.1'], None),
]
for name, said, kept in table_of_places:
    @case('where: ' + name)
    def _(said=said, kept=kept):
        same(suppressed_by_where(said), said if kept is None else kept)


@case('where: the examples of such hints hold, and explain says in words what stands in the way')
def _():
    write('where.rules', WHERE)
    need(' failing 0' in ff('rules', 'test', 'where.rules').err)
    for said, why in (('he claims that the user unknown', '"claims that" did not stand directly before those that say'),
                      ('user unknown errors', '"error" did not stand directly behind those that say'),
                      ('bob@example.com unknown cookie', '"A unknown" were not said of the noun behind them')):
        need(why in ff('rules', 'explain', '550 ' + said, '--rules', 'where.rules').text.replace('\n    ', ' '), why)


ASIDE = """include nothing
rule gone bad-mailbox text 70
  any user unknown
  yes 550 user unknown
  no 550 hello
rule harvest dhap-block listing 90
  any [mail/mails] ~2 unknown users | blocked
  yes 550 blocked
  no 550 hello
hint moral aside
  any [hosts/servers] that ~1 [mail/mails] ~2 unknown users ~2 blocked
  with user unknown
  not you
  yes 550 user unknown: hosts that mail unknown users get blocked
  no 550 hello
"""


@case('an aside of several parts: what stands from its first to its last part is left out, '
      'wherever and however often it stands')
def _():
    write('aside.rules', ASIDE)
    said = ('550 user unknown; hosts that mail unknown users get blocked',
            '550 hosts that mail so many unknown users are blocked: user unknown',
            '550 hosts that mail unknown users get blocked: user unknown, servers that mail unknown users get blocked')
    rows = ff('classify', '--json', '--rules', 'aside.rules', stdin='\n'.join(said) + '\n').rows()
    same([(r['rule'], r['suppress']) for r in rows], [('gone', True)] * 3)
    need('moral' in ff('rules', 'explain', said[0], '--rules', 'aside.rules').text)


@case('an aside of several parts: beside what a line of it excludes, or without what it asks for, nothing is left out')
def _():
    write('aside.rules', ASIDE)
    said = ('550 user unknown; hosts that mail unknown users get blocked, you too',
            '550 hosts that mail unknown users get blocked',
            '550 user unknown; hosts that mail unknown users get blocked; blocked')
    rows = ff('classify', '--json', '--rules', 'aside.rules', stdin='\n'.join(said) + '\n').rows()
    same([r['rule'] for r in rows], ['harvest'] * 3)


@case('include builtin: classify and run honour added, replaced and dropped rules')
def _():
    write('mine.rules', EXTENDING)
    replies = ('550 only dogs are allowed\n'
               '550 parti sans laisser d\'adresse\n'
               '550 Destinataire inconnu dans notre annuaire\n')
    rows = ff('classify', '--json', '--rules', 'mine.rules', stdin=replies).rows()
    same([r.get('rule') for r in rows[:2]], ['pets', 'unknown-user-fr'])
    need(rows[2].get('rule') != 'unknown-user-fr', rows[2])
    write('events.json', ndjson(event(reply_code=550, enhanced_code='5.7.1', reply_text='only dogs are allowed')))
    ff('run', '-i', 'json:events.json', '--state', 'state', '--rules', 'mine.rules', '--results', 'results.json')
    same(json.loads(read('results.json'))['verdict']['rule'], 'pets')


@case('rules explain prints what docs/rules.md shows, but for the numbers of lines')
def _():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/rules.md')) as f:
        shown = re.findall(r'```\n\$ fivefifty (rules explain [^\n]*)\n(.*?)\n```', f.read(), re.S)
    need(shown, 'docs/rules.md shows none')
    for line, text in shown:
        plain = lambda t: [re.sub(r'(\.rules:)\d+', r'\1N', l.rstrip()) for l in t.rstrip('\n').split('\n')]
        same(plain(ff(*shlex.split(line)).text), plain(text), 'put what it prints into docs/rules.md')


main()
