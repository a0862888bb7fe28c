// EventBridge Scheduler: one-time schedules that call a function and are gone, in groups known at start-up.
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import { makeRestJsonService, type RestAnswer, type RestCall } from '../kernel/rest-json-service.ts';
import type { AwsService, Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';

export interface SchedulerOptions {
  readonly clock: ServiceClock;
  readonly place: Place;
  /** Names of the schedule groups. */
  readonly groups: readonly string[];
  /** Calls a function as an event. */
  invokeLater(functionArn: string, payload: Json): void;
}

export interface Scheduler {
  readonly service: AwsService;
  /** No schedule calls any more. */
  close(): void;
}

const NAME = /^[0-9A-Za-z-_.]{1,64}$/;
const AT = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/;

/** At the second it is due; AWS takes up to a minute longer (Scheduler user guide, schedule types). */
export function makeScheduler({ clock, place, groups, invokeLater }: SchedulerOptions): Scheduler {
  /** Those to come, by group and name. */
  const cancels = new Map<string, () => void>();

  function createSchedule({ params, request }: RestCall): RestAnswer {
    const { Name: name = '' } = params;
    const input = JSON.parse(request.body.toString('utf8') || '{}');
    const { group, atMs, target } = read(name, input);
    if (!groups.includes(group))
      throw new AwsError('ResourceNotFoundException', `Schedule group ${group} does not exist.`, 404);
    const key = `${group}/${name}`;
    if (cancels.has(key)) throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
    const call = () => {
      cancels.delete(key);
      invokeLater(target.Arn, target.Input === undefined ? {} : JSON.parse(target.Input));
    };
    cancels.set(key, clock.at(atMs, call));
    const arn = `arn:aws:scheduler:${place.region}:${place.account}:schedule/${key}`;
    return { status: 200, body: JSON.stringify({ ScheduleArn: arn }) };
  }

  return {
    service: makeRestJsonService({
      name: 'scheduler',
      operations: [
        { operation: 'CreateSchedule', method: 'POST', path: '/schedules/{Name}', accepts: [], answer: createSchedule },
      ],
      resourceOf: ({ Name }) => Name ?? null,
    }),
    close() {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
  };
}

function read(name: string, input: Json) {
  only(input, [
    'ActionAfterCompletion',
    'ClientToken',
    'FlexibleTimeWindow',
    'GroupName',
    'ScheduleExpression',
    'Target',
  ]);
  only(input.Target, ['Arn', 'Input', 'RetryPolicy', 'RoleArn']);
  if (!NAME.test(name)) throw invalid(`Name ${name} must satisfy ${NAME.source}`);
  if (input.ActionAfterCompletion !== 'DELETE') throw notImplemented('scheduler schedules that stay after completion');
  if (input.FlexibleTimeWindow?.Mode !== 'OFF') throw notImplemented('scheduler flexible time windows');
  const [, at] = AT.exec(input.ScheduleExpression ?? '') ?? [];
  if (at === undefined) throw invalid(`Invalid Schedule Expression ${input.ScheduleExpression}.`);
  const { Target: target, GroupName: group = 'default' } = input;
  if (!/:function:/.test(target?.Arn ?? '')) throw notImplemented(`scheduler target ${target?.Arn}`);
  if (!target.RoleArn) throw invalid('Target.RoleArn is missing');
  return { group, atMs: Date.parse(`${at}Z`), target };
}

function only(input: Json, honoured: readonly string[]): void {
  const unknown = Object.keys(input ?? {}).filter((name) => !honoured.includes(name));
  if (unknown.length > 0) throw notImplemented(`scheduler CreateSchedule with ${unknown.join(', ')}`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
