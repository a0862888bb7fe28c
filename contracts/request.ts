// The request: the input of an execution (interfaces.md, section 1).
import * as z from 'zod';
import { line, name } from './scalars.ts';
import { dictionary, strict } from './strict.ts';

export const MODES = ['preview', 'dry-run', 'execute'] as const;
export type Mode = (typeof MODES)[number];

const scopeId = z.string({ error: 'must be the id of that scope as a text; {"everything": true} stands alone' });

/** Scope names to ids, or everything. Ids are checked against the catalog's patterns by core. */
const scopeInput = z.union([strict({ everything: z.literal(true) }), dictionary(z.string(), scopeId)], {
  error: 'must be {"everything": true} or scope names with an id each, such as {"tenant": "acme"}',
});

const REASON_MAX = 500;
const REQUESTED_BY_MAX = 320;
const REQUEST_ID_MAX = 200;

export const request = strict({
  scope: scopeInput,
  mode: z.enum(MODES, { error: `must be one of ${MODES.join(', ')}` }).default('dry-run'),
  optIn: z.array(name).default([]),
  reason: line(1, REASON_MAX).optional(),
  requestedBy: line(1, REQUESTED_BY_MAX).optional(),
  phrase: z.string().optional(),
  /** The same one again within a day does nothing, whatever else the request says. */
  requestId: line(1, REQUEST_ID_MAX).optional(),
  expect: strict({
    account: z.string().optional(),
    region: z.string().optional(),
    environment: z.string().optional(),
  }).optional(),
});
export type Request = z.output<typeof request>;

/** Members that have a meaning in a later version, refused by name until then. */
export const RESERVED_REQUEST_KEYS = ['where', 'subjects'] as const;
