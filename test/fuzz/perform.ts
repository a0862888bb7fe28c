// Carries out one run of a case: starts it, writes meanwhile, decides or stops as planned, and gathers what can be seen.
import type { CallRecord } from '../../local/kernel/call-record.ts';
import type { Deployment } from './deployment.ts';
import type { Case, Intrusion, PlannedRun } from './model.ts';
import type { Observed, Posted } from './oracle/observed.ts';
import { readStores, write } from './stores.ts';
import type { World } from './world.ts';

/** No run of a case takes longer, unless it hangs. */
const MAX_WALL_MS = 90_000;
const MAX_SERVICE_MS = 24 * 3_600_000;
const DELETIONS = /^(BatchWriteItem|DeleteItem|DeleteObjects?)$/;
const ATTEMPTS = 20;
const BETWEEN_ATTEMPTS_MS = 50;

export async function perform(
  deployment: Deployment,
  one: Case,
  run: PlannedRun,
  runId: string,
  world: World,
): Promise<Observed> {
  const performing = new Performing(deployment, one, run, runId, world);
  return performing.run();
}

class Performing {
  readonly #deployment: Deployment;
  readonly #case: Case;
  readonly #run: PlannedRun;
  readonly #runId: string;
  readonly #world: World;
  readonly #calls: CallRecord[] = [];
  readonly #posted: Posted[] = [];
  readonly #pending: Intrusion[];
  /** Writes of others follow each other, so that the last of a key is known. */
  #intruding: Promise<void> = Promise.resolve();
  #interrupting: Promise<void> | undefined;
  #deletes = 0;
  readonly #resources: ReadonlySet<string>;

  constructor(deployment: Deployment, one: Case, run: PlannedRun, runId: string, world: World) {
    this.#deployment = deployment;
    this.#case = one;
    this.#run = run;
    this.#runId = runId;
    this.#world = world;
    this.#pending = [...run.intrusions];
    this.#resources = new Set(Object.values(one.catalog.stores).flatMap(({ table, bucket }) => table ?? bucket ?? []));
  }

  async run(): Promise<Observed> {
    const deployment = this.#deployment;
    const { clock } = deployment.local;
    const [wallMs, serviceMs] = [performance.now(), clock.nowMs()];
    const isLate = () => performance.now() - wallMs > MAX_WALL_MS || clock.nowMs() - serviceMs > MAX_SERVICE_MS;
    this.#world.isDuring = true;
    const unsubscribe = deployment.listen((call) => this.#onCall(call));
    try {
      await deployment.start(this.#runId, this.#run.request);
      await this.#decide(isLate);
      const hasEnded = () => (deployment.ended(this.#runId) !== undefined && deployment.isIdle) || isLate();
      while (!hasEnded()) await deployment.nextChange();
      // Services may fail for longer than anybody tries again; once they work, an operator closes the run.
      if (!isLate() && (await deployment.closeAgain())) {
        deployment.injectFaults(null);
        do await deployment.nextChange();
        while (!hasEnded());
      }
    } finally {
      unsubscribe();
    }
    await this.#interrupting;
    await this.#intruding;
    return this.#observe(!isLate());
  }

  async #observe(hasEnded: boolean): Promise<Observed> {
    const deployment = this.#deployment;
    const { catalog, shapes, faults } = this.#case;
    const isErasing = this.#deletes > 0;
    return {
      catalog,
      shapes,
      run: this.#run,
      runId: this.#runId,
      hasFaults: faults !== null,
      isInterrupted: this.#interrupting !== undefined,
      hasIntruders: this.#world.intruded > 0,
      ended: hasEnded ? (deployment.ended(this.#runId) ?? null) : null,
      known: this.#world,
      found: await readStores(deployment, shapes),
      evidence: await deployment.evidence(this.#runId),
      posted: this.#posted,
      calls: this.#calls,
      erasingSinceMs: isErasing ? await deployment.enteredAt(this.#runId, 'Erase shard') : null,
      finalisingSinceMs: isErasing ? await deployment.enteredAt(this.#runId, 'Finalise shard') : null,
    };
  }

  #onCall(call: CallRecord): void {
    if (call.by === 'caller') return;
    this.#calls.push(call);
    if (this.#resources.has(call.resource ?? '') && DELETIONS.test(call.operation)) this.#deletes++;
    const isDue = ({ at }: Intrusion) =>
      at !== 'approval' && ('calls' in at ? at.calls <= this.#calls.length : at.deletes <= this.#deletes);
    this.#intrude(isDue);
    const { ending } = this.#run;
    if ('calls' in ending && ending.calls <= this.#calls.length) this.#interrupt(ending.kind);
  }

  #intrude(isDue: (intrusion: Intrusion) => boolean): void {
    for (const intrusion of this.#pending.filter(isDue)) {
      this.#pending.splice(this.#pending.indexOf(intrusion), 1);
      this.#intruding = this.#intruding.then(async () => {
        for (const one of intrusion.writes) await write(this.#deployment, one, this.#world);
      });
    }
  }

  #interrupt(kind: 'stop' | 'abort'): void {
    this.#interrupting ??= this.#deployment[kind](this.#runId);
  }

  /** Waits until approval is asked for, and does what was planned; nothing where it is not asked for. */
  async #decide(isLate: () => boolean): Promise<void> {
    const { approvers, required } = this.#case.catalog.approval;
    const deployment = this.#deployment;
    for (;;) {
      if (deployment.ended(this.#runId) || isLate()) return;
      if (required > 0 && (await deployment.approvalMails(this.#runId)).length >= approvers.length) break;
      await deployment.nextChange();
    }
    this.#intrude(({ at }) => at === 'approval');
    await this.#intruding;
    const { kind } = this.#run.ending;
    if (kind === 'expire') return;
    const count = kind === 'reject' ? 1 : required;
    for (const approver of approvers.slice(0, count))
      await this.#post(approver, kind === 'reject' ? 'reject' : 'approve');
  }

  /** As a person does: again when the page fails, and never against the run's end. */
  async #post(approver: string, decision: Posted['decision']): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (this.#deployment.ended(this.#runId)) return;
      const mail = (await this.#deployment.approvalMails(this.#runId)).find(({ to }) => to === approver);
      const status = await this.#tryPost(mail?.links.approve ?? '', decision);
      if (status !== 500 && status !== 502 && status !== 404) {
        this.#posted.push({ by: approver, decision, status });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_ATTEMPTS_MS));
    }
  }

  async #tryPost(link: string, decision: Posted['decision']): Promise<number> {
    const page = await fetch(link);
    // Without a page there is no form to send.
    if (page.status >= 500) return page.status;
    const digest = /name="digest" value="([^"]*)"/.exec(await page.text())?.[1] ?? '';
    const { phrase = '' } = this.#run.request;
    const fields: Record<string, string> =
      decision === 'reject' ? { digest, decision, reason: 'fuzz' } : { digest, decision, phrase };
    const response = await fetch(link, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams(fields),
    });
    await response.text();
    return response.status;
  }
}
