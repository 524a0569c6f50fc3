#!/usr/bin/env bash
# Data shards, training, export, evaluation and reference values in one go, or in parts that continue each other.
#   run.sh IN WORK OUT SCHEDULE_SECONDS THIS_RUN_SECONDS
#   IN    text.jsonl.xz, facts.json.xz and tok/ (tokenizer.json, tokenizer_config.json)
#   WORK  scratch folder that must survive between parts (data shards, checkpoint)
#   OUT   the exported GGUF (Q8_0), the Hugging Face folder, reference values, figures and logs
# TRAIN="..." replaces the schedule's options ("--init MODEL.gguf ..." goes on from a finished model); ITEMS is the number
# of items a skill in the evaluation. A part that ends before its schedule leaves WORK/ck.pt: the same call goes on from
# there. Every part exports what it has.
set -euo pipefail
mkdir -p "$2/d" "$3"
IN=$(realpath "$1") WORK=$(realpath "$2") OUT=$(realpath "$3") SCHEDULE=$4 THIS_RUN=$5
cd "$(dirname "$0")"
export PYTHONUNBUFFERED=1
read -r -a train_options <<<"${TRAIN:---text-share 0.16 --late-text-share 0.08 --chat-start 0.60 --decay-start 0.45}"
for file in "$IN/text.jsonl.xz" "$IN/facts.json.xz" "$IN/tok/tokenizer.json" intents/*.txt; do
  [[ -s $file ]] || { echo "missing $file" >&2; exit 2; }
done

# The shards are made beside the training, which starts with the first ones.
if [[ ! -s $WORK/facts.json ]]; then
  for name in text.jsonl facts.json; do xz -dc "$IN/$name.xz" >"$WORK/$name"; done
  setsid nohup python3 make_data.py --tok "$IN/tok/tokenizer.json" --text "$WORK/text.jsonl" --facts "$WORK/facts.json" \
    --intents intents/*.txt --out "$WORK/d" --shards 150 --convs 42000 --workers 13 >"$WORK/data.log" 2>&1 &
fi
for _ in $(seq 120); do [[ -s $WORK/d/text.bin ]] && break; sleep 0.5; done
[[ -s $WORK/d/text.bin ]] || { cat "$WORK/data.log" >&2; exit 3; }

python3 train.py --data "$WORK/d" --out "$WORK/ck.pt" --log "$WORK/train.log" --eot 16379 --seconds "$SCHEDULE" \
  --this-run "$THIS_RUN" "${train_options[@]}" --wait-chat 8 --eval-every 1000 --save-every 150 >"$WORK/train.out" 2>&1 ||
  { tail -20 "$WORK/train.out" >&2; exit 4; }
tail -3 "$WORK/train.out"
python3 export_hf.py --ckpt "$WORK/ck.pt" --tok "$IN/tok" --out "$OUT/hf"
python3 export_gguf.py "$OUT/hf" "$OUT/starter-v0.q8_0.gguf"

# Reference values and figures only for the finished model.
if tail -1 "$WORK/train.log" | grep -q '"done": true'; then
  python3 golden.py "$OUT/hf" "$OUT/golden.json"
  python3 evaluate.py "$OUT/hf" --facts "$WORK/facts.json" --intents intents/*.txt --out "$OUT/eval.json" --n "${ITEMS:-120}"
fi
cp "$WORK/train.log" "$OUT"
