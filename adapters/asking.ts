// Has a deputy asked, and waits until he is: by the function that alone makes links.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { LetheError } from '../contracts/errors.ts';

/** Thrown where a deputy was not mailed. */
class NotAsked extends LetheError {
  override readonly name = 'Lethe.NotAsked';
  override readonly retryable = true;
}

const ASKING_STATE = 'Wait for approval';

export class Asking {
  readonly #sfn: SFNClient;
  readonly #lambda: LambdaClient;
  readonly #stateMachineArn: string;

  constructor(sfn: SFNClient, lambda: LambdaClient, stateMachineArn: string) {
    this.#sfn = sfn;
    this.#lambda = lambda;
    this.#stateMachineArn = stateMachineArn;
  }

  /** Repeatable; @returns false where he has nothing to decide any more; @throws NotAsked when the function fails */
  async ask(runId: string, deputy: string): Promise<boolean> {
    const { FunctionError, Payload } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: await this.#askingFunction(), Payload: JSON.stringify({ runId, deputy }) }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}');
    if (FunctionError !== undefined) throw notAsked(deputy, String(answer.errorMessage));
    return answer.asked === true;
  }

  /** The one that the machine itself asks by: a deployment's names are its own. */
  async #askingFunction(): Promise<string> {
    const { definition = '{}' } = await this.#sfn.send(
      new DescribeStateMachineCommand({ stateMachineArn: this.#stateMachineArn }),
    );
    const name: unknown = JSON.parse(definition).States?.[ASKING_STATE]?.Arguments?.FunctionName;
    if (typeof name !== 'string') throw new Error(`${this.#stateMachineArn} has no state ${ASKING_STATE}`);
    return name;
  }
}

function notAsked(deputy: string, message: string): NotAsked {
  return new NotAsked({
    what: `${deputy} was not mailed: ${whatOf(message)}`,
    received: deputy,
    allowed: 'somebody who can be mailed',
    next: 'The place is taken, and recorded. Mend the cause and give the same command again: it mails then.',
  });
}

/** Errors of Lethe leave a function with their explanation as JSON. */
function whatOf(message: string): string {
  try {
    return String(JSON.parse(message).what ?? message);
  } catch {
    return message;
  }
}
