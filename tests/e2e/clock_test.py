"""The one clock of the local cloud, turned by `cogniot local clock`: what takes AWS an hour or a day.

Sources: docs/local.md, "Turning the clock"; spec iot-broker 1.4, 2.3; Cognito: ID tokens and
credentials of an identity pool last an hour (spec cognito-iam-sigv4).
"""

import datetime
import http.client
import json
import socket
import subprocess
import time

import botocore.exceptions
import pytest

from article import Article, client
from local_cloud import BINARY, LocalCloud
from wire import WebSocket, presign


@pytest.fixture
def cloud():
    """One of its own for each test: they turn its clock."""
    with LocalCloud() as running:
        yield running


def turn(cloud, *where, code=0):
    done = subprocess.run([BINARY, "local", "clock", *where], env=cloud.environment(),
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def now_in(cloud):
    return json.loads(turn(cloud, "--output", "json"))


def connect(cloud, client_id, keep_alive=1200, clean=True):
    """A raw MQTT 3.1.1 connection as root, signed at the cloud's own time; (socket, session present)."""
    at = datetime.datetime.fromisoformat(now_in(cloud)["now"].replace("Z", "+00:00"))
    host = f"localhost:{cloud.port}"
    door = WebSocket(cloud.port, presign(host, "test", "test", at=at), host)
    assert door.status == 101, door.answer
    name = client_id.encode()
    body = (b"\x00\x04MQTT\x04" + bytes([2 if clean else 0]) + keep_alive.to_bytes(2, "big") +
            len(name).to_bytes(2, "big") + name)
    door.sendall(b"\x10" + bytes([len(body)]) + body)
    answer = door.recv(4)
    assert answer[:2] == b"\x20\x02" and answer[3] == 0
    return door, answer[2] == 1


def is_closed(door):
    try:
        door.socket.settimeout(5)
        while True:
            if not door.socket.recv(4096):
                return True
    except socket.timeout:
        return False
    except ConnectionResetError:
        return True


def test_the_command_tells_and_turns_and_resets(cloud):
    assert turn(cloud).strip().endswith("this machine's time")
    assert "3660 s ahead of this machine's time" in turn(cloud, "+61m")
    assert "60 s ahead" in turn(cloud, "--", "-1h")
    assert "90 s ahead" in turn(cloud, "90")
    assert turn(cloud, "2036-01-02T03:04:05Z").startswith("2036-01-02T03:04:05")
    assert now_in(cloud)["now"].startswith("2036-01-02T03:04:0")
    assert "s behind" in turn(cloud, "2001-01-01")
    turn(cloud, "reset")
    assert now_in(cloud)["offset_seconds"] == 0
    assert "`soon` is no +61m, -61m" in turn(cloud, "soon", code=2)
    assert "within a hundred years" in turn(cloud, "9999999999", code=2)


def test_nobody_there_is_exit_code_6():
    done = subprocess.run([BINARY, "local", "clock", "--endpoint-url", "http://127.0.0.1:9"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 6


def test_tokens_and_credentials_expire_an_hour_later(cloud):
    article = Article(cloud)
    article.add_user()
    tokens = article.sign_in()
    _, credentials = article.identity(tokens["IdToken"])
    mine = client(cloud, "sts", aws_access_key_id=credentials["AccessKeyId"],
                  aws_secret_access_key=credentials["SecretKey"],
                  aws_session_token=credentials["SessionToken"])
    assert "CognitoIdentityCredentials" in mine.get_caller_identity()["Arn"]
    turn(cloud, "+61m")
    # The client's clock did not move: its signature is an hour old now.
    with pytest.raises(botocore.exceptions.ClientError) as late:
        mine.get_caller_identity()
    assert "Signature expired" in str(late.value)
    with pytest.raises(botocore.exceptions.ClientError) as expired:
        article.idp.get_user(AccessToken=tokens["AccessToken"])
    assert "expired" in str(expired.value).lower()
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        article.identity(tokens["IdToken"])
    assert "Token expired" in str(refused.value) or "expired" in str(refused.value).lower()
    # Back again, both are good for what is left of their hour.
    turn(cloud, "reset")
    assert article.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    mine.get_caller_identity()


def test_keep_alive_ends_as_soon_as_the_clock_has_passed_it(cloud):
    door, _ = connect(cloud, "quiet", keep_alive=60)
    turn(cloud, "+89s")
    time.sleep(0.2)
    door.sendall(b"\xc0\x00")
    assert door.recv(2) == b"\xd0\x00"
    turn(cloud, "+91s")
    assert is_closed(door)


def test_a_session_is_kept_for_an_hour_and_not_longer(cloud):
    door, present = connect(cloud, "sleeper", clean=False)
    door.sendall(b"\xe0\x00")
    assert not present and is_closed(door)
    turn(cloud, "+59m")
    door, present = connect(cloud, "sleeper", clean=False)
    assert present
    door.sendall(b"\xe0\x00")
    assert is_closed(door)
    turn(cloud, "+61m")
    _, present = connect(cloud, "sleeper", clean=False)
    assert not present


def test_set_back_what_waits_goes_on_waiting_as_long_as_it_would_have(cloud):
    door, _ = connect(cloud, "steady", keep_alive=60)
    sleeper, _ = connect(cloud, "sleeper", clean=False)
    sleeper.sendall(b"\xe0\x00")
    assert is_closed(sleeper)
    turn(cloud, "--", "-2h")
    door.sendall(b"\xc0\x00")
    assert door.recv(2) == b"\xd0\x00"
    # 90 s are 90 s, and a session's hour is an hour: not two more.
    turn(cloud, "+91s")
    assert is_closed(door)
    turn(cloud, "+61m")
    _, present = connect(cloud, "sleeper", clean=False)
    assert not present


def test_log_lines_have_the_clocks_time(cloud):
    turn(cloud, "2036-01-02T03:04:05Z")
    connect(cloud, "dated")
    done = subprocess.run([BINARY, "local", "logs"], env=cloud.environment(), capture_output=True,
                          text=True, timeout=20)
    assert any(line.startswith("2036-01-02 03:04") and "dated" in line
               for line in done.stdout.splitlines()), done.stdout


@pytest.mark.parametrize("where", [
    "offset=-9223372036854775808", "offset=9223372036854775807", "offset=-3155760001", "offset=3155760001",
    "offset=9223372036854775808", "offset=1.5", "offset=", "to=0001-01-01T00:00:00Z", "to=9999-12-31T23:59:59Z",
    "advance=5219w", "advance=-5219w", "advance=99999999999999999999d", "", "later=1h",
])
def test_the_clock_keeps_within_a_hundred_years(cloud, where):
    """Beyond, instants would leave what dates can be written as (and seconds what they are counted in)."""
    def page(method, query):
        asked = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
        asked.request(method, "/_cogniot/clock" + query)
        answer = asked.getresponse()
        return answer.status, json.load(answer)
    status, answer = page("POST", "?" + where)
    assert status == 400 and "up to a hundred years" in answer["error"]
    assert page("GET", "")[1]["offset_seconds"] == 0


@pytest.mark.parametrize("offset", ["-9223372036854775808", "9223372036854775807", "-3155760001", "3155760001", "1h"])
def test_a_start_with_a_clock_beyond_a_hundred_years_is_refused(offset):
    done = subprocess.run([BINARY, "local", "--ephemeral", "--listen", "127.0.0.1:0", "--mqtts", "none",
                           f"--clock-offset={offset}"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "--clock-offset" in done.stderr and offset in done.stderr
