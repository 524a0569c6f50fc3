// Diagrams in answers, in headless Chromium under the app's content policy: drawn in a frame of their own that is made for
// the first one, shown as pictures in which nothing runs or loads, and as their source where they are not understood.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { movement, watchMovement } from '../../support/movement.ts';
import { storeOf, turns } from '../../support/weeksOfChats.ts';
import { button, log, message, modelReady, open, windowTests } from '../../support/windowPage.ts';

const { withWindow, look } = windowTests('window');

const sources = {
  flowchart:
    'flowchart LR\n  rain[Rain on rocks] --> river(River)\n  river -- carries salt --> sea((Sea))\n  sea --> rain',
  sequence: 'sequenceDiagram\n  Window->>Worker: generate\n  loop each token\n    Worker-->>Window: token\n  end',
  class: 'classDiagram\n  Engine <|-- GpuEngine\n  Engine : +answer(prompt) string',
  state: 'stateDiagram-v2\n  [*] --> idle\n  idle --> answering : send\n  answering --> idle : done',
  entities: 'erDiagram\n  CONVERSATION ||--o{ MESSAGE : holds',
  pie: 'pie title Salt\n  "Sodium chloride" : 86\n  "Other" : 14',
  gantt: 'gantt\n  dateFormat YYYY-MM-DD\n  section Work\n  Write :a, 2026-11-01, 5d\n  Test :after a, 3d',
  mindmap: 'mindmap\n  root((Salt))\n    Sea\n    Table',
};
const fenced = (source: string) => `\`\`\`mermaid\n${source}\n\`\`\``;
const chat = (title: string, ...answers: string[]) => ({
  title,
  ago: 0,
  turns: turns('Draw it.', answers.join('\n\n')),
});

const pictures = (page: Page) => log(page).locator('img');
/** Every picture could be read by the browser. */
const sizes = (page: Page) =>
  pictures(page).evaluateAll((all) => all.map((image) => (image as HTMLImageElement).naturalWidth > 0));

describe.skipIf(chromiumMissing)('diagrams', () => {
  it('of the usual kinds are drawn, and can be read as source', async () => {
    const kinds = Object.values(sources);
    const bridge = await storeOf([chat('All kinds', ...kinds.map(fenced))]);
    await withWindow(bridge, async ({ page }) => {
      await message(page).waitFor();
      expect(await page.locator('iframe').count()).toBe(0);
      await open(page, 'All kinds');
      await expect.poll(() => pictures(page).count(), { timeout: 60_000 }).toBe(kinds.length);
      await expect.poll(() => sizes(page)).toEqual(kinds.map(() => true));
      await log(page).evaluate((area) => (area.scrollTop = 0));
      await button(page, 'Source').first().click();
      await log(page).getByText('rain[Rain on rocks]').waitFor();
      expect(await pictures(page).count()).toBe(kinds.length - 1);
      await button(page, 'Source').first().click();
      expect(await pictures(page).count()).toBe(kinds.length);
      await look(page, 'diagrams');
    });
  });

  it('take the place of their source: nothing moves when they come, and a large one is enlarged by its button', async () => {
    const steps = Array.from({ length: 14 }, (_, i) => `  n${i}[Step ${i}] --> n${i + 1}[Step ${i + 1}]`);
    const high = `flowchart TD\n${steps.join('\n')}`;
    const answers = [sources.flowchart, sources.pie, high, sources.class].flatMap((source, i) => [
      fenced(source),
      `Words below diagram ${i}.`,
    ]);
    const bridge = await storeOf([chat('In the way', ...answers)]);
    await withWindow(bridge, async ({ page }) => {
      await message(page).waitFor();
      await modelReady(page);
      await watchMovement(page);
      await open(page, 'In the way');
      await log(page).getByText('Words below diagram 3.').waitFor();
      await page.evaluate(() => {
        Object.assign(window, { shift: 0 });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            (window as unknown as { shift: number }).shift += (entry as unknown as { value: number }).value;
        }).observe({ type: 'layout-shift' });
      });
      await expect.poll(() => pictures(page).count(), { timeout: 60_000 }).toBe(4);
      await page.waitForTimeout(300);
      const { frames, moved } = await movement(page);
      expect(frames).toBeGreaterThan(0);
      expect(moved).toEqual([]);
      expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBe(0);

      const enlarge = button(page, 'Enlarge');
      expect(await enlarge.count()).toBe(1);
      const heightOf = () =>
        pictures(page)
          .nth(2)
          .evaluate((image) => image.getBoundingClientRect().height);
      const before = await heightOf();
      await enlarge.click();
      expect(await heightOf()).toBeGreaterThan(before);
      await look(page, 'diagrams-in-place', (small) => small.getByText('Words below diagram 0.').waitFor());
      await enlarge.first().click();
    });
  });

  it('that are not understood stay what was written; nothing in one runs or loads', async () => {
    const harmful = [
      'flowchart LR\n  a["<img src=https://example.org/x.png onerror=alert(1)>"] --> b',
      'flowchart LR\n  a[Go] --> b\n  click a "javascript:alert(1)"',
      '%%{init: {"securityLevel": "loose", "themeCSS": "@import url(https://example.org/x.css)"}}%%\nflowchart LR\n  a --> b',
    ];
    const broken = 'flowchart LR\n  a[unclosed --> ';
    const bridge = await storeOf([chat('Broken', fenced(broken)), chat('Harmful', ...harmful.map(fenced))]);
    await withWindow(bridge, async ({ page }) => {
      const outside: string[] = [];
      page.on('request', (request) => {
        if (!/^(http:\/\/127\.0\.0\.1|data:)/.test(request.url())) outside.push(request.url());
      });
      page.on('dialog', (dialog) => outside.push(dialog.message()));
      await open(page, 'Harmful');
      await expect.poll(() => pictures(page).count(), { timeout: 60_000 }).toBe(harmful.length);
      await open(page, 'Broken');
      await log(page).getByText('a[unclosed').waitFor();
      await page.waitForTimeout(1000);
      expect(await pictures(page).count()).toBe(0);
      expect(outside).toEqual([]);
    });
  });
});
