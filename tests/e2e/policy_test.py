"""`cogniot policy explain`, `check`, `test` and `record` as people and CI use them."""

import copy
import json
import subprocess
import xml.etree.ElementTree

import boto3
import pytest
from cli_test import FILTER, OFF, TOPIC, Job
from local_cloud import BINARY, ROOT, LocalCloud

IDENTITY = "ap-northeast-1:d23c8f3f-1234-4a6b-9c1e-0123456789ab"
ARN = "arn:aws:iot:ap-northeast-1:123456789012:"
SUB = "${cognito-identity.amazonaws.com:sub}"


def allow(action, *resources, **more):
    return {"Effect": "Allow", "Action": action,
            "Resource": [ARN + r for r in resources] if len(resources) > 1 else ARN + resources[0], **more}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


ROLE = policy(allow("iot:Connect", f"client/{SUB}"),
              allow(["iot:Publish", "iot:Receive"], "topic/home/*"),
              allow("iot:Subscribe", "topicfilter/home/*"))


def cogniot(*arguments, stdin=""):
    return subprocess.run([BINARY, "policy", *map(str, arguments)], text=True, input=stdin,
                          capture_output=True, timeout=60)


def apply_patch(document, patch):
    """RFC 6902, `add` and `replace`, written without a look at cogniot's own."""
    document = copy.deepcopy(document)
    for step in patch:
        *path, last = [t.replace("~1", "/").replace("~0", "~") for t in step["path"].split("/")[1:]]
        at = document
        for token in path:
            at = at[int(token)] if isinstance(at, list) else at[token]
        if isinstance(at, dict):
            assert step["op"] == "add" or last in at
            at[last] = step["value"]
        elif step["op"] == "replace":
            at[int(last)] = step["value"]
        else:
            at.insert(len(at) if last == "-" else int(last), step["value"])
    return document


@pytest.fixture
def files(tmp_path):
    """Writes role.json and iot.json, and asks `explain` about them."""
    class Files:
        def write(self, role=ROLE, iot=ROLE):
            for name, document in (("role.json", role), ("iot.json", iot)):
                (tmp_path / name).write_text(document if isinstance(document, str)
                                             else json.dumps(document, indent=2))

        def explain(self, *words, iot=True):
            flags = ["--role-policy", tmp_path / "role.json", "--identity", IDENTITY]
            flags += ["--iot-policy", tmp_path / "iot.json"] if iot else []
            return cogniot("explain", *flags, *words)

        def place(self, name):
            return str(tmp_path / name)

    made = Files()
    made.write()
    return made


# Each row: the fault in the IoT policy, the attempt, what the words must name.
# Source: spec of AWS IoT's broker, 4.2 to 4.4 and 8.2.
FAULTS = [
    ("only topics, no client/", [allow("iot:Connect", "topic/home/*")], ["connect"], "client/"),
    ("client/ left out", [allow("iot:Connect", SUB)], ["connect"], f"client/{SUB}"),
    ("topic/ for iot:Subscribe", [allow("iot:Subscribe", "topic/home/*")], ["subscribe", "home/#"],
     "topicfilter/home/#"),
    ("MQTT's wildcard", [allow("iot:Publish", "topic/home/#")], ["publish", "home/lamp"], "`#` is MQTT's wildcard"),
    ("another region", [{"Effect": "Allow", "Action": "iot:Publish",
                         "Resource": "arn:aws:iot:us-east-1:123456789012:topic/home/lamp"}],
     ["publish", "home/lamp"], "region is `ap-northeast-1` in the request and `us-east-1` in the policy"),
    ("another account", [{"Effect": "Allow", "Action": "iot:Publish",
                          "Resource": "arn:aws:iot:ap-northeast-1:210987654321:topic/home/lamp"}],
     ["publish", "home/lamp"], "account is `123456789012` in the request and `210987654321`"),
    ("Receive forgotten", [allow("iot:Publish", "topic/home/lamp")], ["receive", "home/lamp"], "iot:Receive"),
    ("another topic", [allow("iot:Publish", "topic/home/lamp1")], ["publish", "home/lamp2"],
     "topic level 2 is `lamp2` in the request and `lamp1` in the policy"),
]


@pytest.mark.parametrize("fault, statements, words, named", FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_named_and_its_patch_mends_it(files, tmp_path, fault, statements, words, named):
    iot = policy(*statements)
    files.write(iot=iot)
    said = files.explain(*words)
    assert said.returncode == 5, said.stdout + said.stderr
    assert named in said.stdout
    assert f"{files.place('iot.json')}:4:5: the nearest statement" in said.stdout
    assert "Role policies: allowed" in said.stdout and "IoT policies: REFUSED" in said.stdout

    (question,) = json.loads(files.explain(*words, "--output", "json").stdout)["questions"]
    remedy = question["locks"][1]["remedy"]
    assert question["refused_by"] == "iot_policy"
    patched = apply_patch(iot, remedy["patch"])
    assert remedy["statement"] in patched["Statement"]
    assert '"*"' not in json.dumps(remedy["patch"])
    files.write(iot=patched)
    assert files.explain(*words).returncode == 0
    if "exact_statement" in remedy:
        files.write(iot=policy(remedy["exact_statement"]))
        assert files.explain(*words).returncode == 0


def test_what_is_allowed_says_by_which_statements(files):
    said = files.explain("publish", "home/lamp")
    assert said.returncode == 0, said.stderr
    assert f"{files.place('role.json')}:9:5: this statement allows it" in said.stdout
    assert f"{files.place('iot.json')}:9:5: this statement allows it" in said.stdout


def test_an_identity_that_signed_in_needs_an_iot_policy_and_a_guest_does_not(files):
    said = files.explain("connect", iot=False)
    assert said.returncode == 5
    assert "needs an IoT policy attached" in said.stdout
    assert f"aws iot attach-policy --policy-name NAME --target {IDENTITY}" in said.stdout
    assert files.explain("--guest", "connect", iot=False).returncode == 0


def test_both_locks_may_refuse_and_a_client_id_that_is_not_the_identity_id_is_told(files):
    said = files.explain("--client-id", "device_1", "connect")
    assert said.returncode == 5
    assert "REFUSED by the role policies and by the IoT policies" in said.stdout
    assert f"connect as `{IDENTITY}`" in said.stdout


def test_a_retained_message_needs_retain_publish_of_the_role_alone(files):
    said = files.explain("--retain", "publish", "home/lamp")
    assert said.returncode == 5
    assert "iot:RetainPublish on " + ARN + "topic/home/lamp: REFUSED by the role policies\n" in said.stdout


def test_a_deny_is_named_and_no_change_takes_it_away(files):
    files.write(iot=policy(*ROLE["Statement"], {"Sid": "NoLamps", "Effect": "Deny", "Action": "iot:Publish",
                                                "Resource": ARN + "topic/home/lamp*"}))
    said = files.explain("publish", "home/lamp")
    assert said.returncode == 5
    assert "statement `NoLamps`" in said.stdout and "narrowing it means" in said.stdout
    assert "JSON Patch" not in said.stdout


def test_a_will_is_a_publish_and_thing_variables_need_the_thing(files):
    said = files.explain("connect", "--will-topic", "office/gone")
    assert said.returncode == 5 and "iot:Publish on " + ARN + "topic/office/gone: REFUSED" in said.stdout
    files.write(role=policy(allow("iot:Connect", "client/*")),
                iot=policy(allow("iot:Connect", "client/${iot:Connection.Thing.ThingName}")))
    words = ["--client-id", "lamp", "connect"]
    assert "`${iot:Connection.Thing.ThingName}` has no value" in files.explain(*words).stdout
    assert files.explain("--thing", "lamp", *words).returncode == 0


def test_notes_say_what_else_would_go_wrong(files):
    files.write(role=policy(allow("iot:Subscribe", "topicfilter/home/lamp", "topicfilter/$SYS/*")),
                iot=policy(allow("iot:Subscribe", "topicfilter/home/lamp", "topicfilter/$SYS/*")))
    said = files.explain("subscribe", "home/lamp").stdout
    assert "iot:Connect is refused" in said and "iot:Receive is refused" in said
    assert "whatever policies say" in files.explain("subscribe", "$SYS/#").stdout


# Source: AWS IoT developer guide, "Reserved topics"; docs/fidelity.md: RETAIN on a `$` topic is refused.
@pytest.mark.parametrize("words, named", [
    (["connect", "--will-topic", "$SYS/x"], "none that clients may publish to"),
    (["connect", "--will-topic", "$aws/things/x/shadow/update", "--retain"], "take the RETAIN flag off it"),
    (["publish", "$aws/things/x/shadow/update", "--retain"], "without the RETAIN flag"),
    (["publish", "$SYS/x"], "is reserved"),
    (["publish", "$aws/things/x/shadow/update"], None),
])
def test_what_the_broker_refuses_by_itself_is_noted_for_wills_and_retained_messages_too(files, words, named):
    everything = policy({"Effect": "Allow", "Action": "iot:*", "Resource": "*"})
    files.write(role=everything, iot=everything)
    said = files.explain("--account", "123456789012", *words)
    assert said.returncode == 0, said.stderr
    assert ("whatever policies say" in said.stdout) == bool(named)
    assert (named or "") in said.stdout


ADDRESS, POOL = "10.1.2.3", "ap-northeast-1:11111111-2222-4333-8444-555555555555"
# A condition on what nobody gave; the flag that gives it; a value with which it is allowed, and one
# with which it is not. Source: IAM user guide, "AWS global condition context keys", "Condition operators".
UNKNOWN = [
    ("Allow", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "aws:SourceIp", "--source-ip", ADDRESS, "192.0.2.1"),
    ("Deny", {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "aws:SourceIp", "--source-ip", ADDRESS, "192.0.2.1"),
    ("Deny", {"StringNotEquals": {"cognito-identity.amazonaws.com:aud": POOL}},
     "cognito-identity.amazonaws.com:aud", "--identity-pool", POOL, IDENTITY),
    ("Allow", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/x"}}, "aws:PrincipalArn", "--role",
     "arn:aws:iam::123456789012:role/x", "arn:aws:iam::123456789012:role/y"),
    ("Allow", {"StringLike": {"aws:userid": "AROAX*"}}, "aws:userid", None, None, None),
    ("Allow", {"StringEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}, "aws:PrincipalOrgID", None, None, None),
]


@pytest.mark.parametrize("effect, condition, key, flag, good, bad", UNKNOWN, ids=[f"{u[0]} {u[2]}" for u in UNKNOWN])
def test_what_nobody_gave_is_told_and_not_made_up(files, effect, condition, key, flag, good, bad):
    connect = allow("iot:Connect", f"client/{SUB}")
    files.write(role=policy({**connect, "Effect": effect, "Condition": condition},
                            *([connect] if effect == "Deny" else [])))
    said = files.explain("connect")
    assert said.returncode == 5
    assert f"Not certain: it hangs on `{key}`" in said.stdout
    assert (flag or "only AWS knows") in said.stdout
    assert "Smallest change" not in said.stdout
    role_lock = json.loads(files.explain("connect", "--output", "json").stdout)["questions"][0]["locks"][0]
    assert role_lock["hangs_on"] == [key] and "remedy" not in role_lock
    if not flag:
        return
    assert files.explain(flag, good, "connect").returncode == 0
    said = files.explain(flag, bad, "connect")
    assert said.returncode == 5 and "Not certain" not in said.stdout


def test_the_region_that_is_asked_is_known(files):
    here = {"Condition": {"StringEquals": {"aws:RequestedRegion": "ap-northeast-1"}}}
    files.write(role=policy(allow("iot:Connect", f"client/{SUB}", **here)))
    assert files.explain("connect").returncode == 0


# Spec of AWS IoT's broker, 4.5: clean, persistent, with a will, both.
@pytest.mark.parametrize("condition, expected", [
    (None, "allow allow allow allow"),
    ({"ForAllValues:StringEquals": {"iot:ConnectAttributes": ["PersistentConnect"]}}, "allow allow deny deny"),
    ({"ForAllValues:StringEquals": {"iot:ConnectAttributes": ["LastWill"]}}, "allow deny allow deny"),
    ({"ForAllValues:StringEquals": {"iot:ConnectAttributes": []}}, "allow deny deny deny"),
    ({"ForAnyValue:StringEquals": {"iot:ConnectAttributes": ["PersistentConnect"]}}, "deny allow deny allow"),
    ({"ArnEquals": {"iot:LastWillTopic": ARN + "topic/home/gone"}}, "deny deny allow allow"),
])
def test_how_a_client_connects_is_what_conditions_ask(files, condition, expected):
    connect = allow("iot:Connect", f"client/{SUB}", **({"Condition": condition} if condition else {}))
    files.write(iot=policy(connect, *ROLE["Statement"][1:]))
    will = ["--will-topic", "home/gone"]
    codes = [files.explain("connect", *flags).returncode
             for flags in ([], ["--persistent"], will, ["--persistent", *will])]
    assert codes == [0 if word == "allow" else 5 for word in expected.split()]


@pytest.mark.parametrize("words, role, error", [
    (["publish"], ROLE, "publish needs a topic"),
    (["connect", "home"], ROLE, "connect takes no topic"),
    (["publish", "home/+"], ROLE, "wildcard"),
    (["connect"], '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:Connect",],'
                  '"Resource":"*"}]}', "role.json:1:80: a comma before the closing `]`"),
    (["connect"], policy({"Effect": "Allow", "Action": "iot:*", "Resource": "*"}), None),
    (["connect", "--thing", "lamp"], ROLE, "the thing is `lamp` and the client ID"),
    (["--client-id", "$x", "connect"], ROLE, "`$x` begins with `$`"),
    (["--client-id", "", "connect"], ROLE, "an empty client ID"),
    (["--client-id", "é" * 65, "connect"], ROLE, "the client ID has 130 bytes, 128 are allowed"),
    (["--client-id", "x" * 128, "--guest", "connect"], policy(allow("iot:Connect", "client/*")), None),
    (["--source-ip", "notanip", "connect"], ROLE, "`notanip` is no address"),
    (["--source-ip", "10.0.0.0/8", "connect"], ROLE, "`10.0.0.0/8` is no address"),
    (["--region", "", "connect"], ROLE, "`` is no region"),
    (["--region", "Tokyo", "connect"], ROLE, "`Tokyo` is no region"),
    (["--account", "12", "connect"], ROLE, "`12` is no account"),
    (["--role", "x", "connect"], ROLE, "`x` is no role's ARN in account 123456789012"),
    (["--role", "arn:aws:iam::210987654321:role/x", "connect"], ROLE, "is no role's ARN in account"),
    (["explode"], ROLE, "`explode` is not one of connect|publish|subscribe|receive"),
])
def test_bad_input_is_refused_with_what_and_where(files, words, role, error):
    files.write(role=role)
    said = files.explain(*words)
    assert said.returncode == (2 if error else 0), said.stdout
    assert (error or "") in said.stderr


def test_an_account_that_nothing_names_is_asked_for(files):
    anything = policy({"Effect": "Allow", "Action": "iot:*", "Resource": "*"})
    files.write(role=anything, iot=anything)
    said = files.explain("connect")
    assert said.returncode == 2 and "give the account" in said.stderr
    assert files.explain("--account", "123456789012", "connect").returncode == 0
    # Two accounts, each named as often: neither is guessed.
    other = policy({"Effect": "Allow", "Action": "iot:Connect",
                    "Resource": ARN.replace("123456789012", "210987654321") + "client/*"})
    files.write(role=policy(allow("iot:Connect", "client/*")), iot=other)
    said = files.explain("connect")
    assert said.returncode == 2 and "give the account" in said.stderr
    assert "no identity ID" in cogniot("explain", "--role-policy", files.place("role.json"), "--identity",
                                       "alice", "connect").stderr


def findings(*arguments):
    done = cogniot("check", *arguments, "--output", "json")
    return done.returncode, [(f["name"], f["line"], f["policy"]) for f in json.loads(done.stdout)["findings"]
                             if f["severity"] != "note"]


def test_the_articles_files_are_clean():
    article = ROOT / "examples/article"
    for name in ("template.yaml", "role-policy.json", "iot-policy.json", "trust.json"):
        assert findings(article / name) == (0, []), name


def test_a_trailing_comma_is_found_with_line_and_column(tmp_path):
    file = tmp_path / "role.json"
    file.write_text('{\n  "Version": "2012-10-17",\n  "Statement": [{\n    "Effect": "Allow",\n'
                    '    "Action": ["iot:Connect",],\n    "Resource": "*"\n  }]\n}\n')
    done = cogniot("check", file)
    assert done.returncode == 1
    assert f"{file}:5:30: error: trailing-comma: a comma before the closing `]`" in done.stdout
    assert "AWS says: Syntax errors in policy." in done.stdout


def test_control_characters_of_a_document_do_not_reach_the_terminal(tmp_path):
    file = tmp_path / "iot.json"
    file.write_text(json.dumps(policy({"Effect": "Allow", "Action": "iot:Connect",
                                       "Resource": "arn:aws:iot:\x1b[31m:123456789012:client/a"})))
    done = cogniot("check", "--region", "us-east-1", file)
    assert "\x1b" not in done.stdout and "\\x1b[31m" in done.stdout


def test_warnings_fail_only_when_strict_and_other_regions_are_told_by_the_majority(tmp_path):
    file = tmp_path / "iot.json"
    file.write_text(json.dumps(policy(
        allow("iot:Connect", f"client/{SUB}"), allow("iot:Publish", "topic/a"),
        {"Effect": "Allow", "Action": "iot:Publish",
         "Resource": "arn:aws:iot:us-east-1:123456789012:topic/a"}), indent=2))
    assert findings(file) == (0, [("another-region", 17, "")])
    assert cogniot("check", "--strict", file).returncode == 1
    assert [n for n, *_ in findings("--account", "210987654321", file)[1]].count("another-account") == 3
    assert "taken for an IoT policy" in cogniot("check", file).stderr
    assert "variable-never-set" in cogniot("check", "--principal", "certificate", file).stdout


TEMPLATE = """\
Parameters:
  Thing: {Type: String}
Resources:
  Pool: {Type: AWS::Cognito::IdentityPool, Properties: {AllowUnauthenticatedIdentities: true}}
  Roles:
    Type: AWS::Cognito::IdentityPoolRoleAttachment
    Properties:
      IdentityPoolId: !Ref Pool
      Roles: {authenticated: !GetAtt Member.Arn, unauthenticated: !GetAtt Guest.Arn}
  Member:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Federated: cognito-identity.amazonaws.com}
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals: {"cognito-identity.amazonaws.com:aud": ap-northeast-1:another}
              ForAnyValue:StringLike: {"cognito-identity.amazonaws.com:amr": authenticated}
      Policies:
        - PolicyName: devices
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: iot:Connect
                Resource: !Sub "arn:aws:iot:${AWS::Region}:${AWS::AccountId}:client/${!iot:ClientId}"
  Guest:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Federated: cognito-identity.amazonaws.com}
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals: {"cognito-identity.amazonaws.com:aud": !Ref Pool}
              ForAnyValue:StringLike: {"cognito-identity.amazonaws.com:amr": authenticated}
  Devices:
    Type: AWS::IoT::Policy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [iot:Subscribe, iot:Receive]
            Resource:
              - !Join ["", ["arn:aws:iot:", !Ref AWS::Region, ":", !Ref AWS::AccountId, ":topic/", !Ref Thing]]
              - !If [Wide, !Sub "arn:aws:iot:us-east-1:${AWS::AccountId}:topicfilter/${Thing}", !Ref AWS::NoValue]
  Odd:
    Type: AWS::IAM::ManagedPolicy
    Properties: {PolicyDocument: !Rain [1]}
  Forgot:
    Type: AWS::IoT::Policy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: iot:Connect
            Resource: !Sub "arn:aws:iot:${AWS::Region}:${AWS::AccountId}:client/${cognito-identity.amazonaws.com:sub}"
  Plain:
    Type: AWS::IoT::Policy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: iot:Connect
            Resource: "arn:aws:iot:${AWS::Region}:${AWS::AccountId}:client/a"
Conditions: {Wide: {"Fn::Equals": [a, a]}}
"""


def test_every_policy_of_a_template_is_checked_with_its_logical_id(tmp_path):
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    code, found = findings(file)
    assert code == 1
    assert set(found) == {("trust-another-pool", 20, "Member"),
                          ("variable-never-set", 29, "Member: devices"),
                          ("trust-amr-differs", 41, "Guest"),
                          ("another-region", 52, "Devices"),
                          ("receive-elsewhere", 52, "Devices"),
                          ("not-checked", 55, "Odd"),
                          ("name-unknown", 59, "Forgot"),
                          ("variable-too-early", 73, "Plain")}
    assert f"{file}:64: " in cogniot("check", file).stdout
    assert findings("--region", "us-east-1", file)[1].count(("another-region", 52, "Devices")) == 0


@pytest.mark.parametrize("text, error", [("Resources: {", "template.yaml:1:"),
                                         ("Resources: {}", "a template without any policy"),
                                         (None, "cannot be read")])
def test_a_file_that_is_none_is_refused(tmp_path, text, error):
    file = tmp_path / "template.yaml"
    if text:
        file.write_text(text)
    done = cogniot("check", file)
    assert done.returncode == 2 and error in done.stderr


def test_the_example_of_a_table_holds():
    done = cogniot("test", ROOT / "examples/policies/policies.test.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("10 expectations, 0 failed\n")
    assert "ok    nobody connects under another's name\n" in done.stdout


@pytest.fixture
def table(files, tmp_path):
    """Writes a table of expectations beside role.json and iot.json and holds the policies to it."""
    def run(tests, *flags, head=f"identity: {IDENTITY}\n"):
        file = tmp_path / "policies.test.yaml"
        file.write_text(f"role_policies: [role.json]\niot_policies: [iot.json]\n{head}tests:\n{tests}")
        return cogniot("test", *flags, file)
    return run


def test_what_fails_is_explained_and_written_as_junit(table, tmp_path):
    report = tmp_path / "report.xml"
    done = table("  - {publish: home/lamp, expect: allow}\n"
                 "  - {publish: 'office/<lamp>', expect: allow}\n"
                 "  - {publish: office/lamp, expect: deny, refused_by: iot_policy}\n"
                 "  - {connect: , client_id: x, expect: explicit_deny}\n", "--junit", report)
    assert done.returncode == 1
    assert "ok    publish home/lamp\nFAIL  publish office/<lamp>\n" in done.stdout
    assert "policies.test.yaml:6: expected allow, is implicit_deny" in done.stdout
    assert "Smallest change" in done.stdout
    assert done.stdout.endswith("4 expectations, 2 failed\n")
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("4", "2")
    cases = suite.findall("testcase")
    assert [c.get("name") for c in cases] == ["publish home/lamp", "publish office/<lamp>",
                                              "publish office/lamp", "connect"]
    assert cases[1].find("failure").get("message") == "expected allow, is implicit_deny"
    assert cases[1].get("line") == "6" and "the nearest statement" in cases[1].find("failure").text
    assert cases[0].find("failure") is None
    assert "ok  " not in table("  - {publish: home/lamp, expect: allow}\n", "--quiet").stdout


def test_what_holds_but_is_not_certain_says_on_what_it_hangs(table, files, tmp_path):
    """As `policy explain` does: a Deny on aws:SourceIp, which the table does not give."""
    report = tmp_path / "report.xml"
    files.write(role=policy(allow("iot:*", "*"), {"Effect": "Deny", "Action": "iot:*", "Resource": "*",
                                                  "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}))
    done = table("  - {publish: home/lamp, expect: allow}\n", "--junit", report)
    doubt = "not certain: it hangs on `aws:SourceIp`, which was not given (--source-ip)"
    assert done.returncode == 0 and f"ok    publish home/lamp\n      " in done.stdout and doubt in done.stdout
    case = xml.etree.ElementTree.parse(report).getroot().find("testsuite").find("testcase")
    assert case.find("failure") is None and doubt in case.find("system-out").text
    done = table("  - {publish: home/lamp, expect: allow, source_ip: 192.0.2.1}\n")
    assert done.returncode == 0 and "not certain" not in done.stdout


def test_what_xml_cannot_hold_is_escaped(table, tmp_path):
    """XML 1.0, 2.2: U+FFFE and control characters are no characters of XML."""
    report = tmp_path / "report.xml"
    table('  - {name: "a\\uFFFEb\\x07", publish: home/lamp, expect: allow}\n', "--junit", report)
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    assert [c.get("name") for c in suite.findall("testcase")] == ["a\\xef\\xbf\\xbeb\\x07"]


def test_a_bad_row_is_refused_before_anything_is_told(table):
    done = table("  - {publish: home/lamp, expect: allow}\n"
                 "  - {publish: home/lamp, identity: bad, expect: allow}\n")
    assert done.returncode == 2 and done.stdout == ""
    assert "policies.test.yaml:6:5: `bad`" in done.stderr, done.stderr


@pytest.mark.parametrize("tests, error", [
    ("  - {publish: home/lamp}\n", ":5:5: `expect` is allow, deny, implicit_deny or explicit_deny"),
    ("  - {publish: home/lamp, expect: yes}\n", ":5:26: `expect` is allow"),
    ("  - {publish: home/lamp, retain: 1, expect: deny}\n", ":5:26: `retain` is true or false"),
    ("  - {publish: home/+, expect: allow}\n", ":5:6: topic `home/+` holds a wildcard"),
    ("  - {expect: allow}\n", ":5:5: an expectation asks for"),
    ("  - {action: iot:Publish, expect: allow}\n", ":5:5: an expectation asks for"),
    ("  - {publish: a, subscribe: a, expect: allow}\n", ":5:5: an expectation is about one of"),
    ("  - {pubish: a, expect: allow}\n", ":5:6: `pubish` is nothing that an expectation says"),
    ("  - {publish: a, expect: allow, refused_by: iot_policy}\n", "refused_by` is role_policy or iot_policy"),
    ("  - publish\n", ":5:5: an expectation is a map"),
    ("  - {publish: a, expect: allow\n", ":6:1: "),
    ("  []\n", "`tests` is a list of at least one expectation"),
    ("  - {connect: , identity: alice, expect: allow}\n", ":5: `alice` is no identity ID"),
])
def test_a_table_that_cannot_be_read_is_refused_with_its_line(table, tests, error):
    done = table(tests)
    assert done.returncode == 2, done.stdout
    assert "policies.test.yaml" in done.stderr and error in done.stderr


def test_settings_and_policies_of_a_table_are_checked(table, files):
    row = "  - {connect: , expect: allow}\n"
    assert ":3:1: `identiy` is no setting" in table(row, head="identiy: x\n").stderr
    files.write(role='{"Version":"2012-10-17","Statement":[],}')
    done = table(row)
    assert done.returncode == 2 and "role.json:1:40:" in done.stderr


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    with LocalCloud("--template", str(ROOT / "examples/article/template.yaml")) as cloud:
        yield Job(cloud, tmp_path_factory.mktemp("job"))


def recorded(job, *flags):
    done = subprocess.run([BINARY, "policy", "record", "--endpoint-url", job.cloud.ready["http_endpoint"], *flags],
                          text=True, capture_output=True, timeout=60)
    return done, json.loads(done.stdout) if done.returncode == 0 and "json" in flags else None


def test_the_recorded_policies_allow_the_run_again_and_nothing_else(job):
    job.add("recorder")
    identity = job.identity("recorder")
    publish = ["publish", "-u", "recorder", "-q", "1", "-m", OFF, "-t"]
    assert job.run(*publish, TOPIC).returncode == 0
    subscribed = job.run("subscribe", "-u", "recorder", "-t", FILTER, "-W", "2")
    assert subscribed.returncode in (0, 7), subscribed.stderr
    assert job.run(*publish, "office/door").returncode == 5

    done, said = recorded(job, "--identity", identity, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert "refused requests of role article-authenticated are left out" in done.stderr
    (role,) = said["roles"]
    assert role["role"] == "article-authenticated" and said["complete"]
    (least_role,) = role["role_policies"]["documents"]
    (least_iot,) = role["iot_policies"]["documents"]
    for least in (least_role, least_iot):
        assert {(json.dumps(s["Action"]), s["Resource"]) for s in least["Statement"]} >= {
            ('"iot:Connect"', ARN + "client/" + SUB), ('"iot:Subscribe"', ARN + "topicfilter/" + FILTER)}
        assert identity not in json.dumps(least) and "*" not in json.dumps(least)
    assert "office" not in json.dumps(said)

    iam = boto3.client("iam", region_name="us-east-1", endpoint_url=job.cloud.ready["endpoint"],
                       verify=job.cloud.ready["ca_file"], aws_access_key_id="test",
                       aws_secret_access_key="test")
    iam.put_role_policy(RoleName="article-authenticated", PolicyName="command-devices",
                        PolicyDocument=json.dumps(least_role))
    job.boto["iot"].create_policy_version(policyName="article-devices", setAsDefault=True,
                                          policyDocument=json.dumps(least_iot))
    assert job.run(*publish, TOPIC).returncode == 0
    assert job.run("subscribe", "-u", "recorder", "-t", FILTER, "-W", "2").returncode in (0, 7)
    assert job.run(*publish, "$aws/things/device_1/shadow/get").returncode == 5

    text, _ = recorded(job, "--identity", identity)
    assert "IoT policy for the identities of role article-authenticated (" in text.stdout
    wider, said = recorded(job, "--identity", identity, "--refused-too", "--output", "json")
    assert ARN + "topic/office/door" in json.dumps(said)


def test_record_says_when_there_is_nothing_or_nobody(job):
    done, _ = recorded(job, "--identity", "ap-northeast-1:nobody")
    assert done.returncode == 1 and "nothing was decided that these flags pick" in done.stderr
    # A client that was refused did nothing that a policy could be made of.
    nobody = "ap-northeast-1:00000000-0000-4000-8000-000000000000"
    job.add("denied")
    assert job.run("publish", "-u", "denied", "-i", nobody, "-t", TOPIC, "-m", "1").returncode == 5
    done, _ = recorded(job, "--client-id", nobody, "--output", "json")
    assert done.returncode == 1 and json.loads(done.stdout)["roles"][0]["recorded"] == 0
    assert "refused requests of role article-authenticated are left out" in done.stderr
    done, _ = recorded(job, "--since", "yesterday")
    assert done.returncode == 2 and "yesterday" in done.stderr
    done = cogniot("record", "--endpoint-url", "http://127.0.0.1:1")
    assert done.returncode == 6 and "127.0.0.1:1" in done.stderr
