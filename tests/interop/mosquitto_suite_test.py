"""Mosquitto's own tests of its broker, from Debian's source package, against the plain listener.

The suite is not in this repository: `tools/get-debian-source` (which `./run test` calls) leaves it in
tests/interop/mosquitto_suite/source. A copy of it is run in which `cogniot local` stands where it expects
its broker (mosquitto_suite/as_mosquitto.py), and packets of MQTT 5 are compared by what they say
(mosquitto_suite/same_packet.py). Which tests there are, the suite's own list says; those below that are
left out or end otherwise are named with the reason.
"""

import ast
import concurrent.futures
import fnmatch
import itertools
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import pytest
from local_cloud import BINARY

HERE = pathlib.Path(__file__).resolve().parent / "mosquitto_suite"
SOURCE = HERE / "source"
SOME_AT_ONCE = 3
SECONDS_EACH = 120

# Tests of what Mosquitto has beside MQTT, by pattern, and two that chance decides here. They are not run.
BESIDE_MQTT = {
    "01-bad-initial-packets": "its $SYS topics, and a limit of 25 MB for its address space",
    "01-connect-575314": "compares two times, which is for a quiet machine and an optimised build",
    "01-connect-uname-*password*": "its password files",
    "01-connect-uname-or-anon": "its password files",
    "01-connect-allow-anonymous": "its rule for brokers without a configuration",
    "01-connect-zero-length-id": "its setting that refuses an empty client ID",
    "02-shared-qos0-v5": "which member of a group gets a message: in turn there, any here (MQTT 5, 4.8.2)",
    "02-subpub-*-oversize-payload": "its setting message_size_limit",
    "03-publish-qos1-retain-disabled": "its setting retain_available",
    "04-retain-check-source*": "its access lists and what they do to retained messages",
    "04-retain-upgrade-outgoing-qos": "its setting upgrade_outgoing_qos",
    "06-bridge-*": "its bridges",
    "07-will-oversize-payload": "its setting message_size_limit",
    "08-*": "its settings for TLS; --mqtts has its own tests",
    "09-acl-*": "its access lists",
    "09-extended-auth-change-username": "its plugins",
    "09-extended-auth-multistep*": "its plugins",
    "09-extended-auth-single*": "its plugins",
    "09-plugin-*": "its plugins",
    "09-pwfile-*": "its password files",
    "10-listener-mount-point": "its setting mount_point",
    "12-prop-maximum-packet-size-broker": "its setting max_packet_size",
    "12-prop-server-keepalive": "its setting max_keepalive",
    "13-malformed-publish-v5": "its settings maximum_qos and retain_available",
    "14-dynsec-*": "its plugin for dynamic security",
}

# Tests that ask for Mosquitto's choice where the standard leaves one or says otherwise. They are run and must
# fail.
OTHERWISE = {
    "02-subpub-qos0-long-topic": "a filter of too many levels ends the connection; here SUBACK 0x80 [MQTT-3.8.4-5]",
    "02-subscribe-long-topic": "a filter of too many levels ends the connection; here SUBACK 0x80 [MQTT-3.8.4-5]",
    "03-publish-c2b-disconnect-qos2":
        "PUBREL for an unknown identifier: PUBCOMP 0x00; here 0x92, packet identifier not found (MQTT 5, 3.7.2.1)",
    "03-publish-dollar-v5": "`$share/…` cannot be published to; no clause of MQTT 5 says so (4.7.2, 4.8.2)",
    "03-publish-long-topic": "a topic of too many levels: DISCONNECT 0x82; here PUBACK 0x90 (MQTT 5, 3.4.2.1)",
    "03-publish-qos2-dup": "the third copy of a PUBLISH ends the connection; it may be sent again (4.3.3, 4.4)",
    "07-will-delay": "the will waits although its session ends at once (MQTT 5, 3.1.2.5, 3.1.2.11.2)",
    "07-will-delay-reconnect": "the will waits although its session ends at once (MQTT 5, 3.1.2.5, 3.1.2.11.2)",
    "07-will-delay-recover": "the will waits although its session ends at once (MQTT 5, 3.1.2.5, 3.1.2.11.2)",
    "07-will-takeover":
        "a session that goes on keeps the will back; it is published when the server closes [MQTT-3.1.2-8]",
    "11-persistent-subscription-no-local":
        "the first delivery after a restart has packet identifier 2; it may be any that is free (MQTT 5, 2.2.1)",
    "12-prop-assigned-client-identifier": "reads the bytes of Mosquitto's CONNACK by itself, properties in its order",
    "12-prop-maximum-packet-size-publish-qos1":
        "a packet of 21 bytes comes to a client that takes 20 [MQTT-3.1.2-24]",
    "12-prop-maximum-packet-size-publish-qos2":
        "a packet of 21 bytes comes to a client that takes 20 [MQTT-3.1.2-24]",
    "12-prop-subpub-payload-format": "Payload Format Indicator 0xED is handed on; it is 0 or 1 (MQTT 5, 3.3.2.3.2)",
    "13-malformed-unsubscribe-v5":
        "an empty filter ends the connection; here UNSUBACK 0x8F, topic filter invalid (MQTT 5, 3.11.3)",
    "13-malformed-subscribe-v5": "QoS 3: DISCONNECT 0x81; it is a protocol error, 0x82 (MQTT 5, 3.8.3.1)",
}


def reason_to_leave_out(name):
    return next((why for pattern, why in BESIDE_MQTT.items() if fnmatch.fnmatch(name, pattern)), None)


def listed():
    """The suite's own list, as far as the package has the files: how many ports a test asks for, by its name."""
    path = SOURCE / "test" / "broker" / "test.py"
    if not path.exists():
        return {}
    values = next(ast.literal_eval(node.value) for node in ast.parse(path.read_text()).body
                  if isinstance(node, ast.Assign) and node.targets[0].id == "tests")
    return {pathlib.Path(file).stem: ports for ports, file in values if (path.parent / file).exists()}


TESTS = listed()
RUN = [name for name in TESTS if not reason_to_leave_out(name)]


def free_ports():
    """Ports that nobody listens at, below those which the system gives to connections."""
    for port in itertools.count(20000 + os.getpid() % 8000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


def copy_of_the_suite(folder, broker):
    """Its tests, with `broker` where they look for theirs."""
    shutil.copytree(SOURCE / "test", folder / "test")
    shutil.copy(HERE / "same_packet.py", folder / "test")
    (folder / "src").mkdir()
    shutil.copy(broker, folder / "src" / "mosquitto")
    (folder / "src" / "mosquitto").chmod(0o755)
    module = folder / "test" / "mosq_test.py"
    text, count = re.subn(r"'(/usr/sbin|\.\./\.\./src)/mosquitto'", f"'{folder}/src/mosquitto'", module.read_text())
    assert count == 3, "the suite starts its broker in another way than it did"
    module.write_text(text + "\nimport same_packet\nsame_packet.install(globals())\n")
    return folder / "test" / "broker"


def run(folder, name, ports):
    """Its exit status, and what it printed."""
    try:
        done = subprocess.run([sys.executable, f"{name}.py", *map(str, ports)], cwd=folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_EACH,
                              env={**os.environ, "COGNIOT": BINARY, "TMPDIR": str(folder)})
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        return None, f"not done after {SECONDS_EACH} s\n{(late.stdout or b'').decode(errors='replace')}"


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory):
    """All of the suite that is run, some tests at once: each is mostly waiting."""
    folder = copy_of_the_suite(tmp_path_factory.mktemp("suite"), HERE / "as_mosquitto.py")
    ports = free_ports()
    taken = {name: [next(ports) for _ in range(TESTS[name])] for name in RUN}
    with concurrent.futures.ThreadPoolExecutor(SOME_AT_ONCE) as pool:
        return dict(zip(RUN, pool.map(lambda name: run(folder, name, taken[name]), RUN)))


def test_the_suite_is_here():
    reason = HERE / "not-here.txt"
    assert TESTS, ("Mosquitto's source package is not in tests/interop/mosquitto_suite/source; `./run test` gets it "
                   f"from Debian. {reason.read_text() if reason.exists() else ''}")


def test_what_is_left_out_or_ends_otherwise_is_in_the_suite():
    assert OTHERWISE.keys() <= set(RUN)
    for pattern in BESIDE_MQTT:
        assert fnmatch.filter(TESTS, pattern), pattern


def test_a_broker_that_only_hangs_up_fails(tmp_path):
    broker = tmp_path / "hangs_up.py"
    broker.write_text("#!/usr/bin/python3\nimport socket, sys\n"
                      "listener = socket.create_server(('127.0.0.1', int(sys.argv[-1])))\n"
                      "while True:\n    listener.accept()[0].close()\n")
    folder = copy_of_the_suite(tmp_path / "copy", broker)
    ports = free_ports()
    for name in ("01-connect-success", "02-subpub-qos2", "11-pub-props"):
        status, printed = run(folder, name, [next(ports)])
        assert status not in (0, None), printed


@pytest.mark.parametrize("name", RUN)
def test_the_plain_listener_passes(outcomes, name):
    status, printed = outcomes[name]
    if name in OTHERWISE:
        assert status not in (0, None), f"it passes, although it is listed: {OTHERWISE[name]}"
    else:
        assert status == 0, printed
