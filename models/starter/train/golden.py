"""Reference values for engine tests: prompt ids, last-position logits and greedy continuations (float32).

usage: golden.py HF_DIR golden.json
"""

import json
import sys

import torch
from transformers import AutoTokenizer, Qwen3MoeForCausalLM

from export_gguf import is_matrix, q8_0_dequantised

hf, out = sys.argv[1:3]
dev = 'cuda' if torch.cuda.is_available() else 'cpu'
torch.backends.cuda.matmul.allow_tf32 = False
tok = AutoTokenizer.from_pretrained(hf)


def U(s):
    return {'role': 'user', 'content': s}


PROMPTS = [
    [U('Hello! Who are you?')],
    [U('What is the capital of France?')],
    [U('What is 17 + 25?')],
    [U('Tell me a story about a clever fox.')],
    [
        {
            'role': 'system',
            'content': 'You are a helpful assistant. Use these facts: The museum is open from 9 am to 5 pm. It is closed on Monday.',
        },
        U('When does the museum close?'),
    ],
    [
        U('My name is Zoë, and I like crème brûlée.'),
        {'role': 'assistant', 'content': 'Nice to meet you, Zoë!'},
        U("What's my name? 🙂"),
    ],
]
ids = [
    tok(tok.apply_chat_template(p, tokenize=False, add_generation_prompt=True), add_special_tokens=False).input_ids
    for p in PROMPTS
]


def load(q8):
    m = Qwen3MoeForCausalLM.from_pretrained(hf, dtype=torch.float32).eval()
    if q8:
        with torch.no_grad():
            for n, p in m.named_parameters():
                # fused expert tensors of newer transformers have the same rows, so blocks of 32 along the row agree
                if is_matrix(n) and p.dim() >= 2:
                    p.copy_(torch.from_numpy(q8_0_dequantised(p.numpy())))
    return m.to(dev)


def greedy(m, x, n=40):
    x, o = list(x), []
    with torch.no_grad():
        for _ in range(n):
            t = m(torch.tensor([x], device=dev)).logits[0, -1].argmax().item()
            x.append(t)
            o.append(t)
    return o


def last(m, x):
    with torch.no_grad():
        l = m(torch.tensor([x], device=dev)).logits[0, -1].float().cpu()
    v, i = l.topk(20)
    return {
        'top_ids': i.tolist(),
        'top_values': [round(a, 5) for a in v.tolist()],
        'mean': l.mean().item(),
        'std': l.std().item(),
    }


res = {
    'note': 'float32 computation; bf16 = weights of model.safetensors; q8_0 = matrices dequantised from Q8_0 blocks (norms and router as in bf16). Continuations go on after end tokens.',
    'prompts': [],
}
A, B = load(False), load(True)
for p, x in zip(PROMPTS, ids):
    a, b = greedy(A, x), greedy(B, x)
    res['prompts'].append(
        {
            'messages': p,
            'text': tok.decode(x),
            'ids': x,
            'bf16': {'last_logits': last(A, x), 'greedy_ids': a, 'greedy_text': tok.decode(a)},
            'q8_0': {'last_logits': last(B, x), 'greedy_ids': b, 'greedy_text': tok.decode(b)},
        }
    )
    print(len(x), a == b, repr(tok.decode(a)[:110]))
json.dump(res, open(out, 'w'), ensure_ascii=False, indent=1)
