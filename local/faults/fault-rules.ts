// A faults file: which calls and invocations fail, how, and how often.
import * as z from 'zod';

const EFFECTS = [
  'throttle',
  'unprocessed',
  'keyError',
  'http500',
  'reset',
  'slow',
  'truncate',
  'kill',
  'loseResult',
] as const;
export type Effect = (typeof EFFECTS)[number];

const MOMENTS = ['beforeCall', 'afterCall', 'afterMs'] as const;

/** Effects that can come after the call has done its work; the others have one moment each. */
const EITHER_SIDE: readonly Effect[] = ['http500', 'reset', 'slow', 'kill'];
/** What is done to a function as a whole, not to a call of it. */
const OF_FUNCTIONS: readonly Effect[] = ['kill', 'loseResult'];

const share = z.number().min(0).max(1);
const times = z.int().positive();

const rule = z
  .strictObject({
    service: z.string().min(1),
    /** An API operation, or for `lambda` a function. @default any */
    operation: z.string().min(1).optional(),
    effect: z.enum(EFFECTS),
    /** Of the matching calls, or of the function's invocations. @default 1 */
    rate: share.default(1),
    /** Of the items or keys of a call that is hit. @default 0.5 */
    share: share.default(0.5),
    /** Of the error a key fails with. @default AccessDenied */
    code: z.string().min(1).default('AccessDenied'),
    /** For `slow`, and for `afterMs`. @default 200 */
    delayMs: z.number().min(0).max(900_000).default(200),
    match: z
      .strictObject({
        /** The table or bucket. */
        table: z.string().min(1).optional(),
        /** A key in the call begins with it. */
        keyPrefix: z.string().min(1).optional(),
      })
      .default({}),
    when: z.enum(MOMENTS).default('beforeCall'),
    /** For `kill`, the AWS call of the invocation; else the matching call that is hit first. @default 1 */
    n: times.default(1),
    /** Hits at most. @default any number */
    times: times.optional(),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { effect, when, service } = value;
    if (OF_FUNCTIONS.includes(effect) && service !== 'lambda')
      refuse('service', `must be lambda for ${effect}, with the function as operation`);
    if (when === 'afterCall' && !EITHER_SIDE.includes(effect))
      refuse('when', `afterCall is for ${EITHER_SIDE.join(', ')}`);
    if (when === 'afterMs' && effect !== 'kill') refuse('when', 'afterMs is for kill');
    if (effect === 'unprocessed' && service !== 'dynamodb') refuse('service', 'must be dynamodb for unprocessed');
    if (effect === 'keyError' && service !== 'dynamodb' && service !== 's3')
      refuse('service', 'must be dynamodb or s3 for keyError');
  });
export type FaultRule = z.output<typeof rule>;

const faultsFile = z.strictObject({ seed: z.int().nonnegative().default(1), rules: z.array(rule) });
/** As written, with defaults to be filled in. */
export type FaultsInput = z.input<typeof faultsFile>;
export type FaultsFile = z.output<typeof faultsFile>;

/** @returns the file, or a line for everything that is wrong with it: where, and what is allowed */
export function readFaults(value: unknown): FaultsFile | string[] {
  const read = faultsFile.safeParse(value);
  if (read.success) return read.data;
  return read.error.issues.map(({ path, message }) => `${showPath(path)}${message}`);
}

function showPath(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
}
