"""The article end to end with boto3 and awscrt, and every refusal that its readers meet."""

import base64
import json
import threading
import time

import awscrt.mqtt
import boto3
import botocore.exceptions
import pytest
from article import PASSWORD, POWER_OFF, TOPIC, Article, allow, client, document, mqtt_connection, \
    secret_hash

QOS1 = awscrt.mqtt.QoS.AT_LEAST_ONCE


def refusal(call, *args, **kwargs):
    """(error name, message) of a call that AWS refuses."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*args, **kwargs)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def wait_until(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def article(cloud):
    made = Article(cloud)
    made.add_user("alice")
    return made


def test_five_steps_from_password_to_acknowledged_publish(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    connection, interruptions = mqtt_connection(cloud, identity_id, credentials)
    assert connection.connect().result(10) == {"session_present": False}

    received = []
    subscribed, _ = connection.subscribe(
        "$aws/things/device_1/shadow/update/accepted", QOS1,
        lambda topic, payload, **_: received.append((topic, json.loads(payload))))
    assert subscribed.result(10)["qos"] == QOS1
    acknowledged, _ = connection.publish(TOPIC, POWER_OFF, QOS1)
    acknowledged.result(10)
    wait_until(lambda: received)
    assert received[0][1]["state"] == {"desired": {"power": "OFF"}}
    assert interruptions == []
    connection.disconnect().result(10)


def test_a_persistent_session_is_there_again(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    connection, _ = mqtt_connection(cloud, identity_id, credentials)
    connection.connect().result(10)
    connection.subscribe("$aws/things/device_1/shadow/update/accepted", QOS1)[0].result(10)
    connection.disconnect().result(10)
    again, _ = mqtt_connection(cloud, identity_id, credentials)
    assert again.connect().result(10) == {"session_present": True}
    again.disconnect().result(10)


def test_the_identity_is_stable_and_the_credentials_are_the_identitys(cloud, article):
    identity_id, credentials = article.identity(article.sign_in()["IdToken"])
    again, _ = article.identity(article.sign_in()["IdToken"])
    assert again == identity_id
    assert identity_id.startswith(cloud.ready["region"] + ":")
    sts = client(cloud, "sts", aws_access_key_id=credentials["AccessKeyId"],
                 aws_secret_access_key=credentials["SecretKey"],
                 aws_session_token=credentials["SessionToken"])
    caller = sts.get_caller_identity()
    assert caller["Arn"].endswith(f":assumed-role/{article.role}/CognitoIdentityCredentials")
    assert caller["Account"] == cloud.ready["account"]


def test_tokens_say_what_cognito_tokens_say(cloud, article):
    tokens = article.sign_in()
    claims = json.loads(base64.urlsafe_b64decode(tokens["IdToken"].split(".")[1] + "=="))
    assert claims["iss"] == "https://" + article.provider
    assert claims["aud"] == article.client_id
    assert claims["token_use"] == "id"
    assert claims["cognito:username"] == "alice"
    access = json.loads(base64.urlsafe_b64decode(tokens["AccessToken"].split(".")[1] + "=="))
    assert access["client_id"] == article.client_id and "aud" not in access
    refreshed = article.idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH", ClientId=article.client_id,
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"],
                        "SECRET_HASH": secret_hash("alice", article.client_id,
                                                   article.client_secret)})
    assert "RefreshToken" not in refreshed["AuthenticationResult"]


def test_a_new_password_is_asked_for(cloud, article):
    article.idp.admin_create_user(UserPoolId=article.pool_id, Username="newcomer",
                                  TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    hashed = secret_hash("newcomer", article.client_id, article.client_secret)
    challenge = article.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=article.client_id,
        AuthParameters={"USERNAME": "newcomer", "PASSWORD": "Temp0rary!", "SECRET_HASH": hashed})
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answered = article.idp.respond_to_auth_challenge(
        ClientId=article.client_id, ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "newcomer", "NEW_PASSWORD": PASSWORD,
                            "SECRET_HASH": hashed})
    assert answered["AuthenticationResult"]["IdToken"]


@pytest.mark.parametrize("change, name, message", [
    ({"password": "Wr0ng-password"}, "NotAuthorizedException", "Incorrect username or password."),
    ({"SECRET_HASH": "d3Jvbmc="}, "NotAuthorizedException",
     "Unable to verify secret hash for client CLIENT"),
    ({"SECRET_HASH": None}, "NotAuthorizedException",
     "Client CLIENT is configured with secret but SECRET_HASH was not received"),
    ({"USERNAME": None}, "InvalidParameterException", "Missing required parameter USERNAME"),
])
def test_sign_in_refused(article, change, name, message):
    expected = (name, message.replace("CLIENT", article.client_id))
    assert refusal(article.sign_in, **change) == expected


def test_an_access_token_is_no_id_token(cloud, article):
    name, message = refusal(article.identity, article.sign_in()["AccessToken"])
    assert name == "NotAuthorizedException"
    assert message.startswith("Invalid login token.")


def test_without_an_iot_policy_the_broker_hangs_up_after_connect(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect(attach=False)
    connection, _ = mqtt_connection(cloud, identity_id, credentials)
    with pytest.raises(awscrt.exceptions.AwsCrtError) as caught:
        connection.connect().result(10)
    assert caught.value.name == "AWS_ERROR_MQTT_UNEXPECTED_HANGUP"
    # Attaching it is all that was missing.
    article.attach(identity_id)
    again, _ = mqtt_connection(cloud, identity_id, credentials)
    again.connect().result(10)
    again.disconnect().result(10)


def test_a_client_id_that_is_not_the_identity_is_refused(cloud):
    _, credentials = (article := Article(cloud)).user_ready_to_connect()
    assert article
    connection, _ = mqtt_connection(cloud, "another-client", credentials)
    with pytest.raises(awscrt.exceptions.AwsCrtError) as caught:
        connection.connect().result(10)
    assert caught.value.name == "AWS_ERROR_MQTT_UNEXPECTED_HANGUP"


@pytest.mark.parametrize("refused_by", ["role", "iot"])
def test_either_lock_alone_stops_a_publish(cloud, refused_by):
    narrow = [allow("iot:Connect", "*")]
    wide = [allow("iot:*", "*")]
    article = Article(cloud, role_statements=narrow if refused_by == "role" else wide,
                      iot_statements=narrow if refused_by == "iot" else wide)
    identity_id, credentials = article.user_ready_to_connect()
    connection, interruptions = mqtt_connection(cloud, identity_id, credentials)
    connection.connect().result(10)
    acknowledged, _ = connection.publish(TOPIC, POWER_OFF, QOS1)
    wait_until(lambda: interruptions)
    assert interruptions[0].name == "AWS_ERROR_MQTT_UNEXPECTED_HANGUP"
    assert not acknowledged.done()
    connection.disconnect().result(10)


def test_a_topic_outside_the_policy_is_refused(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    connection, interruptions = mqtt_connection(cloud, identity_id, credentials)
    connection.connect().result(10)
    connection.publish("somewhere/else", "x", awscrt.mqtt.QoS.AT_MOST_ONCE)
    wait_until(lambda: interruptions)
    connection.disconnect().result(10)


def test_a_subscription_outside_the_policy_is_refused(cloud):
    article = Article(cloud)
    identity_id, credentials = article.user_ready_to_connect()
    connection, interruptions = mqtt_connection(cloud, identity_id, credentials)
    connection.connect().result(10)
    connection.subscribe("$aws/things/device_2/shadow/update/accepted", QOS1)
    wait_until(lambda: interruptions)
    connection.disconnect().result(10)


def test_what_may_not_be_received_is_not_delivered(cloud):
    receiver = Article(cloud, role_statements=[allow("iot:*", "*")], iot_statements=[
        allow(["iot:Connect", "iot:Subscribe", "iot:Publish"], "*"),
        allow("iot:Receive", "arn:aws:iot:*:*:topic/open/*")])
    identity_id, credentials = receiver.user_ready_to_connect()
    connection, interruptions = mqtt_connection(cloud, identity_id, credentials)
    connection.connect().result(10)
    received, arrived = [], threading.Event()

    def on_message(topic, **_):
        received.append(topic)
        if topic == "open/last":
            arrived.set()

    for topic_filter in ("open/#", "closed/#"):
        connection.subscribe(topic_filter, QOS1, on_message)[0].result(10)
    for topic in ("open/first", "closed/first", "open/last"):
        connection.publish(topic, "x", QOS1)[0].result(10)
    assert arrived.wait(10)
    assert received == ["open/first", "open/last"]
    assert interruptions == []
    connection.disconnect().result(10)


def test_the_identity_is_held_to_its_role_on_every_api(cloud, article):
    identity_id, credentials = article.identity(article.sign_in()["IdToken"])
    as_user = {"aws_access_key_id": credentials["AccessKeyId"],
               "aws_secret_access_key": credentials["SecretKey"],
               "aws_session_token": credentials["SessionToken"]}
    name, message = refusal(client(cloud, "iot", **as_user).attach_policy,
                            policyName=article.policy, target=identity_id)
    assert name == "AccessDeniedException"
    assert f"is not authorized to perform: iot:AttachPolicy on resource: {identity_id}" in message
    name, _ = refusal(client(cloud, "iam", **as_user).get_role, RoleName=article.role)
    assert name == "AccessDenied"
    name, _ = refusal(client(cloud, "cognito-idp", **as_user).list_user_pools, MaxResults=1)
    assert name == "AccessDeniedException"


def test_signatures_are_verified(cloud, article):
    good = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    wrong_secret = client(cloud, "iot", **(good | {"aws_secret_access_key": "tset"}))
    assert refusal(wrong_secret.list_policies)[0] == "InvalidSignatureException"
    unknown = client(cloud, "sts", **(good | {"aws_access_key_id": "AKIAUNKNOWNUNKNOWN00"}))
    assert refusal(unknown.get_caller_identity)[0] == "InvalidClientTokenId"
    _, credentials = article.identity(article.sign_in()["IdToken"])
    forged = client(cloud, "sts", aws_access_key_id=credentials["AccessKeyId"],
                    aws_secret_access_key=credentials["SecretKey"], aws_session_token="forged")
    assert refusal(forged.get_caller_identity)[0] == "InvalidClientTokenId"


def test_the_articles_own_trailing_comma_is_pointed_at(cloud, article):
    broken = ('{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Effect": "Allow",\n'
              '      "Action": ["iot:Publish", "iot:Subscribe",],\n      "Resource": "*"\n    }\n  ]\n}')
    name, message = refusal(article.iot.create_policy, policyName="broken", policyDocument=broken)
    assert name == "MalformedPolicyException"
    assert message.startswith("Policy document is Malformed")
    assert "line 6" in message and "comma" in message
    name, message = refusal(client(cloud, "iam").put_role_policy, RoleName=article.role,
                            PolicyName="broken", PolicyDocument=broken)
    assert (name, message.startswith("Syntax errors in policy.")) == ("MalformedPolicyDocument",
                                                                       True)


def test_assume_role_with_web_identity_the_classic_way(cloud, article):
    identity = client(cloud, "cognito-identity")
    tokens = article.sign_in()
    logins = {article.provider: tokens["IdToken"]}
    identity_id, _ = article.identity(tokens["IdToken"])
    token = identity.get_open_id_token(IdentityId=identity_id, Logins=logins)["Token"]
    answer = client(cloud, "sts").assume_role_with_web_identity(
        RoleArn=client(cloud, "iam").get_role(RoleName=article.role)["Role"]["Arn"],
        RoleSessionName="classic", WebIdentityToken=token)
    assert answer["SubjectFromWebIdentityToken"] == identity_id
    assert answer["AssumedRoleUser"]["Arn"].endswith("/classic")


def test_an_operation_that_is_not_built_yet_says_so(cloud):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client(cloud, "iot").create_job(jobId="j", targets=["arn:aws:iot:x:y:thing/z"])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "CreateJob" in caught.value.response["Error"]["Message"]


def test_lists_and_descriptions(cloud, article):
    pools = article.idp.list_user_pools(MaxResults=60)["UserPools"]
    assert article.pool_id in [pool["Id"] for pool in pools]
    described = article.idp.describe_user_pool_client(UserPoolId=article.pool_id,
                                                      ClientId=article.client_id)["UserPoolClient"]
    assert described["ClientSecret"] == article.client_secret
    assert article.iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"] == \
        f"localhost:{cloud.port}"
    stored = article.iot.get_policy(policyName=article.policy)
    assert json.loads(stored["policyDocument"])["Version"] == "2012-10-17"
    role_policy = client(cloud, "iam").get_role_policy(RoleName=article.role, PolicyName="devices")
    assert role_policy["PolicyDocument"]["Statement"]
    roles = client(cloud, "cognito-identity").get_identity_pool_roles(
        IdentityPoolId=article.identity_pool_id)
    assert roles["Roles"]["authenticated"].endswith(":role/" + article.role)


def test_policies_attach_list_and_detach(cloud, article):
    identity_id, _ = article.identity(article.sign_in()["IdToken"])
    article.attach(identity_id)
    article.attach(identity_id)
    listed = article.iot.list_attached_policies(target=identity_id)["policies"]
    assert [policy["policyName"] for policy in listed] == [article.policy]
    article.iot.detach_policy(policyName=article.policy, target=identity_id)
    assert article.iot.list_attached_policies(target=identity_id)["policies"] == []


def test_boto3_default_chain_finds_the_cloud_by_environment_alone(cloud, monkeypatch):
    for name, value in cloud.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    sts = boto3.session.Session().client("sts", endpoint_url=cloud.ready["http_endpoint"])
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{cloud.ready['account']}:root"


def test_documents_are_kept_as_they_were_given(cloud):
    text = document(allow("iot:Connect", "*")) + "\n"
    iot = client(cloud, "iot")
    iot.create_policy(policyName="verbatim", policyDocument=text)
    assert iot.get_policy(policyName="verbatim")["policyDocument"] == text
