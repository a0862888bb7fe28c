// How many items a call moved, for the call record.
import type { Json } from '../kernel/json-service.ts';

/** Items read; or written and deleted, each request counting one. */
export function movedItems(operation: string, input: Json, output: Json): number {
  switch (operation) {
    case 'Query':
    case 'Scan':
      return output.Count;
    case 'GetItem':
      return output.Item ? 1 : 0;
    case 'BatchGetItem':
      return countWithin(output.Responses);
    case 'TransactGetItems':
      return output.Responses.filter(({ Item }: Json) => Item).length;
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return 1;
    case 'BatchWriteItem':
      return countWithin(input.RequestItems);
    case 'TransactWriteItems':
      return input.TransactItems.length;
    default:
      return 0;
  }
}

function countWithin(lists: Readonly<Record<string, readonly unknown[]>>): number {
  return Object.values(lists).reduce((sum, list) => sum + list.length, 0);
}
