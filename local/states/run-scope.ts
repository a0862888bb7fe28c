// Walks through the states of a scope: attempts each, tries again, catches, and goes where the outcome leads.
import { type Catcher, isDistributed, type Retrier, type Scope, type State } from './asl.ts';
import type { Data } from './data.ts';
import { runMapRun } from './distributed-map.ts';
import { Aborted, asStatesError, matches, StateFault, type StatesError } from './errors.ts';
import type { Frame } from './frame.ts';
import { runInlineMap } from './inline-map.ts';
import { runParallel } from './parallel.ts';
import { Retries } from './retries.ts';
import { runChoice, runFail, runWait } from './simple-states.ts';
import { runTask } from './task.ts';
import { enter, leave, type Result, type Step, type Visit } from './visit.ts';

/** States after which other work of this process gets its turn. */
const STATES_PER_TURN = 64;
let statesRun = 0;

/** Types with an event for a state that another one stopped. */
const CAN_BE_ABORTED = new Set<State['Type']>(['Task', 'Wait', 'Parallel', 'Map']);

export async function runScope(scope: Scope, input: Data, frame: Frame): Promise<Data> {
  let data = input;
  for (let name: string | undefined = scope.StartAt; name !== undefined; ) {
    statesRun++;
    if (statesRun % STATES_PER_TURN === 0) await new Promise(setImmediate);
    const step: Step = await runState(name, stateOf(scope, name), data, frame);
    data = step.data;
    name = step.next;
  }
  return data;
}

function stateOf(scope: Scope, name: string): State {
  const state = scope.States[name];
  if (!state) throw new Error(`No state '${name}'; checks of the definition should have found that`);
  return state;
}

async function runState(name: string, state: State, input: Data, frame: Frame): Promise<Step> {
  const visit = enter(name, state, input, frame);
  try {
    return await attempt(state, visit);
  } catch (thrown) {
    if (!(thrown instanceof Aborted)) throw located(thrown, visit);
    if (CAN_BE_ABORTED.has(state.Type)) frame.execution.history.addAside(thrown.eventId, `${state.Type}StateAborted`);
    throw thrown;
  }
}

async function attempt(state: State, visit: Visit): Promise<Step> {
  const { host, execution, signal, trail } = visit.frame;
  const { Retry, Catch } = guardsOf(state);
  const retries = new Retries(Retry, host.random);
  for (;;) {
    try {
      return await leave(visit, await perform(state, visit));
    } catch (thrown) {
      if (thrown instanceof Aborted) throw thrown;
      const error = located(thrown, visit);
      const delayMs = retries.delayAfter(error);
      if (delayMs !== undefined) {
        await host.clock.sleep(delayMs, signal);
        visit.context.State.RetryCount++;
        continue;
      }
      if (state.Type === 'Map' || state.Type === 'Parallel') execution.history.add(trail, `${state.Type}StateFailed`);
      const index = Catch.findIndex(({ ErrorEquals }) => matches(ErrorEquals, error));
      const rule = Catch[index];
      if (!rule) throw error;
      return leave(visit, {
        rule,
        at: `Catch[${index}]/`,
        fallback: error.output,
        more: { errorOutput: error.output },
      });
    }
  }
}

async function perform(state: State, visit: Visit): Promise<Result> {
  switch (state.Type) {
    case 'Pass':
    case 'Succeed':
      return { rule: state, fallback: visit.input };
    case 'Fail':
      throw await runFail(state, visit);
    case 'Wait':
      await runWait(state, visit);
      return { rule: state, fallback: visit.input };
    case 'Choice':
      return runChoice(state, visit);
    case 'Task':
      return resultOf(state, await runTask(state, visit));
    case 'Parallel':
      return resultOf(state, await runParallel(state, visit, runScope));
    case 'Map':
      return resultOf(
        state,
        await (isDistributed(state) ? runMapRun(state, visit) : runInlineMap(state, visit, runScope)),
      );
  }
}

function resultOf(rule: Result['rule'], result: Data['value']): Result {
  return { rule, fallback: result, more: { result } };
}

function guardsOf(state: State): { Retry: readonly Retrier[]; Catch: readonly Catcher[] } {
  const guarded = state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map';
  return { Retry: (guarded && state.Retry) || [], Catch: (guarded && state.Catch) || [] };
}

/** The error as Retry, Catch and the history see it; evaluations that failed are events of their own. */
function located(thrown: unknown, visit: Visit): StatesError {
  const error = asStatesError(thrown);
  if (!(error instanceof StateFault)) return error;
  const { name, frame, enteredId } = visit;
  const told = error.inState(name, enteredId);
  if (error.errorName === 'States.QueryEvaluationError') {
    const details = { error: told.errorName, cause: told.causeText, location: error.location, state: name };
    frame.execution.history.add(frame.trail, 'EvaluationFailed', details);
  }
  return told;
}
