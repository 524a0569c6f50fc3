// The contract over HTTP, for the web shell: requests are POSTs, events arrive as server-sent events. Cookies of the
// same origin authenticate both.
import type {
  AppErrorData,
  Bridge,
  EventName,
  Events,
  Payload,
  Reply,
  RequestName,
  Result,
} from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';

const firstRetryMs = 500;
const longestRetryMs = 10_000;

/** @param base - The address that `api/…` hangs under; the page's own if not named. */
export function createWebBridge(base: string = document.baseURI): Bridge {
  const events = new EventStream(new URL('api/events', base).href);
  return {
    request: (name, payload) => request(new URL(`api/${name}`, base), name, payload),
    on: (name, listener) => events.listen(name, listener),
  };
}

async function request<Name extends RequestName>(
  address: URL,
  name: Name,
  payload: Payload<Name>,
): Promise<Reply<Result<Name>>> {
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      credentials: 'same-origin',
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (isReply(body)) return body as Reply<Result<Name>>;
    if (response.status === 401 || response.status === 403) return failure('forbidden', text.errors.notAllowed);
    return failure('internal', text.errors.noAnswer, `${name}: HTTP ${response.status}`);
  } catch (error) {
    return failure('internal', text.errors.unreachable, `${name}: ${String(error)}`);
  }
}

function isReply(body: unknown): body is Reply<unknown> {
  return typeof body === 'object' && body !== null && 'ok' in body && typeof body.ok === 'boolean';
}

function failure(code: AppErrorData['code'], message: string, detail?: string): { ok: false; error: AppErrorData } {
  return { ok: false, error: detail === undefined ? { code, message } : { code, message, detail } };
}

/** One connection for all listeners; a browser gives up after some failures, so it is opened again, ever slower. */
class EventStream {
  readonly #address: string;
  readonly #listeners = new Map<EventName, Set<(event: never) => void>>();
  #source: EventSource | null = null;
  #retryMs = firstRetryMs;

  constructor(address: string) {
    this.#address = address;
  }

  listen<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add(listener);
    if (!this.#listeners.has(name)) {
      this.#listeners.set(name, listeners);
      if (this.#source) this.#forward(this.#source, name);
    }
    if (!this.#source) this.#open();
    return () => listeners.delete(listener);
  }

  #open(): void {
    const source = new EventSource(this.#address, { withCredentials: true });
    this.#source = source;
    for (const name of this.#listeners.keys()) this.#forward(source, name);
    source.onopen = () => (this.#retryMs = firstRetryMs);
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.#open(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
    };
  }

  #forward(source: EventSource, name: EventName): void {
    source.addEventListener(name, (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as never;
      for (const listener of this.#listeners.get(name) ?? []) listener(event);
    });
  }
}
