"""The simulators as AWS's own clients call them, and whether what they say is what really happens.

Role policy and IoT policy are two locks: iam:SimulatePrincipalPolicy asks the first,
iot:TestAuthorization the second. A request goes through if both say yes.
"""

import json
import subprocess

import botocore.exceptions
import pytest
from article import Article, allow, client, document
from wire import Mqtt, WebSocket, presign

ADMIN = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'


def aws(cloud, *arguments):
    """The AWS CLI's answer, or its error text."""
    done = subprocess.run(["aws", "--endpoint-url", cloud.ready["endpoint"], "--output", "json",
                           *arguments], env=cloud.environment(), capture_output=True, text=True,
                          timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()


class Household:
    """A signed-in user whose two policies differ in what they allow."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.arn = f"arn:aws:iot:{cloud.ready['region']}:{cloud.ready['account']}:"
        arn, sub = self.arn, "${cognito-identity.amazonaws.com:sub}"
        deny = {"Effect": "Deny", "Action": "iot:Publish", "Resource": arn + "topic/home/vault"}
        only_without_tls = {"Bool": {"aws:SecureTransport": "false"}}
        self.article = Article(
            cloud,
            role_statements=[
                allow("iot:Connect", arn + "client/" + sub, arn + "client/spare"),
                allow(["iot:Publish", "iot:Receive"], arn + "topic/home/*"),
                allow("iot:RetainPublish", arn + "topic/home/state"),
                allow("iot:Subscribe", arn + "topicfilter/home/*", arn + "topic/garden/*"),
                allow(["iot:ListThings", "iot:DescribeEndpoint"], "*"),
                allow("iot:DescribeThing", arn + "thing/lamp"),
                {"Effect": "Allow", "Action": "iot:ListPolicies", "Resource": "*",
                 "Condition": only_without_tls}],
            iot_statements=[
                allow("iot:Connect", arn + "client/" + sub, arn + "client/other"),
                allow(["iot:Publish", "iot:Receive"], arn + "topic/home/*", arn + "topic/attic"),
                allow("iot:Subscribe", arn + "topicfilter/home/lamp/+", arn + "topicfilter/garden"),
                deny])
        self.identity_id, self.credentials = self.article.user_ready_to_connect()
        self.role_arn = f"arn:aws:iam::{cloud.ready['account']}:role/{self.article.role}"

    def session(self, client_id=None):
        """A raw MQTT 3.1.1 client, connected as the user; None if the broker hung up on CONNECT."""
        host = f"localhost:{self.cloud.port}"
        key = self.credentials
        stream = WebSocket(self.cloud.port, presign(host, key["AccessKeyId"], key["SecretKey"],
                                                    key["SessionToken"]), host)
        assert stream.status == 101
        mqtt = Mqtt(stream)
        return mqtt if mqtt.connect(client_id or self.identity_id) == (0x20, b"\0\0") else None

    def boto(self, service):
        return client(self.cloud, service, aws_access_key_id=self.credentials["AccessKeyId"],
                      aws_secret_access_key=self.credentials["SecretKey"],
                      aws_session_token=self.credentials["SessionToken"])

    def role_says(self, action, resource="*"):
        context = [("cognito-identity.amazonaws.com:sub", "string", self.identity_id),
                   ("aws:SecureTransport", "boolean", "true")]
        result = client(self.cloud, "iam").simulate_principal_policy(
            PolicySourceArn=self.role_arn, ActionNames=[action], ResourceArns=[resource],
            ContextEntries=[{"ContextKeyName": k, "ContextKeyType": t, "ContextKeyValues": [v]}
                            for k, t, v in context])["EvaluationResults"]
        assert len(result) == 1 and result[0]["EvalActionName"] == action
        return result[0]["EvalDecision"]

    def iot_policies_say(self, action_type, resource):
        result = client(self.cloud, "iot").test_authorization(
            principal=self.identity_id, cognitoIdentityPoolId=self.article.identity_pool_id,
            clientId=self.identity_id,
            authInfos=[{"actionType": action_type, "resources": [resource]}])["authResults"]
        return result[0]["authDecision"]


@pytest.fixture(scope="module")
def household(cloud):
    return Household(cloud)


def connects(household, name):
    mqtt = household.session(household.identity_id if name == "SUB" else name)
    if mqtt:
        mqtt.close()
    return mqtt is not None


def publishes(household, topic, retain=False):
    mqtt = household.session()
    mqtt.publish(topic, "x", packet_id=5, retain=retain)
    answer = mqtt.read()
    mqtt.close()
    return answer == (0x40, b"\0\5")


def subscribes(household, filter_text):
    mqtt = household.session()
    mqtt.subscribe(6, filter_text)
    answer = mqtt.read()
    mqtt.close()
    return answer == (0x90, b"\0\6\1")


def receives(household, topic):
    """Root publishes on a topic that the user has subscribed to by `home/lamp/+`."""
    mqtt = household.session()
    mqtt.subscribe(6, "home/lamp/+")
    assert mqtt.read() == (0x90, b"\0\6\1")
    root = Mqtt(WebSocket(household.cloud.port, presign("localhost", "test", "test"), "localhost"))
    assert root.connect("root-publisher") == (0x20, b"\0\0")
    root.publish(topic, "x", packet_id=7)
    assert root.read() == (0x40, b"\0\7")
    # What the user may surely have comes after it, if anything does.
    mqtt.publish("home/lamp/last", "end", packet_id=8)
    heard = []
    while "home/lamp/last" not in heard:
        heard.append(mqtt.read_publish()[0])
    mqtt.close()
    root.close()
    return topic in heard


# action, resource, what the role and what the IoT policies say
MQTT = [
    ("CONNECT", "SUB", True, True),
    ("CONNECT", "spare", True, False),
    ("CONNECT", "other", False, True),
    ("CONNECT", "nobody", False, False),
    ("PUBLISH", "home/lamp/state", True, True),
    ("PUBLISH", "home/vault", True, False),
    ("PUBLISH", "attic", False, True),
    ("PUBLISH", "garden", False, False),
    ("RETAIN", "home/state", True, True),
    ("RETAIN", "home/other", False, True),
    ("SUBSCRIBE", "home/lamp/+", True, True),
    ("SUBSCRIBE", "home/lamp/on", True, False),  # a filter is text: `+` in a policy is a plus
    ("SUBSCRIBE", "garden", False, True),
    ("SUBSCRIBE", "garden/x", False, False),     # topic/ is no topicfilter/
    ("RECEIVE", "home/lamp/state", True, True),
]


@pytest.mark.parametrize("action, name, by_role, by_iot", MQTT,
                         ids=[f"{a}-{n}".replace("/", ".") for a, n, *_ in MQTT])
def test_the_broker_does_what_both_simulators_allow(household, action, name, by_role, by_iot):
    kind = {"CONNECT": "client", "SUBSCRIBE": "topicfilter"}.get(action, "topic")
    resource = f"{household.arn}{kind}/{household.identity_id if name == 'SUB' else name}"
    iam_action = "iot:RetainPublish" if action == "RETAIN" else "iot:" + action.capitalize()
    role = household.role_says(iam_action, resource)
    iot = household.iot_policies_say("PUBLISH" if action == "RETAIN" else action, resource)
    assert (role == "allowed") == by_role
    assert (iot == "ALLOWED") == by_iot
    really = {"CONNECT": connects, "PUBLISH": publishes, "SUBSCRIBE": subscribes,
              "RECEIVE": receives,
              "RETAIN": lambda h, topic: publishes(h, topic, retain=True)}[action](household, name)
    assert really == (role == "allowed" and iot == "ALLOWED")


API = [
    ("iot", "ListThings", "*", {}),
    ("iot", "DescribeEndpoint", "*", {}),
    ("iot", "DescribeThing", "thing/lamp", {"thingName": "lamp"}),
    ("iot", "DescribeThing", "thing/oven", {"thingName": "oven"}),
    ("iot", "ListPolicies", "*", {}),
    ("iot", "CreateThing", "thing/lamp", {"thingName": "lamp"}),
]


@pytest.mark.parametrize("service, operation, resource, arguments", API,
                         ids=[f"{o}-{r}".replace("/", ".") for _, o, r, _ in API])
def test_the_apis_do_what_the_role_allows(household, service, operation, resource, arguments):
    name = resource if resource == "*" else household.arn + resource
    said = household.role_says(f"{service}:{operation}", name)
    calls = household.boto(service)
    method = getattr(calls, "".join("_" + c.lower() if c.isupper() else c
                                    for c in operation).lstrip("_"))
    try:
        method(**arguments)
        refused = False
    except botocore.exceptions.ClientError as error:
        refused = error.response["Error"]["Code"] == "AccessDeniedException"
    assert refused == (said != "allowed")


def test_test_authorization_by_the_aws_cli(cloud, household):
    resource = household.arn + "topic/home/vault"
    answer = aws(cloud, "iot", "test-authorization", "--principal", household.identity_id,
                 "--cognito-identity-pool-id", household.article.identity_pool_id,
                 "--client-id", "any", "--auth-infos", f"actionType=PUBLISH,resources={resource}")
    policy = {"policyName": household.article.policy,
              "policyArn": f"{household.arn}policy/{household.article.policy}"}
    assert answer == {"authResults": [{
        "authInfo": {"actionType": "PUBLISH", "resources": [resource]},
        "allowed": {"policies": []},
        "denied": {"implicitDeny": {"policies": []}, "explicitDeny": {"policies": [policy]}},
        "authDecision": "EXPLICIT_DENY", "missingContextValues": []}]}
    skipped = aws(cloud, "iot", "test-authorization", "--principal", household.identity_id,
                  "--auth-infos", f"actionType=PUBLISH,resources={resource}",
                  "--policy-names-to-skip", household.article.policy)
    assert skipped["authResults"][0]["authDecision"] == "IMPLICIT_DENY"


def test_effective_policies_by_the_aws_cli(cloud, household):
    answer = aws(cloud, "iot", "get-effective-policies", "--principal", household.identity_id)
    (only,) = answer["effectivePolicies"]
    assert only["policyName"] == household.article.policy
    assert json.loads(only["policyDocument"])["Statement"][-1]["Effect"] == "Deny"


def test_simulate_custom_policy_by_the_aws_cli(cloud):
    """The example of the CLI's own manual, with its output."""
    policy = ('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*",'
              '"Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":'
              '"2018-08-16T12:00:00Z"}}}}')
    answer = aws(cloud, "iam", "simulate-custom-policy", "--policy-input-list", policy,
                 "--action-names", "dynamodb:CreateBackup", "--context-entries",
                 "ContextKeyName='aws:CurrentTime',ContextKeyValues='2019-04-25T11:00:00Z',"
                 "ContextKeyType=date")
    (result,) = answer["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    (statement,) = result["MatchedStatements"]
    assert statement["SourcePolicyId"] == "PolicyInputList.1"
    assert statement["StartPosition"] == {"Line": 1, "Column": 38}
    assert statement["EndPosition"] == {"Line": 1, "Column": 167}
    assert result["MissingContextValues"] == []


def test_simulate_principal_policy_by_the_aws_cli(cloud, household):
    answer = aws(cloud, "iam", "simulate-principal-policy", "--policy-source-arn",
                 household.role_arn, "--action-names", "iot:ListThings", "iot:Connect")
    allowed, denied = answer["EvaluationResults"]
    assert (allowed["EvalDecision"], denied["EvalDecision"]) == ("allowed", "implicitDeny")
    assert allowed["MatchedStatements"][0]["SourcePolicyId"] == \
        f"role_{household.article.role}_devices"
    assert denied["MissingContextValues"] == ["cognito-identity.amazonaws.com:sub"]
    assert "Invalid Entity Arn: arn:aws:iam::aws:policy/ReadOnlyAccess does not clearly define " \
        "entity type and name." in aws(cloud, "iam", "simulate-principal-policy",
                                       "--policy-source-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess",
                                       "--action-names", "iot:Connect")


def test_boto3s_paginator_walks_all_pages(cloud):
    pages = client(cloud, "iam").get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[ADMIN], ActionNames=["iot:Publish", "iot:Receive", "iot:Connect"],
        PaginationConfig={"PageSize": 2})
    sizes = [len(page["EvaluationResults"]) for page in pages]
    assert sizes == [2, 1]


def test_a_user_may_not_simulate_unless_the_role_says_so(household):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        household.boto("iam").simulate_custom_policy(PolicyInputList=[ADMIN],
                                                     ActionNames=["iot:Publish"])
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        household.boto("iot").test_authorization(
            principal=household.identity_id,
            authInfos=[{"actionType": "CONNECT", "resources": [household.arn + "client/x"]}])
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
