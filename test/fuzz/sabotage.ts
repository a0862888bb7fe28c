// Builds that are wrong on purpose: the suite is worth something only if it fails for each of them.
import { FUNCTIONS } from '../../contracts/functions.ts';
import { bundleMutated, type Mutation } from '../support/mutation.ts';

const SABOTAGES = {
  'skips-a-page': {
    file: 'stores/dynamodb/table-listing.ts',
    from: 'position = page.LastEvaluatedKey ? writePosition(page.LastEvaluatedKey) : null;',
    to: 'position = null;',
  },
  'mistakes-a-tenant': {
    file: 'core/catalog/template.ts',
    from: '      return id;',
    to: '      return id.toLowerCase();',
  },
  'drops-an-acknowledgement': {
    file: 'stores/dynamodb/table-remover.ts',
    from: 'erased: batch.length - retry.length,',
    to: 'erased: Math.max(0, batch.length - retry.length - 1),',
  },
  'deletes-without-condition': {
    file: 'stores/dynamodb/conditional-remover.ts',
    from: 'Key: { ...key }, ...condition }',
    to: 'Key: { ...key } }',
  },
  'forgets-what-is-preserved': {
    file: 'core/planning/bind-selectors.ts',
    from: 'except: store.isPreserved ? [] : exceptions(open, store, prefix, ids)',
    to: 'except: []',
  },
  'keeps-the-lock': {
    file: 'lambdas/write-report/handler.ts',
    from: 'if (held) await',
    to: 'if (held && !report) await',
  },
  'sees-no-deletion-of-the-dead': {
    file: 'core/erasing/erase-shard.ts',
    from: 'foundGone: claimed.foundGone + inFlight.count - stillThere,',
    to: 'foundGone: claimed.foundGone,',
  },
} as const satisfies Record<string, Mutation>;
export type SabotageName = keyof typeof SABOTAGES;
export const SABOTAGE_NAMES = Object.keys(SABOTAGES) as SabotageName[];

/** Bundles the functions from sources in which one thing is wrong. */
export function bundleWrong(folder: string, name: SabotageName): Promise<void> {
  return bundleMutated(Object.keys(FUNCTIONS), folder, SABOTAGES[name]);
}
