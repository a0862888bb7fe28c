#!/usr/bin/env node
// Starts the embedded AWS with Lethe deployed in it: `npm run local -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
const { main } = await import('../local/main.ts');
await main(process.argv);
