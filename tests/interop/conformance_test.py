"""Normative statements of MQTT 3.1.1 and 5 as conversations, against the plain listener and Mosquitto.

The rows are data (tests/vectors/mqtt/conformance.txt). That Debian's Mosquitto passes them, too, shows
that a row asks for what the standard says; where Mosquitto is known to do otherwise it is listed.
"""

import itertools

import pytest

from local_cloud import ROOT, LocalCloud
from mosquitto_broker import Mosquitto
from transcript import Conversation, load

ROWS = load(ROOT / "tests" / "vectors" / "mqtt" / "conformance.txt")
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
    "MQTT-3.8.3-4/5: no local on a shared subscription ends the connection": "it is taken",
    "MQTT-4.8.0-1/3.1.1: a packet that only a server sends ends the connection": "it takes PINGRESP",
    "MQTT-4.13.1-1/5: a packet that only a server sends ends the connection": "it takes PINGRESP",
    "MQTT-4.8.2-1/5: a share name of no characters is refused": "it is taken",
    "MQTT-4.8.2-2/5: a share name without a filter is refused": "it is taken",
    "MQTT-4.8.2/5: a shared subscription is given no retained messages": "they are sent",
}


@pytest.fixture(scope="module")
def ours():
    with LocalCloud() as cloud:
        host, _, port = cloud.ready["insecure_mqtt"].rpartition(":")
        yield host, int(port)


@pytest.fixture(scope="module")
def theirs():
    with Mosquitto("max_topic_alias 10") as broker:
        yield "127.0.0.1", broker.port


def run(row, address, patience_s=10):
    Conversation(row, address, f"r{next(places)}", patience_s).run()


def test_each_difference_that_is_listed_is_a_row():
    assert MOSQUITTO_DIFFERS.keys() <= {row.id for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_plain_listener_keeps_to_the_standard(ours, row):
    run(row, ours)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_mosquitto_reads_the_standard_as_we_do(theirs, row):
    if row.id not in MOSQUITTO_DIFFERS:
        return run(row, theirs)
    with pytest.raises(AssertionError):
        run(row, theirs, patience_s=1)
