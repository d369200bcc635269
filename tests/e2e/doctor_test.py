"""cogniot doctor against a local cloud, one fault at a time: it names the real cause.

The causes are those of the article's readers and of AWS's issue trackers (docs/doctor.md). Each
fault is made through AWS's own APIs by boto3.
"""

import json
import re
import shlex
import subprocess
import uuid

import pytest
from article import PASSWORD, TOPIC, Article, allow, client, document
from local_cloud import BINARY, ROOT, LocalCloud

SUB = "${cognito-identity.amazonaws.com:sub}"
SHOWN = []  # everything doctor ever printed here: secrets must not be in it
SECRETS = {PASSWORD, "eyJ", "X-Amz-Signature"}


def arn(cloud, tail, region=None):
    return f"arn:aws:iot:{region or cloud.ready['region']}:{cloud.ready['account']}:{tail}"


class Patient:
    """A stack of its own with a user, and the doctor for it."""

    def __init__(self, cloud, attach=True, **statements):
        self.cloud = cloud
        self.stack = Article(cloud, **statements)
        self.stack.add_user()
        self.identity_id, _ = self.stack.identity(self.stack.sign_in()["IdToken"])
        if attach:
            self.stack.attach(self.identity_id)
        SECRETS.add(self.stack.client_secret)
        self.env = cloud.environment() | {
            "COGNIOT_USER_POOL_ID": self.stack.pool_id,
            "COGNIOT_APP_CLIENT_ID": self.stack.client_id,
            "COGNIOT_APP_CLIENT_SECRET": self.stack.client_secret,
            "COGNIOT_IDENTITY_POOL_ID": self.stack.identity_pool_id,
            "COGNIOT_IOT_ENDPOINT": f"localhost:{cloud.port}",
            "COGNIOT_IOT_POLICY": self.stack.policy,
            "COGNIOT_USERNAME": "alice", "COGNIOT_PASSWORD": PASSWORD}

    def run(self, *arguments):
        done = subprocess.run([BINARY, "doctor", "--log-wait", "3", *arguments], env=self.env,
                              text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=90)
        SHOWN.append(done.stdout + done.stderr)
        return done

    def ask(self, *arguments):
        """(exit code, the report as JSON)"""
        done = self.run("--json", *arguments)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def attached(self):
        return [p["policyName"] for p in self.stack.iot.list_attached_policies(
            target=self.identity_id)["policies"]]


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud() as running:
        yield running


def steps(report):
    return {s["step"]: s for s in report["steps"]}


def log_of(report):
    return steps(report)["log"]


def test_when_all_is_well_every_step_passes_and_nothing_is_left_behind(cloud):
    patient = Patient(cloud)
    for _ in range(2):  # the second run finds no session of the first
        code, report = patient.ask("-t", TOPIC, "-m", '{"state":{"desired":{"power":"OFF"}}}')
        assert code == 0 and report["ok"] and report["missing_permissions"] == [], report
        results = {s["step"]: s["result"] for s in report["steps"]}
        assert results.pop("log") == results.pop("history") == "skipped"
        assert set(results.values()) == {"passed"}, report
    actions = [s["action"] for s in report["steps"] if s["step"] == "permission"]
    assert actions == ["iot:Connect", "iot:Publish", "iot:Subscribe", "iot:Receive"]


def test_without_a_payload_nothing_is_published(cloud):
    patient = Patient(cloud)
    code, report = patient.ask("-t", TOPIC)
    assert code == 0 and steps(report)["publish"]["result"] == "skipped"
    code, report = patient.ask("-t", TOPIC, "--publish", "--for", "publish")
    assert code == 0 and steps(report)["publish"]["result"] == "passed"
    assert steps(report)["subscribe"]["result"] == "skipped"


# --- one fault at a time -----------------------------------------------------------------------

def wrong_region(p):
    p.env.update(AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1")


def wrong_secret(p):
    p.env["COGNIOT_APP_CLIENT_SECRET"] = "wrong" * 8


def secret_not_given(p):
    del p.env["COGNIOT_APP_CLIENT_SECRET"]


def flow_not_enabled(p):
    p.stack.idp.update_user_pool_client(
        UserPoolId=p.stack.pool_id, ClientId=p.stack.client_id,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])


def wrong_password(p):
    p.env["COGNIOT_PASSWORD"] = "N0t!thepassword"
    SECRETS.add("N0t!thepassword")


def must_change_password(p):
    p.stack.idp.admin_create_user(UserPoolId=p.stack.pool_id, Username="fresh",
                                  TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    p.env.update(COGNIOT_USERNAME="fresh", COGNIOT_PASSWORD="Temp0rary!",
                 COGNIOT_NEW_PASSWORD="N3w!passw0rd")  # set for other commands; not used here
    SECRETS.update({"Temp0rary!", "N3w!passw0rd"})


def unknown_app_client(p):
    p.env["COGNIOT_APP_CLIENT_ID"] = "0" * 26


def pool_of_providers(p, **providers):
    client(p.cloud, "cognito-identity").update_identity_pool(
        IdentityPoolId=p.stack.identity_pool_id, IdentityPoolName="article",
        AllowUnauthenticatedIdentities=False, **providers)


def pool_not_among_providers(p):
    pool_of_providers(p, CognitoIdentityProviders=[])


def other_app_client_among_providers(p):
    pool_of_providers(p, CognitoIdentityProviders=[
        {"ProviderName": p.stack.provider, "ClientId": "other"}])


def no_role(p):
    client(p.cloud, "cognito-identity").set_identity_pool_roles(
        IdentityPoolId=p.stack.identity_pool_id, Roles={})


def no_rule_fits(p):
    client(p.cloud, "cognito-identity").set_identity_pool_roles(
        IdentityPoolId=p.stack.identity_pool_id, Roles={},
        RoleMappings={f"{p.stack.provider}:{p.stack.client_id}": {
            "Type": "Token", "AmbiguousRoleResolution": "Deny"}})


def trust_for_other_pool(p):
    client(p.cloud, "iam").update_assume_role_policy(
        RoleName=p.stack.role, PolicyDocument=document({
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {
                "cognito-identity.amazonaws.com:aud":
                    "ap-northeast-1:00000000-0000-0000-0000-000000000000"}}}))


def trust_for_guests(p):
    client(p.cloud, "iam").update_assume_role_policy(
        RoleName=p.stack.role, PolicyDocument=document({
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {
                "StringEquals": {
                    "cognito-identity.amazonaws.com:aud": p.stack.identity_pool_id},
                "ForAnyValue:StringLike": {
                    "cognito-identity.amazonaws.com:amr": "unauthenticated"}}}))


def detached(p):
    p.stack.iot.detach_policy(policyName=p.stack.policy, target=p.identity_id)


def iot_policy(p, *statements):
    p.stack.iot.create_policy_version(policyName=p.stack.policy, setAsDefault=True,
                                      policyDocument=document(*statements))


def iot_policy_in_other_region(p):
    iot_policy(p, allow("iot:*", arn(p.cloud, "*", region="us-east-1")))


def iot_policy_for_other_topic(p):
    iot_policy(p, allow("iot:Connect", arn(p.cloud, "client/" + SUB)),
               allow("iot:*", arn(p.cloud, "topic/$aws/things/device_2/*")))


def iot_policy_for_other_client(p):
    iot_policy(p, allow("iot:Connect", arn(p.cloud, "client/device_1")),
               allow("iot:*", arn(p.cloud, "topic/*"), arn(p.cloud, "topicfilter/*")))


def subscribe_on_topic(p):
    iot_policy(p, allow("iot:Connect", arn(p.cloud, "client/" + SUB)),
               allow(["iot:Publish", "iot:Subscribe", "iot:Receive"], arn(p.cloud, "topic/*")))


def role_policy(p, *statements):
    client(p.cloud, "iam").put_role_policy(RoleName=p.stack.role, PolicyName="devices",
                                           PolicyDocument=document(*statements))


def role_policy_lacks_client(p):
    role_policy(p, allow("iot:*", arn(p.cloud, "topic/*"), arn(p.cloud, "topicfilter/*")))


def role_denies_publish(p):
    role_policy(p, allow("iot:*", "*"),
                {"Effect": "Deny", "Action": "iot:Publish", "Resource": "*"})


def role_without_policy(p):
    client(p.cloud, "iam").delete_role_policy(RoleName=p.stack.role, PolicyName="devices")


def client_id_is_not_the_identity(p):
    p.env["COGNIOT_CLIENT_ID"] = "device_1"


def endpoint_where_nobody_listens(p):
    p.env["COGNIOT_IOT_ENDPOINT"] = "localhost:1"


def api_where_nobody_listens(p):
    p.env["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = "https://localhost:1"


def setting_missing(p):
    del p.env["COGNIOT_IDENTITY_POOL_ID"]


FAULTS = [
    # fault, cause, what it says, what to do, exit code (docs/cli.md)
    (wrong_region, "iot-policies", "us-east-1.*identity pool is in ap-northeast-1",
     "--region ap-northeast-1", 5),
    (wrong_secret, "app-client", "secret is not the one", "app client", 3),
    (secret_not_given, "app-client", "has a secret, and none is", "COGNIOT_APP_CLIENT_SECRET", 3),
    (flow_not_enabled, "app-client", "USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", 3),
    (wrong_password, "sign-in", "Incorrect username or password", "cogniot user add", 3),
    (must_change_password, "sign-in", "NEW_PASSWORD_REQUIRED", "", 3),
    (unknown_app_client, "app-client", "does not exist", "app client ID", 2),
    (pool_not_among_providers, "provider", "not among the providers", "update-identity-pool", 4),
    (other_app_client_among_providers, "provider", "trusts this user pool for app client `other`",
     "update-identity-pool", 4),
    (no_role, "role", "no authenticated role", "set-identity-pool-roles", 4),
    (no_rule_fits, "role", "AmbiguousRoleResolution is Deny", "set-identity-pool-roles", 4),
    (trust_for_other_pool, "trust", "00000000-0000", "update-assume-role-policy", 4),
    (trust_for_guests, "trust", "amr", "update-assume-role-policy", 4),
    (detached, "iot-policies", "no IoT policy is attached", "--fix attach-policy", 5),
    (iot_policy_in_other_region, "permission", "iot:Connect.*region", "IoT policy", 5),
    (iot_policy_for_other_topic, "permission", "iot:Publish.*device_2", "IoT policy", 5),
    (iot_policy_for_other_client, "permission", "iot:Connect.*device_1", "IoT policy", 5),
    (subscribe_on_topic, "permission", "iot:Subscribe.*topicfilter", "topicfilter", 5),
    (role_policy_lacks_client, "permission", "iot:Connect.*role", "client/", 5),
    (role_denies_publish, "permission", "iot:Publish.*Deny|deni", "Deny", 5),
    (role_without_policy, "permission", "no policy at all", "role", 5),
    (client_id_is_not_the_identity, "permission", "iot:Connect.*device_1", "client/", 5),
    (endpoint_where_nobody_listens, "endpoints", "localhost:1", "host and port", 6),
    (api_where_nobody_listens, "endpoints", "localhost:1", "host and port", 6),
    (setting_missing, "configuration", "identity-pool-id", "", 2),
]


@pytest.mark.parametrize("fault, cause, says, to_do, code", FAULTS,
                         ids=[f[0].__name__ for f in FAULTS])
def test_the_real_cause_is_named(cloud, fault, cause, says, to_do, code):
    patient = Patient(cloud)
    fault(patient)
    got, report = patient.ask("-t", TOPIC)
    assert report["cause"] == cause, report
    first = next(s for s in report["steps"] if s["result"] == "failed")
    told = " ".join([first.get("action", ""), first["says"], *first.get("details", [])])
    assert first["step"] == cause and re.search(says, told), first
    assert to_do in report["do"], report["do"]
    assert got == code, report
    text = patient.run("-t", TOPIC, "--no-connect")
    assert text.returncode == code
    assert f"Cause: {report['conclusion']}" in text.stdout, text.stdout
    assert report["do"] in text.stdout


@pytest.mark.parametrize("fault", [detached, role_policy_lacks_client])
def test_a_denied_connect_is_seen_for_real_and_looked_up_in_the_log(cloud, fault):
    patient = Patient(cloud)
    fault(patient)
    _, report = patient.ask("-t", TOPIC)
    assert steps(report)["connect"]["result"] == "failed"
    log = log_of(report)
    assert log["result"] == "passed", log
    assert any("Connect" in line and "AUTHORIZATION_FAILURE" in line for line in log["details"])


def test_a_denied_publish_is_seen_for_real(cloud):
    patient = Patient(cloud)
    role_denies_publish(patient)
    code, report = patient.ask("-t", TOPIC, "--publish")
    assert code == 5 and steps(report)["publish"]["result"] == "failed"
    assert steps(report)["subscribe"]["result"] == "passed"  # over a connection of its own
    assert any("Publish-In" in line for line in log_of(report)["details"]), report


def test_what_no_policy_governs_is_foreseen_and_found_by_trying(cloud):
    everything = [allow("iot:*", "*")]
    patient = Patient(cloud, role_statements=everything, iot_statements=everything)
    code, report = patient.ask("-t", "$SYS/#", "--for", "subscribe")
    assert code == 5 and report["cause"] == "limits", report
    assert {s["result"] for s in report["steps"] if s["step"] == "permission"} == {"passed"}
    assert steps(report)["subscribe"]["result"] == "failed"
    assert "$SYS" in report["conclusion"]


def test_a_retained_publish_needs_a_permission_of_its_own(cloud):
    patient = Patient(cloud, iot_statements=[allow("iot:*", "*")],
                      role_statements=[allow(["iot:Connect", "iot:Publish"], "*")])
    code, report = patient.ask("-t", "home/lamp", "-r", "--for", "publish")
    first = next(s for s in report["steps"] if s["result"] == "failed")
    assert code == 5 and first["action"] == "iot:RetainPublish"
    code, report = patient.ask("-t", TOPIC, "-r", "--for", "publish")  # begins with `$`
    assert code == 5 and report["cause"] == "limits" and "RETAIN" in report["conclusion"], report


def test_conditions_that_a_simulator_is_not_told_of_are_no_denial(cloud):
    """IAM: SimulatePrincipalPolicy names the keys it was not given in MissingContextValues."""
    patient = Patient(cloud)
    role_policy(patient, allow("iot:*", "*") | {"Condition": {
        "Bool": {"aws:SecureTransport": "true"},
        "DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}})
    code, report = patient.ask("-t", TOPIC)
    assert code == 0 and report["ok"], report
    assert {s["result"] for s in report["steps"] if s["step"] == "permission"} == {"passed"}
    answers = [s for s in report["steps"] if s["step"] == "aws-answers"]
    # The role's statement hangs on what was not told: that is no agreement either.
    assert {s["result"] for s in answers} == {"passed", "not-available"}, answers
    assert any("not judged by AWS's simulator, which was not told aws:" in line
               for s in answers for line in s["details"]), answers
    # What they were not told does not hide what is really denied.
    role_policy(patient, allow("iot:*", "*") | {"Condition": {
        "DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}})
    code, report = patient.ask("-t", TOPIC)
    assert code == 5 and report["cause"] == "permission", report


def test_a_clock_that_is_off_is_measured(tmp_path):
    # boto3 gives up on such a clock: the stack comes from a template, without an app client secret
    # that only an API would tell.
    template = tmp_path / "template.yaml"
    template.write_text((ROOT / "examples/article/template.yaml").read_text().replace(
        "GenerateSecret: true", "GenerateSecret: false"))
    with LocalCloud("--clock-offset", "900", "--template", str(template)) as ahead:
        outputs = dict(re.findall(r"^\s+(\w+) = (\S+)$", ahead.log(), re.M))
        env = ahead.environment() | {
            "COGNIOT_USER_POOL_ID": outputs["UserPoolId"],
            "COGNIOT_APP_CLIENT_ID": outputs["AppClientId"],
            "COGNIOT_IDENTITY_POOL_ID": outputs["IdentityPoolId"],
            "COGNIOT_IOT_POLICY": outputs["IotPolicyName"],
            "COGNIOT_IOT_ENDPOINT": f"localhost:{ahead.port}",
            "COGNIOT_USERNAME": "alice", "COGNIOT_PASSWORD": PASSWORD}
        subprocess.run([BINARY, "user", "add"], env=env, check=True, capture_output=True)
        done = subprocess.run([BINARY, "doctor", "--json", "--fix", "attach-policy", "-t", TOPIC],
                              env=env, capture_output=True, text=True, timeout=90)
        report = json.loads(done.stdout)
        assert done.returncode == 4 and report["cause"] == "clock", report
        assert re.search("15 min|14 min 59 s", report["conclusion"]), report["conclusion"]
        assert "behind" in report["conclusion"]
        assert steps(report)["connect"]["result"] == "passed"  # cogniot signs by AWS's clock


def test_a_certificate_of_an_unknown_authority_is_told(cloud, tmp_path):
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other", "-days", "2",
                    "-keyout", str(tmp_path / "key"), "-out", str(other)],
                   check=True, capture_output=True)
    patient = Patient(cloud)
    patient.env["AWS_CA_BUNDLE"] = str(other)
    code, report = patient.ask("-t", TOPIC)
    assert code == 6 and report["cause"] == "endpoints", report
    assert "certificate" in steps(report)["endpoints"]["says"]
    assert "--ca-bundle" in report["do"]
    assert steps(report)["sign-in"]["result"] == "skipped"


# --- who may look ------------------------------------------------------------------------------

def become_backend(patient, *statements):
    """Gives the doctor a backend that may do no more than these statements say."""
    iam, sts = client(patient.cloud, "iam"), client(patient.cloud, "sts")
    name = "backend-" + uuid.uuid4().hex[:8]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document({
        "Effect": "Allow", "Principal": {"AWS": patient.cloud.ready["account"]},
        "Action": "sts:AssumeRole"}))["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
    keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="backend")["Credentials"]
    SECRETS.update({keys["SecretAccessKey"], keys["SessionToken"]})
    patient.env.update(AWS_ACCESS_KEY_ID=keys["AccessKeyId"],
                       AWS_SECRET_ACCESS_KEY=keys["SecretAccessKey"],
                       AWS_SESSION_TOKEN=keys["SessionToken"])


LOOKS = {"app-client": "cognito-idp:DescribeUserPoolClient",
         "provider": "cognito-identity:DescribeIdentityPool",
         "role": "cognito-identity:GetIdentityPoolRoles",
         "role-policies": "iam:ListRolePolicies",
         "iot-policies": "iot:ListAttachedPolicies"}


def test_a_backend_that_may_not_look_is_told_which_permissions_are_missing(cloud):
    patient = Patient(cloud)
    become_backend(patient)
    code, report = patient.ask("-t", TOPIC)
    assert code == 0, report  # the user connects all the same
    for step, permission in LOOKS.items():
        assert steps(report)[step]["result"] == "not-permitted", step
        assert steps(report)[step]["permission"] == permission
        assert permission in report["missing_permissions"]
        assert permission in report["conclusion"]
    assert steps(report)["connect"]["result"] == "passed"


def test_the_command_that_a_clients_error_names_finds_the_cause(cloud):
    patient = Patient(cloud, iot_statements=[allow("iot:Connect", arn(cloud, f"client/{SUB}"))])
    done = subprocess.run([BINARY, "publish", "-i", "other", "-t", TOPIC, "-m", "1"],
                          env=patient.env, capture_output=True, text=True, timeout=60)
    command = re.search("`cogniot (doctor[^`]*)` tells which", done.stderr).group(1)
    code, report = patient.ask(*shlex.split(command)[1:])
    assert code == 5 and report["cause"] == "permission", report
    assert "client/other" in report["do"], report["do"]
    # What an earlier step has ruled out is no cause, and nobody is sent to where they are.
    assert steps(report)["iot-policies"]["result"] == "passed", report
    said = steps(report)["connect"]["says"]
    assert "no IoT policy" not in said and "cogniot doctor" not in said, said


def test_backend_credentials_that_are_refused_are_told_as_that_not_as_missing_permissions(cloud):
    patient = Patient(cloud)
    patient.env["AWS_SECRET_ACCESS_KEY"] = "bad"
    code, report = patient.ask("-t", TOPIC)
    assert code == 0 and report["missing_permissions"] == [], report
    assert "credentials were refused: InvalidSignatureException" in report["conclusion"]
    assert "lack" not in report["conclusion"]
    for step in LOOKS:
        assert steps(report)[step]["result"] == "not-available", step


def test_attaching_needs_no_permission_to_list(cloud):
    patient = Patient(cloud, attach=False)
    become_backend(patient, {"Effect": "Allow", "Action": "iot:AttachPolicy", "Resource": "*"})
    code, report = patient.ask("-t", TOPIC, "--fix", "attach-policy")
    assert code == 0 and steps(report)["connect"]["result"] == "passed", report
    listed = steps(report)["iot-policies"]
    assert listed["permission"] == "iot:ListAttachedPolicies", listed
    assert "just now" in listed["details"][0], listed


def test_a_policy_that_cannot_be_attached_is_told_with_what_helps(cloud):
    patient = Patient(cloud)
    code, report = patient.ask("-t", TOPIC, "--iot-policy", "nosuch", "--fix", "attach-policy")
    assert code != 0 and report["cause"] == "iot-policies", report
    assert "ResourceNotFoundException" in report["conclusion"]
    assert "create-policy" in report["do"] and "iot:AttachPolicy" not in report["do"], report["do"]
    become_backend(patient, {"Effect": "Allow", "Action": "iot:List*", "Resource": "*"})
    code, report = patient.ask("-t", TOPIC, "--iot-policy", "nosuch", "--fix", "attach-policy")
    assert code != 0 and "may do iot:AttachPolicy" in report["do"], report


def test_without_backend_credentials_the_user_is_examined_all_the_same(cloud):
    patient = Patient(cloud)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del patient.env[name]
    code, report = patient.ask("-t", TOPIC)
    assert code == 0 and steps(report)["role"]["result"] == "not-permitted", report
    assert steps(report)["credentials"]["result"] == "passed"


def test_an_api_that_is_only_for_looking_may_be_out_of_reach(cloud):
    patient = Patient(cloud)
    patient.env["AWS_ENDPOINT_URL_IAM"] = "https://localhost:1"
    code, report = patient.ask("-t", TOPIC)
    assert code == 0, report
    assert "localhost:1" in steps(report)["endpoints"]["details"][0]
    assert steps(report)["role-policies"]["result"] == "skipped"
    assert steps(report)["connect"]["result"] == "passed"


def test_when_nobody_may_look_the_real_connection_tells(cloud):
    patient = Patient(cloud, attach=False)
    become_backend(patient)
    code, report = patient.ask("-t", TOPIC)
    assert code == 5 and report["cause"] == "connect", report
    assert "no IoT policy is attached" in report["conclusion"]
    assert log_of(report)["permission"] == "logs:FilterLogEvents"


@pytest.mark.parametrize("fault, cause, says", [(wrong_secret, "sign-in", "secret"),
                                                (flow_not_enabled, "sign-in", "flow not enabled"),
                                                (pool_not_among_providers, "identity", "provider"),
                                                (no_role, "credentials", "role")])
def test_what_may_not_be_looked_at_is_inferred_from_the_refusal(cloud, fault, cause, says):
    patient = Patient(cloud)
    fault(patient)
    become_backend(patient)
    _, report = patient.ask("-t", TOPIC)
    assert report["cause"] == cause and says in report["conclusion"], report


def test_one_lock_that_may_be_looked_at_is_judged_alone(cloud):
    patient = Patient(cloud)
    iot_policy_for_other_topic(patient)
    become_backend(patient, allow(["iot:ListAttachedPolicies", "iot:GetPolicy"], "*"))
    _, report = patient.ask("-t", TOPIC)
    by_action = {s["action"]: s["result"] for s in report["steps"] if s["step"] == "permission"}
    assert by_action["iot:Connect"] == "not-available"  # the role was not seen
    assert by_action["iot:Publish"] == "failed"  # and cannot mend what this lock refuses


def test_the_policy_that_docs_name_is_all_that_doctor_needs(cloud):
    text = (ROOT / "docs/doctor.md").read_text()
    policy = json.loads(re.search(r"```json\n(.*?)```", text, re.S)[1])
    patient = Patient(cloud)
    become_backend(patient, *policy["Statement"])
    code, report = patient.ask("-t", TOPIC)
    assert code == 0 and report["missing_permissions"] == [], report


# --- what is changed, and what is shown --------------------------------------------------------

def test_nothing_is_attached_unless_it_is_asked_for(cloud):
    patient = Patient(cloud, attach=False)
    patient.ask("-t", TOPIC)
    assert patient.attached() == []
    code, report = patient.ask("-t", TOPIC, "--fix", "attach-policy")
    assert code == 0 and "--fix" in steps(report)["iot-policies"]["details"][0], report
    assert patient.attached() == [patient.stack.policy]


def test_a_password_is_never_set(cloud):
    patient = Patient(cloud)
    must_change_password(patient)
    patient.ask("-t", TOPIC)
    user = patient.stack.idp.admin_get_user(UserPoolId=patient.stack.pool_id, Username="fresh")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_a_session_that_somebody_keeps_stays_as_it_is(cloud):
    patient = Patient(cloud)
    listen = subprocess.run([BINARY, "subscribe", "-t", TOPIC, "-W", "1"], env=patient.env,
                            capture_output=True, text=True, timeout=60)
    assert "denied" not in listen.stderr
    for _ in range(2):
        _, report = patient.ask("-t", TOPIC)
        assert "keeps a session" in steps(report)["subscribe"]["says"], report


def test_wrong_questions_are_usage_errors(cloud):
    patient = Patient(cloud)
    for arguments in (["-m", "x"], ["-t", "a/#", "-m", "x"], ["--fix", "everything"]):
        done = patient.run(*arguments)
        assert done.returncode == 2 and done.stderr, arguments


def test_secrets_are_in_no_output():
    shown = "\n".join(SHOWN)
    assert len(SHOWN) > 20
    for one in SECRETS:
        assert one not in shown, one
