// How long a search, and a list of conversations, take in a database of 10,000 conversations with 100,000 messages, every
// hundredth with a file of 3,000 words.
// `node tests/bench/search.ts [messages]` prints a table and, as the last line, one JSON object.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openStore, type Store } from '../../main/store/open.ts';
import type { WholeConversation, WholeMessage } from '../../main/store/wholeConversations.ts';

const messages = Number(process.argv[2] ?? 100_000);
const conversations = Math.ceil(messages / 10);
const runs = 20;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-bench-'));
try {
  const store = openStore(folder);
  const words = createWords();
  const fillMs = time(() => fill(store, words));
  const indexMs = time(() => {
    while (store.searchBacklog.work());
  });
  store.close();
  const openMs = time(() => openStore(folder).close());
  const opened = openStore(folder);
  const megabytes = fs.statSync(path.join(folder, 'conclave.sqlite')).size / 2 ** 20;
  const search = measureSearches(opened, words);
  const lists = measureLists(opened);
  const answerMs = measureAnswers(opened);
  opened.close();
  console.table(Object.fromEntries([...search, ...lists].map(({ name, ...figures }) => [name, figures])));
  const slowest = Math.max(...search.map(({ p95Ms }) => p95Ms));
  const figures = {
    messages,
    conversations,
    megabytes: round(megabytes),
    fillMs,
    indexMs,
    openMs,
    answerMs,
    slowestSearchP95Ms: slowest,
  };
  console.log(JSON.stringify({ bench: 'search', ...figures, search, lists }));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Repeatable chance: xorshift32. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

/** The most common ones first. */
function createWords(): string[] {
  const random = createRandom(3);
  const syllables = 'ka lo mi ne ru sa ti vo be di fu ga in er an on st tion ment ing pro con'.split(' ');
  const common = 'the of and to in is that for it with as on be this are by from or an not what model search';
  const words = new Set(common.split(' '));
  while (words.size < 30_000)
    words.add(Array.from({ length: 2 + random(3) }, () => syllables[random(syllables.length)]).join(''));
  return [...words];
}

/** Texts with the frequencies of a language: the n-th word stands about 1/n as often as the first. */
function fill(store: Store, words: readonly string[]): void {
  const random = createRandom(7);
  const word = () => words[Math.floor(words.length ** (random(1_000_000) / 1_000_000)) - 1];
  const han = '今天天气很好我们去公园散步模型回答问题时间中国日本語東京大学'.split('');
  const text = (): string => {
    const parts = Array.from({ length: 20 + random(120) }, word);
    if (random(20) === 0) parts.push(Array.from({ length: 12 }, () => han[random(han.length)]).join(''));
    if (random(50) === 0) parts.push('😀', 'Über-Größe', 'foo(bar)');
    return parts.join(' ');
  };
  const file = () => ({
    name: `${word()}.txt`,
    text: Array.from({ length: 3000 }, word).join(' '),
    pages: null,
    tokens: null,
  });
  const now = Date.now();
  const batch: WholeConversation[] = [];
  for (let index = 0; index < conversations; index++) {
    const start = now - (conversations - index) * 3_600_000;
    const turns = Array.from({ length: 10 }, (_, place): WholeMessage => ({
      parent: place === 0 ? null : place - 1,
      editedFrom: null,
      role: place % 2 === 0 ? 'user' : 'assistant',
      text: text(),
      status: 'complete',
      createdAt: start + place * 1000,
      modelId: place % 2 === 0 ? null : 'starter-v0',
      importedFrom: null,
      generation: null,
      earlierParts: [],
      attachments: place === 0 && index % 10 === 0 ? [file()] : [],
    }));
    batch.push({
      title: Array.from({ length: 5 }, word).join(' '),
      ...{ titleSource: 'auto', modelId: 'starter-v0', sampling: { temperature: 0.7 }, systemPrompt: '' },
      ...{ pinned: false, archived: index % 10 === 0, folder: null, createdAt: start, updatedAt: start + 10_000 },
      ...{ leaf: 9, messages: turns },
    });
    if (batch.length === 500 || index === conversations - 1) store.wholeConversations.add(batch.splice(0));
  }
}

function measureSearches(store: Store, words: readonly string[]) {
  const [frequent, rare, rarest] = [words[300], words[8_000], words[25_000]];
  const cases: [name: string, query: string][] = [
    ['a very common word', 'the'],
    ['two very common words', 'the model'],
    ['a common and a rare word', `the ${rare}`],
    ['a frequent word', frequent],
    ['a rare word', rare],
    ['a very rare word', rarest],
    ['a word that is nowhere', 'xylophonequartz'],
    ['one letter', 'k'],
    ['two letters', 'pr'],
    ['the beginning of words', 'conti'],
    ['the inside of words', 'ontion'],
    ['the inside of a rare word', rarest.slice(1)],
    ['an exact phrase', '"of the model"'],
    ['two Han characters', '中国'],
    ['four Han characters', '我们去公园'],
    ['an emoji', '😀'],
    ['accents', 'uber-grosse'],
    ['code', 'foo(bar)'],
    ['operators', 'the AND model NOT is*'],
    ['a quotation mark', '"'],
    ['a long question', 'what is the model that the search of this is for and with'],
  ];
  return cases.map(([name, query]) => ({ name, ...measure(() => store.search.find(query, 0, 20).total) }));
}

function measureLists(store: Store) {
  const first = { archived: false, after: null, limit: 100 };
  let middle: ReturnType<Store['conversations']['page']>['end'] = null;
  for (let page = 0; page < 20; page++) middle = store.conversations.page({ ...first, after: middle }).end ?? middle;
  return [
    { name: 'list of all conversations', ...measure(() => store.conversations.list().length) },
    { name: 'first page of 100', ...measure(() => store.conversations.page(first).conversations.length) },
    { name: 'page 21', ...measure(() => store.conversations.page({ ...first, after: middle }).conversations.length) },
  ];
}

/** Milliseconds from the end of an answer of 4,000 characters to its being stored and indexed. */
function measureAnswers(store: Store): number {
  const { id: conversationId } = store.conversations.create('starter-v0', {});
  const user = store.messages.append({ conversationId, parentId: null, role: 'user', text: 'Hello' });
  const sampling = { mode: 'greedy', temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 } as const;
  const whole = { ...sampling, presencePenalty: 0, frequencyPenalty: 0, seed: null, maxTokens: null };
  const times = Array.from({ length: runs }, () => {
    const { id } = store.messages.startAnswer({ conversationId, parentId: user.id, modelId: 'm', sampling: whole });
    const text = 'An answer of some length. '.repeat(160);
    return time(() =>
      store.messages.finishAnswer({
        id,
        text,
        status: 'complete',
        seed: 1,
        stopReason: 'end',
        timings: null,
        error: null,
      }),
    );
  });
  return times.sort((left, right) => left - right)[runs / 2];
}

function measure(action: () => number) {
  const found = action();
  const times = Array.from({ length: runs }, () => time(action)).sort((left, right) => left - right);
  return { found, medianMs: times[runs / 2], p95Ms: times[Math.floor(runs * 0.95)] };
}

function time(action: () => unknown): number {
  const start = performance.now();
  action();
  return round(performance.now() - start);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
