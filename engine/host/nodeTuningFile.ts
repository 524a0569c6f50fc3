// The file in which the terminal keeps what tuning has found.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../errors.ts';

/** Empty where there is none yet. @throws EngineError `source-failed` where it is there and cannot be read */
export async function readTuningFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new EngineError('source-failed', `The tuning file ${file} cannot be read.`, String(error));
  }
}

/** In one piece: a crash leaves the old file or the new one. @throws EngineError `source-failed` */
export async function writeTuningFile(file: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  } catch (error) {
    throw new EngineError('source-failed', `The tuning file ${file} cannot be written.`, String(error));
  }
}
