// Lethe in this process, on the embedded AWS.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallRecord } from '../../local/kernel/call-record.ts';
import type { Local } from '../../local/start.ts';
import type { Mail, Target } from './target.ts';

const POLL_MS = 20;
/** More than a worker that is still at work would need to be done. */
const LATE_MS = 1_200_000;
const SETTLES_MS = 900_000;
const READS = /^(Get|List|Describe|Query|Scan|Head|BatchGet|AssumeRole|Invoke|StartExecution|Send|Publish|Sign)/;

/** @param folders removed on closing */
export function embeddedTarget(local: Local, folders: readonly string[]): Target {
  const { ready, clock, states } = local;
  const { endpoint, region, outbox } = ready;
  return {
    place: ready,
    client: { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    flags: ['--endpoint-url', endpoint, '--region', region],
    pollMs: POLL_MS,
    nowMs: () => clock.nowMs(),
    prepare: () => undefined,
    functionName: (name) => name,
    versioningSettles: () => clock.sleep(SETTLES_MS),
    redeploy: () => Promise.reject(new Error('the embedded AWS is not deployed to')),

    entered(executionArn, state) {
      const name = executionArn.slice(executionArn.lastIndexOf(':') + 1);
      const { promise, resolve } = Promise.withResolvers<void>();
      const unlisten = states.listen((event) => {
        if (event.executionName === name && event.type === 'StateEntered' && event.state === state) resolve();
      });
      return promise.finally(unlisten);
    },

    async lateWrites() {
      const own = [ready.controlTable, ready.workBucket, ready.evidenceBucket];
      const late: CallRecord[] = [];
      const unlisten = local.calls.listen((call) => late.push(call));
      await clock.sleep(LATE_MS);
      unlisten();
      return late
        .filter(({ by, operation, resource }) => by.startsWith('lethe-') && isWrite(operation, resource, own))
        .map(({ by, operation, resource }) => `${by}: ${operation} ${resource}`);
    },

    async mails() {
      const files = (await readdir(outbox).catch(() => [])).filter((file) => file.endsWith('.json')).sort();
      return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(outbox, file), 'utf8')) as Mail));
    },

    async close() {
      await local.close();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}

/** Whether a call could change a store that is not Lethe's own. */
export function isWrite(operation: string, resource: string | null | undefined, own: readonly string[]): boolean {
  return !READS.test(operation) && !own.includes(resource ?? '');
}
