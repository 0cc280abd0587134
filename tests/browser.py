"""browser.py: a real Chromium for tests, driven over WebDriver (W3C, JSON over HTTP) by Debian's chromedriver."""
import contextlib, json, os, re, shutil, subprocess, tempfile, urllib.error, urllib.request

from patience import PATIENCE_S, wait

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'  # how WebDriver marks a reference to an element


class Browser:
    def __init__(self, address):
        self.address, self.session = address, None

    def call(self, method, where, body=None):
        request = urllib.request.Request(self.address + where, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as r:
                return json.load(r)['value']
        except urllib.error.HTTPError as e:
            raise AssertionError('WebDriver %s %s: %s' % (method, where, e.read().decode()[:800])) from e

    def open(self, program, arguments):
        options = {'args': arguments, 'binary': program}
        new = self.call('POST', '/session', {'capabilities': {'alwaysMatch': {
            'goog:chromeOptions': options, 'goog:loggingPrefs': {'browser': 'ALL'}}}})
        self.session = '/session/' + new['sessionId']

    def go(self, url):
        self.call('POST', self.session + '/url', {'url': url})

    def js(self, expression):
        """the value of an expression in the page"""
        return self.call('POST', self.session + '/execute/sync', {'script': 'return ' + expression, 'args': []})

    def until(self, expression, what):
        """waits for an expression to be true; returns what it is"""
        value = wait(lambda: self.js(expression))
        assert value, 'did not happen within %d s: %s' % (PATIENCE_S, what)
        return value

    def element(self, css):
        return self.call('POST', self.session + '/element', {'using': 'css selector', 'value': css})[ELEMENT]

    def type(self, css, text):
        at = self.session + '/element/' + self.element(css)
        self.call('POST', at + '/clear', {})
        self.call('POST', at + '/value', {'text': text})

    def click(self, css):
        self.call('POST', self.session + '/element/' + self.element(css) + '/click', {})

    def size(self, width, height):
        self.call('POST', self.session + '/window/rect', {'width': width, 'height': height})

    def complaints(self):
        """what the console holds: errors of scripts, things that the policy of the page refused"""
        return [e['message'] for e in self.call('POST', self.session + '/se/log', {'type': 'browser'})
                if e['level'] in ('SEVERE', 'WARNING')]


def started(tries=5):
    """A chromedriver, and its address. Asked for any free port it now and then ends at once, without having listened;
    then it is started again."""
    for _ in range(tries):
        driver = subprocess.Popen(['chromedriver', '--port=0'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True)
        said = []
        for line in driver.stdout:
            said.append(line)
            port = re.search(r'started successfully on port (\d+)', line)
            if port:
                return driver, 'http://127.0.0.1:' + port[1]
        driver.wait(PATIENCE_S)
    raise AssertionError('chromedriver does not start: ' + ''.join(said))


@contextlib.contextmanager
def browser():
    program = shutil.which('chromium')
    assert program and shutil.which('chromedriver'), 'no chromium, or no chromedriver (scripts/install-deps test)'
    folder = tempfile.mkdtemp(prefix='fivefifty-browser-')
    driver, address = started()
    b = Browser(address)
    try:
        b.open(program, ['--headless=new', '--user-data-dir=' + folder, '--disable-dev-shm-usage'] +
               (['--no-sandbox'] if os.geteuid() == 0 else []))  # its sandbox wants no root
        yield b
    finally:
        if b.session:
            with contextlib.suppress(AssertionError, OSError):
                b.call('DELETE', b.session)
        driver.terminate()
        driver.wait(PATIENCE_S)
        driver.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)
