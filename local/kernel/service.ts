// What one service of the embedded AWS is: it takes a signed request and answers it.
import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError } from './aws-error.ts';

/** Who signed a request, as the account knows it. */
export interface Principal {
  readonly arn: string;
  /** Short name for the call record: a function's name, `role/session`, or `caller` for keys from outside. */
  readonly name: string;
  /** The execution environment of a function that calls, itself or by a role it assumed. */
  readonly environment?: string;
  /** The session policy given to AssumeRole, as text. */
  readonly sessionPolicy?: string;
}

export interface AwsRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly principal: Principal;
  /** The code of the error with which a single key of the call is to fail: it is denied, or a fault is injected. */
  keyError?(key: string): string | undefined;
}

export interface AwsReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the call record: API operation name, table / bucket / function / machine, and how many items it moved. */
  readonly operation: string;
  readonly resource: string | null;
  readonly items?: number;
}

export interface AwsService {
  /** The name in the credential scope of a signature: `dynamodb`, `s3`, `states`, `sts` … */
  readonly name: string;
  /** What a request asks for and of whom, as its answer will record it. */
  identify(request: AwsRequest): Pick<AwsReply, 'operation' | 'resource'>;
  handle(request: AwsRequest): Promise<AwsReply>;
  /** Renders a refusal of the front door, such as an expired key, in the protocol of the service; JSON when absent. */
  refuse?(error: AwsError): Pick<AwsReply, 'status' | 'headers' | 'body'>;
}

/** The account and Region everything lives in. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** Who says whether a call is allowed, before it is answered. */
export interface Guard {
  judge(service: AwsService, request: AwsRequest): Verdict;
}

export interface Verdict {
  /** Why the call is denied as a whole, as AWS words it; null: it is not. */
  readonly denial: string | null;
  /** Of a call that answers for each of its keys: the code with which one is denied. */
  keyError?(key: string): string | undefined;
}
