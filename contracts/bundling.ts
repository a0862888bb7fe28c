// How functions are bundled: the same for the embedded AWS and for a deployment (options of esbuild).

export const BUNDLING = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'] as string[],
  outExtension: { '.js': '.mjs' },
  /** Node's `require` for the few dependencies that are CommonJS inside an ESM bundle. */
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'error',
} as const;

/** Entry files relative to the project, and where their bundles lie relative to a folder. */
export const entryOf = (functionName: string) => `lambdas/${functionName}/index.ts`;
export const bundleOf = (functionName: string) => `${functionName}/index.mjs`;
