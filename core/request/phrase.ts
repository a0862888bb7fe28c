// The phrase: the sentence that must be typed before anything is erased.
import type { ScopeChain } from '../../contracts/plan.ts';
import { showScope } from './scope.ts';

/** `ERASE gallery g1 of tenant acme with audit,billing from staging` */
export function phraseFor(scope: ScopeChain, optIn: readonly string[], environment: string): string {
  const opted = optIn.length === 0 ? '' : ` with ${[...optIn].sort().join(',')}`;
  return `ERASE ${showScope(scope)}${opted} from ${environment}`;
}

/** After NFC, trimming and one blank for inner white space; case matters. */
export function isSamePhrase(typed: string, expected: string): boolean {
  return tidy(typed) === tidy(expected);
}

function tidy(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/gu, ' ');
}
