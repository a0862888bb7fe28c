// The functions of the account, and the names by which an invoker may call them.
import { AwsError } from '../kernel/aws-error.ts';
import type { Place } from '../kernel/service.ts';

export interface FunctionDefinition {
  readonly name: string;
  /** Absolute path of an ES module that exports `handler`; may still be in the making. */
  readonly modulePath: string | Promise<string>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly roleArn: string;
  readonly environment: Readonly<Record<string, string>>;
  /** LAMBDA_TASK_ROOT: where files lie that are deployed beside the code. @default the folder of the module */
  readonly taskRoot?: string;
  /** Further qualifiers besides `$LATEST`; each stands for the same code. */
  readonly aliases?: readonly string[];
}

export interface FoundFunction {
  readonly definition: FunctionDefinition;
  /** With the qualifier, if the invoker gave one. */
  readonly invokedArn: string;
}

/** A name, a partial ARN (`123456789012:function:name`) or an ARN, each with or without a qualifier. */
const NAME =
  /^(?:(?:arn:aws:lambda:(?<region>[a-z0-9-]+):)?(?:(?<account>\d{12}):)?function:)?(?<name>[A-Za-z0-9_-]{1,140})(?::(?<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?$/;

/** Names of the Lambda guide, "Defined runtime environment variables", which a function's configuration may not set. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** The bare name; a text that names no function is returned as it is. */
export function functionNameOf(nameOrArn: string): string {
  return NAME.exec(nameOrArn)?.groups?.name ?? nameOrArn;
}

export class FunctionRegistry {
  readonly #place: Place;
  readonly #definitions = new Map<string, FunctionDefinition>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** Returns the function's ARN. */
  add(definition: FunctionDefinition): string {
    const { name, environment } = definition;
    if (this.#definitions.has(name))
      throw new AwsError('ResourceConflictException', `Function already exist: ${name}`, 409);
    const reserved = Object.keys(environment).filter((variable) => RESERVED.test(variable));
    if (reserved.length > 0)
      throw new AwsError(
        'InvalidParameterValueException',
        `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
      );
    this.#definitions.set(name, definition);
    return this.#arnOf(name);
  }

  /**
   * Throws ResourceNotFoundException.
   * @param qualifier as the API takes it beside the name; both may give one when they agree
   */
  find(nameOrArn: string, qualifier?: string): FoundFunction {
    const { region, account, name = nameOrArn, qualifier: inName } = NAME.exec(nameOrArn)?.groups ?? {};
    if (inName !== undefined && qualifier !== undefined && inName !== qualifier)
      throw new AwsError(
        'InvalidParameterValueException',
        'The derived qualifier from the function name does not match the specified qualifier.',
      );
    const wanted = inName ?? qualifier;
    const invokedArn = this.#arnOf(name) + (wanted === undefined ? '' : `:${wanted}`);
    const isHere =
      (region ?? this.#place.region) === this.#place.region && (account ?? this.#place.account) === this.#place.account;
    const definition = isHere ? this.#definitions.get(name) : undefined;
    const isQualified = wanted === undefined || wanted === '$LATEST' || definition?.aliases?.includes(wanted);
    if (!definition || !isQualified)
      throw new AwsError('ResourceNotFoundException', `Function not found: ${isHere ? invokedArn : nameOrArn}`, 404, {
        Type: 'User',
      });
    return { definition, invokedArn };
  }

  #arnOf(name: string): string {
    return `arn:aws:lambda:${this.#place.region}:${this.#place.account}:function:${name}`;
  }
}
