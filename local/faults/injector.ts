// Injects the faults of a file: into calls at the front door, and into functions.
import { AwsError } from '../kernel/aws-error.ts';
import type { DoorFaults } from '../kernel/front-door.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { FunctionFaults } from '../lambda/lambda.ts';
import { answerWithFault, failureOf, throttleOf } from './call-fault.ts';
import type { FaultsFile } from './fault-rules.ts';
import { Faults } from './faults.ts';

/** How often each effect was injected so far. */
export type FaultCounts = Readonly<Record<string, number>>;

export interface Injector extends DoorFaults, FunctionFaults {
  /** From now on; calls and hits count anew. */
  replace(file: FaultsFile): void;
  counts(): FaultCounts;
}

export function makeInjector(file: FaultsFile, clock: ServiceClock): Injector {
  let faults = new Faults(file);
  const kills = new Map<string, () => void>();
  const counts: Record<string, number> = {};
  const count = (effect: string) => {
    counts[effect] = (counts[effect] ?? 0) + 1;
  };

  function kill(environmentId: string): void {
    count('kill');
    kills.get(environmentId)?.();
  }

  return {
    replace(next) {
      faults = new Faults(next);
    },
    counts: () => ({ ...counts }),
    killAt: (environmentId) => faults.killAt(environmentId),
    kill,
    answer(service, request) {
      const { operation, resource } = service.identify(request);
      const hit = faults.ofCall(service.name, operation, resource, request);
      if (!hit) return undefined;
      const { effect } = hit.rule;
      count(effect);
      return answerWithFault(hit, { service, operation, resource, request, clock }).then((answered) => ({
        ...answered,
        effect,
      }));
    },
    begin(environmentId, functionName, end) {
      kills.set(environmentId, end);
      const afterMs = faults.begin(environmentId, functionName);
      // The next invocation of the environment is not the one that was to die.
      const isSame = () => kills.get(environmentId) === end;
      if (afterMs !== undefined) clock.after(afterMs, () => isSame() && kill(environmentId));
    },
    async around(functionName, run) {
      const hit = faults.ofInvocation(functionName);
      if (!hit) return run();
      const { effect, when, delayMs } = hit.rule;
      count(effect);
      switch (effect) {
        case 'throttle':
          throw throttleOf('lambda');
        case 'http500':
          if (when === 'afterCall') await run();
          throw failureOf('lambda');
        case 'slow':
          await clock.sleep(delayMs);
          return run();
        case 'loseResult':
          await run();
          throw new AwsError('ServiceException', 'The result of the function was lost (injected)', 500);
        default:
          return run();
      }
    },
  };
}
