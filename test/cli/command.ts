// Runs `lethe` for tests: as the process that people start, or in this one with a recorded terminal.
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Io } from '../../cli/io.ts';
import { run } from '../../cli/main.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Spawned {
  /** Resolves once stderr matches. */
  sees(pattern: RegExp): Promise<void>;
  interrupt(): void;
  readonly ended: Promise<Ran>;
}

const BIN = fileURLToPath(new URL('../../bin/lethe.mjs', import.meta.url));

/** No credentials and no configuration of the machine that the tests run on. */
const ENVIRONMENT = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), AWS_EC2_METADATA_DISABLED: 'true' };

export function spawnLethe(args: readonly string[], stdin = ''): Spawned {
  const child = spawn(process.execPath, [BIN, ...args], { env: ENVIRONMENT });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(stdin);
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    ended,
    interrupt: () => void child.kill('SIGINT'),
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => pattern.test(stderr) && resolve();
        child.stderr.on('data', look);
        ended.then(() => reject(new Error(`it ended without ${pattern}: ${stderr}`)), reject);
        look();
      }),
  };
}

/** A real process with a real exit code. */
export function lethe(args: readonly string[], stdin?: string): Promise<Ran> {
  return spawnLethe(args, stdin).ended;
}

export interface FakeIo extends Io {
  readonly written: { out: string; err: string };
}

export function fakeIo(parts: Partial<Io> = {}): FakeIo {
  const written = { out: '', err: '' };
  return {
    written,
    clock: {
      nowMs: () => Date.parse('2026-11-20T17:24:05Z'),
      nowIso: () => '2026-11-20T17:24:05.000Z',
      sleep: () => Promise.resolve(),
    },
    environment: {},
    terminal: undefined,
    interrupted: new AbortController().signal,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    readInput: () => Promise.resolve(''),
    random: (digits) => '3f9c'.slice(0, digits),
    ...parts,
  };
}

/** In this process: for what needs no process of its own. */
export async function inProcess(args: readonly string[], parts: Partial<Io> = {}): Promise<Ran> {
  const io = fakeIo(parts);
  const code = await run(args, io);
  return { code, stdout: io.written.out, stderr: io.written.err };
}
