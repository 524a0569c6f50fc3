// Services in a fresh folder, with small model files in place of the starter.
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createTuningFile } from '../../main/tuningFile.ts';
import { createEventHub } from '../../main/events.ts';
import { createLibrary } from '../../main/model-files/library.ts';
import { createModels, type ModelsOptions } from '../../main/model-files/models.ts';
import { createModelsFolders } from '../../main/model-files/modelsFolders.ts';
import type { EmbeddedModel } from '../../main/model-files/catalogue.ts';
import { weightsPath } from '../../main/model-files/protocol.ts';
import type { Services } from '../../main/services.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { openTestStore } from './store/support.ts';

export const testModel: EmbeddedModel = {
  id: 'tiny',
  name: 'Tiny',
  folder: 'tiny',
  embedded: true,
  files: [{ name: 'tiny.gguf', byteLength: 1000, sha256: '0'.repeat(64) }],
  parameters: '1K',
  quantization: 'F32',
  contextLength: 64,
  licence: 'None',
  summary: 'It says nothing.',
  recommendedSampling: { temperature: 0.5 },
};

/** The bytes of a file that passes for a GGUF of version 3; byte n after the header is n mod 251. */
export function ggufBytes(length = 1000): Buffer {
  const bytes = Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
  bytes.write('GGUF', 0, 'latin1');
  bytes.writeUInt32LE(3, 4);
  return bytes;
}

export interface TestServices extends Services {
  folder: string;
  /** What was logged. */
  logged: string[];
}

export interface TestOptions extends Pick<ModelsOptions, 'catalogue' | 'disk' | 'retry' | 'timeouts'> {
  folder?: string;
}

export function openTestServices({ folder = temporaryFolder(), ...options }: TestOptions = {}): TestServices {
  const modelsFolder = path.join(folder, 'models');
  fs.mkdirSync(path.join(modelsFolder, 'tiny'), { recursive: true });
  fs.writeFileSync(path.join(modelsFolder, 'tiny', 'tiny.gguf'), ggufBytes());
  const store = openTestStore(path.join(folder, 'data'));
  const weightsAddress = (modelId: string, fileName: string) => `/weights${weightsPath(modelId, fileName)}`;
  const logged: string[] = [];
  const events = createEventHub();
  const rows = store.libraryModels;
  const folders = createModelsFolders(store.settings, path.join(folder, 'data'));
  const library = createLibrary({
    rows,
    embeddedFolder: modelsFolder,
    modelsFolders: () => folders.all(),
    weightsAddress,
    embedded: [testModel],
  });
  const models = createModels({ library, rows, settings: store.settings, folders, events, ...options });
  onTestFinished(() => models.close());
  return {
    folder,
    logged,
    info: { version: '1.2.3', shell: 'web', platform: 'test', offline: true },
    store,
    library,
    models,
    tuning: createTuningFile(folder),
    events,
    desktop: undefined,
    settingsChanged: () => undefined,
    log: (text) => logged.push(text),
  };
}
