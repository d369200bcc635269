"""The programs of examples/ do what their first lines say, against a local cloud."""

import os
import pathlib
import re
import subprocess

import boto3
import pytest
from local_cloud import BINARY, ROOT, LocalCloud

EXAMPLES = pathlib.Path(os.environ.get("EXAMPLES", ROOT / "build" / "examples"))


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud("--template", str(ROOT / "examples/article/template.yaml")) as running:
        yield running


def test_a_message_goes_out_and_comes_back_over_plain_mqtt(cloud):
    host, port = cloud.ready["insecure_mqtt"].rsplit(":", 1)
    done = subprocess.run([EXAMPLES / "example_plain_mqtt", host, port], capture_output=True, text=True,
                          timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "cogniot/example: hello\n"


def test_a_cognito_user_switches_a_device_off(cloud, tmp_path):
    outputs = dict(re.findall(r"^\s+(\w+) = (\S+)$", cloud.log(), re.M))
    idp = boto3.client("cognito-idp", region_name=cloud.ready["region"],
                       endpoint_url=cloud.ready["endpoint"], verify=cloud.ready["ca_file"],
                       aws_access_key_id="test", aws_secret_access_key="test")
    app = idp.describe_user_pool_client(UserPoolId=outputs["UserPoolId"],
                                        ClientId=outputs["AppClientId"])["UserPoolClient"]
    config = tmp_path / "cogniot.yaml"
    config.write_text(f"app_client_id: {app['ClientId']}\napp_client_secret: {app['ClientSecret']}\n"
                      f"identity_pool_id: {outputs['IdentityPoolId']}\n"
                      f"iot_endpoint: localhost:{cloud.port}\niot_policy: {outputs['IotPolicyName']}\n")
    env = cloud.environment() | {"COGNIOT_CONFIG": str(config), "COGNIOT_USERNAME": "alice",
                                 "COGNIOT_PASSWORD": "P@ssw0rd!"}
    added = subprocess.run([BINARY, "user", "add", "--user-pool-id", outputs["UserPoolId"]], env=env,
                           capture_output=True, text=True, timeout=30)
    assert added.returncode == 0, added.stderr
    done = subprocess.run([EXAMPLES / "example_publish_as_user", "device_1"], env=env,
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the broker acknowledged it\n"
