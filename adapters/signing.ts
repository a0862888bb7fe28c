// The key that signs evidence: its private half never leaves KMS.
import { createPublicKey } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';

export class Signing {
  readonly #client: KMSClient;
  readonly #keyId: string;
  #publicKey: Promise<string> | undefined;

  /** @param keyId of an asymmetric key of P-256 that signs; an alias will do */
  constructor(client: KMSClient, keyId: string) {
    this.#client = client;
    this.#keyId = keyId;
  }

  /** As PEM. */
  publicKey(): Promise<string> {
    this.#publicKey ??= this.#fetch().catch((error: unknown) => {
      this.#publicKey = undefined;
      throw error;
    });
    return this.#publicKey;
  }

  /**
   * @param text at most 4,096 bytes, which KMS digests itself (Sign, API reference)
   * @returns ECDSA with SHA-256, as DER: what `openssl dgst -sha256 -verify` takes
   */
  async sign(text: string): Promise<Uint8Array> {
    const { Signature } = await this.#client.send(
      new SignCommand({
        KeyId: this.#keyId,
        Message: new TextEncoder().encode(text),
        MessageType: 'RAW',
        SigningAlgorithm: 'ECDSA_SHA_256',
      }),
    );
    if (!Signature) throw new Error(`KMS answered without a signature by ${this.#keyId}`);
    return Signature;
  }

  async #fetch(): Promise<string> {
    const { PublicKey } = await this.#client.send(new GetPublicKeyCommand({ KeyId: this.#keyId }));
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
    return key.export({ type: 'spki', format: 'pem' }).toString();
  }
}
