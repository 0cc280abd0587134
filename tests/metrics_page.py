"""docs/metrics.md as a table, and what a process prints as another; they must be the same."""
import os
import re

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'docs', 'metrics.md')


def documented(subcommand):
    """{name: (type, labels)} of the page for one subcommand"""
    found = {}
    with open(PAGE, encoding='utf-8') as f:
        for line in f:
            m = re.match(r'\| `([a-z_]+)(?:\{([a-z_,]+)\})?` \| (\w+) \| ([a-z ]+) \|', line)
            if m and subcommand in m.group(4).split():
                name = m.group(1) if m.group(1).startswith('process_') else 'fivefifty_' + m.group(1)
                found[name] = (m.group(3), set((m.group(2) or '').split(',')) - {''})
    return found


def printed(text):
    """{name: (type, labels or None when there is no sample yet)} of a scrape"""
    found = {}
    for line in text.splitlines():
        m = re.match(r'# TYPE (\S+) (\w+)$', line)
        if m:
            assert m.group(1) not in found, 'two families ' + m.group(1)
            found[m.group(1)] = (m.group(2), None)
        elif not line.startswith('#') and line:
            m = re.match(r'([a-z_0-9]+)(?:\{(.*)\})? (\S+)$', line)
            family = m and re.sub('_(bucket|sum|count)$', '', m.group(1))
            if found.get(family, ' ')[0] != 'histogram':
                family = m and m.group(1)
            assert family in found, 'no sample of a family: ' + line
            float(m.group(3))
            labels = set(re.findall(r'([a-z_0-9]+)="(?:[^"\\]|\\.)*"', m.group(2) or ''))
            found[family] = (found[family][0], labels - {'le'})
    return found


def values(text):
    """{'name{labels}': number}"""
    return {line.rsplit(' ', 1)[0]: float(line.rsplit(' ', 1)[1])
            for line in text.splitlines() if line and line[0] != '#'}


def differences(text, subcommand):
    """sentences; none when page and process agree"""
    page, seen = documented(subcommand), printed(text)
    wrong = ['%s is printed, not documented' % n for n in sorted(set(seen) - set(page))]
    wrong += ['%s is documented, not printed' % n for n in sorted(set(page) - set(seen))]
    for name in sorted(set(page) & set(seen)):
        if seen[name][0] != page[name][0]:
            wrong.append('%s is a %s, documented as %s' % (name, seen[name][0], page[name][0]))
        if seen[name][1] is not None and seen[name][1] != page[name][1]:
            wrong.append('%s has labels %s, documented %s' % (name, sorted(seen[name][1]), sorted(page[name][1])))
    return wrong
