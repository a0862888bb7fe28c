// Whether two templates can ever find the same value, over all ids their scopes allow.
import type { CharacterClass } from './character-class.ts';
import type { Comparison, Template } from './template.ts';

export interface Finder {
  readonly template: Template;
  readonly comparison: Comparison;
}

/** One character of a value: which ones it may be, and whether it may be left out. */
interface Unit {
  has(character: string): boolean;
  readonly characters: Iterable<string>;
  readonly isOptional: boolean;
}

/**
 * Decides whether some value is found by both: intersection of two regular languages, by walking pairs of positions.
 * The two are bound independently, so this errs on the side of "may meet".
 */
export function mayMeet(a: Finder, b: Finder, classes: ReadonlyMap<string, CharacterClass>): boolean {
  const [unitsA, unitsB] = [unitsOf(a.template, classes), unitsOf(b.template, classes)];
  const [endA, endB] = [endOf(unitsA), endOf(unitsB)];
  const seen = new Set<number>();
  const pending: [number, number][] = [[0, 0]];
  for (let pair = pending.pop(); pair; pair = pending.pop()) {
    const [i, j] = pair;
    const id = i * (unitsB.length + 1) + j;
    if (seen.has(id)) continue;
    seen.add(id);
    const [unitA, unitB] = [unitsA[i], unitsB[j]];
    const [isEndA, isEndB] = [i >= endA, j >= endB];
    if ((isEndA && isEndB) || (isEndA && a.comparison === 'prefix') || (isEndB && b.comparison === 'prefix'))
      return true;
    if (unitA?.isOptional) pending.push([i + 1, j]);
    if (unitB?.isOptional) pending.push([i, j + 1]);
    if (unitA && unitB && share(unitA, unitB)) pending.push([i + 1, j + 1]);
  }
  return false;
}

/** First position from which all that follows may be left out. */
function endOf(units: readonly Unit[]): number {
  return units.findLastIndex((unit) => !unit.isOptional) + 1;
}

function share(a: Unit, b: Unit): boolean {
  for (const character of a.characters) if (b.has(character)) return true;
  return false;
}

function unitsOf(template: Template, classes: ReadonlyMap<string, CharacterClass>): Unit[] {
  return template.flatMap((part): Unit[] => {
    if (part.kind === 'literal') {
      return [...part.text].map((character) => ({
        has: (other) => other === character,
        characters: [character],
        isOptional: false,
      }));
    }
    const known = classes.get(part.scope);
    if (!known) return [];
    const unit = { has: (other: string) => known.characters.has(other), characters: known.characters };
    return Array.from({ length: known.max }, (_, at) => ({ ...unit, isOptional: at >= known.min }));
  });
}
