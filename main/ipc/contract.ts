// The whole contract between the app's window and main, as types: used by the handlers, the preload script, the web
// shell and the renderer. Payloads are checked at run time by the schemas beside it (schemas.ts).
import type { FullSampling as Sampling, StopReason, Timings } from '../../engine/protocol.ts';
import type { InstalledModel, LibraryErrorCode, LibraryEvents, LibraryRequests } from './libraryContract.ts';
import type { GlobalKey, SettingsRequests } from './settingsContract.ts';

export type * from './libraryContract.ts';
export type * from './settingsContract.ts';

/** UUIDv7 text: sorts by time of creation. */
export type Id = string;
/** Milliseconds since 1970. */
export type Time = number;

export interface Conversation {
  id: Id;
  title: string;
  /** `auto`: after its first message; `model`: a suggestion of the model; `user`: nothing renames it any more. */
  titleSource: 'auto' | 'model' | 'user';
  modelId: string;
  /** What differs from the model's defaults; kept per conversation. */
  sampling: Partial<Sampling>;
  /** Not named: as the model's template does. */
  thinking?: Thinking;
  /** The last message of the branch that is shown; null while empty. */
  leafId: Id | null;
  pinned: boolean;
  archived: boolean;
  folderId: Id | null;
  createdAt: Time;
  updatedAt: Time;
}

/** How a conversation lets its model think. */
export interface Thinking {
  on?: boolean;
  /** Tokens after which a thought is closed, ≥ 0; not named: no limit. */
  budget?: number;
}

/** What only an open conversation needs; lists leave it out, because it can be long. */
export interface ConversationDetails extends Conversation {
  systemPrompt: string;
}

export interface Folder {
  id: Id;
  name: string;
  /** Conversations in it that are neither archived nor deleted. */
  conversations: number;
}

/** A name for a system prompt, sampling, thinking and a model: applied to a conversation, it is copied into it. */
export interface Preset {
  id: Id;
  name: string;
  systemPrompt: string;
  sampling: Partial<Sampling>;
  /** Not named: leaves it as it is. */
  thinking?: Thinking;
  /** null leaves the conversation's model as it is. */
  modelId: string | null;
}

/** A file that goes with a message, as the text that the model reads of it. */
export interface Attachment {
  name: string;
  text: string;
  /** Of a PDF; null for a file that is text itself. */
  pages: number | null;
  /** As the model that was loaded then counted; null where none was. */
  tokens: number | null;
}

/** What is typed and attached, and not sent yet. */
export interface StoredDraft {
  text: string;
  attachments: Attachment[];
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

/** Half-open ranges of UTF-16 units in the text that they stand beside, in order. */
export type Highlights = [start: number, end: number][];

export interface SearchResult {
  conversation: Conversation;
  titleHighlights: Highlights;
  /** How many of its messages match. */
  matches: number;
  /** The best of them, at most three. */
  messages: SearchMatch[];
}

export interface SearchMatch {
  messageId: Id;
  role: Message['role'];
  createdAt: Time;
  /** The attached file in which it was found; not named: the message itself. */
  file?: { name: string; highlights: Highlights };
  /** A piece of the message, or of the file, on one line. */
  snippet: string;
  highlights: Highlights;
  /** The text goes on before or after the snippet. */
  cutBefore: boolean;
  cutAfter: boolean;
}

export interface SearchPage {
  /** Best first: how well it matches, then how new it is; what only files hold comes last. */
  results: SearchResult[];
  /** Conversations that match. Only the newest 2,000 messages of a very common word are looked at. */
  total: number;
  /** Messages and parts of files that cannot be found yet: after a large import, they are indexed little by little. */
  notIndexed: number;
}

/** Where a page of a list ends: hand it back to get the next one. */
export interface PageEnd {
  updatedAt: Time;
  id: Id;
}

/** A file that is offered to the user for saving. */
export interface ExportedFile {
  name: string;
  mediaType: string;
  text: string;
  /** Answers whose tokens were left out, because the file would have become too large to be imported again. */
  withoutTokens?: number;
}

export interface ImportResult {
  source: 'conclave' | ImportSource;
  /** The new conversations, in the order of the file. */
  conversationIds: Id[];
  messages: number;
  /** Entries of the file that are no turns of a chat (calls of tools, empty or hidden ones), not taken over. */
  leftOut: number;
}

export interface AppInfo {
  version: string;
  shell: 'electron' | 'web';
  platform: string;
  /** The only network that the app can reach: none. */
  offline: boolean;
}

/** Request name → payload and result. Every one answers with `Reply`, never with a thrown error. */
export interface Requests extends LibraryRequests, SettingsRequests {
  'app:info': { payload: null; result: AppInfo };
  'models:list': { payload: null; result: InstalledModel[] };
  /** Newest first, without archived and deleted ones. */
  'conversations:list': { payload: null; result: Conversation[] };
  /** The same in pages, of all or of a folder (null: of none), or the archived ones. `after` is the last page's `end`. */
  'conversations:page': {
    payload: { archived: boolean; folderId?: Id | null; after: PageEnd | null; limit: number };
    result: { conversations: Conversation[]; end: PageEnd | null };
  };
  'conversations:get': { payload: { id: Id }; result: ConversationDetails };
  'conversations:create': {
    payload: {
      modelId: string;
      sampling: Partial<Sampling>;
      systemPrompt?: string;
      folderId?: Id | null;
      thinking?: Thinking;
    };
    result: Conversation;
  };
  'conversations:rename': { payload: { id: Id; title: string }; result: Conversation };
  /** Soft: `restore` brings it back. */
  'conversations:delete': { payload: { id: Id }; result: null };
  'conversations:restore': { payload: { id: Id }; result: Conversation };
  'conversations:setSampling': { payload: { id: Id; sampling: Partial<Sampling> }; result: Conversation };
  'conversations:setThinking': { payload: { id: Id; thinking: Thinking }; result: Conversation };
  'conversations:setLeaf': { payload: { id: Id; leafId: Id }; result: Conversation };
  /** Shows the branch of a message: down to where it was last left, or along the newest messages. */
  'conversations:showBranch': { payload: { id: Id; messageId: Id }; result: Conversation };
  'conversations:setPinned': { payload: { id: Id; pinned: boolean }; result: Conversation };
  'conversations:setArchived': { payload: { id: Id; archived: boolean }; result: Conversation };
  'conversations:setFolder': { payload: { id: Id; folderId: Id | null }; result: Conversation };
  /** Which model answers here from now on; earlier answers keep theirs. */
  'conversations:setModel': { payload: { id: Id; modelId: string }; result: Conversation };
  'conversations:setSystemPrompt': { payload: { id: Id; systemPrompt: string }; result: Conversation };
  /** A title that the model made: kept unless the user has named the conversation. */
  'conversations:suggestTitle': { payload: { id: Id; title: string }; result: Conversation };
  /** The whole tree under a new title, as the newest conversation. */
  'conversations:duplicate': { payload: { id: Id; title: string }; result: Conversation };
  /** JSON holds whole trees (null: of every conversation, archived ones too), Markdown the branches that are shown. */
  'conversations:export': { payload: { ids: Id[] | null; format: 'json' | 'markdown' }; result: ExportedFile };
  /** A file of ours, of OpenAI's export or of llama.cpp's web UI, in pieces: begin, chunk by chunk, finish. */
  'imports:begin': { payload: { byteLength: number }; result: { id: Id } };
  /** The next bytes, at most 4 MiB, as base64. */
  'imports:chunk': { payload: { id: Id; base64: string }; result: null };
  /** Checks the file and takes it over as a whole, or refuses it and changes nothing. */
  'imports:finish': { payload: { id: Id }; result: ImportResult };
  'imports:cancel': { payload: { id: Id }; result: null };
  'search:find': { payload: { query: string; offset: number; limit: number }; result: SearchPage };
  /** By name. */
  'folders:list': { payload: null; result: Folder[] };
  'folders:create': { payload: { name: string }; result: Folder };
  'folders:rename': { payload: { id: Id; name: string }; result: Folder };
  /** Its conversations stay, in no folder: their ids, for `restore`. */
  'folders:delete': { payload: { id: Id }; result: Id[] };
  /** Makes a deleted folder again and puts those of the conversations into it that are in none. */
  'folders:restore': { payload: { id: Id; name: string; conversationIds: Id[] }; result: Folder };
  /** What is not sent yet, of a conversation or (null) of the one that does not exist yet; empty if nothing. */
  'drafts:get': { payload: { conversationId: Id | null }; result: StoredDraft };
  'drafts:set': { payload: { conversationId: Id | null; text: string }; result: null };
  'drafts:attach': { payload: { conversationId: Id | null; attachments: Attachment[] }; result: null };
  /** By name. */
  'presets:list': { payload: null; result: Preset[] };
  /** A new one, where the id is null. */
  'presets:save': { payload: Omit<Preset, 'id'> & { id: Id | null }; result: Preset };
  'presets:delete': { payload: { id: Id }; result: null };
  'presets:apply': { payload: { id: Id; conversationId: Id }; result: ConversationDetails };
  'presets:export': { payload: { ids: Id[] }; result: ExportedFile };
  /** The text of a file of presets; names that are taken get a number. */
  'presets:import': { payload: { text: string }; result: Preset[] };
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

/** Sent by main without being asked. */
export interface Events extends LibraryEvents {
  /** From the menu or a shortcut of the platform. */
  'menu:command': {
    command: 'new-chat' | 'toggle-sampling' | 'toggle-sidebar' | 'search' | 'commands' | 'settings' | 'shortcuts';
  };
  /** The key that was to show the window belongs to another program. */
  'globalKey:refused': { key: GlobalKey };
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
  | 'not-possible' // not in the state in which the conversation is
  | 'not-importable' // a file of another kind, damaged or too large: nothing was taken from it
  | 'not-a-model' // the file opened is not one we can read
  | 'forbidden' // unknown sender or token
  | LibraryErrorCode
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
  /** Where a file lies that was dropped on the window; only a desktop can tell. */
  pathOf?(file: File): string;
}
