// Where models are kept, as the settings remember it: also in the midst of a move from one folder to another.
import path from 'node:path';
import * as v from 'valibot';
import type { SettingsStore } from '../store/settings.ts';

/** Where models are kept: the data folder's own, or the one that the user has chosen. */
export interface ModelsFolders {
  current(): string;
  /** The current one, and the one that its models are moving to. */
  all(): readonly string[];
  beginMove(to: string): void;
  endMove(): void;
  /** The target of a move that was cut off. */
  unfinished(): string | undefined;
}

export function createModelsFolders(settings: SettingsStore, dataFolder: string): ModelsFolders {
  const read = (key: string) => settings.read(key, v.nullable(v.string())) ?? undefined;
  const current = () => read('modelsFolder') ?? path.join(dataFolder, 'models');
  const unfinished = () => read('modelsFolderMove');
  return {
    current,
    unfinished,
    all: () => [current(), unfinished()].filter((folder) => folder !== undefined),
    beginMove: (to) => settings.write('modelsFolderMove', to),
    endMove() {
      settings.write('modelsFolder', unfinished() ?? current());
      settings.write('modelsFolderMove', null);
    },
  };
}
