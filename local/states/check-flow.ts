// Whether the states of a scope lead to one another: targets exist, every state is reached, every state can end.
import type { Json } from '../kernel/json-service.ts';
import { type Review, report } from './check-values.ts';

interface Edge {
  readonly target: Json;
  readonly path: string;
}

export function checkFlow(scope: Json, path: string, review: Review): void {
  const names = Object.keys(scope.States);
  const edges = new Map(names.map((name) => [name, edgesOf(scope.States[name], `${path}/States/${name}`)]));
  const start = { target: scope.StartAt, path: `${path}/StartAt` };
  for (const { target, path: at } of [start, ...[...edges.values()].flat()]) {
    if (edges.has(target)) continue;
    report(review, at, `MISSING_TRANSITION_TARGET: there is no state '${String(target)}' in this scope`);
  }
  const reached = closure([scope.StartAt], (name) => (edges.get(name) ?? []).map(({ target }) => target));
  const ends = names.filter((name) => isEnd(scope.States[name]));
  const ending = closure(ends, (end) => names.filter((name) => edges.get(name)?.some(({ target }) => target === end)));
  for (const name of names) {
    const at = `${path}/States/${name}`;
    if (!reached.has(name)) report(review, at, 'MISSING_TRANSITION_TARGET: no state leads here');
    else if (!ending.has(name)) report(review, at, 'MISSING_END_STATE: no way leads from here to an end');
  }
}

/** Types that always lead on or end have exactly one of Next and End. */
export function checkNextOrEnd(state: Json, path: string, review: Review): void {
  if ('Next' in state === 'End' in state) report(review, path, 'Exactly one of Next and End is required');
}

function isEnd(state: Json): boolean {
  return state?.End === true || state?.Type === 'Succeed' || state?.Type === 'Fail';
}

function edgesOf(state: Json, path: string): Edge[] {
  const fields = ['Next', 'Default'].filter((field) => field in state);
  const rules = ['Choices', 'Catch'].filter((field) => Array.isArray(state[field]));
  return [
    ...fields.map((field) => ({ target: state[field], path: `${path}/${field}` })),
    ...rules.flatMap((field) =>
      state[field].map((rule: Json, index: number) => ({
        target: rule?.Next,
        path: `${path}/${field}[${index}]/Next`,
      })),
    ),
  ];
}

/** All names that `step` leads to, over and over; a Set visits what is added to it while it is walked through. */
function closure(from: readonly string[], step: (name: string) => readonly string[]): Set<string> {
  const found = new Set(from);
  for (const name of found) for (const next of step(name)) found.add(next);
  return found;
}
