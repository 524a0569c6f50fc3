// A file server on loopback that does wrong what it is told to: for tests of downloads. Remembers what it was asked for.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface AskedFor {
  path: string;
  /** First and last byte, both included; the whole file without a range. */
  start: number;
  end: number;
  ranged: boolean;
  /** Body bytes handed to the socket. */
  sent: number;
}

export type Fault =
  | { kind: 'drop'; after: number }
  | { kind: 'stall'; after: number }
  /** Announces less than was asked for, and sends that. */
  | { kind: 'short'; by: number }
  /** Announces all, ends the response early. */
  | { kind: 'truncate'; by: number }
  | { kind: 'flip'; at: number }
  | { kind: 'wrong-range'; shift: number }
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  | { kind: 'drip'; bytes: number; everyMs: number }
  | { kind: 'whole' };

export interface ServedFile {
  bytes: Buffer;
  etag?: string | undefined;
  headers?: Record<string, string>;
  ranges?: boolean;
  /** Leaves out the length. */
  chunked?: boolean;
  redirect?: { location: string; headers?: Record<string, string> };
}

export interface FaultServer {
  origin: string;
  files: Map<string, ServedFile>;
  /** Called for each request in the order of arrival; undefined does it right. */
  fault: (asked: AskedFor, number: number) => Fault | undefined;
  asked: AskedFor[];
  /** Bytes of bodies sent for a path. */
  sentOf(path: string): number;
  /** Ends all connections and answers no more until `restart`. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export async function startFaultServer(files: Record<string, ServedFile | Buffer> = {}): Promise<FaultServer> {
  const sockets = new Set<Socket>();
  const make = () => {
    const made = http.createServer(answer);
    made.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    return made;
  };
  let listening = make();
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => listening.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = listening.address() as AddressInfo;

  const server: FaultServer = {
    origin: `http://127.0.0.1:${port}`,
    files: new Map(Object.entries(files).map(([path, file]) => [path, Buffer.isBuffer(file) ? { bytes: file } : file])),
    fault: () => undefined,
    asked: [],
    sentOf: (path) => server.asked.reduce((sum, asked) => sum + (asked.path === path ? asked.sent : 0), 0),
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listening.close(() => resolve()));
    },
    restart() {
      listening = make();
      return listen(port);
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    const file = server.files.get(path);
    const { bytes } = file ?? { bytes: Buffer.alloc(0) };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const ranged = range !== null && file?.ranges !== false;
    const start = ranged ? Number(range[1]) : 0;
    const end = ranged && range[2] !== '' ? Math.min(Number(range[2]), bytes.length - 1) : bytes.length - 1;
    const asked: AskedFor = { path, start, end, ranged, sent: 0 };
    server.asked.push(asked);
    response.on('error', () => undefined);
    const fault = server.fault(asked, server.asked.length);
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
      return;
    }
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (file.redirect !== undefined) {
      response.writeHead(302, { location: file.redirect.location, ...file.redirect.headers }).end();
      return;
    }
    if (ranged && start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    send(asked, file, fault, response);
  }
  onTestFinished(() => server.stop());
  return server;
}

function send(asked: AskedFor, file: ServedFile, fault: Fault | undefined, response: ServerResponse): void {
  const partial = asked.ranged && fault?.kind !== 'whole';
  const { start, end } = partial ? asked : { start: 0, end: file.bytes.length - 1 };
  const length = end - start + 1 - (fault?.kind === 'short' ? fault.by : 0);
  const shift = fault?.kind === 'wrong-range' ? fault.shift : 0;
  const body = Buffer.from(file.bytes.subarray(start, start + length));
  if (fault?.kind === 'flip' && fault.at >= start && fault.at < start + length) body[fault.at - start] ^= 0x10;
  response.writeHead(partial ? 206 : 200, {
    ...(file.etag === undefined ? {} : { etag: file.etag }),
    ...(file.chunked === true ? {} : { 'content-length': String(length) }),
    ...(partial
      ? { 'content-range': `bytes ${start + shift}-${start + length - 1 + shift}/${file.bytes.length}` }
      : {}),
    ...file.headers,
  });
  const write = (part: Buffer): void => {
    asked.sent += part.length;
    response.write(part);
  };
  const socket = response.socket;
  switch (fault?.kind) {
    case 'drop':
      write(body.subarray(0, fault.after));
      setTimeout(() => socket?.destroy(), 5);
      return;
    case 'stall':
      write(body.subarray(0, fault.after));
      return;
    case 'truncate':
      write(body.subarray(0, body.length - fault.by));
      setTimeout(() => socket?.end(), 5);
      return;
    case 'drip': {
      let at = 0;
      const timer = setInterval(() => {
        if (response.destroyed || at >= body.length) {
          clearInterval(timer);
          response.end();
          return;
        }
        write(body.subarray(at, at + fault.bytes));
        at += fault.bytes;
      }, fault.everyMs);
      return;
    }
    default:
      asked.sent += body.length;
      response.end(body);
  }
}
