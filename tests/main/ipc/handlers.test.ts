import { describe, expect, test } from 'vitest';
import type { Message, Payload, Reply, RequestName, Result } from '../../../main/ipc/contract.ts';
import { createDispatch } from '../../../main/ipc/handlers.ts';
import { createId } from '../../../main/store/id.ts';
import { someSampling } from '../../support/sampling.ts';
import { openTestServices } from '../support.ts';

function open() {
  const services = openTestServices();
  const dispatch = createDispatch(services);
  const ask = async <Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Result<Name>> => {
    const reply = (await dispatch(name, payload)) as Reply<Result<Name>>;
    if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.detail}`);
    return reply.value;
  };
  return { services, dispatch, ask };
}

describe('requests', () => {
  test('a whole chat through the contract', async () => {
    const { ask } = open();
    const conversation = await ask('conversations:create', { modelId: 'tiny', sampling: { topK: 5 } });
    const conversationId = conversation.id;
    const user = await ask('messages:append', { conversationId, parentId: null, role: 'user', text: 'Hello' });
    const start = { conversationId, parentId: user.id, modelId: 'tiny', sampling: someSampling };
    const answer = await ask('answers:start', start);
    expect(await ask('answers:save', { id: answer.id, text: 'Hi', seed: 4294967295 })).toBeNull();
    const end = { id: answer.id, text: 'Hi.', seed: 4294967295, timings: null, error: null };
    await ask('answers:finish', { ...end, status: 'stopped', stopReason: 'aborted' });
    const messages: Message[] = await ask('messages:list', { conversationId });
    expect(messages.map(({ text, status }) => [text, status])).toEqual([
      ['Hello', 'complete'],
      ['Hi.', 'stopped'],
    ]);
    expect(messages[1]?.generation?.seed).toBe(4294967295);
    await ask('conversations:setLeaf', { id: conversationId, leafId: user.id });
    await ask('conversations:setSampling', { id: conversationId, sampling: { seed: null } });
    await ask('conversations:rename', { id: conversationId, title: '  Greeting ' });
    await ask('conversations:delete', { id: conversationId });
    expect(await ask('conversations:list', null)).toEqual([]);
    await ask('conversations:restore', { id: conversationId });
    expect(await ask('conversations:list', null)).toMatchObject([
      { title: 'Greeting', leafId: user.id, sampling: { seed: null } },
    ]);
  });

  test('organising, editing and continuing through the contract', async () => {
    const { ask } = open();
    const folder = await ask('folders:create', { name: ' Work ' });
    const made = await ask('conversations:create', {
      ...{ modelId: 'tiny', sampling: {}, systemPrompt: 'Be brief.', folderId: folder.id },
    });
    const conversationId = made.id;
    const ids = { id: conversationId };
    const user = await ask('messages:append', { conversationId, parentId: null, role: 'user', text: 'Hello rain' });
    const start = { conversationId, parentId: user.id, modelId: 'tiny', sampling: someSampling };
    const answer = await ask('answers:start', start);
    const end = { id: answer.id, text: 'Hi', seed: 1, timings: null, error: null } as const;
    await ask('answers:finish', { ...end, status: 'stopped', stopReason: 'aborted' });
    await ask('answers:reopen', { id: answer.id, modelId: 'tiny', sampling: someSampling });
    await ask('answers:finish', { ...end, text: 'Hi there', status: 'complete', stopReason: 'end' });
    const edited = await ask('messages:edit', { id: user.id, text: 'Hello snow' });
    expect((await ask('conversations:showBranch', { ...ids, messageId: user.id })).leafId).toBe(answer.id);
    expect((await ask('conversations:showBranch', { ...ids, messageId: edited.id })).leafId).toBe(edited.id);
    await ask('conversations:suggestTitle', { ...ids, title: 'Weather' });
    await ask('conversations:setPinned', { ...ids, pinned: true });
    await ask('conversations:setSystemPrompt', { ...ids, systemPrompt: 'Rhyme.' });
    expect(await ask('conversations:get', ids)).toMatchObject({
      ...{ title: 'Weather', titleSource: 'model', pinned: true, folderId: folder.id, systemPrompt: 'Rhyme.' },
    });
    const found = await ask('search:find', { query: 'rain', offset: 0, limit: 5 });
    expect(found).toMatchObject({ total: 1, notIndexed: 0, results: [{ messages: [{ messageId: user.id }] }] });
    await ask('drafts:set', { conversationId, text: 'And' });
    expect(await ask('drafts:get', { conversationId })).toEqual({ text: 'And', attachments: [] });
    const copy = await ask('conversations:duplicate', { ...ids, title: 'Copy' });
    expect(await ask('messages:list', { conversationId: copy.id })).toHaveLength(3);
    await ask('conversations:setArchived', { ...ids, archived: true });
    await ask('conversations:setFolder', { id: copy.id, folderId: null });
    expect(await ask('folders:rename', { id: folder.id, name: 'Home' })).toMatchObject({ conversations: 0 });
    const conversationIds = await ask('folders:delete', { id: folder.id });
    const again = await ask('folders:restore', { id: folder.id, name: 'Home', conversationIds });
    expect(again).toMatchObject({ id: folder.id, name: 'Home' });
    await ask('folders:delete', { id: folder.id });
    const page = await ask('conversations:page', { archived: false, folderId: null, after: null, limit: 1 });
    expect(page).toMatchObject({ conversations: [{ id: copy.id }], end: { id: copy.id } });
    const preset = await ask('presets:save', {
      ...{ id: null, name: 'P', systemPrompt: 'X', sampling: {}, modelId: null },
    });
    expect(await ask('presets:apply', { id: preset.id, conversationId })).toMatchObject({ systemPrompt: 'X' });
    expect(await ask('presets:delete', { id: preset.id })).toBeNull();
    expect(await ask('presets:list', null)).toEqual([]);
    expect(await ask('settings:set', { modelTitles: false })).toMatchObject({ modelTitles: false });
  });

  test('the app, its settings and its models', async () => {
    const { ask, services } = open();
    expect(await ask('app:info', null)).toEqual(services.info);
    expect(await ask('tuning:get', null)).toEqual({ text: '' });
    expect(await ask('tuning:set', { text: '{}' })).toBeNull();
    expect(await ask('tuning:get', null)).toEqual({ text: '{}' });
    const told: unknown[] = [];
    services.settingsChanged = (settings) => told.push(settings.theme);
    expect(await ask('settings:set', { theme: 'dark' })).toMatchObject({ theme: 'dark', sidebarOpen: true });
    expect(await ask('settings:get', null)).toMatchObject({ theme: 'dark' });
    expect(told).toEqual(['dark']);
    expect(await ask('models:list', null)).toMatchObject([{ id: 'tiny', embedded: true, byteLength: 1000 }]);
  });
});

describe('refusals', () => {
  const id = createId();
  test.each<[string, unknown]>([
    ['no:such-request', null],
    ['__proto__', null],
    ['toString', {}],
    ['app:info', {}],
    ['settings:get', undefined],
    ['settings:set', null],
    ['settings:set', { theme: 'purple' }],
    ['settings:set', { theme: undefined }],
    ['settings:set', { unknown: 1 }],
    ['settings:set', { contextLength: 0.5 }],
    ['conversations:create', { modelId: '', sampling: {} }],
    ['conversations:create', { modelId: 'tiny', sampling: { temperature: -1 } }],
    ['conversations:create', { modelId: 'tiny', sampling: { temperature: Number.NaN } }],
    ['conversations:create', { modelId: 'tiny', sampling: { topK: 1.5 } }],
    ['conversations:create', { modelId: 'tiny', sampling: { warmth: 1 } }],
    ['conversations:rename', { id, title: '   ' }],
    ['conversations:rename', { id: '../etc', title: 'x' }],
    ['conversations:delete', { id: 7 }],
    ['messages:append', { conversationId: id, parentId: null, role: 'assistant', text: 'x' }],
    ['messages:append', { conversationId: id, role: 'user', text: 'x' }],
    ['messages:append', { conversationId: id, parentId: null, role: 'user', text: 'x'.repeat(4_000_001) }],
    ['answers:start', { conversationId: id, parentId: id, modelId: 'tiny', sampling: { ...someSampling, topP: 0 } }],
    ['answers:start', { conversationId: id, parentId: id, modelId: 'tiny', sampling: { temperature: 1 } }],
    ['answers:save', { id, text: 'x', seed: -1 }],
    ['answers:finish', { id, text: 'x', status: 'streaming', seed: 1, stopReason: null, timings: null, error: null }],
    ['answers:finish', [id]],
    ['settings:set', { modelTitles: 'yes' }],
    ['conversations:page', { archived: false, after: null, limit: 0 }],
    ['conversations:page', { archived: false, after: null, limit: 1e9 }],
    ['conversations:page', { archived: 1, after: null, limit: 10 }],
    ['conversations:page', { archived: false, after: { updatedAt: 1 }, limit: 10 }],
    ['conversations:create', { modelId: 'tiny', sampling: {}, folderId: 'inbox' }],
    ['conversations:create', { modelId: 'tiny', sampling: {}, systemPrompt: 'x'.repeat(200_001) }],
    ['conversations:showBranch', { id, messageId: null }],
    ['conversations:setPinned', { id, pinned: 1 }],
    ['conversations:setFolder', { id }],
    ['conversations:suggestTitle', { id, title: '' }],
    ['conversations:duplicate', { id, title: 'x'.repeat(201) }],
    ['conversations:export', { ids: [], format: 'json' }],
    ['conversations:export', { ids: null, format: 'docx' }],
    ['conversations:export', { ids: ['../x'], format: 'json' }],
    ['imports:begin', { byteLength: -1 }],
    ['imports:begin', { byteLength: 1.5 }],
    ['imports:chunk', { id, base64: 'not base64!' }],
    ['imports:chunk', { id, base64: 'AAA' }],
    ['imports:finish', { id: 1 }],
    ['search:find', { query: 7, offset: 0, limit: 10 }],
    ['search:find', { query: 'x', offset: -1, limit: 10 }],
    ['search:find', { query: 'x', offset: 0, limit: 501 }],
    ['folders:create', { name: '  ' }],
    ['folders:rename', { id, name: 'x'.repeat(101) }],
    ['drafts:set', { conversationId: '', text: 'x' }],
    ['presets:save', { id: null, name: 'x', systemPrompt: '', sampling: { topP: 2 }, modelId: null }],
    ['presets:save', { name: 'x', systemPrompt: '', sampling: {}, modelId: null }],
    ['presets:export', { ids: [] }],
    ['messages:edit', { id, text: null }],
    ['answers:reopen', { id, modelId: 'tiny', sampling: {} }],
  ])('%s %j is no valid payload', async (name, payload) => {
    const { dispatch, services } = open();
    const reply = await dispatch(name, payload);
    expect(reply).toMatchObject({ ok: false, error: { code: 'invalid-payload' } });
    expect(services.store.conversations.list()).toEqual([]);
  });

  test('a sampling value out of range is named', async () => {
    const { dispatch } = open();
    const payload = { modelId: 'tiny', sampling: { minP: 1 } };
    expect(await dispatch('conversations:create', payload)).toMatchObject({
      error: { message: 'Min P must be at least 0 and below 1; it is 1.' },
    });
  });

  test('what is not there is said', async () => {
    const { dispatch } = open();
    expect(await dispatch('messages:list', { conversationId: id })).toMatchObject({ error: { code: 'not-found' } });
  });

  test('a fault of ours is logged, and told without its inside', async () => {
    const { dispatch, services } = open();
    services.library.list = () => {
      throw new TypeError('x is not a function');
    };
    const reply = await dispatch('models:list', null);
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal', message: /Your chats are safe/ } });
    expect(services.logged.join()).toContain('x is not a function');
  });

  test('a full disk is said, and nothing of the turn is half there', async () => {
    const { dispatch, services } = open();
    const created = await dispatch('conversations:create', { modelId: 'tiny', sampling: {} });
    const conversationId = (created as { value: { id: string } }).value.id;
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    services.store.conversations.grow = () => {
      throw full;
    };
    const turn = { conversationId, parentId: null, role: 'user', text: 'Hello' };
    expect(await dispatch('messages:append', turn)).toMatchObject({ error: { code: 'disk-full' } });
    expect(await dispatch('messages:list', { conversationId })).toEqual({ ok: true, value: [] });
  });
});
