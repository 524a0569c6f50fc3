// The library's requests through the contract: what the window sends and gets, and what is refused.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Payload, Reply, RequestName, Result } from '../../../main/ipc/contract.ts';
import { createDispatch } from '../../../main/ipc/handlers.ts';
import { startFaultServer } from '../../support/faultServer.ts';
import { someSampling } from '../../support/sampling.ts';
import { modelBytes, quick, sha256Of } from '../model-files/download/support.ts';
import { openTestServices } from '../support.ts';

const bytes = modelBytes(600_000);

function open() {
  const services = openTestServices(quick);
  const dispatch = createDispatch(services);
  const ask = async <Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Result<Name>> => {
    const reply = (await dispatch(name, payload)) as Reply<Result<Name>>;
    if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.detail}`);
    return reply.value;
  };
  return { services, dispatch, ask };
}

test('a download, from its preview to the bin and back', async () => {
  const server = await startFaultServer({ '/m-Q8_0.gguf': { bytes, etag: '"1"' } });
  const { services, ask } = open();
  const told = new Set<string>();
  services.events.listen((name) => told.add(name));
  const source = `${server.origin}/m-Q8_0.gguf`;
  const { shape } = await ask('downloads:preview', { source, quantization: null });
  const budget = { shape: shape!, contextLength: 128, kv: 'f16' as const, budgetBytes: 1e9 };
  expect(await ask('library:fit', budget)).toMatchObject({ verdict: 'fits' });
  expect(await ask('library:fit', { ...budget, quantize: 'Q8_0' })).toMatchObject({ verdict: 'fits' });
  expect(await ask('library:fit', { ...budget, budgetBytes: 1000 })).toMatchObject({ verdict: 'does-not-fit' });
  const { id } = await ask('downloads:add', { source, sha256: sha256Of(bytes).toUpperCase(), quantization: null });
  const modelId = await services.models.downloads.finished(id);
  expect(await ask('downloads:list', null)).toEqual([]);
  expect(await ask('models:list', null)).toMatchObject([{ id: 'tiny' }, { id: modelId, embedded: false }]);
  expect(await ask('library:verify', { id: modelId })).toMatchObject({ problem: null });
  await ask('library:remove', { id: modelId });
  expect(await ask('library:list', null)).toMatchObject({ models: [{ id: 'tiny' }], removed: [{ id: modelId }] });
  await ask('library:restore', { id: modelId });
  expect([...told].sort()).toEqual(['downloads:changed', 'library:changed', 'library:progress', 'models:changed']);
});

test('an answer makes its model the last used', async () => {
  const { services, ask } = open();
  const { id: conversationId } = await ask('conversations:create', { modelId: 'tiny', sampling: {} });
  const turn = { conversationId, parentId: null, role: 'user' as const, text: 'Hi' };
  const { id: parentId } = await ask('messages:append', turn);
  await ask('answers:start', { conversationId, parentId, modelId: 'tiny', sampling: someSampling });
  expect(services.library.get('tiny').lastUsedAt).not.toBeNull();
});

test('the settings of downloads are kept', async () => {
  const { ask } = open();
  expect(await ask('downloads:settings', null)).toEqual({ mirror: null, bytesPerSecond: null });
  await ask('downloads:setSettings', { mirror: 'https://mirror.example/hub' });
  await ask('downloads:setSettings', { bytesPerSecond: 500_000 });
  expect(await ask('downloads:settings', null)).toEqual({
    mirror: 'https://mirror.example/hub',
    bytesPerSecond: 500_000,
  });
});

test('the catalogue names every model with its variants', async () => {
  const models = await open().ask('catalogue:list', null);
  expect(models.map(({ id }) => id)).toContain('qwen3-30b-a3b-instruct-2507');
  for (const { variants } of models) for (const { shape } of variants) expect(shape).not.toBeNull();
});

test('without a desktop there is no dialog and no folder to show', async () => {
  const { ask, dispatch } = open();
  expect(await ask('library:choose', { kind: 'file' })).toBeNull();
  expect(await dispatch('library:reveal', { id: 'tiny' })).toMatchObject({ ok: false, error: { code: 'not-found' } });
});

test('on a desktop a model is shown in its folder', async () => {
  const { services, ask } = open();
  const shown: string[] = [];
  services.desktop = {
    choose: async () => ['/x.gguf'],
    reveal: (file) => shown.push(path.basename(file)),
    trash: async () => undefined,
  };
  const handlers = createDispatch(services);
  expect(await handlers('library:reveal', { id: 'tiny' })).toEqual({ ok: true, value: null });
  expect(shown).toEqual(['tiny.gguf']);
  expect(await ask('library:list', null)).toBeDefined();
});

describe('refusals', () => {
  test.each<[string, unknown]>([
    ['library:import', { path: '', how: 'link' }],
    ['library:import', { path: '/x.gguf', how: 'steal' }],
    ['library:verify', { id: 7 }],
    ['library:move', { folder: 'x'.repeat(5000) }],
    ['library:fit', { shape: {}, contextLength: 1, kv: 'f16', budgetBytes: 1 }],
    ['downloads:add', { source: 'a/b' }],
    ['downloads:add', { source: 'a/b', sha256: 'abc', quantization: null }],
    ['downloads:add', { source: 'a/b', sha256: null, quantization: '../..' }],
    ['downloads:pause', { id: '../../etc' }],
    ['downloads:cancel', { id: '..' }],
    ['downloads:setSettings', { mirror: 'file:///etc' }],
    ['downloads:setSettings', { bytesPerSecond: 0 }],
    ['downloads:setSettings', { bytesPerSecond: Number.NaN }],
  ])('%s %j is no valid payload', async (name, payload) => {
    expect(await open().dispatch(name, payload)).toMatchObject({ ok: false, error: { code: 'invalid-payload' } });
  });

  test.each<[RequestName, unknown, string]>([
    ['library:verify', { id: '../tiny' }, 'not-found'],
    ['library:remove', { id: 'tiny' }, 'forbidden'],
    ['library:restore', { id: 'nope' }, 'not-found'],
    ['library:import', { path: '/nowhere/x.gguf', how: 'copy' }, 'not-a-model'],
    ['downloads:pause', { id: '0123456789abcdef' }, 'not-found'],
    ['downloads:pull', { id: 'nope' }, 'not-found'],
    ['downloads:add', { source: 'http://example.org/x.gguf', sha256: null, quantization: null }, 'bad-address'],
  ])('%s %j', async (name, payload, code) => {
    const { dispatch, services } = open();
    expect(await dispatch(name, payload)).toMatchObject({ ok: false, error: { code } });
    expect(services.logged).toEqual([]);
    expect(fs.existsSync(path.join(services.folder, 'data', 'models', 'tiny'))).toBe(false);
  });
});
