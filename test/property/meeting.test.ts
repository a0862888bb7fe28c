// Whether two templates may meet, against everything they can say written out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayMeet } from '../../core/catalog/meeting.ts';
import {
  bind,
  type Comparison,
  parseTemplate,
  placeholdersOf,
  withoutCommonStart,
} from '../../core/catalog/template.ts';
import { classOf, languageOf, meet, smallScopes, templateTexts } from '../support/languages.ts';

const SCOPES = ['x', 'y', 'z'];
const worlds = fc
  .tuple(smallScopes, smallScopes, smallScopes)
  .map((scopes) => new Map(SCOPES.map((name, at) => [name, scopes[at] ?? { pattern: '', ids: [] }])));
const templates = templateTexts(SCOPES).map((text) => {
  const parsed = parseTemplate(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
});
const comparisons = fc.constantFrom<Comparison>('equals', 'prefix');

const classesOf = (world: ReadonlyMap<string, { readonly pattern: string }>) =>
  new Map([...world].map(([name, { pattern }]) => [name, classOf(pattern)]));

describe('two templates', () => {
  it('may meet exactly when some text of one and some text of the other find one value', () => {
    const tally = { meeting: 0, apart: 0 };
    fc.assert(
      fc.property(worlds, templates, comparisons, templates, comparisons, (world, a, comparisonA, b, comparisonB) => {
        const textsB = languageOf(b, world).map((text) => ({ text, comparison: comparisonB }));
        const isMet = languageOf(a, world).some((text) =>
          textsB.some((other) => meet({ text, comparison: comparisonA }, other)),
        );
        const classes = classesOf(world);
        const [finderA, finderB] = [
          { template: a, comparison: comparisonA },
          { template: b, comparison: comparisonB },
        ];

        expect(mayMeet(finderA, finderB, classes)).toBe(isMet);
        expect(mayMeet(finderB, finderA, classes)).toBe(isMet);
        tally[isMet ? 'meeting' : 'apart']++;
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(tally.meeting, tally.apart)).toBeGreaterThan(50);
  });

  it('always meet themselves', () => {
    fc.assert(
      fc.property(worlds, templates, comparisons, (world, template, comparison) => {
        expect(mayMeet({ template, comparison }, { template, comparison }, classesOf(world))).toBe(true);
      }),
    );
  });

  it('of long ids are compared in a moment', () => {
    const classes = new Map([['x', classOf('^[a-z]{1,128}$')]]);
    const template = parseTemplate(`${'{x}/'.repeat(8)}`);
    if (typeof template === 'string') throw new Error(template);
    const other = parseTemplate(`${'{x}/'.repeat(8)}#`);
    if (typeof other === 'string') throw new Error(other);

    expect(mayMeet({ template, comparison: 'equals' }, { template: other, comparison: 'equals' }, classes)).toBe(false);
  });
});

describe('without their common start', () => {
  it('two templates are what is left once the same text is cut off, whatever the ids', () => {
    fc.assert(
      fc.property(
        templates,
        templates,
        templates,
        fc.array(fc.string(), { minLength: 3, maxLength: 3 }),
        (start, a, b, ids) => {
          const known = new Map(SCOPES.map((name, at) => [name, ids[at] ?? '']));
          const [first, second] = [joined(start, a), joined(start, b)];

          const [restA, restB] = withoutCommonStart(first, second);

          const cutA = bind(first, known).slice(0, bind(first, known).length - bind(restA, known).length);
          const cutB = bind(second, known).slice(0, bind(second, known).length - bind(restB, known).length);
          expect(bind(first, known)).toBe(cutA + bind(restA, known));
          expect(cutB).toBe(cutA);
          expect(cutA.startsWith(bind(start, known))).toBe(true);
          expect(withoutCommonStart(restA, restB)).toEqual([restA, restB]);
        },
      ),
    );
  });

  it('a template and itself have nothing left', () => {
    fc.assert(
      fc.property(templates, (template) => {
        expect(withoutCommonStart(template, template)).toEqual([[], []]);
        expect(placeholdersOf(withoutCommonStart(template, [])[0])).toEqual(placeholdersOf(template));
      }),
    );
  });

  /** As if written one after the other: neighbouring literals are one. */
  function joined(...parts: ReturnType<typeof templates.generate>['value'][]) {
    const text = parts
      .flat()
      .map((part) => (part.kind === 'literal' ? part.text : `{${part.scope}}`))
      .join('');
    const parsed = parseTemplate(text);
    if (typeof parsed === 'string') throw new Error(parsed);
    return parsed;
  }
});
