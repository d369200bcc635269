"""Nothing acknowledged is lost when the process is killed (docs/formats/store.md)."""

import json
import pathlib
import resource
import sqlite3
import tempfile
import threading

import boto3
import botocore.config
import botocore.exceptions
import pytest

from local_cloud import LocalCloud
from wire import Mqtt, WebSocket, http, parse, presign, text


def client(cloud, service, **more):
    return boto3.client(service, endpoint_url=cloud.ready["http_endpoint"], region_name=cloud.ready["region"],
                        aws_access_key_id="test", aws_secret_access_key="test",
                        config=botocore.config.Config(retries={"max_attempts": 0}), **more)


def sender_beside_offline_session(cloud, topic_filter):
    """A connected client, where the session `offline` is away and has one subscription at QoS 1."""
    offline = Mqtt.tcp(cloud.ready["insecure_mqtt"])
    offline.connect("offline", clean=False)
    offline.subscribe(1, topic_filter)
    assert offline.read() == (0x90, b"\0\1\1")
    offline.close()
    sender = Mqtt.tcp(cloud.ready["insecure_mqtt"])
    sender.connect("sender")
    return sender


def test_what_an_api_answered_is_there_after_kill_9():
    with tempfile.TemporaryDirectory() as data:
        with LocalCloud(data=data) as cloud:
            pool = client(cloud, "cognito-idp").create_user_pool(PoolName="p")["UserPool"]["Id"]
            app = client(cloud, "cognito-idp").create_user_pool_client(
                UserPoolId=pool, ClientName="c", GenerateSecret=True)["UserPoolClient"]
            client(cloud, "iot").create_policy(policyName="q", policyDocument=(
                '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}'))
            cloud.kill()
        with LocalCloud(data=data) as cloud:
            found = client(cloud, "cognito-idp").describe_user_pool_client(
                UserPoolId=pool, ClientId=app["ClientId"])["UserPoolClient"]
            assert found["ClientSecret"] == app["ClientSecret"]
            assert client(cloud, "iot").get_policy(policyName="q")["policyName"] == "q"


def log_lines(cloud, event_type):
    found = client(cloud, "logs").filter_log_events(
        logGroupName="AWSIotLogsV2", filterPattern=f'{{$.eventType = "{event_type}"}}')["events"]
    return [json.loads(e["message"]) for e in found]


def test_the_log_after_a_kill_tells_which_persistent_connection_it_ended():
    with tempfile.TemporaryDirectory() as data:
        with LocalCloud(data=data) as cloud:
            host = f"localhost:{cloud.port}"
            devices = {}
            for name, clean in (("killed", False), ("left", False), ("clean", True)):
                devices[name] = Mqtt(WebSocket(cloud.port, presign(host, "test", "test"), host))
                assert devices[name].connect(name, clean=clean) == (0x20, b"\0\0")
            devices["left"].send(0xE0, b"")
            assert devices["left"].read() is None
            who = log_lines(cloud, "Connect")[0]["principalId"]
            cloud.kill()
        with LocalCloud(data=data) as cloud:
            assert [(e["clientId"], e["principalId"], e["disconnectReason"], e["status"])
                    for e in log_lines(cloud, "Disconnect")] == [("killed", who, "SERVER_ERROR", "Success")]


@pytest.mark.parametrize("enough, synchronous", [(50, "normal"), (1500, "normal"), (200, "full")])
def test_every_acknowledged_message_for_an_offline_session_is_delivered_after_kill_9(enough, synchronous):
    with tempfile.TemporaryDirectory() as data:
        acknowledged = []
        with LocalCloud("--synchronous", synchronous, data=data) as cloud:
            sender = sender_beside_offline_session(cloud, "d/#")

            def write():
                try:
                    for n in range(60_000):
                        sender.publish("d/x", str(n), packet_id=n % 60_000 + 1)
                except OSError:
                    pass

            writing = threading.Thread(target=write, daemon=True)
            writing.start()
            while len(acknowledged) < enough:
                first, body = sender.read()
                assert first == 0x40
                acknowledged.append(int.from_bytes(body, "big") - 1)
            cloud.kill()
            sender.stream.settimeout(2)
            while (got := sender.read()) is not None:
                acknowledged.append(int.from_bytes(got[1], "big") - 1)
            writing.join(5)
        with LocalCloud(data=data) as cloud:
            again = Mqtt.tcp(cloud.ready["insecure_mqtt"])
            assert again.connect("offline", clean=False) == (0x20, b"\1\0")
            missing = set(acknowledged)
            while missing:
                topic, payload, _ = again.read_publish()
                missing.discard(int(payload))


def test_an_offline_session_holds_ten_thousand_messages():
    with tempfile.TemporaryDirectory() as data, LocalCloud(data=data) as cloud:
        sender = sender_beside_offline_session(cloud, "d")
        for start in range(0, 10_000, 500):
            for n in range(start, start + 500):
                sender.publish("d", str(n), packet_id=n + 1)
            for _ in range(500):
                assert sender.read()[0] == 0x40
        again = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        again.connect("offline", clean=False)
        assert [int(again.read_publish()[1]) for _ in range(10_000)] == list(range(10_000))


def test_a_shadow_survives_kill_9():
    with tempfile.TemporaryDirectory() as data:
        for version in (1, 2):
            with LocalCloud(data=data) as cloud:
                one = Mqtt.tcp(cloud.ready["insecure_mqtt"])
                one.connect("one")
                one.subscribe(1, "$aws/things/t/shadow/update/accepted")
                one.read()
                one.publish("$aws/things/t/shadow/update", '{"state":{"reported":{"a":1}}}', packet_id=2)
                assert b'"version":%d' % version in one.read_publish()[1]
                cloud.kill()


@pytest.mark.parametrize("kind, key", [("session", "offline"), ("queued", None), ("retained", "r"),
                                       ("subscription", None), ("shadow", "t")])
def test_a_record_that_cannot_be_read_is_named_and_nothing_starts(kind, key):
    with tempfile.TemporaryDirectory() as data:
        with LocalCloud(data=data) as cloud:
            sender = sender_beside_offline_session(cloud, "d")
            for n, topic in enumerate(["d", "r", "$aws/things/t/shadow/update"], 1):
                sender.publish(topic, '{"state":{"reported":{"a":1}}}', packet_id=n, retain=topic == "r")
                sender.read()
            cloud.kill()
        with sqlite3.connect(pathlib.Path(data) / "cogniot.sqlite") as db:
            keys = [k if isinstance(k, str) else bytes(k).decode()
                    for k, in db.execute("SELECT key FROM record WHERE kind=?", (kind,))]
            assert key is None or keys == [key]
            db.execute("UPDATE record SET value=x'00ff' WHERE kind=?", (kind,))
        db.close()
        with LocalCloud(data=data, wait=False) as cloud:
            assert cloud.process.wait(10) == 1
            assert f"record {kind} `{keys[0]}`" in cloud.log()


def test_a_disk_that_refuses_acknowledges_nothing_and_recovers():
    """A bound on file size stands for a full disk: writes beyond it fail the same way."""
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}'
    with tempfile.TemporaryDirectory() as data:
        with LocalCloud(data=data) as cloud:
            sender = sender_beside_offline_session(cloud, "d")
            sender.publish("d", "before", packet_id=1)
            assert sender.read() == (0x40, b"\0\1")
            iot, identity = client(cloud, "iot"), "ap-northeast-1:12345678-1234-1234-1234-123456789012"
            for name in ("early", "late"):
                iot.create_policy(policyName=name, policyDocument=policy)
            iot.attach_policy(policyName="early", target=identity)
            size = (pathlib.Path(data) / "cogniot.sqlite-wal").stat().st_size
            unlimited = resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE, (size, unlimited[1]))

            sender.publish("d", "refused", packet_id=2)
            assert sender.read() is None
            for properties in (b"", b"\5\x11\0\0\1\x2c"):  # 3.1.1; MQTT 5 for 300 s
                newcomer = Mqtt.tcp(cloud.ready["insecure_mqtt"])
                newcomer.send(0x10, text("MQTT") + bytes([5 if properties else 4, 0, 0, 60]) + properties +
                              text("newcomer"))
                # Hung up on: no CONNACK for what is not kept, and no DISCONNECT before it (MQTT 5, 3.14).
                assert newcomer.read() is None
                newcomer.close()
            with pytest.raises(botocore.exceptions.ClientError) as refused:
                client(cloud, "iot").create_policy(policyName="q", policyDocument=policy)
            assert refused.value.response["Error"]["Code"] == "InternalFailureException"
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
            # The retry finds its change made in memory: it is no more stored than the first call.
            for change in (iot.attach_policy, iot.detach_policy):
                name = {"attach_policy": "late", "detach_policy": "early"}[change.__name__]
                for _ in range(2):
                    with pytest.raises(botocore.exceptions.ClientError) as refused:
                        change(policyName=name, target=identity)
                    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
            assert parse(http(cloud.port, b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"))[0] == 200
            own = [json.loads(l) for l in cloud.log().splitlines() if l.startswith('{"timestamp')]
            assert [l["reason"] for l in own if l["eventType"] == "cogniot"][0] == "SERVER_ERROR"

            resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE, unlimited)
            again = Mqtt.tcp(cloud.ready["insecure_mqtt"])
            again.connect("sender")
            again.publish("d", "after", packet_id=3)
            assert again.read() == (0x40, b"\0\3")
            iot.attach_policy(policyName="late", target=identity)
            iot.detach_policy(policyName="early", target=identity)
            cloud.kill()
        with LocalCloud(data=data) as cloud:
            attached = client(cloud, "iot").list_attached_policies(target=identity)["policies"]
            assert [p["policyName"] for p in attached] == ["late"]
            offline = Mqtt.tcp(cloud.ready["insecure_mqtt"])
            assert offline.connect("offline", clean=False) == (0x20, b"\1\0")
            got = []
            while got[-1:] != [b"after"]:
                got.append(offline.read_publish()[1])
            assert got[0] == b"before"
