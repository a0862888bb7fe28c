// Conditions as DynamoDB expressions, with names and values apart so that reserved words do no harm.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ItemCondition } from '../../core/finding/item-conditions.ts';

/** Collects the names and values of one request's expressions. */
export class Expression {
  readonly #aliases = new Map<string, string>();
  readonly #values: AttributeValue[] = [];

  name(attribute: string): string {
    const known = this.#aliases.get(attribute);
    if (known !== undefined) return known;
    const alias = `#k${this.#aliases.size}`;
    this.#aliases.set(attribute, alias);
    return alias;
  }

  all(conditions: readonly ItemCondition[]): string {
    return conditions.map((condition) => this.#one(condition)).join(' AND ');
  }

  /** As members of a request, which must name nothing in vain. */
  get members() {
    return {
      ExpressionAttributeNames: Object.fromEntries([...this.#aliases].map(([name, alias]) => [alias, name])),
      ...(this.#values.length > 0 && {
        ExpressionAttributeValues: Object.fromEntries(this.#values.map((value, at) => [`:v${at}`, value])),
      }),
    };
  }

  #one(condition: ItemCondition): string {
    const name = this.name(condition.name);
    if ('isPresent' in condition) return `attribute_type(${name}, ${this.#value({ S: condition.type })})`;
    if ('beginsWith' in condition) return `begins_with(${name}, ${this.#value({ S: condition.beginsWith })})`;
    const { type, equals } = condition;
    return `${name} = ${this.#value(type === 'N' ? { N: equals } : { S: equals })}`;
  }

  #value(value: AttributeValue): string {
    return `:v${this.#values.push(value) - 1}`;
  }
}
