#!/usr/bin/env node
// The `lethe` command: `npm run -s lethe -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
// Imported only now: an older Node has no such function. Later starts then skip compiling.
(await import('node:module')).enableCompileCache();
const { main } = await import('../cli/main.ts');
await main(process.argv.slice(2));
