// Access keys and whom they belong to. Keys nobody issued here belong to the account's own caller.
import { randomBytes } from 'node:crypto';
import type { Place, Principal } from './service.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export class KeyRing {
  readonly #principals = new Map<string, { readonly principal: Principal; readonly expiresAtMs: number }>();
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  issue(principal: Principal, expiresAtMs = Number.POSITIVE_INFINITY): Keys {
    const accessKeyId = `ASIA${randomBytes(10).toString('hex').slice(0, 16).toUpperCase()}`;
    this.#principals.set(accessKeyId, { principal, expiresAtMs });
    return {
      accessKeyId,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(48).toString('base64'),
    };
  }

  /** `expired` for a key issued here whose time is over. */
  principalOf(accessKeyId: string, nowMs: number): Principal | 'expired' {
    const found = this.#principals.get(accessKeyId);
    if (!found) return { arn: `arn:aws:iam::${this.#place.account}:root`, name: 'caller' };
    return nowMs < found.expiresAtMs ? found.principal : 'expired';
  }
}
