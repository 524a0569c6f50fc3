// The languages of the window: which one is chosen, and that each says what English says.
import { afterEach, describe, expect, it } from 'vitest';
import { chinese } from '../../renderer/text/chinese/chinese.ts';
import { english } from '../../renderer/text/english/english.ts';
import { formatBytes, formatCount, formatDay, formatSpeed } from '../../renderer/text/format.ts';
import { german } from '../../renderer/text/german/german.ts';
import { japanese } from '../../renderer/text/japanese/japanese.ts';
import { languageOf, loadLanguage, text } from '../../renderer/text/text.ts';

afterEach(() => loadLanguage('en'));

it('takes the setting, then the first language of the system that there is', () => {
  expect(languageOf('ja', ['de'])).toBe('ja');
  expect(languageOf('system', ['fr-FR', 'zh-Hans-CN', 'de'])).toBe('zh');
  expect(languageOf(undefined, ['DE-at'])).toBe('de');
  expect(languageOf('system', ['fr'])).toBe('en');
});

it('speaks another language at once, numbers and days too, and English again', async () => {
  await loadLanguage('de');
  expect(text.newChat).toBe('Neuer Chat');
  expect(text.sampling.title).toBe('Sampling');
  expect(text.sampling.controls.topK.name).toBe(english.sampling.controls.topK.name);
  expect(text.library.title).toBe('Modelle');
  expect([formatCount(262_144), formatBytes(18.6e9), formatSpeed(41.25)]).toEqual(['262.144', '18,6 GB', '41,3']);
  const noon = new Date(2026, 10, 12, 12).getTime();
  expect([0, 1, 9].map((days) => formatDay(noon, noon + days * 86_400_000))).toEqual([
    'heute',
    'gestern',
    '12. November 2026',
  ]);
  await loadLanguage('en');
  expect(text).toBe(english);
});

/** Every sentence with its place; functions are called with values that must appear in what they say. */
function sentences(words: object, place: string): [string, string][] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const at = `${place}.${key}`;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'object' && value !== null) return sentences(value, at);
    const call = value as (...values: string[]) => string;
    return [[at, call(...['3', '2', '1'].slice(0, Math.max(1, call.length)))]];
  });
}

describe.each([
  ['German', german],
  ['Chinese', chinese],
  ['Japanese', japanese],
])('%s', (_name, words) => {
  const said = sentences(words, 'text');

  it('leaves nothing empty or undefined', () => {
    expect(said.length).toBeGreaterThan(200);
    expect(said.filter(([, sentence]) => sentence.trim() === '' || /undefined|NaN|\[object/.test(sentence))).toEqual(
      [],
    );
  });

  it('has translated nearly all of it', () => {
    const same = new Map(sentences(english, 'text'));
    expect(said.filter(([at, sentence]) => same.get(at) === sentence).length).toBeLessThan(said.length * 0.06);
  });
});
