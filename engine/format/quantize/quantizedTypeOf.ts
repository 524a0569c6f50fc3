// What each tensor becomes where a model of floats is quantised while it loads. Used before loading, to reckon, and by loading.
import type { CheckpointTensor } from '../checkpoint.ts';
import { tensorTypes, type TensorType } from '../tensorTypes.ts';
import type { QuantizedType } from './quantizeRows.ts';

/** What decides; a checkpoint's tensors have it, and those that a catalogue expects. */
export type TypedTensor = Pick<CheckpointTensor, 'name' | 'type' | 'shape'>;

const isFloat = (type: TensorType): boolean => tensorTypes[type].values === 1;

/**
 * Matrices of floats become the wanted type, or Q8_0 where their rows are no whole number of its blocks; null: it stays as it is
 * stored. Norms and routers stay: they are small, and every rounding of a router may choose another expert. With Q4_K the head
 * becomes Q8_0, tied or not: its errors go straight into the probabilities.
 */
export function quantizedTypeOf(
  { name, type, shape }: TypedTensor,
  tensors: ReadonlyMap<string, TypedTensor>,
  wanted: QuantizedType | undefined,
): QuantizedType | null {
  const stays = shape.length === 1 || name.includes('.ffn_gate_inp.');
  if (!wanted || stays || !isFloat(type)) return null;
  const isHead = name === 'output.weight' || (name === 'token_embd.weight' && !tensors.has('output.weight'));
  const fits = (blocks: QuantizedType) => shape[shape.length - 1] % tensorTypes[blocks].values === 0;
  if (!isHead && fits(wanted)) return wanted;
  return fits('Q8_0') ? 'Q8_0' : null;
}

/** Whether there is anything in a model that quantising would make smaller. */
export function canQuantize(tensors: ReadonlyMap<string, TypedTensor>): boolean {
  for (const tensor of tensors.values()) if (quantizedTypeOf(tensor, tensors, 'Q8_0')) return true;
  return false;
}
