// Counts what became of each scenario, and tells it as it happens: selected or not, passed, failed, or skipped.
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { NEEDS, type Need } from './needs.ts';

/** More, and the suite says little about what is deployed. */
const MAX_NOT_SELECTED = 1 / 3;

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notSelected: number;
}

export class Tally implements Reporter {
  readonly #lacks: readonly Need[];
  readonly #log: (line: string) => void;
  readonly #notSelected = new Map<string, Need[]>();
  #counts = { passed: 0, failed: 0, skipped: 0 };

  /** @param lacks what the target does not have */
  constructor(lacks: readonly Need[], log: (line: string) => void) {
    this.#lacks = lacks;
    this.#log = log;
  }

  onTestCaseResult(test: TestCase): void {
    const lacking = this.#lacks.filter((need) => test.tags.includes(need));
    const { state, errors = [] } = test.result();
    const name = `${test.module.relativeModuleId.replace(/^.*\//, '')} > ${test.fullName}`;
    if (lacking.length > 0) {
      this.#notSelected.set(name, lacking);
      return;
    }
    if (state === 'pending') return;
    this.#counts[state]++;
    const seconds = ((test.diagnostic()?.duration ?? 0) / 1_000).toFixed(1);
    this.#log(`${state} in ${seconds} s: ${name}`);
    for (const error of errors) this.#log(shown(error));
  }

  onTestSuiteResult(suite: TestSuite): void {
    this.#failHooks(suite);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#failHooks(module);
  }

  /** @param unhandled outside of any scenario */
  onTestRunEnd(_: readonly TestModule[], unhandled: readonly { message: string; stack?: string }[]): void {
    for (const error of unhandled) this.fail(shown(error));
    const notSelected = this.#notSelected.size;
    const all = this.#counts.passed + this.#counts.failed + this.#counts.skipped + notSelected;
    this.#log(`not selected: ${notSelected} of ${all}`);
    for (const [name, needs] of this.#notSelected) {
      this.#log(`  ${name}: ${needs.map((need) => `needs ${need} (${NEEDS[need]})`).join('; ')}`);
    }
  }

  /** Something else that must not go wrong. */
  fail(problem: string): void {
    this.#counts.failed++;
    this.#log(problem);
  }

  /** @param isWhole whether all scenarios were to run */
  counts(isWhole: boolean): Counts {
    const notSelected = this.#notSelected.size;
    const all = this.#counts.passed + this.#counts.failed + this.#counts.skipped + notSelected;
    if (isWhole && notSelected > all * MAX_NOT_SELECTED) {
      this.fail(`${notSelected} of ${all} scenarios are not selected; allowed is a third`);
    }
    return { ...this.#counts, notSelected };
  }

  /** A hook that fails leaves its scenarios skipped, which counts; why, stands here alone. */
  #failHooks(suite: TestSuite | TestModule): void {
    for (const error of suite.errors())
      this.fail(`${suite.type === 'suite' ? suite.fullName : suite.relativeModuleId}: ${shown(error)}`);
  }
}

function shown({ message, stack }: { message: string; stack?: string | undefined }): string {
  return `  ${message}\n${(stack ?? '').split('\n').slice(0, 6).join('\n')}`;
}
