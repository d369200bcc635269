"""Bytes that nobody should send, on every listener: one answer at most, and the cloud lives on."""

import os
import pathlib
import random
import resource
import socket
import ssl
import struct
import time

import pytest

from local_cloud import LocalCloud
from wire import Mqtt, WebSocket, http, parse, presign, text, trusting, packet, upgrade_request


def rss(cloud):
    status = pathlib.Path(f"/proc/{cloud.process.pid}/status").read_text()
    return int(next(l for l in status.splitlines() if l.startswith("VmRSS")).split()[1]) * 1024


def is_well(cloud):
    status, _, _ = parse(http(cloud.port, b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"))
    return status == 200 and cloud.process.poll() is None


def all_ports(cloud):
    return [cloud.port, int(cloud.ready["mqtts"].rsplit(":", 1)[1]),
            int(cloud.ready["insecure_mqtt"].rsplit(":", 1)[1])]


# RFC 9112 sections 3.2, 5.1, 6.1, 6.3: each of these has two readings, and must not get two answers.
AMBIGUOUS = [
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0, 44\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.1\nHost: h\n folded: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", AMBIGUOUS)
def test_ambiguous_framing_gets_one_answer_at_most(cloud, request_bytes):
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=2) as s:
        s.sendall(request_bytes)
        received = b""
        try:
            while chunk := s.recv(65536):
                received += chunk
        except (socket.timeout, ConnectionResetError):
            pass
    assert received.count(b"HTTP/1.1 ") <= 1
    assert b'"status":"ok"' not in received
    assert is_well(cloud)


def test_random_bytes_on_every_listener(cloud):
    rnd = random.Random(7)
    for port in all_ports(cloud):
        for _ in range(40):
            with socket.create_connection(("127.0.0.1", port), timeout=2) as s:
                try:
                    s.sendall(rnd.randbytes(rnd.randrange(1, 3000)))
                except OSError:
                    pass
    assert is_well(cloud)


def test_broken_mqtt_is_closed(cloud):
    for bytes_sent in (b"\x10\xff\xff\xff\xff\x7f", b"\x00\x00", packet(0x30, text("a/b")),
                       packet(0x10, text("MQTT") + b"\x09\x02\0\0" + text("x")),
                       packet(0x10, text("XXXX") + b"\x04\x02\0\0" + text("x"))):
        client = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        client.stream.sendall(bytes_sent)
        while (got := client.read()) is not None:
            assert got[0] == 0x20 and got[1][1] != 0
    assert is_well(cloud)


def test_websocket_violations_close(cloud):
    host = f"localhost:{cloud.port}"
    violations = [b"\x82\x02\x10\x00",            # not masked
                  b"\x81\x82\0\0\0\0hi",          # text
                  b"\xc2\x80\0\0\0\0",            # reserved bit
                  b"\x83\x80\0\0\0\0",            # reserved opcode
                  b"\x89\xfe\x00\x7e\0\0\0\0" + b"x" * 126,  # a ping of 126 bytes
                  b"\x82\xff" + struct.pack(">Q", 1 << 62) + b"\0\0\0\0"]
    for bad in violations:
        ws = WebSocket(cloud.port, presign(host, "test", "test"), host)
        assert ws.status == 101
        ws.socket.sendall(bad)
        ws.settimeout(5)
        try:
            while ws.socket.recv(4096):
                pass
        except ConnectionResetError:
            pass
        ws.close()
    assert is_well(cloud)


def test_a_header_without_end_and_a_body_without_end_do_not_stay():
    with LocalCloud() as cloud:
        before = rss(cloud)
        held = []
        for _ in range(50):
            s = socket.create_connection(("127.0.0.1", cloud.port))
            try:
                s.sendall(b"GET / HTTP/1.1\r\nA: " + b"x" * 2_000_000)
            except OSError:
                pass
            held.append(s)
        for _ in range(30):
            s = socket.create_connection(("127.0.0.1", cloud.port))
            s.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n")
            held.append(s)
        assert is_well(cloud)
        assert rss(cloud) - before < 256 << 20
        for s in held:
            s.close()


def test_a_reader_that_never_reads_is_cut_off_and_others_go_on():
    with LocalCloud() as cloud:
        before = rss(cloud)
        slow = []
        for n in range(12):
            client = Mqtt.tcp(cloud.ready["insecure_mqtt"])
            client.connect(f"slow-{n}")
            client.subscribe(1, "flood", qos=0)
            client.read()
            slow.append(client)
        sender = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        sender.connect("sender")
        payload = os.urandom(100_000)
        peak = 0
        for n in range(1, 601):
            sender.publish("flood", payload, packet_id=n)
            assert sender.read() == (0x40, struct.pack(">H", n))
            peak = max(peak, rss(cloud))
        assert peak - before < 256 << 20
        assert is_well(cloud)
        for client in slow:
            client.close()
        until = time.monotonic() + 15
        while rss(cloud) - before > 96 << 20 and time.monotonic() < until:
            time.sleep(0.2)
        assert rss(cloud) - before < 96 << 20


def test_tls_handshakes_that_stop_half_way(cloud):
    for _ in range(30):
        s = socket.create_connection(("127.0.0.1", cloud.port))
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        s.close()
    with trusting(cloud.ready["ca_file"]).wrap_socket(
            socket.create_connection(("127.0.0.1", cloud.port)), server_hostname="localhost") as tls:
        tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        assert tls.recv(12) == b"HTTP/1.1 200"


def cpu_seconds(cloud):
    fields = pathlib.Path(f"/proc/{cloud.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_half_a_tls_record_is_waited_for_and_not_asked_for_again_and_again(cloud):
    host = f"localhost:{cloud.port}"
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting(cloud.ready["ca_file"]).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=5) as wire:
        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    wire.sendall(outgoing.read())
                    incoming.write(wire.recv(65536))

        until_done(tls.do_handshake)
        tls.write(upgrade_request(presign(host, "test", "test"), host))
        assert until_done(lambda: tls.read(12)) == b"HTTP/1.1 101"
        tls.write(os.urandom(3_000))
        wire.sendall(outgoing.read()[:1_000])
        before = cpu_seconds(cloud)
        time.sleep(2)
        assert cpu_seconds(cloud) - before < 0.1


def test_retained_messages_go_on_to_a_reader_that_says_nothing(cloud):
    sender = Mqtt.tcp(cloud.ready["insecure_mqtt"])
    sender.connect("retainer")
    payload = os.urandom(4_000)
    for n in range(1, 701):  # 2.8 MB, more than is given to a connection at once
        sender.publish(f"kept/{n}", payload, packet_id=n, retain=True)
        assert sender.read() == (0x40, struct.pack(">H", n))
    reader = Mqtt.tcp(cloud.ready["insecure_mqtt"])
    reader.connect("silent")
    reader.subscribe(1, "kept/#", qos=0)
    assert reader.read()[0] == 0x90
    for _ in range(700):
        assert reader.read()[0] & 0xF0 == 0x30
    for n in range(1, 701):
        sender.publish(f"kept/{n}", b"", packet_id=n, retain=True)
        assert sender.read() == (0x40, struct.pack(">H", n))


def test_strangers_are_bounded_in_number_and_who_is_inside_is_served_on():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    host_line = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
    with LocalCloud() as cloud:
        host = f"localhost:{cloud.port}"
        inside = Mqtt(WebSocket(cloud.port, presign(host, "test", "test"), host))
        inside.connect("inside")
        before = rss(cloud)
        held = []
        for _ in range(6_010):
            s = socket.create_connection(("127.0.0.1", cloud.port), timeout=10)
            s.sendall(host_line)
            held.append(s)
        answers = []
        for s in held[:3] + held[-3:]:
            try:
                answers.append(s.recv(12))
            except ConnectionResetError:
                answers.append(b"")
        assert answers == [b"HTTP/1.1 200"] * 3 + [b""] * 3
        inside.publish("a", "1", packet_id=1)
        assert inside.read() == (0x40, b"\0\1")
        assert rss(cloud) - before < 256 << 20
        for s in held:
            s.close()
        assert is_well(cloud)


def test_who_stops_half_way_or_sends_a_byte_now_and_then_is_hung_up_on_in_time(cloud):
    """Issue: slow and half-open clients are bounded in time; ten seconds up to a request's header or a CONNECT."""
    shared, mqtts, plain = all_ports(cloud)
    host = f"localhost:{cloud.port}"
    upgrade = upgrade_request(presign(host, "test", "test"), host)
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    connect = b"\x10\xff\x7f\0\4MQTT\4\2\0\0\xff\xff"
    rows = [
        ("nothing", shared, b"", b""), ("nothing, where TLS is due", mqtts, b"", b""), ("nothing, plain MQTT", plain, b"", b""),
        ("half a ClientHello", shared, hello, b""), ("a dribbled ClientHello", mqtts, hello, b"\0"),
        ("half a header", shared, b"GET / HTTP/1.1\r\nA: b", b""), ("a dribbled header", shared, b"GET / HTTP/1.1\r\nA: ", b"x"),
        ("an upgrade without CONNECT", shared, upgrade, b""), ("half a frame", shared, upgrade + b"\x82", b""),
        ("a dribbled frame", shared, upgrade + b"\x82\xfe\x40\0\0\0\0\0" + connect, b"x"),
        ("half a CONNECT", plain, b"\x10\x20\0\4MQ", b""), ("a dribbled CONNECT", plain, connect, b"x"),
    ]
    began, open_still = time.monotonic(), {}
    for name, port, first, more in rows:
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(first)
        s.setblocking(False)
        open_still[s] = (name, more)
    took = {}
    while open_still and time.monotonic() - began < 20:
        time.sleep(0.25)
        for s, (name, more) in list(open_still.items()):
            try:
                s.sendall(more)
                ended = s.recv(65536) == b""
            except BlockingIOError:
                ended = False
            except OSError:
                ended = True
            if ended:
                took[name] = time.monotonic() - began
                s.close()
                del open_still[s]
    assert not open_still, [name for name, _ in open_still.values()]
    # Nor too early: a slow network is no attack.
    assert min(took.values()) > 5, took
    assert is_well(cloud)
