// Runs on any Node: says what to do when it is not the one the project is made for.

const MAJOR = 24;

export function requireNode() {
  const [major] = process.versions.node.split('.');
  if (Number(major) === MAJOR) return;
  console.error(
    `Lethe needs Node ${MAJOR}, but this is Node ${process.versions.node} (${process.execPath}).\n` +
      'npm scripts use the Node 24 that `npm ci` installs: run `npm run …`, `npx …`, or install Node 24 yourself.\n' +
      'If it is missing from node_modules/.bin, optional dependencies were left out: run `npm ci` without --omit=optional.',
  );
  process.exit(2);
}
