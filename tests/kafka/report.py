"""Sentences that hold or do not: a line for each, and at the end how many."""
passed = failed = 0


def say(ok, sentence, seen=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print('%s %s%s' % ('ok   ' if ok else 'FAIL ', sentence, '' if ok else '\n      ' + str(seen)[:800]), flush=True)
    return ok


def end(note=''):
    """The exit status; a test that said nothing has tested nothing."""
    print('%d passed, %d failed%s' % (passed, failed, note))
    return 1 if failed or not passed else 0
