"""A real broker for the tests (scripts/kafka-broker), kcat as the foreign client, and a reader of packed results.

    with Broker() as br:
        br.produce('mail.raw.kumomta.v1', lines, codec='zstd')
        for record in br.consume('mail.results.v1'): ...

Nothing here uses fivefifty itself, so that what it reads back agrees with somebody else's idea of Kafka and protobuf.
"""
import ctypes
import ctypes.util
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
ACLS = ('authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'allow.everyone.if.no.acl.found=true')
ACL_OPERATIONS = {'READ': 3, 'WRITE': 4, 'DESCRIBE': 8}
KEY_END = b'\x1f'
SCRIPT = os.path.join(ROOT, 'scripts', 'kafka-broker')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait(condition, seconds=30, pause=0.05):
    """Does the condition come to hold within so many seconds?"""
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(pause)
    return False


def ask(port, path='/metrics'):
    """What the process answers; nothing while it does not listen yet, or says that it cannot."""
    try:
        return urllib.request.urlopen('http://127.0.0.1:%d%s' % (port, path), timeout=2).read().decode()
    except OSError:
        return ''


# Of what Kafka's tools do, the jars of the broker have only the settings: librdkafka does the rest.
_rdkafka = ctypes.CDLL(ctypes.util.find_library('rdkafka') or 'librdkafka.so.1')


def _rd(name, *args):
    call = getattr(_rdkafka, 'rd_kafka_' + name)
    call.restype = ctypes.c_void_p
    return call(*args)


def _admin(address, what, items):
    """One request of librdkafka's admin interface; an error of the request or of the first item is an assertion."""
    why = ctypes.create_string_buffer(256)
    conf = _rd('conf_new')
    _rd('conf_set', ctypes.c_void_p(conf), b'bootstrap.servers', address.encode(), why, ctypes.c_size_t(256))
    rk = ctypes.c_void_p(_rd('new', 0, ctypes.c_void_p(conf), why, ctypes.c_size_t(256)))
    queue = ctypes.c_void_p(_rd('queue_new', rk))
    _rd(what, rk, (ctypes.c_void_p * len(items))(*items), ctypes.c_size_t(len(items)), None, queue)
    event = ctypes.c_void_p(_rd('queue_poll', queue, 30000))
    assert event.value, what + ': no answer'
    _rdkafka.rd_kafka_event_error.argtypes = [ctypes.c_void_p]
    assert _rdkafka.rd_kafka_event_error(event) == 0, what
    _rd('event_destroy', event)
    _rd('queue_destroy', queue)
    _rd('destroy', rk)


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
        return subprocess.run([SCRIPT, *args], check=True, stdout=subprocess.PIPE, timeout=600).stdout.decode().strip()

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

    def allow(self, kind, name, operations):
        """All clients may do only this with a topic or a group ('' of READ, WRITE, DESCRIBE: nothing). The broker needs
        settings=ACLS. Kafka's jars have no command for this."""
        kafka = ctypes.CDLL('librdkafka.so.1')
        for f in ('rd_kafka_conf_new', 'rd_kafka_new', 'rd_kafka_queue_new', 'rd_kafka_AclBinding_new', 'rd_kafka_queue_poll'):
            getattr(kafka, f).restype = ctypes.c_void_p
        why, conf = ctypes.create_string_buffer(512), ctypes.c_void_p(kafka.rd_kafka_conf_new())
        kafka.rd_kafka_conf_set(conf, b'bootstrap.servers', self.address.encode(), why, 512)
        rk = ctypes.c_void_p(kafka.rd_kafka_new(0, conf, why, 512))
        queue = ctypes.c_void_p(kafka.rd_kafka_queue_new(rk))
        # as librdkafka numbers them: resource types TOPIC 2, GROUP 3; LITERAL 3; permission DENY 2, ALLOW 3
        wanted = [(ACL_OPERATIONS[o], 3) for o in operations] or [(ACL_OPERATIONS['WRITE'], 2)]
        acls = [kafka.rd_kafka_AclBinding_new({'topic': 2, 'group': 3}[kind], name.encode(), 3, b'User:ANONYMOUS', b'*', o, permission, why, 512)
                for o, permission in wanted]
        kafka.rd_kafka_CreateAcls(rk, (ctypes.c_void_p * len(acls))(*acls), ctypes.c_size_t(len(acls)), None, queue)
        event = ctypes.c_void_p(kafka.rd_kafka_queue_poll(queue, 20000))
        assert event and kafka.rd_kafka_event_error(event) == 0, 'the broker does not take the ACL'
        kafka.rd_kafka_event_destroy(event)
        kafka.rd_kafka_queue_destroy(queue)
        kafka.rd_kafka_destroy(rk)
        time.sleep(0.5)  # until the broker has it from its own log

    def slow(self, rate):
        """Every client but `feeder` may write this many bytes a second; None: no limit. Acknowledgements then take long."""
        self.config('--entity-type', 'clients', '--entity-name', 'feeder', '--alter', '--add-config',
                    'producer_byte_rate=1000000000')
        change = ('--delete-config', 'producer_byte_rate') if rate is None else \
            ('--add-config', 'producer_byte_rate=%d' % rate)
        self.config('--entity-type', 'clients', '--entity-default', '--alter', *change)

    def delete_topics(self, topics):
        """Returns when nobody knows them any more."""
        _admin(self.address, 'DeleteTopics', [_rd('DeleteTopic_new', ctypes.c_char_p(t.encode())) for t in topics])

        def left():
            said = subprocess.run(['kcat', '-b', self.address, '-L'], stdout=subprocess.PIPE, check=False).stdout.decode()
            return any('"%s"' % t in said for t in topics)
        assert wait(lambda: not left(), 30), topics

    def add_partitions(self, topics, count):
        why = ctypes.create_string_buffer(256)
        _admin(self.address, 'CreatePartitions', [_rd('NewPartitions_new', ctypes.c_char_p(t.encode()), ctypes.c_size_t(count), why,
                                                      ctypes.c_size_t(256)) for t in topics])

    def produce(self, topic, data, codec='none', headers=(), key=None, partition=None, whole=False):
        """One record per line of `data`, or (whole) one record of all of it. A key may be larger than an argument can be."""
        path = os.path.join(self.dir, 'produce')
        long_key = key is not None and len(key) > 100000
        with open(path, 'wb') as f:
            f.write(key + KEY_END + data if long_key else data)
        args = ['kcat', '-b', self.address, '-P', '-t', topic, '-z', codec, '-X', 'client.id=feeder',
                '-X', 'message.max.bytes=30000000', '-X', 'compression.level=-1']
        args += [x for h in headers for x in ('-H', h)]
        args += ['-K', KEY_END, '-D', '\x1e'] if long_key else ['-k', key] if key else []
        args += ['-p', str(partition)] if partition is not None else []
        subprocess.run(args + ([path] if whole and not long_key else ['-l', path]), check=True, stderr=subprocess.DEVNULL)

    def consume(self, topic):
        """[{partition, offset, timestamp, headers, key, value}] of the whole topic, as kcat sees it."""
        fmt = r'%p %o %T %K%R%k%s%h\x1e'
        out = subprocess.run(['kcat', '-b', self.address, '-C', '-t', topic, '-e', '-q', '-o', 'beginning', '-D', '',
                              '-X', 'fetch.message.max.bytes=20000000', '-f', fmt], check=True, stdout=subprocess.PIPE).stdout
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
