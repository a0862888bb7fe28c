// Asks deliver-decision, as an event, to deliver what was decided of a run.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

export class Delivery {
  readonly #client: LambdaClient;
  readonly #functionName: string;

  constructor(client: LambdaClient, functionName: string) {
    this.#client = client;
    this.#functionName = functionName;
  }

  async request(runId: string): Promise<void> {
    await this.#client.send(
      new InvokeCommand({
        FunctionName: this.#functionName,
        InvocationType: 'Event',
        Payload: JSON.stringify({ runId }),
      }),
    );
  }
}
