// Where Lethe runs for a test: embedded in this process, or as a stack that the CDK deployed.
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { Mutation } from './mutation.ts';

/** What a deployment tells of itself. */
export interface Place {
  readonly region: string;
  readonly stateMachineArn: string;
  readonly controlTable: string;
  readonly workBucket: string;
  readonly evidenceBucket: string;
  readonly webUrl: string;
}

export interface Mail {
  readonly to: string;
  readonly kind: string;
  readonly runId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly links: { readonly approve?: string };
  readonly sentAt: string;
}

/** A client before or after construction, as far as its requests can be looked at. */
export interface Seen {
  readonly middlewareStack: {
    add(middleware: never, options: { readonly step: 'initialize'; readonly name: string }): void;
  };
}

export interface Target {
  readonly place: Place;
  readonly client: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>;
  /** Flags with which `lethe` finds the deployment. */
  readonly flags: readonly string[];
  /** Between two looks at something that is waited for. */
  readonly pollMs: number;
  nowMs(): number;
  /** Called for each client of the test. */
  prepare(client: Seen): void;
  functionName(name: string): string;
  /** Resolves when the execution enters the state. */
  entered(executionArn: string, state: string): Promise<void>;
  /** What is done to stores in a time that is long enough for whatever is still at work. */
  lateWrites(): Promise<readonly string[]>;
  /** Every message so far. */
  mails(): Promise<readonly Mail[]>;
  /** A bucket's new versioning is in effect when this resolves. */
  versioningSettles(): Promise<void>;
  /** Deploys anew while runs go on. */
  redeploy(change: { readonly catalog?: unknown; readonly mutation?: Mutation }): Promise<void>;
  close(): Promise<void>;
}

/** The deployment refuses a catalog by which no run could go. */
export class NotDeployed extends Error {
  override readonly name = 'NotDeployed';
}

/** What is found in a message, where nothing but the message is there. */
export function mailOf(parts: Pick<Mail, 'to' | 'subject' | 'text' | 'html' | 'sentAt'>): Mail {
  const approve = /https?:\/\/\S+\/a\/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/.exec(parts.text)?.[0];
  const runId = /^Run:?\s+(\S+)$/m.exec(parts.text)?.[1] ?? '';
  const links = approve === undefined ? {} : { approve };
  const kind = approve === undefined ? 'outcome' : parts.subject.startsWith('Reminder') ? 'reminder' : 'approval';
  return { ...parts, runId, links, kind };
}
