import {
  ConflictException,
  CreateScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterEach, describe, expect, it } from 'vitest';
import { CallLog } from '../../local/kernel/call-record.ts';
import { openFrontDoor } from '../../local/kernel/front-door.ts';
import { KeyRing } from '../../local/kernel/key-ring.ts';
import { ServiceClock } from '../../local/kernel/service-clock.ts';
import { makeScheduler } from '../../local/scheduler/scheduler.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:remind:live';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function opened() {
  const clock = new ServiceClock(1);
  const called: unknown[] = [];
  const scheduler = makeScheduler({
    clock,
    place: PLACE,
    groups: ['own'],
    invokeLater: (arn, payload) => called.push({ arn, payload }),
  });
  const services = [scheduler.service];
  const door = await openFrontDoor({ services, clock, keys: new KeyRing(PLACE), calls: new CallLog(undefined) });
  closers.push(
    () => clock.close(),
    () => door.close(),
    () => scheduler.close(),
  );
  const client = new SchedulerClient({
    endpoint: door.endpoint,
    region: PLACE.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const create = (afterMs: number, more: object = {}) =>
    client.send(
      new CreateScheduleCommand({
        Name: 'one',
        GroupName: 'own',
        ScheduleExpression: `at(${new Date(clock.nowMs() + afterMs).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: { Arn: ARN, RoleArn: 'arn:aws:iam::123456789012:role/reminders', Input: '{"n":1}' },
        ...more,
      }),
    );
  return { create, called, scheduler };
}

describe('a one-time schedule', () => {
  it('calls once when it is due, and is gone', async () => {
    const { create, called } = await opened();
    const { ScheduleArn } = await create(2_000);
    expect(ScheduleArn).toBe('arn:aws:scheduler:eu-west-1:123456789012:schedule/own/one');
    await expect(create(2_000)).rejects.toThrow(ConflictException);
    expect(called).toEqual([]);
    await expect.poll(() => called, { timeout: 5_000 }).toEqual([{ arn: ARN, payload: { n: 1 } }]);
    await create(60_000);
  });

  it('is refused for what is not there or not honoured', async () => {
    const { create } = await opened();
    await expect(create(2_000, { GroupName: 'other' })).rejects.toThrow(ResourceNotFoundException);
    await expect(create(2_000, { ScheduleExpression: 'at(tomorrow)' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(create(2_000, { ScheduleExpression: 'rate(1 day)' })).rejects.toThrow();
    await expect(create(2_000, { State: 'DISABLED' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  });

  it('calls nothing after the end', async () => {
    const { create, called, scheduler } = await opened();
    await create(1_000);
    scheduler.close();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(called).toEqual([]);
  });
});
