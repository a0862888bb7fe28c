// Real SDK clients whose calls go wrong on purpose, between the SDK and the wire: lost, refused, slow, done in part.
import { Readable } from 'node:stream';
import type { Life } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs and outputs of any operation; each fault knows those it changes
type Document = any;

export interface Call {
  readonly operation: string;
  /** Counts the calls of this operation by this client, from 1. */
  readonly n: number;
  readonly input: Document;
}

type Send = () => Promise<Document>;
type Protocol = 'json' | 'xml';

/** What goes wrong with a call: it may send, and answers in the service's place. */
export interface Fault {
  /** Around the SDK: changes the input, and answers with an output. */
  readonly onCall?: (call: Call, send: (input: Document) => Promise<Document>, time: VirtualTime) => Promise<Document>;
  /** Around the wire: sends or not, and answers with a response or an error of the connection. */
  readonly onWire?: (send: Send, protocol: Protocol) => Promise<Document>;
}

export interface Surroundings {
  readonly time: VirtualTime;
  readonly life: Life;
  /** Looks at each call, and says what goes wrong with it. */
  readonly fault?: (call: Call) => Fault | undefined;
  /** Sees each call that goes out, with its body as it stands on the wire. */
  readonly onSent?: (call: Call & { readonly body: string }) => void;
}

/** A client's stack of middleware, as far as it is used here; the SDK types it for each client apart. */
interface Stack {
  add(
    middleware: (next: (args: Document) => Promise<Document>, context: { commandName?: string }) => Send,
    options: { readonly step: 'initialize' | 'deserialize'; readonly priority?: 'low'; readonly name: string },
  ): void;
}

interface Client {
  readonly middlewareStack: unknown;
}

/** The same client: while a call is under way time stands still, and once its worker is dead nothing is sent or answered. */
export function withFaults<C extends Client>(client: C, { time, life, fault, onSent }: Surroundings): C {
  const stack = client.middlewareStack as Stack;
  const counts = new Map<string, number>();
  const found = new WeakMap<object, { readonly call: Call; readonly fault: Fault | undefined }>();
  const initialise = (next: (args: Document) => Promise<Document>, context: { commandName?: string }) =>
    (async (args: Document) => {
      const operation = (context.commandName ?? '').replace(/Command$/, '');
      const n = (counts.get(operation) ?? 0) + 1;
      counts.set(operation, n);
      const call: Call = { operation, n, input: args.input };
      const happening = fault?.(call);
      found.set(context, { call, fault: happening });
      const release = time.hold();
      try {
        const send = (input: Document) => next({ ...args, input });
        return await (happening?.onCall ? happening.onCall(call, send, time) : send(args.input));
      } finally {
        release();
      }
    }) as Send;
  const transmit = (next: (args: Document) => Promise<Document>, context: object) =>
    (async (args: Document) => {
      const { call, fault: happening } = found.get(context) ?? {};
      const send = () => {
        if (call) onSent?.({ ...call, body: textOf(args.request.body) });
        return next(args);
      };
      return life.act(() => (happening?.onWire ? happening.onWire(send, protocolOf(args.request)) : send()));
    }) as Send;
  stack.add(initialise, { step: 'initialize', name: 'faulty-call' });
  stack.add(transmit, { step: 'deserialize', priority: 'low', name: 'faulty-wire' });
  return client;
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body ?? '');
}

/** The nth call of an operation (or several of them) goes wrong. */
export function on(operation: string, n: number | readonly number[], fault: Fault): (call: Call) => Fault | undefined {
  const numbers = [n].flat();
  return (call) => (call.operation === operation && numbers.includes(call.n) ? fault : undefined);
}

/** The first of several that says anything. */
export function oneOf(...faults: ((call: Call) => Fault | undefined)[]): (call: Call) => Fault | undefined {
  return (call) => faults.map((fault) => fault(call)).find((fault) => fault !== undefined);
}

const connectionReset = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** The connection goes before the service hears anything. */
export const RESET_BEFORE: Fault = { onWire: () => Promise.reject(connectionReset()) };

/** The service does what it was told, and nobody learns of it. */
export const RESET_AFTER: Fault = {
  async onWire(send) {
    await send();
    throw connectionReset();
  },
};

/** The answer takes so long, and comes. */
export function slow(ms: number): Fault {
  return {
    async onCall(call, send, time) {
      const answer = await send(call.input);
      await time.pass(ms);
      return answer;
    },
  };
}

/** The service answers an error, having done nothing, or having done all (`after`). */
export function refused(status: number, code: string, when: 'instead' | 'after' = 'instead'): Fault {
  return {
    async onWire(send, protocol) {
      if (when === 'after') await send();
      return { response: respond(status, protocol, ERRORS[protocol](code)) };
    },
  };
}

/** Such a body, whole, with status 200, though nothing was done. */
export function answered(body: string): Fault {
  return { onWire: async (_, protocol) => ({ response: respond(200, protocol, body) }) };
}

/** The service does what it was told, and only so much of its answer arrives, with a length that says it is all. */
export function cut(share: number): Fault {
  return {
    async onWire(send, protocol) {
      const { response } = await send();
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const kept = body.subarray(0, Math.min(body.length - 1, Math.floor(body.length * share)));
      return { response: respond(response.statusCode, protocol, kept.toString()) };
    },
  };
}

const ERRORS: Readonly<Record<Protocol, (code: string) => string>> = {
  json: (code) => JSON.stringify({ __type: code, message: `${code}, on purpose` }),
  xml: (code) => `<Error><Code>${code}</Code><Message>${code}, on purpose</Message></Error>`,
};

function respond(statusCode: number, protocol: Protocol, body: string) {
  const headers = { 'content-type': `application/${protocol}`, 'content-length': String(Buffer.byteLength(body)) };
  return { statusCode, headers, body: Readable.from([body]) };
}

function protocolOf({ headers }: Document): Protocol {
  return String(headers['content-type']).includes('json') ? 'json' : 'xml';
}

/** BatchWriteItem deletes some of its items and gives the others back. */
export function unprocessed(isLeft: (at: number) => boolean): Fault {
  return {
    async onCall({ input }, send) {
      const [[table, requests] = ['', []]] = Object.entries<Document[]>(input.RequestItems);
      const left = requests.filter((_, at) => isLeft(at));
      const done = requests.filter((_, at) => !isLeft(at));
      const output = done.length > 0 ? await send({ ...input, RequestItems: { [table]: done } }) : {};
      return { ...output, output: { ...output.output, UnprocessedItems: left.length > 0 ? { [table]: left } : {} } };
    },
  };
}

/** DeleteObjects leaves some keys alone, each with a code inside the answer. */
export function keyErrors(codeOf: (key: string) => string | undefined): Fault {
  return {
    async onCall({ input }, send) {
      const objects: Document[] = input.Delete.Objects;
      const done = objects.filter(({ Key }) => codeOf(Key) === undefined);
      const Errors = objects
        .filter(({ Key }) => codeOf(Key) !== undefined)
        .map(({ Key, VersionId }) => ({ Key, VersionId, Code: codeOf(Key) }));
      const output =
        done.length > 0 ? await send({ ...input, Delete: { ...input.Delete, Objects: done } }) : { output: {} };
      return { ...output, output: { ...output.output, Errors: [...(output.output.Errors ?? []), ...Errors] } };
    },
  };
}
