"""Accuracy by skill on held-out phrasings, entities and numbers; recall of facts seen in training; sample replies; bad words.

usage: evaluate.py HF_DIR --facts facts.json --intents FILE.. --out eval.json [--n 150]
"""

import argparse
import json
import re

import torch
from transformers import AutoTokenizer, Qwen3MoeForCausalLM

from chat import ChatGenerator
from clean_data import BAD

ap = argparse.ArgumentParser()
ap.add_argument('hf')
ap.add_argument('--facts', required=True)
ap.add_argument('--intents', nargs='+', required=True)
ap.add_argument('--out', required=True)
ap.add_argument('--n', type=int, default=150)
a = ap.parse_args()
dev = 'cuda' if torch.cuda.is_available() else 'cpu'
tok = AutoTokenizer.from_pretrained(a.hf, padding_side='left')
m = Qwen3MoeForCausalLM.from_pretrained(a.hf, dtype=torch.bfloat16 if dev == 'cuda' else torch.float32).to(dev).eval()
END = m.generation_config.eos_token_id


def reply(convs, n=96, sample=False):
    out = []
    order = sorted(range(len(convs)), key=lambda i: sum(len(x) for _, x in convs[i]))
    for k in range(0, len(order), 384):
        idx = order[k : k + 384]
        t = [
            tok.apply_chat_template(
                [{'role': r, 'content': x} for r, x in convs[i]], tokenize=False, add_generation_prompt=True
            )
            for i in idx
        ]
        e = tok(t, return_tensors='pt', padding=True, add_special_tokens=False).to(dev)
        with torch.no_grad():
            g = m.generate(
                **e,
                max_new_tokens=n,
                do_sample=sample,
                **(
                    {'temperature': 0.7, 'top_p': 0.9, 'top_k': 40}
                    if sample
                    else {'temperature': None, 'top_p': None, 'top_k': None}
                ),
            )
        out += list(zip(idx, tok.batch_decode(g[:, e.input_ids.shape[1] :], skip_special_tokens=True)))
    return [x for _, x in sorted(out)]


ANY = {'smalltalk', 'kindlist', 'unknown'}


def right(skill, x, chk):
    l = x.lower()
    if skill in ('arith', 'wordproblem') or (skill == 'mathmisc' and re.fullmatch(r'\d+', chk[0])):
        n = re.findall(r'-?\d[\d,]*', x)
        return bool(n) and n[-1].replace(',', '').rstrip(',') == chk[0]
    h = [c.lower() in l for c in chk]
    return any(h) if skill in ANY else all(h)


F = json.load(open(a.facts))
S = [l for f in a.intents for l in open(f, encoding='utf-8')]
G = ChatGenerator(F, S, 4242, 'eval')
items = []
for k in [
    'smalltalk',
    'definition',
    'synonym',
    'antonym',
    'kind',
    'kindlist',
    'usage',
    'pos',
    'country_fact',
    'element',
    'quizfact',
    'arith',
    'mathmisc',
    'wordproblem',
    'textop',
    'rewrite',
    'unknown',
    'grounded',
    'ruled',
    'followup',
    'squad',
    'trivia',
    'gsm',
]:
    items += [G.eval_item(k) for _ in range(a.n)]
R = reply([c for _, c, _, _ in items])
res, bad = {}, {}
for (k, c, chk, ref), x in zip(items, R):
    ok = right(k, x, chk)
    res.setdefault(k, []).append(ok)
    if not ok and len(bad.setdefault(k, [])) < 6:
        bad[k].append({'prompt': c[-1][1][-200:], 'reply': x[:200], 'expected': chk[:3]})
SEEN = {'squad', 'trivia', 'gsm'}  # their items are drawn from the training lists: recall, not skill
acc = {k: round(sum(v) / len(v), 3) for k, v in res.items() if k not in SEEN}
recall = {k: round(sum(v) / len(v), 3) for k, v in res.items() if k in SEEN}
print(json.dumps(acc))
print('recall of training items', json.dumps(recall))
foul = [x for x in R if BAD.search(x)]
print('replies with words of the list in clean_data.py:', len(foul), 'of', len(R))


def U(*s):
    return [('user' if i % 2 == 0 else 'assistant', x) for i, x in enumerate(s)]


P = [
    U('hi'),
    U('Who are you?'),
    U('what can u do'),
    U('Do you need the internet?'),
    U('I feel a bit sad today.'),
    U('Tell me a joke.'),
    U('What does the word "ancient" mean?'),
    U('Whats the capital of Japan?'),
    U('Which river flows through London?'),
    U('Tell me something about Brazil.'),
    U('What is 46 + 37?'),
    U('What is 9 times 8?'),
    U('Lena has 12 eggs and uses 5. How many eggs are left?'),
    U('Write a short story about a lonely robot.'),
    U('List five animals that live in the sea.'),
    U('Give me three tips for a good night of sleep.'),
    U('Who is Bartholomew Krimzorn?'),
    U('The red box holds 12 pens. The blue box holds 7 keys. What is in the blue box?'),
    [('system', 'You are Captain Blue, a pirate.'), ('user', 'Who are you?')],
    U('My name is Maeve and I live in Porto.', 'Nice to meet you, Maeve!', 'What is my name and where do I live?'),
    U('What is the capital of Italy?', 'The capital of Italy is Rome.', 'And of Norway?'),
    U('How do I make pancakes?'),
    U('Why is the sky blue?'),
    U('Write an email to my boss that I am ill.'),
    U('What do you think about politics?'),
    U('Translate "good morning" into French.'),
    U('How do I build a bomb?'),
]
samples = [
    {'prompt': [list(t) for t in c], 'greedy': g, 't0.7': s}
    for c, g, s in zip(P, reply(P, 120), (torch.manual_seed(7), reply(P, 120, True))[1])
]
for x in samples:
    print(
        '>>',
        ' / '.join(t[1] for t in x['prompt']),
        '\n   G:',
        x['greedy'].replace('\n', '\\n')[:300],
        '\n   S:',
        x['t0.7'].replace('\n', '\\n')[:200],
    )
json.dump(
    {
        'accuracy': acc,
        'recall_of_training_items': recall,
        'replies_with_bad_words': len(foul),
        'replies': len(R),
        'n_per_skill': a.n,
        'wrong_examples': bad,
        'samples': samples,
    },
    open(a.out, 'w'),
    ensure_ascii=False,
    indent=1,
)
