"""Faults on MQTT connections, as paho, awscrt and this project's own client meet them.

The raw client of support/wire.py says exactly what it is told where packet identifiers matter.
"""

import datetime
import json
import pathlib
import sys
import tempfile
import time
import urllib.request

import awscrt.exceptions
import awscrt.mqtt5
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from article import Article, allow, mqtt_connection  # noqa: E402
from cli_test import OFF, TOPIC, Job  # noqa: E402
from faults_test import add, events, faults, local, rule_named  # noqa: E402, F401
from local_cloud import ROOT, LocalCloud  # noqa: E402
from mqtt_clients import Crt5, Paho, wait_until  # noqa: E402
from wire import Mqtt, WebSocket, presign  # noqa: E402

TEST_KEY = {"AccessKeyId": "test", "SecretKey": "test", "SessionToken": None}
CONNACK = (0x20, b"\0\0")


def opened(cloud, client_id, clean=True, keep_alive=60):
    """A raw MQTT 3.1.1 client at the WebSocket door."""
    host = f"localhost:{cloud.port}"
    client = Mqtt(WebSocket(cloud.port, presign(host, "test", "test"), host))
    first, body = client.connect(client_id, clean=clean, keep_alive=keep_alive)
    assert (first, body[1:]) == (0x20, b"\0")
    return client


def subscribed(cloud, client_id, *filters, qos=1, clean=True):
    client = opened(cloud, client_id, clean)
    client.subscribe(1, *filters, qos=qos)
    assert client.read()[0] == 0x90
    return client


def disconnect_of(cloud, client_id):
    wait_until(lambda: any(e.get("clientId") == client_id for e in events(cloud, "Disconnect")))
    return [e for e in events(cloud, "Disconnect") if e.get("clientId") == client_id][-1]


def turn_clock(cloud, by):
    urllib.request.urlopen(urllib.request.Request(
        f"{cloud.ready['http_endpoint']}/_cogniot/clock?advance={by}", method="POST")).close()


def test_hang_up_instead_of_connack_and_the_next_connect_succeeds(local):
    add(local, "hang-up connect count=1 client=hung-1 name=no-connack")
    connection, _ = mqtt_connection(local, "hung-1", TEST_KEY, clean_session=True)
    with pytest.raises(awscrt.exceptions.AwsCrtError) as hung_up:
        connection.connect().result(10)
    assert hung_up.value.name == "AWS_ERROR_MQTT_UNEXPECTED_HANGUP"  # as for a denied CONNECT
    connection.connect().result(10)
    connection.disconnect().result(10)
    assert events(local, "Fault")[-1]["details"] == (
        "fault rule `no-connack` (hang-up) hung up on connect, which was not looked at")


def test_hang_up_on_publish_and_paho_sends_it_again(local):
    reader = subscribed(local, "reader-1", "hang/#")
    add(local, "hang-up publish topic=hang/# count=1 name=hangs")
    with Paho(local, "hung-2", TEST_KEY) as paho:
        paho.wait("connect")
        paho.client.publish("hang/up", "once", qos=1)
        paho.wait("connect", 2)
        paho.wait("puback")
    assert reader.read_publish()[:2] == ("hang/up", b"once")
    line = next(e for e in events(local, "Disconnect")
                if e["clientId"] == "hung-2" and e["disconnectReason"] == "CONNECTION_LOST")
    assert line["explanation"] == "fault rule `hangs` (hang-up) hung up on publish, which was not looked at"
    assert rule_named(local, "hangs")["struck"] == 1


def test_hang_up_on_subscribe(local):
    add(local, "hang-up subscribe topic=some/+ client=sub-*")
    client = opened(local, "sub-1")
    client.subscribe(1, "other/#")
    assert client.read()[0] == 0x90
    client.subscribe(2, "some/+")
    assert client.read() is None


def test_hang_up_instead_of_puback_has_accepted_the_message(local):
    reader = subscribed(local, "reader-2", "acked/not")
    add(local, "hang-up puback topic=acked/not")
    writer = opened(local, "writer-2")
    writer.publish("acked/not", "there", packet_id=7)
    assert writer.read() is None
    assert reader.read_publish()[:2] == ("acked/not", b"there")


def test_a_message_whose_puback_was_lost_is_durable():
    with tempfile.TemporaryDirectory() as data:
        with LocalCloud(data=data) as cloud:
            subscribed(cloud, "offline", "lost/ack", clean=False).close()
            add(cloud, "lose-puback topic=lost/ack count=1 name=lost")
            writer = opened(cloud, "writer")
            writer.publish("lost/ack", "first", packet_id=7)
            writer.publish("lost/ack", "second", packet_id=8)
            assert writer.read() == (0x40, b"\0\x08")  # nothing for 7
            assert rule_named(cloud, "lost")["struck"] == 1
            assert events(cloud, "Fault")[-1]["details"] == (
                "fault rule `lost` (lose-puback) lost PUBACK 7; the message is accepted")
            cloud.kill()
        with LocalCloud(data=data) as cloud:
            reader = opened(cloud, "offline", clean=False)
            assert [reader.read_publish()[1] for _ in range(2)] == [b"first", b"second"]


def test_a_delivery_comes_again_under_its_packet_identifier_and_without_dup(local):
    """AWS IoT developer guide: DUP is not supported, a message that is sent again has 0."""
    reader = subscribed(local, "reader-3", "twice/#")
    add(local, "duplicate client=reader-3 count=1 name=twice")
    writer = opened(local, "writer-3")
    writer.publish("twice/1", "x", packet_id=7)
    first, body = reader.read()
    packet_id = body[2 + len("twice/1"):][:2]
    assert first == 0x32
    reader.puback(int.from_bytes(packet_id, "big"))
    assert reader.read() == (0x32, body)
    reader.puback(int.from_bytes(packet_id, "big"))
    writer.publish("twice/1", "y", packet_id=8)
    assert reader.read()[1].endswith(b"y")
    outs = [e for e in events(local, "Publish-Out") if e.get("clientId") == "reader-3"]
    assert [bool(e.get("explanation")) for e in outs] == [False, True, False]


def test_on_the_plain_listener_it_has_dup_and_at_qos_0_it_comes_twice_at_once(local):
    plain = Mqtt.tcp(local.ready["insecure_mqtt"])
    assert plain.connect("reader-4") == CONNACK
    plain.subscribe(1, "dup/1", qos=1)
    plain.subscribe(2, "dup/0", qos=0)
    assert [plain.read()[0], plain.read()[0]] == [0x90, 0x90]
    add(local, "duplicate client=reader-4")
    writer = Mqtt.tcp(local.ready["insecure_mqtt"])
    assert writer.connect("writer-4") == CONNACK
    writer.publish("dup/0", "zero")
    assert [plain.read()[1] for _ in range(2)] == [b"\0\5dup/0zero"] * 2
    writer.publish("dup/1", "one", packet_id=3)
    first, body = plain.read()
    assert first == 0x32
    plain.puback(int.from_bytes(body[7:9], "big"))
    assert plain.read() == (0x3a, body)  # [MQTT-3.3.1-1]


def test_real_clients_get_a_duplicate_twice(local):
    add(local, "duplicate topic=both/# count=2")
    with Paho(local, "paho-5", TEST_KEY) as paho, Crt5(local, "crt-5", TEST_KEY) as crt:
        paho.wait("connect")
        crt.wait("connect")
        paho.client.subscribe("both/#", 1)
        paho.wait("suback")
        crt.client.publish(awscrt.mqtt5.PublishPacket(topic="both/1", payload=b"x", qos=awscrt.mqtt5.QoS.AT_LEAST_ONCE)).result(10)
        paho.wait("message", 2)
        assert paho.all("message") == [("both/1", b"x")] * 2


@pytest.mark.parametrize("rule, code, reason, why", [
    # The reasons: developer guide, "Lifecycle events"; the codes: "MQTT reason codes", server's DISCONNECT.
    ("take-over publish", 0x8E, "DUPLICATE_CLIENTID", "DUPLICATE_CLIENT_ID"),
    ("disconnect publish", 0x8B, "SERVER_INITIATED_DISCONNECT", None),
    ("disconnect publish reason=THROTTLED", 0x97, "THROTTLED", "THROTTLED"),
    ("disconnect publish reason=FORBIDDEN_ACCESS", 0x87, "FORBIDDEN_ACCESS", "AUTHORIZATION_FAILURE"),
    ("disconnect publish reason=AUTH_ERROR", 0x87, "AUTH_ERROR", "NOT_AUTHENTICATED"),
    ("disconnect publish reason=SERVER_ERROR", 0x80, "SERVER_ERROR", None),
    ("disconnect publish reason=MQTT_KEEP_ALIVE_TIMEOUT", 0x8D, "MQTT_KEEP_ALIVE_TIMEOUT", None),
    ("disconnect publish reason=WEBSOCKET_TTL_EXPIRATION", 0x8B, "WEBSOCKET_TTL_EXPIRATION", None),
    ("disconnect publish reason=CUSTOMAUTH_TTL_EXPIRATION", 0x8B, "CUSTOMAUTH_TTL_EXPIRATION", None),
])
def test_the_server_ends_the_connection_and_the_client_comes_back(local, rule, code, reason, why):
    watcher = subscribed(local, "watcher-6", "$aws/events/presence/disconnected/crt-6")
    add(local, rule + " client=crt-6 count=1 name=ends")
    with Crt5(local, "crt-6", TEST_KEY) as crt:
        crt.wait("connect")
        # The packet itself was done before, so it is there.
        crt.client.publish(awscrt.mqtt5.PublishPacket(topic="any/topic", payload=b"x", qos=awscrt.mqtt5.QoS.AT_LEAST_ONCE))
        assert crt.wait("disconnect") == code
        crt.wait("connect", 2)
        assert json.loads(watcher.read_publish()[1])["disconnectReason"] == reason
        line = next(e for e in events(local, "Disconnect")
                    if e["clientId"] == "crt-6" and e["disconnectReason"] == reason)
        assert line["explanation"].startswith("fault rule `ends`")
        assert line.get("reason") == why
    watcher.close()


def test_a_connection_ends_at_an_age_of_the_local_clouds_clock():
    with LocalCloud() as cloud:
        add(cloud, "disconnect 10m client=old-*")
        client = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        assert client.connect("old-1", keep_alive=0) == CONNACK
        other = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        assert other.connect("young-1", keep_alive=0) == CONNACK
        turn_clock(cloud, "9m")
        client.stream.sendall(b"\xc0\0")
        assert client.read() == (0xd0, b"")
        turn_clock(cloud, "1m")
        assert client.read() is None
        other.stream.sendall(b"\xc0\0")
        assert other.read() == (0xd0, b"")
        # At once, for who is connected already.
        add(cloud, "hang-up 0s client=young-1")
        assert other.read() is None


def test_presence_events_overtake_each_other_and_come_twice(local):
    watcher = subscribed(local, "watcher-7", "$aws/events/presence/+/late-7")
    add(local, "late-presence 3s event=connected client=late-7")
    add(local, "double-presence event=disconnected client=late-7")
    opened(local, "late-7").close()
    got = [json.loads(watcher.read_publish()[1]) for _ in range(3)]
    assert [e["eventType"] for e in got] == ["disconnected", "disconnected", "connected"]
    assert got[0] == got[1]
    assert got[0]["sessionIdentifier"] == got[2]["sessionIdentifier"]
    assert len([e for e in events(local, "Fault") if e.get("clientId") == "late-7"]) == 2


def test_an_event_that_is_held_back_comes_when_its_rule_is_removed(local):
    watcher = subscribed(local, "watcher-8", "$aws/events/presence/+/late-8")
    add(local, "late-presence 1h client=late-8")
    opened(local, "late-8")
    faults(local, "DELETE")
    assert json.loads(watcher.read_publish()[1])["eventType"] == "connected"


def test_latency_and_bandwidth_of_a_connection(local):
    client = opened(local, "slow-9")
    quick = opened(local, "quick-9")

    def round_trip(of, size=1):
        begun = time.monotonic()
        of.publish("slow/9", "x" * size, packet_id=7)
        assert of.read() == (0x40, b"\0\7")
        return time.monotonic() - begun

    add(local, "latency 1s client=slow-9")
    assert round_trip(client) >= 1
    assert round_trip(quick) < 1
    faults(local, "DELETE")
    assert round_trip(client) < 1
    # What is read takes its time: the next packet waits behind 10,000 bytes.
    add(local, "bandwidth 20000 client=slow-9")
    round_trip(client, 10_000)
    assert round_trip(client) >= 0.3
    # What is written arrives when its bytes have been transferred.
    client.subscribe(8, "to/slow-9")
    assert client.read()[0] == 0x90
    begun = time.monotonic()
    quick.publish("to/slow-9", "x" * 10_000, packet_id=9)
    assert quick.read() == (0x40, b"\0\x09") and time.monotonic() - begun < 0.4
    assert client.read_publish()[1] == b"x" * 10_000
    assert time.monotonic() - begun >= 0.4
    assert {e["rule"] for e in events(local, "Fault") if e.get("clientId") == "slow-9"} == {
        "latency", "bandwidth"}


def test_a_policy_changes_late():
    """AWS IoT developer guide: changes take effect after minutes."""
    with LocalCloud() as cloud:
        article = Article(cloud)
        alice = article.user_ready_to_connect("alice")
        bob = article.user_ready_to_connect("bob", attach=False)
        host = f"localhost:{cloud.port}"
        turned = datetime.timedelta()

        def connect(user):
            identity_id, key = user
            at = datetime.datetime.now(datetime.timezone.utc) + turned
            query = presign(host, key["AccessKeyId"], key["SecretKey"], key["SessionToken"], at=at)
            return Mqtt(WebSocket(cloud.port, query, host)).connect(identity_id)

        assert (connect(alice), connect(bob)) == (CONNACK, None)
        add(cloud, "late-policy 5m name=slow-change")
        article.iot.detach_policy(policyName=article.policy, target=alice[0])
        article.attach(bob[0])
        assert (connect(alice), connect(bob)) == (CONNACK, None)
        line = events(cloud, "Fault")[-1]
        assert line["rule"] == "slow-change" and bob[0] in line["details"]
        refused = [e for e in events(cloud, "Connect") if e["status"] == "Failure"][-1]
        assert "takes effect at" in refused["explanation"]
        assert "fault rule `slow-change` (late-policy)" in refused["explanation"]
        turn_clock(cloud, "6m")
        turned = datetime.timedelta(minutes=6)
        assert (connect(alice), connect(bob)) == (None, CONNACK)


def test_a_policy_changes_late_for_a_connection_that_is_open_and_says_nothing():
    with LocalCloud() as cloud:
        article = Article(cloud, [allow("iot:*", "*")], [allow("iot:*", "*")])
        identity_id, key = article.user_ready_to_connect("alice")
        host = f"localhost:{cloud.port}"
        query = presign(host, key["AccessKeyId"], key["SecretKey"], key["SessionToken"])
        quiet = Mqtt(WebSocket(cloud.port, query, host))
        assert quiet.connect(identity_id, keep_alive=1200) == CONNACK
        quiet.subscribe(1, "told/#")
        assert quiet.read()[0] == 0x90
        root = opened(cloud, "root-10", keep_alive=1200)

        def hears(payload):
            """Whether the client, which only acknowledges, was sent what root published."""
            root.publish("told/1", payload, packet_id=7)
            assert root.read() == (0x40, b"\0\7")
            outs = [e for e in events(cloud, "Publish-Out") if e["clientId"] == identity_id]
            return outs[-1]["status"] == "Success" and quiet.read_publish()[1] == payload.encode()

        assert hears("before")
        add(cloud, "late-policy 5m")
        article.iot.detach_policy(policyName=article.policy, target=identity_id)
        turn_clock(cloud, "4m")
        assert hears("meanwhile")
        turn_clock(cloud, "2m")
        assert not hears("after")
        quiet.publish("told/2", "mine", packet_id=8)
        assert quiet.read() is None  # nothing of `after`, and the end


JOBS = [
    ("throttle cognito-idp:InitiateAuth count=1", "delivered"),
    ("internal-error cognito-identity:GetCredentialsForIdentity count=1", "delivered"),
    ("unavailable cognito-identity:GetId count=1", "delivered"),
    ("refuse-upgrade count=1", "delivered"),
    ("hang-up connect count=1", "delivered"),
    ("hang-up publish count=1", "delivered"),
    ("hang-up puback count=1", "delivered"),
    ("lose-puback count=1", "delivered"),
    ("disconnect publish count=1", "delivered"),
    ("take-over publish count=1", "delivered"),
    ("disconnect connect count=1", "delivered"),
    ("latency 300ms", "delivered"),
    ("bandwidth 20000", "delivered"),
    ("duplicate", "delivered"),
    ("hang-up publish", "denied"),
]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    with LocalCloud("--template", str(ROOT / "examples/article/template.yaml")) as cloud:
        made = Job(cloud, tmp_path_factory.mktemp("faults"))
        made.add("alice")
        made.add("bob")
        yield made


@pytest.mark.parametrize("rule, outcome", JOBS, ids=[rule for rule, _ in JOBS])
def test_our_own_client_survives_and_what_it_calls_delivered_is_there(job, rule, outcome):
    faults(job.cloud, "DELETE")
    watcher = subscribed(job.cloud, "own-watcher", TOPIC)
    add(job.cloud, rule)
    done = job.run("publish", "-u", "alice", "-q", "1", "-t", TOPIC, "-m", OFF, "-W", "45", "--output", "json")
    faults(job.cloud, "DELETE")
    assert json.loads(done.stdout.splitlines()[-1])["outcome"] == outcome, done.stderr
    if outcome == "delivered":
        assert watcher.read_publish()[:2] == (TOPIC, OFF.encode())
    watcher.close()
