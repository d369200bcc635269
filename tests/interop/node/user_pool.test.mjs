// Users sign in with SRP through amazon-cognito-identity-js, the client of browsers and Amplify, and
// aws-jwt-verify takes the tokens for AWS's own.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';

import {
  AdminCreateUserCommand, CognitoIdentityProviderClient, CreateUserPoolClientCommand,
  CreateUserPoolCommand, SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  CognitoIdentityClient, CreateIdentityPoolCommand, GetIdCommand, GetOpenIdTokenCommand,
} from '@aws-sdk/client-cognito-identity';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify';

const ready = JSON.parse(readFileSync(process.env.COGNIOT_READY, 'utf8'));
const idp = new CognitoIdentityProviderClient({});

async function people() {
  const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName: 'people' }));
  const { UserPoolClient } = await idp.send(
    new CreateUserPoolClientCommand({ UserPoolId: UserPool.Id, ClientName: 'browser' }));
  await idp.send(new AdminCreateUserCommand({
    UserPoolId: UserPool.Id, Username: 'alice', TemporaryPassword: 'Temp0rary!', MessageAction: 'SUPPRESS',
    UserAttributes: [{ Name: 'email', Value: 'alice@example.com' }],
  }));
  return { UserPoolId: UserPool.Id, ClientId: UserPoolClient.ClientId, endpoint: ready.endpoint };
}

/** Signs in and resolves to {user, session}; `answers` are further callbacks that may call resume. */
function signIn(pool, name, password, answers = () => ({})) {
  const user = new CognitoUser({ Username: name, Pool: new CognitoUserPool(pool) });
  return new Promise((resolve, reject) => {
    const ends = { onSuccess: (session) => resolve({ user, session }), onFailure: reject };
    user.authenticateUser(new AuthenticationDetails({ Username: name, Password: password }),
                          { ...ends, ...answers(user, ends) });
  });
}

const chooseNewPassword = (user, ends) => ({
  newPasswordRequired(attributes, required) {
    assert.deepEqual(attributes, { email: 'alice@example.com' });
    assert.deepEqual(required, []);
    user.completeNewPasswordChallenge('Passw0rd!', {}, ends);
  },
});

function totp(secret, at) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(step).digest();
  const offset = digest[19] & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('a user proves a password with SRP, chooses a new one, refreshes and signs out', async () => {
  const pool = await people();
  await signIn(pool, 'alice', 'Temp0rary!', chooseNewPassword);
  const { user, session } = await signIn(pool, 'alice', 'Passw0rd!');

  const jwks = await (await fetch(`${ready.endpoint}/${pool.UserPoolId}/.well-known/jwks.json`)).json();
  for (const [tokenUse, token] of [['id', session.getIdToken()], ['access', session.getAccessToken()]]) {
    const verifier = CognitoJwtVerifier.create({ userPoolId: pool.UserPoolId, clientId: pool.ClientId, tokenUse });
    verifier.cacheJwks(jwks);
    assert.equal((await verifier.verify(token.getJwtToken())).token_use, tokenUse);
  }
  const attributes = await promisify(user.getUserAttributes).call(user);
  assert.equal(attributes.find((a) => a.getName() === 'email').getValue(), 'alice@example.com');

  const refreshed = await promisify(user.refreshSession).call(user, session.getRefreshToken());
  assert.ok(refreshed.isValid());
  await new Promise((onSuccess, onFailure) => user.globalSignOut({ onSuccess, onFailure }));
  await assert.rejects(promisify(user.refreshSession).call(user, session.getRefreshToken()),
                       { code: 'NotAuthorizedException', message: 'Refresh Token has been revoked' });
});

test('the OpenID token of an identity is verified by the keys that its issuer publishes', async () => {
  const identity = new CognitoIdentityClient({});
  const { IdentityPoolId } = await identity.send(new CreateIdentityPoolCommand({
    IdentityPoolName: 'guests', AllowUnauthenticatedIdentities: true,
  }));
  const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId }));
  const { Token } = await identity.send(new GetOpenIdTokenCommand({ IdentityId }));

  const page = async (name) => (await fetch(`${ready.endpoint}/.well-known/${name}`)).json();
  const { issuer, jwks_uri: jwksUri } = await page('openid-configuration');
  assert.equal(jwksUri, `${issuer}/.well-known/jwks_uri`);
  const verifier = JwtVerifier.create({ issuer, audience: IdentityPoolId, jwksUri });
  verifier.cacheJwks(await page('jwks_uri'));
  const claims = await verifier.verify(Token);
  assert.equal(claims.sub, IdentityId);
  assert.deepEqual(claims.amr, ['unauthenticated']);
});

test('a wrong password and an unknown user are refused as AWS does', async () => {
  const pool = await people();
  await assert.rejects(signIn(pool, 'alice', 'wrong'),
                       { code: 'NotAuthorizedException', message: 'Incorrect username or password.' });
  await assert.rejects(signIn(pool, 'nobody', 'wrong'),
                       { code: 'UserNotFoundException', message: 'User does not exist.' });
});

test('an authenticator app is set up during the sign-in and asked for from then on', async () => {
  const pool = await people();
  await idp.send(new SetUserPoolMfaConfigCommand({
    UserPoolId: pool.UserPoolId, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true },
  }));
  let secret;
  const setUp = (user, ends) => ({
    ...chooseNewPassword(user, { ...ends, mfaSetup: () => associate(user, ends) }),
  });
  const associate = (user, ends) => user.associateSoftwareToken({
    onFailure: ends.onFailure,
    associateSecretCode(code) {
      secret = code;
      user.verifySoftwareToken(totp(code, Date.now()), 'phone', ends);
    },
  });
  const { session } = await signIn(pool, 'alice', 'Temp0rary!', setUp);
  assert.ok(session.isValid());
  const again = await signIn(pool, 'alice', 'Passw0rd!', (user, ends) => ({
    totpRequired: () => user.sendMFACode(totp(secret, Date.now()), ends, 'SOFTWARE_TOKEN_MFA'),
  }));
  assert.ok(again.session.isValid());
});
