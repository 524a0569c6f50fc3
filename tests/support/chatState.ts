// The app's state over a fake main and a fake engine, and what tests of its chat ask of it.
/// <reference types="svelte" />
import { expect, vi } from 'vitest';
import type { Requests } from '../../main/ipc/contract.ts';
import { App } from '../../renderer/state/app.svelte.ts';
import { FakeBridge } from './fakeBridge.ts';
import { fakeWorker } from './fakeWorker.ts';

/** @param pace - Milliseconds between tokens; twenty times that after /slow. */
export async function start(bridge = new FakeBridge(), pace = 0) {
  const { worker, engine } = fakeWorker(pace);
  const app = new App(bridge, () => worker);
  await app.start();
  const say = async (words: string) => {
    app.composer.draft = words;
    await app.composer.send();
  };
  const idle = () => vi.waitFor(() => expect(app.chat.answers.active).toBeNull(), { timeout: 5000, interval: 5 });
  const answer = () => app.chat.thread!.branch.at(-1)!;
  const payloads = <Name extends keyof Requests>(name: Name) =>
    bridge.calls.filter((call) => call.name === name).map(({ payload }) => payload as Requests[Name]['payload']);
  const prompts = () =>
    engine.received.flatMap((message) => (message.kind === 'generate' ? [message.messages.map((m) => m.content)] : []));
  return { app, chat: app.chat, composer: app.composer, bridge, engine, say, idle, answer, payloads, prompts };
}
