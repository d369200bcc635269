"""MQTT 3.1, 3.1.1 and 5 packets as dictionaries, to bytes and back; written from the standards.

A packet is {"type": name, field: value, ...}; properties are fields, too, by the names below. The
reader fails on anything that the standards forbid a server to send.
"""

import struct

TYPES = ["", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe",
         "suback", "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth"]
# MQTT 5, 2.2.2.2: identifier, kind of value.
PROPERTIES = {
    "payload_format": (1, "byte"), "message_expiry": (2, "four"), "content_type": (3, "text"),
    "response_topic": (8, "text"), "correlation": (9, "binary"), "subscription_id": (11, "variable"),
    "session_expiry": (17, "four"), "assigned_client_id": (18, "text"), "server_keep_alive": (19, "two"),
    "auth_method": (21, "text"), "auth_data": (22, "binary"), "request_problem": (23, "byte"),
    "will_delay": (24, "four"), "request_response": (25, "byte"), "response_information": (26, "text"),
    "server_reference": (28, "text"), "reason": (31, "text"), "receive_maximum": (33, "two"),
    "topic_alias_maximum": (34, "two"), "topic_alias": (35, "two"), "maximum_qos": (36, "byte"),
    "retain_available": (37, "byte"), "user": (38, "pair"), "maximum_packet_size": (39, "four"),
    "wildcard_available": (40, "byte"), "subscription_id_available": (41, "byte"),
    "shared_available": (42, "byte"),
}
NAMES = {number: (name, kind) for name, (number, kind) in PROPERTIES.items()}
REPEATED = {"user", "subscription_id"}


def variable(n):
    out = b""
    while True:
        n, digit = divmod(n, 128)
        out += bytes([digit | (0x80 if n else 0)])
        if not n:
            return out


def binary(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def _value(kind, value):
    if kind == "pair":
        return binary(value[0]) + binary(value[1])
    if kind in ("text", "binary"):
        return binary(value)
    return {"byte": lambda v: bytes([v]), "two": lambda v: struct.pack(">H", v),
            "four": lambda v: struct.pack(">I", v), "variable": variable}[kind](int(value))


def properties(packet, level):
    """The property block of the fields in `packet` that are properties; nothing before MQTT 5."""
    if level < 5:
        return b""
    out = b""
    for name, (number, kind) in PROPERTIES.items():
        if name in packet:
            for value in packet[name] if name in REPEATED else [packet[name]]:
                out += variable(number) + _value(kind, value)
    return variable(len(out)) + out


def encode(packet, level):
    """The bytes of a client's packet."""
    kind = packet["type"]
    first, body = TYPES.index(kind) << 4, b""
    pid = struct.pack(">H", packet.get("id", 0)) if isinstance(packet.get("id", 0), int) else b""
    if kind == "connect":
        will = packet.get("will")
        flags = (packet.get("clean", 1) << 1 | ("user_name" in packet) << 7 | ("password" in packet) << 6)
        if will:
            flags |= 4 | will.get("qos", 0) << 3 | will.get("retain", 0) << 5
        name = "MQIsdp" if level == 3 else "MQTT"
        body = binary(name) + bytes([level, flags]) + struct.pack(">H", packet.get("keep_alive", 60))
        body += properties(packet, level) + binary(packet["client_id"])
        if will:
            body += properties(will, level) + binary(will["topic"]) + binary(will.get("payload", ""))
        body += b"".join(binary(packet[f]) for f in ("user_name", "password") if f in packet)
    elif kind == "publish":
        qos = packet.get("qos", 0)
        first |= packet.get("dup", 0) << 3 | qos << 1 | packet.get("retain", 0)
        payload = packet.get("payload", "")
        body = binary(packet["topic"]) + (pid if qos else b"") + properties(packet, level)
        body += payload.encode() if isinstance(payload, str) else payload
    elif kind in ("subscribe", "unsubscribe"):
        first |= 2
        body = pid + properties(packet, level)
        for entry in packet["filters"]:
            body += binary(entry) if kind == "unsubscribe" else binary(entry[0]) + bytes([entry[1]])
    elif kind in ("puback", "pubrec", "pubrel", "pubcomp"):
        first |= 2 if kind == "pubrel" else 0
        props = properties(packet, level)
        body = pid
        if level == 5 and (packet.get("code") or len(props) > 1):
            body += bytes([packet.get("code", 0)]) + props
    elif kind in ("disconnect", "auth") and level == 5:
        props = properties(packet, level)
        if packet.get("code") or len(props) > 1:
            body = bytes([packet.get("code", 0)]) + props
    return bytes([first]) + variable(len(body)) + body


class Reader:
    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, n):
        assert self.at + n <= len(self.raw), "the packet ends too early"
        self.at += n
        return self.raw[self.at - n:self.at]

    def two(self):
        return struct.unpack(">H", self.take(2))[0]

    def variable(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def read(self, kind):
        if kind == "byte":
            return self.take(1)[0]
        if kind == "two":
            return self.two()
        if kind == "four":
            return struct.unpack(">I", self.take(4))[0]
        if kind == "variable":
            return self.variable()
        if kind == "binary":
            return self.take(self.two())
        if kind == "pair":
            return self.read("text"), self.read("text")
        return self.take(self.two()).decode("utf-8")

    def properties(self, into):
        end = self.variable() + self.at
        while self.at < end:
            number = self.variable()
            assert number in NAMES, f"there is no property {number}"
            name, kind = NAMES[number]
            if name in REPEATED:
                into.setdefault(name, []).append(self.read(kind))
            else:
                assert name not in into, f"property {name} twice"
                into[name] = self.read(kind)
        assert self.at == end, "the properties' length is wrong"


def decode(first, body, level):
    """A server's packet, from its first byte and what follows the remaining length."""
    kind, flags, r = TYPES[first >> 4], first & 15, Reader(body)
    p = {"type": kind}
    assert kind == "publish" or flags == (2 if kind == "pubrel" else 0), f"flags {flags} of {kind}"
    if kind == "connack":
        acknowledge = r.take(1)[0]
        assert acknowledge < 2, "[MQTT-3.2.2-1] reserved bits of CONNACK"
        p.update(session_present=acknowledge, code=r.take(1)[0])
        if level == 5:
            r.properties(p)
    elif kind == "publish":
        p.update(dup=flags >> 3, qos=flags >> 1 & 3, retain=flags & 1, topic=r.read("text"))
        assert p["qos"] < 3
        if p["qos"]:
            p["id"] = r.two()
            assert p["id"], "packet identifier 0"
        if level == 5:
            r.properties(p)
        p["payload"] = r.take(len(body) - r.at)
    elif kind in ("puback", "pubrec", "pubrel", "pubcomp"):
        p.update(id=r.two(), code=0)
        if level == 5 and r.at < len(body):
            p["code"] = r.take(1)[0]
            if r.at < len(body):
                r.properties(p)
    elif kind in ("suback", "unsuback"):
        p["id"] = r.two()
        if level == 5:
            r.properties(p)
        p["codes"] = list(r.take(len(body) - r.at))
    elif kind == "disconnect":
        assert level == 5, "before MQTT 5 a server sends no DISCONNECT"
        p["code"] = r.take(1)[0] if body else 0
        if r.at < len(body):
            r.properties(p)
    elif kind == "auth":
        p["code"] = r.take(1)[0] if body else 0
        if r.at < len(body):
            r.properties(p)
    else:
        assert kind == "pingresp", f"a server sent {kind}"
    assert r.at == len(body), f"{kind} is longer than what it holds"
    return p
