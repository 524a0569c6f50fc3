// The bytes of a file → conversations, or a refusal with a sentence. Finds out by itself which of the three kinds it is.
import type { ImportSource } from '../ipc/contract.ts';
import type { WholeConversation } from '../store/wholeConversations.ts';
import { formatName } from './format.ts';
import { importLlamaCpp, looksLikeLlamaCpp } from './importLlamaCpp.ts';
import { importOpenAi, looksLikeOpenAi } from './importOpenAi.ts';
import { importOwn } from './importOwn.ts';
import { refuseFile } from './refusal.ts';

/** Parsing takes several times as much memory. */
export const largestFile = 200 * 1024 * 1024;

export interface ImportedFile {
  source: 'conclave' | ImportSource;
  conversations: WholeConversation[];
  /** Entries that are no turns of a chat. */
  leftOut: number;
}

/** @throws AppError `not-importable` */
export function checkFileSize(byteLength: number): void {
  if (byteLength === 0) throw refuseFile('the file is empty.');
  if (byteLength > largestFile) {
    const size = Math.ceil(byteLength / 2 ** 20).toLocaleString('en');
    throw refuseFile(`the file is ${size} MB large, and 200 MB is the most that Conclave takes at once.`);
  }
}

/**
 * `modelId` is what conversations of other apps go on with.
 * @throws AppError `not-importable`
 */
export function readImport(bytes: Uint8Array, modelId: string): ImportedFile {
  checkFileSize(bytes.length);
  const file = parse(bytes);
  if (isObject(file) && file['format'] === formatName)
    return { source: 'conclave', conversations: importOwn(file), leftOut: 0 };
  const entries = Array.isArray(file) ? (file as unknown[]) : [file];
  const kinds = [
    { source: 'openai', looksLike: looksLikeOpenAi, read: importOpenAi },
    { source: 'llama.cpp', looksLike: looksLikeLlamaCpp, read: importLlamaCpp },
  ] as const;
  for (const { source, looksLike, read } of kinds) {
    if (entries[0] === undefined || !looksLike(entries[0])) continue;
    const { all, leftOut } = read(entries, modelId);
    return { source, conversations: all, leftOut };
  }
  throw refuseFile(
    'the file is valid JSON, but neither an export of Conclave, nor of ChatGPT (conversations.json), nor of llama.cpp’s web UI.',
  );
}

function parse(bytes: Uint8Array): unknown {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b)
    throw refuseFile('the file is a ZIP archive. Unpack it and import the file conversations.json that is in it.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuseFile('the file is not text in UTF-8, which an export would be.');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuseFile('the file is not valid JSON.', error instanceof Error ? error.message : String(error));
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
