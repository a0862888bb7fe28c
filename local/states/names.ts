// Names and ARNs of Step Functions: which characters they may hold and how they are put together.
import type { Place } from '../kernel/service.ts';

/** White space, brackets, wildcards, special and control characters, non-characters (StartExecution, API reference). */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\u{fffe}\u{ffff}]/u;
const SURROGATE = /[\ud800-\udfff]/;

export const MAX_NAME_LENGTH = 80;
export const MAX_LABEL_LENGTH = 40;

export function isName(text: string, maxLength = MAX_NAME_LENGTH): boolean {
  return text.length >= 1 && text.length <= maxLength && !FORBIDDEN.test(text) && !SURROGATE.test(text);
}

export function machineArn({ account, region }: Place, machine: string): string {
  return `arn:aws:states:${region}:${account}:stateMachine:${machine}`;
}

/** @param machine name of the machine, or `<machine>/<label>` for a child of a map run */
export function executionArn({ account, region }: Place, machine: string, name: string): string {
  return `arn:aws:states:${region}:${account}:execution:${machine}:${name}`;
}

export function mapRunArn({ account, region }: Place, machine: string, label: string, id: string): string {
  return `arn:aws:states:${region}:${account}:mapRun:${machine}/${label}:${id}`;
}
