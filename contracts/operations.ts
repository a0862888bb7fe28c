// Metrics that functions emit, and the alarms that watch a deployment, each with its place in docs/runbook.md.

export const METRICS_NAMESPACE = 'Lethe';
/** Dimension that Powertools gives to every metric; here the name of the state machine. */
export const DEPLOYMENT_DIMENSION = 'service';
export const OUTCOME_DIMENSION = 'Outcome';

export const METRICS = {
  /** Runs that ended, by outcome. */
  runs: 'Runs',
  erased: 'ItemsErased',
  remaining: 'ItemsRemaining',
  /** Of the approval that waits longest: how much of its time is over, from 0 to 1; 0 where none waits. */
  waitingShare: 'ApprovalWaitingShare',
} as const;

/** An alarm's id is its anchor in the runbook. */
export const ALARMS = {
  'run-not-erased': 'A run failed or ended incomplete.',
  'run-not-closed': 'An execution ended without its report, and closing it failed: its scope may still be locked.',
  'approval-waiting': 'An approval has waited for more than half of its time.',
  throttled: 'Workers, state machine or control table are throttled.',
  'map-run-backlog': 'The account is near its limit of open map runs.',
  'dead-letters': 'An event that asks for a run, or for closing one, could not be delivered.',
  'decision-not-delivered': 'A recorded decision could not be delivered to its waiting run.',
} as const;
export type AlarmName = keyof typeof ALARMS;
