// The documents that rooms exchange: events, plans, shards, decisions, reports; each refuses what it does not know.
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { approvalState, DECISION_STATUSES, MESSAGE_KINDS } from '../../contracts/approval.ts';
import {
  checkDecisionEvent,
  MAX_PASSES,
  planRunEvent,
  protectTargetEvent,
  requestApprovalEvent,
  runEvent,
  weighPassEvent,
  workShardEvent,
  writeReportEvent,
} from '../../contracts/events.ts';
import { evidenceKey, planKey, protectKey, runPrefix, shardsKey, targetsKey } from '../../contracts/files.ts';
import { ENVIRONMENT_NAMES, FUNCTIONS, siblingFunction } from '../../contracts/functions.ts';
import { facts, MAX_TARGETS, plan, planBody, recoveryPoint, targetList } from '../../contracts/plan.ts';
import { EVIDENCE_FILES, OUTCOMES } from '../../contracts/report.ts';
import { boundSelector, tableTargetSelector } from '../../contracts/selector.ts';
import { NO_PROGRESS, OPERATIONS, PHASES, range, shard } from '../../contracts/shard.ts';
import { approvalOf, decisionOf, PLAN_DIGEST } from '../support/approvals.ts';
import {
  bucketTarget,
  byKey,
  countedTarget,
  NO_BUCKET_EFFECTS,
  NO_TABLE_EFFECTS,
  planOf,
  SHA256,
  tableTarget,
  targetListOf,
  WHOLE,
} from '../support/plans.ts';

const EXECUTION = { runId: 'run-1', executionArn: 'arn', startedAt: '2026-11-20T12:00:00.000Z' };
const SHARD = { n: 0, target: 'items', range: { by: 'whole', selector: 0 } };
const WORK = { runId: 'run-1', phase: 'Erase', pass: 1, digest: PLAN_DIGEST, shard: SHARD };
const LIST = targetListOf([tableTarget(), bucketTarget()]);
const PLAN = planOf([countedTarget(tableTarget()), countedTarget(bucketTarget())]);

const documents: [string, z.ZodType, object][] = [
  ['the event of plan-run', planRunEvent, { ...EXECUTION, request: { anything: 1 } }],
  ['the event of protect-target', protectTargetEvent, { runId: 'run-1', step: 'protect', target: 'items' }],
  ['the event of work-shard', workShardEvent, WORK],
  ['the event of seal-plan', runEvent, { runId: 'run-1' }],
  ['the event of request-approval', requestApprovalEvent, { runId: 'run-1', taskToken: 'token' }],
  ['the event of check-decision', checkDecisionEvent, { runId: 'run-1', step: 'open' }],
  ['the event of weigh-pass', weighPassEvent, { runId: 'run-1', pass: 3 }],
  ['the event of write-report', writeReportEvent, { ...EXECUTION, request: null, error: { Error: 'x', Cause: 'y' } }],
  ['targets.json', targetList, LIST],
  ['plan.json', plan, PLAN],
  ['a line of shards.jsonl', shard, SHARD],
  ['an approval', approvalState, approvalOf({ decisions: [decisionOf()] })],
  ['a recovery point', recoveryPoint, { type: 'versions', id: null, restoreTo: null, until: null }],
];

describe('a document', () => {
  it.each(documents)('is taken as it is: %s', (_, schema, value) => {
    expect(schema.parse(value)).toEqual(value);
  });

  it.each(documents)('refuses an unknown key: %s', (_, schema, value) => {
    expect(schema.safeParse({ ...value, colour: 'blue' }).success).toBe(false);
  });

  it.each(documents)('needs every key: %s', (_, schema, value) => {
    for (const key of Object.keys(value)) {
      const { [key]: _, ...rest } = value as Record<string, unknown>;
      expect([key, schema.safeParse(rest).success]).toEqual([key, false]);
    }
  });
});

describe('the closed sets', () => {
  it.each<[string, z.ZodType, object]>([
    ['a phase', workShardEvent, { ...WORK, phase: 'Delete' }],
    ['a pass before the first', workShardEvent, { ...WORK, pass: 0 }],
    ['a digest', workShardEvent, { ...WORK, digest: 'sha256:x' }],
    ['a step of protecting', protectTargetEvent, { runId: 'r', step: 'undo', target: 't' }],
    ['a step of checking', checkDecisionEvent, { runId: 'r', step: 'approve' }],
    ['an empty token', requestApprovalEvent, { runId: 'r', taskToken: '' }],
    ['a mode', targetList, { ...LIST, mode: 'delete' }],
    ['a run id', targetList, { ...LIST, runId: 'a/b' }],
    ['a purpose', targetList, { ...LIST, targets: [{ ...tableTarget(), purpose: 'archive' }] }],
    ['a state', targetList, { ...LIST, targets: [{ ...tableTarget(), state: 'done' }] }],
    [
      'three operations',
      targetList,
      { ...LIST, targets: [{ ...tableTarget(), operations: ['erase', 'finalise', 'erase'] }] },
    ],
    ['a rate of nothing', targetList, { ...LIST, targets: [{ ...tableTarget(), ratePerShard: 0 }] }],
    [
      'too many targets',
      targetList,
      { ...LIST, targets: Array.from({ length: MAX_TARGETS + 1 }, () => tableTarget()) },
    ],
    ['an instant', planBody, { ...planOf([]), sealedAt: 'yesterday' }],
    ['a negative maximum', planBody, { ...planOf([]), totals: { items: 0, bytes: 0, maximum: -1 } }],
    ['a decision', approvalState, approvalOf({ decisions: [{ ...decisionOf(), decision: 'maybe' as 'approve' }] })],
    ['a kind of recovery point', recoveryPoint, { type: 'hope', id: null, restoreTo: null, until: null }],
  ])('have no %s', (_, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });

  it('hold as many targets as a plan may have', () => {
    expect(MAX_TARGETS).toBe(200);
    expect(targetList.safeParse({ ...LIST, targets: Array.from({ length: 200 }, () => tableTarget()) }).success).toBe(
      true,
    );
  });

  it('are those of the interface', () => {
    expect([...OUTCOMES]).toEqual([
      'previewed',
      'counted',
      'erased',
      'rejected',
      'expired',
      'aborted',
      'incomplete',
      'failed',
      'refused',
      'duplicate',
    ]);
    expect([...EVIDENCE_FILES]).toEqual([
      'request.json',
      'plan.json',
      'decisions.jsonl',
      'report.json',
      'report.html',
      'SHA256SUMS',
    ]);
    expect([...DECISION_STATUSES]).toEqual([
      'recorded',
      'already-decided',
      'expired',
      'unknown',
      'wrong-phrase',
      'stale-plan',
      'not-allowed',
    ]);
    expect([...MESSAGE_KINDS]).toEqual(['approval', 'reminder', 'outcome']);
    expect([...OPERATIONS]).toEqual(['count', 'erase', 'finalise']);
    expect([...PHASES]).toEqual(['Count', 'Erase', 'Verify', 'Finalise', 'Gone']);
    expect(MAX_PASSES).toBe(3);
  });
});

describe('a bound selector', () => {
  const partition = { name: 'id', type: 'S', equals: 'acme' };

  it.each<[object, boolean, boolean]>([
    [WHOLE, true, true],
    [{ by: 'table' }, false, false],
    [byKey('id', 'acme'), true, true],
    [byKey('id', 'acme', { index: 'by-user', where: [{ name: 'user', type: 'N', equals: '7' }] }), true, true],
    [{ ...byKey('id', 'acme'), where: [{ name: 'user', type: 'S', beginsWith: 'x' }] }, false, false],
    [{ by: 'table', where: [partition] }, true, true],
    [byKey('id', 'acme', { sort: { name: 'sk', type: 'N', equals: '5' } }), true, true],
    [byKey('id', 'acme', { sort: { name: 'sk', type: 'S', beginsWith: 'x#' } }), true, true],
    [{ by: 'prefix', prefix: '', except: ['keep/'] }, true, false],
    [{ ...byKey('id', 'acme'), sort: { name: 'sk', type: 'S', beginsWith: 'x#', equals: 'x' } }, false, false],
    [{ ...byKey('id', 'acme'), sort: { name: 'sk', type: 'S' } }, false, false],
    [{ by: 'key', partition }, false, false],
    [{ ...byKey('id', 'acme'), partition: { ...partition, type: 'B' } }, false, false],
    [{ by: 'prefix', prefix: 'a/' }, false, false],
    [{ by: 'scan' }, false, false],
    [{}, false, false],
  ])('%j is taken: %s, for a table: %s', (selector, isSelector, isForTables) => {
    expect([boundSelector.safeParse(selector).success, tableTargetSelector.safeParse(selector).success]).toEqual([
      isSelector,
      isForTables,
    ]);
  });
});

describe('a range', () => {
  it.each<[object, boolean]>([
    [{ by: 'whole', selector: 0 }, true],
    [{ by: 'whole' }, false],
    [{ by: 'segment', selector: 0, segment: 0, of: 1 }, true],
    [{ by: 'keys', selector: 0, from: null, to: 'm' }, true],
    [{ by: 'keys', selector: 0, from: 'm', to: null }, true],
    [{ by: 'segment', selector: 0, segment: -1, of: 1 }, false],
    [{ by: 'segment', selector: 0, segment: 0, of: 0 }, false],
    [{ by: 'keys', selector: 0, from: 'm' }, false],
    [{ by: 'whole', to: 'm' }, false],
  ])('%j is taken: %s', (value, isRange) => {
    expect(range.safeParse(value).success).toBe(isRange);
  });
});

describe('what metadata says', () => {
  const table = {
    kind: 'dynamodb',
    arn: 'arn',
    keySchema: [{ name: 'id', type: 'S' }],
    indexes: [],
    hasPointInTimeRecovery: true,
    items: 0,
    bytes: 0,
    ...NO_TABLE_EFFECTS,
  };
  const bucket = { kind: 's3', versioning: 'Off', ...NO_BUCKET_EFFECTS };
  const key = { name: 'id', type: 'S' };
  const index = { name: 'by-id', kind: 'global', status: 'ACTIVE', partition: [key], sort: [], projected: null };

  it.each<[object, boolean]>([
    [table, true],
    [{ ...table, keySchema: [key, key] }, true],
    [{ ...table, indexes: [index, { ...index, kind: 'local', projected: ['id'] }] }, true],
    [{ ...table, indexes: [{ ...index, kind: 'other' }] }, false],
    [{ ...table, keySchema: [] }, false],
    [{ ...table, keySchema: [key, key, key] }, false],
    [{ ...table, items: -1 }, false],
    [bucket, true],
    [{ ...bucket, versioning: 'On' }, false],
    [{ ...bucket, expiries: [{ rule: 'r', prefix: '', days: -1, isPartial: false }] }, false],
    [{ ...table, kind: 's3' }, false],
  ])('%j is taken: %s', (value, isTaken) => {
    expect(facts.safeParse(value).success).toBe(isTaken);
  });
});

describe('nothing done yet', () => {
  it('is the beginning of a shard, with every number at zero', () => {
    const { cursor, isDone, inFlight, stoppedBy, failed, samples, ...numbers } = NO_PROGRESS;

    expect({ cursor, isDone, inFlight, stoppedBy, failed, samples }).toEqual({
      cursor: null,
      isDone: false,
      inFlight: null,
      stoppedBy: null,
      failed: {},
      samples: {},
    });
    expect(new Set(Object.values(numbers))).toEqual(new Set([0]));
  });
});

describe('the files of a run', () => {
  it('lie under its prefix', () => {
    expect([
      runPrefix('r'),
      shardsKey('r'),
      protectKey('r'),
      targetsKey('r'),
      planKey('r'),
      evidenceKey('r', 'report.json'),
    ]).toEqual([
      'runs/r/',
      'runs/r/shards.jsonl',
      'runs/r/protect.jsonl',
      'runs/r/targets.json',
      'runs/r/plan.json',
      'runs/r/report.json',
    ]);
  });
});

describe('the functions', () => {
  it('have the environment of the interface', () => {
    const names =
      'LETHE_CONTROL_TABLE LETHE_WORK_BUCKET LETHE_EVIDENCE_BUCKET LETHE_CATALOG_SHA256 LETHE_WEB_URL LETHE_STATE_MACHINE_ARN LETHE_MAIL_FROM LETHE_TOPIC_ARN LETHE_ERASER_ROLE_ARN LETHE_LOG_LEVEL';

    expect([...ENVIRONMENT_NAMES]).toEqual(names.split(' '));
  });

  it('stay within what Lambda allows, and each has a token of its own', () => {
    const specs = Object.values(FUNCTIONS);
    const tokens = specs.flatMap(({ token }) => token ?? []);

    for (const { timeoutSeconds, memoryMb } of specs) {
      expect(timeoutSeconds).toBeLessThanOrEqual(900);
      expect(memoryMb).toBeGreaterThanOrEqual(128);
    }
    expect(FUNCTIONS.web.timeoutSeconds).toBeLessThan(30); // an HTTP API waits 30 s
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('find each other by their last name', () => {
    expect(siblingFunction('lethe-web', 'web', 'deliver-decision')).toBe('lethe-deliver-decision:live');
    expect(siblingFunction('web', 'web', 'plan-run')).toBe('plan-run:live');
    expect(() => siblingFunction('lethe-other', 'web', 'plan-run')).toThrow('function lethe-other does not end in web');
  });
});

describe('digests of events', () => {
  it.each([
    [SHA256, true],
    [PLAN_DIGEST, true],
    [SHA256.slice(1), false],
    [`sha512:${SHA256}`, false],
  ])('%s binds a worker: %s', (digest, isTaken) => {
    expect(workShardEvent.safeParse({ ...WORK, digest }).success).toBe(isTaken);
  });
});
