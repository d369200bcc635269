"""publish, subscribe, sign-in, credentials and user add against a local cloud with the article's stack."""

import json
import os
import re
import socket
import subprocess
import time

import boto3
import pytest
from local_cloud import BINARY, ROOT, LocalCloud

TOPIC = "$aws/things/device_1/shadow/update"
FILTER = "$aws/things/device_1/shadow/update"
PASSWORD = "P@ssw0rd!"
OFF = '{"state":{"desired":{"power":"OFF"}}}'


class Job:
    """A configuration for the stack of one local cloud, and a way to run cogniot with it."""

    def __init__(self, cloud, folder):
        self.cloud = cloud
        self.env = cloud.environment() | {"COGNIOT_PASSWORD": PASSWORD}
        outputs = dict(re.findall(r"^\s+(\w+) = (\S+)$", cloud.log(), re.M))
        self.pool = outputs["UserPoolId"]
        self.boto = {name: boto3.client(name, region_name=cloud.ready["region"],
                                        endpoint_url=cloud.ready["endpoint"],
                                        verify=cloud.ready["ca_file"], aws_access_key_id="test",
                                        aws_secret_access_key="test")
                     for name in ("cognito-idp", "iot")}
        client = self.boto["cognito-idp"].describe_user_pool_client(
            UserPoolId=self.pool, ClientId=outputs["AppClientId"])["UserPoolClient"]
        self.config = folder / "cogniot.yaml"
        self.config.write_text(
            f"user_pool_id: {self.pool}\napp_client_id: {client['ClientId']}\n"
            f"app_client_secret: {client['ClientSecret']}\n"
            f"identity_pool_id: {outputs['IdentityPoolId']}\n"
            f"iot_endpoint: localhost:{cloud.port}\niot_policy: {outputs['IotPolicyName']}\n")
        self.env["COGNIOT_CONFIG"] = str(self.config)

    def start(self, *arguments, **env):
        return subprocess.Popen([BINARY, *arguments], env=self.env | env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def run(self, *arguments, stdin="", **env):
        return subprocess.run([BINARY, *arguments], env=self.env | env, text=True, input=stdin,
                              capture_output=True, timeout=60)

    def add(self, user):
        done = self.run("user", "add", "-u", user, "--output", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def identity(self, user):
        done = self.run("credentials", "-u", user, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["identity_id"]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    with LocalCloud("--template", str(ROOT / "examples/article/template.yaml")) as cloud:
        made = Job(cloud, tmp_path_factory.mktemp("cli"))
        made.add("alice")
        yield made


def test_a_user_is_added_once_and_its_password_set_again(job):
    assert job.add("new")["created"] is True
    assert job.add("new")["created"] is False


def test_sign_in_prints_tokens_only_when_asked_for_json(job):
    told = job.run("sign-in", "-u", "alice")
    assert told.returncode == 0 and "signed in as alice" in told.stdout and "eyJ" not in told.stdout
    tokens = json.loads(job.run("sign-in", "-u", "alice", "--output", "json").stdout)
    assert tokens["id_token"].count(".") == 2 and tokens["refresh_token"]


def test_the_password_comes_from_standard_input_too(job):
    done = job.run("sign-in", "-u", "alice", "--password-stdin", stdin=PASSWORD + "\n",
                   COGNIOT_PASSWORD="wrong")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("env, says", [
    ({"COGNIOT_PASSWORD": "wrong"}, "Incorrect username or password"),
    ({"COGNIOT_APP_CLIENT_SECRET": "wrongwrong"}, "secret"),
    ({"COGNIOT_USERNAME": "nobody"}, "User does not exist"),
])
def test_a_refused_sign_in_is_exit_code_3_and_says_why(job, env, says):
    done = job.run("sign-in", **({"COGNIOT_USERNAME": "alice"} | env))
    assert done.returncode == 3 and done.stdout == "" and says in done.stderr


def test_a_new_password_is_asked_for_and_given(job):
    job.boto["cognito-idp"].admin_create_user(UserPoolId=job.pool, Username="fresh",
                                              TemporaryPassword="Temp0rary!",
                                              MessageAction="SUPPRESS")
    asked = job.run("sign-in", "-u", "fresh", COGNIOT_PASSWORD="Temp0rary!",
                    # No terminal to ask on: the test runs in a session of its own.
                    )
    assert asked.returncode == 3 and "NEW_PASSWORD_REQUIRED" in asked.stderr
    given = job.run("sign-in", "-u", "fresh", COGNIOT_PASSWORD="Temp0rary!",
                    COGNIOT_NEW_PASSWORD="N3w!passw0rd")
    assert given.returncode == 0, given.stderr
    assert job.run("sign-in", "-u", "fresh", COGNIOT_PASSWORD="N3w!passw0rd").returncode == 0


def test_credentials_let_any_aws_tool_act_as_the_user(job, tmp_path):
    config = tmp_path / "config"
    config.write_text(f"[profile alice]\nregion = {job.cloud.ready['region']}\n"
                      f"credential_process = {BINARY} credentials --format process -u alice\n")
    env = {k: v for k, v in job.env.items()
           if k not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    who = subprocess.run(["aws", "--profile", "alice", "--endpoint-url",
                          job.cloud.ready["endpoint"], "sts", "get-caller-identity"],
                         env=env | {"AWS_CONFIG_FILE": str(config)}, capture_output=True, text=True,
                         timeout=60)
    # The command signs its own backend calls with nothing: credentials needs none.
    assert who.returncode == 0, who.stderr
    assert "CognitoIdentityCredentials" in json.loads(who.stdout)["Arn"]


def test_credentials_as_shell_variables(job):
    done = job.run("credentials", "-u", "alice", "--format", "env")
    shown = subprocess.run(["bash", "-c", done.stdout + "echo $AWS_ACCESS_KEY_ID"],
                           capture_output=True, text=True)
    assert shown.stdout.startswith("ASIA")


@pytest.mark.parametrize("qos, more", [("0", []), ("1", []), ("0", ["--early-publish"]),
                                       ("1", ["--early-publish"])])
def test_a_publish_is_acknowledged(job, qos, more):
    done = job.run("publish", "-u", "alice", "-q", qos, "-t", TOPIC, "-m", OFF, "--output", "json",
                   *more)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "delivered"


def test_steps_are_told_without_secrets(job):
    done = job.run("publish", "-d", "-u", "alice", "-q", "1", "-t", TOPIC, "-m", OFF)
    for step in ("sign in (", "identity (", "credentials (", "policy (", "connect (", "publish (",
                 "PUBACK"):
        assert step in done.stderr
    assert "ended" not in done.stderr  # that we closed the link ourselves is no news
    secret = re.search("app_client_secret: (.*)", job.config.read_text())[1]
    assert PASSWORD not in done.stderr and secret not in done.stderr


def test_an_identity_is_asked_for_once(job):
    job.add("once")
    first = job.run("publish", "-d", "-u", "once", "-q", "1", "-t", TOPIC, "-m", OFF)
    second = job.run("publish", "-d", "-u", "once", "-q", "1", "-t", TOPIC, "-m", OFF)
    assert "GetId" in first.stderr and "AttachPolicy" in first.stderr
    assert "GetId" not in second.stderr and "AttachPolicy" not in second.stderr
    assert second.returncode == 0


def test_a_policy_that_was_detached_behind_our_back_is_attached_again(job):
    job.add("detached")
    assert job.run("publish", "-u", "detached", "-q", "1", "-t", TOPIC, "-m", OFF).returncode == 0
    policy = re.search("iot_policy: (.*)", job.config.read_text())[1]
    job.boto["iot"].detach_policy(policyName=policy, target=job.identity("detached"))
    again = job.run("publish", "-u", "detached", "-q", "1", "-t", TOPIC, "-m", OFF)
    assert again.returncode == 0, again.stderr


def test_without_an_iot_policy_the_connect_is_denied_and_the_cause_named_first(job):
    job.add("unarmed")
    done = job.run("publish", "-u", "unarmed", "--no-attach-policy", "-q", "1", "-t", TOPIC, "-m", OFF)
    assert done.returncode == 5
    assert "no IoT policy is attached to the identity" in done.stderr


def test_another_client_id_is_denied(job):
    done = job.run("publish", "-u", "alice", "-q", "1", "-i", "not-mine", "-t", TOPIC, "-m", OFF)
    assert done.returncode == 5 and "`client/not-mine`" in done.stderr


def test_a_topic_outside_the_policy_is_denied_after_two_hang_ups_not_resent_for_ever(job):
    done = job.run("publish", "-u", "alice", "-q", "1", "-t", "other/42", "-m", OFF, "--output", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 5 and told["outcome"] == "denied" and told["sends"] == 2
    assert "`topic/other/42`" in done.stderr


def test_a_qos_0_publish_that_is_hung_up_on_is_not_called_delivered(job):
    done = job.run("publish", "-u", "alice", "-q", "0", "-t", "other/42", "-m", OFF)
    assert done.returncode != 0 and "hung up" in done.stderr


def test_lines_are_published_in_order_and_the_failed_ones_are_named(job):
    subscriber = job.start("subscribe", "-u", "alice", "-i", job.identity("alice"), "-t", FILTER,
                           "-C", "3", "-W", "30", "-q", "1", "-F", "%p")
    time.sleep(1.5)
    job.add("lines")
    text = "\n".join(['{"state":{"desired":{"n":1}}}', "", '{"state": oops}',
                      '{"state":{"desired":{"n":2}}}', '{"state":{"desired":{"n":3}}}'])
    done = job.run("publish", "-u", "lines", "-q", "1", "-t", TOPIC, "-l", "--json", stdin=text)
    assert done.returncode == 2
    assert "line 3: not sent" in done.stderr and "3 of 4 lines were acknowledged" in done.stderr
    out, err = subscriber.communicate(timeout=40)
    assert subscriber.returncode == 0, err
    assert [json.loads(line)["state"]["desired"]["n"] for line in out.splitlines()] == [1, 2, 3]


def test_all_lines_denied(job):
    done = job.run("publish", "-u", "alice", "-q", "1", "-t", "other/1", "-l", stdin="a\nb\n")
    assert done.returncode == 5 and "lines 1-2: denied" in done.stderr


def test_a_denied_subscription_is_named_and_the_granted_one_still_listens(job):
    alone = job.run("subscribe", "-u", "alice", "-t", "other/#")
    assert alone.returncode == 5 and "`topicfilter/other/#`" in alone.stderr
    both = job.run("subscribe", "-u", "alice", "-t", FILTER, "-t", "other/#", "-W", "8")
    assert both.returncode == 5 and "`other/#`" in both.stderr


def test_no_message_in_time_is_exit_code_7(job):
    done = job.run("subscribe", "-u", "alice", "-t", FILTER, "-C", "1", "-W", "2", "--clean-session")
    assert done.returncode == 7, done.stderr


@pytest.mark.parametrize("arguments, says", [
    (["-t", "a/+/b", "-m", "x"], "wildcard"),
    (["-t", "a/b/c/d/e/f/g/h/i", "-m", "x"], "a/b/c/d/e/f/g/h/i"),
    (["-t", "x" * 257, "-m", "x"], "256"),
    (["-t", "a", "-m", '{"a": [1,]}', "--json"], "line 1, column 10: a comma before the closing `]`"),
    (["-t", "a", "-m", "x", "--iot-endpoint", "https://h/mqtt"], "a URL stands where a host is due"),
    (["-t", "a", "-m", "x", "-i", "$me"], "client ID"),
    (["-t", "a", "-m", "x", "-n"], "exactly one of"),
    (["-t", "a"], "exactly one of"),
    (["-t", "a", "-f", "/nowhere"], "/nowhere"),
    (["-t", "a", "-f", "/"], "Is a directory"),
    (["-t", "a", "-m", "x", "--config", "/"], "Is a directory"),
    (["-t", "a", "-m", "x", "--app-client-secret-file", "/"], "Is a directory"),
    (["-m", "x"], "--topic"),
    (["-t", "a", "-m", "x", "-q", "2"], "--qos"),
    (["-t", "a", "-m", "x", "--config", "/nowhere.yaml"], "/nowhere.yaml"),
])
def test_bad_input_is_found_before_any_network(job, arguments, says):
    # An endpoint where nothing listens: a request would be exit code 6.
    done = job.run("publish", "-u", "alice", *arguments, AWS_ENDPOINT_URL="https://localhost:1")
    assert done.returncode == 2, done.stderr
    assert says in done.stderr


def test_a_payload_larger_than_aws_iot_takes_is_not_sent(job, tmp_path):
    (tmp_path / "large").write_text("x" * 131073)
    done = job.run("publish", "-u", "alice", "-t", "a", "-f", str(tmp_path / "large"),
                   AWS_ENDPOINT_URL="https://localhost:1")
    assert done.returncode == 2 and "131073 bytes" in done.stderr


def test_an_unreachable_endpoint_an_untrusted_certificate_and_a_missing_policy_are_told_apart(job):
    away = job.run("publish", "-u", "alice", "-t", TOPIC, "-m", OFF, "--endpoint-url", "https://localhost:1")
    assert away.returncode == 6 and "connection refused" in away.stderr
    stranger = job.run("publish", "-u", "alice", "-t", TOPIC, "-m", OFF, AWS_CA_BUNDLE="")
    assert stranger.returncode == 6 and "certificate" in stranger.stderr
    nameless = job.run("publish", "-u", "alice", "-t", TOPIC, "-m", OFF, "--iot-policy", "nowhere")
    assert nameless.returncode == 2 and "Policy not found" in nameless.stderr


def test_wrong_backend_credentials_are_exit_code_4(job):
    job.add("armless")
    done = job.run("publish", "-u", "armless", "-t", TOPIC, "-m", OFF, AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode == 4 and "get-caller-identity" in done.stderr


def test_a_clock_that_is_wrong_is_told_and_worked_around(tmp_path):
    with LocalCloud("--template", str(ROOT / "examples/article/template.yaml"),
                    "--clock-offset", "5000") as late:
        job = Job.__new__(Job)
        # boto3 would be refused here: its clock is wrong too. The stack has what is needed.
        outputs = dict(re.findall(r"^\s+(\w+) = (\S+)$", late.log(), re.M))
        job.env = late.environment() | {"COGNIOT_PASSWORD": PASSWORD, "COGNIOT_USERNAME": "alice"}
        done = subprocess.run([BINARY, "user", "add", "--user-pool-id", outputs["UserPoolId"]],
                              env=job.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "clock is 83 min 20 s behind AWS" in done.stderr


@pytest.fixture
def queued(job):
    """A session that keeps three messages: 1, 2, 3. Gives a way to subscribe to it."""
    job.add("slow")
    listen = ("subscribe", "-u", "slow", "-q", "1", "-t", FILTER, "-F", "%p")
    assert job.run(*listen, "-W", "2").returncode == 0
    for n in (1, 2, 3):
        assert job.run("publish", "-u", "alice", "-q", "1", "-t", TOPIC, "-m", str(n)).returncode == 0
    return listen


def test_what_count_does_not_ask_for_stays_with_the_broker(job, queued):
    for n in (1, 2, 3):
        # It comes before SUBACK: the session is kept.
        done = job.run(*queued, "-C", "1", "-W", "20")
        assert (done.returncode, done.stdout) == (0, f"{n}\n"), done.stderr


def test_what_cannot_be_printed_stays_with_the_broker(job, queued):
    reader = job.start(*queued, "-W", "60")
    assert reader.stdout.readline() == "1\n"
    reader.stdout.close()
    # Messages that come in one go may all be printed before the reader is gone.
    time.sleep(1)
    job.run("publish", "-u", "alice", "-q", "1", "-t", TOPIC, "-m", "4")
    assert reader.wait(20) == 1
    assert "stdout could not be written" in reader.stderr.read()
    left = job.run(*queued, "-C", "1", "-W", "20")
    assert left.returncode == 0 and left.stdout in ("2\n", "3\n", "4\n")
    job.run(*queued, "-W", "3")


@pytest.fixture
def silent():
    """The URL of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("command", [["publish", "-t", TOPIC, "-m", OFF], ["subscribe", "-t", FILTER]])
def test_the_timeout_bounds_the_sign_in_too(job, silent, command):
    began = time.monotonic()
    done = job.run(*command, "-u", "alice", "-W", "2", AWS_ENDPOINT_URL=silent)
    assert done.returncode == 7 and "the sign-in had not ended" in done.stderr
    assert time.monotonic() - began < 4


def test_a_subscriber_that_signs_in_can_be_stopped(job, silent):
    waiting = job.start("subscribe", "-u", "alice", "-t", FILTER, AWS_ENDPOINT_URL=silent)
    time.sleep(1)
    waiting.terminate()
    assert waiting.wait(3) == 0


@pytest.mark.parametrize("qos", ["0", "1"])
def test_lines_to_a_denied_topic_are_given_up_early(job, qos):
    began = time.monotonic()
    done = job.run("publish", "-u", "alice", "-q", qos, "-t", "other/1", "-l",
                   stdin="".join(f"{n}\n" for n in range(1000)))
    assert "0 of 1000 lines were acknowledged" in done.stderr
    assert "given up" in done.stderr and time.monotonic() - began < 20


def test_a_client_id_in_use_elsewhere_is_named_not_fought_over(job):
    job.add("twice")
    one = job.start("subscribe", "-u", "twice", "-t", FILTER)
    two = job.start("subscribe", "-u", "twice", "-t", FILTER)
    until = time.monotonic() + 90
    while one.poll() is None and two.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    loser, other = (one, two) if one.poll() is not None else (two, one)
    assert loser.poll() is not None, "they fight for ever"
    assert "is taken over again and again" in loser.communicate()[1]
    assert loser.returncode == 6
    other.terminate()
    assert other.wait(10) == 0


def test_an_interrupted_subscriber_comes_back_after_the_cloud_restarts(tmp_path):
    with LocalCloud("--template", str(ROOT / "examples/article/template.yaml"),
                    data=tmp_path / "data") as cloud:
        job = Job(cloud, tmp_path)
        job.add("alice")
        job.add("bob")
        port = cloud.port
        subscriber = job.start("subscribe", "-u", "alice", "-q", "1", "-t", FILTER, "-C", "1", "-W", "60")
        time.sleep(2)
        cloud.kill()
        time.sleep(0.5)
        again = subprocess.Popen([BINARY, "local", "--listen", f"127.0.0.1:{port}", "--mqtts", "none",
                                  "--data", str(tmp_path / "data")],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            done = None
            for _ in range(20):
                time.sleep(1)
                done = job.run("publish", "-u", "bob", "-q", "1", "-t", TOPIC, "-m", OFF)
                if done.returncode == 0 and subscriber.poll() is not None:
                    break
            assert done.returncode == 0, done.stderr
            out, err = subscriber.communicate(timeout=60)
            assert subscriber.returncode == 0, err
            assert out == OFF + "\n"
        finally:
            subscriber.kill()
            again.terminate()
            again.wait(10)
