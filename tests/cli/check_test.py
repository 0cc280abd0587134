#!/usr/bin/env python3
"""May this address be mailed? /v1/check of a running program, asked as scripts and operators ask it."""
import contextlib, resource, socket

from listening import get, listening
from shell import *


def make_state():
    """one address by each way there is"""
    write('log', ndjson(*map(dead, range(3)),
                        event('Odd"one\\"@exämple.net', reply_text='5.1.1 "no\\user" \x01 €' + 'x' * 4000),
                        *[event('full@example.net', kind='transient_failure', stream_id='news', reply_code=550,
                                enhanced_code='5.7.1', reply_text='5.7.1 this recipient has blocked you',
                                event_time='2026-08-%02dT08:00:00Z' % d) for d in (1, 3, 6)]))
    ff('run', '-i', 'json:log', '-s', 'state')
    ff('add', 'all@example.net', '--tenant', '*', '-s', 'state', '--note', 'asked by "phone"\n\u20ac',
       '--expires', '2099-01-01T00:00:00Z')
    ff('add', 'Some.One@example.net', '--tenant', 'other', '--stream', 'bills', '-s', 'state')


@case('export | curl --data-binary @- .../v1/check says of every entry that it is suppressed')
def _():
    make_state()
    lines = ff('export', '-s', 'state').out
    entries = [json.loads(l) for l in lines.splitlines()]
    need({e['stream_scope'] for e in entries} >= {'*', 'bills'} and
         {e['tenant_id'] for e in entries} == {'acme', 'other', '*'}, entries)
    write('more', '')
    with listening('-i', 'json:more') as url:
        status, text = get(url + '/v1/check', lines)
        answers = [json.loads(l) for l in text.splitlines()]
        same((status, [a['address'] for a in answers]), (200, [e['address'] for e in entries]))
        same([a for a in answers if not a.get('suppressed')], [])


@case('a check that names no tenant means the default tenant of the run, which is the one that its log had')
def _():
    log = write('log', ndjson(*[{k: v for k, v in dead(n).items() if k != 'tenant_id'} for n in range(2)]))
    with listening('-i', 'json:' + log, '--default-tenant', 'bakery') as url:
        asked = lambda more: json.loads(get(url + '/v1/check?address=r0@example.net' + more)[1]).get('suppressed')
        until(lambda: asked('&tenant=bakery'), what='the log is read')
        same([asked(''), asked('&tenant='), asked('&tenant=default')], [True, True, False])
        same(json.loads(get(url + '/v1/check', b'{"address":"r1@example.net"}\n')[1])['suppressed'], True)


@case('a parameter that is misspelt, foreign or there twice is refused, and the answer names it and what was meant')
def _():
    make_state()
    write('more', '')
    with listening('-i', 'json:more') as url:
        same(json.loads(get(url + '/v1/check?address=r0@example.net&tenant=acme')[1])['suppressed'], True)
        for query, words in (('tennant=acme', '"tennant" (did you mean tenant?)'),
                             ('Tenant=acme', '"Tenant" (did you mean tenant?)'),
                             ('tenant=acme&tenant=acme', '"tenant" is there twice'),
                             ('customer=acme', '"customer"'),
                             ('tenant=acme&stream_scope=*', '"stream_scope" (did you mean stream?)')):
            status, text = get(url + '/v1/check?address=r0@example.net&' + query)
            same(status, 400, query, text)
            need(words in json.loads(text)['detail'], query, text)


@case('in a query a + is a plus, as in addresses, and a blank is %20')
def _():
    ff('add', 'user+tag@example.net', '"two words"@example.net', '-s', 'state')
    write('more', '')
    with listening('-i', 'json:more') as url:
        asked = lambda address: json.loads(get(url + '/v1/check?address=' + address)[1])
        for address, suppressed in (('user+tag@example.net', True),
                                    ('user%2Btag@example.net', True),
                                    ('user%20tag@example.net', False),
                                    ('%22two%20words%22@example.net', True),
                                    ('%22two+words%22@example.net', False)):
            same(asked(address).get('suppressed'), suppressed, address)


@case('an object of a bulk check that is no check says so in its line, never "suppressed": false')
def _():
    make_state()
    write('more', '')
    with listening('-i', 'json:more') as url:
        lines = [dict(address='r0@example.net', **{'tenant': 'acme', **more}) for more in
                 ({}, {'tennant': 'acme'}, {'tenant': None}, {'tenant_id': 'acme'}, {'list': 'x'}, {})]
        status, text = get(url + '/v1/check', ndjson(*lines).encode())
        answers = [json.loads(l) for l in text.splitlines()]
        same((status, ['error' in a for a in answers]), (200, [False, True, True, True, True, False]))
        same([a.get('suppressed') for a in answers], [True, None, None, None, None, True])


@case('an address that opens too many connections is named on stderr and counted, and its probes are answered')
def _():
    write('more', '')
    with (open(path('err'), 'wb') as err, listening('-i', 'json:more', stderr=err) as url,
          contextlib.ExitStack() as held):
        host, port = url[7:].split(':')
        for _ in range(530):
            held.enter_context(socket.create_connection((host, int(port))))
        until(lambda: b'fivefifty run: HTTP: 127.0.0.1 has 529 connections' in read('err'), what='the line on stderr')
        until(lambda: get(url + '/livez')[0] == 200, what='a place for a probe')
        page = until(lambda: dict(l.split(' ') for l in get(url + '/metrics')[1].splitlines()
                                  if 'http_connections' in l and l[0] != '#'))
        need(int(page['fivefifty_http_connections_open']) > 512 and
             int(page['fivefifty_http_connections_refused_total']) >= 2, page)
        need('more than 512' in until(lambda: get(url + '/v1/check?address=a@example.net')[1], what='an answer'))


@case('whoever opens all connections there are takes no file from the logs, the state and the commands')
def _():
    files = 256
    write('log', ndjson(dead(0)))
    with (open(path('err'), 'wb') as err, contextlib.ExitStack() as held,
          listening('-i', 'json:log', stderr=err, preexec_fn=lambda: resource.setrlimit(
              resource.RLIMIT_NOFILE, (files // 2, files))) as url):
        host, port = url[7:].split(':')
        for n in range(files + 50):
            s = held.enter_context(socket.socket())
            s.bind(('127.0.0.%d' % (2 + n % 4), 0))
            s.setblocking(False)
            s.connect_ex((host, int(port)))
        until(lambda: b'connections are taken' in read('err'), what='that all are taken')
        many = 8000  # more than the state holds in memory: it makes files
        append('log', *(event('r%d@example.net' % n, reply_text='5.1.1 no such user ' + 'x' * 2000)
                        for n in range(1, many)))
        sees(many)
        os.rename(path('log'), path('log.1'))
        append('log', dead(many))
        sees(many + 1)
        ff('add', 'more@example.net', '-s', 'state')
        sees(many + 2)
        need(b'HTTP: 128 connections at most instead of 1024' in read('err'), read('err'))


if __name__ == '__main__':
    main()
