// What the engine's tuning has found on this computer: one file in the data folder, as the engine writes it. It can be lost without
// harm, so a file that cannot be read counts as none.
import fs from 'node:fs';
import path from 'node:path';

export interface TuningFile {
  /** Empty where there is none. */
  read: () => string;
  /** In one piece: a crash leaves the old file or the new one. @throws where the disk does not take it */
  write: (text: string) => void;
}

export function createTuningFile(dataFolder: string): TuningFile {
  const file = path.join(dataFolder, 'tuning.json');
  return {
    read() {
      try {
        return fs.readFileSync(file, 'utf8');
      } catch {
        return '';
      }
    },
    write(text) {
      fs.writeFileSync(`${file}.new`, text);
      fs.renameSync(`${file}.new`, file);
    },
  };
}
