// Refuses at synthesis what IAM would refuse in the middle of a deployment: a role with too many policies.
import { ManagedPolicy, type Role } from 'aws-cdk-lib/aws-iam';

/** Managed policies that a role can have (IAM quotas); the library puts into them what exceeds the inline policies. */
const MAX_MANAGED = 10;

export function refuseTooManyPolicies(role: Role): void {
  const validate = (): string[] => {
    const policies = role.node.children.filter((child) => child instanceof ManagedPolicy).length;
    if (policies <= MAX_MANAGED) return [];
    return [
      `The catalog has too many stores for one role: it needs ${policies} managed policies, and IAM allows ${MAX_MANAGED}. ` +
        'Split the catalog into several deployments (-c stack=).',
    ];
  };
  role.node.addValidation({ validate });
}
