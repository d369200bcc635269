"""AWS IoT's data plane asked by hand: signed requests, MQTT clients that hear what comes, the log's lines.

Debian's boto3 does not know every call: what it cannot say is signed with its signer.
"""

import json
import urllib.error
import urllib.request
import uuid

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from mqtt_clients import Paho

ROOT = {"AccessKeyId": "test", "SecretKey": "test"}


def name(of):
    return f"{of}-{uuid.uuid4().hex[:8]}"


class Listener(Paho):
    """Is connected and has its subscriptions; `packets` are the messages as paho has them."""

    def __init__(self, cloud, filters, qos, client_id, **more):
        super().__init__(cloud, client_id, ROOT, **more)
        self.packets = []
        tell = self.client.on_message
        self.client.on_message = lambda c, u, m: (self.packets.append(m), tell(c, u, m))
        self.connect()
        self.wait("connect")
        for count, each in enumerate(filters, 1):
            self.client.subscribe(each, qos)
            self.wait("suback", count)

    def __enter__(self):
        return self


def listener(cloud, *filters, qos=1, client_id=None, **more):
    return Listener(cloud, filters, qos, client_id or name("listener"), **more)


def signed(cloud, method, path, body=b"", credentials=ROOT, service="iotdata", headers=None):
    """(status, headers, body) of a request that botocore's signer has signed."""
    url = cloud.ready["http_endpoint"] + path
    request = botocore.awsrequest.AWSRequest(method, url, data=body, headers=headers or {})
    botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(credentials["AccessKeyId"], credentials["SecretKey"],
                                         credentials.get("SessionToken")),
        service, cloud.ready["region"]).add_auth(request)
    plain = urllib.request.Request(url, data=body or None, method=method,
                                   headers=dict(request.headers))
    try:
        with urllib.request.urlopen(plain, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def lines(cloud, **wanted):
    """Entries of the event log with these fields, oldest first."""
    with urllib.request.urlopen(f"{cloud.ready['http_endpoint']}/_cogniot/events") as answer:
        events = json.loads(answer.read())["events"]
    return [e for e in events if all(e.get(k) == v for k, v in wanted.items())]
