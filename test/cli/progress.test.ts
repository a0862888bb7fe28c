import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../adapters/run-status.ts';
import { Progress } from '../../cli/progress.ts';
import { number, table, text } from '../../cli/show/table.ts';
import { fakeIo } from './command.ts';

function erasing(erased: number, more: Partial<RunStatus> = {}): RunStatus {
  const counts = { planned: 5_000, counted: 5_000, erased, failed: 0, changed: 0, remaining: null };
  return {
    runId: 'run-1',
    phase: 'Erase shard',
    outcome: null,
    approval: null,
    targets: [
      {
        store: 'photos',
        kind: 'dynamodb',
        resource: 'app-photos',
        state: 'erasing',
        ...counts,
        shards: { total: 8, done: 3 },
      },
    ],
    itemsPerSecond: null,
    secondsLeft: null,
    ...more,
  };
}

const waiting: RunStatus = {
  ...erasing(0),
  phase: 'Wait for approval',
  approval: {
    required: 2,
    approved: 1,
    approvers: ['a@example.com', 'b@example.com'],
    expiresAt: '2026-11-20T17:24:05.000Z',
  },
};

describe('progress that is no terminal', () => {
  it('is a line when the phase changes, and at every tenth of it', () => {
    const io = fakeIo();
    const progress = new Progress(io);
    for (const erased of [0, 10, 499, 500, 600, 1_000, 4_999]) progress.show(erasing(erased));
    progress.show({ ...erasing(5_000), phase: 'Report' });
    expect(io.written.err.trimEnd().split('\n')).toEqual([
      'Erase shard: 0 of 5,000 items (0 %)',
      'Erase shard: 500 of 5,000 items (10 %)',
      'Erase shard: 1,000 of 5,000 items (20 %)',
      'Erase shard: 4,999 of 5,000 items (99 %)',
      'Report',
    ]);
  });

  it('says how fast it goes and how long yet', () => {
    const io = fakeIo();
    new Progress(io).show(erasing(1_200, { itemsPerSecond: 1_310.4, secondsLeft: 125 }));
    expect(io.written.err).toBe('Erase shard: 1,200 of 5,000 items (24 %), 1,310 items/s, about 2 min 5 s left\n');
  });

  it('says who was asked to approve, how many did, and until when, as soon as they are asked', () => {
    const io = fakeIo();
    const progress = new Progress(io);
    progress.show({ ...waiting, approval: null });
    progress.show(waiting);
    progress.show(waiting);
    expect(io.written.err).toBe(
      'Wait for approval\nWait for approval: 1 of 2 approved; mailed to a@example.com, b@example.com; until 2026-11-20 17:24:05 UTC\n',
    );
  });
});

describe('progress on a terminal', () => {
  it('is one block that is written over, and taken away at the end', () => {
    const io = fakeIo({ terminal: { columns: 120, rows: 24 } });
    const progress = new Progress(io);
    progress.show(erasing(10));
    expect(io.written.err.split('\n')).toHaveLength(4); // headline, titles, one target, and the cursor after them
    progress.show(erasing(20));
    progress.end();
    const back = '\u001B[3A\u001B[0J';
    expect(io.written.err.split(back)).toHaveLength(3);
    expect(io.written.err.endsWith(back)).toBe(true);
    expect(io.written.out).toBe('');
  });

  it('is never wider or higher than the terminal', () => {
    const io = fakeIo({ terminal: { columns: 30, rows: 6 } });
    const [target] = erasing(0).targets;
    const targets = Array.from({ length: 50 }, (_, n) => ({
      ...(target as RunStatus['targets'][number]),
      store: `store-${n}`,
    }));
    new Progress(io).show({ ...erasing(0), targets });
    const lines = io.written.err.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toBe('… and 49 more');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30);
  });

  it('lets nothing that comes from elsewhere steer it', () => {
    const io = fakeIo();
    new Progress(io).tell(['a\u001B[2Jb\u009B1mc\r']);
    expect(io.written.err).toBe('a\uFFFD[2Jb\uFFFD1mc\uFFFD\n');
  });
});

describe('a table', () => {
  it('aligns texts left and numbers right, and leaves columns out that are empty', () => {
    const columns = [text('Store'), number('Items'), text('Note'), text('State')];
    expect(
      table(columns, [
        ['photos', '1,234', '', 'erased'],
        ['a', '5', '', 'missing'],
      ]),
    ).toEqual(['Store   Items  State', 'photos  1,234  erased', 'a           5  missing']);
  });
});
