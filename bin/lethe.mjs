#!/usr/bin/env node
// The `lethe` command: `npm run -s lethe -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
const { main } = await import('../cli/main.ts');
await main(process.argv.slice(2));
