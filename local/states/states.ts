// Step Functions of the embedded AWS: JSONata state machines behind the real API.
import { randomUUID } from 'node:crypto';
import { AwsError } from '../kernel/aws-error.ts';
import { type Json, makeJsonService } from '../kernel/json-service.ts';
import type { AwsService, Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { makeOperations } from './api.ts';
import { checkDefinition } from './check-definition.ts';
import { toData } from './data.ts';
import { Engine, type Listener } from './engine.ts';
import { Expressions } from './expressions.ts';
import type { InvokeFunction, Objects } from './frame.ts';
import { isName, machineArn } from './names.ts';
import { Registry } from './registry.ts';
import { TaskTokens } from './task-tokens.ts';

export type { ExecutionEvent } from './execution.ts';
export type { InvokeResult } from './frame.ts';

interface StatesOptions {
  readonly clock: ServiceClock;
  readonly place: Place;
  readonly invokeFunction: InvokeFunction;
  readonly objects: Objects;
  /** Is given each EventBridge event "Step Functions Execution Status Change"; what it throws becomes a process warning. */
  onStatusChange?(event: Json): void;
  /** From 0 to less than 1, for `$random` and jitter. @default Math.random */
  random?(): number;
}

export interface States {
  readonly service: AwsService;
  /** @returns the ARN. @throws AwsError naming path and field of everything that is wrong or not supported */
  createStateMachine(name: string, definition: Json, roleArn: string): string;
  /** As a service of the account that starts executions, such as a rule. @returns the ARN of the execution */
  start(stateMachineArn: string, input: Json): string;
  /**
   * Calls the listener in order and synchronously for executions that no map run started; what it throws becomes a
   * process warning.
   * @returns the function that ends the subscription
   */
  listen(listener: Listener): () => void;
  /** Stops what runs; nothing is called afterwards. */
  close(): Promise<void>;
}

export function makeStates({ clock, place, invokeFunction, objects, onStatusChange, random }: StatesOptions): States {
  const registry = new Registry();
  const tokens = new TaskTokens(clock);
  const chance = random ?? Math.random;
  const expressions = new Expressions(clock, chance);
  const world = { clock, place, expressions, tokens, objects, invokeFunction, random: chance };
  const engine = new Engine(world, registry, onStatusChange);
  return {
    service: makeJsonService({
      name: 'states',
      target: 'AWSStepFunctions',
      operations: makeOperations(engine, registry, tokens),
      resourceOf: (_, input) => machineIn(input),
    }),
    createStateMachine: (name, definition, roleArn) => {
      if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
      const arn = machineArn(place, name);
      if (registry.machines.has(arn)) {
        throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
      }
      const checked = structuredClone(checkDefinition(definition, expressions));
      registry.machines.set(arn, { arn, name, roleArn, createdMs: clock.nowMs(), definition: checked });
      return arn;
    },
    start(stateMachineArn, input) {
      const machine = registry.machines.get(stateMachineArn);
      if (!machine)
        throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
      return engine.start(machine, randomUUID(), toData(input)).start.arn;
    },
    listen: (listener) => engine.listen(listener),
    close: () => engine.close(),
  };
}

/** The machine's name, for the call record; a task token names none. */
function machineIn({ stateMachineArn, executionArn, mapRunArn }: Json): string | null {
  const arn = stateMachineArn ?? executionArn ?? mapRunArn;
  return typeof arn === 'string' ? (arn.split(':')[6]?.split('/')[0] ?? null) : null;
}
