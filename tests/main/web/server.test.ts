import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startWebShell } from '../../../main/web/server.ts';
import { startTurn } from '../store/support.ts';
import { ggufBytes, openTestServices } from '../support.ts';

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

async function open() {
  const services = openTestServices();
  const rendererFolder = path.join(services.folder, 'renderer');
  fs.mkdirSync(path.join(rendererFolder, 'assets'), { recursive: true });
  fs.writeFileSync(path.join(rendererFolder, 'index.html'), '<title>Conclave</title>');
  fs.writeFileSync(path.join(rendererFolder, 'assets', 'a.js'), 'export {};');
  fs.writeFileSync(path.join(services.folder, 'secret.txt'), 'secret');
  const shell = await startWebShell({ services, rendererFolder, port: 0 });
  onTestFinished(() => shell.close());
  const cookie = `conclave-${shell.port}=${shell.token}`;

  /** A raw request: `fetch` would tidy paths and refuse to set a Host. */
  const raw = (target: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET', body?: string) =>
    new Promise<Answer>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: shell.port, path: target, method, headers, agent: false };
      const request = http.request(options, (response) => {
        const { statusCode = 0, headers: given } = response;
        text(response).then((all) => resolve({ status: statusCode, headers: given, body: all }), reject);
      });
      request.on('error', reject).end(body);
    });
  const get = (target: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') =>
    raw(target, { cookie, ...headers }, method);
  const post = (name: string, body: string, headers: http.OutgoingHttpHeaders = {}) =>
    raw(`/api/${name}`, { cookie, 'content-type': 'application/json', ...headers }, 'POST', body);
  return { services, shell, cookie, raw, get, post };
}

describe('who may come in', () => {
  test('the printed address lets a browser in once, and a cookie from then on', async () => {
    const { shell, raw } = await open();
    expect(shell.address).toBe(`http://127.0.0.1:${shell.port}/?token=${shell.token}`);
    const first = await raw(`/?token=${shell.token}`);
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
    const [set] = first.headers['set-cookie'] ?? [];
    expect(set).toMatch(/; HttpOnly; SameSite=Strict/);
    const second = await raw('/', { cookie: set?.split(';')[0] });
    expect(second).toMatchObject({ status: 200, body: '<title>Conclave</title>' });
  });

  test.each([
    '/',
    '/assets/a.js',
    '/api/app:info',
    '/api/events',
    '/weights/tiny/tiny.gguf',
    '/?token=',
    '/?token=x',
    '/x',
  ])('%s is refused without the token', async (target) => {
    const { raw } = await open();
    const answer = await raw(target);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    expect((await raw(target, { cookie: 'conclave=x; other=y' })).status).toBe(403);
  });

  test('a request is refused without the token whatever it would do', async () => {
    const { raw, services } = await open();
    const body = '{"modelId":"tiny","sampling":{}}';
    const answer = await raw('/api/conversations:create', { 'content-type': 'application/json' }, 'POST', body);
    expect(answer.status).toBe(403);
    expect(services.store.conversations.list()).toEqual([]);
  });

  test('another name for this machine is refused (DNS rebinding)', async () => {
    const { get, shell } = await open();
    for (const host of ['evil.example', `evil.example:${shell.port}`, '127.0.0.1', `127.0.0.1.evil:${shell.port}`])
      expect((await get('/', { host })).status).toBe(403);
    expect((await get('/', { host: `localhost:${shell.port}` })).status).toBe(200);
  });

  test('another origin is refused', async () => {
    const { post, shell } = await open();
    for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${shell.port}`, 'http://127.0.0.1:1'])
      expect((await post('app:info', 'null', { origin })).status).toBe(403);
    expect((await post('app:info', 'null', { origin: `http://127.0.0.1:${shell.port}` })).status).toBe(200);
  });
});

describe('what it serves', () => {
  test('pages with a strict policy, isolated', async () => {
    const { get } = await open();
    const { headers } = await get('/assets/a.js');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
  });

  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/%00',
    '/%E0%A4%A',
    '/assets',
  ])('%s leads nowhere', async (target) => {
    const { get } = await open();
    const answer = await get(target);
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('secret\n');
  });

  test('weights by range', async () => {
    const { get } = await open();
    const target = '/weights/tiny/tiny.gguf';
    const part = await get(target, { range: 'bytes=0-3' });
    expect(part).toMatchObject({ status: 206, body: 'GGUF', headers: { 'content-range': 'bytes 0-3/1000' } });
    expect(await get(target, {}, 'HEAD')).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '1000' },
    });
    expect(await get(target, { range: 'bytes=1000-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */1000' },
    });
    for (const [other, status, code] of [
      ['/weights/tiny/..%2Ftiny.gguf', 400, 'bad-name'],
      ['/weights/tiny/', 400, 'bad-name'],
      ['/weights/tiny/a%00.gguf', 400, 'bad-name'],
      ['/weights/tiny/other.gguf', 404, 'not-found'],
      ['/weights/..%2F..%2Fdata/conclave.sqlite', 404, 'not-found'],
    ] as const) {
      const answer = await get(other);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { ok: false, error: { code } }]);
    }
  });

  test('a browser that turns away in the middle of a file does no harm', async () => {
    const { services, shell, cookie, get } = await open();
    const file = path.join(services.folder, 'large.gguf');
    fs.writeFileSync(file, ggufBytes(8_000_000));
    const id = services.library.link(file);
    await new Promise<void>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: shell.port, path: `/weights/${id}/large.gguf`, headers: { cookie } };
      const request = http.get(options, (response) => {
        response.once('data', () => {
          request.destroy();
          resolve();
        });
      });
      request.once('error', reject);
    });
    expect((await get('/')).status).toBe(200);
    expect(services.logged).toEqual([]);
  });

  test('requests of the contract, and their refusals', async () => {
    const { post, get } = await open();
    expect(JSON.parse((await post('app:info', 'null')).body)).toMatchObject({ ok: true, value: { version: '1.2.3' } });
    expect(JSON.parse((await post('app%3Ainfo', 'null')).body)).toMatchObject({ ok: true });
    expect(JSON.parse((await post('app:info', '{}')).body)).toMatchObject({ error: { code: 'invalid-payload' } });
    expect((await post('app:info', 'not json')).status).toBe(400);
    expect((await post('app:info', 'null', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await get('/api/app:info')).status).toBe(405);
  });

  test('events', async () => {
    const { services, shell, cookie } = await open();
    const conversationId = startTurn(services.store).conversation.id;
    const options = { host: '127.0.0.1', port: shell.port, path: '/api/events', headers: { cookie } };
    const response = await new Promise<http.IncomingMessage>((resolve) => http.get(options, resolve));
    expect(response.headers['content-type']).toContain('text/event-stream');
    let received = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    services.events.emit('menu:command', { command: 'new-chat' });
    await expect.poll(() => received).toContain('event: menu:command\ndata: {"command":"new-chat"}\n\n');
    expect(services.store.messages.list(conversationId)[1]?.status).toBe('streaming');
    response.destroy();
    await expect.poll(() => services.store.messages.list(conversationId)[1]?.status).toBe('interrupted');
  });
});
