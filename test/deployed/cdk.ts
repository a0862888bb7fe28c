// The real CDK CLI, as an engineer calls it, on cloud assemblies that are synthesized already.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CDK = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url));
/** Of what the CLI said, when it failed. */
const MAX_SHOWN = 3_000;

export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export class Cdk {
  readonly #folder: string;

  /** @param folder for what it writes; the caller removes it */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async bootstrap(environment: string): Promise<void> {
    await this.#run(['bootstrap', environment, '--output', join(this.#folder, 'bootstrap')]);
  }

  /** @param stacks only these of the assembly, or all with what they need */
  async deploy(assembly: string, stacks: readonly string[]): Promise<Outputs> {
    const file = `${assembly}.outputs.json`;
    const how = ['--exclusively', '--require-approval', 'never', '--method', 'direct', '--outputs-file', file];
    await this.#run(['deploy', '--app', assembly, ...how, ...stacks]);
    return JSON.parse(await readFile(file, 'utf8'));
  }

  async destroy(assembly: string): Promise<void> {
    await this.#run(['destroy', '--app', assembly, '--all', '--force']);
  }

  /** In a process group of its own: a Ctrl-C at the terminal must not break off what is half-way. */
  async #run(args: readonly string[]): Promise<void> {
    const env = {
      ...process.env,
      CI: '1',
      CDK_DISABLE_CLI_TELEMETRY: '1',
      NODE_COMPILE_CACHE: join(this.#folder, 'compiled'),
    };
    const flags = ['--no-notices', '--no-color', '--ci'];
    const child = spawn(process.execPath, [CDK, ...args, ...flags], { env, detached: true, cwd: this.#folder });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => resolve(status ?? signal));
    });
    if (code !== 0) throw new Error(`cdk ${args.join(' ')} ended with ${code}:\n${said.slice(-MAX_SHOWN)}`);
  }
}
