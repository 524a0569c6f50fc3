// The model that ships with the project, for tests: its checkpoint, tokenizer and chat template.
import { readFileSync } from 'node:fs';
import type { Checkpoint } from '../../engine/format/checkpoint.ts';
import { openCheckpoint } from '../../engine/format/openCheckpoint.ts';
import { folderFiles } from './folderFiles.ts';

const folder = new URL('../../models/starter/', import.meta.url);

export const starterPath = new URL('starter-v0.q4_k_m.gguf', folder).pathname;

export const openStarter = (): Promise<Checkpoint> => openCheckpoint(folderFiles(starterPath));

/** A JSON file beside the model. */
export const readStarterJson = <Content>(name: string): Content =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Content;

export interface Golden {
  prompts: { messages: { role: string; content: string }[]; text: string; ids: number[] }[];
}
