import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { STATE_MACHINES } from '../../contracts/functions.ts';

describe('the language of the state machines', () => {
  const read = (file: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, '../../statemachines', file), 'utf8'));

  it.each(Object.keys(STATE_MACHINES))('%s is valid', (file) => {
    expect(validate(read(file))).toMatchObject({ isValid: true, errors: [] });
  });

  it('is checked: a state that leads nowhere is found', () => {
    const machine = read('close.asl.json');
    machine.States['Wait for workers'].Next = 'Nowhere';
    expect(validate(machine)).toMatchObject({ isValid: false });
  });
});
