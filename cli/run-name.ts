// The name of an execution that was given none: what it is about, when it was started, and a little chance.
import { MODES, type Request } from '../contracts/request.ts';

const MAX_NAME = 80;
export const RANDOM_DIGITS = 4;
const LONGEST_MODE = Math.max(...MODES.map((mode) => mode.length));
const STAMP = 'yyyymmddThhmmss'.length;
const MAX_SCOPE = MAX_NAME - LONGEST_MODE - STAMP - RANDOM_DIGITS - '---'.length;

/** `dry-run-acme-g1-20261120T172405-3f9c` */
export function runName({ mode, scope }: Pick<Request, 'mode' | 'scope'>, nowMs: number, random: string): string {
  const ids = scope['everything'] === true ? ['everything'] : Object.values(scope).map(String);
  // Ids are checked by the run against its catalog; until then they may be anything.
  const about = ids
    .join('-')
    .replace(/[^0-9A-Za-z_-]/g, '-')
    .slice(0, MAX_SCOPE);
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+Z/g, '');
  return `${mode}-${about}-${stamp}-${random}`;
}
