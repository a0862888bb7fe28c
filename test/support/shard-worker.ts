// Workers on one shard of a real store, one after the other, over a record in memory that outlives them.
import { expect } from 'vitest';
import type { StoreKind, Target } from '../../contracts/plan.ts';
import type { Operation, Progress, Range } from '../../contracts/shard.ts';
import type { Allowance } from '../../core/erasing/ports.ts';
import { Pacer } from '../../core/pacing/pacer.ts';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { makeS3Store } from '../../stores/s3/s3-store.ts';
import type { Store } from '../../stores/store.ts';
import { type Call, type Fault, type Surroundings, withFaults } from './faulty-client.ts';
import { Life } from './life.ts';
import { ShardBook } from './shard-book.ts';
import type { Stores } from './stores.ts';
import { VirtualTime } from './virtual-time.ts';

/** Matches what has no members, where a matcher would take `{}` for anything at all. */
export const NONE: object = expect.toSatisfy((value: object) => Object.keys(value).length === 0, 'has no members');

export { ShardBook };

export interface Work {
  readonly target: Target;
  /** @default all of it */
  readonly range?: Range;
  readonly operation: Operation;
  readonly isVerifying?: boolean;
}

export interface Invocation {
  /** @default a shard that nobody has worked on */
  readonly book?: ShardBook;
  readonly time?: VirtualTime;
  /** The worker dies at this step of its life. @default it lives on */
  readonly diesAtStep?: number;
  readonly fault?: (call: Call) => Fault | undefined;
  /** Where the worker's client finds the service. @default the service itself */
  readonly endpoint?: string;
  /** No burst begins after this. @default never */
  readonly deadlineMs?: number;
  /** Items that may be erased without a lease. @default all */
  readonly cap?: number;
  /** @default as fast as can be */
  readonly pacer?: Pacer;
  /** Asked before each burst and batch. @default always */
  readonly mayContinue?: () => boolean;
}

/** A call as it went over the wire. */
export interface Sent extends Call {
  readonly body: string;
  readonly atMs: number;
}

export interface Worked {
  readonly end: Progress | 'killed';
  readonly sent: readonly Sent[];
  /** How long the worker's life was. */
  readonly steps: number;
  readonly book: ShardBook;
  readonly time: VirtualTime;
}

const UNBOUNDED_PER_SECOND = 1_000_000;

/** One worker: claims the shard, works on it with a client of its own, and records what it came to, unless it dies. */
export async function workOn(aws: Stores, work: Work, invocation: Invocation = {}): Promise<Worked> {
  const { book = new ShardBook(), time = new VirtualTime(), mayContinue = () => true, fault } = invocation;
  const life = new Life(invocation.diesAtStep);
  const sent: Sent[] = [];
  const surroundings = {
    time,
    life,
    ...(fault && { fault }),
    onSent: (call: Call & { readonly body: string }) => sent.push({ ...call, atMs: time.nowMs() }),
  };
  const { endpoint = aws.configuration.endpoint } = invocation;
  const { store, close } = openStore(aws, work.target.kind, endpoint, surroundings);
  const ledger = book.claim(life);
  const allowance: Allowance = {
    deadlineMs: invocation.deadlineMs ?? Number.POSITIVE_INFINITY,
    pacer: invocation.pacer ?? new Pacer(UNBOUNDED_PER_SECOND, UNBOUNDED_PER_SECOND),
    cap: invocation.cap ?? Number.POSITIVE_INFINITY,
    ledger,
    mayContinue: () => life.wait(Promise.resolve(mayContinue())),
    nowMs: time.nowMs,
    sleep: (ms) => life.wait(time.sleep(ms)),
  };
  const { target, range = { by: 'whole', selector: 0 }, operation, isVerifying = false } = work;
  const worked = store.work(target, range, operation, isVerifying, allowance).then(async (progress) => {
    await ledger.checkpoint(progress);
    return progress;
  });
  const end = await life.live(worked).finally(close);
  return { end, sent, steps: life.steps, book, time };
}

function openStore(
  aws: Stores,
  kind: StoreKind,
  endpoint: string,
  surroundings: Surroundings,
): { store: Store; close: () => void } {
  switch (kind) {
    case 'dynamodb': {
      const client = withFaults(aws.newDynamoDb({ endpoint }), surroundings);
      return { store: makeDynamoDbStore(client), close: () => client.destroy() };
    }
    case 's3': {
      const client = withFaults(aws.newS3({ endpoint }), surroundings);
      return { store: makeS3Store(client), close: () => client.destroy() };
    }
  }
}

/** The same, for a worker that comes to the end of its work. */
export async function finish(
  aws: Stores,
  work: Work,
  invocation: Invocation = {},
): Promise<Worked & { readonly progress: Progress }> {
  const worked = await workOn(aws, work, invocation);
  if (worked.end === 'killed') throw new Error('the worker was killed');
  return { ...worked, progress: worked.end };
}
