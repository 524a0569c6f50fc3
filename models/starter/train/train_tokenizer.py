"""Byte-level BPE in the manner of Qwen2/Qwen3: NFC, Qwen2 split pattern (single digits), ByteLevel.

usage: train_tokenizer.py --text text.jsonl [--chat chat_sample.txt] --out DIR [--vocab 16384]
"""

import argparse
import json
import os

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

PATTERN = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
CONTROL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']  # special
PLAIN = ['<think>', '</think>']  # added, but shown in the output, as in Qwen3
TEMPLATE = """{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}"""

if __name__ == '__main__':
    ap = argparse.ArgumentParser()
    ap.add_argument('--text', required=True)
    ap.add_argument('--chat')
    ap.add_argument('--out', required=True)
    ap.add_argument('--vocab', type=int, default=16384)
    a = ap.parse_args()
    n_extra = len(CONTROL) + len(PLAIN)
    tok = Tokenizer(models.BPE(ignore_merges=False, byte_fallback=False))
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), 'isolated', invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tok.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)

    def corpus():
        for l in open(a.text, encoding='utf-8'):
            yield json.loads(l)['text']
        if a.chat:
            for l in open(a.chat, encoding='utf-8'):
                yield l

    tr = trainers.BpeTrainer(
        vocab_size=a.vocab - n_extra,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        show_progress=False,
    )
    tok.train_from_iterator(corpus(), tr)
    assert tok.get_vocab_size() == a.vocab - n_extra, tok.get_vocab_size()
    tok.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in CONTROL])
    tok.add_tokens([AddedToken(t, special=False, normalized=False) for t in PLAIN])
    assert tok.get_vocab_size() == a.vocab
    os.makedirs(a.out, exist_ok=True)
    tok.save(a.out + '/tokenizer.json')
    dec = {
        str(tok.token_to_id(t)): {
            'content': t,
            'lstrip': False,
            'normalized': False,
            'rstrip': False,
            'single_word': False,
            'special': t in CONTROL,
        }
        for t in CONTROL + PLAIN
    }
    cfg = {
        'add_bos_token': False,
        'add_prefix_space': False,
        'added_tokens_decoder': dec,
        'additional_special_tokens': CONTROL[1:],
        'bos_token': None,
        'chat_template': TEMPLATE,
        'clean_up_tokenization_spaces': False,
        'eos_token': '<|im_end|>',
        'errors': 'replace',
        'model_max_length': 2048,
        'pad_token': '<|endoftext|>',
        'split_special_tokens': False,
        'tokenizer_class': 'Qwen2Tokenizer',
        'unk_token': None,
    }
    json.dump(cfg, open(a.out + '/tokenizer_config.json', 'w'), indent=2)
    print({t: tok.token_to_id(t) for t in CONTROL + PLAIN})
