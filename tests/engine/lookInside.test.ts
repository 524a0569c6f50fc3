// What the engine shows of a model at work, and what it takes on request: experts, the next token, counts, stop strings,
// budgets for thoughts, a full context, answers that go on.
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine, type AnswerOutcome, type AnswerRequest } from '../../engine/engine.ts';
import type { EngineError } from '../../engine/errors.ts';
import { neutralSampling, type Sampling } from '../../engine/generate/sampling.ts';
import { decodeTokenRecord, encodeTokenRecord } from '../../engine/generate/tokenRecord.ts';
import { nodeFiles } from '../../engine/host/nodeFiles.ts';
import type { ChatMessage, TokenInfo } from '../../engine/protocol.ts';
import { memoryFiles } from '../support/memoryFiles.ts';
import { tinyGguf } from '../support/tinyModel.ts';

const starter = path.join(import.meta.dirname, '../../models/starter/starter-v0.q4_k_m.gguf');
const greedy: Sampling = { ...neutralSampling, mode: 'greedy', maxTokens: 40 };
const user = (content: string): ChatMessage => ({ role: 'user', content });
const france = { messages: [user('What is the capital of France?')] };

interface Answer extends AnswerOutcome {
  text: string;
  pieces: string[];
  tokens: TokenInfo[];
  droppedMessages: number;
}

async function ask(engine: Engine, request: Partial<AnswerRequest> = {}): Promise<Answer> {
  const events = engine.answer({ prompt: france, sampling: greedy, alternatives: 0, ...request });
  const answer = { pieces: [] as string[], tokens: [] as TokenInfo[], droppedMessages: 0 };
  for (;;) {
    const { done, value } = await events.next();
    if (done) return { ...answer, ...value, text: answer.pieces.join('') };
    if (value.kind === 'started') answer.droppedMessages = value.droppedMessages ?? 0;
    else {
      answer.pieces.push(value.text);
      answer.tokens.push(value.token);
    }
  }
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: EngineError) => error.code,
  );
const ids = ({ tokens }: Answer) => tokens.map(({ id }) => id);

describe('with the starter', () => {
  const engine = new Engine({ gpu: null });
  let plain: Answer;

  beforeAll(async () => {
    await engine.load(await nodeFiles(starter));
    plain = await ask(engine);
  });

  test('experts come only when asked for, of every layer, best first, summing to 1', async () => {
    expect(plain.tokens[0].experts).toBeUndefined();
    const answer = await ask(engine, { experts: true, alternatives: 8 });
    expect(ids(answer)).toEqual(ids(plain));
    const { expertCount, expertsUsed, layerCount } = engine.session.model.config;
    for (const { experts } of answer.tokens) {
      expect(experts).toMatchObject({ layers: layerCount, used: expertsUsed });
      for (let layer = 0; layer < layerCount; layer++) {
        const row = layer * expertsUsed;
        const chosen = [...experts!.ids.subarray(row, row + expertsUsed)];
        const weights = [...experts!.weights.subarray(row, row + expertsUsed)];
        expect(new Set(chosen).size).toBe(expertsUsed);
        expect(Math.max(...chosen)).toBeLessThan(expertCount);
        expect(weights).toEqual([...weights].sort((a, b) => b - a));
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
      }
    }
    expect(new Set(answer.tokens.map(({ experts }) => experts!.ids.join())).size).toBeGreaterThan(1);
    const stored = encodeTokenRecord(answer.tokens.map((token, i) => ({ text: answer.pieces[i], token })));
    expect(decodeTokenRecord(stored).map(({ text }) => text)).toEqual(answer.pieces);
  });

  test('the picture of the next token: raw as the answer reports it, then each step', async () => {
    const [first] = (await ask(engine, { alternatives: 8 })).tokens;
    const sampling: Sampling = { ...neutralSampling, temperature: 0.7, topK: 5, minP: 0.05, dryMultiplier: 1 };
    const { tokens, stages } = await engine.nextTokenDistribution({ prompt: france, sampling, most: 8 });
    expect(tokens).toEqual(first.alternatives.map(({ id, text }) => ({ id, text })));
    expect(stages.map(({ stage }) => stage)).toEqual(['raw', 'dry', 'temperature', 'topK', 'minP']);
    for (const [i, { logprob }] of first.alternatives.entries())
      expect(stages[0].probabilities[i]).toBeCloseTo(Math.exp(logprob), 6);
    expect(stages[3].kept).toBe(5);
    expect(stages[3].probabilities.slice(5)).toEqual([0, 0, 0]);
    expect(stages.at(-1)!.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
    // The same prompt again runs no model: the cache is as it was.
    const cached = engine.stats().cachedTokens;
    const banned = { ...neutralSampling, logitBias: [{ text: tokens[0].text, bias: -100 }] };
    const again = await engine.nextTokenDistribution({ prompt: france, sampling: banned, most: 2 });
    expect(again.stages.map(({ stage }) => stage)).toEqual(['raw', 'logitBias']);
    expect(again.stages[1].probabilities[0]).toBeLessThan(1e-6);
    expect(engine.stats().cachedTokens).toBe(cached);
    // After the answer's own first token, what comes is its second.
    const next = await engine.nextTokenDistribution({ prompt: france, sampling: greedy, answer: [first.id], most: 1 });
    expect(next.tokens[0].id).toBe(ids(plain)[1]);
    expect(next.stages.map(({ stage, kept }) => [stage, kept])).toEqual([
      ['raw', engine.session.model.config.vocabularySize],
      ['greedy', 1],
    ]);
    // What a bias has made likely is shown though the model would not have said it.
    const lifted = { ...neutralSampling, logitBias: [{ text: ' zebra', bias: 40 }] };
    const strange = await engine.nextTokenDistribution({ prompt: france, sampling: lifted, most: 4 });
    const zebra = strange.tokens.findIndex(({ text }) => ' zebra'.startsWith(text));
    expect(zebra).toBeGreaterThanOrEqual(4);
    expect(strange.stages[1].probabilities[zebra]).toBeGreaterThan(0.1);
    // A look keeps the answer after it in the cache.
    const answered = await ask(engine);
    await engine.nextTokenDistribution({ prompt: france, sampling: greedy, most: 1 });
    expect(engine.stats().cachedTokens).toBeGreaterThanOrEqual(
      answered.timings.promptTokens + ids(answered).length - 1,
    );
    expect(ids(await ask(engine))).toEqual(ids(plain));
  });

  test('an answer goes on after tokens that are given, as if it had not stopped', async () => {
    const sampling: Sampling = { ...neutralSampling, temperature: 2, seed: 5, maxTokens: 12, frequencyPenalty: 1 };
    const whole = await ask(engine, { sampling });
    const rest = await ask(engine, { sampling, answer: ids(whole).slice(0, 5) });
    expect(ids(rest)).toEqual(ids(whole).slice(5));
    expect(rest.text).toBe(whole.pieces.slice(5).join(''));
    const done = await ask(engine, { sampling, answer: ids(whole) });
    expect([done.reason, done.tokens.length]).toEqual([whole.tokens.length === 12 ? 'length' : done.reason, 0]);
  });

  test('a branch from an alternative continues with it', async () => {
    const { tokens } = await ask(engine, { alternatives: 3 });
    const other = tokens[1].alternatives[1].id;
    const branch = await ask(engine, { answer: [tokens[0].id, other] });
    expect(ids(branch).slice(0, 5)).not.toEqual(ids(plain).slice(2, 7));
  });

  test('stop strings end the answer before them, and are named', async () => {
    const stop = plain.text.slice(6, 12);
    const stopped = await ask(engine, { sampling: { ...greedy, stopStrings: ['never said', stop] } });
    expect(stopped).toMatchObject({
      reason: 'end',
      stopString: stop,
      text: plain.text.slice(0, plain.text.indexOf(stop)),
    });
    expect((await ask(engine, { sampling: { ...greedy, stopStrings: ['never said'] } })).text).toBe(plain.text);
  });

  test('logit bias by text', async () => {
    const banned = await ask(engine, { sampling: { ...greedy, logitBias: [{ text: ' Paris', bias: -100 }] } });
    expect(plain.text).toContain('Paris');
    expect(banned.text).not.toContain(' Paris');
  });

  test('counts tokens of a text and of a conversation, also during an answer', async () => {
    expect(engine.count({ text: 'a' })).toEqual({ tokens: 1, contextLength: 2048 });
    const events = engine.answer({ prompt: france, sampling: greedy, alternatives: 0 });
    await events.next();
    expect(engine.count(france).tokens).toBe(plain.timings.promptTokens);
    expect(await code(engine.nextTokenDistribution({ prompt: france, sampling: greedy, most: 4 }))).toBe('busy');
    await events.return({} as AnswerOutcome);
  });

  test('a full context: an error, or the oldest turns are dropped and counted', async () => {
    const narrow = new Engine({ gpu: null });
    await narrow.load(await nodeFiles(starter), { contextLength: 256 });
    const long = 'word '.repeat(60);
    const messages: ChatMessage[] = [{ role: 'system', content: 'Be brief.' }];
    for (let turn = 0; turn < 5; turn++) messages.push(user(long), { role: 'assistant', content: 'Yes.' });
    messages.push(user('What is the capital of France?'));
    const sampling = { ...greedy, maxTokens: 2 };
    expect(await code(ask(narrow, { prompt: { messages }, sampling }))).toBe('prompt-too-long');
    const { droppedMessages, timings } = await ask(narrow, {
      prompt: { messages },
      sampling,
      contextPolicy: 'dropOldest',
    });
    expect(droppedMessages % 2).toBe(0);
    expect(droppedMessages).toBeGreaterThan(0);
    const kept = [messages[0], ...messages.slice(1 + droppedMessages)];
    expect(timings.promptTokens).toBe(narrow.count({ messages: kept }).tokens);
    expect(timings.promptTokens).toBeGreaterThan(125);
  });

  test.each([
    { stopStrings: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] },
    { typicalP: 0 },
    { order: ['topK', 'topK'] },
  ] as Partial<Sampling>[])('refuses %j', async (change) => {
    expect(await code(ask(engine, { sampling: { ...greedy, ...change } }))).toBe('invalid-sampling');
  });

  test('refuses a budget that is none', async () => {
    expect(await code(ask(engine, { thinkingBudget: 0.5 }))).toBe('invalid-sampling');
  });
});

describe('a budget for thoughts, on a model that always says the same', () => {
  const engine = new Engine({ gpu: null });
  const sampling = { ...greedy, maxTokens: 12 };
  const think = (budget: number | null, text = '<think>\n', more: Partial<AnswerRequest> = {}) =>
    ask(engine, { prompt: { text }, sampling, ...(budget !== null && { thinkingBudget: budget }), ...more });

  beforeAll(async () => {
    await engine.load(memoryFiles({ 'tiny.gguf': tinyGguf() }));
  });

  test('is closed when the budget is used up, and the answer goes on', async () => {
    const free = await think(null);
    expect(free.text).not.toContain('</think>');
    const { tokens, text, reason, timings } = await think(3);
    expect(text).toBe(`<think>\n${free.text.slice(8, 11)}</think>\n\n${free.text.slice(8, 8 + 12 - tokens.filter(({ forced }) => forced).length - 3)}`); // prettier-ignore
    expect(tokens.map(({ forced }) => forced ?? false).slice(0, 6)).toEqual([false, false, false, true, true, true]);
    expect([reason, timings.generatedTokens]).toEqual(['length', 12]);
    // All logits are alike: the log-probability of a forced token is that of any other.
    for (const { logprob, sampledLogprob } of tokens) {
      expect(logprob).toBeCloseTo(-Math.log(272), 5);
      expect(sampledLogprob).toBe(0);
    }
  });

  test('0 closes at once; outside a thought nothing happens; a budget that is not reached changes nothing', async () => {
    expect((await think(0)).text.startsWith('<think>\n</think>\n\n')).toBe(true);
    expect((await think(2, 'no thought')).text).not.toContain('</think>');
    expect((await think(100)).text).toBe((await think(null)).text);
  });

  test('counts what an answer that goes on has thought, and closes within max tokens', async () => {
    const first = ids(await think(null)).slice(0, 2);
    expect(
      (await think(3, '<think>\n', { answer: first })).tokens.map(({ forced }) => forced ?? false).indexOf(true),
    ).toBe(1);
    const cut = await think(11);
    expect([cut.tokens.length, cut.tokens[11].forced, cut.reason]).toEqual([12, true, 'length']);
  });

  test('what follows is what a prompt with the closed thought gives', async () => {
    const closed = await think(2);
    engine.session.cachedTokens = [];
    expect((await think(2)).text).toBe(closed.text);
    expect(engine.session.cachedTokens.length).toBeLessThanOrEqual(closed.timings.promptTokens + 12);
  });
});
