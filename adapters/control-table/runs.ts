// RUN#<run>: the state of a run and when its phases began and ended. Only `open` sets `erasing`.
import type { Outcome } from '../../contracts/report.ts';
import type { Mode } from '../../contracts/request.ts';
import type { RunStatusName, StateName, Verdict } from '../../contracts/states.ts';
import type { ControlTable, Item } from './control-table.ts';
import type { LockKeys } from './locks.ts';

export interface RunRecord {
  readonly runId: string;
  readonly executionArn: string;
  readonly startedAt: string;
  /** Absent until the run is planned. */
  readonly status?: RunStatusName;
  readonly mode?: Mode;
  readonly targetsSha256?: string;
  readonly targetsVersionId?: string;
  readonly planDigest?: string;
  readonly planVersionId?: string;
  readonly expiresAt?: string | null;
  readonly verdict?: Verdict;
  readonly decidedAt?: string;
  readonly erasingAt?: string;
  /** Targets without a drift pool, because their last recovery point is a backup of one moment. */
  readonly closedPools?: readonly string[];
  /** Secret of the hashes that stand for keys in the evidence. */
  readonly sampleSecret?: string;
  /** The locks the run is about to take, or holds. */
  readonly locks?: LockKeys;
  readonly closedAt?: string;
  readonly outcome?: Outcome;
  /** Why it did not do what was asked; null: it did. */
  readonly error?: RunError | null;
}

/** Why a run did not do what was asked. */
interface RunError {
  readonly name: string;
  readonly details: unknown;
}

interface ClosedRun {
  readonly closedAt: string;
  readonly outcome: Outcome;
  readonly error: RunError | null;
}

export interface PhaseRecord {
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

const RUN = 'RUN';
/** Executions of one name have one ARN; their start tells them apart. */
const OWN = 'attribute_not_exists(executionArn) OR (executionArn = :arn AND startedAt = :started)';
const key = (runId: string, sk = RUN) => ({ pk: `RUN#${runId}`, sk });

export class Runs {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    return asRun(await this.#table.get(key(runId)));
  }

  /** Takes the run id for one execution for ever. @returns false: another execution has used it */
  async claim(run: {
    readonly runId: string;
    readonly executionArn: string;
    readonly startedAt: string;
  }): Promise<boolean> {
    const { won } = await this.#table.update(key(run.runId), {
      expression: 'SET executionArn = :arn, startedAt = :started',
      condition: OWN,
      values: { ':arn': run.executionArn, ':started': run.startedAt },
    });
    return won;
  }

  /** Before they are taken, so that whoever ends the run knows what to free. */
  async noteLocks(runId: string, locks: LockKeys): Promise<void> {
    await this.#table.update(key(runId), {
      expression: 'SET #locks = :locks',
      names: { '#locks': 'locks' },
      values: { ':locks': locks },
    });
  }

  /** Repeatable: what the first call wrote stands. */
  async plan(run: {
    readonly runId: string;
    readonly mode: Mode;
    readonly targetsSha256: string;
    readonly targetsVersionId: string;
    readonly sampleSecret: string;
  }): Promise<void> {
    await this.#table.update(key(run.runId), {
      expression:
        'SET #status = :planned, #mode = :mode, targetsSha256 = :sha, targetsVersionId = :version, sampleSecret = :secret',
      condition: 'attribute_not_exists(#status)',
      names: { '#status': 'status', '#mode': 'mode' },
      values: {
        ':planned': 'planned',
        ':mode': run.mode,
        ':sha': run.targetsSha256,
        ':version': run.targetsVersionId,
        ':secret': run.sampleSecret,
      },
    });
  }

  seal(
    runId: string,
    sealed: { readonly planDigest: string; readonly planVersionId: string; readonly expiresAt: string | null },
  ): Promise<boolean> {
    return this.#advance(runId, 'planned', 'sealed', sealed);
  }

  /** Only *Check decision* calls this, with the proof in hand. A run that was judged otherwise stays so. */
  approve(runId: string, planDigest: string, decidedAt: string): Promise<boolean> {
    return this.#advance(runId, 'sealed', 'approved', { verdict: 'approved', decidedAt }, planDigest);
  }

  /** Only *Open erasing* calls this; the one place that sets `erasing`. */
  open(runId: string, planDigest: string, erasingAt: string, closedPools: readonly string[]): Promise<boolean> {
    return this.#advance(runId, 'approved', 'erasing', { erasingAt, closedPools }, planDigest);
  }

  /** Why a run ends without erasing. The first verdict stands. */
  async judge(runId: string, verdict: Exclude<Verdict, 'approved'>, decidedAt: string): Promise<void> {
    await this.#table.update(key(runId), {
      expression: 'SET verdict = :verdict, decidedAt = :at',
      condition: 'attribute_exists(pk) AND attribute_not_exists(verdict)',
      values: { ':verdict': verdict, ':at': decidedAt },
    });
  }

  /**
   * Closes the run; the first closing stands and is returned, so that a repeated report says the same, whoever writes it.
   * @returns undefined: the run id belongs to another execution
   */
  async close(
    run: { readonly runId: string; readonly executionArn: string; readonly startedAt: string },
    outcome: Outcome,
    closedAt: string,
    error: RunError | null = null,
  ): Promise<ClosedRun | undefined> {
    const { won, item } = await this.#table.update(key(run.runId), {
      expression: `SET #status = :closed, executionArn = :arn, startedAt = :started,
        closedAt = if_not_exists(closedAt, :at), outcome = if_not_exists(outcome, :outcome),
        #error = if_not_exists(#error, :error)`,
      condition: OWN,
      names: { '#status': 'status', '#error': 'error' },
      values: {
        ':closed': 'closed',
        ':arn': run.executionArn,
        ':started': run.startedAt,
        ':at': closedAt,
        ':outcome': outcome,
        ':error': JSON.stringify(error),
      },
    });
    if (!won) return undefined;
    return {
      closedAt: String(item?.['closedAt']),
      outcome: item?.['outcome'] as Outcome,
      error: JSON.parse(String(item?.['error'])),
    };
  }

  async beginPhase(runId: string, name: StateName, at: string): Promise<void> {
    await this.#table.update(key(runId, `PHASE#${name}`), {
      expression: 'SET #name = :name, startedAt = if_not_exists(startedAt, :at)',
      names: { '#name': 'name' },
      values: { ':name': name, ':at': at },
    });
  }

  async endPhase(runId: string, name: StateName, at: string): Promise<void> {
    await this.#table.update(key(runId, `PHASE#${name}`), {
      expression: 'SET #name = :name, endedAt = if_not_exists(endedAt, :at)',
      names: { '#name': 'name' },
      values: { ':name': name, ':at': at },
    });
  }

  async phases(runId: string): Promise<PhaseRecord[]> {
    const items = await this.#table.query(`RUN#${runId}`);
    return items
      .filter((item) => String(item['sk']).startsWith('PHASE#') && item['startedAt'] !== undefined)
      .map((item) => ({
        name: String(item['name']),
        startedAt: String(item['startedAt']),
        endedAt: item['endedAt'] === undefined ? null : String(item['endedAt']),
      }))
      .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  /** One step forward on the condition that the last one was taken; true also when it had been taken with the same values. */
  async #advance(
    runId: string,
    from: RunStatusName,
    to: RunStatusName,
    set: Item,
    planDigest?: string,
  ): Promise<boolean> {
    const fields = Object.entries(set);
    const { won, item } = await this.#table.update(key(runId), {
      expression: `SET #status = :to, ${fields.map((_, at) => `#f${at} = :f${at}`).join(', ')}`,
      condition: [
        '#status = :from',
        ...(planDigest === undefined ? [] : ['planDigest = :digest']),
        ...('verdict' in set ? ['attribute_not_exists(verdict)'] : []),
      ].join(' AND '),
      names: { '#status': 'status', ...Object.fromEntries(fields.map(([name], at) => [`#f${at}`, name])) },
      values: {
        ':to': to,
        ':from': from,
        ...(planDigest !== undefined && { ':digest': planDigest }),
        ...Object.fromEntries(fields.map(([, value], at) => [`:f${at}`, value])),
      },
    });
    const isRepeat =
      item?.['status'] === to &&
      (planDigest === undefined ? item['planDigest'] === set['planDigest'] : item['planDigest'] === planDigest);
    return won || isRepeat;
  }
}

function asRun(item: Item | undefined): RunRecord | undefined {
  if (!item) return undefined;
  const { pk, sk: _, error, ...rest } = item;
  const parsed = error === undefined ? {} : { error: JSON.parse(String(error)) };
  return { runId: String(pk).slice('RUN#'.length), ...rest, ...parsed } as unknown as RunRecord;
}
