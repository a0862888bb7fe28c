import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runName } from '../../cli/run-name.ts';

/** As interfaces.md has it for execution names. */
const RUN_ID = /^[0-9A-Za-z_-]{1,80}$/;
const NOON = Date.parse('2026-11-20T17:24:05.678Z');

describe('the name of a run that was given none', () => {
  it.each([
    [{ mode: 'dry-run', scope: { tenant: 'acme' } }, 'dry-run-acme-20261120T172405-3f9c'],
    [{ mode: 'execute', scope: { tenant: 'acme', gallery: 'g1' } }, 'execute-acme-g1-20261120T172405-3f9c'],
    [{ mode: 'preview', scope: { everything: true } }, 'preview-everything-20261120T172405-3f9c'],
    [{ mode: 'preview', scope: { tenant: 'ä b/c' } }, 'preview---b-c-20261120T172405-3f9c'],
  ] as const)('says mode, scope and time: %j', (request, expected) => {
    expect(runName(request, NOON, '3f9c')).toBe(expected);
  });

  it('is always a name that an execution can have', () => {
    const scope = fc.dictionary(fc.string(), fc.string({ unit: 'grapheme', maxLength: 200 }), { maxKeys: 3 });
    fc.assert(
      fc.property(fc.constantFrom('preview', 'dry-run', 'execute'), scope, (mode, ids) => {
        expect(runName({ mode, scope: ids }, NOON, '3f9c')).toMatch(RUN_ID);
      }),
    );
  });
});
