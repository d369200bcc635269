"""The article's preparation and five steps with AWS's own Python clients: boto3 and awscrt."""

import base64
import hashlib
import hmac
import json
import uuid

import awscrt.mqtt
import boto3
import botocore.config

from mqtt_clients import crt_websocket

PASSWORD = "P@ssw0rd!"
TOPIC = "$aws/things/device_1/shadow/update"
POWER_OFF = '{"state":{"desired":{"power":"OFF"}}}'


def client(cloud, service, **credentials):
    """A boto3 client of the local cloud; as root unless credentials are given."""
    if not credentials:
        credentials = {"aws_access_key_id": cloud.ready["access_key_id"],
                       "aws_secret_access_key": cloud.ready["secret_access_key"]}
    return boto3.client(service, region_name=cloud.ready["region"],
                        endpoint_url=cloud.ready["endpoint"], verify=cloud.ready["ca_file"],
                        config=botocore.config.Config(retries={"max_attempts": 1}), **credentials)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, *resources):
    return {"Effect": "Allow", "Action": action, "Resource": list(resources)}


def secret_hash(user, client_id, secret):
    digest = hmac.new(secret.encode(), (user + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Article:
    """Everything the article creates in the console, made through the APIs instead."""

    def __init__(self, cloud, role_statements=None, iot_statements=None):
        self.cloud = cloud
        account, region = cloud.ready["account"], cloud.ready["region"]
        arn = f"arn:aws:iot:{region}:{account}:"
        sub = "${cognito-identity.amazonaws.com:sub}"
        default = [allow("iot:Connect", arn + "client/" + sub),
                   allow(["iot:Publish", "iot:Receive"], arn + "topic/$aws/things/device_1/*"),
                   allow("iot:Subscribe", arn + "topicfilter/$aws/things/device_1/*")]
        tag = uuid.uuid4().hex[:8]

        idp = client(cloud, "cognito-idp")
        self.pool_id = idp.create_user_pool(PoolName="article")["UserPool"]["Id"]
        app = idp.create_user_pool_client(
            UserPoolId=self.pool_id, ClientName="backend", GenerateSecret=True,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]
        self.client_id, self.client_secret = app["ClientId"], app["ClientSecret"]
        self.provider = f"cognito-idp.{region}.amazonaws.com/{self.pool_id}"

        identity = client(cloud, "cognito-identity")
        self.identity_pool_id = identity.create_identity_pool(
            IdentityPoolName="article", AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[{"ProviderName": self.provider, "ClientId": self.client_id}],
        )["IdentityPoolId"]

        iam = client(cloud, "iam")
        self.role = f"article-{tag}"
        trust = document({
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.identity_pool_id},
                "ForAnyValue:StringLike": {
                    "cognito-identity.amazonaws.com:amr": "authenticated"}}})
        role = iam.create_role(RoleName=self.role, AssumeRolePolicyDocument=trust)["Role"]
        iam.put_role_policy(RoleName=self.role, PolicyName="devices",
                            PolicyDocument=document(*(role_statements or default)))
        identity.set_identity_pool_roles(IdentityPoolId=self.identity_pool_id,
                                         Roles={"authenticated": role["Arn"]})

        self.iot = client(cloud, "iot")
        self.policy = f"article-{tag}"
        self.iot.create_policy(policyName=self.policy,
                               policyDocument=document(*(iot_statements or default)))
        self.idp = idp

    def add_user(self, name="alice"):
        self.idp.admin_create_user(UserPoolId=self.pool_id, Username=name, MessageAction="SUPPRESS")
        self.idp.admin_set_user_password(UserPoolId=self.pool_id, Username=name, Password=PASSWORD,
                                         Permanent=True)
        return name

    def sign_in(self, name="alice", password=PASSWORD, **changed):
        parameters = {"USERNAME": name, "PASSWORD": password,
                      "SECRET_HASH": secret_hash(name, self.client_id, self.client_secret)}
        parameters.update(changed)
        return self.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH", ClientId=self.client_id,
            AuthParameters={k: v for k, v in parameters.items() if v is not None},
        )["AuthenticationResult"]

    def identity(self, id_token):
        """(identity ID, credentials) of the user whose ID token this is."""
        service = client(self.cloud, "cognito-identity")
        logins = {self.provider: id_token}
        identity_id = service.get_id(IdentityPoolId=self.identity_pool_id,
                                     Logins=logins)["IdentityId"]
        answer = service.get_credentials_for_identity(IdentityId=identity_id, Logins=logins)
        assert answer["IdentityId"] == identity_id
        return identity_id, answer["Credentials"]

    def attach(self, identity_id):
        self.iot.attach_policy(policyName=self.policy, target=identity_id)

    def user_ready_to_connect(self, name="alice", attach=True):
        self.add_user(name)
        identity_id, credentials = self.identity(self.sign_in(name)["IdToken"])
        if attach:
            self.attach(identity_id)
        return identity_id, credentials


def mqtt_connection(cloud, client_id, credentials, clean_session=False):
    """An awscrt connection over WebSocket with Signature V4, as aws-iot-device-sdk builds it.

    Returns (connection, interruptions): the list grows each time the broker hangs up.
    """
    bootstrap, tls, sign = crt_websocket(cloud, credentials)
    interruptions = []
    connection = awscrt.mqtt.Connection(
        client=awscrt.mqtt.Client(bootstrap, tls),
        host_name="localhost", port=cloud.port, client_id=client_id, use_websockets=True,
        websocket_handshake_transform=sign, clean_session=clean_session, keep_alive_secs=30,
        reconnect_min_timeout_secs=1, reconnect_max_timeout_secs=1,
        on_connection_interrupted=lambda connection, error, **_: interruptions.append(error))
    return connection, interruptions
