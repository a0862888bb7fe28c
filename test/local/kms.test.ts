// KMS through the front door, with the SDK's own client.
import { createPublicKey, verify } from 'node:crypto';
import {
  GetPublicKeyCommand,
  KMSClient,
  ListKeysCommand,
  SignCommand,
  type SignCommandInput,
} from '@aws-sdk/client-kms';
import { expect, onTestFinished, test } from 'vitest';
import { makeKms } from '../../local/kms/kms.ts';
import { makeAccount } from './account.ts';

const KeyId = 'alias/mine';
const MESSAGE = Buffer.from('what is signed');

async function setUp() {
  const account = makeAccount();
  const place = { account: '123456789012', region: 'eu-west-1' };
  const client = new KMSClient(await account.serve(makeKms({ place, aliases: [KeyId, 'alias/other'] })));
  onTestFinished(() => client.destroy());
  const sign = (changes: Partial<SignCommandInput> = {}) =>
    client.send(new SignCommand({ KeyId, Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256', ...changes }));
  return { client, sign };
}

test('a signature is checked by the public key, and by no other', async () => {
  const { client, sign } = await setUp();
  const { Signature = new Uint8Array(), KeyId: arn } = await sign();
  const keys = await Promise.all(
    [KeyId, 'alias/other'].map((id) => client.send(new GetPublicKeyCommand({ KeyId: id }))),
  );
  const checked = keys.map(({ PublicKey = new Uint8Array() }) =>
    verify('sha256', MESSAGE, createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }), Signature),
  );
  expect(checked).toEqual([true, false]);
  expect(keys[0]).toMatchObject({ KeyId: arn, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
});

test('what KMS refuses is refused', async () => {
  const { sign } = await setUp();
  await expect(sign({ KeyId: 'alias/none' })).rejects.toMatchObject({ name: 'NotFoundException' });
  await expect(sign({ Message: new Uint8Array(4_097) })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(sign({ SigningAlgorithm: 'ECDSA_SHA_384' })).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
});

test('what is not modelled says so', async () => {
  const { client, sign } = await setUp();
  await expect(client.send(new ListKeysCommand({}))).rejects.toMatchObject({ name: 'NotImplemented' });
  await expect(sign({ DryRun: true })).rejects.toMatchObject({ name: 'NotImplemented' });
  await expect(sign({ MessageType: 'DIGEST' })).rejects.toMatchObject({ name: 'NotImplemented' });
});
