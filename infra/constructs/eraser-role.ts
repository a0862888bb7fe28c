// The role whose sessions erase: nobody but the worker can assume it, and only with a session policy for one shard.
import { type IPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Catalog } from '../../contracts/catalog.ts';
import { reachOf } from '../permissions/catalog-reach.ts';
import { erasingStatements, preservingStatements, type StoreArns } from '../permissions/stores.ts';
import { refuseTooManyPolicies } from './policy-quota.ts';

export interface EraserRoleProps {
  readonly catalog: Catalog;
  readonly stores: StoreArns;
  readonly assumedBy: IPrincipal;
}

export class EraserRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { catalog, stores, assumedBy }: EraserRoleProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      assumedBy,
      description: 'Reads and erases what the catalog names; each session is narrowed to one shard',
    });
    const reach = reachOf(catalog);
    const statements = [...erasingStatements(reach, stores), ...preservingStatements(reach, stores)];
    for (const statement of statements) this.role.addToPolicy(statement);
    refuseTooManyPolicies(this.role);
  }
}
