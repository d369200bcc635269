"""Conversations with an MQTT broker as text, one row a clause; tests/vectors/mqtt/README.md has the form."""

import pathlib
import re
import shlex
import time
from dataclasses import dataclass

import mqtt_codec

LEVELS = {"3.1": 3, "3.1.1": 4, "5": 5}
VERBS = {"connects": "connect", "publishes": "publish", "subscribes": "subscribe",
         "unsubscribes": "unsubscribe"}
ANSWERS = {"connack", "puback", "pubrec", "pubcomp", "suback", "unsuback"}
TEXTS = {"payload", "content_type", "response_topic", "correlation", "reason", "user_name", "password",
         "client_id", "auth_method", "auth_data", "topic", "assigned_client_id"}


@dataclass(frozen=True)
class Row:
    clause: str
    version: str
    sentence: str
    steps: tuple

    @property
    def id(self):
        return f"{self.clause}/{self.version}: {self.sentence}"


def load(path):
    """The rows of a file, one for each version that a head names."""
    rows = []
    for block in re.split(r"\n\s*\n", pathlib.Path(path).read_text()):
        lines = [line for line in block.splitlines() if line.strip() and not line.startswith("##")]
        if not lines:
            continue
        *versions, sentence = [part.strip() for part in lines[0].split("|")]
        for version in versions:
            name, clause = version.split()
            assert name in LEVELS, f"`{lines[0]}`: there is no version {name}"
            rows.append(Row(clause, name, sentence, tuple(line.strip() for line in lines[1:])))
    assert len({row.id for row in rows}) == len(rows), "two rows have the same name"
    return rows


class Client:
    """One connection of a row. Says what it is told, reads when it is asked."""

    def __init__(self, dial, level, client_id, patience_s):
        self.dial, self.level, self.client_id = dial, level, client_id
        self.patience_s = patience_s
        self.socket, self.buffer = None, b""
        self.sent_id, self.heard_id, self.accepted = 0, 0, False

    def open(self):
        if self.socket is None:
            self.socket, self.buffer = self.dial(), b""

    def send(self, raw):
        self.open()
        try:
            self.socket.sendall(raw)
        except OSError:
            pass  # what the row expects next tells whether it may be closed

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket, self.accepted = None, False

    def read(self):
        """The next packet; None when the connection ended."""
        assert self.socket is not None, "not connected"
        until = time.monotonic() + self.patience_s
        while True:
            if len(self.buffer) >= 2:
                r = mqtt_codec.Reader(self.buffer)
                first = r.take(1)[0]
                size = self._length()
                if size is not None and len(self.buffer) >= size[0] + size[1]:
                    start, length = size
                    body = self.buffer[start:start + length]
                    self.buffer = self.buffer[start + length:]
                    return mqtt_codec.decode(first, body, self.level)
            self.socket.settimeout(max(0.001, until - time.monotonic()))
            try:
                chunk = self.socket.recv(65536)
            except TimeoutError:
                raise AssertionError("nothing came") from None
            except (ConnectionResetError, BrokenPipeError):
                chunk = b""
            if not chunk:
                assert not self.buffer, "the connection ended within a packet"
                return None
            self.buffer += chunk

    def _length(self):
        value = 0
        for n, byte in enumerate(self.buffer[1:5]):
            value |= (byte & 0x7f) << 7 * n
            if not byte & 0x80:
                return n + 2, value
        return None


class Conversation:
    """Runs one row. `dial` opens a stream to the broker; `place` replaces `~` in topics and separates
    client IDs of different rows."""

    def __init__(self, row, dial, place, patience_s=10):
        self.row, self.dial, self.place, self.patience_s = row, dial, place, patience_s
        self.level = LEVELS[row.version]
        self.clients = {}

    def run(self):
        try:
            for step in self.row.steps:
                try:
                    self.step(step)
                except (AssertionError, OSError, UnicodeError) as wrong:
                    raise AssertionError(f"[{self.row.clause}] {self.row.version}, at `{step}`: {wrong}") from wrong
        finally:
            for client in self.clients.values():
                client.close()

    def step(self, step):
        if step.startswith("wait "):
            return time.sleep(float(step[5:]))
        name, verb, rest = (step.split(None, 2) + [""])[:3]
        client = self.clients.setdefault(
            name, Client(self.dial, self.level, self.place + name, self.patience_s))
        rest = rest.replace("~", self.place)
        if verb == ">":
            return self.say(client, rest)
        if verb == "<":
            return self.hear(client, rest)
        if verb == "drops":
            return client.close()
        if verb == "leaves":
            self.say(client, "disconnect " + rest)
            return client.close()
        if verb == "speaks":  # the version of this client alone
            client.level = LEVELS[rest]
            return None
        kind = VERBS[verb]
        said = self.say(client, f"{kind} {rest}")
        if kind == "connect":
            return self.hear(client, "connack code=0")
        if kind == "publish":
            if said.get("qos") == 1:
                self.hear(client, "puback")
            elif said.get("qos") == 2:
                self.hear(client, "pubrec")
                self.say(client, f"pubrel id={said['id']}")
                self.hear(client, "pubcomp")
            return None
        answer = self.hear(client, "suback" if kind == "subscribe" else "unsuback")
        assert all(code < 0x80 for code in answer["codes"]), f"refused: {answer['codes']}"
        return answer

    # What a client says.
    def say(self, client, text):
        if text.startswith("bytes "):
            return client.send(self.raw(client, text[6:]))
        kind, *words = shlex.split(text)
        packet = self.fields(words, {"type": kind})
        bare = packet.pop("words", [])
        if kind == "connect":
            client.close()
            packet.setdefault("client_id", client.client_id)
            client.client_id = packet["client_id"] or client.client_id
        elif kind == "publish":
            packet["topic"] = self.bulk(bare[0]) if bare else ""
            if len(bare) > 1:
                packet["payload"] = self.bulk(bare[1])
            if packet.get("qos"):
                self.number(client, packet)
        elif kind in ("subscribe", "unsubscribe"):
            self.number(client, packet)
            options = packet.pop("nl", 0) << 2 | packet.pop("rap", 0) << 3 | packet.pop("rh", 0) << 4
            split = [re.fullmatch(r"(.*?)(?:@(\w+))?", word, re.S).groups() for word in bare]
            packet["filters"] = (bare if kind == "unsubscribe" else
                                 [(f, int(qos or "0", 0) | options) for f, qos in split])
        elif kind in ("puback", "pubrec", "pubcomp"):
            packet.setdefault("id", client.heard_id)
        elif kind == "pubrel":
            packet.setdefault("id", client.sent_id)
        client.send(mqtt_codec.encode(packet, client.level))
        return packet

    @staticmethod
    def number(client, packet):
        packet.setdefault("id", client.sent_id % 65535 + 1)
        client.sent_id = packet["id"]

    def raw(self, client, text):
        """Hex, `"text"` as it is, `s"text"` with its length in front, `id` for the client ID so."""
        out = b""
        for prefix, quoted, word in re.findall(r'(s?)"([^"]*)"|(\S+)', text):
            if word == "id":
                out += mqtt_codec.binary(client.client_id)
            elif word:
                out += bytes.fromhex(word)
            else:
                out += mqtt_codec.binary(quoted) if prefix else quoted.encode()
        return out

    @staticmethod
    def fields(words, into):
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or not re.fullmatch(r"[a-z_.]+", name):
                into.setdefault("words", []).append(word)
                continue
            target = into
            if name.startswith("will"):
                target = into.setdefault("will", {})
                name = name[5:] or "topic"
            if name == "user":
                target.setdefault("user", []).append(tuple(value.split(":")))
            elif name == "subscription_id":
                target.setdefault(name, []).append(int(value))
            elif name == "codes":
                target[name] = [int(v, 0) for v in value.split(",")]
            elif name in TEXTS:
                target[name] = Conversation.bulk(value)
            elif ".." in value:
                first, last = value.split("..")
                target[name] = range(int(first), int(last) + 1)
            else:
                target[name] = int(value, 0)
        return into

    @staticmethod
    def bulk(value):
        """`x*1000` is a thousand x."""
        found = re.fullmatch(r"(.)\*(\d+)", value)
        return found[1] * int(found[2]) if found else value

    # What it hears.
    def hear(self, client, text):
        """Takes what comes for one of the alternatives, which `or` separates."""
        wanted = {kind: words for kind, *words in (shlex.split(one) for one in text.split(" or "))}
        if "nothing" in wanted:
            client.send(mqtt_codec.encode({"type": "pingreq"}, client.level))
            got = client.read()
            assert got == {"type": "pingresp"}, f"expected silence, got {got}"
            return got
        got = client.read()
        if got is None or got["type"] not in wanted:
            assert "closed" in wanted, f"expected {text}, got {got or 'the end'}"
            return self.hear_closed(client, got, wanted["closed"])
        words = wanted[got["type"]]
        self.compare(client, got, self.fields([w for w in words if not w.startswith(("no:", "has:"))], {}))
        for word in words:
            there, _, name = word.partition(":")
            assert there not in ("no", "has") or (name in got) == (there == "has"), f"{word}: {got}"
        if got["type"] == "publish" and got.get("id"):
            client.heard_id = got["id"]
        if got["type"] == "connack":
            client.accepted = got["code"] == 0
        return got

    def compare(self, client, got, wanted):
        bare = wanted.pop("words", [])
        if got["type"] == "publish":
            wanted.update(zip(("topic", "payload"), map(self.bulk, bare)))
        elif got["type"] in ANSWERS - {"connack"}:
            wanted.setdefault("id", client.sent_id)
        elif got["type"] == "pubrel":
            wanted.setdefault("id", client.heard_id)
        for name, value in wanted.items():
            has = got.get(name)
            if isinstance(value, range):
                assert has in value, f"{name} should be in {value}: {got}"
                continue
            if isinstance(has, bytes):
                has = has.decode("utf-8", "surrogateescape")
            if name == "subscription_id" and has:
                has, value = sorted(has), sorted(value)
            assert has == value, f"{name} should be {value!r}: {got}"

    @staticmethod
    def hear_closed(client, got, codes):
        """The end of the connection; MQTT 5 may say why first, with one of the codes if there are any."""
        if got is None:
            return
        assert client.level == 5 and got["type"] == ("disconnect" if client.accepted else "connack"), (
            f"expected the end, got {got}")
        assert got["code"] >= 0x80, f"a refusal has a code of 0x80 or more: {got}"
        assert not codes or got["code"] in [int(code, 0) for code in codes], f"other code: {got}"
        assert client.read() is None, "more came after the refusal"
