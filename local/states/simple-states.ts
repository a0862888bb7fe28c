// What Fail, Wait and Choice do.
import type { ChoiceState, FailState, WaitState } from './asl.ts';
import { StateFault, StatesError } from './errors.ts';
import { unexpectedType } from './expressions.ts';
import { MAX_SECONDS } from './limits.ts';
import { millisOf, TIMESTAMP_FORM } from './timestamps.ts';
import { evaluate, evaluateNumber, evaluateText, type Result, type Visit } from './visit.ts';

export async function runFail({ Error: error, Cause: cause }: FailState, visit: Visit): Promise<StatesError> {
  const errorName = error === undefined ? undefined : await evaluateText(visit, error, 'Error');
  const causeText = cause === undefined ? undefined : await evaluateText(visit, cause, 'Cause');
  return new StatesError(errorName, causeText);
}

export async function runWait(state: WaitState, visit: Visit): Promise<void> {
  const { host, signal } = visit.frame;
  const seconds = await evaluateNumber(visit, state.Seconds, 'Seconds', { min: 0, max: MAX_SECONDS });
  const delayMs = seconds === undefined ? (await timestampOf(state, visit)) - host.clock.nowMs() : seconds * 1000;
  await host.clock.sleep(Math.max(0, delayMs), signal);
}

async function timestampOf({ Timestamp = '' }: WaitState, visit: Visit): Promise<number> {
  const text = await evaluateText(visit, Timestamp, 'Timestamp');
  const atMs = millisOf(text);
  if (atMs !== undefined) return atMs;
  throw new StateFault('States.Runtime', `The Timestamp is '${text}'; allowed is ${TIMESTAMP_FORM}.`, 'Timestamp');
}

export async function runChoice(state: ChoiceState, visit: Visit): Promise<Result> {
  for (const [index, rule] of state.Choices.entries()) {
    const location = `Choices[${index}]/Condition`;
    const isChosen = await evaluate(visit, rule.Condition, location);
    if (typeof isChosen !== 'boolean') throw unexpectedType(rule.Condition, location, 'boolean', isChosen);
    if (isChosen) return { rule, at: `Choices[${index}]/`, fallback: visit.input };
  }
  if (state.Default !== undefined) return { rule: { Next: state.Default }, fallback: visit.input };
  const text = 'Failed to transition out of the state. The state does not point to a next state.';
  throw new StateFault('States.Runtime', text);
}
