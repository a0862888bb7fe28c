// How a run ended, from what the tables say; and which endings are a success of the execution.
import { describe, expect, it } from 'vitest';
import { FAULTS, REFUSALS } from '../../contracts/errors.ts';
import { OUTCOMES, type Outcome } from '../../contracts/report.ts';
import { isSuccess, outcomeOf } from '../../core/evidence/outcome.ts';
import type { RunRecords } from '../../core/evidence/run-records.ts';
import { resultsOf } from '../../core/evidence/target-results.ts';
import { bucketTarget, countedTarget, planOf, recordsOf, shardOf, tableTarget } from '../support/plans.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const items = countedTarget(tableTarget(), { items: 2 });
const images = countedTarget(bucketTarget(), { items: 1, versions: 1, bytesAre: 'exact' });
const missing = countedTarget(tableTarget({ id: 'gone', state: 'missing', facts: null, shards: 0 }));
const elsewhere = countedTarget(tableTarget({ id: 'elsewhere', state: 'notInScope', selectors: [], shards: 0 }));
const plan = planOf([items, images, missing, elsewhere]);

const DONE = {
  erased: [[shardOf(items, { seen: 2, erased: 2 }, 0), shardOf(images, { seen: 1, erased: 1 }, 1)]],
  verified: [[shardOf(items, {}, 0), shardOf(images, { versions: 2 }, 1)]],
};
const LEFT = { ...DONE, verified: [[shardOf(items, { items: 1 }, 0), shardOf(images, {}, 1)]] };
const error = (name: string) => ({ name, details: null });

function outcome(more: Partial<RunRecords>): Outcome {
  const records = recordsOf({ plan, planDigest: DIGEST, erasingAt: null, verdict: null, ...more });
  return outcomeOf(records, resultsOf(records));
}

const OPEN = { erasingAt: '2026-11-20T12:15:00.000Z', verdict: 'approved' as const };

describe('a run that was opened for erasing', () => {
  it.each<[string, Partial<RunRecords>, Outcome]>([
    ['erased, when everything is gone', DONE, 'erased'],
    ['erased, though an abort came too late', { ...DONE, isAborted: true }, 'erased'],
    ['erased, though it failed afterwards', { ...DONE, error: error('States.Timeout') }, 'erased'],
    ['incomplete, when something is left', LEFT, 'incomplete'],
    ['incomplete, when a shard has no record', { ...DONE, erased: [DONE.erased[0]?.slice(0, 1) ?? []] }, 'incomplete'],
    ['incomplete, when it was not verified', { ...DONE, verified: [] }, 'incomplete'],
    ['incomplete, when it failed on the way', { ...LEFT, error: error('Lethe.VersioningLost') }, 'incomplete'],
    ['incomplete, when nothing was begun', {}, 'incomplete'],
    ['incomplete, whatever the name of what failed', { ...LEFT, error: error('Lethe.LimitExceeded') }, 'incomplete'],
    ['aborted, when it was stopped before its end', { ...LEFT, isAborted: true }, 'aborted'],
    ['aborted, when it was stopped before its beginning', { isAborted: true }, 'aborted'],
  ])('has %s', (_, more, expected) => {
    expect(outcome({ ...OPEN, ...more })).toBe(expected);
  });
});

describe('a run that was never opened', () => {
  it.each<[string, Partial<RunRecords>, Outcome]>([
    ['previewed', { plan: { ...plan, mode: 'preview' }, planDigest: null }, 'previewed'],
    ['counted', { plan: { ...plan, mode: 'dry-run' } }, 'counted'],
    ['failed before it was counted', { plan: { ...plan, mode: 'dry-run' }, planDigest: null }, 'failed'],
    [
      'failed while it was counted',
      { plan: { ...plan, mode: 'dry-run' }, error: error('Lethe.CountIncomplete') },
      'failed',
    ],
    ['failed in a preview', { plan: { ...plan, mode: 'preview' }, error: error('States.Timeout') }, 'failed'],
    ['erased, because there was nothing', { verdict: 'nothing-found' }, 'erased'],
    ['rejected', { verdict: 'rejected' }, 'rejected'],
    ['expired', { verdict: 'expired' }, 'expired'],
    ['aborted, by its verdict', { verdict: 'aborted' }, 'aborted'],
    ['aborted, by the flag', { isAborted: true }, 'aborted'],
    [
      'aborted, before it was counted',
      { plan: { ...plan, mode: 'dry-run' }, planDigest: null, isAborted: true },
      'aborted',
    ],
    ['counted, though it was stopped afterwards', { plan: { ...plan, mode: 'dry-run' }, isAborted: true }, 'counted'],
    ['rejected, though it was stopped afterwards', { verdict: 'rejected', isAborted: true }, 'rejected'],
    ['expired, though it was stopped afterwards', { verdict: 'expired', isAborted: true }, 'expired'],
    ['aborted, though it was approved', { verdict: 'approved', isAborted: true }, 'aborted'],
    ['aborted, though it failed for it', { isAborted: true, error: error('States.TaskFailed') }, 'aborted'],
    ['failed, though it was rejected', { verdict: 'rejected', error: error('States.Runtime') }, 'failed'],
    ['failed after its approval', { verdict: 'approved', error: error('Lethe.ProtectionFailed') }, 'failed'],
    ['failed in silence', { verdict: 'approved' }, 'failed'],
    ['failed before it was planned', { plan: null, planDigest: null, error: error('States.TaskFailed') }, 'failed'],
    ['failed without any trace', { plan: null, planDigest: null }, 'failed'],
  ])('was %s', (_, more, expected) => {
    expect(outcome(more)).toBe(expected);
  });

  it.each(REFUSALS)('was refused by %s, whatever else is known', (name) => {
    expect(outcome({ error: error(name), plan: null, planDigest: null })).toBe('refused');
    expect(outcome({ error: error(name), isAborted: true })).toBe('refused');
  });

  it.each(FAULTS)('was not refused by %s', (name) => {
    expect(outcome({ error: error(name) })).toBe('failed');
  });
});

describe('the execution', () => {
  // design.md, section 5: incomplete, failed, refused, and aborted with something erased end FAILED, the others SUCCEEDED
  const FAILED = ['incomplete', 'failed', 'refused'];

  it.each(OUTCOMES.filter((one) => one !== 'aborted'))('of a run that was %s ends as it should', (one) => {
    expect(isSuccess(one, 0)).toBe(!FAILED.includes(one));
    expect(isSuccess(one, 5)).toBe(!FAILED.includes(one));
  });

  it('of an aborted run succeeds as long as nothing was erased', () => {
    expect(isSuccess('aborted', 0)).toBe(true);
    expect(isSuccess('aborted', 1)).toBe(false);
  });
});
