// Between the store and files: exports with their names, imports with what they brought.
import type { ExportedFile, Id, ImportResult, Payload } from '../ipc/contract.ts';
import type { Services } from '../services.ts';
import { exportJson } from './exportJson.ts';
import { exportMarkdown } from './exportMarkdown.ts';
import { fileNameFrom } from './fileName.ts';
import { readImport } from './importFile.ts';
import { writePresets } from './presetFile.ts';

type Context = Pick<Services, 'store' | 'library'>;

/** @throws AppError `not-found` */
export function exportConversations(services: Context, { ids, format }: Payload<'conversations:export'>): ExportedFile {
  const { conversations, wholeConversations } = services.store;
  const whole = (ids ?? conversations.ids()).map((id) => wholeConversations.read(id));
  const now = new Date();
  const title = ids?.length === 1 ? whole[0].title : `Conclave ${now.toISOString().slice(0, 10)}`;
  const name = fileNameFrom(title);
  if (format === 'json')
    return { name: `${name}.json`, mediaType: 'application/json', text: exportJson(whole, now.getTime()) };
  const names = new Map(services.library.list().map((model) => [model.id, model.name]));
  const text = exportMarkdown(whole, (modelId) => names.get(modelId) ?? modelId);
  return { name: `${name}.md`, mediaType: 'text/markdown', text };
}

/** @throws AppError `not-importable`; nothing is changed then */
export function importConversations({ store }: Context, bytes: Uint8Array): ImportResult {
  const { source, conversations, leftOut } = readImport(bytes, store.settings.get().modelId);
  const conversationIds = store.wholeConversations.add(conversations);
  const messages = conversations.reduce((count, conversation) => count + conversation.messages.length, 0);
  return { source, conversationIds, messages, leftOut };
}

/** @throws AppError `not-found` */
export function exportPresets({ store }: Context, ids: readonly Id[]): ExportedFile {
  const presets = ids.map((id) => store.presets.get(id));
  const name = fileNameFrom(presets.length === 1 ? presets[0].name : 'Conclave presets');
  return { name: `${name}.json`, mediaType: 'application/json', text: writePresets(presets) };
}
