// MQTT.js and aws-iot-device-sdk-v2 as a service for tests/support/foreign_node.py: commands come as lines
// of JSON on stdin, answers and events leave as lines of JSON on stdout. Payloads are base64.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import iotsdk from 'aws-iot-device-sdk-v2';
import mqttjs from 'mqtt';

const { auth, iot, io, mqtt, mqtt5 } = iotsdk;
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
// An empty payload comes from aws-crt as a detached ArrayBuffer, which cannot be looked into.
const base64 = (value) => (value?.byteLength === 0 ? '' : value && Buffer.from(value).toString('base64'));
const once = (emitter, name) => new Promise((resolve) => { emitter.once(name, resolve); });

/** What all clients have in common: events go to `tell`. */
class MqttJs {
  async open(o, tell) {
    const base = { tcp: 'mqtt://127.0.0.1', ws: 'ws://localhost', wss: 'wss://localhost', mqtts: 'mqtts://localhost' }[o.transport];
    const path = o.transport.startsWith('ws') ? `/mqtt?${o.query}` : '';
    const v5 = o.version === 5;
    this.client = mqttjs.connect(`${base}:${o.port}${path}`, {
      clientId: o.client_id, protocolVersion: o.version, protocolId: o.version === 3 ? 'MQIsdp' : 'MQTT', clean: o.clean,
      keepalive: o.keep_alive, reconnectPeriod: 0, resubscribe: false, connectTimeout: 15_000,
      ca: readFileSync(o.ca), ...(o.cert ? { cert: readFileSync(o.cert), key: readFileSync(o.key) } : {}),
      ...(v5 ? { properties: { sessionExpiryInterval: o.expiry } } : {}),
      ...(o.will ? { will: { topic: o.will.topic, payload: Buffer.from(o.will.payload), qos: o.will.qos, retain: o.will.retain } } : {}),
    });
    this.client.on('message', (topic, payload, packet) => {
      const p = packet.properties ?? {};
      tell('message', { topic, payload: base64(payload), qos: packet.qos, retain: packet.retain,
        content_type: p.contentType, response_topic: p.responseTopic, correlation: base64(p.correlationData),
        expiry: p.messageExpiryInterval, user: Object.entries(p.userProperties ?? {}).flatMap(([k, v]) => [v].flat().map((x) => [k, x])) });
    });
    this.client.on('disconnect', (packet) => tell('goodbye', packet.reasonCode));
    this.client.on('close', () => tell('lost'));
    return new Promise((resolve, reject) => {
      this.client.once('connect', (packet) => resolve(packet.sessionPresent));
      this.client.once('error', reject);
    });
  }

  async subscribe({ filter, qos }) {
    const granted = await this.client.subscribeAsync(filter, { qos });
    return granted[0].qos;
  }

  async publish({ topic, payload, qos, retain, properties }) {
    const p = properties && { contentType: properties.content_type, responseTopic: properties.response_topic,
      correlationData: Buffer.from(properties.correlation), messageExpiryInterval: properties.expiry,
      userProperties: Object.fromEntries(properties.user) };
    await this.client.publishAsync(topic, Buffer.from(payload), { qos, retain, ...(p ? { properties: p } : {}) });
  }

  leave() { return this.client.endAsync(); }

  async drop() { this.client.stream.destroy(); }
}

const credentials = (o) => auth.AwsCredentialsProvider.newStatic(o.access_key_id, o.secret_access_key);

class Sdk311 {
  async open(o, tell) {
    const config = o.transport === 'tcp' ? { host_name: '127.0.0.1', socket_options: new io.SocketOptions() } : this.build(o);
    Object.assign(config, { port: o.port, client_id: o.client_id, clean_session: o.clean, keep_alive: o.keep_alive,
      reconnect_min_sec: 1, reconnect_max_sec: 1 });
    if (o.transport === 'ws') config.tls_ctx = undefined;
    if (o.will) config.will = { topic: o.will.topic, payload: o.will.payload, qos: o.will.qos, retain: o.will.retain };
    this.connection = new mqtt.MqttClient().new_connection(config);
    this.connection.on('error', () => {}); // told by the promises, or by `interrupt`
    this.connection.on('interrupt', () => tell('lost'));
    this.connection.on('message', (topic, payload, dup, qos, retain) =>
      tell('message', { topic, payload: base64(payload), qos, retain }));
    return this.connection.connect();
  }

  build(o) {
    const { AwsIotMqttConnectionConfigBuilder: builder } = iot;
    return (o.transport === 'mqtts' ? builder.new_mtls_builder_from_path(o.cert, o.key)
      : builder.new_with_websockets({ region: o.region, credentials_provider: credentials(o) }))
      .with_certificate_authority_from_path(undefined, o.ca).with_endpoint('localhost').with_client_id(o.client_id).build();
  }

  async subscribe({ filter, qos }) { return (await this.connection.subscribe(filter, qos)).qos; }

  async publish({ topic, payload, qos, retain }) { await this.connection.publish(topic, payload, qos, retain); }

  leave() { return this.connection.disconnect(); }
}

class Sdk5 {
  async open(o, tell) {
    const config = o.transport === 'tcp' ? { hostName: '127.0.0.1' } : this.build(o);
    Object.assign(config, {
      port: o.port, minReconnectDelayMs: 1000, maxReconnectDelayMs: 1000, pingTimeoutMs: 3000,
      sessionBehavior: o.clean ? mqtt5.ClientSessionBehavior.Clean : mqtt5.ClientSessionBehavior.RejoinAlways,
      connectProperties: {
        clientId: o.client_id, keepAliveIntervalSeconds: o.keep_alive, sessionExpiryIntervalSeconds: o.expiry,
        ...(o.will ? { will: { topicName: o.will.topic, payload: o.will.payload, qos: o.will.qos, retain: o.will.retain } } : {}),
      },
    });
    if (o.transport === 'ws') config.tlsCtx = undefined;
    this.client = new mqtt5.Mqtt5Client(config);
    this.client.on('error', () => {});
    this.client.on('disconnection', ({ disconnect }) => {
      if (disconnect) tell('goodbye', disconnect.reasonCode);
      tell('lost');
    });
    this.client.on('messageReceived', ({ message: m }) => tell('message', {
      topic: m.topicName, payload: base64(m.payload) ?? '', qos: m.qos, retain: m.retain, content_type: m.contentType,
      response_topic: m.responseTopic, correlation: base64(m.correlationData), expiry: m.messageExpiryIntervalSeconds,
      user: (m.userProperties ?? []).map(({ name, value }) => [name, value]) }));
    const connected = once(this.client, 'connectionSuccess');
    const failed = once(this.client, 'connectionFailure').then(({ error }) => { throw error; });
    this.client.start();
    return (await Promise.race([connected, failed])).connack.sessionPresent;
  }

  build(o) {
    const { AwsIotMqtt5ClientConfigBuilder: builder } = iot;
    return (o.transport === 'mqtts' ? builder.newDirectMqttBuilderWithMtlsFromPath('localhost', o.cert, o.key)
      : builder.newWebsocketMqttBuilderWithSigv4Auth('localhost', { region: o.region, credentialsProvider: credentials(o) }))
      .withCertificateAuthorityFromPath(undefined, o.ca).build();
  }

  async subscribe({ filter, qos }) {
    return (await this.client.subscribe({ subscriptions: [{ topicFilter: filter, qos }] })).reasonCodes[0];
  }

  async publish({ topic, payload, qos, retain, properties: p }) {
    await this.client.publish({ topicName: topic, payload, qos, retain, ...(p ? {
      contentType: p.content_type, responseTopic: p.response_topic, correlationData: p.correlation,
      messageExpiryIntervalSeconds: p.expiry, userProperties: p.user.map(([name, value]) => ({ name, value })) } : {}) });
  }

  async leave() {
    const stopped = once(this.client, 'stopped');
    this.client.stop({ reasonCode: mqtt5.DisconnectReasonCode.NormalDisconnection }); // without one it only closes
    await stopped;
    this.client.close();
  }
}

const libraries = { mqttjs: () => new MqttJs(), sdk: (o) => (o.version === 5 ? new Sdk5() : new Sdk311()) };
const clients = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const { n, client, verb, ...given } = JSON.parse(line);
  const run = async () => {
    if (verb === 'open') clients.set(client, libraries[given.library](given));
    const tell = (event, value) => say({ client, event, value });
    return clients.get(client)[verb](given, tell);
  };
  // Clients work side by side; the caller waits for the answer with its number.
  run().then((answer) => say({ n, answer: answer ?? null }), (error) => say({ n, error: String(error) }));
}
process.exit(0);
