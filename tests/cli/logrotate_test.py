#!/usr/bin/env python3
"""Logs that the real logrotate(8) rotates, while a run follows them and while it stands still."""
import os, shutil, subprocess, time

from follower import *

LOGROTATE = shutil.which('logrotate', path=os.environ.get('PATH', '') + ':/usr/sbin')
DATED = 'dateext\n dateformat -%Y%m%d-%s'
HOW = {'renamed and compressed at once': 'create\n compress',
       'renamed, compressed the next time': 'create\n compress\n delaycompress',
       'renamed with dates': 'create\n ' + DATED,
       'copied and truncated': 'copytruncate\n nocompress',
       'copied, truncated and compressed at once': 'copytruncate\n compress',
       'copied, truncated, compressed with dates': 'copytruncate\n compress\n ' + DATED}


class Rotation:
    """of one log, as its settings say"""

    def __init__(self, log, settings):
        if not LOGROTATE:
            raise Skip('logrotate(8) is not installed')
        write('logrotate.conf', '%s {\n rotate 9\n missingok\n %s\n}\n' % (path(log), settings))
        os.chmod(path('logrotate.conf'), 0o600)
        self.ended = 0

    def turn(self):
        """A name with a date has its second: no two rotations in one. The clock that time(2) reads, as logrotate does,
        is behind by up to a tick; and on a busy machine logrotate may look at it a second after it was started."""
        until(lambda: time.time() > self.ended + 1.05, what='the next second')
        p = subprocess.run([LOGROTATE, '--force', '--state', path('logrotate.status'), path('logrotate.conf')],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.ended = int(time.time())
        need(p.returncode == 0, p.stdout.decode())


for spec, log in (('json:log', 'log'), ('json:mail', 'mail/mail.log')):
    for how, settings in HOW.items():
        @case('every line is read once: %s, %s' % (how, 'a log that is named' if spec == 'json:log' else 'a folder'))
        def _(spec=spec, log=log, settings=settings):
            os.makedirs(path('mail'), mode=0o700)
            rotation = Rotation(log, settings)
            numbers = iter(range(1, 1000))

            def more(f):
                n = next(numbers)
                append(log, dead(n))
                f.expects(n)
            append(log, dead(0))
            f = Follower(spec, log)
            f.sees(0)
            for stands_still in (False, True, False):
                if stands_still:
                    f.stops()
                more(f)  # behind the last look
                rotation.turn()
                more(f)
                if stands_still:
                    f.start()
                f.sees()
            f.ends()


main()
