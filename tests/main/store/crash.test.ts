// What a call has acknowledged is there after kill -9, at whatever moment it comes, and after the disk was full.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../../main/ipc/contract.ts';
import { openStore } from '../../../main/store/open.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import type { Acknowledged } from './writer.ts';

const writer = path.join(import.meta.dirname, 'writer.ts');
const kills = 20;

/**
 * Runs the writer, kills it a moment after it has acknowledged a number of writes (never where that is undefined), and
 * returns what it printed.
 */
async function write(command: string, args: readonly string[], killAfter = Infinity): Promise<Acknowledged[]> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let killing = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (killing || output.split('\n').length <= killAfter) return;
    killing = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 10);
  });
  await new Promise((resolve) => child.once('close', resolve));
  const whole = output.slice(0, output.lastIndexOf('\n'));
  return whole.split('\n').map((line) => JSON.parse(line) as Acknowledged);
}

/** Opens the database and compares; returns how many answers were found interrupted. */
function check(folder: string, acknowledged: readonly Acknowledged[]): number {
  const store = openStore(folder);
  try {
    const found = new Map<string, Message>();
    for (const { id } of store.conversations.list())
      for (const message of store.messages.list(id)) found.set(message.id, message);
    for (const line of acknowledged) {
      if (line.kind === 'ready' || line.kind === 'failed') continue;
      const message = found.get(line.id);
      expect(message?.conversationId).toBe(line.conversationId);
      // A call that did not come back may still have been stored.
      expect(message?.text.startsWith(line.text)).toBe(true);
      if (line.kind === 'finished' || line.kind === 'turn')
        expect(message).toMatchObject({ status: 'complete', text: line.text });
    }
    const answers = [...found.values()].filter(({ role }) => role === 'assistant');
    expect(answers.filter(({ status }) => status === 'streaming')).toEqual([]);
    return answers.filter(({ status }) => status === 'interrupted').length;
  } finally {
    store.close();
  }
}

test('every acknowledged write is there after a kill at any moment', async () => {
  const folder = temporaryFolder();
  const acknowledged: Acknowledged[] = [];
  let interrupted = 0;
  for (let round = 0; round < kills; round++) {
    acknowledged.push(...(await write(process.execPath, [writer, folder], 1 + Math.random() * 40)));
    interrupted = check(folder, acknowledged);
  }
  expect(acknowledged.filter(({ kind }) => kind === 'partial').length).toBeGreaterThan(kills);
  expect(interrupted).toBeGreaterThan(0);
});

test.skipIf(process.platform === 'win32')(
  'a file that may not grow is a coded error, and what was stored stays',
  async () => {
    const folder = temporaryFolder();
    const acknowledged = await write('bash', [
      '-c',
      `ulimit -f 2048; exec "$0" "$@"`,
      process.execPath,
      writer,
      folder,
    ]);
    expect(acknowledged.at(-1)).toEqual({ kind: 'failed', code: 'disk-full' });
    expect(acknowledged.some(({ kind }) => kind === 'finished')).toBe(true);
    check(folder, acknowledged);
  },
);
