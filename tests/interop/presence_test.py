"""Presence and subscription events as clients cause them: every field, and every reason that they can bring about.

Sources: AWS IoT developer guide, "Lifecycle events"; order of fields and principal as seen in accounts.
"""

import itertools
import json
import re
import time

import pytest

from article import Article, client
from foreign import Door, Will
from foreign_node import MqttJs
from foreign_python import Awscrt, Paho
from local_cloud import LocalCloud
from mqtt_clients import Crt5
from wire import Mqtt, http, parse

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CONNECTED = ["clientId", "timestamp", "eventType", "sessionIdentifier", "principalIdentifier", "ipAddress", "versionNumber"]
DISCONNECTED = ["clientId", "timestamp", "eventType", "clientInitiatedDisconnect", "sessionIdentifier",
                "principalIdentifier", "disconnectReason", "versionNumber"]
CONNECT_FAILED = {"clientId", "timestamp", "eventType", "connectFailureReason", "principalIdentifier", "sessionIdentifier",
                  "ipAddress"}
SUBSCRIBED = {"clientId", "timestamp", "eventType", "sessionIdentifier", "principalIdentifier", "topics"}
names = itertools.count()


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud() as running:
        yield running


class Watcher:
    """Listens at the plain listener, which lives through every turn of the clock."""

    def __init__(self, cloud, client_id):
        self.link = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        self.link.connect(f"watches-{client_id}", keep_alive=0)
        self.link.subscribe(1, f"$aws/events/presence/+/{client_id}", f"$aws/events/subscriptions/+/{client_id}",
                            f"will/{client_id}")
        self.link.read()

    def next(self):
        """The next event, or what a will says."""
        topic, payload, _ = self.link.read_publish()
        if topic.startswith("will/"):
            return payload.decode()
        event = json.loads(payload)
        assert topic.split("/")[3] == event["eventType"] and topic.endswith("/" + event["clientId"])
        return event

    def rest(self):
        """What else there is, until nothing comes for a second."""
        found = []
        self.link.stream.settimeout(1)
        try:
            while True:
                found.append(self.next())
        except TimeoutError:
            return found


def test_the_fields_of_a_users_connection(cloud):
    article = Article(cloud)
    identity, credentials = article.user_ready_to_connect()
    role = client(cloud, "iam").get_role(RoleName=article.role)["Role"]["RoleId"]
    watcher = Watcher(cloud, identity)
    before, lives = time.time() * 1000, []
    for _ in range(2):
        with Crt5(cloud, identity, credentials) as user:
            user.wait("connect")
            came = watcher.next()
        went = watcher.next()
        assert list(came) == CONNECTED and list(went) == DISCONNECTED
        assert (came["clientId"], came["eventType"], went["eventType"]) == (identity, "connected", "disconnected")
        assert isinstance(came["timestamp"], int)
        assert before - 1000 <= came["timestamp"] <= went["timestamp"] <= time.time() * 1000 + 1000
        assert came["ipAddress"] == "127.0.0.1"
        assert came["principalIdentifier"] == went["principalIdentifier"] == f"{role}:CognitoIdentityCredentials"
        assert role.startswith("AROA") and UUID.fullmatch(came["sessionIdentifier"])
        life = came["versionNumber"], came["sessionIdentifier"]
        assert life == (went["versionNumber"], went["sessionIdentifier"])
        lives.append(life)
    assert lives[1][0] > lives[0][0] and lives[1][1] != lives[0][1]


def test_a_refused_connect_is_told(cloud):
    article = Article(cloud)
    _, credentials = article.user_ready_to_connect()
    name = f"not-mine-{next(names)}"
    watcher = Watcher(cloud, name)
    with Crt5(cloud, name, credentials) as user:
        assert user.wait("failure") == 0x87
        event = watcher.next()
    assert event.keys() == CONNECT_FAILED
    assert (event["eventType"], event["connectFailureReason"]) == ("connect_failed", "AUTHORIZATION_FAILED")
    assert event["ipAddress"] == "127.0.0.1" and UUID.fullmatch(event["sessionIdentifier"])


@pytest.mark.parametrize("kind", [Paho, Awscrt, MqttJs], ids=lambda kind: kind.__name__)
def test_subscriptions_are_told_with_their_filters(cloud, kind):
    name = f"subscriber-{next(names)}"
    watcher = Watcher(cloud, name)
    one = kind(Door("wss", cloud), "3.1.1", name)
    one.open()
    connected = watcher.next()
    one.subscribe(f"{name}/+", 1)
    event = watcher.next()
    assert event.keys() == SUBSCRIBED and event["topics"] == [f"{name}/+"]
    assert event["eventType"] == "subscribed" and event["sessionIdentifier"] == connected["sessionIdentifier"]
    one.leave()
    assert watcher.next()["disconnectReason"] == "CLIENT_INITIATED_DISCONNECT"


def test_unsubscriptions_are_told(cloud):
    name = f"subscriber-{next(names)}"
    watcher = Watcher(cloud, name)
    raw = Door("ws", cloud).raw()
    raw.connect(name)
    raw.subscribe(1, "a/b", "c")
    raw.read()
    raw.send(0xA2, b"\0\2\0\1c")
    assert raw.read() == (0xB0, b"\0\2")
    kinds = [watcher.next() for _ in range(3)]
    assert [(e["eventType"], e.get("topics")) for e in kinds] == [
        ("connected", None), ("subscribed", ["a/b", "c"]), ("unsubscribed", ["c"])]
    raw.close()


def advance(cloud, seconds):
    assert parse(http(cloud.port, f"POST /_cogniot/clock?advance={seconds}s HTTP/1.1\r\nHost: localhost\r\n"
                                  "Content-Length: 0\r\n\r\n".encode()))[0] == 200


def close_frame(one):
    one.raw.stream.sendall(b"\x03\xe8", opcode=8)


def too_large(one):
    one.client.publish(f"x/{one.client_id}", "y" * (128 * 1024 + 1), 0)


def taken_over(one):
    one.other = Paho(one.door, "3.1.1", one.client_id)
    one.other.open()
    one.client.loop_stop()  # else it would come back and take over in turn


class ByHand:
    """A raw connection with the face that the reasons need: no library says goodbye this way."""

    def __init__(self, door, version, client_id, will=None, **_):
        self.door, self.client_id, self.will = door, client_id, will

    def open(self):
        self.raw = self.door.raw()
        assert self.raw.connect_with_will(self.client_id, self.will.topic, self.will.payload) == (0x20, b"\0\0")

    def leave(self):
        self.raw.close()


def live_a_day(one):
    """Pings go on all day long."""
    for _ in range(49):
        advance(one.door.cloud, 1790)
        one.raw.send(0xC0, b"")
        if one.raw.read() != (0xD0, b""):
            return


# What happens, by whom, what AWS calls it, whether the client said DISCONNECT, whether its will is published.
REASONS = [
    ("DISCONNECT", Paho, lambda c: c.leave(), "CLIENT_INITIATED_DISCONNECT", True, False),
    ("DISCONNECT by AWS's client", Awscrt, lambda c: c.leave(), "CLIENT_INITIATED_DISCONNECT", True, False),
    ("DISCONNECT by MQTT.js", MqttJs, lambda c: c.leave(), "CLIENT_INITIATED_DISCONNECT", True, False),
    ("a Close frame alone", ByHand, close_frame, "CLIENT_INITIATED_DISCONNECT", False, False),
    ("a broken connection", Paho, lambda c: c.drop(), "CONNECTION_LOST", False, True),
    ("a broken connection of MQTT.js", MqttJs, lambda c: c.drop(), "CONNECTION_LOST", False, True),
    ("a takeover", Paho, taken_over, "DUPLICATE_CLIENTID", False, True),
    ("a payload above 128 KB", Paho, too_large, "CLIENT_ERROR", False, True),
    ("a second CONNECT", ByHand, lambda c: c.raw.connect(c.client_id), "CLIENT_ERROR", False, True),
    ("silence", ByHand, lambda c: advance(c.door.cloud, 1801), "MQTT_KEEP_ALIVE_TIMEOUT", False, True),
    ("24 hours of a WebSocket", ByHand, live_a_day, "WEBSOCKET_TTL_EXPIRATION", False, True),
]


@pytest.mark.parametrize("what, kind, act, reason, initiated, will", REASONS, ids=[row[0] for row in REASONS])
def test_the_end_of_a_connection_has_its_reason(what, kind, act, reason, initiated, will):
    with LocalCloud() as cloud:  # the clock of one is not turned back for the next
        name = f"client-{next(names)}"
        watcher = Watcher(cloud, name)
        one = kind(Door("ws", cloud), "3.1.1", name, will=Will(f"will/{name}"), keep_alive=1200)
        one.open()
        connected = watcher.next()
        act(one)
        found = watcher.rest()
        ended = next(e for e in found if isinstance(e, dict) and e["eventType"] == "disconnected")
        assert (ended["disconnectReason"], ended["clientInitiatedDisconnect"]) == (reason, initiated)
        assert ended["sessionIdentifier"] == connected["sessionIdentifier"]
        assert ("gone" in found) == will
        if hasattr(one, "other"):
            one.other.leave()
