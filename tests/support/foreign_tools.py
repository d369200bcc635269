"""mosquitto_sub and mosquitto_pub (Debian's) as one foreign client: a program a subscription."""

import json
import shutil
import subprocess
import threading

from foreign import Foreign, Message


class MosquittoTools(Foreign):
    """Subscribing starts mosquitto_sub, which connects then; publishing is a run of mosquitto_pub."""

    subscriptions = {}  # client ID -> its filter and QoS: mosquitto_sub names them whenever it comes back

    process = None

    def open(self):
        if not self.clean and self.client_id in self.subscriptions:
            self.start(*self.subscriptions[self.client_id])
            self.wait("suback")
        elif self.will or self.keep_alive != 60:
            self.subscribe("nothing/at/all", 0)
        return None

    def address(self):
        where = ["-h", "127.0.0.1" if self.door.is_standard else "localhost", "-p", str(self.door.port),
                 "-V", {"3.1": "mqttv31", "3.1.1": "mqttv311", "5": "mqttv5"}[self.version]]
        if self.door.transport == "mqtts":
            where += ["--cafile", self.door.cloud.ready["ca_file"], "--cert", self.door.cert, "--key", self.door.key]
        return where

    def start(self, topic_filter, qos):
        self.subscriptions[self.client_id] = topic_filter, qos
        command = ["stdbuf", "-oL", shutil.which("mosquitto_sub"), *self.address(), "-d", "-i", self.client_id,
                   "-k", str(self.keep_alive), "-t", topic_filter, "-q", str(qos), "-F", "%j"]
        if not self.clean:
            command += ["-c"] + (["-x", str(self.expiry)] if self.version == "5" else [])
        if self.will:
            command += ["--will-topic", self.will.topic, "--will-payload", self.will.payload,
                        "--will-qos", str(self.will.qos)] + (["--will-retain"] if self.will.retain else [])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        connects = 0
        for line in self.process.stdout:
            if line.startswith("{"):
                self.add("message", self.message(json.loads(line)))
            elif line.startswith("Subscribed"):
                self.add("suback", int(line.rsplit(":", 1)[1]))
            elif "Received DISCONNECT" in line:
                self.add("goodbye", int(line.rsplit("(", 1)[1].rstrip(")\n")))
            elif "sending CONNECT" in line:
                connects += 1
                if connects > 1:
                    self.add("lost")
        self.add("lost")

    @staticmethod
    def message(m):
        p = m.get("properties", {})
        user = p.get("user-properties", {})
        pairs = user.items() if isinstance(user, dict) else [pair for one in user for pair in one.items()]
        correlation = p.get("correlation-data")
        return Message(m["topic"], m["payload"].encode(), m["qos"], bool(m["retain"]), p.get("content-type"),
                       p.get("response-topic"), correlation and correlation.encode(),
                       p.get("message-expiry-interval"), tuple(pairs))

    def subscribe(self, topic_filter, qos):
        self.start(topic_filter, qos)
        return self.wait("suback")

    def publish(self, topic, payload, qos, retain=False, properties=None):
        command = [shutil.which("mosquitto_pub"), *self.address(), "-t", topic, "-m", payload, "-q", str(qos)]
        if retain:
            command.append("-r")
        for name, value in ({} if not properties else {
                "content-type": properties["content_type"], "response-topic": properties["response_topic"],
                "correlation-data": properties["correlation"],
                "message-expiry-interval": str(properties["expiry"])}).items():
            command += ["-D", "publish", name, value]
        for name, value in (properties or {}).get("user", []):
            command += ["-D", "publish", "user-property", name, value]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr

    def leave(self):
        if not self.process:
            return
        self.process.terminate()  # it says DISCONNECT
        try:
            self.process.wait(2 if self.all("lost") else 10)
        except subprocess.TimeoutExpired:
            # Told to end in the middle of connecting again, its signal handler waits for a lock that it holds itself.
            assert self.all("lost"), "mosquitto_sub does not end"
            self.drop()

    def drop(self):
        self.process.kill()
        self.process.wait(10)
