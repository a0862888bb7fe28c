// The control table: a few verbs over DynamoDB's document client that all key families share.
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** An item as it came; each family reads what it wrote. */
export type Item = Record<string, unknown>;

export interface Update {
  readonly expression: string;
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** `won` is false where the condition did not hold; `item` is then the item that stands. */
export interface Written {
  readonly won: boolean;
  readonly item: Item | undefined;
}

export class ControlTable {
  readonly name: string;
  readonly documents: DynamoDBDocumentClient;

  constructor(client: DynamoDBClient, name: string) {
    this.name = name;
    this.documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  }

  /** Reads consistently: what a barrier decides on must be what was written last. */
  async get(key: Key): Promise<Item | undefined> {
    const { Item } = await this.documents.send(
      new GetCommand({ TableName: this.name, Key: { ...key }, ConsistentRead: true }),
    );
    return Item;
  }

  async put(item: Key & Item): Promise<void> {
    await this.documents.send(new PutCommand({ TableName: this.name, Item: item }));
  }

  async remove(key: Key): Promise<void> {
    await this.documents.send(new DeleteCommand({ TableName: this.name, Key: { ...key } }));
  }

  /** All items of a partition key, in sort key order, read consistently. */
  async query(pk: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let start: Item | undefined, isFirst = true; isFirst || start; isFirst = false) {
      const page = await this.documents.send(
        new QueryCommand({
          TableName: this.name,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead: true,
          ...(start && { ExclusiveStartKey: start }),
        }),
      );
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    }
    return items;
  }

  /** A conditional update that answers instead of throwing when its condition does not hold. */
  async update(key: Key, update: Update): Promise<Written> {
    try {
      const { Attributes } = await this.documents.send(
        new UpdateCommand({ ...this.updateInput(key, update), ReturnValues: 'ALL_NEW' }),
      );
      return { won: true, item: Attributes };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { won: false, item: await this.get(key) };
      throw error;
    }
  }

  /** The part of an update that a transaction takes too. */
  updateInput(
    key: Key,
    { expression, condition, names, values }: Update,
  ): UpdateCommandInput & { UpdateExpression: string } {
    return {
      TableName: this.name,
      Key: { ...key },
      UpdateExpression: expression,
      ...(condition !== undefined && { ConditionExpression: condition }),
      ...(names && { ExpressionAttributeNames: { ...names } }),
      ...(values && { ExpressionAttributeValues: { ...values } }),
    };
  }
}
