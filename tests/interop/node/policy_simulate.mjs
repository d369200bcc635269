// Our policy engine against @cloud-copilot/iam-simulate, an independent reading of IAM's rules: the
// vectors of tests/vectors/policy, and seeded generated requests within what both claim to know.
// Every disagreement must be on the list below, with who is right and why.
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.COGNIOT ?? join(here, '../../../build/cogniot');
const vectors = process.env.VECTORS ?? join(here, '../../vectors/policy');
const rounds = Number(process.env.COGNIOT_ROUNDS ?? 3000);

// id of a vector (or a prefix ending in `*`) -> why iam-simulate answers otherwise.
const judged = {
  'action/star-colon-star': 'it wants a service before the colon; AWS takes `*` there (moto, AWS-validated)',
  'resource/star-ends-region-crosses': 'it compares segments; the guide lets a `*` that ends a segment go on over colons',
  'resource/star-inside-resource-stops-at-colon': 'it takes all after the fifth colon as one segment; the guide says "parts separated by colons"',
  'resource/star-inside-backtracks-to-free-star': 'it compares segments',
  'resource/question-stops-at-colon': 'as star-inside-resource-stops-at-colon',
  'resource/resource-star-request-arn*': 'a request for `*` is a search over all resources there, an operation without resources here',
  'variables/default-*blank*': 'it knows defaults in one spelling only',
  'variables/value-empty': 'it takes an empty value for none',
  'variables/*2008*': 'it ignores Version; the guide gives variables to 2012-10-17 only',
  'variables/no-version-is-literal': 'it ignores Version',
  'variables/not-resource-missing': 'the guide: no equal value, so everything is another resource',
  'variables/condition-equals-escape': 'it does not read `${$}`',
  'variables/condition-missing-negated': 'the guide: a missing value satisfies negated operators',
  'variables/condition-arn-whole': 'it splits the pattern before it replaces variables',
  'numeric/equals-exponent': 'it does not read exponents',
  'numeric/equals-large': 'it rounds to doubles',
  'date/equals-epoch': 'it compares the texts of dates in different forms',
  'date/equals-year': 'it takes four digits for seconds',
  'date/equals-no-such-day': 'its clock rolls 30 February over to March',
  'null/empty-list-*': 'it counts an empty list as present',
  'ip/slash-0': 'a shift by 32 bits goes wrong there',
  'ip/v6-bare': 'it compares the texts of bare addresses',
  'arn/not-like-not-an-arn': 'it makes both operators false for what is no ARN',
  'sets/any-if-exists-missing': 'the guide: IfExists is true for a missing key',
  'sets/list-without-prefix-positive': 'left open by AWS',
  'telling/resource-star-asked': 'as resource/resource-star-request-arn',
};
const isJudged = (id) =>
  Object.keys(judged).some((name) => new RegExp(`^${name.replaceAll('*', '.*')}$`).test(id));

// A seeded generator (mulberry32), so that a failure can be repeated.
let state = Number(process.env.COGNIOT_SEED ?? 20261122);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const chance = (percent) => below(100) < percent;
const pick = (list) => list[below(list.length)];
const some = (make) => Array.from({ length: 1 + below(3) }, make);
const oneOrList = (make) => (chance(50) ? make() : some(make));

const values = {
  String: () => pick(['a', 'b', 'A', 'ab', 'a/b', '${k}', 'x${s}']),
  Like: () => pick(['a*', '*', '?', 'a?', '*b', '${k}*', 'A']),
  Numeric: () => pick(['1', '5', '10', '-3', '2.5']),
  Date: () => pick(['2026-01-01T00:00:00Z', '2026-06-01T12:00:00Z', '2027-01-01T00:00:00Z']),
  Bool: () => pick(['true', 'false']),
  Ip: () => pick(['10.0.0.0/8', '10.1.2.3', '192.0.2.0/24', '10.1.0.0/16']),
  Arn: () => pick(['arn:aws:sns:*:1:a', 'arn:aws:sns:r:1:a*', 'arn:aws:*:r:1:?', 'arn:aws:sns:r:1:b']),
};
const families = [
  ['String', ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'], 's'],
  ['Like', ['StringLike', 'StringNotLike'], 's'],
  ['Numeric', ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((o) => `Numeric${o}`), 'n'],
  ['Date', ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((o) => `Date${o}`), 'd'],
  ['Bool', ['Bool'], 'b'],
  ['Ip', ['IpAddress', 'NotIpAddress'], 'i'],
  ['Arn', ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'], 'r'],
];
const actual = {
  s: () => pick(['a', 'b', 'A', 'ab', 'xa', 'a/b']),
  n: () => pick(['1', '5', '9', '10', '-3', '2.50']),
  d: () => pick(['2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z', '2027-01-01T00:00:00Z']),
  b: () => pick(['true', 'false']),
  i: () => pick(['10.1.2.3', '10.200.0.1', '192.0.2.77', '203.0.113.1']),
  r: () => pick(['arn:aws:sns:r:1:a', 'arn:aws:sns:q:1:a', 'arn:aws:sqs:r:1:b']),
};
function condition() {
  const out = {};
  for (let i = below(2); i >= 0; --i) {
    if (chance(10)) {
      out.Null = { [pick(['s', 'none', 'sList'])]: pick(['true', 'false']) };
      continue;
    }
    const [family, operators, key] = pick(families);
    const set = chance(30);
    const prefix = set ? pick(['ForAllValues:', 'ForAnyValue:']) : '';
    const suffix = prefix !== 'ForAnyValue:' && chance(20) ? 'IfExists' : '';
    out[prefix + pick(operators) + suffix] = {
      [chance(15) ? 'none' : set ? `${key}List` : key]: oneOrList(values[family]),
    };
  }
  return out;
}
const action = () => pick(['iot:Publish', 'iot:*', '*', 'iot:Sub*', 'IOT:PUBLISH', 's3:*', 'iot:P?blish']);
function resource() {
  if (chance(10)) return '*';
  const levels = some(() => pick(['a', 'b', 'ab', '*', '?', 'a*', '*b', '${k}', '${s}', '${K}', "${none, 'a'}"]));
  return `arn:aws:iot:${pick(['r', 'r', '*', '?'])}:${pick(['1', '1', '*'])}:topic/${levels.join('/')}`;
}
const statement = () => ({
  Effect: chance(75) ? 'Allow' : 'Deny',
  [chance(90) ? 'Action' : 'NotAction']: oneOrList(action),
  [chance(90) ? 'Resource' : 'NotResource']: oneOrList(resource),
  ...(chance(50) ? { Condition: condition() } : {}),
});
function request(i) {
  const context = { k: 'a', s: actual.s() };
  for (const [key, make] of Object.entries(actual)) {
    if (chance(80)) context[key] = make();
    if (chance(70)) context[`${key}List`] = some(make);
  }
  return {
    id: `generated/${i}`,
    policies: some(() => ({ Version: '2012-10-17', Statement: oneOrList(statement) })),
    action: pick(['iot:Publish', 'iot:Subscribe', 's3:GetObject']),
    resource: `arn:aws:iot:${pick(['r', 'q'])}:1:topic/${some(() => pick(['a', 'b', 'ab', 'aab'])).join('/')}`,
    context,
  };
}

function simulate(row) {
  const contextVariables = Object.fromEntries(
    Object.entries(row.context).map(([k, v]) => [k, Array.isArray(v) ? v.map(String) : String(v)]),
  );
  const result = runUnsafeSimulation({
    request: {
      principal: 'arn:aws:iam::123456789012:role/r',
      action: row.action,
      resource: { resource: row.resource, accountId: '123456789012' },
      contextVariables,
    },
    identityPolicies: row.policies.map((policy, i) => ({ name: `p${i}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {});
  const words = { Allowed: 'allow', ImplicitlyDenied: 'implicit_deny', ExplicitlyDenied: 'explicit_deny' };
  return Promise.resolve(result).then((r) => words[r] ?? words[r.overallResult] ?? JSON.stringify(r));
}

const rows = readdirSync(vectors)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(join(vectors, name), 'utf8').trim().split('\n').map(JSON.parse))
  .filter((r) => r.policies && !r.kind && !r.principal && r.policies.every((p) => typeof p === 'object'));
for (let i = 0; i < rounds; ++i) rows.push(request(i));

const ours = spawnSync(binary, ['policy', 'evaluate'], {
  input: rows.map((r) => JSON.stringify(r)).join('\n') + '\n',
  maxBuffer: 1 << 30,
  encoding: 'utf8',
});
const answers = ours.stdout.trim().split('\n').map(JSON.parse);
let wrong = answers.length === rows.length ? 0 : 1;
const seen = {};
const used = new Set();
for (const [i, row] of rows.entries()) {
  const our = answers[i]?.decision ?? `error: ${answers[i]?.error}`;
  const theirs = await simulate(row);
  seen[our] = (seen[our] ?? 0) + 1;
  if (our === theirs) continue;
  if (isJudged(row.id)) {
    used.add(row.id);
    continue;
  }
  ++wrong;
  if (wrong <= 5) console.log(`${row.id}: we say ${our}, iam-simulate ${theirs}\n  ${JSON.stringify(row)}`);
}
console.log(`${rows.length} requests (${JSON.stringify(seen)}): ${wrong} unexplained, ${used.size} judged disagreements`);
process.exit(wrong === 0 ? 0 : 1);
