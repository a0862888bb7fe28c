#!/usr/bin/env node
// Erases a tenant of the gallery, or of anybody's data, on the embedded AWS: `npm run demo -- --help`.
import { requireNode } from './require-node.mjs';

requireNode();
// Imported only now: an older Node has no such function. Later starts then skip compiling.
(await import('node:module')).enableCompileCache();
const { main } = await import('../examples/demo/main.ts');
await main(process.argv);
