// Cloud assemblies of Lethe for a catalog, from the sources as they are or with one place of them changed.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from '../support/mutation.ts';
import { NotDeployed } from '../support/target.ts';
import type { SynthAnswer, SynthOrder } from './synthesize.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = 'test/deployed/synthesize.ts';
/** Not copied when sources are changed: large, and no part of what is deployed. */
const LEFT_OUT = ['node_modules', '.git', '.lethe', 'cdk.out'];

export class Synthesizer {
  readonly #folder: string;
  #warm: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  /** @param folder for assemblies and changed sources; the caller removes it */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @returns the folder of the cloud assembly
   * @throws NotDeployed when the catalog is refused
   */
  async synthesize(catalog: unknown, stack: string, more: Record<string, string>, mutation?: Mutation) {
    const name = `${stack}-${++this.#count}`;
    const file = join(this.#folder, `${name}.json`);
    const outdir = join(this.#folder, name);
    await writeFile(file, JSON.stringify(catalog));
    const order = { context: { ...more, catalog: file, stack }, outdir };
    await (mutation ? this.#changed(order, mutation) : this.#unchanged(order));
    return outdir;
  }

  close(): void {
    this.#warm?.kill();
  }

  #unchanged(order: SynthOrder): Promise<void> {
    const answered = this.#last.then(async () => {
      this.#warm ??= start(ROOT);
      await answer(this.#warm, order);
    });
    this.#last = answered.catch(() => undefined);
    return answered;
  }

  async #changed(order: SynthOrder, { file, from, to }: Mutation): Promise<void> {
    const copy = await mkdtemp(join(this.#folder, 'sources-'));
    for (const entry of await readdir(ROOT)) {
      if (LEFT_OUT.includes(entry)) continue;
      await cp(join(ROOT, entry), join(copy, entry), {
        recursive: true,
        filter: (path) => !path.includes('/emulator'),
      });
    }
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const source = await readFile(join(copy, file), 'utf8');
    if (source.split(from).length !== 2) throw new Error(`${file} has ${JSON.stringify(from)} not exactly once`);
    await writeFile(
      join(copy, file),
      source.replace(from, () => to),
    );
    const child = start(copy);
    try {
      await answer(child, order);
    } finally {
      child.kill();
      await rm(copy, { recursive: true, force: true });
    }
  }
}

function start(root: string): ChildProcess {
  // What it prints is the CDK's: warnings about the template, which tests of infra look at.
  return fork(join(root, PROGRAM), { cwd: root, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function answer(child: ChildProcess, order: SynthOrder): Promise<void> {
  const answered = once(child, 'message');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process that synthesizes ended (${code})`);
  });
  ended.catch(() => undefined);
  child.send(order);
  const [said] = (await Promise.race([answered, ended])) as [SynthAnswer];
  if (said.isDone) return;
  if (said.problem.startsWith('The catalog is not deployed.')) throw new NotDeployed(said.problem);
  throw new Error(said.problem);
}
