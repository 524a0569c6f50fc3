// Sampling values and presets of a chat as state.
/// <reference types="svelte" />
import { describe, expect, it, vi } from 'vitest';
import { start } from '../support/chatState.ts';
import { FakeBridge, fakeModel } from '../support/fakeBridge.ts';

describe('sampling', () => {
  it('starts from the model, goes with the conversation, and is stored as what differs', async () => {
    const { app, chat, say, idle, payloads } = await start();
    expect(chat.sampling.value).toMatchObject({ temperature: 0.7, topP: 0.9, topK: 40, minP: 0, mode: 'random' });
    chat.sampling.set({ temperature: 1.2, seed: 7 });
    chat.sampling.set({ seed: null });
    await say('Hello');
    await idle();
    expect(payloads('conversations:create')[0].sampling).toEqual({ temperature: 1.2 });
    expect(payloads('answers:start')[0].sampling).toMatchObject({ temperature: 1.2, topK: 40 });
    chat.sampling.set({ mode: 'greedy' });
    await vi.waitFor(() =>
      expect(payloads('conversations:setSampling').at(-1)!.sampling).toEqual({ temperature: 1.2, mode: 'greedy' }),
    );
    expect(chat.sampling.isChanged('mode')).toBe(true);
    chat.startNew();
    expect(chat.sampling.changes).toEqual({});
    await chat.open(app.conversations.list[0].id);
    chat.sampling.reset();
    expect(chat.sampling.value.temperature).toBe(0.7);
    await vi.waitFor(() => expect(payloads('conversations:setSampling').at(-1)!.sampling).toEqual({}));
  });

  it('stores the newest of many values without a queue', async () => {
    const bridge = new FakeBridge();
    const { id } = bridge.seed('Old', 1000, []);
    const { chat, payloads } = await start(bridge);
    await chat.open(id);
    for (let step = 0; step < 50; step++) chat.sampling.set({ temperature: 1 + step / 100 });
    await vi.waitFor(() => expect(bridge.conversations.get(id)!.sampling).toEqual({ temperature: 1.49 }));
    expect(payloads('conversations:setSampling').length).toBeLessThan(5);
  });
});

it('follows main: models that change, a file that was opened, commands of the menu', async () => {
  const { app, bridge, engine } = await start();
  bridge.models = [fakeModel, { ...fakeModel, id: 'other', name: 'Other' }];
  bridge.send('models:opened', { modelId: 'other' });
  await vi.waitFor(() => expect(app.model.selected?.name).toBe('Other'));
  await vi.waitFor(() => expect(engine.received.filter(({ kind }) => kind === 'load')).toHaveLength(2));
  bridge.send('menu:command', { command: 'toggle-sampling' });
  expect(app.layout.panelOpen).toBe(true);
  await vi.waitFor(() => expect(bridge.settings.samplingPanelOpen).toBe(true));
  bridge.send('models:changed', [fakeModel]);
  expect(app.model.selected?.id).toBe(fakeModel.id);
});

it('folds the side areas of a narrow window without forgetting the choice', async () => {
  const { app, bridge } = await start();
  app.layout.openPanel();
  app.layout.measure(() => false);
  expect([app.layout.sidebarOpen, app.layout.panelOpen]).toEqual([false, false]);
  app.layout.toggleSidebar();
  app.layout.togglePanel();
  expect([app.layout.sidebarOpen, app.layout.panelOpen]).toEqual([false, true]);
  app.layout.closeOver();
  app.layout.measure(() => true);
  expect([app.layout.sidebarOpen, app.layout.panelOpen]).toEqual([true, true]);
  await vi.waitFor(() => expect(bridge.settings).toMatchObject({ sidebarOpen: true, samplingPanelOpen: true }));
});
