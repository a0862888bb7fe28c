// The default event bus: events published by the embedded services reach the targets of the rules they match.
import type { Json } from '../kernel/json-service.ts';
import { compilePattern, type EventMatcher } from './event-pattern.ts';

export interface EventRule {
  readonly name: string;
  /** An EventBridge event pattern; see event-pattern.ts for what is honoured. */
  readonly pattern: Json;
  target(event: Json): void | Promise<void>;
}

export interface EventBusOptions {
  /** A target that threw or rejected; the event is not delivered to it again. */
  onError(ruleName: string, error: unknown): void;
}

export interface EventBus {
  /** Returns at once; targets are called later, each with a copy of its own. */
  publish(event: Json): void;
  /** Throws for a pattern it does not honour. */
  addRule(rule: EventRule): void;
}

export function makeEventBus({ onError }: EventBusOptions): EventBus {
  const rules: { readonly rule: EventRule; readonly matches: EventMatcher }[] = [];

  async function deliver(rule: EventRule, event: Json): Promise<void> {
    try {
      await rule.target(event);
    } catch (error) {
      onError(rule.name, error);
    }
  }

  return {
    publish(event) {
      const text = JSON.stringify(event);
      for (const { rule, matches } of rules)
        if (matches(JSON.parse(text))) setImmediate(() => void deliver(rule, JSON.parse(text)));
    },
    addRule(rule) {
      if (rules.some((existing) => existing.rule.name === rule.name))
        throw new Error(`The rule ${rule.name} exists already; rule names are unique`);
      rules.push({ rule, matches: compilePattern(rule.pattern) });
    },
  };
}
