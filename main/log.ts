// Errors that nobody foresaw, in a file that the user can attach to a bug report. Never holds what was said in a chat.
import fs from 'node:fs';
import path from 'node:path';

const largestBytes = 1024 * 1024;

/** Returns a function that appends one entry; a full disk must not bring the app down, so it never throws. */
export function createLog(folder: string, echo: (text: string) => void = console.error): (text: string) => void {
  const file = path.join(folder, 'main.log');
  return (text) => {
    echo(text);
    try {
      fs.mkdirSync(folder, { recursive: true });
      if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestBytes)
        fs.renameSync(file, path.join(folder, 'main.old.log'));
      fs.appendFileSync(file, `${new Date().toISOString()} ${text}\n`);
    } catch (error) {
      echo(`The log could not be written: ${String(error)}`);
    }
  };
}
