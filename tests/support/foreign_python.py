"""paho-mqtt and awscrt (Debian's) as foreign clients."""

import functools

import awscrt.auth
import awscrt.io
import awscrt.mqtt
import awscrt.mqtt5
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from foreign import Foreign, Message
from mqtt_clients import never_let_go


class Paho(Foreign):
    tells_goodbye = False  # paho 1.6 tells a lost connection instead

    def open(self):
        v5 = self.version == "5"
        self.client = paho.Client(
            self.client_id, protocol={3: paho.MQTTv31, 4: paho.MQTTv311, 5: paho.MQTTv5}[self.level],
            transport="websockets" if self.door.transport in ("ws", "wss") else "tcp",
            **({} if v5 else {"clean_session": self.clean}))
        if self.door.transport in ("ws", "wss"):
            self.client.ws_set_options(path="/mqtt?" + self.door.query)
        if self.door.transport in ("wss", "mqtts"):
            self.client.tls_set(self.door.cloud.ready["ca_file"], self.door.cert or None, self.door.key or None)
        if self.will:
            self.client.will_set(self.will.topic, self.will.payload, self.will.qos, self.will.retain)
        self.client.on_connect = lambda c, u, flags, rc, *_: self.add(
            "connect", (int(getattr(rc, "value", rc)), bool(flags["session present"])))
        self.client.on_subscribe = lambda c, u, mid, codes, *_: self.add(
            "suback", int(getattr(codes[0], "value", codes[0])))
        self.client.on_publish = lambda c, u, mid: self.add("published", mid)
        self.client.on_message = lambda c, u, m: self.add("message", self.message(m))
        self.client.on_disconnect = self.ended
        more = {}
        if v5:
            more = {"clean_start": self.clean, "properties": Properties(PacketTypes.CONNECT)}
            more["properties"].SessionExpiryInterval = self.expiry
        self.client.connect("127.0.0.1" if self.door.is_standard else "localhost", self.door.port,
                            self.keep_alive, **more)
        self.client.loop_start()
        code, present = self.wait("connect")
        assert code == 0, code
        return present

    def ended(self, client, user, code, *_):
        if int(getattr(code, "value", code)):
            self.add("lost")

    @staticmethod
    def message(m):
        p = getattr(m, "properties", None)
        get = lambda name: getattr(p, name, None) if p else None
        return Message(m.topic, m.payload, m.qos, bool(m.retain), get("ContentType"), get("ResponseTopic"),
                       get("CorrelationData"), get("MessageExpiryInterval"), tuple(get("UserProperty") or ()))

    def subscribe(self, topic_filter, qos):
        before = len(self.all("suback"))
        self.client.subscribe(topic_filter, qos)
        return self.wait("suback", before + 1)

    def publish(self, topic, payload, qos, retain=False, properties=None):
        more = {}
        if properties:
            p = more["properties"] = Properties(PacketTypes.PUBLISH)
            p.ContentType, p.ResponseTopic = properties["content_type"], properties["response_topic"]
            p.CorrelationData = properties["correlation"].encode()
            p.MessageExpiryInterval, p.UserProperty = properties["expiry"], properties["user"]
        self.client.publish(topic, payload, qos, retain, **more).wait_for_publish(15)

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()

    def drop(self):
        self.client.loop_stop()
        self.client._sock_close()  # paho has no public way to go without DISCONNECT


@functools.lru_cache
def event_loops():
    return awscrt.io.EventLoopGroup(1)


class Awscrt(Foreign):
    """awscrt's client for MQTT 3.1.1, and the one for MQTT 5: what aws-iot-device-sdk-v2 is made of."""

    def open(self):
        door, ready = self.door, self.door.cloud.ready
        group = event_loops()
        self.bootstrap = awscrt.io.ClientBootstrap(group, awscrt.io.DefaultHostResolver(group))
        self.tls = None
        if door.transport in ("wss", "mqtts"):
            options = (awscrt.io.TlsContextOptions.create_client_with_mtls_from_path(door.cert, door.key)
                       if door.transport == "mqtts" else awscrt.io.TlsContextOptions())
            options.override_default_trust_store_from_path(ca_filepath=ready["ca_file"])
            self.tls = awscrt.io.ClientTlsContext(options)
        self.provider = awscrt.auth.AwsCredentialsProvider.new_static(
            ready["access_key_id"], ready["secret_access_key"])
        self.host = "127.0.0.1" if door.is_standard else "localhost"
        return self.open_5() if self.version == "5" else self.open_311()

    def sign(self, transform_args, **_):
        try:
            config = awscrt.auth.AwsSigningConfig(
                algorithm=awscrt.auth.AwsSigningAlgorithm.V4,
                signature_type=awscrt.auth.AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS,
                credentials_provider=self.provider, region=self.door.cloud.ready["region"],
                service="iotdevicegateway", omit_session_token=True)
            signed = awscrt.auth.aws_sign_request(transform_args.http_request, config)
            signed.add_done_callback(lambda done: transform_args.set_done(done.exception()))
        except Exception as wrong:  # the handshake must be told, whatever it was
            transform_args.set_done(wrong)

    def open_311(self):
        websocket = {"use_websockets": True, "websocket_handshake_transform": self.sign}
        will = self.will and awscrt.mqtt.Will(self.will.topic, awscrt.mqtt.QoS(self.will.qos),
                                              self.will.payload.encode(), self.will.retain)
        self.client = awscrt.mqtt.Connection(
            awscrt.mqtt.Client(self.bootstrap, self.tls), self.host, self.door.port, self.client_id,
            clean_session=self.clean, keep_alive_secs=self.keep_alive, will=will,
            reconnect_min_timeout_secs=1, reconnect_max_timeout_secs=1,
            on_connection_interrupted=lambda connection, error, **_: self.add("lost"),
            **(websocket if self.door.transport in ("ws", "wss") else {}))
        self.client.on_message(lambda topic, payload, dup, qos, retain, **_: self.add(
            "message", Message(topic, payload, int(qos), retain)))
        return self.client.connect().result(15)["session_present"]

    def open_5(self):
        crt = awscrt.mqtt5
        will = self.will and crt.PublishPacket(topic=self.will.topic, payload=self.will.payload,
                                               qos=crt.QoS(self.will.qos), retain=self.will.retain)
        behaviour = crt.ClientSessionBehaviorType
        self.client = crt.Client(crt.ClientOptions(
            host_name=self.host, port=self.door.port, bootstrap=self.bootstrap, tls_ctx=self.tls,
            websocket_handshake_transform=self.sign if self.door.transport in ("ws", "wss") else None,
            session_behavior=behaviour.CLEAN if self.clean else behaviour.REJOIN_ALWAYS,
            connect_options=crt.ConnectPacket(
                keep_alive_interval_sec=self.keep_alive, client_id=self.client_id, will=will,
                session_expiry_interval_sec=self.expiry),
            min_reconnect_delay_ms=1000, max_reconnect_delay_ms=1000, ping_timeout_ms=3000,
            on_publish_callback_fn=lambda d: self.add("message", self.message(d.publish_packet)),
            on_lifecycle_event_connection_success_fn=lambda d: self.add(
                "connect", d.connack_packet.session_present),
            on_lifecycle_event_disconnection_fn=self.ended,
            on_lifecycle_event_stopped_fn=lambda d: self.add("stopped")))
        never_let_go(self.client)
        self.client.start()
        return self.wait("connect")

    def ended(self, data):
        if data.disconnect_packet:
            self.add("goodbye", int(data.disconnect_packet.reason_code))
        self.add("lost")

    @staticmethod
    def message(p):
        correlation = p.correlation_data
        return Message(p.topic, bytes(p.payload or b""), int(p.qos), p.retain, p.content_type, p.response_topic,
                       correlation.encode() if isinstance(correlation, str) else correlation, p.message_expiry_interval_sec,
                       tuple((u.name, u.value) for u in p.user_properties or ()))

    def subscribe(self, topic_filter, qos):
        if self.version == "5":
            crt = awscrt.mqtt5
            packet = crt.SubscribePacket(subscriptions=[crt.Subscription(topic_filter, crt.QoS(qos))])
            return int(self.client.subscribe(packet).result(15).reason_codes[0])
        future, _ = self.client.subscribe(topic_filter, awscrt.mqtt.QoS(qos))
        return int(future.result(15)["qos"])

    def publish(self, topic, payload, qos, retain=False, properties=None):
        if self.version == "5":
            crt, p = awscrt.mqtt5, properties or {}
            self.client.publish(crt.PublishPacket(
                topic=topic, payload=payload, qos=crt.QoS(qos), retain=retain,
                content_type=p.get("content_type"), response_topic=p.get("response_topic"),
                correlation_data=p["correlation"].encode() if p else None,
                message_expiry_interval_sec=p.get("expiry"),
                user_properties=[crt.UserProperty(k, v) for k, v in p.get("user", [])])).result(15)
        else:
            self.client.publish(topic, payload, awscrt.mqtt.QoS(qos), retain)[0].result(15)

    def leave(self):
        if self.version == "5":
            self.client.stop(awscrt.mqtt5.DisconnectPacket())  # without one it only closes
            self.wait("stopped")
        else:
            self.client.disconnect().result(15)
