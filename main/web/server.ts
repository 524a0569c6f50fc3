// The loopback web shell: the same contract, files and weights as in Electron, for a browser on this machine.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../ipc/errors.ts';
import { createDispatch } from '../ipc/handlers.ts';
import { parseWeightsPath, readWeights } from '../model-files/protocol.ts';
import { findRendererFile } from '../rendererFiles.ts';
import { securityHeaders } from '../securityHeaders.ts';
import type { Services } from '../services.ts';
import { createCookie, equal, hasLocalHost, hasOwnOrigin, hasToken } from './access.ts';
import { openEventStream } from './eventStream.ts';
import { readJson } from './readJson.ts';

const host = '127.0.0.1';

export interface WebShell {
  /** The address that lets a browser in. */
  address: string;
  port: number;
  token: string;
  close(): Promise<void>;
}

export interface WebShellOptions {
  services: Services;
  rendererFolder: string;
  /** 0 picks a free one. */
  port: number;
}

/** Rejects with Node's error (EADDRINUSE, EACCES) where the port cannot be had. */
export async function startWebShell({ services, rendererFolder, port: wanted }: WebShellOptions): Promise<WebShell> {
  const token = randomBytes(24).toString('base64url');
  const dispatch = createDispatch(services);
  let windows = 0;
  let port = wanted;

  const server = http.createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      services.log(`${request.method} ${request.url?.split('?')[0]}: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else
        refuse(response, 500, new AppError('internal', 'Something went wrong inside Conclave. Your chats are safe.'));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${host}`);
    for (const [name, value] of Object.entries(securityHeaders(url.pathname))) response.setHeader(name, value);
    if (!hasLocalHost(request, port) || !hasOwnOrigin(request)) return refuse(response, 403, notAllowed());
    const offered = url.searchParams.get('token');
    if (url.pathname === '/' && offered !== null && equal(offered, token)) {
      response.writeHead(303, { location: '/', 'set-cookie': createCookie(port, token), 'cache-control': 'no-store' });
      response.end();
      return;
    }
    if (!hasToken(request, port, token)) return refuse(response, 403, notAllowed());
    if (url.pathname === '/api/events') return serveEvents(request, response);
    if (url.pathname.startsWith('/api/')) return serveRequest(request, response, url.pathname.slice('/api/'.length));
    if (url.pathname.startsWith('/weights/'))
      return serveWeights(request, response, url.pathname.slice('/weights'.length));
    return serveFile(request, response, url.pathname);
  }

  function serveEvents(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'GET') return refuse(response, 405, notThere());
    windows++;
    openEventStream(response, services.events, () => {
      // The last page has gone, and whatever it was writing with it.
      if (--windows === 0 && server.listening) services.store.messages.interruptStreaming();
    });
  }

  async function serveRequest(request: IncomingMessage, response: ServerResponse, encoded: string): Promise<void> {
    if (request.method !== 'POST') return refuse(response, 405, notThere());
    const body = await readJson(request);
    if (!body.ok) return refuse(response, body.status, body.error);
    const reply = await dispatch(decode(encoded), body.value);
    send(response, 200, reply);
  }

  async function serveWeights(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const name = parseWeightsPath(pathname);
    if (name === undefined) return refuse(response, 404, notThere());
    const range = request.headers.range ?? null;
    const answer = readWeights(services.library, { method: request.method ?? '', range, ...name });
    const { status, headers, body, error } = answer;
    if (error !== null) return refuse(response, status, error);
    response.writeHead(status, headers);
    if (body === null) response.end();
    else await stream(body, response);
  }

  async function serveFile(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, notThere());
    const file = findRendererFile(rendererFolder, pathname);
    if (file === undefined) return refuse(response, 404, notThere());
    response.writeHead(200, file.headers);
    if (request.method === 'HEAD') response.end();
    else await stream(fs.createReadStream(file.path), response);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  port = (server.address() as AddressInfo).port;

  return {
    address: `http://${host}:${port}/?token=${token}`,
    port,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const notAllowed = () =>
  new AppError('forbidden', 'Open Conclave with the whole address that it printed when it started, token and all.');
const notThere = () => new AppError('not-found', 'There is nothing at this address.');

/** A browser that turns away in the middle of a file is no error. */
async function stream(body: NodeJS.ReadableStream, response: ServerResponse): Promise<void> {
  try {
    await pipeline(body, response);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
}

function refuse(response: ServerResponse, status: number, error: AppError): void {
  send(response, status, { ok: false, error: error.toData() });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
