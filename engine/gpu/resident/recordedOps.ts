// The operations of a program as a list, for what looks at the whole of it before it decides how to run it.
import type { Ops } from '../../backend/backend.ts';

type Name = keyof Ops;
export type RecordedOp = { [N in Name]: { readonly name: N; readonly args: Parameters<Ops[N]> } }[Name];

const names: readonly Name[] = [
  'embed',
  'rmsNorm',
  'matmul',
  'qkNormRope',
  'attention',
  'router',
  'recordExperts',
  'gateUp',
  'down',
  'lastRow',
  'sample',
];

export function recordOps(describe: (ops: Ops) => void): RecordedOp[] {
  const recorded: RecordedOp[] = [];
  const ops = Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => recorded.push({ name, args } as unknown as RecordedOp)]),
  );
  describe(ops as unknown as Ops);
  return recorded;
}
