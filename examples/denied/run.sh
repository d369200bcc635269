#!/usr/bin/env bash
# Runs the cases of this folder against a local cloud of its own and offline, and prints what
# cogniot says to each, as README.md quotes it. Needs cogniot ($COGNIOT, or in PATH), the AWS CLI and
# python3.
#
#   examples/denied/run.sh               all cases
#   examples/denied/run.sh client-id     one of them
#   examples/denied/run.sh --write       all, into README.md
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cogniot=${COGNIOT:-cogniot}
if [ "${1:-}" = --write ]; then
    told=$("$0")
    about=$(sed '/^<!-- run.sh -->$/q' "$here/README.md")
    printf '%s\n\n%s\n' "$about" "$told" >"$here/README.md"
    exit
fi
cases=("$@")
[ $# -gt 0 ] || cases=(no-iot-policy topic-for-topicfilter client-id other-region trailing-comma)

# A local cloud in a folder of its own, gone at the end. Nothing of the caller's AWS setup counts.
work=$(mktemp -d)
cleanup() { kill "$cloud" 2>/dev/null && wait "$cloud" || true; rm -rf "$work"; }
for name in ${!AWS_*} ${!COGNIOT*}; do unset "$name"; done
"$cogniot" local --ephemeral --listen 127.0.0.1:0 --mqtts none --ready-file "$work/ready" \
    --log-file "$work/log" --template "$here/../article/template.yaml" >/dev/null 2>"$work/banner" &
cloud=$!
trap cleanup EXIT
until [ -f "$work/ready" ]; do kill -0 "$cloud" || { cat "$work/banner" >&2; exit 1; }; sleep 0.05; done
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
output() { sed -n "s/^ *$1 = //p" "$work/banner"; }
endpoint=$(field endpoint <"$work/ready")
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=ap-northeast-1 \
    AWS_REGION=ap-northeast-1 AWS_ENDPOINT_URL=$endpoint AWS_CA_BUNDLE=$(field ca_file <"$work/ready") \
    AWS_CONFIG_FILE=/nonexistent AWS_SHARED_CREDENTIALS_FILE=/nonexistent AWS_PAGER= \
    XDG_CACHE_HOME=$work COGNIOT_PASSWORD='P@ssw0rd!' COGNIOT_CONFIG=$work/cogniot.yaml
# Versions of the AWS CLI before 2.13 do not read AWS_ENDPOINT_URL.
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }

# The article's own IoT policy would help in some cases.
aws iot delete-policy --policy-name article-devices
aws iam put-role-policy --role-name article-authenticated --policy-name command-devices \
    --policy-document "file://$here/role-policy.json"
pool=$(output UserPoolId) client=$(output AppClientId)
secret=$(aws cognito-idp describe-user-pool-client --user-pool-id "$pool" --client-id "$client" \
    --query UserPoolClient.ClientSecret --output text)
cat >"$COGNIOT_CONFIG" <<YAML
user_pool_id: $pool
app_client_id: $client
app_client_secret: $secret
identity_pool_id: $(output IdentityPoolId)
iot_endpoint: ${endpoint#https://}
YAML

# What a command says, with its line above. What differs from run to run gets a name.
show() {
    echo '```'
    echo "\$ $1"
    shift
    { "$@" 2>&1 || true; } | sed -e "s/${identity:-none}/IDENTITY_ID/g" -e '/^$/d'
    echo '```'
}
last_refusal() {
    grep '"explanation"' "$work/log" | tail -n 1 | python3 -c '
import json, sys
entry = json.load(sys.stdin)
print(*(f"{name}: {entry[name]}" for name in ("eventType", "reason", "explanation")), sep="\n")'
}

number=0
for name in "${cases[@]}"; do
    attach=yes identity='' number=$((number + 1))
    # shellcheck source=/dev/null
    source "$here/$name/case.sh"
    [ $number = 1 ] || echo
    printf '## %s. %s\n%s\n' "$number" "$title" "$about"
    policy=$name/iot-policy.json
    cd "$here"
    if ! made=$(aws iot create-policy --policy-name "$name" --policy-document "file://$policy" 2>&1); then
        show "aws iot create-policy --policy-name $name --policy-document file://$policy" echo "$made"
        echo 'Offline:'
        show "cogniot policy explain --role-policy role-policy.json --iot-policy $policy --identity IDENTITY_ID $explain" \
            "$cogniot" policy explain --role-policy role-policy.json --iot-policy "$policy" \
            --identity ap-northeast-1:d23c8f3f-1234-4a6b-9c1e-0123456789ab $explain
        continue
    fi
    "$cogniot" user add -u "$name" >/dev/null 2>&1
    identity=$("$cogniot" credentials -u "$name" --format json | field identity_id)
    offline=(--role-policy role-policy.json)
    if [ "$attach" = yes ]; then
        offline+=(--iot-policy "$policy")
        aws iot attach-policy --policy-name "$name" --target "$identity"
    fi
    show "cogniot $try" "$cogniot" $try -u "$name"
    echo 'The log of the local cloud:'
    echo '```'
    last_refusal | sed "s/$identity/IDENTITY_ID/g"
    echo '```'
    echo 'Offline:'
    show "cogniot policy explain ${offline[*]} --identity IDENTITY_ID $explain" \
        "$cogniot" policy explain "${offline[@]}" --identity "$identity" $explain
done
