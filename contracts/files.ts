// Where a run's files lie in the work and evidence buckets.

export const runPrefix = (runId: string) => `runs/${runId}/`;

/** Work bucket. */
export const shardsKey = (runId: string) => `${runPrefix(runId)}shards.jsonl`;
export const protectKey = (runId: string) => `${runPrefix(runId)}protect.jsonl`;
export const targetsKey = (runId: string) => `${runPrefix(runId)}targets.json`;
export const planKey = (runId: string) => `${runPrefix(runId)}plan.json`;

/** Evidence bucket. */
export const evidenceKey = (runId: string, file: string) => `${runPrefix(runId)}${file}`;
