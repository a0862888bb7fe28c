// Mail to people, one message to one person.
import type { MessageKind } from '../contracts/approval.ts';

export interface Message {
  readonly to: string;
  readonly kind: MessageKind;
  readonly runId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mail {
  /** @throws Fault ApproversUnreachable where a message could reach somebody else than the one it is for */
  reach(people: readonly string[]): Promise<Post>;
}

/** The way to people, as it was when it was looked at. */
export interface Post {
  /** Those of them who get what is sent to them. */
  readonly people: readonly string[];
  /** @throws Error for somebody who is not among them */
  send(message: Message): Promise<void>;
}
