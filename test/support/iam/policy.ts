// A little evaluator of IAM policies: as much of the language as Lethe's policies use, and an error for the rest.

export interface Call {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request; absent ones are absent. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An explicit denial wins; what nothing allows is denied. */
export function allows(policy: string, call: Call): boolean {
  const { Version, Statement } = JSON.parse(policy) as { Version: string; Statement: readonly Statement[] };
  if (Version !== '2012-10-17') throw new Error(`variables need version 2012-10-17, not ${Version}`);
  return permits(Statement, call);
}

export function permits(statements: readonly Statement[], call: Call): boolean {
  const applying = statements.filter((statement) => applies(statement, call));
  return applying.length > 0 && applying.every(({ Effect }) => Effect === 'Allow');
}

export function applies(statement: Statement, { action, resource, context = {} }: Call): boolean {
  const { Action, NotAction = [], Resource, Condition = {} } = statement;
  const names = (patterns: string | readonly string[]) => [patterns].flat().some((pattern) => isLike(action, pattern));
  return (
    (Action === undefined ? !names(NotAction) : names(Action)) &&
    [Resource].flat().some((pattern) => isLike(resource, pattern)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, context[key], [values].flat())),
    )
  );
}

function holds(operator: string, given: string | readonly string[] | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'StringLike':
      return typeof given === 'string' && values.some((pattern) => isLike(given, pattern));
    case 'StringEquals':
      return typeof given === 'string' && values.map(withoutVariables).includes(given);
    case 'ForAllValues:StringLike':
      return [given ?? []].flat().every((one) => values.some((pattern) => isLike(one, pattern)));
    case 'ForAllValues:StringEquals':
      return [given ?? []].flat().every((one) => values.map(withoutVariables).includes(one));
    case 'Null':
      return (given === undefined) === (values[0] === 'true');
    default:
      throw new Error(`the evaluator does not know ${operator}`);
  }
}

/** `*` any characters, `?` one, `${*}` and the like themselves; another variable would be filled in by IAM. */
function isLike(text: string, pattern: string): boolean {
  const source = pattern.replace(/\$\{([^}]*)\}|[*?]|[\\^$.|+()[\]{}]/g, (match, variable?: string) => {
    if (variable !== undefined) return `\\${literalOf(variable)}`;
    if (match === '*') return '[^]*';
    return match === '?' ? '[^]' : `\\${match}`;
  });
  return new RegExp(`^${source}$`).test(text);
}

function withoutVariables(value: string): string {
  return value.replace(/\$\{([^}]*)\}/g, (_, variable: string) => literalOf(variable));
}

function literalOf(variable: string): string {
  if (!['*', '?', '$'].includes(variable)) throw new Error(`IAM would fill in \${${variable}}`);
  return variable;
}
