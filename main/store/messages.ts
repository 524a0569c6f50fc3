// The messages table: a tree by parent, so that an edited turn or a regenerated answer keeps the branch beside it.
// Every write is durable when its function returns.
import type { Database } from 'better-sqlite3';
import type { Generation, Id, Message, MessageStatus, Payload } from '../ipc/contract.ts';
import { AppError } from '../ipc/errors.ts';
import type { ConversationStore } from './conversations.ts';
import { createId } from './id.ts';
import { titleFrom } from './title.ts';

interface Row {
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
}

export interface MessageStore {
  /** The whole tree, oldest first. @throws AppError `not-found` */
  list(conversationId: Id): Message[];
  /** @throws AppError `not-found` where the conversation or the parent is not there */
  append(turn: Payload<'messages:append'>): Message;
  startAnswer(answer: Payload<'answers:start'>): Message;
  /** @throws AppError `not-found` where no such answer is being written */
  saveAnswer(progress: Payload<'answers:save'>): void;
  finishAnswer(end: Payload<'answers:finish'>): Message;
  /** Their writers are gone: answers that are still streaming keep their text and are marked. Returns how many. */
  interruptStreaming(): number;
}

/** The tests check the plans of these. */
export const listMessages = 'SELECT * FROM messages WHERE conversation_id = ? ORDER BY sequence';
export const interruptMessages = `UPDATE messages SET status = 'interrupted' WHERE status = 'streaming'`;

export function createMessageStore(database: Database, conversations: ConversationStore): MessageStore {
  const list = database.prepare(listMessages);
  const select = database.prepare('SELECT * FROM messages WHERE id = ?');
  const insert = database.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, status, created_at, model_id, sampling)
     VALUES (:id, :conversationId, :parentId, :role, :text, :status, :now, :modelId, :sampling)`,
  );
  const earlierUserTurn = database
    .prepare(`SELECT EXISTS (SELECT 1 FROM messages WHERE conversation_id = ? AND role = 'user')`)
    .pluck();
  // An interrupted answer goes on where its writer comes back: a browser's connection may drop for a moment.
  const save = database.prepare(
    `UPDATE messages SET text = ?, seed = ?, status = 'streaming'
     WHERE id = ? AND status IN ('streaming', 'interrupted')`,
  );
  const finish = database.prepare(
    `UPDATE messages SET text = :text, status = :status, seed = :seed, stop_reason = :stopReason, timings = :timings,
     error = :error WHERE id = :id AND status IN ('streaming', 'interrupted')`,
  );
  const interrupt = database.prepare(interruptMessages);

  const get = (id: Id): Message => {
    const row = select.get(id) as Row | undefined;
    if (row === undefined) throw new AppError('not-found', 'That message does not exist any more.');
    return fromRow(row);
  };
  const checkPlace = (conversationId: Id, parentId: Id | null): void => {
    conversations.get(conversationId);
    if (parentId !== null && get(parentId).conversationId !== conversationId)
      throw new AppError('not-found', 'That message is not part of this conversation.');
  };
  const gone = () => new AppError('not-found', 'That answer is not being written any more.');

  return {
    list(conversationId) {
      conversations.get(conversationId);
      return (list.all(conversationId) as Row[]).map(fromRow);
    },
    append: database.transaction(({ conversationId, parentId, role, text }: Payload<'messages:append'>): Message => {
      checkPlace(conversationId, parentId);
      const id = createId();
      const now = Date.now();
      const first = role === 'user' && earlierUserTurn.get(conversationId) === 0;
      insert.run({ id, conversationId, parentId, role, text, status: 'complete', now, modelId: null, sampling: null });
      conversations.grow(conversationId, id);
      if (first) conversations.suggestTitle(conversationId, titleFrom(text));
      return get(id);
    }),
    startAnswer: database.transaction((answer: Payload<'answers:start'>): Message => {
      const { conversationId, parentId, modelId } = answer;
      checkPlace(conversationId, parentId);
      const id = createId();
      const sampling = JSON.stringify(answer.sampling);
      const now = Date.now();
      const fixed = { role: 'assistant', text: '', status: 'streaming' };
      insert.run({ id, conversationId, parentId, now, modelId, sampling, ...fixed });
      conversations.grow(conversationId, id, modelId);
      return get(id);
    }),
    saveAnswer({ id, text, seed }) {
      if (save.run(text, seed, id).changes === 0) throw gone();
    },
    finishAnswer: database.transaction(({ id, timings, error, ...end }: Payload<'answers:finish'>): Message => {
      const { changes } = finish.run({ id, ...end, timings: toJson(timings), error: toJson(error) });
      if (changes === 0) throw gone();
      return get(id);
    }),
    interruptStreaming: () => interrupt.run().changes,
  };
}

const toJson = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));

function fromRow(row: Row): Message {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    parentId: row.parent_id,
    role: row.role,
    text: row.text,
    status: row.status,
    createdAt: row.created_at,
    generation: generationOf(row),
  };
}

function generationOf(row: Row): Generation | null {
  if (row.model_id === null || row.sampling === null) return null;
  return {
    modelId: row.model_id,
    sampling: JSON.parse(row.sampling) as Generation['sampling'],
    seed: row.seed,
    stopReason: row.stop_reason,
    timings: row.timings === null ? null : (JSON.parse(row.timings) as Generation['timings']),
    error: row.error === null ? null : (JSON.parse(row.error) as Generation['error']),
  };
}
