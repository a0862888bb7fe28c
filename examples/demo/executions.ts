// Starts executions and waits for their ends, as any operator could.
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

export interface Ended {
  readonly name: string;
  readonly isSuccess: boolean;
  readonly error: string | null;
  /** Output, or Cause, where it is a JSON object. */
  readonly ending: Readonly<Record<string, unknown>>;
}

const POLL_MS = 100;

export class Executions {
  readonly #sfn: SFNClient;
  readonly #stateMachineArn: string;

  constructor(sfn: SFNClient, stateMachineArn: string) {
    this.#sfn = sfn;
    this.#stateMachineArn = stateMachineArn;
  }

  async start(name: string, request: unknown): Promise<void> {
    const input = JSON.stringify(request);
    await this.#sfn.send(new StartExecutionCommand({ stateMachineArn: this.#stateMachineArn, name, input }));
  }

  /** @param onTick called between two looks */
  async end(name: string, onTick: () => Promise<void> = async () => undefined): Promise<Ended> {
    const executionArn = `${this.#stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    for (;;) {
      const {
        status,
        output,
        cause,
        error = null,
      } = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') {
        return { name, isSuccess: status === 'SUCCEEDED', error, ending: asObject(output ?? cause) };
      }
      await onTick();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function asObject(text = '{}'): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { what: value };
  } catch {
    return { what: text };
  }
}
