// What stands behind the contract, put together the same way for every shell.
import path from 'node:path';
import { createEventHub, type EventHub } from './events.ts';
import type { AppInfo, Settings } from './ipc/contract.ts';
import { createLibrary, type Library } from './model-files/library.ts';
import { patientRetry, type RetryRules } from './model-files/download/pace.ts';
import { createModels, type Models } from './model-files/models.ts';
import { createModelsFolders } from './model-files/modelsFolders.ts';
import { openStore, type Store } from './store/open.ts';
import { createTuningFile, type TuningFile } from './tuningFile.ts';

/** What only a desktop can do. */
export interface Desktop {
  /** Asks for files or a folder; null where nothing was chosen. */
  choose: (kind: 'file' | 'folder') => Promise<string[] | null>;
  reveal: (file: string) => void;
  /** Moves into the platform's bin. */
  trash: (path: string) => Promise<void>;
}

export interface Services {
  info: AppInfo;
  store: Store;
  library: Library;
  models: Models;
  tuning: TuningFile;
  events: EventHub;
  /** undefined in the web shell and in the terminal. */
  desktop: Desktop | undefined;
  /** A shell puts what it does with changed settings here, such as following the theme. */
  settingsChanged: (settings: Settings) => void;
  /** For a bug report: what went wrong that nobody foresaw. */
  log: (text: string) => void;
}

export interface ServiceOptions {
  version: string;
  shell: AppInfo['shell'];
  /** Where chats, logs and, unless the user has chosen another folder, models are kept. */
  dataFolder: string;
  /** Holds the folders of the models that ship with the app. */
  modelsFolder: string;
  weightsAddress: (modelId: string, fileName: string) => string;
  desktop?: Desktop;
  /** How long downloads keep trying; very long unless given. */
  retry?: RetryRules;
  log: (text: string) => void;
}

/** @throws AppError as `openStore` */
export function openServices(options: ServiceOptions): Services {
  const { version, shell, modelsFolder, weightsAddress, log } = options;
  const dataFolder = path.resolve(options.dataFolder);
  const store = openStore(dataFolder);
  const events = createEventHub();
  const folders = createModelsFolders(store.settings, dataFolder);
  const rows = store.libraryModels;
  const library = createLibrary({
    rows,
    embeddedFolder: modelsFolder,
    modelsFolders: () => folders.all(),
    weightsAddress,
  });
  return {
    info: { version, shell, platform: process.platform, offline: true },
    store,
    library,
    models: createModels({
      library,
      rows,
      settings: store.settings,
      folders,
      events,
      retry: options.retry ?? patientRetry,
    }),
    tuning: createTuningFile(dataFolder),
    events,
    desktop: options.desktop,
    settingsChanged: () => undefined,
    log,
  };
}

/**
 * Takes a model file that was opened with the app into the library, makes it the current model and tells the window.
 * @throws AppError `not-a-model`
 */
export function openModelFile(services: Services, file: string): void {
  const modelId = services.library.link(file);
  services.store.settings.set({ modelId });
  services.events.emit('models:changed', services.library.list());
  services.events.emit('models:opened', { modelId });
  void services.models.describe(modelId);
}
