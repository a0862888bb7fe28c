// What Step Functions and this service refuse in a JSONata expression before it ever runs.
import type jsonata from 'jsonata';

/** Members of `$states` besides input and context, which every field has. */
export type StatesMember = 'result' | 'errorOutput';

interface Spot {
  /** Whether names here would be read against the top-level context, which an expression in a state does not have. */
  readonly isTop: boolean;
  readonly members: readonly string[];
  readonly problems: string[];
}

type Node = Readonly<Record<string, unknown>>;

/** Parts of a syntax tree whose context item is the value they are applied to. */
const OWN_CONTEXT = new Set(['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete']);

/** What AWS refuses (names, `$` and `$$` at the top level, a `$states` member not given here) and what this service does not do. */
export function problemsOf(expression: jsonata.Expression, more: readonly StatesMember[]): string[] {
  const spot: Spot = { isTop: true, members: ['input', 'context', ...more], problems: [] };
  walk(expression.ast(), spot);
  return spot.problems;
}

function walk(part: unknown, spot: Spot): void {
  if (Array.isArray(part)) {
    for (const item of part) walk(item, spot);
    return;
  }
  if (part === null || typeof part !== 'object') return;
  const node = part as Node;
  look(node, spot);
  for (const [key, child] of Object.entries(node)) {
    const inner = { ...spot, isTop: spot.isTop && !OWN_CONTEXT.has(key) };
    if (node['type'] === 'path' && key === 'steps') walkSteps(child as Node[], inner);
    else walk(child, inner);
  }
}

/** Only the first step of a path is read against the context the path stands in. */
function walkSteps(steps: readonly Node[], spot: Spot): void {
  const [first, second] = steps;
  if (first?.['type'] === 'variable' && first['value'] === 'states' && second?.['type'] === 'name') {
    const name = String(second['value']);
    if (!spot.members.includes(name)) {
      spot.problems.push(
        `Reference to '$states.${name}' is not supported here; allowed are ${spot.members.join(', ')}.`,
      );
    }
  }
  for (const [index, step] of steps.entries()) walk(step, { ...spot, isTop: spot.isTop && index === 0 });
}

function look(node: Node, { isTop, problems }: Spot): void {
  const { type, value } = node;
  if (type === 'variable' && value === '$') problems.push("Reference to '$$' is not supported.");
  if (type === 'variable' && value === 'eval') problems.push("Function '$eval' is not supported; use '$parse'.");
  if (type === 'function') lookAtCall(node, problems);
  if (!isTop) return;
  if (type === 'name') problems.push(`Reference to '${String(value)}' at the top level is not supported.`);
  if (type === 'variable' && value === '') problems.push("Reference to '$' at the top level is not supported.");
  if (type === 'wildcard' || type === 'descendant' || type === 'parent') {
    problems.push(`Operator '${String(value ?? '%')}' at the top level is not supported.`);
  }
}

/** AWS's generator behind a seed is not documented; a picture without a date would take it from the machine's clock. */
function lookAtCall(node: Node, problems: string[]): void {
  const called = (node['procedure'] as Node | undefined)?.['value'];
  const given = (node['arguments'] as readonly unknown[]).length;
  if (called === 'random' && given > 0) problems.push("'$random' with a seed is not implemented by the embedded AWS.");
  if (called === 'toMillis' && given > 1) {
    problems.push("'$toMillis' with a picture is not implemented by the embedded AWS.");
  }
}
