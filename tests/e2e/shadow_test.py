"""The shadow vectors end to end: the same conversations over MQTT and over HTTPS.

tests/unit/shadow holds the rules; here a client has to see their outcome: the answer, the delta and the
document on their topics, and nothing else. The vectors' instants are turned into the local cloud's clock,
so that an hour between two steps costs nothing.
"""

import datetime
import json
import types
import unittest.mock

import boto3
import botocore.config
import botocore.crt.auth
import botocore.exceptions
import pytest

from local_cloud import ROOT, LocalCloud
from wire import Mqtt, WebSocket, http, parse, presign

CONVERSATIONS = json.loads((ROOT / "tests" / "vectors" / "shadow" / "conversations.json").read_text())
EXCEPTIONS = {400: "InvalidRequestException", 404: "ResourceNotFoundException", 409: "ConflictException",
              413: "RequestEntityTooLargeException"}


class Shadow:
    """One conversation: a watcher of all that the shadow publishes, and the clock."""

    def __init__(self, cloud, row):
        self.cloud, self.row = cloud, row
        self.prefix = f"$aws/things/{row['thing']}/shadow/" + (f"name/{row['name']}/" if row.get("name") else "")
        self.offset, self.watcher, self.seen = 0, None, {}

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.offset)

    def advance(self, seconds):
        request = f"POST /_cogniot/clock?advance={seconds}s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
        status, _, body = parse(http(self.cloud.port, request.encode()))
        assert status == 200, body
        self.offset += seconds
        if seconds > 60:  # silent for longer than a connection lasts
            self.watcher.close()
            self.watch()

    def watch(self):
        host = f"localhost:{self.cloud.port}"
        self.watcher = Mqtt(WebSocket(self.cloud.port, presign(host, "test", "test", at=self.now()), host))
        assert self.watcher.connect("watcher") == (0x20, b"\0\0")
        self.watcher.subscribe(1, self.prefix + "#", qos=0)
        assert self.watcher.read() == (0x90, b"\0\1\0")

    def over_mqtt(self, operation, payload):
        """What was published because of it, by topic behind the prefix."""
        self.watcher.publish(self.prefix + operation, payload, packet_id=7)
        heard = self.heard()
        assert heard.pop(operation) == payload, "the request itself"
        return {topic: json.loads(said) for topic, said in heard.items()}

    def heard(self):
        self.watcher.send(0xC0, b"")
        heard = {}
        while (got := self.watcher.read())[0] != 0xD0:
            if got[0] >> 4 == 3:
                size = int.from_bytes(got[1][:2], "big")
                topic = got[1][2:2 + size].decode().removeprefix(self.prefix)
                assert topic not in heard, f"{topic} twice"
                heard[topic] = got[1][2 + size:]
        return heard

    def over_https(self, operation, payload):
        """The same, where the answer is HTTP's and a failure publishes nothing."""
        client = boto3.client("iot-data", endpoint_url=self.cloud.ready["endpoint"],
                              region_name=self.cloud.ready["region"], verify=self.cloud.ready["ca_file"],
                              aws_access_key_id="test", aws_secret_access_key="test",
                              config=botocore.config.Config(retries={"max_attempts": 0}))
        call = {"update": client.update_thing_shadow, "get": client.get_thing_shadow,
                "delete": client.delete_thing_shadow}[operation]
        arguments = {"thingName": self.row["thing"]}
        if self.row.get("name"):
            arguments["shadowName"] = self.row["name"]
        if operation == "update":
            arguments["payload"] = payload
        now = types.SimpleNamespace(utcnow=lambda: self.now().replace(tzinfo=None))
        shifted = types.SimpleNamespace(datetime=now, timezone=datetime.timezone)
        try:
            with unittest.mock.patch("botocore.crt.auth.datetime", shifted):
                answer = json.loads(call(**arguments)["payload"].read())
            name = "accepted"
        except botocore.exceptions.ClientError as refused:
            status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
            assert refused.response["Error"]["Code"] == EXCEPTIONS[status]
            answer = {"code": status, "message": refused.response["Error"]["Message"]}
            name = "rejected"
        heard = {topic: json.loads(said) for topic, said in self.heard().items()}
        if name == "rejected":
            assert heard == {}, "a failure over HTTP publishes nothing"
        elif operation != "get":
            assert heard.pop(f"{operation}/accepted") == answer, "subscribers are told the answer"
        return heard | {f"{operation}/{name}": answer}


def at_the_instants_of(vectors_times, value):
    """The value with each timestamp as a set of what it may be."""
    if isinstance(value, dict):
        return {k: vectors_times.get(v, {v}) if k == "timestamp" and isinstance(v, int)
                else at_the_instants_of(vectors_times, v) for k, v in value.items()}
    return [at_the_instants_of(vectors_times, v) for v in value] if isinstance(value, list) else value


def same(expected, actual, where="$"):
    if isinstance(expected, set):
        assert actual in expected, f"{where}: {actual} is none of {expected}"
    elif isinstance(expected, dict):
        assert isinstance(actual, dict) and expected.keys() == actual.keys(), f"{where}: {actual} for {expected}"
        for name, value in expected.items():
            same(value, actual[name], f"{where}.{name}")
    elif isinstance(expected, list):
        assert isinstance(actual, list) and len(expected) == len(actual), f"{where}: {actual} for {expected}"
        for number, value in enumerate(expected):
            same(value, actual[number], f"{where}[{number}]")
    else:
        assert expected == actual and type(expected) is type(actual), f"{where}: {actual!r} for {expected!r}"


@pytest.mark.parametrize("transport", ["over_mqtt", "over_https"])
@pytest.mark.parametrize("row", CONVERSATIONS, ids=lambda row: row["id"])
def test_a_conversation_goes_as_the_guide_says(row, transport):
    with LocalCloud() as cloud:
        shadow = Shadow(cloud, row)
        shadow.watch()
        times, before = {}, row["steps"][0]["at"]
        for number, step in enumerate(row["steps"]):
            if step["at"] > before:
                shadow.advance(step["at"] - before)
                before = step["at"]
            operation, payload = step["op"], step["payload"]
            text = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
            bodyless = transport == "over_https" and operation != "update"  # so without client token, too
            if bodyless and step.get("rejected", {}).get("code") == 400:
                continue  # nothing is there that could be malformed
            earliest = int(shadow.now().timestamp())
            heard = getattr(shadow, transport)(operation, text)
            times.setdefault(step["at"], set()).update(range(earliest - 1, int(shadow.now().timestamp()) + 2))
            topics = {"accepted": f"{operation}/accepted", "rejected": f"{operation}/rejected",
                      "documents": "update/documents", "delta": "update/delta"}
            for name, topic in topics.items():
                if isinstance(step.get(name), dict):  # else the vector does not look at it
                    expected = dict(step[name])
                    if bodyless or (transport == "over_https" and name == "rejected"):
                        expected.pop("clientToken", None)
                    if transport == "over_https" and expected.get("message") == "Invalid JSON":
                        expected["message"] = "Payload contains invalid json"  # seen (aws-sdk-android-samples#128)
                    assert topic in heard, f"step {number}: no {topic}, but {heard}"
                    same(at_the_instants_of(times, expected), heard[topic], f"step {number} {topic}")
            if operation != "update" or "rejected" in step:
                assert len(heard) == 1, f"step {number}: {heard.keys()}"
            elif step.get("delta") != "not looked at":
                assert ("update/delta" in heard) == ("delta" in step), f"step {number}: {heard.keys()}"
