// Account and Region of an execution, out of its ARN.

export interface ExecutionPlace {
  readonly account: string;
  readonly region: string;
}

/** `arn:aws:states:eu-west-1:123456789012:execution:lethe-erase:<run id>` */
export function parseExecutionArn(arn: string): ExecutionPlace {
  const [, , , region, account] = arn.split(':');
  if (!region || !account) throw new TypeError(`${arn} is no execution ARN`);
  return { account, region };
}
