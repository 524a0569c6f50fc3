// One function a request of the contract, on the services alone: no shell is known here. `dispatch` is the one way in,
// for IPC and HTTP alike: it checks the payload and turns whatever is thrown into coded data.
import * as v from 'valibot';
import { exportConversations, exportPresets, importConversations } from '../conversation-files/transfer.ts';
import { readPresets } from '../conversation-files/presetFile.ts';
import { createUploads } from '../conversation-files/uploads.ts';
import { createSearchIndexing } from '../searchIndexing.ts';
import type { Services } from '../services.ts';
import type { Payload, Reply, RequestName, Result } from './contract.ts';
import { AppError, toAppError } from './errors.ts';
import { createLibraryHandlers } from './libraryHandlers.ts';
import { payloadSchemas } from './schemas.ts';

type Handlers = { [Name in RequestName]: (payload: Payload<Name>) => Result<Name> | Promise<Result<Name>> };

/** Answers a request by name with an unchecked payload; never throws. */
export type Dispatch = (name: string, payload: unknown) => Promise<Reply<unknown>>;

export function createHandlers(services: Services): Handlers {
  const { store, library } = services;
  const { conversations, messages, settings, folders, drafts, presets } = store;
  const uploads = createUploads();
  const indexing = createSearchIndexing(store.searchBacklog, services.log);
  indexing.start();
  return {
    ...createLibraryHandlers(services),
    'app:info': () => services.info,
    'settings:get': () => settings.get(),
    'settings:set': (changes) => {
      const changed = settings.set(changes);
      services.settingsChanged(changed);
      return changed;
    },
    'tuning:get': () => ({ text: services.tuning.read() }),
    'tuning:set': ({ text }) => {
      services.tuning.write(text);
      return null;
    },
    'models:list': () => library.list(),
    'conversations:list': () => conversations.list(),
    'conversations:page': (page) => conversations.page(page),
    'conversations:get': ({ id }) => conversations.details(id),
    'conversations:create': ({ modelId, sampling, ...more }) => conversations.create(modelId, sampling, more),
    'conversations:rename': ({ id, title }) => conversations.rename(id, title),
    'conversations:delete': ({ id }) => {
      conversations.delete(id);
      return null;
    },
    'conversations:restore': ({ id }) => conversations.restore(id),
    'conversations:setSampling': ({ id, sampling }) => conversations.setSampling(id, sampling),
    'conversations:setThinking': ({ id, thinking }) => conversations.setThinking(id, thinking),
    'conversations:setLeaf': ({ id, leafId }) => conversations.setLeaf(id, leafId),
    'conversations:showBranch': ({ id, messageId }) => conversations.showBranch(id, messageId),
    'conversations:setPinned': ({ id, pinned }) => conversations.setPinned(id, pinned),
    'conversations:setArchived': ({ id, archived }) => conversations.setArchived(id, archived),
    'conversations:setFolder': ({ id, folderId }) => conversations.setFolder(id, folderId),
    'conversations:setModel': ({ id, modelId }) => conversations.setModel(id, modelId),
    'conversations:setSystemPrompt': ({ id, systemPrompt }) => conversations.setSystemPrompt(id, systemPrompt),
    'conversations:suggestTitle': ({ id, title }) => conversations.suggestTitle(id, title, 'model'),
    'conversations:duplicate': ({ id, title }) => {
      const copy = store.wholeConversations.duplicate(id, title);
      indexing.start();
      return copy;
    },
    'conversations:export': (wanted) => exportConversations(services, wanted),
    'imports:begin': ({ byteLength }) => ({ id: uploads.begin(byteLength) }),
    'imports:chunk': ({ id, base64 }) => {
      uploads.add(id, base64);
      return null;
    },
    'imports:finish': ({ id }) => {
      const imported = importConversations(services, uploads.take(id));
      indexing.start();
      return imported;
    },
    'imports:cancel': ({ id }) => {
      uploads.cancel(id);
      return null;
    },
    'search:find': ({ query, offset, limit }) => store.search.find(query, offset, limit),
    'folders:list': () => folders.list(),
    'folders:create': ({ name }) => folders.create(name),
    'folders:rename': ({ id, name }) => folders.rename(id, name),
    'folders:delete': ({ id }) => folders.delete(id),
    'folders:restore': (folder) => folders.restore(folder),
    'drafts:get': ({ conversationId }) => drafts.get(conversationId),
    'drafts:set': ({ conversationId, text }) => {
      drafts.set(conversationId, text);
      return null;
    },
    'drafts:attach': ({ conversationId, attachments }) => {
      drafts.attach(conversationId, attachments);
      return null;
    },
    'presets:list': () => presets.list(),
    'presets:save': (preset) => presets.save(preset),
    'presets:delete': ({ id }) => {
      presets.delete(id);
      return null;
    },
    'presets:apply': ({ id, conversationId }) => conversations.applyPreset(conversationId, presets.get(id)),
    'presets:export': ({ ids }) => exportPresets(services, ids),
    'presets:import': ({ text }) => presets.add(readPresets(text)),
    'messages:list': ({ conversationId }) => messages.list(conversationId),
    'messages:append': (turn) => {
      const appended = messages.append(turn);
      indexing.start();
      return appended;
    },
    'messages:edit': (change) => {
      const edited = messages.edit(change);
      indexing.start();
      return edited;
    },
    'answers:start': (answer) => {
      library.used(answer.modelId);
      return messages.startAnswer(answer);
    },
    'answers:reopen': (answer) => messages.reopenAnswer(answer),
    'answers:save': (progress) => {
      messages.saveAnswer(progress);
      return null;
    },
    'answers:finish': (end) => messages.finishAnswer(end),
    'answers:tokens': ({ id }) => messages.tokensOf(id),
  };
}

export function createDispatch(services: Services): Dispatch {
  const handlers = createHandlers(services);
  const answer = <Name extends RequestName>(name: Name, payload: unknown): Result<Name> | Promise<Result<Name>> =>
    handlers[name](checkPayload(name, payload));
  return async (name, payload) => {
    try {
      if (!Object.hasOwn(payloadSchemas, name))
        throw new AppError('invalid-payload', 'The app asked for something that this version does not know.', name);
      return { ok: true, value: await answer(name as RequestName, payload) };
    } catch (error) {
      const known = toAppError(error);
      if (known.code === 'internal') services.log(`${name}: ${known.detail ?? known.message}`);
      return { ok: false, error: known.toData() };
    }
  };
}

/** @throws AppError `invalid-payload` */
function checkPayload<Name extends RequestName>(name: Name, payload: unknown): Payload<Name> {
  const parsed = v.safeParse(payloadSchemas[name], payload);
  if (parsed.success) return parsed.output;
  const ranged = parsed.issues.find(({ type }) => type === 'raw_check');
  const places = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'payload'}: ${issue.message}`).join('\n');
  throw new AppError(
    'invalid-payload',
    ranged?.message ?? 'That could not be done: a value has the wrong form.',
    places,
  );
}
