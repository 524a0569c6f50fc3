// The part of the contract that is about conversations: their list and settings, folders, drafts, presets, the search, and files
// of them in and out. Types only; contract.ts takes them in.
import type { FullSampling as Sampling } from '../../engine/protocol.ts';
import type { Attachment, Id, ImportSource, Message, Time } from './messageContract.ts';

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

/** What is typed and attached, and not sent yet. */
export interface StoredDraft {
  text: string;
  attachments: Attachment[];
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

export interface ConversationRequests {
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
}
