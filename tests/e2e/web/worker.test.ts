// The engine's worker as it is bundled, in a browser: the processor and WebGPU on a software adapter answer alike, an
// abort is heard within a token, and errors arrive as coded data.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { neutralSampling, type Sampling } from '../../../engine/generate/sampling.ts';
import type { FromWorker, LoadOptions, ModelLocation } from '../../../engine/protocol.ts';
import { chromiumMissing, launchChromium } from '../../support/chromium.ts';
import { startEngine, type Ask, type Unsent } from '../../support/pageEngine.ts';
import { testReaders } from '../../support/readerChecks.ts';
import { askShell, startWebShell, type RunningShell } from '../../support/webShell.ts';

const greedy: Sampling = { ...neutralSampling, mode: 'greedy', maxTokens: 24 };
const question = [{ role: 'user' as const, content: 'What is the capital of France?' }];

describe.skipIf(chromiumMissing)('the bundled worker', () => {
  let shell: RunningShell;
  let browser: Browser;
  let model: ModelLocation;
  const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-worker-'));

  beforeAll(async () => {
    shell = await startWebShell(dataFolder);
    browser = await launchChromium({ webgpu: 'swiftshader' });
    const [starter] = await askShell(shell, 'models:list', null);
    model = { id: starter.id, files: starter.files };
  });

  afterAll(async () => {
    await browser.close();
    await shell.stop();
    fs.rmSync(dataFolder, { recursive: true, force: true });
  });

  async function startWorker(): Promise<{ page: Page; ask: Ask }> {
    const page = await browser.newPage();
    await page.goto(shell.address);
    return { page, ask: await startEngine(page) };
  }

  const textOf = (messages: FromWorker[]) =>
    messages.map((message) => (message.kind === 'token' ? message.text : '')).join('');
  const idsOf = (messages: FromWorker[]) =>
    messages.flatMap((message) => (message.kind === 'token' ? [message.token.id] : []));

  const backends: { name: string; options: LoadOptions; kind: string }[] = [
    { name: 'the processor', options: { backend: 'cpu' }, kind: 'cpu' },
    { name: 'WebGPU', options: { backend: 'gpu' }, kind: 'webgpu' },
    { name: 'WebGPU on float activations', options: { backend: 'gpu', activations: 'float' }, kind: 'webgpu' },
    { name: 'auto, which prefers the processor to a software adapter', options: { backend: 'auto' }, kind: 'cpu' },
  ];

  test.each(backends)('answers on $name', async ({ options, kind }) => {
    const { page, ask } = await startWorker();
    const loaded = await ask({ kind: 'load', model, options });
    expect(loaded.at(-1)).toMatchObject({ kind: 'loaded', backend: { kind } });
    expect(loaded.some((message) => message.kind === 'progress' && message.stage === 'weights')).toBe(true);

    const answer = await ask({ kind: 'generate', messages: question, sampling: greedy, alternatives: 3 });
    expect(answer.at(-1)).toMatchObject({ kind: 'done', reason: 'end' });
    expect(textOf(answer)).toBe('The capital of France is Paris.');
    const token = answer.find((message) => message.kind === 'token')!;
    expect(token.kind === 'token' && token.token.alternatives).toHaveLength(3);
    await page.close();
  });

  test.each(['cpu', 'gpu'] as const)('hears an abort within a token (%s), and goes on after it', async (backend) => {
    const { page, ask } = await startWorker();
    await ask({ kind: 'load', model, options: { backend } });
    const story = [{ role: 'user' as const, content: 'Tell me a story about a clever fox.' }];
    const sampling = { ...greedy, maxTokens: 200 };
    const stopped = await ask({ kind: 'generate', messages: story, sampling, alternatives: 0 }, 5);
    expect(stopped.at(-1)).toMatchObject({ kind: 'done', reason: 'aborted' });
    expect(idsOf(stopped).length).toBeLessThanOrEqual(6);
    const again = await ask({ kind: 'generate', messages: story, sampling, alternatives: 0 }, 12);
    expect(idsOf(again).slice(0, 5)).toEqual(idsOf(stopped).slice(0, 5));
    await page.close();
  });

  test('reads a question ahead, and answers it the same', async () => {
    const { page, ask } = await startWorker();
    await ask({ kind: 'load', model, options: { backend: 'gpu' } });
    const typed = [{ role: 'user' as const, content: 'What is the cap' }];
    const some = (await ask({ kind: 'readAhead', messages: typed })).at(-1);
    expect(some).toMatchObject({ kind: 'readAhead', reusedTokens: 0 });
    await ask({ kind: 'readAhead', messages: question });
    const answer = await ask({ kind: 'generate', messages: question, sampling: greedy, alternatives: 0 });
    const started = answer.find((message) => message.kind === 'started');
    expect(started?.reusedTokens).toBe(started!.promptTokens - 1);
    expect(textOf(answer)).toBe('The capital of France is Paris.');
    await page.close();
  });

  test('refuses with a code and a sentence', async () => {
    const { page, ask } = await startWorker();
    const codeOf = async (request: Unsent) => {
      const last = (await ask(request)).at(-1)!;
      if (last.kind !== 'error') return last.kind;
      expect(last.error.message).toMatch(/^[A-Z].*\.$/s);
      return last.error.code;
    };
    const generate = { kind: 'generate', messages: question, sampling: greedy, alternatives: 0 } as const;
    expect(await codeOf(generate)).toBe('no-model');
    const gone = { id: 'gone', files: [{ name: 'gone.gguf', url: '/weights/gone/gone.gguf', byteLength: 100 }] };
    expect(await codeOf({ kind: 'load', model: gone, options: {} })).toBe('source-failed');
    const page1 = { id: 'page', files: [{ name: 'page.gguf', url: '/index.html', byteLength: 400 }] };
    expect(await codeOf({ kind: 'load', model: page1, options: {} })).toMatch(/not-a-model|source-failed/);
    expect(await codeOf({ kind: 'load', model, options: { backend: 'cpu', contextLength: 64 } })).toBe('loaded');
    expect(await codeOf({ ...generate, sampling: { ...greedy, topP: -1 } })).toBe('invalid-sampling');
    const long = [{ role: 'user' as const, content: 'word '.repeat(200) }];
    expect(await codeOf({ ...generate, messages: long })).toBe('prompt-too-long');
    expect(await codeOf(generate)).toBe('done');
    expect(await codeOf({ kind: 'unload' })).toBe('unloaded');
    expect(await codeOf(generate)).toBe('no-model');
    await page.close();
  });

  describe('with readers', () => {
    let page: Page;
    beforeAll(async () => {
      page = await browser.newPage();
      await page.goto(shell.address);
    });
    testReaders(() => ({
      page,
      folder: dataFolder,
      pid: shell.pid,
      request: (name, payload) => askShell(shell, name, payload),
    }));
  });
});
