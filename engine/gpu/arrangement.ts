// Which matrices share a buffer: those of several layers in a row that a kernel of all these layers reads (gpu/resident), while
// the kernels of single layers bind their ranges of it. Told by the model loader before the first matrix comes.
import type { MatrixSpec } from '../backend/backend.ts';
import type { HeldFor } from '../format/memoryNeeds.ts';
import type { Buffers } from './buffers.ts';
import { bindingAlignment } from './constants.ts';
import { tileBytes } from './matrixParts.ts';
import type { BufferRange } from './types.ts';
import { layoutOf, tilesOf } from './weightLayouts.ts';

/** Most layers whose weights share buffers. */
const mostLayers = 8;

interface Room {
  label: string;
  bytes: number;
  alignment: number;
}

export class Arrangement {
  readonly #buffers: Buffers;
  readonly #limit: number;
  readonly #reserved = new Map<string, BufferRange>();
  /** How many layers share; 1: none do. */
  #together = 1;

  constructor(buffers: Buffers, limit: number) {
    this.#buffers = buffers;
    this.#limit = limit;
  }

  /** As many layers together as the binding limit allows for each of their sets. */
  reserve(layers: readonly (readonly (readonly MatrixSpec[])[])[]): void {
    const rooms = layers.map((sets) => sets.map((set) => set.map(roomOf)));
    const fits = (count: number) =>
      groupsOf(rooms, count).every((group) => setsOf(group).every((set) => layOut(set).bytes <= this.#limit));
    this.#together = mostLayers;
    while (this.#together > 1 && !fits(this.#together)) this.#together--;
    if (this.#together === 1) return;
    for (const group of groupsOf(rooms, this.#together)) {
      for (const set of setsOf(group)) this.#place('weights', set);
    }
  }

  /** Where the matrix is to lie; null: nowhere in particular. */
  take(label: string): BufferRange | null {
    return this.#reserved.get(label) ?? null;
  }

  /** Ranges of these sizes for each of `count` layers, those of layers whose weights share buffers in one, if it can be. */
  layers(heldFor: HeldFor, count: number, sizes: readonly number[]): BufferRange[][] {
    const rooms = Array.from({ length: count }, (_, n) =>
      sizes.map((bytes, i) => ({
        label: `${heldFor} ${n} ${i}`,
        bytes: Math.ceil(bytes / 16) * 16,
        alignment: bindingAlignment,
      })),
    );
    const fits = layOut(rooms.slice(0, this.#together).flat()).bytes <= this.#limit;
    for (const group of groupsOf(rooms, fits ? this.#together : 1)) {
      if (group.length > 1) this.#place(heldFor, group.flat());
      else
        for (const room of group.flat())
          this.#reserved.set(room.label, this.#buffers.createRange(heldFor, room.bytes, { heldFor }));
    }
    return rooms.map((layer) => layer.map((room) => this.#reserved.get(room.label)!));
  }

  #place(heldFor: HeldFor, rooms: readonly Room[]): void {
    if (rooms.length === 0) return;
    const { offsets, bytes } = layOut(rooms);
    const buffer = this.#buffers.create(heldFor, bytes, { heldFor });
    rooms.forEach((room, i) => this.#reserved.set(room.label, { buffer, offset: offsets[i], size: room.bytes }));
  }
}

/** A matrix starts at a multiple of its own groups as well, so that a kernel can count groups from the buffer's start. */
function roomOf(spec: MatrixSpec): Room {
  const layout = layoutOf(spec.quantize ?? spec.type, spec.label);
  const bytes = spec.slabs * tilesOf(spec.rows) * tileBytes(layout, spec.columns);
  return { label: spec.label, bytes, alignment: leastCommonMultiple(bindingAlignment, layout.groupWords * 16) };
}

function layOut(rooms: readonly Room[]): { offsets: number[]; bytes: number } {
  let bytes = 0;
  const offsets = rooms.map((room) => {
    const offset = Math.ceil(bytes / room.alignment) * room.alignment;
    bytes = offset + room.bytes;
    return offset;
  });
  return { offsets, bytes };
}

function groupsOf<T>(layers: readonly T[], count: number): T[][] {
  return Array.from({ length: Math.ceil(layers.length / count) }, (_, i) => layers.slice(i * count, (i + 1) * count));
}

/** The same set of all layers of a group. */
function setsOf(group: readonly (readonly (readonly Room[])[])[]): Room[][] {
  return group[0].map((_, set) => group.flatMap((sets) => sets[set]));
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
