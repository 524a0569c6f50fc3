// The page in place of the app where the chats could not be opened: what happened, what is safe, what to do.
import type { AppErrorCode, AppErrorData } from './ipc/contract.ts';

interface Page {
  type: string;
  text: string;
}

const nextSteps: Partial<Record<AppErrorCode, string>> = {
  'database-newer': 'Install the newer version again; your chats are all there.',
  'database-corrupt':
    'Copies from before updates are in the folder “backups” beside the file: to go back to one, move conclave.sqlite away and put the copy in its place under that name.',
  'database-locked': 'When the other window is closed, open Conclave again.',
  'disk-full': 'Free some space or make the folder writable, then open Conclave again.',
};

/** Pages by path, for app://conclave. */
export function problemPage(error: AppErrorData, dataFolder: string): Record<string, Page> {
  const next = nextSteps[error.code] ?? 'Open Conclave again. The folder “logs” holds what a bug report needs.';
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Conclave</title>
<link rel="stylesheet" href="/problem.css">
</head>
<body>
<main role="alert">
<h1>Your chats could not be opened</h1>
<p>${escapeHtml(error.message)}</p>
<p>${escapeHtml(next)}</p>
<p class="folder">Your chats are in <code>${escapeHtml(dataFolder)}</code></p>
<p class="code">${escapeHtml(error.code)}</p>
</main>
</body>
</html>
`;
  return {
    '/': { type: 'text/html; charset=utf-8', text: html },
    '/problem.css': { type: 'text/css; charset=utf-8', text: css },
  };
}

const css = `
:root { color: #1d1f1e; background: #fbfbfa; font: 15px/1.6 system-ui, sans-serif; }
main { max-width: 560px; margin: 20vh auto 0; padding: 0 24px; }
h1 { font-size: 20px; line-height: 1.3; }
.folder { overflow-wrap: anywhere; }
.folder, .code { color: #5d625f; font-size: 13px; }
@media (prefers-color-scheme: dark) {
  :root { color: #e9ebe8; background: #151716; }
  .folder, .code { color: #a4aaa6; }
}
`;

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
