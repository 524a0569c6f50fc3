// What the tests of files share: the fixtures, services over a fresh database, and a dump of everything that is in it.
import SqliteDatabase from 'better-sqlite3';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Payload, Reply, RequestName, Result } from '../../../main/ipc/contract.ts';
import { createDispatch } from '../../../main/ipc/handlers.ts';
import { openTestServices } from '../support.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/imports');

export const fixtureBytes = (name: string): Buffer => fs.readFileSync(path.join(fixtures, name));
/** What a test changes at will. */
export type Json = ReturnType<typeof JSON.parse>;
export const fixture = (name: string): Json => JSON.parse(fixtureBytes(name).toString('utf8'));

export function openFiles() {
  const services = openTestServices();
  const dispatch = createDispatch(services);
  const send = <Name extends RequestName>(name: Name, payload: Payload<Name>) =>
    dispatch(name, payload) as Promise<Reply<Result<Name>>>;
  const ask = async <Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Result<Name>> => {
    const reply = await send(name, payload);
    if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message} ${reply.error.detail}`);
    return reply.value;
  };
  /** In pieces of a size, as a window would. */
  const importBytes = async (bytes: Uint8Array, piece = 1000): Promise<Reply<Result<'imports:finish'>>> => {
    const begun = await send('imports:begin', { byteLength: bytes.length });
    if (!begun.ok) return begun;
    const { id } = begun.value;
    for (let start = 0; start < bytes.length; start += piece) {
      const base64 = Buffer.from(bytes.subarray(start, start + piece)).toString('base64');
      const added = await send('imports:chunk', { id, base64 });
      if (!added.ok) return added;
    }
    return send('imports:finish', { id });
  };
  const importValue = (value: unknown) => importBytes(Buffer.from(JSON.stringify(value)), 1_000_000);
  return { services, send, ask, importBytes, importValue, dump: () => dump(services.folder) };
}

/** Every row of every table, indexes of words too, as text; taken from a copy, because the file is locked. */
function dump(folder: string): string {
  const copies = fs.mkdtempSync(path.join(folder, 'dump-'));
  for (const name of ['conclave.sqlite', 'conclave.sqlite-wal'])
    fs.copyFileSync(path.join(folder, 'data', name), path.join(copies, name));
  const database = new SqliteDatabase(path.join(copies, 'conclave.sqlite'));
  try {
    const tables = database
      .prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'virtual' ORDER BY name`)
      .pluck()
      .all() as string[];
    expect(tables).toContain('messages');
    return tables
      .map((table) => JSON.stringify([table, database.prepare(`SELECT * FROM "${table}"`).raw().all()]))
      .join('\n');
  } finally {
    database.close();
  }
}
