"""The AWS CLI does the article's preparation; cogniot, and boto3 as the user, do the rest."""

import json
import pathlib
import re
import subprocess

import pytest
from article import POWER_OFF, TOPIC
from local_cloud import BINARY, ROOT, LocalCloud

PASSWORD = "P@ssw0rd!"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A local cloud on which examples/article/prepare.sh has run, and the configuration it printed."""
    with LocalCloud() as cloud:
        script = ROOT / "examples" / "article" / "prepare.sh"
        done = subprocess.run([str(script), "alice", PASSWORD], env=cloud.environment(),
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        config = tmp_path_factory.mktemp("prepared") / "cogniot.yaml"
        config.write_text(done.stdout)
        yield cloud, config


def test_preparing_twice_says_so_and_creates_nothing(prepared):
    cloud, _ = prepared
    script = ROOT / "examples" / "article" / "prepare.sh"
    again = subprocess.run([str(script), "alice", PASSWORD], env=cloud.environment(),
                           capture_output=True, text=True, timeout=120)
    assert again.returncode == 1 and again.stdout == ""
    assert "the role article-authenticated exists already" in again.stderr
    assert "nothing was created" in again.stderr
    pools = subprocess.run(["aws", "cognito-idp", "list-user-pools", "--max-results", "10",
                            "--endpoint-url", cloud.ready["endpoint"], "--output", "json"],
                           env=cloud.environment(), capture_output=True, text=True, timeout=60)
    assert len(json.loads(pools.stdout)["UserPools"]) == 1


def cogniot(prepared, *arguments, password=PASSWORD, **kwargs):
    cloud, config = prepared
    env = cloud.environment() | {"COGNIOT_PASSWORD": password}
    return subprocess.run([BINARY, *arguments, "--config", str(config), "--username", "alice"],
                          env=env, capture_output=True, text=True, timeout=60, **kwargs)


def test_publish_is_acknowledged(prepared):
    done = cogniot(prepared, "publish", "-t", TOPIC, "-m", POWER_OFF, "-q", "1")
    assert done.returncode == 0, done.stderr


def test_a_wrong_password_is_exit_code_3(prepared):
    done = cogniot(prepared, "publish", "-t", TOPIC, "-m", "x", "-q", "1", password="Wr0ng-one!")
    assert done.returncode == 3, done.stderr
    assert "Incorrect username or password." in done.stderr
    assert "Wr0ng-one!" not in done.stderr


def test_a_topic_outside_the_policy_is_exit_code_5(prepared):
    done = cogniot(prepared, "publish", "-t", "somewhere/else", "-m", "x", "-q", "1")
    assert done.returncode == 5, done.stderr


def test_credential_process_lets_the_aws_cli_act_as_the_user(prepared, tmp_path):
    cloud, config = prepared
    profile = tmp_path / "config"
    profile.write_text(f"[profile alice]\nregion = {cloud.ready['region']}\n"
                       f"credential_process = {BINARY} credentials --format process "
                       f"--config {config} --username alice\n")
    env = cloud.environment()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        env.pop(name)
    env.update(AWS_CONFIG_FILE=str(profile), AWS_PROFILE="alice", COGNIOT_PASSWORD=PASSWORD)
    done = subprocess.run(["aws", "sts", "get-caller-identity", "--output", "json",
                           "--endpoint-url", cloud.ready["endpoint"]],
                          env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.search(r":assumed-role/article-authenticated/CognitoIdentityCredentials$",
                     json.loads(done.stdout)["Arn"])


def test_the_examples_are_json(prepared):
    examples = list(pathlib.Path(ROOT / "examples" / "article").glob("*.json"))
    assert examples
    for path in examples:
        json.loads(path.read_text())
