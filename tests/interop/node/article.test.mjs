// The article end to end with the AWS SDK for JavaScript v3 and aws-iot-device-sdk-v2, and the
// refusals its readers meet. Endpoints and credentials come from the environment alone (run.mjs).
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  CognitoIdentityClient, CreateIdentityPoolCommand, GetCredentialsForIdentityCommand, GetIdCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient,
  CreateUserPoolClientCommand, CreateUserPoolCommand, InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AttachPolicyCommand, CreatePolicyCommand, DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import iotsdk from 'aws-iot-device-sdk-v2';

const { auth, iot, mqtt } = iotsdk;
const ready = JSON.parse(readFileSync(process.env.COGNIOT_READY, 'utf8'));
const { region, account } = ready;
const port = Number(new URL(ready.endpoint).port);
const PASSWORD = 'P@ssw0rd!';
const TOPIC = '$aws/things/device_1/shadow/update';
const POWER_OFF = '{"state":{"desired":{"power":"OFF"}}}';

const idp = new CognitoIdentityProviderClient({});
const identity = new CognitoIdentityClient({});
const iam = new IAMClient({});
const control = new IoTClient({});

const documentOf = (...Statement) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource });
const arn = (rest) => `arn:aws:iot:${region}:${account}:${rest}`;
const statements = [
  allow('iot:Connect', arn('client/${cognito-identity.amazonaws.com:sub}')),
  allow(['iot:Publish', 'iot:Receive'], arn('topic/$aws/things/device_1/*')),
  allow('iot:Subscribe', arn('topicfilter/$aws/things/device_1/*')),
];

/** Everything the article creates in the console. */
async function prepare() {
  const name = `article-${randomUUID().slice(0, 8)}`;
  const pool = (await idp.send(new CreateUserPoolCommand({ PoolName: name }))).UserPool.Id;
  const app = (await idp.send(new CreateUserPoolClientCommand({
    UserPoolId: pool, ClientName: 'backend', GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  }))).UserPoolClient;
  await idp.send(new AdminCreateUserCommand({ UserPoolId: pool, Username: 'alice', MessageAction: 'SUPPRESS' }));
  await idp.send(new AdminSetUserPasswordCommand({
    UserPoolId: pool, Username: 'alice', Password: PASSWORD, Permanent: true,
  }));
  const provider = `cognito-idp.${region}.amazonaws.com/${pool}`;
  const identityPool = (await identity.send(new CreateIdentityPoolCommand({
    IdentityPoolName: name, AllowUnauthenticatedIdentities: false,
    CognitoIdentityProviders: [{ ProviderName: provider, ClientId: app.ClientId }],
  }))).IdentityPoolId;
  const role = (await iam.send(new CreateRoleCommand({
    RoleName: name,
    AssumeRolePolicyDocument: documentOf({
      Effect: 'Allow', Principal: { Federated: 'cognito-identity.amazonaws.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'cognito-identity.amazonaws.com:aud': identityPool },
        'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
      },
    }),
  }))).Role.Arn;
  await iam.send(new PutRolePolicyCommand({
    RoleName: name, PolicyName: 'devices', PolicyDocument: documentOf(...statements),
  }));
  await identity.send(new SetIdentityPoolRolesCommand({
    IdentityPoolId: identityPool, Roles: { authenticated: role },
  }));
  await control.send(new CreatePolicyCommand({ policyName: name, policyDocument: documentOf(...statements) }));
  return { name, app, provider, identityPool };
}

async function signIn({ app }, changed = {}) {
  const hash = createHmac('sha256', app.ClientSecret).update('alice' + app.ClientId).digest('base64');
  const answer = await idp.send(new InitiateAuthCommand({
    AuthFlow: 'USER_PASSWORD_AUTH', ClientId: app.ClientId,
    AuthParameters: { USERNAME: 'alice', PASSWORD, SECRET_HASH: hash, ...changed },
  }));
  return answer.AuthenticationResult;
}

async function credentialsOf({ identityPool, provider }, { IdToken }) {
  const Logins = { [provider]: IdToken };
  const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId: identityPool, Logins }));
  const { Credentials } = await identity.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
  return { IdentityId, Credentials };
}

const attach = (article, target) =>
  control.send(new AttachPolicyCommand({ policyName: article.name, target }));

/** The device SDK's own WebSocket connection, Signature V4 and all. */
function connectionOf(clientId, credentials) {
  const config = iot.AwsIotMqttConnectionConfigBuilder.new_with_websockets({
    region,
    credentials_provider: auth.AwsCredentialsProvider.newStatic(
      credentials.AccessKeyId, credentials.SecretKey, credentials.SessionToken),
  })
    .with_certificate_authority_from_path(undefined, ready.ca_file)
    .with_endpoint('localhost')
    .with_client_id(clientId)
    .with_clean_session(false)
    .with_keep_alive_seconds(30)
    .with_reconnect_min_sec(1)
    .with_reconnect_max_sec(1)
    .build();
  config.port = port;
  const connection = new mqtt.MqttClient().new_connection(config);
  connection.on('error', () => {}); // told by the promises, or by `interrupt`
  return connection;
}

async function readyToConnect() {
  const article = await prepare();
  const { IdentityId, Credentials } = await credentialsOf(article, await signIn(article));
  await attach(article, IdentityId);
  return { article, IdentityId, Credentials };
}

test('five steps from password to acknowledged publish', async () => {
  const { IdentityId, Credentials } = await readyToConnect();
  const connection = connectionOf(IdentityId, Credentials);
  await connection.connect();
  const accepted = new Promise((resolve) => {
    connection.on('message', (topic, payload) => resolve({ topic, payload: JSON.parse(Buffer.from(payload)) }));
  });
  await connection.subscribe(`${TOPIC}/accepted`, mqtt.QoS.AtLeastOnce);
  await connection.publish(TOPIC, POWER_OFF, mqtt.QoS.AtLeastOnce);
  const { topic, payload } = await accepted;
  assert.equal(topic, `${TOPIC}/accepted`);
  assert.deepEqual(payload.state, { desired: { power: 'OFF' } });
  await connection.disconnect();
});

test('the credentials are the role session that AWS would make', async () => {
  const { Credentials } = await readyToConnect();
  const sts = new STSClient({
    credentials: {
      accessKeyId: Credentials.AccessKeyId, secretAccessKey: Credentials.SecretKey,
      sessionToken: Credentials.SessionToken,
    },
  });
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  assert.match(Arn, /:assumed-role\/article-[0-9a-f]+\/CognitoIdentityCredentials$/);
  assert.ok(Credentials.Expiration instanceof Date && Credentials.Expiration > new Date());
});

test('a wrong password and a wrong secret hash are refused in AWS\'s words', async () => {
  const article = await prepare();
  await assert.rejects(signIn(article, { PASSWORD: 'Wr0ng-one!' }), {
    name: 'NotAuthorizedException', message: 'Incorrect username or password.',
  });
  await assert.rejects(signIn(article, { SECRET_HASH: 'd3Jvbmc=' }), {
    name: 'NotAuthorizedException',
    message: `Unable to verify secret hash for client ${article.app.ClientId}`,
  });
});

test('without an IoT policy the connection is closed after CONNECT', async () => {
  const article = await prepare();
  const { IdentityId, Credentials } = await credentialsOf(article, await signIn(article));
  await assert.rejects(connectionOf(IdentityId, Credentials).connect(), /UNEXPECTED_HANGUP/);
});

test('a client ID that is not the identity is refused', async () => {
  const { Credentials } = await readyToConnect();
  await assert.rejects(connectionOf('another-client', Credentials).connect(), /UNEXPECTED_HANGUP/);
});

test('a publish outside the policy ends the connection and is never acknowledged', async () => {
  const { IdentityId, Credentials } = await readyToConnect();
  const connection = connectionOf(IdentityId, Credentials);
  await connection.connect();
  const interrupted = once(connection, 'interrupt');
  let acknowledged = false;
  connection.publish('somewhere/else', 'x', mqtt.QoS.AtLeastOnce).then(() => { acknowledged = true; }, () => {});
  const [cause] = await interrupted;
  assert.match(String(cause), /UNEXPECTED_HANGUP/);
  assert.equal(acknowledged, false);
  await connection.disconnect();
});

test('DescribeEndpoint is an address that is really local', async () => {
  const { endpointAddress } = await control.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
  assert.equal(endpointAddress, `localhost:${port}`);
});
