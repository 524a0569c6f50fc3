// Import, verification, the bin, moving the folder: what becomes of files on the disk.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createBin } from '../../../main/model-files/bin.ts';
import { createModelsFolders } from '../../../main/model-files/modelsFolders.ts';
import { moveModels } from '../../../main/model-files/moveModels.ts';
import { realDisk } from '../../../main/model-files/download/disk.ts';
import { openModelFile } from '../../../main/services.ts';
import { writeGguf } from '../../support/gguf.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { tinyMetadata, tinyTensors } from '../../support/tinyModel.ts';
import { openTestServices, type TestServices } from '../support.ts';
import { codeOf } from '../store/support.ts';
import { codeOfRejection, modelBytes, sha256Of } from './download/support.ts';

const fixtures = path.join(import.meta.dirname, '..', '..', 'fixtures');
const bytes = modelBytes(200_000);

function withFile(name = 'My Model-Q8_0.gguf', content: Buffer | Uint8Array = bytes): TestServices & { file: string } {
  const services = openTestServices();
  const file = path.join(services.folder, 'elsewhere', name);
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, content);
  return { ...services, file };
}

const dataModels = ({ folder }: TestServices) => path.join(folder, 'data', 'models');

describe('importing', () => {
  test('linked: the file stays where it is and is served from there', async () => {
    const { models, library, file } = withFile();
    const { model, isNew } = await models.import(file, 'link');
    expect(isNew).toBe(true);
    expect(model).toMatchObject({
      place: 'linked',
      name: 'My Model-Q8_0',
      quantization: 'Q8_0',
      contextLength: 128,
      byteLength: bytes.length,
      problem: null,
    });
    expect(model.shape).toMatchObject({ layerCount: 2, expertCount: 4 });
    expect(library.find(model.id, path.basename(file))).toBe(fs.realpathSync(file));
    expect(library.list()).toHaveLength(2);
  });

  test('copied: it has a folder of its own, and does not need the original', async () => {
    const { models, library, file } = withFile();
    const { model } = await models.import(file, 'copy');
    fs.rmSync(file);
    expect(model).toMatchObject({ id: 'my-model-q8_0', place: 'library' });
    expect(fs.readFileSync(library.paths(model.id)[0].path).equals(bytes)).toBe(true);
    expect(await models.verify(model.id)).toMatchObject({ files: [{ sha256: sha256Of(bytes) }], problem: null });
  });

  test.each(['link', 'copy'] as const)('a duplicate is the model that is there (%s)', async (how) => {
    const { models, library, file } = withFile();
    const first = await models.import(file, how);
    const copy = path.join(path.dirname(file), 'other-name.gguf');
    fs.copyFileSync(file, copy);
    expect(await models.import(copy, 'link')).toMatchObject({ isNew: false, model: { id: first.model.id } });
    expect(await models.import(file, 'copy')).toMatchObject({ isNew: false, model: { id: first.model.id } });
    fs.writeFileSync(copy, modelBytes(bytes.length));
    expect(await models.import(copy, 'link')).toMatchObject({ isNew: true });
    expect(library.list()).toHaveLength(3);
  });

  test('a split model, by any part', async () => {
    const tensors = tinyTensors();
    const half = Math.ceil(tensors.length / 2);
    const split = (no: number) => ({ 'split.no': no, 'split.count': 2, 'split.tensors.count': tensors.length });
    const { models, library, file } = withFile(
      'big-00001-of-00002.gguf',
      writeGguf({ metadata: { ...tinyMetadata(), ...split(0) }, tensors: tensors.slice(0, half) }),
    );
    const second = path.join(path.dirname(file), 'big-00002-of-00002.gguf');
    expect(await codeOfRejection(models.import(file, 'copy'))).toBe('not-a-model');
    fs.writeFileSync(second, writeGguf({ metadata: split(1), tensors: tensors.slice(half) }));
    const { model } = await models.import(second, 'copy');
    expect(model).toMatchObject({ id: 'big', files: [{}, {}], problem: null });
    expect(library.list()[1]?.files.map(({ name }) => name)).toEqual([path.basename(file), path.basename(second)]);
  });

  test('a Hugging Face folder, linked and served file by file', async () => {
    const folder = fs
      .readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
      .find((name) => path.basename(name) === 'config.json');
    const { models, library } = openTestServices();
    const { model } = await models.import(path.dirname(path.join(fixtures, folder!)), 'link');
    const name = path.basename(path.dirname(folder!));
    expect(model).toMatchObject({ name, format: 'hugging-face', place: 'linked', problem: null });
    const [, listed] = library.list();
    expect(listed.files.map(({ name }) => name)).toContain('config.json');
    for (const { name } of listed.files) expect(library.find(model.id, name)).toBeDefined();
  });

  test.each<[string, Uint8Array]>([
    ['a letter', Buffer.from('Dear reader, this is not a model at all.')],
    ['an empty file', Buffer.alloc(0)],
    ['a model that is cut off', bytes.subarray(0, 10_000)],
    [
      'another architecture',
      writeGguf({ metadata: { ...tinyMetadata(), 'general.architecture': 'llama' }, tensors: tinyTensors() }),
    ],
    ['a header that claims 2⁶³ bytes', hugeHeader()],
  ])('%s is refused, and leaves nothing', async (_, content) => {
    const services = withFile('x.gguf', content);
    for (const how of ['link', 'copy'] as const)
      expect(await codeOfRejection(services.models.import(services.file, how))).toBe('not-a-model');
    expect(services.library.models()).toHaveLength(1);
    expect(fs.existsSync(dataModels(services))).toBe(false);
  });

  test('nothing, an empty folder, and a path that is no path', async () => {
    const { models, folder } = openTestServices();
    for (const given of [path.join(folder, 'nothing.gguf'), temporaryFolder(), 'x\u0000y'])
      expect(['not-a-model', 'bad-name']).toContain(await codeOfRejection(models.import(given, 'link')));
  });

  test('what was opened with the app learns its facts from its header', async () => {
    const services = withFile();
    openModelFile(services, services.file);
    await services.models.describe(services.library.list()[1].id);
    expect(services.library.models()[1]).toMatchObject({ contextLength: 128, place: 'linked' });
  });
});

test('a start clears up what a crash left, and reads the headers of what ships with the app', async () => {
  const { models, library, folder, ...services } = withFile();
  const { model } = await models.import(services.file, 'copy');
  const root = path.join(folder, 'data', 'models');
  for (const name of ['.importing', '.moving-x']) {
    fs.mkdirSync(path.join(root, name));
    fs.writeFileSync(path.join(root, name, 'half.gguf'), 'x');
  }
  fs.writeFileSync(path.join(folder, 'models', 'tiny', 'tiny.gguf'), bytes);
  await models.start({ downloads: true });
  expect(fs.readdirSync(root)).toEqual([model.id]);
  expect(library.get('tiny').shape).toMatchObject({ layerCount: 2 });
});

test('a start reads again what was stored in an older form, and keeps what else was known', async () => {
  const golden = new URL('../../fixtures/goldens/moe', import.meta.url).pathname;
  const services = openTestServices();
  const { model } = await services.models.import(golden, 'link');
  const { libraryModels } = services.store;
  const row = libraryModels.get(model.id)!;
  const { quantizedBytes: _, ...shape } = model.shape!;
  libraryModels.put({ ...row, about: { ...(row.about as object), shape, licence: 'Apache 2.0' } });
  expect(services.library.get(model.id).shape).toBeNull();
  await services.models.start({ downloads: true });
  const again = services.library.get(model.id);
  expect(again).toMatchObject({ name: model.name, licence: 'Apache 2.0', shape: model.shape });
  expect(again.shape!.quantizedBytes!.Q8_0).toBeLessThan(again.shape!.weightBytes);
});

test('a link out of the library is not served', async () => {
  const { models, library, file, folder } = withFile();
  const { model } = await models.import(file, 'copy');
  const inside = library.paths(model.id)[0].path;
  const secret = path.join(folder, 'secret.txt');
  fs.writeFileSync(secret, 'x');
  fs.rmSync(inside);
  fs.symlinkSync(secret, inside);
  for (const name of [path.basename(inside), '..', '../x', 'a/b', '', '\u0000'])
    expect(codeOf(() => library.find(model.id, name))).toBe('bad-name');
});

describe('verifying', () => {
  test('a byte that has changed takes the model off offer, until it is right again', async () => {
    const { models, library, file } = withFile();
    const { model } = await models.import(file, 'copy');
    await models.verify(model.id);
    const inside = library.paths(model.id)[0].path;
    const harmed = Buffer.from(bytes);
    harmed[150_000] ^= 1;
    fs.writeFileSync(inside, harmed);
    expect(await codeOfRejection(models.verify(model.id))).toBe('damaged');
    expect(library.list()).toHaveLength(1);
    expect(library.get(model.id).problem).toMatchObject({ code: 'damaged' });
    fs.writeFileSync(inside, bytes);
    expect(await models.verify(model.id)).toMatchObject({ problem: null });
    expect(library.list()).toHaveLength(2);
  });

  test('a file that got shorter is noticed without verifying', async () => {
    const { models, library, file } = withFile();
    const { model } = await models.import(file, 'copy');
    fs.truncateSync(library.paths(model.id)[0].path, 1000);
    expect(library.list()).toHaveLength(1);
    expect(library.get(model.id).problem?.code).toBe('damaged');
  });

  test('an unknown model', async () => {
    expect(await codeOfRejection(openTestServices().models.verify('nope'))).toBe('not-found');
  });
});

describe('removing', () => {
  test('into the bin and back', async () => {
    const services = withFile();
    const { models, library } = services;
    const { model } = await models.import(services.file, 'copy');
    await models.remove(model.id);
    expect(library.list()).toHaveLength(1);
    expect(codeOf(() => library.find(model.id, model.files[0].name))).toBe('not-found');
    expect(await models.state()).toMatchObject({
      removed: [{ id: model.id }],
      disk: { modelBytes: 0, removedBytes: bytes.length },
    });
    expect(await models.restore(model.id)).toMatchObject({ id: model.id, problem: null });
    expect(fs.readFileSync(library.paths(model.id)[0].path).equals(bytes)).toBe(true);
    expect(await models.state()).toMatchObject({ removed: [], disk: { modelBytes: bytes.length, removedBytes: 0 } });
    expect(await codeOfRejection(models.restore(model.id))).toBe('not-found');
  });

  test('a linked model leaves the list, and its file alone', async () => {
    const { models, library, file } = withFile();
    const { model } = await models.import(file, 'link');
    await models.remove(model.id);
    expect(library.list()).toHaveLength(1);
    expect(fs.existsSync(file)).toBe(true);
    await models.restore(model.id);
    expect(library.list()).toHaveLength(2);
  });

  test('what ships with the app stays', async () => {
    const { models, library } = openTestServices();
    expect(await codeOfRejection(models.remove('tiny'))).toBe('forbidden');
    expect(library.list()).toHaveLength(1);
  });

  test('the bin empties into the platform’s after some minutes, and by itself after a month where there is none', async () => {
    const services = withFile();
    const { models, library, store, file } = services;
    const { model } = await models.import(file, 'copy');
    const bin = createBin({ library, rows: store.libraryModels, modelsFolder: () => dataModels(services) });
    await models.remove(model.id);
    const trashed: string[] = [];
    const trash = async (place: string) => {
      trashed.push(place);
      fs.rmSync(place, { recursive: true });
    };
    await bin.tidy(trash, Date.now() + 60_000);
    expect([trashed.length, bin.list().length]).toEqual([0, 1]);
    await bin.tidy(undefined, Date.now() + 29 * 24 * 3_600_000);
    expect(bin.list()).toHaveLength(1);
    await bin.tidy(trash, Date.now() + 11 * 60_000);
    expect([trashed.length, bin.list().length]).toEqual([1, 0]);
  });
});

describe('moving the models folder', () => {
  test('everything is at the new place, and found there', async () => {
    const services = withFile();
    const { models, library, store } = services;
    const { model } = await models.import(services.file, 'copy');
    const to = path.join(temporaryFolder(), 'new place');
    expect(await models.move(to)).toMatchObject({ modelsFolder: to });
    expect(library.paths(model.id)[0].path.startsWith(to)).toBe(true);
    expect(library.list()).toHaveLength(2);
    expect(fs.existsSync(dataModels(services))).toBe(false);
    expect(createModelsFolders(store.settings, services.folder).current()).toBe(to);
  });

  test('a move that was cut off: all models are found meanwhile, and the next start ends it', async () => {
    const services = withFile();
    const { models, library, store, folder } = services;
    const { model } = await models.import(services.file, 'copy');
    const second = path.join(folder, 'second-Q8_0.gguf');
    fs.writeFileSync(second, modelBytes(100_000));
    const { model: other } = await models.import(second, 'copy');
    const to = temporaryFolder();
    createModelsFolders(store.settings, path.join(folder, 'data')).beginMove(to);
    fs.renameSync(path.join(dataModels(services), model.id), path.join(to, model.id));
    expect(library.list().map(({ id }) => id)).toEqual(['tiny', model.id, other.id]);
    await models.start({ downloads: false });
    expect(library.list().map(({ id }) => id)).toEqual(['tiny', model.id, other.id]);
    expect(library.paths(other.id)[0].path.startsWith(to)).toBe(true);
  });

  test('into its own folder, or to where nothing can be written', async () => {
    const services = withFile();
    expect(await codeOfRejection(services.models.move(path.join(dataModels(services), 'below')))).toBe('bad-name');
    expect(await codeOfRejection(services.models.move(path.join(services.file, 'below')))).not.toBe('none');
    expect((await services.models.state()).modelsFolder).toBe(dataModels(services));
  });

  test('what is whole at the target is kept, and its remains go', async () => {
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    fs.mkdirSync(path.join(from, 'a'));
    fs.mkdirSync(path.join(to, 'a'));
    fs.writeFileSync(path.join(to, 'a', 'whole'), 'x');
    fs.mkdirSync(path.join(from, '.removed', 'b'), { recursive: true });
    fs.mkdirSync(path.join(to, '.removed', 'c'), { recursive: true });
    await moveModels({ from, to }, { disk: realDisk, onProgress: () => undefined });
    expect(fs.readdirSync(path.join(to, 'a'))).toEqual(['whole']);
    expect(fs.readdirSync(path.join(to, '.removed')).sort()).toEqual(['b', 'c']);
    expect(fs.existsSync(from)).toBe(false);
  });
});

test('what was used last is remembered, the starter too', async () => {
  const { library } = openTestServices();
  expect(library.models()[0].lastUsedAt).toBeNull();
  library.used('tiny');
  expect(library.models()[0].lastUsedAt).toBeGreaterThan(0);
});

function hugeHeader(): Uint8Array {
  const header = Buffer.from(writeGguf({ metadata: tinyMetadata(), tensors: tinyTensors() }));
  header.writeBigUInt64LE(2n ** 63n, 24);
  return header;
}
