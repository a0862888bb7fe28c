// Random faults: what AWS may answer, and when a function may die, never so often that no run could end.
import type { Dice } from '../../../examples/gallery/seed/dice.ts';
import type { FaultsInput } from '../../../local/faults/fault-rules.ts';
import { oneOf, times } from './choose.ts';

type Rule = FaultsInput['rules'][number];
type MakeRule = (dice: Dice) => Rule;

const TABLE_CALLS = ['Query', 'Scan', 'BatchWriteItem', 'DeleteItem', 'UpdateItem', 'GetItem', 'PutItem', undefined];
const BUCKET_CALLS = ['ListObjectsV2', 'ListObjectVersions', 'DeleteObjects', 'GetObject', 'PutObject', undefined];
const FUNCTIONS = [
  'work-shard',
  'work-shard',
  'work-shard',
  'plan-run',
  'protect-target',
  'seal-plan',
  'request-approval',
  'check-decision',
  'weigh-pass',
  'write-report',
];

const RULES: readonly MakeRule[] = [
  (dice) => ({ ...ofCall(dice), effect: 'throttle', ...often(dice) }),
  (dice) => ({ ...ofCall(dice), effect: 'http500', when: oneOf(dice, ['beforeCall', 'afterCall']), ...often(dice) }),
  (dice) => ({ ...ofCall(dice), effect: 'reset', when: oneOf(dice, ['beforeCall', 'afterCall']), ...often(dice) }),
  (dice) => ({ ...ofCall(dice), effect: 'truncate', ...often(dice) }),
  (dice) => ({ ...ofCall(dice), effect: 'slow', delayMs: dice.between(5, 60), ...often(dice) }),
  (dice) => ({
    service: 'dynamodb',
    operation: 'BatchWriteItem',
    effect: 'unprocessed',
    share: oneOf(dice, [0.1, 0.5, 1]),
    ...often(dice),
  }),
  (dice) => ({
    service: 's3',
    operation: 'DeleteObjects',
    effect: 'keyError',
    code: oneOf(dice, ['InternalError', 'AccessDenied', 'SlowDown']),
    share: oneOf(dice, [0.1, 0.5]),
    ...often(dice),
  }),
  (dice) => ({
    service: 'dynamodb',
    operation: oneOf(dice, ['BatchWriteItem', 'DeleteItem']),
    effect: 'keyError',
    code: 'AccessDeniedException',
    share: oneOf(dice, [0.1, 0.5]),
    ...often(dice),
  }),
  kill,
  kill,
  kill,
  (dice) => ({
    service: 'lambda',
    operation: oneOf(dice, FUNCTIONS),
    effect: oneOf(dice, ['loseResult', 'throttle', 'http500']),
    ...often(dice),
  }),
];

export function makeFaults(dice: Dice): FaultsInput {
  return { seed: dice.below(1_000_000), rules: times(dice.between(1, 4), () => oneOf(dice, RULES)(dice)) };
}

function kill(dice: Dice): Rule {
  const isLate = dice.isOneIn(4);
  return {
    service: 'lambda',
    operation: oneOf(dice, FUNCTIONS),
    effect: 'kill',
    ...(isLate
      ? { when: 'afterMs', delayMs: dice.between(1, 120) }
      : { when: oneOf(dice, ['beforeCall', 'afterCall']), n: dice.between(1, 25) }),
    rate: oneOf(dice, [0.3, 0.7, 1]),
    times: dice.between(1, 3),
  };
}

function ofCall(dice: Dice): Pick<Rule, 'service' | 'operation'> {
  const isTable = dice.isOneIn(2);
  const operation = oneOf(dice, isTable ? TABLE_CALLS : BUCKET_CALLS);
  return { service: isTable ? 'dynamodb' : 's3', ...(operation !== undefined && { operation }) };
}

function often(dice: Dice): Pick<Rule, 'rate' | 'times'> {
  return { rate: oneOf(dice, [0.05, 0.2, 0.6]), times: oneOf(dice, [1, 3, 10]) };
}
