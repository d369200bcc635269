"""Every cause of a lost connection in the table of causes (AWS IoT, from public reports), made with a
real client: what the client sees is what AWS shows, and the log names the cause and what to do.

`explanation` is ours; the other fields are AWSIotLogsV2's.
"""

import base64
import contextlib
import datetime
import hashlib
import json
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.request

import awscrt.exceptions
import awscrt.mqtt
import awscrt.mqtt5
import paho.mqtt.client as paho
import pytest
from article import PASSWORD, Article, allow, client, mqtt_connection
from local_cloud import BINARY, LocalCloud
from mqtt_clients import Crt5, Paho, wait_until
from wire import Mqtt, WebSocket, http, packet, parse, presign, text, upgrade_request

QOS1 = awscrt.mqtt.QoS.AT_LEAST_ONCE
CONN_LOST = 7  # paho's own code for a connection that ended without a word
SUB = "${cognito-identity.amazonaws.com:sub}"


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud("--log-level", "info") as running:
        yield running


class User:
    """A Cognito user who signed in, with what the policies say; `*` stands for any device topic."""

    def __init__(self, cloud, role=None, iot=None, attach=True):
        self.cloud = cloud
        self.arn = f"arn:aws:iot:{cloud.ready['region']}:{cloud.ready['account']}:"
        generous = [allow("iot:Connect", self.arn + "client/*"),
                    allow(["iot:Publish", "iot:Receive"], self.arn + "topic/home/*"),
                    allow("iot:Subscribe", self.arn + "topicfilter/*")]
        self.article = Article(cloud, role and role(self.arn) or generous,
                               iot and iot(self.arn) or generous)
        self.identity_id, self.credentials = self.article.user_ready_to_connect(attach=attach)

    def environment(self):
        stack = self.article
        own = {"COGNIOT_USERNAME": "alice", "COGNIOT_PASSWORD": PASSWORD,
               "COGNIOT_APP_CLIENT_ID": stack.client_id,
               "COGNIOT_APP_CLIENT_SECRET": stack.client_secret,
               "COGNIOT_USER_POOL_ID": stack.pool_id,
               "COGNIOT_IDENTITY_POOL_ID": stack.identity_pool_id,
               "COGNIOT_IOT_ENDPOINT": f"localhost:{self.cloud.port}"}
        return self.cloud.environment() | own

    def cogniot(self, *arguments, **env):
        """cogniot as this user."""
        return subprocess.run([BINARY, *arguments], env=self.environment() | env,
                              capture_output=True, text=True, timeout=90)

    def paho(self, client_id, **more):
        return Paho(self.cloud, client_id, self.credentials, **more)

    def crt5(self, client_id, **more):
        return Crt5(self.cloud, client_id, self.credentials, **more)

    def raw(self, client_id, version=4):
        """An MQTT connection by hand, over an upgrade that must succeed, and the CONNACK, if any."""
        key, host = self.credentials, f"localhost:{self.cloud.port}"
        stream = WebSocket(self.cloud.port, presign(host, key["AccessKeyId"], key["SecretKey"],
                                                    key["SessionToken"]), host)
        assert stream.status == 101
        mqtt = Mqtt(stream)
        return mqtt, mqtt.connect(client_id, version=version)


@pytest.fixture(scope="module")
def user(cloud):
    return User(cloud)


def entries(cloud, **fields):
    """Log entries whose fields are these."""
    found = []
    for line in cloud.log().splitlines():
        if line.startswith('{"timestamp'):
            entry = json.loads(line)
            if all(entry.get(name) == value for name, value in fields.items()):
                found.append(entry)
    return found


def told(cloud, event, *words, status="Failure", **fields):
    """The first entry of this kind: AWS's fields are as asked, and the explanation has these words."""
    wait_until(lambda: entries(cloud, eventType=event, status=status, **fields), 10)
    entry = entries(cloud, eventType=event, status=status, **fields)[0]
    assert len(entry["accountId"]) == 12 and len(entry["traceId"]) == 36
    assert entry["logLevel"] == ("ERROR" if status == "Failure" else "INFO")
    for word in words:
        assert word in entry["explanation"], entry["explanation"]
    return entry


def denied(cloud, event, *words, **fields):
    entry = told(cloud, event, *words, reason="AUTHORIZATION_FAILURE",
                 details="Authorization Failure", **fields)
    assert entry["protocol"] == "MQTT" and entry["sourceIp"] == "127.0.0.1"
    assert isinstance(entry["sourcePort"], int)
    return entry


def diagnosed(user, client_id, *words, result="failed", cause="history", more=(), causes=1):
    """The doctor, asked about the minutes before, names the same cause and, unless the policies as
    they stand say the same, no other. `cause`: the step that the truth is found by, where one
    before the log has it already. `causes`: how many the log proves.
    """
    done = user.cogniot("doctor", "--json", "--since", "5m", "-i", client_id, *more)
    report = json.loads(done.stdout)
    said = [s for s in report["steps"] if s["step"] == "history"]
    named = [s for s in said if s["result"] == result and
             all(word in s["says"] for word in words)]
    assert named, said
    assert named[0]["do"] and named[0]["details"]
    failures = [s for s in report["steps"] if s["result"] == "failed"]
    if result == "failed":
        assert not report["ok"] and done.returncode != 0, report
        assert report["cause"] == cause == failures[0]["step"], report
        assert cause != "history" or failures[0] == named[0], failures
        assert len([s for s in failures if s["step"] == "history"]) == causes, failures
        assert {s["step"] for s in failures} <= {cause, "history", "permission"}, failures
    else:
        assert {s["step"] for s in failures} <= ({cause} - {"history"}), failures
        assert all(any(word in each for each in report["suspects"]) for word in words), report
    # It looked, and disturbed nobody.
    assert {s["result"] for s in report["steps"]
            if s["step"] in ("connect", "publish", "subscribe")} == {"skipped"}
    return report


# Connect denied

def refused_to_connect(user, client_id):
    """A 3.1.1 client is hung up on without CONNACK, an MQTT 5 client is told 0x87."""
    with user.paho(client_id) as old:
        assert old.wait("disconnect") == CONN_LOST
        assert old.all("connect") == []
    with user.paho(client_id, protocol=paho.MQTTv5) as new:
        assert new.wait("connect") == 0x87
    with user.crt5(client_id) as crt:
        assert crt.wait("failure") == 0x87


def test_a_client_id_that_the_policy_does_not_allow(cloud):
    own = lambda arn: [allow("iot:Connect", arn + "client/" + SUB)]
    user = User(cloud, own, own)
    refused_to_connect(user, "my-phone")
    entry = denied(cloud, "Connect", "iot:Connect", "client ID is `my-phone` in the request and `" +
                   user.identity_id + "` in the policy", "to allow it, ", clientId="my-phone")
    diagnosed(user, "my-phone", "Connect was denied by a policy", "client ID is `my-phone`")
    assert entry["principalId"].endswith(":CognitoIdentityCredentials")


def test_a_policy_that_allows_connect_on_topics_only(cloud):
    topics = lambda arn: [allow(["iot:Connect", "iot:Publish"], arn + "topic/home/*")]
    user = User(cloud, None, topics)
    refused_to_connect(user, "topics-only")
    denied(cloud, "Connect", "iot:Connect", "resource type is `client` in the request and `topic` in "
           "the policy", "to allow it, ", clientId="topics-only")
    diagnosed(user, "topics-only", "resource type is `client` in the request and `topic`")


def test_no_iot_policy_is_attached_to_the_identity(cloud):
    user = User(cloud, attach=False)
    refused_to_connect(user, "no-policy")
    mqtt, answer = user.raw("no-policy-raw")
    assert answer is None  # 101, and then the hang-up without CONNACK
    for client_id in ("no-policy", "no-policy-raw"):
        entry = denied(cloud, "Connect", "no IoT policy is attached to identity `" +
                       user.identity_id, "aws iot attach-policy --policy-name",
                       clientId=client_id)
        assert entry["principalId"].endswith(":CognitoIdentityCredentials")
        assert entry["principalId"].startswith("AROA")
    diagnosed(user, "no-policy", "no IoT policy is attached to identity `" + user.identity_id,
              cause="iot-policies")
    with pytest.raises(awscrt.exceptions.AwsCrtError) as caught:
        mqtt_connection(cloud, "no-policy-crt", user.credentials)[0].connect().result(10)
    assert caught.value.name == "AWS_ERROR_MQTT_UNEXPECTED_HANGUP"


def test_it_works_as_a_guest_and_fails_after_sign_in(cloud):
    user = User(cloud, attach=False)
    article = user.article
    identity, iam = client(cloud, "cognito-identity"), client(cloud, "iam")
    pool = identity.describe_identity_pool(IdentityPoolId=article.identity_pool_id)
    identity.update_identity_pool(
        IdentityPoolId=article.identity_pool_id, IdentityPoolName=pool["IdentityPoolName"],
        AllowUnauthenticatedIdentities=True,
        CognitoIdentityProviders=pool["CognitoIdentityProviders"])
    role = iam.create_role(
        RoleName=article.role + "-guest",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {
                "cognito-identity.amazonaws.com:aud": article.identity_pool_id}}}]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=article.role + "-guest", PolicyName="guest",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
                            allow("iot:*", "*")]}))
    roles = identity.get_identity_pool_roles(IdentityPoolId=article.identity_pool_id)["Roles"]
    identity.set_identity_pool_roles(IdentityPoolId=article.identity_pool_id,
                                     Roles=roles | {"unauthenticated": role})
    guest_id = identity.get_id(IdentityPoolId=article.identity_pool_id)["IdentityId"]
    guest = identity.get_credentials_for_identity(IdentityId=guest_id)["Credentials"]
    with Paho(cloud, "was-guest", guest) as before:
        assert before.wait("connect") == 0
    with user.paho("was-guest") as after:
        assert after.wait("disconnect") == CONN_LOST
    denied(cloud, "Connect", "a guest does not, so that what works before sign-in fails after it",
           "aws iot attach-policy", clientId="was-guest")
    diagnosed(user, "was-guest", "a guest does not, so that what works before sign-in fails",
              cause="iot-policies")


# Publish and Subscribe denied

def test_publish_denied_at_qos_0_loses_the_message_and_the_connection(cloud, user):
    connection, interruptions = mqtt_connection(cloud, "publisher-0", user.credentials, True)
    connection.connect().result(10)
    published, _ = connection.publish("garden/gate", "open", awscrt.mqtt.QoS.AT_MOST_ONCE)
    published.result(10)  # it "succeeds"
    wait_until(lambda: interruptions)
    connection.disconnect().result(10)
    denied(cloud, "Publish-In", "iot:Publish on", "topic level 1 is `garden` in the request and "
           "`home` in the policy", "to allow it, ", clientId="publisher-0", topicName="garden/gate")
    told(cloud, "Disconnect", clientId="publisher-0", disconnectReason="AUTH_ERROR")
    diagnosed(user, "publisher-0", "Publish-In on `garden/gate` was denied by a policy",
              "topic level 1 is `garden`")


def test_publish_denied_at_qos_1_is_sent_again_and_again(cloud, user):
    connection, interruptions = mqtt_connection(cloud, "publisher-1", user.credentials)
    connection.connect().result(10)
    published, _ = connection.publish("garden/gate", "open", QOS1)
    wait_until(lambda: len(interruptions) >= 2, 20)  # a loop: reconnect, resend, hang-up
    assert not published.done()
    connection.disconnect().result(10)
    denied(cloud, "Publish-In", "iot:Publish on", clientId="publisher-1", topicName="garden/gate")
    assert len(entries(cloud, eventType="Publish-In", clientId="publisher-1")) >= 2
    report = diagnosed(user, "publisher-1", "Publish-In on `garden/gate` was denied")
    history = next(s for s in report["steps"] if s["step"] == "history")
    assert " times, the last: " in history["details"][0]


def test_publish_denied_in_mqtt_5_is_a_puback_with_0x87(cloud, user):
    with user.crt5("publisher-5") as crt:
        crt.wait("connect")
        crt.client.publish(awscrt.mqtt5.PublishPacket(
            topic="garden/gate", payload="open", qos=awscrt.mqtt5.QoS.AT_LEAST_ONCE)).result(10)
        assert crt.all("disconnect") == []
    # Debian's awscrt does not tell the code: by hand.
    mqtt, answer = user.raw("publisher-5-raw", version=5)
    assert answer[0] == 0x20 and answer[1][1] == 0
    mqtt.stream.sendall(packet(0x32, text("garden/gate") + b"\0\5" + b"\0" + b"open"))
    assert mqtt.read() == (0x40, b"\0\5\x87\0")
    denied(cloud, "Publish-In", "iot:Publish on", clientId="publisher-5")
    diagnosed(user, "publisher-5", "Publish-In on `garden/gate` was denied")


def test_our_own_publish_ends_as_denied_and_not_in_a_loop(cloud, user):
    done = user.cogniot("publish", "-t", "garden/gate", "-m", "open", "-q", "1", "-i",
                        "own-publisher", "--output", "json")
    assert done.returncode == 5, done.stderr
    assert json.loads(done.stdout)["outcome"] == "denied"
    denied(cloud, "Publish-In", "iot:Publish on", clientId="own-publisher")


def test_subscribe_denied(cloud):
    topics = lambda arn: [allow("iot:Connect", arn + "client/*"),
                          allow("iot:Subscribe", arn + "topic/home/*")]
    user = User(cloud, None, topics)
    with user.paho("subscriber") as old:
        old.wait("connect")
        old.client.subscribe("home/lamp", 1)
        assert old.wait("disconnect") == CONN_LOST
        assert old.all("suback") == []
    denied(cloud, "Subscribe", "iot:Subscribe on", "resource type is `topicfilter` in the request and "
           "`topic` in the policy", "to allow it, ", clientId="subscriber", topicName="home/lamp")
    diagnosed(user, "subscriber", "Subscribe on `home/lamp` was denied", "`topicfilter`")
    with user.paho("subscriber-5", protocol=paho.MQTTv5) as new:
        new.wait("connect")
        new.client.subscribe("home/lamp", 1)
        assert new.wait("suback") == [0x87]
        assert new.all("disconnect") == []
    told(cloud, "Subscribe", "iot:Subscribe on", status="Success", clientId="subscriber-5",
         subscriptions=[{"topicName": "home/lamp", "reasonCode": 0x87}])
    diagnosed(user, "subscriber-5", "Subscribe on `home/lamp` was denied")


# Retain and wills

def test_retain_without_retain_publish(cloud, user):
    with user.paho("keeper") as old:
        old.wait("connect")
        old.client.publish("home/state", "on", qos=1, retain=True)
        assert old.wait("disconnect") == CONN_LOST
    entry = denied(cloud, "Publish-In", "the message has the RETAIN flag, which asks for "
                   "iot:RetainPublish beside iot:Publish", "to allow it, ", clientId="keeper",
                   topicName="home/state")
    assert entry["retain"] == "True"
    diagnosed(user, "keeper", "the message has the RETAIN flag, which asks for iot:RetainPublish")


@pytest.mark.parametrize("retain, topic, why", [
    (True, "home/gone", "a will with the RETAIN flag, which asks for iot:RetainPublish"),
    (False, "garden/gone", "carries a will, and whether it may be published is decided at once")])
def test_a_will_that_may_not_be_published(cloud, user, retain, topic, why):
    name = f"will-{retain}"
    with user.paho(name, will=(topic, 1, retain)) as old:
        assert old.wait("disconnect") == CONN_LOST
        assert old.all("connect") == []
    denied(cloud, "Connect", why, clientId=name)
    diagnosed(user, name, why)
    with user.paho(name + "-5", will=(topic, 1, retain), protocol=paho.MQTTv5) as new:
        assert new.wait("connect") == 0x87


def test_a_will_of_qos_2(cloud, user):
    with user.paho("will-2", will=("home/gone", 2, False)) as old:
        assert old.wait("disconnect") == CONN_LOST
    told(cloud, "Connect", "the will asks for QoS 2", "give the will QoS 0 or 1", clientId="will-2")
    diagnosed(user, "will-2", "the will asks for QoS 2")
    with user.paho("will-2-5", will=("home/gone", 2, False), protocol=paho.MQTTv5) as new:
        assert new.wait("connect") == 0x9B


# Client IDs

def test_two_clients_with_one_client_id_take_it_from_each_other(cloud, user):
    with user.paho("twin") as one, user.paho("twin") as two:
        one.wait("disconnect", 2, 20)  # endlessly; twice is enough
        two.wait("disconnect", 1, 20)
        assert CONN_LOST in one.all("disconnect")
    entry = told(cloud, "Disconnect", "another connection came with client ID `twin` from 127.0.0.1:",
                 "give each its own", clientId="twin", reason="DUPLICATE_CLIENT_ID")
    assert entry["disconnectReason"] == "DUPLICATE_CLIENTID"
    assert entry["details"] == "A new connection was established with the same client ID"
    wait_until(lambda: len(entries(cloud, eventType="Disconnect", clientId="twin",
                                   reason="DUPLICATE_CLIENT_ID")) >= 3)
    diagnosed(user, "twin", "client ID `twin` was taken over", "127.0.0.1", "for ever")


def test_mqtt_5_says_session_taken_over(cloud, user):
    with user.crt5("twin-5") as one:
        one.wait("connect")
        with user.paho("twin-5") as two:
            two.wait("connect")
            assert one.wait("disconnect") == 0x8E
    # One takeover proves nothing: a client that comes back after its network broke does that, too.
    diagnosed(user, "twin-5", "client ID `twin-5` was taken over 1 time", result="suspected")


def test_an_assigned_client_id_is_good_for_one_connection(cloud, user):
    with user.crt5("") as crt:
        assigned = crt.wait("connect")
        assert assigned.startswith("$GEN/")
        # An interruption, and awscrt comes back by itself with the ID that it was assigned.
        crt.client.publish(awscrt.mqtt5.PublishPacket(topic="garden/gate", payload="open",
                                                      qos=awscrt.mqtt5.QoS.AT_MOST_ONCE))
        assert crt.wait("disconnect") == 0x87
        assert crt.wait("failure") == 0x85
        assert crt.wait("failure", 2) == 0x85  # for ever
    told(cloud, "Connect", "was assigned to one connection that came without a client ID",
         "a client ID of its own", clientId=assigned)
    diagnosed(user, "any", "was assigned to one connection that came without a client ID",
              more=["--no-client-id", "--clean-session"], causes=2)  # and what ended the first connection


# Filters and topics

def test_a_reserved_filter_as_mqtt_explorers_use_it(cloud, user):
    with user.paho("explorer") as old:
        old.wait("connect")
        old.client.subscribe([("#", 0), ("$SYS/#", 0)])
        assert old.wait("disconnect") == CONN_LOST
    told(cloud, "Subscribe", "`$SYS/#` is reserved", "MQTT explorers subscribe to `$SYS/#`",
         clientId="explorer")
    diagnosed(user, "explorer", "`$SYS/#` is reserved")
    with user.paho("explorer-5", protocol=paho.MQTTv5) as new:
        new.wait("connect")
        new.client.subscribe([("home/x", 0), ("$SYS/#", 0)])
        assert new.wait("suback") == [0, 0x8F]
    told(cloud, "Subscribe", "`$SYS/#` is reserved", status="Success", clientId="explorer-5",
         subscriptions=[{"topicName": "home/x", "reasonCode": 0},
                        {"topicName": "$SYS/#", "reasonCode": 143}])
    diagnosed(user, "explorer-5", "`$SYS/#` is reserved")


def test_nine_filters_in_one_subscribe(cloud, user):
    with user.paho("nine") as old:
        old.wait("connect")
        old.client.subscribe([(f"home/{i}", 0) for i in range(8)])
        assert old.wait("suback") == [0] * 8
        old.client.subscribe([(f"home/{i}", 0) for i in range(9)])
        assert old.wait("disconnect") == CONN_LOST
    told(cloud, "Subscribe", "one SUBSCRIBE has 9 filters, AWS IoT takes 8",
         "subscribe in several packets", clientId="nine")
    diagnosed(user, "nine", "one SUBSCRIBE has 9 filters, AWS IoT takes 8")


def test_the_51st_subscription_is_refused_in_the_suback_alone(cloud, user):
    with user.paho("many") as old:
        old.wait("connect")
        for start in range(0, 56, 8):
            old.client.subscribe([(f"home/{i}", 0) for i in range(start, start + 8)])
        old.wait("suback", 7)
        codes = sum(old.all("suback"), [])
        assert codes == [0] * 50 + [0x80] * 6
        assert old.all("disconnect") == []  # "subscribed", and no messages come
    told(cloud, "Subscribe", "this connection has its 50 subscriptions already",
         "use a wildcard, or another connection", clientId="many")
    diagnosed(user, "many", "this connection has its 50 subscriptions already")


def test_a_payload_of_more_than_128_kb(cloud, user):
    for name, size in (("large", 131073), ("huge", 200000)):
        with user.paho(name) as old:
            old.wait("connect")
            old.client.publish("home/picture", b"x" * size, qos=0)
            assert old.wait("disconnect") == CONN_LOST
    told(cloud, "Publish-In", "the payload has 131073 bytes, AWS IoT takes 131072",
         "send it in pieces", clientId="large", topicName="home/picture")
    diagnosed(user, "large", "the payload has 131073 bytes, AWS IoT takes 131072")
    for name in ("large", "huge"):
        told(cloud, "Disconnect", "131072", clientId=name, disconnectReason="CLIENT_ERROR")
    diagnosed(user, "huge", "AWS IoT takes packets of", "send it in pieces")


def test_wildcards_that_are_silent_where_the_standard_speaks(cloud):
    every = lambda arn: [allow(["iot:Connect", "iot:Publish", "iot:Receive", "iot:Subscribe"], "*")]
    retain = lambda arn: every(arn) + [allow("iot:RetainPublish", "*")]
    user = User(cloud, retain, every)
    with user.paho("silent") as old:
        old.wait("connect")
        old.client.publish("a/kept", "retained", qos=1, retain=True)
        old.wait("puback")
        old.client.subscribe("a/#", 1)
        old.wait("suback")
        old.client.publish("a", "on the parent", qos=1)
        old.client.publish("a/b", "below", qos=1)
        assert old.wait("message") == ("a/b", b"below")  # neither the retained one nor the parent's
    told(cloud, "Subscribe", "`a/#` does not match `a` itself",
         "Retained messages are given to filters without wildcards only", status="Success",
         clientId="silent")
    diagnosed(user, "silent", "`a/#` does not match `a` itself",
              "Retained messages are given to filters without wildcards only", result="suspected")


@pytest.mark.parametrize("protocol", [paho.MQTTv31, paho.MQTTv311, paho.MQTTv5])
def test_every_version_of_the_protocol_is_answered_in_its_own_form(user, protocol):
    """Amplify sends MQIsdp, level 3; an MQTT 5 client that gets a 3.1.1 CONNACK cannot read it."""
    with user.paho(f"version-{protocol}", protocol=protocol) as client:
        assert client.wait("connect") == 0


# Signatures

def refused_upgrade(cloud, query, host=None):
    status, headers, body = parse(http(cloud.port, upgrade_request(
        query, host or f"localhost:{cloud.port}")))
    assert headers["x-amzn-errortype"] == "ForbiddenException:"
    return status, json.loads(body)


def last_refusal(cloud):
    wait_until(lambda: entries(cloud, eventType="Connection.AuthNError"))
    entry = entries(cloud, eventType="Connection.AuthNError")[-1]
    assert (entry["logLevel"], entry["status"]) == ("ERROR", "Failure")
    assert (entry["protocol"], entry["authenticationType"]) == ("MQTT", "AWS_SIGV4")
    return entry


MISMATCH = ("SECURITY_TOKEN_SIGNATURE_MISMATCH",
            "Request signature does not match the signature provided")


@pytest.mark.parametrize("change, words", [
    ({"sign_token": True}, ["the session token is part of what was signed",
                            "X-Amz-Security-Token after X-Amz-Signature"]),
    ({"host": "127.0.0.1"}, ["the URL was signed for host 127.0.0.1, but the request says `Host: "
                             "localhost:", "sign for the host that is connected to"]),
    ({"host": "example.iot.ap-northeast-1.amazonaws.com"}, ["signed for another host than `localhost"]),
    ({"tamper": True}, ["the URL was changed after it was signed"]),
], ids=["token-signed", "wrong-host", "foreign-host", "tampered"])
def test_a_wrong_signature_is_a_403_at_the_upgrade(cloud, user, change, words):
    with pytest.raises(paho.WebsocketConnectionError):
        user.paho("unsigned", **change).connect()
    entry = last_refusal(cloud)
    assert (entry["reason"], entry["details"]) == MISMATCH
    assert all(word in entry["explanation"] for word in words), entry["explanation"]
    # Refused handshakes name no client: whose it was is for the reader to say.
    diagnosed(user, "unsigned", *words, "The entry names no client", result="suspected")


def test_a_wrong_secret(cloud, user):
    wrong = user.credentials | {"SecretKey": "x" * 40}
    with pytest.raises(paho.WebsocketConnectionError):
        Paho(cloud, "secret", wrong).connect()
    entry = last_refusal(cloud)
    assert (entry["reason"], entry["details"]) == MISMATCH
    assert "the secret access key is not the one that belongs to this access key" in \
        entry["explanation"]
    diagnosed(user, "secret", "the secret access key is not the one that belongs", "403",
              result="suspected")
    with pytest.raises(awscrt.exceptions.AwsCrtError) as caught:
        mqtt_connection(cloud, "secret", wrong)[0].connect().result(10)
    assert caught.value.name == "AWS_ERROR_HTTP_WEBSOCKET_UPGRADE_FAILURE"


def test_a_wrong_region(cloud, user):
    with pytest.raises(paho.WebsocketConnectionError):
        user.paho("abroad", region="eu-west-1").connect()
    entry = last_refusal(cloud)
    assert (entry["reason"], entry["details"]) == MISMATCH
    assert "the URL was signed for another region than the broker's" in entry["explanation"]
    assert "broker is in ap-northeast-1" in entry["explanation"]
    diagnosed(user, "abroad", "the URL was signed for another region than the broker's",
              result="suspected")


def test_a_clock_that_is_more_than_five_minutes_off(cloud, user):
    now = datetime.datetime.now(datetime.timezone.utc)
    for minutes, words in ((-6, "or the client's clock is behind"),
                           (6, "the client's clock is ahead")):
        at = now + datetime.timedelta(minutes=minutes)
        with pytest.raises(paho.WebsocketConnectionError):
            user.paho("skewed", at=at).connect()
        entry = last_refusal(cloud)
        assert (entry["reason"], entry["details"]) == MISMATCH
        assert words in entry["explanation"] and "signed " in entry["explanation"]
        diagnosed(user, "skewed", words, result="suspected")


# Time

def move_clock(cloud, by):
    request = urllib.request.Request(f"{cloud.ready['http_endpoint']}/_cogniot/clock?advance={by}",
                                     method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_a_presigned_url_is_used_again_and_credentials_expire():
    with LocalCloud("--log-level", "info") as cloud:
        user = User(cloud)
        # A keep alive that survives steps of 20 minutes.
        client = user.paho("late").connect(keep_alive=1200)
        assert client.wait("connect") == 0
        key, host = user.credentials, f"localhost:{cloud.port}"
        url = presign(host, key["AccessKeyId"], key["SecretKey"], key["SessionToken"])
        move_clock(cloud, "6m")
        # What is open stays open; the URL is good for nothing any more.
        client.client.publish("home/x", "still", qos=1)
        client.wait("puback")
        status, body = refused_upgrade(cloud, url)
        assert status == 403 and body["message"].startswith("Signature expired: ")
        assert "the URL was used again (sign a new one for every connection)" in \
            last_refusal(cloud)["explanation"]
        # To the doctor, whose clock was not turned, its own is 6 minutes behind.
        diagnosed(user, "late", "the URL was used again", result="suspected", cause="clock")
        for step in range(3):
            move_clock(cloud, "20m")
            client.client.publish("home/x", "even now", qos=1)
            client.wait("puback", step + 2)
        # Signed anew, at the cloud's time, with credentials of an hour ago.
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=66)
        fresh = presign(host, key["AccessKeyId"], key["SecretKey"], key["SessionToken"], at=now)
        status, body = refused_upgrade(cloud, fresh)
        assert (status, body["message"]) == (
            403, "The security token included in the request is expired")
        entry = last_refusal(cloud)
        assert (entry["reason"], entry["details"]) == ("SECURITY_TOKEN_EXPIRED",
                                                       "The security token is expired")
        assert "ask the identity pool for new ones before each reconnect" in entry["explanation"]
        diagnosed(user, "late", "the credentials are no longer valid", result="suspected",
                  cause="clock")
        client.close()


def test_a_websocket_is_closed_after_24_hours():
    with LocalCloud("--log-level", "info") as cloud:
        user = User(cloud)
        client = user.paho("all-day").connect(keep_alive=1200)
        assert client.wait("connect") == 0
        # In steps that a keep alive of 20 minutes survives.
        for step in range(71):
            move_clock(cloud, "20m")
            client.client.publish("home/x", "alive", qos=1)
            client.wait("puback", step + 1)
        assert client.all("disconnect") == []
        move_clock(cloud, "20m")
        assert client.wait("disconnect") == CONN_LOST
        told(cloud, "Disconnect", "open for 24 hours", "signed anew", status="Success",
             clientId="all-day", disconnectReason="WEBSOCKET_TTL_EXPIRATION")
        diagnosed(user, "all-day", "the WebSocket was open for 24 hours", cause="clock")
        client.close()


# Rates: enforced where asked for

@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    limits = tmp_path_factory.mktemp("limits") / "aws.json"
    limits.write_text('{"publishes_per_second": 100, "connects_per_client_id": 1}')
    with LocalCloud("--log-level", "info", "--limits", str(limits)) as running:
        yield running


def test_more_than_100_publishes_a_second_are_discarded(strict):
    user = User(strict)
    with user.paho("eager") as old:
        old.wait("connect")
        old.client.max_inflight_messages_set(0)
        for i in range(250):
            old.client.publish("home/x", str(i), qos=1)
        time.sleep(2)
        assert 100 <= len(old.all("puback")) <= 200  # a second's share, or two of them
        assert old.all("disconnect") == []  # no error, no answer
    told(strict, "Publish-In", "published more than 100 messages within a second",
         "its PUBACK never comes", clientId="eager", reason="THROTTLED")
    diagnosed(user, "eager", "published more than 100 messages within a second")


def test_reconnecting_faster_than_once_a_second(strict):
    user = User(strict)
    with contextlib.ExitStack() as all_of_them:
        clients = [all_of_them.enter_context(user.paho("hasty", protocol=paho.MQTTv5))
                   for _ in range(4)]
        wait_until(lambda: any(0x97 in c.all("connect") for c in clients))
    told(strict, "Connect", "client ID `hasty` connected more than 1 times within a second",
         "wait at least a second before reconnecting", clientId="hasty")
    diagnosed(user, "hasty", "client ID `hasty` connected more than 1 times within a second")
    answers = [user.raw("hasty-3")[1] for _ in range(4)]
    assert answers[0] == (0x20, b"\0\0") and None in answers


# The doctor: asked about the same faults before anything is sent

def own_client_id(arn):
    return [allow("iot:Connect", arn + "client/" + SUB)]


def topics_only(arn):
    return [allow(["iot:Connect", "iot:Publish"], arn + "topic/home/*")]


def subscribe_on_topics(arn):
    return [allow("iot:Connect", arn + "client/*"),
            allow(["iot:Publish", "iot:Subscribe", "iot:Receive"], arn + "topic/home/*")]


DOCTOR = {
    "a client ID that the policy does not allow":
        ({"role": own_client_id, "iot": own_client_id}, ["-i", "my-phone"],
         ["iot:Connect", "my-phone"]),
    "connect on topics only": ({"iot": topics_only}, [], ["iot:Connect", "client"]),
    "no IoT policy": ({"attach": False}, [], ["no IoT policy is attached"]),
    "publish denied": ({}, ["-t", "garden/gate", "--for", "publish"], ["iot:Publish", "garden"]),
    "subscribe denied": ({"iot": subscribe_on_topics}, ["-t", "home/lamp", "--for", "subscribe"],
                         ["iot:Subscribe", "topicfilter"]),
    "retain without RetainPublish": ({}, ["-t", "home/state", "-r", "--for", "publish"],
                                     ["iot:RetainPublish"]),
}


@pytest.mark.parametrize("row", DOCTOR)
def test_the_doctor_names_the_cause(cloud, row):
    policies, arguments, words = DOCTOR[row]
    user = User(cloud, **policies)
    done = user.cogniot("doctor", "--json", "--log-wait", "3", *arguments)
    report = json.loads(done.stdout)
    assert not report["ok"] and done.returncode == 5, report
    first = next(step for step in report["steps"] if step["result"] == "failed")
    said = " ".join([first.get("action", ""), first["says"], *first.get("details", [])])
    assert all(word in said for word in words), first
    assert report["do"]


FORESEEN = {
    "a will of QoS 2": (["--will-topic", "home/gone", "--will-qos", "2"], "failed",
                        "the will asks for QoS 2"),
    "a payload of more than 128 KB": (["--size", "131073"], "failed",
                                      "131073 bytes, AWS IoT takes 131072"),
    "more than 100 publishes a second": (["--rate", "250"], "failed",
                                         "more than 100 messages within a second"),
    "reconnecting faster than once a second": (["--connects", "4"], "failed",
                                               "connected more than 1 times within a second"),
    "nine filters in one SUBSCRIBE": (["--filters", "9"], "failed", "one SUBSCRIBE has 9 filters"),
    "more than 50 subscriptions": (["--subscriptions", "51"], "failed",
                                   "51 filters on one connection"),
    "a reserved filter": (["-t", "$SYS/#", "--for", "subscribe"], "failed", "`$SYS/#` is reserved"),
    "QoS 2": (["-q", "2"], "failed", "QoS 0 and 1 only"),
    "an empty client ID": (["--no-client-id", "-V", "5"], "suspected", "0x85"),
    "wildcards": (["-t", "home/#", "--for", "subscribe"], "suspected",
                  "`home/#` does not match `home` itself"),
}


@pytest.mark.parametrize("row", FORESEEN)
def test_the_doctor_foresees_what_no_policy_allows(user, row):
    arguments, result, words = FORESEEN[row]
    done = user.cogniot("doctor", "--json", "--no-connect", *arguments)
    report = json.loads(done.stdout)
    limits = [s for s in report["steps"] if s["step"] == "limits" and s["result"] == result]
    assert any(words in s["says"] and s["do"] for s in limits), report
    assert report["ok"] == (result == "suspected")
    assert words in report["conclusion"]
    if result == "failed":
        assert report["cause"] == "limits" and done.returncode != 0


def test_a_will_that_may_not_be_retained_is_foreseen(user):
    report = json.loads(user.cogniot("doctor", "--json", "--no-connect", "--will-topic",
                                     "home/gone", "--will-retain").stdout)
    first = next(s for s in report["steps"] if s["result"] == "failed")
    assert first["action"] == "iot:RetainPublish", first
    assert first["resource"].endswith(":topic/home/gone")


def test_the_doctor_looks_on_while_two_clients_fight(cloud, user):
    with user.paho("rivals") as one:
        one.wait("connect")
        doctor = subprocess.Popen(
            [BINARY, "doctor", "--json", "--watch", "60", "-i", "rivals"], text=True,
            stdout=subprocess.PIPE, env=user.environment())
        with user.paho("rivals"):
            said, _ = doctor.communicate(timeout=90)
    report = json.loads(said)
    assert report["cause"] == "history" and doctor.returncode != 0, report
    assert "client ID `rivals` was taken over" in report["conclusion"], report
    assert "own client ID" in report["do"]


def test_a_log_that_says_nothing_is_no_good_news():
    with LocalCloud("--log-level", "info") as cloud:  # whose log is short enough to be read whole
        user = User(cloud)
        for more in (["--since", "5m"], ["--watch", "1"]):
            started = time.monotonic()
            done = user.cogniot("doctor", "--json", "-i", "never-came", "--log-wait", "3", *more)
            report = json.loads(done.stdout)
            history = [s for s in report["steps"] if s["step"] == "history"]
            assert [s["result"] for s in history] == ["not-available"], history
            assert "AWSIotLogsV2 has no entry for `never-came`" in report["conclusion"], report
            assert time.monotonic() - started >= 3, report  # entries are on their way for a while


def test_a_watch_waits_for_entries_that_are_on_their_way(user):
    """The client is refused when the watch is over already, and before the log's patience is."""
    doctor = subprocess.Popen(
        [BINARY, "doctor", "--json", "--watch", "1", "--log-wait", "20", "-i", "straggler"],
        text=True, stdout=subprocess.PIPE, env=user.environment())
    time.sleep(5)
    with user.paho("straggler", will=("garden/gone", 1, False)) as old:
        assert old.wait("disconnect") == CONN_LOST
    said, _ = doctor.communicate(timeout=60)
    report = json.loads(said)
    assert report["cause"] == "history" and "carries a will" in report["conclusion"], report


# A presigned URL in hand

def judge(user, query, host=None, at="localhost", **env):
    url = f"wss://{host or at + ':' + str(user.cloud.port)}/mqtt?{query}"
    key = user.credentials
    signer = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretKey"],
              "AWS_SESSION_TOKEN": key["SessionToken"]}
    done = user.cogniot("doctor", "--json", "--log-wait", "3", "--url", url, **(env or signer))
    assert done.stdout, done.stderr
    for hidden in (key["SessionToken"], key["SecretKey"], query.split("X-Amz-Signature=")[1][:64]):
        assert hidden not in done.stdout + done.stderr
    return json.loads(done.stdout)


def signed(user, host=None, secret=None, **more):
    key = user.credentials
    return presign(host or f"localhost:{user.cloud.port}", key["AccessKeyId"],
                   secret or key["SecretKey"], key["SessionToken"], **more)


def test_a_url_that_is_right_is_taken(user):
    report = judge(user, signed(user))
    assert report["ok"], report
    assert report["conclusion"].startswith("nothing is wrong: the gateway takes the URL")
    assert {s["step"]: s["result"] for s in report["steps"]} == {
        "clock": "passed", "url": "passed", "upgrade": "passed", "log": "skipped"}


@pytest.mark.parametrize("change, words", [
    ({"sign_token": True}, "the session token is part of what was signed"),
    ({"host": "127.0.0.1"}, "signed for host `127.0.0.1` and leads to `localhost:"),
    ({"secret": "x" * 40}, "another secret was used"),
    ({"tamper": True}, "the URL was changed afterwards"),
    ({"at": datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=60)},
     "sign"),
    ({"at": datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=60)},
     "in the future: the signer's clock is ahead"),
], ids=["token-signed", "wrong-host", "wrong-secret", "tampered", "used-again", "clock-ahead"])
def test_a_url_that_is_refused_is_explained_by_its_signature(user, change, words):
    report = judge(user, signed(user, **change))
    assert report["cause"] == "url" and words in report["conclusion"], report
    upgrade = next(s for s in report["steps"] if s["step"] == "upgrade")
    assert upgrade["result"] == "failed" and "403" in upgrade["says"], upgrade
    assert report["do"]


@pytest.mark.parametrize("measured_by", ["the service", "the gateway alone"])
def test_this_machines_clock_is_no_fault_of_a_url_signed_elsewhere(measured_by):
    """The machine that signs has AWS's time; the doctor's is 15 minutes behind."""
    env = {} if measured_by == "the service" else {
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "https://localhost:1"}
    with LocalCloud() as cloud:
        user = User(cloud)
        key = user.credentials
        env |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": key["SecretKey"],
                "AWS_SESSION_TOKEN": key["SessionToken"]}
        move_clock(cloud, "15m")
        here = datetime.datetime.now(datetime.timezone.utc)
        there = here + datetime.timedelta(minutes=15)
        report = judge(user, signed(user, at=there), **env)
        assert report["ok"] and report["suspects"] == [], report
        clock = next(s for s in report["steps"] if s["step"] == "clock")
        if measured_by == "the service":
            assert clock["result"] == "passed" and "15 min" in clock["says"], clock
        else:
            assert clock["result"] == "not-available", clock
        report = judge(user, signed(user, at=there, sign_token=True), **env)
        assert report["cause"] == "url", report
        assert "the session token is part of what was signed" in report["conclusion"], report
        # Right by the doctor's clock, and old by AWS's.
        report = judge(user, signed(user, at=here), **env)
        assert report["cause"] == "url", report
        assert re.search("it was signed 15 min [0-9]+ s ago", report["conclusion"]), report
        upgrade = next(s for s in report["steps"] if s["step"] == "upgrade")
        assert "its signer's clock is off" in upgrade["says"], upgrade
        assert "this machine" not in upgrade["says"], upgrade


def test_other_hosts_handshakes_are_not_counted_as_those_of_a_url():
    """Refused handshakes name no client; the host they asked for tells them apart."""
    other = "other.iot.ap-northeast-1.amazonaws.com"
    with LocalCloud("--log-level", "info") as cloud:
        user = User(cloud)
        context = ssl.create_default_context(cafile=cloud.ready["ca_file"])
        context.check_hostname = False
        for _ in range(3):
            with context.wrap_socket(socket.create_connection(("127.0.0.1", cloud.port)),
                                     server_hostname=other) as stream:
                stream.sendall(upgrade_request(signed(user, tamper=True), other))
                assert b" 403 " in stream.recv(4096).split(b"\r\n")[0]
        wait_until(lambda: len(entries(cloud, eventType="Connection.AuthNError",
                                       serverNameIndication=other)) == 3)
        report = judge(user, signed(user, tamper=True), AWS_REGION="ap-northeast-1")
    log = next(s for s in report["steps"] if s["step"] == "log")
    assert log["says"] == "1 entries for refused handshakes at localhost", log
    assert not any("other." in line for line in log["details"]), log


def test_a_url_that_is_used_again_is_dated(user):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=6)
    report = judge(user, signed(user, at=at))
    assert "it was signed 6 min " in report["conclusion"], report
    assert report["do"] == "sign a new URL for every connection"


def test_without_the_secret_the_log_tells(user):
    """The backend's own credentials: the URL's signature cannot be checked, the log can be read."""
    report = judge(user, signed(user, sign_token=True), AWS_REGION="ap-northeast-1")
    assert report["cause"] == "upgrade", report
    assert "the session token is part of what was signed" in report["conclusion"], report
    url = next(s for s in report["steps"] if s["step"] == "url")
    assert url["result"] == "passed" and "signature is checked, too" in url["says"], url


# Brokers that are not AWS

@contextlib.contextmanager
def scripted_broker(tmp_path, cloud, connack):
    """A TLS WebSocket server that answers any CONNECT with these bytes."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", 0))
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(cert.read_text() + open(cloud.ready["ca_file"]).read())

    def serve():
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as one:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = one.recv(4096)
                    if not more:  # the doctor's look at the endpoint
                        raise OSError
                    head += more
                asked = re.search(rb"sec-websocket-key: *(\S+)", head, re.I)[1]
                accept = base64.b64encode(hashlib.sha1(
                    asked + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
                one.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                            b"Connection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n"
                            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
                one.recv(4096)  # CONNECT
                one.sendall(bytes([0x82, len(connack)]) + connack)
                one.recv(4096)  # until the other side leaves

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"localhost:{listener.getsockname()[1]}", bundle
    finally:
        listener.close()


@pytest.mark.parametrize("version, connack, words", [
    ("5", b"\x20\x02\0\0", "answers the CONNECT of MQTT 5 with the CONNACK of MQTT 3.1.1"),
    ("5", b"\x20\x02\0\1", "does not speak MQTT 5 and says so in the form of MQTT 3.1.1"),
    ("3.1", b"\x20\x02\0\1", "does not take MQTT 3.1 (protocol name MQIsdp, CONNACK 1)"),
], ids=["3.1.1-form", "no-mqtt-5", "no-mqisdp"])
def test_an_emulator_that_answers_in_another_version(cloud, tmp_path, version, connack, words):
    """https://github.com/ministackorg/ministack/pull/1398"""
    user = User(cloud)
    with scripted_broker(tmp_path, cloud, connack) as (endpoint, bundle):
        done = user.cogniot("doctor", "--json", "-V", version, COGNIOT_IOT_ENDPOINT=endpoint,
                            AWS_CA_BUNDLE=str(bundle))
    report = json.loads(done.stdout)
    assert report["cause"] == "connect" and words in report["conclusion"], report


@pytest.mark.parametrize("version", ["3.1", "3.1.1", "5"])
def test_the_doctor_connects_in_every_version(user, version):
    report = json.loads(user.cogniot("doctor", "--json", "-V", version, "-i", "v" + version, "-t",
                                     "home/x", "--for", "publish", "-m", "x").stdout)
    results = {s["step"]: s["result"] for s in report["steps"]}
    assert (results["connect"], results["publish"]) == ("passed", "passed"), report


def test_the_doctor_measures_a_clock_that_is_off():
    with LocalCloud() as cloud:
        user = User(cloud)
        move_clock(cloud, "15m")
        report = json.loads(user.cogniot("doctor", "--json", "--log-wait", "3").stdout)
        assert report["cause"] == "clock" and "behind" in report["conclusion"], report


def test_the_doctor_names_a_wrong_region(user):
    done = user.cogniot("doctor", "--json", "--log-wait", "3", AWS_REGION="eu-west-1",
                        AWS_DEFAULT_REGION="eu-west-1")
    report = json.loads(done.stdout)
    assert not report["ok"] and "eu-west-1" in report["conclusion"], report
    assert "ap-northeast-1" in report["conclusion"] + report["do"], report
