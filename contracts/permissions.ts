// Permissions that both the template and each session name.

/** For which a caller of DynamoDB needs a table's customer key: always through DynamoDB, never directly. */
export const KEY_USES = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
] as const;
