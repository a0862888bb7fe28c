// The catalog: every store of an application, how a scope's data is found in it, and the rules (interfaces.md, section 2).
import * as z from 'zod';
import { duration, durationSeconds, name } from './scalars.ts';
import { dictionary, strict } from './strict.ts';

export const ENVIRONMENTS = ['dev', 'test', 'demo', 'ci', 'staging', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Where execute is refused unless the catalog allows it, and two approvers are needed. */
export function isProtected(environment: Environment): boolean {
  return environment === 'staging' || environment === 'production';
}

const template = z.string().min(1, 'must not be empty').max(1_024);
const templateValue = z.union([template, strict({ N: template })], { error: 'must be a text or {N: text}' });
const sortValue = z.union([templateValue, strict({ beginsWith: template })], {
  error: 'must be a text, {N: text} or {beginsWith: text}',
});

const attributeName = z.string().min(1).max(255);

function exactlyOne<Value extends z.ZodType>(value: Value, what: string) {
  return dictionary(attributeName, value).refine((entries) => Object.keys(entries).length === 1, {
    error: `must name exactly one ${what}`,
  });
}

/** One way to find a scope's data. Which members go together is checked by core. */
export const selector = strict({
  key: exactlyOne(templateValue, 'partition key').optional(),
  sortKey: exactlyOne(sortValue, 'sort key').optional(),
  index: z.string().min(3).max(255).optional(),
  attribute: exactlyOne(templateValue, 'attribute').optional(),
  where: dictionary(attributeName, templateValue).optional(),
  prefix: template.optional(),
});
export type SelectorInput = z.output<typeof selector>;

const SELECTOR_SHAPE = 'must be a selector, such as {key: {id: "{tenant}"}}';

const MAX_RATE = 40_000; // write units a second, the default quota of a table (DynamoDB service quotas)

export const store = strict({
  table: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{3,255}$/, 'is no table name')
    .optional(),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is no bucket name')
    .optional(),
  select: dictionary(name, z.union([selector, z.array(selector).min(1)], { error: SELECTOR_SHAPE })).default({}),
  optIn: name.optional(),
  preserve: z.boolean().default(false),
  rate: z.number().positive().max(MAX_RATE, `must be at most ${MAX_RATE} items a second`).optional(),
  recovery: z.literal('none', { error: 'must be none, or absent' }).optional(),
  kmsKey: z.string().min(1).optional(),
  allowReplicas: z.boolean().optional(),
}).superRefine((value, context) => {
  if ((value.table === undefined) === (value.bucket === undefined)) {
    context.addIssue({ code: 'custom', message: 'must have either table or bucket' });
  }
  if (value.preserve && value.optIn !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['optIn'],
      message: 'a preserved store is never erased, so it has no optIn',
    });
  }
});
export type StoreInput = z.output<typeof store>;

const onOff = z.enum(['enable', 'refuse'], { error: 'must be enable or refuse' });

/** An address is compared and mailed to; what it may contain is the mail server's business. */
const MAIL_ADDRESS = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,255}$/;
const MAX_APPROVERS = 20;
const EXPIRES_MIN_SECONDS = 5;
const EXPIRES_MAX_SECONDS = 30 * 86_400;
const EXPIRES_MIN_PROTECTED_SECONDS = 15 * 60;
const REQUIRED_MIN_PROTECTED = 2;

const people = z.array(z.string().regex(MAIL_ADDRESS, 'is no mail address')).max(MAX_APPROVERS);

const approval = strict({
  approvers: people,
  /** Who may be put in an approver's place while a run waits; asked for nothing before. */
  deputies: people.optional(),
  required: z.int().min(0).max(MAX_APPROVERS).optional(),
  expiresAfter: duration.default('24h'),
});

export const catalog = strict({
  version: z.literal(1, { error: 'must be 1' }),
  name,
  environment: z.enum(ENVIRONMENTS, { error: `must be one of ${ENVIRONMENTS.join(', ')}` }).default('production'),
  protected: strict({ allowed: z.boolean().default(false) }).prefault({}),
  everything: strict({ allowed: z.boolean().default(false) }).prefault({}),
  scopes: dictionary(name, strict({ pattern: z.string(), within: name.optional() })).default({}),
  stores: dictionary(name, store).refine((stores) => Object.keys(stores).length > 0, {
    error: 'must name at least one store',
  }),
  protection: strict({
    pitr: onOff.default('enable'),
    versioning: onOff.default('refuse'),
    reuseBackupWithin: duration.default('24h'),
  }).prefault({}),
  approval,
  limits: strict({
    maxItems: z.int().positive().default(5_000_000),
    maxShare: z.number().positive().max(1).default(1),
    drift: z.number().nonnegative().max(1).default(0.01),
    cooldown: duration.default('24h'),
    maxConcurrency: z.int().positive().max(1_000).default(40),
  }).prefault({}),
  undo: strict({ window: duration.default('7d') }).prefault({}),
}).superRefine((value, context) => {
  const isProtectedHere = isProtected(value.environment);
  const required = requiredApprovals(value);
  const expiresSeconds = durationSeconds(value.approval.expiresAfter);
  const refuse = (key: string, message: string) =>
    context.addIssue({ code: 'custom', path: ['approval', key], message });
  if (isProtectedHere && required < REQUIRED_MIN_PROTECTED) {
    refuse(
      'required',
      `must be at least ${REQUIRED_MIN_PROTECTED} in ${value.environment}: nothing proves who the requester is`,
    );
  }
  if (required > value.approval.approvers.length) {
    refuse('approvers', `names ${value.approval.approvers.length}, but ${required} must approve`);
  }
  if (expiresSeconds < EXPIRES_MIN_SECONDS || expiresSeconds > EXPIRES_MAX_SECONDS) {
    refuse('expiresAfter', 'must be 5s to 30d');
  }
  if (isProtectedHere && expiresSeconds < EXPIRES_MIN_PROTECTED_SECONDS) {
    refuse('expiresAfter', `must be at least 15m in ${value.environment}`);
  }
});
export type Catalog = z.output<typeof catalog>;

/** How many distinct approvers must approve; by default 2 where the environment is protected, else 1. */
export function requiredApprovals(value: Pick<Catalog, 'environment' | 'approval'>): number {
  return value.approval.required ?? (isProtected(value.environment) ? REQUIRED_MIN_PROTECTED : 1);
}
