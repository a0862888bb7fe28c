// Compares a drafted target with what metadata says of its store: keys, protection, what cannot be erased safely.
import { Refusal } from '../../contracts/errors.ts';
import type { BucketFacts, Facts, TableFacts, TargetList } from '../../contracts/plan.ts';
import { checkSelectors } from './check-selectors.ts';
import type { DraftTarget } from './draft-targets.ts';

/** What `describe` of a store found; `unsupported` says why it cannot be erased safely. */
export type Description =
  | { readonly exists: false }
  | { readonly exists: true; readonly facts: Facts; readonly unsupported: string | null };

/**
 * @returns warnings for a run that only looks
 * @throws Refusal InvalidCatalog, StoreUnsupported
 */
export function checkFacts(
  draft: DraftTarget,
  description: Extract<Description, { exists: true }>,
  protection: TargetList['protection'],
  willErase: boolean,
): string[] {
  const { facts, unsupported } = description;
  if (facts.kind === 'dynamodb') checkSelectors(draft, facts);
  if (draft.purpose === 'preserve' || draft.selectors.length === 0) return [];
  const gaps = draft.isUnrecoverable ? [] : findGaps(facts, protection);
  const faults = [
    ...(unsupported === null ? [] : [unsupported]),
    ...replicaFaults(draft, facts),
    ...keyFaults(draft, facts),
  ];
  const reasons = [...faults, ...gaps];
  if (reasons.length === 0) return [];
  if (faults.length === 0 && !willErase)
    return reasons.map((reason) => `${draft.store}: ${reason}; execute would be refused`);
  throw new Refusal('Lethe.StoreUnsupported', {
    what: `Store ${draft.store} (${draft.resource}) cannot be erased safely: ${reasons.join('; ')}.`,
    received: draft.resource,
    allowed: 'stores with a recovery point; or recovery: none for the store, which cannot be undone',
    next: 'Change the store or the catalog; nothing was touched.',
  });
}

function replicaFaults({ allowsReplicas }: DraftTarget, facts: Facts): string[] {
  if (facts.kind !== 'dynamodb' || facts.replicas.length === 0 || allowsReplicas) return [];
  return [
    `it has replicas in ${facts.replicas.join(', ')}, where the items would be deleted too; allowReplicas: true takes that into account`,
  ];
}

/** The catalog may name the customer key; by its ARN or its id. */
function keyFaults({ kmsKey }: DraftTarget, facts: Facts): string[] {
  if (kmsKey === null || facts.kmsKey === kmsKey || facts.kmsKey?.endsWith(`:key/${kmsKey}`)) return [];
  return [`it is encrypted with ${facts.kmsKey ?? 'no customer key'}, not with the catalog's kmsKey ${kmsKey}`];
}

function findGaps(facts: Facts, protection: TargetList['protection']): string[] {
  return facts.kind === 'dynamodb' ? tableGaps(facts, protection) : bucketGaps(facts, protection);
}

function tableGaps(facts: TableFacts, { pitr }: TargetList['protection']): string[] {
  if (facts.hasPointInTimeRecovery || pitr === 'enable') return [];
  return ['point-in-time recovery is off and protection.pitr is refuse'];
}

function bucketGaps(facts: BucketFacts, { versioning }: TargetList['protection']): string[] {
  if (facts.versioning === 'Enabled' || versioning === 'enable') return [];
  return [`bucket versioning is ${facts.versioning} and protection.versioning is refuse`];
}
