// Presets keep how the model thinks: null leaves it as it is. Answers keep how long it thought, in milliseconds.
import type { Database } from 'better-sqlite3';

export function keepThinking(database: Database): void {
  database.exec(`
    ALTER TABLE presets ADD COLUMN thinking TEXT CHECK (json_valid(thinking));
    ALTER TABLE messages ADD COLUMN thinking_ms INTEGER;
  `);
}
