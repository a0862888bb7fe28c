// Approvals without SES, as they are deployed: who may subscribe, who may publish, and what the functions may do.
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployLethe } from '../../infra/deploy.ts';
import { type Json, Synthesized } from '../support/synthesized.ts';

const ACCOUNT = '123456789012';
const TOPIC = `arn:aws:sns:eu-west-1:${ACCOUNT}:lethe-approvals`;
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const ADMIN = { Effect: 'Allow', Action: '*', Resource: '*' };

let app: Synthesized;
beforeAll(() => {
  app = new Synthesized({ mailBy: 'sns' });
}, 120_000);
afterAll(() => app.close());

const resources = (type: string) => app.resources('Lethe', type);
const approvals = () =>
  resources('AWS::SNS::Topic').find(({ Properties }) => Properties?.TopicName === 'lethe-approvals');

/** The topic's policy, its references replaced by names. */
function policy(): Json {
  const found = resources('AWS::SNS::TopicPolicy').find(
    ({ Properties }) => Properties.Topics[0].Ref === approvals()?.id,
  );
  const text = JSON.stringify(found?.Properties.PolicyDocument, (_, value) =>
    value?.Ref === approvals()?.id ? TOPIC : value?.['Fn::GetAtt'] ? roleArn(value['Fn::GetAtt'][0]) : value,
  );
  return JSON.parse(text);
}

/** Of somebody who may do everything as far as he himself is concerned. */
async function isAllowed(
  action: string,
  context: Record<string, string>,
  principal = roleArn('admin'),
): Promise<boolean> {
  const simulated = await runSimulation(
    {
      identityPolicies: [{ name: 'all', policy: { Version: '2012-10-17', Statement: [ADMIN] } }],
      resourcePolicy: policy(),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        action,
        resource: { resource: TOPIC, accountId: ACCOUNT },
        principal,
        contextVariables: { 'aws:SecureTransport': 'true', 'aws:PrincipalArn': principal, ...context },
      },
    },
    {},
  );
  if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
  return simulated.overallResult === 'Allowed';
}

describe('approvals by a topic', () => {
  it('pass all checks, and are the functions’ sender', () => {
    expect(app.checks.validateScope(app.app).violations).toEqual([]);
    for (const { Properties } of resources('AWS::Lambda::Function').filter(({ Properties }) => Properties.FunctionName))
      expect(Properties.Environment.Variables.LETHE_MAIL_FROM).toEqual({ Ref: approvals()?.id });
    expect(approvals()?.Properties.KmsMasterKeyId).toEqual(expect.anything());
  });

  it('subscribe each approver to his own, once the policy stands', () => {
    const subscriptions = resources('AWS::SNS::Subscription').map(({ Properties }) => Properties);
    expect(subscriptions.map(({ Endpoint }) => Endpoint).sort()).toEqual([
      'dpo@galerly.example',
      'lead@galerly.example',
    ]);
    for (const { Endpoint, Protocol, FilterPolicy, FilterPolicyScope, TopicArn } of subscriptions) {
      expect({ Protocol, FilterPolicy }).toEqual({ Protocol: 'email', FilterPolicy: { to: [Endpoint] } });
      expect(FilterPolicyScope ?? 'MessageAttributes').toBe('MessageAttributes');
      expect(TopicArn).toEqual({ Ref: approvals()?.id });
    }
    const all = app.template('Lethe').Resources;
    const [topicPolicy] = Object.entries<Json>(all).find(
      ([, { Type, Properties }]) => Type === 'AWS::SNS::TopicPolicy' && Properties.Topics[0].Ref === approvals()?.id,
    ) ?? [''];
    for (const { DependsOn } of Object.values<Json>(all).filter(({ Type }) => Type === 'AWS::SNS::Subscription'))
      expect(DependsOn).toContain(topicPolicy);
  });

  it('let nobody else be subscribed, whatever the account’s administrators may do', async () => {
    const by = (protocol: string, endpoint: string) =>
      isAllowed('sns:Subscribe', { 'sns:Protocol': protocol, 'sns:Endpoint': endpoint });
    expect(await by('email', 'lead@galerly.example')).toBe(true);
    expect(await by('email', 'spy@example.com')).toBe(false);
    expect(await by('https', 'lead@galerly.example')).toBe(false);
    expect(await by('https', 'https://example.com')).toBe(false);
  });

  it('come from Lethe alone', async () => {
    const roleOf = (name: string) => {
      const found = resources('AWS::Lambda::Function').find(
        ({ Properties }) => Properties.FunctionName === `lethe-${name}`,
      );
      return roleArn(found?.Properties.Role['Fn::GetAtt'][0]);
    };
    for (const name of ['request-approval', 'tell-outcome'])
      expect(await isAllowed('sns:Publish', {}, roleOf(name))).toBe(true);
    for (const other of [roleArn('admin'), roleOf('web'), roleOf('work-shard')])
      expect(await isAllowed('sns:Publish', {}, other)).toBe(false);
  });

  it('need no permission for SES, and those of SNS on that topic alone', () => {
    const statements = [...resources('AWS::IAM::Policy'), ...resources('AWS::IAM::ManagedPolicy')].flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement as Json[],
    );
    expect(JSON.stringify(statements)).not.toContain('ses:');
    const own = statements.filter(({ Action }) => JSON.stringify(Action ?? '').includes('sns:'));
    expect(own).toHaveLength(2);
    for (const { Action, Resource } of own) {
      expect(Action).toEqual(['sns:GetSubscriptionAttributes', 'sns:ListSubscriptionsByTopic', 'sns:Publish']);
      expect(Resource).toEqual({ Ref: approvals()?.id });
    }
  });

  it('have no sender of their own', () => {
    const both = () => deployLethe(new App({ context: { mailBy: 'sns', mailFrom: 'erase@example.org' } }));
    expect(both).toThrow('mailFrom is erase@example.org, but SNS mails from its own address');
  });
});
