import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeFileName } from '../../../main/model-files/ggufFile.ts';
import { openModelFile } from '../../../main/services.ts';
import { codeOf } from '../store/support.ts';
import { ggufBytes, openTestServices } from '../support.ts';

describe('the library', () => {
  test('lists what ships with the app while its files are there', () => {
    const { library, folder } = openTestServices();
    expect(library.list()).toMatchObject([
      {
        id: 'tiny',
        fileName: 'tiny.gguf',
        embedded: true,
        files: [{ name: 'tiny.gguf', url: '/weights/tiny/tiny.gguf', byteLength: 1000 }],
      },
    ]);
    fs.rmSync(path.join(folder, 'models', 'tiny', 'tiny.gguf'));
    expect(library.list()).toEqual([]);
  });

  test('a file opened with the app joins it, becomes the current model, and is listed while it is there', () => {
    const services = openTestServices();
    const file = path.join(services.folder, 'Qwen3-30B-A3B-Q4_K_M.gguf');
    fs.writeFileSync(file, ggufBytes(64));
    const told: unknown[] = [];
    services.events.listen((name, event) => told.push([name, event]));
    openModelFile(services, file);
    openModelFile(services, file);
    const [, model] = services.library.list();
    expect(services.library.list()).toHaveLength(2);
    expect(model).toMatchObject({
      name: 'Qwen3-30B-A3B-Q4_K_M',
      parameters: '30B-A3B',
      quantization: 'Q4_K_M',
      byteLength: 64,
      embedded: false,
    });
    expect(services.store.settings.get().modelId).toBe(model?.id);
    expect(told).toContainEqual(['models:opened', { modelId: model?.id }]);
    expect(services.library.find(model.id, 'Qwen3-30B-A3B-Q4_K_M.gguf')).toBe(fs.realpathSync(file));
    fs.rmSync(file);
    expect(services.library.list()).toHaveLength(1);
    fs.writeFileSync(file, ggufBytes(64));
    expect(services.library.list()).toHaveLength(2);
  });

  test('the file of a model that ships with the app is that model', () => {
    const { library, folder } = openTestServices();
    expect(library.link(path.join(folder, 'models', 'tiny', 'tiny.gguf'))).toBe('tiny');
    expect(library.list()).toHaveLength(1);
  });

  test('a split file is one model, by any of its parts, if all are there', () => {
    const { library, folder } = openTestServices();
    const part = (number: number) => path.join(folder, `big-0000${number}-of-00003.gguf`);
    for (const number of [1, 3]) fs.writeFileSync(part(number), ggufBytes(100 * number));
    expect(codeOf(() => library.link(part(3)))).toBe('not-a-model');
    fs.writeFileSync(part(2), ggufBytes(200));
    const id = library.link(part(3));
    expect(library.link(part(1))).toBe(id);
    expect(library.list()[1]).toMatchObject({ id, name: 'big', byteLength: 600, files: [{}, {}, {}] });
  });

  test.each<[string, Buffer | undefined, RegExp]>([
    ['nothing', undefined, /could not be read/],
    ['a letter', Buffer.from('Dear reader, this is not a model at all.'), /is not a model file/],
    ['an empty file', Buffer.alloc(0), /is not a model file/],
    ['a cut-off header', ggufBytes(10), /cut off/],
    ['a future version', Buffer.from(ggufBytes(100)).fill(9, 4, 5), /version/],
  ])('%s is refused with a sentence', (_, bytes, sentence) => {
    const { library, store, folder } = openTestServices();
    const file = path.join(folder, 'x.gguf');
    if (bytes !== undefined) fs.writeFileSync(file, bytes);
    expect(() => library.link(file)).toThrow(sentence);
    expect(codeOf(() => library.link(file))).toBe('not-a-model');
    expect(codeOf(() => library.link(folder))).toBe('not-a-model');
    expect(store.libraryModels.list()).toEqual([]);
  });

  test('only its own names lead to files', () => {
    const { library } = openTestServices();
    expect(library.find('tiny', 'tiny.gguf')).toBeDefined();
    for (const [id, name, code] of [
      ['tiny', '../tiny/tiny.gguf', 'bad-name'],
      ['tiny', '', 'bad-name'],
      ['tiny', '.', 'bad-name'],
      ['tiny', '/etc/passwd', 'bad-name'],
      ['tiny', 'tiny.gguf\u0000', 'bad-name'],
      ['tiny', 'other.gguf', 'not-found'],
      ['..', 'tiny.gguf', 'not-found'],
      ['', 'tiny.gguf', 'not-found'],
    ])
      expect(codeOf(() => library.find(id, name))).toBe(code);
  });
});

test.each([
  ['Qwen3-0.6B-Q8_0.gguf', '0.6B', 'Q8_0'],
  ['qwen3-235b-a22b-iq4_xs-00001-of-00005.gguf', '235B-A22B', 'IQ4_XS'],
  ['model.BF16.gguf', null, 'BF16'],
  ['notes.gguf', null, null],
])('%s', (name, parameters, quantization) => {
  expect(describeFileName(name)).toMatchObject({ parameters, quantization });
});
