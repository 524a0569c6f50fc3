// The Models page in headless Chromium: every state around a fake engine, accessible in light, dark and small and on record
// as a picture; what a person does there; and one real download from a server on loopback through the real web shell.
import { mkdirSync, readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { poll } from '../../support/chatPage.ts';
import { chromiumMissing, launchChromium } from '../../support/chromium.ts';
import { fakeModel, type FakeBridge } from '../../support/fakeBridge.ts';
import { fakeDownload, largeModelId } from '../../support/fakeLibrary.ts';
import { startFaultServer } from '../../support/faultServer.ts';
import { buildPreview, servePreview, type Preview } from '../../support/rendererPreview.ts';
import { starterPath } from '../../support/starter.ts';
import { startWebChat } from '../../support/webChat.ts';

const pictures = 'screenshots/library';
const wide = { width: 1440, height: 900 };
const small = { width: 720, height: 560 };

let browser: Browser;

beforeAll(async () => {
  if (chromiumMissing) return;
  mkdirSync(pictures, { recursive: true });
  await buildPreview();
  browser = await launchChromium({ webgpu: 'off' });
});

afterAll(() => browser?.close());

interface Opened {
  page: Page;
  preview: Preview;
}

async function withModels(prepare: (bridge: FakeBridge) => void, use: (opened: Opened) => Promise<void>) {
  const preview = await servePreview();
  prepare(preview.bridge);
  const context = await browser.newContext({ viewport: wide, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (line) => {
    // The second is Chromium's own word on a machine without a GPU, when it is asked for one.
    if (['error', 'warning'].includes(line.type()) && line.text() !== 'No available adapters.')
      complaints.push(line.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(preview.address);
  await openModels(page);
  try {
    await use({ page, preview });
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
    preview.close();
  }
}

async function openModels(page: Page): Promise<void> {
  await page.getByRole('button', { name: /, open Models$/ }).click();
  await page.getByRole('heading', { name: 'On this computer' }).waitFor();
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const catalogueEntry = (page: Page, name: string) => page.locator('details').filter({ hasText: name });
const installed = (page: Page, name: string) =>
  page.getByRole('region', { name: 'On this computer' }).getByRole('listitem').filter({ hasText: name });

function manyModels(bridge: FakeBridge): void {
  bridge.settings = { ...bridge.settings, graphicsMemory: 24e9 };
  const large = bridge.library.install({ lastUsedAt: Date.now() - 86_400_000 });
  bridge.library.install({
    id: 'file-1',
    name: 'My own fine-tune of a model with a name that goes on and on, merged, version 12, final',
    place: 'linked',
    folder: '/mnt/big-disk/models/experiments/2026/november',
    licence: null,
  });
  bridge.library.install({
    id: 'qwen3-8b-q6_k',
    problem: { code: 'damaged', message: 'Qwen3-8B-Q6_K.gguf has another size than when it joined the library.' },
  });
  bridge.models = [fakeModel, { ...fakeModel, id: large.id, name: large.name, byteLength: large.byteLength }];
}

const downloads = [
  fakeDownload(),
  fakeDownload({
    id: '1'.repeat(16),
    name: 'Qwen3 4B Q4_K_M',
    source: 'catalogue:qwen3-4b-q4_k_m',
    state: 'waiting',
    bytes: 600_000_000,
    totalBytes: 2_500_000_000,
    retryAt: Date.now() + 3_600_000,
    problem: { code: 'network', message: 'huggingface.co is busy and asks to wait.' },
  }),
  fakeDownload({ id: '2'.repeat(16), name: 'Qwen3 8B Q4_K_M', state: 'queued', bytes: 0, totalBytes: null }),
  fakeDownload({ id: '3'.repeat(16), name: 'Qwen3 14B Q4_K_M', state: 'verifying', verifiedBytes: 4_000_000_000 }),
  fakeDownload({
    id: '4'.repeat(16),
    name: 'Qwen3 32B Q8_0',
    state: 'failed',
    bytes: 12_000_000_000,
    totalBytes: 34_800_000_000,
    problem: {
      code: 'disk-full',
      message:
        'The disk has too little room: 22.8 GB are needed, and 20.1 GB can be used. What was downloaded is kept; free some space and go on.',
    },
  }),
];

interface State {
  name: string;
  prepare?: (bridge: FakeBridge) => void;
  reach: (page: Page, bridge: FakeBridge) => Promise<void>;
}

const states: State[] = [
  { name: 'new', prepare: () => {}, reach: (page) => page.getByText('comes with the app').waitFor() },
  { name: 'installed', reach: (page) => page.getByText('stays where it is').waitFor() },
  {
    name: 'downloads',
    prepare: (bridge) => {
      manyModels(bridge);
      bridge.library.downloads = downloads;
    },
    reach: (page) => page.getByText('tries again in').waitFor(),
  },
  {
    name: 'catalogue',
    reach: async (page) => {
      const entry = catalogueEntry(page, 'Qwen3 30B-A3B Instruct 2507');
      await entry.locator('summary').click();
      await entry.getByText('BF16').waitFor();
      await page.getByRole('heading', { name: 'Get a model' }).evaluate((heading) => heading.scrollIntoView());
    },
  },
  {
    name: 'settings',
    prepare: (bridge) => {
      manyModels(bridge);
      bridge.library.downloads = [downloads[0]];
      bridge.library.removed = [bridge.library.models.pop()!];
    },
    reach: async (page) => {
      const limit = page.getByRole('textbox', { name: 'Speed limit' });
      await limit.fill('fast');
      await limit.press('Enter');
      await page.getByText('must be a number above 0').waitFor();
      await limit.evaluate((field) => field.scrollIntoView());
    },
  },
  {
    name: 'menu',
    reach: async (page) => {
      await button(page, /^More about Qwen3 30B/).click();
      await page.getByRole('menuitem', { name: 'Verify again' }).waitFor();
    },
  },
  {
    name: 'verifying',
    reach: async (page, bridge) => {
      await expect.poll(() => bridge.listenerCount('library:progress'), poll).toBeGreaterThan(0);
      const progress = { id: largeModelId, stage: 'verifying', bytes: 7.1e9, totalBytes: 18.6e9 } as const;
      bridge.send('library:progress', progress);
      await page.getByText('7.1 GB of 18.6 GB').waitFor();
    },
  },
  {
    name: 'removed',
    reach: async (page) => {
      await button(page, /^More about Qwen3 30B/).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await button(page, 'Undo').waitFor();
    },
  },
  {
    name: 'add',
    reach: async (page) => {
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill('Qwen/Qwen3-4B-GGUF');
      await page.getByText('Looking asks').waitFor();
    },
  },
  {
    name: 'add-preview',
    prepare: (bridge) => {
      manyModels(bridge);
      const { shape } = bridge.library.models[0];
      bridge.library.preview = {
        name: 'Qwen3-30B-A3B Q4_K_M',
        files: [{ name: 'a.gguf', byteLength: 18_600_000_000, sha256: null }],
        byteLength: 18_600_000_000,
        quantization: 'Q4_K_M',
        choices: ['Q4_K_M', 'Q8_0'],
        shape,
        problem: null,
      };
    },
    reach: async (page) => {
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill('Qwen/Qwen3-30B-A3B-GGUF');
      await button(page, 'Look').click();
      await page.getByRole('combobox', { name: 'Quantisation' }).waitFor();
    },
  },
  {
    name: 'add-path',
    reach: async (page) => {
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill('/mnt/models/a.gguf');
      await page.getByRole('radio', { name: /Copy it/ }).waitFor();
    },
  },
  {
    name: 'move',
    reach: async (page) => {
      await button(page, 'Move…').click();
      await page.getByRole('textbox', { name: 'New folder' }).waitFor();
    },
  },
  {
    name: 'not-read',
    prepare: (bridge) => bridge.refuse.set('library:list', { code: 'internal', message: 'The disk cannot be read.' }),
    reach: (page) => button(page, 'Try again').waitFor(),
  },
];

async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations: found } = await (rules ? axe.withRules(rules) : axe).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe.skipIf(chromiumMissing)('states of the Models page', () => {
  it.each(states)('$name', async ({ name, prepare, reach }) => {
    const look = async ({ page, preview }: Opened) => {
      await reach(page, preview.bridge);
      expect(await violations(page)).toEqual([]);
      await page.screenshot({ path: `${pictures}/${name}-light.png` });
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await violations(page, ['color-contrast'])).toEqual([]);
      await page.screenshot({ path: `${pictures}/${name}-dark.png` });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(small);
      expect(await violations(page)).toEqual([]);
      await page.screenshot({ path: `${pictures}/${name}-small.png` });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    };
    await (name === 'not-read' ? withFailing(prepare!, look) : withModels(prepare ?? manyModels, look));
  });

  /** The page whose first reading fails has no list to wait for. */
  async function withFailing(prepare: (bridge: FakeBridge) => void, use: (opened: Opened) => Promise<void>) {
    await withModels(
      () => {},
      async ({ page, preview }) => {
        await button(page, 'Back to the chat').click();
        prepare(preview.bridge);
        await page.getByRole('button', { name: /, open Models$/ }).click();
        await use({ page, preview });
      },
    );
  }
});

describe.skipIf(chromiumMissing)('the Models page', () => {
  it('downloads nothing before its button is pressed, and then shows how far it is', async () => {
    await withModels(manyModels, async ({ page, preview }) => {
      const { bridge } = preview;
      const entry = catalogueEntry(page, 'Qwen3 8B');
      await entry.locator('summary').click();
      await entry.getByText('Fits', { exact: true }).first().waitFor();
      expect(bridge.namesCalled()).not.toContain('downloads:pull');
      await button(page, 'Download Qwen3 8B Q4_K_M').click();
      await page.getByText('Asking the server').waitFor();
      const row = page.getByRole('region', { name: 'Downloads' }).getByRole('listitem');
      const height = async () => (await row.boundingBox())!.height;
      const before = await height();
      const [{ id }] = bridge.library.downloads;
      bridge.library.tell([fakeDownload({ id, modelId: 'qwen3-8b-q4_k_m', name: 'Qwen3 8B Q4_K_M' })]);
      await page.getByText('8.2 GB of 18.6 GB · 112 MB/s · 2 min left').waitFor();
      await page.getByRole('list', { name: 'Qwen3 8B' }).getByRole('button', { name: 'Downloading' }).waitFor();
      expect(await height()).toBe(before);
      await row.getByRole('button', { name: 'Pause' }).click();
      await row.getByRole('button', { name: 'Resume' }).waitFor();
      expect(await height()).toBe(before);
      bridge.library.tell([{ ...downloads[4], id }]);
      await row.getByText('too little room').waitFor();
      expect(await height()).toBe(before);
      await row.getByRole('button', { name: 'Cancel' }).click();
      await row.waitFor({ state: 'hidden' });
    });
  });

  it('says what fits once the size of the card is known', async () => {
    await withModels(
      () => {},
      async ({ page, preview }) => {
        await page.getByText('8.0 GB is assumed').waitFor();
        const entry = catalogueEntry(page, 'Qwen3 30B-A3B Instruct 2507');
        await entry.getByText('May not fit').first().waitFor();
        await page.getByRole('combobox', { name: 'Graphics memory' }).selectOption('24 GB');
        await entry.locator('summary').getByText('Fits', { exact: true }).waitFor();
        expect(preview.bridge.settings.graphicsMemory).toBe(24e9);
      },
    );
  });

  it('switches the model of the chat, from here and from the top bar', async () => {
    await withModels(manyModels, async ({ page }) => {
      await button(page, /^Use in this chat: Qwen3 30B/).click();
      await installed(page, 'Qwen3 30B').getByText('In this chat', { exact: true }).waitFor();
      await page.keyboard.press('Escape');
      await button(page, /^Model: Qwen3 30B/).click();
      await page.getByRole('menuitemradio', { name: /^Starter/ }).click();
      await button(page, 'Model: Starter').waitFor();
      await button(page, 'Model: Starter').click();
      await page.getByRole('menuitem', { name: 'All models' }).click();
      await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
    });
  });

  it('goes back to the chat when one is opened or begun', async () => {
    await withModels(manyModels, async ({ page }) => {
      await button(page, 'New chat').click();
      await page.getByRole('textbox', { name: 'Message' }).waitFor();
      await openModels(page);
      await button(page, 'Back to the chat').click();
      await page.getByRole('textbox', { name: 'Message' }).waitFor();
    });
  });

  it('removes a model, brings it back, and adds one by its path', async () => {
    await withModels(manyModels, async ({ page, preview }) => {
      await button(page, /^More about Qwen3 30B/).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await installed(page, 'Qwen3 30B').waitFor({ state: 'hidden' });
      await button(page, 'Undo').click();
      await installed(page, 'Qwen3 30B').waitFor();
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill('/mnt/models/mine.gguf');
      await page.getByRole('radio', { name: /Copy it/ }).check();
      await button(page, 'Add').click();
      await page.getByText('“mine.gguf” is in the library').waitFor();
      const imports = preview.bridge.calls.filter(({ name }) => name === 'library:import');
      expect(imports.map(({ payload }) => payload)).toEqual([{ path: '/mnt/models/mine.gguf', how: 'copy' }]);
    });
  });

  it('takes a dropped model file, as far as a browser can', async () => {
    await withModels(manyModels, async ({ page }) => {
      await page.evaluate(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(['GGUF'], 'mine.gguf'));
        for (const type of ['dragenter', 'drop'])
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      });
      await page.getByText('does not tell where a dropped file lies').waitFor();
    });
  });

  it('offers the context that fits when the memory is too small, and loads with it', async () => {
    const prepare = (bridge: FakeBridge) => {
      bridge.settings = { ...bridge.settings, graphicsMemory: 80e9 };
      const { id, name } = bridge.library.install({ id: 'large', name: 'Large' });
      bridge.models = [fakeModel, { ...fakeModel, id, name }];
    };
    await withModels(prepare, async ({ page }) => {
      await button(page, 'Use in this chat: Large').click();
      await page.getByText('not have enough free memory').waitFor();
      await page.screenshot({ path: `${pictures}/out-of-memory-light.png` });
      await button(page, 'Load with 4,096 tokens').click();
      await page.getByRole('region', { name: 'Model' }).getByText('ready on NVIDIA').waitFor();
    });
  });

  it('cancels loading, and loads again', async () => {
    const prepare = (bridge: FakeBridge) => {
      bridge.models = [{ ...fakeModel, id: 'slow' }];
    };
    await withModels(prepare, async ({ page }) => {
      const card = page.getByRole('region', { name: 'Model' });
      await card.getByText(/\/s$/).waitFor();
      await page.screenshot({ path: `${pictures}/loading-light.png` });
      await button(page, 'Cancel loading').click();
      await card.getByText('Loading was cancelled').waitFor();
      await button(page, 'Load').click();
      await card.getByRole('progressbar').waitFor();
    });
  });
});

const small64 = '/Small-64M-Q4_K_M.gguf';

/** The starter with another letter in its name: the library knows a model by its bytes. */
function otherStarter(): Buffer {
  const bytes = readFileSync(starterPath);
  const key = 'general.name';
  // A value's type (u32) and a text's length (u64) lie between the key and the text.
  bytes.write('Z', bytes.indexOf(key) + key.length + 12);
  return bytes;
}

describe.skipIf(chromiumMissing)('a real download', () => {
  test('pauses, goes on after a restart, is verified, answers, is removed and comes back', async () => {
    const server = await startFaultServer({ [small64]: otherStarter() });
    const web = await startWebChat();
    try {
      let { page } = await web.open();
      page.setDefaultTimeout(poll.timeout);
      await openModels(page);
      const limit = page.getByRole('textbox', { name: 'Speed limit' });
      await limit.fill('4');
      await limit.press('Enter');
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill(server.origin + small64);
      await button(page, 'Look').click();
      await page.getByText('1 file, 41 MB').waitFor();
      await button(page, 'Download').click();
      await page.getByText(/^\d+ MB of 41 MB · /).waitFor();
      await page.screenshot({ path: `${pictures}/real-download.png` });
      await button(page, 'Pause').click();
      await button(page, 'Resume').waitFor();

      await page.close();
      await web.restart();
      ({ page } = await web.open());
      page.setDefaultTimeout(poll.timeout);
      await openModels(page);
      await page.getByRole('textbox', { name: 'Speed limit' }).fill('');
      await page.getByRole('textbox', { name: 'Speed limit' }).press('Enter');
      await button(page, 'Resume').click();
      await page.getByText(/is ready$/).waitFor();
      expect(server.sentOf(small64)).toBeLessThan(1.5 * otherStarter().length);
      const row = installed(page, 'Small');
      await row.getByRole('button', { name: /^Use in this chat/ }).click();
      await page.getByRole('region', { name: 'Model' }).getByText('ready on').waitFor();
      await row.getByRole('button', { name: /^More about/ }).click();
      await page.getByRole('menuitem', { name: 'Verify again' }).click();
      await page.getByText('every byte was read and compared').waitFor();
      await row.getByRole('button', { name: /^More about/ }).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await row.waitFor({ state: 'hidden' });
      await button(page, 'Undo').click();
      await row.waitFor();
      expect(web.problems).toEqual([]);
    } finally {
      await web.close();
    }
  });
});
