// What stands behind the contract, put together the same way for every shell.
import path from 'node:path';
import { createEventHub, type EventHub } from './events.ts';
import type { AppInfo, Settings } from './ipc/contract.ts';
import { createLibrary, type Library } from './model-files/library.ts';
import { openStore, type Store } from './store/open.ts';

export interface Services {
  info: AppInfo;
  store: Store;
  library: Library;
  events: EventHub;
  /** A shell puts what it does with changed settings here, such as following the theme. */
  settingsChanged: (settings: Settings) => void;
  /** For a bug report: what went wrong that nobody foresaw. */
  log: (text: string) => void;
}

export interface ServiceOptions {
  version: string;
  shell: AppInfo['shell'];
  /** Where chats and logs are kept. */
  dataFolder: string;
  /** Holds the folders of the models that ship with the app. */
  modelsFolder: string;
  weightsAddress: (modelId: string, fileName: string) => string;
  log: (text: string) => void;
}

/** @throws AppError as `openStore` */
export function openServices(options: ServiceOptions): Services {
  const { version, shell, dataFolder, modelsFolder, weightsAddress, log } = options;
  const store = openStore(path.resolve(dataFolder));
  return {
    info: { version, shell, platform: process.platform, offline: true },
    store,
    library: createLibrary({ linked: store.linkedModels, modelsFolder, weightsAddress }),
    events: createEventHub(),
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
}
