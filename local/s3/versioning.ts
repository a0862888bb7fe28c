// A bucket's versioning: what it says at once, and what puts and deletes really follow.
import { accessDenied } from './errors.ts';

export type VersioningStatus = 'Enabled' | 'Suspended';
export type MfaDelete = 'Enabled' | 'Disabled';

/**
 * AWS: "wait for 15 minutes after enabling versioning" for the first time "before issuing write operations"
 * (PutBucketVersioning). Here the change always takes all of them.
 */
const FIRST_ENABLING_MS = 900_000;

/** `<serial number> <code>`, of which only the form can be checked here. */
const MFA_FORM = /^\S+ \d{6}$/;

export class Versioning {
  #status: VersioningStatus | undefined;
  #mfaDelete: MfaDelete | undefined;
  /** What puts and deletes followed before versioning was first enabled, and until when they still do. */
  #before: { readonly status: VersioningStatus | undefined; readonly untilMs: number } | undefined;

  /** @param status effective at once, as if it had been set long ago */
  constructor(status?: VersioningStatus) {
    this.#status = status;
    if (status === 'Enabled') this.#before = { status, untilMs: Number.NEGATIVE_INFINITY };
  }

  /** What GetBucketVersioning answers. */
  get status(): VersioningStatus | undefined {
    return this.#status;
  }

  /** Undefined until it was on once. */
  get mfaDelete(): MfaDelete | undefined {
    return this.#mfaDelete;
  }

  /** What puts and deletes follow now; undefined as long as they behave as in a bucket without versioning. */
  effectiveAt(nowMs: number): VersioningStatus | undefined {
    return this.#before && nowMs < this.#before.untilMs ? this.#before.status : this.#status;
  }

  /** @throws AccessDenied without a code, if MFA delete is on or to be switched on */
  set(status: VersioningStatus, mfaDelete: MfaDelete | undefined, mfa: string | undefined, nowMs: number): void {
    if (mfaDelete === 'Enabled' || this.#mfaDelete === 'Enabled') proveMfa(mfa);
    if (status === 'Enabled') this.#before ??= { status: this.#status, untilMs: nowMs + FIRST_ENABLING_MS };
    this.#status = status;
    // Switching off what never was on leaves no trace.
    if (mfaDelete === 'Enabled' || this.#mfaDelete !== undefined) this.#mfaDelete = mfaDelete ?? this.#mfaDelete;
  }

  /** @throws AccessDenied where MFA delete is on: without a code if anything goes for ever, and for a code that is none */
  allowDelete(isPermanent: boolean, mfa: string | undefined): void {
    if (this.#mfaDelete === 'Enabled' && (isPermanent || mfa !== undefined)) proveMfa(mfa);
  }
}

function proveMfa(mfa: string | undefined): void {
  if (!MFA_FORM.test(mfa ?? '')) throw accessDenied('Mfa Authentication must be used for this request');
}
