import { describe, expect, test } from 'vitest';
import { createId } from '../../../main/store/id.ts';
import type { Store } from '../../../main/store/open.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { codeOf, openTestStore, startTurn } from './support.ts';

const create = (store: Store, count: number) =>
  Array.from({ length: count }, () => store.conversations.create('starter-v0', {}).id);

describe('pins, the archive and folders', () => {
  test('a pin and a folder change neither place nor time', () => {
    const store = openTestStore();
    const [first, second] = create(store, 2);
    const before = store.conversations.get(first);
    const folder = store.folders.create('Work');
    expect(store.conversations.setPinned(first, true)).toEqual({ ...before, pinned: true });
    expect(store.conversations.setFolder(first, folder.id)).toMatchObject({ folderId: folder.id, pinned: true });
    expect(store.conversations.list().map(({ id }) => id)).toEqual([second, first]);
    expect(store.conversations.setPinned(first, false).pinned).toBe(false);
  });

  test('what is archived leaves the list and has one of its own', () => {
    const store = openTestStore();
    const [first, second] = create(store, 2);
    store.conversations.setArchived(first, true);
    expect(store.conversations.list().map(({ id }) => id)).toEqual([second]);
    const archived = store.conversations.page({ archived: true, after: null, limit: 10 });
    expect(archived).toMatchObject({ conversations: [{ id: first, archived: true }], end: null });
    store.conversations.setArchived(first, false);
    expect(store.conversations.list()).toHaveLength(2);
  });

  test('folders are listed by name with what is in them; deleting one keeps its conversations', () => {
    const store = openTestStore();
    const [first, second, third, fourth] = create(store, 4);
    const work = store.folders.create('work');
    const art = store.folders.create('Art');
    for (const id of [first, second, third]) store.conversations.setFolder(id, work.id);
    store.conversations.setArchived(second, true);
    store.conversations.delete(third);
    expect(store.folders.list()).toEqual([art, { ...work, conversations: 1 }]);
    expect(store.folders.rename(art.id, 'Zoo').name).toBe('Zoo');
    const inFolder = (folderId: string | null) =>
      store.conversations.page({ archived: false, folderId, after: null, limit: 10 }).conversations.map(({ id }) => id);
    expect(inFolder(work.id)).toEqual([first]);
    expect(inFolder(null)).toEqual([fourth]);
    const { id, name } = work;
    const conversationIds = store.folders.delete(id);
    expect(inFolder(null)).toEqual([fourth, first]);
    store.conversations.setFolder(first, art.id);
    expect(store.folders.restore({ id, name, conversationIds })).toMatchObject({ id, name, conversations: 0 });
    expect(store.folders.restore({ id, name, conversationIds })).toMatchObject({ id, name });
    store.conversations.setFolder(first, null);
    expect(store.folders.restore({ id, name, conversationIds }).conversations).toBe(1);
    expect(inFolder(id)).toEqual([first]);
    store.folders.delete(id);
    expect(store.conversations.restore(third).folderId).toBeNull();
    expect(store.conversations.create('m', {}, { folderId: art.id }).folderId).toBe(art.id);
  });

  test('pages join to the whole list, also while a conversation moves to the top', () => {
    const store = openTestStore();
    create(store, 25);
    const all = store.conversations.list().map(({ id }) => id);
    const found: string[] = [];
    let after = null;
    do {
      const page = store.conversations.page({ archived: false, after, limit: 10 });
      found.push(...page.conversations.map(({ id }) => id));
      after = page.end;
      store.messages.append({ conversationId: all[3], parentId: null, role: 'user', text: 'x' });
    } while (after !== null);
    expect(found).toEqual(all);
  });

  test('what is not there is said', () => {
    const store = openTestStore();
    const [id] = create(store, 1);
    const nowhere = createId();
    for (const action of [
      () => store.conversations.setPinned(nowhere, true),
      () => store.conversations.setArchived(nowhere, true),
      () => store.conversations.setFolder(id, nowhere),
      () => store.conversations.setFolder(nowhere, null),
      () => store.conversations.setSystemPrompt(nowhere, ''),
      () => store.conversations.setModel(nowhere, 'm'),
      () => store.conversations.suggestTitle(nowhere, 'x', 'model'),
      () => store.conversations.create('m', {}, { folderId: nowhere }),
      () => store.folders.rename(nowhere, 'x'),
      () => store.folders.delete(nowhere),
      () => store.wholeConversations.duplicate(nowhere, 'x'),
      () => store.presets.delete(nowhere),
      () => store.drafts.set(nowhere, 'x'),
    ])
      expect(codeOf(action)).toBe('not-found');
    expect(store.conversations.list()).toHaveLength(1);
  });
});

test('the model of a conversation can be another one', () => {
  const store = openTestStore();
  const [id] = create(store, 1);
  const before = store.conversations.get(id);
  expect(store.conversations.setModel(id, 'other')).toEqual({ ...before, modelId: 'other' });
});

describe('titles', () => {
  test("the model's take the place of the first message's, the user's of both", () => {
    const store = openTestStore();
    const { id } = startTurn(store, 'What is rain?').conversation;
    expect(store.conversations.get(id)).toMatchObject({ title: 'What is rain?', titleSource: 'auto' });
    expect(store.conversations.suggestTitle(id, 'Rain', 'model')).toMatchObject({
      title: 'Rain',
      titleSource: 'model',
    });
    expect(store.conversations.suggestTitle(id, 'x', 'auto').title).toBe('Rain');
    expect(store.conversations.suggestTitle(id, 'How rain falls', 'model').title).toBe('How rain falls');
    store.conversations.rename(id, 'Mine');
    expect(store.conversations.suggestTitle(id, 'Rain', 'model')).toMatchObject({ title: 'Mine', titleSource: 'user' });
  });
});

describe('drafts', () => {
  test('one a conversation and one for the next, still there after a restart', () => {
    const folder = temporaryFolder();
    const store = openTestStore(folder);
    const [id] = create(store, 1);
    expect(store.drafts.get(id)).toEqual({ text: '', attachments: [] });
    store.drafts.set(id, 'half a');
    store.drafts.set(id, 'half a thought');
    store.drafts.set(null, 'new');
    store.drafts.set(null, 'new one');
    store.close();
    const again = openTestStore(folder);
    expect([again.drafts.get(id).text, again.drafts.get(null).text]).toEqual(['half a thought', 'new one']);
    again.drafts.set(null, '');
    expect(again.drafts.get(null).text).toBe('');
    again.conversations.delete(id);
    again.conversations.purgeDeleted(Date.now() + 1);
    expect(again.drafts.get(id).text).toBe('');
  });

  test('what is attached stays while the words change, and until it is taken away', () => {
    const folder = temporaryFolder();
    const store = openTestStore(folder);
    const attachments = [{ name: 'notes.txt', text: 'Clouds are drops.', pages: null, tokens: 5 }];
    store.drafts.attach(null, attachments);
    store.drafts.set(null, 'What is this');
    store.drafts.set(null, '');
    store.close();
    const again = openTestStore(folder);
    expect(again.drafts.get(null)).toEqual({ text: '', attachments });
    again.drafts.attach(null, []);
    expect(again.drafts.get(null)).toEqual({ text: '', attachments: [] });
  });
});

describe('presets', () => {
  const preset = { name: 'Poet', systemPrompt: 'Rhyme.', sampling: { temperature: 1.2 }, modelId: 'other' };

  test('are saved, changed, listed by name and deleted', () => {
    const store = openTestStore();
    const poet = store.presets.save({ id: null, ...preset });
    expect(poet).toEqual({ id: poet.id, ...preset });
    const clerk = store.presets.save({ ...poet, id: null, name: 'clerk' });
    expect(store.presets.save({ ...poet, systemPrompt: 'Rhyme well.' }).systemPrompt).toBe('Rhyme well.');
    expect(store.presets.list().map(({ name }) => name)).toEqual(['clerk', 'Poet']);
    store.presets.delete(clerk.id);
    expect(store.presets.list()).toHaveLength(1);
    expect(codeOf(() => store.presets.save({ ...clerk }))).toBe('not-found');
  });

  test('applying one copies it; a preset without a model leaves the model', () => {
    const store = openTestStore();
    const [id] = create(store, 1);
    const without = { ...preset, modelId: null };
    expect(store.conversations.applyPreset(id, without)).toMatchObject({
      ...{ modelId: 'starter-v0', systemPrompt: 'Rhyme.', sampling: { temperature: 1.2 } },
    });
    expect(store.conversations.applyPreset(id, preset).modelId).toBe('other');
    // One of an earlier version leaves how the model thinks.
    const thoughtful = { ...preset, thinking: { on: true, budget: 200 } };
    const { id: thoughtfulId } = store.presets.save({ id: null, ...thoughtful });
    expect(store.presets.get(thoughtfulId).thinking).toEqual({ on: true, budget: 200 });
    expect(store.conversations.applyPreset(id, thoughtful).thinking).toEqual({ on: true, budget: 200 });
    expect(store.conversations.applyPreset(id, preset).thinking).toEqual({ on: true, budget: 200 });
    expect(store.conversations.applyPreset(id, { ...preset, thinking: {} }).thinking).toBeUndefined();
  });

  test('added ones get a free name', () => {
    const store = openTestStore();
    const names = [...store.presets.add([preset, preset]), ...store.presets.add([preset])].map(({ name }) => name);
    expect(names).toEqual(['Poet', 'Poet (2)', 'Poet (3)']);
  });
});
