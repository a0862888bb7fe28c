// What a scenario needs of the AWS it runs on. A target that lacks it does not select the scenario, and says why.

/** Tag and why a deployed stack may not have it. */
export const NEEDS = {
  calls: 'the record of every call, which only the embedded AWS keeps',
  clock: 'a service clock that tests drive: it would take hours of real time',
  faults: 'AWS services that fail at a chosen call',
  moments: 'something done between two calls of Lethe, at exactly that moment',
  'own-stores': 'Lethe’s own table and buckets to be named or broken by the test',
  'time-limits': 'a state machine whose executions time out early, other than the template says',
  pages: 'listings in pages of 1 MB',
  schedules: 'a scheduler that calls at the second, where AWS takes up to a minute longer',
  topics: 'subscriptions by mail, which only their owners can confirm',
  streams: 'Kinesis destinations and customer keys, which must exist for real',
} as const;

export type Need = keyof typeof NEEDS;

/** For vitest, which knows needs as tags. */
export const NEED_TAGS = Object.entries(NEEDS).map(([name, description]) => ({ name, description }));
