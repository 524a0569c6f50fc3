// The settings table: a JSON value a key, checked when it is read; what is missing or unreadable is its default.
import type { Database } from 'better-sqlite3';
import * as v from 'valibot';
import { quantizedTypes } from '../../engine/protocol.ts';
import type { Settings } from '../ipc/contract.ts';

const byModel = <Schema extends v.GenericSchema>(value: Schema) =>
  v.pipe(
    v.record(v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)), value),
    v.check((values) => Object.keys(values).length <= 1000),
  );
const contextTokens = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31));

/** The app's settings as the contract names them. */
export const settingsEntries = {
  theme: v.picklist(['system', 'light', 'dark']),
  modelId: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
  samplingPanelOpen: v.boolean(),
  sidebarOpen: v.boolean(),
  contextLength: v.nullable(contextTokens),
  modelContexts: byModel(contextTokens),
  modelWeights: byModel(v.picklist(quantizedTypes)),
  kv: v.picklist(['f16', 'q8']),
  graphicsMemory: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 50))),
  modelTitles: v.boolean(),
  language: v.picklist(['system', 'en', 'de', 'zh', 'ja']),
  contextPolicy: v.picklist(['stop', 'dropOldest']),
  tuning: v.picklist(['off', 'cached', 'missing', 'retune']),
  resident: v.picklist(['auto', 'off']),
  textSize: v.picklist(['small', 'normal', 'large', 'largest']),
  globalKey: v.nullable(v.picklist(['CommandOrControl+Shift+Space', 'Alt+Space', 'CommandOrControl+Alt+C'])),
  keepInTray: v.boolean(),
};

const defaults = {
  theme: 'system',
  modelId: 'starter-v0',
  samplingPanelOpen: false,
  sidebarOpen: true,
  contextLength: null,
  modelContexts: {},
  modelWeights: {},
  kv: 'f16',
  graphicsMemory: null,
  modelTitles: true,
  language: 'system',
  contextPolicy: 'stop',
  tuning: 'cached',
  resident: 'auto',
  textSize: 'normal',
  globalKey: null,
  keepInTray: false,
} satisfies Settings;

export interface SettingsStore {
  get(): Settings;
  set(changes: Partial<Settings>): Settings;
  /** For what a shell keeps to itself, such as the window's place; undefined where nothing usable is stored. */
  read<Value>(key: string, schema: v.GenericSchema<unknown, Value>): Value | undefined;
  write(key: string, value: unknown): void;
}

export function createSettingsStore(database: Database): SettingsStore {
  const select = database.prepare('SELECT value FROM settings WHERE key = ?').pluck();
  const upsert = database.prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );

  const read = <Value>(key: string, schema: v.GenericSchema<unknown, Value>): Value | undefined => {
    const json = select.get(key) as string | undefined;
    if (json === undefined) return undefined;
    const parsed = v.safeParse(schema, JSON.parse(json));
    return parsed.success ? parsed.output : undefined;
  };
  const write = (key: string, value: unknown): void => void upsert.run(key, JSON.stringify(value));
  const get = (): Settings => ({
    theme: read('theme', settingsEntries.theme) ?? defaults.theme,
    modelId: read('modelId', settingsEntries.modelId) ?? defaults.modelId,
    samplingPanelOpen: read('samplingPanelOpen', settingsEntries.samplingPanelOpen) ?? defaults.samplingPanelOpen,
    sidebarOpen: read('sidebarOpen', settingsEntries.sidebarOpen) ?? defaults.sidebarOpen,
    contextLength: read('contextLength', settingsEntries.contextLength) ?? defaults.contextLength,
    modelContexts: read('modelContexts', settingsEntries.modelContexts) ?? defaults.modelContexts,
    modelWeights: read('modelWeights', settingsEntries.modelWeights) ?? defaults.modelWeights,
    kv: read('kv', settingsEntries.kv) ?? defaults.kv,
    graphicsMemory: read('graphicsMemory', settingsEntries.graphicsMemory) ?? defaults.graphicsMemory,
    modelTitles: read('modelTitles', settingsEntries.modelTitles) ?? defaults.modelTitles,
    language: read('language', settingsEntries.language) ?? defaults.language,
    contextPolicy: read('contextPolicy', settingsEntries.contextPolicy) ?? defaults.contextPolicy,
    tuning: read('tuning', settingsEntries.tuning) ?? defaults.tuning,
    resident: read('resident', settingsEntries.resident) ?? defaults.resident,
    textSize: read('textSize', settingsEntries.textSize) ?? defaults.textSize,
    globalKey: read('globalKey', settingsEntries.globalKey) ?? defaults.globalKey,
    keepInTray: read('keepInTray', settingsEntries.keepInTray) ?? defaults.keepInTray,
  });
  const set = database.transaction((changes: Partial<Settings>): Settings => {
    for (const [key, value] of Object.entries(changes)) write(key, value);
    return get();
  });
  return { get, set, read, write };
}
