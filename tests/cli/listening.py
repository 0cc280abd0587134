"""listening.py: a run that answers over HTTP, and how it is asked."""
import contextlib, urllib.error, urllib.request

from shell import *


@contextlib.contextmanager
def listening(*args, port=None, **fds):
    """a run that answers; gives its URL"""
    address = '127.0.0.1:%d' % (port or free_port())
    p = start('run', '--follow', '-s', 'state', '--listen', address, *args, **fds)
    try:
        until(lambda: get('http://%s/readyz' % address)[0] == 200, what='readiness')
        yield 'http://%s' % address
    finally:
        same(stop(p), 0)


def get(url, data=None):
    """status and text; 0 as long as nobody listens"""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=PATIENCE_S) as r:
            return r.status, r.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
    except OSError as e:
        return 0, str(e)
