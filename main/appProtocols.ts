// app://conclave/ (the built renderer) and weights://model/<id>/<file> (ranged reads of the library). No file outside
// dist/renderer and the library can be named.
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { protocol } from 'electron';
import { appOrigin } from './ipc/electron.ts';
import type { AppErrorData } from './ipc/contract.ts';
import type { Library } from './model-files/library.ts';
import { parseWeightsPath, readWeights, weightsPath } from './model-files/protocol.ts';
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

export function serveWeights(library: Pick<Library, 'find'>): void {
  const allowed = {
    'access-control-allow-origin': appOrigin,
    'access-control-allow-headers': 'range',
    'access-control-expose-headers': 'accept-ranges, content-length, content-range',
    'cross-origin-resource-policy': 'cross-origin',
  };
  protocol.handle('weights', (request) => {
    const url = new URL(request.url);
    const name = url.host === 'model' ? parseWeightsPath(url.pathname) : undefined;
    if (name === undefined) return new Response(null, { status: 404, headers: allowed });
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: allowed });
    const range = request.headers.get('range');
    const { status, headers, body } = readWeights(library, { method: request.method, range, ...name });
    const stream = body === null ? null : (Readable.toWeb(body) as ReadableStream<Uint8Array>);
    return new Response(stream, { status, headers: { ...headers, ...allowed } });
  });
}
