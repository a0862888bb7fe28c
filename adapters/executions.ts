// Executions of the state machine: started, looked at, and whether one is still alive.
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

/** Texts are empty where the execution has none. */
export interface Execution {
  readonly status: string;
  readonly output: string;
  readonly error: string;
  readonly cause: string;
  /** JSON text. */
  readonly input: string;
}

export class Executions {
  readonly #client: SFNClient;

  constructor(client: SFNClient) {
    this.#client = client;
  }

  /** @returns its ARN; undefined: the name was used before */
  async start(stateMachineArn: string, name: string, request: unknown): Promise<string | undefined> {
    try {
      const input = JSON.stringify(request);
      const { executionArn } = await this.#client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
      return executionArn;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return undefined;
      throw error;
    }
  }

  /** @returns undefined: there is none */
  async find(executionArn: string): Promise<Execution | undefined> {
    try {
      const found = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
      const { status = '', output = '', error = '', cause = '', input = '' } = found;
      return { status, output, error, cause, input };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  /** Running, or one of its map runs still is. */
  async isAlive(executionArn: string): Promise<boolean> {
    const found = await this.find(executionArn);
    if (!found) return false;
    return found.status === 'RUNNING' || found.status === 'PENDING_REDRIVE' || this.hasRunningMap(executionArn);
  }

  /** Names of the executions that are running. */
  async listRunning(stateMachineArn: string): Promise<string[]> {
    const names: string[] = [];
    for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken; isFirst = false) {
      const page = await this.#client.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', ...(nextToken && { nextToken }) }),
      );
      names.push(...(page.executions ?? []).map(({ name = '' }) => name));
      nextToken = page.nextToken;
    }
    return names;
  }

  /** Map runs can outlive a stopped execution. */
  async hasRunningMap(executionArn: string): Promise<boolean> {
    for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken; isFirst = false) {
      const page = await this.#client.send(new ListMapRunsCommand({ executionArn, ...(nextToken && { nextToken }) }));
      for (const { mapRunArn } of page.mapRuns ?? []) {
        const { status } = await this.#client.send(new DescribeMapRunCommand({ mapRunArn }));
        if (status === 'RUNNING') return true;
      }
      nextToken = page.nextToken;
    }
    return false;
  }
}

/** The ARN of another execution of the same machine. */
export function executionArnOf(executionArn: string, runId: string): string {
  return `${executionArn.slice(0, executionArn.lastIndexOf(':') + 1)}${runId}`;
}

/** The ARN of an execution by the machine it is of. */
export function executionArnIn(stateMachineArn: string, runId: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${runId}`;
}
