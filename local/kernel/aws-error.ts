// An error as an AWS service answers it; each protocol renders it in its own form.

export class AwsError extends Error {
  readonly status: number;
  /** Further members of the answer, such as CancellationReasons. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.members = members;
  }
}

/** What local/ answers to anything it does not do: never a plausible wrong answer. See local/SUPPORT.md. */
export function notImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', `${what} is not implemented by the embedded AWS; see local/SUPPORT.md`, 501);
}
