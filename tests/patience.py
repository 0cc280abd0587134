"""How long the tests wait for what must happen. FF_TEST_SLOW is the factor for a machine that is slower or busier than
most (patience.h is the same for tests in C).

A limit is what a hang runs into, never how long something should take: how fast things are is measured in bench/. So
one limit does for all, far above what a busy machine with sanitizers needs. What is waited for is a state that can be
asked for: a metric, a line of a log, a file; a sleep says nothing about any of them.
"""
import os
import time

PATIENCE_S = 180 * float(os.environ.get('FF_TEST_SLOW') or 1)


def wait(condition, *, pause=0.05):
    """Until the condition holds: what it gave then, or its last false value when patience ends. Assert the answer."""
    end = time.monotonic() + PATIENCE_S
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)
