// Conclave's own file of conversations.
import * as v from 'valibot';
import type { WholeConversation } from '../store/wholeConversations.ts';
import { fileSchema, formatVersion, type FileConversation } from './format.ts';
import { nameConversation, refuseFile } from './refusal.ts';
import { cleanTitle } from './title.ts';
import { orderTree } from './tree.ts';

/** @throws AppError `not-importable` */
export function importOwn(file: Record<string, unknown>): WholeConversation[] {
  const version = file['version'];
  if (typeof version === 'number' && version > formatVersion)
    throw refuseFile('the file was made by a newer version of Conclave. Install that version or a later one.');
  const parsed = v.safeParse(fileSchema, file, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw refuseFile(
      'the file says that it is from Conclave, but it is not of the form that Conclave writes.',
      `${v.getDotPath(issue) ?? 'file'}: ${issue.message}`,
    );
  }
  return parsed.output.conversations.map(toWhole);
}

function toWhole(conversation: FileConversation, index: number): WholeConversation {
  const { messages, leafId, title, ...rest } = conversation;
  const where = nameConversation(index, title);
  // The file's own order is kept where parents already come first; a stable sort by depth does that for every other.
  const checked = orderTree(
    messages.map(({ id, parentId }) => ({ id, parentId, time: null })),
    where,
  );
  const byId = new Map(messages.map((message) => [message.id, message]));
  const seen = new Set<string>();
  const parentsFirst = messages.every(({ id, parentId }) => {
    seen.add(id);
    return parentId === null || seen.has(parentId);
  });
  const ordered = parentsFirst ? messages : checked.flatMap(({ id }) => byId.get(id) ?? []);
  const places = new Map(ordered.map(({ id }, place) => [id, place]));
  const placeOf = (id: string | null): number | null => {
    if (id === null) return null;
    const place = places.get(id);
    if (place === undefined) throw refuseFile(`${where} names a message that is not in the file.`, id);
    return place;
  };
  return {
    ...rest,
    title: cleanTitle(title, 'New chat'),
    leaf: placeOf(leafId),
    messages: ordered.map(({ id: _id, parentId, editedFrom, ...message }, place) => {
      const edited = placeOf(editedFrom);
      const isAnswer = message.role === 'assistant';
      const { generation, modelId, earlierParts, tokens, thinkingMs } = message;
      if (!isAnswer && (generation ?? modelId ?? tokens ?? thinkingMs ?? earlierParts[0] ?? null) !== null)
        throw refuseFile(`in ${where} a message that no model wrote says how a model wrote it.`);
      if (message.role !== 'user' && message.attachments.length > 0)
        throw refuseFile(`in ${where} a message that is not yours has files attached.`);
      return { ...message, parent: placeOf(parentId), editedFrom: edited === place ? null : edited };
    }),
  };
}
