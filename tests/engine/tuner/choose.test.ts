// Which entry is chosen for a number of rows, and what of a stored file counts.
import { describe, expect, test } from 'vitest';
import {
  mergeTuning,
  noTuning,
  parseTuning,
  tuningText,
  type AdapterKey,
  type AdapterTable,
  type ResidentEntry,
  type TuningEntry,
} from '../../../engine/tuner/table.ts';
import { nearestEntry, Tuning } from '../../../engine/tuner/tuning.ts';

const key = { kernel: 'matmul', revision: 'r1', shape: 'weights_q4_k ROWS=32' };
const entry = (rows: number, choice = { SPLITS: rows }, more: Partial<TuningEntry> = {}): TuningEntry => ({
  ...key,
  rows,
  choice,
  microseconds: 1,
  usualMicroseconds: 2,
  ...more,
});
const adapter: AdapterKey = { vendor: 'nvidia', architecture: 'hopper', device: 'H100', description: 'driver 580' };
const table = (entries: TuningEntry[], of = adapter): AdapterTable => ({ adapter: of, entries, resident: [] });
const file = (...adapters: AdapterTable[]) => ({ version: 1 as const, adapters });

const residentEntry = (shape: string, outcome: ResidentEntry['outcome'] = 'proven'): ResidentEntry => ({
  shape,
  revision: 'r1',
  workgroups: 132,
  lanes: 512,
  outcome,
  microseconds: 1700,
  usualMicroseconds: 2500,
});

describe('the nearest number of rows', () => {
  const entries = [entry(64), entry(4), entry(16), entry(1)];
  test.each([
    ['exact', 16, 16],
    ['the nearest by ratio: 10 is nearer to 16 than to 4', 10, 16],
    ['… and 7 nearer to 4', 7, 4],
    ['a tie goes to the smaller: 8 is twice 4 and half of 16', 8, 4],
    ['above all', 5000, 64],
  ])('%s', (_, rows, expected) => {
    expect(nearestEntry(entries, { ...key, rows })?.rows).toBe(expected);
    expect(nearestEntry([...entries].reverse(), { ...key, rows })?.rows).toBe(expected);
  });

  test('below all', () => expect(nearestEntry([entry(64), entry(16)], { ...key, rows: 1 })?.rows).toBe(16));
  test('none at all', () => expect(nearestEntry([], { ...key, rows: 1 })).toBeNull());
  test('of two equal ones the first', () => {
    const two = [entry(4, { SPLITS: 7 }), entry(4, { SPLITS: 8 })];
    expect(nearestEntry(two, { ...key, rows: 4 })?.choice).toEqual({ SPLITS: 7 });
  });

  test.each([{ kernel: 'down' }, { revision: 'r2' }, { shape: 'ROWS=16' }])('none of another %o', (other) => {
    expect(nearestEntry([entry(4)], { ...key, ...other, rows: 4 })).toBeNull();
  });
});

describe('which table counts', () => {
  const rows = { ...key, rows: 1 };
  const other = { ...adapter, description: 'driver 590' };
  const stored = file(table([entry(1, { SPLITS: 2 })]));
  const shipped = file(table([entry(1, { SPLITS: 3 }), entry(1, { SPLITS: 5 }, { shape: 'else' })], other));

  test.each([
    ['of the same device, where Dawn knows no architecture', { architecture: '' }, true],
    ['of another device, where it knows none', { architecture: '', device: 'RTX' }, false],
    ['where a browser keeps the device to itself', { device: '' }, true],
    ['where nothing is told', { architecture: '', device: '' }, false],
    ['of another vendor', { vendor: 'amd' }, false],
    ['of another architecture', { architecture: 'ada' }, false],
  ])('what ships %s', (_, change, counts) => {
    const found = new Tuning({ ...adapter, ...change }, noTuning, shipped).choose(rows);
    expect(found !== null).toBe(counts);
  });

  test('what is stored for this very driver, then what ships for the architecture', () => {
    expect(new Tuning(adapter, stored, shipped).choose(rows)).toEqual({ SPLITS: 2 });
    expect(new Tuning(adapter, stored, shipped).choose({ ...rows, shape: 'else' })).toEqual({ SPLITS: 5 });
    expect(new Tuning(adapter, noTuning, shipped).choose(rows)).toEqual({ SPLITS: 3 });
    expect(new Tuning(other, stored, noTuning).choose(rows)).toBeNull();
    expect(new Tuning({ ...adapter, architecture: 'ampere' }, noTuning, shipped).choose(rows)).toBeNull();
  });

  test('what was not measured at this number of rows is missing', () => {
    const tuning = new Tuning(adapter, stored, noTuning);
    expect(tuning.has(rows)).toBe(true);
    expect(tuning.has({ ...rows, rows: 2 })).toBe(false);
    expect(tuning.knows({ ...rows, rows: 2 })).toBe(true);
    expect(tuning.knows({ ...rows, revision: 'r2' })).toBe(false);
  });

  test('a proof counts on the machine that it was made on, for the same model and kernel', () => {
    const resident = [residentEntry('48 layers')];
    const proven = file({ adapter, entries: [], resident });
    expect(new Tuning(adapter, proven, noTuning).resident('48 layers', 'r1')).toEqual(resident[0]);
    expect(new Tuning(adapter, proven, noTuning).resident('48 layers', 'r2')).toBeNull();
    expect(new Tuning(other, proven, noTuning).resident('48 layers', 'r1')).toBeNull();
    expect(new Tuning(adapter, noTuning, proven).resident('48 layers', 'r1')).toBeNull();
  });
});

describe('the file', () => {
  const resident = residentEntry('m', 'failed');
  const whole = file({ ...table([entry(1), entry(4)]), resident: [resident] });

  test('is read as it was written', () => {
    expect(parseTuning(tuningText(whole))).toEqual(whole);
    expect(parseTuning(tuningText(noTuning))).toEqual(noTuning);
  });

  test.each(['', '{', 'null', '[]', '{"version":2,"adapters":[]}', '{"version":1}', tuningText(whole).slice(0, -20)])(
    'damaged or of another version, it counts as empty: %s',
    (text) => expect(parseTuning(text)).toEqual(noTuning),
  );

  test('entries that make no sense are left out', () => {
    const wrong = [null, 1, {}, { ...entry(1), rows: 0 }, { ...entry(1), choice: { SPLITS: 'x' } }, { ...entry(1), choice: { SPLITS: 0.5 } }]; // prettier-ignore
    const text = JSON.stringify({
      version: 1,
      adapters: [
        {
          adapter,
          entries: [...wrong, entry(4)],
          resident: [{ ...resident, workgroups: 0 }, { ...resident, outcome: 'perhaps' }, resident],
        },
        { adapter: { vendor: 1 }, entries: [] },
        'none',
      ],
    });
    expect(parseTuning(text)).toEqual(file({ ...table([entry(4)]), resident: [resident] }));
  });

  test('takes new entries in the place of old ones, and drops those of other revisions of a shape', () => {
    const changed = mergeTuning(whole, {
      ...table([entry(4, { SPLITS: 9 })]),
      resident: [{ ...resident, outcome: 'proven' as const }],
    });
    expect(changed).toEqual(
      file({ ...table([entry(1), entry(4, { SPLITS: 9 })]), resident: [{ ...resident, outcome: 'proven' as const }] }),
    );
    const newer = entry(16, { SPLITS: 2 }, { revision: 'r2' });
    expect(mergeTuning(whole, table([newer])).adapters[0].entries).toEqual([newer]);
    const elsewhere = { ...adapter, device: 'H200' };
    expect(mergeTuning(whole, table([entry(1)], elsewhere)).adapters).toHaveLength(2);
  });
});
