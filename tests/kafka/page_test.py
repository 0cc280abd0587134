#!/usr/bin/env python3
"""The pages of ingest, suppress and serve on a real broker, in a real browser (tests/cli/page_test.py has that of run).

    tests/kafka/page_test.py --binary build/dev/fivefifty
"""
import os
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), '..')]
from broker import ask, term, wait  # noqa: E402
from browser import browser  # noqa: E402
from pipeline_test import RAW  # noqa: E402
from report import say  # noqa: E402
from state_test import bounces, main, names, serve  # noqa: E402

TILES = ('Object.fromEntries([...document.querySelectorAll(".tile")]'
         '.map(t => [t.dataset.tile, t.querySelector(".value").innerText]))')
CATEGORIES = ('Object.fromEntries([...document.querySelectorAll("#categories details")]'
              '.map(d => [d.dataset.category, +d.dataset.count]))')
HIDDEN = 'document.getElementById("%s").hidden'


def page(web, port, what):
    wait(lambda: ask(port, '/readyz'))  # the browser's console would hold a 503
    web.go('http://127.0.0.1:%d/' % port)
    web.until('document.title == "fivefifty %s"' % what, 'the page of ' + what)
    web.until('document.getElementById("state").className == "good"', what + ' is ready')


def case_pages(b):
    addresses = names('p', 30)
    b.fresh(2)
    b.br.produce(b.topic(RAW), bounces(addresses).encode())
    ingest, ingest_port = b.listening(b.ingest())
    suppress, suppress_port = b.listening(b.suppress(1))
    replica, serve_port = b.listening(serve(b, 'copy'))
    with browser() as web:
        page(web, ingest_port, 'ingest')
        web.until('document.querySelectorAll("#categories details").length', 'failures are drawn')
        say(web.until(CATEGORIES + '["bad-mailbox"] == 30', '30 failures'), 'ingest shows its failures by category')
        say(web.js(HIDDEN % 'ask'), 'and asks for no address: it knows none')
        page(web, suppress_port, 'suppress')
        web.until(TILES + '["addresses suppressed"] == "30"', 'all are suppressed')
        say(web.js(HIDDEN % 'failures'), 'suppress shows how many addresses are suppressed, and no failures')
        page(web, serve_port, 'serve')
        web.until(TILES + '["addresses suppressed"] == "30"', 'the copy is complete')
        web.type('input[name=address]', addresses[7])
        web.type('input[name=tenant]', 'acme')
        web.click('form button')
        web.until('document.getElementById("answer").childElementCount', 'an answer')
        text = web.js('document.getElementById("answer").innerText')
        undo = 'fivefifty release %s --tenant acme --brokers HOST:PORT' % addresses[7]
        say('do not mail' in text and undo in text, 'serve says of an address: do not mail, and how to undo it', text)
        say(web.js('document.querySelectorAll("#answer svg.time circle").length') == 2, 'and when it failed')
        complaints = web.complaints()
        say(complaints == [], 'nothing is wrong in the console', complaints)
    say([term(p) for p in (ingest, suppress, replica)] == [0, 0, 0], 'all end with status 0')


if __name__ == '__main__':
    sys.exit(main(__doc__, globals()))
