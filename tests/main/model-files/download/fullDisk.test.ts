// Disks that fill up: in a part, in the manifest, in the log, in a copy, and a real small one. All stops cleanly with a code, chats are
// untouched, and with room again all goes on with what is there.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realDisk, type Disk } from '../../../../main/model-files/download/disk.ts';
import { startFaultServer, type FaultServer } from '../../../support/faultServer.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { codeOfRejection, modelBytes, openDownloadTest, sha256Of, type DownloadTest } from './support.ts';

const bytes = modelBytes();
const sha256 = sha256Of(bytes);
const file = '/tiny.gguf';

async function serve(): Promise<{ server: FaultServer; address: string }> {
  const server = await startFaultServer({ [file]: { bytes, etag: '"one"' } });
  return { server, address: server.origin + file };
}

interface Room {
  /** Whether so many bytes more can be written to a file of this name. */
  has: (name: string, byteLength: number) => boolean;
  spare: number;
}

/** A disk with the room that it is told, and without shared copies. */
function fullDisk(room: Room): Disk {
  const need = (place: string, byteLength: number): void => {
    if (room.has(path.basename(place), byteLength)) return;
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return {
    async openPart(place) {
      const part = await realDisk.openPart(place);
      return {
        ...part,
        async write(piece, offset) {
          need(place, piece.length);
          await part.write(piece, offset);
        },
      };
    },
    async replaceFile(place, text) {
      need(place, text.length);
      await realDisk.replaceFile(place, text);
    },
    share: () => Promise.resolve(false),
    spareBytes: () => Promise.resolve(room.spare),
  };
}

/** Of every file together. */
function onlyRoomFor(byteLength: number): Room['has'] {
  return (_, more) => (byteLength -= more) >= 0;
}

/** Fails from the given write to a file of this name on. */
function failsAt(name: string, write: number): Room['has'] {
  return (asked) => asked !== name || --write > 0;
}

const downloadsIn = ({ folder }: DownloadTest) => path.join(folder, 'data', 'models', '.downloads');

test('a full disk is seen before the first byte', async () => {
  const { server, address } = await serve();
  const test = openDownloadTest({ disk: fullDisk({ has: () => true, spare: bytes.length - 1 }) });
  expect(await codeOfRejection(test.fetch(address, sha256))).toBe('disk-full');
  expect(server.asked.filter(({ start, end }) => end - start > 3)).toEqual([]);
  expect(test.models.downloads.list()).toMatchObject([{ problem: { code: 'disk-full' } }]);
});

test.each<[string, () => Room['has']]>([
  ['in the midst of the file', () => onlyRoomFor(1_000_000)],
  ['with the first manifest', () => failsAt('manifest.json', 1)],
  ['with the manifest that knows the server', () => failsAt('manifest.json', 2)],
  ['with the manifest of a verified file', () => failsAt('manifest.json', 3)],
  ['with the first line of the log', () => failsAt('chunks.log', 1)],
  ['with a later line of the log', () => failsAt('chunks.log', 3)],
])('a disk that is full %s stops a download cleanly, and it goes on when there is room', async (_, has) => {
  const { address } = await serve();
  const room = { has: has(), spare: Infinity };
  const test = openDownloadTest({ disk: fullDisk(room) });
  const conversation = test.store.conversations.create('tiny', {});
  expect(await codeOfRejection(test.fetch(address, sha256))).toBe('disk-full');
  expect(test.library.list()).toHaveLength(1);
  room.has = () => true;
  expect(test.bytesOf(await test.fetch(address, sha256)).equals(bytes)).toBe(true);
  expect(fs.readdirSync(downloadsIn(test))).toEqual([]);
  expect(test.store.conversations.list()).toMatchObject([{ id: conversation.id }]);
});

test('a disk that is full during a copy: the copy leaves nothing, and the original stays', async () => {
  const room = { has: onlyRoomFor(1_000_000), spare: Infinity };
  const test = openDownloadTest({ disk: fullDisk(room) });
  const original = path.join(test.folder, 'mine.gguf');
  fs.writeFileSync(original, bytes);
  expect(await codeOfRejection(test.models.import(original, 'copy'))).toBe('disk-full');
  expect(fs.readdirSync(path.join(test.folder, 'data', 'models'))).toEqual([]);
  expect(test.library.models()).toHaveLength(1);
  room.has = () => true;
  const { model } = await test.models.import(original, 'copy');
  expect(test.bytesOf(model.id).equals(bytes)).toBe(true);
  expect(fs.readFileSync(original).equals(bytes)).toBe(true);
});

/** undefined where this user may not mount one. */
function smallFileSystem(megabytes: number): string | undefined {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' }));
  return folder;
}

describe('a real small file system', () => {
  test('a download without a length, and a copy, stop before chats have no room', async (context) => {
    const folder = smallFileSystem(8);
    if (folder === undefined) return context.skip('this user may not mount a file system');
    const large = modelBytes(16 * 2 ** 20);
    const server = await startFaultServer({ '/large.gguf': { bytes: large, ranges: false, chunked: true } });
    const test = openDownloadTest({ folder });
    expect(await codeOfRejection(test.fetch(`${server.origin}/large.gguf`))).toBe('disk-full');
    const original = path.join(temporaryFolder(), 'large.gguf');
    fs.writeFileSync(original, large);
    expect(await codeOfRejection(test.models.import(original, 'copy'))).toBe('disk-full');
    expect(test.library.list()).toHaveLength(1);
    expect(fs.readdirSync(path.join(folder, 'data', 'models'))).toEqual(['.downloads']);
    const { id } = test.store.conversations.create('tiny', {});
    test.store.messages.append({ conversationId: id, parentId: null, role: 'user', text: 'Is there still room?' });
    expect(test.store.messages.list(id)).toMatchObject([{ text: 'Is there still room?' }]);
  });
});
