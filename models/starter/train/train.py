"""Train the starter model: pretraining text mixed with chat; later mostly chat, with loss on assistant tokens only.

Data files hold uint16 token ids; bit 15 marks tokens that carry loss in the chat phase.
  DATA/text.bin       pretraining text, documents separated by <|endoftext|>
  DATA/text_val.bin
  DATA/chat_*.bin     chat conversations, likewise; files may appear while training runs
  DATA/chat_val.bin
The schedule runs on wall time (--seconds) or on steps (--steps), so that a run ends with its decay done.
"""

import argparse
import json
import os
import time

import numpy as np
import torch

from model import Config, Model
from muon import Muon, orthogonalise
from rows import Rows, load_rows

ap = argparse.ArgumentParser()
ap.add_argument('--data', required=True)
ap.add_argument('--out', required=True, help='checkpoint file (written at the end and every --save-every seconds)')
ap.add_argument('--log', default='')
ap.add_argument('--steps', type=int, default=0)
ap.add_argument('--seconds', type=float, default=0, help='length of the whole schedule in seconds of training')
ap.add_argument('--this-run', type=float, default=1e9, help='stop (and save) after this many seconds in this process')
ap.add_argument('--rows', type=int, default=32, help='sequences per micro batch')
ap.add_argument('--accum', type=int, default=2)
ap.add_argument('--seq', type=int, default=2048)
ap.add_argument('--text-doc', type=int, default=1024, help='attention span in pretraining rows')
ap.add_argument('--layers', type=int, default=8)
ap.add_argument('--moe', default='grouped', choices=['grouped', 'dense'])
ap.add_argument('--muon-lr', type=float, default=0.02)
ap.add_argument('--adam-lr', type=float, default=0.003)
ap.add_argument('--wd', type=float, default=0.05)
ap.add_argument('--aux', type=float, default=0.01)
ap.add_argument(
    '--chat-start',
    type=float,
    default=0.70,
    help='fraction of the schedule after which chat rows carry loss on assistant tokens only',
)
ap.add_argument('--text-share', type=float, default=0.60, help='share of text rows before that')
ap.add_argument('--late-text-share', type=float, default=0.10, help='share of text rows after that')
ap.add_argument('--decay-start', type=float, default=0.60)
ap.add_argument('--warmup', type=int, default=100)
ap.add_argument('--eot', type=int, required=True)
ap.add_argument('--init', help='start from the weights of this GGUF (F32, Q8_0, Q4_K, Q6_K tensors)')
ap.add_argument('--save-every', type=float, default=120)
ap.add_argument('--eval-every', type=int, default=400)
ap.add_argument('--seed', type=int, default=1)
ap.add_argument('--device', default='cuda')
ap.add_argument('--profile', type=int, default=0, help='print a kernel table for two steps at this step')
ap.add_argument('--wait-chat', type=int, default=1, help='chat files to wait for before starting')
a = ap.parse_args()
t_start = time.time()
dev = torch.device(a.device)
torch.manual_seed(a.seed)
torch.set_float32_matmul_precision('high')
cfg = Config(num_hidden_layers=a.layers)
model = Model(cfg, max_len=a.seq, moe_impl=a.moe).to(dev)
if a.init:
    from gguf_reference import read_gguf as gguf

    _, w = gguf(a.init)

    def put(p, n):
        return p.data.copy_(torch.from_numpy(w[n]).float())

    put(model.embed, 'token_embd.weight')
    put(model.norm, 'output_norm.weight')
    for i, b in enumerate(model.blocks):
        for p, n in (
            (b.ln1, 'attn_norm'),
            (b.ln2, 'ffn_norm'),
            (b.q, 'attn_q'),
            (b.k, 'attn_k'),
            (b.v, 'attn_v'),
            (b.o, 'attn_output'),
            (b.q_norm, 'attn_q_norm'),
            (b.k_norm, 'attn_k_norm'),
            (b.moe.router, 'ffn_gate_inp'),
            (b.moe.gate, 'ffn_gate_exps'),
            (b.moe.up, 'ffn_up_exps'),
            (b.moe.down, 'ffn_down_exps'),
        ):
            put(p, f'blk.{i}.{n}.weight')
n_all = sum(p.numel() for p in model.parameters())
print(f'parameters {n_all / 1e6:.2f}M', flush=True)


# ---------------------------------------------------------------- optimisers
matrices = [p for b in model.blocks for p in (b.q, b.k, b.v, b.o, b.moe.gate, b.moe.up, b.moe.down)]
ids = {id(p) for p in matrices}
others = [p for p in model.parameters() if id(p) not in ids]
muon = Muon(matrices, a.wd, torch.compile(orthogonalise, dynamic=False) if dev.type == 'cuda' else orthogonalise)
adam = torch.optim.AdamW(
    [
        {'params': [p for p in others if p.dim() > 1], 'weight_decay': 0.01},
        {'params': [p for p in others if p.dim() == 1], 'weight_decay': 0.0},
    ],
    lr=a.adam_lr,
    betas=(0.9, 0.95),
    eps=1e-10,
    fused=dev.type == 'cuda',
)

S = a.seq + 1
gen = np.random.default_rng(a.seed + 17)
text = Rows(a.data + '/text.bin', S, dev, gen)
text.refresh()
chat = Rows(a.data + '/chat_*.bin', S, dev, gen)
while True:
    chat.refresh()
    if len(chat.seen) >= a.wait_chat:
        break
    time.sleep(1)
print(
    f'text tokens {text.data.numel() / 1e6:.1f}M, chat tokens so far {chat.data.numel() / 1e6:.1f}M, {time.time() - t_start:.0f}s',
    flush=True,
)
docs_buf = torch.zeros(a.rows, a.seq, dtype=torch.int32, device=dev)


def split(rows, n_text, chat_only):
    """ids, labels and document numbers of a batch of rows (the first n_text are pretraining text)."""
    v = rows.int()
    tok = (v & 0x3FFF).long()
    flag = v < 0
    x, y = tok[:, :-1].contiguous(), tok[:, 1:].clone()
    end = (x == a.eot).int()
    d = (end.cumsum(1) - end).int()  # the separator belongs to the document it ends
    if chat_only:
        chat_y = y[n_text:]
        chat_y[~flag[n_text:, 1:]] = -100
        chat_y[d[n_text:] == 0] = -100  # a conversation cut at the row start lacks its context
    y[x == a.eot] = -100  # nothing to learn from one document about the next
    if n_text:
        d[:n_text] = d[:n_text] * 2 + (torch.arange(a.seq, device=dev) >= a.text_doc).int()
    return x, y, d


if dev.type == 'cuda':
    from torch.nn.attention.flex_attention import BlockMask, flex_attention

    def mask_mod(b, h, qi, ki):
        return (qi >= ki) & (docs_buf[b, qi] == docs_buf[b, ki])

    nb = a.seq // 128
    tri = torch.ones(nb, nb, dtype=torch.bool, device=dev).tril()

    def block_mask(d):
        docs_buf.copy_(d)
        blk = d.view(-1, nb, 128)
        m = (blk[:, None, :, -1] >= blk[:, :, None, 0]) & tri
        num = m.sum(-1, dtype=torch.int32)[:, None]
        idx = torch.sort(m.int(), dim=-1, descending=True, stable=True).indices.int()[:, None]
        return BlockMask.from_kv_blocks(num.contiguous(), idx.contiguous(), BLOCK_SIZE=128, mask_mod=mask_mod)

    def fwd(x, y, bm):
        return model(x, y, lambda q, k, v: flex_attention(q, k, v, block_mask=bm, enable_gqa=True))

    step_fn = torch.compile(fwd, dynamic=False)

    def run(x, y, d):
        return step_fn(x, y, block_mask(d))
else:
    from model import sdpa_attend

    def run(x, y, d):
        return model(x, y, sdpa_attend(d))


def evaluate():
    model.eval()
    out = {}
    with torch.no_grad():
        for name, chat_only in (('text', False), ('chat', True)):
            f = f'{a.data}/{name}_val.bin'
            if not os.path.exists(f):
                continue
            r = load_rows(f, S, dev)
            r = r[: len(r) // a.rows * a.rows][: 4 * a.rows]
            if not len(r):
                continue
            ls = [run(*split(b, 0 if chat_only else a.rows, chat_only))[0].item() for b in r.split(a.rows)]
            out[name] = round(sum(ls) / len(ls), 4)
    model.train()
    return out


# ---------------------------------------------------------------- resume
step, spent, tokens = 0, 0.0, 0
if os.path.exists(a.out):
    ck = torch.load(a.out, map_location=dev, weights_only=False)
    model.load_state_dict(ck['model'])
    adam.load_state_dict(ck['adam'])
    for g, h in zip(muon.m, ck['muon']):
        for p, q in zip(g, h):
            p.copy_(q)
    step, spent, tokens = ck['step'], ck['spent'], ck['tokens']
    gen = text.generator = chat.generator = np.random.default_rng(a.seed + 17 + step)
    print(f'resumed at step {step}, {tokens / 1e6:.0f}M tokens, {spent:.0f}s', flush=True)


def save():
    tmp = a.out + '.tmp'
    torch.save(
        {
            'model': model.state_dict(),
            'adam': adam.state_dict(),
            'muon': muon.m,
            'step': step,
            'spent': spent,
            'tokens': tokens,
            'config': cfg.dict(),
        },
        tmp,
    )
    os.replace(tmp, a.out)


# ---------------------------------------------------------------- loop
logf = open(a.log, 'a') if a.log else None


def log(o):
    s = json.dumps(o)
    print(s, flush=True)
    if logf:
        logf.write(s + '\n')
        logf.flush()


t0 = last = time.time()
spent0 = spent
last_save = t0
t_log = t0
tok_log = tokens
first = True
acc = torch.zeros(2, device=dev)
done = False
while not done:
    prog = max(step / a.steps if a.steps else 0, spent / a.seconds if a.seconds else 0)
    done = prog >= 1 or time.time() - t_start > a.this_run
    if done:
        break
    chat_only = prog >= a.chat_start
    n_text = round(a.rows * (a.late_text_share if chat_only else a.text_share))
    scale = min(1.0, (step + 1) / a.warmup) * (
        1.0 if prog < a.decay_start else max(0.02, (1 - prog) / (1 - a.decay_start))
    )
    if a.profile and step == a.profile:
        prof = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA])
        prof.start()
    if a.profile and step == a.profile + 2:
        torch.cuda.synchronize()
        prof.stop()
        print(prof.key_averages().table(sort_by='cuda_time_total', row_limit=28, max_name_column_width=70), flush=True)
    for _ in range(a.accum):
        parts = ([text.take(n_text)] if n_text else []) + [chat.take(a.rows - n_text)]
        x, y, d = split(torch.cat(parts), n_text, chat_only)
        loss, aux, fr = run(x, y, d)
        ((loss + a.aux * aux) / a.accum).backward()
        acc += torch.stack([loss.detach(), aux.detach()]) / a.accum
        tokens += x.numel()
    torch.nn.utils.clip_grad_norm_(others, 1.0)
    for g in adam.param_groups:
        g['lr'] = a.adam_lr * scale
    muon.step(a.muon_lr * scale, min(0.95, 0.85 + 0.1 * step / 300))
    adam.step()
    model.zero_grad(set_to_none=True)
    step += 1
    if step % 10 == 0 or first:
        torch.cuda.synchronize() if dev.type == 'cuda' else None
    now = time.time()
    if first:
        last = now
        spent0 = spent
        first = False
        t_log = now
        tok_log = tokens
        log({'first_step_s': round(now - t_start, 1)})
    else:
        spent = spent0 + now - last  # compile time is not part of the schedule
    if step % 50 == 0:
        l, x_ = (acc / 50).tolist()
        acc.zero_()
        log(
            {
                'step': step,
                'loss': round(l, 4),
                'aux': round(x_, 4),
                'prog': round(prog, 4),
                'phase': 'chat' if chat_only else 'mix',
                'tok_s': round((tokens - tok_log) / (now - t_log)),
                'tokens_M': round(tokens / 1e6, 1),
                'spent': round(spent, 1),
                'load_max': round(fr.max().item(), 3),
                'load_min': round(fr.min().item(), 4),
                'epochs': [round(text.epochs, 1), round(chat.epochs, 1)],
                'mem_GB': round(torch.cuda.max_memory_allocated() / 1e9, 1) if dev.type == 'cuda' else 0,
            }
        )
        t_log, tok_log = time.time(), tokens
        chat.refresh()
    if step % a.eval_every == 0:
        log({'step': step, 'val': evaluate()})
        t_log, tok_log = time.time(), tokens
    if now - last_save > a.save_every:
        save()
        last_save = time.time()
        t_log, tok_log = time.time(), tokens
log({'step': step, 'val': evaluate(), 'tokens_M': round(tokens / 1e6, 1), 'spent': round(spent, 1), 'done': prog >= 1})
save()
