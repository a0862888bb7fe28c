// A Map in inline mode: its iterations run inside the execution and write into its history.
import type { Json } from '../kernel/json-service.ts';
import type { MapState } from './asl.ts';
import { type MapItem, toData } from './data.ts';
import { Aborted } from './errors.ts';
import { evaluationFault } from './expressions.ts';
import { refuseLargeInput, refuseLargeResult } from './limits.ts';
import type { RunScope } from './parallel.ts';
import { runTogether, type Slot } from './together.ts';
import { evaluate, evaluateNumber, forItem, type Visit } from './visit.ts';

/** Iterations at a time when MaxConcurrency is 0 or absent (service quotas). */
const MAX_ITERATIONS = 40;

export async function runInlineMap(state: MapState, visit: Visit, runScope: RunScope): Promise<Json> {
  const { frame, name } = visit;
  const { history } = frame.execution;
  const limit = (await evaluateNumber(visit, state.MaxConcurrency, 'MaxConcurrency', { min: 0 })) || MAX_ITERATIONS;
  const items = await itemsOf(state, visit);
  history.add(frame.trail, 'MapStateStarted', { length: items.length });
  let lastId = frame.trail.lastId;
  const one = async (index: number, slot: Slot) => {
    history.add(slot.trail, 'MapIterationStarted', { name, index });
    const variables = frame.variables.inner();
    const item = { Index: index, Value: items[index] };
    try {
      const data = toData(await selected(state, visit, item));
      refuseLargeInput(name, data.json);
      const output = await runScope(state.ItemProcessor, data, { ...frame, ...slot, variables, item });
      lastId = history.addAside(slot.trail.lastId, 'MapIterationSucceeded', { name, index });
      return output.value;
    } catch (thrown) {
      const type = thrown instanceof Aborted ? 'MapIterationAborted' : 'MapIterationFailed';
      history.addAside(thrown instanceof Aborted ? thrown.eventId : slot.trail.lastId, type, { name, index });
      throw thrown;
    } finally {
      variables.release();
    }
  };
  const outputs = await runTogether(frame, items.length, Math.min(limit, MAX_ITERATIONS), one);
  refuseLargeResult(name, JSON.stringify(outputs));
  frame.trail.lastId = lastId;
  history.addAside(lastId, 'MapStateSucceeded');
  return outputs;
}

/** Items, or the state's input where there are none. */
export async function itemsOf(state: MapState, visit: Visit): Promise<Json[]> {
  const items = 'Items' in state ? await evaluate(visit, state.Items, 'Items') : visit.input;
  if (Array.isArray(items)) return items;
  throw evaluationFault(`Map state input must be an array but was: ${JSON.stringify(items)}`, 'Items');
}

/** What the processor is given for an item. */
export async function selected(state: MapState, visit: Visit, item: MapItem): Promise<Json> {
  return 'ItemSelector' in state ? evaluate(forItem(visit, item), state.ItemSelector, 'ItemSelector') : item.Value;
}
