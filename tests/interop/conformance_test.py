"""Normative statements of MQTT 3.1.1 and 5 as conversations, against the plain listener and Mosquitto;
and what AWS IoT does otherwise, against `/mqtt` (tests/vectors/mqtt/aws.txt).

The rows are data (tests/vectors/mqtt/conformance.txt). That Debian's Mosquitto passes them, too, shows
that a row asks for what the standard says; where Mosquitto is known to do otherwise it is listed.
"""

import itertools

import pytest

from local_cloud import ROOT, LocalCloud
from mosquitto_broker import Mosquitto
from transcript import Conversation, load
from wire import Mqtt, WebSocket, presign

ROWS = load(ROOT / "tests" / "vectors" / "mqtt" / "conformance.txt")
AWS_ROWS = load(ROOT / "tests" / "vectors" / "mqtt" / "aws.txt")
places = itertools.count()

# What Mosquitto 2.0.11 does otherwise, and why the row stays: id of the row -> the difference.
MOSQUITTO_DIFFERS = {
    "MQTT-2.2.2-2/3.1.1: PINGREQ with a flag set ends the connection": "it does not look at these flags",
    "MQTT-2.1.3-1/5: PINGREQ with a flag set ends the connection": "it does not look at these flags",
    "MQTT-2.2.2-2/3.1.1: PUBACK with a flag set ends the connection": "it does not look at these flags",
    "MQTT-2.1.3-1/5: PUBACK with a flag set ends the connection": "it does not look at these flags",
    "MQTT-3.1.2-8/3.1.1: the will is published after a protocol error": "the error is a flag of PINGREQ",
    "MQTT-3.1.2-8/5: the will is published after a protocol error": "the error is a flag of PINGREQ",
    "MQTT-3.1.4-3/5: the new connection of a client ends the old one with 0x8E": "it only closes",
    "MQTT-3.1.2-25/5: a message that is too large for the client takes nothing of its window":
        "the message keeps its place in the window",
    "MQTT-3.1.4-1/5: authentication data without a method is refused": "it is taken",
    "MQTT-3.2.2-15/5: a packet larger than the broker takes ends the connection": "it takes any size",
    "MQTT-3.3.2-14/5: a response topic with a wildcard is refused": "it is taken",
    "MQTT-3.3.5-1/3.1.1: overlapping subscriptions deliver at the highest QoS":
        "a copy for each subscription, which the clause permits",
    "MQTT-3.3.4-2/5: overlapping subscriptions deliver at the highest QoS":
        "a copy for each subscription, which the clause permits",
    "MQTT-3.3.4-4/5: one copy for two subscriptions has both identifiers":
        "a copy for each subscription [MQTT-3.3.4-5]",
    "MQTT-3.3.4-6/5: a client's PUBLISH with a subscription identifier ends the connection": "it is taken",
    "MQTT-3.4.2-1/5: PUBACK with a code that it cannot have ends the connection": "it takes any code",
    "MQTT-3.14.2-1/5: DISCONNECT with a code that it cannot have ends the connection and publishes the will":
        "it takes any code",
    "MQTT-3.8.3-4/5: no local on a shared subscription ends the connection": "it is taken",
    "MQTT-4.8.0-1/3.1.1: a packet that only a server sends ends the connection": "it takes PINGRESP",
    "MQTT-4.13.1-1/5: a packet that only a server sends ends the connection": "it takes PINGRESP",
    "MQTT-4.8.2-1/5: a share name of no characters is refused": "it is taken",
    "MQTT-4.8.2-2/5: a share name without a filter is refused": "it is taken",
    "MQTT-4.8.2/5: a shared subscription is given no retained messages": "they are sent",
}


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud() as running:
        yield running


@pytest.fixture(scope="module")
def theirs():
    with Mosquitto("max_topic_alias 10") as broker:
        yield lambda: Mqtt.tcp(f"127.0.0.1:{broker.port}").stream


def run(row, dial, patience_s=10):
    Conversation(row, dial, f"r{next(places)}", patience_s).run()


def test_each_difference_that_is_listed_is_a_row():
    assert MOSQUITTO_DIFFERS.keys() <= {row.id for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_plain_listener_keeps_to_the_standard(cloud, row):
    run(row, lambda: Mqtt.tcp(cloud.ready["insecure_mqtt"]).stream)


@pytest.mark.parametrize("row", AWS_ROWS, ids=lambda row: row.id)
def test_the_websocket_door_does_as_aws_does(cloud, row):
    host = f"localhost:{cloud.port}"
    run(row, lambda: WebSocket(cloud.port, presign(host, "test", "test"), host))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_mosquitto_reads_the_standard_as_we_do(theirs, row):
    if row.id not in MOSQUITTO_DIFFERS:
        return run(row, theirs)
    with pytest.raises(AssertionError):
        run(row, theirs, patience_s=1)
