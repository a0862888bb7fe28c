// Deploys Lethe for scenarios, over HTTP because they run in threads: a slot a thread, redeployed for each catalog.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Slot } from '../support/deployed-target.ts';
import type { Mutation } from '../support/mutation.ts';
import { NotDeployed, type Place } from '../support/target.ts';
import type { Account } from './account.ts';
import type { Cdk, Outputs } from './cdk.ts';
import type { Synthesizer } from './synthesizer.ts';

interface Order {
  readonly catalog: Catalog;
  readonly mutation?: Mutation;
  readonly mailBy?: 'ses' | 'sns';
}

interface Catalog {
  readonly stores?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Deployed extends Slot {
  assembly: string;
  /** What is deployed: an equal order needs no deployment. */
  order: string;
  isOpen: boolean;
}

interface Means {
  readonly cdk: Cdk;
  readonly synthesizer: Synthesizer;
  readonly account: Account;
  readonly region: string;
  /** Of every name the suite makes. */
  readonly prefix: string;
  /** For the application, besides catalog and stack. */
  readonly context: Readonly<Record<string, string>>;
  log(line: string): void;
}

const REFUSED = 422;

export class Deployer {
  readonly #means: Means;
  readonly #slots = new Map<string, Deployed>();
  readonly #begun = new Map<string, string>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #server: Server;
  seconds = 0;
  deployments = 0;

  constructor(means: Means) {
    this.#means = means;
    this.#server = createServer((request, response) => {
      const done = this.#answer(request).then(
        (slot) => response.end(JSON.stringify(slot)),
        (error: unknown) => {
          response.statusCode = error instanceof NotDeployed ? REFUSED : 500;
          response.end(error instanceof Error ? error.message : String(error));
        },
      );
      this.#underWay.add(done);
      done.finally(() => this.#underWay.delete(done));
    });
    // A deployment takes as long as it takes.
    this.#server.requestTimeout = 0;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Removes all that was made, whatever happened. @returns what went wrong on the way */
  async destroy(): Promise<string[]> {
    this.#server.close();
    this.#server.closeIdleConnections();
    await Promise.allSettled(this.#underWay);
    const problems: string[] = [];
    const attempt = async (what: string, act: () => Promise<unknown>) => {
      await act().catch((error: unknown) => problems.push(`${what}: ${error}`));
    };
    await Promise.all(
      [...this.#begun].map(async ([worker, assembly]) => {
        const slot = this.#slots.get(worker);
        if (slot) await attempt('ending runs', () => this.#means.account.endRuns(slot.place.stateMachineArn));
        await attempt(`cdk destroy ${assembly}`, () => this.#means.cdk.destroy(assembly));
      }),
    );
    // Stores of scenarios, and what the stacks retain.
    await attempt('removing stores', () => this.#means.account.removeStores(this.#means.prefix));
    const left = await this.#means.account.stores(this.#means.prefix);
    for (const name of [...left.tables, ...left.buckets]) problems.push(`${name} is still there`);
    return problems;
  }

  async #answer(request: IncomingMessage): Promise<Slot | Record<string, never>> {
    const { worker, order } = (await json(request)) as { worker: string; order: Order };
    const slot = this.#slots.get(worker);
    switch (request.url) {
      case '/open':
        if (slot?.isOpen) throw new Error('a scenario has one deployment at a time: close the other one first');
        return this.#deploy(worker, order);
      case '/redeploy':
        return this.#deploy(worker, order);
      case '/close':
        if (slot) await this.#close(slot);
        return {};
      default:
        throw new Error(`unknown order ${request.url}`);
    }
  }

  async #deploy(worker: string, order: Order): Promise<Slot> {
    const { cdk, synthesizer, context, prefix, log } = this.#means;
    const stack = `${prefix}${worker}`;
    const before = this.#slots.get(worker);
    const wanted = JSON.stringify(order);
    if (before?.order !== wanted) {
      const startedMs = performance.now();
      const catalog = ownStores(order.catalog, `${stack.toLowerCase()}-`);
      const assembly = await synthesizer.synthesize(catalog, stack, contextOf(order, context), order.mutation);
      this.#begun.set(worker, before?.assembly ?? assembly);
      const outputs = await cdk.deploy(assembly, before ? [stack] : [`${stack}State`, stack]);
      this.#slots.set(worker, {
        stack,
        prefix: `${stack.toLowerCase()}-`,
        place: before ? { ...before.place, ...placeOf(outputs, stack) } : this.#placeOf(outputs, stack),
        assembly,
        order: wanted,
        isOpen: true,
      });
      const seconds = (performance.now() - startedMs) / 1_000;
      this.seconds += seconds;
      this.deployments++;
      log(`${stack} is deployed in ${seconds.toFixed(1)} s`);
    }
    const slot = this.#slots.get(worker);
    if (!slot) throw new Error(`${stack} is not deployed`);
    slot.isOpen = true;
    return { stack: slot.stack, prefix: slot.prefix, place: slot.place };
  }

  #placeOf(outputs: Outputs, stack: string): Place {
    return { region: this.#means.region, ...placeOf(outputs, stack) } as Place;
  }

  /** As if nothing had ever run: no run, no store, no memory of either. */
  async #close(slot: Deployed): Promise<void> {
    const { account } = this.#means;
    await account.endRuns(slot.place.stateMachineArn);
    await Promise.all([account.removeStores(slot.prefix), account.emptyTable(slot.place.controlTable)]);
    slot.isOpen = false;
  }
}

/** SNS has a sender of its own. */
function contextOf({ mailBy }: Order, { mailFrom, ...context }: Means['context']): Record<string, string> {
  if (mailBy === 'sns') return { ...context, mailBy };
  return mailFrom === undefined ? context : { ...context, mailFrom };
}

function ownStores(catalog: Catalog, prefix: string): Catalog {
  const named = Object.entries(catalog.stores ?? {}).map(([id, store]) => {
    const own = ['table', 'bucket'].flatMap((key) => (key in store ? [[key, `${prefix}${store[key]}`]] : []));
    return [id, { ...store, ...Object.fromEntries(own) }];
  });
  return { ...catalog, stores: Object.fromEntries(named) };
}

/** Outputs of interfaces.md, section 7. */
function placeOf(outputs: Outputs, stack: string): Partial<Place> {
  const { StateMachineArn, WebUrl } = outputs[stack] ?? {};
  const { ControlTable, WorkBucket, EvidenceBucket } = outputs[`${stack}State`] ?? {};
  const found = {
    stateMachineArn: StateMachineArn,
    webUrl: WebUrl,
    controlTable: ControlTable,
    workBucket: WorkBucket,
    evidenceBucket: EvidenceBucket,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
