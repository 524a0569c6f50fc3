import fc from 'fast-check';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SearchPage } from '../../../main/ipc/contract.ts';
import { openStore, type Store } from '../../../main/store/open.ts';
import { parseQuery } from '../../../main/store/searchQuery.ts';
import { fold, foldWithPlaces } from '../../../main/store/searchText.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTestStore, startTurn } from './support.ts';

const texts = {
  sentence: 'The quick brown fox jumps over the lazy dog.',
  german: 'Über die Größe der Donaudampfschifffahrt',
  french: 'Un café crème, s’il vous plaît',
  chinese: '今天天气很好，我们去公园散步吧',
  japanese: '東京大学でﾌﾟﾛｸﾞﾗﾐﾝｸﾞを勉強しました',
  korean: '안녕하세요 서울에서 만나요',
  emoji: 'Well done 🎉🤖 and 👩‍🚀, see you ❤️',
  code: 'Call foo(bar) in C++ or c#, then x -> y == "z"; NEAR(a b) AND NOT *',
  russian: 'Съешь же ещё этих мягких французских булок',
  arabic: 'مرحبا بالعالم',
  combining: 'A cafe\u0301 in de\u0301tail',
  marks: 'He said “don’t” and <b>bold</b> 100% of_the_time',
};

// Only read, so all cases share one.
let folder: string;
let texted: Store;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-test-'));
  texted = fill(openStore(folder), Object.values(texts));
});
afterAll(() => {
  texted.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Stores each text as the only message of a conversation of its own, named after its place. */
function fill(store: Store, texts: readonly string[]): Store {
  texts.forEach((text, index) => {
    const { id: conversationId } = store.conversations.create('starter-v0', {});
    store.messages.append({ conversationId, parentId: null, role: 'user', text });
    store.conversations.rename(conversationId, `#${index}`);
  });
  return store;
}
const withTexts = (...texts: string[]): Store => fill(openTestStore(), texts);

const find = (store: Store, query: string): SearchPage => store.search.find(query, 0, 50);
/** Titles of what is found, in order of the titles. */
const titles = (store: Store, query: string) =>
  find(store, query)
    .results.map(({ conversation }) => conversation.title)
    .sort();
/** The highlighted pieces of the first result's snippets. */
const marked = (store: Store, query: string) =>
  find(store, query).results.flatMap(({ messages }) =>
    messages.flatMap(({ snippet, highlights }) => highlights.map(([start, end]) => snippet.slice(start, end))),
  );

describe('what is found', () => {
  const names = Object.keys(texts);

  test.each<[query: string, found: (keyof typeof texts)[], highlighted?: string[]]>([
    ['fox', ['sentence'], ['fox']],
    ['FOX quick', ['sentence'], ['quick', 'fox']],
    ['jum', ['sentence'], ['jum']],
    ['umps', ['sentence'], ['umps']],
    ['fox cat', []],
    ['"brown fox"', ['sentence'], ['brown fox']],
    ['"fox brown"', []],
    ['"brown fox', ['sentence'], ['brown', 'fox']],
    ['fox.', ['sentence'], ['fox']],
    ['-fox', ['sentence'], ['fox']],
    ['fox*', ['sentence'], ['fox']],
    ['(fox)', ['sentence'], ['fox']],
    ['uber grosse', ['german'], ['Über', 'Größe']],
    ['GRÖSSE', ['german'], ['Größe']],
    ['dampfschiff', ['german'], ['dampfschiff']],
    ['cafe', ['french', 'combining'], ['café', 'cafe\u0301']],
    ['CAFÉ', ['french', 'combining']],
    ['detail', ['combining'], ['de\u0301tail']],
    ["s'il", ['french'], ['s’il']],
    ['天气', ['chinese'], ['天气']],
    ['公', ['chinese'], ['公']],
    ['我们去公园', ['chinese'], ['我们去公园']],
    ['天园', []],
    ['大学', ['japanese'], ['大学']],
    ['プログラミング', ['japanese'], ['ﾌﾟﾛｸﾞﾗﾐﾝｸﾞ']],
    ['서울', ['korean'], ['서울']],
    ['녕하', ['korean'], ['녕하']],
    ['🎉', ['emoji'], ['🎉']],
    ['🤖', ['emoji'], ['🤖']],
    ['👩‍🚀', ['emoji'], ['👩‍🚀']],
    ['❤️', ['emoji']],
    ['😀', []],
    ['foo(bar)', ['code'], ['foo(bar)']],
    ['C++', ['code'], ['C++']],
    ['c#', ['code'], ['c#']],
    ['->', ['code'], ['->']],
    ['==', ['code'], ['==']],
    ['"', ['code', 'marks']],
    ['*', ['code']],
    ['NEAR(a b)', ['code']],
    ['AND', ['code', 'emoji', 'marks']],
    ['NOT', ['code']],
    ['OR', ['code']],
    ['a AND b', ['code', 'marks']],
    ['еще', ['russian'], ['ещё']],
    ['ФРАНЦУЗСКИХ', ['russian'], ['французских']],
    ['مرحبا', ['arabic']],
    ["don't", ['marks'], ['don’t']],
    ['<b>', ['marks'], ['<b>']],
    ['of_the', ['marks'], ['of_the']],
    ['100%', ['marks'], ['100%']],
    ['%', ['marks'], ['%']],
    ['', []],
    ['   ', []],
    ['\0', []],
  ])('%j', (query, found, highlighted) => {
    const store = texted;
    expect(titles(store, query)).toEqual(found.map((name) => `#${names.indexOf(name)}`).sort());
    if (highlighted) expect(marked(store, query)).toEqual(expect.arrayContaining(highlighted));
  });

  test('nothing that can be typed is an error', () => {
    const store = texted;
    const operators = fc.constantFrom(
      '"',
      '""',
      '*',
      ' AND ',
      ' OR ',
      ' NOT ',
      'NEAR(',
      ')',
      '^',
      ':',
      '-',
      '+',
      '\0',
      '{',
      '\\',
    );
    const piece = fc.oneof(
      operators,
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const { results, total } = find(store, pieces.join(''));
        expect(results).toHaveLength(total);
      }),
      { numRuns: 500 },
    );
    expect(find(store, 'fox '.repeat(100_000)).total).toBe(1);
    expect(find(store, '\ud800').total).toBe(0);
  });

  test('every word, and every run of three letters, of any text finds it', () => {
    const store = openTestStore();
    const { id: conversationId } = store.conversations.create('starter-v0', {});
    const word = fc.stringMatching(/^[a-zäöüßéèñçåøπσжйあ漢한]{3,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.nat(), (words, start) => {
        store.messages.append({ conversationId, parentId: null, role: 'user', text: words.join(' ') });
        const [chosen] = words;
        expect(find(store, chosen).total).toBe(1);
        const letters = Array.from(chosen);
        const from = start % (letters.length - 2);
        expect(find(store, letters.slice(from, from + 3).join('')).total).toBe(1);
      }),
      { numRuns: 50 },
    );
  });
});

describe('order and pages', () => {
  test('better matches first, then newer ones; a title counts most', () => {
    const store = withTexts(
      `harbour ${'and many other words '.repeat(30)}`,
      'harbour',
      'harbour harbour harbour lights',
      'nothing of the kind',
    );
    const named = store.conversations.create('starter-v0', {});
    store.conversations.rename(named.id, 'The harbour');
    const order = find(store, 'harbour').results.map(({ conversation }) => conversation.title);
    expect(order).toEqual(['The harbour', '#2', '#1', '#0']);
    expect(find(store, 'harbour').results[0]).toMatchObject({ titleHighlights: [[4, 11]], matches: 0, messages: [] });
  });

  test('messages are grouped by conversation, the best three shown', () => {
    const store = openTestStore();
    const { id: conversationId } = store.conversations.create('starter-v0', {});
    for (let turn = 0; turn < 5; turn++)
      store.messages.append({ conversationId, parentId: null, role: 'user', text: `needle number ${turn}` });
    const { results, total } = find(store, 'needle');
    expect(total).toBe(1);
    expect(results[0]).toMatchObject({ matches: 5, conversation: { id: conversationId } });
    expect(results[0].messages).toHaveLength(3);
    expect(results[0].messages[0]).toMatchObject({ role: 'user', snippet: 'needle number 4', highlights: [[0, 6]] });
  });

  test('pages join without gaps', () => {
    const store = withTexts(...Array.from({ length: 25 }, (_, index) => `page ${'word '.repeat(index)}`));
    const pages = [0, 10, 20, 30].map((offset) => store.search.find('page', offset, 10));
    expect(pages.map(({ results, total }) => [results.length, total])).toEqual([
      [10, 25],
      [10, 25],
      [5, 25],
      [0, 25],
    ]);
    const ids = pages.flatMap(({ results }) => results.map(({ conversation }) => conversation.id));
    expect(new Set(ids).size).toBe(25);
  });

  test('a snippet of a long message is cut around the match', () => {
    const store = withTexts(`${'before '.repeat(100)}\n\nthe needle 🎯 itself\n${'after '.repeat(100)}`);
    const [match] = find(store, 'needle').results[0].messages;
    expect(match).toMatchObject({ cutBefore: true, cutAfter: true });
    expect(match.snippet.length).toBeLessThan(260);
    expect(match.snippet).not.toMatch(/\n/);
    expect(match.highlights.map(([start, end]) => match.snippet.slice(start, end))).toEqual(['needle']);
    expect(match.snippet.isWellFormed()).toBe(true);
  });
});

describe('the index keeps up', () => {
  test('with new, edited, deleted, restored and renamed conversations', () => {
    const store = withTexts('first apple', 'second apple');
    const [second] = store.conversations.list();
    store.conversations.delete(second.id);
    expect(titles(store, 'apple')).toEqual(['#0']);
    expect(titles(store, '#1')).toEqual([]);
    store.conversations.restore(second.id);
    expect(titles(store, 'apple')).toEqual(['#0', '#1']);
    store.conversations.rename(second.id, 'Plum');
    expect(titles(store, 'plum')).toEqual(['Plum']);
    expect(titles(store, '#1')).toEqual([]);
    const [message] = store.messages.list(second.id);
    store.messages.edit({ id: message.id, text: 'a pear now' });
    expect(titles(store, 'pear')).toEqual(['Plum']);
  });

  test('with answers: when they end, are interrupted, or are continued', () => {
    const folder = temporaryFolder();
    const store = openTestStore(folder);
    const { answerId } = startTurn(store);
    store.messages.saveAnswer({ id: answerId, text: 'kumquat', seed: 1 });
    expect(find(store, 'kumquat').total).toBe(0);
    store.close();
    const again = openTestStore(folder);
    expect(find(again, 'kumquat').total).toBe(1);
    const sampling = again.messages.list(again.conversations.list()[0].id)[1].generation!.sampling;
    again.messages.reopenAnswer({ id: answerId, modelId: 'm', sampling });
    const end = { status: 'complete', seed: 1, stopReason: 'end', timings: null, error: null } as const;
    again.messages.finishAnswer({ id: answerId, text: 'kumquat and lychee', ...end });
    expect(find(again, 'lychee').results[0].matches).toBe(1);
    expect(find(again, 'kumquat').results[0].matches).toBe(1);
  });

  test('when a conversation is gone for good', () => {
    const store = withTexts('ephemeral');
    const [{ id }] = store.conversations.list();
    store.conversations.delete(id);
    store.conversations.purgeDeleted(Date.now() + 1);
    const { id: next } = store.conversations.create('starter-v0', {});
    expect(find(store, 'ephemeral').total).toBe(0);
    expect(find(store, '#0').total).toBe(0);
    store.conversations.rename(next, 'Later');
    expect(titles(store, 'later')).toEqual(['Later']);
  });
});

describe('folding', () => {
  test('a text folded with places is the folded text, and places lead back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const folded = foldWithPlaces(text);
        expect(folded.text).toBe(fold(text));
        if (text !== '') expect(folded.original(0, folded.text.length)[0]).toBe(0);
      }),
      { examples: [['ﬁne İstanbul ΟΔΟΣ'], ['\u1112\u1161\u11ab'], ['e\u0301'], ['…½']] },
    );
  });

  test('terms are plain text', () => {
    expect(parseQuery('one "two three" one four')).toEqual([
      { literal: 'one', plain: true },
      { literal: 'two three', plain: true },
      { literal: 'four', plain: true },
    ]);
    expect(parseQuery('a"b')).toEqual([{ literal: 'a"b', plain: false }]);
  });
});
