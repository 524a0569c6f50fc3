// A real Electron for tests, on a virtual display: which runtime, whether it can be had here, and how it is started.
// Knows nothing of the app but its command line.
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { _electron, type ElectronApplication } from 'playwright-core';

const project = path.resolve(import.meta.dirname, '../..');

/** The folder of an unpacked Electron: the one named in the environment, otherwise what npm has downloaded, if it has. */
export const electronDist = [
  process.env['ELECTRON_OVERRIDE_DIST_PATH'],
  path.join(project, 'node_modules/electron/dist'),
].find((folder) => folder && existsSync(path.join(folder, 'electron')));

/** Why no Electron can be started here, or undefined where it can. Stands in the name of what is skipped. */
export const electronMissing = findReason();

function findReason(): string | undefined {
  if (process.platform !== 'linux') return 'the tests in Electron are written for Linux';
  if (!electronDist) return 'there is no Electron runtime, and ELECTRON_OVERRIDE_DIST_PATH names none';
  if (!onPath('Xvfb')) return 'there is no virtual display (Xvfb)';
  return undefined;
}

/** The name of a suite, with the reason where it is skipped. */
export function withReason(name: string, reason: string | undefined): string {
  return reason === undefined ? name : `${name} (skipped: ${reason})`;
}

export interface Display {
  /** Environment for a program that is to show its window there and keep nothing of this machine's settings. */
  environment: Record<string, string>;
  close(): void;
}

export async function startDisplay(): Promise<Display> {
  // The server picks a free number and writes it to the descriptor.
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise<string>((resolve, reject) => {
    server.stdio[3]!.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}.`)));
  });
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    environment: { ...Object.fromEntries(kept), DISPLAY: `:${number}` },
    close: () => server.kill(),
  };
}

/** Starts the app from its bundles, as `npm start` does. */
export async function launchApp(
  display: Display,
  dataFolder: string,
  environment: Record<string, string> = {},
): Promise<ElectronApplication> {
  return _electron.launch({
    executablePath: path.join(electronDist!, 'electron'),
    args: [...sandboxArgs, project, '--data', dataFolder],
    env: { ...display.environment, ...environment },
  });
}

/** Root may not use Chromium's sandbox; the app's own flags stay as they are. */
export const sandboxArgs = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** Waits for a line of a program's output. */
export function waitForOutput(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = pattern.exec(output);
      if (found) resolve(found);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`The program ended with ${code}: ${output}`)));
  });
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
