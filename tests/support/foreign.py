"""MQTT clients that we did not write, behind one face, so that one table of tests drives them all.

A client is made for a door of a running local cloud and a version; what happens to it is in its events:
`message` (a Message), `goodbye` (the reason code of a DISCONNECT, MQTT 5), `lost` (the connection ended
without being asked to). The libraries: foreign_python.py, foreign_tools.py, foreign_node.py.
"""

from dataclasses import dataclass, field

from mqtt_clients import Events
from wire import Mqtt, WebSocket, presign, trusting

EXPIRY_S = 600


@dataclass(frozen=True)
class Door:
    """A listener of one local cloud: the plain one, /mqtt without and with TLS, or mutual TLS."""
    transport: str
    cloud: object = field(repr=False)
    cert: str = ""
    key: str = ""

    @property
    def is_standard(self):
        return self.transport == "tcp"

    @property
    def port(self):
        name = {"tcp": "insecure_mqtt", "mqtts": "mqtts"}.get(self.transport)
        return int(self.cloud.ready[name].rpartition(":")[2]) if name else self.cloud.port

    @property
    def query(self):
        ready = self.cloud.ready
        return presign(f"localhost:{self.port}", ready["access_key_id"], ready["secret_access_key"])

    def raw(self):
        """A connection by hand."""
        if self.transport == "tcp":
            return Mqtt.tcp(f"127.0.0.1:{self.port}")
        context = trusting(self.cloud.ready["ca_file"])
        if self.transport == "mqtts":
            context.load_cert_chain(self.cert, self.key)
            return Mqtt.tls(self.port, context)
        return Mqtt(WebSocket(self.port, self.query, f"localhost:{self.port}",
                              tls_context=context if self.transport == "wss" else None))


@dataclass(frozen=True)
class Message:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    content_type: str = None
    response_topic: str = None
    correlation: bytes = None
    expiry: int = None
    user: tuple = ()


@dataclass(frozen=True)
class Will:
    topic: str
    payload: str = "gone"
    qos: int = 1
    retain: bool = False


class Foreign(Events):
    """A client. `clean` without a stored session; else one that lasts EXPIRY_S."""

    tells_goodbye = True  # whether the library hands on the reason code of a DISCONNECT (MQTT 5)

    def __init__(self, door, version, client_id, clean=True, keep_alive=60, will=None):
        super().__init__()
        self.door, self.version, self.client_id = door, version, client_id
        self.clean, self.keep_alive, self.will = clean, keep_alive, will

    @property
    def level(self):
        return {"3.1": 3, "3.1.1": 4, "5": 5}[self.version]

    @property
    def expiry(self):
        return 0 if self.clean else EXPIRY_S

    def open(self):
        """Connects and returns whether a session was present; None where the program does not say."""
        raise NotImplementedError

    def subscribe(self, topic_filter, qos):
        """Returns the granted QoS or the failure's code."""
        raise NotImplementedError

    def publish(self, topic, payload, qos, retain=False, properties=None):
        """Returns once it is acknowledged as its QoS asks for."""
        raise NotImplementedError

    def leave(self):
        """DISCONNECT and close."""
        raise NotImplementedError

    def drop(self):
        """The connection ends without DISCONNECT. A library that cannot do this has its client ID taken
        over by another connection, which ends it from the other side."""
        taker = self.door.raw()
        assert taker.connect(self.client_id) == (0x20, b"\0\0")
        self.wait("lost")
        self.leave()
        taker.close()

    def messages(self, count, seconds=15):
        self.wait("message", count, seconds)
        return self.all("message")
