// One function with everything that belongs to it: role, log group, alias, tracing, environment.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  Code,
  type IFunction,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type EnvironmentName, FUNCTIONS, type FunctionName, LIVE_ALIAS } from '../../contracts/functions.ts';
import { refuseTooManyPolicies } from './policy-quota.ts';

export interface LetheFunctionProps {
  readonly functionName: FunctionName;
  /** Before the function's own name; all functions of a deployment share it. */
  readonly prefix: string;
  /** Folder of its bundle. */
  readonly code: string;
  readonly environment: Readonly<Record<EnvironmentName, string>>;
  /** What it may do besides logging and tracing. */
  readonly statements: readonly PolicyStatement[];
}

/** Long enough to look into what a report raises; the evidence itself does not rest on logs. */
export const LOG_RETENTION = RetentionDays.SIX_MONTHS;

export class LetheFunction extends Construct {
  readonly function: LambdaFunction;
  /** What everybody calls. */
  readonly live: IFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: LetheFunctionProps) {
    super(scope, id);
    const { functionName, prefix, code, environment, statements } = props;
    const { timeoutSeconds, memoryMb } = FUNCTIONS[functionName];
    const name = `${prefix}-${functionName}`;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${name}`,
      retention: LOG_RETENTION,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${name} may do, and nothing else`,
    });
    logGroup.grantWrite(this.role);
    for (const statement of statements) this.role.addToPolicy(statement);
    refuseTooManyPolicies(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: name,
      code: Code.fromAsset(code),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      role: this.role,
      logGroup,
      environment: { ...environment },
      tracing: Tracing.ACTIVE,
      // A version that a worker still runs must not be deleted under it; all go with the function.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    // Casts: the library's classes do not fit its own interfaces under exactOptionalPropertyTypes.
    const version = this.function.currentVersion as IVersion;
    this.live = new Alias(this, 'Live', { aliasName: LIVE_ALIAS, version }) as IFunction;
  }
}
