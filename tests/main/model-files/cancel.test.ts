// Verifications and imports that are stopped in the midst, by a request or by Ctrl+C: they end with a code and leave nothing.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDispatch } from '../../../main/ipc/handlers.ts';
import { realDisk, type Disk } from '../../../main/model-files/download/disk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { tinyGguf } from '../../support/tinyModel.ts';
import { codeOfRejection, modelBytes, openDownloadTest } from './download/support.ts';

const terminal = path.join(import.meta.dirname, '..', '..', '..', 'main', 'terminal', 'main.ts');
const large = 600 * 2 ** 20;

/** A model file that takes a while to read, though it takes no space. */
function largeFile(folder: string): string {
  const file = path.join(folder, 'Large-Q8_0.gguf');
  fs.writeFileSync(file, tinyGguf());
  fs.truncateSync(file, large);
  return file;
}

describe('on request', () => {
  test('a copy leaves nothing, and can be made again', async () => {
    let arrived: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (arrived = resolve));
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    const slowDisk: Disk = {
      ...realDisk,
      share: () => Promise.resolve(false),
      async openPart(file) {
        const part = await realDisk.openPart(file);
        return {
          ...part,
          async write(piece, offset) {
            await part.write(piece, offset);
            if (!file.endsWith('.gguf')) return;
            arrived();
            await held;
          },
        };
      },
    };
    const test = openDownloadTest({ disk: slowDisk });
    const file = path.join(test.folder, 'mine.gguf');
    fs.writeFileSync(file, modelBytes(9 * 2 ** 20));
    const copied = codeOfRejection(test.models.import(file, 'copy'));
    await begun;
    expect(await codeOfRejection(test.models.import(file, 'link'))).toBe('in-use');
    const stopped = test.models.cancel(file);
    go();
    await stopped;
    expect(await copied).toBe('stopped');
    expect(fs.readdirSync(path.join(test.folder, 'data', 'models'))).toEqual([]);
    expect(test.library.models()).toHaveLength(1);
    expect(await test.models.import(file, 'copy')).toMatchObject({ isNew: true });
  });

  test('a verification says nothing of the model', async () => {
    const test = openDownloadTest();
    const { model } = await test.models.import(largeFile(test.folder), 'link');
    const begun = new Promise<void>((resolve) => {
      test.events.listen((name) => name === 'library:progress' && resolve());
    });
    const dispatch = createDispatch(test);
    const verified = dispatch('library:verify', { id: model.id });
    await begun;
    expect(await dispatch('library:cancel', { id: model.id })).toEqual({ ok: true, value: null });
    expect(await verified).toMatchObject({ ok: false, error: { code: 'stopped' } });
    expect(test.library.get(model.id)).toMatchObject({ problem: null, verifiedAt: null });
  });

  test('what is not under way cannot be stopped, which does no harm', async () => {
    const { models } = openDownloadTest();
    await models.cancel('tiny');
    await models.cancel('/nowhere/x.gguf');
  });

  test('the end of the app ends it', async () => {
    const test = openDownloadTest();
    const { model } = await test.models.import(largeFile(test.folder), 'link');
    const verified = codeOfRejection(test.models.verify(model.id));
    await test.models.close();
    expect(await verified).toBe('stopped');
  });
});

/** Sends Ctrl+C once a state of that name is told. */
async function interrupted(stage: string, args: readonly string[]): Promise<{ code: number | null; last: unknown }> {
  const child = spawn(process.execPath, [terminal, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (text.includes(`"state":"${stage}"`)) child.kill('SIGINT');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, last: JSON.parse(output.trimEnd().split('\n').at(-1)!) };
}

const stopped = { code: 130, last: { event: 'error', error: { code: 'stopped' } } };

test('Ctrl+C during a copy leaves nothing', async (context) => {
  const data = temporaryFolder();
  const file = largeFile(temporaryFolder());
  if (await realDisk.share(file, path.join(data, 'shared')))
    return context.skip('this file system copies without writing');
  expect(await interrupted('copying', ['add', file, '--copy', '--data', data])).toMatchObject(stopped);
  expect(fs.readdirSync(path.join(data, 'models'))).toEqual([]);
});

test('Ctrl+C during a verification leaves the model as it was', async () => {
  const data = temporaryFolder();
  const file = largeFile(temporaryFolder());
  expect(await interrupted('verifying', ['add', file, '--data', data])).toMatchObject(stopped);
  const { id } = (await interrupted('verifying', ['list', '--data', data])).last as { id: string };
  expect(await interrupted('verifying', ['verify', id, '--data', data])).toMatchObject(stopped);
  expect((await interrupted('verifying', ['list', '--data', data])).last).toMatchObject({ id, problem: null });
});
