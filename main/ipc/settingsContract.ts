// The part of the contract that is about settings and what is kept beside them. Types only; contract.ts takes them in.
import type { ContextPolicy, QuantizedType, TuningLevel } from '../../engine/protocol.ts';

export interface Settings {
  theme: 'system' | 'light' | 'dark';
  modelId: string;
  samplingPanelOpen: boolean;
  sidebarOpen: boolean;
  /** Tokens of context to reserve; null takes the model's, at most 8,192. */
  contextLength: number | null;
  /** The same for single models, by id. */
  modelContexts?: Record<string, number>;
  /** What weights of floats become while they load, by the model's id; the others stay as they are stored. */
  modelWeights?: Record<string, QuantizedType>;
  /** What keys and values are kept as; the engine's usual if not named. */
  kv?: 'f16' | 'q8';
  /** Bytes of graphics memory, as the user says: WebGPU does not tell. null: not said yet. */
  graphicsMemory?: number | null;
  /** Let the model name new conversations; always there in what main answers. */
  modelTitles?: boolean;
  /** Of the window; `system` if not named. */
  language?: 'system' | 'en' | 'de' | 'zh' | 'ja';
  /** When a conversation fills the context; `stop` if not named. */
  contextPolicy?: ContextPolicy;
  /** How much kernels are tuned when a model is loaded; `retune` becomes `cached` once it is done. */
  tuning?: TuningLevel;
  /** Several layers of a decode step in one dispatch, where that was proven and found to be faster; `auto` if not named. */
  resident?: 'auto' | 'off';
  /** Of what is said in a chat; `normal` if not named. */
  textSize?: 'small' | 'normal' | 'large' | 'largest';
  /** Shows the window from every program; null or not named: none. Of the desktop app. */
  globalKey?: GlobalKey | null;
  /** Windows and Linux: the app lives on in the tray when its window is closed. */
  keepInTray?: boolean;
}

/** As Electron names keys. */
export type GlobalKey = 'CommandOrControl+Shift+Space' | 'Alt+Space' | 'CommandOrControl+Alt+C';

export interface SettingsRequests {
  'settings:get': { payload: null; result: Settings };
  'settings:set': { payload: Partial<Settings>; result: Settings };
  /** What tuning has found on this computer, as the engine writes it; empty where there is nothing. */
  'tuning:get': { payload: null; result: { text: string } };
  'tuning:set': { payload: { text: string }; result: null };
}
