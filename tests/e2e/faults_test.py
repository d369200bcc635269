"""Faults on request: each as its client sees it, what the log says of it, and that nothing which was
acknowledged is lost."""

import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from article import Article  # noqa: E402
from local_cloud import BINARY, LocalCloud  # noqa: E402
from wire import http, parse, presign, upgrade_request  # noqa: E402


def faults(cloud, method="GET", below="", body=None):
    """(status, answer) of the page."""
    request = urllib.request.Request(cloud.ready["http_endpoint"] + "/_cogniot/faults" + below, method=method,
                                     data=body.encode() if body is not None else None)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def add(cloud, rule):
    status, answer = faults(cloud, "POST", "", rule)
    assert status == 200, answer


def rule_named(cloud, name):
    return next(r for r in faults(cloud)[1]["faults"] if r["name"] == name)


def events(cloud, event_type):
    with urllib.request.urlopen(cloud.ready["http_endpoint"] + "/_cogniot/events") as answer:
        return [e for e in json.load(answer)["events"] if e["eventType"] == event_type]


@pytest.fixture
def local(cloud):
    """The session's cloud, without a rule before and after."""
    faults(cloud, "DELETE")
    yield cloud
    faults(cloud, "DELETE")


def cli(cloud, *arguments, check=0, **more):
    done = subprocess.run([BINARY, "local", "faults", *arguments], env=cloud.environment(), text=True,
                          capture_output=True, timeout=30, **more)
    assert done.returncode == check, done.stderr
    return done.stdout, done.stderr


def code(call, *arguments, **named):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(*arguments, **named)
    error = refused.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def client(cloud, service, retries=0):
    """boto3 as root, which tries again only if it is told to."""
    return boto3.client(service, region_name=cloud.ready["region"], endpoint_url=cloud.ready["endpoint"],
                        verify=cloud.ready["ca_file"], aws_access_key_id="test", aws_secret_access_key="test",
                        config=botocore.config.Config(retries={"mode": "standard", "total_max_attempts": retries + 1}))


CALLS = {
    "cognito-idp:ListUserPools": lambda c: client(c, "cognito-idp").list_user_pools(MaxResults=1),
    "cognito-identity:ListIdentityPools":
        lambda c: client(c, "cognito-identity").list_identity_pools(MaxResults=1),
    "iam:ListRoles": lambda c: client(c, "iam").list_roles(),
    "sts:GetCallerIdentity": lambda c: client(c, "sts").get_caller_identity(),
    "iot:ListPolicies": lambda c: client(c, "iot").list_policies(),
}


@pytest.mark.parametrize("operation, fault, expected", [
    # botocore reads the code and the status; the codes are those of its own service models.
    ("cognito-idp:ListUserPools", "throttle", ("TooManyRequestsException", "Rate exceeded", 400)),
    ("cognito-identity:ListIdentityPools", "throttle", ("TooManyRequestsException", "Rate exceeded", 400)),
    ("iam:ListRoles", "throttle", ("Throttling", "Rate exceeded", 400)),
    ("sts:GetCallerIdentity", "throttle", ("Throttling", "Rate exceeded", 400)),
    ("iot:ListPolicies", "throttle", ("ThrottlingException", "Rate exceeded", 400)),
    ("iot:ListPolicies", "limit-exceeded", ("LimitExceededException", "Limit exceeded", 410)),
    ("iam:ListRoles", "internal-error", ("ServiceFailure", "Internal service failure", 500)),
    ("iot:ListPolicies", "unavailable", ("ServiceUnavailableException", "Service is unavailable", 503)),
])
def test_a_call_is_answered_with_the_exception_of_its_service(local, operation, fault, expected):
    add(local, f"{fault} {operation} count=1 name=bad-day")
    assert code(CALLS[operation], local) == expected
    CALLS[operation](local)  # its count is used up
    found = events(local, operation.split(":")[1])[-1]
    assert found["reason"] == expected[0]
    assert found["explanation"].startswith(f"fault rule `bad-day` ({fault})")
    assert events(local, "Fault")[-1]["rule"] == "bad-day"
    assert rule_named(local, "bad-day")["state"] == "over"


def test_boto3_retries_a_throttle_and_succeeds(local):
    """botocore's own list of retryable codes takes ours for AWS's."""
    add(local, "throttle cognito-idp:ListUserPools count=2 name=throttled")
    answer = client(local, "cognito-idp", retries=3).list_user_pools(MaxResults=1)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert rule_named(local, "throttled")["struck"] == 2


def test_the_upgrade_is_refused_with_the_chosen_body(local):
    host = f"localhost:{local.port}"

    def upgrade():
        query = presign(host, "test", "test", None)
        return parse(http(local.port, upgrade_request(query, host)))

    add(local, 'refuse-upgrade count=1 name=said "message=Not today"')
    status, headers, body = upgrade()
    assert (status, headers["x-amzn-errortype"]) == (403, "ForbiddenException:")
    assert json.loads(body) == {"message": "Not today", "traceId": headers["x-amzn-requestid"]}
    line = events(local, "Connection.AuthNError")[-1]
    assert line["explanation"] == "fault rule `said` (refuse-upgrade) refused the upgrade"
    assert faults(local, "POST", "", json.dumps({"fault": "refuse-upgrade", "count": 1,
                                                 "body": "<html>"}))[0] == 200
    assert upgrade()[::2] == (403, b"<html>")
    assert upgrade()[0] == 101


def test_latency_and_bandwidth_hold_an_answer_back(local):
    import time
    add(local, "latency 1s operation=sts:*")
    before = time.monotonic()
    CALLS["sts:GetCallerIdentity"](local)
    assert time.monotonic() - before >= 1
    before = time.monotonic()
    CALLS["iot:ListPolicies"](local)
    assert time.monotonic() - before < 1


def test_rules_come_from_the_command_line_and_from_a_file(local, tmp_path):
    out, _ = cli(local, "add", "throttle", "iam:*", "50%", "count=3", "name=slow-iam")
    assert out == "slow-iam  throttle iam:* 50% count=3  struck 0 of 0\n"
    out, _ = cli(local, "add", "hang-up publish 'topic=home/#' 10%".replace("'", ""))
    assert out.splitlines()[1] == "hang-up  hang-up publish topic=home/# 10%  struck 0 of 0"
    assert len(json.loads(cli(local, "--output", "json")[0])["faults"]) == 2
    cli(local, "remove", "slow-iam")
    _, why = cli(local, "remove", "slow-iam", check=2)
    assert "there is no fault rule `slow-iam`" in why
    _, why = cli(local, "add", "throttle", "iam:*", "5", check=2)
    assert "what is `5`?" in why and "`throttle` takes operation, " in why
    file = tmp_path / "faults.yaml"
    file.write_text("seed: 42\nfaults:\n  - fault: lose-puback\n    topic: home/lamp\n    count: 1\n")
    out, _ = cli(local, "load", str(file))
    assert out == "lose-puback  lose-puback topic=home/lamp count=1  struck 0 of 0\n"
    assert faults(local)[1]["seed"] == 42
    file.write_text("faults:\n  - fault: lose-puback\n    tpoic: home/lamp\n")
    _, why = cli(local, "load", str(file), check=2)
    assert "faults.yaml:3:5: `lose-puback` has no `tpoic`; it takes client, identity, topic" in why
    assert cli(local, "clear") == ("", "no fault rules stand\n")


def test_what_the_list_prints_can_be_added_again(local):
    out, _ = cli(local, "add", "refuse-upgrade", "message=Not today, thank you", "name=polite")
    assert out == 'polite  refuse-upgrade message="Not today, thank you"  struck 0 of 0\n'
    cli(local, "clear")
    again, _ = cli(local, "add", out.split("  ")[1] + " name=polite")
    assert again == out


def test_a_local_cloud_starts_with_the_faults_of_a_file(tmp_path):
    file = tmp_path / "faults.yaml"
    file.write_text("faults:\n  - throttle sts:* name=from-file\n")
    with LocalCloud("--faults", str(file)) as cloud:
        assert code(CALLS["sts:GetCallerIdentity"], cloud)[0] == "Throttling"
    file.write_text("faults:\n  - throttle\n")
    broken = LocalCloud("--faults", str(file), wait=False)
    assert broken.process.wait(20) == 2
    assert "faults.yaml:2:5: `throttle` needs `operation`" in broken.log()
    broken.stop()
