// What every page of the app is served with, in both shells: nothing from elsewhere runs, loads or is connected to.

/** Draws diagrams in a hidden frame of the window; the one page with inline styles, and with nothing to connect to. */
const diagramPage = '/diagram.html';

/** Headers of every response that carries the app. `connect` is where scripts may read from beside their own origin. */
export function securityHeaders(pathname: string, connect: readonly string[] = []): Record<string, string> {
  const policy = pathname === diagramPage ? diagramPolicy : windowPolicy(connect);
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

const windowPolicy = (connect: readonly string[]) => [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  `connect-src ${["'self'", ...connect].join(' ')}`,
  "worker-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

const diagramPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
];
