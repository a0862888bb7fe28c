// LOCK#<scope>: mutual exclusion of overlapping scopes, and the cooldown of scopes that were erased.
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { ControlTable, Item, Key } from './control-table.ts';

/** Scope ids as lock keys, from core/request/lock-keys. */
export interface LockKeys {
  /** The lock one run holds: the outermost id, or `everything`. */
  readonly held: string;
  /** The scope itself and all that contain it, `everything` included: none may be cooling down. */
  readonly cooling: readonly string[];
  /** The scope itself, which cools down after it was erased. */
  readonly own: string;
}

export type Acquired =
  | { readonly is: 'acquired' }
  /** Another run holds an overlapping scope. */
  | { readonly is: 'held'; readonly by: readonly string[] }
  | { readonly is: 'cooling'; readonly untilMs: number; readonly by: string };

const EVERYTHING = 'everything';
const FREE = '(attribute_not_exists(holder) OR holder = :run)';
const COOL = '(attribute_not_exists(coolUntilMs) OR coolUntilMs <= :now)';

export class Locks {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  /** One transaction, so that two runs of overlapping scopes never both hold. Repeatable by the same run. */
  async acquire(keys: LockKeys, runId: string, nowMs: number): Promise<Acquired> {
    try {
      await this.#table.documents.send(
        new TransactWriteCommand({ TransactItems: this.#acquisition(keys, runId, nowMs) }),
      );
      return { is: 'acquired' };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const blocked = await this.#whatBlocks(keys, runId, nowMs);
      if (blocked === undefined) throw error;
      return blocked;
    }
  }

  /**
   * Frees what the run holds and, for an erased scope, starts the cooldown; nothing where the run holds nothing. The
   * cooldown comes first: whoever finds the lock free finds the scope cooling down.
   */
  async release(keys: LockKeys, runId: string, coolUntilMs: number | null): Promise<void> {
    const held = await this.#table.get(lockKey(keys.held));
    if (coolUntilMs !== null && held?.['holder'] === runId) {
      await this.#table.update(lockKey(keys.own), {
        expression: 'SET coolUntilMs = :until, coolBy = :run',
        values: { ':until': coolUntilMs, ':run': runId },
      });
    }
    await this.#table.update(lockKey(keys.held), {
      expression: 'REMOVE holder',
      condition: 'holder = :run',
      values: { ':run': runId },
    });
    if (keys.held !== EVERYTHING) await this.#leaveEverything(runId);
  }

  /** Also where it is still inside everything: `release` leaves that last. */
  async isHeldBy(keys: LockKeys, runId: string): Promise<boolean> {
    const [held, everything] = await Promise.all([keys.held, EVERYTHING].map((key) => this.#table.get(lockKey(key))));
    return holdersOf(held, false).includes(runId) || holdersOf(everything, true).includes(runId);
  }

  /** Takes a lock from a run that is known to be over, on the condition that it still holds it. */
  async evict(keys: LockKeys, runId: string): Promise<void> {
    const isHolder = { condition: 'holder = :run', values: { ':run': runId } };
    await this.#table.update(lockKey(keys.held), { expression: 'REMOVE holder', ...isHolder });
    await this.#table.update(lockKey(EVERYTHING), { expression: 'REMOVE holder', ...isHolder });
    await this.#leaveEverything(runId);
  }

  async #leaveEverything(runId: string): Promise<void> {
    await this.#table.update(lockKey(EVERYTHING), {
      expression: 'DELETE inside :runs',
      values: { ':runs': new Set([runId]) },
    });
  }

  #acquisition(keys: LockKeys, runId: string, nowMs: number): TransactWriteCommandInput['TransactItems'] {
    const values = { ':run': runId, ':now': nowMs };
    const isWhole = keys.held === EVERYTHING;
    const hold = {
      expression: 'SET holder = :run',
      condition: `${FREE} AND ${COOL}${isWhole ? ' AND attribute_not_exists(inside)' : ''}`,
      values,
    };
    const enter = {
      expression: 'ADD inside :runs',
      condition: `${FREE} AND ${COOL}`,
      values: { ...values, ':runs': new Set([runId]) },
    };
    const others = keys.cooling.filter((key) => key !== keys.held && key !== EVERYTHING);
    return [
      { Update: this.#table.updateInput(lockKey(keys.held), hold) },
      ...(isWhole ? [] : [{ Update: this.#table.updateInput(lockKey(EVERYTHING), enter) }]),
      ...others.map((key) => ({
        ConditionCheck: {
          TableName: this.#table.name,
          Key: { ...lockKey(key) },
          ConditionExpression: COOL,
          ExpressionAttributeValues: { ':now': nowMs },
        },
      })),
    ];
  }

  async #whatBlocks(keys: LockKeys, runId: string, nowMs: number): Promise<Acquired | undefined> {
    const items = await Promise.all(keys.cooling.map((key) => this.#table.get(lockKey(key))));
    const cooling = items.find((item) => item?.['coolUntilMs'] !== undefined && Number(item['coolUntilMs']) > nowMs);
    if (cooling) return { is: 'cooling', untilMs: Number(cooling['coolUntilMs']), by: String(cooling['coolBy']) };
    const relevant = await Promise.all([keys.held, EVERYTHING].map((key) => this.#table.get(lockKey(key))));
    const by = [...new Set(relevant.flatMap((item) => holdersOf(item, keys.held === EVERYTHING)))];
    const others = by.filter((holder) => holder !== runId);
    return others.length === 0 ? undefined : { is: 'held', by: others };
  }
}

function holdersOf(item: Item | undefined, withInside: boolean): string[] {
  const holder = item?.['holder'];
  const inside = withInside && item?.['inside'] instanceof Set ? ([...item['inside']] as string[]) : [];
  return [...(typeof holder === 'string' ? [holder] : []), ...inside];
}

const lockKey = (key: string): Key => ({ pk: `LOCK#${key}`, sk: 'LOCK' });
