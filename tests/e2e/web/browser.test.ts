// The test browser itself: WebGPU on a software adapter when asked for, none otherwise, and no way to the network.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumMissing, launchChromium } from '../../support/chromium.ts';

describe.skipIf(chromiumMissing)('headless Chromium', () => {
  let server: Server;
  let address: string;

  beforeAll(async () => {
    server = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<title>Page</title>'),
    );
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(() => server.close());

  test.each([
    { webgpu: 'swiftshader', adapter: true },
    { webgpu: 'off', adapter: false },
  ] as const)('WebGPU $webgpu', async ({ webgpu, adapter }) => {
    const browser = await launchChromium({ webgpu });
    try {
      const page = await browser.newPage();
      await page.goto(address);
      expect(await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))).toBe(adapter);
      await expect(page.goto('http://example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
    } finally {
      await browser.close();
    }
  });
});
