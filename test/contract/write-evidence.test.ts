import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, describe, expect, it } from 'vitest';
import { Objects } from '../../adapters/objects.ts';
import { Signing } from '../../adapters/signing.ts';
import { buildReport } from '../../core/evidence/build-report.ts';
import { writeEvidence } from '../../lambdas/write-report/write-evidence.ts';
import { recordsOf } from '../support/plans.ts';
import { Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const secret = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const PublicKey = createPublicKey(secret).export({ type: 'spki', format: 'der' });

function setUp() {
  const kms = new KMSClient({ region: 'eu-west-1' });
  const mock = mockClient(kms);
  mock.on(GetPublicKeyCommand).resolves({ PublicKey });
  mock.on(SignCommand).callsFake(({ Message }) => ({ Signature: sign('sha256', Message, secret) }));
  const objects = new Objects(aws.s3, aws.bucket());
  const signing = new Signing(kms, 'alias/mine');
  const report = buildReport(recordsOf(), [], { outcome: 'refused', closedAt: '2026-11-20T12:00:00.000Z' } as never);
  const write = () => writeEvidence(objects, signing, { request: {}, plan: null, report });
  const read = async (file: string) => Buffer.from((await objects.readBytes(`runs/${report.runId}/${file}`)) ?? []);
  return { objects, mock, write, read, key: (file: string) => `runs/${report.runId}/${file}` };
}

describe('evidence', () => {
  it('has the signature of its sums before the sums', async () => {
    const { mock, write, read, objects, key } = setUp();
    mock.on(SignCommand).rejects(new Error('KMS is away'));
    await expect(write()).rejects.toThrow('KMS is away');
    expect(await objects.read(key('SHA256SUMS'))).toBeUndefined();
    mock.on(SignCommand).callsFake(({ Message }) => ({ Signature: sign('sha256', Message, secret) }));
    await write();
    expect(verify('sha256', await read('SHA256SUMS'), createPublicKey(secret), await read('SHA256SUMS.sig'))).toBe(
      true,
    );
  });

  it('keeps the signature that stands where writing was broken off after it', async () => {
    const { write, read, objects, key } = setUp();
    const other = setUp();
    await other.write();
    const standing = await other.read('SHA256SUMS.sig');
    await objects.writeOnce(key('SHA256SUMS.sig'), standing, 'application/octet-stream');
    await write();
    expect(await read('SHA256SUMS.sig')).toEqual(standing);
  });

  it('is written by two at once, with one signature, and both are done', async () => {
    const { write, read } = setUp();
    await Promise.all([write(), write(), write()]);
    expect(verify('sha256', await read('SHA256SUMS'), createPublicKey(secret), await read('SHA256SUMS.sig'))).toBe(
      true,
    );
  });

  it('is not finished beside a signature of something else', async () => {
    const { write, objects, key } = setUp();
    await objects.writeOnce(
      key('SHA256SUMS.sig'),
      sign('sha256', Buffer.from('else'), secret),
      'application/octet-stream',
    );
    await expect(write()).rejects.toThrow('SHA256SUMS.sig of run');
    expect(await objects.read(key('SHA256SUMS'))).toBeUndefined();
  });
});
