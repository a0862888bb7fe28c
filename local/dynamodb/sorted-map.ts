// A map that keeps its string keys in order, for range reads, and is cheap to copy whole.

/** Bounds on keys; a lower or upper bound that is left out is open. */
export interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  /** -1 for all. */
  readonly limit?: number;
}

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
}

interface Place {
  readonly chunk: number;
  readonly offset: number;
}

/** A chunk that grows beyond this splits in two; inserting moves at most so many references. */
const MAX_CHUNK = 512;

/** Keys compare by UTF-16 code unit, which for the ASCII keys used here is byte order. */
export class SortedMap<V> {
  /** Never an empty chunk; keys ascend within and across chunks. */
  #chunks: Chunk<V>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (!chunk) return undefined;
    const offset = lowerBound(chunk.keys, key);
    return chunk.keys[offset] === key ? chunk.values[offset] : undefined;
  }

  /** Returns what the key had before. */
  set(key: string, value: V): V | undefined {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (!chunk) {
      this.#chunks.push({ keys: [key], values: [value] });
      this.#size++;
      return undefined;
    }
    const offset = lowerBound(chunk.keys, key);
    if (chunk.keys[offset] === key) {
      const before = chunk.values[offset];
      chunk.values[offset] = value;
      return before;
    }
    chunk.keys.splice(offset, 0, key);
    chunk.values.splice(offset, 0, value);
    this.#size++;
    if (chunk.keys.length > MAX_CHUNK) this.#split(index, chunk);
    return undefined;
  }

  /** Returns what the key had. */
  delete(key: string): V | undefined {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (!chunk) return undefined;
    const offset = lowerBound(chunk.keys, key);
    if (chunk.keys[offset] !== key) return undefined;
    chunk.keys.splice(offset, 1);
    const [before] = chunk.values.splice(offset, 1);
    this.#size--;
    if (chunk.keys.length === 0) this.#chunks.splice(index, 1);
    return before;
  }

  /** The map must not change while this is consumed. */
  *range(range: Range): Generator<V> {
    const low = this.#lowerPlace(range);
    const high = this.#upperPlace(range);
    let left = range.limit === undefined || range.limit < 0 ? Number.POSITIVE_INFINITY : range.limit;
    for (const value of range.reverse ? this.#backwards(low, high) : this.#forwards(low, high)) {
      if (left-- <= 0) return;
      yield value;
    }
  }

  /** Shares the values, which therefore must not change. */
  copy(): SortedMap<V> {
    const copy = new SortedMap<V>();
    copy.#chunks = this.#chunks.map(({ keys, values }) => ({ keys: keys.slice(), values: values.slice() }));
    copy.#size = this.#size;
    return copy;
  }

  *#forwards(low: Place, high: Place): Generator<V> {
    for (let index = low.chunk; index <= high.chunk; index++) {
      const values = this.#chunks[index]?.values ?? [];
      const end = index === high.chunk ? high.offset : values.length;
      for (let offset = index === low.chunk ? low.offset : 0; offset < end; offset++) yield values[offset] as V;
    }
  }

  *#backwards(low: Place, high: Place): Generator<V> {
    for (let index = high.chunk; index >= low.chunk; index--) {
      const values = this.#chunks[index]?.values ?? [];
      const start = index === low.chunk ? low.offset : 0;
      const end = index === high.chunk ? high.offset : values.length;
      for (let offset = end - 1; offset >= start; offset--) yield values[offset] as V;
    }
  }

  /** Place of the first key within the lower bound. */
  #lowerPlace({ gt, gte }: Range): Place {
    if (gt !== undefined) return this.#place(gt, upperBound);
    if (gte !== undefined) return this.#place(gte, lowerBound);
    return { chunk: 0, offset: 0 };
  }

  /** Place after the last key within the upper bound. */
  #upperPlace({ lt, lte }: Range): Place {
    if (lt !== undefined) return this.#place(lt, lowerBound);
    if (lte !== undefined) return this.#place(lte, upperBound);
    return { chunk: this.#chunks.length, offset: 0 };
  }

  #place(key: string, bound: typeof lowerBound): Place {
    const chunk = this.#chunkOf(key);
    return { chunk, offset: bound(this.#chunks[chunk]?.keys ?? [], key) };
  }

  /** Index of the last chunk that begins at or before the key, or 0. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.keys[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #split(index: number, { keys, values }: Chunk<V>): void {
    const half = keys.length >>> 1;
    this.#chunks.splice(index + 1, 0, { keys: keys.splice(half), values: values.splice(half) });
  }
}

/** Offset of the first key that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Offset of the first key above `key`. */
function upperBound(keys: readonly string[], key: string): number {
  const offset = lowerBound(keys, key);
  return keys[offset] === key ? offset + 1 : offset;
}
