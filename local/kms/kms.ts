// KMS: keys of the P-256 curve that sign, known at start-up by their aliases.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { AwsError } from '../kernel/aws-error.ts';
import { type Json, makeJsonService } from '../kernel/json-service.ts';
import type { AwsService, Place } from '../kernel/service.ts';

export interface KmsOptions {
  readonly place: Place;
  /** Such as `alias/lethe-evidence`; each has a key of its own. */
  readonly aliases: readonly string[];
}

interface Key {
  readonly arn: string;
  readonly secret: KeyObject;
}

const ALGORITHM = 'ECDSA_SHA_256';
/** Of a message that KMS digests itself (Sign, API reference). */
const MAX_MESSAGE_BYTES = 4_096;

export function makeKms({ place, aliases }: KmsOptions): AwsService {
  const keys = new Map<string, Key>(
    aliases.map((alias, at) => [
      alias,
      {
        arn: `arn:aws:kms:${place.region}:${place.account}:key/00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`,
        secret: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      },
    ]),
  );

  function find({ KeyId }: Json): Key {
    const key = keys.get(KeyId);
    if (key) return key;
    throw new AwsError(
      'NotFoundException',
      `Alias arn:aws:kms:${place.region}:${place.account}:${KeyId} is not found.`,
    );
  }

  function answerSign(input: Json): Json {
    only(input, ['KeyId', 'Message', 'MessageType', 'SigningAlgorithm']);
    const { arn, secret } = find(input);
    const message = Buffer.from(String(input.Message ?? ''), 'base64');
    if (message.length === 0 || message.length > MAX_MESSAGE_BYTES)
      throw new AwsError('ValidationException', `Message has ${message.length} bytes, allowed are 1 to 4096`);
    if ((input.MessageType ?? 'RAW') !== 'RAW')
      throw new AwsError('NotImplemented', `MessageType ${input.MessageType}`, 501);
    if (input.SigningAlgorithm !== ALGORITHM)
      throw new AwsError('InvalidKeyUsageException', `The key does not sign with ${input.SigningAlgorithm}`);
    const signature = sign('sha256', message, secret).toString('base64');
    return { KeyId: arn, Signature: signature, SigningAlgorithm: ALGORITHM };
  }

  function answerGetPublicKey(input: Json): Json {
    only(input, ['KeyId']);
    const { arn, secret } = find(input);
    return {
      KeyId: arn,
      PublicKey: createPublicKey(secret).export({ type: 'spki', format: 'der' }).toString('base64'),
      KeySpec: 'ECC_NIST_P256',
      CustomerMasterKeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: [ALGORITHM],
    };
  }

  return makeJsonService({
    name: 'kms',
    target: 'TrentService',
    operations: { Sign: answerSign, GetPublicKey: answerGetPublicKey },
    resourceOf: (_, { KeyId }) => KeyId ?? null,
  });
}

function only(input: Json, members: readonly string[]): void {
  const unknown = Object.keys(input).filter((name) => !members.includes(name));
  if (unknown.length > 0) throw new AwsError('NotImplemented', `KMS: ${unknown.join(', ')}`, 501);
}
