// Figures and sentences of the Models page, and what is typed there.
import { describe, expect, it } from 'vitest';
import { hostOf, isPath } from '../../../renderer/library/addSource.ts';
import { formatLimit, parseLimit, parseMirror } from '../../../renderer/library/downloadSettings.ts';
import { describeDownload } from '../../../renderer/library/downloadWords.ts';
import { newsOf } from '../../../renderer/state/downloadNews.ts';
import { RateMeter } from '../../../renderer/state/rateMeter.ts';
import { formatDay, formatRate, formatWait } from '../../../renderer/text/format.ts';
import { fakeDownload } from '../../support/fakeLibrary.ts';

describe('a download in words', () => {
  it('says how far, how fast and how long still', () => {
    expect(describeDownload(fakeDownload(), 0)).toEqual({
      share: 8_200_000_000 / 18_600_000_000,
      figures: '8.2 GB of 18.6 GB · 112 MB/s · 2 min left',
      note: 'From the catalogue',
    });
  });

  it('says when it tries again, and why it waits', () => {
    const problem = { code: 'network', message: 'The hub is busy and asks to wait.' };
    const waiting = fakeDownload({ state: 'waiting', retryAt: 13_000, problem });
    expect(describeDownload(waiting, 1000)).toMatchObject({
      figures: '8.2 GB of 18.6 GB · tries again in 12 s',
      note: problem.message,
    });
    expect(describeDownload(waiting, 14_000).figures).toContain('trying again');
  });

  it('says how much has been verified', () => {
    expect(describeDownload(fakeDownload({ state: 'verifying', verifiedBytes: 9_300_000_000 }), 0)).toMatchObject({
      share: 0.5,
      figures: '9.3 GB of 18.6 GB · read back and compared',
    });
  });

  it('has no share where the server does not say the length', () => {
    expect(describeDownload(fakeDownload({ totalBytes: null, secondsLeft: null }), 0)).toMatchObject({
      share: null,
      figures: '8.2 GB so far · 112 MB/s',
    });
  });
});

describe('what a screen reader hears of a download', () => {
  const at = (percent: number) => fakeDownload({ bytes: percent, totalBytes: 100 });

  it('is the beginning, every tenth, and each stop', () => {
    expect(newsOf(undefined, fakeDownload({ state: 'starting' }))).toContain('has begun');
    expect(newsOf(at(44), at(49))).toBeNull();
    expect(newsOf(at(49), at(50))).toContain('50 percent');
    expect(newsOf(at(50), fakeDownload({ state: 'paused' }))).toContain('paused');
    const problem = { code: 'disk-full', message: 'The disk is full.' };
    expect(newsOf(at(50), fakeDownload({ state: 'failed', problem }))).toContain('The disk is full.');
  });

  it('is nothing of those that were stopped before the window opened', () => {
    expect(newsOf(undefined, fakeDownload({ state: 'paused' }))).toBeNull();
  });
});

it('knows a path from an address', () => {
  for (const path of ['/models/a.gguf', '~/a.gguf', 'C:\\models', 'd:/models', '\\\\nas\\models', ' /x '])
    expect(isPath(path)).toBe(true);
  for (const source of ['Qwen/Qwen3-4B', 'https://example.org/a.gguf', '']) expect(isPath(source)).toBe(false);
  expect(hostOf('https://example.org/a.gguf')).toBe('example.org');
  expect(hostOf('Qwen/Qwen3-4B')).toBeNull();
  expect(hostOf('https://')).toBeNull();
});

it('reads limits and mirrors, and refuses what is none', () => {
  expect(parseLimit('2,5')).toEqual({ ok: true, value: 2_500_000 });
  expect(parseLimit(' ')).toEqual({ ok: true, value: null });
  for (const typed of ['0', '-3', 'fast', '1e400', '0.0001']) expect(parseLimit(typed)).toEqual({ ok: false });
  expect(formatLimit(2_500_000)).toBe('2.5');
  expect(formatLimit(null)).toBe('');
  expect(parseMirror('https://mirror.example/hub')).toEqual({ ok: true, value: 'https://mirror.example/hub' });
  expect(parseMirror('')).toEqual({ ok: true, value: null });
  for (const typed of ['mirror.example', 'ftp://mirror.example', 'https://']) expect(parseMirror(typed).ok).toBe(false);
});

it('measures a rate over the last moments only', () => {
  const meter = new RateMeter();
  expect(meter.bytesPerSecond).toBeNull();
  for (let second = 0; second <= 10; second++) meter.add(second * 1e6, second * 1000);
  expect(meter.bytesPerSecond).toBe(1e6);
  for (let second = 11; second <= 20; second++) meter.add(10e6 + (second - 10) * 3e9, second * 1000);
  expect(meter.bytesPerSecond).toBe(3e9);
});

it('writes rates, waits and days', () => {
  expect(formatRate(2_600_000_000)).toBe('2.6 GB/s');
  expect([0.2, 26, 250, 3600, 4330].map(formatWait)).toEqual(['1 s', '26 s', '4 min', '1 h', '1 h 12 min']);
  const noon = new Date(2026, 10, 12, 12).getTime();
  expect(formatDay(noon, noon + 1000)).toBe('today');
  expect(formatDay(noon, noon + 13 * 3_600_000)).toBe('yesterday');
  expect(formatDay(noon, noon + 5 * 86_400_000)).toBe('12 November 2026');
});
