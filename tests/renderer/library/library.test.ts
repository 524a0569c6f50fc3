// The library as state: downloads that come and go, models that are used, removed and brought back, and what goes wrong.
/// <reference types="svelte" />
import { describe, expect, it, vi } from 'vitest';
import type { App } from '../../../renderer/state/app.svelte.ts';
import { start } from '../../support/chatState.ts';
import { FakeBridge, fakeModel } from '../../support/fakeBridge.ts';
import { fakeCatalogue, fakeDownload, largeModelId } from '../../support/fakeLibrary.ts';

async function started(pace = 0, prepare: (bridge: FakeBridge) => void = () => {}) {
  const bridge = new FakeBridge();
  prepare(bridge);
  const { app, engine } = await start(bridge, pace);
  await app.library.read();
  return { app, bridge, engine, library: app.library, fake: bridge.library };
}

const large = { ...fakeModel, id: 'large', name: 'Large' };
const withLarge = (bridge: FakeBridge) => {
  bridge.models = [fakeModel, large];
  bridge.library.install({ id: large.id, name: large.name });
};

describe('downloads', () => {
  it('start when asked for, and say when the server refuses', async () => {
    const { library, bridge } = await started();
    await library.pull(largeModelId);
    expect(library.unfinished).toMatchObject([{ modelId: largeModelId, state: 'starting' }]);
    expect(library.isDownloading).toBe(true);
    bridge.refuse.set('downloads:pull', { code: 'refused', message: 'The hub has no such file.' });
    await library.pull('qwen3-4b-q8_0');
    expect(library.problems.get('qwen3-4b-q8_0')).toBe('The hub has no such file.');
    expect(library.asked.size).toBe(0);
  });

  it('keep their places while they change', async () => {
    const { library, fake } = await started();
    const two = [fakeDownload({ id: 'a'.repeat(16) }), fakeDownload({ id: 'b'.repeat(16) })];
    fake.tell(two);
    await library.pause('a'.repeat(16));
    expect(library.unfinished.map(({ id, state }) => [id[0], state])).toEqual([
      ['a', 'paused'],
      ['b', 'downloading'],
    ]);
    await library.resume('a'.repeat(16));
    await library.cancel('b'.repeat(16));
    expect(library.unfinished.map(({ id, state }) => [id[0], state])).toEqual([['a', 'starting']]);
  });

  it('tell how far they are, and offer the model at the end', async () => {
    const { app, library, bridge, fake } = await started();
    fake.tell([fakeDownload({ bytes: 1, totalBytes: 100 })]);
    expect(app.notices.announcement).toContain('has begun');
    fake.tell([fakeDownload({ bytes: 30, totalBytes: 100 })]);
    expect(app.notices.announcement).toContain('30 percent');
    bridge.models = [fakeModel, { ...fakeModel, id: largeModelId }];
    fake.tell([fakeDownload({ state: 'complete' })]);
    expect(library.unfinished).toEqual([]);
    const toast = app.notices.toasts.at(-1)!;
    expect(toast.message).toContain('is ready');
    toast.action?.run();
    await vi.waitFor(() => expect(app.model.selected?.id).toBe(largeModelId));
  });
});

describe('models', () => {
  it('are removed, and brought back by the toast', async () => {
    const { app, library, fake } = await started();
    const model = fake.install();
    await library.read();
    await library.remove(model);
    expect(library.model(model.id)).toBeNull();
    expect(library.state?.removed).toMatchObject([{ id: model.id }]);
    app.notices.toasts.at(-1)!.action!.run();
    await vi.waitFor(() => expect(library.model(model.id)).not.toBeNull());
  });

  it('stay when removing fails, and say why beside them', async () => {
    const { library, bridge, fake } = await started();
    const model = fake.install();
    await library.read();
    bridge.refuse.set('library:remove', { code: 'in-use', message: 'Conclave is still busy with this model.' });
    await library.remove(model);
    expect(library.model(model.id)).not.toBeNull();
    expect(library.problems.get(model.id)).toContain('still busy');
  });

  it('are verified again, with the damage said', async () => {
    const { app, library, bridge, fake } = await started();
    const model = fake.install();
    const verifying = library.verify(model.id);
    bridge.send('library:progress', { id: model.id, stage: 'verifying', bytes: 5, totalBytes: 10 });
    expect(library.work.get(model.id)?.bytes).toBe(5);
    await verifying;
    expect(library.work.size).toBe(0);
    expect(app.notices.toasts.at(-1)?.message).toContain('every byte');
    bridge.refuse.set('library:verify', { code: 'damaged', message: 'Bytes have changed.' });
    await library.verify(model.id);
    expect(library.problems.get(model.id)).toBe('Bytes have changed.');
  });

  it('are freed from memory before they are removed', async () => {
    const { app, library, engine, fake } = await started(0, withLarge);
    await app.settings.set({ contextLength: 2048 });
    await app.useModel(large.id);
    await vi.waitFor(() => expect(app.model.loadedId).toBe(large.id));
    await library.remove(fake.models[0]);
    expect(engine.received.map(({ kind }) => kind)).toContain('unload');
    expect(app.model.loadedId).toBeNull();
  });

  it('say why there is nothing to show', async () => {
    const { library, bridge } = await started();
    bridge.refuse.set('library:list', { code: 'internal', message: 'The disk cannot be read.' });
    await library.read();
    expect(library.readError).toBe('The disk cannot be read.');
  });
});

describe('which model answers', () => {
  const loaded = (app: App, id: string) => vi.waitFor(() => expect(app.model.loadedId).toBe(id), { interval: 5 });

  it('is chosen for each conversation, and for new ones apart', async () => {
    const { app, bridge, engine } = await started(0, (fake) => {
      fake.models = [fakeModel, { ...fakeModel, id: 'other', name: 'Other' }];
      fake.seed('First', 1000, [{ role: 'user', text: 'Hello' }]);
    });
    const [{ id }] = app.conversations.list;
    await app.chat.open(id);
    await app.useModel('other');
    await loaded(app, 'other');
    expect(bridge.conversations.get(id)?.modelId).toBe('other');
    expect(app.settings.value.modelId).toBe(fakeModel.id);
    app.chat.startNew();
    expect(app.model.selected?.id).toBe(fakeModel.id);
    expect(app.model.status).toBe('idle');
    app.composer.draft = 'Hi';
    await app.composer.send();
    await loaded(app, fakeModel.id);
    const loads = engine.received.flatMap((message) => (message.kind === 'load' ? [message.model.id] : []));
    expect(loads).toEqual([fakeModel.id, 'other', fakeModel.id]);
  });

  it('stays when main refuses the change', async () => {
    const { app, bridge } = await started(0, (fake) => {
      fake.models = [fakeModel, { ...fakeModel, id: 'other' }];
      fake.seed('First', 1000, [{ role: 'user', text: 'Hello' }]);
    });
    await app.chat.open(app.conversations.list[0].id);
    bridge.refuse.set('conversations:setModel', { code: 'disk-full', message: 'The disk is full.' });
    await app.useModel('other');
    expect(app.model.selected?.id).toBe(fakeModel.id);
    expect(app.notices.banners.at(-1)?.message).toContain('The disk is full.');
  });
});

describe('loading', () => {
  it('is cancelled, and begins again when asked', async () => {
    const { app } = await started(2, (fake) => (fake.models = [{ ...fakeModel, id: 'slow' }]));
    await vi.waitFor(() => expect(app.model.progress?.loadedBytes).toBeGreaterThan(0), { interval: 2 });
    app.model.cancelLoading();
    await vi.waitFor(() => expect(app.model.status).toBe('idle'), { interval: 2 });
    expect(app.model.cancelled).toBe(true);
    app.loadModel();
    await vi.waitFor(() => expect(app.model.progress).not.toBeNull());
    expect(app.model.status).toBe('loading');
    expect(app.model.cancelled).toBe(false);
  });

  it('offers the context that fits when the memory is too small, and loads with it', async () => {
    const { app, engine } = await started(0, withLarge);
    await app.settings.set({ graphicsMemory: 80e9 });
    await app.useModel(large.id);
    await vi.waitFor(() => expect(app.model.status).toBe('failed'));
    expect(app.smallerContext).toBe(4096);
    await app.loadWithContext(4096);
    await vi.waitFor(() => expect(app.model.loadedId).toBe(large.id));
    expect(app.smallerContext).toBeNull();
    expect(app.settings.value).toMatchObject({ contextLength: null, modelContexts: { [large.id]: 4096 } });
    expect(engine.received.at(-1)).toMatchObject({ kind: 'load', options: { contextLength: 4096 } });
  });

  it('offers coarser weights when the memory is too small for floats, keeps the choice and loads with it', async () => {
    const floats = 'large-floats';
    const { app, engine } = await started(0, (fake) => {
      const { shape } = fakeCatalogue(() => false)
        .flatMap(({ variants }) => variants)
        .find(({ id }) => id === 'qwen3-30b-a3b-bf16')!;
      fake.library.install({ id: floats, shape });
      fake.models = [fakeModel, { ...fakeModel, id: floats }];
    });
    await app.settings.set({ graphicsMemory: 80e9 });
    await app.useModel(floats);
    await vi.waitFor(() => expect(app.model.status).toBe('failed'));
    expect(app.smallerWeights).toBe('Q8_0');
    await app.loadWithWeights('Q8_0');
    await vi.waitFor(() => expect(app.model.loadedId).toBe(floats));
    expect(app.settings.value.modelWeights).toEqual({ [floats]: 'Q8_0' });
    expect(engine.received.at(-1)).toMatchObject({ kind: 'load', options: { quantize: 'Q8_0' } });
    await app.settings.setWeightsOf(floats, null);
    await app.model.ensureLoaded().catch(() => undefined);
    const again = engine.received.at(-1);
    expect(again?.kind === 'load' && again.options).not.toHaveProperty('quantize');
  });

  it('brings along what tuning has found, stores what it finds, and measures all anew only once', async () => {
    const { app, engine, bridge } = await started();
    await app.settings.set({ tuning: 'retune' });
    await app.model.unload();
    await app.model.ensureLoaded();
    expect(engine.received.at(-1)).toMatchObject({ kind: 'load', options: { tuning: 'retune', tuned: '' } });
    expect(bridge.calls.filter(({ name }) => name === 'tuning:set').map(({ payload }) => payload)).toEqual([
      { text: 'found' },
    ]);
    expect(app.settings.value.tuning).toBe('cached');
    await app.model.unload();
    await app.model.ensureLoaded();
    expect(engine.received.at(-1)).toMatchObject({ kind: 'load', options: { tuning: 'cached', tuned: 'found' } });
    expect(bridge.calls.filter(({ name }) => name === 'tuning:set')).toHaveLength(1);
  });

  it('still measures all anew with the next load when something is found out before it', async () => {
    const { app, engine, bridge } = await started();
    await app.model.ensureLoaded();
    await app.settings.set({ tuning: 'retune' });
    engine.learn('they are faster', null);
    await vi.waitFor(() => expect(bridge.tuning).toBe('they are faster'));
    expect(app.settings.value.tuning).toBe('retune');
    await app.model.unload();
    await app.model.ensureLoaded();
    expect(engine.received.at(-1)).toMatchObject({ options: { tuning: 'retune', tuned: 'they are faster' } });
  });

  it('asks for resident layers as the settings say, and keeps what is found out of them later', async () => {
    const { app, engine, bridge } = await started();
    await app.model.ensureLoaded();
    expect(engine.received.at(-1)).toMatchObject({ kind: 'load', options: { resident: 'auto' } });
    expect(app.model.backend?.residentOff).toBe('unmeasured');
    engine.learn('they are faster', null);
    await vi.waitFor(() => expect(bridge.tuning).toBe('they are faster'));
    expect(app.model.backend?.residentOff).toBeNull();
    engine.learn('they gave up', 'gaveUp');
    await vi.waitFor(() => expect(bridge.tuning).toBe('they gave up'));
    expect(app.model.backend?.residentOff).toBe('gaveUp');
    await app.settings.set({ resident: 'off' });
    await app.model.unload();
    await app.model.ensureLoaded();
    expect(engine.received.at(-1)).toMatchObject({ options: { resident: 'off', tuned: 'they gave up' } });
  });

  it('happens again when the context is changed', async () => {
    const { app, engine } = await started();
    await app.model.ensureLoaded();
    await app.settings.set({ contextLength: 1024 });
    await app.model.ensureLoaded();
    await app.model.ensureLoaded();
    expect(engine.received.filter(({ kind }) => kind === 'load')).toHaveLength(2);
  });

  it('happens again when the cache, or the context of the model alone, is changed', async () => {
    const { app, engine } = await started();
    const options = async () => {
      await app.model.ensureLoaded();
      const loads = engine.received.flatMap((message) => (message.kind === 'load' ? [message.options] : []));
      return [loads.length, loads.at(-1)];
    };
    const [, first] = await options();
    expect(first).not.toHaveProperty('kv');
    await app.settings.set({ kv: 'q8' });
    expect(await options()).toMatchObject([2, { kv: 'q8' }]);
    await app.settings.setContextOf(fakeModel.id, 1024);
    expect(await options()).toMatchObject([3, { kv: 'q8', contextLength: 1024 }]);
    await app.settings.setContextOf('another', 512);
    expect(await options()).toMatchObject([3, {}]);
  });
});
