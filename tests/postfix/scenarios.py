"""The table of situations: what the receiving server does, and who gets the mail.

`script` is what sink.py answers; recipients are local parts (the domain is the scenario's own) or whole addresses in
angle brackets. Where no server is asked, `local` says what the log must come to instead.
"""
from sink import Drop, Hang, Reply


class Scenario:
    def __init__(self, name, script=None, rcpts=('joe',), **more):
        self.name, self.script, self.rcpts = name, script, rcpts
        self.sender = more.pop('sender', None)        # None: made from the number; '': the null sender
        self.transport = more.pop('transport', None)  # instead of smtp:[server]
        self.final = more.pop('final', None)          # recipients after aliases, with orig_to: {final: original}
        self.local = more.pop('local', None)          # kind, origin, stage of results that no server gave
        self.features = more.pop('features', ())
        self.lmtp = more.pop('lmtp', False)
        self.soft = more.pop('soft', False)           # 5xx keeps the mail in the queue
        self.egress = more.pop('egress', None)
        self.truncated = more.pop('truncated', False)
        self.messages = more.pop('messages', 1)
        self.then = more.pop('then', None)            # 'delete' or 'expire' with postsuper after the first deferral
        self.first_host = more.pop('first_host', None)  # script of a server that is tried before
        self.probe = more.pop('probe', False)
        self.domain_of = more.pop('domain', None)
        assert not more, more


S = Scenario
LOOKALIKE = '"x, relay=none, delay=1, dsn=2.0.0, status=sent (250 ok)"'
LONG = ['4.7.1 line %02d %s' % (i, ' '.join(['of a very long story,'] * 5)) for i in range(30)]

TABLE = [
    # --- RCPT TO ---
    S('a refused recipient is a bounce', {'rcpt': Reply(550, '5.1.1 no such user here')}),
    S('a reply without status', {'rcpt': Reply(550, 'no such user here')}),
    S('a reply of three lines',
      {'rcpt': Reply(550, '5.1.1 the account', '5.1.1 does not exist', '5.1.1 see https://help.example.net/?a=b')}),
    S('a status on the last line only', {'rcpt': Reply(550, 'the account', '5.1.1 does not exist')}),
    S('a status on the first line only', {'rcpt': Reply(550, '5.1.1 the account', 'does not exist')}),
    S('a reply with an empty line', {'rcpt': Reply(550, '5.1.1 gone', '', '5.1.1 really gone')}),
    S('greylisted, then taken',
      {'rcpt': [Reply(450, '4.2.0 greylisted, come back later'), Reply(250, '2.1.5 welcome')]}),
    S('deferred until it expires', {'rcpt': Reply(452, '4.2.2 mailbox full')}),
    S('deferred, then refused', {'rcpt': [Reply(451, '4.3.0 in a moment'), Reply(550, '5.2.1 disabled')]}),
    S('552 at RCPT is a bounce', {'rcpt': Reply(552, '5.2.2 over quota')}),
    S('421 at RCPT closes the session', {'rcpt': Reply(421, '4.3.2 shutting down')}),
    S('a status whose class is not that of the code', {'rcpt': Reply(550, '4.2.1 temporarily disabled for good')}),
    S('a status behind two blanks', {'rcpt': Reply(550, ' 5.1.1 unknown')}),
    S('no status: with a colon, in brackets, with a hash', {'rcpt': Reply(550, '5.1.1: unknown (5.1.1) #5.1.1')}),
    S('a 354 at RCPT', {'rcpt': Reply(354, 'what')}),
    S('three recipients, three outcomes',
      {('rcpt', 'no@@'): Reply(550, '5.1.1 no'), ('rcpt', 'wait@@'): [Reply(450, '4.2.1 wait'), Reply(250, 'ok')]},
      rcpts=('yes', 'no', 'wait')),
    S('the same with pipelining',
      {('rcpt', 'no@@'): Reply(550, '5.1.1 no'), ('rcpt', 'wait@@'): [Reply(450, '4.2.1 wait'), Reply(250, 'ok')]},
      rcpts=('yes', 'no', 'wait'), features=('PIPELINING', 'ENHANCEDSTATUSCODES', '8BITMIME')),
    # --- connect, banner, EHLO ---
    S('a 554 banner is deferred', {'banner': Reply(554, '5.7.1 you are listed')}),
    S('a 421 banner', {'banner': Reply(421, '4.3.2 too many connections')}),
    S('a banner of several lines', {'banner': Reply(554, 'mx.example.net', 'no service for you', 'go away')}),
    S('a 5xx to EHLO and HELO bounces', {'helo': Reply(550, '5.7.1 bad name')}),
    S('a 4xx to EHLO and HELO', {'helo': Reply(450, '4.7.1 bad name for now')}),
    S('a connection closed before the banner', {'banner': Drop()}),
    S('a connection closed at EHLO', {'helo': Drop()}),
    S('a server that never greets', {'banner': Hang()}),
    S('nobody listens', None, local=('transient_failure', 'local_network', 'connect')),
    S('an unknown host', None, transport='smtp:[no-such-host.invalid]', local=('*', 'local_dns', 'dns')),
    S('the first host refuses to talk, the next one takes it', {}, first_host={'banner': Reply(421, '4.3.2 busy')}),
    S('the first host defers the recipient, the next one refuses it', {'rcpt': Reply(550, '5.1.1 unknown here too')},
      first_host={'rcpt': Reply(450, '4.2.1 not now')}),
    # more messages than the five connections Postfix tries at first: those behind a failure are never attempted
    S('a destination that fails is suspended', {'banner': Reply(421, '4.7.0 no more lines')}, messages=20),
    # --- MAIL FROM ---
    S('a refused sender', {'mail': Reply(550, '5.7.1 sender refused')}, rcpts=('ann', 'bob')),
    S('a deferred sender', {'mail': Reply(451, '4.7.1 sender deferred')}),
    S('a connection closed at MAIL', {'mail': Drop()}),
    S('the null sender', {'rcpt': Reply(550, '5.1.1 no such user')}, sender=''),
    S('the null sender, expired', {'rcpt': Reply(450, '4.2.0 not yet')}, sender=''),
    # --- DATA and the end of it ---
    S('DATA refused', {'data': Reply(554, '5.5.1 no data')}),
    S('DATA deferred', {'data': Reply(451, '4.3.0 no data now')}),
    S('DATA answered with 250', {'data': Reply(250, '2.0.0 fine')}),
    S('refused after the message, for both', {'dot': Reply(554, '5.7.1 spam', '5.7.1 see our page')},
      rcpts=('ann', 'bob')),
    S('deferred after the message, then taken',
      {'dot': [Reply(452, '4.3.1 disk full'), Reply(250, '2.6.0 queued as 42')]}),
    S('taken', {'dot': Reply(250, '2.6.0 <id@example.net> queued (a=b, c=d)')}),
    S('taken with several lines', {'dot': Reply(250, '2.0.0 taken', '2.0.0 number 7')}),
    S('taken without status', {'dot': Reply(250, 'OK')}),
    S('a connection closed at RCPT', {'rcpt': Drop()}),
    S('a connection closed at DATA', {'data': Drop()}),
    S('a connection closed after the message', {'dot': Drop()}),
    S('no answer to RCPT', {'rcpt': Hang()}),
    S('no answer after the message', {'dot': Hang()}),
    # --- texts ---
    S('a reply that looks like a result', {'rcpt': Reply(550, '5.1.1 no, status=sent (250 2.0.0 ok), dsn=2.0.0')}),
    S('unbalanced parentheses', {'rcpt': Reply(550, '5.1.1 ((sad :-( story)')}),
    S('a reply that quotes another command', {'rcpt': Reply(550, '5.1.1 no (in reply to MAIL FROM command)')}),
    S('a reply that quotes another host',
      {'rcpt': Reply(550, '5.1.1 host x.example.org[192.0.2.1] said: 250 ok (in reply to end of DATA command)')}),
    S('a reply in UTF-8', {'rcpt': Reply(550, '5.1.1 \u7528\u6237\u4e0d\u5b58\u5728, Empf\u00e4nger unbekannt')}),
    S('a reply in Latin-1',
      {'rcpt': Reply(550, b'5.1.1 Empf\xe4nger unbekannt', logged=['5.1.1 Empf?nger unbekannt'])}),
    S('a reply with control characters', {'rcpt': Reply(550, b'5.1.1 a\tb\x01c', logged=['5.1.1 a?b?c'])}),
    S('a reply over 2000 bytes is cut', {'rcpt': Reply(450, *LONG)}, truncated=True),
    # --- recipients ---
    S('an alias', {'rcpt': Reply(550, '5.1.1 unknown')}, rcpts=('alias',), final={'real': 'alias'}),
    S('an alias with two members', {('rcpt', 'two@@'): Reply(550, '5.1.1 unknown')}, rcpts=('list',),
      final={'one': 'list', 'two': 'list'}),
    S('a quoted local part', {'rcpt': Reply(550, '5.1.1 unknown')}, rcpts=('"Eva, the (boss)"',)),
    S('a local part that looks like a result', {'rcpt': Reply(550, '5.1.1 unknown')}, rcpts=(LOOKALIKE,)),
    S('a local part with an escaped quote and a bracket',
      {'rcpt': Reply(550, '5.1.1 unknown')}, rcpts=('"a\\"b>, c"',)),
    # --- other agents and settings ---
    S('soft_bounce keeps the mail', {'rcpt': [Reply(550, '5.1.1 unknown'), Reply(250, 'ok')]}, transport='soft',
      soft=True, egress='postfix/soft'),
    S('a transport with its own syslog_name', {'rcpt': Reply(550, '5.1.1 unknown')},
      transport='bulk', egress='postfix-bulk'),
    S('LMTP with an answer for each recipient',
      {('dot', 'full@@'): Reply(552, '5.2.2 over quota'), ('dot', 'fine@@'): Reply(250, '2.1.5 delivered')},
      rcpts=('full', 'fine'), transport='lmtp', lmtp=True),
    S('TLS required, refused', {'starttls': Reply(454, '4.7.0 TLS not available')}, transport='tls',
      features=('STARTTLS',)),
    S('TLS required, not offered', {}, transport='tls', local=('transient_failure', 'local_policy', 'starttls')),
    S('too large for the server', {}, features=('SIZE 100',), local=('bounce', 'local_policy', None)),
    S('the error transport', None, transport='error:5.1.2 this domain is closed',
      local=('bounce', 'local_policy', None)),
    S('the discard transport is no delivery', None, transport='discard:silently', local=()),
    S('a mailbox of our own', None, transport='virtual', local=('delivery', None, None), rcpts=('inbox',)),
    S('no mailbox of our own', None, transport='virtual', local=('bounce', 'local_policy', None), rcpts=('nobody',)),
    # --- the operator ---
    S('deleted by postsuper: no expiration', {'rcpt': Reply(450, '4.2.0 later')}, then='delete'),
    S('expired by postsuper', {'rcpt': Reply(450, '4.2.0 later')}, then='expire'),
    S('a probe that is answered', {'rcpt': Reply(250, '2.1.5 welcome')}, probe=True),
    S('a probe that is refused', {'rcpt': Reply(550, '5.1.1 unknown')}, probe=True),
]
