"""Bytes by hand: HTTP, WebSocket and MQTT 3.1.1 over sockets, so that tests see what a client sees."""

import base64
import datetime
import hashlib
import hmac
import os
import socket
import ssl
import struct
import urllib.parse


def http(port, request, timeout=5, tls_context=None):
    """Sends raw bytes and returns everything that comes back until the peer closes or is silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as s:
        if tls_context:
            s = tls_context.wrap_socket(s, server_hostname="localhost")
        s.sendall(request)
        return drain(s)


def drain(s):
    received = b""
    try:
        while True:
            chunk = s.recv(65536)
            if not chunk:
                break
            received += chunk
            if is_whole(received):
                break
    except (socket.timeout, ConnectionResetError):
        pass
    return received


def is_whole(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return len(body) >= int(value)
    return head.startswith(b"HTTP/1.1 101")


def parse(answer):
    """(status, headers in lower case, body)"""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, _, v in (l.partition(":") for l in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def presign(host, key, secret, token=None, region="ap-northeast-1", service="iotdevicegateway",
            at=None, sign_token=False, tamper=False, expires=None):
    """The query string of a presigned GET /mqtt, by the book (spec AWS SigV4), not by our code."""
    at = at or datetime.datetime.now(datetime.timezone.utc)
    stamp, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    scope = f"{day}/{region}/{service}/aws4_request"
    quote = lambda v: urllib.parse.quote(v, safe="-._~")
    query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{key}/{scope}",
             "X-Amz-Date": stamp, "X-Amz-SignedHeaders": "host"}
    if expires is not None:
        query["X-Amz-Expires"] = str(expires)
    if token and sign_token:
        query["X-Amz-Security-Token"] = token
    canonical_query = "&".join(f"{quote(k)}={quote(v)}" for k, v in sorted(query.items()))
    canonical = f"GET\n/mqtt\n{canonical_query}\nhost:{host}\n\nhost\n" + hashlib.sha256(b"").hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n" + hashlib.sha256(canonical.encode()).hexdigest()
    step = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        step = hmac.new(step, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(step, to_sign.encode(), hashlib.sha256).hexdigest()
    if tamper:
        signature = ("0" if signature[0] != "0" else "1") + signature[1:]
    result = f"{canonical_query}&X-Amz-Signature={signature}"
    if token and not sign_token:
        result += "&X-Amz-Security-Token=" + quote(token)
    return result


def upgrade_request(query, host, protocols="mqtt", extra=""):
    key = base64.b64encode(os.urandom(16)).decode()
    protocol = f"Sec-WebSocket-Protocol: {protocols}\r\n" if protocols else ""
    return (f"GET /mqtt?{query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"{protocol}{extra}\r\n").encode()


class WebSocket:
    """Binary messages over an open upgrade, as a stream of bytes."""

    def __init__(self, port, query, host, protocols="mqtt", tls_context=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        if tls_context:
            self.socket = tls_context.wrap_socket(self.socket, server_hostname="localhost")
        self.socket.sendall(upgrade_request(query, host, protocols))
        answer = b""
        while b"\r\n\r\n" not in answer:
            chunk = self.socket.recv(4096)
            if not chunk:
                break
            answer += chunk
        self.answer, _, self.buffer = answer.partition(b"\r\n\r\n")
        self.status = int(self.answer.split()[1]) if self.answer else 0
        if self.status != 101:
            self.buffer = drain(self.socket) if not is_whole(answer) else self.buffer

    def header(self, name):
        for line in self.answer.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.strip().lower() == name:
                return value.strip()
        return None

    def sendall(self, payload, opcode=2):
        mask = os.urandom(4)
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else (
            b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size))
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def recv(self, _):
        """One frame's payload; empty when the server closed."""
        while True:
            try:
                header = self._take(2)
            except ConnectionResetError:
                return b""
            size = header[1] & 0x7f
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            payload = self._take(size) if size else b""
            if header[0] & 0x0f == 8:
                return b""
            if header[0] & 0x0f in (0, 2):
                return payload

    def _take(self, size):
        while len(self.buffer) < size:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionResetError("the connection ended")
            self.buffer += chunk
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def settimeout(self, seconds):
        self.socket.settimeout(seconds)

    def close(self):
        self.socket.close()


def text(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def packet(first, body):
    size, length = len(body), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([first]) + length + body


class Mqtt:
    """An MQTT 3.1.1 client that says exactly what it is told, over a socket or a WebSocket."""

    def __init__(self, stream):
        self.stream = stream
        self.buffer = b""

    @classmethod
    def tcp(cls, address):
        host, _, port = address.rpartition(":")
        return cls(socket.create_connection((host.strip("[]"), int(port)), timeout=5))

    @classmethod
    def tls(cls, port, context):
        plain = socket.create_connection(("127.0.0.1", port), timeout=5)
        return cls(context.wrap_socket(plain, server_hostname="localhost"))

    def connect(self, client_id, clean=True, keep_alive=60, version=4):
        flags = 2 if clean else 0
        properties = b"\0" if version == 5 else b""
        self.stream.sendall(packet(0x10, text("MQTT") + bytes([version, flags]) +
                                   struct.pack(">H", keep_alive) + properties + text(client_id)))
        return self.read()

    def connect_with_will(self, client_id, topic, payload, keep_alive=1200):
        """CONNECT of 3.1.1 with a clean session and a will at QoS 1."""
        self.send(0x10, text("MQTT") + bytes([4, 0x0E]) + struct.pack(">H", keep_alive) + text(client_id) +
                  text(topic) + text(payload))
        return self.read()

    def subscribe(self, packet_id, *filters, qos=1):
        body = struct.pack(">H", packet_id) + b"".join(text(f) + bytes([qos]) for f in filters)
        self.stream.sendall(packet(0x82, body))

    def publish(self, topic, payload, packet_id=0, qos=None, retain=False, dup=False):
        qos = (1 if packet_id else 0) if qos is None else qos
        body = text(topic) + (struct.pack(">H", packet_id) if qos else b"")
        body += payload.encode() if isinstance(payload, str) else payload
        self.send(0x30 | dup << 3 | qos << 1 | retain, body)

    def puback(self, packet_id):
        self.send(0x40, struct.pack(">H", packet_id))

    def send(self, first, body):
        """A packet by its first byte and what follows the remaining length."""
        self.stream.sendall(packet(first, body))

    def read(self):
        """The next packet as (first byte, body); None when the connection ended."""
        while True:
            got = self._whole()
            if got:
                return got
            try:
                chunk = self.stream.recv(65536)
            except ConnectionResetError:
                return None
            if not chunk:
                return None
            self.buffer += chunk

    def _whole(self):
        size, shift = 0, 0
        for i in range(1, min(len(self.buffer), 5)):
            size |= (self.buffer[i] & 0x7f) << shift
            shift += 7
            if not self.buffer[i] & 0x80:
                end = i + 1 + size
                if len(self.buffer) < end:
                    return None
                taken = (self.buffer[0], self.buffer[i + 1:end])
                self.buffer = self.buffer[end:]
                return taken
        return None

    def read_publish(self):
        """The next PUBLISH as (topic, payload, packet id), acknowledged if it asks for it."""
        while True:
            got = self.read()
            if got is None:
                return None
            first, body = got
            if first >> 4 != 3:
                continue
            size = struct.unpack(">H", body[:2])[0]
            topic, rest, packet_id = body[2:2 + size].decode(), body[2 + size:], 0
            if first & 6:
                packet_id, rest = struct.unpack(">H", rest[:2])[0], rest[2:]
                self.puback(packet_id)
            return topic, rest, packet_id

    def close(self):
        self.stream.close()


def trusting(ca_file):
    context = ssl.create_default_context(cafile=ca_file)
    return context
