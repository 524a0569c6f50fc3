"""Write a GGUF v3 file (arch qwen3moe) from a HF folder. numpy only; matrices as q8_0, bf16 or f32, norms and router f32.

usage: export_gguf.py HF_DIR OUT.gguf [--type q8_0|bf16|f32] [--name NAME]
"""

import argparse
import json
import struct

import numpy as np

U32, I32, F32V, BOOL, STR, ARR = 4, 5, 6, 7, 8, 9
TYPES = {'f32': (0, 1, 4), 'q8_0': (8, 32, 34), 'bf16': (30, 1, 2)}  # id, block, bytes
FILE_TYPE = {'f32': 0, 'q8_0': 7, 'bf16': 32}


def load_safetensors(path):
    b = open(path, 'rb').read()
    n = struct.unpack('<Q', b[:8])[0]
    head = json.loads(b[8 : 8 + n])
    out = {}
    for k, v in head.items():
        if k == '__metadata__':
            continue
        s, e = v['data_offsets']
        raw = b[8 + n + s : 8 + n + e]
        if v['dtype'] == 'BF16':
            x = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            x = np.frombuffer(raw, {'F32': np.float32, 'F16': np.float16}[v['dtype']]).astype(np.float32)
        out[k] = x.reshape(v['shape'])
    return out


def q8_0(x):
    """ggml's reference Q8_0: blocks of 32, scale max|x|/127 stored as f16."""
    b = x.reshape(-1, 32).astype(np.float32)
    d = np.abs(b).max(1, keepdims=True) / np.float32(127)
    inv = np.divide(np.float32(1), d, out=np.zeros_like(d), where=d > 0)
    v = b * inv
    q = np.trunc(v + np.copysign(np.float32(0.5), v)).astype(np.int8)
    return d.astype(np.float16), q


def q8_0_bytes(x):
    d, q = q8_0(x)
    return np.concatenate([d.view(np.uint8).reshape(-1, 2), q.view(np.uint8)], 1).tobytes()


def q8_0_dequantised(x):
    d, q = q8_0(x)
    return (d.astype(np.float32) * q.astype(np.float32)).reshape(x.shape)


def bf16_bytes(x):
    u = x.astype(np.float32).view(np.uint32)
    return ((u + 0x7FFF + ((u >> 16) & 1)) >> 16).astype(np.uint16).tobytes()


def is_matrix(name):
    return not (name.endswith('norm.weight') or name.endswith('layernorm.weight') or name.endswith('mlp.gate.weight'))


def tensors(w, cfg):
    L, E = cfg['num_hidden_layers'], cfg['num_experts']
    yield 'token_embd.weight', w['model.embed_tokens.weight'], True
    for i in range(L):
        h, g = f'model.layers.{i}.', f'blk.{i}.'
        yield g + 'attn_norm.weight', w[h + 'input_layernorm.weight'], False
        for a, b in (('q', 'q'), ('k', 'k'), ('v', 'v'), ('o', 'output')):
            yield g + f'attn_{b}.weight', w[h + f'self_attn.{a}_proj.weight'], True
        yield g + 'attn_q_norm.weight', w[h + 'self_attn.q_norm.weight'], False
        yield g + 'attn_k_norm.weight', w[h + 'self_attn.k_norm.weight'], False
        yield g + 'ffn_norm.weight', w[h + 'post_attention_layernorm.weight'], False
        yield g + 'ffn_gate_inp.weight', w[h + 'mlp.gate.weight'], False
        for n in ('gate', 'up', 'down'):
            yield (
                g + f'ffn_{n}_exps.weight',
                np.stack([w[h + f'mlp.experts.{e}.{n}_proj.weight'] for e in range(E)]),
                True,
            )
    yield 'output_norm.weight', w['model.norm.weight'], False


def s(x):
    b = x.encode('utf-8')
    return struct.pack('<Q', len(b)) + b


def kv(k, t, v):
    o = s(k) + struct.pack('<I', t)
    if t == ARR:
        et, xs = v
        return (
            o
            + struct.pack('<IQ', et, len(xs))
            + (b''.join(map(s, xs)) if et == STR else struct.pack(f'<{len(xs)}i', *xs))
        )
    return o + (s(v) if t == STR else struct.pack({U32: '<I', I32: '<i', F32V: '<f', BOOL: '<?'}[t], v))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('hf')
    ap.add_argument('out')
    ap.add_argument('--type', default='q8_0', choices=TYPES)
    ap.add_argument('--name', default='Starter v0')
    a = ap.parse_args()
    cfg, tok, tc = (
        json.load(open(f'{a.hf}/{f}', encoding='utf-8'))
        for f in ('config.json', 'tokenizer.json', 'tokenizer_config.json')
    )
    w = load_safetensors(a.hf + '/model.safetensors')
    A = 'qwen3moe'
    V = cfg['vocab_size']
    toks, types = [None] * V, [1] * V
    for t, i in tok['model']['vocab'].items():
        toks[i] = t
    for t in tok['added_tokens']:
        toks[t['id']] = t['content']
        types[t['id']] = 3 if t['special'] else 4
    merges = [m if isinstance(m, str) else ' '.join(m) for m in tok['model']['merges']]
    K = [
        kv('general.architecture', STR, A),
        kv('general.type', STR, 'model'),
        kv('general.name', STR, a.name),
        kv('general.file_type', U32, FILE_TYPE[a.type]),
        kv('general.quantization_version', U32, 2),
        kv(A + '.block_count', U32, cfg['num_hidden_layers']),
        kv(A + '.context_length', U32, cfg['max_position_embeddings']),
        kv(A + '.embedding_length', U32, cfg['hidden_size']),
        kv(A + '.feed_forward_length', U32, cfg['intermediate_size']),
        kv(A + '.attention.head_count', U32, cfg['num_attention_heads']),
        kv(A + '.attention.head_count_kv', U32, cfg['num_key_value_heads']),
        kv(A + '.rope.freq_base', F32V, cfg['rope_theta']),
        kv(A + '.attention.layer_norm_rms_epsilon', F32V, cfg['rms_norm_eps']),
        kv(A + '.attention.key_length', U32, cfg['head_dim']),
        kv(A + '.attention.value_length', U32, cfg['head_dim']),
        kv(A + '.expert_count', U32, cfg['num_experts']),
        kv(A + '.expert_used_count', U32, cfg['num_experts_per_tok']),
        kv(A + '.expert_feed_forward_length', U32, cfg['moe_intermediate_size']),
        kv('tokenizer.ggml.model', STR, 'gpt2'),
        kv('tokenizer.ggml.pre', STR, 'qwen2'),
        kv('tokenizer.ggml.tokens', ARR, (STR, toks)),
        kv('tokenizer.ggml.token_type', ARR, (I32, types)),
        kv('tokenizer.ggml.merges', ARR, (STR, merges)),
        kv('tokenizer.ggml.eos_token_id', U32, cfg['eos_token_id']),
        kv('tokenizer.ggml.padding_token_id', U32, cfg['pad_token_id']),
        kv('tokenizer.ggml.bos_token_id', U32, cfg['bos_token_id']),
        kv('tokenizer.ggml.add_bos_token', BOOL, False),
        kv('tokenizer.chat_template', STR, tc['chat_template']),
    ]
    enc = {'q8_0': q8_0_bytes, 'bf16': bf16_bytes, 'f32': lambda x: x.astype(np.float32).tobytes()}

    def pad(n):
        return -n % 32

    head, data, off = b'', [], 0
    for n, x, mat in tensors(w, cfg):
        t = a.type if mat else 'f32'
        b = enc[t](x)
        d = x.shape[::-1]
        head += s(n) + struct.pack('<I', len(d)) + struct.pack(f'<{len(d)}Q', *d) + struct.pack('<IQ', TYPES[t][0], off)
        data.append(b)
        off += len(b) + pad(len(b))
    head = b'GGUF' + struct.pack('<IQQ', 3, len(data), len(K)) + b''.join(K) + head
    with open(a.out, 'wb') as f:
        f.write(head + b'\0' * pad(len(head)))
        for b in data:
            f.write(b + b'\0' * pad(len(b)))
    print(a.out, len(data), 'tensors', round((len(head) + off) / 1e6, 1), 'MB')


if __name__ == '__main__':
    main()
