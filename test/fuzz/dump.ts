// Leaves a failing case on disk: catalog, requests, faults, data in the form that the demo reads, and what was seen.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTable } from '../../examples/gallery/dump.ts';
import type { Case, Item, Write } from './model.ts';
import type { Witness } from './run-case.ts';
import { creationOf } from './stores.ts';

export async function dumpCase(folder: string, one: Case, { problems, observed }: Witness): Promise<void> {
  const own = join(folder, String(one.seed));
  await mkdir(own, { recursive: true });
  const put = (name: string, text: string | Buffer) => writeFile(join(own, name), text);
  // JSON is YAML too.
  await put('catalog.yaml', json(one.catalog));
  await put('faults.json', json(one.faults ?? { rules: [] }));
  await put('problems.txt', `${problems.join('\n')}\n`);
  await put('runs.json', json(one.runs));
  await put('calls.jsonl', observed.calls.map((call) => `${JSON.stringify(call)}\n`).join(''));
  await put('execution.json', json(observed.ended));
  for (const [at, { request }] of one.runs.entries()) await put(`request-${at + 1}.json`, json(request));
  for (const [file, bytes] of Object.entries(observed.evidence)) if (bytes) await put(`evidence-${file}`, bytes);
  await dumpData(join(own, 'data'), one);
}

async function dumpData(folder: string, { shapes, seeded }: Case): Promise<void> {
  for (const table of shapes.tables) {
    const items = seeded.flatMap((write) =>
      'table' in write && write.table === table.name && write.item ? write : [],
    );
    const last = new Map(items.map(({ key, item }) => [JSON.stringify(key), item as Item]));
    await writeTable(folder, creationOf(table), last.values());
  }
  await mkdir(join(folder, 'buckets'), { recursive: true });
  for (const { name } of shapes.buckets) {
    const lines = seeded.flatMap((write) => ('bucket' in write && write.bucket === name ? [objectLine(write)] : []));
    await writeFile(join(folder, 'buckets', `${name}.jsonl`), lines.join(''));
  }
}

function objectLine({ key, body }: Extract<Write, { bucket: string }>): string {
  return `${JSON.stringify(body === null ? { key, deleteMarker: true } : { key, body })}\n`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
