"""`kill -9` at random moments under load: every acknowledged message is accounted for, on both profiles.

Publishers and subscribers with persistent sessions speak MQTT 3.1.1 by hand, keep their own half of each
session as the standard demands, and come back after every kill. A seed (COGNIOT_SEED) makes the moments
and the load the same again; the machine's scheduling remains.
"""

import collections
import json
import os
import random
import struct
import tempfile
import threading
import time

import pytest

from local_cloud import LocalCloud
from wire import Mqtt, WebSocket, presign

KILLS = 24
WINDOW = 16
SEED = int(os.environ.get("COGNIOT_SEED", random.SystemRandom().randrange(1_000_000)))


def standard(cloud):
    return Mqtt.tcp(cloud.ready["insecure_mqtt"])


def aws(cloud):
    host = f"localhost:{cloud.port}"
    return Mqtt(WebSocket(cloud.port, presign(host, "test", "test"), host))


class Peer:
    """One client over all lives of the process. Its thread ends with the connection."""

    def __init__(self, name, clean=False):
        self.name, self.clean, self.known, self.faults = name, clean, False, []
        self.thread = None

    def start(self, door, cloud, delay=0.0):
        self.thread = threading.Thread(target=self._live, args=(door, cloud, delay), daemon=True)
        self.thread.start()

    def join(self):
        self.thread.join(30)
        assert not self.thread.is_alive(), f"{self.name} hangs"
        assert not self.faults, self.faults

    def _live(self, door, cloud, delay):
        time.sleep(delay)
        try:
            link = door(cloud)
            answer = link.connect(self.name, clean=self.clean)
            if answer is None:
                return
            # A first CONNACK may have been lost with the process, then the session is there unheard of.
            if answer[0] != 0x20 or answer[1][1] != 0 or (self.known and not self.clean and not answer[1][0]):
                self.faults.append(f"{self.name}: CONNACK {answer}, the session was known: {self.known}")
            self.known = True
            self.came(link)
            while (got := link.read()) is not None:
                self.heard(link, got[0], got[1])
        except OSError:
            pass  # killed, or not there yet
        except Exception as wrong:
            self.faults.append(f"{self.name}: {wrong!r}")

    def came(self, link):
        pass


class Publisher(Peer):
    """Keeps a window of messages in flight; what is not acknowledged is sent again [MQTT-4.4.0-1]."""

    def __init__(self, name, qos):
        super().__init__(name)
        self.qos, self.sent, self.more = qos, 0, True
        self.in_flight = {}  # packet ID -> [payload, PUBREC was seen], in the order of sending
        self.owned = set()  # payloads that the broker answers for

    def came(self, link):
        for packet_id, (payload, released) in list(self.in_flight.items()):
            if released:
                self.release(link, packet_id)
            else:
                self.send(link, packet_id, payload, dup=True)
        self.fill(link)

    def fill(self, link):
        while self.more and len(self.in_flight) < WINDOW:
            packet_id = self.sent % 65535 + 1
            payload = f"{self.name}:{self.sent}"
            self.sent += 1
            self.in_flight[packet_id] = [payload, False]
            self.send(link, packet_id, payload)

    def send(self, link, packet_id, payload, dup=False):
        link.publish(f"load/{self.qos}", payload, packet_id=packet_id, qos=self.qos, dup=dup)

    @staticmethod
    def release(link, packet_id):
        link.send(0x62, struct.pack(">H", packet_id))

    def heard(self, link, first, body):
        packet_id = struct.unpack(">H", body)[0]
        if first == 0x40 or first == 0x50:
            payload, _ = self.in_flight[packet_id]
            self.owned.add(payload)
        if first == 0x50:
            self.in_flight[packet_id][1] = True
            self.release(link, packet_id)
        else:
            del self.in_flight[packet_id]
        self.fill(link)


class Subscriber(Peer):
    """Counts what it is given; a QoS 2 message counts when its identifier is new [MQTT-4.3.3-2]."""

    def __init__(self, name, qos):
        super().__init__(name)
        self.qos, self.counts, self.held, self.subscribed = qos, collections.Counter(), set(), False

    def came(self, link):
        if not self.subscribed:  # later the broker has to know by itself
            link.subscribe(1, "load/+", qos=self.qos)

    def heard(self, link, first, body):
        if first >> 4 == 3:
            size = struct.unpack(">H", body[:2])[0]
            packet_id, payload = struct.unpack(">H", body[2 + size:4 + size])[0], body[4 + size:].decode()
            if first >> 1 & 3 == 1:
                self.counts[payload] += 1
                link.puback(packet_id)
            else:
                if packet_id not in self.held:
                    self.held.add(packet_id)
                    self.counts[payload] += 1
                link.send(0x50, struct.pack(">H", packet_id))
        elif first == 0x90:
            self.subscribed = True
        elif first >> 4 == 6:
            self.held.discard(struct.unpack(">H", body)[0])
            link.send(0x70, body)


class Keeper(Peer):
    """Retains one number after the other on a topic."""

    def __init__(self, name):
        super().__init__(name, clean=True)
        self.sent, self.owned, self.more = 0, 0, True

    def came(self, link):
        self.send(link)

    def send(self, link):
        if self.more:
            self.sent += 1
            link.publish(f"kept/{self.name}", str(self.sent), packet_id=1, retain=True)

    def heard(self, link, first, body):
        assert first == 0x40, first
        self.owned = self.sent
        self.send(link)


class Twin(Peer):
    """Updates a shadow, one update after the other, and asks for it whenever it comes back."""

    def __init__(self, name):
        super().__init__(name, clean=True)
        self.topic, self.sent, self.owned, self.version, self.more = f"$aws/things/{name}/shadow/", 0, 0, 0, True

    def came(self, link):
        link.subscribe(1, self.topic + "update/accepted", self.topic + "get/accepted",
                       self.topic + "get/rejected", qos=0)
        link.publish(self.topic + "get", "")

    def heard(self, link, first, body):
        if first >> 4 != 3:
            return
        size = struct.unpack(">H", body[:2])[0]
        topic, payload = body[2:2 + size].decode(), json.loads(body[2 + size:])
        if topic.endswith("rejected"):
            assert self.owned == 0 and payload["code"] == 404, payload
        else:
            number, version = payload["state"]["reported"]["n"], payload["version"]
            assert version >= self.version and self.owned <= number <= self.sent, (payload, self.owned)
            self.owned, self.version = number, version
        if self.more:
            self.sent += 1
            link.publish(self.topic + "update", json.dumps({"state": {"reported": {"n": self.sent}}}))


def wait_until(done, seconds, what):
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, what()
        time.sleep(0.05)


@pytest.mark.parametrize("door, levels, limits", [
    (standard, (1, 2), {}),
    (aws, (1,), {"replay_per_second": 0}),  # AWS's ten a second would make the end wait for minutes
], ids=["standard", "aws"])
def test_nothing_acknowledged_is_lost_over_many_kills(door, levels, limits, tmp_path):
    print(f"COGNIOT_SEED={SEED}")
    dice = random.Random(SEED)
    publishers = [Publisher(f"p{n}", qos) for n, qos in enumerate(levels * 2)]
    subscribers = [Subscriber(f"s{n}", max(levels)) for n in range(3)]
    keepers, twins = [Keeper("k0"), Keeper("k1")], [Twin("t0")]
    talkers = publishers + keepers + twins
    (tmp_path / "limits").write_text(json.dumps(limits))
    options = ["--limits", str(tmp_path / "limits")]

    with tempfile.TemporaryDirectory() as data:
        with LocalCloud(*options, data=data) as cloud:  # the sessions, before anybody publishes
            for subscriber in subscribers:
                subscriber.start(door, cloud)
            wait_until(lambda: all(s.subscribed for s in subscribers), 10, lambda: "no SUBACK")
            cloud.kill()
            for subscriber in subscribers:
                subscriber.join()

        for _ in range(KILLS):
            with LocalCloud(*options, data=data) as cloud:
                # Most are there; who is not has its messages stored. The kill may come before some arrive.
                here = talkers + [s for s in subscribers if dice.random() < 0.7]
                for peer in here:
                    peer.start(door, cloud, delay=dice.choice([0, 0, dice.uniform(0, 0.2)]))
                time.sleep(dice.uniform(0.02, 0.5))
                cloud.kill()
                for peer in here:
                    peer.join()

        with LocalCloud(*options, data=data) as cloud:
            for peer in talkers:
                peer.more = False
            for peer in publishers + subscribers + twins:
                peer.start(door, cloud)
            wait_until(lambda: not any(p.in_flight for p in publishers), 30,
                       lambda: f"not acknowledged: {[p.in_flight for p in publishers]}")
            owned = set().union(*(p.owned for p in publishers))
            wait_until(lambda: all(owned <= s.counts.keys() for s in subscribers), 60, lambda: "\n".join(
                f"{s.name} misses {sorted(owned - s.counts.keys())[:10]}" for s in subscribers))
            time.sleep(0.3)  # a copy too many may still be on its way
            reader = door(cloud)
            reader.connect("reader")
            for keeper in keepers:
                reader.subscribe(1, f"kept/{keeper.name}")
                value = int(reader.read_publish()[1])
                assert keeper.owned <= value <= keeper.sent, keeper.name
            cloud.stop()
            for peer in publishers + subscribers + twins:
                peer.join()

    sent = {f"{p.name}:{n}": p.qos for p in publishers for n in range(p.sent)}
    for subscriber in subscribers:
        assert subscriber.counts.keys() <= sent.keys()
        twice = [name for name, count in subscriber.counts.items() if sent[name] == 2 and count != 1]
        assert not twice, f"{subscriber.name}: QoS 2 not exactly once: {twice[:10]}"
    assert len(owned) > KILLS and all(k.owned for k in keepers) and twins[0].owned
    print(f"{len(owned)} messages acknowledged over {KILLS} kills, "
          f"{sum(sum(s.counts.values()) for s in subscribers)} deliveries")
