// Makes this thread's Date tell service time, so that code written for AWS needs to know of no other clock.
import type { SharedTime } from '../kernel/shared-time.ts';

/**
 * Date.now(), `new Date()` and `Date()` then follow the service clock; dates made from values are untouched, and timers
 * stay real. To be called before any module that might keep a reference to Date is imported.
 */
export function installServiceDate(time: SharedTime): void {
  const RealDate = Date;
  const now = () => time.nowMs();
  const ServiceDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.now = now;
  RealDate.prototype.constructor = ServiceDate;
  globalThis.Date = ServiceDate;
}
