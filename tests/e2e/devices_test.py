"""Devices: certificates made through the control plane, mutual TLS with programs we did not write, thing
variables, restarts, and `cogniot device simulate`.

Sources: AWS IoT developer guide, "X.509 client certificates", "Thing policy variables", "Using shadows in
devices"; AWS IoT API reference, UpdateCertificate (deactivated certificates are disconnected).
"""

import json
import signal
import socket
import ssl
import subprocess
import time

import awscrt.io
import awscrt.mqtt
import awscrt.mqtt5
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import paho.mqtt.client as paho
import pytest

from devices import FORBIDDEN, Device, ask, https, iot_of, mqtts_port, told
from local_cloud import BINARY, LocalCloud
from mqtt_clients import Events, never_let_go, wait_until
from wire import Mqtt, trusting
from wire import http as raw_http

def events(cloud, kind):
    """The log's entries of one type, oldest first."""
    answer = raw_http(cloud.port, b"GET /_cogniot/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    found = json.loads(answer.partition(b"\r\n\r\n")[2])["events"]
    return [e for e in found if e["eventType"] == kind]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("devices")


@pytest.fixture(scope="module")
def lamp(cloud, folder):
    return Device(cloud, folder, "lamp")


def test_a_device_connects_publishes_and_receives_with_its_certificate(cloud, lamp):
    client = lamp.open()
    assert client.connect("lamp") == (0x20, b"\0\0")
    client.subscribe(1, "a/b")
    assert client.read()[0] == 0x90
    client.publish("a/b", "hello", packet_id=7)
    assert {client.read()[0] & 0xf0, client.read()[0] & 0xf0} == {0x40, 0x30}
    assert events(cloud, "Connect")[-1]["principalId"] == lamp.id
    client.close()


def test_the_one_port_takes_a_certificate_by_alpn_and_asks_nobody_else_for_one(cloud, lamp):
    client = lamp.open(lamp.tls("x-amzn-mqtt-ca"), cloud.port)
    assert client.stream.selected_alpn_protocol() == "x-amzn-mqtt-ca"
    assert client.connect("lamp") == (0x20, b"\0\0")
    client.close()
    # Without it the same port is HTTP, for a client with a certificate too.
    answer = raw_http(cloud.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", tls_context=lamp.tls())
    assert answer.startswith(b"HTTP/1.1 200")
    asked = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{cloud.port}"],
                           input="", capture_output=True, text=True, timeout=20).stdout
    assert "No client certificate CA names sent" in asked and "Client Certificate Types" not in asked


def test_presence_events_name_the_certificate(cloud, lamp, folder):
    watcher = Device(cloud, folder, "watcher").open()
    watcher.connect("watcher")
    watcher.subscribe(1, "$aws/events/presence/+/lamp")
    watcher.read()
    client = lamp.open()
    client.connect("lamp")
    topic, payload, _ = watcher.read_publish()
    assert topic.endswith("connected/lamp") and json.loads(payload)["principalIdentifier"] == lamp.id
    client.close()
    watcher.close()


def test_events_name_the_thing_that_a_certificate_is_attached_to_exclusively(cloud, lamp, folder):
    watcher = Device(cloud, folder, "thing-watcher").open()
    watcher.connect("thing-watcher")
    watcher.subscribe(1, "$aws/events/+/+/some-id", "$aws/events/+/+/lamp")
    watcher.read()
    only = Device(cloud, folder, "only", attach=False)
    only.attach_exclusively()
    for device, client_id, thing in ((only, "some-id", "only"), (lamp, "lamp", None)):
        client = device.open()
        client.connect(client_id)
        client.subscribe(1, "a")
        client.read()
        client.close()
        for kind in ("connected", "subscribed", "disconnected"):
            event = json.loads(watcher.read_publish()[1])
            # Never because the client ID is the thing's name.
            assert (event["eventType"], event.get("thingName")) == (kind, thing)
    watcher.close()


def test_policy_record_gives_each_certificate_its_own_policy(cloud, folder):
    """Least privilege: what one device does is not in another's policy."""
    devices = [Device(cloud, folder, name) for name in ("recorded-1", "recorded-2")]
    for device, name in zip(devices, ("recorded-1", "recorded-2")):
        client = device.open()
        assert client.connect(name) == (0x20, b"\0\0")
        client.publish(f"of/{name}", "x", packet_id=1)
        assert client.read() == (0x40, b"\0\1")
        client.close()

    def record(*flags):
        done = subprocess.run([BINARY, "policy", "record", "--endpoint-url", cloud.ready["http_endpoint"],
                               "--output", "json", *flags], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["certificates"]

    found = {c["certificate"]: json.dumps(c["iot_policies"]["documents"]) for c in record()}
    for device, name, other in zip(devices, ("recorded-1", "recorded-2"), ("recorded-2", "recorded-1")):
        assert f"topic/of/${{iot:ClientId}}" in found[device.arn] and other not in found[device.arn]
        assert [c["certificate"] for c in record("--certificate", device.id)] == [device.arn]


def test_no_certificate_unknown_inactive_and_revoked_ones_are_closed_without_mqtt(cloud, folder):
    device = Device(cloud, folder, "refused")
    reason = lambda: events(cloud, "Connection.AuthNError")[-1]["reason"]
    for status, why in (("INACTIVE", "DEVICE_CERTIFICATE_INACTIVE"),
                        ("REVOKED", "DEVICE_CERTIFICATE_REVOKED")):
        device.iot.update_certificate(certificateId=device.id, newStatus=status)
        assert device.refused()
        assert reason() == why
        assert device.refused(context=device.tls("x-amzn-mqtt-ca"), port=cloud.port)
    assert device.refused(context=trusting(cloud.ready["ca_file"]))
    assert reason() == "NOT_AUTHENTICATED"
    with LocalCloud() as other:
        stranger = trusting(other.ready["ca_file"])
        stranger.load_cert_chain(device.cert, device.key)
        plain = socket.create_connection(("127.0.0.1", mqtts_port(other)), timeout=5)
        try:
            client = Mqtt(stranger.wrap_socket(plain, server_hostname="localhost"))
            assert client.connect("refused") is None
        except (ssl.SSLError, ConnectionError):
            pass
        entry = events(other, "Connection.AuthNError")[-1]
        assert entry["reason"] == "DEVICE_CERTIFICATE_NOT_REGISTERED"
        assert "register-certificate-without-ca" in entry["explanation"]
    device.iot.update_certificate(certificateId=device.id, newStatus="ACTIVE")
    assert not device.refused()


def test_a_deactivated_certificate_is_disconnected(cloud, folder):
    device = Device(cloud, folder, "ended")
    client = device.open()
    assert client.connect("ended")[0] == 0x20
    device.iot.update_certificate(certificateId=device.id, newStatus="INACTIVE")
    assert client.read() is None
    assert events(cloud, "Disconnect")[-1]["disconnectReason"] == "AUTH_ERROR"


def test_thing_variables_and_the_detached_policy_decide(cloud, folder):
    thing = "${iot:Connection.Thing.ThingName}"
    device = Device(cloud, folder, "own", attach=False, policy={
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": f"arn:aws:iot:*:*:client/{thing}",
                       "Condition": {"Bool": {"iot:Connection.Thing.IsAttached": "true"}}},
                      {"Effect": "Allow", "Action": "iot:Publish",
                       "Resource": f"arn:aws:iot:*:*:topic/d/{thing}"}]})
    assert device.refused()
    device.iot.attach_thing_principal(thingName="own", principal=device.arn)
    client = device.open()
    assert client.connect("own") == (0x20, b"\0\0")
    client.publish("d/own", "x", packet_id=1)
    assert client.read()[0] == 0x40
    assert device.open().connect("no-such-thing") is None
    device.iot.detach_policy(policyName="policy-own", target=device.arn)
    client.publish("d/own", "x", packet_id=2)
    assert client.read() is None


def test_a_thing_that_moves_is_judged_by_where_it_is_now(cloud, folder):
    place = "${iot:Connection.Thing.Attributes[room]}"
    device = Device(cloud, folder, "moving", policy={
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"},
                      {"Effect": "Allow", "Action": "iot:Publish",
                       "Resource": f"arn:aws:iot:*:*:topic/room/{place}"}]})
    device.iot.attach_thing_principal(thingName="moving", principal=device.arn)
    client = device.open()
    assert client.connect("moving") == (0x20, b"\0\0")
    for number in range(1, 6):  # several within one second, whenever it began
        device.iot.update_thing(thingName="moving", attributePayload={"attributes": {"room": f"r{number}"}})
        client.publish(f"room/r{number}", "x", packet_id=number)
        assert client.read() == (0x40, bytes([0, number]))


def test_a_connection_names_the_thing_that_its_certificate_alone_is(cloud, folder):
    device, shared = Device(cloud, folder, "sole", attach=False), Device(cloud, folder, "shared")
    device.attach_exclusively()
    asker = https(cloud, device.tls())
    look = lambda client_id: ask(asker, "GET", f"/connections/{client_id}")[2]
    clients = device.open(), shared.open()
    for client, client_id in zip(clients, ("another-id", "shared")):
        assert client.connect(client_id) == (0x20, b"\0\0")
    assert look("another-id")["thingName"] == "sole"
    # Not because the client ID is a thing's name, nor by an attachment that others may have, too.
    assert "thingName" not in look("shared")
    for client in (*clients, asker):
        client.close()


def test_certificates_attachments_and_states_outlive_a_kill(folder, tmp_path):
    with LocalCloud(data=tmp_path) as cloud:
        device = Device(cloud, folder, "kept")
        off = Device(cloud, folder, "off")
        off.iot.update_certificate(certificateId=off.id, newStatus="INACTIVE")
        cloud.kill()
    with LocalCloud(data=tmp_path) as cloud:
        device.cloud = off.cloud = cloud
        assert device.open().connect("kept") == (0x20, b"\0\0")
        assert off.refused()
        assert iot_of(cloud).list_thing_principals(thingName="kept")["principals"] == [device.arn]


# AWS IoT's data plane over HTTPS with a certificate: ALPN `x-amzn-http-ca` on the one port.
# Source: AWS IoT developer guide, "Device communication protocols", "HTTPS".

BY_ITS_NAME = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iot:Publish",
     "Resource": "arn:aws:iot:*:*:topic/of/${iot:Certificate.Subject.CommonName}"},
    {"Effect": "Allow", "Action": ["iot:GetThingShadow", "iot:UpdateThingShadow"],
     "Resource": "arn:aws:iot:*:*:thing/${iot:Certificate.Subject.CommonName}"}]}


def test_a_device_publishes_and_reads_its_shadow_over_https_by_its_certificate(cloud, lamp, folder):
    device = Device(cloud, folder, "by-name", policy=BY_ITS_NAME)
    # CreateKeysAndCertificate's subject has blanks, which no thing's name has.
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", device.key,
                    "-out", folder / "r.pem", "-subj", "/CN=meter"], check=True, capture_output=True)
    made = device.iot.create_certificate_from_csr(
        certificateSigningRequest=(folder / "r.pem").read_text(), setAsActive=True)
    device.cert.write_text(made["certificatePem"])
    device.iot.attach_policy(policyName="policy-by-name", target=made["certificateArn"])

    watcher = lamp.open()
    watcher.connect("lamp")
    watcher.subscribe(1, "of/meter")
    watcher.read()
    client = https(cloud, device.tls())
    # As curl -d says it.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert told(ask(client, "POST", "/topics/of/meter?qos=1", b"42 kWh", form)) == (200, None, "OK")
    assert watcher.read_publish()[:2] == ("of/meter", b"42 kWh")
    watcher.close()
    assert events(cloud, "Publish-In")[-1]["principalId"] == made["certificateId"]
    assert told(ask(client, "POST", "/topics/of/lamp?qos=1", b"x")) == FORBIDDEN
    wanted = {"state": {"reported": {"kWh": 42}}}
    assert ask(client, "POST", "/things/meter/shadow", json.dumps(wanted))[0] == 200
    assert ask(client, "GET", "/things/meter/shadow")[2]["state"] == wanted["state"]
    assert told(ask(client, "GET", "/things/lamp/shadow")) == FORBIDDEN
    refused = events(cloud, "GetThingShadow")[-1]
    assert (refused["status"], refused["reason"]) == ("Failure", "AUTHORIZATION_FAILURE")
    client.close()


def test_https_by_certificate_is_the_data_plane_and_nothing_else(cloud, lamp):
    client = https(cloud, lamp.tls())
    # The devices' own things and policies allow iot:*, but these are not for devices.
    for method, path, headers in (
            ("GET", "/things/lamp", {}), ("GET", "/_cogniot/", {}), ("GET", "/_cogniot/clock", {}),
            ("POST", "/_cogniot/faults", {}), ("GET", "/healthz", {}), ("GET", "/mqtt", {}),
            ("POST", "/", {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}),
            ("OPTIONS", "/", {"Access-Control-Request-Method": "POST"})):
        assert told(ask(client, method, path, headers=headers)) == FORBIDDEN, path
    assert ask(client, "PUT", "/topics/a")[0] == 405
    client.close()
    # The devices' own port is MQTT alone.
    context = lamp.tls("x-amzn-http-ca")
    with socket.create_connection(("127.0.0.1", mqtts_port(cloud)), timeout=5) as plain:
        assert context.wrap_socket(plain, server_hostname="localhost").selected_alpn_protocol() is None


def test_https_by_certificate_asks_for_an_active_one_at_each_request(cloud, folder):
    device = Device(cloud, folder, "revoked")
    reason = lambda: events(cloud, "Connection.AuthNError")[-1]
    client = https(cloud, device.tls())
    assert ask(client, "POST", "/topics/a", b"x")[0] == 200
    device.iot.update_certificate(certificateId=device.id, newStatus="REVOKED")
    assert told(ask(client, "POST", "/topics/a", b"x")) == FORBIDDEN
    assert (reason()["reason"], reason()["protocol"]) == ("DEVICE_CERTIFICATE_REVOKED", "HTTP")
    assert told(ask(client, "GET", "/things/revoked/shadow")) == FORBIDDEN
    device.iot.update_certificate(certificateId=device.id, newStatus="INACTIVE")
    assert told(ask(client, "POST", "/topics/a", b"x")) == FORBIDDEN
    assert reason()["reason"] == "DEVICE_CERTIFICATE_INACTIVE"
    device.iot.update_certificate(certificateId=device.id, newStatus="ACTIVE")
    assert ask(client, "POST", "/topics/a", b"x")[0] == 200
    client.close()
    with LocalCloud() as other:
        stranger = trusting(other.ready["ca_file"])
        stranger.load_cert_chain(device.cert, device.key)
        client = https(other, stranger)
        assert told(ask(client, "POST", "/topics/a", b"x")) == FORBIDDEN
        assert events(other, "Connection.AuthNError")[-1]["reason"] == "DEVICE_CERTIFICATE_NOT_REGISTERED"
        client.close()


def test_https_by_certificate_without_one_is_refused_whatever_is_signed(cloud):
    client = https(cloud, trusting(cloud.ready["ca_file"]))
    signed = botocore.awsrequest.AWSRequest("POST", f"https://localhost:{cloud.port}/topics/a", data=b"x")
    botocore.auth.SigV4Auth(botocore.credentials.Credentials("test", "test"), "iotdata",
                            cloud.ready["region"]).add_auth(signed)
    for headers in ({}, dict(signed.headers)):
        assert told(ask(client, "POST", "/topics/a", b"x", headers)) == FORBIDDEN
        assert events(cloud, "Connection.AuthNError")[-1]["reason"] == "NOT_AUTHENTICATED"
    client.close()


# Programs we did not write.

def test_mosquitto_pub_and_sub(cloud, lamp):
    flags = ["-h", "localhost", "-p", str(mqtts_port(cloud)), "--cafile", cloud.ready["ca_file"],
             "--cert", str(lamp.cert), "--key", str(lamp.key), "-q", "1", "-t", "m/t"]
    listener = subprocess.Popen(["mosquitto_sub", *flags, "-i", "m-sub", "-C", "1"],
                                stdout=subprocess.PIPE, text=True)
    wait_until(lambda: any(e["clientId"] == "m-sub" for e in events(cloud, "Subscribe")))
    subprocess.run(["mosquitto_pub", *flags, "-i", "m-pub", "-m", "grüß Gott"], check=True, timeout=20)
    assert listener.communicate(timeout=20)[0] == "grüß Gott\n"


@pytest.mark.parametrize("protocol", [paho.MQTTv311, paho.MQTTv5])
def test_paho(cloud, lamp, protocol):
    seen = Events()
    client = paho.Client(f"paho-{protocol}", protocol=protocol)
    client.tls_set(cloud.ready["ca_file"], str(lamp.cert), str(lamp.key))
    client.on_connect = lambda c, *_: c.subscribe("p/t", 1)
    client.on_subscribe = lambda c, *_: c.publish("p/t", b"there", 1)
    client.on_message = lambda c, u, m: seen.add("message", m.payload)
    client.connect("localhost", mqtts_port(cloud))
    client.loop_start()
    assert seen.wait("message") == b"there"
    client.disconnect()
    client.loop_stop()


def crt_tls(cloud, device, alpn):
    options = awscrt.io.TlsContextOptions.create_client_with_mtls_from_path(str(device.cert), str(device.key))
    options.override_default_trust_store_from_path(ca_filepath=cloud.ready["ca_file"])
    if alpn:
        options.alpn_list = [alpn]
    return awscrt.io.ClientTlsContext(options)


@pytest.mark.parametrize("alpn", [None, "x-amzn-mqtt-ca"])
def test_awscrt_with_mqtt_311(cloud, lamp, alpn):
    client = awscrt.mqtt.Client(tls_ctx=crt_tls(cloud, lamp, alpn))
    connection = awscrt.mqtt.Connection(client, "localhost", cloud.port if alpn else mqtts_port(cloud),
                                        f"crt-{alpn}")
    connection.connect().result(10)
    got = Events()
    subscribed, _ = connection.subscribe("c/t", awscrt.mqtt.QoS.AT_LEAST_ONCE,
                                         lambda topic, payload, **_: got.add("message", payload))
    subscribed.result(10)
    published, _ = connection.publish("c/t", "there", awscrt.mqtt.QoS.AT_LEAST_ONCE)
    published.result(10)
    assert got.wait("message") == b"there"
    connection.disconnect().result(10)


@pytest.mark.parametrize("alpn", [None, "x-amzn-mqtt-ca"])
def test_awscrt_with_mqtt_5(cloud, lamp, alpn):
    seen, crt = Events(), awscrt.mqtt5
    client = crt.Client(crt.ClientOptions(
        host_name="localhost", port=cloud.port if alpn else mqtts_port(cloud), tls_ctx=crt_tls(cloud, lamp, alpn),
        connect_options=crt.ConnectPacket(client_id=f"crt5-{alpn}"),
        on_lifecycle_event_connection_success_fn=lambda d: seen.add("connect", d),
        on_lifecycle_event_stopped_fn=lambda d: seen.add("stopped")))
    never_let_go(client)
    client.start()
    seen.wait("connect")
    acked = client.publish(crt.PublishPacket(topic="c/t", payload="x", qos=crt.QoS.AT_LEAST_ONCE)).result(10)
    assert acked.puback.reason_code == 0
    client.stop()
    seen.wait("stopped")


# `cogniot device simulate`.

class Simulated:
    """A running simulator and the lines it printed."""

    def __init__(self, cloud, *arguments):
        self.process = subprocess.Popen([BINARY, "device", "simulate", *arguments], env=cloud.environment(),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []

    def until(self, **wanted):
        """The first line from here on that has these members."""
        for line in self.process.stdout:
            entry = json.loads(line)
            self.lines.append(entry)
            if all(entry.get(name) == value for name, value in wanted.items()):
                return entry
        raise AssertionError(f"no {wanted} among {self.lines}; {self.process.stderr.read()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, err
        self.lines += [json.loads(line) for line in out.splitlines()]
        return self.lines


def application(device, thing):
    """An MQTT client that updates shadows and reads them."""
    client = device.open()
    client.connect(f"app-{time.monotonic_ns()}")
    client.subscribe(1, f"$aws/things/{thing}/shadow/get/accepted")
    client.read()
    return client


def desire(client, thing, state):
    client.publish(f"$aws/things/{thing}/shadow/update", json.dumps({"state": {"desired": state}}), packet_id=5)
    while client.read()[0] != 0x40:
        pass


def state_of(client, thing):
    # Others ask, too, and everybody hears the answers.
    token = f"app-{time.monotonic_ns()}"
    client.publish(f"$aws/things/{thing}/shadow/get", json.dumps({"clientToken": token}))
    while True:
        answer = json.loads(client.read_publish()[1])
        if answer.get("clientToken") == token:
            return answer["state"]


def test_a_simulated_device_provisions_itself_and_does_what_is_desired(cloud, lamp, tmp_path):
    app = application(lamp, "sim")
    device = Simulated(cloud, "--thing", "sim", "--provision", "--directory", str(tmp_path))
    assert device.until(event="provisioned")["certificate"].startswith("arn:aws:iot:")
    assert (tmp_path / "sim.private.key").stat().st_mode & 0o777 == 0o600
    device.until(event="no shadow")
    desire(app, "sim", {"power": "OFF", "colour": {"r": 1}})
    delta = device.until(event="delta")
    assert delta["state"] == {"power": "OFF", "colour": {"r": 1}}
    device.until(event="reported")
    state = state_of(app, "sim")
    assert state["reported"] == state["desired"] and "delta" not in state
    device.stop()

    # Missed while away; its files are used again.
    desire(app, "sim", {"power": "ON"})
    device = Simulated(cloud, "--thing", "sim", "--provision", "--directory", str(tmp_path))
    assert device.until(event="applied")["state"] == {"power": "ON"}
    device.until(event="reported")
    assert state_of(app, "sim")["reported"] == {"power": "ON", "colour": {"r": 1}}
    assert not [e for e in device.stop() if e["event"] == "provisioned"]


def test_many_devices_that_lose_their_connections_catch_up(cloud, lamp, tmp_path):
    app = application(lamp, "+")
    names = [f"many-{i}" for i in (1, 2, 3)]
    devices = Simulated(cloud, "--thing", "many", "--count", "3", "--provision", "--directory", str(tmp_path),
                        "--jitter", "50", "--drop", "2", "--seed", "7", "--for", "15")
    for name in names:
        devices.until(event="connected", thing=name)
    for n in range(5):
        for name in names:
            desire(app, name, {"n": n})
        time.sleep(0.4)
    out, err = devices.process.communicate(timeout=60)
    assert devices.process.returncode == 0, err
    lines = devices.lines + [json.loads(line) for line in out.splitlines()]
    assert any(e["event"] == "dropped" for e in lines)
    assert not [e for e in lines if e["event"] in ("trouble", "ended")], lines
    for name in names:
        applied = [e["version"] for e in lines if e["event"] == "applied" and e["thing"] == name]
        assert applied == sorted(set(applied))
        state = state_of(app, name)
        assert state["reported"] == state["desired"] == {"n": 4}


def test_the_simulator_says_what_is_wrong(cloud, folder, tmp_path):
    def run(*arguments):
        done = subprocess.run([BINARY, "device", "simulate", *arguments], env=cloud.environment(),
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr
    assert run("--thing", "x")[0] == 2
    assert "--cert and --key belong together" in run("--thing", "x", "--cert", "a")[1]
    assert "a b" in run("--thing", "a b", "--provision")[1]
    code, said = run("--thing", "x", "--cert", "/no/such/file", "--key", "/no/such/key")
    assert code == 2 and "/no/such/file" in said
    other = Device(cloud, folder, "nobody", policy=None)
    code, said = run("--thing", "nobody", "--cert", str(other.cert), "--key", str(other.key), "--for", "30")
    assert code == 5, said
