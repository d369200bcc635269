"""cogniot local as a process: ready file, banner, exit codes, a second process, the clock."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

import pytest

from local_cloud import BINARY, LocalCloud


def run(*arguments, **more):
    return subprocess.run([BINARY, "local", *arguments], capture_output=True, text=True, timeout=20, **more)


def test_the_ready_file_and_stdout_say_the_same_and_the_banner_ends_with_ready():
    with LocalCloud() as cloud:
        ready = cloud.ready
        assert list(ready) == ["endpoint", "http_endpoint", "mqtts", "insecure_mqtt", "ca_file",
                               "region", "account", "access_key_id", "secret_access_key", "console"]
        port = cloud.port
        assert port != 0
        assert ready["endpoint"] == f"https://localhost:{port}"
        assert ready["http_endpoint"] == f"http://127.0.0.1:{port}"
        assert ready["console"] == f"http://127.0.0.1:{port}/_cogniot/"
        assert ready["mqtts"].startswith("localhost:")
        assert ready["insecure_mqtt"].startswith("127.0.0.1:")
        assert pathlib.Path(ready["ca_file"]).is_absolute()
        assert "BEGIN CERTIFICATE" in pathlib.Path(ready["ca_file"]).read_text()
        assert (ready["region"], ready["account"]) == ("ap-northeast-1", "123456789012")
        assert (ready["access_key_id"], ready["secret_access_key"]) == ("test", "test")
        lines = cloud.log().splitlines()
        assert "Ready." in lines
        assert json.loads(lines[-1]) == ready


def test_stdout_is_one_line_of_json_and_stderr_ends_with_ready():
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([BINARY, "local", "--listen", "127.0.0.1:0", "--mqtts", "none",
                                    "--data", folder], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        process.terminate()
        out, err = process.communicate(timeout=10)
        assert process.returncode == 0
        ready = json.loads(line)
        assert ready["insecure_mqtt"] is None
        assert out == ""
        assert err.splitlines()[-1] == "Ready."


def test_sigterm_ends_it_with_0_and_sigint_too():
    import signal
    for number in (signal.SIGTERM, signal.SIGINT):
        cloud = LocalCloud()
        cloud.process.send_signal(number)
        assert cloud.process.wait(10) == 0


def test_a_second_process_on_the_same_data_is_refused_and_told_who_holds_it():
    with tempfile.TemporaryDirectory() as data, LocalCloud(data=data) as first:
        second = run("--listen", "127.0.0.1:0", "--mqtts", "none", "--data", data)
        assert second.returncode == 1
        assert f"process {first.process.pid}" in second.stderr
        assert data in second.stderr
        assert first.process.poll() is None


def test_a_port_that_is_taken_is_named():
    with LocalCloud() as first:
        second = run("--ephemeral", "--mqtts", "none", "--listen", f"127.0.0.1:{first.port}")
        assert second.returncode == 1
        assert str(first.port) in second.stderr


@pytest.mark.parametrize("arguments, code", [
    (["--insecure-mqtt", "0.0.0.0:0", "--ephemeral", "--listen", "127.0.0.1:0", "--mqtts", "none"], 2),
    (["--listen", "nonsense"], 2),
    (["--listen", "127.0.0.1:99999"], 2),
    (["--ephemeral", "--data", "/tmp/x"], 2),
    (["--account", "12"], 2),
    (["--region", "x y"], 2),
    (["--region", ""], 2),
    (["--clock-offset", "soon"], 2),
    (["--data", "/proc/nowhere", "--listen", "127.0.0.1:0", "--mqtts", "none"], 1),
])
def test_flags_that_cannot_be_used_are_refused_before_anything_starts(arguments, code):
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert done.stderr.strip()
    assert "Ready." not in done.stderr


@pytest.mark.parametrize("flag, text, says", [
    ("--faults", None, "No such file or directory"),
    ("--faults", "", "no top-level sections"),
    ("--faults", "faults:\n - trottle x\n", ":2:4: `trottle` is no fault; there are throttle, "),
    ("--faults", "seed: 7\nfaults:\n - fault: throttle\n   operation: iot:AtachPolicy\n",
     ":4:4: there is no operation `iot:AtachPolicy`; SERVICE is cognito-idp, "),
    ("--settings", None, "No such file or directory"),
    ("--settings", "- a\n", "no top-level sections"),
    ("--settings", "max_subs: 4\n", ":1:1: `max_subs`; there are enforce_rates, "),
    ("--limits", "max_subscriptions: -4\n", ":1:1: `max_subscriptions` is 0 to 4294967295, not -4"),
    ("--template", None, "No such file or directory"),
    ("--template", "Description: x\n", "there is no `Resources:` section (not a CloudFormation template)"),
    ("--template", "a: [1\nb: 2\n", ":2:"),
])
def test_a_file_that_cannot_be_used_is_named_with_the_place_and_the_exit_code_is_2(flag, text, says, tmp_path):
    """docs/cli.md, "Exit codes": 2 is a flag, a file or a value that cannot be used."""
    file = tmp_path / "given.yaml"
    if text is not None:
        file.write_text(text)
    done = run("--ephemeral", "--listen", "127.0.0.1:0", "--mqtts", "none", flag, str(file))
    assert done.returncode == 2, done.stderr
    assert str(file) in done.stderr and says in done.stderr
    assert flag == "--template" or "CloudFormation" not in done.stderr


def test_the_data_directory_follows_xdg_and_is_for_its_owner_only():
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "XDG_DATA_HOME": home}
        process = subprocess.Popen([BINARY, "local", "--listen", "127.0.0.1:0", "--mqtts", "none"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env=environment)
        ready = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(10) == 0
        data = pathlib.Path(home) / "cogniot"
        assert ready["ca_file"] == str(data / "ca.pem")
        for name in ("cogniot.sqlite", "ca.key", "server.key"):
            assert (data / name).stat().st_mode & 0o077 == 0, name


def test_the_ca_is_made_once():
    with tempfile.TemporaryDirectory() as data:
        seen = set()
        for _ in range(2):
            with LocalCloud(data=data) as cloud:
                seen.add(pathlib.Path(cloud.ready["ca_file"]).read_text())
        assert len(seen) == 1


def test_it_is_ready_at_once_on_existing_data():
    with tempfile.TemporaryDirectory() as data:
        LocalCloud(data=data).stop()
        best = min(_start_time(data) for _ in range(5))
        # The promise is 20 ms on a quiet machine; tests share theirs.
        assert best < 0.5


def _start_time(data):
    began = time.monotonic()
    process = subprocess.Popen([BINARY, "local", "--listen", "127.0.0.1:0", "--mqtts", "none",
                                "--data", data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    took = time.monotonic() - began
    process.terminate()
    process.wait(10)
    return took


def test_the_clock_moves_with_clock_offset():
    with LocalCloud("--clock-offset", "864000") as cloud:
        with urllib.request.urlopen(cloud.ready["http_endpoint"] + "/healthz") as answer:
            from email.utils import parsedate_to_datetime
            ahead = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
        assert abs(ahead - 864000) < 60


def test_health_asks_it_and_says_so_when_nobody_is_there():
    with LocalCloud() as cloud:
        done = subprocess.run([BINARY, "health", "--endpoint-url", cloud.ready["http_endpoint"]],
                              capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["services"]["cognito-idp"] == "available"
        address = cloud.ready["http_endpoint"]
    gone = subprocess.run([BINARY, "health", "--endpoint-url", address], capture_output=True,
                          text=True, timeout=20)
    assert gone.returncode == 6


def test_idle_memory_is_small():
    with LocalCloud() as cloud:
        status = pathlib.Path(f"/proc/{cloud.process.pid}/status").read_text()
        rss = int(next(l for l in status.splitlines() if l.startswith("VmRSS")).split()[1])
        # 15 MB is promised of the release build; sanitizers and debug builds are larger.
        assert rss < (15_000 if os.environ.get("COGNIOT_RELEASE") else 400_000)
