// Measures the window in headless Chromium over the real store and a fake engine: the start with many conversations,
// frames while long lists scroll, what moves by itself and how long a key takes to show while an answer streams fast.
// Run it with: node tests/bench/window.ts
import type { Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { buildPreview, servePreview } from '../support/rendererPreview.ts';
import { movement, watchMovement } from '../support/movement.ts';
import { StoreBridge, type SeededConversation } from '../support/storeBridge.ts';

const conversations = 10_000;
const messages = 2000;
const minuteMs = 60_000;

const answer = (index: number) => `## Part ${index}

Rivers carry **minerals** to the sea; the salt stays. ${'It adds up over a very long time. '.repeat(1 + (index % 7))}

${index % 5 === 0 ? '```python\nfor year in range(10):\n    print(year)\n```' : '- one\n- two\n- three'}`;

function seeds(): SeededConversation[] {
  const many = Array.from({ length: conversations }, (_, index) => ({
    title: `Conversation ${index} about salt and rivers`,
    ago: index * 7 * minuteMs,
    turns: [{ role: 'user' as const, text: `Question ${index}` }],
  }));
  const long = Array.from({ length: messages }, (_, index) =>
    index % 2 === 0
      ? { role: 'user' as const, text: `Question ${index}: and then?` }
      : { role: 'assistant' as const, text: answer(index) },
  );
  return [...many, { title: 'The long one', ago: 0, turns: long }];
}

interface Frames {
  frames: number;
  median: number;
  p99: number;
  longest: number;
}

/** Scrolls an area by so many pixels a frame and takes the time of each frame. */
function scroll(page: Page, selector: string, pixels: number, frames: number): Promise<Frames> {
  return page.locator(selector).evaluate(
    async (area, [step, count]) => {
      const times: number[] = [];
      let last = performance.now();
      for (let frame = 0; frame < count; frame++) {
        area.scrollTop += step;
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
        times.push(now - last);
        last = now;
      }
      times.sort((a, b) => a - b);
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
      return { frames: count, median: at(0.5), p99: at(0.99), longest: times.at(-1)! };
    },
    [pixels, frames],
  );
}

/** From a key's event to the frame that shows its letter, of so many keys. */
async function inputLatency(page: Page, keys: number): Promise<{ median: number; longest: number }> {
  await page.evaluate(() => {
    const latencies: number[] = [];
    Object.assign(window, { latencies });
    addEventListener('keydown', ({ timeStamp }) =>
      requestAnimationFrame(() => setTimeout(() => latencies.push(performance.now() - timeStamp))),
    );
  });
  await page.getByRole('textbox', { name: 'Message' }).pressSequentially('a'.repeat(keys), { delay: 40 });
  const latencies = await page.evaluate(() => (window as unknown as { latencies: number[] }).latencies);
  latencies.sort((a, b) => a - b);
  return { median: latencies[latencies.length >> 1], longest: latencies.at(-1)! };
}

/**
 * In how many frames the line under a growing answer was seen anywhere but at its place. (Chromium's own score counts what
 * is pushed down and scrolled back before it is drawn.)
 */
function framesOutOfPlace(page: Page, frames: number): Promise<number> {
  return page.getByRole('log').evaluate(async (area, count) => {
    const line = area.querySelector('article:last-of-type footer')!;
    let outOfPlace = 0;
    const seen = new IntersectionObserver(
      (entries) => (outOfPlace += entries.filter(({ intersectionRatio }) => intersectionRatio < 1).length),
      { root: area, threshold: [0, 0.25, 0.5, 0.75, 0.95, 1] },
    );
    seen.observe(line);
    for (let frame = 0; frame < count; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    seen.disconnect();
    return outOfPlace;
  }, frames);
}

const round = (values: object) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : String(value)}`)
    .join(', ');

await buildPreview();
const bridge = new StoreBridge();
await bridge.seed(seeds());
const preview = await servePreview(bridge);
const browser = await launchChromium({ webgpu: 'off' });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const starts: number[] = [];
  for (let run = 0; run < 5; run++) {
    const begun = performance.now();
    await page.goto(preview.address);
    await page.getByRole('textbox', { name: 'Message' }).press('a');
    starts.push(performance.now() - begun);
    await page.getByRole('textbox', { name: 'Message' }).fill('');
  }
  console.log(`start to the first typed letter, ms: ${starts.map(Math.round).join(', ')}`);
  await page.waitForTimeout(3000);
  const entries = await page.getByRole('list', { name: 'Conversations' }).getByRole('listitem').count();
  console.log(`list of ${conversations}: ${entries} rows drawn; ${round(await scroll(page, 'nav', 120, 300))} ms`);
  await page.locator('nav').evaluate((list) => (list.scrollTop = 0));
  const opened = performance.now();
  await page.getByRole('link', { name: 'The long one' }).click();
  await page.getByText('Part 1999').waitFor();
  console.log(`conversation of ${messages} opened in ${Math.round(performance.now() - opened)} ms`);
  await page.waitForTimeout(500);
  const drawn = () => page.getByRole('article').count();
  console.log(`its end: ${await drawn()} answers drawn; ${round(await scroll(page, '[role=log]', -120, 400))} ms`);
  console.log(`after scrolling: ${await drawn()} answers drawn`);
  await watchMovement(page);
  await page.getByRole('textbox', { name: 'Message' }).fill('/markdown /fast /fine');
  await page.keyboard.press('Enter');
  await page.locator('[role=log][aria-busy=true]').waitFor();
  await page.locator('[role=log][aria-busy=false]').waitFor();
  const { frames, moved } = await movement(page);
  console.log(`frames of an answer with all of Markdown: ${frames}; elements that moved in it: ${moved.length}`);
  await page.getByRole('textbox', { name: 'Message' }).fill('/very-long /fast');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(1500);
  console.log(`frames of 200 with the line under the answer out of place: ${await framesOutOfPlace(page, 200)}`);
  console.log(`a key while an answer streams: ${round(await inputLatency(page, 60))} ms`);
} finally {
  await browser.close();
  preview.close();
  bridge.close();
}
