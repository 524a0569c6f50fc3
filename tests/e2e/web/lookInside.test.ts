// What the window shows of the inside of the starter is what the engine reports in Node; its settings do what they say; and
// a model that can think does so, does not, and is stopped at its budget.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../../engine/engine.ts';
import { nodeFiles } from '../../../engine/host/nodeFiles.ts';
import { decodeTokenRecord, neutralSampling, type RecordedToken, type TokenInfo } from '../../../engine/protocol.ts';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { memoryFiles } from '../../support/memoryFiles.ts';
import { starterPath } from '../../support/starter.ts';
import { tinyThinkerGguf } from '../../support/tinyThinker.ts';
import { startWebChat, type WebChat } from '../../support/webChat.ts';
import { askShell } from '../../support/webShell.ts';

const question = 'What is the capital of France?';
const project = path.resolve(import.meta.dirname, '../../..');

/** `generate … --json` as a person runs it. */
async function inTerminal(...args: string[]): Promise<{ ids: number[]; logprobs: number[] } & Record<string, unknown>> {
  const script = path.join(project, 'engine/host/terminal/main.ts');
  const imports = path.join(project, 'build/rawImports.ts');
  const command = ['--disable-warning=ExperimentalWarning', '--import', imports, script, 'generate', ...args, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof inTerminal>>;
}

describe.skipIf(chromiumMissing)('the inside of a model in the browser', () => {
  let web: WebChat;
  let chat: ChatPage;

  beforeAll(async () => {
    web = await startWebChat();
    chat = await web.open({ viewport: { width: 1440, height: 900 } });
  });

  afterEach(() => {
    expect(web.problems.splice(0)).toEqual([]);
  });

  afterAll(() => web.close());

  /** What is stored of the last answer of the newest chat. */
  async function lastStored() {
    const [conversation] = await askShell(web.shell, 'conversations:list', null);
    const message = (await askShell(web.shell, 'messages:list', { conversationId: conversation.id })).at(-1)!;
    const stored = await askShell(web.shell, 'answers:tokens', { id: message.id });
    const record: RecordedToken[] = stored === null ? [] : decodeTokenRecord(Buffer.from(stored, 'base64'));
    return { conversation, message, record };
  }

  const seed = () => chat.answers.last().getByRole('button', { name: /^seed \d+$/ });

  test('a value is changed, marked, kept with its chat, saved as a preset, reset, and comes back with the preset', async () => {
    await chat.openSampling();
    const usual = await chat.sampling('Min P').inputValue();
    await chat.setSampling('Min P', 0.07);
    await chat.setSampling('Max tokens', 8);
    await expect.poll(() => chat.page.getByTitle('changed').count(), poll).toBe(2);
    await chat.ask(question);
    expect((await lastStored()).conversation.sampling).toEqual({ minP: 0.07, maxTokens: 8 });

    await chat.button('Presets').click();
    await chat.page.getByRole('textbox', { name: 'Name' }).fill('Careful');
    await chat.button('Save').click();
    await chat.button('Close').click();
    await chat.newChat();
    await expect.poll(() => chat.sampling('Min P').inputValue(), poll).toBe(usual);
    await chat.open(question);
    await expect.poll(() => chat.sampling('Min P').inputValue(), poll).toBe('0.07');
    await chat.button('Reset to model').click();
    await expect.poll(() => chat.page.getByTitle('changed').count(), poll).toBe(0);
    expect(await chat.sampling('Min P').inputValue()).toBe(usual);

    await chat.button('Presets').click();
    await chat.button('Use').click();
    await expect.poll(() => chat.sampling('Min P').inputValue(), poll).toBe('0.07');
    await chat.page.keyboard.press('Escape');
  });

  test('a seed that is used again gives the same answer, another one another', async () => {
    await chat.newChat();
    await chat.setMode('Random');
    await chat.setSampling('Temperature', 1.5);
    await chat.setSampling('Max tokens', 16);
    const first = await chat.ask('Tell me a story.');
    await seed().click();
    await chat.button('Regenerate').click();
    await chat.conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    expect(await chat.lastAnswer()).toBe(first);
    const used = Number(await chat.sampling('Seed').inputValue());
    const other = used > 0 ? used - 1 : 1;
    await chat.setSampling('Seed', other);
    await expect.poll(() => chat.sampling('Seed').inputValue(), poll).toBe(String(other));
    await chat.button('Regenerate').click();
    await chat.conversation.getByText('3 of 3').waitFor();
    await chat.finished();
    expect(await chat.lastAnswer()).not.toBe(first);
  });

  test('probabilities are those of the terminal, and the picture of the next token begins with them', async () => {
    await chat.newChat();
    await chat.setMode('Greedy');
    await chat.ask(question);
    const { record } = await lastStored();
    const { ids, logprobs, sampledLogprobs, alternatives, conventions } = await inTerminal(
      ...['--model', starterPath, '--prompt', question, '--greedy', '--logprobs', '8', '--backend', 'cpu'],
    );
    expect(record.map(({ token }) => token.id)).toEqual(ids);
    expect(Object.keys(conventions as object)).toEqual(['logprobs', 'sampledLogprobs']);
    record.forEach(({ token }, at) => {
      expect(Math.abs(token.logprob - logprobs[at])).toBeLessThan(1e-4);
      expect(Math.abs(token.sampledLogprob - (sampledLogprobs as number[])[at])).toBeLessThan(1e-4);
      const others = (alternatives as TokenInfo['alternatives'][])[at];
      expect(token.alternatives.map(({ id }) => id)).toEqual(others.map(({ id }) => id));
      others.forEach(({ logprob }, place) =>
        expect(Math.abs(token.alternatives[place].logprob - logprob)).toBeLessThan(1e-4),
      );
    });

    const figure = chat.page.getByRole('figure', { name: 'Next token' });
    const percent = (logprob: number) => `${(100 * Math.exp(logprob)).toFixed(1)} %`;
    const first = figure.getByRole('listitem').first();
    await expect.poll(() => first.innerText(), poll).toContain(percent(record[0].token.alternatives[0].logprob));
    await figure.getByText('1 of 16,384 tokens can still be drawn.').waitFor();
  });

  test('a branch from an alternative continues with that token', async () => {
    const { record } = await lastStored();
    const at = record.findIndex(({ text, token }, place) => place > 0 && /^ \w+$/.test(text) && !token.forced);
    const other = record[at].token.alternatives.find(
      ({ id, text }) => id !== record[at].token.id && /^ \w+$/.test(text ?? ''),
    )!;
    await chat.button('Probabilities').click();
    await chat.answers.last().getByRole('button', { name: record[at].text.trim(), exact: true }).first().click();
    const alternatives = chat.page.getByRole('list', { name: 'Alternatives' });
    await alternatives.getByRole('button', { name: `“${other.text}”` }).click();
    await chat.button('Branch from here').click();
    await chat.conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    const begins =
      record
        .slice(0, at)
        .map(({ text }) => text)
        .join('') + (other.text ?? '');
    const { message, record: branch } = await lastStored();
    expect(message.text.startsWith(begins)).toBe(true);
    expect(branch[at].token).toMatchObject({ id: other.id, forced: true });
    expect(branch.length).toBeGreaterThan(at + 1);
  });

  test("experts are those that the processor's twin chooses", async () => {
    await chat.newChat();
    await chat.setMode('Greedy');
    await chat.setSampling('Max tokens', 6);
    await chat.ask(question);
    await chat.button('Experts').click();
    await chat.page.getByText('Experts were not recorded').waitFor();
    await chat.button('Regenerate').click();
    await chat.conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    await chat.button('Experts').click();

    const engine = new Engine({ gpu: null });
    await engine.load(await nodeFiles(starterPath), { backend: 'cpu' });
    const events = engine.answer({
      prompt: { messages: [{ role: 'user', content: question }] },
      sampling: { ...neutralSampling, mode: 'greedy', maxTokens: 6 },
      alternatives: 0,
      experts: true,
    });
    const tokens: TokenInfo[] = [];
    for await (const event of events) if (event.kind === 'token') tokens.push(event.token);
    engine.unload();

    const slider = chat.page.getByRole('slider', { name: 'Token' });
    for (const [at, { experts }] of tokens.entries()) {
      if (at > 0) await slider.press('ArrowRight');
      const rows = chat.page.getByRole('list', { name: /^Experts of/ }).getByRole('listitem');
      const chosen = Array.from({ length: experts!.layers }, (_, layer) =>
        [...experts!.ids.subarray(layer * experts!.used, (layer + 1) * experts!.used)].map(String),
      );
      const shown = () =>
        rows.evaluateAll((items) =>
          items.map((item) => [...item.querySelectorAll('.chip')].map((chip) => chip.firstChild!.textContent!.trim())),
        );
      await expect.poll(shown, poll).toEqual(chosen);
    }
  });

  describe('a model that can think', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-thinker-'));
    const thinking = () => chat.button('Thinking');

    beforeAll(async () => {
      fs.writeFileSync(path.join(folder, 'thinker.gguf'), tinyThinkerGguf());
      const { model } = await askShell(web.shell, 'library:import', {
        path: path.join(folder, 'thinker.gguf'),
        how: 'link',
      });
      await askShell(web.shell, 'settings:set', { modelId: model.id });
      await chat.page.reload();
      await chat.newChat();
      await chat.openSampling();
    });

    afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

    test('thinks, folded, and leaves the thought out of what it reads next', async () => {
      await chat.setMode('Greedy');
      expect(await thinking().getAttribute('aria-pressed')).toBe('true');
      expect(await chat.sampling('Top P').inputValue()).toBe('0.95');
      await chat.ask('hi');
      expect((await lastStored()).message.text).toBe('<think>hmM!</think>\nok');
      const thought = chat.answers.last().getByText(/^Thought for \d/);
      expect(await chat.answers.last().getByText('hmM!').isVisible()).toBe(false);
      await thought.click();
      await chat.answers.last().getByText('hmM!').waitFor();

      await chat.ask('so');
      const engine = new Engine({ gpu: null });
      await engine.load(memoryFiles({ 'thinker.gguf': tinyThinkerGguf() }), { backend: 'cpu' });
      const said = [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '\nok' },
        { role: 'user', content: 'so' },
      ] as const;
      const { tokens } = engine.count({ messages: [...said], thinking: true });
      engine.unload();
      expect((await lastStored()).message.generation?.timings?.promptTokens).toBe(tokens);
    });

    test('is stopped at its budget, and answers', async () => {
      await chat.newChat();
      await chat.setMode('Greedy');
      await chat.setSampling('Thinking budget', 2);
      await chat.ask('hi');
      const { conversation, message, record } = await lastStored();
      expect(message.text).toBe('<think>hm</think>\n\nok');
      expect(conversation.thinking).toEqual({ budget: 2 });
      expect(
        record
          .filter(({ token }) => token.forced)
          .map(({ text }) => text)
          .join(''),
      ).toBe('</think>\n\n');
    });

    test('answers at once when it is told to, in this chat alone', async () => {
      await thinking().click();
      expect(await thinking().getAttribute('aria-pressed')).toBe('false');
      expect(await chat.sampling('Top P').inputValue()).toBe('0.8');
      await chat.button('Regenerate').click();
      await chat.conversation.getByText('2 of 2').waitFor();
      await chat.finished();
      const { conversation, message } = await lastStored();
      expect(message.text).toBe('ok');
      expect(conversation.thinking).toEqual({ budget: 2, on: false });
      await chat.button('Presets').click();
      await chat.page.getByRole('textbox', { name: 'Name' }).fill('At once');
      await chat.button('Save').click();
      await chat.page.getByText('answers at once').waitFor();
      await chat.button('Close').click();
      await chat.newChat();
      await expect.poll(() => thinking().getAttribute('aria-pressed'), poll).toBe('true');
      // A preset takes it along.
      await chat.button('Presets').click();
      await chat.page.getByRole('listitem').filter({ hasText: 'At once' }).getByRole('button', { name: 'Use' }).click();
      await expect.poll(() => thinking().getAttribute('aria-pressed'), poll).toBe('false');
      await chat.setMode('Greedy');
      await chat.ask('hi');
      expect((await lastStored()).message.text).toBe('ok');
      expect((await lastStored()).conversation.thinking).toEqual({ budget: 2, on: false });
    });
  });
});
