import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BUCKET_TOKEN,
  CATALOG_FILE,
  ENVIRONMENT_NAMES,
  FUNCTIONS,
  LIVE_ALIAS,
  STATE_MACHINES,
} from '../../contracts/functions.ts';
import { ALARMS } from '../../contracts/operations.ts';
import { sha256Hex } from '../../core/evidence/digest.ts';
import { Checks, WILDCARDS } from '../../infra/checks.ts';
import { type Json, type Resource, Synthesized } from '../support/synthesized.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAX_BUNDLE_BYTES = 1_500_000;

let app: Synthesized;
beforeAll(() => {
  app = new Synthesized();
}, 120_000);
afterAll(() => app.close());

const lethe = (type: string): Resource[] => app.resources('Lethe', type);
const state = (type: string): Resource[] => app.resources('LetheState', type);
const functionsByName = () =>
  new Map(lethe('AWS::Lambda::Function').map((one) => [one.Properties.FunctionName.replace(/^lethe-/, ''), one]));

it('is the same, byte for byte, when it is synthesized again', () => {
  const again = new Synthesized();
  for (const stack of ['LetheState', 'Lethe']) expect(again.template(stack)).toEqual(app.template(stack));
  again.close();
});

describe('what Lethe remembers', () => {
  it('keeps its logical ids: another id is another, empty store', () => {
    const stateful = [...state('AWS::DynamoDB::Table'), ...state('AWS::S3::Bucket')].map(({ id }) => id);
    expect(stateful).toEqual(['StateControlTable1DB2A975', 'StateWorkBucketB3A09D34', 'StateEvidenceBucket35EC02A8']);
  });

  it('outlives its stack, whatever happens to that', () => {
    const stateful = [...state('AWS::DynamoDB::Table'), ...state('AWS::S3::Bucket')];
    for (const { DeletionPolicy, UpdateReplacePolicy } of stateful)
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
    expect(lethe('AWS::DynamoDB::Table').concat(lethe('AWS::S3::Bucket'))).toEqual([]);
  });

  it('has a control table that can be restored and is not deleted by mistake', () => {
    const [table] = state('AWS::DynamoDB::Table');
    expect(table?.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('has versioned, encrypted buckets that nobody reaches from outside or without TLS', () => {
    const buckets = state('AWS::S3::Bucket');
    expect(buckets.length).toBe(2);
    for (const { Properties, id } of buckets) {
      expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
      expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
      expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration.length).toBe(1);
      const policy = state('AWS::S3::BucketPolicy').find((one) => one.Properties.Bucket.Ref === id);
      const conditions = policy?.Properties.PolicyDocument.Statement.map(({ Effect, Condition }: Json) => [
        Effect,
        Condition,
      ]);
      expect(conditions).toContainEqual(['Deny', { Bool: { 'aws:SecureTransport': 'false' } }]);
    }
  });

  it('forgets plans after a month, and evidence never', () => {
    const [work, evidence] = state('AWS::S3::Bucket');
    const [rule, ...others] = work?.Properties.LifecycleConfiguration.Rules ?? [];
    expect(others).toEqual([]);
    expect(rule).toMatchObject({ Prefix: 'runs/', ExpirationInDays: 30, Status: 'Enabled' });
    expect(evidence?.Properties).not.toHaveProperty('LifecycleConfiguration');
  });

  it('says where it is', () => {
    expect(Object.keys(app.template('LetheState').Outputs)).toEqual(
      expect.arrayContaining(['ControlTable', 'WorkBucket', 'EvidenceBucket']),
    );
  });
});

describe('functions', () => {
  it('are all there, each with the settings of the contract, a log that ends, and tracing', () => {
    expect([...functionsByName().keys()].sort()).toEqual(Object.keys(FUNCTIONS).sort());
    const logs = new Map(lethe('AWS::Logs::LogGroup').map(({ id, Properties }) => [id, Properties]));
    for (const [name, { timeoutSeconds, memoryMb }] of Object.entries(FUNCTIONS)) {
      const { Properties } = functionsByName().get(name) ?? { Properties: {} };
      expect(Properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: timeoutSeconds,
        MemorySize: memoryMb,
        TracingConfig: { Mode: 'Active' },
      });
      const group = logs.get(Properties.LoggingConfig.LogGroup.Ref);
      expect(group).toMatchObject({ LogGroupName: `/aws/lambda/lethe-${name}`, RetentionInDays: 180 });
    }
  });

  it('are told everything the contract names, and nothing else', () => {
    for (const { Properties } of functionsByName().values())
      expect(Object.keys(Properties.Environment.Variables).sort()).toEqual([...ENVIRONMENT_NAMES].sort());
  });

  it('are called through one alias of their newest version', () => {
    const aliases = lethe('AWS::Lambda::Alias');
    expect(aliases.map(({ Properties }) => Properties.Name)).toEqual(Object.keys(FUNCTIONS).map(() => LIVE_ALIAS));
    const versions = new Set(lethe('AWS::Lambda::Version').map(({ id }) => id));
    for (const { Properties } of aliases) expect(versions).toContain(Properties.FunctionVersion['Fn::GetAtt'][0]);
  });

  it('carry the catalog that their digest names, and are small enough to start fast', () => {
    const assets = readdirSync(app.folder).filter((name) => existsSync(join(app.folder, name, 'index.mjs')));
    expect(assets.length).toBe(Object.keys(FUNCTIONS).length);
    const digests = [...functionsByName().values()].map(
      ({ Properties }) => Properties.Environment.Variables.LETHE_CATALOG_SHA256,
    );
    const sizes = [...functionsByName()].map(([name, { Properties }]) => {
      const folder = join(app.folder, `asset.${Properties.Code.S3Key.replace('.zip', '')}`);
      expect(new Set(digests)).toEqual(new Set([sha256Hex(readFileSync(join(folder, CATALOG_FILE), 'utf8'))]));
      return { name, bytes: statSync(join(folder, 'index.mjs')).size };
    });
    console.info(sizes.map(({ name, bytes }) => `${name} ${Math.round(bytes / 1_000)} kB`).join(', '));
    for (const { bytes } of sizes) expect(bytes).toBeLessThan(MAX_BUNDLE_BYTES);
  });
});

describe('state machines', () => {
  const machineOf = (name: string) =>
    lethe('AWS::StepFunctions::StateMachine').find(({ Properties }) => Properties.StateMachineName === name);

  it.each(Object.entries(STATE_MACHINES))('%s is deployed as it stands, its tokens filled in', (file, name) => {
    const text = readFileSync(join(ROOT, 'statemachines', file), 'utf8');
    const properties = machineOf(name)?.Properties;
    expect(JSON.parse(properties.DefinitionString)).toEqual(JSON.parse(text));
    const tokens = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, token]) => token));
    expect(new Set(Object.keys(properties.DefinitionSubstitutions))).toEqual(tokens);
    const aliases = new Map(lethe('AWS::Lambda::Alias').map(({ id, Properties }) => [id, Properties.FunctionName.Ref]));
    for (const [functionName, { token }] of Object.entries(FUNCTIONS)) {
      if (token === null || !tokens.has(token)) continue;
      const alias = properties.DefinitionSubstitutions[token].Ref;
      expect(aliases.get(alias)).toBe(functionsByName().get(functionName)?.id);
    }
  });

  it.each(Object.values(STATE_MACHINES))('%s logs without data, and traces', (name) => {
    expect(machineOf(name)?.Properties).toMatchObject({
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
    });
  });

  it.each(Object.values(STATE_MACHINES))('%s may call every function it calls, and no other', (name) => {
    const machine = machineOf(name)?.Properties;
    const role = machine.RoleArn['Fn::GetAtt'][0];
    const statements: Json[] = lethe('AWS::IAM::Policy')
      .filter(({ Properties }) => Properties.Roles.some(({ Ref }: Json) => Ref === role))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const granted = statements
      .filter(({ Action }) => Action === 'lambda:InvokeFunction')
      .flatMap(({ Resource }) => [Resource].flat().map(({ Ref }: Json) => Ref));
    const { [BUCKET_TOKEN]: _, ...called } = machine.DefinitionSubstitutions;
    expect(granted.sort()).toEqual(
      Object.values<Json>(called)
        .map(({ Ref }) => Ref)
        .sort(),
    );
  });

  it('closes executions that ended without a report, by an event that is not lost', () => {
    const [rule] = lethe('AWS::Events::Rule').filter(({ Properties }) => Properties.EventPattern?.source);
    expect(rule?.Properties.EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [{ Ref: machineOf('lethe-erase')?.id }], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    });
    expect(rule?.Properties.Targets).toEqual([
      expect.objectContaining({
        Arn: { Ref: machineOf('lethe-close')?.id },
        DeadLetterConfig: expect.anything(),
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      }),
    ]);
  });
});

describe('the doors', () => {
  it('hand ErasureRequested events of the own bus to the function that starts runs', () => {
    const [bus] = lethe('AWS::Events::EventBus');
    const [rule] = lethe('AWS::Events::Rule').filter(({ Properties }) => Properties.EventBusName);
    expect(rule?.Properties.EventBusName).toEqual({ Ref: bus?.id });
    expect(rule?.Properties.EventPattern).toEqual({ 'detail-type': ['ErasureRequested'] });
    const alias = lethe('AWS::Lambda::Alias').find(({ id }) => id === rule?.Properties.Targets[0].Arn.Ref);
    expect(alias?.Properties.FunctionName.Ref).toBe(functionsByName().get('start-run')?.id);
  });

  it.each([
    'start-run',
    'deliver-decision',
    'request-approval',
    'tell-outcome',
  ])('keep what %s could not do', (name) => {
    const id = functionsByName().get(name)?.id;
    const config = lethe('AWS::Lambda::EventInvokeConfig').find(({ Properties }) => Properties.FunctionName.Ref === id);
    expect(config?.Properties.Qualifier).toEqual({
      'Fn::Select': [7, expect.anything()],
    });
    expect(config?.Properties.DestinationConfig.OnFailure.Destination['Fn::GetAtt'][1]).toBe('Arn');
  });

  it('are throttled towards the internet, and log routes instead of paths', () => {
    const [stage, ...others] = lethe('AWS::ApiGatewayV2::Stage');
    expect(others).toEqual([]);
    expect(stage?.Properties.DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 40, ThrottlingRateLimit: 20 });
    expect(stage?.Properties.AccessLogSettings.Format).toContain('$context.routeKey');
    expect(stage?.Properties.AccessLogSettings.Format).not.toMatch(/\$context\.(path|http\.path|resourcePath)/);
  });

  it('say where they are', () => {
    expect(Object.keys(app.template('Lethe').Outputs)).toEqual(
      expect.arrayContaining(['StateMachineArn', 'WebUrl', 'TopicArn', 'EventBusName']),
    );
  });
});

describe('alarms', () => {
  const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');

  it('are those of the contract, arrive at the topic, and point at their entry in the runbook', () => {
    const alarms = lethe('AWS::CloudWatch::Alarm');
    const [topic] = lethe('AWS::SNS::Topic');
    const anchors = alarms.map(({ Properties }) => {
      expect(Properties.AlarmActions).toEqual([{ Ref: topic?.id }]);
      const anchor = /docs\/runbook\.md#([\w-]+)$/.exec(Properties.AlarmDescription)?.[1] ?? '';
      expect(Properties.AlarmName).toMatch(new RegExp(`^lethe-${anchor}-[a-z-]+$`));
      return anchor;
    });
    expect([...new Set(anchors)].sort()).toEqual(Object.keys(ALARMS).sort());
  });

  it.each(Object.keys(ALARMS))('%s has an entry that describes, investigates and resolves', (alarm) => {
    const entry = runbook.split(/^## /m).find((part) => part.split('\n')[0] === alarm);
    for (const heading of ['**Description.**', '**Investigation.**', '**Resolution.**'])
      expect(entry).toContain(heading);
  });

  it('may publish: a topic with a policy of its own has lost the one that lets them', () => {
    const [policy] = lethe('AWS::SNS::TopicPolicy');
    expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
      }),
    );
  });
});

describe('the checks', () => {
  it('find nothing, and every argument for a wildcard is needed', () => {
    expect(app.checks.validateScope(app.app).violations).toEqual([]);
    const { pluginReports } = JSON.parse(readFileSync(join(app.folder, 'validation-report.json'), 'utf8'));
    expect(pluginReports).toEqual([]);
    const used = [...app.checks.used].map(({ reason }) => reason);
    expect(used.sort()).toEqual(WILDCARDS.map(({ reason }) => reason).sort());
  });

  it('find what nobody argued for', () => {
    const stack = new Stack(new App(), 'Careless');
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['dynamodb:*'], resources: ['arn:aws:dynamodb:*:*:table/*'] }));
    new Bucket(stack, 'Bucket');
    const { violations } = new Checks().validateScope(stack);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual(
      expect.arrayContaining(['AwsSolutions-IAM5[Action::dynamodb:*]', 'AwsSolutions-S10']),
    );
  });
});
