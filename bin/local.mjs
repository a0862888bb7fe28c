#!/usr/bin/env node
// Starts the embedded AWS with Lethe deployed in it: `npm run local -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
// Imported only now: an older Node has no such function. Later starts then skip compiling.
(await import('node:module')).enableCompileCache();
const { main } = await import('../local/main.ts');
await main(process.argv);
