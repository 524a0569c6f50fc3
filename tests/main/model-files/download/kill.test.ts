// kill -9 at random moments of a download in the terminal: the same command goes on, fetches no finished chunk again, and never
// is anything else offered than the right file. CONCLAVE_KILLS sets how often.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { chunkBytesFor } from '../../../../main/model-files/download/transferContext.ts';
import { openStore } from '../../../../main/store/open.ts';
import { startFaultServer } from '../../../support/faultServer.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { modelBytes, sha256Of } from './support.ts';

const terminal = path.join(import.meta.dirname, '..', '..', '..', '..', 'main', 'terminal', 'main.ts');
const kills = Number(process.env['CONCLAVE_KILLS'] ?? 8);
// Long enough that most of the kills come before its end.
const bytes = modelBytes(1_500_000 * kills);
const sha256 = sha256Of(bytes);
const chunk = chunkBytesFor(bytes.length);

interface Run {
  code: number | null;
  lines: Record<string, unknown>[];
}

/** Runs the terminal; kills it `killAfterMs` after its first state, where that is given. */
async function run(args: readonly string[], killAfterMs = Infinity): Promise<Run> {
  const child = spawn(process.execPath, [terminal, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '' && killAfterMs < Infinity) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const whole = output.slice(0, output.lastIndexOf('\n') + 1).split('\n');
  return { code, lines: whole.filter((line) => line !== '').map((line) => JSON.parse(line)) };
}

test(
  `a download that is killed ${kills} times ends with the right bytes`,
  async () => {
    const server = await startFaultServer({ '/model.gguf': { bytes, etag: '"one"' } });
    const pieces = Math.ceil(chunk / 24);
    server.fault = ({ start, end }) => (end - start > 3 ? { kind: 'drip', bytes: pieces, everyMs: 4 } : undefined);
    const data = temporaryFolder();
    const models = path.join(data, 'models');
    const add = ['add', `${server.origin}/model.gguf`, '--sha256', sha256, '--data', data, '--json'];
    const finished = new Set<number>();
    let killed = 0;
    for (let round = 0; round < kills; round++) {
      const from = server.asked.length;
      const { code } = await run(add, Math.random() * 250);
      if (code === null) killed++;
      const asked = server.asked.slice(from).filter(({ start, end }) => end - start > 3);
      expect(asked.filter(({ start }) => finished.has(Math.floor(start / chunk)))).toEqual([]);
      for (const index of chunksIn(models)) finished.add(index);
      expectNothingWrong(data);
      if (code === 0) break;
    }
    expect(killed).toBeGreaterThan(0);

    const from = server.asked.length;
    server.fault = () => undefined;
    const { code, lines } = await run(add);
    const asked = server.asked.slice(from).filter(({ start, end }) => end - start > 3);
    expect(asked.filter(({ start }) => finished.has(Math.floor(start / chunk)))).toEqual([]);
    expect(code).toBe(0);
    const result = lines.at(-1) as { event: string; path: string; sha256: string; bytes: number; id: string };
    expect(result).toMatchObject({ event: 'result', id: 'model', bytes: bytes.length, sha256 });
    expect(sha256Of(fs.readFileSync(result.path))).toBe(sha256);
    expect(fs.readdirSync(path.join(models, '.downloads'))).toEqual([]);
    expect((await run(['verify', 'model', '--data', data, '--json'])).code).toBe(0);
  },
  60_000 + kills * 5_000,
);

/** Indices of the chunks that an unfinished download has kept. */
function chunksIn(models: string): number[] {
  const downloads = path.join(models, '.downloads');
  if (!fs.existsSync(downloads)) return [];
  return fs.readdirSync(downloads).flatMap((id) => {
    const log = path.join(downloads, id, 'chunks.log');
    if (!fs.existsSync(log)) return [];
    const lines = fs.readFileSync(log, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as [number, number])[1]);
  });
}

/** Whatever the library has, it is the file. */
function expectNothingWrong(data: string): void {
  const store = openStore(data);
  try {
    for (const { id, files } of store.libraryModels.list())
      for (const file of files)
        expect(sha256Of(fs.readFileSync(path.join(data, 'models', id, file.path)))).toBe(sha256);
  } finally {
    store.close();
  }
}
