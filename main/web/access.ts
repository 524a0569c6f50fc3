// Who may talk to the web shell: a browser that was opened with the printed address, and no page of another site.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Cookies are shared by all ports of a host, so its name carries the port. */
export const cookieName = (port: number): string => `conclave-${port}`;

export function createCookie(port: number, token: string): string {
  return `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict`;
}

/** The Host header names this machine: a foreign name that resolves to it (DNS rebinding) does not pass. */
export function hasLocalHost(request: IncomingMessage, port: number): boolean {
  return request.headers.host === `127.0.0.1:${port}` || request.headers.host === `localhost:${port}`;
}

/** A page of another origin always names itself in what it posts. */
export function hasOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin === undefined || origin === `http://${host}`;
}

/** The token in the cookie, or as `Authorization: Bearer`. */
export function hasToken(request: IncomingMessage, port: number, token: string): boolean {
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const prefix = `${cookieName(port)}=`;
  const cookie = cookies.find((text) => text.startsWith(prefix))?.slice(prefix.length);
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  return [cookie, bearer].some((given) => given !== undefined && equal(given, token));
}

export function equal(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
