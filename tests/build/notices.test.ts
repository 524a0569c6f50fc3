import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { noticesFile, noticesText } from '../../build/notices.ts';

test('the notices name what the app contains (run `npm run notices` after changing packages)', () => {
  // Compared by name first: a difference then says which package it is.
  const headings = (text: string) => text.split('\n').filter((line) => line.startsWith('## '));
  const kept = readFileSync(noticesFile, 'utf8');
  const current = noticesText();
  expect(headings(kept)).toEqual(headings(current));
  expect(kept === current).toBe(true);
});

test('no package comes under a licence that would bind the whole app', () => {
  const licences = new Set([...noticesText().matchAll(/^Licence: (.*)$/gm)].map(([, licence]) => licence));
  const free = [
    '0BSD',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'ISC',
    'MIT',
    'OFL-1.1',
    '(MPL-2.0 OR Apache-2.0)',
    'Unlicense',
  ];
  expect([...licences].filter((licence) => !free.includes(licence) && licence !== 'see below')).toEqual([]);
});
