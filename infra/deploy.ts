// Both stacks, from what is said on the command line: `-c catalog=`, `-c mailFrom=`, `-c mailBy=`, `-c stack=`, `-c objectLockDays=`.
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { LetheStack } from './stacks/lethe-stack.ts';
import { LetheStateStack } from './stacks/lethe-state-stack.ts';

const GALLERY = join(import.meta.dirname, '../examples/gallery/catalog.yaml');

export interface Deployed {
  readonly state: LetheStateStack;
  readonly lethe: LetheStack;
}

/** @throws Error naming the option or the problems of the catalog, before anything is synthesized */
export function deployLethe(app: App): Deployed {
  const stack = option(app, 'stack', /^[A-Za-z][A-Za-z0-9-]{0,31}$/) ?? 'Lethe';
  const mailFrom = option(app, 'mailFrom', /^[^\s@<>"]{1,64}@[^\s@<>"]{1,255}$/);
  const mailBy = option(app, 'mailBy', /^(ses|sns)$/) as 'ses' | 'sns' | undefined;
  const days = option(app, 'objectLockDays', /^[1-9]\d{0,4}$/);
  const catalog = option(app, 'catalog', /./) ?? GALLERY;
  const state = new LetheStateStack(app, `${stack}State`, {
    ...(days !== undefined && { evidenceLockDays: Number(days) }),
  });
  const lethe = new LetheStack(app, stack, {
    state: state.lethe,
    catalog,
    ...(mailFrom !== undefined && { mailFrom }),
    ...(mailBy !== undefined && { mailBy }),
  });
  return { state, lethe };
}

function option(app: App, name: string, pattern: RegExp): string | undefined {
  const value: unknown = app.node.tryGetContext(name);
  if (value === undefined) return undefined;
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new Error(`-c ${name}= must match ${pattern}; received ${JSON.stringify(value)}`);
}
