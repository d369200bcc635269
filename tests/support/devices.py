"""Devices: things with certificates, their files, and their doors to the local cloud."""

import http.client
import json
import socket
import ssl

import boto3

from wire import Mqtt, trusting

OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}


def iot_of(cloud):
    return boto3.client("iot", region_name=cloud.ready["region"], endpoint_url=cloud.ready["endpoint"],
                        verify=cloud.ready["ca_file"], aws_access_key_id="test",
                        aws_secret_access_key="test")


class Device:
    """A thing with an active certificate, and its files."""

    def __init__(self, cloud, folder, name, policy=OPEN, attach=True):
        self.cloud, self.name, self.iot = cloud, name, iot_of(cloud)
        self.iot.create_thing(thingName=name)
        made = self.iot.create_keys_and_certificate(setAsActive=True)
        self.id, self.arn = made["certificateId"], made["certificateArn"]
        self.cert, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        self.cert.write_text(made["certificatePem"])
        self.key.write_text(made["keyPair"]["PrivateKey"])
        if policy:
            self.iot.create_policy(policyName=f"policy-{name}", policyDocument=json.dumps(policy))
            self.iot.attach_policy(policyName=f"policy-{name}", target=self.arn)
        if attach:
            self.iot.attach_thing_principal(thingName=name, principal=self.arn)

    def attach_exclusively(self):
        """To its thing; Debian's boto3 does not know that attachments have a type."""
        def say(params, **_):
            params["url"] += "?thingPrincipalType=EXCLUSIVE_THING"
        self.iot.meta.events.register_first("before-call.iot.AttachThingPrincipal", say)
        self.iot.attach_thing_principal(thingName=self.name, principal=self.arn)

    def tls(self, alpn=None):
        context = trusting(self.cloud.ready["ca_file"])
        context.load_cert_chain(self.cert, self.key)
        if alpn:
            context.set_alpn_protocols([alpn])
        return context

    def open(self, context=None, port=None):
        """MQTT over TLS with the certificate; the devices' own port unless told otherwise."""
        plain = socket.create_connection(("127.0.0.1", port or mqtts_port(self.cloud)), timeout=5)
        return Mqtt((context or self.tls()).wrap_socket(plain, server_hostname="localhost"))

    def refused(self, **how):
        """Whether the connection ends without a byte of MQTT."""
        try:
            client = self.open(**how)
            return client.connect(self.name) is None
        except (ssl.SSLError, ConnectionError, BrokenPipeError):
            return True


def mqtts_port(cloud):
    return int(cloud.ready["mqtts"].rsplit(":", 1)[1])


def https(cloud, context, alpn="x-amzn-http-ca"):
    """A connection for more than one request."""
    context.set_alpn_protocols([alpn])
    client = http.client.HTTPSConnection("localhost", cloud.port, context=context, timeout=10)
    client.connect()
    assert client.sock.selected_alpn_protocol() == alpn
    return client


def ask(client, method, path, body=None, headers=None):
    client.request(method, path, body, headers or {})
    answer = client.getresponse()
    return answer.status, answer.headers["x-amzn-ErrorType"], json.loads(answer.read())


FORBIDDEN = (403, "ForbiddenException:", "Forbidden")


def told(answer):
    return answer[0], answer[1], answer[2]["message"]
