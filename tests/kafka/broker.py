"""A real broker for the tests (scripts/kafka-broker), kcat as the foreign client, and a reader of packed results.

    with Broker() as br:
        br.produce('mail.raw.kumomta.v1', lines, codec='zstd')
        for record in br.consume('mail.results.v1'): ...

Nothing here uses fivefifty itself, so that what it reads back agrees with somebody else's idea of Kafka and protobuf.
"""
import contextlib
import ctypes
import ctypes.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.path.insert(0, os.path.join(ROOT, 'tests'))
from metrics_page import values  # noqa: E402
from patience import PATIENCE_S, wait  # noqa: E402

ACLS = ('authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found=true')
ACL_OPERATIONS = {'READ': 3, 'WRITE': 4, 'DESCRIBE': 8, 'DESCRIBE_CONFIGS': 10}
SCRIPT = os.path.join(ROOT, 'scripts', 'kafka-broker')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def ask(port, path='/metrics'):
    """What the process answers; nothing while it does not listen yet, or says that it cannot."""
    try:
        return urllib.request.urlopen('http://127.0.0.1:%d%s' % (port, path), timeout=PATIENCE_S).read().decode()
    except OSError:
        return ''


def number(port, name):
    """A metric as the process says it, its labels written out; None while it does not."""
    return values(ask(port)).get('fivefifty_' + name)


def term(p):
    """SIGTERM, and the exit status."""
    p.send_signal(signal.SIGTERM)
    try:
        return p.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        return 'no answer to SIGTERM in %d s' % PATIENCE_S


# Of what Kafka's tools do, the jars of the broker have only the settings: librdkafka does the rest.
_rdkafka = ctypes.CDLL(ctypes.util.find_library('rdkafka') or 'librdkafka.so.1')


def _rd(name, *args):
    call = getattr(_rdkafka, 'rd_kafka_' + name)
    call.restype = ctypes.c_void_p
    return call(*args)


PRODUCER, CONSUMER = 0, 1
PATIENCE_MS = int(PATIENCE_S * 1000)
_rdkafka.rd_kafka_event_error.argtypes = [ctypes.c_void_p]


def fetchers_sleep():
    """Of this librdkafka, when their queue is full: 2.2 has a property against it."""
    return _rdkafka.rd_kafka_version() < 0x020200ff


@contextlib.contextmanager
def _client(kind, *settings):
    """A client of librdkafka."""
    why, conf = ctypes.create_string_buffer(256), ctypes.c_void_p(_rd('conf_new'))
    for name, value in settings:
        _rd('conf_set', conf, name.encode(), value.encode(), why, ctypes.c_size_t(256))
    rk = ctypes.c_void_p(_rd('new', kind, conf, why, ctypes.c_size_t(256)))
    assert rk.value, why.value
    try:
        yield rk
    finally:
        _rd('destroy', rk)


def _ask_admin(rk, what, *args, look=lambda event: None):
    """What `look` sees in the answer to one request of the admin interface; an error of the request is an assertion."""
    queue = ctypes.c_void_p(_rd('queue_new', rk))
    _rd(what, rk, *args, None, queue)
    event = ctypes.c_void_p(_rd('queue_poll', queue, PATIENCE_MS))
    assert event.value, what + ': no answer'
    assert _rdkafka.rd_kafka_event_error(event) == 0, what
    seen = look(event)
    _rd('event_destroy', event)
    _rd('queue_destroy', queue)
    return seen


def _admin(address, what, items):
    with _client(PRODUCER, ('bootstrap.servers', address)) as rk:
        _ask_admin(rk, what, (ctypes.c_void_p * len(items))(*items), ctypes.c_size_t(len(items)))


class _Place(ctypes.Structure):
    """rd_kafka_topic_partition_t"""
    _fields_ = [('topic', ctypes.c_char_p),
                ('partition', ctypes.c_int32),
                ('offset', ctypes.c_int64),
                ('metadata', ctypes.c_void_p),
                ('metadata_size', ctypes.c_size_t),
                ('opaque', ctypes.c_void_p),
                ('err', ctypes.c_int),
                ('_private', ctypes.c_void_p)]


class _Places(ctypes.Structure):
    _fields_ = [('cnt', ctypes.c_int), ('size', ctypes.c_int), ('elems', ctypes.POINTER(_Place))]


V_TOPIC, V_PARTITION, V_VALUE, V_KEY, V_TIMESTAMP = 1, 3, 4, 5, 8  # rd_kafka_vtype_t


class Broker:
    """long_lived: worth the time it takes to compile its code well. listeners: ('NAME:PROTOCOL:PORT', ...)."""

    def __init__(self, settings=(), long_lived=False, listeners=()):
        self.dir = tempfile.mkdtemp(prefix='fivefifty-broker-')
        self.settings, self.long_lived, self.listeners = settings, long_lived, listeners
        self.address = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def _script(self, *args):
        return subprocess.run([SCRIPT, *args], check=True, stdout=subprocess.PIPE,
                              timeout=3 * PATIENCE_S).stdout.decode().strip()

    def start(self):
        sets = [x for s in self.settings for x in ('--set', s)] + [x for w in self.listeners for x in ('--listener', w)]
        self.address = self._script('start', self.dir, *sets, *(['--long-lived'] if self.long_lived else []))

    def stop(self):
        self._script('stop', self.dir)

    def kill(self):
        subprocess.run([SCRIPT, 'kill', self.dir], stderr=subprocess.DEVNULL)

    def config(self, *args):
        """Kafka's own ConfigCommand."""
        return self._script('config', self.dir, *args)

    def allow(self, kind, name, operations, user='ANONYMOUS'):
        """The user (of whom there is no other) may do only this with a topic or a group ('' of READ, WRITE, DESCRIBE:
        nothing). The broker needs settings=ACLS. Kafka's jars have no command for this."""
        why, topic_or_group = ctypes.create_string_buffer(512), {'topic': 2, 'group': 3}[kind]
        # as librdkafka numbers them: resource types TOPIC 2, GROUP 3; LITERAL 3; permission DENY 2, ALLOW 3
        wanted = [(ACL_OPERATIONS[o], 3) for o in operations] or [(ACL_OPERATIONS['WRITE'], 2)]
        binding = (topic_or_group, name.encode(), 3, ('User:' + user).encode(), b'*')
        end = (why, ctypes.c_size_t(512))
        acls = [_rd('AclBinding_new', *binding, o, permission, *end) for o, permission in wanted]
        with _client(PRODUCER, ('bootstrap.servers', self.address)) as rk:
            _ask_admin(rk, 'CreateAcls', (ctypes.c_void_p * len(acls))(*acls), ctypes.c_size_t(len(acls)))
            any_of_them = ctypes.c_void_p(_rd('AclBindingFilter_new', *binding, 1, 1, *end))

            def known(event):
                count = ctypes.c_size_t()
                _rd('DescribeAcls_result_acls', ctypes.c_void_p(_rd('event_DescribeAcls_result', event)),
                    ctypes.byref(count))
                return count.value
            # the broker learns them from its own log: until it answers with them it does not go by them
            assert wait(lambda: _ask_admin(rk, 'DescribeAcls', any_of_them, look=known) == len(wanted)), (
                kind, name, operations)

    def slow(self, rate):
        """Every client but `feeder` may write this many bytes a second; None: no limit.
        Acknowledgements then take long."""
        self.config('--entity-type', 'clients', '--entity-name', 'feeder', '--alter', '--add-config',
                    'producer_byte_rate=1000000000')
        change = ('--delete-config', 'producer_byte_rate') if rate is None else \
            ('--add-config', 'producer_byte_rate=%d' % rate)
        self.config('--entity-type', 'clients', '--entity-default', '--alter', *change)

    def delete_topics(self, topics):
        """Returns when nobody knows them any more."""
        _admin(self.address, 'DeleteTopics', [_rd('DeleteTopic_new', ctypes.c_char_p(t.encode())) for t in topics])

        def left():
            said = subprocess.run(['kcat', '-b', self.address, '-L'], stdout=subprocess.PIPE,
                                  check=False).stdout.decode()
            return any('"%s"' % t in said for t in topics)
        assert wait(lambda: not left()), topics

    def committed(self, group, topic, partition=0):
        """Where the group goes on; below 0: it committed nothing."""
        places = ctypes.cast(_rd('topic_partition_list_new', 1), ctypes.POINTER(_Places))
        _rd('topic_partition_list_add', places, topic.encode(), partition)
        with _client(CONSUMER, ('bootstrap.servers', self.address), ('group.id', group)) as rk:
            _rdkafka.rd_kafka_committed(rk, places, PATIENCE_MS)
        offset = places.contents.elems[0].offset
        _rd('topic_partition_list_destroy', places)
        return offset

    def add_partitions(self, topics, count):
        why = ctypes.create_string_buffer(256)
        _admin(self.address, 'CreatePartitions',
               [_rd('NewPartitions_new', ctypes.c_char_p(t.encode()), ctypes.c_size_t(count), why,
                    ctypes.c_size_t(256)) for t in topics])

    def produce(self, topic, data, codec='none', headers=(), key=None, partition=None, whole=False):
        """One record per line of `data`, or (whole) one record of all of it."""
        path = os.path.join(self.dir, 'produce')
        with open(path, 'wb') as f:
            f.write(data)
        args = ['kcat', '-b', self.address, '-P', '-t', topic, '-z', codec, '-X', 'client.id=feeder',
                '-X', 'message.max.bytes=30000000', '-X', 'compression.level=-1']
        args += [x for h in headers for x in ('-H', h)]
        args += ['-k', key] if key else []
        args += ['-p', str(partition)] if partition is not None else []
        subprocess.run(args + ([path] if whole else ['-l', path]), check=True, stderr=subprocess.DEVNULL)

    def produce_one(self, topic, value, key=None, partition=-1, timestamp=0, codec='none'):
        """One record with a time of its own (ms since 1970; 0: now), or with a key that is larger than an argument of
        kcat can be."""
        sized = lambda data: (ctypes.c_char_p(data), ctypes.c_size_t(len(data)))
        with _client(PRODUCER, ('bootstrap.servers', self.address), ('message.max.bytes', '30000000'),
                     ('client.id', 'feeder'), ('compression.type', codec)) as rk:
            args = [V_TOPIC, ctypes.c_char_p(topic.encode()), V_PARTITION,
                    ctypes.c_int32(partition), V_VALUE, *sized(value),
                    V_TIMESTAMP, ctypes.c_int64(timestamp)] + ([V_KEY, *sized(key)] if key is not None else [])
            assert _rdkafka.rd_kafka_producev(rk, *args, 0) == 0, topic
            assert _rdkafka.rd_kafka_flush(rk, PATIENCE_MS) == 0, topic

    def consume(self, topic):
        """[{partition, offset, timestamp, headers, key, value}] of the whole topic, as kcat sees it."""
        fmt = r'%p %o %T %K%R%k%s%h\x1e'
        out = subprocess.run(['kcat', '-b', self.address, '-C', '-t', topic, '-e', '-q', '-o', 'beginning', '-D', '',
                              '-X', 'fetch.message.max.bytes=20000000', '-f', fmt],
                             check=True, stdout=subprocess.PIPE).stdout
        return list(_records(out))


def _records(out):
    """kcat's %K is a decimal length (-1: no key), %R a 4-byte big-endian one: parsed from the front, binary-safe."""
    pos = 0
    while pos < len(out):
        end = pos
        for _ in range(3):
            end = out.index(b' ', end) + 1
        partition, offset, timestamp = map(int, out[pos:end].split())
        pos = end
        # the key length has no separator behind it: it ends where the big-endian value length begins, whose first
        # byte is 0 (values are below 16 MiB) or 0xff (a null value)
        while out[end] not in (0, 0xff):
            end += 1
        key_len = int(out[pos:end])
        value_len, = struct.unpack('>i', out[end:end + 4])
        pos = end + 4
        key = None if key_len < 0 else out[pos:pos + key_len]
        pos += max(key_len, 0)
        value = None if value_len < 0 else out[pos:pos + value_len]
        pos += max(value_len, 0)
        end = out.index(b'\x1e', pos)
        headers = dict(h.split('=', 1) for h in out[pos:end].decode().split(',') if '=' in h)
        yield {'partition': partition, 'offset': offset, 'timestamp': timestamp, 'headers': headers, 'key': key,
               'value': value}
        pos = end + 1


_zstd = ctypes.CDLL(ctypes.util.find_library('zstd') or 'libzstd.so.1')
_zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
_zstd.ZSTD_decompress.restype = ctypes.c_size_t


def unpack(value):
    """The protobuf message inside a packed record."""
    if value[0] == 1:
        return value[1:]
    assert value[0] == 2, value[:1]
    frame = value[1:]
    size = _zstd.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
    out = ctypes.create_string_buffer(size)
    n = _zstd.ZSTD_decompress(out, ctypes.c_size_t(size), frame, ctypes.c_size_t(len(frame)))
    assert n == size, 'broken zstd frame'
    return out.raw[:size]


def _varint(buf, pos):
    value = shift = 0
    while True:
        byte = buf[pos]
        pos += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            return value, pos
        shift += 7


def packed_records(data):
    """The records of a packed file (generate --format packed), each after its length as a varint."""
    pos = 0
    while pos < len(data):
        n, pos = _varint(data, pos)
        yield data[pos:pos + n]
        pos += n


def fields(message):
    """(number, value) of each field of an encoded protobuf message."""
    pos = 0
    while pos < len(message):
        tag, pos = _varint(message, pos)
        kind = tag & 7
        if kind == 0:
            value, pos = _varint(message, pos)
        elif kind == 1:
            value, pos = struct.unpack_from('<q', message, pos)[0], pos + 8
        elif kind == 2:
            n, pos = _varint(message, pos)
            value, pos = message[pos:pos + n], pos + n
        elif kind == 5:
            value, pos = struct.unpack_from('<i', message, pos)[0], pos + 4
        else:
            raise ValueError('wire type %d' % kind)
        yield tag >> 3, value


def results(record):
    """[{event: {number: value}, verdict: {number: value}}] of one record of mail.results.v1."""
    out = []
    for number, item in fields(unpack(record['value'])):
        if number == 5:
            parts = dict(fields(item))
            out.append({'event': dict(fields(parts[1])), 'verdict': dict(fields(parts.get(2, b'')))})
    return out
