#!/usr/bin/python3
"""Writes signing.jsonl: requests with every stage of their signature, computed by AWS's own signers.

botocore's auth.py gives the stages; awscrt's are read from its log. Where both apply they must agree.
`expected` holds signatures published elsewhere: a value that differs stops the program.
Needs Debian's python3-botocore and python3-awscrt. Run: tests/vectors/sigv4/generate.py
"""
import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "diff"))
import botocore  # noqa: E402
import aws_signers  # noqa: E402
from aws_signers import Request, Signer  # noqa: E402

BOTOCORE = "botocore " + botocore.__version__
AWSCRT = "awscrt 0.16.8 (Debian 12)"
SUITE = "aws-c-auth tests/aws-signing-test-suite/v4/"
GATEWAY = "a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com"
IDENTITY = "ap-northeast-1%3A11112222-3333-4444-5555-666677778888"
EXAMPLE_KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SUITE_TOKEN = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
STS_TOKEN = ("AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxf"
             "pSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KP"
             "kyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbq"
             "BAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==")


def tokyo(service, token="", at="20240102T030405Z"):
    return Signer(*EXAMPLE_KEY, token, "ap-northeast-1", service, at)


def suite(token=""):
    return Signer(*EXAMPLE_KEY, token, "us-east-1", "service", "20150830T123600Z")


def get(path="/", query="", host="example.amazonaws.com", headers=()):
    return Request("GET", path, query, [("Host", host), *headers])


def header(name, request, signer, **more):
    return {"id": "header/" + name, "form": "header", "request": request, "signer": signer, **more}


def query(name, request, signer, **more):
    return {"id": "query/" + name, "form": "query", "request": request, "signer": signer,
            "expires": None, "token": "signed", **more}


CASES = [
    # Calls that the project itself makes and answers.
    header("cognito-identity-list", Request(
        "POST", "/", "", [("Host", "cognito-identity.ap-northeast-1.amazonaws.com"),
                          ("Content-Type", "application/x-amz-json-1.1"),
                          ("X-Amz-Target", "AWSCognitoIdentityService.ListIdentityPools")],
        b'{"MaxResults":10}'), tokyo("cognito-identity"),
        expected="9ba3cad1897cf649f86eec6176bc4fc1c89f6f5a75b3e42e1722df88612c18e9"),
    header("iot-encoded-path", Request(
        "POST", "/attached-policies/" + IDENTITY, "pageSize=10&marker=abc%3D",
        [("Host", "iot.ap-northeast-1.amazonaws.com")]), tokyo("iot"),
        expected="9579ac14c67c76529da2e800fef867a1456dd5e559102254700f7cd6da3ce3ba"),
    header("iot-attach-policy", Request(
        "PUT", "/target-policies/device-control", "",
        [("Host", "iot.ap-northeast-1.amazonaws.com"), ("Content-Type", "application/json")],
        b'{"target":"ap-northeast-1:11112222-3333-4444-5555-666677778888"}'),
        tokyo("iot", STS_TOKEN)),
    header("sts-query", Request(
        "POST", "/", "", [("Host", "sts.amazonaws.com"),
                          ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
        b"Action=GetCallerIdentity&Version=2011-06-15"), tokyo("sts")),
    header("host-with-port", get(host="localhost:4566"), tokyo("iot")),
    # The path: dot segments, repeated slashes, a second encoding.
    header("path-empty-segments", get("//a///b//"), suite()),
    header("path-dot-segments", get("/a/./b/../../c/."), suite()),
    header("path-above-root", get("/../../a/.."), suite()),
    header("path-utf8", get("/%E1%88%B4"), suite()),
    header("path-space", get("/a%20b/"), suite()),
    header("path-reserved", get("/!$&'()*+,;=:@-._~"), suite()),
    # The query: order, repetition, emptiness.
    header("query-order", get("/", "b=2&a=2&a=1&B=1&a-b=3&ab=4"), suite()),
    header("query-empty-values", get("/", "c&b=&a=1"), suite()),
    header("query-encoded", get("/", "%E1%88%B4=%20%2F%2B&x=%25"), suite()),
    # The headers: folding, spaces, repetition, case.
    header("headers-spaces", get(headers=[("My-Header", '  a   b  "c   d" '), ("X", "")]), suite()),
    header("headers-repeated", get(headers=[("Z", "4"), ("A", "b"), ("z", "1"), ("Z", "")]), suite()),
    header("headers-folded", get(headers=[("My-Header", "value1\r\n  value2\r\n\t value3")]), suite()),
    header("headers-utf8", get(headers=[("My-Header", "é 日本")]), suite()),
    header("headers-changed-on-the-way", get(headers=[
        ("User-Agent", "x/1"), ("X-Amzn-Trace-Id", "Root=1")]), suite()),
    # Published by AWS.
    header("get-vanilla", get(), suite(), published=SUITE + "get-vanilla",
           expected="5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    header("get-vanilla-with-session-token", get(), suite(SUITE_TOKEN),
           published=SUITE + "get-vanilla-with-session-token",
           expected="07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
    header("post-vanilla", Request("POST", "/", "", [("Host", "example.amazonaws.com")]), suite(),
           published=SUITE + "post-sts-header-after (its token is added unsigned)",
           expected="5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    query("get-vanilla", get(), suite(), expires=3600, published=SUITE + "get-vanilla",
          expected="e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
    query("get-vanilla-with-session-token", get(), suite(SUITE_TOKEN), expires=3600,
          published=SUITE + "get-vanilla-with-session-token",
          expected="7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c"),
    query("post-sts-header-after", Request("POST", "/", "", [("Host", "example.amazonaws.com")]),
          suite(STS_TOKEN), expires=3600, token="beside", published=SUITE + "post-sts-header-after",
          expected="2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"),
    # The device gateway.
    query("gateway", get("/mqtt", host=GATEWAY), tokyo("iotdevicegateway"), expires=86400,
          expected="85bfe6bfc48c17ea66ae47d6c92a5f60c727b14eb845a969099ddf312dd4fc39"),
    query("gateway-no-expires", get("/mqtt", host=GATEWAY), tokyo("iotdevicegateway")),
    query("gateway-token-beside", get("/mqtt", host=GATEWAY),
          tokyo("iotdevicegateway", "TOKEN/abc+def=="), expires=86400, token="beside",
          expected="85bfe6bfc48c17ea66ae47d6c92a5f60c727b14eb845a969099ddf312dd4fc39"),
    query("gateway-token-signed", get("/mqtt", host=GATEWAY),
          tokyo("iotdevicegateway", "TOKEN/abc+def=="), expires=86400,
          expected="7180a23268584a054c41f747f18fda206de641f7f6223ee2b85110c663459e57"),
    query("iotdata", get("/mqtt", host=GATEWAY), tokyo("iotdata"), expires=86400,
          expected="8d9dcc4570ce19b8365b98af06313684bb597c199f311b2a416f3177d76064a8"),
    query("iotdata-token-signed", get("/mqtt", host=GATEWAY), tokyo("iotdata", "TOKEN/abc+def=="),
          expires=86400,
          expected="6e15f7be61ece4f390775dc059e0a88308b483b8f8ff573b55be3aaa56b286de"),
    query("gateway-port", get("/mqtt", host="localhost:8443"), tokyo("iotdevicegateway"),
          expires=86400,
          expected="0240c8d02bf028ba8d43c160139f10b39d508184016f94696247ee83fb50a7d6"),
    query("gateway-custom-authorizer", get(
        "/mqtt", "x-amz-customauthorizer-name=mine&token=a%2Bb", host=GATEWAY),
        tokyo("iotdevicegateway", "TOKEN/abc+def=="), token="beside"),
]


def sign_with_awscrt(case):
    if case["form"] == "header":
        return aws_signers.awscrt_sign(case["request"], case["signer"])
    return aws_signers.awscrt_presign(case["request"], case["signer"], case["expires"],
                                      case["token"] == "beside")


def sign_with_botocore(case):
    """Nothing where botocore cannot do it."""
    if case["form"] == "header":
        return aws_signers.botocore_sign(case["request"], case["signer"])
    if case["expires"] is None or (case["token"] == "beside" and case["signer"].session_token):
        return None
    return aws_signers.botocore_presign(case["request"], case["signer"], case["expires"])


def awscrt_in_a_child():
    """awscrt writes its log behind our back; it is whole once the process has ended."""
    with tempfile.TemporaryDirectory() as folder:
        log = folder + "/log"
        done = subprocess.run([sys.executable, __file__, "--child", log], check=True,
                              stdout=subprocess.PIPE)
        text = open(log, encoding="utf-8", newline="").read()
    entries = re.split(r"(?m)^\[[A-Z]+\] \[", text)

    def contents(stage):
        return [e.partition("with contents \n")[2].rstrip("\n") for e in entries if stage in e]

    return list(zip(json.loads(done.stdout), contents("built canonical request"),
                    contents("built string-to-sign")))


def child(log):
    import awscrt.io
    awscrt.io.init_logging(awscrt.io.LogLevel.Debug, log)
    print(json.dumps([(s.signature, s.request.query) for s in map(sign_with_awscrt, CASES)]))


def main():
    rows = []
    crt_results = awscrt_in_a_child()
    assert len(crt_results) == len(CASES)
    for case, ((signature, wire_query), canonical, to_sign) in zip(CASES, crt_results):
        source = AWSCRT
        if by_botocore := sign_with_botocore(case):
            assert (by_botocore.canonical_request, by_botocore.string_to_sign,
                    by_botocore.signature) == (canonical, to_sign, signature), case["id"]
            source = f"{BOTOCORE}; {source}"
        assert case.get("expected", signature) == signature, case["id"]
        request, signer = case["request"], case["signer"]
        row = {"id": case["id"],
               "source": "; ".join(filter(None, [case.get("published"), source])),
               "request": {"method": request.method, "path": request.path, "query": request.query,
                           "headers": request.headers,
                           "body": base64.b64encode(request.body).decode()},
               "credentials": {"access_key_id": signer.access_key_id,
                               "secret_access_key": signer.secret_access_key,
                               "session_token": signer.session_token},
               "region": signer.region, "service": signer.service, "at": signer.at,
               "form": case["form"]}
        if case["form"] == "query":
            row.update(expires=case["expires"], token=case["token"], wire_query=wire_query)
        row.update(canonical_request=canonical, string_to_sign=to_sign, signature=signature)
        rows.append(row)
    with open(HERE / "signing.jsonl", "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(rows)} rows")


if __name__ == "__main__":
    child(sys.argv[2]) if sys.argv[1:2] == ["--child"] else main()
