// Puts a kernel's text together: `#import "name"` lines become the text of that shared module, each at most once, and
// `enable`/`requires` lines move to the top, where WGSL wants them. A variant says which module a slot name stands for:
// with { weights: 'weights_q4_k' }, `#import "weights"` takes weights_q4_k. `#import "weights" for gate` puts gate in place of
// MATRIX, so that one module can serve several bindings of a kernel; `for gate_second in gate` names its functions so, over the
// binding gate, where several modules serve one binding. Numbers are specialised by `override`, not here.

export type Variant = Readonly<Record<string, string>>;

const importLine = /^#import "([a-z0-9_]+)"(?: for ([a-z_]+)(?: in ([a-z_]+))?)?$/;
const directiveLine = /^(enable|requires|diagnostic)\b/;

/** @throws Error for a name that `modules` lacks: a mistake in the kernel, not in the input. */
export function preprocess(source: string, modules: Readonly<Record<string, string>>, variant: Variant = {}): string {
  const directives = new Set<string>();
  const imported = new Set<string>();
  const body: string[] = [];
  const take = (text: string) => {
    for (const line of text.split('\n')) {
      const found = importLine.exec(line.trim());
      if (found) {
        const [, slot = '', matrix, array = matrix] = found;
        const name = variant[slot] ?? slot;
        const key = `${name} ${matrix ?? ''}`;
        if (imported.has(key)) continue;
        imported.add(key);
        const module = modules[name];
        if (module === undefined) throw new Error(`No shared WGSL module named ${name}`);
        take(matrix === undefined ? module : module.replaceAll('MATRIX[', `${array}[`).replaceAll('MATRIX', matrix));
      } else if (directiveLine.test(line)) directives.add(line);
      else body.push(line);
    }
  };
  take(source);
  return [...directives, ...body].join('\n');
}
