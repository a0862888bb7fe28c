// The commands a report prints, run by a shell with a stand-in for the AWS CLI: they say what is meant, nothing else.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { residualOf } from '../../core/evidence/residual.ts';
import { bucketTarget, countedTarget, planOf, recordsOf, tableTarget } from '../support/plans.ts';

/** What no argument can hold, and what the stand-in writes between them. */
const SEPARATORS = ['\0', '\x1d', '\x1e', '\x1f'];

const texts = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'\'"`$\\;&|<>(){}*?~#! \n\t%', '$(id)', '`id`', '$HOME', "'\\''", '-', '--'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 10,
  })
  .filter((text) => text.isWellFormed() && ![...text].some((character) => SEPARATORS.includes(character)));

/** Arguments of each command as the CLI would receive them; those of a command within follow in brackets of their own. */
function argumentsOf(commands: readonly string[]): string[][] {
  const standIn = `aws() { case "$2" in list-object-versions) printf '%s\\037' "$@";; *) printf '%s\\036' "$@";; esac; }`;
  const script = [standIn, ...commands.map((command) => `${command}; printf '\\035'`)].join('\n');
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: {} });
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .split('\x1d')
    .slice(0, -1)
    .map((line) => line.split('\x1e').slice(0, -1));
}

function versionsCommand(prefix: string, except: string[] = [], resource = 'images-bucket'): string {
  const target = bucketTarget({ resource, selectors: [{ by: 'prefix', prefix, except }] });
  const [row] = residualOf(recordsOf({ plan: planOf([countedTarget(target)]) }));
  return row?.removeWith ?? '';
}

/** What the query of a listing leaves out: the prefixes it compares keys with. */
function excepted(query: string): unknown[] {
  return [...query.matchAll(/!starts_with\(Key, `((?:[^`\\]|\\.)*)`\)/gs)].map(([, literal = '']) =>
    JSON.parse(literal.replaceAll('\\`', '`')),
  );
}

describe('the command that removes hidden versions', () => {
  it('names bucket and prefix as they are, whatever they look like', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 12 }), (prefixes) => {
        const parsed = argumentsOf(prefixes.map((prefix) => versionsCommand(prefix)));

        expect(parsed).toHaveLength(prefixes.length);
        for (const [at, prefix] of prefixes.entries()) {
          const listing = parsed[at]?.at(-1)?.split('\x1f').slice(0, -1) ?? [];
          expect(parsed[at]?.slice(0, -1)).toEqual([
            's3api',
            'delete-objects',
            '--bucket',
            'images-bucket',
            '--delete',
          ]);
          expect(listing).toEqual([
            's3api',
            'list-object-versions',
            '--bucket',
            'images-bucket',
            `--prefix=${prefix}`,
            '--no-paginate',
            '--query',
            '{Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}}',
            '--output',
            'json',
          ]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('leaves out the preserved prefixes below', () => {
    fc.assert(
      fc.property(texts, fc.array(texts, { minLength: 1, maxLength: 4 }), (prefix, below) => {
        const except = below.map((end) => prefix + end);
        const [command = []] = argumentsOf([versionsCommand(prefix, except)]);
        const query = command.at(-1)?.split('\x1f')[6] ?? '';

        expect(excepted(query)).toEqual(except);
        expect(query.replaceAll(/!starts_with\(Key, `(?:[^`\\]|\\.)*`\)/gs, 'X')).toBe(
          `{Objects: [Versions, DeleteMarkers][] | [?${except.map(() => 'X').join(' && ')}] | [:1000].{Key: Key, VersionId: VersionId}}`,
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('the command that removes a backup', () => {
  it('names the backup as it is', () => {
    fc.assert(
      fc.property(texts, (arn) => {
        const target = countedTarget(tableTarget());
        const [row] = residualOf(recordsOf({ plan: planOf([target]), backups: new Map([[target.id, arn]]) }));

        expect(argumentsOf([row?.removeWith ?? ''])).toEqual([['dynamodb', 'delete-backup', '--backup-arn', arn]]);
      }),
      { numRuns: 25 },
    );
  });
});
