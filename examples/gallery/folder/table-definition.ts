// The input of CreateTable as a file holds it, and the keys it asks of every item.
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from '../dataset.ts';
import { isObject, kindOf, requireObject, UnexpectedJson } from './unexpected-json.ts';

export interface TableDefinition {
  readonly input: CreateTableCommandInput;
  readonly keys: readonly KeyAttribute[];
}

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** A member misspelt is caught here; whether the service takes what the others hold is for the service to say. */
const MEMBERS = [
  'TableName',
  'AttributeDefinitions',
  'KeySchema',
  'BillingMode',
  'ProvisionedThroughput',
  'OnDemandThroughput',
  'WarmThroughput',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'StreamSpecification',
  'SSESpecification',
  'TableClass',
  'DeletionProtectionEnabled',
  'ResourcePolicy',
  'Tags',
  'VectorIndexes',
  'GlobalTableSourceArn',
  'GlobalTableSettingsReplicationMode',
] as const satisfies readonly (keyof CreateTableCommandInput)[];

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/** Throws UnexpectedJson; `name` is what the file is called by. */
export function parseTableDefinition(document: unknown, name: string): TableDefinition {
  const input = requireObject(document, 'the input of CreateTable', MEMBERS);
  if (!TABLE_NAME.test(name)) throw new UnexpectedJson(`the table's name ${name}`, 'not one', String(TABLE_NAME));
  if (input['TableName'] !== name) throw new UnexpectedJson('TableName', 'another than the file is named by', name);
  const schema = list(input, 'KeySchema');
  if (schema.length < 1 || schema.length > 2)
    throw new UnexpectedJson('KeySchema', `a list of ${schema.length}`, 'a HASH key, then at most a RANGE key');
  const definitions = list(input, 'AttributeDefinitions');
  const keys = schema.map((element, n) => keyAttribute(element, n === 0 ? 'HASH' : 'RANGE', definitions));
  // The members are those of the type; what they hold, DynamoDB checks when the table is made.
  return { input: input as unknown as CreateTableCommandInput, keys };
}

/** Throws UnexpectedJson where the item lacks a key attribute of its table or has it with another type. */
export function requireKeys(item: Item, keys: readonly KeyAttribute[]): void {
  for (const { name, type } of keys) {
    const value = item[name];
    if (value?.[type] === undefined)
      throw new UnexpectedJson(`the key ${name}`, kindsOf(value), `an attribute of type ${type}`);
  }
}

function keyAttribute(element: unknown, keyType: string, definitions: readonly unknown[]): KeyAttribute {
  const name = isObject(element) && element['KeyType'] === keyType ? element['AttributeName'] : undefined;
  if (typeof name !== 'string')
    throw new UnexpectedJson('KeySchema', 'without it', `AttributeName and KeyType ${keyType} at this place`);
  const definition = definitions.find((candidate) => isObject(candidate) && candidate['AttributeName'] === name);
  const type = isObject(definition) ? definition['AttributeType'] : undefined;
  if (type !== 'S' && type !== 'N' && type !== 'B')
    throw new UnexpectedJson(`the AttributeType of ${name} in AttributeDefinitions`, kindOf(type), 'S, N or B');
  return { name, type };
}

function list(input: Readonly<Record<string, unknown>>, member: string): readonly unknown[] {
  const value = input[member];
  if (!Array.isArray(value)) throw new UnexpectedJson(member, kindOf(value), 'a list');
  return value;
}

function kindsOf(value: object | undefined): string {
  return value === undefined ? 'missing' : `of type ${Object.keys(value).join()}`;
}
