import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import type { Catalog } from '../../contracts/catalog.ts';
import { KEY_USES } from '../../contracts/permissions.ts';
import { MAX_TARGETS } from '../../contracts/plan.ts';
import { readCatalog } from '../../core/catalog/read-catalog.ts';
import { readDeployedCatalog } from '../../infra/catalog.ts';
import { deployLethe } from '../../infra/deploy.ts';
import { type Reach, reachOf } from '../../infra/permissions/catalog-reach.ts';
import { erasingStatements } from '../../infra/permissions/stores.ts';
import { catalogOf } from '../support/catalogs.ts';
import { type Json, Synthesized } from '../support/synthesized.ts';

const GALLERY = join(import.meta.dirname, '../../examples/gallery/catalog.yaml');
const folder = mkdtempSync(join(tmpdir(), 'lethe-configuration-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(catalog: unknown): string {
  const file = join(folder, 'catalog.yaml');
  writeFileSync(file, JSON.stringify(catalog));
  return file;
}

describe('the catalog at synthesis', () => {
  it('is shipped as every run reads it, under the digest that catalog check prints', () => {
    const { json, sha256 } = readCatalog(readFileSync(GALLERY, 'utf8'));
    expect(readDeployedCatalog(GALLERY)).toMatchObject({ json, sha256 });
  });

  it.each([
    [
      'a problem that only the whole catalog shows',
      { select: { tenant: { key: { id: 'everybody' } } } },
      'SelectorNotBound',
    ],
    ['an unknown key', { selct: {} }, 'unknown key'],
  ])('with %s is not deployed, and every problem is named', (_, more, problem) => {
    const file = fileOf(catalogOf({ stores: { items: { table: 'items', ...more } } }));
    expect(() => readDeployedCatalog(file)).toThrow(problem);
  });

  it('that is not there is said so', () => {
    expect(() => readDeployedCatalog(join(folder, 'none.yaml'))).toThrow('none.yaml');
  });
});

describe('the options of the command line', () => {
  it.each([
    ['stack', '7even', '-c stack='],
    ['mailFrom', 'nobody', '-c mailFrom='],
    ['mailBy', 'pigeon', '-c mailBy='],
    ['objectLockDays', '-3', '-c objectLockDays='],
    ['catalog', '', '-c catalog='],
  ])('-c %s=%s is refused by its name', (name, value, text) => {
    expect(() => deployLethe(new App({ context: { [name]: value } }))).toThrow(text);
  });

  it('name a second deployment, its sender and the days that evidence is locked', () => {
    const app = new Synthesized({ stack: 'Second', mailFrom: 'erase@example.org', objectLockDays: '400' });
    const [, evidence] = app.resources('SecondState', 'AWS::S3::Bucket');
    expect(evidence?.Properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Days: 400, Mode: 'COMPLIANCE' } } },
    });
    const machines = app.resources('Second', 'AWS::StepFunctions::StateMachine');
    expect(machines.map(({ Properties }) => Properties.StateMachineName)).toEqual(['second-erase', 'second-close']);
    const [one] = app.resources('Second', 'AWS::Lambda::Function');
    expect(one?.Properties.Environment.Variables).toMatchObject({ LETHE_MAIL_FROM: 'erase@example.org' });
    app.close();
  });
});

describe('a catalog of many stores', () => {
  const stores = (count: number) => {
    const name = (n: number) => `an-application-with-long-names-production-${String(n).padStart(3, '0')}`;
    const select = { tenant: { index: 'by-tenant', key: { owner: '{tenant}' } } };
    return Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`s${n}`, { table: name(n), preserve: n % 2 === 0, select }]),
    );
  };

  it('is refused where IAM would not allow a role so many policies', () => {
    const file = fileOf(catalogOf({ stores: stores(MAX_TARGETS) }));
    expect(() => new Synthesized({ catalog: file })).toThrow(/too many stores for one role.*Split the catalog/);
  });

  it('fits into the policies that IAM allows a role', () => {
    const app = new Synthesized({ catalog: fileOf(catalogOf({ stores: stores(100) })) });
    const attached = new Map<string, { inline: number; managed: number }>();
    for (const type of ['Policy', 'ManagedPolicy'] as const) {
      for (const { Properties } of app.resources('Lethe', `AWS::IAM::${type}`)) {
        const characters = textOf(Properties.PolicyDocument).length;
        if (type === 'ManagedPolicy') expect(characters).toBeLessThanOrEqual(MAX_MANAGED_CHARACTERS);
        for (const { Ref } of Properties.Roles) {
          const { inline, managed } = attached.get(Ref) ?? { inline: 0, managed: 0 };
          attached.set(
            Ref,
            type === 'Policy' ? { inline: inline + characters, managed } : { inline, managed: managed + 1 },
          );
        }
      }
    }
    for (const { inline, managed } of attached.values()) {
      expect(inline).toBeLessThanOrEqual(MAX_INLINE_CHARACTERS);
      expect(managed).toBeLessThanOrEqual(MAX_MANAGED);
    }
    expect(Math.max(...[...attached.values()].map(({ managed }) => managed))).toBeGreaterThan(0);
    app.close();
  });
});

/** Quotas of IAM: characters of all inline policies of a role and of a managed policy, and how many are attached. */
const MAX_INLINE_CHARACTERS = 10_240;
const MAX_MANAGED_CHARACTERS = 6_144;
const MAX_MANAGED = 10;

/** As IAM counts it: without white space, every reference replaced by the longest that it can become. */
function textOf(document: Json): string {
  return JSON.stringify(document).replace(/\{"Fn::Join":\["",(\[(?:[^[\]]|\[[^\]]*\])*\])\]\}/g, (_, parts: string) =>
    JSON.stringify(
      JSON.parse(parts)
        .map((part: Json) => (typeof part === 'string' ? part : longest(part)))
        .join(''),
    ),
  );
}

function longest(reference: Json): string {
  const lengths: Record<string, number> = { 'AWS::Partition': 3, 'AWS::Region': 14, 'AWS::AccountId': 12 };
  return 'x'.repeat(lengths[reference.Ref] ?? 90);
}

describe('what a catalog lets runs reach', () => {
  const base = { approval: { approvers: [] }, stores: {} };
  const reach = (stores: Record<string, unknown>, more: Record<string, unknown> = {}): Reach[] => {
    const file = fileOf(
      catalogOf({ ...base, ...more, stores, approval: { approvers: ['a@example.com'], required: 1 } }),
    );
    return reachOf(readDeployedCatalog(file).value satisfies Catalog);
  };
  const key = { id: '{tenant}' };

  it.each([
    ['a key', { key }, { isQueried: true, isDeletedInBatches: true }],
    ['a key and a condition', { key, where: { kind: 'a' } }, { isQueried: true, isDeletedByCondition: true }],
    ['an index', { index: 'by-x', key }, { indexes: ['by-x'], isDeletedByCondition: true }],
    ['an attribute', { attribute: key }, { isScanned: true, isDeletedByCondition: true }],
  ])('by %s is what its workers use, and no more', (_, tenant, used) => {
    expect(reach({ items: { table: 'items', select: { tenant } } })).toEqual([
      { ...NOTHING, isErased: true, isProtected: true, ...used },
    ]);
  });

  it('of a preserved table is reading', () => {
    const items = { table: 'items', preserve: true, select: { tenant: { key } } };
    expect(reach({ items })).toEqual([{ ...NOTHING, isQueried: true }]);
  });

  it('under a customer key uses that key through DynamoDB alone', () => {
    const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/';
    const arns = {
      table: (name: string) => `arn:aws:dynamodb:eu-west-1:123456789012:table/${name}`,
      bucket: (name: string) => `arn:aws:s3:::${name}`,
      key: (name: string) => `${KEY}${name}`,
    };
    const items = { table: 'items', kmsKey: '1234', select: { tenant: { key: { pk: '{tenant}' } } } };
    const statements = erasingStatements(reach({ items }), arns).map((one) => one.toStatementJson());
    expect(statements.filter(({ Resource }) => String(Resource).startsWith(KEY))).toEqual([
      {
        Effect: 'Allow',
        Action: [...KEY_USES],
        Resource: `${KEY}1234`,
        Condition: { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
      },
    ]);
  });

  it('without a recovery point is not protected', () => {
    const items = { table: 'items', recovery: 'none', select: { tenant: { key } } };
    expect(reach({ items })).toEqual([{ ...NOTHING, isErased: true, isQueried: true, isDeletedInBatches: true }]);
  });

  it('of whole tables is there only where the catalog allows everything', () => {
    const items = { table: 'items', select: { tenant: { key } } };
    expect(reach({ items })[0]).toMatchObject({ isScanned: false });
    expect(reach({ items }, { everything: { allowed: true } })[0]).toMatchObject({
      isScanned: true,
      isDeletedInBatches: true,
    });
  });

  it('of a bucket is its prefixes, with ids as stars and stars as themselves', () => {
    const files = { bucket: 'files', select: { tenant: { prefix: 'of$*/{tenant}/' } } };
    const kept = {
      bucket: 'files',
      preserve: true,
      select: { everything: { prefix: 'fixed/' }, tenant: { prefix: 'legal/{tenant}/' } },
    };
    expect(reach({ files, kept })).toEqual([
      {
        kind: 's3',
        resource: 'files',
        isErased: true,
        isProtected: true,
        listed: ['legal/*/', `of\${$}\${*}/*/`],
        erased: [`of\${$}\${*}/*/`],
        hidden: [`of\${$}\${*}/*/`],
        finalised: [],
        kept: ['fixed/'],
      },
    ]);
  });

  it('of a bucket without an undo window is deletion for good', () => {
    const files = { bucket: 'files', select: { tenant: { prefix: '{tenant}/' } } };
    expect(reach({ files }, { undo: { window: '0s' } })[0]).toMatchObject({ hidden: ['*/'], finalised: ['*/'] });
  });
});

const NOTHING = {
  kind: 'dynamodb',
  resource: 'items',
  isErased: false,
  isProtected: false,
  isQueried: false,
  isScanned: false,
  indexes: [],
  isDeletedInBatches: false,
  isDeletedByCondition: false,
  keys: [],
};
