// Ways to lay data out in a table or bucket, each with the selectors that find a scope's data in it.
import type { Dice } from '../../../examples/gallery/seed/dice.ts';
import type { KeyAttribute, Shapes, WrittenSelector, WrittenStore, WrittenValue, WrittenValues } from '../model.ts';
import { isLucky, oneOf, someOf } from './choose.ts';
import { beginning, type Chain, equality, isNumeric, type ScopeShape } from './scopes.ts';

export interface Laying {
  readonly dice: Dice;
  /** Names of tables, buckets and stores begin with it. */
  readonly name: string;
  /** Of every scope, outer ones before inner ones. */
  readonly chains: readonly Chain[];
  readonly root: ScopeShape;
}

export interface Layout extends Shapes {
  readonly stores: Readonly<Record<string, WrittenStore>>;
}

export type LayOut = (laying: Laying) => Layout;

type Select = NonNullable<WrittenStore['select']>;

/** The whole key of a root's partition, and sort keys that begin with what is below it. */
const keyed: LayOut = (laying) => {
  const { dice, name } = laying;
  const [owner, value] = rootValue(laying, 'pk');
  const isWhole = isLucky(dice, 30);
  const select = selectLevels(laying, ({ rest }) => ({
    key: { pk: value },
    ...(rest.length > 0 && { sortKey: { sk: isWhole ? equality(rest) : { beginsWith: beginning(rest) } } }),
  }));
  return oneTable(name, [owner, text('sk')], { [name]: { table: name, select } });
};

/** Several kinds of things in one table, told apart by how their sort keys begin. */
const entities: LayOut = (laying) => {
  const { dice, name } = laying;
  const pk = equality([laying.root], oneOf(dice, ['', 'T#', 'TENANT#']));
  const heads = ['EVENT#', 'NOTE#', 'META#', 'LOG#'].slice(0, dice.between(2, 4));
  const ofHead = (head: string) =>
    selectLevels(laying, ({ rest }) => ({ key: { pk }, sortKey: { sk: { beginsWith: beginning(rest, head) } } }));
  const stores = Object.fromEntries(
    heads.map((head, at) => [
      `${name}-${at}`,
      { table: name, select: ofHead(head), ...(at === 1 && isLucky(dice, 40) && { preserve: true }) },
    ]),
  );
  return oneTable(name, [text('pk'), text('sk')], stores);
};

/** Several kinds of things of one store: a list of how their sort keys begin. */
const kinds: LayOut = (laying) => {
  const { name } = laying;
  const pk = equality([laying.root]);
  const select = selectLevels(laying, ({ rest }) =>
    ['A#', 'B#', 'C#'].map((head) => ({ key: { pk }, sortKey: { sk: { beginsWith: beginning(rest, head) } } })),
  );
  return oneTable(name, [text('pk'), text('sk')], { [name]: { table: name, select } });
};

/** Found by what an attribute says; the table is read whole. */
const owned: LayOut = (laying) => {
  const { dice, name } = laying;
  const [, value] = rootValue(laying, 'owner');
  const select = selectLevels(laying, ({ rest }) => ({ attribute: { owner: value }, ...whereOf(rest) }));
  const keys = isLucky(dice, 50) ? [text('id')] : [text('id'), number('n')];
  return oneTable(name, keys, { [name]: { table: name, select } });
};

/** Found through a global index of the owner. */
const indexed: LayOut = (laying) => {
  const { dice, name } = laying;
  const [owner, value] = rootValue(laying, 'owner');
  const hasPath = isLucky(dice, 50);
  const select = selectLevels(laying, ({ rest }) => ({
    index: 'by-owner',
    key: { owner: value },
    ...(rest.length > 0 && (hasPath ? { sortKey: { path: { beginsWith: beginning(rest) } } } : whereOf(rest))),
  }));
  const index = { name: 'by-owner', isLocal: false, keys: hasPath ? [owner, text('path')] : [owner] };
  return oneTable(name, [text('id')], { [name]: { table: name, select } }, [index]);
};

/** Found through a local index, which holds only the items that have its sort key. */
const local: LayOut = (laying) => {
  const { name } = laying;
  const [owner, value] = rootValue(laying, 'owner');
  const select = selectLevels(laying, ({ rest }) => ({
    index: 'by-path',
    key: { owner: value },
    ...(rest.length > 0 && { sortKey: { path: { beginsWith: beginning(rest) } } }),
  }));
  const index = { name: 'by-path', isLocal: true, keys: [owner, text('path')] };
  return oneTable(name, [owner, text('id')], { [name]: { table: name, select } }, [index]);
};

/** All levels in the partition key; the root alone is found by an attribute. */
const composite: LayOut = (laying) => {
  const { name } = laying;
  const [, value] = rootValue(laying, 'owner');
  const select = selectLevels(laying, ({ chain, rest }) =>
    rest.length === 0 ? { attribute: { owner: value } } : { key: { pk: equality(chain, 'P#') } },
  );
  return oneTable(name, [text('pk'), text('sk')], { [name]: { table: name, select } });
};

/** A partition of the innermost level, whose items must be the root's. */
const narrowed: LayOut = (laying) => {
  const { name } = laying;
  const [, value] = rootValue(laying, 'owner');
  const select = selectLevels(laying, ({ rest }) => {
    const [inner] = rest;
    if (!inner) return { attribute: { owner: value } };
    const { where } = whereOf(rest.slice(1));
    return { key: { group: `{${inner.name}}` }, where: { owner: value, ...where } };
  });
  return oneTable(name, [text('group'), text('id')], { [name]: { table: name, select } });
};

/** An item is of who owns it and of who wrote it. */
const shared: LayOut = (laying) => {
  const { dice, name } = laying;
  const [owner, value] = rootValue(laying, 'owner');
  const isIndexed = isLucky(dice, 50);
  const select = selectLevels(laying, ({ rest }) => [
    {
      ...(isIndexed ? { index: 'by-owner', key: { owner: value } } : { attribute: { owner: value } }),
      ...whereOf(rest),
    },
    { attribute: { author: `{${laying.root.name}}` }, ...whereOf(rest) },
  ]);
  const indexes = isIndexed ? [{ name: 'by-owner', isLocal: false, keys: [owner] }] : [];
  return oneTable(name, [text('id')], { [name]: { table: name, select } }, indexes);
};

/** Folders in a bucket, one or two for each scope; some are preserved. */
const folders: LayOut = (laying) => {
  const { dice, name, root } = laying;
  const heads = oneOf(dice, [[''], ['data/'], ['v1|'], ['a/', 'b/']]);
  const select = selectLevels(laying, ({ chain }) => {
    const prefixes = heads.map((head) => ({ prefix: beginning(chain, head) }));
    return prefixes.length === 1 ? (prefixes[0] ?? []) : prefixes;
  });
  const legal = `${beginning([root], heads[0])}legal/`;
  const stores: Record<string, WrittenStore> = { [name]: { bucket: name, select } };
  if (isLucky(dice, 40)) {
    stores[`${name}-legal`] = { bucket: name, preserve: true, select: { [root.name]: { prefix: legal } } };
  }
  return { tables: [], buckets: [{ name, isVersioned: isLucky(dice, 95) }], stores };
};

/** What everything may take too: no two stores share a table or bucket. */
export const APART: readonly LayOut[] = [
  ...[keyed, keyed, kinds, owned, indexed, local, composite, narrowed, shared].map(
    (lay): LayOut =>
      (laying) =>
        lay(laying),
  ),
];
export const LAYOUTS: readonly LayOut[] = [...APART, entities, entities, folders, folders, folders];

interface Level {
  readonly chain: Chain;
  /** Without the root. */
  readonly rest: Chain;
}

/** The root's selector, and those of most of the scopes below. */
function selectLevels(
  { dice, chains }: Laying,
  make: (level: Level) => WrittenSelector | readonly WrittenSelector[],
): Select {
  const inner = someOf(dice, chains.slice(1), 85);
  const levels = [...chains.slice(0, 1), ...inner];
  return Object.fromEntries(levels.map((chain) => [chain.at(-1)?.name ?? '', make({ chain, rest: chain.slice(1) })]));
}

/** An attribute that equals the root's id, as a number where ids are numbers and the dice say so. */
function rootValue({ dice, root }: Laying, name: string): [KeyAttribute, WrittenValue] {
  const template = `{${root.name}}`;
  if (isNumeric(root) && isLucky(dice, 70)) return [number(name), { N: template }];
  return [text(name), template];
}

function whereOf(rest: Chain): { readonly where?: WrittenValues } {
  if (rest.length === 0) return {};
  return { where: Object.fromEntries(rest.map(({ name }) => [`of_${name}`, `{${name}}`])) };
}

function oneTable(
  name: string,
  keys: readonly KeyAttribute[],
  stores: Layout['stores'],
  indexes: Shapes['tables'][number]['indexes'] = [],
): Layout {
  return { tables: [{ name, keys, indexes }], buckets: [], stores };
}

function text(name: string): KeyAttribute {
  return { name, type: 'S' };
}

function number(name: string): KeyAttribute {
  return { name, type: 'N' };
}
