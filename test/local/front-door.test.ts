// What the front door itself answers.
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { makeSts } from '../../local/sts/sts.ts';
import { makeAccount } from './account.ts';

async function setUp() {
  const account = makeAccount();
  const { clock, place, keys } = account;
  return { account, configuration: await account.serve(makeSts({ clock, place, keys, roles: [] })) };
}

test('a request without a signature is refused, dated by the service clock', async () => {
  const { configuration } = await setUp();

  const response = await fetch(configuration.endpoint);

  expect(response.status).toBe(403);
  expect(response.headers.get('date')).toMatch(/^Tue, 06 May 2031 07:08:\d\d GMT$/);
  expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationToken' });
});

test('an expired key is refused in the protocol of the service it was used for', async () => {
  const { account, configuration } = await setUp();
  const expired = account.keys.issue({ arn: 'arn:aws:iam::123456789012:user/old', name: 'old' }, account.clock.nowMs());
  const client = new STSClient({ ...configuration, credentials: expired });
  onTestFinished(() => client.destroy());

  await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
  expect(account.recorded).toMatchObject([{ service: 'sts', operation: 'ExpiredToken', by: 'expired', status: 403 }]);
});
