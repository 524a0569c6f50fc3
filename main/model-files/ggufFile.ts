// What main looks at in a GGUF file before it joins the library: the header's first bytes and the words in its name.
// The engine reads the rest.
import fs from 'node:fs';
import path from 'node:path';
import { AppError } from '../ipc/errors.ts';

const headerBytes = 24;
const knownVersions: readonly number[] = [2, 3];

/** @throws AppError `not-a-model`, with what is wrong and the file's name */
export function checkGgufHeader(file: string): void {
  const name = path.basename(file);
  const header = Buffer.alloc(headerBytes);
  let length: number;
  try {
    const descriptor = fs.openSync(file, 'r');
    try {
      length = fs.readSync(descriptor, header);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    throw new AppError('not-a-model', `${name} could not be read. Check that the file is still there.`, String(error));
  }
  if (header.toString('latin1', 0, 4) !== 'GGUF')
    throw new AppError('not-a-model', `${name} is not a model file: Conclave opens GGUF files.`);
  if (length < headerBytes) throw new AppError('not-a-model', `${name} is cut off. Download or copy it again.`);
  const version = header.readUInt32LE(4);
  if (!knownVersions.includes(version))
    throw new AppError('not-a-model', `${name} is a GGUF file of a version that Conclave does not read.`, `${version}`);
}

/** "m-00002-of-00003.gguf" → the names of all three parts, in order; any other name → itself. */
export function partNames(fileName: string): string[] {
  const split = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(fileName);
  if (split === null) return [fileName];
  const [, stem, , total] = split;
  const five = (value: number) => String(value).padStart(5, '0');
  return Array.from({ length: Number(total) }, (_, index) => `${stem}-${five(index + 1)}-of-${total}.gguf`);
}

/** The words that publishers put into file names, such as "Qwen3-30B-A3B-Q4_K_M.gguf". */
export function describeFileName(fileName: string): {
  name: string;
  parameters: string | null;
  quantization: string | null;
} {
  const name = fileName.replace(/\.gguf$/i, '').replace(/-\d{5}-of-\d{5}$/, '');
  const parameters = /(?:^|[-_.])(\d+(?:\.\d+)?[BM](?:-A\d+(?:\.\d+)?B)?)(?=$|[-_.])/i.exec(name);
  const quantization = /(?:^|[-_.])((?:I?Q\d[A-Z0-9_]*)|BF16|F16|F32|MXFP4)(?=$|[-.])/i.exec(name);
  return {
    name,
    parameters: parameters?.[1]?.toUpperCase() ?? null,
    quantization: quantization?.[1]?.toUpperCase() ?? null,
  };
}
