#!/usr/bin/env python3
"""seeds.py TARGET DIRECTORY: writes the vectors under tests/vectors as inputs of a fuzz target.

What stands in front of the bytes (the first byte of every target, the request of a policy) is told at the
head of the target's source.
"""

import hashlib
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
VECTORS = TESTS / "vectors"
sys.path.insert(0, str(TESTS / "support"))

from mqtt_codec import PROPERTIES, encode  # noqa: E402

POLICY_KINDS = 6
# One of each packet with most of what it may have; MQTT 5 adds properties by name.
PACKETS = [
    {"type": "connect", "client_id": "c", "will": {"topic": "w", "payload": "gone", "qos": 1}, "user_name": "u",
     "password": "p"},
    {"type": "publish", "topic": "a/b", "payload": "x", "qos": 0, "retain": 1},
    {"type": "publish", "topic": "a/b", "payload": "x", "qos": 2, "dup": 1, "id": 7},
    {"type": "puback", "id": 7}, {"type": "pubrec", "id": 7}, {"type": "pubrel", "id": 7}, {"type": "pubcomp", "id": 7},
    {"type": "subscribe", "id": 8, "filters": [("a/+", 1), ("$share/g/b/#", 2)]},
    {"type": "unsubscribe", "id": 9, "filters": ["a/+", "b"]},
    {"type": "pingreq"}, {"type": "disconnect"},
]


def first_of_mqtt(version, from_client=True):
    return bytes([from_client | (version - 3) << 1])


def mqtt():
    for row in json.loads((VECTORS / "mqtt" / "malformed.json").read_text()):
        yield first_of_mqtt(row["version"]) + bytes.fromhex(row["bytes"])
    for version in (3, 4, 5):
        for packet in PACKETS:
            yield first_of_mqtt(version) + encode(packet, version)
    some = {"byte": 1, "two": 10, "four": 100, "variable": 5, "text": "t", "binary": b"b", "pair": ("k", "v")}
    for name, (_, kind) in PROPERTIES.items():
        value = [some[kind]] if name in ("user", "subscription_id") else some[kind]
        for packet in PACKETS:
            yield first_of_mqtt(5) + encode({**packet, name: value}, 5)


def http():
    for row in json.loads((VECTORS / "http" / "framing.json").read_text()):
        if isinstance(row.get("send"), str):
            yield b"\3" + row["send"].encode("latin-1", "replace")


def websocket():
    for row in json.loads((VECTORS / "websocket" / "client_frames.json").read_text()):
        yield b"\x20" + bytes.fromhex(row["send"])


def policy():
    for path in sorted((VECTORS / "policy").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            yield b"\0" + line.encode()
            for document in row.get("policies", []):
                text = document if isinstance(document, str) else json.dumps(document)
                request = "\n".join((text, row.get("action", ""), row.get("resource", ""), "10.0.0.1"))
                for kind in (0, POLICY_KINDS - 1):
                    yield bytes([kind]) + request.encode()


def main(target, directory):
    for seed in {"mqtt": mqtt, "http": http, "websocket": websocket, "policy": policy}[target]():
        (pathlib.Path(directory) / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


main(*sys.argv[1:])
