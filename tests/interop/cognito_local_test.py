"""Our sign-in against a user pool that we did not write: cognito-local (npm)."""

import json
import os
import pathlib
import socket
import subprocess
import time

import boto3
import pytest
from local_cloud import BINARY, ROOT

NODE_MODULES = ROOT / "tests" / "interop" / "node" / "node_modules"
PASSWORD = "P@ssw0rd!"
# cognito-local's pools take e-mail addresses as user names unless told otherwise.
USER = "alice@example.com"


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """(endpoint, pool ID, client ID) of a running cognito-local with one user."""
    folder = tmp_path_factory.mktemp("cognito-local")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = pathlib.Path(NODE_MODULES / "cognito-local" / "lib" / "bin" / "start.js")
    process = subprocess.Popen(["node", str(started)], cwd=folder,
                               env=os.environ | {"PORT": str(port), "HOST": "127.0.0.1"},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until, "cognito-local: no start"
                time.sleep(0.05)
        endpoint = f"http://127.0.0.1:{port}"
        idp = boto3.client("cognito-idp", region_name="us-east-1", endpoint_url=endpoint,
                           aws_access_key_id="test", aws_secret_access_key="test")
        pool_id = idp.create_user_pool(PoolName="foreign")["UserPool"]["Id"]
        client_id = idp.create_user_pool_client(
            UserPoolId=pool_id, ClientName="app",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
        idp.admin_create_user(UserPoolId=pool_id, Username=USER, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool_id, Username=USER, Password=PASSWORD,
                                    Permanent=True)
        yield endpoint, pool_id, client_id
    finally:
        process.terminate()
        process.wait(10)


def sign_in(pool, password):
    endpoint, pool_id, client_id = pool
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "COGNIOT_"))}
    env.update(COGNIOT_PASSWORD=password, AWS_CONFIG_FILE="/nonexistent",
               AWS_SHARED_CREDENTIALS_FILE="/nonexistent")
    return subprocess.run(
        [BINARY, "sign-in", "--endpoint-url", endpoint, "--region", "us-east-1", "--user-pool-id",
         pool_id, "--app-client-id", client_id, "--username", USER, "--output", "json"],
        env=env, capture_output=True, text=True, timeout=60)


def test_sign_in_to_a_foreign_user_pool(pool):
    done = sign_in(pool, PASSWORD)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_a_foreign_refusal_is_understood(pool):
    done = sign_in(pool, "Wr0ng-one!")
    assert done.returncode == 3, (done.returncode, done.stderr)
