// The memory of this process while something runs: JavaScript, native code and what the graphics driver keeps in it.
import type { HostMemory } from '../../../bench/report.ts';

const sampleMs = 10;

export async function watchMemory<Result>(run: () => Promise<Result>): Promise<{ result: Result; memory: HostMemory }> {
  const resident = () => process.memoryUsage.rss();
  // The system's own high-water mark, which no peak escapes; it says something only where it rose meanwhile.
  const highest = () => process.resourceUsage().maxRSS * 1024;
  const [beforeBytes, highestBefore] = [resident(), highest()];
  let sampled = beforeBytes;
  const timer = setInterval(() => (sampled = Math.max(sampled, resident())), sampleMs);
  try {
    const result = await run();
    const afterBytes = resident();
    const highestAfter = highest();
    const peakBytes = Math.max(sampled, afterBytes, highestAfter > highestBefore ? highestAfter : 0);
    return { result, memory: { beforeBytes, peakBytes, afterBytes } };
  } finally {
    clearInterval(timer);
  }
}
