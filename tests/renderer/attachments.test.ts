// Files on their way into a message: bytes to text, what a dropped file is for, and what the model reads.
import { describe, expect, it, vi } from 'vitest';
import { decodeText } from '../../renderer/services/decodeText.ts';
import { isExport, isModelFile } from '../../renderer/services/droppedFiles.ts';
import { messageContent } from '../../renderer/state/messageContent.ts';
import { start } from '../support/chatState.ts';

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part))));

describe('bytes as text', () => {
  it('reads UTF-8, UTF-16 with its mark and older Western text, with plain line ends', () => {
    expect(decodeText(bytes('Größe 日本 🦊\r\nend\r'))).toBe('Größe 日本 🦊\nend\n');
    expect(decodeText(bytes([0xef, 0xbb, 0xbf], 'marked'))).toBe('marked');
    expect(decodeText(bytes([0xff, 0xfe, 0x48, 0x00, 0xe9, 0x00]))).toBe('Hé');
    expect(decodeText(bytes([0xfe, 0xff, 0x00, 0x48]))).toBe('H');
    expect(decodeText(bytes('Gr', [0xf6, 0xdf], 'e'))).toBe('Größe');
    expect(decodeText(bytes([0x1b], '[31mred', [0x1b], '[0m\f'))).not.toBeNull();
  });

  it('takes nothing that is no text', () => {
    expect(decodeText(bytes([0x89], 'PNG\r\n', [0x1a, 0, 0]))).toBeNull();
    expect(decodeText(bytes('PK', [3, 4, 20, 0]))).toBeNull();
    expect(decodeText(bytes('half', [0x00], 'text'))).toBeNull();
  });
});

it('tells exports and models from other files', () => {
  expect(isExport('{"format":"conclave-conversations","version"')).toBe(true);
  expect(isExport('[{"title": "x", "mapping": {"a": {"parent": null')).toBe(true);
  expect(isExport('[{"conv": {"id": 1}, "messages": [')).toBe(true);
  expect(isExport('{"name": "package", "messages": 3}')).toBe(false);
  expect([isModelFile('A.GGUF'), isModelFile('m-1.safetensors'), isModelFile('Makefile')]).toEqual([true, true, false]);
});

it('gives the model the files before the words, each by its name', () => {
  const file = { name: 'a "b".txt', text: 'One', pages: null, tokens: null };
  expect(messageContent({ text: 'What?', attachments: [file] })).toBe(
    '<file name="a \'b\'.txt">\nOne\n</file>\n\nWhat?',
  );
  expect(messageContent({ text: '', attachments: [file] })).toBe('<file name="a \'b\'.txt">\nOne\n</file>');
  expect(messageContent({ text: 'What?' })).toBe('What?');
});

describe('attached files', () => {
  async function started() {
    const { app, bridge } = await start();
    return { app, bridge, attachments: app.composer.attachments };
  }

  it('are counted once the model is there, stored with the draft and sent with the message', async () => {
    const { app, bridge, attachments } = await started();
    await attachments.add([new File(['Salt'], 'salt.txt'), new File(['x'.repeat(30)], 'x.txt')]);
    await app.model.ensureLoaded();
    await attachments.count();
    expect(attachments.all.map(({ tokens }) => (tokens ?? 0) > 0)).toEqual([true, true]);
    await vi.waitFor(() => expect(bridge.drafts.get(null)?.attachments).toEqual(attachments.all));
    attachments.remove(attachments.all[1]);
    expect(app.composer.canSend).toBe(true);
    await app.composer.send();
    expect([...bridge.messages.values()][0]).toMatchObject({ text: '', attachments: [{ name: 'salt.txt' }] });
    expect(attachments.all).toEqual([]);
    await vi.waitFor(() => expect(bridge.drafts.get(null)?.attachments).toEqual([]));
    expect(app.chat.thread?.branch[0].attachments).toMatchObject([{ text: 'Salt' }]);
  });

  it('hold a message back while they are read, and say which were refused', async () => {
    const { app, attachments } = await started();
    app.composer.draft = 'Read this';
    const adding = attachments.add([new File([''], 'empty.txt'), new File(['good'], 'good.txt')]);
    expect([attachments.reading, app.composer.canSend]).toEqual([['empty.txt', 'good.txt'], false]);
    await adding;
    expect([attachments.reading, app.composer.canSend]).toEqual([[], true]);
    expect(app.notices.banners).toEqual([{ key: 'attach', message: 'empty.txt is empty.' }]);
    expect(attachments.all).toMatchObject([{ name: 'good.txt' }]);
  });
});
