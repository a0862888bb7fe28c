#!/usr/bin/env node
// The scenarios against a deployed stack: `npm run test:deployed -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
const { main } = await import('../test/deployed/main.ts');
await main(process.argv);
