// `lethe approval links`, `revoke` and `replace`: who was asked, links taken back, and deputies put in an approver's place.
import type { LinkRecord } from '../../adapters/control-table/approvals.ts';
import type { ApprovalState, Revocation } from '../../contracts/approval.ts';
import { type Plan, plan as planSchema } from '../../contracts/plan.ts';
import { freeDeputies, type NotReplaced, replace } from '../../core/approval/replace.ts';
import { peopleLeft, revoke } from '../../core/approval/revoke.ts';
import { samePerson } from '../../core/approval/same-person.ts';
import { showCounted, showInstant } from '../../core/text.ts';
import { type Connection, connect } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine, type Flags } from '../flags.ts';
import { type Io, note, say, sayJson } from '../io.ts';
import { BY_MAX, REASON_MAX, requireLine } from '../require-line.ts';
import { table, text } from '../show/table.ts';
import { UsageError } from '../usage-error.ts';
import { checkRunId, requireRun } from './status.ts';

export interface RevokeFlags extends Flags {
  readonly approver?: string;
  readonly by?: string;
  readonly reason?: string;
}

export interface ReplaceFlags extends RevokeFlags {
  readonly with?: string;
}

/** Races for one approval: at most as many as there are approvers. */
const MAX_RACES = 20;

/** @throws UsageError, NoDeployment */
export async function approvalLinks(runId: string, flags: Flags, io: Io): Promise<number> {
  checkRunId(runId);
  const connection = await connect(flags, io);
  try {
    const state = await asked(runId, connection, io);
    // The links to the run's page go with those that decide.
    const links = (await connection.approvals.links(runId)).filter(({ allows }) => allows === 'decide');
    const rows = links.map((link) => {
      const taken = state.revoked?.findLast(({ approver }) => samePerson(approver, link.approver));
      const decision = state.decisions.find(({ link: digest }) => digest === link.digest);
      return { ...link, revoked: taken ?? null, decision: decision?.decision ?? null };
    });
    const unmailed = state.approvers.filter((person) => !links.some(({ approver }) => samePerson(approver, person)));
    if (flags.json)
      sayJson(io, { runId, required: state.required, expiresAt: state.expiresAt, links: rows.map(shown), unmailed });
    else {
      const columns = [text('Approver'), text('Mailed'), text('Decided'), text('Taken back')];
      const lines = rows.map(({ approver, createdAt, decision, revoked }) => [
        approver,
        showInstant(createdAt),
        decision ?? '',
        revoked ? takenBack(revoked) : '',
      ]);
      say(io, table(columns, [...lines, ...unmailed.map((person) => [person, 'not mailed', '', ''])]));
    }
    return EXIT.held;
  } finally {
    connection.close();
  }
}

function takenBack({ at, by, reason, replacedBy }: Revocation): string {
  return `${showInstant(at)} by ${by}${replacedBy === undefined ? '' : `, replaced by ${replacedBy}`}: ${reason}`;
}

/** @throws UsageError for somebody without a link, and where nothing is awaited; NoDeployment */
export async function approvalRevoke(runId: string, flags: RevokeFlags, io: Io): Promise<number> {
  checkRunId(runId);
  const next = 'Say whose link it is, who takes it back, and why.';
  const approver = requireLine('--approver', flags.approver, BY_MAX, next);
  const by = requireLine('--by', flags.by, BY_MAX, next);
  const reason = requireLine('--reason', flags.reason, REASON_MAX, next);
  const connection = await connect(flags, io);
  try {
    const state = await asked(runId, connection, io);
    if (!state.approvers.some((person) => samePerson(person, approver))) throw noLink(runId, approver, state);
    const written = await write(runId, connection, (current) =>
      revoke(current, { approver, by, reason, at: io.clock.nowIso() }),
    );
    if (!written) throw notAwaited(runId, flags);
    const left = peopleLeft(written);
    if (flags.json) sayJson(io, { runId, approver, left, required: written.required });
    else say(io, [`The links of ${approver} to run ${runId} no longer work.`]);
    note(io, leftLines(runId, left, written, flags));
    return EXIT.held;
  } finally {
    connection.close();
  }
}

/**
 * Repeatable: a deputy who stands there already, but whose mail was not sent, is asked then.
 * @throws UsageError for somebody who was not asked or has decided, for nobody's deputy, and where nothing is awaited; NoDeployment
 */
export async function approvalReplace(runId: string, flags: ReplaceFlags, io: Io): Promise<number> {
  checkRunId(runId);
  const next = 'Say whose place it is, which deputy takes it, who decides so, and why.';
  const approver = requireLine('--approver', flags.approver, BY_MAX, next);
  const replacedBy = requireLine('--with', flags.with, BY_MAX, next);
  const by = requireLine('--by', flags.by, BY_MAX, next);
  const reason = requireLine('--reason', flags.reason, REASON_MAX, next);
  const connection = await connect(flags, io);
  try {
    await asked(runId, connection, io);
    const plan = planSchema.parse(await connection.approvals.page(runId));
    const written = await write(runId, connection, (current) => {
      const next = replace(plan, current, { approver, by, reason, at: io.clock.nowIso(), replacedBy });
      if (typeof next === 'string') throw notReplaced(next, { runId, approver, replacedBy }, plan, current, flags);
      return next;
    });
    if (!written) throw notAwaited(runId, flags);
    const isAsked = await connection.asking.ask(runId, replacedBy);
    const left = peopleLeft(written);
    if (flags.json) sayJson(io, { runId, approver, replacedBy, asked: isAsked, left, required: written.required });
    else say(io, [`${replacedBy} decides in the place of ${approver} about run ${runId}, whose links no longer work.`]);
    note(io, [
      isAsked
        ? `A mail with a link was sent to ${replacedBy}.`
        : `${replacedBy} was not mailed: nothing is left to decide.`,
    ]);
    note(io, leftLines(runId, left, written, flags));
    return EXIT.held;
  } finally {
    connection.close();
  }
}

async function asked(runId: string, connection: Connection, io: Io): Promise<ApprovalState> {
  await requireRun(runId, connection, io.clock.nowMs());
  const state = await connection.approvals.get(runId);
  if (!state) {
    throw new UsageError({
      what: `Nobody was asked about run ${runId}.`,
      received: runId,
      allowed: 'a run that waits or waited for an approval',
      next: 'Look at where it stands with `lethe status`.',
    });
  }
  return state;
}

/** @returns what is written; undefined where nothing is awaited any more */
async function write(
  runId: string,
  { approvals }: Connection,
  change: (state: ApprovalState) => ApprovalState | undefined,
): Promise<ApprovalState | undefined> {
  for (let race = 0; race < MAX_RACES; race++) {
    const state = await approvals.get(runId);
    const next = state && change(state);
    if (!next || next === state || (await approvals.decide(next))) return next;
  }
  throw new Error(`the approval of run ${runId} changes faster than it can be read`);
}

function shown({
  approver,
  createdAt,
  digest,
  decision,
  revoked,
}: LinkRecord & { decision: unknown; revoked: unknown }) {
  return { approver, mailedAt: createdAt, link: digest, decision, revoked };
}

function leftLines(runId: string, left: readonly string[], { required }: ApprovalState, flags: Flags): string[] {
  if (left.length >= required) return [`${left.join(', ')} can still decide; ${required} must approve.`];
  return [
    `${showCounted(left.length, 'person', 'people')} can still decide, but ${required} must approve: the run will expire.`,
    `To end it now: ${commandLine(`abort ${runId}`, flags)} --by … --reason …`,
  ];
}

function noLink(runId: string, approver: string, { approvers }: ApprovalState): UsageError {
  return new UsageError({
    what: `${approver} has no link to run ${runId}.`,
    received: approver,
    allowed: approvers,
    next: 'Name one of those who were asked; `lethe approval links` lists them.',
  });
}

interface Wanted {
  readonly runId: string;
  readonly approver: string;
  readonly replacedBy: string;
}

function notReplaced(
  why: NotReplaced,
  { runId, approver, replacedBy }: Wanted,
  plan: Plan,
  state: ApprovalState,
  flags: Flags,
): UsageError {
  switch (why) {
    case 'not-awaited':
      return notAwaited(runId, flags);
    case 'not-asked':
      return noLink(runId, approver, state);
    case 'has-decided':
      return new UsageError({
        what: `${approver} has decided about run ${runId} already, and what he decided stands.`,
        received: approver,
        allowed: state.approvers.filter((person) => !state.decisions.some(({ by }) => samePerson(by, person))),
        next: `To stop the run: \`${commandLine(`abort ${runId}`, flags)} --by … --reason …\`.`,
      });
    case 'no-deputy':
      return new UsageError({
        what: `${replacedBy} is no deputy who can take a place in run ${runId}.`,
        received: replacedBy,
        allowed: freeDeputies(plan, state),
        next: 'Deputies stand in the catalog (approval.deputies) and in the plan when it is sealed; the requester is none.',
      });
  }
}

function notAwaited(runId: string, flags: Flags): UsageError {
  return new UsageError({
    what: `Run ${runId} no longer waits for an approval: its links decide nothing any more.`,
    received: runId,
    allowed: 'a run that waits for an approval',
    next: `See \`${commandLine(`status ${runId}`, flags)}\`.`,
  });
}
