"""Credentials of the identity pool: they survive a restart, expire, and are refused by name; and what
each refusal of the two locks says in the log."""

import json
import pathlib
import sys
import tempfile
import time

import botocore.exceptions
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from article import Article, allow, client  # noqa: E402
from local_cloud import LocalCloud  # noqa: E402
from wire import Mqtt, WebSocket, http, parse, presign, upgrade_request  # noqa: E402


def as_session(cloud, service, credentials):
    return client(cloud, service, aws_access_key_id=credentials["AccessKeyId"],
                  aws_secret_access_key=credentials["SecretKey"],
                  aws_session_token=credentials["SessionToken"])


def query(cloud, credentials, **more):
    return presign(f"localhost:{cloud.port}", credentials["AccessKeyId"], credentials["SecretKey"],
                   credentials["SessionToken"], **more)


def open_mqtt(cloud, credentials):
    return WebSocket(cloud.port, query(cloud, credentials), f"localhost:{cloud.port}")


def lines(cloud):
    return [json.loads(l) for l in cloud.log().splitlines() if l.startswith('{"timestamp')]


def code(call, *arguments, **named):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(*arguments, **named)
    error = refused.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_credentials_survive_a_kill_and_expire_after_an_hour():
    with tempfile.TemporaryDirectory() as data:
        with LocalCloud(data=data) as cloud:
            identity_id, credentials = Article(cloud).user_ready_to_connect()
            cloud.kill()
        with LocalCloud(data=data) as cloud:
            assert as_session(cloud, "sts", credentials).get_caller_identity()["Arn"].endswith(
                "/CognitoIdentityCredentials")
            mqtt = Mqtt(open_mqtt(cloud, credentials))
            assert mqtt.connect(identity_id) == (0x20, b"\0\0")
        # An hour and a little later. boto3 signs by its own clock, so the offset is undone by the
        # Date header's correction only in SDKs that have one: sign by hand.
        with LocalCloud("--clock-offset", "3660", data=data) as cloud:
            import datetime
            at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3660)
            status, headers, body = parse(http(cloud.port, upgrade_request(
                query(cloud, credentials, at=at), f"localhost:{cloud.port}")))
            assert (status, headers["x-amzn-errortype"]) == (403, "ForbiddenException:")
            assert json.loads(body)["message"] == "The security token included in the request is expired"
            line = lines(cloud)[-1]
            assert (line["eventType"], line["reason"], line["details"]) == (
                "Connection.AuthNError", "SECURITY_TOKEN_EXPIRED", "The security token is expired")


def test_a_session_token_is_asked_for_and_must_be_the_one_that_was_issued(cloud):
    article = Article(cloud)
    _, mine = article.user_ready_to_connect("alice")
    _, other = article.user_ready_to_connect("bob")
    for token in (None, other["SessionToken"]):
        sts = client(cloud, "sts", aws_access_key_id=mine["AccessKeyId"],
                     aws_secret_access_key=mine["SecretKey"], aws_session_token=token)
        assert code(sts.get_caller_identity) == (
            "InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def test_a_token_that_was_signed_into_the_url_is_refused_as_aws_refuses_it(cloud):
    _, credentials = Article(cloud).user_ready_to_connect()
    status, _, body = parse(http(cloud.port, upgrade_request(
        query(cloud, credentials, sign_token=True), f"localhost:{cloud.port}")))
    assert status == 403
    assert json.loads(body)["message"].startswith("The request signature we calculated")
    line = lines(cloud)[-1]
    assert (line["eventType"], line["reason"]) == ("Connection.AuthNError",
                                                   "SECURITY_TOKEN_SIGNATURE_MISMATCH")
    assert "token" in line["explanation"]


def test_a_session_is_held_to_its_role_and_told_so_in_each_form(cloud):
    _, credentials = Article(cloud).user_ready_to_connect()
    arn = r"User: arn:aws:sts::123456789012:assumed-role/article-"
    name, message, status = code(as_session(cloud, "iot", credentials).list_policies)
    assert (name, status) == ("AccessDeniedException", 403)
    assert message.startswith(arn) and "not authorized to perform: iot:ListPolicies" in message
    name, message, status = code(as_session(cloud, "iam", credentials).list_roles)
    assert (name, status) == ("AccessDenied", 403)
    assert message.endswith("because no identity-based policy allows the iam:ListRoles action")
    name, _, status = code(as_session(cloud, "cognito-idp", credentials).list_user_pools, MaxResults=1)
    assert (name, status) == ("AccessDeniedException", 400)
    line = lines(cloud)[-1]
    assert (line["eventType"], line["reason"]) == ("ListUserPools", "AUTHORIZATION_FAILURE")
    assert line["because"]["refused_by"] == "role_policy"


LOG_FIELDS = ["timestamp", "logLevel", "traceId", "accountId", "status", "eventType", "protocol"]


@pytest.mark.parametrize("lock", ["iot_policy", "role_policy"])
def test_a_refused_connect_is_one_line_that_names_the_lock(cloud, lock):
    article = Article(cloud, role_statements=[allow("iot:Subscribe", "*")] if lock == "role_policy" else None)
    identity_id, credentials = article.user_ready_to_connect(attach=lock == "role_policy")
    mqtt = Mqtt(open_mqtt(cloud, credentials))
    assert mqtt.connect(identity_id) is None
    line = next(l for l in reversed(lines(cloud)) if l["eventType"] == "Connect")
    assert list(line)[:7] == LOG_FIELDS
    assert (line["status"], line["logLevel"], line["reason"], line["details"]) == (
        "Failure", "ERROR", "AUTHORIZATION_FAILURE", "Authorization Failure")
    assert line["clientId"] == identity_id
    assert line["principalId"].endswith(":CognitoIdentityCredentials")
    assert line["because"]["refused_by"] == lock
    assert line["explanation"]
    assert "SessionToken" not in json.dumps(line) and credentials["SecretKey"] not in json.dumps(line)


def test_soft_mode_lets_through_and_logs_what_it_would_have_refused():
    with LocalCloud("--soft") as cloud:
        identity_id, credentials = Article(cloud).user_ready_to_connect(attach=False)
        mqtt = Mqtt(open_mqtt(cloud, credentials))
        assert mqtt.connect(identity_id) == (0x20, b"\0\0")
        mqtt.publish("anything/at/all", "x", packet_id=1)
        assert mqtt.read() == (0x40, b"\0\1")
        as_session(cloud, "iot", credentials).list_policies()
        soft = [l for l in lines(cloud) if l.get("soft")]
        assert [l["eventType"] for l in soft] == ["Connect", "Publish-In", "ListPolicies"]
        assert all(l["because"]["decision"] == "implicit_deny" for l in soft)


def test_a_policy_that_is_detached_counts_at_the_next_packet(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    mqtt = Mqtt(open_mqtt(cloud, credentials))
    assert mqtt.connect(identity_id) == (0x20, b"\0\0")
    topic = "$aws/things/device_1/shadow/update"
    mqtt.publish(topic, '{"state":{}}', packet_id=1)
    assert mqtt.read() == (0x40, b"\0\1")
    article.iot.detach_policy(policyName=article.policy, target=identity_id)
    mqtt.publish(topic, '{"state":{}}', packet_id=2)
    assert mqtt.read() is None


def test_the_log_file_takes_every_event_when_asked(tmp_path):
    log = tmp_path / "events.log"
    with LocalCloud("--log-file", str(log), "--log-level", "info") as cloud:
        mqtt = Mqtt.tcp(cloud.ready["insecure_mqtt"])
        mqtt.connect("tool")
        mqtt.subscribe(1, "a")
        mqtt.read()
        mqtt.publish("a", "x", packet_id=1)
        mqtt.read_publish()
        mqtt.close()
        # The end of the connection is an event of its own; a stop that came first would be its cause.
        until = time.monotonic() + 10
        while '"Disconnect"' not in log.read_text() and time.monotonic() < until:
            time.sleep(0.02)
        cloud.stop()
        events = [json.loads(l) for l in log.read_text().splitlines()]
        kinds = [e["eventType"] for e in events]
        assert kinds[:2] == ["Connect", "Subscribe"]
        assert {"Publish-In", "Publish-Out", "Disconnect"} <= set(kinds)
        by_kind = {e["eventType"]: e for e in events}
        assert by_kind["Publish-In"]["traceId"] == by_kind["Publish-Out"]["traceId"]
        assert by_kind["Publish-In"]["topicName"] == "a"
        assert by_kind["Disconnect"]["disconnectReason"] == "CONNECTION_LOST"
        assert "Publish-In" not in cloud.log()
