// Two programs at once on one models folder: only one of them writes a download, the other says so with a code, and in the end the
// file is right.
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../../../main/store/open.ts';
import { startFaultServer } from '../../../support/faultServer.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { modelBytes, sha256Of } from './support.ts';

const terminal = path.join(import.meta.dirname, '..', '..', '..', '..', 'main', 'terminal', 'main.ts');
const bytes = modelBytes();
const sha256 = sha256Of(bytes);
const chunk = 256 * 1024;

interface Program {
  child: ChildProcess;
  lines: () => { event: string; state?: string; error?: { code: string }; path?: string; sha256?: string }[];
  ended: Promise<number | null>;
}

function start(...args: string[]): Program {
  const child = spawn(process.execPath, [terminal, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return { child, lines, ended };
}

/** A data folder whose models are kept in another's. */
function dataFolder(modelsFolder: string): string {
  const folder = temporaryFolder();
  const store = openStore(folder);
  store.settings.write('modelsFolder', modelsFolder);
  store.close();
  return folder;
}

test('two programs with chats of their own and one models folder: the second one’s download is refused as in use', async () => {
  const server = await startFaultServer({ '/model.gguf': { bytes, etag: '"one"' } });
  let holds = true;
  server.fault = ({ start: first }) =>
    holds && first >= 3 * chunk ? { kind: 'status', status: 503, headers: { 'retry-after': '1' } } : undefined;
  const models = temporaryFolder();
  const add = ['add', `${server.origin}/model.gguf`, '--sha256', sha256, '--data'];
  const first = start(...add, dataFolder(models));
  await expect.poll(() => first.lines().some(({ state }) => state === 'waiting'), { timeout: 20_000 }).toBe(true);

  const second = start(...add, dataFolder(models));
  expect(await second.ended).toBe(1);
  expect(second.lines().at(-1)).toMatchObject({ event: 'error', error: { code: 'in-use' } });

  holds = false;
  expect(await first.ended).toBe(0);
  const result = first.lines().at(-1)!;
  expect(result).toMatchObject({ event: 'result', sha256 });
  expect(sha256Of(fs.readFileSync(result.path!))).toBe(sha256);
});

test('two programs with the same chats: the second one says that they are in use, and harms nothing', async () => {
  const server = await startFaultServer({ '/model.gguf': { bytes, etag: '"one"' } });
  let holds = true;
  server.fault = ({ start: first }) =>
    holds && first >= 3 * chunk ? { kind: 'status', status: 503, headers: { 'retry-after': '1' } } : undefined;
  const data = temporaryFolder();
  const add = ['add', `${server.origin}/model.gguf`, '--sha256', sha256, '--data', data];
  const first = start(...add);
  await expect.poll(() => first.lines().some(({ state }) => state === 'waiting'), { timeout: 20_000 }).toBe(true);
  const second = start(...add);
  expect(await second.ended).toBe(1);
  expect(second.lines().at(-1)).toMatchObject({ event: 'error', error: { code: 'database-locked' } });
  holds = false;
  expect(await first.ended).toBe(0);
  expect(sha256Of(fs.readFileSync(first.lines().at(-1)!.path!))).toBe(sha256);
});
