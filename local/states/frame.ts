// What the interpreter of one line of states works with: the world outside, its execution, its variables.
import type { Json } from '../kernel/json-service.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Scope } from './asl.ts';
import type { Data, MapItem } from './data.ts';
import type { Execution } from './execution.ts';
import type { Expressions } from './expressions.ts';
import type { Trail } from './history.ts';
import type { MapRun } from './map-run.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { Variables } from './variables.ts';

/** What a function gave: its payload, or the error Lambda reports for it. */
export type InvokeResult =
  | { readonly payload: Json }
  | {
      readonly error: { readonly errorType: string; readonly errorMessage: string; readonly trace?: readonly string[] };
    };

/**
 * Invokes a function and waits for it. Never rejects but with an Error named as Step Functions names the failure of an
 * invocation, such as `Lambda.TooManyRequestsException`.
 */
export type InvokeFunction = (functionNameOrArn: string, payload: Json, invoker: string) => Promise<InvokeResult>;

/** Reads and writes objects for maps; throws AwsError. */
export interface Objects {
  get(bucket: string, key: string, versionId?: string): Uint8Array | Promise<Uint8Array>;
  put(bucket: string, key: string, body: Uint8Array): unknown;
}

export interface Host {
  readonly clock: ServiceClock;
  readonly place: Place;
  readonly expressions: Expressions;
  readonly tokens: TaskTokens;
  readonly objects: Objects;
  readonly invokeFunction: InvokeFunction;
  /** From 0 to less than 1. */
  readonly random: () => number;
  addMapRun(run: MapRun): void;
  /** Runs a child to its end and never rejects. */
  runChild(child: Execution, scope: Scope, input: Data, item: MapItem): Promise<void>;
}

export interface Frame {
  readonly host: Host;
  readonly execution: Execution;
  readonly executionInput: Json;
  readonly variables: Variables;
  /** Aborts, with an Aborted, when this line must stop. */
  readonly signal: AbortSignal;
  readonly trail: Trail;
  readonly item?: MapItem;
}
