// A Parallel: all branches at once, each with the same input and variables of its own; the result is their outputs.
import type { Json } from '../kernel/json-service.ts';
import type { ParallelState, Scope } from './asl.ts';
import { type Data, toData } from './data.ts';
import type { Frame } from './frame.ts';
import { refuseLargeInput, refuseLargeResult } from './limits.ts';
import { runTogether } from './together.ts';
import { evaluate, type Visit } from './visit.ts';

export type RunScope = (scope: Scope, input: Data, frame: Frame) => Promise<Data>;

export async function runParallel(
  { Branches, Arguments }: ParallelState,
  visit: Visit,
  runScope: RunScope,
): Promise<Json> {
  const { frame, input } = visit;
  const { history } = frame.execution;
  const data = toData(Arguments === undefined ? input : await evaluate(visit, Arguments, 'Arguments'));
  refuseLargeInput(visit.name, data.json);
  history.add(frame.trail, 'ParallelStateStarted');
  const outputs = await runTogether(frame, Branches.length, Branches.length, async (index, slot) => {
    const variables = frame.variables.inner();
    try {
      const output = await runScope(Branches[index] as Scope, data, { ...frame, ...slot, variables });
      return output.value;
    } finally {
      variables.release();
    }
  });
  refuseLargeResult(visit.name, JSON.stringify(outputs));
  // AWS lets the exit of the state follow the last event of a branch, not this one.
  history.addAside(frame.trail.lastId, 'ParallelStateSucceeded');
  return outputs;
}
