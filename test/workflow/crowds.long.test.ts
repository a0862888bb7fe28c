// Many people who decide on one plan in the same moment.
import { describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const PHRASE = 'ERASE tenant acme from test';
const ACME = { scope: { tenant: 'acme' }, phrase: PHRASE };
const APPROVERS = ['a@example.com', 'b@example.com', 'c@example.com'];

async function waiting(required: number) {
  const approval = { approvers: APPROVERS, required, expiresAfter: '12h' };
  const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') }, approval }) });
  await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
  const { run, mails } = await lethe.awaiting(ACME, APPROVERS.length);
  return { lethe, run, links: mails.map(({ links }) => links.approve ?? '') };
}

describe('a hundred decisions of one plan at once', () => {
  it('have one outcome, and every answer is true', { timeout: 120_000 }, async () => {
    const { lethe, run, links } = await waiting(2);
    try {
      const digest = /name="digest" value="([^"]*)"/.exec(await (await fetch(links[0] ?? '')).text())?.[1] ?? '';
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          const decision = n % 5 === 4 ? 'reject' : 'approve';
          const body = new URLSearchParams({ decision, digest, phrase: PHRASE, reason: 'no' });
          const headers = { accept: 'application/json' };
          const answer = await fetch(links[n % links.length] ?? '', { method: 'POST', body, headers });
          return {
            decision,
            status: answer.status,
            body: (await answer.json()) as { decision: string; status: string },
          };
        }),
      );
      const ended = await lethe.end(run);
      const { outcome, decisions } = await lethe.report(run);
      const isRejected = decisions.some(({ decision }: { decision: string }) => decision === 'reject');
      expect(outcome).toBe(isRejected ? 'rejected' : 'erased');
      expect(ended.status).toBe('SUCCEEDED');
      // One for each approver at most, none after the one that settled it.
      expect(new Set(decisions.map(({ by }: { by: string }) => by)).size).toBe(decisions.length);
      expect(decisions.length).toBeLessThanOrEqual(APPROVERS.length);
      for (const { decision, status, body } of answers) {
        expect([200, 409]).toContain(status);
        // Recorded is what stands as that approver's own; a conflict names another decision.
        if (status === 200) expect(body).toMatchObject({ status: 'recorded', decision });
        else expect(body.status).toBe('already-decided');
      }
      const recorded = new Set(answers.filter(({ status }) => status === 200).map(({ decision }) => decision));
      expect(recorded).toEqual(new Set(decisions.map(({ decision }: { decision: string }) => decision)));
    } finally {
      await lethe.close();
    }
  });
});
