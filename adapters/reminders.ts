// Reminders: one-time schedules of EventBridge Scheduler, each gone once it has called.
import { createHash } from 'node:crypto';
import { ConflictException, CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';

export interface ReminderPlace {
  readonly group: string;
  /** What is called, with `{runId, reminder}`. */
  readonly functionArn: string;
  /** As whom the scheduler calls. */
  readonly roleArn: string;
}

/** A reminder later than this is none: what it asks for is tried again by Lambda, not by the scheduler. */
const MAX_AGE_SECONDS = 900;

export class Reminders {
  readonly #client: SchedulerClient;
  readonly #place: ReminderPlace;

  constructor(client: SchedulerClient, place: ReminderPlace) {
    this.#client = client;
    this.#place = place;
  }

  /** Repeatable: one that was scheduled before stays as it is. The scheduler calls within the minute after `at`. */
  async schedule(runId: string, reminder: number, at: string): Promise<void> {
    const { group, functionArn, roleArn } = this.#place;
    const command = new CreateScheduleCommand({
      GroupName: group,
      // A schedule's name has 64 characters at most, a run's id more.
      Name: `${createHash('sha256').update(runId).digest('hex').slice(0, 40)}-${reminder}`,
      ScheduleExpression: `at(${at.slice(0, 'yyyy-mm-ddThh:mm:ss'.length)})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: functionArn,
        RoleArn: roleArn,
        Input: JSON.stringify({ runId, reminder }),
        RetryPolicy: { MaximumEventAgeInSeconds: MAX_AGE_SECONDS },
      },
    });
    try {
      await this.#client.send(command);
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
    }
  }
}
