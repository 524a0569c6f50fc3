// The contract over HTTP: what a reply is, and what stands in for one when none comes.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Bridge } from '../../main/ipc/contract.ts';
import { createApi } from '../../renderer/services/api.ts';
import { createWebBridge } from '../../renderer/services/webBridge.ts';

let server: Server;
let bridge: Bridge;
const requests: { url: string; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      requests.push({ url: request.url!, body });
      if (request.url === '/api/settings:get') response.end(JSON.stringify({ ok: true, value: { theme: 'dark' } }));
      else if (request.url === '/api/models:list') response.writeHead(403).end('no');
      else if (request.url === '/api/app:info') response.writeHead(500).end('oops');
      else response.end(JSON.stringify({ ok: false, error: { code: 'disk-full', message: 'The disk is full.' } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  bridge = createWebBridge(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(() => {
  server.close();
});

it('posts the payload and returns the reply', async () => {
  expect(await bridge.request('settings:get', null)).toEqual({ ok: true, value: { theme: 'dark' } });
  expect(requests.at(-1)).toEqual({ url: '/api/settings:get', body: 'null' });
});

it('throws a refusal as an AppError with its code', async () => {
  const api = createApi(bridge);
  await expect(api.call('conversations:delete', { id: 'x' })).rejects.toMatchObject({ code: 'disk-full' });
});

it('has a sentence for every way in which no reply comes', async () => {
  expect(await bridge.request('models:list', null)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  expect(await bridge.request('app:info', null)).toMatchObject({ ok: false, error: { code: 'internal' } });
  const nowhere = createWebBridge('http://127.0.0.1:9/');
  const reply = await nowhere.request('app:info', null);
  expect(!reply.ok && reply.error.message).toContain('does not answer');
});

it('shares one stream of events, and opens it again when it was closed', () => {
  vi.useFakeTimers();
  const opened: FakeEventSource[] = [];
  class FakeEventSource extends EventTarget {
    static readonly CLOSED = 2;
    readyState = 1;
    onopen: (() => void) | null = null;
    onerror: (() => void) | null = null;
    readonly url: string;
    constructor(url: string) {
      super();
      this.url = url;
      opened.push(this);
    }
    send(name: string, data: unknown) {
      this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
    }
    fail(readyState: number) {
      this.readyState = readyState;
      this.onerror?.();
    }
  }
  vi.stubGlobal('EventSource', FakeEventSource);
  try {
    const heard: unknown[] = [];
    const web = createWebBridge('http://127.0.0.1:9/');
    const stop = web.on('menu:command', (event) => heard.push(event));
    web.on('models:opened', (event) => heard.push(event));
    expect(opened.map(({ url }) => url)).toEqual(['http://127.0.0.1:9/api/events']);
    opened[0].send('menu:command', { command: 'new-chat' });
    opened[0].send('models:opened', { modelId: 'a' });
    opened[0].fail(0);
    vi.advanceTimersByTime(60_000);
    expect(opened).toHaveLength(1);
    opened[0].fail(FakeEventSource.CLOSED);
    vi.advanceTimersByTime(60_000);
    expect(opened).toHaveLength(2);
    stop();
    opened[1].send('menu:command', { command: 'toggle-sidebar' });
    opened[1].send('models:opened', { modelId: 'b' });
    expect(heard).toEqual([{ command: 'new-chat' }, { modelId: 'a' }, { modelId: 'b' }]);
  } finally {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  }
});
