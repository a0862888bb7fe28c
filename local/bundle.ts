// Bundles functions as the deployment does: one ESM file each, SDK included.
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Node's `require` for the few dependencies that are CommonJS inside an ESM bundle. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

export function bundleFile(folder: string, name: string): string {
  return join(folder, name, 'index.mjs');
}

/** @param entries function names to their entry files */
export async function bundleFunctions(
  entries: Readonly<Record<string, string>>,
  folder: string,
  plugins: Plugin[] = [],
): Promise<void> {
  await build({
    entryPoints: Object.entries(entries).map(([name, entry]) => ({ in: entry, out: `${name}/index` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    logLevel: 'error',
    plugins,
  });
}
