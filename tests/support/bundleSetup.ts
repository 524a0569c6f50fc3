// Bundles the app once before the tests that run it whole.
import { bundleIfStale } from '../../build/bundle.ts';

export function setup(): void {
  bundleIfStale('renderer');
  bundleIfStale('main');
}
