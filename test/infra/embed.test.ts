import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Json } from '../support/synthesized.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/embed/app.ts');
const folder = mkdtempSync(join(tmpdir(), 'lethe-embed-'));
let template: Json;
beforeAll(() => {
  // No credentials, no Region, no home: nothing but the files is needed.
  const { status, stderr } = spawnSync(process.execPath, [EXAMPLE], {
    env: { CDK_OUTDIR: folder, PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  template = JSON.parse(readFileSync(join(folder, 'Shop.template.json'), 'utf8'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const named = (property: string): string[] =>
  Object.values<Json>(template.Resources).flatMap(({ Properties }) => Properties?.[property] ?? []);

it('Lethe stands inside an application, under a name of its own, with what it remembers retained', () => {
  expect(named('StateMachineName').sort()).toEqual(['shop-lethe-close', 'shop-lethe-erase']);
  expect(named('FunctionName').filter((name) => typeof name === 'string')).toContain('shop-lethe-work-shard');
  expect(named('TableName')).toEqual(['shop-orders', 'shop-users']);
  const retained = Object.values<Json>(template.Resources).filter(
    ({ Type, DeletionPolicy }) => /Table$|Bucket$/.test(Type) && DeletionPolicy === 'Retain',
  );
  expect(retained.map(({ Type }) => Type).sort()).toEqual([
    'AWS::DynamoDB::Table',
    'AWS::DynamoDB::Table',
    'AWS::DynamoDB::Table',
    'AWS::S3::Bucket',
    'AWS::S3::Bucket',
  ]);
});

it('what its functions are told is the account and Region of the stack, not of a machine', () => {
  const machine = Object.values<Json>(template.Resources).find(
    ({ Properties }) => Properties?.FunctionName === 'shop-lethe-plan-run',
  );
  expect(machine.Properties.Environment.Variables.LETHE_STATE_MACHINE_ARN).toEqual({
    'Fn::Join': [
      '',
      [
        'arn:',
        { Ref: 'AWS::Partition' },
        ':states:',
        { Ref: 'AWS::Region' },
        ':',
        { Ref: 'AWS::AccountId' },
        ':stateMachine:shop-lethe-erase',
      ],
    ],
  });
});
