// One attempt at a decision: what it is answered, and what is recorded of it.
import { describe, expect, it } from 'vitest';
import type { ApprovalState } from '../../contracts/approval.ts';
import { type Attempt, decide, distinct, settle } from '../../core/approval/decide.ts';
import { samePerson } from '../../core/approval/same-person.ts';
import { approvalOf, attemptOf, decisionOf, EXPIRES_AT, IN_TIME, LINK, PLAN_DIGEST } from '../support/approvals.ts';

const LATE = '2026-11-20T12:20:00.001Z';
const approve = (by: string) => decisionOf({ by });
const reject = (by: string) => decisionOf({ by, decision: 'reject', reason: 'no' });

function answer(state: Partial<ApprovalState>, attempt: Partial<Attempt> = {}, now = IN_TIME) {
  return decide(approvalOf(state), attemptOf(attempt), now);
}

describe('the first decision', () => {
  it('to approve is recorded with all that is known of it', () => {
    const state = approvalOf({ version: 3 });
    const { status, decision, at, next } = decide(state, attemptOf({ reason: 'ignored' }), IN_TIME);

    expect({ status, decision, at }).toEqual({ status: 'recorded', decision: 'approve', at: IN_TIME });
    expect(next).toEqual({
      ...state,
      version: 4,
      decisions: [
        {
          decision: 'approve',
          by: 'lead@example.com',
          at: IN_TIME,
          planDigest: PLAN_DIGEST,
          ip: '192.0.2.1',
          userAgent: 'a browser',
          link: LINK,
          identity: 'mailed link',
          reason: null,
        },
      ],
    });
  });

  it('to reject is recorded with its reason on one line', () => {
    const { status, decision, next } = answer(
      {},
      { decision: 'reject', reason: '  too\n\tearly ', phrase: 'not needed' },
    );

    expect([status, decision]).toEqual(['recorded', 'reject']);
    expect(next?.decisions).toEqual([expect.objectContaining({ decision: 'reject', reason: 'too early' })]);
  });

  it('keeps no more than 300 characters of a browser’s name', () => {
    expect(answer({}, { userAgent: 'x'.repeat(1_000) }).next?.decisions[0]?.userAgent).toBe('x'.repeat(300));
    expect(answer({}, { userAgent: null, ip: null }).next?.decisions[0]).toMatchObject({ userAgent: null, ip: null });
  });

  it('does not touch what it was given', () => {
    const state = approvalOf();
    const before = structuredClone(state);

    decide(state, attemptOf(), IN_TIME);

    expect(state).toEqual(before);
  });
});

describe('an attempt that records nothing', () => {
  it.each<[string, Partial<ApprovalState>, Partial<Attempt>, string, ReturnType<typeof decide>['status']]>([
    ['a stranger', {}, { by: 'mallory@example.com' }, IN_TIME, 'not-allowed'],
    ['the requester', { requestedBy: 'lead@example.com' }, {}, IN_TIME, 'not-allowed'],
    ['the requester in capitals', { requestedBy: 'LEAD@Example.com' }, {}, IN_TIME, 'not-allowed'],
    ['the requester by another tag', { requestedBy: 'lead+requests@example.com' }, {}, IN_TIME, 'not-allowed'],
    ['the requester who rejects', { requestedBy: 'lead@example.com' }, { decision: 'reject' }, IN_TIME, 'not-allowed'],
    ['one who comes too late', {}, {}, LATE, 'expired'],
    ['one who rejects too late', {}, { decision: 'reject' }, LATE, 'expired'],
    ['another plan', {}, { digest: PLAN_DIGEST.replace('0', 'f') }, IN_TIME, 'stale-plan'],
    ['no plan', {}, { digest: '' }, IN_TIME, 'stale-plan'],
    ['another plan that is rejected', {}, { decision: 'reject', digest: 'x' }, IN_TIME, 'stale-plan'],
    ['another phrase', {}, { phrase: 'ERASE tenant acme-2 from test' }, IN_TIME, 'wrong-phrase'],
    ['the phrase in small letters', {}, { phrase: 'erase tenant acme from test' }, IN_TIME, 'wrong-phrase'],
    ['no phrase', {}, { phrase: '' }, IN_TIME, 'wrong-phrase'],
    ['no reason', {}, { decision: 'reject', reason: '' }, IN_TIME, 'wrong-phrase'],
    ['a reason of blanks', {}, { decision: 'reject', reason: ' \n\t ' }, IN_TIME, 'wrong-phrase'],
    ['a reason of 501 characters', {}, { decision: 'reject', reason: 'x'.repeat(501) }, IN_TIME, 'wrong-phrase'],
    ['a reason with control characters', {}, { decision: 'reject', reason: 'a\u0007b' }, IN_TIME, 'wrong-phrase'],
  ])('is that of %s', (_, state, attempt, now, status) => {
    expect(answer(state, attempt, now)).toEqual({ status, decision: null, at: null });
  });

  it.each<[string, Partial<Attempt>, string]>([
    ['to the millisecond', {}, EXPIRES_AT],
    ['with the phrase spaced otherwise', { phrase: ' ERASE  tenant acme from\ntest ' }, IN_TIME],
    ['by the same person in capitals', { by: 'LEAD@example.com' }, IN_TIME],
    ['with a reason of 500 characters', { decision: 'reject', reason: 'x'.repeat(500) }, IN_TIME],
    ['with no phrase, to reject', { decision: 'reject', phrase: '' }, IN_TIME],
  ])('is not one %s', (_, attempt, now) => {
    expect(answer({}, attempt, now).status).toBe('recorded');
  });

  it('says the first of several things that are wrong', () => {
    const wrong = { digest: 'x', phrase: 'x' };

    expect(answer({}, { ...wrong, by: 'mallory@example.com' }, LATE).status).toBe('not-allowed');
    expect(answer({}, wrong, LATE).status).toBe('expired');
    expect(answer({}, wrong).status).toBe('stale-plan');
  });
});

describe('the second attempt of one person', () => {
  const first = approve('lead@example.com');

  it.each<[string, Partial<Attempt>, string]>([
    ['right away', {}, IN_TIME],
    ['too late', {}, LATE],
    ['with another phrase', { phrase: 'x' }, IN_TIME],
    ['for another plan', { digest: 'x' }, IN_TIME],
    ['under another tag', { by: 'lead+two@example.com' }, IN_TIME],
  ])('is answered by the first when it says the same: %s', (_, attempt, now) => {
    expect(answer({ decisions: [first] }, attempt, now)).toEqual({
      status: 'recorded',
      decision: 'approve',
      at: IN_TIME,
    });
  });

  it('is refused when it says another thing', () => {
    expect(answer({ decisions: [first] }, { decision: 'reject' })).toEqual({
      status: 'already-decided',
      decision: 'approve',
      at: IN_TIME,
    });
    expect(answer({ decisions: [reject('lead@example.com')] })).toEqual({
      status: 'already-decided',
      decision: 'reject',
      at: IN_TIME,
    });
  });

  it('is answered by its own decision even when somebody else ended it', () => {
    const decisions = [first, reject('dpo@example.com')];

    expect(answer({ decisions })).toMatchObject({ status: 'recorded', decision: 'approve' });
  });
});

describe('an attempt after the end', () => {
  it.each<[string, ApprovalState['decisions'], 'approve' | 'reject']>([
    ['enough approved', [approve('lead@example.com'), approve('dpo@example.com')], 'approve'],
    ['one rejected', [reject('lead@example.com')], 'reject'],
    ['one rejected after another approved', [approve('lead@example.com'), reject('dpo@example.com')], 'reject'],
  ])('is told how it ended: %s', (_, decisions, decision) => {
    const ended = { status: 'already-decided', decision, at: IN_TIME };

    expect(answer({ decisions }, { by: 'cto@example.com' })).toEqual(ended);
    expect(answer({ decisions }, { by: 'cto@example.com', decision: 'reject' })).toEqual(ended);
    expect(answer({ decisions }, { by: 'cto@example.com', phrase: 'wrong' }, LATE)).toEqual(ended);
  });

  it('is none as long as one more must approve', () => {
    expect(answer({ decisions: [approve('lead@example.com')] }, { by: 'dpo@example.com' })).toMatchObject({
      status: 'recorded',
      decision: 'approve',
    });
  });
});

describe('a vote', () => {
  it.each<[string, ApprovalState['decisions'], number, ReturnType<typeof settle>]>([
    ['nobody', [], 1, 'open'],
    ['nobody, where nobody is needed', [], 0, 'approved'],
    ['one of one', [approve('a@x.org')], 1, 'approved'],
    ['one of two', [approve('a@x.org')], 2, 'open'],
    ['two of two', [approve('a@x.org'), approve('b@x.org')], 2, 'approved'],
    ['three of two', [approve('a@x.org'), approve('b@x.org'), approve('c@x.org')], 2, 'approved'],
    ['one person twice', [approve('a@x.org'), approve('a@x.org')], 2, 'open'],
    ['one person under two tags', [approve('a+1@x.org'), approve('A+2@x.org')], 2, 'open'],
    ['one who rejects', [reject('a@x.org')], 2, 'rejected'],
    ['one who rejects last', [approve('a@x.org'), reject('b@x.org')], 2, 'rejected'],
    ['one who rejects first', [reject('a@x.org'), approve('b@x.org'), approve('c@x.org')], 2, 'rejected'],
    ['one who rejects where nobody is needed', [reject('a@x.org')], 0, 'rejected'],
  ])('of %s settles it', (_, decisions, required, expected) => {
    expect(settle({ decisions, required })).toBe(expected);
  });
});

describe('a person', () => {
  it.each([
    ['a@x.org', 'a@x.org', true],
    ['A@X.org', 'a@x.ORG', true],
    ['a+b@x.org', 'a@x.org', true],
    ['a+b@x.org', 'a+c@x.org', true],
    ['a+b+c@x.org', 'a@x.org', true],
    [' a@x.org ', 'a@x.org', true],
    ['ａ@x.org', 'a@x.org', true],
    ['jo\u0308rg@x.org', 'j\u00f6rg@x.org', true],
    ['a@x.org', 'b@x.org', false],
    ['a@x.org', 'a@y.org', false],
    ['a@x+b.org', 'a@x.org', false],
    ['a.b@x.org', 'ab@x.org', false],
    ['alice', 'ALICE', true],
    ['alice', 'alice@x.org', false],
    ['alice+x', 'alice', false],
    ['"a@b"@x.org', '"a@b"@x.org', true],
    ['', '', true],
  ])('%j and %j are one: %s', (a, b, expected) => {
    expect(samePerson(a, b)).toBe(expected);
    expect(samePerson(b, a)).toBe(expected);
  });

  it('is counted once', () => {
    expect(distinct(['a@x.org', 'b@x.org', 'A+1@x.org', 'b@x.org', 'c@x.org'])).toEqual([
      'a@x.org',
      'b@x.org',
      'c@x.org',
    ]);
    expect(distinct([])).toEqual([]);
  });
});
