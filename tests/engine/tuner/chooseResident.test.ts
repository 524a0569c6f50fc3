// Whether layers are resident: by what is wanted, how much tuning is allowed, and what is known.
import { expect, test } from 'vitest';
import type { ResidentWish } from '../../../engine/protocol.ts';
import { residentVerdict } from '../../../engine/tuner/chooseResident.ts';
import { tuningLevels, type TuningLevel } from '../../../engine/tuner/level.ts';
import type { ResidentEntry } from '../../../engine/tuner/table.ts';

const entry = (change: Partial<ResidentEntry>): ResidentEntry => ({
  shape: 'm',
  revision: 'r',
  workgroups: 132,
  lanes: 512,
  outcome: 'proven',
  microseconds: 1700,
  usualMicroseconds: 2500,
  ...change,
});
const faster = entry({});
const slower = entry({ microseconds: 2450 });
const failed = entry({ outcome: 'failed', microseconds: 0, usualMicroseconds: 0 });
const gaveUp = entry({ outcome: 'gaveUp', microseconds: 0, usualMicroseconds: 0 });

test.each<[ResidentWish, TuningLevel, ResidentEntry | null, string]>([
  ['auto', 'cached', faster, 'use'],
  ['auto', 'cached', slower, 'slower'],
  ['auto', 'cached', failed, 'failed'],
  ['auto', 'cached', gaveUp, 'gaveUp'],
  ['auto', 'cached', null, 'unmeasured'],
  ['auto', 'off', null, 'unmeasured'],
  ['auto', 'missing', null, 'search'],
  ['auto', 'missing', faster, 'use'],
  ['auto', 'missing', failed, 'failed'],
  ['auto', 'retune', faster, 'search'],
  ['auto', 'retune', failed, 'search'],
  ['on', 'cached', slower, 'use'],
  ['on', 'cached', failed, 'failed'],
  ['on', 'cached', null, 'prove'],
  ['on', 'off', null, 'prove'],
  ['on', 'missing', null, 'search'],
])('%s, tuning %s', (wanted, level, known, verdict) => {
  expect(residentVerdict(wanted, level, known)).toBe(verdict);
});

test.each(tuningLevels)(
  'with tuning %s, what gave up is not tried again, and nothing is where it is not wanted',
  (level) => {
    expect(residentVerdict('on', level, gaveUp)).toBe('gaveUp');
    expect(residentVerdict('auto', level, gaveUp)).toBe('gaveUp');
    for (const known of [null, faster, failed, gaveUp]) expect(residentVerdict('off', level, known)).toBe('off');
  },
);
