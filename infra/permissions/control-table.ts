// Who may do what in the control table, by key family: the verbs of its adapter, as actions with leading keys.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { FunctionName } from '../../contracts/functions.ts';

/** First part of a partition key, up to its `#` (design.md, section 7). */
type Family = 'RUN' | 'ABORT' | 'PROTECT' | 'BACKUP' | 'REQUEST' | 'LOCK' | 'POOL' | 'SHARD' | 'APPROVAL' | 'LINK';

type Verb = 'get' | 'query' | 'put' | 'update' | 'check' | 'remove';

/** An update whose condition does not hold reads what stands instead. */
const ACTIONS: Readonly<Record<Verb, readonly string[]>> = {
  get: ['dynamodb:GetItem'],
  query: ['dynamodb:Query'],
  put: ['dynamodb:PutItem'],
  update: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
  check: ['dynamodb:ConditionCheckItem'],
  remove: ['dynamodb:DeleteItem'],
};

type Families = Readonly<Partial<Record<Family, readonly Verb[]>>>;

const CONTROL: Readonly<Record<FunctionName, Families>> = {
  'plan-run': { RUN: ['update'], REQUEST: ['update'], LOCK: ['update', 'check'], ABORT: ['update'], SHARD: ['query'] },
  'protect-target': { RUN: ['get'], ABORT: ['get'], PROTECT: ['get', 'put'], BACKUP: ['query', 'update'] },
  'work-shard': { RUN: ['get'], ABORT: ['get'], SHARD: ['update', 'put'], POOL: ['update'] },
  'seal-plan': { RUN: ['update'], ABORT: ['get'], PROTECT: ['query'], SHARD: ['query'], POOL: ['update'] },
  'request-approval': { RUN: ['update'], ABORT: ['get'], APPROVAL: ['put', 'update'], LINK: ['put'] },
  'check-decision': { RUN: ['update'], ABORT: ['get'], APPROVAL: ['get'], PROTECT: ['query'] },
  'weigh-pass': { RUN: ['get'], ABORT: ['get'], SHARD: ['query'] },
  'close-run': { RUN: ['get'], ABORT: ['update'], SHARD: ['query'], LOCK: ['update'] },
  'write-report': {
    RUN: ['query', 'update'],
    ABORT: ['update'],
    APPROVAL: ['update'],
    PROTECT: ['query'],
    SHARD: ['query'],
    BACKUP: ['query', 'update', 'remove'],
    LOCK: ['update'],
    REQUEST: ['update'],
  },
  'deliver-decision': { ABORT: ['get'], APPROVAL: ['get'] },
  'tell-outcome': { APPROVAL: ['get', 'put'] },
  web: { APPROVAL: ['update'], LINK: ['get'] },
  'show-run': { RUN: ['get', 'query'], SHARD: ['query'], APPROVAL: ['get'], LINK: ['get'] },
  'start-run': {},
  'watch-approvals': { RUN: ['query'], APPROVAL: ['get'] },
};

/** One statement for all families with the same actions. */
export function controlStatements(functionName: FunctionName, tableArn: string): PolicyStatement[] {
  const byActions = new Map<string, Family[]>();
  for (const [family, verbs] of Object.entries(CONTROL[functionName]) as [Family, readonly Verb[]][]) {
    const actions = [...new Set(verbs.flatMap((verb) => ACTIONS[verb]))].sort().join();
    byActions.set(actions, [...(byActions.get(actions) ?? []), family]);
  }
  return [...byActions].map(
    ([actions, families]) =>
      new PolicyStatement({
        actions: actions.split(','),
        resources: [tableArn],
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': families.map((family) => `${family}#*`) },
          // ForAllValues is true when the key is absent.
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
  );
}
