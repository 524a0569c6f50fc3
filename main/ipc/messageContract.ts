// The part of the contract that is about messages: the user's, the model's answers while they are written, and what is
// recorded of their tokens. Types only; contract.ts takes them in.
import type { FullSampling as Sampling, StopReason, Timings } from '../../engine/protocol.ts';

/** UUIDv7 text: sorts by time of creation. */
export type Id = string;
/** Milliseconds since 1970. */
export type Time = number;

/** A file that goes with a message, as the text that the model reads of it. */
export interface Attachment {
  name: string;
  text: string;
  /** Of a PDF; null for a file that is text itself. */
  pages: number | null;
  /** As the model that was loaded then counted; null where none was. */
  tokens: number | null;
}

/** `streaming` while it is written; after a crash it is found as `interrupted`. User turns are always `complete`. */
export type MessageStatus = 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';

export interface Message {
  id: Id;
  conversationId: Id;
  /** null for the first message of a branch that starts the conversation. */
  parentId: Id | null;
  role: 'system' | 'user' | 'assistant';
  /** As generated: thinking stands between <think> and </think>. */
  text: string;
  /** Of a user's turn, in their order; the model reads them before its text. */
  attachments: Attachment[];
  status: MessageStatus;
  createdAt: Time;
  /** How an answer came about; null for the user's turns and for text that was edited or imported. */
  generation: Generation | null;
  /** Who wrote an answer, also where nothing else is known of it; null for the user's turns. */
  modelId: string | null;
  /** The message that this one is an edited form of. */
  editedFrom: Id | null;
  /** The app whose file it came from. */
  importedFrom: ImportSource | null;
  /** An answer that was continued: where each earlier part ends (UTF-16 units) and how it came about, oldest first. */
  earlierParts: AnswerPart[];
  /** How long its model thought; not named where nothing was measured. */
  thinkingMs?: number;
}

/** What is recorded of an answer's tokens from one on; it takes the place of what was stored from there on. */
export interface TokenPiece {
  /** Place of the first token in the answer. */
  from: number;
  /** engine/generate/tokenRecord.ts as base64, at most 4 MiB */
  record: string;
}

export type ImportSource = 'openai' | 'llama.cpp';

export interface AnswerPart {
  textLength: number;
  generation: Generation | null;
}

export interface Generation {
  modelId: string;
  sampling: Sampling;
  /** The seed that was used, also where the setting was "random"; null until the engine has drawn it. */
  seed: number | null;
  stopReason: StopReason | null;
  timings: Timings | null;
  error: { code: string; message: string } | null;
}

export interface MessageRequests {
  /** The whole tree, oldest first. */
  'messages:list': { payload: { conversationId: Id }; result: Message[] };
  /** Stores a user's turn and makes it the leaf; titles the conversation when it is the first. */
  'messages:append': {
    payload: {
      conversationId: Id;
      parentId: Id | null;
      role: 'system' | 'user';
      text: string;
      attachments?: Attachment[];
    };
    result: Message;
  };
  /** Another message beside a finished one, with other text and the same attachments: the leaf from now on. */
  'messages:edit': { payload: { id: Id; text: string }; result: Message };
  /** Opens an answer with status `streaming` under its user turn and makes it the leaf. */
  'answers:start': {
    payload: { conversationId: Id; parentId: Id; modelId: string; sampling: Sampling };
    result: Message;
  };
  /**
   * Opens an answer that has ended, and that nothing follows, to be continued: the same message, `streaming` again, its
   * text kept. What is saved from then on is the whole text.
   */
  'answers:reopen': { payload: { id: Id; modelId: string; sampling: Sampling }; result: Message };
  /** What has arrived so far; at least once a second. */
  'answers:save': {
    payload: { id: Id; text: string; seed: number | null; thinkingMs?: number; tokens?: TokenPiece };
    result: null;
  };
  'answers:finish': {
    payload: {
      id: Id;
      text: string;
      status: 'complete' | 'stopped' | 'failed';
      seed: number | null;
      stopReason: StopReason | null;
      timings: Timings | null;
      error: { code: string; message: string } | null;
      /** Left out, what is stored stays. */
      thinkingMs?: number;
      tokens?: TokenPiece;
    };
    result: Message;
  };
  /** The record of an answer's tokens as base64, piece behind piece; null where none was kept. */
  'answers:tokens': { payload: { id: Id }; result: string | null };
}
