import { describe, expect, it } from 'vitest';
import { waitingShare } from '../../core/approval/waiting-share.ts';

describe('the share of its time that an approval has waited', () => {
  it.each([
    ['just asked', '12:00', 0],
    ['half over', '12:05', 0.5],
    ['expired', '12:10', 1],
    ['long expired', '13:00', 1],
    ['asked by a clock that is ahead', '11:59', 0],
  ])('is right when %s', (_, now, share) => {
    const at = (time: string) => `2026-11-20T${time}:00.000Z`;
    expect(waitingShare(at('12:00'), at('12:10'), Date.parse(at(now)))).toBe(share);
  });

  it('is all of it where there was none', () => {
    const at = '2026-11-20T12:00:00.000Z';
    expect(waitingShare(at, at, Date.parse(at))).toBe(1);
  });
});
