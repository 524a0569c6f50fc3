// Finds the largest values one after another, lower id first on ties: each round looks for the best after the last one, so
// nothing is marked or moved. Imported after sampler_score.

struct Candidate {
  value: f32,
  id: u32,
}

var<workgroup> candidates: array<Candidate, LANES>;

const NO_CANDIDATE = 0xffffffffu;

fn no_candidate() -> Candidate { return Candidate(LOWEST, NO_CANDIDATE); }

fn ranks_before(a: Candidate, b: Candidate) -> bool { return a.value > b.value || (a.value == b.value && a.id < b.id); }

/** The best of all lanes; call it in uniform control flow. Every lane gets the same. */
fn best_of_lanes(lane: u32, own: Candidate) -> Candidate {
  workgroupBarrier();
  candidates[lane] = own;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half && ranks_before(candidates[lane + half], candidates[lane])) {
      candidates[lane] = candidates[lane + half];
    }
    workgroupBarrier();
  }
  return candidates[0];
}
