// The whole contract between the app's window and main, as types: used by the handlers, the preload script, the web
// shell and the renderer. Payloads are checked at run time by the schemas beside it (schemas.ts).
import type { ConversationRequests } from './conversationContract.ts';
import type { InstalledModel, LibraryErrorCode, LibraryEvents, LibraryRequests } from './libraryContract.ts';
import type { MessageRequests } from './messageContract.ts';
import type { GlobalKey, SettingsRequests } from './settingsContract.ts';

export type * from './conversationContract.ts';
export type * from './libraryContract.ts';
export type * from './messageContract.ts';
export type * from './settingsContract.ts';

export interface AppInfo {
  version: string;
  shell: 'electron' | 'web';
  platform: string;
  /** Always true: the window can reach no network. */
  offline: boolean;
}

/** Request name → payload and result, of all parts. Every one answers with `Reply`, never with a thrown error. */
export interface Requests extends ConversationRequests, LibraryRequests, MessageRequests, SettingsRequests {
  'app:info': { payload: null; result: AppInfo };
  'models:list': { payload: null; result: InstalledModel[] };
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
