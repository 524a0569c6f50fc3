// What was dropped on the window, by what it is for: models for the library, exported chats to import, files to attach.

export interface Dropped {
  models: File[];
  chats: File[];
  files: File[];
}

/** Read of a JSON file to see whether it is an export. */
const headBytes = 65_536;

/** Takes what a drop event brings; the event's own list is empty once its handler has returned. */
export async function sortDropped(items: Iterable<DataTransferItem>): Promise<Dropped> {
  const handed = [...items].flatMap((item) => {
    const file = item.kind === 'file' ? item.getAsFile() : null;
    return file ? [{ file, isFolder: item.webkitGetAsEntry()?.isDirectory === true }] : [];
  });
  const dropped: Dropped = { models: [], chats: [], files: [] };
  for (const { file, isFolder } of handed) {
    if (isFolder || isModelFile(file.name)) dropped.models.push(file);
    else if (/\.json$/i.test(file.name) && isExport(await head(file))) dropped.chats.push(file);
    else dropped.files.push(file);
  }
  return dropped;
}

export const isModelFile = (name: string): boolean => /\.(gguf|safetensors)$/i.test(name);

/** By the names that our own exports, OpenAI's and llama.cpp's begin with; the import then looks at all of it. */
export const isExport = (start: string): boolean =>
  start.includes('"conclave-conversations"') ||
  (start.includes('"mapping"') && start.includes('"parent"')) ||
  (start.includes('"conv"') && start.includes('"messages"'));

async function head(file: File): Promise<string> {
  try {
    return await file.slice(0, headBytes).text();
  } catch {
    return '';
  }
}
