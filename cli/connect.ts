// Wires the commands to a deployment: AWS, or the embedded AWS at an endpoint.
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Asking } from '../adapters/asking.ts';
import { Callback } from '../adapters/callback.ts';
import { Aborts } from '../adapters/control-table/aborts.ts';
import { Approvals } from '../adapters/control-table/approvals.ts';
import { ControlTable } from '../adapters/control-table/control-table.ts';
import { type Deployment, findDeployment } from '../adapters/deployment.ts';
import { Executions } from '../adapters/executions.ts';
import { Objects } from '../adapters/objects.ts';
import { RunStatuses } from '../adapters/run-status.ts';
import type { Flags } from './flags.ts';
import type { Io } from './io.ts';
import { UsageError } from './usage-error.ts';

export interface Connection {
  readonly deployment: Deployment;
  readonly executions: Executions;
  readonly statuses: RunStatuses;
  readonly evidence: Objects;
  readonly aborts: Aborts;
  readonly approvals: Approvals;
  readonly callback: Callback;
  readonly asking: Asking;
  close(): void;
}

/** @throws UsageError, NoDeployment */
export async function connect({ region, stack, ...flags }: Flags, { environment }: Io): Promise<Connection> {
  const endpointUrl = flags.endpointUrl ?? (environment['AWS_ENDPOINT_URL'] || undefined);
  const config = {
    ...(region !== undefined && { region }),
    ...(endpointUrl !== undefined && endpointConfig(endpointUrl, environment)),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
  };
  const cloudformation = new CloudFormationClient(config);
  const dynamodb = new DynamoDBClient(config);
  // A custom endpoint has no bucket in its host name.
  const s3 = new S3Client({ ...config, forcePathStyle: endpointUrl !== undefined });
  const sfn = new SFNClient(config);
  const lambda = new LambdaClient(config);
  const close = () => {
    for (const client of [cloudformation, dynamodb, s3, sfn, lambda]) client.destroy();
  };
  try {
    const deployment = await findDeployment(cloudformation, stack);
    const table = new ControlTable(dynamodb, deployment.controlTable);
    return {
      deployment,
      executions: new Executions(sfn),
      statuses: new RunStatuses({ table, work: new Objects(s3, deployment.workBucket) }),
      evidence: new Objects(s3, deployment.evidenceBucket),
      aborts: new Aborts(table),
      approvals: new Approvals(table),
      callback: new Callback(sfn),
      asking: new Asking(sfn, lambda, deployment.stateMachineArn),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The embedded AWS takes any credentials; real ones are not sent to it by accident. */
const DUMMY = { accessKeyId: 'lethe', secretAccessKey: 'lethe' };
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function endpointConfig(endpoint: string, environment: Io['environment']) {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError({
      what: '--endpoint-url is no URL.',
      received: endpoint,
      allowed: 'a URL such as http://127.0.0.1:4566',
      next: 'Give the endpoint that `npm run local` prints, or leave the flag out to call AWS.',
    });
  }
  const isEmbedded = LOOPBACK.test(url.hostname) && environment['AWS_ACCESS_KEY_ID'] === undefined;
  return { endpoint, ...(isEmbedded && { credentials: DUMMY }) };
}
