// Laws of decisions: whatever order and whatever races they come in, one outcome, and every answer true.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApprovalState } from '../../contracts/approval.ts';
import { type Answer, type Attempt, decide, settle } from '../../core/approval/decide.ts';
import { proveDecision } from '../../core/approval/prove.ts';
import { replace, standingApprovers } from '../../core/approval/replace.ts';
import { revoke } from '../../core/approval/revoke.ts';
import { samePerson } from '../../core/approval/same-person.ts';
import { approvalOf, attemptOf, decisionOf, EXPIRES_AT, PLAN_DIGEST } from '../support/approvals.ts';
import { planOf, SHA256 } from '../support/plans.ts';

const APPROVERS = ['a@x.org', 'b@x.org', 'c@x.org', 'requester@x.org'];
const LATE = '2026-11-20T12:21:00.000Z';

const people = fc.constantFrom('a@x.org', 'A+tag@x.org', 'b@x.org', 'c@x.org', 'requester@x.org', 'mallory@x.org');
const attempts = fc
  .record({
    by: people,
    decision: fc.constantFrom<Attempt['decision']>('approve', 'approve', 'approve', 'reject'),
    isWellFormed: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
  })
  .map(({ isWellFormed, ...attempt }) =>
    attemptOf({ ...attempt, ...(isWellFormed ? {} : { phrase: 'wrong', reason: '' }) }),
  );
/** A POST, and whether it comes in time. */
const posts = fc.record({ attempt: attempts, isLate: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) });
const votes = fc.record({
  all: fc.array(posts, { minLength: 1, maxLength: 8 }),
  required: fc.integer({ min: 1, max: 3 }),
});

const begun = (required: number) => approvalOf({ approvers: APPROVERS, requestedBy: 'requester@x.org', required });
const mayDecide = (person: string) => ['a@x.org', 'b@x.org', 'c@x.org'].some((one) => samePerson(one, person));

/** The approval as a table keeps it: written on the condition that nobody wrote since it was read. */
class Table {
  state: ApprovalState;
  readonly history: ApprovalState[] = [];

  constructor(state: ApprovalState) {
    this.state = state;
  }

  write(next: ApprovalState, readVersion: number): boolean {
    if (this.state.version !== readVersion) return false;
    this.state = next;
    this.history.push(next);
    return true;
  }
}

async function post(
  table: Table,
  { attempt, isLate }: { attempt: Attempt; isLate: boolean },
  scheduler: fc.Scheduler,
): Promise<Answer> {
  for (;;) {
    const read = await scheduler.schedule(Promise.resolve(table.state));
    const answer = decide(read, attempt, isLate ? LATE : EXPIRES_AT);
    if (!answer.next) return answer;
    const isWritten = table.write(answer.next, read.version);
    await scheduler.schedule(Promise.resolve());
    if (isWritten) return answer;
  }
}

function expectTrue(
  answer: Answer,
  { attempt, isLate }: { attempt: Attempt; isLate: boolean },
  final: ApprovalState,
): void {
  const own = final.decisions.find(({ by }) => samePerson(by, attempt.by));
  switch (answer.status) {
    case 'recorded':
      expect(own).toMatchObject({ decision: attempt.decision, at: answer.at });
      break;
    case 'already-decided':
      expect(own?.decision === attempt.decision).toBe(false);
      expect(own !== undefined || settle(final) !== 'open').toBe(true);
      expect(final.decisions).toContainEqual(expect.objectContaining({ decision: answer.decision, at: answer.at }));
      break;
    case 'not-allowed':
      expect(mayDecide(attempt.by)).toBe(false);
      break;
    case 'expired':
      expect(isLate).toBe(true);
      break;
    case 'wrong-phrase':
      expect([attempt.phrase, attempt.reason]).toEqual(['wrong', '']);
      break;
    default:
      expect.fail(`nobody should be answered ${answer.status}`);
  }
}

describe('decisions that come at once', () => {
  it('have one outcome, and every answer is true', async () => {
    await fc.assert(
      fc.asyncProperty(votes, fc.scheduler(), async ({ all, required }, scheduler) => {
        const table = new Table(begun(required));
        const answers = Promise.all(all.map((one) => post(table, one, scheduler)));
        await scheduler.waitFor(answers);

        for (const [at, answer] of (await answers).entries()) expectTrue(answer, all[at] ?? expect.fail(), table.state);
        const outcomes = [begun(required), ...table.history].map(settle);
        const settled = outcomes.findIndex((outcome) => outcome !== 'open');
        expect(settled === -1 || settled === outcomes.length - 1).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('are one for each person, all of them by people who may decide, in time, for this plan', async () => {
    await fc.assert(
      fc.asyncProperty(votes, fc.scheduler(), async ({ all, required }, scheduler) => {
        const table = new Table(begun(required));
        await scheduler.waitFor(Promise.all(all.map((one) => post(table, one, scheduler))));

        const { decisions, version } = table.state;
        expect(version).toBe(decisions.length);
        for (const [at, { by, planDigest, at: when }] of decisions.entries()) {
          expect(decisions.slice(0, at).some((earlier) => samePerson(earlier.by, by))).toBe(false);
          expect([mayDecide(by), planDigest, when]).toEqual([true, PLAN_DIGEST, EXPIRES_AT]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('approvers who are replaced meanwhile', () => {
  const DEPUTIES = ['deputy@x.org', 'second@x.org'];
  const everybody = [...APPROVERS, ...DEPUTIES, 'mallory@x.org'];
  const steps = fc.oneof(
    fc.record({ kind: fc.constant('decide' as const), by: fc.constantFrom(...everybody), isReject: fc.boolean() }),
    fc.record({
      kind: fc.constant('replace' as const),
      approver: fc.constantFrom(...everybody),
      replacedBy: fc.constantFrom(...everybody),
    }),
    fc.record({ kind: fc.constant('revoke' as const), approver: fc.constantFrom(...everybody) }),
  );

  it('never add to the number of people who may decide, and what is proven is what was settled', () => {
    let replacements = 0;
    fc.assert(
      fc.property(fc.array(steps, { minLength: 4, maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (all, required) => {
        const approval = { approvers: APPROVERS, deputies: DEPUTIES, required, expiresAfterSeconds: 600 };
        const plan = planOf([], { approval, requestedBy: 'requester@x.org', expiresAt: EXPIRES_AT });
        const { planDigest } = plan;
        let state: ApprovalState = { ...begun(required), approvers: standingApprovers(plan, []), planDigest };
        const why = { by: 'ops', reason: 'left', at: EXPIRES_AT };
        for (const step of all) {
          const before = state;
          if (step.kind === 'decide') {
            const decision = step.isReject ? 'reject' : 'approve';
            const attempt = attemptOf({ by: step.by, decision, digest: planDigest });
            const answer = decide(state, attempt, EXPIRES_AT);
            state = answer.next ?? state;
            const isNew = state !== before;
            if (isNew) expect(before.approvers.some((person) => samePerson(person, step.by))).toBe(true);
          } else if (step.kind === 'replace') {
            const { approver, replacedBy } = step;
            const next = replace(plan, state, { approver, replacedBy, ...why });
            if (typeof next !== 'string' && next !== state) replacements++;
            state = typeof next === 'string' ? state : next;
          } else state = revoke(state, { approver: step.approver, ...why }) ?? state;

          expect(state.approvers).toHaveLength(3);
          expect(new Set(state.approvers).size).toBe(3);
          for (const person of state.approvers) expect([...APPROVERS, ...DEPUTIES]).toContain(person);
          for (const { by } of state.decisions)
            expect(state.approvers.some((person) => samePerson(person, by))).toBe(true);
        }
        const evidence = { isAborted: false, catalogSha256: SHA256, nowMs: Date.parse(EXPIRES_AT), checksExpiry: true };
        expect(proveDecision({ plan, approval: state, ...evidence })).toBe(
          { open: 'unproven', approved: 'approved', rejected: 'rejected' }[settle(state)],
        );
      }),
      { numRuns: 500 },
    );
    expect(replacements).toBeGreaterThan(50);
  });
});

describe('what was recorded', () => {
  it('is proven as it was settled', () => {
    fc.assert(
      fc.property(votes, ({ all, required }) => {
        const approval = { approvers: APPROVERS, required, expiresAfterSeconds: 600 };
        const plan = planOf([], { approval, requestedBy: 'requester@x.org', expiresAt: EXPIRES_AT });
        let state: ApprovalState = { ...begun(required), planDigest: plan.planDigest };
        for (const { attempt, isLate } of all) {
          state = decide(state, { ...attempt, digest: plan.planDigest }, isLate ? LATE : EXPIRES_AT).next ?? state;
        }
        const evidence = {
          plan,
          isAborted: false,
          catalogSha256: SHA256,
          nowMs: Date.parse(EXPIRES_AT),
          checksExpiry: true,
        };

        const proven = proveDecision({ ...evidence, approval: state });

        expect(proven).toBe({ open: 'unproven', approved: 'approved', rejected: 'rejected' }[settle(state)]);
      }),
    );
  });

  it('is never approved by adding what does not count', () => {
    const forged = fc.array(
      fc.record({
        by: fc.constantFrom('mallory@x.org', 'requester@x.org', 'a@x.org'),
        isOther: fc.boolean(),
        isLate: fc.boolean(),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(forged, (all) => {
        const approval = { approvers: APPROVERS, required: 2, expiresAfterSeconds: 600 };
        const plan = planOf([], { approval, requestedBy: 'requester@x.org', expiresAt: EXPIRES_AT });
        const decisions = all.map(({ by, isOther, isLate }) =>
          decisionOf({ by, at: isLate ? LATE : EXPIRES_AT, planDigest: isOther ? PLAN_DIGEST : plan.planDigest }),
        );

        const proven = proveDecision({
          plan,
          approval: { ...begun(2), decisions },
          isAborted: false,
          catalogSha256: SHA256,
          nowMs: Date.parse(EXPIRES_AT),
          checksExpiry: true,
        });

        expect(proven).toBe('unproven');
      }),
    );
  });
});
