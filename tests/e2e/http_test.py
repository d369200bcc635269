"""The shared port: which request goes where, and in which form a refusal comes back."""

import json
import ssl
import urllib.request

import boto3
import pytest

from local_cloud import LocalCloud
from wire import http, parse, trusting


def ask(cloud, method, path, body=b"", **headers):
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{cloud.port}",
             f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{k}: {v}" for k, v in headers.items()]
    return parse(http(cloud.port, "\r\n".join(lines).encode() + b"\r\n\r\n" + body))


def test_health_has_localstacks_shape(cloud):
    status, headers, body = ask(cloud, "GET", "/_localstack/health")
    assert status == 200
    assert headers["content-type"] == "application/json"
    health = json.loads(body)
    for service in ("cognito-idp", "cognito-identity", "iam", "sts", "iot"):
        assert health["services"][service] in ("available", "running")
    assert {"edition", "version"} <= set(health)
    assert ask(cloud, "GET", "/healthz")[0] == 200


def test_the_same_port_speaks_tls_with_the_local_ca_and_only_with_it(cloud):
    context = trusting(cloud.ready["ca_file"])
    for host in ("localhost", "127.0.0.1"):
        with urllib.request.urlopen(f"https://{host}:{cloud.port}/healthz", context=context) as answer:
            assert answer.status == 200
    with pytest.raises(Exception) as refused:
        urllib.request.urlopen(f"https://localhost:{cloud.port}/healthz",
                               context=ssl.create_default_context())
    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value)


def test_a_target_names_service_and_operation(cloud):
    status, headers, body = ask(cloud, "POST", "/", b"{}",
                                X_Amz_Target="AWSCognitoIdentityProviderService.Nonsense")
    assert (status, json.loads(body)["__type"]) == (400, "UnknownOperationException")
    assert headers["x-amzn-errortype"] == "UnknownOperationException:"
    assert headers["access-control-allow-origin"] == "*"
    assert len(headers["x-amzn-requestid"]) == 36


def test_an_operation_that_is_not_built_is_named_with_501(cloud):
    status, _, body = ask(cloud, "POST", "/", b"{}",
                          X_Amz_Target="AWSCognitoIdentityProviderService.CreateUserImportJob")
    assert status == 501
    assert "cognito-idp:CreateUserImportJob" in json.loads(body)["message"]
    status, _, body = ask(cloud, "POST", "/", b"Action=CreateSAMLProvider&Version=2010-05-08",
                          Content_Type="application/x-www-form-urlencoded")
    assert status == 501 and b"iam:CreateSAMLProvider" in body
    status, headers, body = ask(cloud, "GET", "/jobs", b"")
    assert status == 501 and headers["x-amzn-errortype"] == "NotImplemented:"


def test_a_json_body_that_is_no_json_says_where(cloud):
    status, _, body = ask(cloud, "POST", "/", b'{\n  "ClientId": "x",\n}',
                          X_Amz_Target="AWSCognitoIdentityProviderService.InitiateAuth")
    answer = json.loads(body)
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert "line 3" in answer["message"]


def test_unsigned_calls_to_signed_operations_miss_their_token(cloud):
    status, _, body = ask(cloud, "POST", "/", b'{"MaxResults":1}',
                          X_Amz_Target="AWSCognitoIdentityProviderService.ListUserPools")
    answer = json.loads(body)
    assert (status, answer["__type"], answer["message"]) == (
        400, "MissingAuthenticationTokenException", "Missing Authentication Token")
    status, headers, body = ask(cloud, "GET", "/policies")
    assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException:")
    assert json.loads(body)["traceId"] == headers["x-amzn-requestid"]
    status, _, body = ask(cloud, "POST", "/", b"Action=ListRoles&Version=2010-05-08",
                          Content_Type="application/x-www-form-urlencoded")
    assert status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in body
    assert b"<Message>Request is missing Authentication Token</Message>" in body


def test_what_belongs_to_nobody_is_404_in_awss_shape(cloud):
    status, headers, body = ask(cloud, "GET", "/nothing/here")
    assert status == 404
    assert headers["x-amzn-errortype"].endswith(":")
    assert "traceId" in json.loads(body)


def test_browsers_may_call_cognito(cloud):
    status, headers, _ = ask(cloud, "OPTIONS", "/", Origin="http://app.example",
                             Access_Control_Request_Method="POST")
    assert status in (200, 204)
    assert headers["access-control-allow-origin"] == "*"
    assert "x-amz-target" in headers["access-control-allow-headers"]


def test_an_unknown_user_pool_has_no_keys(cloud):
    assert ask(cloud, "GET", "/ap-northeast-1_Nope12345/.well-known/jwks.json")[0] == 404


def test_the_console_and_its_json(cloud):
    status, headers, body = ask(cloud, "GET", "/_cogniot/")
    assert status == 200 and headers["content-type"].startswith("text/html")
    info = json.loads(ask(cloud, "GET", "/_cogniot/info")[2])
    assert info["endpoint"] == cloud.ready["endpoint"]
    assert isinstance(json.loads(ask(cloud, "GET", "/_cogniot/denials")[2])["denials"], list)
    assert isinstance(json.loads(ask(cloud, "GET", "/_cogniot/connections")[2])["connections"], list)


def test_a_code_that_aws_would_send_is_in_the_log_and_on_no_page():
    """Whoever reaches the port can read the pages; the log is its owner's."""
    with LocalCloud() as cloud:
        idp = boto3.client("cognito-idp", endpoint_url=cloud.ready["http_endpoint"],
                           region_name=cloud.ready["region"], aws_access_key_id="test",
                           aws_secret_access_key="test")
        pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
        idp.admin_create_user(UserPoolId=pool, Username="u", TemporaryPassword="Hidden-123!",
                              UserAttributes=[{"Name": "email", "Value": "u@example.com"}])
        assert "Hidden-123!" in cloud.log()
        for page in ("", "info", "log", "events", "denials", "decisions", "connections"):
            assert b"Hidden-123!" not in http(
                cloud.port, f"GET /_cogniot/{page} HTTP/1.1\r\nHost: h\r\n\r\n".encode(), timeout=2)
