// Who may read and write which files of a run, in the work bucket and the evidence bucket.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { FunctionName } from '../../contracts/functions.ts';
import { EVIDENCE_FILES, SIGNATURE_FILES } from '../../contracts/report.ts';

interface Files {
  readonly reads?: readonly string[];
  /** Written on the condition that it is not there; what stands instead is read. */
  readonly writesOnce?: readonly string[];
  readonly writes?: readonly string[];
}

const WORK: Readonly<Partial<Record<FunctionName, Files>>> = {
  'plan-run': { writesOnce: ['shards.jsonl', 'protect.jsonl', 'targets.json'] },
  'protect-target': { reads: ['targets.json'] },
  'work-shard': { reads: ['targets.json', 'plan.json'], writes: ['samples/*'] },
  'seal-plan': { reads: ['targets.json'], writesOnce: ['plan.json'] },
  'request-approval': { reads: ['plan.json'] },
  'check-decision': { reads: ['plan.json'] },
  'weigh-pass': { reads: ['plan.json'] },
  'write-report': { reads: ['targets.json', 'plan.json'] },
  'show-run': { reads: ['targets.json', 'plan.json'] },
};

const EVIDENCE: Readonly<Partial<Record<FunctionName, Files>>> = {
  'write-report': { writesOnce: [...EVIDENCE_FILES, ...SIGNATURE_FILES] },
  'close-run': { reads: ['SHA256SUMS'] },
  'tell-outcome': { reads: ['report.json'] },
  'show-run': { reads: ['SHA256SUMS', 'report.html'] },
};

export function workStatements(functionName: FunctionName, bucketArn: string): PolicyStatement[] {
  return statementsOf(WORK[functionName], bucketArn, true);
}

export function evidenceStatements(functionName: FunctionName, bucketArn: string): PolicyStatement[] {
  return statementsOf(EVIDENCE[functionName], bucketArn, false);
}

/** @param isPinned its readers name the version they were told of */
function statementsOf(files: Files | undefined, bucketArn: string, isPinned: boolean): PolicyStatement[] {
  if (!files) return [];
  const { reads = [], writesOnce = [], writes = [] } = files;
  const arns = (names: readonly string[]) => names.map((name) => `${bucketArn}/runs/*/${name}`);
  return [
    ...allow([isPinned ? 's3:GetObjectVersion' : 's3:GetObject'], reads),
    ...allow(['s3:GetObject'], writesOnce),
    ...allow(['s3:PutObject'], [...writesOnce, ...writes]),
    // Without it S3 answers 403 instead of 404 for a file that is not there yet (GetObject, API reference).
    ...(reads.length > 0 && !isPinned
      ? [new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucketArn] })]
      : []),
  ];

  function allow(actions: string[], names: readonly string[]): PolicyStatement[] {
    return names.length === 0 ? [] : [new PolicyStatement({ actions, resources: arns(names) })];
  }
}
