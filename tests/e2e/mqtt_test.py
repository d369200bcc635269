"""MQTT: the WebSocket door with its refusals, the plain listener, and shadows.

Expected texts: AWS IoT developer guide and observed answers of the device gateway.
"""

import datetime
import json
import ssl
import socket

import pytest

from devices import Device
from wire import Mqtt, WebSocket, http, parse, presign, trusting, upgrade_request

MISMATCH = ("The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.")


def host(cloud):
    return f"localhost:{cloud.port}"


def refused(cloud, query, name=None, **more):
    status, headers, body = parse(http(cloud.port, upgrade_request(query, name or host(cloud), **more)))
    answer = json.loads(body)
    assert headers["x-amzn-requestid"] == answer["traceId"]
    assert headers["content-type"] == "application/json"
    return status, headers["x-amzn-errortype"], answer["message"]


def last_log(cloud):
    return [json.loads(l) for l in cloud.log().splitlines() if l.startswith('{"timestamp')][-1]


@pytest.mark.parametrize("service", ["iotdevicegateway", "iotdata"])
@pytest.mark.parametrize("signed", ["localhost:{port}", "localhost"])
def test_a_presigned_url_opens_whatever_of_the_host_was_signed(cloud, service, signed):
    query = presign(signed.format(port=cloud.port), "test", "test", service=service)
    for sent in (host(cloud), "localhost"):
        ws = WebSocket(cloud.port, query, sent)
        assert ws.status == 101
        assert ws.header("sec-websocket-protocol") == "mqtt"
        ws.close()


@pytest.mark.parametrize("offered, chosen", [("mqtt", "mqtt"), ("mqttv3.1", "mqttv3.1"),
                                             ("mqttv3.1, mqtt", "mqtt"), ("mqtt,mqttv3.1", "mqtt"),
                                             (None, None), ("other", None)])
def test_the_subprotocol_is_the_one_that_was_offered(cloud, offered, chosen):
    ws = WebSocket(cloud.port, presign(host(cloud), "test", "test"), host(cloud), protocols=offered)
    assert ws.status == 101
    assert ws.header("sec-websocket-protocol") == chosen


def test_root_connects_publishes_and_receives_over_tls(cloud):
    ws = WebSocket(cloud.port, presign(host(cloud), "test", "test"), host(cloud),
                   tls_context=trusting(cloud.ready["ca_file"]))
    client = Mqtt(ws)
    assert client.connect("root-1") == (0x20, b"\0\0")
    client.subscribe(1, "a/b")
    assert client.read() == (0x90, b"\0\1\1")
    client.publish("a/b", "hello", packet_id=7)
    got = {client.read() for _ in range(2)}
    assert (0x40, b"\0\7") in got
    assert any(first >> 4 == 3 and body.endswith(b"hello") for first, body in got)


def test_wrong_signatures_are_403_with_the_gateways_body(cloud):
    assert refused(cloud, presign(host(cloud), "test", "test", tamper=True)) == (
        403, "ForbiddenException:", MISMATCH)
    assert refused(cloud, presign(host(cloud), "test", "wrong"))[0] == 403
    assert refused(cloud, presign("elsewhere:1", "test", "test"))[0] == 403
    line = last_log(cloud)
    assert (line["eventType"], line["reason"]) == ("Connection.AuthNError",
                                                   "SECURITY_TOKEN_SIGNATURE_MISMATCH")
    assert line["details"] == "Request signature does not match the signature provided"
    assert (line["protocol"], line["authenticationType"]) == ("MQTT", "AWS_SIGV4")


@pytest.mark.parametrize("region", ["us-east-1", "zz-any-1", ""])
def test_a_scope_for_a_region_that_is_not_the_brokers(cloud, region):
    """ARNs are made with the region: who could choose it would step around a deny that names it."""
    assert refused(cloud, presign(host(cloud), "test", "test", region=region)) == (
        403, "ForbiddenException:", f"Credential should be scoped to a valid region, not '{region}'. ")
    line = last_log(cloud)
    assert (line["eventType"], line["reason"]) == ("Connection.AuthNError",
                                                   "SECURITY_TOKEN_SIGNATURE_MISMATCH")
    assert region == "" or "broker is in ap-northeast-1" in line["explanation"]


def test_an_unknown_key_and_no_signature_at_all(cloud):
    assert refused(cloud, presign(host(cloud), "AKIANOBODY", "x")) == (
        403, "ForbiddenException:", "The security token included in the request is invalid.")
    assert last_log(cloud)["reason"] == "SECURITY_TOKEN_INVALID"
    assert refused(cloud, "") == (403, "ForbiddenException:", "Forbidden")
    assert last_log(cloud)["reason"] == "NOT_AUTHENTICATED"


def test_a_malformed_credential_is_400(cloud):
    query = presign(host(cloud), "test", "test").replace("aws4_request", "aws4_request%2Fmore")
    status, name, _ = refused(cloud, query)
    assert (status, name) == (400, "InvalidRequestException:")


@pytest.mark.parametrize("minutes, start", [(-6, "Signature expired: "), (6, "Signature not yet current: ")])
def test_a_stale_or_early_url_says_so(cloud, minutes, start):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    status, _, message = refused(cloud, presign(host(cloud), "test", "test", at=at))
    assert status == 403
    assert message.startswith(start + at.strftime("%Y%m%dT%H%M%SZ"))


def test_get_mqtt_without_upgrade_is_426(cloud):
    query = presign(host(cloud), "test", "test")
    request = f"GET /mqtt?{query} HTTP/1.1\r\nHost: {host(cloud)}\r\n\r\n".encode()
    status, headers, _ = parse(http(cloud.port, request))
    assert status == 426
    assert headers["upgrade"] == "websocket"


def test_the_plain_listener_allows_everything_to_everybody(cloud):
    one, two = Mqtt.tcp(cloud.ready["insecure_mqtt"]), Mqtt.tcp(cloud.ready["insecure_mqtt"])
    assert one.connect("tool-1") == (0x20, b"\0\0")
    assert two.connect("tool-2") == (0x20, b"\0\0")
    one.subscribe(1, "x/#")
    assert one.read() == (0x90, b"\0\1\1")
    two.publish("x/y", "payload", packet_id=3)
    assert two.read() == (0x40, b"\0\3")
    assert one.read_publish()[:2] == ("x/y", b"payload")


@pytest.mark.parametrize("door", ["plain", "websocket", "mqtts"])
def test_who_ends_its_own_side_reads_the_answers_first(cloud, door, tmp_path):
    """RFC 9293 3.6: a half-closed connection still receives; so does `printf … | nc -N`."""
    if door == "plain":
        one = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        end = one.stream
    elif door == "websocket":
        one = Mqtt(WebSocket(cloud.port, presign(host(cloud), "test", "test"), host(cloud)))
        end = one.stream.socket
    else:
        one = Device(cloud, tmp_path, "half-closer").open()
        end = one.stream
    # All at once: nothing is answered yet when the end is there.
    one.send(0x10, b"\0\4MQTT\4\2\0\x3c\0\4half")
    one.publish("half/closed", "last words", packet_id=7)
    one.subscribe(8, "half/closed")
    # On TLS this is TCP's half-close beneath it.
    socket.socket.shutdown(end, socket.SHUT_WR)
    assert one.read() == (0x20, b"\0\0")
    assert one.read() == (0x40, b"\0\7")
    assert one.read() == (0x90, b"\0\x08\1")
    assert one.read() is None
    one.close()


def test_alpn_for_certificates_without_one_is_refused_on_the_shared_port(cloud):
    context = trusting(cloud.ready["ca_file"])
    context.set_alpn_protocols(["x-amzn-mqtt-ca"])
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=5) as s:
        with context.wrap_socket(s, server_hostname="localhost") as tls:
            assert tls.selected_alpn_protocol() == "x-amzn-mqtt-ca"
            try:
                assert tls.recv(1) == b""
            except (ConnectionResetError, ssl.SSLError):
                pass
    line = last_log(cloud)
    assert (line["authenticationType"], line["reason"]) == ("AWS_X509", "NOT_AUTHENTICATED")
    assert (line["targetPort"], line["serverNameIndication"]) == (cloud.port, "localhost")


def test_a_shadow_update_is_accepted_documented_and_leaves_a_delta(cloud):
    watcher = Mqtt.tcp(cloud.ready["insecure_mqtt"])
    watcher.connect("watcher")
    topics = [f"$aws/things/lamp/shadow/update/{n}" for n in ("accepted", "rejected", "delta", "documents")]
    watcher.subscribe(1, *topics)
    watcher.read()
    watcher.publish("$aws/things/lamp/shadow/update",
                    '{"state":{"desired":{"power":"OFF"}},"clientToken":"t"}', packet_id=2)
    heard = {}
    while len(heard) < 3:
        topic, payload, _ = watcher.read_publish()
        heard[topic.rsplit("/", 1)[1]] = json.loads(payload)
    assert heard["accepted"]["state"] == {"desired": {"power": "OFF"}}
    assert heard["accepted"]["version"] == heard["delta"]["version"] == 1
    assert heard["delta"]["state"] == {"power": "OFF"}
    assert heard["documents"]["previous"] is None
    assert all(m["clientToken"] == "t" for m in heard.values())
    watcher.publish("$aws/things/lamp/shadow/update", "{", packet_id=3)
    assert watcher.read_publish()[:2] == (topics[1], b'{"code":400,"message":"Invalid JSON"}')


def test_a_will_on_a_shadows_topic_reaches_subscribers_but_not_the_shadow(cloud):
    """AWS IoT developer guide, reserved topics: the shadow service ignores wills."""
    watcher = Mqtt.tcp(cloud.ready["insecure_mqtt"])
    watcher.connect("will-watcher")
    watcher.subscribe(1, "$aws/things/mourned/shadow/#")
    watcher.read()
    ws = WebSocket(cloud.port, presign(host(cloud), "test", "test"), host(cloud))
    lost = Mqtt(ws)
    topic, will = "$aws/things/mourned/shadow/update", '{"state":{"reported":{"connected":false}}}'
    assert lost.connect_with_will("mourned", topic, will) == (0x20, b"\0\0")
    ws.close()
    assert watcher.read_publish()[:2] == (topic, will.encode())
    watcher.publish("$aws/things/mourned/shadow/get", "", packet_id=2)
    heard = [watcher.read_publish()[:2] for _ in range(2)]
    assert heard[1][0].endswith("/get/rejected") and b'"code":404' in heard[1][1]
