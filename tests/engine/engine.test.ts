// The whole engine on its CPU back end, with the starter model: what every host relies on.
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { Engine, type AnswerEvent, type AnswerRequest } from '../../engine/engine.ts';
import type { EngineError } from '../../engine/errors.ts';
import { neutralSampling, type Sampling } from '../../engine/generate/sampling.ts';
import type { Outcome } from '../../engine/generate/generate.ts';
import { nodeFiles } from '../../engine/host/nodeFiles.ts';
import type { TokenInfo } from '../../engine/protocol.ts';

const starter = path.join(import.meta.dirname, '../../models/starter/starter-v0.q4_k_m.gguf');
const greedy: Sampling = { ...neutralSampling, mode: 'greedy', maxTokens: 60 };
const france = { messages: [{ role: 'user' as const, content: 'What is the capital of France?' }] };

interface Answer extends Outcome {
  text: string;
  tokens: TokenInfo[];
  seed: number;
}

async function ask(
  engine: Engine,
  request: Partial<AnswerRequest> = {},
  onEvent: (event: AnswerEvent) => void = () => {},
  signal?: AbortSignal,
): Promise<Answer> {
  const events = engine.answer({ prompt: france, sampling: greedy, alternatives: 0, ...request }, signal);
  const answer = { text: '', tokens: [] as TokenInfo[], seed: -1 };
  for (;;) {
    const { done, value } = await events.next();
    if (done) return { ...answer, ...value };
    onEvent(value);
    if (value.kind === 'started') answer.seed = value.seed;
    else {
      answer.text += value.text;
      answer.tokens.push(value.token);
    }
  }
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: EngineError) => error.code,
  );

describe('Engine on the CPU with the starter', () => {
  const engine = new Engine({ gpu: null });

  beforeAll(async () => {
    const stages: string[] = [];
    const { model, backend } = await engine.load(await nodeFiles(starter), {}, ({ stage }) => stages.push(stage));
    expect(model).toMatchObject({ architecture: 'qwen3moe', vocabularySize: 16384, contextLength: 2048 });
    expect(model.parameters).toBeGreaterThan(60e6);
    expect(backend).toMatchObject({ kind: 'cpu', name: 'CPU' });
    expect(stages[0]).toBe('header');
    expect(stages.at(-1)).toBe('ready');
  });

  test('answers in sensible English and stops at the end token', async () => {
    const { text, reason, tokens, timings } = await ask(engine);
    expect(text).toContain('Paris');
    expect(text).not.toContain('<|');
    expect(reason).toBe('end');
    expect(timings.generatedTokens).toBe(tokens.length);
    expect(tokens.every(({ logprob, sampledLogprob }) => logprob <= 0 && sampledLogprob === 0)).toBe(true);
  });

  test('a follow-up prefills only what is new, and answers as without a cache', async () => {
    const first = await ask(engine);
    const prompt = {
      messages: [
        ...france.messages,
        { role: 'assistant' as const, content: first.text },
        { role: 'user' as const, content: 'And of Italy?' },
      ],
    };
    const followUp = await ask(engine, { prompt });
    expect(followUp.timings.reusedTokens).toBeGreaterThanOrEqual(first.timings.promptTokens + first.tokens.length - 2);
    expect(followUp.timings.reusedTokens).toBeLessThan(followUp.timings.promptTokens);
    engine.session.cachedTokens = [];
    const afresh = await ask(engine, { prompt });
    expect(afresh.timings.reusedTokens).toBe(0);
    expect(afresh.tokens.map(({ id }) => id)).toEqual(followUp.tokens.map(({ id }) => id));
  });

  test('a question that was read while it was typed is answered the same, with little left to read', async () => {
    const typed = (content: string) => engine.readAhead({ prompt: { messages: [{ role: 'user', content }] } });
    engine.session.cachedTokens = [];
    const afresh = await ask(engine);
    engine.session.cachedTokens = [];
    const first = await typed('What is the cap');
    expect(first).toEqual({ promptTokens: expect.any(Number) as number, reusedTokens: 0 });
    const { promptTokens, reusedTokens } = await typed(france.messages[0].content);
    expect(reusedTokens).toBeGreaterThan(0);
    expect(engine.session.cachedTokens).toHaveLength(promptTokens);
    const answer = await ask(engine);
    expect(answer.timings).toMatchObject({ promptTokens, reusedTokens: promptTokens - 1 });
    expect(answer.tokens.map(({ id }) => id)).toEqual(afresh.tokens.map(({ id }) => id));
    // What is there already is not read again, and what follows it stays.
    const held = engine.session.cachedTokens.length;
    expect(await typed(france.messages[0].content)).toEqual({ promptTokens, reusedTokens: promptTokens });
    expect(engine.session.cachedTokens).toHaveLength(held);
  });

  test('reading ahead that is stopped keeps what it has read; one too long or during an answer is refused', async () => {
    const { backend, model } = engine.session;
    const read = (count: number, signal?: AbortSignal) =>
      code(engine.readAhead({ prompt: { tokens: Array.from({ length: count }, (_, i) => 300 + (i % 50)) } }, signal));
    const stop = new AbortController();
    engine.session.cachedTokens = [];
    const run = vi.spyOn(backend, 'run').mockImplementation(() => Promise.resolve(stop.abort()));
    expect(await read(backend.maxTokens + 1, stop.signal)).toBe('aborted');
    run.mockRestore();
    expect(engine.session.cachedTokens).toHaveLength(backend.maxTokens);
    engine.session.cachedTokens = [];
    expect(await read(model.contextLength)).toBe('prompt-too-long');
    let during = '';
    await ask(engine, {}, () => void read(3).then((end) => (during ||= end)));
    expect(during).toBe('busy');
    expect(await code(new Engine({ gpu: null }).readAhead({ prompt: { tokens: [1] } }))).toBe('no-model');
  });

  test('the same seed gives the same answer; without one, a seed is drawn and reported', async () => {
    const sampling: Sampling = { ...neutralSampling, temperature: 4, maxTokens: 12, seed: 7 };
    const ids = async (change: Partial<Sampling>) =>
      (await ask(engine, { sampling: { ...sampling, ...change } })).tokens.map(({ id }) => id);
    expect(await ids({})).toEqual(await ids({}));
    expect(await ids({ seed: 8 })).not.toEqual(await ids({}));
    const open = await ask(engine, { sampling: { ...sampling, seed: null } });
    expect(await ids({ seed: open.seed })).toEqual(open.tokens.map(({ id }) => id));
  });

  test('alternatives: sorted, summing to at most 1, the greedy token first', async () => {
    const { tokens } = await ask(engine, { alternatives: 8 });
    for (const { id, logprob, alternatives } of tokens) {
      expect(alternatives).toHaveLength(8);
      expect(alternatives[0]).toEqual({ id, logprob, text: expect.any(String) as string });
      const chances = alternatives.map((alternative) => Math.exp(alternative.logprob));
      expect(chances).toEqual([...chances].sort((a, b) => b - a));
      expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeLessThanOrEqual(1 + 1e-5);
    }
  });

  test('aborts within one token and answers again', async () => {
    const controller = new AbortController();
    const sampling: Sampling = { ...greedy, maxTokens: 200 };
    const prompt = { messages: [{ role: 'user' as const, content: 'Tell me a story about a clever fox.' }] };
    let seen = 0;
    const onEvent = ({ kind }: AnswerEvent) => {
      if (kind === 'token' && ++seen === 3) controller.abort();
    };
    const { reason, tokens } = await ask(engine, { prompt, sampling }, onEvent, controller.signal);
    expect(reason).toBe('aborted');
    expect(tokens.length).toBe(3);
    expect((await ask(engine)).text).toContain('Paris');
  });

  test('one answer at a time; leaving one early frees the engine', async () => {
    const events = engine.answer({ prompt: france, sampling: greedy, alternatives: 0 });
    await events.next();
    expect(await code(ask(engine))).toBe('busy');
    expect(await code(nodeFiles(starter).then((files) => engine.load(files)))).toBe('busy');
    await events.return({} as Outcome);
    expect((await ask(engine)).reason).toBe('end');
  });

  test('max tokens ends an answer as "length"', async () => {
    const { reason, tokens } = await ask(engine, { sampling: { ...greedy, maxTokens: 2 } });
    expect([reason, tokens.length]).toEqual(['length', 2]);
  });

  test('never emits half a character', async () => {
    const pieces: string[] = [];
    const prompt = { text: 'crème brûlée 🙂 naïve café 🎉🎉' };
    const onEvent = (event: AnswerEvent) => event.kind === 'token' && pieces.push(event.text);
    await ask(engine, { prompt, sampling: { ...neutralSampling, temperature: 3, seed: 3, maxTokens: 40 } }, onEvent);
    // The tokens may well spell invalid UTF-8 at this temperature; what must not appear is a split valid character.
    for (const piece of pieces) expect(piece).toBe(piece.toWellFormed());
  });

  test.each([
    ['token-out-of-range', { prompt: { tokens: [1, 16384] } }],
    ['token-out-of-range', { prompt: { tokens: [] } }],
    ['prompt-too-long', { prompt: { tokens: new Array<number>(2048).fill(5) } }],
    ['invalid-sampling', { sampling: { ...greedy, temperature: 0 } }],
    ['invalid-sampling', { sampling: { ...greedy, topP: -0.5 } }],
    ['invalid-sampling', { sampling: { ...greedy, topK: 1.5 } }],
    ['invalid-sampling', { sampling: { ...greedy, maxTokens: 0 } }],
    ['invalid-sampling', { sampling: { ...greedy, seed: -1 } }],
  ] as const)('refuses with %s', async (expected, request) => {
    expect(await code(ask(engine, request as Partial<AnswerRequest>))).toBe(expected);
    expect((await ask(engine)).reason).toBe('end');
  });
});

test('the context ends an answer as "context"', async () => {
  const engine = new Engine({ gpu: null });
  await engine.load(await nodeFiles(starter), { contextLength: 24 });
  const { reason, timings } = await ask(engine, { sampling: { ...greedy, maxTokens: null }, prompt: { text: 'fox' } });
  expect(['context', 'end']).toContain(reason);
  expect(timings.promptTokens + timings.generatedTokens).toBeLessThanOrEqual(24);
});

test('without a model there is no answer, without a GPU none is used', async () => {
  const engine = new Engine({ gpu: null });
  expect(await code(ask(engine))).toBe('no-model');
  expect(await code(nodeFiles(starter).then((files) => engine.load(files, { backend: 'gpu' })))).toBe('no-gpu');
  expect(engine.stats()).toMatchObject({ model: null, backend: null, memory: { totalBytes: 0 } });
});
