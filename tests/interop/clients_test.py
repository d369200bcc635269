"""Every client we can get, at every listener, in every version it speaks: what each must be able to do.

A cell is client × listener × version × feature. Cells that cannot be are in CANNOT with the reason, and are
skipped aloud.
"""

import itertools
import pathlib
import tempfile
import time

import pytest

from article import allow, client, document
from foreign import Door, Will
from foreign_node import IotSdk, MqttJs
from foreign_python import Awscrt, Paho
from foreign_tools import MosquittoTools
from local_cloud import LocalCloud
from mqtt_clients import wait_until

CLIENTS = {"paho": Paho, "awscrt": Awscrt, "aws-iot-device-sdk-v2": IotSdk, "MQTT.js": MqttJs,
           "mosquitto": MosquittoTools}
DOORS = ["tcp", "ws", "wss", "mqtts"]
VERSIONS = ["3.1", "3.1.1", "5"]
names = itertools.count()


def pair_at_qos(qos):
    def exchange(make):
        reader, writer = make(), make()
        assert reader.subscribe(reader.topic("#"), qos) == qos
        writer.publish(reader.topic("a"), "häi", qos)
        got = reader.messages(1)[0]
        assert (got.topic, got.payload, got.qos, got.retain) == (reader.topic("a"), "häi".encode(), qos, False)
    return exchange


def retained(make):
    writer = make()
    writer.publish(writer.topic("kept"), "first", 1, retain=True)
    writer.publish(writer.topic("kept"), "last", 1, retain=True)
    reader = make()
    reader.subscribe(writer.topic("kept"), 1)
    got = reader.messages(1)[0]
    assert (got.payload, got.retain) == (b"last", True)
    writer.publish(writer.topic("kept"), "", 1, retain=True)
    late = make()
    late.subscribe(writer.topic("kept"), 1)
    writer.publish(writer.topic("kept"), "live", 1)
    assert [(m.payload, m.retain) for m in late.messages(1)] == [(b"live", False)]


def will(make):
    reader = make()
    reader.subscribe(reader.topic("will"), 1)
    lost = make(will=Will(reader.topic("will"), "gone", 1))
    lost.drop()
    got = reader.messages(1)[0]
    assert (got.topic, got.payload, got.qos) == (reader.topic("will"), b"gone", 1)


def goodbye(make):
    reader = make()
    reader.subscribe(reader.topic("will"), 1)
    polite = make(will=Will(reader.topic("will"), "gone", 1))
    polite.leave()
    time.sleep(0.3)
    assert reader.all("message") == []


def offline(make):
    first = make(clean=False)
    first.subscribe(first.topic("q"), 1)
    first.leave()
    writer = make()
    for n in range(3):
        writer.publish(first.topic("q"), str(n), 1)
    second = make(clean=False, client_id=first.client_id, place=first.place)
    assert second.present in (True, None)
    assert [m.payload for m in second.messages(3)] == [b"0", b"1", b"2"]
    second.leave()
    third = make(client_id=first.client_id)  # a clean session ends the stored one
    assert third.present in (False, None)


def shared(make):
    members, writer = [make(), make()], make()
    for member in members:
        member.subscribe(f"$share/group/{writer.topic('#')}", 1)
    sent = {str(n).encode() for n in range(20)}
    for payload in sorted(sent):
        writer.publish(writer.topic("work"), payload.decode(), 1)
    wait_until(lambda: sum(len(m.all("message")) for m in members) >= len(sent))
    time.sleep(0.2)
    got = [message.payload for member in members for message in member.all("message")]
    assert sorted(got) == sorted(sent)
    assert all(member.all("message") for member in members), "one member had everything"


def properties(make):
    reader, writer = make(), make()
    reader.subscribe(reader.topic("p"), 1)
    given = {"content_type": "text/plain", "response_topic": "to/me", "correlation": "c-1", "expiry": 100,
             "user": [("k", "v"), ("a", "b")]}
    writer.publish(reader.topic("p"), "x", 1, properties=given)
    got = reader.messages(1)[0]
    assert (got.content_type, got.response_topic, got.correlation) == ("text/plain", "to/me", b"c-1")
    assert got.expiry in (99, 100) and got.user == (("k", "v"), ("a", "b"))


def takeover(make):
    first = make(keep_alive=61)
    second = make(client_id=first.client_id, keep_alive=61)
    first.wait("lost")
    if first.version == "5" and first.tells_goodbye:
        assert first.all("goodbye")[0] == 0x8E
    second.leave()
    first.leave()


FEATURES = {"QoS 0": pair_at_qos(0), "QoS 1": pair_at_qos(1), "QoS 2": pair_at_qos(2), "retained": retained,
            "will": will, "DISCONNECT without will": goodbye, "persistent session": offline,
            "shared subscription": shared, "MQTT 5 properties": properties, "takeover": takeover}

ANY = None
# (client, listener, version, feature) -> why there is no such cell.
CANNOT = {
    ("mosquitto", "ws", ANY, ANY): "mosquitto_sub and mosquitto_pub 2.0.11 speak no WebSocket",
    ("mosquitto", "wss", ANY, ANY): "mosquitto_sub and mosquitto_pub 2.0.11 speak no WebSocket",
    ("awscrt", ANY, "3.1", ANY): "AWS's clients speak MQTT 3.1.1 and 5",
    ("aws-iot-device-sdk-v2", ANY, "3.1", ANY): "AWS's clients speak MQTT 3.1.1 and 5",
    (ANY, "ws", ANY, "QoS 2"): "AWS IoT has no QoS 2; its refusals: e2e/causes, broker/denial",
    (ANY, "wss", ANY, "QoS 2"): "AWS IoT has no QoS 2; its refusals: e2e/causes, broker/denial",
    (ANY, "mqtts", ANY, "QoS 2"): "AWS IoT has no QoS 2; its refusals: e2e/causes, broker/denial",
    ("awscrt", "tcp", ANY, "QoS 2"): "AWS's clients have no QoS 2",
    ("aws-iot-device-sdk-v2", "tcp", ANY, "QoS 2"): "AWS's clients have no QoS 2",
    ("mosquitto", ANY, "5", "DISCONNECT without will"): "told to end, mosquitto_sub asks for its will (DISCONNECT 0x04)",
    (ANY, ANY, "3.1", "MQTT 5 properties"): "properties came with MQTT 5",
    (ANY, ANY, "3.1.1", "MQTT 5 properties"): "properties came with MQTT 5",
}
CELLS = list(itertools.product(CLIENTS, DOORS, VERSIONS, FEATURES))


def why_not(cell):
    return next((reason for shape, reason in CANNOT.items()
                 if all(want in (ANY, has) for want, has in zip(shape, cell))), None)


@pytest.fixture(scope="module")
def doors():
    with LocalCloud() as cloud, tempfile.TemporaryDirectory() as folder:
        cert, key = device(cloud, pathlib.Path(folder))
        yield {transport: Door(transport, cloud, *((cert, key) if transport == "mqtts" else ())) for transport in DOORS}


def device(cloud, folder):
    """The files of a certificate that may do everything."""
    iot = client(cloud, "iot")
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.create_policy(policyName="everything", policyDocument=document(allow("iot:*", "*")))
    iot.attach_policy(policyName="everything", target=made["certificateArn"])
    (folder / "cert.pem").write_text(made["certificatePem"])
    (folder / "key.pem").write_text(made["keyPair"]["PrivateKey"])
    return str(folder / "cert.pem"), str(folder / "key.pem")


class Making:
    """Makes clients of one cell and ends them with it."""

    def __init__(self, kind, door, version):
        self.kind, self.door, self.version, self.made = kind, door, version, []
        self.place = f"cell{next(names)}"

    def __call__(self, client_id=None, place=None, **options):
        one = self.kind(self.door, self.version, client_id or f"{self.place}-{len(self.made)}", **options)
        one.place = place or self.place
        one.topic = lambda tail: f"{one.place}/{tail}"
        self.made.append(one)
        one.present = one.open()
        if self.version == "3.1":
            one.present = None  # it has no such flag
        return one

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.made:
            try:
                one.leave()
            except Exception:
                pass  # it has left already, or what it could not do is what the test tells


@pytest.fixture(scope="module", autouse=True)
def silent_clients(doors):
    """One of each from before the first test, with the shortest keep alive of its profile."""
    made, since = {}, time.monotonic()
    for cell in itertools.product(CLIENTS, DOORS, VERSIONS):
        if not why_not((*cell, "keep alive")):
            name, transport, version = cell
            make = Making(CLIENTS[name], doors[transport], version)
            made[cell] = make, make(keep_alive=5 if doors[transport].is_standard else 30)
    yield made, since
    for make, _ in made.values():
        make.__exit__()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "/".join(cell))
def test_a_client_does_what_it_must(doors, cell):
    if reason := why_not(cell):
        pytest.skip(reason)
    name, transport, version, feature = cell
    with Making(CLIENTS[name], doors[transport], version) as make:
        FEATURES[feature](make)


def test_a_silent_client_keeps_its_connection_with_pings(silent_clients):
    made, since = silent_clients
    time.sleep(max(0, since + 30 * 1.5 + 3 - time.monotonic()))
    lost = [cell for cell, (_, one) in made.items() if one.all("lost")]
    assert len(made) > 20 and lost == []


def test_every_reason_is_needed():
    for shape in CANNOT:
        assert any(all(want in (ANY, has) for want, has in zip(shape, cell)) for cell in CELLS), shape
