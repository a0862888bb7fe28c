// Builds that are wrong on purpose: the suite is worth something only if it fails for each of them.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FUNCTIONS } from '../../contracts/functions.ts';
import { bundleFunctions } from '../../local/bundle.ts';

interface Sabotage {
  readonly file: string;
  /** Stands there exactly once. */
  readonly right: string;
  readonly wrong: string;
}

const SABOTAGES = {
  'skips-a-page': {
    file: 'stores/dynamodb/table-listing.ts',
    right: 'position = page.LastEvaluatedKey ? writePosition(page.LastEvaluatedKey) : null;',
    wrong: 'position = null;',
  },
  'mistakes-a-tenant': {
    file: 'core/catalog/template.ts',
    right: '      return id;',
    wrong: '      return id.toLowerCase();',
  },
  'drops-an-acknowledgement': {
    file: 'stores/dynamodb/table-remover.ts',
    right: 'erased: batch.length - retry.length,',
    wrong: 'erased: Math.max(0, batch.length - retry.length - 1),',
  },
  'deletes-without-condition': {
    file: 'stores/dynamodb/conditional-remover.ts',
    right: 'Key: { ...key }, ...condition }',
    wrong: 'Key: { ...key } }',
  },
  'forgets-what-is-preserved': {
    file: 'core/planning/bind-selectors.ts',
    right: 'except: store.isPreserved ? [] : exceptions(open, store, prefix, ids)',
    wrong: 'except: []',
  },
  'keeps-the-lock': {
    file: 'lambdas/write-report/handler.ts',
    right: 'if (held) await',
    wrong: 'if (held && !report) await',
  },
  'sees-no-deletion-of-the-dead': {
    file: 'core/erasing/erase-shard.ts',
    right: 'foundGone: claimed.foundGone + inFlight.count - stillThere,',
    wrong: 'foundGone: claimed.foundGone,',
  },
} as const satisfies Record<string, Sabotage>;
export type SabotageName = keyof typeof SABOTAGES;
export const SABOTAGE_NAMES = Object.keys(SABOTAGES) as SabotageName[];

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROOMS = ['contracts', 'core', 'stores', 'adapters', 'lambdas', 'package.json', 'tsconfig.json'];

/**
 * Bundles the functions from sources in which one thing is wrong.
 * @throws Error when the sources have changed there: so must this
 */
export async function bundleWrong(folder: string, name: SabotageName): Promise<void> {
  const { file, right, wrong } = SABOTAGES[name];
  const copy = await mkdtemp(join(tmpdir(), 'lethe-sabotage-'));
  try {
    for (const room of ROOMS) await cp(join(ROOT, room), join(copy, room), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const source = await readFile(join(copy, file), 'utf8');
    if (source.split(right).length !== 2) throw new Error(`${file} does not have exactly once what ${name} replaces`);
    await writeFile(
      join(copy, file),
      source.replace(right, () => wrong),
    );
    const entries = Object.keys(FUNCTIONS).map((fn) => [fn, join(copy, 'lambdas', fn, 'index.ts')]);
    await bundleFunctions(Object.fromEntries(entries), folder);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
