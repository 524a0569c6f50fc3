// The picture of the next token: its rows, what it is asked about, and that it gives way to answers.
/// <reference types="svelte" />
import { describe, expect, it, vi } from 'vitest';
import type { NextTokenDistribution } from '../../engine/protocol.ts';
import { compare, tailOf } from '../../renderer/inside/nextTokenRows.ts';
import { start } from '../support/chatState.ts';
import { FakeBridge, thinkingModel } from '../support/fakeBridge.ts';

const distribution: NextTokenDistribution = {
  tokens: Array.from({ length: 10 }, (_, id) => ({ id, text: `t${id}` })),
  stages: [
    { stage: 'raw', kept: 100, probabilities: [0.4, 0.2, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01, 0.005, 0.001] },
    { stage: 'logitBias', kept: 100, probabilities: [0.2, 0.1, 0.05, 0.02, 0.02, 0.01, 0.01, 0.005, 0, 0.5] },
    { stage: 'topK', kept: 2, probabilities: [0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0.75] },
  ],
};

describe('the rows', () => {
  it('compare all steps with the model, in its order, with what a bias lifted at the end', () => {
    const { rows, others, left, all } = compare(distribution, null);
    expect(rows.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 9]);
    expect(rows.at(-1)).toMatchObject({ before: 0.001, after: 0.75 });
    expect([left, all]).toEqual([2, 100]);
    expect(others.before).toBeCloseTo(1 - 0.841, 9);
    expect(others.after).toBe(0);
  });

  it('compare one step with the one before it', () => {
    const { rows } = compare(distribution, 1);
    expect(rows.at(-1)).toMatchObject({ before: 0.001, after: 0.5 });
    expect(compare(distribution, 2).rows[1]).toMatchObject({ before: 0.1, after: 0 });
  });

  it('name the end of what was said, on one line', () => {
    expect(tailOf(' Hello\nthere ')).toBe('Hello there');
    expect(tailOf('One two three', 6)).toBe('…three');
    expect(tailOf('👍'.repeat(5), 3)).toBe('…👍👍👍');
  });
});

async function started(bridge = new FakeBridge()) {
  const { app, engine, say: send, idle } = await start(bridge);
  await vi.waitFor(() => expect(app.model.status).toBe('ready'));
  const say = async (words: string) => {
    await send(words);
    await idle();
  };
  const looks = () => engine.received.flatMap((message) => (message.kind === 'distribution' ? [message] : []));
  return { app, chat: app.chat, nextToken: app.nextToken, say, looks, engine };
}

describe('what is asked', () => {
  it('is nothing in an empty chat, then what answers the last message, then what follows the draft', async () => {
    const { app, nextToken, say, looks } = await started();
    expect(nextToken.question).toBeNull();
    await say('Hello');
    await nextToken.ask(nextToken.question);
    expect(nextToken.answer?.after).toBe('Hello');
    expect(looks().at(-1)).toMatchObject({ messages: [{ role: 'user', content: 'Hello' }], answer: [] });
    app.draftTokens.follow('And then', app.model.loadedId);
    await vi.waitFor(() => expect(app.draftTokens.tokens).toBeGreaterThan(0));
    await nextToken.ask(nextToken.question);
    expect(
      looks()
        .at(-1)
        ?.messages.map(({ role }) => role),
    ).toEqual(['user', 'assistant', 'user']);
    app.draftTokens.follow('', app.model.loadedId);
    expect([app.draftTokens.settled, app.draftTokens.tokens]).toEqual(['', null]);
  });

  it('can be a token of an answer, while its probabilities are shown', async () => {
    const { app, chat, nextToken, say } = await started();
    await say('Hello');
    const answer = chat.thread!.branch.at(-1)!;
    app.inside.toggle(answer.id, 'probabilities');
    const record = await app.inside.read(answer.id);
    if (typeof record === 'string') throw new Error(record);
    nextToken.lookAt({ answer, record, at: 3 });
    expect(nextToken.question).toMatchObject({ after: 'Rivers carry tiny', request: { answer: [100, 101, 102] } });
    app.inside.toggle(answer.id, 'probabilities');
    expect(nextToken.question).toMatchObject({ after: 'Hello', request: { answer: [] } });
  });

  it('follows the knobs and the switch for thoughts', async () => {
    const bridge = new FakeBridge();
    bridge.models = [thinkingModel];
    const { chat, nextToken, say, engine } = await started(bridge);
    await say('Hello');
    expect(nextToken.question?.request).toMatchObject({ thinking: true, sampling: { temperature: 0.6 } });
    chat.thinking.toggle();
    expect(nextToken.question?.request).toMatchObject({ thinking: false, sampling: { temperature: 0.7, topP: 0.8 } });
    chat.thinking.setBudget(64);
    chat.sampling.set({ temperature: 1.2 });
    expect(nextToken.question?.request.sampling.temperature).toBe(1.2);
    await say('And now');
    const asked = engine.received.flatMap((message) => (message.kind === 'generate' ? [message] : []));
    expect(asked.map(({ thinking, thinkingBudget }) => [thinking, thinkingBudget])).toEqual([
      [true, undefined],
      [false, undefined],
    ]);
    chat.thinking.toggle();
    await say('At length');
    expect(engine.received.filter(({ kind }) => kind === 'generate').at(-1)).toMatchObject({ thinkingBudget: 64 });
  });
});
