// A Map in distributed mode: a map run whose children are executions of their own.
import type { Json } from '../kernel/json-service.ts';
import type { MapState } from './asl.ts';
import { toData } from './data.ts';
import { Aborted, asStatesError, StatesError } from './errors.ts';
import type { Execution } from './execution.ts';
import { itemsOf, selected } from './inline-map.ts';
import { type ItemSource, readItems, sourceOfItems } from './item-reader.ts';
import { refuseLargeInput, refuseLargeResult } from './limits.ts';
import { MapRun, type MapRunSettings } from './map-run.ts';
import { type ResultTarget, recordOf, targetOfResults, writeResults } from './result-writer.ts';
import { evaluateNumber, type Visit } from './visit.ts';

/** Children at a time when MaxConcurrency is 0 or absent, and at most (service quotas). */
const MAX_CHILDREN = 10_000;

/** "A Map Run can continue to run even after the parent workflow stops or times out" (developer guide, redriving). */
const OUTLIVES_MS = 10_000;

const PERCENT = { min: 0, max: 100, isWhole: false };

/** What the fields of the state came to. */
interface Plan {
  readonly settings: MapRunSettings;
  readonly source: ItemSource | undefined;
  readonly items: Json[];
  readonly target: ResultTarget | undefined;
}

export async function runMapRun(state: MapState, visit: Visit): Promise<Json> {
  const { frame, name } = visit;
  const { execution, host, signal, trail } = frame;
  const plan = await planOf(state, visit);
  signal.throwIfAborted();
  execution.history.add(trail, 'MapStateStarted', { length: plan.items.length });
  const run = new MapRun(execution, plan.settings, host.place, host.clock);
  host.addMapRun(run);
  execution.history.add(trail, 'MapRunStarted', { mapRunArn: run.arn });
  execution.notify({ type: 'MapRunStarted', state: name, label: plan.settings.label });
  const end = (status: 'SUCCEEDED' | 'FAILED' | 'ABORTED') => {
    run.end(status);
    execution.notify({ type: 'MapRunEnded', state: name, label: plan.settings.label });
  };
  const onAbort = () => {
    run.stop();
    // Of a branch that another one failed, the execution itself goes on, and the run ends with it.
    if (execution.status === 'RUNNING') end('ABORTED');
    else host.clock.after(OUTLIVES_MS, () => end('ABORTED'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const output = await outputOf(state, visit, plan, run);
    end('SUCCEEDED');
    execution.history.add(trail, 'MapRunSucceeded');
    // AWS lets the exit of the state follow the end of the map run, not this event.
    execution.history.addAside(trail.lastId, 'MapStateSucceeded');
    return output;
  } catch (thrown) {
    if (thrown instanceof Aborted) {
      execution.history.addAside(thrown.eventId, 'MapRunAborted');
      throw thrown;
    }
    end('FAILED');
    const { errorName, causeText } = asStatesError(thrown);
    execution.history.add(trail, 'MapRunFailed', { error: errorName, cause: causeText });
    throw thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function planOf(state: MapState, visit: Visit): Promise<Plan> {
  const number = (field: 'MaxConcurrency' | 'ToleratedFailureCount') =>
    evaluateNumber(visit, state[field], field, { min: 0 });
  const percentage = state.ToleratedFailurePercentage;
  const settings = {
    label: state.Label ?? '',
    maxConcurrency: (await number('MaxConcurrency')) ?? 0,
    toleratedFailureCount: await number('ToleratedFailureCount'),
    toleratedFailurePercentage: await evaluateNumber(visit, percentage, 'ToleratedFailurePercentage', PERCENT),
  };
  const target = state.ResultWriter && (await targetOfResults(state.ResultWriter, visit));
  const source = state.ItemReader && (await sourceOfItems(state.ItemReader, visit));
  return { settings, target, source, items: source ? [] : await itemsOf(state, visit) };
}

/** Results are written however the run ends: of a run that fails or is stopped they tell what never started. */
async function outputOf(state: MapState, visit: Visit, plan: Plan, run: MapRun): Promise<Json> {
  const { signal, host } = visit.frame;
  run.takeItems(plan.source ? await readItems(plan.source, visit) : plan.items);
  signal.throwIfAborted();
  const { failure, children } = await runChildren(state, visit, run);
  const written =
    plan.target && (await writeResults(plan.target, run, await pendingOf(state, visit, run), host.objects));
  signal.throwIfAborted();
  if (failure) throw failure.thrown;
  if (written) return written;
  const results = children.map((child) =>
    child.ending?.status === 'SUCCEEDED' ? child.ending.output : recordOf(child),
  );
  const json = `[${results.join(',')}]`;
  refuseLargeResult(visit.name, json);
  return JSON.parse(json);
}

async function pendingOf(state: MapState, visit: Visit, run: MapRun): Promise<Json[]> {
  const inputs: Json[] = [];
  for (const item of run.waiting()) inputs.push(await selected(state, visit, item));
  return inputs;
}

interface Ended {
  /** What made the run fail, if it did. */
  readonly failure: { readonly thrown: unknown } | undefined;
  /** In the order of their items; with holes where none was started. */
  readonly children: Execution[];
}

async function runChildren(state: MapState, visit: Visit, run: MapRun): Promise<Ended> {
  const { host } = visit.frame;
  const children: Execution[] = [];
  let failed = 0;
  let failure: Ended['failure'];
  const work = async () => {
    for (let item = run.nextItem(); item; item = run.nextItem()) {
      const input = toData(await selected(state, visit, item));
      refuseLargeInput(visit.name, input.json);
      const child = run.startChild(item.Index, input.json);
      if (!child) return;
      children[item.Index] = child;
      await host.runChild(child, state.ItemProcessor, input, item);
      if (child.status === 'FAILED') failed++;
      if (run.isBeyondTolerance(failed)) throw exceeded();
    }
  };
  const guarded = () =>
    work().catch((thrown: unknown) => {
      failure ??= { thrown };
      run.stop();
    });
  const limit = Math.min(run.settings.maxConcurrency || MAX_CHILDREN, MAX_CHILDREN, run.counts().total);
  await Promise.all(Array.from({ length: limit }, guarded));
  return { failure, children };
}

function exceeded(): StatesError {
  return new StatesError(
    'States.ExceedToleratedFailureThreshold',
    'The specified tolerated failure threshold was exceeded',
  );
}
