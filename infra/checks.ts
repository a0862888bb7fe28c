// cdk-nag's AwsSolutions, with every wildcard argued for: a star that no line here explains fails the synthesis.
import { AwsSolutionsChecks, type IApplyRule } from 'cdk-nag';

interface Wildcard {
  /** Of the finding, as cdk-nag writes it. */
  readonly pattern: RegExp;
  readonly reason: string;
}

export const WILDCARDS: readonly Wildcard[] = [
  {
    pattern: /^Resource::\*$/,
    reason: 'X-Ray and the delivery of logs know no resources (service authorization reference)',
  },
  { pattern: /\/runs\/\*\/[\w.-]+$/, reason: 'one file of every run: the ids of runs to come are not known' },
  {
    pattern: /\/runs\/\*\/(samples|maps)\/\*$/,
    reason: 'files of every run whose names follow from what happens in it',
  },
  { pattern: /:table\/[\w.-]+\/backup\/\*$/, reason: 'backups of one table: their ARNs are made with them' },
  {
    pattern: /:s3:::[a-z0-9.-]+\/.*\*$/,
    reason: 'objects below one catalogued prefix: each session narrows it to one id',
  },
  { pattern: /:execution:[\w-]+:\*$/, reason: 'executions of one state machine: runs to come' },
  {
    pattern: /:schedule\/[\w-]+-reminders\/\*$/,
    reason: 'schedules of one group: the ids of runs to come are not known',
  },
  { pattern: /:mapRun:[\w-]+\/\*$/, reason: 'map runs of one state machine: runs to come' },
];

export class Checks extends AwsSolutionsChecks {
  /** Wildcards that were needed, by their place in the table. */
  readonly used = new Set<Wildcard>();

  protected override applyRule(parameters: IApplyRule): void {
    super.applyRule({
      ...parameters,
      rule: (node) => {
        const found = parameters.rule(node);
        return Array.isArray(found) ? found.filter((finding) => !this.#isArgued(finding)) : found;
      },
      // The rule's name is part of the finding's id, and a wrapped function has another.
      ruleSuffixOverride: parameters.ruleSuffixOverride ?? parameters.rule.name,
    });
  }

  #isArgued(finding: string): boolean {
    const wildcard = WILDCARDS.find(({ pattern }) => pattern.test(finding));
    if (wildcard) this.used.add(wildcard);
    return wildcard !== undefined;
  }
}
