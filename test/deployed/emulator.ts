// Starts and ends the emulator in ./emulator: a project of its own, prepared on its first use.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const FOLDER = join(import.meta.dirname, 'emulator');
/** AWS says typically 300: every run would wait that long until its recovery is confirmed. */
const PITR_LAG_SECONDS = '1';
const MIN_PORT = 20_000;
const PORTS = 20_000;

export interface Emulator {
  readonly endpoint: string;
  /** What SDKs and the CDK find it by. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startEmulator(log: (line: string) => void): Promise<Emulator> {
  if (!existsSync(join(FOLDER, 'node_modules'))) {
    log('installing what the emulator needs');
    await run('npm', ['ci', '--no-audit', '--no-fund', '--silent']);
  }
  const port = await freePort();
  const args = ['up.mjs', '--port', String(port), '--pitr-lag-seconds', PITR_LAG_SECONDS, '--end-with-stdin'];
  // In a process group of its own: after a Ctrl-C it is still needed, to destroy what was deployed.
  const child = spawn(process.execPath, args, { cwd: FOLDER, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    if (!line.startsWith('{')) continue;
    const { endpoint, env } = JSON.parse(line) as { endpoint: string; env: Record<string, string> };
    return { endpoint, env, close: () => end(child) };
  }
  throw new Error('the emulator did not start');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { cwd: FOLDER, stdio: ['ignore', 2, 2] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

/** Free together with the next one, which the emulator takes too; below those that systems give away. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = MIN_PORT + 2 * Math.floor((Math.random() * PORTS) / 4);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const found = Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]);
  server.listen(port, '127.0.0.1');
  if (!(await found.catch(() => false))) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}
