// What the command line of the desktop app says: `[--data DIR] [FILE.gguf …]`. Chromium's own switches pass by.
import fs from 'node:fs';
import path from 'node:path';

export interface AppArguments {
  /** Absolute; undefined takes the platform's. */
  dataFolder: string | undefined;
  /** Absolute paths of the files to open. */
  files: string[];
}

/** `packaged`: every file named is meant to be opened; otherwise the app's own folder or script stands among them. */
export function readAppArguments(args: readonly string[], cwd: string, packaged: boolean): AppArguments {
  let dataFolder: string | undefined;
  const files: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index];
    if (argument === '--data') dataFolder = args[++index];
    else if (argument.startsWith('--data=')) dataFolder = argument.slice('--data='.length);
    else if (!argument.startsWith('-')) files.push(path.resolve(cwd, argument));
  }
  const isFile = (file: string) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  return {
    dataFolder: dataFolder === undefined || dataFolder === '' ? undefined : path.resolve(cwd, dataFolder),
    files: files.filter((file) => /\.gguf$/i.test(file) || (packaged && isFile(file))),
  };
}
