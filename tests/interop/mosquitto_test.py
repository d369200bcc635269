"""Our MQTT client against a broker and clients that we did not write: Mosquitto (Debian)."""

import os
import subprocess
import time

import pytest
from local_cloud import BINARY
from mosquitto_broker import Mosquitto


@pytest.fixture(scope="module")
def broker():
    """A running Mosquitto that knows `open/#` only."""
    with Mosquitto("acl_file FOLDER/acl", files={"acl": "topic readwrite open/#\n"}) as running:
        yield running.port, running.log


def cogniot(port, *arguments, stdin=None):
    return subprocess.run([BINARY, *arguments, "--broker-url", f"mqtt://127.0.0.1:{port}"],
                          input=stdin, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("qos", ["0", "1"])
def test_mosquitto_sub_receives_what_we_publish(broker, qos):
    port, _ = broker
    theirs = subprocess.Popen(["mosquitto_sub", "-p", str(port), "-t", f"open/{qos}", "-C", "1", "-q", qos],
                              stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    done = cogniot(port, "publish", "-t", f"open/{qos}", "-q", qos, "-m", "grüß Gott")
    assert done.returncode == 0, done.stderr
    assert theirs.communicate(timeout=20)[0] == "grüß Gott\n"


def test_we_receive_what_mosquitto_pub_publishes_and_print_it_as_mosquitto_sub_does(broker):
    port, _ = broker
    form = "%t %p q%q r%r l%l %x"
    ours = subprocess.Popen([BINARY, "subscribe", "--broker-url", f"mqtt://127.0.0.1:{port}", "-q", "1",
                             "-t", "open/in/+", "-C", "2", "-F", form], stdout=subprocess.PIPE, text=True)
    theirs = subprocess.Popen(["mosquitto_sub", "-p", str(port), "-q", "1", "-t", "open/in/+", "-C", "2",
                               "-F", form], stdout=subprocess.PIPE, text=True)
    time.sleep(1.5)
    for n in ("1", "2"):
        subprocess.run(["mosquitto_pub", "-p", str(port), "-q", "1", "-t", f"open/in/{n}", "-m", f"m{n}"],
                       check=True)
    printed = ours.communicate(timeout=20)[0]
    assert printed == theirs.communicate(timeout=20)[0]
    assert printed.splitlines()[0] == "open/in/1 m1 q1 r0 l2 6d31"


def test_a_thousand_lines_arrive_in_order(broker):
    port, _ = broker
    theirs = subprocess.Popen(["mosquitto_sub", "-p", str(port), "-t", "open/lines", "-C", "1000", "-q", "1"],
                              stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    lines = "".join(f"{n}\n" for n in range(1000))
    done = cogniot(port, "publish", "-t", "open/lines", "-q", "1", "-l", stdin=lines)
    assert done.returncode == 0, done.stderr
    assert theirs.communicate(timeout=30)[0] == lines


def test_retained_and_empty_messages(broker):
    port, _ = broker
    assert cogniot(port, "publish", "-t", "open/kept", "-q", "1", "-r", "-m", "still here").returncode == 0
    got = cogniot(port, "subscribe", "-t", "open/kept", "-C", "1", "-W", "10", "-F", "%p r%r")
    assert got.stdout == "still here r1\n"
    assert cogniot(port, "publish", "-t", "open/kept", "-q", "1", "-r", "-n").returncode == 0
    none = cogniot(port, "subscribe", "-t", "open/kept", "-C", "1", "-W", "2")
    assert none.returncode == 7 and none.stdout == ""


def test_more_filters_than_fit_one_subscribe_all_receive(broker):
    port, log = broker
    filters = [part for n in range(20) for part in ("-t", f"open/many/{n}")]
    ours = subprocess.Popen([BINARY, "subscribe", "--broker-url", f"mqtt://127.0.0.1:{port}", *filters,
                             "-q", "1", "-C", "20", "-W", "30"], stdout=subprocess.PIPE, text=True)
    time.sleep(1.5)
    for n in range(20):
        subprocess.run(["mosquitto_pub", "-p", str(port), "-q", "1", "-t", f"open/many/{n}", "-m", str(n)],
                       check=True)
    assert sorted(map(int, ours.communicate(timeout=40)[0].split())) == list(range(20))


def test_an_unreachable_broker_is_exit_code_6():
    done = cogniot(1, "publish", "-t", "a", "-m", "x")
    assert done.returncode == 6 and "connection refused" in done.stderr


def test_goodbye_is_said(broker):
    port, log = broker
    assert cogniot(port, "publish", "-i", "polite", "-t", "open/bye", "-q", "1", "-m", "x").returncode == 0
    time.sleep(0.3)
    assert "Received DISCONNECT from polite" in log.read_text()


def test_publishes_leave_no_faster_than_asked(broker):
    port, _ = broker
    began = time.monotonic()
    done = cogniot(port, "publish", "-t", "open/slow", "-q", "1", "-l", "--publishes-per-second", "40",
                   stdin="x\n" * 100)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began > 2  # 100 at 40 a second, a few of them at once


def test_a_user_goes_to_a_broker_only_when_the_command_line_names_one(broker):
    port, log = broker
    for name, more in (("with-user", ["-u", "bob"]), ("without-user", [])):
        done = subprocess.run([BINARY, "publish", "--broker-url", f"mqtt://127.0.0.1:{port}", "-i", name,
                               "-t", "open/user", "-m", "x", *more], capture_output=True, text=True,
                              env=os.environ | {"COGNIOT_USERNAME": "alice"}, timeout=60)
        assert done.returncode == 0, done.stderr
    told = {line.split(" as ")[1].split(" ")[0]: line for line in log.read_text().splitlines()
            if "New client connected" in line}
    assert "u'bob'" in told["with-user"] and "u'" not in told["without-user"]
