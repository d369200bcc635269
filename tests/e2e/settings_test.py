"""`--settings FILE`: the switches of what nobody could confirm, AWS's rates, and the list of all.

Sources: docs/settings.md; spec iot-broker 7 and 9.
"""

import json
import subprocess

import pytest

from local_cloud import BINARY, ROOT, LocalCloud
from wire import WebSocket, presign


@pytest.fixture
def start(tmp_path):
    """Starts a local cloud with these settings."""
    running = []

    def started(text, flag="--settings"):
        path = tmp_path / "settings.yaml"
        path.write_text(text)
        running.append(LocalCloud(flag, str(path)))
        return running[-1]

    yield started
    for one in running:
        one.stop()


def upgrade(cloud, host=None, **signing):
    seen = host or f"localhost:{cloud.port}"
    query = presign(signing.pop("signed_host", seen), "test", signing.pop("secret", "test"),
                    **signing)
    return WebSocket(cloud.port, query, seen)


def body_of(door):
    return json.loads(door.buffer)


def test_the_page_in_docs_is_what_the_command_prints():
    done = subprocess.run([BINARY, "local", "settings", "--output", "markdown"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert (ROOT / "docs" / "settings.md").read_text() == done.stdout


def test_the_list_as_json_has_every_switch_of_the_spec():
    done = subprocess.run([BINARY, "local", "settings", "--output", "json"], capture_output=True,
                          text=True, timeout=20)
    names = {one["name"]: one["default"] for one in json.loads(done.stdout)}
    for name, default in {
            "connect_denied_311": "close", "subscribe_denied_311": "close",
            "receive_denied": "drop", "opaque_403": "false", "sigv4_token_in_signature": "false",
            "sigv4_host_port_fallback": "true", "sigv4_honour_expires": "false",
            "max_packet_bytes": "149504", "retransmit_seconds": "30",
            "session_slack_seconds": "0", "ws_close_frame_is_client_initiated": "false",
            "reserved_check_first": "true", "enforce_rates": "false"}.items():
        assert names[name] == default


@pytest.mark.parametrize("flag", ["--settings", "--limits"])
def test_a_refused_upgrade_says_why_or_forbidden(start, flag):
    door = upgrade(start("opaque_403: true\n", flag), secret="wrong")
    assert door.status == 403 and body_of(door)["message"] == "Forbidden"


def test_a_refused_upgrade_says_why_by_default(start):
    door = upgrade(start("{}"), secret="wrong")
    assert body_of(door)["message"].startswith("The request signature we calculated")


def test_hosts_with_and_without_port(start):
    cloud = start("{}")
    assert upgrade(cloud, signed_host="localhost").status == 101
    strict = start("sigv4_host_port_fallback: false\n")
    assert upgrade(strict, signed_host="localhost").status == 403
    assert upgrade(strict).status == 101


@pytest.mark.parametrize("text, says", [
    ("opaque: true\n", "settings.yaml:1:1: `opaque`; there are enforce_rates, "),
    ("max_in_flight: 5\nopaque_403: maybe\n", "settings.yaml:2:1: `opaque_403` is true or false"),
    ("max_in_flight: -1\n", "`max_in_flight` is 1 to 65535, not -1"),
    ("- a\n", "settings.yaml"),
    ("# less\nmax_packet_bytes: 2048\n",
     "settings.yaml:2:1: `max_payload_bytes` (131072 unless it is set) is more than `max_packet_bytes` (2048): "
     "set the first to 2048 at most, or the second to 131072 at least"),
    ("max_subscriptions: 5\n---\nmax_subscriptions: 6\n", "settings.yaml:3: a second YAML document"),
])
def test_what_cannot_be_set_is_refused_with_its_place(tmp_path, text, says):
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    done = subprocess.run([BINARY, "local", "--ephemeral", "--listen", "127.0.0.1:0", "--mqtts",
                           "none", "--settings", str(path)], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 2 and says in done.stderr, done.stderr
