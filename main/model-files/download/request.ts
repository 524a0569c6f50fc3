// One GET over http or https: redirects followed by the rules of address.ts, time limits, and a body that is read piece by
// piece. Knows nothing of files and chunks.
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { AppError } from '../../ipc/errors.ts';
import { checkRedirect, isLoopback, type AddressRules } from './address.ts';
import { permanent, temporary, toTransferProblem, TransferProblem } from './problems.ts';

export interface Timeouts {
  /** Until a response's header is there. */
  headerMs: number;
  /** Longest wait for the next bytes of a body. */
  stallMs: number;
  /** Fewer bytes than this in `stallMs` of waiting are as good as none. */
  slowestBytes: number;
}

export const defaultTimeouts: Timeouts = { headerMs: 30_000, stallMs: 30_000, slowestBytes: 4096 };

export interface ClientOptions {
  rules: () => AddressRules;
  timeouts?: Timeouts;
  userAgent?: string;
}

export interface OpenResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** Those of the redirects on the way: the hub says there what the file is. */
  redirectHeaders: IncomingHttpHeaders[];
  /** Where the redirects ended. */
  address: URL;
  /** Rejects with a TransferProblem when the connection breaks, stalls or drips. */
  body: AsyncIterable<Buffer>;
  /** Drops the connection; harmless after the body's end. */
  close(): void;
}

export interface HttpClient {
  /** @throws TransferProblem; the signal's reason once it is aborted */
  get(address: URL, headers: Record<string, string>, signal: AbortSignal): Promise<OpenResponse>;
  close(): void;
}

const mostRedirects = 10;
const redirects: readonly number[] = [301, 302, 303, 307, 308];

export function createHttpClient({
  rules,
  timeouts = defaultTimeouts,
  userAgent = 'Conclave',
}: ClientOptions): HttpClient {
  const agents: Record<string, http.Agent> = {
    'https:': new https.Agent({ keepAlive: true, proxyEnv: process.env }),
    'http:': new http.Agent({ keepAlive: true, proxyEnv: process.env }),
    // A proxy of the environment has no business with this machine's own servers.
    loopback: new http.Agent({ keepAlive: true }),
  };
  const agentFor = ({ protocol, hostname }: URL) =>
    protocol === 'http:' && isLoopback(hostname) ? agents['loopback'] : agents[protocol];

  const send = (address: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const module = address.protocol === 'https:' ? https : http;
      const request = module.request(address, { agent: agentFor(address), headers, signal });
      const timer = setTimeout(
        () => request.destroy(temporary(`${address.host} does not answer.`, 'no response')),
        timeouts.headerMs,
      );
      request.once('response', (response) => {
        clearTimeout(timer);
        // An error that nobody is reading for must not end the process.
        response.on('error', () => undefined);
        resolve(response);
      });
      request.once('error', (error) => {
        clearTimeout(timer);
        reject(signal.aborted ? abortReason(signal) : toTransferProblem(error, address.host));
      });
      request.end();
    });

  return {
    async get(first, extraHeaders, signal) {
      const headers = { 'user-agent': userAgent, 'accept-encoding': 'identity', ...extraHeaders };
      const redirectHeaders: IncomingHttpHeaders[] = [];
      let address = first;
      for (let hops = 0; ; hops++) {
        signal.throwIfAborted();
        const response = await send(address, headers, signal);
        const status = response.statusCode ?? 0;
        const { location } = response.headers;
        if (!redirects.includes(status) || location === undefined) {
          const encoding = response.headers['content-encoding'] ?? 'identity';
          if (encoding !== 'identity') {
            response.destroy();
            throw permanent('network', `${address.host} sends the file packed, which was not asked for.`, encoding);
          }
          return {
            status,
            headers: response.headers,
            redirectHeaders,
            address,
            body: readBody(response, address.host, timeouts, signal),
            close: () => response.destroy(),
          };
        }
        response.destroy();
        redirectHeaders.push(response.headers);
        if (hops >= mostRedirects)
          throw permanent('network', `${first.host} redirects in circles.`, `${mostRedirects} redirects`);
        address = followed(address, location, rules());
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function followed(from: URL, location: string, rules: AddressRules): URL {
  try {
    return checkRedirect(from, location, rules);
  } catch (error) {
    throw error instanceof AppError ? new TransferProblem('permanent', error) : error;
  }
}

async function* readBody(
  response: IncomingMessage,
  host: string,
  { stallMs, slowestBytes }: Timeouts,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let waitedMs = 0;
  let received = 0;
  try {
    for (;;) {
      const start = performance.now();
      const next = await within(pieces.next(), stallMs, () => temporary(`${host} stopped sending.`, 'stalled'));
      if (next.done) {
        if (!response.complete) throw temporary(`The connection to ${host} broke off.`, 'incomplete');
        return;
      }
      // Only waiting for the network counts: the bandwidth limit may hold the reader up for longer.
      waitedMs += performance.now() - start;
      received += next.value.length;
      if (waitedMs >= stallMs) {
        if (received < slowestBytes) throw temporary(`${host} sends too slowly.`, `${received} bytes`);
        waitedMs = 0;
        received = 0;
      }
      yield next.value;
    }
  } catch (error) {
    throw signal.aborted ? abortReason(signal) : toTransferProblem(error, host);
  } finally {
    response.destroy();
  }
}

async function within<Value>(promise: Promise<Value>, ms: number, problem: () => Error): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(problem()), ms);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('aborted');
