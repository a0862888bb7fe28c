// The policies of a synthesized template, its references replaced by the names of the embedded AWS.
import type { Ready } from '../../../local/start.ts';
import type { Json, Resource, Synthesized } from '../synthesized.ts';
import { signingKeyArn } from './calls.ts';
import type { Statement } from './policy.ts';

/** Where references lead. */
type World = Pick<Ready, 'region' | 'account' | 'controlTable' | 'workBucket' | 'evidenceBucket'>;

export class RolePolicies {
  readonly #app: Synthesized;
  readonly #ready: World;

  constructor(app: Synthesized, ready: World) {
    this.#app = app;
    this.#ready = ready;
  }

  /** @param principal a function's name, or `lethe-eraser` */
  statementsOf(principal: string): Statement[] {
    return this.ofRole(principal === 'lethe-eraser' ? this.#eraser() : this.#roleOf(principal));
  }

  /** @param role its logical id */
  ofRole(role: string): Statement[] {
    const policies = this.#app
      .resources('Lethe', 'AWS::IAM::Policy')
      .concat(this.#app.resources('Lethe', 'AWS::IAM::ManagedPolicy'))
      .filter(({ Properties }) => Properties.Roles.some(({ Ref }: Json) => Ref === role));
    return policies.flatMap(({ Properties }) => this.#filled(Properties.PolicyDocument.Statement));
  }

  #roleOf(functionName: string): string {
    const found = this.#app
      .resources('Lethe', 'AWS::Lambda::Function')
      .find(({ Properties }) => Properties.FunctionName === `lethe-${functionName}`);
    if (!found) throw new Error(`there is no function lethe-${functionName}`);
    return found.Properties.Role['Fn::GetAtt'][0];
  }

  #eraser(): string {
    const [{ Properties }] = this.#app.resources('Lethe', 'AWS::Lambda::Function') as [Resource];
    return Properties.Environment.Variables.LETHE_ERASER_ROLE_ARN['Fn::GetAtt'][0];
  }

  #filled(value: Json): Json {
    if (Array.isArray(value)) return value.map((one) => this.#filled(one));
    if (typeof value !== 'object' || value === null) return value;
    const [[key, inner] = ['', undefined]] = Object.entries<Json>(value);
    if (key === 'Fn::Join') return this.#filled(inner[1]).join(inner[0]);
    if (key === 'Fn::ImportValue') return this.#imported(inner);
    if (key === 'Ref') return this.#referred(inner);
    if (key === 'Fn::GetAtt') return this.#attribute(inner[0]);
    return Object.fromEntries(Object.entries<Json>(value).map(([name, one]) => [name, this.#filled(one)]));
  }

  #imported(name: string): string {
    const { controlTable, workBucket, evidenceBucket, region, account } = this.#ready;
    if (name.includes('ControlTable')) return `arn:aws:dynamodb:${region}:${account}:table/${controlTable}`;
    if (name.includes('SigningKey')) return signingKeyArn(this.#ready);
    return `arn:aws:s3:::${name.includes('WorkBucket') ? workBucket : evidenceBucket}`;
  }

  #referred(id: string): string {
    const pseudo: Record<string, string> = {
      'AWS::Partition': 'aws',
      'AWS::Region': this.#ready.region,
      'AWS::AccountId': this.#ready.account,
    };
    return pseudo[id] ?? `arn:aws:of:resource:${id}`;
  }

  #attribute(id: string): string {
    return id === this.#eraser()
      ? `arn:aws:iam::${this.#ready.account}:role/lethe-eraser`
      : `arn:aws:of:resource:${id}`;
  }
}
