// Which text of a kernel a measurement was made with.
import type { Dispatch } from '../gpu/dispatch.ts';
import { preprocess, type Variant } from '../gpu/preprocess.ts';
import { sharedModules } from '../kernels/registry.ts';

const revisions = new Map<string, string>();

/** A hash of the kernel's text with all its modules, but for comments and spaces. */
export function revisionOf({ kernel, variant = {} }: Dispatch): string {
  const name = [kernel.name, ...Object.entries(variant).flat()].join(' ');
  let revision = revisions.get(name);
  if (revision === undefined) {
    const text = preprocess(kernel.source, sharedModules, variant);
    revisions.set(name, (revision = hash(bare(text))));
  }
  return revision;
}

/** The same of a kernel that needs constants before its text: of what it and its modules are written as. */
export function sourceRevision(source: string, variant: Variant): string {
  const texts = new Set<string>();
  const gather = (text: string) => {
    if (texts.has(text)) return;
    texts.add(text);
    for (const [, name] of text.matchAll(/^#import "(\w+)"/gm)) gather(sharedModules[variant[name] ?? name]);
  };
  gather(source);
  return hash(bare([...texts].join('\n')));
}

/** Without comments and with single spaces. */
const bare = (text: string) => text.replace(/\/\/.*$/gm, '').replace(/\s+/g, ' ');

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}
