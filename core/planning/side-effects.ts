// What else an erasure does or leaves behind, as facts that the approver reads: one sentence for each.
import type { BucketFacts, TableFacts, Target } from '../../contracts/plan.ts';

/** Each begins with the store's name. Stores that are not erased have none. */
export function sideEffectsOf(target: Target): string[] {
  if (target.purpose === 'preserve' || target.state !== 'planned' || target.facts === null) return [];
  const { facts } = target;
  const effects = facts.kind === 'dynamodb' ? ofTable(facts) : ofBucket(facts, target);
  return effects.map((effect) => `${target.id}: ${effect}`);
}

function ofTable({ stream, kinesisStreams, replicas, kmsKey }: TableFacts): string[] {
  return [
    ...(stream === null ? [] : [`its stream shows every deletion to whoever reads it (${stream})`]),
    ...kinesisStreams.map((arn) => `every deletion is sent to the Kinesis stream ${arn}`),
    ...(replicas.length === 0 ? [] : [`its replicas in ${replicas.join(', ')} lose the items too`]),
    ...keyEffect(kmsKey),
  ];
}

function ofBucket(facts: BucketFacts, target: Target): string[] {
  if (target.selectors.some(({ by }) => by === 'uploads')) return [];
  const isHidden = !target.operations.includes('finalise');
  return [
    // Deletions of versions are not replicated, markers where the rule says so (S3 user guide, replication).
    ...facts.replications
      .filter(({ prefix }) => touches(target, prefix))
      .map(({ rule, destination, copiesMarkers }) =>
        copiesMarkers && target.operations.includes('erase')
          ? `replication rule ${rule} hides the objects in ${destination} too`
          : `replication rule ${rule} has copied objects to ${destination}, where they stay`,
      ),
    ...(isHidden ? facts.expiries : [])
      .filter(({ prefix }) => touches(target, prefix))
      .map(
        ({ rule, days, isPartial }) =>
          `lifecycle rule ${rule} removes ${isPartial ? 'some of the' : 'the'} hidden versions after ${days} days`,
      ),
    ...(facts.notifies.length === 0
      ? []
      : [`its event notifications tell ${facts.notifies.join(', ')} of the deletions`]),
    ...keyEffect(facts.kmsKey),
  ];
}

function keyEffect(kmsKey: string | null): string[] {
  return kmsKey === null ? [] : [`its recovery points can be read only as long as the key ${kmsKey} exists`];
}

/** Whether a rule for a prefix may concern something of the target: one lies below the other. */
function touches({ selectors }: Target, rulePrefix: string): boolean {
  return selectors.some(
    (selector) =>
      selector.by === 'prefix' && (selector.prefix.startsWith(rulePrefix) || rulePrefix.startsWith(selector.prefix)),
  );
}

/** Days after which every hidden version of the target is gone by the bucket's own rules; null: they stay. */
export function hiddenDaysOf({ facts, selectors }: Target): number | null {
  if (facts?.kind !== 's3') return null;
  const days = selectors.map((selector) => {
    const sure = facts.expiries.filter(
      ({ prefix, isPartial }) => !isPartial && selector.by === 'prefix' && selector.prefix.startsWith(prefix),
    );
    return Math.min(...sure.map((rule) => rule.days));
  });
  const last = Math.max(...days);
  return Number.isFinite(last) ? last : null;
}
