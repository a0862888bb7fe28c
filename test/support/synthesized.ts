// The application as `cdk synth` leaves it, for tests of its templates.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Checks } from '../../infra/checks.ts';
import { deployLethe } from '../../infra/deploy.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates, read as CloudFormation reads them
export type Json = any;

export interface Resource {
  readonly id: string;
  readonly Type: string;
  readonly Properties: Json;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export class Synthesized {
  readonly folder: string;
  readonly app: App;
  readonly checks: Checks;

  /** @param context what stands behind `-c` */
  constructor(context: Record<string, string> = {}) {
    const { context: flags } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'));
    this.folder = mkdtempSync(join(tmpdir(), 'lethe-synthesized-'));
    this.app = new App({ context: { ...flags, ...context }, outdir: this.folder, analyticsReporting: false });
    this.checks = new Checks(this.app);
    Validations.of(this.app).addPlugins(this.checks);
    deployLethe(this.app);
    this.app.synth();
  }

  template(stack: string): Json {
    return JSON.parse(readFileSync(join(this.folder, `${stack}.template.json`), 'utf8'));
  }

  /** Resources of a type, in the order of the template. */
  resources(stack: string, type: string): Resource[] {
    const all = Object.entries<Json>(this.template(stack).Resources);
    return all.filter(([, { Type }]) => Type === type).map(([id, resource]) => ({ id, ...resource }));
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
