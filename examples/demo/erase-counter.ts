// Counts the requests to the stores, and the time, while shards are being erased.
import type { Local } from '../../local/start.ts';

const ERASING = new Set(['Erase shard', 'Finalise shard']);

export class EraseCounter {
  dynamodb = 0;
  s3 = 0;
  seconds = 0;
  #sinceMs: number | undefined;

  /** @param stores tables and buckets of the catalog: calls to Lethe's own are not counted */
  constructor({ states, calls }: Local, stores: ReadonlySet<string>) {
    states.listen(({ type, state }) => {
      if (!ERASING.has(state ?? '')) return;
      if (type === 'StateEntered') this.#sinceMs = performance.now();
      if (type === 'StateExited' && this.#sinceMs !== undefined) {
        this.seconds += (performance.now() - this.#sinceMs) / 1_000;
        this.#sinceMs = undefined;
      }
    });
    calls.listen(({ service, resource }) => {
      if (this.#sinceMs === undefined || !stores.has(resource ?? '')) return;
      if (service === 'dynamodb') this.dynamodb++;
      if (service === 's3') this.s3++;
    });
  }
}
