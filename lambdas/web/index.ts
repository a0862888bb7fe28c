// Wiring of web, the only function that faces the internet: it can record a decision and ask for its delivery.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { handle } from 'hono/aws-lambda';
import { systemClock } from '../../adapters/clock.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Delivery } from '../../adapters/delivery.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { siblingFunction } from '../../contracts/functions.ts';
import { makeApp } from './handler.ts';

const deliverer = siblingFunction(requireEnvironment('AWS_LAMBDA_FUNCTION_NAME'), 'web', 'deliver-decision');

export const handler = handle(
  makeApp({
    clock: systemClock,
    approvals: new Approvals(new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'))),
    delivery: new Delivery(new LambdaClient(), deliverer),
  }),
);
