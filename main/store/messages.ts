// The messages table: a tree by parent, so that an edited turn or a regenerated answer keeps the branch beside it.
// Every write is durable when its function returns.
import type { Database } from 'better-sqlite3';
import type {
  AnswerPart,
  Attachment,
  Generation,
  Id,
  ImportSource,
  Message,
  MessageStatus,
  Payload,
  TokenPiece,
} from '../ipc/contract.ts';
import { AppError } from '../ipc/errors.ts';
import type { AnswerTokenStore } from './answerTokens.ts';
import type { ConversationStore } from './conversations.ts';
import { createId } from './id.ts';
import { titleFrom } from './title.ts';

/** A row of the table as the contract's message is made from it. */
export interface MessageRow {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: Message['role'];
  text: string;
  status: MessageStatus;
  created_at: number;
  model_id: string | null;
  sampling: string | null;
  seed: number | null;
  stop_reason: Generation['stopReason'];
  timings: string | null;
  error: string | null;
  edited_from: string | null;
  imported_from: ImportSource | null;
  earlier_parts: string | null;
  attachments: string | null;
  thinking_ms: number | null;
}

/** In the place of sampling values where nothing is known of how an answer came about. */
export const unknownSampling = '{}';

export interface MessageStore {
  /** The whole tree, oldest first. @throws AppError `not-found` */
  list(conversationId: Id): Message[];
  /** @throws AppError `not-found` where the conversation or the parent is not there */
  append(turn: Payload<'messages:append'>): Message;
  /** A sibling with other text and the same attachments. @throws AppError `not-found`, `not-possible` while the message is being written */
  edit(change: Payload<'messages:edit'>): Message;
  startAnswer(answer: Payload<'answers:start'>): Message;
  /** @throws AppError `not-found`, `not-possible` where it is being written, no answer, or followed by a message */
  reopenAnswer(answer: Payload<'answers:reopen'>): Message;
  /** @throws AppError `not-found` where no such answer is being written */
  saveAnswer(progress: Payload<'answers:save'>): void;
  finishAnswer(end: Payload<'answers:finish'>): Message;
  /** The record of its tokens as base64; null where there is none. @throws AppError `not-found` */
  tokensOf(id: Id): string | null;
  /** Their writers are gone: answers that are still streaming keep their text and are marked. Returns how many. */
  interruptStreaming(): number;
}

/** The tests check the plans of these. */
export const listMessages = 'SELECT * FROM messages WHERE conversation_id = ? ORDER BY sequence';
export const interruptMessages = `UPDATE messages SET status = 'interrupted' WHERE status = 'streaming'`;

export function createMessageStore(
  database: Database,
  conversations: ConversationStore,
  answerTokens: AnswerTokenStore,
): MessageStore {
  const list = database.prepare(listMessages);
  const select = database.prepare('SELECT * FROM messages WHERE id = ?');
  const insert = database.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, status, created_at, model_id, sampling, attachments)
     VALUES (:id, :conversationId, :parentId, :role, :text, :status, :now, :modelId, :sampling, :attachments)`,
  );
  const insertEdited = database.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, status, created_at, model_id, sampling, edited_from,
       attachments)
     SELECT :id, conversation_id, parent_id, role, :text, 'complete', :now, model_id,
       iif(sampling IS NULL, NULL, '${unknownSampling}'), id, attachments
     FROM messages WHERE id = :from`,
  );
  const reopen = database.prepare(
    `UPDATE messages SET status = 'streaming', model_id = :modelId, sampling = :sampling, seed = NULL,
     stop_reason = NULL, timings = NULL, error = NULL, earlier_parts = :earlierParts WHERE id = :id`,
  );
  const hasChildren = database.prepare('SELECT EXISTS (SELECT 1 FROM messages WHERE parent_id = ?)').pluck();
  const earlierUserTurn = database
    .prepare(`SELECT EXISTS (SELECT 1 FROM messages WHERE conversation_id = ? AND role = 'user')`)
    .pluck();
  // An interrupted answer goes on where its writer comes back: a browser's connection may drop for a moment.
  const save = database.prepare(
    `UPDATE messages SET text = :text, seed = :seed, status = 'streaming',
     thinking_ms = coalesce(:thinkingMs, thinking_ms) WHERE id = :id AND status IN ('streaming', 'interrupted')`,
  );
  const finish = database.prepare(
    `UPDATE messages SET text = :text, status = :status, seed = :seed, stop_reason = :stopReason, timings = :timings,
     error = :error, thinking_ms = coalesce(:thinkingMs, thinking_ms) WHERE id = :id AND status IN ('streaming', 'interrupted')`,
  );
  const interrupt = database.prepare(interruptMessages);

  const get = (id: Id): Message => {
    const row = select.get(id) as MessageRow | undefined;
    if (row === undefined) throw new AppError('not-found', 'That message does not exist any more.');
    return toMessage(row);
  };
  const checkPlace = (conversationId: Id, parentId: Id | null): void => {
    conversations.get(conversationId);
    if (parentId !== null && get(parentId).conversationId !== conversationId)
      throw new AppError('not-found', 'That message is not part of this conversation.');
  };
  const keepTokens = (id: Id, tokens: TokenPiece | undefined): void => {
    if (tokens !== undefined) answerTokens.keep(id, tokens.from, Buffer.from(tokens.record, 'base64'));
  };
  const gone = () => new AppError('not-found', 'That answer is not being written any more.');

  return {
    list(conversationId) {
      conversations.get(conversationId);
      return (list.all(conversationId) as MessageRow[]).map(toMessage);
    },
    append: database.transaction((turn: Payload<'messages:append'>): Message => {
      const { conversationId, parentId, role, text, attachments = [] } = turn;
      checkPlace(conversationId, parentId);
      const id = createId();
      const now = Date.now();
      const first = role === 'user' && earlierUserTurn.get(conversationId) === 0;
      const place = { id, conversationId, parentId, now };
      const words = { role, text, attachments: toList(attachments) };
      insert.run({ ...place, ...words, status: 'complete', modelId: null, sampling: null });
      conversations.grow(conversationId, id);
      if (first) conversations.suggestTitle(conversationId, titleFrom(text || (attachments[0]?.name ?? '')), 'auto');
      return get(id);
    }),
    startAnswer: database.transaction((answer: Payload<'answers:start'>): Message => {
      const { conversationId, parentId, modelId } = answer;
      checkPlace(conversationId, parentId);
      const id = createId();
      const sampling = JSON.stringify(answer.sampling);
      const now = Date.now();
      const fixed = { role: 'assistant', text: '', status: 'streaming', attachments: null };
      insert.run({ id, conversationId, parentId, now, modelId, sampling, ...fixed });
      conversations.grow(conversationId, id, modelId);
      return get(id);
    }),
    edit: database.transaction(({ id: from, text }: Payload<'messages:edit'>): Message => {
      const { conversationId, status } = get(from);
      conversations.get(conversationId);
      if (status === 'streaming') throw notPossible('That answer is still being written. Stop it, then edit it.');
      const id = createId();
      insertEdited.run({ id, from, text, now: Date.now() });
      conversations.grow(conversationId, id);
      return get(id);
    }),
    reopenAnswer: database.transaction(({ id, modelId, sampling }: Payload<'answers:reopen'>): Message => {
      const { conversationId, role, status, text, generation, earlierParts } = get(id);
      conversations.get(conversationId);
      if (role !== 'assistant') throw notPossible('Only an answer of the model can be continued.');
      if (status === 'streaming') throw notPossible('That answer is still being written.');
      if (hasChildren.get(id) !== 0)
        throw notPossible('The conversation already goes on after that answer. Regenerate it to get another one.');
      const parts: AnswerPart[] = [...earlierParts, { textLength: text.length, generation }];
      reopen.run({ id, modelId, sampling: JSON.stringify(sampling), earlierParts: JSON.stringify(parts) });
      conversations.grow(conversationId, id, modelId);
      return get(id);
    }),
    saveAnswer: database.transaction(({ tokens, thinkingMs, ...progress }: Payload<'answers:save'>): void => {
      const { id } = progress;
      if (save.run({ ...progress, thinkingMs: thinkingMs ?? null }).changes === 0) throw gone();
      keepTokens(id, tokens);
    }),
    finishAnswer: database.transaction((answer: Payload<'answers:finish'>): Message => {
      const { id, timings, error, tokens, thinkingMs = null, ...end } = answer;
      const { changes } = finish.run({ id, ...end, thinkingMs, timings: toJson(timings), error: toJson(error) });
      if (changes === 0) throw gone();
      keepTokens(id, tokens);
      return get(id);
    }),
    tokensOf(id) {
      get(id);
      return answerTokens.of(id)?.toString('base64') ?? null;
    },
    interruptStreaming: () => interrupt.run().changes,
  };
}

const notPossible = (sentence: string) => new AppError('not-possible', sentence);
const toJson = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
/** As the columns hold lists that are mostly empty. */
export const toList = (values: readonly object[]): string | null =>
  values.length === 0 ? null : JSON.stringify(values);
export const fromList = <Value>(column: string | null): Value[] =>
  column === null ? [] : (JSON.parse(column) as Value[]);

/** A row as the contract has it. */
export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    parentId: row.parent_id,
    role: row.role,
    text: row.text,
    attachments: fromList<Attachment>(row.attachments),
    status: row.status,
    createdAt: row.created_at,
    generation: generationOf(row),
    modelId: row.model_id,
    editedFrom: row.edited_from,
    importedFrom: row.imported_from,
    earlierParts: fromList<AnswerPart>(row.earlier_parts),
    ...(row.thinking_ms !== null && { thinkingMs: row.thinking_ms }),
  };
}

function generationOf(row: MessageRow): Generation | null {
  if (row.model_id === null || row.sampling === null || row.sampling === unknownSampling) return null;
  return {
    modelId: row.model_id,
    sampling: JSON.parse(row.sampling) as Generation['sampling'],
    seed: row.seed,
    stopReason: row.stop_reason,
    timings: row.timings === null ? null : (JSON.parse(row.timings) as Generation['timings']),
    error: row.error === null ? null : (JSON.parse(row.error) as Generation['error']),
  };
}
