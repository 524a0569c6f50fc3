// A server of one file by ranges, in every way that is right or wrong: the path says which.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class RangeServer {
  /** Ranges that were asked for, and how many of the responses have ended, cut off or not. */
  asked: string[] = [];
  ended = 0;
  /** The file at /live, which others may change meanwhile, and what it is called by then. */
  live: Uint8Array;
  tag = '"1"';
  origin = '';
  readonly #content: Uint8Array;
  readonly #part: number;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  /** @param part - after so many bytes /broken breaks off and /stalls waits */
  constructor(content: Uint8Array, part: number) {
    this.#content = this.live = content;
    this.#part = part;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  reset(): void {
    [this.asked, this.ended, this.live, this.tag] = [[], 0, this.#content, '"1"'];
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const within = (file: Uint8Array) => file.subarray(Number(first), Number(last) + 1);
    const wanted = within(this.#content);
    this.asked.push(`${first}-${last}`);
    response.once('close', () => this.ended++);
    const part = this.#part;
    const answers: Record<string, () => void> = {
      '/ranged': () => response.writeHead(206).end(wanted),
      '/unsaid': () => response.writeHead(200, { 'content-length': wanted.length }).end(wanted),
      '/silent': () => response.writeHead(200).end(wanted),
      '/whole': () => response.writeHead(200, { 'content-length': this.#content.length }).end(this.#content),
      '/silently-whole': () => response.writeHead(200).end(this.#content),
      '/page': () => response.writeHead(200).end('<p>Hello'),
      '/short': () => response.writeHead(206).end(wanted.subarray(0, 3)),
      '/live': () => response.writeHead(206, { etag: this.tag }).end(within(this.live)),
      '/broken': () => {
        response.writeHead(206, { 'content-length': wanted.length });
        response.write(wanted.subarray(0, part + 10), () => response.destroy());
      },
      '/stalls': () => response.writeHead(206, { 'content-length': wanted.length }).write(wanted.subarray(0, part)),
    };
    (answers[request.url!] ?? (() => response.writeHead(404).end()))();
  }
}
