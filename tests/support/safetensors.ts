// Reads and writes whole safetensors files in memory, for tests.

export interface StoredTensor {
  dtype: string;
  shape: number[];
  data: Uint8Array;
}

export function parseSafetensors(bytes: Uint8Array): Map<string, StoredTensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, start)),
  );
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { dtype, shape, data: new Uint8Array(bytes.subarray(start + from, start + to)) }],
    ),
  );
}

export function writeSafetensors(tensors: Iterable<[string, StoredTensor]>): Uint8Array {
  const header: Record<string, unknown> = {};
  const contents: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.length] };
    contents.push(data);
    offset += data.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const data of contents) {
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}
