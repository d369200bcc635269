// A device with aws-iot-device-sdk-v2: a certificate made with the AWS SDK, mutual TLS by the SDK's own
// builders, MQTT 3.1.1 and 5, and a shadow that is asked for and answered.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  AttachPolicyCommand, AttachThingPrincipalCommand, CreateKeysAndCertificateCommand, CreatePolicyCommand,
  CreateThingCommand, DescribeCertificateCommand, IoTClient,
} from '@aws-sdk/client-iot';
import iotsdk from 'aws-iot-device-sdk-v2';

const { iot, mqtt, mqtt5, io } = iotsdk;
const ready = JSON.parse(readFileSync(process.env.COGNIOT_READY, 'utf8'));
const control = new IoTClient({});
const ports = { 'the one port': Number(new URL(ready.endpoint).port), mqtts: Number(ready.mqtts.split(':')[1]) };

async function provision() {
  const name = `device-${randomUUID().slice(0, 8)}`;
  await control.send(new CreateThingCommand({ thingName: name }));
  const made = await control.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  await control.send(new CreatePolicyCommand({
    policyName: name,
    policyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [
      { Effect: 'Allow', Action: 'iot:Connect', Resource: 'arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}' },
      { Effect: 'Allow', Action: ['iot:Publish', 'iot:Subscribe', 'iot:Receive'], Resource: '*' },
    ] }),
  }));
  await control.send(new AttachPolicyCommand({ policyName: name, target: made.certificateArn }));
  await control.send(new AttachThingPrincipalCommand({ thingName: name, principal: made.certificateArn }));
  return { name, certificate: made.certificatePem, key: made.keyPair.PrivateKey, id: made.certificateId };
}

for (const [where, port] of Object.entries(ports)) {
  test(`MQTT 3.1.1 with a certificate, ${where}: the shadow answers its thing`, async () => {
    const device = await provision();
    const config = iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(device.certificate, device.key)
      .with_certificate_authority_from_path(undefined, ready.ca_file)
      .with_endpoint('localhost').with_port(port).with_client_id(device.name).build();
    const connection = new mqtt.MqttClient(new io.ClientBootstrap()).new_connection(config);
    await connection.connect();
    const answered = new Promise((resolve) => connection.subscribe(
      `$aws/things/${device.name}/shadow/update/accepted`, mqtt.QoS.AtLeastOnce,
      (topic, payload) => resolve(JSON.parse(Buffer.from(payload).toString())),
    ));
    await connection.publish(`$aws/things/${device.name}/shadow/update`,
      JSON.stringify({ state: { reported: { on: true } } }), mqtt.QoS.AtLeastOnce);
    assert.deepEqual((await answered).state.reported, { on: true });
    await connection.disconnect();
  });

  test(`MQTT 5 with a certificate, ${where}`, async () => {
    const device = await provision();
    const builder = iot.AwsIotMqtt5ClientConfigBuilder
      .newDirectMqttBuilderWithMtlsFromMemory('localhost', device.certificate, device.key);
    builder.withCertificateAuthorityFromPath(undefined, ready.ca_file);
    builder.withPort(port);
    builder.withConnectProperties({ clientId: device.name, keepAliveIntervalSeconds: 60 });
    const client = new mqtt5.Mqtt5Client(builder.build());
    const connected = once(client, 'connectionSuccess');
    client.start();
    await connected;
    const acked = await client.publish({ topicName: 'any', payload: 'x', qos: mqtt5.QoS.AtLeastOnce });
    assert.equal(acked.reasonCode, 0);
    const stopped = once(client, 'stopped');
    client.stop();
    await stopped;
    client.close();
  });
}

test('DescribeCertificate has dates that the SDK reads', async () => {
  const { id } = await provision();
  const { certificateDescription: told } = await control.send(new DescribeCertificateCommand({ certificateId: id }));
  assert.equal(told.status, 'ACTIVE');
  assert.equal(told.validity.notAfter.toISOString(), '2049-12-31T23:59:59.000Z');
  assert.ok(told.creationDate instanceof Date);
});
