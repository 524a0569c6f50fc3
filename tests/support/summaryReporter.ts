// Prints which tests were skipped, with the reason that stands in their name, and as the very last line of a run the
// plain counts. Runs beside vitest's own reporter, which shows everything else.
import type { Reporter, TestModule } from 'vitest/node';

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const skipped = new Set<string>();
    for (const module of modules) {
      // A file that cannot even be read has no tests to count.
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'pending') continue;
        counts[state] += 1;
        if (state === 'skipped') {
          const suite = test.parent.type === 'suite' ? test.parent.fullName : test.name;
          skipped.add(`Skipped: ${module.relativeModuleId} > ${suite}`);
        }
      }
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    }
    for (const line of skipped) console.log(line);
    // Vitest still has its own closing lines to print.
    process.once('exit', () =>
      console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`),
    );
  }
}
