#!/usr/bin/env node
// The pages in a real browser: `npm run test:browser -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
const { main } = await import('../test/browser/main.ts');
await main(process.argv);
