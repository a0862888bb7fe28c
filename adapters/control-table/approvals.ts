// APPROVAL#<run> and LINK#<sha256>: what waits for a decision, who was asked by which link, and the task's token.
import { createHash, randomBytes } from 'node:crypto';
import { type ApprovalState, approvalState, LINK_ID, LINK_ID_BYTES } from '../../contracts/approval.ts';
import type { ControlTable } from './control-table.ts';

export interface LinkRecord {
  readonly runId: string;
  readonly approver: string;
  readonly createdAt: string;
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

  /** A new opaque link id for one approver and one mail; only its digest is kept. */
  async createLink(link: LinkRecord): Promise<string> {
    const id = randomBytes(LINK_ID_BYTES).toString('base64url');
    await this.#table.put({ ...linkKey(id), ...link });
    return id;
  }

  async link(id: string): Promise<LinkRecord | undefined> {
    if (!LINK_ID.test(id)) return undefined;
    return (await this.#table.get(linkKey(id))) as unknown as LinkRecord | undefined;
  }
}

const key = (runId: string, sk: string) => ({ pk: `APPROVAL#${runId}`, sk });
const linkKey = (id: string) => ({ pk: `LINK#${createHash('sha256').update(id).digest('hex')}`, sk: 'LINK' });
