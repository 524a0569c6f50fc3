import SqliteDatabase from 'better-sqlite3';
import path from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTestStore } from './support.ts';

test('settings have defaults, and a change is kept', () => {
  const folder = temporaryFolder();
  const store = openTestStore(folder);
  expect(store.settings.get()).toEqual({
    theme: 'system',
    modelId: 'starter-v0',
    samplingPanelOpen: false,
    sidebarOpen: true,
    contextLength: null,
    modelContexts: {},
    modelWeights: {},
    kv: 'f16',
    contextPolicy: 'stop',
    graphicsMemory: null,
    modelTitles: true,
    tuning: 'cached',
    resident: 'auto',
    language: 'system',
    textSize: 'normal',
    globalKey: null,
    keepInTray: false,
  });
  expect(store.settings.set({ theme: 'dark', contextLength: 4096 })).toMatchObject({
    theme: 'dark',
    contextLength: 4096,
  });
  store.close();
  expect(openTestStore(folder).settings.get()).toMatchObject({ theme: 'dark', contextLength: 4096, sidebarOpen: true });
});

test('a value that makes no sense is read as its default', () => {
  const folder = temporaryFolder();
  openTestStore(folder).close();
  const database = new SqliteDatabase(path.join(folder, 'conclave.sqlite'));
  const insert = database.prepare('INSERT INTO settings (key, value) VALUES (?, ?)');
  insert.run('theme', '"purple"');
  insert.run('contextLength', '-5');
  insert.run('kv', '"q4"');
  insert.run('modelContexts', '{"one": 0}');
  insert.run('modelWeights', '{"one": "Q2_K"}');
  insert.run('sidebarOpen', 'false');
  database.close();
  expect(openTestStore(folder).settings.get()).toMatchObject({
    theme: 'system',
    contextLength: null,
    kv: 'f16',
    modelContexts: {},
    modelWeights: {},
    sidebarOpen: false,
  });
});

test('shells keep their own values', () => {
  const { settings } = openTestStore();
  const schema = v.object({ width: v.number() });
  expect(settings.read('window', schema)).toBeUndefined();
  settings.write('window', { width: 800 });
  expect(settings.read('window', schema)).toEqual({ width: 800 });
  settings.write('window', 'large');
  expect(settings.read('window', schema)).toBeUndefined();
});
