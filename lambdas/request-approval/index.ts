// Wiring of request-approval: the state machine calls it to ask, its own schedules to remind, `lethe` to ask a deputy.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Delivery } from '../../adapters/delivery.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { openMail } from '../../adapters/open-mail.ts';
import { Reminders } from '../../adapters/reminders.ts';
import { asTask } from '../../adapters/task.ts';
import { askDeputyEvent, remindEvent } from '../../contracts/events.ts';
import { reminderPlace, siblingFunction } from '../../contracts/functions.ts';
import { makeAskDeputy } from './ask-deputy.ts';
import { makeRequestApproval } from './handler.ts';
import { makeRemind } from './remind.ts';

const OWN = 'request-approval';
const ownName = requireEnvironment('AWS_LAMBDA_FUNCTION_NAME');
const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));
const place = reminderPlace(ownName, OWN, requireEnvironment('LETHE_STATE_MACHINE_ARN'));
const dependencies = {
  clock: systemClock,
  runs: new Runs(table),
  aborts: new Aborts(table),
  approvals: new Approvals(table),
  work: new Objects(new S3Client(), requireEnvironment('LETHE_WORK_BUCKET')),
  mail: openMail(requireEnvironment('LETHE_MAIL_FROM')),
  delivery: new Delivery(new LambdaClient(), siblingFunction(ownName, OWN, 'deliver-decision')),
  reminders: new Reminders(new SchedulerClient(), place),
  webUrl: requireEnvironment('LETHE_WEB_URL'),
};
const request = makeRequestApproval(dependencies);
const remind = makeRemind(dependencies);
const askDeputy = makeAskDeputy(dependencies);

export const handler = asTask<unknown>(OWN, (event) => {
  if (remindEvent.safeParse(event).success) return remind(event);
  if (askDeputyEvent.safeParse(event).success) return askDeputy(event);
  return request(event);
});
