// Events of the contract as server-sent events: `event` is the name, `data` the JSON.
import type { ServerResponse } from 'node:http';
import type { EventHub } from '../events.ts';

const keepAliveMs = 20_000;

/** Holds the response open until the browser goes; then calls `closed`. */
export function openEventStream(response: ServerResponse, events: EventHub, closed: () => void): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
  response.write(':\n\n');
  const stop = events.listen((name, event) => response.write(`event: ${name}\ndata: ${JSON.stringify(event)}\n\n`));
  const keepAlive = setInterval(() => response.write(':\n\n'), keepAliveMs);
  response.on('close', () => {
    clearInterval(keepAlive);
    stop();
    closed();
  });
}
