// The web shell as a process: what it prints, and how it ends.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultDataFolder } from '../../../main/web/dataFolder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const entry = path.join(import.meta.dirname, '../../../main/web/main.ts');

function start(...args: string[]) {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.err += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const address = async () => {
    await expect
      .poll(() => output.out, { timeout: 20_000 })
      .toMatch(/^Conclave is at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}\n$/);
    return new URL(output.out.trim().split(' ').at(-1)!);
  };
  return { child, output, ended, address };
}

test('starts on a free port, ends cleanly on a signal, and has let go of the chats', async () => {
  const folder = temporaryFolder();
  const shell = start('--port', '0', '--data', folder);
  const { port } = await shell.address();

  const sameFolder = start('--data', folder);
  expect(await sameFolder.ended).toBe(1);
  expect(sameFolder.output.err).toMatch(/^Another window or program is using the chats in this folder\..*\n$/);

  const samePort = start('--port', port, '--data', temporaryFolder());
  expect(await samePort.ended).toBe(1);
  expect(samePort.output.err).toBe(`Port ${port} is taken by another program. Choose another with --port.\n`);

  shell.child.kill('SIGTERM');
  expect(await shell.ended).toBe(process.platform === 'win32' ? null : 0);
  const again = start('--data', folder);
  await again.address();
  again.child.kill('SIGINT');
  await again.ended;
  expect(fs.readdirSync(folder)).toEqual(['conclave.sqlite']);
});

test.each<[string, (folder: string) => string[], RegExp]>([
  ['no port', () => ['--port', 'abc'], /^The port has to be a number from 0 to 65535\.\n$/],
  ['an unknown option', () => ['--prot', '1'], /^Unknown option '--prot'/],
  ['a file that is no model', (folder) => [path.join(folder, 'a.gguf')], /^a\.gguf is not a model file: .*\n$/],
])('%s is one plain sentence', async (_, args, sentence) => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'a.gguf'), 'Dear reader');
  const shell = start('--data', path.join(folder, 'data'), ...args(folder));
  expect(await shell.ended).toBe(1);
  expect(shell.output.err).toMatch(sentence);
  expect(shell.output.out).toBe('');
});

test('chats are kept where the desktop app keeps them', () => {
  expect(defaultDataFolder('linux', {}, '/home/a')).toBe('/home/a/.config/Conclave');
  expect(defaultDataFolder('linux', { XDG_CONFIG_HOME: '/c' }, '/home/a')).toBe('/c/Conclave');
  expect(defaultDataFolder('darwin', {}, '/Users/a')).toBe('/Users/a/Library/Application Support/Conclave');
});
