#!/usr/bin/env node
// Random cases on the embedded AWS: `npm run fuzz -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
// Imported only now: an older Node has no such function. Later starts then skip compiling.
(await import('node:module')).enableCompileCache();
const { main } = await import('../test/fuzz/main.ts');
await main(process.argv);
