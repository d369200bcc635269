"""Refused signatures have AWS's names, statuses and sentences in each of the three wire forms.

Signed by botocore's own signer (Debian package). Source of the expectations: AWS "common errors"
pages and the table in the Cognito/IAM notes (docs/formats/sigv4.md).
"""

import datetime
import json
import re
import subprocess
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

MISMATCH = ("The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.")

FORMS = {
    "query": dict(service="iam", method="POST", path="/", body="Action=ListRoles&Version=2010-05-08",
                  headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}),
    "json": dict(service="cognito-idp", method="POST", path="/", body='{"MaxResults":1}',
                 headers={"Content-Type": "application/x-amz-json-1.1",
                          "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUserPools"}),
    "rest": dict(service="iot", method="GET", path="/policies", body="", headers={}),
}


def call(cloud, form, key="test", secret="test", token=None, region="ap-northeast-1", service=None,
         at=None, change=None):
    f = FORMS[form]
    request = botocore.awsrequest.AWSRequest(
        method=f["method"], url=cloud.ready["http_endpoint"] + f["path"], data=f["body"],
        headers=dict(f["headers"]))
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(key, secret, token),
                                     service or f["service"], region)
    if at:
        class Frozen(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return at
        real, botocore.auth.datetime.datetime = botocore.auth.datetime.datetime, Frozen
        try:
            signer.add_auth(request)
        finally:
            botocore.auth.datetime.datetime = real
    else:
        signer.add_auth(request)
    headers = dict(request.headers.items())
    if change:
        change(headers)
    sent = urllib.request.Request(request.url, data=f["body"].encode() or None, headers=headers,
                                  method=f["method"])
    try:
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return answer.status, "", ""
    except urllib.error.HTTPError as refused:
        body = refused.read().decode()
        if form == "query":
            return (refused.code, re.search("<Code>(.*?)</Code>", body)[1],
                    re.search("<Message>(.*?)</Message>", body, re.S)[1].replace("&apos;", "'"))
        answer = json.loads(body)
        name = answer.get("__type") or refused.headers["x-amzn-ErrorType"].rstrip(":")
        return refused.code, name, answer["message"]


SIGNATURE = {"query": (403, "SignatureDoesNotMatch"), "json": (400, "InvalidSignatureException"),
             "rest": (403, "InvalidSignatureException")}
UNKNOWN = {"query": (403, "InvalidClientTokenId"), "json": (400, "UnrecognizedClientException"),
           "rest": (403, "UnrecognizedClientException")}
INCOMPLETE = {"query": (400, "IncompleteSignature"), "json": (400, "IncompleteSignatureException"),
              "rest": (400, "IncompleteSignatureException")}


@pytest.mark.parametrize("form", FORMS)
def test_a_good_signature_passes(cloud, form):
    assert call(cloud, form)[0] == 200


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_secret(cloud, form):
    assert call(cloud, form, secret="wrong") == (*SIGNATURE[form], MISMATCH)


@pytest.mark.parametrize("form", FORMS)
def test_an_unknown_key(cloud, form):
    assert call(cloud, form, key="AKIAIOSFODNN7EXAMPLE") == (
        *UNKNOWN[form], "The security token included in the request is invalid.")


@pytest.mark.parametrize("form", FORMS)
def test_a_session_token_that_was_never_issued(cloud, form):
    assert call(cloud, form, token="made-up")[:2] == UNKNOWN[form]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("minutes, words", [(-6, "Signature expired: {t} is now earlier than {n}"),
                                            (6, "Signature not yet current: {t} is still later than {n}")])
def test_a_clock_that_is_off_is_told_by_how_much(cloud, form, minutes, words):
    at = datetime.datetime.utcnow() + datetime.timedelta(minutes=minutes)
    status, name, message = call(cloud, form, at=at)
    assert (status, name) == SIGNATURE[form]
    pattern = re.escape(words.format(t=at.strftime("%Y%m%dT%H%M%SZ"), n="@")).replace("@", r"\d{8}T\d{6}Z")
    assert re.match(pattern + r" \(\d{8}T\d{6}Z [-+] 5 min\.\)", message), message


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("minutes", [-2, 2])
def test_two_minutes_are_accepted(cloud, form, minutes):
    at = datetime.datetime.utcnow() + datetime.timedelta(minutes=minutes)
    assert call(cloud, form, at=at)[0] == 200


@pytest.mark.parametrize("form", ["json"])
def test_a_scope_for_another_service(cloud, form):
    assert call(cloud, form, service="sts") == (
        *SIGNATURE[form], "Credential should be scoped to correct service: 'cognito-idp'.")


@pytest.mark.parametrize("form", FORMS)
def test_a_scope_for_no_region(cloud, form):
    status, name, message = call(cloud, form, region="nowhere")
    assert (status, name) == SIGNATURE[form]
    assert message.startswith("Credential should be scoped to a valid region, not 'nowhere'.")


@pytest.mark.parametrize("form", FORMS)
def test_a_header_without_signature(cloud, form):
    def cut(headers):
        headers["Authorization"] = headers["Authorization"].split(", Signature=")[0]
    assert call(cloud, form, change=cut) == (
        *INCOMPLETE[form], "Authorization header requires 'Signature' parameter.")


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_header_breaks_the_signature(cloud, form):
    def change(headers):
        headers["X-Amz-Date"] = headers["X-Amz-Date"][:-2] + ("1Z" if headers["X-Amz-Date"][-2] != "1" else "2Z")
    status, name, _ = call(cloud, form, change=change)
    assert (status, name) == SIGNATURE[form]


@pytest.mark.parametrize("form", FORMS)
def test_a_host_that_is_not_signed_is_refused(cloud, form):
    def change(headers):
        headers["Authorization"] = headers["Authorization"].replace("host;", "").replace(";host", "")
    assert call(cloud, form, change=change)[0] in (400, 403)


def test_refusals_are_one_log_line_each_with_the_reason(cloud):
    call(cloud, "rest", secret="wrong")
    lines = [json.loads(l) for l in cloud.log().splitlines() if l.startswith("{") and "eventType" in l]
    line = lines[-1]
    assert (line["eventType"], line["status"], line["reason"]) == (
        "ListPolicies", "Failure", "InvalidSignatureException")
    assert "wrong" not in json.dumps(line).lower().replace("signature", "")
