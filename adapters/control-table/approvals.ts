// APPROVAL#<run> and LINK#<sha256>: what waits for a decision, who was asked by which link, and the task's token.
import { createHash, randomBytes } from 'node:crypto';
import { type ApprovalState, approvalState, LINK_ID, LINK_ID_BYTES } from '../../contracts/approval.ts';
import type { ControlTable } from './control-table.ts';

export interface NewLink {
  readonly runId: string;
  readonly approver: string;
  readonly createdAt: string;
}

export interface LinkRecord extends NewLink {
  /** A link to the run's page decides nothing: it can be passed on. */
  readonly allows: 'decide' | 'look';
  /** SHA-256 of its id, `sha256:` before it. */
  readonly digest: string;
}

export class Approvals {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  async get(runId: string): Promise<ApprovalState | undefined> {
    const item = await this.#table.get(key(runId, 'STATE'));
    return item && approvalState.parse(item['state']);
  }

  /** Keeps decisions that stand; the newest token replaces the last one, which is dead. */
  async ask(state: ApprovalState, page: unknown, taskToken: string): Promise<ApprovalState> {
    const { item } = await this.#table.update(key(state.runId, 'STATE'), {
      expression: 'SET #state = if_not_exists(#state, :state)',
      names: { '#state': 'state' },
      values: { ':state': state },
    });
    await this.#table.put({ ...key(state.runId, 'PAGE'), page: JSON.stringify(page) });
    await this.#table.put({ ...key(state.runId, 'TOKEN'), taskToken });
    return approvalState.parse(item?.['state']);
  }

  async page(runId: string): Promise<unknown> {
    const item = await this.#table.get(key(runId, 'PAGE'));
    return item && JSON.parse(String(item['page']));
  }

  async taskToken(runId: string): Promise<string | undefined> {
    const item = await this.#table.get(key(runId, 'TOKEN'));
    return item && String(item['taskToken']);
  }

  /** Writes the next state on the condition that nobody decided since; @returns false: read again and decide anew */
  async decide(next: ApprovalState): Promise<boolean> {
    const { won } = await this.#table.update(key(next.runId, 'STATE'), {
      expression: 'SET #state = :next',
      condition: '#state.version = :before',
      names: { '#state': 'state' },
      values: { ':next': next, ':before': next.version - 1 },
    });
    return won;
  }

  /** Nobody decides after `endedAt`: the version moves on, so that a decision under way is decided anew, and too late. */
  async end(runId: string, endedAt: string): Promise<void> {
    await this.#table.update(key(runId, 'STATE'), {
      expression: 'SET #state.expiresAt = :at, #state.version = #state.version + :one',
      condition: '#state.expiresAt > :at',
      names: { '#state': 'state' },
      values: { ':at': endedAt, ':one': 1 },
    });
  }

  /** Whether somebody was sent a mail of which each gets one, such as `ending` or `reminder 1`. */
  async wasTold(runId: string, person: string, about: string): Promise<boolean> {
    return (await this.#table.get(toldKey(runId, person, about))) !== undefined;
  }

  async noteTold(runId: string, person: string, about: string): Promise<void> {
    await this.#table.put({ ...toldKey(runId, person, about), person });
  }

  /**
   * A new opaque link id for one approver and one mail, and beside it the one that follows from it for the run's page;
   * only their digests are kept. They are listed before they work, so that each can be revoked.
   */
  async createLink(link: NewLink): Promise<string> {
    const id = randomBytes(LINK_ID_BYTES).toString('base64url');
    for (const [one, allows] of [
      [id, 'decide'],
      [runLinkId(id), 'look'],
    ] as const) {
      const record = { ...link, allows, digest: digestOf(one) };
      await this.#table.put({ ...key(link.runId, `LINK#${record.digest}`), ...record });
      await this.#table.put({ ...linkKey(record.digest), ...record });
    }
    return id;
  }

  /** Every link that was mailed for a run, to decide and to look. */
  async links(runId: string): Promise<LinkRecord[]> {
    const items = await this.#table.query(`APPROVAL#${runId}`);
    return items.filter(({ sk }) => String(sk).startsWith('LINK#')) as unknown as LinkRecord[];
  }

  /** @returns undefined for an id that nobody was given, and for another kind of link; one taken back is found still */
  async link(id: string, allows: LinkRecord['allows']): Promise<LinkRecord | undefined> {
    if (!LINK_ID.test(id)) return undefined;
    const item = await this.#table.get(linkKey(digestOf(id)));
    if (item?.['allows'] !== allows) return undefined;
    return item as unknown as LinkRecord;
  }
}

/** The id of the link to the run's page that belongs to a decision link; no way leads back. */
export function runLinkId(id: string): string {
  return createHash('sha256').update(`run page of ${id}`).digest('base64url');
}

const key = (runId: string, sk: string) => ({ pk: `APPROVAL#${runId}`, sk });
const toldKey = (runId: string, person: string, about: string) => key(runId, `TOLD#${about}#${person}`);
const digestOf = (id: string) => `sha256:${createHash('sha256').update(id).digest('hex')}`;
const linkKey = (digest: string) => ({ pk: `LINK#${digest.slice('sha256:'.length)}`, sk: 'LINK' });
