#!/usr/bin/env python3
"""rules import: what a translated rule fires on is what Python's re matches, and every loss is said."""
import functools, random, re

from shell import *

VOCABULARY = ['user', 'users', 'unknown', 'no', 'such', 'mailbox', 'mail box', 'mailboxes', 'is', 'full',
              'over', 'quota', 'overquota', 'recipient', 'rejected', 'account', 'blocked', 'blocking',
              'unblocked', 'message', 'spam', 'spammer', 'antispam', 'for', 'policy', 'reasons', 'too', 'many',
              'connections', 'try', 'again', 'later', 'greylisted', 'greylist', 'too many',
              'the', 'no such mailbox full', 'service', 'not', 'available', 'temporarily', "doesn't",
              'exist', 'e-mail', 'TSS04', 'TSS07', 'denied:', 'access']
HEADS = ['550 ', '550 5.1.1 ', '550 5.7.1 ', '550 5.1.10 ', '551 ', '450 4.2.0 ', '451 4.7.1 ', '421 ', '552 5.2.2 ',
         '554 5.7.1 ', '']


def replies():
    """rows of words behind codes: seeded, so that a failure comes again"""
    rng = random.Random(4)
    out = [h.strip() + ' ' + w for h in HEADS for w in VOCABULARY]
    for _ in range(2500):
        out.append(rng.choice(HEADS) + ' '.join(rng.choice(VOCABULARY) for _ in range(rng.randint(1, 7))))
    return [r.strip() for r in out]


REPLIES = replies()

# A pattern in Python's syntax, and what becomes of it. `carried`: the rule fires exactly where re matches; `partly`:
# there, and where what was lost matters.
PATTERNS = [
    ('user unknown', 'carried'),
    ('User Unknown', 'carried'),
    (r'\buser unknown\b', 'carried'),
    (r'\bspam\b', 'carried'),
    ('spam', 'carried'),
    (r'\bspam', 'carried'),
    (r'spam\b', 'carried'),
    ('no such (user|mailbox|account)', 'carried'),
    ('no such (?:user|mail ?box)s?', 'carried'),
    ('mailbox (is )?full', 'carried'),
    (r'over\s*quota', 'carried'),
    (r'over\s+quota', 'carried'),
    ('over ?quota', 'carried'),
    ('user.*unknown', 'carried'),
    ('(user|recipient).*(unknown|rejected)', 'carried'),
    ('user.*unknown.*rejected', 'carried'),
    ('too many .*connections', 'carried'),
    ('block(ed|ing)', 'carried'),
    ('block[ei]', 'carried'),
    (r'block\w*', 'carried'),
    ('^550 ', 'carried'),
    ('^55[0-3]', 'carried'),
    (r'^5\d\d', 'carried'),
    (r'^[45]\d{2} ', 'carried'),
    ('^(451|550) [45]\\.[17]\\.1 ', 'carried'),
    (r'^\d{3} [45]\.7\.\d+ ', 'carried'),
    (r'^550 5\.1\.(1|10) ', 'carried'),
    ('^550.*unknown', 'carried'),
    ('^5.*unknown', 'carried'),
    ('^4.*try again', 'carried'),
    ('^(450|550).*(user|mailbox)', 'carried'),
    ('^.*unknown', 'carried'),
    ('unknown.*', 'carried'),
    ('greylist(ed|ing)?', 'carried'),
    ("doesn't exist", 'carried'),
    ('e-mail', 'carried'),
    ('TSS0[4-6]', 'carried'),
    ('(no|not).*available', 'carried'),
    ('user|mailbox|quota', 'carried'),
    ('((a|b|no) such )?mailbox', 'carried'),
    ('(?i)USER UNKNOWN', 'carried'),
    ('denied[: ]', 'carried'),
    ('policy[ -]+reasons', 'carried'),
    ('[su]pam', 'carried'),
    ('(?P<what>user|account) unknown', 'carried'),
    ('mailbox{1}', 'carried'),
    ('^550 user', 'partly'),
    ('^user', 'partly'),
    ('later$', 'partly'),
    ('user [a-z]+ unknown', 'partly'),
    (r'too \S+ connections', 'partly'),
    ('(no )+such', 'partly'),
    ('spam[a-z]+', 'partly'),
    ('[a-z]+spam', 'partly'),
    ('m[a-z]*box', 'partly'),
    ('user.{1,30}unknown', 'partly'),
    ('no.*su.*ch.*ma.*bo.*fu.*ll', 'partly'),
    (r'TSS\d\d', 'partly'),
]


def freed(text):
    """rules that are held back as rules: what a pattern becomes, whatever the linter says of it"""
    return re.sub(r'^#~ ', '', text, flags=re.M)


def convert(pattern, *options, klass='PolicyRelated', alone=True):
    """the rules file of one pattern; alone: without the built-in rules, which take a second to load"""
    toml = '[rules]\n%s = [%s]\n' % (klass, json.dumps(pattern))
    return ff('rules', 'import', '--from', 'kumomta', '-', *(['--alone'] if alone else []), *options, stdin=toml).text


def fires(rules):
    """for each of REPLIES: does a rule of the text fire? Alone, so that no built-in rule decides before it."""
    write('alone.rules', freed(rules))
    rows = ff('classify', '--json', '--rules', path('alone.rules'), stdin=ndjson(*({'raw': r} for r in REPLIES))).rows()
    return ['rule' in r for r in rows]


LEFT = [
    ('(?=user)unknown', 'look-around'),
    ('user(?!s)', 'look-around'),
    (r'(user) \1', 'no counterpart'),
    (r'\p{L}+', 'no counterpart'),
    ('.*', 'every reply'),
    ('^', 'every reply'),
    ('', 'every reply'),
    ('(user', 'without its'),
    ('user)', 'without its'),
    ('[user', 'without its'),
    ('*user', 'of nothing'),
    ('(?x) user', 'flag x'),
    ('us^er', '^ inside'),
    (r'zen\.spamhaus\.org', 'masked'),
    (r'\d+', 'too little'),
    ('y', 'too little'),
    ('(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)', '256'),
    ('[à-é]x', 'outside ASCII'),
    ('(' * 100 + 'a' + ')' * 100, 'deep'),
    ('a' + '*' * 50, 'too little'),
]


@functools.lru_cache
def blocks():
    """All patterns of the tables in one file, one a line; the rules file cut at its patterns."""
    lines = [p for p, _ in PATTERNS + LEFT]
    d = ff('rules', 'import', '--from', 'kumomta', '-',
           stdin='rules.PolicyRelated = [\n%s]\n' % ''.join('%s,\n' % json.dumps(p) for p in lines))
    parts = re.split(r'^# PolicyRelated, line \d+: .*\n', d.text, flags=re.M)[1:]
    need(len(parts) == len(lines), len(parts), d.text)
    return {p: (text, 'left' if '# left out' in text else 'partly' if '# partly' in text else 'carried')
            for p, text in zip(lines, parts)}


for pattern, kind in PATTERNS:
    @case('rules import: %s is %s and fires %s re matches' %
          (pattern, kind, 'where' if kind == 'carried' else 'at least where'))
    def _(pattern=pattern, kind=kind):
        text, got = blocks()[pattern]
        same(got, kind, text)
        want = [bool(re.search(pattern, r, re.I)) for r in REPLIES]
        have = fires(text)
        need(any(want) and not all(want), 'the replies do not try this pattern')
        wrong = [r for r, w, h in zip(REPLIES, want, have) if w != h and (kind == 'carried' or w)]
        need(not wrong, '%d replies, first: %r\n%s' % (len(wrong), wrong[0] if wrong else '', text))


for pattern, why in LEFT:
    @case('rules import: %s is left out: %s' % (pattern[:40], why))
    def _(pattern=pattern, why=why):
        text, got = blocks()[pattern]
        need(got == 'left' and why in text, text)


for sentence, pattern, name, rule_has in (
    ('codes are predicates, joined',
     r'^(451|550) [45]\.1\.[12] ', 'PolicyRelated', '  code 451 550\n  enhanced 4.1.1 4.1.2 5.1.1 5.1.2\n'),
    ('codes alone are a prior', '^550 ', 'InvalidRecipient', 'bad-mailbox prior\n'),
    ('a code that need not be the first may be wrapped',
     '550 5.1.1', 'PolicyRelated', '  code 550 wrapped\n  enhanced 5.1.1\n'),
    ('what a shorter phrase covers is left out', 'users?', 'PolicyRelated', '  any *user*\n  yes'),
    ('a host becomes a placeholder beside words',
     r'listed at zen\.spamhaus\.org', 'SpamBlock', 'any *listed at <list-ip>\n'),
    ('wording about the recipient decides but does not suppress',
     'flurbish zonk', 'InvalidRecipient', 'bad-mailbox text 45\n'),
    ('other wording has its usual weight', 'flurbish zonk', 'SpamContent', 'content-spam text\n'),
    ('a pattern stands beside its rule', 'flurbish|zonk', 'SpamContent', '# SpamContent, line 2: flurbish|zonk\n'),
    ('of two status codes the first counts',
     r'^550 5\.1\.1 .*5\.7\.1', 'PolicyRelated', '# partly: of several status codes only the first is looked at\nrule'),
    ('what the other rules overrule is held back', r'\buser unknown\b', 'SpamContent',
     '# held back: other rules say something else of its own words: bad-mailbox (without "#~ " it is a rule)\n'),
):
    @case('rules import: ' + sentence)
    def _(pattern=pattern, name=name, rule_has=rule_has):
        text = convert(pattern, klass=name, alone='<list-ip>' not in rule_has and 'held back' not in rule_has)
        need(rule_has in freed(text), text)


# ---------------------------------------------------------------- safety
DEAD = '550 5.1.1 flurbish zonk\n'


def verdict(rules, reply):
    return ff('classify', '--json', '--rules', write('s.rules', rules), stdin=reply).rows()[0]


@case('rules import: no imported rule suppresses unless --may-suppress, and then only carried wording of such a class')
def _():
    for klass, pattern, options, suppress in (
        ('InvalidRecipient', 'flurbish zonk', (), False),
        ('InvalidRecipient', 'flurbish zonk', ('--may-suppress',), True),
        ('InvalidRecipient', r'^550 5\.1\.1 ', ('--may-suppress',), False),
        ('InvalidRecipient', '^550 5.1.1 flurbish', ('--may-suppress',), False),
        ('InvalidRecipient', r'flurbish \w+', ('--may-suppress',), False),
        ('PolicyRelated', 'flurbish zonk', ('--may-suppress',), False),
        ('BadDomain', 'flurbish zonk', ('--may-suppress',), True),
        ('QuotaIssues', 'flurbish zonk', ('--may-suppress',), False),
    ):
        text = convert(pattern, *options, klass=klass)
        dead, transient, later = ff('classify', '--json', '--rules', write('s.rules', text),
                                    stdin=DEAD + '450 4.1.1 flurbish zonk\n550 4.1.1 flurbish zonk\n').rows()
        same((dead['suppress'], transient['suppress'], later['suppress']), (suppress, False, False), klass, pattern,
             options, dead)


@case('rules import --may-suppress: what ZoneMTA defers does not suppress')
def _():
    for action, suppress in (('reject', True), ('defer', False), ('slowdown', False)):
        write('bounces.txt', 'flurbish zonk,%s,recipient,Unknown, really\n' % action)
        d = ff('rules', 'import', '--from', 'zonemta', '--alone', '--may-suppress', path('bounces.txt'))
        same(verdict(d.text, DEAD)['suppress'], suppress, action)


# ---------------------------------------------------------------- files
@case('rules import: TOML with every kind of string, comments, dotted keys and other tables')
def _():
    toml = r'''
# a comment
title = "not a rule"
rules.SpamContent = [ "dotted \"zonk\"" ]
[other]
SpamBlock = ["not a rule"]
[ rules ]   # ours
"InvalidRecipient" = [
  "basic\\s+string",   # with a comment, and
  'literal\s+string',

  """multi \
     line""", """
first line ends""", # a comma at the end
]
'PolicyRelated' = """
alone"""
QuotaIssues = []
Other-Class_1 = ["\u0066lurb"]
'''
    d = ff('rules', 'import', '--from', 'kumomta', '--alone', '-', '--map', 'Other-Class_1=greylisted', stdin=toml)
    for words in ('*dotted zonk', '*basic string*', '*literal string*', '*multi line*', '*first line ends*', '*alone*',
                  '*flurb*'):
        need('  any %s\n' % words in d.text, words, d.text)
    need('kumomta-other-class-1-7 greylisted text' in d.text and 'not a rule' not in d.text, d.text)
    need(d.err.startswith('patterns 7  carried 7  partly 0  left 0  rules 7  held back 0\n'), d.err)


for sentence, toml, line, says in (
    ('a string that does not end', '[rules]\nA = ["x', 2, 'does not end'),
    ('a string that does not end on its line', '[rules]\nA = ["x\n"]', 3, 'on its line'),
    ('a number', '[rules]\nA = 3\n', 2, 'no string'),
    ('an array in an array', '[rules]\nA = [["x"]]\n', 2, 'no string'),
    ('an inline table', 'rules = {A = ["x"]}\n', 1, 'no string'),
    ('an array of tables', '[[rules]]\n', 1, 'array of tables'),
    ('a key without a value', '[rules]\nA\n', 2, 'without "="'),
    ('an escape there is not', '[rules]\nA = ["\\s"]\n', 2, 'backslash'),
    ('an escape that is no character', '[rules]\nA = ["\\ud800"]\n', 2, 'no character'),
    ('two values on a line', '[rules]\nA = ["x"] B = ["y"]\n', 2, 'behind the value'),
    ('a missing comma', '[rules]\nA = ["x" "y"]\n', 2, 'without ","'),
    ('bytes that are no UTF-8', b'[rules]\nA = ["\xff"]\n', 1, 'UTF-8'),
    ('a control byte', '[rules]\nA = ["\x01"]\n', 2, 'control byte'),
    ('a file without rules', '[other]\nA = ["x"]\n', None, 'there is no pattern'),
    ('an empty file', '', None, 'there is no pattern'),
):
    @case('rules import: %s is refused with its line, and nothing is written' % sentence)
    def _(toml=toml, line=line, says=says):
        d = ff('rules', 'import', '--from', 'kumomta', '-', '-o', path('out.rules'), stdin=toml, status=65)
        need(says in d.err and (line is None or ':%d: ' % line in d.err), d.err)
        need(not os.path.exists(path('out.rules')))


@case('rules import: bounces.txt with comments, CRLF, commas in the message and lines that are none')
def _():
    text = ('# comment\r\n\r\n'
            'flurbish,reject,spam,One, two\r\n'
            '  zonk ,defer,greylist\r\n'
            'no columns\r\n'
            'x,reject,other,Other\r\n'
            'yyy,reject,moon,Moon\r\n')
    d = ff('rules', 'import', '--from', 'zonemta', '--alone', '-', stdin=text)
    need('rule zonemta-spam-1 content-spam text\n  any *flurbish*\n' in d.text and
         'rule zonemta-greylist-2 greylisted text\n' in d.text, d.text)
    need('patterns 5  carried 2  partly 0  left 3  rules 2  held back 0\n' in d.err and 'without a class' in d.err and
         'not known' in d.err, d.err)
    d = ff('rules', 'import', '--from', 'zonemta', '--alone', '-', '--map', 'moon=geo-block',
           '--map', 'spam=policy-block', stdin=text)
    need('geo-block text' in d.text and 'zonemta-spam-1 policy-block' in d.text, d.text)


@case('rules import -o: the file loads beside the built-in rules, lint knows it, '
      'and the built-in rules still decide theirs')
def _():
    write('k.toml',
          '[rules]\nInvalidRecipient = ["flurbish zonk", "^(451|550) [45]\\\\.1\\\\.1 "]\nSpamContent = ["zonkspam"]\n')
    ff('rules', 'import', '--from', 'kumomta', path('k.toml'), '-o', path('k.rules'))
    rows = ff('classify', '--json', '--rules', path('k.rules'),
              stdin='550 5.1.1 user unknown\n550 flurbish zonk\n554 zonkspam\n').rows()
    same([(r['category'], r['suppress']) for r in rows],
         [('bad-mailbox', True), ('bad-mailbox', False), ('content-spam', False)])
    same(rows[1]['rule'], 'kumomta-invalidrecipient-1')
    d = ff('rules', 'test', path('k.rules'))
    need('failing 0' in d.err, d.err)


@case('rules import: what it writes passes lint: rules that would not are comments with their reason, counted, '
      'and rules again without their mark')
def _():
    bounces = ('flurbish zonk,reject,recipient,x\n'
               'mailbox full,reject,capacity,x\n'
               '^550 5\\.1\\.1 ,reject,recipient,x\n'
               'user unknown,reject,spam,x\n')
    toml = ('[rules]\n'
            'InvalidRecipient = ["user unknown", "flurbish zonk"]\n'
            'SpamContent = ["zonkspam", "spam", "user unknown"]\n'
            'PolicyRelated = ["^550 5\\\\.7\\\\.1 ", "policy", "unknown"]\n')
    for product, source in (('zonemta', bounces), ('kumomta', toml)):
        for alone in (['--alone'], []):
            d = ff('rules', 'import', '--from', product, *alone, '-', '-o', path('fresh.rules'), stdin=source)
            ff('rules', 'lint', 'fresh.rules')
            text = read('fresh.rules').decode()
            held = re.findall(r'^# held back: (.*?)(?:: \S+)? \(without "#~ " it is a rule\)\n#~ rule ', text,
                              flags=re.M)
            rules, n = map(int, re.search(r'rules (\d+)  held back (\d+)\n', d.err).groups())
            same((len(held), len(re.findall('^rule ', text, flags=re.M))), (n, rules), d.err)
            same(sum(map(int, re.findall(r'^  held back (\d+): ', d.err, flags=re.M))), n, d.err)
            need(alone or n > 0, d.err)
            if n and not alone:
                write('all.rules', freed(text))
                ff('rules', 'lint', 'all.rules', status=78)


@case('rules import: a file of which nothing can be carried over is 65, with what was left, and nothing is written')
def _():
    for product, source, says in (('zonemta', '[rules]\nSpamBlock = ["blocked"]\nA = ["x", "y"]\nB = ["x", "y", "z"]\n',
                                   'left 1: its class is not known'),
                                  ('zonemta', 'zonk,reject,other,x\n', 'left 1: its class is no cause'),
                                  ('kumomta', 'rules.Uncategorized = ["zonk"]\n', 'left 1: its class is no cause'),
                                  ('kumomta', 'rules.SpamBlock = ["(?=x)y"]\n', 'left 1: look-around')):
        d = ff('rules', 'import', '--from', product, '-', '-o', path('out.rules'), stdin=source, status=65)
        need('nothing of it could be carried over' in d.err and says in d.err, d.err)
        need(not os.path.exists(path('out.rules')))


@case('rules import --map: a class that neither file nor product has is refused; '
      'one of the product may be missing in the file')
def _():
    toml = 'rules.SpamContent = ["zonk"]\nrules.Ours = ["flurb"]\n'
    for name in ('spamcontent', 'Theirs', ''):
        d = ff('rules', 'import', '--from', 'kumomta', '--alone', '--map', name + '=geo-block', '-',
               '-o', path('out.rules'), stdin=toml, status=64)
        need('no pattern has the class "%s"' % name in d.err or 'CLASS=CATEGORY' in d.err, d.err)
        need(not os.path.exists(path('out.rules')))
    d = ff('rules', 'import', '--from', 'kumomta', '--alone', '--map', 'Ours=geo-block', '--map', 'SpamBlock=geo-block',
           '-', stdin=toml)
    need('rules 2' in d.err, d.err)


table([
    ('rules import: --from must be given', ['rules', 'import', '-'], '', 64, '', '--from'),
    ('rules import: a product there is not', ['rules', 'import', '--from', 'sendmail', '-'], '', 64, '', 'sendmail'),
    ('rules import: a file that is not there',
     ['rules', 'import', '--from', 'kumomta', 'absent.toml'], '', 66, '', 'absent.toml'),
    ('rules import: no file at all', ['rules', 'import', '--from', 'kumomta'], '', 64, '', 'import takes FILE'),
    ('rules import: --map needs a pair',
     ['rules', 'import', '--from', 'kumomta', '--map', 'x', '-'], '', 64, '', 'CLASS=CATEGORY'),
    ('rules import: --map needs a category',
     ['rules', 'import', '--from', 'kumomta', '--map', 'x=moon', '-'], '', 64, '', 'moon'),
    ('rules lint: takes none of its options', ['rules', 'lint', '--from', 'kumomta'], '', 64, '', '--from'),
])


@case('rules import --alone: rules that do without the built-in ones')
def _():
    d = ff('rules', 'import', '--from', 'kumomta', '--alone', '-',
           stdin='rules.SpamContent = ["zonk", "at zen\\\\.spamhaus\\\\.org"]')
    need('\ninclude nothing\n' in d.text and 'any *at <host>' in d.text, d.text)
    same(verdict(d.text, '550 5.1.1 user unknown\n')['category'], 'ambiguous')
    same(verdict(d.text, '550 zonk\n')['category'], 'content-spam')


@case('rules import: a file over 1 MiB is refused')
def _():
    d = ff('rules', 'import', '--from', 'kumomta', '-', stdin='#' * (1 << 20) + '\n[rules]\n', status=65)
    need('1 MiB' in d.err, d.err)


@case('rules import: more patterns than a rules file may hold are refused, not half of them written')
def _():
    toml = 'rules.SpamContent = [\n%s]' % ''.join(
        '"zonk %s",\n' % ''.join(chr(97 + i // 26 ** k % 26) for k in range(3)) for i in range(5000))
    d = ff('rules', 'import', '--from', 'kumomta', '--alone', '-', '-o', path('out.rules'), stdin=toml, status=65)
    need('import it in parts' in d.err and not os.path.exists(path('out.rules')), d.err)


if __name__ == '__main__':
    main()
