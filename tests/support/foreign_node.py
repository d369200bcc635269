"""MQTT.js and aws-iot-device-sdk-v2 for JavaScript as foreign clients, in one Node process for all."""

import base64
import functools
import itertools
import json
import subprocess
import threading

from foreign import Foreign, Message
from local_cloud import ROOT
from mqtt_clients import Events

FOLDER = ROOT / "tests" / "interop" / "node"


class Driver(Events):
    """tests/interop/node/driver.mjs, running."""

    def __init__(self):
        super().__init__()
        self.process = subprocess.Popen(["node", str(FOLDER / "driver.mjs")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, cwd=FOLDER)
        self.numbers, self.clients, self.answers = itertools.count(1), {}, {}
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            got = json.loads(line)
            if "n" in got:
                self.answers[got["n"]] = got
                self.add(got["n"])
            else:
                self.clients[got["client"]].happened(got["event"], got.get("value"))

    def ask(self, client, verb, **given):
        n = next(self.numbers)
        with self.lock:
            self.process.stdin.write(json.dumps({"n": n, "client": client, "verb": verb, **given}) + "\n")
            self.process.stdin.flush()
        self.wait(n, seconds=20)
        answer = self.answers[n]
        assert "error" not in answer, answer["error"]
        return answer["answer"]


@functools.lru_cache
def driver():
    return Driver()


class NodeClient(Foreign):
    library = None
    handles = itertools.count()
    there = False

    def open(self):
        self.handle = f"{self.library}-{next(self.handles)}"
        driver().clients[self.handle] = self
        ready, will = self.door.cloud.ready, self.will
        self.there = True
        return driver().ask(
            self.handle, "open", library=self.library, transport=self.door.transport, port=self.door.port,
            query=self.door.query if self.door.transport in ("ws", "wss") else "", ca=ready["ca_file"],
            cert=self.door.cert, key=self.door.key, region=ready["region"],
            access_key_id=ready["access_key_id"], secret_access_key=ready["secret_access_key"],
            version=self.level, client_id=self.client_id, clean=self.clean, expiry=self.expiry,
            keep_alive=self.keep_alive, will=will and vars(will))

    def happened(self, event, value):
        if event == "message":
            value["payload"] = base64.b64decode(value["payload"])
            if value.get("correlation"):
                value["correlation"] = base64.b64decode(value["correlation"])
            value["user"] = tuple(tuple(pair) for pair in value.get("user", []))
            value = Message(**value)
        self.add(event, value)

    def subscribe(self, topic_filter, qos):
        return driver().ask(self.handle, "subscribe", filter=topic_filter, qos=qos)

    def publish(self, topic, payload, qos, retain=False, properties=None):
        driver().ask(self.handle, "publish", topic=topic, payload=payload, qos=qos, retain=retain,
                     properties=properties)

    def leave(self):
        if self.there:  # its libraries do not answer a second time
            self.there = False
            driver().ask(self.handle, "leave")


class MqttJs(NodeClient):
    library = "mqttjs"

    def drop(self):
        driver().ask(self.handle, "drop")


class IotSdk(NodeClient):
    library = "sdk"
