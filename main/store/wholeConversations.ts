// Conversations as a whole, out of the database and into it: for copies, exports and imports. Ids are made anew; within a
// conversation, messages name each other by their place in the list. Must not know file formats.
import type { Database } from 'better-sqlite3';
import type { FullSampling as Sampling } from '../../engine/protocol.ts';
import type { AnswerPart, Attachment, Conversation, Generation, Id, Message, Thinking, Time } from '../ipc/contract.ts';
import type { AnswerTokenStore } from './answerTokens.ts';
import { createBranches } from './branches.ts';
import type { ConversationStore } from './conversations.ts';
import { createId } from './id.ts';
import type { SearchBacklog } from './searchBacklog.ts';
import { listMessages, toList, toMessage, unknownSampling, type MessageRow } from './messages.ts';

/** More messages than these are indexed for the search afterwards. */
const indexedAtOnce = 500;

export interface WholeConversation {
  title: string;
  titleSource: Conversation['titleSource'];
  modelId: string;
  sampling: Partial<Sampling>;
  thinking?: Thinking;
  systemPrompt: string;
  pinned: boolean;
  archived: boolean;
  /** A folder's name; it is made where there is none of that name. */
  folder: string | null;
  createdAt: Time;
  updatedAt: Time;
  /** Place of the last message that is shown. */
  leaf: number | null;
  /** Parents come before their children. */
  messages: WholeMessage[];
}

export interface WholeMessage {
  /** Place of the parent, and of the message that this one is an edited form of. */
  parent: number | null;
  editedFrom: number | null;
  role: Message['role'];
  text: string;
  attachments: Attachment[];
  status: Exclude<Message['status'], 'streaming'>;
  createdAt: Time;
  /** Of an answer; null for other roles. */
  modelId: string | null;
  importedFrom: Message['importedFrom'];
  generation: Generation | null;
  earlierParts: AnswerPart[];
  /** How long the model thought, where it was measured. */
  thinkingMs?: number;
  /** The record of an answer's tokens as base64, where one was kept. */
  tokens?: string;
}

export interface WholeConversationStore {
  /** @throws AppError `not-found` */
  read(id: Id): WholeConversation;
  /** All or none. Returns the new ids in the same order. A search finds many new messages only some time later. */
  add(conversations: readonly WholeConversation[]): Id[];
  /** A copy under another title, as the newest conversation. @throws AppError `not-found` */
  duplicate(id: Id, title: string): Conversation;
}

export function createWholeConversationStore(
  database: Database,
  conversations: ConversationStore,
  backlog: SearchBacklog,
  answerTokens: AnswerTokenStore,
): WholeConversationStore {
  const rows = database.prepare(listMessages);
  const folderName = database.prepare('SELECT name FROM folders WHERE id = ?').pluck();
  const folderOfName = database.prepare('SELECT id FROM folders WHERE name = ? COLLATE NOCASE ORDER BY id').pluck();
  const insertFolder = database.prepare('INSERT INTO folders (id, name, created_at) VALUES (?, ?, ?)');
  const insertConversation = database.prepare(
    `INSERT INTO conversations (id, title, title_source, model_id, sampling, thinking, system_prompt, pinned, archived,
       folder_id, created_at, updated_at)
     VALUES (:id, :title, :titleSource, :modelId, :sampling, :thinking, :systemPrompt, :pinned, :archived, :folderId, :createdAt,
       :updatedAt)`,
  );
  const insertMessage = database.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, status, created_at, model_id, sampling, seed,
       stop_reason, timings, error, edited_from, imported_from, earlier_parts, attachments, thinking_ms)
     VALUES (:id, :conversationId, :parentId, :role, :text, :status, :createdAt, :modelId, :sampling, :seed, :stopReason,
       :timings, :error, :editedFrom, :importedFrom, :earlierParts, :attachments,
       :thinkingMs)`,
  );
  const lastSequence = database.prepare('SELECT coalesce(max(sequence), 0) FROM messages').pluck();
  const setLeaf = database.prepare('UPDATE conversations SET leaf_id = ? WHERE id = ?');
  const branches = createBranches(database);

  const read = (id: Id): WholeConversation => {
    const { folderId, leafId, ...conversation } = conversations.details(id);
    const { title, titleSource, modelId, sampling, thinking, systemPrompt, pinned, archived, createdAt, updatedAt } =
      conversation;
    const messages = (rows.all(id) as MessageRow[]).map(toMessage);
    const places = new Map(messages.map((message, place) => [message.id, place]));
    const placeOf = (messageId: Id | null) => (messageId === null ? null : (places.get(messageId) ?? null));
    const folder = folderId === null ? null : (folderName.get(folderId) as string);
    return {
      ...{ title, titleSource, modelId, sampling, systemPrompt, pinned, archived, folder, createdAt, updatedAt },
      ...(thinking && { thinking }),
      leaf: placeOf(leafId),
      messages: messages.map(({ role, text, status, createdAt, modelId, importedFrom, generation, ...rest }) => ({
        parent: placeOf(rest.parentId),
        editedFrom: placeOf(rest.editedFrom),
        ...{ role, text, createdAt, modelId, importedFrom, generation },
        status: status === 'streaming' ? 'interrupted' : status,
        earlierParts: rest.earlierParts,
        attachments: rest.attachments,
        ...(rest.thinkingMs !== undefined && { thinkingMs: rest.thinkingMs }),
        ...tokensOf(rest.id),
      })),
    };
  };

  const tokensOf = (id: Id): { tokens?: string } => {
    const tokens = answerTokens.of(id)?.toString('base64');
    return tokens === undefined ? {} : { tokens };
  };

  const folderId = (name: string | null): Id | null => {
    if (name === null) return null;
    const known = folderOfName.get(name) as Id | undefined;
    if (known !== undefined) return known;
    const id = createId();
    insertFolder.run(id, name, Date.now());
    return id;
  };

  const addOne = ({
    folder,
    leaf,
    messages,
    sampling,
    thinking,
    pinned,
    archived,
    ...conversation
  }: WholeConversation): Id => {
    const id = createId();
    const flags = { pinned: Number(pinned), archived: Number(archived) };
    const chosen = { sampling: json(sampling), thinking: json(thinking ?? {}) };
    insertConversation.run({ id, ...conversation, ...flags, ...chosen, folderId: folderId(folder) });
    const ids = messages.map(() => createId());
    const idOf = (place: number | null) => (place === null ? null : ids[place]);
    messages.forEach((message, place) => {
      const { role, text, status, createdAt, generation, earlierParts, importedFrom } = message;
      const isAnswer = role === 'assistant';
      insertMessage.run({
        ...{ id: ids[place], conversationId: id, role, text, status, createdAt, importedFrom },
        parentId: idOf(message.parent),
        editedFrom: idOf(message.editedFrom),
        modelId: isAnswer ? (generation?.modelId ?? message.modelId ?? '') : null,
        sampling: isAnswer ? (json(generation?.sampling) ?? unknownSampling) : null,
        seed: generation?.seed ?? null,
        stopReason: generation?.stopReason ?? null,
        timings: json(generation?.timings),
        error: json(generation?.error),
        earlierParts: toList(earlierParts),
        attachments: toList(message.attachments),
        thinkingMs: message.thinkingMs ?? null,
      });
      if (message.tokens !== undefined) answerTokens.keep(ids[place], 0, Buffer.from(message.tokens, 'base64'));
    });
    const leafId = idOf(leaf);
    if (leafId !== null) {
      setLeaf.run(leafId, id);
      branches.remember(leafId);
    }
    return id;
  };

  const add = database.transaction((all: readonly WholeConversation[]): Id[] => {
    // A message may be an edited form of a later one: looked at when all are there.
    database.pragma('defer_foreign_keys = ON');
    const count = all.reduce((sum, { messages }) => sum + messages.length, 0);
    if (count > indexedAtOnce) backlog.announce((lastSequence.get() as number) + 1, count);
    return all.map(addOne);
  });
  return {
    read,
    add,
    duplicate: database.transaction((id: Id, title: string): Conversation => {
      const whole = read(id);
      // The times of a conversation never go back, so the original's may lie a moment ahead.
      const now = Math.max(Date.now(), whole.updatedAt + 1);
      const copy = { ...whole, title, pinned: false, archived: false, createdAt: now, updatedAt: now };
      const [copyId] = add([{ ...copy, titleSource: 'user' }]);
      return conversations.get(copyId);
    }),
  };
}

const json = (value: object | null | undefined): string | null => (value ? JSON.stringify(value) : null);
