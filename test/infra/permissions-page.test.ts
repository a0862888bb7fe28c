// docs/permissions.md is written from the template: `npx vitest run test/infra/permissions-page.test.ts -u` renews it.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Statement } from '../support/iam/policy.ts';
import { RolePolicies } from '../support/iam/role-policies.ts';
import { Synthesized } from '../support/synthesized.ts';

const WORLD = {
  region: 'REGION',
  account: 'ACCOUNT',
  controlTable: 'CONTROL',
  workBucket: 'WORK',
  evidenceBucket: 'EVIDENCE',
};

let app: Synthesized;
beforeAll(() => {
  app = new Synthesized();
}, 120_000);
afterAll(() => app.close());

it('the page of permissions says what the template grants', async () => {
  await expect(page()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/permissions.md'));
});

function page(): string {
  const policies = new RolePolicies(app, WORLD);
  const roles = app.resources('Lethe', 'AWS::IAM::Role');
  const sections = roles.map(({ id, Properties }) => {
    const rows = policies.ofRole(id).map(row);
    return [`## ${Properties.Description}`, '', '| | Actions | On | Where |', '|---|---|---|---|', ...rows, ''].join(
      '\n',
    );
  });
  return [
    '# Permissions',
    '',
    'What each role of a deployment may do, for the catalog of the gallery. Written from the template and compared with it by',
    'a test; another catalog puts other tables and buckets in the same places. `CONTROL`, `WORK`, `EVIDENCE` and `SIGNING` are the control',
    'table, the two buckets and the key that signs. What the parts are for, and what holds when one of them fails, is in [security.md](security.md).',
    '',
    ...sections,
  ].join('\n');
}

function row({ Effect, Action, NotAction, Resource, Condition }: Statement): string {
  const actions = Action === undefined ? `all but ${code(NotAction ?? [])}` : code(Action);
  return `| ${Effect} | ${actions} | ${code([Resource].flat().map(short))} | ${conditionOf(Condition)} |`;
}

/** Ends of ARNs, as far as they tell resources apart. */
function short(arn: string): string {
  return arn
    .replace(/^arn:aws:(\w+):REGION:ACCOUNT:/, '$1 ')
    .replace(/^arn:aws:iam::ACCOUNT:/, '')
    .replace(/^arn:aws:s3:::/, 's3 ')
    .replace(/key\/0{8}-[0-9-]+$/, 'key/SIGNING')
    .replace(/^arn:aws:of:resource:Lethe(\w+?)[0-9A-F]{8}$/, '$1');
}

function conditionOf(condition: Statement['Condition'] = {}): string {
  const { Null: _, ...others } = condition;
  return Object.values(others)
    .flatMap((keys) => Object.entries(keys))
    .map(([key, values]) => `${key}: ${code(values)}`)
    .join('; ');
}

function code(texts: string | readonly string[]): string {
  return [texts]
    .flat()
    .map((text) => `\`${text}\``)
    .join(' ');
}
