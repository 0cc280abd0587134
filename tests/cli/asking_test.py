#!/usr/bin/env python3
"""docs/asking.md: its snippets, taken out of the page, in a real Exim and a real Postfix that ask a run.

Throw-away instances below the folder of the case, on loopback ports of their own. Needs root. Exim may be installed, or
unpacked into build/exim (scripts/install-deps), since Debian lets a host have one mail server.
"""
import contextlib, re, socket, urllib.request

from shell import *

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
with open(os.path.join(TOP, 'docs', 'asking.md'), encoding='utf-8') as f:
    PAGE = f.read()
PLACES = os.pathsep.join([os.environ['PATH'], '/usr/sbin', os.path.join(TOP, 'build', 'exim', 'usr', 'sbin')])
# The page's second is too short for a busy machine: who means to answer does so in this time.
HANG_S = int(PATIENCE_S / 36)
SENDER, OTHERS = 'news-7@mail.shop.example.org', 'n@other.example.org'
SUPPRESSED = ['Gone@Example.NET', '"two words"@example.net', '"q\\"uote\\\\x"@example.net', "o'brien+tag@example.net",
              '"needless"@example.net']
FINE = ['fine@example.net', "o'brien@example.net", '"two+words"@example.net', '"x\\",\\"tenant\\":\\"*"@example.net']
EXIM = '''{main}
exim_path = {program}
primary_hostname = mta.example.com
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path =
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
domainlist local_domains = example.com
acl_smtp_rcpt = at_rcpt
host_lookup =
tls_advertise_hosts =
keep_environment =
queue_only
begin acl
at_rcpt:
{acl}
  accept
begin routers
{router}
here:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = {folder}/spool/box
  envelope_to_add
  user = nobody
  mode_fail_narrower = false
'''
MAIN_CF = '''compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mta.example.com
mydestination =
inet_protocols = ipv4
smtputf8_enable = yes
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
{main}
'''
MASTER_CF = '''127.0.0.1:{port} inet n - n - - smtpd
  -o smtpd_recipient_restrictions=$asks_fivefifty
{master}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
'''


def snippet(label):
    """what stands in the page under ```label"""
    found = re.findall('^```%s\n(.*?)^```$' % re.escape(label), PAGE, re.S | re.M)
    same(len(found), 1, 'blocks ```%s in docs/asking.md' % label)
    return found[0]


def instead(text, old, new):
    need(old in text, 'docs/asking.md has no "%s" in\n%s' % (old, text))
    return text.replace(old, new)


def program(name):
    found = shutil.which(name, path=PLACES)
    if os.geteuid() or not found:
        need('FF_POSTFIX' not in os.environ, 'there is no %s, or this is not root (FF_POSTFIX is set)' % name)
        raise Skip('%s is not there, or this is not root' % name)
    return found


def reaches(port):
    with contextlib.suppress(OSError):
        socket.create_connection(('127.0.0.1', port), PATIENCE_S).close()
        return True


class Serve:
    """a run that answers on a port of its own"""

    def __init__(self):
        self.port, self.process = free_port(), None
        self.address = '127.0.0.1:%d' % self.port

    def start(self):
        write('log', '')
        self.process = start('run', '-i', 'json:log', '-s', 'state', '--follow', '--listen', self.address)
        until(self.ready, what='readiness')

    def ready(self):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen('http://%s/readyz' % self.address, timeout=PATIENCE_S).status == 200

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            same(stop(self.process), 0)
            self.process = None


class Exim:
    name, log_name, mark = 'Exim', 'spool/mainlog', 'fivefifty: no answer for fine@example.net, mailed unasked'

    def __init__(self, serve, closed=False):
        self.program, self.port = program('exim4'), free_port()
        write('tenants', 'shop.example.org: acme\n')
        os.mkdir(path('spool'), 0o777)
        os.chmod(path('spool'), 0o777)
        acl = snippet('exim acl')
        if closed:
            acl = 'defer'.join(instead(acl, '  warn', '  warn').rsplit('warn', 1))
        main = instead(instead(snippet('exim main'), '127.0.0.1:8025', serve.address), '/etc/exim4/tenants',
                       path('tenants'))
        main = instead(main, '{1s}', '{%ds}' % HANG_S)
        write('exim.conf', EXIM.format(main=main, acl=acl, router=snippet('exim router'), program=self.program,
                                       folder=path(), port=self.port))
        self.process = None

    def command(self, *args):
        p = subprocess.run([self.program, '-C', path('exim.conf'), *args], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=PATIENCE_S)
        return p.stdout.decode()

    def start(self):
        self.process = subprocess.Popen([self.program, '-C', path('exim.conf'), '-bdf'], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        if self.process:
            stop(self.process)


class Postfix:
    name, log_name, mark = 'Postfix', 'mail.log', 'fivefifty: no answer, mailed unasked: .* to=<fine@example.net>'

    def __init__(self, serve, closed=False):
        self.program, self.port, self.master = program('postfix'), free_port(), None
        for d in ('etc', 'queue', 'data'):
            os.mkdir(path(d))
        shutil.chown(path('data'), 'postfix')
        write('tenants', 'mail.shop.example.org acme\n')
        asks = instead(instead(snippet('python postfix-asks'), '127.0.0.1:8025', serve.address), '/etc/postfix/tenants',
                       path('tenants'))
        asks = instead(asks, 'timeout=1)', 'timeout=%d)' % HANG_S)
        if closed:
            asks, changed = re.subn("'WARN .*  # to fail closed: ('451 [^']*')", r'\1  #', asks)
            same(changed, 1, asks)
        os.chmod(write('asks', asks), 0o755)
        write('etc/main.cf',
              MAIN_CF.format(folder=path(),
                             main=instead(snippet('main.cf'), 'timeout=5s', 'timeout=%ds' % (5 * HANG_S))))
        master = instead(snippet('master.cf'), '/usr/local/lib/postfix-asks', path('asks'))
        write('etc/master.cf', MASTER_CF.format(port=self.port, master=master))

    def start(self):
        p = subprocess.run([self.program, '-c', path('etc'), 'start'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=PATIENCE_S)
        need(p.returncode == 0, p.stdout.decode())
        with open(path('queue/pid/master.pid'), encoding='ascii') as f:
            self.master = int(f.read())

    def stop(self):
        if self.master:
            os.kill(self.master, signal.SIGTERM)  # postfix(1) looks once a second whether it is over
            until(lambda: not os.path.exists('/proc/%d' % self.master), what='the end of Postfix')


class Session:
    """with an MTA; smtplib would change quoted addresses"""

    def __init__(self, mta, sender=SENDER, options=''):
        self.f = socket.create_connection(('127.0.0.1', mta.port), PATIENCE_S).makefile('rwb')
        self.answer()
        for line in ('EHLO app.example.com', 'MAIL FROM:<%s>%s' % (sender, options)):
            need(self.say(line)[0] == '2', line)

    def answer(self):
        while True:
            line = self.f.readline().decode()
            if line[3:4] != '-':
                return line.strip()

    def say(self, line):
        self.f.write(line.encode() + b'\r\n')
        self.f.flush()
        return self.answer()

    def rcpt(self, *recipients):
        """code and enhanced code for each"""
        return [' '.join(self.say('RCPT TO:<%s>' % r).split()[:2]) for r in recipients]


@contextlib.contextmanager
def asking(MTA, closed=False):
    """an MTA that runs, and what it asks, which does not yet"""
    os.chmod(path(), 0o755)
    serve = Serve()
    mta = MTA(serve, closed)
    try:
        mta.start()
        until(lambda: reaches(mta.port), what='%s listens' % mta.name)
        yield mta, serve
    finally:
        mta.stop()
        serve.stop()


def suppress_all():
    for address in SUPPRESSED:
        ff('add', address, '--tenant', 'acme', '-s', 'state')
    ff('add', 'all@example.net', 'postmaster@example.com', '--tenant', '*', '-s', 'state')


def of_each_mta(sentence):
    def add(f):
        for mta in (Exim, Postfix):
            CASES.append((sentence % mta.name, lambda mta=mta: f(mta)))
        return f
    return add


@of_each_mta('%s refuses at RCPT TO who is suppressed, as each is written in SMTP, '
             'and takes the others of the same message')
def _(MTA):
    suppress_all()
    with asking(MTA) as (mta, serve):
        serve.start()
        s = Session(mta)
        same([r[:9] for r in s.rcpt(*SUPPRESSED)], ['550 5.1.1'] * len(SUPPRESSED))
        same([r[:3] for r in s.rcpt(*FINE)], ['250'] * len(FINE))
        said = s.say('RCPT TO:<gone@example.net>')
        need(re.search(r'suppressed since 20\d\d-\d\d-\d\d: manual$', said), said)
        ff('release', 'gone@example.net', '--tenant', 'acme', '-s', 'state')
        same(s.rcpt('gone@example.net')[0][:3], '250')


@of_each_mta('%s asks for the tenant of the sender, and not about mail to ourselves')
def _(MTA):
    suppress_all()
    with asking(MTA) as (mta, serve):
        serve.start()
        same([r[:3] for r in Session(mta, OTHERS).rcpt('gone@example.net', 'all@example.net')], ['250', '550'])
        same([r[:3] for r in Session(mta).rcpt('all@example.net', 'postmaster@example.com', 'PostMaster@Example.COM')],
             ['550', '250', '250'])


@of_each_mta('%s finds an address that is UTF-8 on both sides of the @')
def _(MTA):
    ff('add', 'größe@bücher.example', '--tenant', 'acme', '-s', 'state')
    with asking(MTA) as (mta, serve):
        serve.start()
        same([r[:3] for r in Session(mta, options=' SMTPUTF8').rcpt('größe@bücher.example', 'grösse@bücher.example')],
             ['550', '250'])


@of_each_mta('%s takes mail unasked, and its log says so, while serve is not there or hangs, '
             'and asks again when it is back')
def _(MTA):
    suppress_all()
    with asking(MTA) as (mta, serve):
        told = lambda: len(re.findall(mta.mark, read(mta.log_name).decode()))
        s = Session(mta)
        same([r[:3] for r in s.rcpt('gone@example.net', 'fine@example.net')], ['250', '250'])
        until(lambda: told() == 1, what='a line in the log')
        serve.start()
        same([r[:3] for r in s.rcpt('gone@example.net', 'fine@example.net')], ['550', '250'])
        with paused(serve.process):
            same([r[:3] for r in s.rcpt('fine@example.net')], ['250'])
            until(lambda: told() == 2, what='another line in the log')
        same([r[:3] for r in s.rcpt('gone@example.net', 'fine@example.net')], ['550', '250'])
        serve.stop()
        serve.start()  # a connection that was kept is of no use now
        same([r[:3] for r in s.rcpt('gone@example.net', 'fine@example.net')], ['550', '250'])
        same(told(), 2)


@of_each_mta('%s answers 451 while serve is not there, with the word changed that the page names')
def _(MTA):
    suppress_all()
    with asking(MTA, closed=True) as (mta, serve):
        s = Session(mta)
        same([r[:3] for r in s.rcpt('gone@example.net', 'fine@example.net', 'postmaster@example.com')],
             ['451', '451', '250'])
        serve.start()
        same([r[:3] for r in s.rcpt('gone@example.net', 'fine@example.net', 'postmaster@example.com')],
             ['550', '250', '250'])


@case('Exim asks again when it delivers: who was suppressed while the mail waited is refused, the others get it')
def _():
    suppress_all()
    with asking(Exim) as (mta, serve):
        serve.start()
        s = Session(mta)
        same([r[:3] for r in s.rcpt('late@example.net', 'fine@example.net', 'postmaster@example.com')], ['250'] * 3)
        s.say('DATA')
        need(s.say('Subject: news\r\n\r\nnews\r\n.').startswith('250'))
        ff('add', 'late@example.net', '--tenant', 'acme', '-s', 'state')
        mta.command('-qff')
        log = read(mta.log_name).decode()
        need(re.search(r'\*\* late@example\.net R=suppressed: 5\.1\.1 suppressed since \S+: manual', log), log)
        same(sorted(re.findall(r'^Envelope-to: (.*)', read('spool/box').decode(), re.M)),
             ['fine@example.net', 'postmaster@example.com'])


@case('the commands of the page sort a list: to mail is who may be mailed, and no line that is no address')
def _():
    for name in ('jq', 'curl'):
        program(name)
    suppress_all()
    serve = Serve()
    serve.start()
    try:
        write('recipients', '\n'.join(FINE + SUPPRESSED + ['no address']) + '\n')
        p = subprocess.run(['sh', '-ec', instead(snippet('sh bulk'), '127.0.0.1:8025', serve.address)], cwd=path(),
                           stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S)
        same((p.returncode, p.stdout.decode()), (0, ''))
        same(read('mail-these').decode().splitlines(), FINE)
        same(len(read('answers').splitlines()), len(FINE + SUPPRESSED) + 1)
    finally:
        serve.stop()


main()
