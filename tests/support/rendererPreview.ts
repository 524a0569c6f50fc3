// Builds the window around the fake engine and serves it with a fake bridge under the app's content policy, so that it
// can be tested and looked at without main and without a model.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Bridge, RequestName } from '../../main/ipc/contract.ts';
import { securityHeaders } from '../../main/securityHeaders.ts';
import { FakeBridge } from './fakeBridge.ts';

const eventNames = [
  'models:changed',
  'models:opened',
  'menu:command',
  'library:changed',
  'library:progress',
  'downloads:changed',
] as const;
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'dist/renderer-preview');
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export async function buildPreview(): Promise<void> {
  await build({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'renderer'),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
    plugins: [
      {
        name: 'fake-engine-worker',
        enforce: 'pre',
        resolveId: (source) =>
          source.endsWith('services/engineWorker.ts') ? join(root, 'tests/support/startFakeEngineWorker.ts') : null,
      },
    ],
  });
}

export interface Preview<Behind extends Bridge = FakeBridge> {
  address: string;
  bridge: Behind;
  close: () => void;
}

/** Serves what buildPreview made; each preview has a store of its own. */
export async function servePreview(): Promise<Preview>;
export async function servePreview<Behind extends Bridge>(bridge: Behind): Promise<Preview<Behind>>;
export async function servePreview(bridge: Bridge = new FakeBridge()): Promise<Preview<Bridge>> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': open\n\n');
      for (const name of eventNames)
        bridge.on(name, (event) => response.write(`event: ${name}\ndata: ${JSON.stringify(event)}\n\n`));
    } else if (path.startsWith('/api/')) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const payload = JSON.parse(Buffer.concat(chunks).toString('utf8')) as never;
        void bridge.request(path.slice('/api/'.length) as RequestName, payload).then((reply) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify(reply));
        });
      });
    } else {
      const file = join(folder, normalize(path === '/' ? '/index.html' : path));
      readFile(file).then(
        (body) => {
          response.writeHead(200, {
            'content-type': types[extname(file)] ?? 'application/octet-stream',
            ...securityHeaders(path),
          });
          response.end(body);
        },
        () => response.writeHead(404).end(),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    bridge,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
