// Bundles of all functions, each in a folder with the catalog beside it. The same sources give the same bytes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLING, entryOf } from '../contracts/bundling.ts';
import { CATALOG_FILE, FUNCTIONS, type FunctionName } from '../contracts/functions.ts';

const ROOT = join(import.meta.dirname, '..');

/** @returns the folder of each function; removed when the process ends, by when the assets are copied */
export function bundleFunctions(catalogJson: string): (name: FunctionName) => string {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  buildSync({
    ...BUNDLING,
    absWorkingDir: ROOT,
    entryPoints: names.map((name) => ({ in: entryOf(name), out: `${name}/index` })),
    outdir: folder,
    minify: true,
    legalComments: 'none',
  });
  for (const name of names) writeFileSync(join(folder, name, CATALOG_FILE), catalogJson);
  return (name) => join(folder, name);
}
