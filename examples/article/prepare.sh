#!/usr/bin/env bash
# The article's preparation, step by step with the AWS CLI: a user pool with a user, an identity
# pool with its role, an IoT policy. Against the local cloud:
#
#   cogniot local --data /tmp/article &
#   export AWS_ENDPOINT_URL=https://localhost:4566 AWS_CA_BUNDLE=/tmp/article/ca.pem \
#          AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=ap-northeast-1
#   examples/article/prepare.sh alice 'P@ssw0rd!' > cogniot.yaml
#
# Against AWS: the same without AWS_ENDPOINT_URL and AWS_CA_BUNDLE, with your own credentials.
# Prints a configuration file for cogniot on stdout. NAME=other prepares a second set beside the first.
set -euo pipefail
user=${1:?usage: prepare.sh USER PASSWORD}
password=${2:?usage: prepare.sh USER PASSWORD}
name=${NAME:-article}
region=${AWS_REGION:-${AWS_DEFAULT_REGION:?set AWS_REGION}}
here=$(dirname "${BASH_SOURCE[0]}")

# Versions of the AWS CLI before 2.13 do not read AWS_ENDPOINT_URL.
aws() { command aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} --region "$region" --output text "$@"; }

# Roles and IoT policies have names of their own choice: found out before anything is created.
taken() {
    echo "prepare.sh: $1 exists already, from an earlier run or from template.yaml; nothing was" \
        "created. Delete it, or choose another name: NAME=other $0 USER PASSWORD" >&2
    exit 1
}
if aws iam get-role --role-name "$name-authenticated" >/dev/null 2>&1; then
    taken "the role $name-authenticated"
fi
if aws iot get-policy --policy-name "$name-devices" >/dev/null 2>&1; then
    taken "the IoT policy $name-devices"
fi

account=$(aws sts get-caller-identity --query Account)
pool=$(aws cognito-idp create-user-pool --pool-name "$name" --query UserPool.Id)
read -r client secret < <(aws cognito-idp create-user-pool-client --user-pool-id "$pool" \
    --client-name backend --generate-secret \
    --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH \
    --query 'UserPoolClient.[ClientId,ClientSecret]')
aws cognito-idp admin-create-user --user-pool-id "$pool" --username "$user" \
    --message-action SUPPRESS >/dev/null
aws cognito-idp admin-set-user-password --user-pool-id "$pool" --username "$user" \
    --password "$password" --permanent >/dev/null

identity_pool=$(aws cognito-identity create-identity-pool --identity-pool-name "$name" \
    --no-allow-unauthenticated-identities --cognito-identity-providers \
    "ProviderName=cognito-idp.$region.amazonaws.com/$pool,ClientId=$client" --query IdentityPoolId)

fill() { sed -e "s/REGION/$region/g; s/ACCOUNT/$account/g; s/IDENTITY_POOL/$identity_pool/g" "$here/$1"; }
role=$(aws iam create-role --role-name "$name-authenticated" \
    --assume-role-policy-document "$(fill trust.json)" --query Role.Arn)
aws iam put-role-policy --role-name "$name-authenticated" --policy-name command-devices \
    --policy-document "$(fill role-policy.json)"
aws cognito-identity set-identity-pool-roles --identity-pool-id "$identity_pool" \
    --roles "authenticated=$role"
aws iot create-policy --policy-name "$name-devices" \
    --policy-document "$(fill iot-policy.json)" >/dev/null
endpoint=$(aws iot describe-endpoint --endpoint-type iot:Data-ATS --query endpointAddress)

cat <<YAML
region: $region
user_pool_id: $pool
app_client_id: $client
app_client_secret: $secret
identity_pool_id: $identity_pool
iot_endpoint: $endpoint
iot_policy: $name-devices
YAML
