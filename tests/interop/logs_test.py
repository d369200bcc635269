"""What the local cloud tells about a run: decisions, denials, AWSIotLogsV2. The runs are made with
boto3 and awscrt; how to read them is docs/local.md, "Why it refused"."""

import json
import urllib.error
import urllib.parse
import urllib.request

import awscrt.exceptions
import awscrt.mqtt
import pytest

from article import Article, TOPIC, POWER_OFF, client, mqtt_connection

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
