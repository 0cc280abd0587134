#!/usr/bin/env python3
"""The page for people, in a real browser: what it shows is what /metrics, /v1/categories and /v1/explain say."""
import re

from listening import get, listening
from shell import *

from browser import browser

MARKUP = '5.1.1 User unknown <img src=x onerror="window.pwned = 1"><script>window.pwned = 1</script>'
DMARC = '5.7.26 Unauthenticated email is not accepted due to DMARC policy.'
BLOCKED = '5.7.1 this recipient has blocked you'
DAYS = ('2026-08-01T08:00:00Z', '2026-08-03T08:00:00Z', '2026-08-06T08:00:00Z')


def failures():
    """9 dead addresses, 3 of the sender's DMARC, one that was blocked on three days, one that was on one"""
    return ndjson(*map(dead, range(8)), event('markup@example.net', reply_text=MARKUP),
                  *[event('fine%d@example.net' % n, enhanced_code='5.7.26', stage='data', reply_text=DMARC)
                    for n in range(3)],
                  *[event('news@example.net', stream_id='news', enhanced_code='5.7.1', event_time=day,
                          reply_text=BLOCKED) for day in DAYS],
                  event('once@example.net', enhanced_code='5.7.1', reply_text=BLOCKED),
                  event('ok@example.net', kind='delivery', reply_code=250, enhanced_code='2.0.0', reply_text='ok'))


# of each category its name, how often it is, and what else is asked of its element d
ROWS = '[...document.querySelectorAll("#categories details")].map(d => [d.dataset.category, +d.dataset.count%s])'


@contextlib.contextmanager
def shown():
    """the page of a run over failures(), drawn"""
    write('log', failures())
    with listening('-i', 'json:log') as url, browser() as b:
        until(lambda: 'fivefifty_events_total{kind="delivery"} 1' in get(url + '/metrics')[1], 'the log is read')
        b.go(url + '/')
        b.until('document.querySelectorAll("#categories details").length > 0', 'the categories are drawn')
        yield b, url
        same(b.complaints(), [], 'the console')


def ask(b, address, tenant='acme'):
    b.js('document.getElementById("answer").replaceChildren()')
    b.type('input[name=address]', address)
    b.type('input[name=tenant]', tenant)
    b.click('form button')
    b.until('document.getElementById("answer").childElementCount > 0', 'an answer about ' + address)
    return b.js('document.getElementById("answer").innerText')


@case('each category has a bar as long as its share, and the parties fill the row: what /metrics says')
def _():
    with shown() as (b, url):
        metrics = get(url + '/metrics')[1]
        says = dict(re.findall(r'fivefifty_failures_total\{category="([^"]+)"\} ([1-9]\d*)', metrics))
        says = {category: int(n) for category, n in says.items()}
        rows = b.js(ROWS % ', d.querySelector(".bar").getBoundingClientRect().width')
        same({c: n for c, n, _ in rows}, says)
        same([n for _, n, _ in rows], sorted(says.values(), reverse=True), 'most frequent first')
        for _, n, width in rows:
            need(abs(width / rows[0][2] - n / rows[0][1]) < 0.02, 'a bar of', width, 'for', n, 'beside', rows[0])
        need('16 of 17 events failed (94.1 %)' in b.js('document.getElementById("failures-sum").innerText'))
        widths = b.js('[...document.querySelectorAll("#parties span")].map(s => s.getBoundingClientRect().width)')
        need(abs(sum(widths) - b.js('document.getElementById("parties").clientWidth')) < 2, widths)
        legend = b.js('Object.fromEntries([...document.querySelectorAll("#legend li")]'
                      '.map(l => [l.dataset.party, l.innerText]))')
        need('81.3 %' in legend['recipient'] and '18.8 %' in legend['sender-auth'], legend)


@case('a category unfolds to what it means, what to do first, and the rules that decided; it stays so when drawn anew')
def _():
    with shown() as (b, url):
        meaning = {c['category']: c for c in json.loads(get(url + '/v1/categories')[1])}['dmarc-failure']
        b.click('[data-category="dmarc-failure"] summary')
        text = b.js('document.querySelector("[data-category=\\"dmarc-failure\\"]").innerText')
        need(meaning['meaning'] in text and meaning['advice'] in text and 'Decided by' in text, text)
        append('log', *[event('later%d@example.net' % n) for n in range(4)])
        b.until('document.querySelector("[data-category=bad-mailbox]").dataset.count == "13"', 'new failures are drawn')
        need(b.js('document.querySelector("[data-category=\\"dmarc-failure\\"]").open'), 'it was folded')
        b.click('#since-open')
        same(b.js(ROWS % ''), [['bad-mailbox', 4]], 'since this page was opened')


@case('an address that must not be mailed: the reply word for word, when, for whom, which rule, how to undo it')
def _():
    with shown() as (b, _):
        text = ask(b, 'R1@Example.NET')
        for words in ('R1@Example.NET: do not mail', '550 5.1.1 5.1.1 <r1@example.net>: User unknown', 'mx.example.net',
                      'bad-mailbox', 'tenant acme, all streams',
                      'fivefifty release R1@Example.NET --tenant acme --state DIR'):
            need(words in text, 'lacks', words, text)
        need(b.js('document.querySelectorAll("#answer svg.time circle").length') == 2, 'first and last time')
        text = ask(b, 'news@example.net')
        need('do not mail' in text and 'stream news' in text, text)
        said = b.js('document.querySelector("#answer svg.time").getAttribute("aria-label")')
        need('3 times, 2026-08-01 to 2026-08-06' in said, said)


@case('an address that may be mailed, one that failed and not often enough, and what is no address')
def _():
    with shown() as (b, _):
        text = ask(b, 'fine1@example.net')
        need('fine1@example.net: may be mailed' in text and 'Nothing is known against it.' in text, text)
        text = ask(b, 'once@example.net')
        need('may be mailed; failures are counted' in text and 'this recipient has blocked you' in text, text)
        need('release' not in text, 'nothing to undo', text)
        need('the address is none' in ask(b, 'no address'))
        same([c.rsplit(' - ')[-1] for c in b.complaints()],
             ['Failed to load resource: the server responded with a status of 400 (Bad Request)'])
        need('Nothing is known against it.' in ask(b, 'r1@example.net', tenant=''), 'of another tenant')


@case('markup in a reply is shown as text: nothing of it runs')
def _():
    with shown() as (b, _):
        need(MARKUP in ask(b, 'markup@example.net'))
        same(b.js('[typeof window.pwned, document.querySelectorAll("#answer img, #answer script").length]'),
             ['undefined', 0])


@case('everything comes from the program itself, under a policy that lets nothing else in')
def _():
    with shown() as (b, url):
        from_where = b.js('performance.getEntriesByType("resource").map(e => e.name)')
        need(from_where and all(n.startswith((url, 'data:')) for n in from_where), from_where)
        policy = b.js('(() => { const r = new XMLHttpRequest(); r.open("GET", "/", false); r.send();'
                      ' return r.getResponseHeader("Content-Security-Policy"); })()')
        need("default-src 'none'" in policy and 'unsafe' not in policy, policy)


@case('on a narrow screen nothing is cut off at the side')
def _():
    with shown() as (b, _):
        b.size(500, 900)  # Chromium makes no narrower window
        ask(b, 'r1@example.net')
        wide, window = b.js('[document.documentElement.scrollWidth, innerWidth]')
        need(wide <= window, wide, window)


@case('when the program is gone the page says so, and keeps what it showed; started again it counts anew')
def _():
    write('log', failures())
    port = free_port()
    with browser() as b:
        with listening('-i', 'json:log', port=port) as url:
            b.go(url + '/')
            b.until('document.getElementById("state").className == "good"', 'it is ready')
            need(b.js('document.title') == 'fivefifty run')
        b.until('document.getElementById("state").innerText.startsWith("no answer")', 'it says that nobody answers')
        need(b.js('document.querySelectorAll("#categories details").length') > 0)
        append('log', *map(dead, range(100, 102)))
        with listening('-i', 'json:log', port=port):
            b.until(ROWS % '' + '.toString() == "bad-mailbox,2"', 'what came since then is shown')
            need('2 of 2 events' in b.js('document.getElementById("failures-sum").innerText'))


if __name__ == '__main__':
    main()
