// app://conclave/ (the built renderer) and weights://model/<id>/<file> (ranged reads of the library). No file outside
// dist/renderer and the library can be named.
import fs from 'node:fs';
import { protocol } from 'electron';
import { appOrigin } from './ipc/electron.ts';
import type { AppErrorData } from './ipc/contract.ts';
import type { Library } from './model-files/library.ts';
import { toAppError } from './ipc/errors.ts';
import { entityTag, parseWeightsPath, weightsPath } from './model-files/protocol.ts';
import { problemPage } from './problemPage.ts';
import { findRendererFile } from './rendererFiles.ts';
import { securityHeaders } from './securityHeaders.ts';

const weightsOrigin = 'weights://model';

export const weightsAddress = (modelId: string, fileName: string): string =>
  `${weightsOrigin}${weightsPath(modelId, fileName)}`;

/** Call before the app is ready. */
export function registerSchemes(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, stream: true };
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { ...privileges, codeCache: true } },
    { scheme: 'weights', privileges },
  ]);
}

/** Serves the app, or in its place a page that says why the chats could not be opened. */
export function serveApp(rendererFolder: string, problem?: { error: AppErrorData; dataFolder: string }): void {
  const pages = problem === undefined ? {} : problemPage(problem.error, problem.dataFolder);
  protocol.handle('app', async (request) => {
    const url = new URL(request.url);
    const headers = securityHeaders(url.pathname, [weightsOrigin]);
    if (url.host !== 'conclave' || request.method !== 'GET') return new Response(null, { status: 404, headers });
    const page = pages[url.pathname];
    if (page !== undefined) return new Response(page.text, { headers: { ...headers, 'content-type': page.type } });
    const file = findRendererFile(rendererFolder, url.pathname);
    if (file === undefined) return new Response(null, { status: 404, headers });
    return new Response(new Uint8Array(await fs.promises.readFile(file.path)), {
      headers: { ...headers, ...file.headers },
    });
  });
}

/** Of Chromium's list of net errors. */
const netErrors = { fileNotFound: -6, accessDenied: -10 };

/**
 * By the older of Electron's two ways: a `protocol.handle` sends every byte through Node's streams, which was half as fast (measured in
 * engine/LOG.md); here Chromium reads the file itself, ranges included, though it answers them with 200. Electron calls it
 * deprecated; the tests in Electron ask for ranges, so that an Electron without it is noticed.
 */
export function serveWeights(library: Pick<Library, 'find'>): void {
  const headers = {
    'access-control-allow-origin': appOrigin,
    'access-control-expose-headers': 'etag',
    'cross-origin-resource-policy': 'cross-origin',
  };
  protocol.registerFileProtocol('weights', ({ url, method }, answer) => {
    const { host, pathname } = new URL(url);
    const name = host === 'model' && method === 'GET' ? parseWeightsPath(pathname) : undefined;
    if (name === undefined) return answer({ error: netErrors.accessDenied });
    try {
      const path = library.find(name.modelId, name.fileName);
      answer({ path, headers: { ...headers, etag: entityTag(fs.statSync(path)) } });
    } catch (thrown) {
      const { code } = toAppError(thrown);
      answer({ error: code === 'not-found' ? netErrors.fileNotFound : netErrors.accessDenied });
    }
  });
}
