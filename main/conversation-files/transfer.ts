// Between the store and files: exports with their names, imports with what they brought.
import type { ExportedFile, Id, ImportResult, Payload } from '../ipc/contract.ts';
import type { Services } from '../services.ts';
import { exportJson } from './exportJson.ts';
import { exportMarkdown } from './exportMarkdown.ts';
import { fileNameFrom } from './fileName.ts';
import type { WholeConversation, WholeMessage } from '../store/wholeConversations.ts';
import { largestFile, readImport } from './importFile.ts';
import { writePresets } from './presetFile.ts';

type Context = Pick<Services, 'store' | 'library'>;

/**
 * @param largest - Bytes that an import takes.
 * @throws AppError `not-found`
 */
export function exportConversations(
  services: Context,
  { ids, format }: Payload<'conversations:export'>,
  largest = largestFile,
): ExportedFile {
  const { conversations, wholeConversations } = services.store;
  const whole = (ids ?? conversations.ids()).map((id) => wholeConversations.read(id));
  const now = new Date();
  const title = ids?.length === 1 ? whole[0].title : `Conclave ${now.toISOString().slice(0, 10)}`;
  const name = fileNameFrom(title);
  if (format === 'json') {
    const { kept, withoutTokens } = withinSize(whole, largest);
    const text = exportJson(kept, now.getTime());
    return {
      ...{ name: `${name}.json`, mediaType: 'application/json', text },
      ...(withoutTokens > 0 && { withoutTokens }),
    };
  }
  const names = new Map(services.library.list().map((model) => [model.id, model.name]));
  const text = exportMarkdown(whole, (modelId) => names.get(modelId) ?? modelId);
  return { name: `${name}.md`, mediaType: 'text/markdown', text };
}

/** Records of tokens are left out, all of them, where the file would be too large to be imported again. */
function withinSize(
  whole: readonly WholeConversation[],
  largest: number,
): { kept: readonly WholeConversation[]; withoutTokens: number } {
  const records = whole.flatMap(({ messages }) => messages.flatMap(({ tokens }) => tokens ?? []));
  const length = records.reduce((sum, record) => sum + record.length, 0);
  if (length <= largest / 2) return { kept: whole, withoutTokens: 0 };
  const bare = ({ tokens: _left, ...message }: WholeMessage) => message;
  const kept = whole.map((one) => ({ ...one, messages: one.messages.map(bare) }));
  return { kept, withoutTokens: records.length };
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
