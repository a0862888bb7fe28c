// The task callback: tells the waiting execution that a decision stands. Carries nothing that anybody relies on.
import {
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';

export class Callback {
  readonly #client: SFNClient;

  constructor(client: SFNClient) {
    this.#client = client;
  }

  /** @returns false: the task no longer waits, because it was answered before, timed out, or was replaced */
  async wake(taskToken: string): Promise<boolean> {
    try {
      await this.#client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      return true;
    } catch (error) {
      if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken)
        return false;
      throw error;
    }
  }
}
