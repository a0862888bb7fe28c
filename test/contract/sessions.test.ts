import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, describe, expect, it } from 'vitest';
import { Sessions } from '../../adapters/sessions.ts';
import { sessionPolicy } from '../../core/planning/session-policy.ts';
import type { KeyRing } from '../../local/kernel/key-ring.ts';
import { makeSts } from '../../local/sts/sts.ts';
import { tableTarget } from '../support/plans.ts';
import { PLACE, Stores } from '../support/stores.ts';

const ROLE = `arn:aws:iam::${PLACE.account}:role/lethe-eraser`;
const POLICY = sessionPolicy(tableTarget(), 0, 'erase');

let keyRing: KeyRing | undefined;
const aws = await Stores.open({
  clockSpeed: 1,
  more(parts) {
    keyRing = parts.keys;
    return [makeSts({ ...parts, roles: [ROLE] })];
  },
});
afterAll(() => aws.close());

const sts = new STSClient(aws.configuration);
afterAll(() => sts.destroy());

describe('a session of the eraser role', () => {
  it('has the policy and the name it was asked for, and keys that work', async () => {
    const keys = await new Sessions(sts, ROLE).assume(POLICY, 'run-1.Erase.7');
    const table = await aws.table([['pk', 'S']]);
    const client = aws.newDynamoDb({ credentials: keys });
    await client.send(new ScanCommand({ TableName: table }));
    client.destroy();
    expect(aws.callsTo(table).map(({ by }) => by)).toEqual(['lethe-eraser/run-1.Erase.7']);
    expect(keyRing?.principalOf(keys.accessKeyId, aws.clock.nowMs())).toMatchObject({ sessionPolicy: POLICY });
  });

  it('keeps the end of a name that is too long, where phase and shard are', async () => {
    const runId = 'r'.repeat(80);
    const keys = await new Sessions(sts, ROLE).assume(POLICY, `${runId}.Finalise.123456`);
    const { name } = Object(keyRing?.principalOf(keys.accessKeyId, aws.clock.nowMs()));
    expect(name).toBe(`lethe-eraser/${`${runId}.Finalise.123456`.slice(-64)}`);
    expect(name).toMatch(/r\.Finalise\.123456$/);
  });

  it('lasts as long as a chained role may, an hour, and no longer', async () => {
    const keys = await new Sessions(sts, ROLE).assume(POLICY, 'run-1.Erase.7');
    const atMs = aws.clock.nowMs();
    expect(keyRing?.principalOf(keys.accessKeyId, atMs + 3_590_000)).not.toBe('expired');
    expect(keyRing?.principalOf(keys.accessKeyId, atMs + 3_600_001)).toBe('expired');
  });

  it('is not given for another role, nor for a policy that is none', async () => {
    const other = new Sessions(sts, ROLE.replace('eraser', 'admin'));
    await expect(other.assume(POLICY, 'run-1.Erase.7')).rejects.toMatchObject({ name: 'AccessDenied' });
    const garbled = new Sessions(sts, ROLE).assume('{', 'run-1.Erase.7');
    await expect(garbled).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  });

  it('without keys is a failure', async () => {
    const client = new STSClient(aws.configuration);
    mockClient(client).on(AssumeRoleCommand).resolves({});
    await expect(new Sessions(client, ROLE).assume(POLICY, 'run-1.Erase.7')).rejects.toThrow(/without credentials/);
  });
});
