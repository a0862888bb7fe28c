// Which tables a request names.
import type { Json } from '../kernel/json-service.ts';

/** In the order of the request; table names out of the ARNs of backups and resources last. */
export function tableNamesIn(data: Json): readonly string[] {
  const { TableName, SourceTableName, RequestItems, TransactItems, BackupArn, ResourceArn } = data ?? {};
  const actions = Array.isArray(TransactItems)
    ? TransactItems.flatMap((entry: Json) => Object.values(entry ?? {}))
    : [];
  const names: unknown[] = [
    TableName,
    SourceTableName,
    ...Object.keys(RequestItems ?? {}),
    ...actions.map((action: Json) => action?.TableName),
    tableOfArn(BackupArn ?? ResourceArn),
  ];
  return names.filter((name) => typeof name === 'string');
}

/** `arn:aws:dynamodb:<region>:<account>:table/<name>`, with or without `/backup/<id>`. */
function tableOfArn(arn: unknown): string | undefined {
  return typeof arn === 'string' ? arn.split('/')[1] : undefined;
}
