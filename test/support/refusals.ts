// What an action is refused with, and whether the refusal helps: what, the value received, what is allowed, what next.
import { expect } from 'vitest';
import { type Explanation, Refusal, type RefusalName } from '../../contracts/errors.ts';

export function refusalOf(action: () => unknown): Refusal {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export function expectRefusal(action: () => unknown, name: RefusalName, details: Partial<Explanation>): void {
  const refusal = refusalOf(action);
  expect({ name: refusal.name, details: refusal.details }).toMatchObject({ name, details });
  const { what, received, allowed, next } = refusal.details;
  expect(what).toMatch(/^[A-Z0-9].*\.$/s);
  expect(next).toMatch(/^[A-Z].*\.$/s);
  expect(received).not.toBeUndefined();
  expect(JSON.stringify(received).length).toBeLessThan(200);
  expect([undefined, null, '']).not.toContain(allowed);
}
