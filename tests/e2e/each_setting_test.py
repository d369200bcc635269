"""Every setting, lowered or switched, and what a client then sees; each is asked to make a difference.

Source: docs/settings.md (AWS General Reference, AWS IoT quotas; spec iot-broker 7 and 9). What one
conversation shows is a row of tests/vectors/mqtt/settings.txt, the rest is a function below that looks
at a local cloud and says what it saw.
"""

import contextlib
import datetime
import itertools
import json
import subprocess
import time
import urllib.request

import pytest

from article import allow, client, document
from data_plane import signed
from local_cloud import BINARY, ROOT, LocalCloud
from transcript import Conversation, Row, load
from wire import Mqtt, WebSocket, packet, presign, text

ROWS = load(ROOT / "tests" / "vectors" / "mqtt" / "settings.txt")
names = (f"c{n}" for n in itertools.count())


def set_by(clause):
    return dict(one.split("=") for one in clause.split(","))


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """The local cloud of these settings, one for each."""
    folder = tmp_path_factory.mktemp("settings")
    running = {}

    def of(settings):
        key = json.dumps(settings)
        if key not in running:
            path = folder / f"{len(running)}.yaml"
            path.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()) or "{}")
            running[key] = LocalCloud("--settings", str(path))
        return running[key]

    yield of
    for one in running.values():
        one.stop()


def now_in(cloud):
    with urllib.request.urlopen(cloud.ready["http_endpoint"] + "/_cogniot/clock") as answer:
        return datetime.datetime.fromisoformat(json.load(answer)["now"].replace("Z", "+00:00"))


@contextlib.contextmanager
def turned_clock(cloud, by):
    def turn(where):
        urllib.request.urlopen(urllib.request.Request(
            f"{cloud.ready['http_endpoint']}/_cogniot/clock?{where}", method="POST")).close()
    turn(f"advance={by}")
    yield
    turn("offset=0")


def upgrade(cloud, key=("test", "test", None), signed_host=None, ago=0, **how):
    """The door of /mqtt, signed so many seconds ago by the local cloud's clock."""
    host = f"localhost:{cloud.port}"
    at = now_in(cloud) - datetime.timedelta(seconds=ago)
    return WebSocket(cloud.port, presign(signed_host or host, *key, at=at, **how), host)


def opened(cloud, client_id=None, clean=True, **how):
    """A client of MQTT 3.1.1 that came in; None if it did not."""
    made = Mqtt(upgrade(cloud, **how))
    answer = made.connect(client_id or next(names), clean=clean, keep_alive=1200)
    return made if answer and answer[1][1:] == b"\0" else None


def talks(cloud, version, *steps, **how):
    """Whether a conversation goes so."""
    row = Row("setting", version, "", steps)
    try:
        Conversation(row, lambda: upgrade(cloud, **how), next(names), patience_s=2).run()
        return True
    except AssertionError:
        return False


def refused_one(acts, attempts=10):
    """Whether one of many acts within a moment was refused; the first ones of a second are not."""
    return any(not act() for act, _ in zip(itertools.cycle(acts), range(attempts)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_setting_has_its_effect_on_the_wire(started, row):
    cloud = started(set_by(row.clause))
    Conversation(row, lambda: upgrade(cloud), next(names)).run()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_without_the_setting_it_is_not_so(started, row):
    cloud = started({})
    with pytest.raises(AssertionError):
        Conversation(row, lambda: upgrade(cloud), next(names), patience_s=1).run()


# What a look at a local cloud sees; True if the setting shows.

def session(cloud, *statements):
    """Keys of a role that may do this."""
    iam, role = client(cloud, "iam"), next(names)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{cloud.ready['account']}:root"},
             "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document(*statements))
    key = client(cloud, "sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    return key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"]


MAY_COME = allow("iot:Connect", "*")
MAY_SUBSCRIBE = allow(["iot:Connect", "iot:Subscribe"], "*")


def a_websocket_lives_so_long(cloud):
    one = opened(cloud, "short-lived")
    with turned_clock(cloud, "101s"):
        for _ in range(20):
            one.send(0xC0, b"")
            if one.read() is None:
                break
            time.sleep(0.05)
    with urllib.request.urlopen(cloud.ready["http_endpoint"] + "/_cogniot/events") as answer:
        return any("the WebSocket was open for 100 seconds" in e.get("explanation", "")
                   for e in json.load(answer)["events"] if e.get("clientId") == "short-lived")


def a_connection_waits_so_long_with_connect(cloud):
    door = upgrade(cloud)
    door.settimeout(4)
    try:
        return door.recv(1) == b""
    except TimeoutError:
        return False


def a_session_outlives_its_expiry(cloud):
    client_id = next(names)
    opened(cloud, client_id, clean=False).send(0xE0, b"")
    with turned_clock(cloud, "3650s"):
        return Mqtt(upgrade(cloud)).connect(client_id, clean=False) == (0x20, b"\1\0")


def a_close_frame_counts_as_disconnect(cloud):
    watcher, client_id = opened(cloud), next(names)
    watcher.subscribe(1, f"$aws/events/presence/disconnected/{client_id}")
    watcher.read()
    opened(cloud, client_id).stream.sendall(b"\x03\xe8", opcode=8)
    return json.loads(watcher.read_publish()[1])["clientInitiatedDisconnect"]


def publishes_too_fast(cloud):
    one = opened(cloud)
    one.stream.sendall(b"".join(packet(0x32, text("t") + bytes([0, n])) for n in range(1, 11)) + b"\xc0\0")
    answers = list(iter(one.read, (0xD0, b"")))
    assert answers and all(first == 0x40 for first, _ in answers)
    return len(answers) < 10


def subscribes_too_fast(cloud):
    one = opened(cloud)

    def subscribe():
        one.subscribe(1, "a")
        return one.read() == (0x90, b"\0\1\1")
    return refused_one([subscribe])


def joins_a_group_too_fast(cloud):
    all_of_them = [opened(cloud) for _ in range(6)]

    def join(one):
        one.subscribe(1, "$share/group/a")
        return one.read() == (0x90, b"\0\1\1")
    return refused_one([lambda one=one: join(one) for one in all_of_them], len(all_of_them))


def queues_too_fast(cloud):
    reader, writer, topic = next(names), opened(cloud), next(names)
    offline = opened(cloud, reader, clean=False)
    offline.subscribe(1, topic)
    offline.read()
    offline.send(0xE0, b"")
    assert offline.read() is None
    for n in range(1, 11):
        writer.publish(topic, str(n), packet_id=n)
        assert writer.read()[0] == 0x40
    back = opened(cloud, reader, clean=False)
    back.stream.settimeout(3)
    try:
        return len([back.read_publish() for _ in range(10)]) < 10
    except TimeoutError:
        return True


def connects_too_fast(cloud, *client_ids):
    return refused_one([lambda name=name: opened(cloud, name) for name in client_ids])


def calls_too_fast(cloud, method, *paths):
    """429 for one of many."""
    return refused_one([lambda path=path: signed(cloud, method, path)[0] != 429 for path in paths])


def asks_a_shadow_at_once(cloud):
    one = opened(cloud)
    one.subscribe(1, "$aws/things/t/shadow/get/rejected")
    one.read()
    ask = packet(0x30, text("$aws/things/t/shadow/get") + b"{}")
    one.stream.sendall(ask * 3)
    return 429 in [json.loads(one.read_publish()[1])["code"] for _ in range(3)]


def delivers_too_fast(cloud):
    reader, writer, topic = opened(cloud), opened(cloud), next(names)
    reader.subscribe(1, topic, qos=0)
    reader.read()
    for n in range(1, 11):
        writer.publish(topic, str(n), packet_id=n)
        assert writer.read()[0] == 0x40
    reader.send(0xC0, b"")
    return len(list(iter(reader.read, (0xD0, b"")))) < 10


def holds_bytes_back(cloud):
    """To and from a client: three seconds' worth takes two, because one second's goes at once."""
    one, topic = opened(cloud), next(names)
    began = time.monotonic()
    one.publish(topic, "x" * 30_000, packet_id=1)
    assert one.read()[0] == 0x40
    one.send(0xC0, b"")
    assert one.read() == (0xD0, b"")
    there = time.monotonic() - began
    reader, writer = opened(cloud), opened(cloud)
    reader.subscribe(1, topic, qos=0)
    reader.read()
    began = time.monotonic()
    writer.publish(topic, "x" * 30_000)
    reader.read_publish()
    back = time.monotonic() - began
    assert (there > 1.5) == (back > 1.5)
    return there > 1.5


def refuses_a_shadow(cloud, status, state):
    return signed(cloud, "POST", "/things/sized/shadow", json.dumps({"state": state}).encode())[0] == status


TOPICS = [f"/topics/kept/{n}?retain=true&qos=1" for n in range(10)]
CONNECTIONS = [f"/connections/c{n}" for n in range(10)]
MANY = [f"many-{n}" for n in range(10)]

LOOKS = {
    "websocket_life_seconds": (100, a_websocket_lives_so_long),
    "connect_timeout_seconds": (1, a_connection_waits_so_long_with_connect),
    "session_slack_seconds": (100, a_session_outlives_its_expiry),
    "ws_close_frame_is_client_initiated": ("true", a_close_frame_counts_as_disconnect),
    # Rates: of ten acts in a moment one is refused, wherever in its second the moment is.
    "enforce_rates": ("true", lambda cloud: connects_too_fast(cloud, "one")),
    "connects_per_client_id": (1, lambda cloud: connects_too_fast(cloud, "one")),
    "connects_per_second": (1, lambda cloud: connects_too_fast(cloud, *MANY)),
    "publishes_per_second": (1, publishes_too_fast),
    "account_publishes_per_second": (1, lambda cloud: calls_too_fast(cloud, "POST", "/topics/t")),
    "account_deliveries_per_second": (1, delivers_too_fast),
    "direct_messages_per_second": (1, lambda cloud: calls_too_fast(
        cloud, "POST", "/connections/nobody/messages?topic=t")),
    "connection_bytes_per_second": (10_000, holds_bytes_back),
    "max_shadow_bytes": (20, lambda cloud: refuses_a_shadow(cloud, 413, {"desired": {"a": "0123456789"}})),
    "max_shadow_depth": (1, lambda cloud: refuses_a_shadow(cloud, 400, {"desired": {"a": {"b": 1}}})),
    "subscriptions_per_second": (1, subscribes_too_fast),
    "group_changes_per_second": (1, joins_a_group_too_fast),
    "queued_per_second": (1, queues_too_fast),
    "retained_per_second": (1, lambda cloud: calls_too_fast(cloud, "POST", *TOPICS)),
    "retained_per_topic": (1, lambda cloud: calls_too_fast(cloud, "POST", TOPICS[0])),
    "shadow_requests_per_second": (1, lambda cloud: calls_too_fast(cloud, "GET", "/things/t/shadow")),
    "shadow_requests_in_flight": (1, asks_a_shadow_at_once),
    "connection_calls_per_client_id": (1, lambda cloud: calls_too_fast(cloud, "GET", CONNECTIONS[0])),
    "connection_calls_per_second": (1, lambda cloud: calls_too_fast(cloud, "GET", *CONNECTIONS)),
    # What a client sees of a denial.
    "connect_denied_311": ("connack_5", lambda cloud: talks(
        cloud, "3.1.1", "a > connect", "a < connack code=5", "a < closed", key=session(cloud))),
    "subscribe_denied_311": ("suback_80", lambda cloud: talks(
        cloud, "3.1.1", "a connects", "a > subscribe x", "a < suback codes=0x80", key=session(cloud, MAY_COME))),
    "receive_denied": ("close", lambda cloud: talks(
        cloud, "3.1.1", "a connects", "a subscribes x", "a > publish x hi", "a < closed",
        key=session(cloud, MAY_SUBSCRIBE, allow("iot:Publish", "*")))),
    "reserved_check_first": ("false", lambda cloud: talks(
        cloud, "5", "a connects", "a > subscribe $SYS/#", "a < suback codes=0x87", key=session(cloud, MAY_COME))),
    # Who comes in at /mqtt.
    "opaque_403": ("true", lambda cloud: json.loads(
        upgrade(cloud, key=("test", "wrong")).buffer)["message"] == "Forbidden"),
    "sigv4_token_in_signature": ("true", lambda cloud: upgrade(
        cloud, key=session(cloud), sign_token=True).status == 101),
    "sigv4_host_port_fallback": ("false", lambda cloud: upgrade(cloud, signed_host="localhost").status == 403),
    "sigv4_honour_expires": ("true", lambda cloud: upgrade(cloud, ago=60, expires=10).status == 403),
    "sigv4_skew_seconds": (10, lambda cloud: " - 10 sec.)" in json.loads(
        upgrade(cloud, ago=60).buffer or "{}").get("message", "")),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_setting_shows_where_it_is_set_and_only_there(started, name):
    value, shows = LOOKS[name]
    assert shows(started({name: value}))
    assert not shows(started({}))


def test_there_is_no_setting_that_no_test_sets():
    done = subprocess.run([BINARY, "local", "settings", "--output", "json"], capture_output=True, text=True,
                          timeout=20, check=True)
    asked = set(LOOKS).union(*(set_by(row.clause) for row in ROWS))
    assert asked == {one["name"] for one in json.loads(done.stdout)}
