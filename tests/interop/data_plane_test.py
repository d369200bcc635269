"""AWS IoT's data plane over HTTPS: boto3, the AWS CLI and curl ask, MQTT clients see what comes.

Sources: AWS IoT data API reference; developer guide, "HTTPS", "Device Shadow REST API"; spec
iot-broker 2.5, 2.8, 4.1, 6 and device-shadow 6, 7. boto3 of Debian does not know the connections'
calls: they are signed with its signer and sent by hand.
"""

import base64
import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import paho.mqtt.client as paho
import pytest

from article import Article, allow, client
from data_plane import lines, listener, name, signed
from local_cloud import LocalCloud
from mqtt_clients import wait_until

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def keys_of(credentials):
    return {"aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretKey"],
            "aws_session_token": credentials.get("SessionToken")}


@pytest.fixture
def data(cloud):
    return client(cloud, "iot-data")


# Publish


@pytest.mark.parametrize("qos", [0, 1])
def test_a_publish_over_https_reaches_mqtt_subscribers(cloud, data, qos):
    topic = name("room") + "/power"
    with listener(cloud, topic) as who:
        answer = data.publish(topic=topic, qos=qos, payload=b"\x00\xffbytes")
        assert who.wait("message") == (topic, b"\x00\xffbytes")
        assert who.packets[0].qos == qos and not who.packets[0].retain
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    line = lines(cloud, eventType="Publish-In", topicName=topic)[0]
    assert line["protocol"] == "HTTP" and line["status"] == "Success" and "clientId" not in line
    assert line["traceId"] == answer["ResponseMetadata"]["RequestId"]
    out = lines(cloud, eventType="Publish-Out", topicName=topic)[0]
    assert out["protocol"] == "MQTT" and out["traceId"] == line["traceId"]


@pytest.mark.parametrize("path", ["/topics/a%2Fb%20c", "/topics/a/b%20c"])
@pytest.mark.parametrize("service", ["iotdata", "iotdevicegateway"])
def test_slashes_may_be_encoded_and_both_signing_names_do(cloud, path, service):
    with listener(cloud, "a/b c") as who:
        status, headers, body = signed(cloud, "POST", path, b"x", service=service)
        assert status == 200 and headers["content-type"] == "application/json"
        answer = json.loads(body)
        assert set(answer) == {"message", "traceId"} and answer["message"] == "OK"
        assert re.fullmatch(UUID, answer["traceId"])
        assert answer["traceId"] == headers["x-amzn-RequestId"] and len(body) == 65
        assert who.wait("message") == ("a/b c", b"x")


def test_mqtt_5_properties_travel_in_the_query_and_in_headers(cloud):
    topic = name("five")
    properties = base64.b64encode(json.dumps([{"k1": "v1"}, {"k2": "v2"}]).encode()).decode()
    with listener(cloud, topic, protocol=paho.MQTTv5) as who:
        status, _, body = signed(
            cloud, "POST", f"/topics/{topic}?qos=1&contentType=text%2Fplain&responseTopic=answers"
            "&messageExpiry=100", b"x",
            headers={"x-amz-mqtt5-user-properties": properties,
                     "x-amz-mqtt5-payload-format-indicator": "UTF8_DATA",
                     "x-amz-mqtt5-correlation-data": base64.b64encode(b"\x01\x02").decode()})
        assert status == 200, body
        who.wait("message")
        got = who.packets[0].properties
    assert got.UserProperty == [("k1", "v1"), ("k2", "v2")]
    assert got.ContentType == "text/plain" and got.ResponseTopic == "answers"
    assert got.CorrelationData == b"\x01\x02" and got.PayloadFormatIndicator == 1
    assert got.MessageExpiryInterval in (99, 100)


BAD_REQUESTS = [
    ("/topics/a?qos=2", {}, 400, "InvalidRequestException"),
    ("/topics/a?responseTopic=a%2F%23", {}, 400, "InvalidRequestException"),
    ("/topics/a?messageExpiry=-1", {}, 400, "InvalidRequestException"),
    ("/topics/a%2F%23", {}, 400, "InvalidRequestException"),
    ("/topics/%24SYS%2Fa", {}, 400, "InvalidRequestException"),
    ("/topics/%24aws%2Fthings%2Ft%2Fshadow%2Fget?retain=true", {}, 400, "InvalidRequestException"),
    ("/topics/" + "%2F".join("abcdefghi"), {}, 400, "InvalidRequestException"),
    ("/topics/" + "a" * 257, {}, 400, "InvalidRequestException"),
    ("/topics/a", {"x-amz-mqtt5-correlation-data": "?"}, 400, "InvalidRequestException"),
    ("/topics/a", {"x-amz-mqtt5-user-properties": "e30="}, 400, "InvalidRequestException"),
    ("/topics/a", {"x-amz-mqtt5-payload-format-indicator": "X"}, 400, "InvalidRequestException"),
    # What is no number, no flag.
    ("/topics/a?qos=x", {}, 400, "InvalidRequestException"),
    ("/topics/a?qos=", {}, 400, "InvalidRequestException"),
    ("/topics/a?retain=1", {}, 400, "InvalidRequestException"),
    ("/topics/a?messageExpiry=abc", {}, 400, "InvalidRequestException"),
    # What no MQTT packet could carry.
    ("/topics/a%FFb", {}, 400, "InvalidRequestException"),
    ("/topics/a%00b", {}, 400, "InvalidRequestException"),
    ("/topics/a?contentType=%FF", {}, 400, "InvalidRequestException"),
    ("/topics/a?contentType=a%00b", {}, 400, "InvalidRequestException"),
    ("/topics/a?responseTopic=%FF", {}, 400, "InvalidRequestException"),
    ("/topics/a?responseTopic=a%00b", {}, 400, "InvalidRequestException"),
    ("/topics/a?x=%FF", {}, 400, "InvalidRequestException"),
    # [{"k":"\\u0000"}]
    ("/topics/a", {"x-amz-mqtt5-user-properties": "W3siayI6Ilx1MDAwMCJ9XQ=="}, 400,
     "InvalidRequestException"),
]


@pytest.mark.parametrize("path, headers, status, error", BAD_REQUESTS)
def test_what_cannot_be_published_is_refused_by_name(cloud, path, headers, status, error):
    got, answer_headers, body = signed(cloud, "POST", path, b"x", headers=headers)
    assert (got, answer_headers["x-amzn-ErrorType"]) == (status, error + ":"), body
    answer = json.loads(body)
    assert answer["message"] and answer["traceId"] == answer_headers["x-amzn-RequestId"]


def test_128_kib_are_taken_and_one_byte_more_is_not(cloud):
    topic = name("large")
    assert signed(cloud, "POST", f"/topics/{topic}", b"x" * 128 * 1024)[0] == 200
    status, headers, _ = signed(cloud, "POST", f"/topics/{topic}", b"x" * (128 * 1024 + 1))
    assert (status, headers["x-amzn-ErrorType"]) == (413, "RequestEntityTooLargeException:")


def test_the_wrong_verb_is_405_and_an_unsigned_request_403(cloud):
    status, headers, _ = signed(cloud, "GET", "/topics/a")
    assert (status, headers["x-amzn-ErrorType"]) == (405, "MethodNotAllowedException:")
    done = subprocess.run(["curl", "-s", "-o", "-", "-w", "%{http_code}", "-d", "x",
                           cloud.ready["http_endpoint"] + "/topics/a"],
                          capture_output=True, text=True, timeout=20)
    assert done.stdout.endswith("403") and '"traceId"' in done.stdout


def test_curl_signs_and_publishes(cloud):
    topic = name("curl")
    with listener(cloud, topic) as who:
        done = subprocess.run(
            ["curl", "-sS", "--aws-sigv4", f"aws:amz:{cloud.ready['region']}:iotdata", "--user",
             "test:test", "-H", "Content-Type: application/octet-stream", "--data", "hello",
             f"{cloud.ready['http_endpoint']}/topics/{topic}?qos=1"],
            capture_output=True, text=True, timeout=20)
        assert '"message":"OK"' in done.stdout, done.stdout + done.stderr
        assert who.wait("message") == (topic, b"hello")


# Both locks


def test_a_cognito_user_needs_both_locks_over_https_too(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect(attach=False)
    mine = client(cloud, "iot-data", **keys_of(credentials))
    topic = "$aws/things/device_1/shadow/update"
    body = b'{"state":{"desired":{"power":"OFF"}}}'
    with pytest.raises(mine.exceptions.ClientError) as refused:
        mine.publish(topic=topic, qos=1, payload=body)
    assert refused.value.response["Error"]["Code"] == "ForbiddenException"
    assert refused.value.response["Error"]["Message"] == "Forbidden"
    denied = lines(cloud, eventType="Publish-In", status="Failure", topicName=topic)[-1]
    assert denied["protocol"] == "HTTP" and denied["reason"] == "AUTHORIZATION_FAILURE"
    assert "no IoT policy is attached" in denied["explanation"]
    article.attach(identity_id)
    mine.publish(topic=topic, qos=1, payload=body)


def test_retaining_needs_retain_publish_of_the_role_alone(cloud):
    arn = f"arn:aws:iot:{cloud.ready['region']}:{cloud.ready['account']}:topic/"
    publish = allow("iot:Publish", arn + "*")
    without = Article(cloud, [publish], [publish])
    identity_id, credentials = without.user_ready_to_connect()
    mine = client(cloud, "iot-data", **keys_of(credentials))
    mine.publish(topic="kept", payload=b"x")
    with pytest.raises(mine.exceptions.ClientError) as refused:
        mine.publish(topic="kept", payload=b"x", retain=True)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    both = Article(cloud, [publish, allow("iot:RetainPublish", arn + "*")], [publish])
    _, credentials = both.user_ready_to_connect()
    client(cloud, "iot-data", **keys_of(credentials)).publish(topic="kept", payload=b"", retain=True)


def test_shadow_calls_ask_for_the_thing_and_named_shadows_for_their_own(cloud):
    arn = f"arn:aws:iot:{cloud.ready['region']}:{cloud.ready['account']}:thing/lamp"
    granted = allow("iot:GetThingShadow", arn)
    article = Article(cloud, [granted], [granted])
    _, credentials = article.user_ready_to_connect()
    mine = client(cloud, "iot-data", **keys_of(credentials))
    with pytest.raises(mine.exceptions.ResourceNotFoundException):
        mine.get_thing_shadow(thingName="lamp")
    for refused in (lambda: mine.get_thing_shadow(thingName="lamp", shadowName="cfg"),
                    lambda: mine.update_thing_shadow(thingName="lamp", payload=b"{}")):
        with pytest.raises(mine.exceptions.ClientError) as seen:
            refused()
        assert seen.value.response["Error"]["Code"] == "ForbiddenException"


# Shadows


def test_a_shadow_over_https_is_the_one_over_mqtt(cloud, data):
    thing = name("plug")
    prefix = f"$aws/things/{thing}/shadow"
    with listener(cloud, f"{prefix}/#") as device:
        with pytest.raises(data.exceptions.ResourceNotFoundException) as missing:
            data.get_thing_shadow(thingName=thing)
        assert missing.value.response["Error"]["Message"] == f"No shadow exists with name: '{thing}'"
        update = json.dumps({"state": {"desired": {"power": "OFF"}}, "clientToken": "app-1"})
        accepted = json.loads(
            data.update_thing_shadow(thingName=thing, payload=update.encode())["payload"].read())
        stamp = accepted["timestamp"]
        assert accepted == {"state": {"desired": {"power": "OFF"}},
                            "metadata": {"desired": {"power": {"timestamp": stamp}}},
                            "version": 1, "timestamp": stamp, "clientToken": "app-1"}
        device.wait("message", count=3)
        got = {topic: json.loads(payload) for topic, payload in device.all("message")}
        assert set(got) == {f"{prefix}/update/{end}" for end in ("accepted", "documents", "delta")}
        assert got[f"{prefix}/update/delta"]["state"] == {"power": "OFF"}
        device.client.publish(f"{prefix}/update", '{"state":{"reported":{"power":"OFF"}}}', 1)
        wait_until(lambda: json.loads(
            data.get_thing_shadow(thingName=thing)["payload"].read())["version"] == 2)
        document = json.loads(data.get_thing_shadow(thingName=thing)["payload"].read())
        assert document["state"] == {"desired": {"power": "OFF"}, "reported": {"power": "OFF"}}
        with pytest.raises(data.exceptions.ConflictException):
            data.update_thing_shadow(thingName=thing, payload=b'{"state":{},"version":1}')
        gone = json.loads(data.delete_thing_shadow(thingName=thing)["payload"].read())
        assert set(gone) == {"version", "timestamp"} and gone["version"] == 2
        wait_until(lambda: any(t == f"{prefix}/delete/accepted" for t, _ in device.all("message")))
    seen = [line["topicName"] for line in lines(cloud, eventType="UpdateThingShadow",
                                                deviceShadowName=thing, protocol="HTTP")]
    assert seen == [f"{prefix}/update"] * 2


SHADOW_ERRORS = [
    (b"{", "InvalidRequestException", "Payload contains invalid json"),
    (b"{}", "InvalidRequestException", "Missing required node: state"),
    (b'{"state":5}', "InvalidRequestException", "State node must be an object"),
    (b'{"state":{"desired":{"a":"' + b"x" * 8192 + b'"}}}', "RequestEntityTooLargeException",
     "The payload exceeds the maximum size allowed"),
    (b"\xff", "UnsupportedDocumentEncodingException", "Unsupported documented encoding"),
]


@pytest.mark.parametrize("payload, code, message", SHADOW_ERRORS)
def test_shadow_errors_have_awss_names_over_https(cloud, data, payload, code, message):
    with pytest.raises(data.exceptions.ClientError) as refused:
        data.update_thing_shadow(thingName=name("t"), payload=payload)
    error = refused.value.response["Error"]
    assert error["Code"] == code and error["Message"].startswith(message)


def test_named_shadows_are_listed_in_pages_without_deleted_ones(cloud, data):
    thing = name("many")
    for each in ("b", "a", "c", "gone"):
        data.update_thing_shadow(thingName=thing, shadowName=each, payload=b'{"state":{}}')
    data.update_thing_shadow(thingName=thing, payload=b'{"state":{}}')
    data.delete_thing_shadow(thingName=thing, shadowName="gone")
    first = data.list_named_shadows_for_thing(thingName=thing, pageSize=2)
    assert first["results"] == ["a", "b"] and isinstance(first["timestamp"], int)
    rest = data.list_named_shadows_for_thing(thingName=thing, nextToken=first["nextToken"])
    assert rest["results"] == ["c"] and "nextToken" not in rest
    assert data.list_named_shadows_for_thing(thingName=name("nobody"))["results"] == []
    with pytest.raises(data.exceptions.InvalidRequestException):
        data.list_named_shadows_for_thing(thingName=thing, nextToken="?")


def test_named_shadows_come_25_to_a_page_and_retained_messages_200(cloud, data):
    thing, base = name("page"), name("page")
    for i in range(26):
        data.update_thing_shadow(thingName=thing, shadowName=f"s{i:02}", payload=b'{"state":{}}')
    first = data.list_named_shadows_for_thing(thingName=thing)
    assert first["results"] == [f"s{i:02}" for i in range(25)]
    rest = data.list_named_shadows_for_thing(thingName=thing, nextToken=first["nextToken"])
    assert rest["results"] == ["s25"] and "nextToken" not in rest
    with listener(cloud) as writer:
        for i in range(201):
            writer.client.publish(f"{base}/{i}", "x", qos=1, retain=True)
        writer.wait("puback", 201)
        page = data.list_retained_messages()
        assert len(page["retainedTopics"]) == 200 and page["nextToken"]
        for i in range(201):
            writer.client.publish(f"{base}/{i}", "", qos=1, retain=True)
        writer.wait("puback", 402)


def test_a_publish_over_https_on_a_shadow_topic_asks_the_service(cloud, data):
    thing = name("rest")
    with listener(cloud, f"$aws/things/{thing}/shadow/get/+") as who:
        data.publish(topic=f"$aws/things/{thing}/shadow/get", qos=1, payload=b"")
        topic, payload = who.wait("message")
    assert topic.endswith("/get/rejected")
    assert json.loads(payload) == {"code": 404, "message": f"No shadow exists with name: '{thing}'"}


# Retained messages


def test_retained_messages_over_https(cloud, data):
    base = name("kept")
    before = int(time.time() * 1000)
    for i in range(3):
        data.publish(topic=f"{base}/{i}", qos=1, retain=True, payload=b"x" * (i + 1))
    got = data.get_retained_message(topic=f"{base}/1")
    assert (got["topic"], got["payload"], got["qos"]) == (f"{base}/1", b"xx", 1)
    assert before - 1000 <= got["lastModifiedTime"] <= before + 60_000  # milliseconds
    assert got.get("userProperties") is None
    found, token = [], None
    while True:
        page = data.list_retained_messages(maxResults=2, **({"nextToken": token} if token else {}))
        assert len(page["retainedTopics"]) <= 2
        found += page["retainedTopics"]
        token = page.get("nextToken")
        if not token:
            break
    mine = [one for one in found if one["topic"].startswith(base)]
    assert [(m["topic"], m["payloadSize"], m["qos"]) for m in mine] == [
        (f"{base}/{i}", i + 1, 1) for i in range(3)]
    with listener(cloud, f"{base}/2") as who:
        assert who.wait("message") == (f"{base}/2", b"xxx") and who.packets[0].retain
    data.publish(topic=f"{base}/1", retain=True, payload=b"")
    with pytest.raises(data.exceptions.ResourceNotFoundException) as gone:
        data.get_retained_message(topic=f"{base}/1")
    assert gone.value.response["Error"]["Message"] == f"No retained message exists with topic: '{base}/1'"
    with pytest.raises(data.exceptions.InvalidRequestException):
        data.list_retained_messages(maxResults=201)
    line = lines(cloud, eventType="GetRetainedMessage", topicName=f"{base}/1")[0]
    assert line["qos"] == "1" and line["protocol"] == "HTTP" and line["lastModifiedDate"]
    assert lines(cloud, eventType="ListRetainedMessage")


def test_user_properties_of_a_retained_message_come_back(cloud):
    topic = name("properties")
    properties = base64.b64encode(b'[{"a":"1"},{"a":"2"}]').decode()
    assert signed(cloud, "POST", f"/topics/{topic}?retain=true", b"x",
                  headers={"x-amz-mqtt5-user-properties": properties})[0] == 200
    got = json.loads(signed(cloud, "GET", f"/retainedMessage/{topic}")[2])
    assert json.loads(base64.b64decode(got["userProperties"])) == [{"a": "1"}, {"a": "2"}]


def test_what_https_was_answered_outlives_kill_9(tmp_path):
    with LocalCloud(data=tmp_path) as running:
        data = client(running, "iot-data")
        data.publish(topic="kept", qos=1, retain=True, payload=b"x")
        data.update_thing_shadow(thingName="t", payload=b'{"state":{"desired":{"a":1}}}')
        running.kill()
    with LocalCloud(data=tmp_path) as running:
        data = client(running, "iot-data")
        assert data.get_retained_message(topic="kept")["payload"] == b"x"
        assert json.loads(data.get_thing_shadow(thingName="t")["payload"].read())["version"] == 1


# Connections


def test_a_connection_can_be_looked_at_and_ended(cloud):
    client_id = name("device")
    presence = f"$aws/events/presence/disconnected/{client_id}"
    with listener(cloud, presence, "wills") as watcher:
        device = listener(cloud, "a/b", "c", client_id=client_id, will=("wills", 1, False))
        status, _, body = signed(cloud, "GET", f"/connections/{client_id}")
        seen = json.loads(body)
        assert status == 200 and seen["connected"] and seen["cleanSession"]
        assert seen["clientId"] == client_id and seen["keepAliveDuration"] == 60
        assert abs(seen["connectedSince"] - time.time() * 1000) < 60_000
        assert "sourceIp" not in seen
        seen = json.loads(signed(
            cloud, "GET", f"/connections/{client_id}?includeSocketInformation=true")[2])
        assert seen["sourceIp"] == "127.0.0.1" and seen["targetPort"] == cloud.port
        page = json.loads(signed(cloud, "GET",
                                 f"/connections/{client_id}/subscriptions?maxResults=1")[2])
        assert page["subscriptions"] == [{"topicFilter": "a/b", "qos": 1}]
        page = json.loads(signed(cloud, "GET", f"/connections/{client_id}/subscriptions?nextToken="
                                 + urllib.parse.quote(page["nextToken"]))[2])
        assert page == {"subscriptions": [{"topicFilter": "c", "qos": 1}]}
        device.client.reconnect_delay_set(30, 30)
        status, _, body = signed(cloud, "DELETE", f"/connections/{client_id}")
        assert (status, body) == (200, b"")
        device.wait("disconnect")
        watcher.wait("message", count=2)
        got = dict(watcher.all("message"))
        assert json.loads(got[presence])["disconnectReason"] == "API_INITIATED_DISCONNECT"
        assert got["wills"] == b"gone"
        device.close()
        seen = json.loads(signed(cloud, "GET", f"/connections/{client_id}")[2])
        assert not seen["connected"] and seen["disconnectReason"] == "API_INITIATED_DISCONNECT"
        assert seen["disconnectedSince"]
        for method in ("DELETE",):
            status, headers, body = signed(cloud, method, f"/connections/{client_id}")
            assert (status, headers["x-amzn-ErrorType"]) == (404, "ResourceNotFoundException:")
            assert json.loads(body)["message"] == f"No connection exists with client ID: '{client_id}'"
    assert [e["clientId"] for e in lines(cloud, eventType="DeleteConnection", status="Success")
            if e["clientId"] == client_id] == [client_id]


def test_ending_a_connection_can_drop_its_session_and_keep_its_will_back(cloud):
    client_id = name("device")
    with listener(cloud, "silent-wills") as watcher:
        device = listener(cloud, "a", client_id=client_id, will=("silent-wills", 1, False),
                          clean=False)
        device.client.reconnect_delay_set(30, 30)
        status, _, _ = signed(
            cloud, "DELETE", f"/connections/{client_id}?cleanSession=true&preventWillMessage=true")
        assert status == 200
        device.wait("disconnect")
        device.close()
        status, _, body = signed(cloud, "GET", f"/connections/{client_id}/subscriptions")
        assert status == 200 and json.loads(body)["subscriptions"] == []
        time.sleep(0.2)
        assert watcher.all("message") == []


@pytest.mark.parametrize("path", [
    "/connections/m?includeSocketInformation=maybe",
    "/connections/m/subscriptions?maxResults=many",
    "/retainedMessage?maxResults=many",
    "/api/things/shadow/ListNamedShadowsForThing/x?pageSize=abc",
])
def test_query_parameters_that_are_no_number_or_flag_are_refused_by_name(cloud, path):
    status, headers, body = signed(cloud, "GET", path)
    assert (status, headers["x-amzn-ErrorType"]) == (400, "InvalidRequestException:"), body


@pytest.mark.parametrize("method, path", [
    ("POST", "/topics/a%FFb"), ("GET", "/connections/%FF"), ("GET", "/things/%FF/shadow"),
    ("GET", "/retainedMessage/%FF"), ("GET", "/things/a/shadow?name=%FF")])
def test_what_is_no_utf_8_is_refused_and_the_log_stays_readable(cloud, method, path):
    """RFC 8259 8.1: the answer is JSON, and so is each line of the log."""
    status, headers, body = signed(cloud, method, path)
    assert (status, headers["x-amzn-ErrorType"]) == (400, "InvalidRequestException:")
    assert "UTF-8" in json.loads(body)["message"]
    group = {"logGroupName": "AWSIotLogsV2"}
    for page in client(cloud, "logs").get_paginator("filter_log_events").paginate(**group):
        assert all(json.loads(one["message"]) for one in page["events"])


@pytest.mark.parametrize("path", ["/connections/%24x", "/connections/" + "x" * 129])
def test_client_ids_that_cannot_be_are_refused(cloud, path):
    status, headers, _ = signed(cloud, "GET", path)
    assert (status, headers["x-amzn-ErrorType"]) == (400, "InvalidRequestException:")


# The AWS CLI


def aws(cloud, *arguments):
    return subprocess.run(["aws", "iot-data", *arguments, "--endpoint-url",
                           cloud.ready["endpoint"]],
                          env=cloud.environment(), capture_output=True, text=True, timeout=60)


def test_the_aws_cli_publishes_and_reads_shadows(cloud, tmp_path):
    """With files: version 1 of the CLI takes a payload's text as it is, version 2 as base64."""
    topic, thing = name("cli"), name("cli")

    def payload(text):
        (tmp_path / "payload").write_text(text)
        return f"fileb://{tmp_path / 'payload'}"

    with listener(cloud, topic) as who:
        done = aws(cloud, "publish", "--topic", topic, "--qos", "1", "--payload", payload("hello"))
        assert done.returncode == 0, done.stderr
        assert who.wait("message") == (topic, b"hello")
    out = tmp_path / "shadow.json"
    done = aws(cloud, "update-thing-shadow", "--thing-name", thing, "--payload",
               payload('{"state":{"desired":{"a":1}}}'), str(out))
    assert done.returncode == 0, done.stderr
    done = aws(cloud, "get-thing-shadow", "--thing-name", thing, str(out))
    assert json.loads(out.read_text())["state"]["desired"] == {"a": 1}, done.stderr
    done = aws(cloud, "get-thing-shadow", "--thing-name", name("none"), str(out))
    assert done.returncode != 0 and "ResourceNotFoundException" in done.stderr
