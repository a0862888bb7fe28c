// The rooms and who may enter which (docs/adr/0002-rooms.md).
const rooms = {
  contracts: [],
  core: ['contracts'],
  stores: ['contracts', 'core'],
  pages: ['contracts', 'core'],
  adapters: ['contracts', 'core'],
  cli: ['contracts', 'core', 'adapters'],
  infra: ['contracts'],
};
const all = [
  'contracts',
  'core',
  'stores',
  'pages',
  'adapters',
  'lambdas',
  'local',
  'cli',
  'infra',
  'examples',
  'bench',
  'test',
];

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports`,
  comment: `${room} may import ${allowed.length === 0 ? 'no other room' : allowed.join(', ')}`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: { path: `^(${all.join('|')})/`, pathNot: `^(${[room, ...allowed].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'contracts-need-zod-alone',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { dependencyTypes: ['npm', 'core'], pathNot: 'node_modules/zod/' },
    },
    {
      name: 'core-does-no-input-output',
      comment: 'core decides; of Node it uses cryptography alone',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^(node:)?(fs|http|https|net|child_process|worker_threads|dns|os|process|timers)|@aws-sdk' },
    },
    {
      name: 'handlers-use-no-sdk-commands',
      comment: 'lambdas translate; stores and adapters talk. Types of clients that are passed through are fine.',
      severity: 'error',
      from: { path: '^lambdas/.+', pathNot: '/index\\.ts$' },
      to: { path: 'node_modules/@aws-sdk', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'lambdas-leave-each-other-alone',
      severity: 'error',
      from: { path: '^lambdas/([^/]+)/' },
      to: { path: '^lambdas/', pathNot: '^lambdas/$1/' },
    },
    {
      name: 'lambdas-enter-product-rooms-alone',
      severity: 'error',
      from: { path: '^lambdas/' },
      to: { path: '^(local|cli|infra|examples|bench|test)/' },
    },
    {
      name: 'local-knows-lethe-in-two-files',
      severity: 'error',
      from: { path: '^local/', pathNot: '^local/(start|main)\\.ts$' },
      to: { path: '^(contracts|core|stores|pages|adapters|lambdas|cli|infra|examples|test)/' },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'scenarios-use-front-doors',
      comment: 'the workflow and deployed suites know Lethe from outside',
      severity: 'error',
      from: { path: '^test/(workflow|deployed)/', pathNot: '^test/deployed/main\\.ts$' },
      to: { path: '^(contracts|core|stores|pages|adapters|lambdas|local|cli|infra)/' },
    },
    {
      name: 'fuzz-knows-lethe-from-outside',
      comment: 'its oracle would share the mistakes of what it imports',
      severity: 'error',
      from: { path: '^test/fuzz/' },
      to: { path: '^(core|stores|pages|adapters|lambdas|cli|infra)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'everything-resolves',
      severity: 'error',
      // The emulator is a project of its own, with its own packages.
      from: { pathNot: '^test/deployed/emulator/' },
      to: { couldNotResolve: true, pathNot: 'nowhere\\.mjs$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
