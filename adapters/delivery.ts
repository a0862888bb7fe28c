// Asks a function, as an event, to do its part for a run: deliver what was decided, or tell what came of it.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

export class Delivery {
  readonly #client: LambdaClient;
  readonly #functionName: string;

  constructor(client: LambdaClient, functionName: string) {
    this.#client = client;
    this.#functionName = functionName;
  }

  /** @param more what else the event carries */
  async request(runId: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#client.send(
      new InvokeCommand({
        FunctionName: this.#functionName,
        InvocationType: 'Event',
        Payload: JSON.stringify({ runId, ...more }),
      }),
    );
  }
}
