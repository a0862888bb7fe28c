// Loads a faults file, or the mix of faults that is called default.
import { readFile } from 'node:fs/promises';
import { type FaultsFile, type FaultsInput, readFaults } from './fault-rules.ts';

/** Something of everything that a run must survive: it still ends with all erased. */
const DEFAULT_FAULTS: FaultsInput = {
  seed: 7,
  rules: [
    { service: 'dynamodb', operation: 'BatchWriteItem', effect: 'throttle', rate: 0.05 },
    { service: 'dynamodb', operation: 'BatchWriteItem', effect: 'unprocessed', rate: 0.1, share: 0.3 },
    { service: 'dynamodb', operation: 'BatchWriteItem', effect: 'http500', when: 'afterCall', rate: 0.03 },
    { service: 'dynamodb', operation: 'BatchWriteItem', effect: 'reset', when: 'afterCall', rate: 0.02 },
    { service: 'dynamodb', operation: 'BatchWriteItem', effect: 'truncate', rate: 0.02 },
    { service: 'dynamodb', operation: 'BatchWriteItem', effect: 'slow', rate: 0.02, delayMs: 300 },
    { service: 'dynamodb', operation: 'DeleteItem', effect: 'throttle', rate: 0.02 },
    { service: 'dynamodb', operation: 'DeleteItem', effect: 'http500', when: 'afterCall', rate: 0.01 },
    { service: 'dynamodb', operation: 'DeleteItem', effect: 'reset', when: 'afterCall', rate: 0.01 },
    { service: 'dynamodb', operation: 'Query', effect: 'http500', rate: 0.02 },
    { service: 'dynamodb', operation: 'Scan', effect: 'truncate', rate: 0.05 },
    { service: 's3', operation: 'DeleteObjects', effect: 'throttle', rate: 0.2 },
    { service: 's3', operation: 'DeleteObjects', effect: 'keyError', code: 'InternalError', rate: 0.5, share: 0.05 },
    { service: 's3', operation: 'ListObjectsV2', effect: 'reset', rate: 0.1 },
    { service: 'lambda', operation: 'work-shard', effect: 'kill', when: 'afterCall', n: 14, rate: 0.3, times: 3 },
    { service: 'lambda', operation: 'work-shard', effect: 'kill', when: 'beforeCall', n: 6, rate: 0.1, times: 2 },
    { service: 'lambda', operation: 'work-shard', effect: 'loseResult', rate: 0.1, times: 3 },
    { service: 'lambda', operation: 'work-shard', effect: 'throttle', rate: 0.05, times: 3 },
    { service: 'lambda', operation: 'seal-plan', effect: 'kill', when: 'afterCall', n: 5, times: 1 },
  ],
};

/** @returns what is wrong with the file, line by line */
export async function loadFaults(file: string, seed: number | undefined): Promise<FaultsFile | string[]> {
  const parsed = file === 'default' ? { value: DEFAULT_FAULTS } : await parse(file);
  if ('problem' in parsed) return [parsed.problem];
  const read = readFaults(parsed.value);
  return Array.isArray(read) || seed === undefined ? read : { ...read, seed };
}

async function parse(file: string): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  try {
    return { value: JSON.parse(await readFile(file, 'utf8')) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
