// What still exists elsewhere after a run, until when, and how to remove it.
import type { CountedTarget } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import type { PrefixSelector } from '../../contracts/selector.ts';
import type { RunRecords } from './run-records.ts';

type Residual = Report['residual'][number];

export function residualOf({ plan, recoveryPoints, backups, erasingAt }: RunRecords): Residual[] {
  const erased = (plan?.targets ?? []).filter(({ purpose, state }) => purpose === 'erase' && state === 'planned');
  return erased.flatMap((target) => {
    const backupArn = backups.get(target.id);
    const until = recoveryPoints.get(target.id)?.until ?? null;
    return [
      ...(backupArn === undefined ? [] : [backupRow(target, backupArn)]),
      ...(erasingAt === null || target.kind !== 'dynamodb' || target.recovery === 'none'
        ? []
        : [windowRow(target, until)]),
      ...(erasingAt === null || !keepsVersions(target) ? [] : versionsRows(target)),
    ];
  });
}

function backupRow({ id }: CountedTarget, backupArn: string): Residual {
  const removeWith = `aws dynamodb delete-backup --backup-arn ${quote(backupArn)}`;
  return { store: id, what: 'on-demand backup', until: null, removeWith };
}

function windowRow({ id }: CountedTarget, until: string | null): Residual {
  return { store: id, what: 'point-in-time recovery window', until, removeWith: null };
}

function keepsVersions({ kind, operations }: CountedTarget): boolean {
  return kind === 's3' && !operations.includes('finalise');
}

function versionsRows({ id, resource, selectors }: CountedTarget): Residual[] {
  return selectors.flatMap((selector) => (selector.by === 'prefix' ? [versionsRow(id, resource, selector)] : []));
}

/** At most 1,000 versions and markers, as many as one call deletes; to be repeated until it finds none. */
function versionsRow(id: string, resource: string, { prefix, except }: PrefixSelector): Residual {
  const where = `--bucket ${quote(resource)}`;
  const list = `aws s3api list-object-versions ${where} --prefix=${quote(prefix)} ${thousandBut(except)} --output json`;
  return {
    store: id,
    what: 'hidden versions',
    until: null,
    removeWith: `aws s3api delete-objects ${where} --delete "$(${list})"`,
  };
}

/** One page holds as many; under preserved prefixes lie versions that must stay, so that every page may be needed. */
function thousandBut(except: readonly string[]): string {
  const query = (found: string) => `--query ${quote(`{Objects: ${found}.{Key: Key, VersionId: VersionId}}`)}`;
  const all = '[Versions, DeleteMarkers][]';
  if (except.length === 0) return `--no-paginate ${query(all)}`;
  const others = except.map((prefix) => `!starts_with(Key, ${literal(prefix)})`).join(' && ');
  return query(`${all} | [?${others}] | [:1000]`);
}

/** A text in JMESPath. */
function literal(text: string): string {
  return `\`${JSON.stringify(text).replaceAll('`', '\\`')}\``;
}

/** One word for a POSIX shell. */
function quote(text: string): string {
  return /^[A-Za-z0-9_./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
