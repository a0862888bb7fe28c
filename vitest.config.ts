// One configuration for every tier that `npm test` runs; the browser and deployed suites have their own runners.
import { configDefaults, defineConfig } from 'vitest/config';
import { NEED_TAGS } from './test/support/needs.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/deployed/**', 'test/browser/**'],
    tags: NEED_TAGS,
    globalSetup: ['test/support/require-node.ts', 'test/support/bundles.ts'],
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    sequence: { shuffle: true },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
