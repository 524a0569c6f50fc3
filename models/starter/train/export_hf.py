"""Write a HF folder (bf16) from a training checkpoint and check it against the training model.

usage: export_hf.py --ckpt ck.pt --tok TOKENIZER_DIR --out HF_DIR
"""

import argparse
import json
import os
import shutil

import torch
from safetensors.torch import save_file

from model import Config, Model, sdpa_attend, to_hf

ap = argparse.ArgumentParser()
ap.add_argument('--ckpt', required=True)
ap.add_argument('--tok', required=True)
ap.add_argument('--out', required=True)
ap.add_argument('--no-check', action='store_true')
a = ap.parse_args()
dev = 'cuda' if torch.cuda.is_available() else 'cpu'
ck = torch.load(a.ckpt, map_location=dev, weights_only=False)
c = Config(**ck['config'])
m = Model(c, moe_impl='dense', dtype=torch.float32).to(dev)
m.load_state_dict(ck['model'])
for p in m.parameters():
    p.data = p.data.bfloat16().float()
os.makedirs(a.out, exist_ok=True)
save_file(
    {k: v.bfloat16().contiguous().cpu().clone() for k, v in to_hf(m).items()},
    a.out + '/model.safetensors',
    metadata={'format': 'pt'},
)
for f in ('tokenizer.json', 'tokenizer_config.json'):
    shutil.copy(f'{a.tok}/{f}', a.out)
dec = {
    v['content']: int(k) for k, v in json.load(open(a.tok + '/tokenizer_config.json'))['added_tokens_decoder'].items()
}
json.dump(
    {
        'architectures': ['Qwen3MoeForCausalLM'],
        'model_type': 'qwen3_moe',
        'attention_bias': False,
        'attention_dropout': 0.0,
        'bos_token_id': dec['<|endoftext|>'],
        'eos_token_id': dec['<|im_end|>'],
        'pad_token_id': dec['<|endoftext|>'],
        'decoder_sparse_step': 1,
        'head_dim': c.head_dim,
        'hidden_act': 'silu',
        'hidden_size': c.hidden_size,
        'initializer_range': 0.02,
        'intermediate_size': 1024,
        'max_position_embeddings': 2048,
        'mlp_only_layers': [],
        'moe_intermediate_size': c.moe_intermediate_size,
        'norm_topk_prob': True,
        'num_attention_heads': c.num_attention_heads,
        'num_experts': c.num_experts,
        'num_experts_per_tok': c.num_experts_per_tok,
        'num_hidden_layers': c.num_hidden_layers,
        'num_key_value_heads': c.num_key_value_heads,
        'output_router_logits': False,
        'rms_norm_eps': c.rms_norm_eps,
        'rope_scaling': None,
        'rope_theta': c.rope_theta,
        'router_aux_loss_coef': 0.01,
        'sliding_window': None,
        'tie_word_embeddings': True,
        'torch_dtype': 'bfloat16',
        'use_cache': True,
        'use_sliding_window': False,
        'vocab_size': c.vocab_size,
    },
    open(a.out + '/config.json', 'w'),
    indent=2,
)
json.dump(
    {
        'bos_token_id': dec['<|endoftext|>'],
        'eos_token_id': [dec['<|im_end|>'], dec['<|endoftext|>']],
        'pad_token_id': dec['<|endoftext|>'],
        'do_sample': True,
        'temperature': 0.7,
        'top_p': 0.9,
        'top_k': 40,
    },
    open(a.out + '/generation_config.json', 'w'),
    indent=2,
)
print('steps', ck['step'], 'tokens', ck['tokens'], 'seconds', round(ck['spent']))
if not a.no_check:
    from transformers import Qwen3MoeForCausalLM

    torch.backends.cuda.matmul.allow_tf32 = False
    h = Qwen3MoeForCausalLM.from_pretrained(a.out, dtype=torch.float32).to(dev).eval()
    ids = torch.randint(0, 16000, (2, 200), generator=torch.Generator().manual_seed(0)).to(dev)
    with torch.no_grad():
        x, y = m.logits(ids, sdpa_attend()), h(ids).logits
    print(
        'transformers',
        __import__('transformers').__version__,
        'max |difference| of logits',
        (x - y).abs().max().item(),
        'std of logits',
        x.std().item(),
        'theta',
        getattr(h.config, 'rope_theta', None),
        getattr(h.config, 'rope_parameters', None),
    )
