// The states of a run: those of the state machine that take time, and those of the record that guard the gate.

/** States of statemachines/erase.asl.json that do work, in their order. */
export const STATES = [
  'Plan run',
  'Protect target',
  'Count shard',
  'Seal plan',
  'Wait for approval',
  'Check decision',
  'Confirm recovery',
  'Open erasing',
  'Erase shard',
  'Verify shard',
  'Weigh pass',
  'Finalise shard',
  'Report',
] as const;
export type StateName = (typeof STATES)[number];

/** Steps of a run's record. Each is taken on the condition that the last one was; workers erase in `erasing` alone. */
export const RUN_STATUSES = ['planned', 'sealed', 'approved', 'erasing', 'closed'] as const;
export type RunStatusName = (typeof RUN_STATUSES)[number];

/** Why a run goes no further, or that it may. */
export const VERDICTS = ['nothing-found', 'approved', 'rejected', 'expired', 'aborted'] as const;
export type Verdict = (typeof VERDICTS)[number];
