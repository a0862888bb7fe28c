// IAM for the embedded AWS: judges every call of a function, and of a session of the eraser role, before it is answered.
import type { AwsRequest, AwsService, Guard, Principal, Verdict } from '../../../local/kernel/service.ts';
import type { Ready, StartOptions } from '../../../local/start.ts';
import { type AskedCall, callsOf } from './calls.ts';
import { grantsOf } from './grants.ts';
import { allows, permits, type Statement } from './policy.ts';

/** A call that somebody made, and whether it was allowed. */
export interface JudgedCall extends AskedCall {
  /** A function's name, or `lethe-eraser`. */
  readonly by: string;
  readonly sessionPolicy: string | undefined;
  readonly isAllowed: boolean;
}

export class IamGuard implements Guard {
  readonly #catalog: unknown;
  readonly #onCall: (call: JudgedCall) => void;
  readonly #mailBy: StartOptions['mailBy'];
  readonly #keys = new Map<string, string>();
  #ready: Ready | undefined;
  #grants: ReadonlyMap<string, readonly Statement[]> = new Map();

  /** @param catalog for which the roles are made */
  constructor(catalog: unknown, onCall: (call: JudgedCall) => void = () => undefined, mailBy?: StartOptions['mailBy']) {
    this.#catalog = catalog;
    this.#onCall = onCall;
    this.#mailBy = mailBy;
  }

  /** Until then it denies everything. */
  attach(ready: Ready): void {
    this.#ready = ready;
    // As it is shipped: JSON leaves out what is undefined.
    this.#grants = grantsOf(JSON.parse(JSON.stringify(this.#catalog)), ready, this.#mailBy);
    this.#keys.set(ready.controlTable, 'pk');
  }

  judge(service: AwsService, request: AwsRequest): Verdict {
    const { principal } = request;
    if (principal.name === 'caller') {
      this.#learnKeys(service, request);
      return { denial: null };
    }
    if (!this.#ready) return { denial: 'nobody may do anything yet' };
    const calls = callsOf(service, request, this.#keys, this.#ready).map((call) => this.#judged(principal, call));
    for (const call of calls) this.#onCall(call);
    const denied = calls.filter(({ isAllowed }) => !isAllowed);
    if (denied.length > 0 && calls.every(({ key }) => key !== undefined)) {
      const keys = new Set(denied.map(({ key }) => key));
      return { denial: null, keyError: (key) => (keys.has(key) ? 'AccessDenied' : undefined) };
    }
    const [first] = denied;
    return { denial: first ? sentence(principal, first) : null };
  }

  #judged({ name, sessionPolicy }: Principal, call: AskedCall): JudgedCall {
    const by = name.split('/')[0] ?? name;
    const isGranted = permits(this.#grants.get(by) ?? [], call);
    // Only the worker is trusted by the eraser role, which a test of the template holds.
    const isTrusted = call.action !== 'sts:AssumeRole' || by === 'work-shard';
    const isInSession = sessionPolicy === undefined || allows(sessionPolicy, call);
    return { ...call, by, sessionPolicy, isAllowed: isGranted && isTrusted && isInSession };
  }

  /** Of tables that tests make; IAM knows them by itself. */
  #learnKeys({ name }: AwsService, { headers, body }: AwsRequest): void {
    if (name !== 'dynamodb' || !/\.(CreateTable|UpdateTable)$/.test(String(headers['x-amz-target']))) return;
    const { TableName, KeySchema, ...more } = JSON.parse(body.toString());
    const hashOf = (schema: { AttributeName: string; KeyType: string }[]) =>
      schema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
    const created = (more.GlobalSecondaryIndexUpdates ?? []).flatMap(({ Create }: { Create?: object }) => Create ?? []);
    const indexes = [...(more.GlobalSecondaryIndexes ?? []), ...(more.LocalSecondaryIndexes ?? []), ...created];
    if (KeySchema) this.#keys.set(TableName, hashOf(KeySchema));
    for (const index of indexes) this.#keys.set(`${TableName}/${index.IndexName}`, hashOf(index.KeySchema));
  }
}

/** As AWS words it. */
function sentence({ arn, sessionPolicy }: Principal, { action, resource }: AskedCall): string {
  const policy = sessionPolicy !== undefined ? 'session' : 'identity-based';
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no ${policy} policy allows the ${action} action`;
}
