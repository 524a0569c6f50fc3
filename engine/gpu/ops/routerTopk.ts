// Dispatches of router_topk: a workgroup a token chooses its experts from the router's logits.
import type { RouterRule } from '../../backend/backend.ts';
import { routerTopk as kernel } from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuRoute, GpuTensor, OpContext } from '../types.ts';

/** route = the best experts of each row of logits [tokens, expertCount], lower id on ties, and their weights. */
export function routerTopk(context: OpContext, logits: GpuTensor, rule: RouterRule, route: GpuRoute): Dispatch[] {
  const { expertCount, expertsUsed } = route;
  return [
    {
      kernel,
      constants: {
        EXPERTS: expertCount,
        USED: expertsUsed,
        NORMALIZE: rule.normalize ? 1 : 0,
        SCALE: rule.scale,
        LANES: context.features.software ? Math.min(16, expertCount) : Math.min(256, 32 * Math.ceil(expertCount / 32)),
      },
      buffers: { logits: logits.buffer, ids: route.ids, weights: route.weights },
      workgroups: (tokens) => [tokens],
    },
  ];
}
