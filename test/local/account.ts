// An account for the tests of the embedded services: one clock, one key ring, and a front door with what a test needs.
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type FaultsInput, readFaults } from '../../local/faults/fault-rules.ts';
import { type Injector, makeInjector } from '../../local/faults/injector.ts';
import { CallLog, type CallRecord } from '../../local/kernel/call-record.ts';
import { type FrontDoor, openFrontDoor } from '../../local/kernel/front-door.ts';
import { KeyRing } from '../../local/kernel/key-ring.ts';
import type { AwsService, Place } from '../../local/kernel/service.ts';
import { ServiceClock } from '../../local/kernel/service-clock.ts';

export interface Account {
  readonly place: Place;
  readonly clock: ServiceClock;
  readonly keys: KeyRing;
  readonly calls: CallLog;
  readonly recorded: CallRecord[];
  /** Opens the front door until the test ends; the answer is the configuration of an SDK client. */
  serve(...services: AwsService[]): Promise<ClientConfiguration>;
  /** The same with faults, for calls of a function in an environment `e1`. */
  serveFaulty(
    faults: FaultsInput,
    ...services: AwsService[]
  ): Promise<ClientConfiguration & { readonly injector: Injector }>;
}

export interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/** Far from the wall's time, so that a clock read past the account's own is noticed. */
export const START_MS = Date.parse('2031-05-06T07:08:09.000Z');

export function makeAccount({ clockSpeed = 1 } = {}): Account {
  const place = { account: '123456789012', region: 'eu-west-1' };
  const clock = new ServiceClock(clockSpeed, START_MS);
  const keys = new KeyRing(place);
  const calls = new CallLog();
  const recorded: CallRecord[] = [];
  calls.listen((call) => recorded.push(call));
  onTestFinished(() => clock.close());
  return {
    place,
    clock,
    keys,
    calls,
    recorded,
    async serve(...services) {
      const door: FrontDoor = await openFrontDoor({ services, clock, keys, calls });
      onTestFinished(() => door.close());
      const credentials = { accessKeyId: 'AKIDOUTSIDE', secretAccessKey: 'any' };
      return { endpoint: door.endpoint, region: place.region, credentials, maxAttempts: 1 };
    },
    async serveFaulty(input, ...services) {
      const faults = readFaults(input);
      if (Array.isArray(faults)) throw new Error(faults.join('; '));
      const injector = makeInjector(faults, clock);
      const door = await openFrontDoor({ services, clock, keys, calls, faults: injector });
      onTestFinished(() => door.close());
      const credentials = keys.issue({ arn: `arn:aws:iam::${place.account}:role/fn`, name: 'fn', environment: 'e1' });
      return { endpoint: door.endpoint, region: place.region, credentials, maxAttempts: 1, injector };
    },
  };
}

/** The path of a function in test/local/functions. */
export function functionPath(name: string): string {
  return fileURLToPath(new URL(`./functions/${name}.mjs`, import.meta.url));
}
