// What WebGPU tells of the graphics adapter: its name and its largest buffer, but never how much memory it has.

import { stepTokens } from '../../engine/protocol.ts';

export interface GraphicsAdapter {
  name: string;
  maxBufferBytes: number;
  /** Most prompt tokens of a step on it. */
  stepTokens: number;
}

/** null where there is no WebGPU or no adapter. */
export async function findGraphicsAdapter(): Promise<GraphicsAdapter | null> {
  const { gpu } = navigator as Partial<Navigator>;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return null;
  const { vendor, architecture, description } = adapter.info;
  const name = description || [vendor, architecture].filter(Boolean).join(' ');
  return { name, maxBufferBytes: adapter.limits.maxBufferSize, stepTokens: stepTokens(adapter) };
}
