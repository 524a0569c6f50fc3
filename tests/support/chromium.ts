// Headless Chromium for tests, out of the @sparticuz/chromium package through Playwright: no browser download, no system
// package, no network but 127.0.0.1. Knows nothing of the app.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { archivesUsable, unpackArchives } from './browserArchives.ts';

export interface ChromiumOptions {
  /** 'swiftshader': WebGPU on a software adapter. 'off': as a browser without WebGPU, so that the CPU answers. */
  webgpu: 'swiftshader' | 'off';
}

/** Why no Chromium can be had here, or undefined where it can. */
export const chromiumMissing = archivesUsable
  ? undefined
  : 'the packaged headless Chromium exists for Linux on x64 only';

const offline = [
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--no-pings',
];

const webgpuArgs = {
  swiftshader: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'],
  off: [],
};

/** The caller closes the browser. */
export async function launchChromium({ webgpu }: ChromiumOptions): Promise<Browser> {
  // Chromium looks for SwiftShader beside its own binary.
  const folder = unpackArchives('chromium', 'swiftshader');
  const libraries = path.join(unpackArchives('al2023'), 'lib');
  const args = ['--disable-gpu-sandbox', ...offline, ...webgpuArgs[webgpu]];
  return chromium.launch({
    executablePath: path.join(folder, 'chromium'),
    args: process.getuid?.() === 0 ? ['--no-sandbox', ...args] : args,
    env: {
      ...definedEnvironment(),
      LD_LIBRARY_PATH: [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      FONTCONFIG_FILE: fontConfiguration(),
    },
  });
}

// The package's own configuration names folders of the cloud service that it is made for.
function fontConfiguration(): string {
  const folder = unpackArchives('fonts');
  const file = path.join(folder, 'tests.conf');
  const folders = [path.join(folder, 'fonts'), '/usr/share/fonts'].map((name) => `<dir>${name}</dir>`).join('');
  writeFileSync(file, `<fontconfig>${folders}<cachedir>${path.join(folder, 'cache')}</cachedir></fontconfig>`);
  return file;
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
