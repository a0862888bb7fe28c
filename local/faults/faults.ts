// Decides which calls and invocations a faults file hits. A hit is a pure function of seed, rule, service, operation,
// resource and call number: the same calls in the same order are hit again.
import type { AwsRequest } from '../kernel/service.ts';
import { chance } from './chance.ts';
import type { FaultRule, FaultsFile } from './fault-rules.ts';
import { keysIn } from './keys-in.ts';

export interface Hit {
  readonly rule: FaultRule;
  /** Tells the items of a call apart: the same dice for the same item of the same call. */
  isItemHit(item: string): boolean;
}

/** What the thread of an execution environment is to expect. */
interface Life {
  readonly kill: FaultRule | undefined;
  calls: number;
}

export class Faults {
  readonly #seed: number;
  readonly #rules: readonly FaultRule[];
  readonly #matches = new Map<string, number>();
  readonly #hits = new Map<number, number>();
  readonly #lives = new Map<string, Life>();

  constructor({ seed, rules }: FaultsFile) {
    this.#seed = seed;
    this.#rules = rules;
  }

  /** The first rule that hits a call at the front door. */
  ofCall(service: string, operation: string, resource: string | null, request: AwsRequest): Hit | undefined {
    return this.#first(service, operation, resource, (rule) => {
      const { effect, match } = rule;
      if (effect === 'kill' || effect === 'loseResult' || rule.service !== service) return false;
      if (rule.operation !== undefined && rule.operation !== operation) return false;
      if (match.table !== undefined && match.table !== resource) return false;
      const { keyPrefix } = match;
      return keyPrefix === undefined || keysIn(service, request).some((key) => key.startsWith(keyPrefix));
    });
  }

  /** The first rule that hits an invocation which somebody waits for; kills are of the thread (see `begin`). */
  ofInvocation(functionName: string): Hit | undefined {
    return this.#first('lambda', 'Invoke', functionName, (rule) => {
      const isOfIt = rule.operation === undefined || rule.operation === functionName || rule.operation === 'Invoke';
      return rule.service === 'lambda' && rule.effect !== 'kill' && isOfIt;
    });
  }

  /** An environment begins an invocation. @returns milliseconds after which to end it, where a rule says so */
  begin(environment: string, functionName: string): number | undefined {
    const isOfIt = ({ effect, operation }: FaultRule) =>
      effect === 'kill' && (operation === undefined || operation === functionName);
    const kill = this.#first('lambda', 'Invoke', functionName, isOfIt, true)?.rule;
    this.#lives.set(environment, { kill, calls: 0 });
    return kill?.when === 'afterMs' ? kill.delayMs : undefined;
  }

  /** An environment makes an AWS call. @returns on which side of it to end the environment, if at all */
  killAt(environment: string): 'beforeCall' | 'afterCall' | undefined {
    const life = this.#lives.get(environment);
    if (!life) return undefined;
    life.calls++;
    const { kill } = life;
    if (kill === undefined || kill.when === 'afterMs' || life.calls !== kill.n) return undefined;
    return kill.when;
  }

  #first(
    service: string,
    operation: string,
    resource: string | null,
    isWanted: (rule: FaultRule) => boolean,
    isKill = false,
  ): Hit | undefined {
    let hit: Hit | undefined;
    for (const [at, rule] of this.#rules.entries()) {
      if (!isWanted(rule)) continue;
      const key = JSON.stringify([at, operation, resource]);
      const number = (this.#matches.get(key) ?? 0) + 1;
      this.#matches.set(key, number);
      const hits = this.#hits.get(at) ?? 0;
      const words = [this.#seed, at, service, operation, resource, number] as const;
      // For a kill, n counts the calls of one invocation; else the calls that match.
      const isDue = isKill || number >= rule.n;
      if (hit || !isDue || hits >= (rule.times ?? Number.POSITIVE_INFINITY) || chance(...words) >= rule.rate) continue;
      this.#hits.set(at, hits + 1);
      hit = { rule, isItemHit: (item) => chance(...words, item) < rule.share };
    }
    return hit;
  }
}
