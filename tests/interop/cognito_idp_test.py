"""boto3 on the user pools: every member of every answer is one that AWS's API model knows.

botocore drops what its model does not name, so a misspelt member would simply be missing at the
caller. Here the raw answers are held against the model.
"""

import base64
import hashlib
import hmac
import json
import struct
import time

import article
import pytest

# Members that AWS answers and that Debian's botocore (1.29) is too old to know.
NEWER = {"UserPoolTier"}


class Checked:
    """A cognito-idp client that holds each raw answer against the model's output shape."""

    def __init__(self, client):
        self.client = client
        self.seen = set()
        client.meta.events.register("response-received.cognito-identity-provider.*", self.check)

    def check(self, event_name, response_dict, **_):
        if response_dict is None or response_dict["status_code"] != 200:
            return
        model = self.client.meta.service_model
        operation_model = model.operation_model(event_name.rsplit(".", 1)[1])
        self.seen.add(operation_model.name)
        if operation_model.output_shape is None:
            assert response_dict["body"] == b"", operation_model.name
            return
        self.walk(operation_model.output_shape, json.loads(response_dict["body"]),
                  operation_model.name)

    def walk(self, shape, value, where):
        if shape.type_name == "structure":
            assert isinstance(value, dict), where
            unknown = set(value) - set(shape.members) - NEWER
            assert not unknown, (where, unknown)
            for name in set(value) & set(shape.members):
                inner = value[name]
                self.walk(shape.members[name], inner, f"{where}.{name}")
            missing = set(shape.required_members) - set(value)
            assert not missing, (where, missing)
        elif shape.type_name == "list":
            for inner in value:
                self.walk(shape.member, inner, where)
        elif shape.type_name == "map":
            for inner in value.values():
                self.walk(shape.value, inner, where)
        elif shape.type_name == "string":
            assert isinstance(value, str), where
            if getattr(shape, "enum", None):
                assert value in shape.enum, (where, value)
        elif shape.type_name == "boolean":
            assert isinstance(value, bool), where
        else:
            assert isinstance(value, (int, float)) and not isinstance(value, bool), where


@pytest.fixture
def idp(cloud):
    return Checked(article.client(cloud, "cognito-idp"))


def secret_hash(name, client):
    key, message = client["ClientSecret"].encode(), (name + client["ClientId"]).encode()
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def totp(secret, at):
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)),
                      struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    offset = digest[19] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def test_answers_have_the_members_of_aws(idp):
    api = idp.client
    pool = api.create_user_pool(PoolName="shapes", Schema=[
        {"Name": "plan", "AttributeDataType": "String", "Mutable": True}])["UserPool"]["Id"]
    api.describe_user_pool(UserPoolId=pool)
    api.list_user_pools(MaxResults=10)
    api.update_user_pool(UserPoolId=pool)
    client = api.create_user_pool_client(
        UserPoolId=pool, ClientName="backend", GenerateSecret=True,
        TokenValidityUnits={"AccessToken": "minutes"}, AccessTokenValidity=30,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
                           "ALLOW_USER_SRP_AUTH"])["UserPoolClient"]
    key = dict(UserPoolId=pool, ClientId=client["ClientId"])
    assert api.describe_user_pool_client(**key)["UserPoolClient"] == client
    api.list_user_pool_clients(UserPoolId=pool)

    who = dict(UserPoolId=pool, Username="alice")
    api.admin_create_user(**who, TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS",
                          UserAttributes=[{"Name": "email", "Value": "a@example.com"},
                                          {"Name": "phone_number", "Value": "+819012345678"}])
    api.create_group(UserPoolId=pool, GroupName="admins", Precedence=1, Description="d",
                     RoleArn="arn:aws:iam::123456789012:role/admins")
    api.get_group(UserPoolId=pool, GroupName="admins")
    api.update_group(UserPoolId=pool, GroupName="admins", Precedence=2)
    api.list_groups(UserPoolId=pool)
    api.admin_add_user_to_group(**who, GroupName="admins")
    api.admin_list_groups_for_user(**who)
    api.list_users_in_group(UserPoolId=pool, GroupName="admins")
    api.list_users(UserPoolId=pool, Filter='username ^= "al"')

    proof = {"SECRET_HASH": secret_hash("alice", client)}
    asked = api.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=client["ClientId"],
        AuthParameters={"USERNAME": "alice", "PASSWORD": "Temp0rary!", **proof})
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert json.loads(asked["ChallengeParameters"]["requiredAttributes"]) == []
    tokens = api.respond_to_auth_challenge(
        ChallengeName="NEW_PASSWORD_REQUIRED", ClientId=client["ClientId"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "alice", "NEW_PASSWORD": "Passw0rd!", **proof},
    )["AuthenticationResult"]
    assert tokens["ExpiresIn"] == 1800
    api.initiate_auth(AuthFlow="REFRESH_TOKEN_AUTH", ClientId=client["ClientId"],
                      AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], **proof})

    access = tokens["AccessToken"]
    api.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="OPTIONAL",
                                 SoftwareTokenMfaConfiguration={"Enabled": True})
    api.get_user_pool_mfa_config(UserPoolId=pool)
    secret = api.associate_software_token(AccessToken=access)["SecretCode"]
    api.verify_software_token(AccessToken=access, UserCode=totp(secret, time.time()))
    api.set_user_mfa_preference(AccessToken=access, SoftwareTokenMfaSettings={
        "Enabled": True, "PreferredMfa": True})
    api.get_user(AccessToken=access)
    api.admin_get_user(**who)
    asked = api.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=client["ClientId"],
        AuthParameters={"USERNAME": "alice", "PASSWORD": "Passw0rd!", **proof})
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    api.admin_set_user_mfa_preference(**who, SoftwareTokenMfaSettings={"Enabled": False})

    api.update_user_attributes(AccessToken=access, UserAttributes=[
        {"Name": "nickname", "Value": "Al"}])
    api.delete_user_attributes(AccessToken=access, UserAttributeNames=["nickname"])
    api.admin_update_user_attributes(**who, UserAttributes=[
        {"Name": "email_verified", "Value": "true"}])
    api.admin_delete_user_attributes(**who, UserAttributeNames=["phone_number"])
    api.change_password(AccessToken=access, PreviousPassword="Passw0rd!",
                        ProposedPassword="N3w-pass!")
    api.revoke_token(Token=tokens["RefreshToken"], ClientId=client["ClientId"],
                     ClientSecret=client["ClientSecret"])
    with pytest.raises(api.exceptions.NotAuthorizedException):
        api.get_user(AccessToken=access)
    api.admin_set_user_password(**who, Password="Passw0rd!", Permanent=True)
    api.admin_user_global_sign_out(**who)
    api.admin_disable_user(**who)
    api.admin_enable_user(**who)
    api.admin_reset_user_password(**who)
    api.admin_remove_user_from_group(**who, GroupName="admins")
    api.delete_group(UserPoolId=pool, GroupName="admins")
    api.admin_delete_user(**who)
    api.update_user_pool_client(**key)
    api.delete_user_pool_client(**key)
    api.delete_user_pool(UserPoolId=pool)
    assert len(idp.seen) >= 43, sorted(idp.seen)


def test_an_operation_that_is_not_built_says_so(idp):
    api = idp.client
    with pytest.raises(api.exceptions.ClientError) as refusal:
        api.create_user_pool_domain(Domain="people", UserPoolId="ap-northeast-1_AbCdEf123")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "CreateUserPoolDomain" in str(refusal.value)
