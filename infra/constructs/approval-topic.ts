// Approvals without SES: a topic with one subscription per person, filtered to what is addressed to him.
import { Effect, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ADDRESSED_TO } from '../../contracts/approval.ts';

export interface ApprovalTopicProps {
  /** First part of the names of a deployment. */
  readonly name: string;
  /** Who is subscribed; SNS asks each of them once to confirm. */
  readonly people: readonly string[];
}

export class ApprovalTopic extends Construct {
  readonly arn: string;
  readonly #topic: Topic;

  constructor(scope: Construct, id: string, { name, people }: ApprovalTopicProps) {
    super(scope, id);
    this.#topic = new Topic(this, 'Topic', {
      topicName: `${name}-approvals`,
      displayName: 'Lethe',
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    });
    this.arn = this.#topic.topicArn;
    this.#deny('OthersAreNotSubscribed', 'sns:Subscribe', { StringNotEquals: { 'sns:Endpoint': [...people] } });
    this.#deny('OnlyByMail', 'sns:Subscribe', { StringNotEquals: { 'sns:Protocol': 'email' } });
    for (const person of people) {
      const subscription = new Subscription(this, person, {
        topic: this.#topic,
        protocol: SubscriptionProtocol.EMAIL,
        endpoint: person,
        filterPolicy: { [ADDRESSED_TO]: SubscriptionFilter.stringFilter({ allowlist: [person] }) },
      });
      // The policy that lets him subscribe comes first.
      subscription.node.addDependency(...this.#topic.node.children.filter(({ node }) => node.id === 'Policy'));
    }
  }

  /** Nobody else publishes: what arrives from here is Lethe's. */
  publishOnlyAs(roleArns: readonly string[]): void {
    this.#deny('OnlyLethePublishes', 'sns:Publish', { ArnNotEquals: { 'aws:PrincipalArn': [...roleArns] } });
  }

  #deny(sid: string, action: string, conditions: Record<string, Record<string, string | string[]>>): void {
    this.#topic.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        actions: [action],
        resources: [this.arn],
        conditions,
      }),
    );
  }
}
