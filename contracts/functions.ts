// The functions, the names of their environment, and what the state machine calls them (interfaces.md, section 7).

export const ENVIRONMENT_NAMES = [
  'LETHE_CONTROL_TABLE',
  'LETHE_WORK_BUCKET',
  'LETHE_EVIDENCE_BUCKET',
  'LETHE_CATALOG_SHA256',
  'LETHE_WEB_URL',
  'LETHE_STATE_MACHINE_ARN',
  'LETHE_MAIL_FROM',
  'LETHE_TOPIC_ARN',
  'LETHE_ERASER_ROLE_ARN',
  'LETHE_LOG_LEVEL',
] as const;
export type EnvironmentName = (typeof ENVIRONMENT_NAMES)[number];

export interface FunctionSpec {
  /** Longer than the work of one call; the state machine's TimeoutSeconds is longer still. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** The `${Token}` of the state machine that stands for this function, where it calls it. */
  readonly token: string | null;
}

/** Folder names in lambdas/, which are the functions' names too. */
export const FUNCTIONS = {
  'plan-run': { timeoutSeconds: 300, memoryMb: 1_024, token: 'PlanRunFunction' },
  'protect-target': { timeoutSeconds: 60, memoryMb: 512, token: 'ProtectTargetFunction' },
  'work-shard': { timeoutSeconds: 900, memoryMb: 1_769, token: 'WorkShardFunction' },
  'seal-plan': { timeoutSeconds: 300, memoryMb: 1_024, token: 'SealPlanFunction' },
  'request-approval': { timeoutSeconds: 60, memoryMb: 512, token: 'RequestApprovalFunction' },
  'check-decision': { timeoutSeconds: 60, memoryMb: 512, token: 'CheckDecisionFunction' },
  'weigh-pass': { timeoutSeconds: 300, memoryMb: 512, token: 'WeighPassFunction' },
  'close-run': { timeoutSeconds: 60, memoryMb: 512, token: 'CloseRunFunction' },
  'write-report': { timeoutSeconds: 300, memoryMb: 1_024, token: 'WriteReportFunction' },
  'deliver-decision': { timeoutSeconds: 30, memoryMb: 256, token: null },
  'tell-outcome': { timeoutSeconds: 60, memoryMb: 256, token: null },
  web: { timeoutSeconds: 29, memoryMb: 512, token: null },
  'show-run': { timeoutSeconds: 29, memoryMb: 512, token: null },
  'start-run': { timeoutSeconds: 30, memoryMb: 256, token: null },
  'watch-approvals': { timeoutSeconds: 60, memoryMb: 256, token: null },
} as const satisfies Record<string, FunctionSpec>;
export type FunctionName = keyof typeof FUNCTIONS;

/** Which function serves which paths of the API: who shows runs cannot decide, and who decides sees no run. */
export const WEB_ROUTES = { '/r/{proxy+}': 'show-run', '/{proxy+}': 'web' } as const satisfies Record<
  `${string}/{proxy+}`,
  FunctionName
>;

/** The catalog as the functions carry it, beside their bundles. */
export const CATALOG_FILE = 'catalog.json';

/** By file in statemachines/. */
export const STATE_MACHINES = { 'erase.asl.json': 'lethe-erase', 'close.asl.json': 'lethe-close' } as const;
/** Statuses of an execution of `lethe-erase` that start `lethe-close`. */
export const CLOSED_STATUSES = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;
/** Tokens of the state machines besides the functions'. */
export const BUCKET_TOKEN = 'WorkBucket';

/** Functions are called through this alias, so that a deployment changes all of a function's settings at once. */
export const LIVE_ALIAS = 'live';

/** The key that signs evidence, which has an alias like the functions' names. */
export function signingAlias(ownName: string, own: FunctionName): string {
  return `alias/${prefixOf(ownName, own)}evidence`;
}

/** Of reminders: the group of their schedules, and the role as which the scheduler calls. A role's name is unique in all regions. */
export function reminderNames(prefix: string, region: string): { readonly group: string; readonly role: string } {
  return { group: `${prefix}reminders`, role: `${prefix}reminders-${region}` };
}

/** Where the running function schedules calls of itself: in the partition, region and account of its state machine. */
export function reminderPlace(ownName: string, own: FunctionName, stateMachineArn: string) {
  const [, partition, , region = '', account] = stateMachineArn.split(':');
  const { group, role } = reminderNames(prefixOf(ownName, own), region);
  return {
    group,
    functionArn: `arn:${partition}:lambda:${region}:${account}:function:${ownName}:${LIVE_ALIAS}`,
    roleArn: `arn:${partition}:iam::${account}:role/${role}`,
  };
}

/** What to call a sibling of the running function by: physical names differ in their last part only. */
export function siblingFunction(ownName: string, own: FunctionName, sibling: FunctionName): string {
  return `${prefixOf(ownName, own)}${sibling}:${LIVE_ALIAS}`;
}

function prefixOf(ownName: string, own: FunctionName): string {
  if (!ownName.endsWith(own)) throw new Error(`function ${ownName} does not end in ${own}`);
  return ownName.slice(0, -own.length);
}
