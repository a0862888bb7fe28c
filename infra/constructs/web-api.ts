// The door to the internet: one HTTP API in front of one function, throttled, its links kept out of the log.
import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, WEB_ROUTES } from '../../contracts/functions.ts';
import { acknowledge } from './acknowledge.ts';
import { LOG_RETENTION } from './lethe-function.ts';

/** A few approvers look at a page; more is a scanner or an attack, and costs money. */
const THROTTLE = { rateLimit: 20, burstLimit: 40 };

/** Routes, never paths: a path holds the secret of its link. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    route: '$context.routeKey',
    status: '$context.status',
    milliseconds: '$context.responseLatency',
    error: '$context.integrationErrorMessage',
  }),
);

export class WebApi extends Construct {
  readonly api: HttpApi;
  /** Without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { name }: { readonly name: string }) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', { apiName: `${name}-web`, createDefaultStage: false });
    const logs = new LogGroup(this, 'AccessLogs', { retention: LOG_RETENTION, removalPolicy: RemovalPolicy.DESTROY });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(logs), format: ACCESS_LOG },
    });
    this.url = this.api.apiEndpoint;
  }

  serve(live: (name: FunctionName) => IFunction): void {
    for (const [path, name] of Object.entries(WEB_ROUTES)) {
      const integration = new HttpLambdaIntegration(name, live(name));
      for (const route of this.api.addRoutes({ path, integration })) {
        acknowledge(
          route,
          'APIG4',
          'Approvers have no account here: a link carries 256 random bits for one person and one plan, and opening it decides nothing.',
        );
      }
    }
  }
}
