// Brings a database to today's schema, one transaction a migration, after a copy of what was there. Refuses databases of
// a newer version. Must not know what a migration does.
import fs from 'node:fs';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { AppError } from '../ipc/errors.ts';
import { migrations as shipped, type Migration } from './migrations/index.ts';

const backupsKept = 5;

/** Throws where the list was reordered or a number was used twice. */
export function checkOrder(migrations: readonly Migration[]): void {
  migrations.forEach(({ version }, index) => {
    if (!Number.isInteger(version) || version <= (migrations[index - 1]?.version ?? 0))
      throw new Error(`Migration ${version} is out of order: migrations are append-only and their numbers rise.`);
  });
}

export function schemaVersion(database: Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}

/** @throws AppError `database-newer` */
export function refuseNewer(database: Database, migrations: readonly Migration[] = shipped): void {
  const newest = migrations.at(-1)?.version ?? 0;
  const found = schemaVersion(database);
  if (found > newest)
    throw new AppError(
      'database-newer',
      'Your chats were last opened with a newer version of Conclave. Install that version or a later one to read them. Nothing was changed.',
      `Schema ${found}, this version knows ${newest}.`,
    );
}

/**
 * Applies what is missing. An existing database is first copied into `backupFolder`, of which the last few are kept.
 * @throws AppError `database-newer`
 */
export function migrate(database: Database, backupFolder: string, migrations: readonly Migration[] = shipped): void {
  checkOrder(migrations);
  refuseNewer(database, migrations);
  const found = schemaVersion(database);
  const missing = migrations.filter(({ version }) => version > found);
  if (missing.length > 0 && found > 0) backUp(database, backupFolder, found);
  for (const { version, apply } of missing) {
    database
      .transaction(() => {
        apply(database);
        database.pragma(`user_version = ${version}`);
      })
      .exclusive();
  }
}

function backUp(database: Database, folder: string, version: number): void {
  fs.mkdirSync(folder, { recursive: true });
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const file = path.join(folder, `conclave-${time}-schema-${version}.sqlite`);
  try {
    database.prepare('VACUUM INTO ?').run(file);
  } catch (error) {
    fs.rmSync(file, { force: true });
    throw error;
  }
  const copies = fs.readdirSync(folder).filter((name) => /^conclave-.*\.sqlite$/.test(name));
  for (const name of copies.sort().slice(0, -backupsKept)) fs.rmSync(path.join(folder, name), { force: true });
}
