"""Foreign MQTT clients at the local cloud's WebSocket door: paho-mqtt and awscrt's MQTT 5 client.

Each keeps what happened to it in `events`, in order, as (what, value).
"""

import ctypes
import threading
import time

import awscrt.auth
import awscrt.io
import awscrt.mqtt5
import paho.mqtt.client as paho

from wire import presign


def wait_until(condition, seconds=15):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


class Events:
    """What happened, for a test to wait for."""

    def __init__(self):
        self.events = []
        self.lock = threading.Lock()

    def add(self, what, value=None):
        with self.lock:
            self.events.append((what, value))

    def all(self, what):
        with self.lock:
            return [value for name, value in self.events if name == what]

    def wait(self, what, count=1, seconds=15):
        wait_until(lambda: len(self.all(what)) >= count, seconds)
        return self.all(what)[count - 1]


class Paho(Events):
    """paho over WebSocket with a presigned URL: as a browser or a Python program without AWS's SDK.

    paho keeps the URL: a reconnect uses it again.
    """

    def __init__(self, cloud, client_id, credentials, protocol=paho.MQTTv311, will=None, at=None,
                 clean=True, **sign):
        super().__init__()
        self.cloud, self.v5 = cloud, protocol == paho.MQTTv5
        more = {} if self.v5 else {"clean_session": clean}
        self.client = paho.Client(client_id, transport="websockets", protocol=protocol, **more)
        # paho's Host header has the port unless it is 80 or 443.
        host = sign.pop("host", f"localhost:{cloud.port}")
        key = credentials
        query = presign(host, key["AccessKeyId"], key["SecretKey"], key.get("SessionToken"), at=at,
                        **sign)
        self.client.ws_set_options(path="/mqtt?" + query)
        if will:
            topic, qos, retain = will
            self.client.will_set(topic, "gone", qos=qos, retain=retain)
        self.client.on_connect = lambda c, u, flags, rc, *_: self.add("connect", int(
            rc.value if self.v5 else rc))
        self.client.on_disconnect = lambda c, u, rc, *_: self.add("disconnect", int(
            getattr(rc, "value", rc)))
        self.client.on_subscribe = lambda c, u, mid, codes, *_: self.add(
            "suback", [int(getattr(code, "value", code)) for code in codes])
        self.client.on_publish = lambda c, u, mid: self.add("puback", mid)
        self.client.on_message = lambda c, u, m: self.add("message", (m.topic, m.payload))

    def connect(self, keep_alive=60):
        """Connects and keeps on trying, once a second, as paho does."""
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("localhost", self.cloud.port, keep_alive)
        self.client.loop_start()
        return self

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def __enter__(self):
        return self.connect()

    def __exit__(self, *_):
        self.close()


def crt_websocket(cloud, credentials):
    """What awscrt's clients need for WebSocket with Signature V4, as aws-iot-device-sdk builds it:
    (bootstrap, TLS context, handshake transform)."""
    provider = awscrt.auth.AwsCredentialsProvider.new_static(
        credentials["AccessKeyId"], credentials["SecretKey"], credentials["SessionToken"])
    region = cloud.ready["region"]

    def sign(transform_args, **_):
        try:
            config = awscrt.auth.AwsSigningConfig(
                algorithm=awscrt.auth.AwsSigningAlgorithm.V4,
                signature_type=awscrt.auth.AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS,
                credentials_provider=provider, region=region, service="iotdevicegateway",
                omit_session_token=True)
            future = awscrt.auth.aws_sign_request(transform_args.http_request, config)
            future.add_done_callback(lambda done: transform_args.set_done(done.exception()))
        except Exception as wrong:  # the handshake must be told, whatever it was
            transform_args.set_done(wrong)

    group = awscrt.io.EventLoopGroup(1)
    bootstrap = awscrt.io.ClientBootstrap(group, awscrt.io.DefaultHostResolver(group))
    tls = awscrt.io.TlsContextOptions()
    tls.override_default_trust_store_from_path(ca_filepath=cloud.ready["ca_file"])
    return bootstrap, awscrt.io.ClientTlsContext(tls), sign


def never_let_go(crt_client):
    """awscrt now and then corrupts its heap when an MQTT 5 client that has just stopped is freed, and ends the
    process; at the interpreter's end, too."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(crt_client))


class Crt5(Events):
    """awscrt's MQTT 5 client, which signs each connection anew and reconnects by itself."""

    def __init__(self, cloud, client_id, credentials, will=None):
        super().__init__()
        bootstrap, tls, sign = crt_websocket(cloud, credentials)
        crt = awscrt.mqtt5
        self.client = crt.Client(crt.ClientOptions(
            host_name="localhost", port=cloud.port, bootstrap=bootstrap,
            tls_ctx=tls, websocket_handshake_transform=sign,
            connect_options=crt.ConnectPacket(keep_alive_interval_sec=60, client_id=client_id,
                                              will=will),
            min_reconnect_delay_ms=1000, max_reconnect_delay_ms=1000,
            on_lifecycle_event_connection_success_fn=lambda d: self.add(
                "connect", d.connack_packet.assigned_client_identifier or client_id),
            on_lifecycle_event_connection_failure_fn=lambda d: self.add(
                "failure", int(d.connack_packet.reason_code) if d.connack_packet else
                str(d.exception)),
            on_lifecycle_event_disconnection_fn=lambda d: self.add(
                "disconnect", int(d.disconnect_packet.reason_code) if d.disconnect_packet else
                str(d.exception)),
            on_lifecycle_event_stopped_fn=lambda d: self.add("stopped")))
        never_let_go(self.client)

    def __enter__(self):
        self.client.start()
        return self

    def __exit__(self, *_):
        self.client.stop()
        self.wait("stopped")
