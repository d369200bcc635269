// Our MQTT codec against mqtt-packet, the codec of MQTT.js: seeded random packets of every type with
// every property, MQTT 3.1, 3.1.1 and 5. What it writes, ours reads as it was meant; what ours writes, it
// reads as it was meant. And bytes gone wrong: what ours still takes, it takes and reads alike.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import mqtt from 'mqtt-packet';

const here = dirname(fileURLToPath(import.meta.url));
const tool = process.env.MQTT_TOOL ?? join(here, '../../../build/tests/diff/mqtt_tool');
const rounds = Number(process.env.COGNIOT_ROUNDS ?? 300);
const seed = Number(process.env.COGNIOT_SEED ?? 20261122);

// A seeded generator (mulberry32), so that a failure can be repeated.
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const chance = (percent) => below(100) < percent;
const pick = (list) => list[below(list.length)];
const list = (most, make) => Array.from({ length: 1 + below(most) }, make);

const letters = [...'abcxyzAZ09 -_.:%{}"\\é漢😀'];
const text = (most = 12) => Array.from({ length: below(most) }, () => pick(letters)).join('');
const level = () => text(5).replaceAll(/[+#/$]/g, '') || 'x';
const topic = () => list(4, level).join('/');
const filter = () => pick([topic, () => `${topic()}/#`, () => `+/${topic()}`, () => '#', () => `$share/g/${topic()}`])();
const bytes = (most = 40) => Buffer.from(Array.from({ length: below(most) }, () => below(256)));
const two = () => pick([1, 2, 255, 256, 65535]);
const four = () => pick([1, 255, 65536, 4294967294, 4294967295]);

// MQTT 5, 2.2.2.2: each property, how a value is made, and the packets that may hold it.
const answers = ['connack', 'puback', 'pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback', 'disconnect', 'auth'];
const properties = {
  payloadFormatIndicator: [() => chance(50), 'publish', 'will'],
  messageExpiryInterval: [four, 'publish', 'will'],
  contentType: [text, 'publish', 'will'],
  responseTopic: [topic, 'publish', 'will'],
  correlationData: [bytes, 'publish', 'will'],
  subscriptionIdentifier: [() => pick([1, 127, 128, 16383, 16384, 2097152, 268435455]), 'subscribe', 'publish-from-server'],
  sessionExpiryInterval: [four, 'connect', 'connack', 'disconnect-from-client'],
  assignedClientIdentifier: [text, 'connack'],
  serverKeepAlive: [two, 'connack'],
  authenticationMethod: [() => text() || 'm', 'connect', 'connack', 'auth'],
  authenticationData: [bytes, 'connect', 'connack', 'auth'],
  requestProblemInformation: [() => chance(50), 'connect'],
  willDelayInterval: [four, 'will'],
  requestResponseInformation: [() => chance(50), 'connect'],
  responseInformation: [text, 'connack'],
  serverReference: [text, 'connack', 'disconnect-from-server'],
  reasonString: [text, ...answers],
  receiveMaximum: [two, 'connect', 'connack'],
  topicAliasMaximum: [two, 'connect', 'connack'],
  topicAlias: [two, 'publish'],
  maximumQoS: [() => below(2), 'connack'],
  retainAvailable: [() => chance(50), 'connack'],
  maximumPacketSize: [four, 'connect', 'connack'],
  wildcardSubscriptionAvailable: [() => chance(50), 'connack'],
  subscriptionIdentifiersAvailable: [() => chance(50), 'connack'],
  sharedSubscriptionAvailable: [() => chance(50), 'connack'],
};

function someProperties(cmd, from) {
  if (cmd !== 'auth' && chance(25)) return {};
  const made = {};
  for (const [name, [make, ...places]] of Object.entries(properties)) {
    if ((places.includes(cmd) || places.includes(`${cmd}-from-${from}`)) && chance(50)) made[name] = make();
  }
  if ('authenticationData' in made && !('authenticationMethod' in made)) delete made.authenticationData; // 3.1.2.11.10
  if (cmd === 'auth') made.authenticationMethod ??= 'm'; // 3.15.2.2.2
  if (chance(40)) {
    made.userProperties = {};
    for (let n = 1 + below(3); n > 0; --n) {
      made.userProperties[`k${text(4)}`] = chance(30) ? list(3, () => `v${text(4)}`) : `v${text(4)}`;
    }
  }
  return Object.keys(made).length ? { properties: made } : {};
}

const codes = {
  connack: [0, 0x80, 0x81, 0x85, 0x87, 0x97, 0x9b], puback: [0, 0x10, 0x80, 0x87, 0x90, 0x97], pubrec: [0, 0x10, 0x91],
  pubrel: [0, 0x92], pubcomp: [0, 0x92], suback: [0, 1, 2, 0x80, 0x87, 0x8f, 0x97, 0xa1], unsuback: [0, 0x11, 0x80, 0x8f],
  auth: [0, 0x18],
};
const leave = { client: [0, 4, 0x80, 0x81, 0x93], server: [0, 0x81, 0x8d, 0x8e, 0x98, 0xa2] };

const makers = {
  connect: (v) => ({
    protocolId: v === 3 ? 'MQIsdp' : 'MQTT', protocolVersion: v, clean: chance(50), keepalive: pick([0, 1, 60, 65535]),
    clientId: text(30) || 'c', ...(chance(50) ? { username: text(), ...(chance(50) ? { password: bytes() } : {}) } : {}),
    ...(chance(50) ? {
      will: { topic: topic(), payload: Buffer.concat([Buffer.from('w'), bytes()]), qos: below(3), retain: chance(50),
              ...(v === 5 ? someProperties('will') : {}) },
    } : {}),
  }),
  connack: (v) => {
    const code = v === 5 ? pick(codes.connack) : below(6);
    return { sessionPresent: code === 0 && chance(50), [v === 5 ? 'reasonCode' : 'returnCode']: code };
  },
  publish: () => {
    const qos = below(3);
    return { topic: topic(), payload: bytes(pick([1, 40, 200, 20_000])), qos, retain: chance(50), dup: qos > 0 && chance(50),
             ...(qos ? { messageId: two() } : {}) };
  },
  subscribe: (v) => ({
    messageId: two(),
    subscriptions: list(4, () => {
      const name = filter();
      return { topic: name, qos: below(3),
               ...(v === 5 ? { nl: !name.startsWith('$share') && chance(50), rap: chance(50), rh: below(3) } : {}) };
    }),
  }),
  suback: (v) => ({ messageId: two(), granted: list(4, () => (v === 5 ? pick(codes.suback) : pick([0, 1, 2, 128]))) }),
  unsubscribe: () => ({ messageId: two(), unsubscriptions: list(4, filter) }),
  unsuback: (v) => ({ messageId: two(), granted: v === 5 ? list(4, () => pick(codes.unsuback)) : [] }),
  pingreq: () => ({}),
  pingresp: () => ({}),
  disconnect: (v, from) => (v === 5 ? { reasonCode: pick(leave[from]) } : {}),
  auth: () => ({ reasonCode: pick(codes.auth) }),
};
for (const cmd of ['puback', 'pubrec', 'pubrel', 'pubcomp']) {
  makers[cmd] = (v) => ({ messageId: two(), ...(v === 5 ? { reasonCode: pick(codes[cmd]) } : {}) });
}
const from = {
  client: ['connect', 'publish', 'puback', 'pubrec', 'pubrel', 'pubcomp', 'subscribe', 'unsubscribe', 'pingreq', 'disconnect', 'auth'],
  server: ['connack', 'publish', 'puback', 'pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback', 'pingresp', 'disconnect', 'auth'],
};

/** A packet as plain data that two codecs can be compared by. */
function plain(packet, version) {
  const grouped = (pairs) => {
    const out = {};
    for (const [name, value] of pairs) out[`=${name}`] = [...(out[`=${name}`] ?? []), value];
    return Object.entries(out).sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const of = (value, name) => {
    if (Buffer.isBuffer(value)) return value.toString('hex');
    if (name === 'userProperties') {
      return grouped(Array.isArray(value) ? value
        : Object.entries(value).flatMap(([k, v]) => [v].flat().map((one) => [k, one])));
    }
    if (name === 'subscriptionIdentifier') return [value].flat();
    if (Array.isArray(value)) return value.map((one) => of(one));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined && v !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, of(v, k)]));
  };
  const fields = { ...packet };
  for (const name of ['length', 'protocolId', 'bridgeMode']) delete fields[name];
  if (fields.cmd !== 'publish') for (const name of ['qos', 'retain', 'dup']) delete fields[name];
  if (fields.cmd !== 'publish') { delete fields.topic; delete fields.payload; }
  if (fields.cmd === 'unsuback' && version < 5) fields.granted = [];
  if (version === 5 && ['puback', 'pubrec', 'pubrel', 'pubcomp', 'disconnect', 'auth'].includes(fields.cmd)) {
    fields.reasonCode ??= 0;
  }
  return of(fields);
}

/** What mqtt-packet reads, or the error it has. */
function theirs(raw, version) {
  const parser = mqtt.parser({ protocolVersion: version });
  let read = null;
  parser.on('packet', (packet) => { read ??= packet; });
  parser.on('error', (error) => { read ??= error; });
  try {
    parser.parse(raw);
  } catch (error) {
    read ??= error;
  }
  return read;
}

function ours(rows) {
  const input = rows.map(({ version, from, raw }) => JSON.stringify({ version, from, bytes: raw.toString('hex') })).join('\n');
  const done = spawnSync(tool, { input: `${input}\n`, maxBuffer: 1 << 30, encoding: 'utf8' });
  const lines = done.stdout.trim().split('\n').map((line) => JSON.parse(line));
  if (lines.length !== rows.length) throw new Error(`${rows.length} packets in, ${lines.length} answers out: ${done.stderr}`);
  return lines;
}

let wrong = 0;
function complain(row, what, a, b) {
  if (++wrong > 8) return;
  console.log(`${what}: ${row.cmd}, version ${row.version}, from ${row.from}\n  ${row.raw.toString('hex').slice(0, 600)}\n  ${a}\n  ${b}`);
}

const rows = [];
for (const version of [3, 4, 5]) {
  for (const [end, cmds] of Object.entries(from)) {
    for (const cmd of cmds) {
      if (version === 3 && cmd !== 'connect') continue; // MQTT 3.1 differs there alone
      if (cmd === 'auth' && version < 5) continue;
      if (cmd === 'disconnect' && end === 'server' && version < 5) continue;
      for (let i = 0; i < rounds; ++i) {
        const packet = { cmd, ...makers[cmd](version, end), ...(version === 5 && !cmd.startsWith('ping') ? someProperties(cmd, end) : {}) };
        rows.push({ cmd, version, from: end, packet, raw: mqtt.generate(packet, { protocolVersion: version }) });
      }
    }
  }
}

const seen = new Set();
const read = ours(rows);
for (const [i, row] of rows.entries()) {
  const meant = JSON.stringify(plain(row.packet, row.version));
  if (read[i].error) {
    complain(row, 'we refuse', `${read[i].error}: ${read[i].detail}`, meant);
    continue;
  }
  const understood = JSON.stringify(plain(read[i].packet, row.version));
  if (understood !== meant) complain(row, 'we read it otherwise', understood, meant);
  const back = theirs(Buffer.from(read[i].bytes, 'hex'), row.version);
  const returned = back instanceof Error ? String(back) : JSON.stringify(plain(back ?? {}, row.version));
  if (returned !== meant) complain(row, 'what we write is read otherwise', returned, meant);
  for (const name of Object.keys(row.packet.properties ?? {})) seen.add(`${row.cmd} ${name}`);
  for (const name of Object.keys(row.packet.will?.properties ?? {})) seen.add(`will ${name}`);
}
const wanted = Object.entries(properties).flatMap(([name, [, ...places]]) => places.map((p) => `${p.replace(/-from-.*/, '')} ${name}`));
for (const name of wanted) if (!seen.has(name)) { ++wrong; console.log(`never made: ${name}`); }

// One or two bytes gone wrong. Ours is the stricter of the two, so most are refused by it alone.
const broken = rows.filter(() => chance(60)).map((row) => {
  const raw = Buffer.from(row.raw);
  for (let n = 1 + below(2); n > 0; --n) raw[1 + below(raw.length - 1)] = pick([0, 1, 2, 0x7f, 0x80, 0xff, below(256)]);
  return { ...row, raw };
});
let taken = 0;
for (const [i, answer] of ours(broken).entries()) {
  if (answer.error) continue;
  const row = broken[i];
  const they = theirs(row.raw, row.version);
  const a = JSON.stringify(plain(answer.packet, row.version));
  const b = they instanceof Error ? String(they) : JSON.stringify(plain(they ?? {}, row.version));
  ++taken;
  // A code that the standard does not define for the packet: as a client we take what a server says and
  // leave its meaning to the caller, mqtt-packet refuses the packet.
  if (row.from === 'server' && they instanceof Error && /Invalid \w+ (reason )?(code|QoS)/.test(they.message)) continue;
  if (a !== b) complain(row, 'broken bytes are read otherwise', a, b);
}

console.log(`seed ${seed}: ${rows.length} packets there and back, ${broken.length} broken ones of which ${taken} were taken: ${wrong} wrong`);
process.exit(wrong === 0 ? 0 : 1);
