// Lethe inside somebody else's application: `npx cdk synth --app "node examples/embed/app.ts"`.
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Lethe } from '../../infra/constructs/lethe.ts';

const app = new App();
const shop = new Stack(app, 'Shop');
for (const [tableName, key] of [
  ['shop-orders', 'tenant_id'],
  ['shop-users', 'id'],
] as const) {
  new Table(shop, tableName, {
    tableName,
    partitionKey: { name: key, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
  });
}

const lethe = new Lethe(shop, 'Lethe', { name: 'shop-lethe', catalog: join(import.meta.dirname, 'catalog.yaml') });
lethe.topic.addSubscription(new EmailSubscription('operators@shop.example'));
