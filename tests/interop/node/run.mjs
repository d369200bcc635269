// Starts a local cloud, then runs the tests of this folder with AWS's JavaScript clients against it.
// The clients must trust the cloud's CA before they start, hence a process of their own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.COGNIOT ?? join(here, '../../../build/cogniot');
const folder = mkdtempSync(join(tmpdir(), 'cogniot-node-'));
const readyFile = join(folder, 'ready.json');

const cloud = spawn(
  binary,
  ['local', '--listen', '127.0.0.1:0', '--mqtts', '127.0.0.1:0', '--ephemeral', '--ready-file', readyFile],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
let status = 1;
try {
  for (const until = Date.now() + 30_000; !existsSync(readyFile); await sleep(10)) {
    if (cloud.exitCode !== null || Date.now() > until) throw new Error('cogniot local did not get ready');
  }
  const ready = JSON.parse(readFileSync(readyFile, 'utf8'));
  const done = spawnSync(process.execPath, ['--test', ...['article', 'user_pool', 'device'].map((name) => join(here, `${name}.test.mjs`))], {
    stdio: 'inherit',
    timeout: 240_000,
    env: {
      ...process.env,
      COGNIOT_READY: readyFile,
      NODE_EXTRA_CA_CERTS: ready.ca_file,
      AWS_ACCESS_KEY_ID: ready.access_key_id,
      AWS_SECRET_ACCESS_KEY: ready.secret_access_key,
      AWS_REGION: ready.region,
      AWS_ENDPOINT_URL: ready.endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    },
  });
  status = done.status ?? 1;
} finally {
  cloud.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
