// Names that a server gives (Content-Disposition, the address where redirects end) are never taken: a file is called by the
// address that was asked for, and parts of a split one by its rule.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startFaultServer } from '../../../support/faultServer.ts';
import { codeOfRejection, modelBytes, openDownloadTest } from './support.ts';

test('neither Content-Disposition nor the end of a redirect names the file', async () => {
  const bytes = modelBytes(300_000);
  const server = await startFaultServer();
  const headers = { 'content-disposition': 'attachment; filename="../../evil.gguf"' };
  const location = `${server.origin}/..%2F..%2Fother.gguf`;
  server.files.set('/good.gguf', { bytes, redirect: { location, headers } });
  server.files.set('/..%2F..%2Fother.gguf', { bytes, headers });
  const test = openDownloadTest();
  const id = await test.fetch(`${server.origin}/good.gguf`);
  expect(test.library.paths(id).map(({ name }) => name)).toEqual(['good.gguf']);
  const models = path.join(test.folder, 'data', 'models');
  expect(fs.readdirSync(models).sort()).toEqual(['.downloads', 'good']);
  expect(fs.readdirSync(path.join(models, 'good'))).toEqual(['good.gguf']);
});

test.each([
  ['/x-00001-of-99999.gguf', 'bad-address'],
  ['/x-00001-of-00000.gguf', 'bad-address'],
  ['/..%2Fx-00001-of-00002.gguf', 'bad-name'],
  ['/x%0A-00001-of-00002.gguf', 'bad-name'],
  ['/%2Fetc%2Fpasswd', 'bad-name'],
  ['/C%3A%5Cx.gguf', 'bad-name'],
])('the address %s is refused before anything is asked', async (asked, code) => {
  const server = await startFaultServer();
  const test = openDownloadTest();
  expect(await codeOfRejection(test.fetch(server.origin + asked))).toBe(code);
  expect(server.asked).toEqual([]);
  expect(test.models.downloads.list()).toEqual([]);
});
