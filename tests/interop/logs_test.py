"""What the local cloud tells about a run: decisions, denials, AWSIotLogsV2. The runs are made with
boto3 and awscrt; how to read them is docs/local.md, "Why it refused"."""

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import awscrt.exceptions
import awscrt.mqtt
import pytest

from article import Article, TOPIC, POWER_OFF, allow, client, document, mqtt_connection
from local_cloud import BINARY, LocalCloud

QOS1 = awscrt.mqtt.QoS.AT_LEAST_ONCE


def told(cloud, what, **query):
    """What /_cogniot/WHAT answers."""
    names = {name.replace("_", "-"): value for name, value in query.items()}
    url = f"{cloud.ready['http_endpoint']}/_cogniot/{what}?{urllib.parse.urlencode(names)}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())


def publish_once(cloud, identity_id, credentials, topic=TOPIC):
    connection, _ = mqtt_connection(cloud, identity_id, credentials, clean_session=True)
    connection.connect().result(10)
    connection.publish(topic, POWER_OFF, QOS1)[0].result(10)
    connection.disconnect().result(10)


def test_every_decision_of_a_run_is_told_with_the_locks_it_has_to_open(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    for _ in range(2):
        publish_once(cloud, identity_id, credentials)
    arn = f"arn:aws:iot:{cloud.ready['region']}:{cloud.ready['account']}:"
    answer = told(cloud, "decisions", identity=identity_id, since="10m")
    assert answer["complete"] is True
    rows = {(row["action"], row["resource"]): row for row in answer["decisions"]}
    assert set(rows) == {("iot:Connect", arn + "client/" + identity_id),
                         ("iot:Publish", arn + "topic/" + TOPIC)}
    for row in rows.values():
        assert row["decision"] == "allow" and row["count"] == 2
        assert row["role"] == article.role and row["clientId"] == identity_id
        assert row["locks"] == ["role_policy", "iot_policy"]
        assert row["first"] <= row["last"]


def test_a_denied_api_call_is_a_decision_without_a_client(cloud):
    article = Article(cloud)
    identity_id, keys = article.user_ready_to_connect(attach=False)
    iot = client(cloud, "iot", aws_access_key_id=keys["AccessKeyId"],
                 aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"])
    with pytest.raises(iot.exceptions.ClientError):
        iot.list_policies()
    rows = told(cloud, "decisions", identity=identity_id)["decisions"]
    assert [(r["action"], r["resource"], r["decision"], r["locks"], "clientId" in r)
            for r in rows] == [("iot:ListPolicies", "*", "implicit_deny", ["role_policy"], False)]


def test_what_root_did_has_a_principal_and_no_lock(cloud):
    client(cloud, "iot").list_things()
    row = [r for r in told(cloud, "decisions")["decisions"] if r["action"] == "iot:ListThings"][0]
    assert row["principal"] == f"arn:aws:iam::{cloud.ready['account']}:root"
    assert "identity" not in row and "role" not in row and row["locks"] == []


def test_a_question_that_cannot_be_understood_is_answered_with_what_is_wrong(cloud):
    with pytest.raises(urllib.error.HTTPError) as refused:
        told(cloud, "decisions", since="soon")
    assert refused.value.code == 400
    assert "`soon`" in json.loads(refused.value.read())["error"]


def entries(cloud, pattern=None, **more):
    """Messages of AWSIotLogsV2 as boto3's paginator finds them, parsed."""
    if pattern is not None:
        more["filterPattern"] = pattern
    pages = client(cloud, "logs").get_paginator("filter_log_events").paginate(
        logGroupName="AWSIotLogsV2", **more)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def of_client(client_id, **fields):
    wanted = [f'$.{name} = "{value}"' for name, value in {"clientId": client_id, **fields}.items()]
    return "{ " + " && ".join(wanted) + " }"


COMMON = ["timestamp", "logLevel", "traceId", "accountId", "status", "eventType", "protocol"]
ADDRESS = ["clientId", "principalId", "sourceIp", "sourcePort"]


def test_a_run_is_in_the_log_group_with_awss_fields(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    connection, _ = mqtt_connection(cloud, identity_id, credentials, clean_session=True)
    connection.connect().result(10)
    accepted = "$aws/things/device_1/shadow/update/accepted"
    connection.subscribe(accepted, QOS1)[0].result(10)
    connection.publish(TOPIC, POWER_OFF, QOS1)[0].result(10)
    connection.unsubscribe(accepted)[0].result(10)
    connection.disconnect().result(10)

    found = entries(cloud, of_client(identity_id))
    assert [e["eventType"] for e in found] == [
        "Connect", "Subscribe", "Publish-In", "Publish-Out", "Unsubscribe", "Disconnect"]
    by_type = {e["eventType"]: e for e in found}
    assert list(by_type["Connect"]) == COMMON + ADDRESS
    assert list(by_type["Subscribe"]) == COMMON + ["topicName"] + ADDRESS
    assert list(by_type["Publish-In"]) == COMMON + ["topicName"] + ADDRESS
    assert list(by_type["Unsubscribe"]) == COMMON + ADDRESS
    assert list(by_type["Disconnect"]) == COMMON + ADDRESS + ["disconnectReason"]
    for entry in found:
        assert entry["status"] == "Success" and entry["logLevel"] == "INFO"
        assert entry["accountId"] == cloud.ready["account"]
        assert entry["principalId"].endswith(":CognitoIdentityCredentials")
        assert isinstance(entry["sourcePort"], int)
    assert by_type["Publish-In"]["topicName"] == TOPIC
    assert by_type["Disconnect"]["disconnectReason"] == "CLIENT_INITIATED_DISCONNECT"

    shadow = entries(cloud, '{ $.eventType = "UpdateThingShadow" }')[-1]
    assert list(shadow) == COMMON + ["deviceShadowName", "topicName"]
    assert (shadow["deviceShadowName"], shadow["topicName"]) == ("device_1", TOPIC)
    assert shadow["traceId"] == by_type["Publish-In"]["traceId"]


def test_a_denied_publish_is_there_with_the_reason_and_with_ours_at_the_end(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    connection, interruptions = mqtt_connection(cloud, identity_id, credentials, clean_session=True)
    connection.connect().result(10)
    with pytest.raises(Exception):
        connection.publish("somewhere/else", "x", QOS1)[0].result(1.5)
    connection.disconnect().result(10)
    assert interruptions
    pattern = '{ $.status = "Failure" && $.topicName = "somewhere/*" && $.clientId = "' + \
        identity_id + '" }'
    entry = entries(cloud, pattern)[0]
    by_expression = pattern.replace('"somewhere/*"', "%^somewhere/[a-z]+$%")
    assert entries(cloud, by_expression) == entries(cloud, pattern)
    assert entries(cloud, by_expression.replace("[a-z]+$", "[a-z]$")) == []
    assert list(entry) == COMMON + ["topicName"] + ADDRESS + ["reason", "details", "explanation",
                                                              "because"]
    assert entry["logLevel"] == "ERROR" and entry["eventType"] == "Publish-In"
    assert (entry["reason"], entry["details"]) == ("AUTHORIZATION_FAILURE",
                                                   "Authorization Failure")
    assert "somewhere/else" in entry["explanation"]
    denials = told(cloud, "denials", identity=identity_id, since="10m")["denials"]
    assert denials[0] == entry
    assert {d["eventType"] for d in denials} == {"Publish-In"}
    assert told(cloud, "denials", client_id="nobody")["denials"] == []


def test_a_handshake_with_a_foreign_key_is_there(cloud):
    stranger = {"AccessKeyId": "ASIAUNKNOWN", "SecretKey": "x", "SessionToken": "y"}
    connection, _ = mqtt_connection(cloud, "stranger", stranger)
    with pytest.raises(awscrt.exceptions.AwsCrtError):
        connection.connect().result(10)
    entry = entries(cloud, '{ $.eventType = "Connection.AuthNError" }')[-1]
    assert list(entry) == COMMON + ["authenticationType", "sourceIp", "sourcePort", "targetIp",
                                    "targetPort", "serverNameIndication", "reason", "details",
                                    "accessKeyId", "explanation"]
    assert entry["reason"] == "SECURITY_TOKEN_INVALID"
    assert entry["details"] == "The security token included in the request is invalid"
    assert entry["serverNameIndication"] == "localhost"


def test_pages_streams_and_groups(cloud):
    logs = client(cloud, "logs")
    groups = [g for page in logs.get_paginator("describe_log_groups").paginate()
              for g in page["logGroups"]]
    assert [g["logGroupName"] for g in groups] == ["AWSIotLogsV2"]
    assert groups[0]["arn"].endswith(":log-group:AWSIotLogsV2:*") and groups[0]["storedBytes"] > 0
    stream = logs.describe_log_streams(logGroupName="AWSIotLogsV2")["logStreams"][0]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_%s_0" % cloud.ready["account"],
                        stream["logStreamName"])
    all_of_them = entries(cloud)
    assert len(all_of_them) > 5
    assert entries(cloud, PaginationConfig={"PageSize": 2}) == all_of_them
    got = logs.get_log_events(logGroupName="AWSIotLogsV2", startFromHead=True,
                              logStreamName=stream["logStreamName"])
    assert [json.loads(e["message"]) for e in got["events"]] == all_of_them
    end = logs.get_log_events(logGroupName="AWSIotLogsV2", startFromHead=True,
                              logStreamName=stream["logStreamName"],
                              nextToken=got["nextForwardToken"])
    assert end["events"] == [] and end["nextForwardToken"] == got["nextForwardToken"]
    with pytest.raises(logs.exceptions.ResourceNotFoundException) as refused:
        logs.filter_log_events(logGroupName="/aws/lambda/x")
    assert refused.value.response["Error"]["Message"] == "The specified log group does not exist."
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.filter_log_events(logGroupName="AWSIotLogsV2", filterPattern="Publish-In")


def test_reading_the_log_takes_permission(cloud):
    article = Article(cloud)
    _, keys = article.user_ready_to_connect()
    user = client(cloud, "logs", aws_access_key_id=keys["AccessKeyId"],
                  aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"])
    with pytest.raises(user.exceptions.ClientError) as refused:
        user.filter_log_events(logGroupName="AWSIotLogsV2")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    arn = f"arn:aws:logs:{cloud.ready['region']}:{cloud.ready['account']}:log-group:AWSIotLogsV2"
    assert f"logs:FilterLogEvents on resource: {arn}:log-stream:" in str(refused.value)
    client(cloud, "iam").put_role_policy(
        RoleName=article.role, PolicyName="logs",
        PolicyDocument=document(allow("logs:FilterLogEvents", arn + ":*")))
    assert "events" in user.filter_log_events(logGroupName="AWSIotLogsV2", limit=1)


def aws(cloud, *arguments, **more):
    """Debian's AWS CLI v2: `logs tail` is not in version 1."""
    return subprocess.run(["/usr/bin/aws", *arguments, "--endpoint-url", cloud.ready["endpoint"]],
                          env=cloud.environment(), capture_output=True, text=True, timeout=60,
                          **more)


def test_aws_logs_tail_shows_the_run(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    publish_once(cloud, identity_id, credentials)
    done = aws(cloud, "logs", "tail", "AWSIotLogsV2", "--since", "5m", "--format", "short",
               "--filter-pattern", of_client(identity_id))
    assert done.returncode == 0, done.stderr
    shown = [json.loads(line.split(" ", 1)[1]) for line in done.stdout.splitlines()]
    assert [e["eventType"] for e in shown] == ["Connect", "Publish-In", "Disconnect"]


def test_aws_logs_tail_follows_and_shows_each_event_once(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    publish_once(cloud, identity_id, credentials)
    with subprocess.Popen(["/usr/bin/aws", "logs", "tail", "AWSIotLogsV2", "--follow", "--format",
                           "short", "--filter-pattern", of_client(identity_id),
                           "--endpoint-url", cloud.ready["endpoint"]],
                          env=cloud.environment() | {"PYTHONUNBUFFERED": "1"},
                          stdout=subprocess.PIPE, text=True) as tail:
        lines = [tail.stdout.readline() for _ in range(3)]
        publish_once(cloud, identity_id, credentials)
        lines += [tail.stdout.readline() for _ in range(3)]
        tail.terminate()
    shown = [json.loads(line.split(" ", 1)[1]) for line in lines]
    assert [e["eventType"] for e in shown] == 2 * ["Connect", "Publish-In", "Disconnect"]
    assert len({e["traceId"] for e in shown}) == 6


def test_logging_options_decide_what_the_log_group_gets():
    with LocalCloud() as cloud:
        iot = client(cloud, "iot")
        with pytest.raises(iot.exceptions.NotConfiguredException):
            iot.get_v2_logging_options()
        role = f"arn:aws:iam::{cloud.ready['account']}:role/logging"
        iot.set_v2_logging_options(roleArn=role, defaultLogLevel="ERROR")
        article = Article(cloud)
        identity_id, credentials = article.user_ready_to_connect()
        publish_once(cloud, identity_id, credentials)
        assert entries(cloud) == []
        iot.set_v2_logging_level(logTarget={"targetType": "CLIENT_ID", "targetName": identity_id},
                                 logLevel="INFO")
        publish_once(cloud, identity_id, credentials)
        assert [e["eventType"] for e in entries(cloud)] == ["Connect", "Publish-In", "Disconnect"]
        listed = [c for page in iot.get_paginator("list_v2_logging_levels").paginate()
                  for c in page["logTargetConfigurations"]]
        assert [c["logTarget"]["targetType"] for c in listed] == ["CLIENT_ID", "DEFAULT"]
        iot.delete_v2_logging_level(targetType="CLIENT_ID", targetName=identity_id)
        iot.set_v2_logging_options(disableAllLogs=True)
        publish_once(cloud, identity_id, credentials)
        assert len(entries(cloud)) == 3
        options = iot.get_v2_logging_options()
        assert (options["roleArn"], options["defaultLogLevel"], options["disableAllLogs"]) == (
            role, "ERROR", True)


def test_logging_options_outlive_a_kill(tmp_path):
    with LocalCloud(data=tmp_path / "data") as cloud:
        client(cloud, "iot").set_v2_logging_options(
            roleArn="arn:aws:iam::123456789012:role/r", defaultLogLevel="WARN")
        cloud.kill()
    with LocalCloud(data=tmp_path / "data") as cloud:
        assert client(cloud, "iot").get_v2_logging_options()["defaultLogLevel"] == "WARN"


def local_logs(cloud, *arguments):
    return [BINARY, "local", "logs", "--endpoint-url", cloud.ready["http_endpoint"], *arguments]


def test_cogniot_local_logs_says_why_in_words_and_as_json(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect(attach=False)
    connection, _ = mqtt_connection(cloud, identity_id, credentials)
    with pytest.raises(awscrt.exceptions.AwsCrtError):
        connection.connect().result(10)
    done = subprocess.run(local_logs(cloud, "--denied", "--client-id", identity_id),
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    entry, why = done.stdout.splitlines()[:2]
    assert f" refused Connect client {identity_id} AUTHORIZATION_FAILURE" in entry
    assert why.startswith("    no IoT policy is attached to identity")
    done = subprocess.run(local_logs(cloud, "--denied", "--client-id", identity_id,
                                     "--output", "json", "--since", "10m"),
                          capture_output=True, text=True, timeout=30)
    assert json.loads(done.stdout.splitlines()[0])["because"]["refused_by"] == "iot_policy"
    done = subprocess.run(local_logs(cloud, "--since", "tomorrow"), capture_output=True, text=True,
                          timeout=30)
    assert done.returncode == 2 and "`tomorrow`" in done.stderr


def test_cogniot_local_logs_follows(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    with subprocess.Popen(local_logs(cloud, "--follow", "--client-id", identity_id, "--output",
                                     "json"), stdout=subprocess.PIPE, text=True) as following:
        publish_once(cloud, identity_id, credentials)
        shown = [json.loads(following.stdout.readline()) for _ in range(3)]
        following.terminate()
    assert [e["eventType"] for e in shown] == ["Connect", "Publish-In", "Disconnect"]


def test_curl_streams_denials_and_comes_back_where_it_was(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect(attach=False)

    def refuse():
        connection, _ = mqtt_connection(cloud, identity_id, credentials)
        with pytest.raises(awscrt.exceptions.AwsCrtError):
            connection.connect().result(10)

    def stream(*headers):
        return subprocess.Popen(
            ["curl", "-sN", "--max-time", "20", "-H", "Accept: text/event-stream",
             *[part for h in headers for part in ("-H", h)],
             f"{cloud.ready['http_endpoint']}/_cogniot/denials?identity={identity_id}"],
            stdout=subprocess.PIPE, text=True)

    def read_event(running):
        event = {}
        while True:
            line = running.stdout.readline().rstrip("\n")
            if not line and event:
                return event
            if line and not line.startswith(":"):
                name, value = line.split(": ", 1)
                event[name] = value

    with stream() as running:
        refuse()
        first = read_event(running)
        running.terminate()
    assert first["event"] == "denial"
    assert json.loads(first["data"])["clientId"] == identity_id
    refuse()
    with stream("Last-Event-ID: " + first["id"]) as running:
        second = read_event(running)
        running.terminate()
    assert second["id"] != first["id"]
    assert json.loads(second["data"])["traceId"] != json.loads(first["data"])["traceId"]
