"""Scripted SMTP and LMTP servers, one per loopback address, that write down what they answered about each recipient.

A script says what to answer at each stage: a Reply, a Drop (close the connection) or a Hang (say nothing). A list is
taken one element per attempt, the last one again and again. The record is the truth that decoded log lines are held
against: it is made from what went over the wire, never from a log.
"""
import asyncio, collections, re, threading, time


class Reply:
    def __init__(self, code, *lines, logged=None):
        self.code, self.lines, self.logged = code, lines or ('',), logged

    def wire(self):
        out = []
        for i, line in enumerate(self.lines):
            sep = b' ' if i == len(self.lines) - 1 else b'-'
            out.append(b'%d' % self.code + sep + (line if isinstance(line, bytes) else line.encode()) + b'\r\n')
        return b''.join(out)

    def parts(self):
        """-> (code, enhanced status of the last line that has one, text with lines joined by LF)"""
        if self.logged is not None:
            lines = self.logged
        else:
            lines = [x.decode() if isinstance(x, bytes) else x for x in self.lines]
        enhanced, texts = None, []
        for line in lines:
            m = re.match(r' *([245]\.\d{1,3}\.\d{1,3})(?: +|$)', line)
            if m:
                enhanced, line = m.group(1), line[m.end():]
            texts.append(line.rstrip())
        return self.code, enhanced, '\n'.join(texts).strip()


class Drop:
    """closes the connection instead of answering"""


class Hang:
    """never answers"""


OK, GO_ON = Reply(250, '2.0.0 fine'), Reply(354, 'go on')
Outcome = collections.namedtuple('Outcome', 'time recipient what stage reply sender ip')


class Server:
    """One address. `pending` are the recipients that have no final answer yet: those a failure before RCPT concerns."""

    def __init__(self, ip, script, pending, lmtp=False, features=(), soft=False, probe=False):
        self.ip, self.script, self.pending, self.lmtp, self.features = ip, script, list(pending), lmtp, features
        self.soft, self.probe = soft, probe  # 5xx keeps the mail; what is asked at RCPT is all that is wanted
        self.outcomes, self.turns = [], collections.Counter()

    def answer(self, stage, default, who=None):
        a = self.script.get((stage, who), self.script.get(stage, default))
        if isinstance(a, list):
            n = self.turns[stage, who]
            self.turns[stage, who] += 1
            a = a[min(n, len(a) - 1)]
        return a

    def note(self, recipient, stage, a, sender):
        what = 'reply' if isinstance(a, Reply) else 'drop' if isinstance(a, Drop) else 'hang'
        self.outcomes.append(Outcome(time.time(), recipient, what, stage, a if what == 'reply' else None, sender,
                                     self.ip))
        soft = what != 'reply' or a.code // 100 == 4 or stage == 'banner'
        if not soft and recipient in self.pending and not (self.soft and a.code // 100 == 5):
            self.pending.remove(recipient)

    async def session(self, r, w):
        s = Session(self, r, w)
        try:
            await s.run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            w.close()


class Session:
    def __init__(self, server, r, w):
        self.server, self.r, self.w = server, r, w
        self.sender, self.accepted, self.refused = None, [], set()

    async def give(self, stage, default, affected, who=None, final=False):
        """-> True when the session goes on and the answer was positive"""
        a = self.server.answer(stage, default, who)
        good = (isinstance(a, Reply) and a.code // 100 in (2, 3) and
                (a.code == default.code or stage in ('dot', 'banner')))
        if not good or final:
            for rcpt in affected:
                self.server.note(rcpt, stage, a, self.sender)
                self.refused.add(rcpt)
        if isinstance(a, Reply):
            self.w.write(a.wire())
            await self.w.drain()
            return good
        if isinstance(a, Hang):
            await self.r.read()  # until the client gives up
        raise ConnectionError

    def left(self):
        return [p for p in self.server.pending if p not in self.refused]

    async def line(self):
        return (await self.r.readuntil(b'\n')).decode('utf-8', 'surrogateescape').rstrip('\r\n')

    async def run(self):
        if not await self.give('banner', Reply(220, 'sink.example.net ESMTP'), self.left()):
            await self.drain()
            return
        while True:
            line = await self.line()
            verb = line.upper()
            if verb.startswith(('EHLO', 'HELO', 'LHLO')):
                await self.hello(verb[:4])
            elif verb.startswith('MAIL FROM:'):
                self.sender = re.match(r'<(.*?)>', line[10:].strip()).group(1)
                self.accepted, self.refused = [], set()
                await self.give('mail', OK, self.left())
            elif verb.startswith('RCPT TO:'):
                rcpt = re.match(r'<((?:"(?:\\.|[^"\\])*"|[^>"])*)>', line[8:].strip()).group(1)
                if await self.give('rcpt', OK, [rcpt], who=rcpt, final=self.server.probe):
                    self.accepted.append(rcpt)
            elif verb == 'DATA':
                await self.data()
            elif verb == 'STARTTLS':
                await self.give('starttls', Reply(454, '4.7.0 no TLS today'), self.left())
            elif verb == 'QUIT':
                await self.give('quit', Reply(221, '2.0.0 bye'), [])
                return
            else:
                await self.give('other', OK, [])

    async def hello(self, verb):
        a = self.server.answer('helo', OK)
        if isinstance(a, Reply) and a.code == 250:
            lines = ['sink.example.net'] + (list(self.server.features) if verb != 'HELO' else [])
            self.w.write(Reply(250, *lines).wire())
            return
        if isinstance(a, Reply) and verb != 'HELO' and a.code != 421:
            self.w.write(a.wire())  # Postfix asks once more with HELO before it believes it
            return
        for rcpt in self.left():
            self.server.note(rcpt, 'helo', a, None)
        if isinstance(a, Reply):
            self.w.write(a.wire())
            return
        if isinstance(a, Hang):
            await self.r.read()
        raise ConnectionError

    async def data(self):
        if not self.accepted:
            self.w.write(Reply(554, '5.5.1 no valid recipients').wire())  # only a pipelining client gets here
            return
        if not await self.give('data', GO_ON, self.accepted):
            return
        while True:
            if (await self.r.readuntil(b'\n')).rstrip(b'\r\n') == b'.':
                break
        if self.server.lmtp:
            for rcpt in self.accepted:
                await self.give('dot', OK, [rcpt], who=rcpt, final=True)
        else:
            await self.give('dot', OK, self.accepted, final=True)
        self.accepted = []

    async def drain(self):
        """a refused client says QUIT, and nothing it says matters any more"""
        while True:
            if (await self.line()).upper() == 'QUIT':
                self.w.write(b'221 2.0.0 bye\r\n')
                return


class Sink:
    """All servers in one thread of their own."""

    def __init__(self, port):
        self.port, self.servers = port, {}
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def add(self, server):
        start = asyncio.start_server(server.session, server.ip, self.port, limit=1 << 20)
        asyncio.run_coroutine_threadsafe(start, self.loop).result()
        self.servers[server.ip] = server
        return server

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
