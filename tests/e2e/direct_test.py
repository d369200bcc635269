"""SendDirectMessage: signed requests and certificates ask, MQTT clients get what they never subscribed to.

Sources: AWS IoT data API reference, SendDirectMessage; AWS IoT developer guide, "Direct messaging" and its policy
examples; spec iot-broker 2.8 (errors), 5.3 (the log's reasons). The installed boto3 does not know the call: its
signer signs it.
"""

import base64
import contextlib
import http.client
import json
import threading
import time
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from article import Article, allow
from data_plane import lines, listener, name, signed
from devices import FORBIDDEN, Device, ask, https, told
from local_cloud import LocalCloud
from mqtt_clients import wait_until
from wire import Mqtt, WebSocket, presign


def path_of(client_id, topic="commands/reboot", **query):
    return f"/connections/{urllib.parse.quote(client_id, safe='')}/messages?" + urllib.parse.urlencode(
        {"topic": topic, **query} if topic is not None else query)


def send(cloud, client_id, topic="commands/reboot", body=b"now", headers=None, credentials=None, **query):
    """(status, exception, answer) of a signed SendDirectMessage."""
    status, told_by, answer = signed(cloud, "POST", path_of(client_id, topic, **query), body,
                                     *([credentials] if credentials else []), headers=headers)
    return status, told_by["x-amzn-ErrorType"], json.loads(answer)


def log_of(cloud, client_id):
    return lines(cloud, eventType="SendDirectMessage", clientId=client_id)


@contextlib.contextmanager
def device(cloud, client_id=None, clean=True):
    """A client that acknowledges only when it is told to, in AWS's behaviour."""
    host = f"localhost:{cloud.port}"
    one = Mqtt(WebSocket(cloud.port, presign(host, "test", "test"), host))
    one.client_id = client_id or name("device")
    first, answer = one.connect(one.client_id, clean=clean)
    assert first == 0x20 and answer[1:] == b"\0"
    yield one
    one.close()


class Asking(threading.Thread):
    """A call that is answered later."""

    def __init__(self, *arguments, **more):
        super().__init__(daemon=True)
        self.call = lambda: send(*arguments, **more)
        self.answer = None
        self.start()

    def run(self):
        self.answer = self.call()
        self.ended = time.monotonic()

    def result(self):
        self.join(25)
        return self.answer


def packet_id(body):
    size = int.from_bytes(body[:2], "big")
    return body[2:2 + size].decode(), int.from_bytes(body[2 + size:4 + size], "big")


def test_without_confirmation_it_is_sent_with_qos_0_and_answered_at_once(cloud):
    with listener(cloud) as who:
        client_id = who.client._client_id.decode()
        status, _, answer = send(cloud, client_id)
        assert status == 200 and set(answer) == {"message", "traceId"}
        assert who.wait("message") == ("commands/reboot", b"now")
        assert who.packets[0].qos == 0 and not who.packets[0].retain
    line = log_of(cloud, client_id)[-1]
    assert line["status"] == "Success" and line["protocol"] == "HTTP" and line["confirmation"] is False
    assert line["topicName"] == "commands/reboot" and line["traceId"] == answer["traceId"]
    assert line["sourceIp"] == "127.0.0.1" and line["principalId"] and "timeout" not in line


def test_with_confirmation_the_answer_waits_for_the_puback(cloud):
    with device(cloud) as one:
        asking = Asking(cloud, one.client_id, confirmation="true", timeout=15)
        first, body = one.read()
        assert first == 0x32  # QoS 1, no DUP, no RETAIN
        topic, number = packet_id(body)
        assert topic == "commands/reboot"
        # Others are served meanwhile, and the call is not answered before its time.
        with urllib.request.urlopen(cloud.ready["http_endpoint"] + "/healthz", timeout=5) as health:
            assert health.status == 200
        asking.join(0.5)
        assert asking.is_alive() and log_of(cloud, one.client_id) == []
        one.puback(number)
        status, _, answer = asking.result()
        assert status == 200 and answer["message"] == "OK"
        line = log_of(cloud, one.client_id)[-1]
        assert line["status"] == "Success" and line["confirmation"] is True and line["timeout"] == 15
        assert line["traceId"] == answer["traceId"]


def test_without_a_puback_in_time_it_is_504(cloud):
    with device(cloud) as one:
        began = time.monotonic()
        status, exception, answer = send(cloud, one.client_id, confirmation="true", timeout=1)
        assert (status, exception) == (504, "GatewayTimeoutException:") and answer["traceId"]
        assert 0.9 < time.monotonic() - began < 10
        line = log_of(cloud, one.client_id)[-1]
        assert (line["status"], line["reason"], line["timeout"]) == (
            "Failure", "DELIVERY_CONFIRMATION_TIMEOUT", 1)
        assert line["details"] == answer["message"]


def test_the_one_clock_counts_the_timeout():
    with LocalCloud() as cloud, device(cloud) as one:
        asking = Asking(cloud, one.client_id, confirmation="true", timeout=15)
        one.read()
        began = time.monotonic()
        urllib.request.urlopen(urllib.request.Request(
            cloud.ready["http_endpoint"] + "/_cogniot/clock?advance=16s", method="POST")).close()
        assert asking.result()[0] == 504 and time.monotonic() - began < 10


def test_mqtt_5_properties_travel_in_the_query_and_in_headers(cloud):
    import paho.mqtt.client as paho
    with listener(cloud, protocol=paho.MQTTv5) as who:
        properties = base64.b64encode(json.dumps([{"k1": "v1"}]).encode()).decode()
        status, _, answer = send(
            cloud, who.client._client_id.decode(), confirmation="true", contentType="text/plain",
            responseTopic="answers", headers={
                "x-amz-mqtt5-user-properties": properties,
                "x-amz-mqtt5-payload-format-indicator": "UTF8_DATA",
                "x-amz-mqtt5-correlation-data": base64.b64encode(b"\x01\x02").decode()})
        assert status == 200, answer
        got = who.packets[0].properties
    assert got.UserProperty == [("k1", "v1")] and got.PayloadFormatIndicator == 1
    assert got.ContentType == "text/plain" and got.ResponseTopic == "answers"
    assert got.CorrelationData == b"\x01\x02"


@pytest.mark.parametrize("of, topic, query, reason", [
    ("$dollar", "a", {}, "MALFORMED_CLIENTID"),
    ("d" * 129, "a", {}, "MALFORMED_CLIENTID"),
    ("d", None, {}, "INVALID_TOPIC"),
    ("d", "a/+", {}, "INVALID_TOPIC"),
    ("d", "a" * 257, {}, "INVALID_TOPIC"),
    ("d", "$aws/things/t/shadow/update/delta", {}, "INVALID_TOPIC"),
    ("d", "a", {"confirmation": "perhaps"}, "INVALID_CONFIRMATION_PARAMETER"),
    ("d", "a", {"confirmation": "true", "timeout": 0}, "INVALID_TIMEOUT_PARAMETER"),
    ("d", "a", {"confirmation": "true", "timeout": 16}, "INVALID_TIMEOUT_PARAMETER"),
    ("d", "a", {"timeout": "soon"}, "INVALID_TIMEOUT_PARAMETER"),
])
def test_what_is_asked_wrongly_is_400_and_the_log_has_the_reason(cloud, of, topic, query, reason):
    status, exception, answer = send(cloud, of, topic, **query)
    assert (status, exception) == (400, "InvalidRequestException:"), answer
    line = log_of(cloud, of)[-1]
    assert (line["status"], line["reason"]) == ("Failure", reason)


def test_who_is_not_there_is_404_and_gets_it_never(cloud):
    nobody = name("nobody")
    assert send(cloud, nobody)[:2] == (404, "ResourceNotFoundException:")
    assert log_of(cloud, nobody)[-1]["reason"] == "TARGET_CLIENT_ID_NOT_FOUND"
    away = name("away")
    with device(cloud, away, clean=False):
        pass
    wait_until(lambda: send(cloud, away, confirmation="true")[:2] == (404, "ResourceNotFoundException:"))
    assert log_of(cloud, away)[-1]["reason"] == "TARGET_CLIENT_NOT_CONNECTED"
    with device(cloud, away, clean=False) as back:
        back.send(0xC0, b"")
        assert back.read() == (0xD0, b"")


def test_a_receiver_that_leaves_ends_the_wait(cloud):
    with device(cloud) as one:
        asking = Asking(cloud, one.client_id, confirmation="true", timeout=15)
        one.read()
        began = time.monotonic()
    assert asking.result()[:2] == (404, "ResourceNotFoundException:")
    assert asking.ended - began < 5
    assert log_of(cloud, one.client_id)[-1]["reason"] == "TARGET_CLIENT_NOT_CONNECTED"


def test_a_sender_that_hangs_up_is_told_in_the_log(cloud):
    with device(cloud) as one:
        url = cloud.ready["http_endpoint"] + path_of(one.client_id, confirmation="true", timeout=15)
        request = botocore.awsrequest.AWSRequest("POST", url, data=b"now")
        botocore.auth.SigV4Auth(botocore.credentials.Credentials("test", "test"), "iotdata",
                                cloud.ready["region"]).add_auth(request)
        sender = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
        sender.request("POST", url[url.index("/connections"):], b"now", dict(request.headers))
        assert one.read()[0] == 0x32
        sender.close()
        wait_until(lambda: log_of(cloud, one.client_id), 5)
        line = log_of(cloud, one.client_id)[-1]
        assert (line["status"], line["reason"]) == ("Failure", "DELIVERY_CONFIRMATION_SENDER_DISCONNECT")


def test_a_local_cloud_that_stops_answers_who_waits_for_a_confirmation():
    with LocalCloud() as cloud, device(cloud) as one:
        asking = Asking(cloud, one.client_id, confirmation="true", timeout=15)
        one.read()
        began = time.monotonic()
        assert cloud.stop() == 0 and time.monotonic() - began < 8
        status, exception, answer = asking.result()
        assert (status, exception) == (500, "InternalFailureException:")
        assert answer["message"] == "The local cloud is stopping"


def test_the_receivers_rate_counts_direct_messages(tmp_path):
    (tmp_path / "settings.yaml").write_text("publishes_per_second: 2\n")
    with LocalCloud("--settings", str(tmp_path / "settings.yaml")) as cloud, device(cloud) as one:
        until = time.monotonic() + 10
        answers = []
        while 429 not in answers and time.monotonic() < until:  # three within a second of the clock
            answers.append(send(cloud, one.client_id)[0])
        assert answers[:2] == [200, 200] and answers[-1] == 429
        assert log_of(cloud, one.client_id)[-1]["reason"] == "RECEIVE_SESSION_THROTTLED"


def test_a_receiver_that_does_not_read_cannot_be_written_to(cloud):
    with device(cloud) as one:
        body = b"x" * (128 << 10)
        answers = []
        while 500 not in answers and len(answers) < 200:  # sockets hold some megabytes
            status, exception, answer = send(cloud, one.client_id, body=body)
            answers.append(status)
        assert set(answers[:-1]) == {200}
        assert (status, exception) == (500, "InternalFailureException:"), answer
        assert log_of(cloud, one.client_id)[-1]["reason"] == "CLIENT_ENDPOINT_NOT_WRITABLE"
        # It reads, and is written to again.
        for _ in answers[:-1]:
            assert one.read()[0] == 0x30
        assert send(cloud, one.client_id, body=b"y")[0] == 200


def test_the_receivers_window_is_what_it_has_not_acknowledged(tmp_path):
    (tmp_path / "settings.yaml").write_text("max_in_flight: 1\n")
    with LocalCloud("--settings", str(tmp_path / "settings.yaml")) as cloud, device(cloud) as one:
        asking = Asking(cloud, one.client_id, confirmation="true", timeout=15)
        number = packet_id(one.read()[1])[1]
        assert send(cloud, one.client_id, confirmation="true")[:2] == (429, "ThrottlingException:")
        assert log_of(cloud, one.client_id)[-1]["reason"] == "RECEIVER_MAX_UNACKED_QOS1_EXCEEDED"
        one.puback(number)
        assert asking.result()[0] == 200


def test_both_locks_of_the_receiver_are_asked(cloud):
    """A Cognito user: its role and its IoT policy have to allow iot:Receive; subscribing is not needed."""
    arn = f"arn:aws:iot:{cloud.ready['region']}:{cloud.ready['account']}:"
    connect, receive = allow("iot:Connect", arn + "client/*"), allow("iot:Receive", arn + "topic/for/me")
    for role, policy, wanted in [([connect, receive], [connect, receive], 200),
                                 ([connect], [connect, receive], 403),
                                 ([connect, receive], [connect], 403)]:
        article = Article(cloud, role, policy)
        _, credentials = article.user_ready_to_connect()
        host = f"localhost:{cloud.port}"
        one = Mqtt(WebSocket(cloud.port, presign(host, credentials["AccessKeyId"], credentials["SecretKey"],
                                                 credentials["SessionToken"]), host))
        client_id = name("user")
        assert one.connect(client_id) == (0x20, b"\0\0")
        status, exception, _ = send(cloud, client_id, "for/me")
        assert status == wanted
        if wanted == 200:
            assert one.read_publish()[:2] == ("for/me", b"now")
        else:
            assert exception == "ForbiddenException:"
            line = log_of(cloud, client_id)[-1]
            assert line["reason"] == "RECEIVE_AUTHORIZATION_FAILURE" and "iot:Receive" in line["explanation"]
        one.close()


def test_the_sender_is_asked_for_the_client_and_the_topic(cloud):
    """The guide's example: iot:SendDirectMessage on client/ID, narrowed by iot:Topic."""
    arn = f"arn:aws:iot:{cloud.ready['region']}:{cloud.ready['account']}:client/"
    with device(cloud) as one:
        narrowed = allow("iot:SendDirectMessage", arn + one.client_id)
        narrowed["Condition"] = {"StringEquals": {"iot:Topic": ["commands/reboot", "commands/update"]}}
        _, credentials = Article(cloud, [narrowed]).user_ready_to_connect()
        assert send(cloud, one.client_id, credentials=credentials)[0] == 200
        assert one.read_publish()[0] == "commands/reboot"
        assert send(cloud, one.client_id, "commands/erase", credentials=credentials)[:2] == (
            403, "ForbiddenException:")
        assert send(cloud, name("another"), credentials=credentials)[0] == 403
        line = log_of(cloud, one.client_id)[-1]
        assert line["reason"] == "AUTHORIZATION_FAILURE" and line["explanation"]


def test_a_device_sends_by_its_certificate(cloud, tmp_path):
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:SendDirectMessage", "Resource": "arn:aws:iot:*:*:client/*",
         "Condition": {"StringEquals": {"iot:Topic": "to/you"}}}]}
    sender = Device(cloud, tmp_path, name("sender"), policy=policy)
    with device(cloud) as one:
        door = https(cloud, sender.tls())
        assert told(ask(door, "POST", path_of(one.client_id, "to/you"), b"hi")) == (200, None, "OK")
        assert one.read_publish()[:2] == ("to/you", b"hi")
        assert told(ask(door, "POST", path_of(one.client_id, "to/all"), b"hi")) == FORBIDDEN
        # The connection serves on after an answer that came late.
        threading.Timer(0.3, lambda: one.read_publish()).start()
        assert told(ask(door, "POST", path_of(one.client_id, "to/you", confirmation="true"), b"hi")) == (
            200, None, "OK")
        assert told(ask(door, "POST", path_of(one.client_id, "to/you"), b"again")) == (200, None, "OK")
        door.close()
    assert log_of(cloud, one.client_id)[-1]["principalId"] == sender.id
