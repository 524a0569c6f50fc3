// The whole contract between the app's window and main, as types: used by the handlers, the preload script, the web
// shell and the renderer. Payloads are checked at run time by the schemas beside it (schemas.ts).
import type { Sampling, StopReason, Timings } from '../../engine/protocol.ts';

/** UUIDv7 text: sorts by time of creation. */
export type Id = string;
/** Milliseconds since 1970. */
export type Time = number;

export interface Conversation {
  id: Id;
  title: string;
  /** `auto` until the user renames it; the first message names it. */
  titleSource: 'auto' | 'user';
  modelId: string;
  /** What differs from the model's defaults; kept per conversation. */
  sampling: Partial<Sampling>;
  /** The last message of the branch that is shown; null while empty. */
  leafId: Id | null;
  createdAt: Time;
  updatedAt: Time;
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
  status: MessageStatus;
  createdAt: Time;
  /** How an answer came about; null for the user's turns. */
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

export interface InstalledModel {
  /** Stable name of the model in the library; the starter's is "starter-v0". */
  id: string;
  name: string;
  fileName: string;
  byteLength: number;
  /** "64M", "30B-A3B": for people. */
  parameters: string | null;
  quantization: string | null;
  contextLength: number | null;
  licence: string | null;
  /** One honest sentence: what it is good for and what not. */
  summary: string | null;
  recommendedSampling: Partial<Sampling>;
  /** Ships with the app. */
  embedded: boolean;
  /** Addresses that answer ranged reads: weights://… in Electron, a path of the web shell in a browser. */
  files: { name: string; url: string; byteLength: number }[];
}

export interface Settings {
  theme: 'system' | 'light' | 'dark';
  modelId: string;
  samplingPanelOpen: boolean;
  sidebarOpen: boolean;
  /** Tokens of context to reserve; null takes the model's, at most 8,192. */
  contextLength: number | null;
}

export interface AppInfo {
  version: string;
  shell: 'electron' | 'web';
  platform: string;
  /** The only network that the app can reach: none. */
  offline: boolean;
}

/** Request name → payload and result. Every one answers with `Reply`, never with a thrown error. */
export interface Requests {
  'app:info': { payload: null; result: AppInfo };
  'settings:get': { payload: null; result: Settings };
  'settings:set': { payload: Partial<Settings>; result: Settings };
  'models:list': { payload: null; result: InstalledModel[] };
  /** Newest first, without deleted ones. */
  'conversations:list': { payload: null; result: Conversation[] };
  'conversations:create': { payload: { modelId: string; sampling: Partial<Sampling> }; result: Conversation };
  'conversations:rename': { payload: { id: Id; title: string }; result: Conversation };
  /** Soft: `restore` brings it back. */
  'conversations:delete': { payload: { id: Id }; result: null };
  'conversations:restore': { payload: { id: Id }; result: Conversation };
  'conversations:setSampling': { payload: { id: Id; sampling: Partial<Sampling> }; result: Conversation };
  'conversations:setLeaf': { payload: { id: Id; leafId: Id }; result: Conversation };
  /** The whole tree, oldest first. */
  'messages:list': { payload: { conversationId: Id }; result: Message[] };
  /** Stores a user's turn and makes it the leaf; titles the conversation when it is the first. */
  'messages:append': {
    payload: { conversationId: Id; parentId: Id | null; role: 'system' | 'user'; text: string };
    result: Message;
  };
  /** Opens an answer with status `streaming` under its user turn and makes it the leaf. */
  'answers:start': {
    payload: { conversationId: Id; parentId: Id; modelId: string; sampling: Sampling };
    result: Message;
  };
  /** What has arrived so far; at least once a second. */
  'answers:save': { payload: { id: Id; text: string; seed: number | null }; result: null };
  'answers:finish': {
    payload: {
      id: Id;
      text: string;
      status: 'complete' | 'stopped' | 'failed';
      seed: number | null;
      stopReason: StopReason | null;
      timings: Timings | null;
      error: { code: string; message: string } | null;
    };
    result: Message;
  };
}

/** Sent by main without being asked. */
export interface Events {
  'models:changed': InstalledModel[];
  /** A file was opened with the app (file association, drop on the icon): load it. */
  'models:opened': { modelId: string };
  /** From the menu or a shortcut of the platform. */
  'menu:command': { command: 'new-chat' | 'toggle-sampling' | 'toggle-sidebar' };
}

export type RequestName = keyof Requests;
export type EventName = keyof Events;
export type Payload<Name extends RequestName> = Requests[Name]['payload'];
export type Result<Name extends RequestName> = Requests[Name]['result'];

/** Every way in which main can refuse; `message` is a sentence for a person. */
export type AppErrorCode =
  | 'invalid-payload' // not of the contract's shape
  | 'not-found' // no such conversation, message or model
  | 'database-newer' // made by a newer version of the app
  | 'database-corrupt' // SQLite cannot read it
  | 'database-locked' // another program holds it
  | 'disk-full' // nothing more can be written
  | 'not-a-model' // the file opened is not one we can read
  | 'forbidden' // unknown sender or token
  | 'internal';

export interface AppErrorData {
  code: AppErrorCode;
  message: string;
  detail?: string;
}

export type Reply<Value> = { ok: true; value: Value } | { ok: false; error: AppErrorData };

/** What the preload script exposes as `window.conclave`, and what the web shell's client provides in a browser. */
export interface Bridge {
  request<Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Reply<Result<Name>>>;
  /** Returns the function that stops listening. */
  on<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void;
}
