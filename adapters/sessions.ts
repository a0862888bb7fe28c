// Sessions of the eraser role: credentials that reach one shard and nothing else.
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The longest a chained role may last (STS, AssumeRole); a worker lives at most a quarter of that. */
const DURATION_SECONDS = 3_600;
const MAX_NAME = 64;

export class Sessions {
  readonly #client: STSClient;
  readonly #roleArn: string;

  constructor(client: STSClient, roleArn: string) {
    this.#client = client;
    this.#roleArn = roleArn;
  }

  /** @param name stands in CloudTrail beside every deletion: run and shard */
  async assume(policy: string, name: string): Promise<SessionCredentials> {
    const { Credentials } = await this.#client.send(
      new AssumeRoleCommand({
        RoleArn: this.#roleArn,
        RoleSessionName: name.slice(-MAX_NAME),
        Policy: policy,
        DurationSeconds: DURATION_SECONDS,
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error('AssumeRole answered without credentials');
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }
}
