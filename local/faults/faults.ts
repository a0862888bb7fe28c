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
  readonly kills: readonly number[];
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
    const kills = this.#hitting('lambda', 'Invoke', functionName, isOfIt).map(({ at }) => at);
    this.#lives.set(environment, { kills, calls: 0 });
    const timed = kills.find((at) => this.#rules[at]?.when === 'afterMs' && this.#isLeft(at));
    if (timed === undefined) return undefined;
    this.#spend(timed);
    return this.#rules[timed]?.delayMs;
  }

  /** An environment makes an AWS call. @returns on which side of it to end the environment, if at all */
  killAt(environment: string): 'beforeCall' | 'afterCall' | undefined {
    const life = this.#lives.get(environment);
    if (!life) return undefined;
    life.calls++;
    for (const at of life.kills) {
      const { n, when } = this.#rules[at] ?? {};
      // An invocation that ends before its nth call was not hit.
      if (when === undefined || when === 'afterMs' || n !== life.calls || !this.#isLeft(at)) continue;
      this.#spend(at);
      return when;
    }
    return undefined;
  }

  #first(
    service: string,
    operation: string,
    resource: string | null,
    isWanted: (rule: FaultRule) => boolean,
  ): Hit | undefined {
    const hit = this.#hitting(service, operation, resource, isWanted).find(
      ({ at, rule, number }) => number >= rule.n && this.#isLeft(at),
    );
    if (!hit) return undefined;
    this.#spend(hit.at);
    const { rule, words } = hit;
    return { rule, isItemHit: (item) => chance(...words, item) < rule.share };
  }

  /** The rules that hit by their dice, each of which has counted this call. */
  #hitting(service: string, operation: string, resource: string | null, isWanted: (rule: FaultRule) => boolean) {
    return this.#rules.flatMap((rule, at) => {
      if (!isWanted(rule)) return [];
      const key = JSON.stringify([at, operation, resource]);
      const number = (this.#matches.get(key) ?? 0) + 1;
      this.#matches.set(key, number);
      const words = [this.#seed, at, service, operation, resource, number] as const;
      return chance(...words) < rule.rate ? [{ at, rule, number, words }] : [];
    });
  }

  #isLeft(at: number): boolean {
    return (this.#hits.get(at) ?? 0) < (this.#rules[at]?.times ?? Number.POSITIVE_INFINITY);
  }

  #spend(at: number): void {
    this.#hits.set(at, (this.#hits.get(at) ?? 0) + 1);
  }
}
